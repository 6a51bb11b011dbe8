// The browser's own storage for files (OPFS): room for gigabytes, and for going on after a tab was
// closed.
//
//   yinxin/<name>            an output, whole or not
//   yinxin/<name>.digests    digests of the chunks that are whole, 32 octets each: of the plaintext
//                            where a bid is opened, of the record where one is made

import { YinxinError } from "../error.js";
import { writeFailed, type Sink } from "./sink.js";

const FOLDER = "yinxin";
/** What nobody took away after so many milliseconds goes at the next start. */
const KEPT = 24 * 60 * 60 * 1000;

/** A file that is read and written at once. Only one at a time has it open. */
export interface SyncHandle {
  read(to: Uint8Array, options?: { at: number }): number;
  write(from: Uint8Array, options?: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
  getSize(): number;
}

type WithSync = FileSystemFileHandle & { createSyncAccessHandle?(): Promise<SyncHandle> };

async function folder(): Promise<FileSystemDirectoryHandle> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(FOLDER, { create: true });
  } catch (cause) {
    throw new YinxinError({
      code: "storage_refused",
      message: "this browser keeps no files for the page (a private window, or storage is blocked)",
      mendedBy: "person",
      cause,
    });
  }
}

/** Throws away what earlier jobs left, but not what is young or `kept`. */
async function tidy(where: FileSystemDirectoryHandle, kept?: string): Promise<void> {
  const list = where as unknown as {
    entries(): AsyncIterator<[string, FileSystemHandle]>;
  };
  const entries = list.entries();
  for (;;) {
    const { done, value } = await entries.next();
    if (done) return;
    const [name, handle] = value;
    if ((kept !== undefined && name.startsWith(kept)) || handle.kind !== "file") continue;
    try {
      const { lastModified } = await (handle as FileSystemFileHandle).getFile();
      if (Date.now() - lastModified > KEPT) await where.removeEntry(name);
    } catch {
      // In use by another tab: it is young.
    }
  }
}

/** A storage output, and what an earlier run left of it. */
export interface StorageSink extends Sink {
  /** Takes note of a chunk that is whole, for going on. */
  note(digest: Uint8Array): void;
  /** A chunk of `size` octets at `offset` that an earlier run left, and the digest noted of it. */
  earlier(
    index: number,
    size: number,
    offset: number,
  ): { readonly chunk: Uint8Array; readonly digest: Uint8Array } | undefined;
  /** Goes on behind the chunks that are there, `length` octets in all. */
  keep(chunks: number, length: number): void;
  /** Lets go and leaves what there is, for a later run. */
  leave(): void;
}

/**
 * Opens an output in the browser's storage.
 *
 * @param resume Whether what an earlier run left is looked at; else it is thrown away.
 */
export async function storageSink(name: string, resume: boolean): Promise<Sink | StorageSink> {
  const where = await folder();
  await tidy(where, name);
  try {
    const handle: WithSync = await where.getFileHandle(name, { create: true });
    if (typeof handle.createSyncAccessHandle !== "function") return await slowSink(handle, name);
    const list: WithSync = await where.getFileHandle(`${name}.digests`, { create: true });
    return syncSink(where, name, handle, await opened(handle), await opened(list), resume);
  } catch (cause) {
    if (YinxinError.is(cause)) throw cause;
    throw writeFailed(cause);
  }
}

/** Whether files can be written at once: in workers only. */
export function synchronous(): boolean {
  const kind = (globalThis as { FileSystemFileHandle?: { prototype: object } }).FileSystemFileHandle;
  return kind !== undefined && "createSyncAccessHandle" in kind.prototype;
}

/** The folder, and a way to open a file in it for this job alone. What nobody took away goes before. */
export async function files(): Promise<{
  readonly where: FileSystemDirectoryHandle;
  open(name: string): Promise<SyncHandle>;
}> {
  const where = await folder();
  await tidy(where);
  return { where, open: async (name) => opened(await where.getFileHandle(name, { create: true })) };
}

/** Takes a file out of the storage. */
export async function removeStored(name: string): Promise<void> {
  const where = await folder();
  await removeEntry(where, name);
  await removeEntry(where, `${name}.digests`);
}

/** Takes a file out of a folder, though a worker that was just ended may hold it a moment longer. */
export async function removeEntry(where: FileSystemDirectoryHandle, name: string): Promise<void> {
  for (let left = 10; ; left -= 1) {
    try {
      return await where.removeEntry(name);
    } catch (cause) {
      // A worker that was just ended lets go of its files a moment later.
      const held = cause instanceof DOMException && cause.name === "NoModificationAllowedError";
      if (!held || left === 0) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function opened(handle: WithSync): Promise<SyncHandle> {
  try {
    const open = handle.createSyncAccessHandle?.();
    if (open === undefined) throw new TypeError("no synchronous access");
    return await open;
  } catch (cause) {
    throw new YinxinError({
      code: "storage_busy",
      message: "another tab is working on this file; close it or wait for it",
      mendedBy: "person",
      retryable: true,
      cause,
    });
  }
}

function syncSink(
  where: FileSystemDirectoryHandle,
  name: string,
  handle: FileSystemFileHandle,
  file: SyncHandle,
  list: SyncHandle,
  resume: boolean,
): StorageSink {
  if (!resume) {
    file.truncate(0);
    list.truncate(0);
  }
  let open = true;
  let noted = 0;
  const shut = (): void => {
    if (!open) return;
    open = false;
    file.close();
    list.close();
  };
  const remove = (): Promise<void> => {
    shut();
    return removeStored(name);
  };
  return {
    atOnce: true,
    write(chunk, { offset }) {
      let done = 0;
      try {
        while (done < chunk.length) {
          const count = file.write(chunk.subarray(done), { at: offset + done });
          if (count === 0) throw new DOMException("nothing was written", "QuotaExceededError");
          done += count;
        }
      } catch (cause) {
        throw writeFailed(cause);
      }
    },
    note(digest) {
      list.write(digest, { at: noted * 32 });
      noted += 1;
    },
    earlier(index, size, offset) {
      const digest = new Uint8Array(32);
      const chunk = new Uint8Array(size);
      if (list.read(digest, { at: index * 32 }) < 32) return undefined;
      if (file.read(chunk, { at: offset }) < size) return undefined;
      return { chunk, digest };
    },
    keep(chunks, length) {
      noted = chunks;
      file.truncate(length);
      list.truncate(chunks * 32);
    },
    leave() {
      file.flush();
      list.flush();
      shut();
    },
    async readBack() {
      file.flush();
      shut();
      return handle.getFile();
    },
    async close() {
      if (open) file.flush();
      shut();
      await where.removeEntry(`${name}.digests`).catch(() => undefined);
      return { blob: await handle.getFile(), stored: name };
    },
    abort: remove,
  };
}

/** Where files have no synchronous access: on a page's own thread. */
async function slowSink(
  handle: FileSystemFileHandle,
  name: string,
): Promise<Sink> {
  const stream = await handle.createWritable({ keepExistingData: false });
  let open = true;
  const shut = async (): Promise<void> => {
    if (open) await stream.close();
    open = false;
  };
  return {
    atOnce: false,
    write: (chunk) => stream.write(chunk as Uint8Array<ArrayBuffer>).catch((cause: unknown) => {
      throw writeFailed(cause);
    }),
    async readBack() {
      await shut();
      return handle.getFile();
    },
    async close() {
      await shut();
      return { blob: await handle.getFile(), stored: name };
    },
    async abort(reason) {
      await stream.abort(reason).catch(() => undefined);
      await removeStored(name);
    },
  };
}

/** Whether a sink can go on where an earlier run was. */
export function resumable(sink: Sink): sink is StorageSink {
  return "earlier" in sink;
}
