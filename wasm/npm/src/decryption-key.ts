// Keys that open bids, out of files: for tenderers and officers who keep theirs themselves.

import type { DecryptionKeyHandle } from "#envelope";

import { envelope, envelopeCalls } from "./envelope.js";
import type { KeyName } from "./primitive.js";

const held = new WeakMap<DecryptionKey, DecryptionKeyHandle>();

/**
 * A key that opens bids (解密密钥). It stays inside the module; nothing gives it out, and it is wiped when
 * this object is forgotten. After a fault inside the module it says `handle_stale`: read it again.
 */
export class DecryptionKey {
  private constructor(handle: DecryptionKeyHandle) {
    held.set(this, handle);
  }

  /** Draws a key. */
  static async generate(algorithm: KeyName): Promise<DecryptionKey> {
    return new DecryptionKey(await (await envelopeCalls()).drawn("DecryptionKeyHandle", algorithm));
  }

  /**
   * Out of a key file: PKCS#8 (PEM or DER, plain or under a password), SEC 1, PKCS#12, `.sm2`.
   *
   * @throws YinxinError `password_needed`, `wrong_password` and others of key files.
   */
  static async read(file: Uint8Array, password?: string): Promise<DecryptionKey> {
    return new DecryptionKey(await (await envelopeCalls()).read("DecryptionKeyHandle", file, password));
  }

  /** SubjectPublicKeyInfo, DER. */
  get publicKey(): Uint8Array {
    return envelope.call(() => decryptionKeyHandle(this).publicKey());
  }
}

/** @internal */
export function decryptionKeyHandle(key: DecryptionKey): DecryptionKeyHandle {
  return held.get(key) as DecryptionKeyHandle;
}
