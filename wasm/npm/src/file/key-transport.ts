// Content keys on their way to the module that opens bids, here or in a worker: JavaScript carries them
// wrapped to a key that only that module has.

import type { ContentKeyHandle as ContentKey, TransportKey } from "#envelope";

import { envelope } from "../envelope.js";

/** A content key, wherever it is held. */
export interface HeldKey {
  readonly id: string;
  readonly segment: string;
  /** The key, wrapped to a transport key (SubjectPublicKeyInfo, DER). */
  wrap(to: Uint8Array): Uint8Array;
}

/** A content key on its way. */
export interface WrappedKey {
  readonly id: string;
  readonly segment: string;
  readonly wrapped: Uint8Array;
}

/** Wraps keys to a transport key. */
export function wrapAll(keys: readonly HeldKey[], to: Uint8Array): WrappedKey[] {
  return keys.map((key) => ({ id: key.id, segment: key.segment, wrapped: key.wrap(to) }));
}

/** This thread's end of the way: what was wrapped to it becomes keys of the module. */
export class KeyTransport {
  readonly publicKey: Uint8Array;
  readonly #key: TransportKey;

  private constructor(key: TransportKey) {
    this.#key = key;
    this.publicKey = envelope.call(() => key.publicKey());
  }

  /** Draws a transport key. */
  static async draw(): Promise<KeyTransport> {
    return new KeyTransport(await envelope.run((wasm) => new wasm.TransportKey()));
  }

  /** The keys, which are the caller's to free. */
  unwrap(wrapped: readonly WrappedKey[]): ContentKey[] {
    const keys: ContentKey[] = [];
    try {
      for (const one of wrapped) {
        keys.push(envelope.call(() => this.#key.unwrap(one.id, one.segment, one.wrapped)));
      }
    } catch (thrown) {
      for (const key of keys) key.free();
      throw thrown;
    }
    return keys;
  }

  /** Gives `act` the keys as the module's own, and frees them after it. */
  async lend<T>(keys: readonly (readonly HeldKey[])[], act: (...keys: ContentKey[][]) => Promise<T>): Promise<T> {
    const lent: ContentKey[][] = [];
    try {
      for (const some of keys) lent.push(this.unwrap(wrapAll(some, this.publicKey)));
      return await act(...lent);
    } finally {
      for (const key of lent.flat()) key.free();
    }
  }

  free(): void {
    this.#key.free();
  }
}
