// Keys that a browser keeps for an origin: one by which phones know it again, one under which a
// running session survives a reload. Neither can be read out of it.

/** A browser's key (浏览器密钥): a phone whose person trusted it asks less the next time. */
export interface BrowserKey {
  /** SubjectPublicKeyInfo of a P-256 key, DER. */
  readonly publicKey: Uint8Array;
  /** ECDSA with SHA-256: r‖s or DER. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Where the keys of a browser lie. */
export interface BrowserKeys {
  /** The browser's key for this origin; `undefined` where it keeps none. */
  browser(): Promise<BrowserKey | undefined>;
  /** At least 16 octets that only this browser can make of these; `undefined` where it cannot. */
  secret(salt: Uint8Array): Promise<Uint8Array | undefined>;
}

const DATABASE = "yinxin";
const STORE = "keys";

/**
 * Keys in the browser's own database: made at first use, for this origin, and not to be exported.
 * A browser that refuses storage has none, and is unknown to every phone.
 */
export function indexedDbKeys(): BrowserKeys {
  const keys = { browser: undefined, secret: undefined } as {
    browser: Promise<CryptoKeyPair | undefined> | undefined;
    secret: Promise<CryptoKey | undefined> | undefined;
  };
  return {
    async browser(): Promise<BrowserKey | undefined> {
      keys.browser ??= kept("browser", () =>
        crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]),
      );
      const pair = await keys.browser;
      if (pair === undefined) return undefined;
      const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
      return {
        publicKey,
        async sign(message: Uint8Array): Promise<Uint8Array> {
          const how = { name: "ECDSA", hash: "SHA-256" };
          const data = message as Uint8Array<ArrayBuffer>;
          return new Uint8Array(await crypto.subtle.sign(how, pair.privateKey, data));
        },
      };
    },
    async secret(salt: Uint8Array): Promise<Uint8Array | undefined> {
      keys.secret ??= kept("rest", () =>
        crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
      );
      const key = await keys.secret;
      if (key === undefined) return undefined;
      const data = salt as Uint8Array<ArrayBuffer>;
      return new Uint8Array(await crypto.subtle.sign("HMAC", key, data));
    },
  };
}

/** A key as it is kept, made where there is none; `undefined` where the browser keeps nothing. */
async function kept<K>(name: string, make: () => Promise<K>): Promise<K | undefined> {
  if (typeof indexedDB === "undefined" || typeof crypto.subtle === "undefined") return undefined;
  try {
    const database = await opened();
    try {
      const held = await asked<K | undefined>(
        database.transaction(STORE).objectStore(STORE).get(name) as IDBRequest<K | undefined>,
      );
      if (held !== undefined) return held;
      const made = await make();
      // Another tab may have been first: its key is the one that stays.
      const store = database.transaction(STORE, "readwrite").objectStore(STORE);
      const first = await asked<K | undefined>(store.get(name) as IDBRequest<K | undefined>);
      if (first !== undefined) return first;
      await asked(store.put(made, name));
      return made;
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = (): void => {
    request.result.createObjectStore(STORE);
  };
  return asked(request);
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = (): void => resolve(request.result);
    request.onerror = (): void => reject(request.error ?? new Error("refused"));
    if (request instanceof IDBOpenDBRequest) {
      request.onblocked = (): void => reject(new Error("blocked"));
    }
  });
}
