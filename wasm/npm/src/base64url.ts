// Octets in JSON: base64url without padding (RFC 4648 §5).

import { toBase64 } from "./base64.js";

/** Writes octets. */
export function toBase64Url(octets: Uint8Array): string {
  return toBase64(octets).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Reads octets; `undefined` for what is none. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    const octets = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) octets[at] = binary.charCodeAt(at);
    return octets;
  } catch {
    return undefined;
  }
}
