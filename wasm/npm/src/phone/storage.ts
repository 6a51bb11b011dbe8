// Where a web phone keeps its one blob.

import { YinxinError } from "../error.js";

/** Storage of one blob. A write replaces what was there whole or not at all. */
export interface PhoneStorage {
  load(): Promise<Uint8Array | undefined>;
  store(blob: Uint8Array): Promise<void>;
}

/**
 * The browser's own database.
 *
 * @param name Of the phone, where an origin has several.
 */
export function phoneStorage(name = "phone"): PhoneStorage {
  const act = async <T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> => {
    const request = indexedDB.open("yinxin-phone", 1);
    request.onupgradeneeded = (): void => {
      request.result.createObjectStore("blobs");
    };
    const database = await asked(request);
    try {
      const transaction = database.transaction("blobs", mode);
      const value = await asked(work(transaction.objectStore("blobs")));
      await ended(transaction);
      return value;
    } finally {
      database.close();
    }
  };
  return {
    async load() {
      const found: unknown = await act("readonly", (store) => store.get(name) as IDBRequest<unknown>);
      return found instanceof Uint8Array ? found : undefined;
    },
    async store(blob) {
      await act("readwrite", (store) => store.put(blob, name));
    },
  };
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = (): void => resolve(request.result);
    request.onerror = (): void => reject(refused(request.error));
  });
}

/** What was written is there once the transaction says so, and not before. */
function ended(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = (): void => resolve();
    transaction.onabort = (): void => reject(refused(transaction.error));
  });
}

/** The error of storage that does not store: without it a phone must not go on. */
export function refused(cause: unknown): YinxinError {
  return new YinxinError({
    code: "storage_refused",
    message: "this browser keeps nothing for the phone; private windows do not, and full disks",
    mendedBy: "browser",
    cause,
  });
}
