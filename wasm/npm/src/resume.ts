// A running session over a reload: kept sealed in this tab's storage, wiped when it is over.

import { fromBase64Url, toBase64Url } from "./base64url.js";
import type { BrowserKeys } from "./keys.js";
import type { Scene } from "./scene.js";

/** Where a tab keeps its running session: `sessionStorage`, or anything of its shape. */
export interface TabStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

const NAME = "yinxin.session";

/** What is kept. */
interface Kept {
  readonly scene: Scene;
  readonly sid: string;
  readonly hub: string;
  /** Sealed by the module: nothing of it can be read without this browser's key. */
  readonly sealed: string;
  readonly salt: string;
}

/** A session that waits to be taken up again. */
export interface Waiting {
  readonly scene: Scene;
  readonly sid: string;
  /** The hub's address. */
  readonly hub: string;
  readonly sealed: Uint8Array;
  readonly secret: Uint8Array;
}

/** One that this tab holds. */
export interface Held extends Waiting {
  /** Lets other tabs have it; once is as good as often. */
  release(): void;
}

/** A tab's memory of its running session. Storage that is refused keeps nothing, and says so. */
export class Resumption {
  readonly #storage: TabStorage | undefined;
  readonly #keys: BrowserKeys;
  #secret: { readonly salt: Uint8Array; readonly value: Uint8Array } | undefined;

  constructor(storage: TabStorage | false | undefined, keys: BrowserKeys) {
    this.#storage = storage === false ? undefined : (storage ?? ownStorage());
    this.#keys = keys;
  }

  /** The secret that a session is sealed under; `undefined` where this browser keeps none. */
  async secret(): Promise<Uint8Array | undefined> {
    if (this.#storage === undefined) return undefined;
    if (this.#secret === undefined) {
      const salt = crypto.getRandomValues(new Uint8Array(16));
      const value = await this.#keys.secret(salt);
      if (value === undefined) return undefined;
      this.#secret = { salt, value };
    }
    return this.#secret.value;
  }

  /** Keeps a session that {@link secret} sealed. Says whether it did. */
  keep(scene: Scene, sid: string, hub: string, sealed: Uint8Array): boolean {
    if (this.#storage === undefined || this.#secret === undefined) return false;
    const kept: Kept = {
      scene,
      sid,
      hub,
      sealed: toBase64Url(sealed),
      salt: toBase64Url(this.#secret.salt),
    };
    try {
      this.#storage.setItem(NAME, JSON.stringify(kept));
      return true;
    } catch {
      return false;
    }
  }

  /** The session that was running in this tab. */
  async waiting(): Promise<Waiting | undefined> {
    const kept = this.#read();
    const sealed = kept && fromBase64Url(kept.sealed);
    const salt = kept && fromBase64Url(kept.salt);
    if (kept === undefined || sealed === undefined || salt === undefined) return undefined;
    const secret = await this.#keys.secret(salt);
    if (secret === undefined) return undefined;
    this.#secret = { salt, value: secret };
    return { scene: kept.scene, sid: kept.sid, hub: kept.hub, sealed, secret };
  }

  /** Forgets a session: of this number, or whichever there is. */
  forget(sid?: string): void {
    if (this.#storage === undefined) return;
    if (sid !== undefined && this.#read()?.sid !== sid) return;
    try {
      this.#storage.removeItem(NAME);
    } catch {
      // What cannot be written cannot be there either.
    }
  }

  #read(): Kept | undefined {
    try {
      const text = this.#storage?.getItem(NAME);
      return text == null ? undefined : (JSON.parse(text) as Kept);
    } catch {
      return undefined;
    }
  }
}

function ownStorage(): TabStorage | undefined {
  try {
    return typeof sessionStorage === "undefined" ? undefined : sessionStorage;
  } catch {
    // Asking for it may be forbidden already.
    return undefined;
  }
}

/**
 * Holds a session for this tab: a tab that was duplicated has the same storage, and must not run the
 * same session beside it. Gives the release, or nothing where another tab has it.
 */
export function hold(sid: string): Promise<(() => void) | undefined> {
  const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
  if (locks === undefined) return Promise.resolve(() => undefined);
  return new Promise((resolve) => {
    locks
      .request(`yinxin:${sid}`, { ifAvailable: true }, (lock) => {
        if (lock === null) {
          resolve(undefined);
          return undefined;
        }
        return new Promise<void>((release) => resolve(() => release()));
      })
      .catch(() => resolve(() => undefined));
  });
}
