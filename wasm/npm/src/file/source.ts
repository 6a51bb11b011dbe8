// Octets in, with the next block on its way while the last one is worked on.

import { YinxinError } from "../error.js";

/** Where a job reads from. */
export interface ByteSource {
  /**
   * The next `count` octets; fewer only at the end. They are valid until the next call and may be
   * written over then.
   */
  read(count: number): Promise<Uint8Array>;
  /** Octets given out so far. */
  readonly position: number;
  /** Lets go of what is read from. */
  cancel(reason: unknown): Promise<void>;
}

/** Octets read from a stream at a time. Two such blocks are held. */
const BLOCK = 1 << 20;

/** Reads a file or a stream. */
export function sourceOf(from: Blob | ReadableStream<Uint8Array>): ByteSource {
  return new StreamSource(blocksOf(from instanceof Blob ? stream(from) : from));
}

function stream(file: Blob): ReadableStream<Uint8Array> {
  return file.stream() as ReadableStream<Uint8Array>;
}

interface Blocks {
  /** The next octets; none at the end. Valid until the next call. */
  next(): Promise<Uint8Array>;
  cancel(reason: unknown): Promise<void>;
}

function blocksOf(from: ReadableStream<Uint8Array>): Blocks {
  try {
    return new ByobBlocks(from.getReader({ mode: "byob" }));
  } catch {
    // No byte stream, or a browser whose files are none.
    return new DefaultBlocks(from.getReader());
  }
}

/** Two buffers that change places: one is filled while the other is worked on. */
class ByobBlocks implements Blocks {
  readonly #reader: ReadableStreamBYOBReader;
  #filling: Promise<Uint8Array>;
  #spare: ArrayBuffer = new ArrayBuffer(BLOCK);
  #ended = false;

  constructor(reader: ReadableStreamBYOBReader) {
    this.#reader = reader;
    this.#filling = this.#fill(new ArrayBuffer(BLOCK));
  }

  async next(): Promise<Uint8Array> {
    const block = await this.#filling;
    if (!this.#ended) {
      const spare = this.#spare;
      this.#spare = block.buffer as ArrayBuffer;
      this.#filling = this.#fill(spare);
      // Whoever waits for it hears of it; until then nobody is there to.
      this.#filling.catch(() => undefined);
    } else {
      this.#filling = Promise.resolve(new Uint8Array(0));
    }
    return block;
  }

  async #fill(buffer: ArrayBuffer): Promise<Uint8Array> {
    let filled = 0;
    while (filled < BLOCK) {
      const view = new Uint8Array(buffer, filled, BLOCK - filled);
      const { done, value } = await this.#reader.read(view);
      // A cancelled stream gives no buffer back.
      if (value === undefined) {
        this.#ended = true;
        return new Uint8Array(0);
      }
      buffer = value.buffer;
      filled += value.byteLength;
      if (done) {
        this.#ended = true;
        break;
      }
    }
    return new Uint8Array(buffer, 0, filled);
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}

class DefaultBlocks implements Blocks {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #ahead: Promise<ReadableStreamReadResult<Uint8Array>>;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
    this.#ahead = reader.read();
  }

  async next(): Promise<Uint8Array> {
    for (;;) {
      const { done, value } = await this.#ahead;
      if (done) return new Uint8Array(0);
      this.#ahead = this.#reader.read();
      this.#ahead.catch(() => undefined);
      if (!ArrayBuffer.isView(value)) {
        throw new TypeError("file: a stream of Uint8Array is expected");
      }
      if (value.byteLength > 0) return value;
    }
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }
}

/** So many octets as are asked for, out of blocks of any size. */
class StreamSource implements ByteSource {
  readonly #blocks: Blocks;
  #block = new Uint8Array(0);
  #joined = new Uint8Array(0);
  position = 0;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  async read(count: number): Promise<Uint8Array> {
    if (this.#block.length === 0) this.#block = (await this.#next()) as Uint8Array<ArrayBuffer>;
    // Most reads lie within a block: nothing is copied.
    if (this.#block.length >= count) return this.#take(count);
    if (this.#joined.length < count) this.#joined = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      if (this.#block.length === 0) this.#block = (await this.#next()) as Uint8Array<ArrayBuffer>;
      if (this.#block.length === 0) break;
      const part = this.#take(Math.min(count - filled, this.#block.length));
      this.#joined.set(part, filled);
      filled += part.length;
    }
    return this.#joined.subarray(0, filled);
  }

  #take(count: number): Uint8Array {
    const part = this.#block.subarray(0, count);
    this.#block = this.#block.subarray(count);
    this.position += count;
    return part;
  }

  async #next(): Promise<Uint8Array> {
    try {
      return await this.#blocks.next();
    } catch (cause) {
      throw readFailed(cause, this.position);
    }
  }

  cancel(reason: unknown): Promise<void> {
    return this.#blocks.cancel(reason);
  }
}

/** A part of a file, out of order. */
export async function slice(file: Blob, at: number, count: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(at, at + count).arrayBuffer());
  } catch (cause) {
    throw readFailed(cause, at);
  }
}

function readFailed(cause: unknown, offset: number): unknown {
  if (YinxinError.is(cause) || cause instanceof TypeError) return cause;
  if (cause instanceof DOMException && cause.name === "AbortError") return cause;
  return new YinxinError({
    code: "read_failed",
    message: "the file could not be read any further; was it changed, moved or taken away?",
    mendedBy: "person",
    retryable: true,
    facts: { offset },
    cause,
  });
}

/** A file that was written to between two readings. */
export function changed(): YinxinError {
  return new YinxinError({
    code: "read_failed",
    message: "the file was changed while it was encrypted; encrypt it again",
    mendedBy: "person",
    retryable: true,
  });
}

/** Octets behind some that were read already. */
export function joined(first: Uint8Array, rest: ByteSource): ByteSource {
  let left = first;
  return {
    get position() {
      return rest.position - left.length;
    },
    async read(count) {
      if (left.length === 0) return rest.read(count);
      if (left.length >= count) {
        const part = left.subarray(0, count);
        left = left.subarray(count);
        return part;
      }
      const more = await rest.read(count - left.length);
      const whole = new Uint8Array(left.length + more.length);
      whole.set(left);
      whole.set(more, left.length);
      left = new Uint8Array(0);
      return whole;
    },
    cancel: (reason) => rest.cancel(reason),
  };
}
