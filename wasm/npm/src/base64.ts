// Base64 (RFC 4648 §4), as plug-ins write it.

/** Octets as Base64, in one line. */
export function toBase64(octets: Uint8Array): string {
  let binary = "";
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < octets.length; at += 8192) {
    binary += String.fromCharCode(...octets.subarray(at, at + 8192));
  }
  return btoa(binary);
}
