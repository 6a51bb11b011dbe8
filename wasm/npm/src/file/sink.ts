// Octets out: to memory, a file, a stream, a function.

import { YinxinError } from "../error.js";

/** Where a chunk belongs. */
export interface ChunkPlace {
  /** Its number within the output, from 0. */
  readonly index: number;
  /** Octets of the output before it. */
  readonly offset: number;
  /** The segment it is of; empty for an envelope. */
  readonly segment: string;
}

/** What an output has become. */
export interface Outcome {
  /** The whole, where it lies in memory or in the browser's own storage. */
  readonly blob?: Blob;
  /** Its name in the browser's storage. */
  readonly stored?: string;
}

/** Where a job writes to. Nothing is there under its own name before `close`. */
export interface Sink {
  /** Whether `write` takes octets at once, so that they may be a view that changes afterwards. */
  readonly atOnce: boolean;
  write(chunk: Uint8Array, place: ChunkPlace): Promise<void> | void;
  /** Everything written so far, to be read back. Not where it went away. */
  readBack?(): Promise<Blob>;
  /** Ends it, under a name where it has none yet. */
  close(fileName: string): Promise<Outcome>;
  /** Leaves nothing. */
  abort(reason: unknown): Promise<void>;
}

/** Largest output that is kept in memory, in octets. */
export const MEMORY_LIMIT = 256 * 2 ** 20;

/** Gathers a Blob. */
export function memorySink(): Sink {
  let parts: BlobPart[] = [];
  let size = 0;
  return {
    atOnce: false,
    write(chunk) {
      size += chunk.length;
      if (size > MEMORY_LIMIT) {
        throw new YinxinError({
          code: "memory_limit",
          message: "more than 256 MiB are not kept in memory; use sink 'save', 'storage' or a stream",
          facts: { limit: MEMORY_LIMIT },
        });
      }
      // Blobs of many small parts are slow; one of a chunk each is what the browser pages out.
      parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
    },
    readBack: () => Promise.resolve(new Blob(parts)),
    close: () => Promise.resolve({ blob: new Blob(parts) }),
    abort() {
      parts = [];
      return Promise.resolve();
    },
  };
}

/** Into a stream of the page's. It is closed at the end and aborted at an error. */
export function streamSink(stream: WritableStream<Uint8Array>): Sink {
  const writer = stream.getWriter();
  return {
    atOnce: false,
    async write(chunk) {
      await failing(writer.ready);
      await failing(writer.write(chunk));
    },
    async close() {
      await failing(writer.close());
      return {};
    },
    abort: (reason) => writer.abort(reason).catch(() => undefined),
  };
}

/** Into a function of the page's, chunk by chunk; the next comes when it is done with the last. */
export function callbackSink(
  take: (chunk: Uint8Array, place: ChunkPlace) => Promise<void> | void,
): Sink {
  return {
    atOnce: false,
    write: (chunk, place) => take(chunk, place),
    close: () => Promise.resolve({}),
    abort: () => Promise.resolve(),
  };
}

type Removable = FileSystemFileHandle & { remove?(): Promise<void> };

/**
 * Into a file that the person chose. Until the end the browser writes beside it; then it is read back
 * where it lies, and taken away again if anything is wrong with it.
 */
export async function fileSink(handle: FileSystemFileHandle): Promise<Sink> {
  const stream = await failing(handle.createWritable({ keepExistingData: false }));
  let open = true;
  const shut = async (): Promise<void> => {
    if (open) await failing(stream.close());
    open = false;
  };
  return {
    atOnce: false,
    write: (chunk) => failing(stream.write(chunk as Uint8Array<ArrayBuffer>)),
    async readBack() {
      await shut();
      return handle.getFile();
    },
    async close() {
      await shut();
      return { blob: await handle.getFile() };
    },
    async abort(reason) {
      if (open) return stream.abort(reason).catch(() => undefined);
      const { remove } = handle as Removable;
      if (remove !== undefined) return remove.call(handle);
      const empty = await handle.createWritable({ keepExistingData: false });
      return empty.close();
    },
  };
}

/** What a sink throws becomes an error of ours that says whose it is. */
async function failing<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw writeFailed(cause);
  }
}

/** @internal */
export function writeFailed(cause: unknown): unknown {
  if (YinxinError.is(cause)) return cause;
  if (cause instanceof DOMException && cause.name === "AbortError") return cause;
  const full = cause instanceof DOMException && cause.name === "QuotaExceededError";
  return new YinxinError({
    code: full ? "storage_full" : "write_failed",
    message: full
      ? "the browser's storage or the disk is full; make room and try again"
      : "the output could not be written any further",
    mendedBy: "person",
    retryable: true,
    cause,
  });
}
