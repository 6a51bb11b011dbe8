// Signatures and authenticated encryption by themselves.

import { bytes, text } from "./argument.js";
import { envelope, envelopeCalls } from "./envelope.js";

/** Kinds of keys. */
export type KeyName = "p256" | "sm2";
/** Authenticated ciphers. */
export type CipherName = "aes-128-gcm" | "aes-256-gcm" | "sm4-gcm";

/**
 * Whether a signature over a message is right: SM2 with SM3 under the default identity, or ECDSA
 * P-256 with SHA-256; the signature is DER SEQUENCE { r, s }.
 *
 * A signature that is no DER, or of another length, is wrong: `false`.
 *
 * @param publicKey SubjectPublicKeyInfo, DER.
 * @throws YinxinError `malformed` and others for a key that cannot be read: whoever sent it mends it.
 */
export async function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return (await envelopeCalls()).verifySignature(publicKey, message, signature);
}

/** What {@link gcmSeal} and {@link gcmOpen} work with. */
export interface CipherOptions {
  readonly cipher: CipherName;
  /** 16 octets; 32 for `aes-256-gcm`. */
  readonly key: Uint8Array;
  /** 12 octets, never twice under one key. */
  readonly nonce: Uint8Array;
  /** What is authenticated besides. */
  readonly additional?: Uint8Array;
}

/**
 * Encrypts and authenticates: ciphertext, then a tag of 16 octets. The key is in this page's hands;
 * for bids take `encryptFile`, whose keys are in nobody's.
 *
 * @throws YinxinError for a key or a nonce of another length: the page's program mends it.
 */
export async function gcmSeal(plain: Uint8Array, options: CipherOptions): Promise<Uint8Array> {
  return (await envelopeCalls()).gcmSeal(plain, options);
}

/**
 * Opens what {@link gcmSeal} made; gives nothing unless all of it is authentic.
 *
 * @throws YinxinError `tag`: changed, or another key.
 */
export async function gcmOpen(sealed: Uint8Array, options: CipherOptions): Promise<Uint8Array> {
  return (await envelopeCalls()).gcmOpen(sealed, options);
}

interface KeyHandle {
  free(): void;
  publicKey(): Uint8Array;
  sign(message: Uint8Array): Uint8Array;
  toEncrypted(password: string): Uint8Array;
}

/**
 * A key that signs (签名密钥). It stays inside the module; nothing gives it out in the clear, and it is
 * wiped when this object is forgotten.
 *
 * Calls throw YinxinError `handle_stale` after a fault inside the module: read the key again.
 */
export class SigningKey {
  readonly #handle: KeyHandle;

  private constructor(handle: KeyHandle) {
    this.#handle = handle;
  }

  /** Draws a key from the browser's random source. */
  static async generate(algorithm: KeyName): Promise<SigningKey> {
    return new SigningKey(await (await envelopeCalls()).drawn("SigningKeyHandle", algorithm));
  }

  /**
   * Reads a key file of any kind that the library knows (PKCS#8, PKCS#12, SEC1; PEM or DER).
   *
   * @throws YinxinError `password_needed`, `wrong_password`, `wrong_type`, or what is damaged.
   */
  static async read(file: Uint8Array, password?: string): Promise<SigningKey> {
    return new SigningKey(await (await envelopeCalls()).read("SigningKeyHandle", file, password));
  }

  /** SubjectPublicKeyInfo, DER. */
  get publicKey(): Uint8Array {
    return envelope.call(() => this.#handle.publicKey());
  }

  /**
   * A signature over a message: DER SEQUENCE { r, s }; SM2 with SM3 under the default identity, or
   * ECDSA P-256 with SHA-256.
   */
  sign(message: Uint8Array): Uint8Array {
    const data = bytes(message, "message");
    return envelope.call(() => this.#handle.sign(data));
  }

  /** The file that keeps it: PKCS#8 under the password (PBES2), DER. */
  toEncrypted(password: string): Uint8Array {
    const word = text(password, "password");
    return envelope.call(() => this.#handle.toEncrypted(word));
  }
}
