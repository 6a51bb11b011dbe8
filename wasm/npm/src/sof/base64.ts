// Base64 as plug-ins write it.

/** Octets as Base64, in one line. */
export function toBase64(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length; at += 0x8000) {
    text += String.fromCharCode(...octets.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
