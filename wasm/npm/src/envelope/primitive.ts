// How signatures are verified and ciphers used by themselves, by the module of envelopes.

import { bytes, oneOf, record } from "../argument.js";
import { envelope } from "../envelope.js";
import type { CipherName, CipherOptions } from "../primitive.js";

const CIPHERS = ["aes-128-gcm", "aes-256-gcm", "sm4-gcm"] as const;

function parts(options: CipherOptions): [CipherName, Uint8Array, Uint8Array, Uint8Array] {
  record(options, "options");
  return [
    oneOf(options.cipher, CIPHERS, "options.cipher"),
    bytes(options.key, "options.key"),
    bytes(options.nonce, "options.nonce"),
    bytes(options.additional ?? new Uint8Array(0), "options.additional"),
  ];
}

/** See `verifySignature` of the package. */
export async function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = bytes(publicKey, "publicKey");
  const signed = bytes(message, "message");
  const value = bytes(signature, "signature");
  return envelope.run((wasm) => wasm.verifySignature(key, signed, value));
}

/** See `gcmSeal` of the package. */
export async function gcmSeal(plain: Uint8Array, options: CipherOptions): Promise<Uint8Array> {
  const [cipher, key, nonce, additional] = parts(options);
  const data = bytes(plain, "plain");
  return envelope.run((wasm) => wasm.gcmSeal(cipher, key, nonce, additional, data));
}

/** See `gcmOpen` of the package. */
export async function gcmOpen(sealed: Uint8Array, options: CipherOptions): Promise<Uint8Array> {
  const [cipher, key, nonce, additional] = parts(options);
  const data = bytes(sealed, "sealed");
  return envelope.run((wasm) => wasm.gcmOpen(cipher, key, nonce, additional, data));
}
