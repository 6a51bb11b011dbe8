// Digests by themselves.

import { bytes, oneOf, record } from "./argument.js";
import { core } from "./core.js";

/** Digest algorithms. */
export type DigestName = "sha256" | "sha384" | "sha512" | "sm3";

const DIGESTS = ["sha256", "sha384", "sha512", "sm3"] as const;

/** Octets of a file taken at a time. */
const PIECE = 1 << 20;

/**
 * The digest of octets, or of a file of any size in constant memory: 32 octets (SHA-384 48,
 * SHA-512 64).
 *
 * @param options.signal Stops the reading of a file; its reason is thrown then.
 * @throws DOMException `NotReadableError` for a file that was changed or taken away: the person
 * chooses it again.
 */
export async function digest(
  algorithm: DigestName,
  data: Uint8Array | Blob,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  const name = oneOf(algorithm, DIGESTS, "algorithm");
  record(options, "options");
  if (!(data instanceof Blob)) {
    const whole = bytes(data, "data");
    return core.run((wasm) => wasm.digest(name, whole));
  }
  const hash = await core.run((wasm) => new wasm.HashHandle(name));
  try {
    for (let at = 0; at < data.size; at += PIECE) {
      options.signal?.throwIfAborted();
      const piece = new Uint8Array(await data.slice(at, at + PIECE).arrayBuffer());
      core.call(() => hash.update(piece));
    }
    return core.call(() => hash.finish());
  } finally {
    hash.free();
  }
}

/** SM3 (GB/T 32905) of octets or of a file: 32 octets. As {@link digest} otherwise. */
export function sm3(
  data: Uint8Array | Blob,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  return digest("sm3", data, options);
}
