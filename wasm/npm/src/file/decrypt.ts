// Opening a bid: record by record, nothing given out that was not authenticated in content and place.

import type { BidReader as Reader, ContentKeyHandle as ContentKey, ContentKeysHandle, DecryptionKeyHandle } from "#envelope";

import { envelope } from "../envelope.js";
import { YinxinError, isOneOf, type ErrorCode } from "../error.js";

import { Meter, breathe, give, located, type JobContext } from "./job.js";
import type { Outcome, Sink } from "./sink.js";
import { slice, sourceOf, type ByteSource } from "./source.js";
import { resumable, type StorageSink } from "./storage.js";

/** What the head of an envelope says. It is not proved before a key opened it. */
export interface BidHeader {
  readonly platform: string;
  readonly project: string;
  readonly section: string;
  readonly bidder: string;
  /** RFC 3339, UTC. */
  readonly created: string;
  /** RFC 3339, UTC. */
  readonly opening: string;
  readonly suite: "SM" | "NIST";
  readonly layer: "bid" | "outer";
  readonly segments: readonly string[];
  /** Key ids, lower-case hex. */
  readonly recipients: readonly string[];
  readonly chunkSize: number;
  readonly headLength: number;
  readonly headDigest: string;
}

/** A segment that is about to be opened. */
export interface SegmentInfo {
  readonly name: string;
  /** From 0. */
  readonly index: number;
  /** The file's own name; known beforehand only where the envelope is a file and not a stream. */
  readonly fileName: string | undefined;
  /** Octets of plaintext, if known beforehand. */
  readonly size: number | undefined;
  readonly headDigest: string;
}

/** A segment that was opened whole. */
export interface OpenedSegment extends Outcome {
  readonly name: string;
  readonly fileName: string;
  readonly size: number;
  /** Over the list of its chunks' digests, lower-case hex: as the receipt has it. */
  readonly digest: string;
}

/** What opening gives. */
export interface DecryptResult {
  readonly header: BidHeader;
  readonly segments: readonly OpenedSegment[];
  /** Octets of the bidder's envelope, and the digest over its records. */
  readonly fileSize: number;
  readonly fileDigest: string;
}

export type { ContentKey, Reader };

/** What a job of opening is given. */
export interface DecryptJob {
  readonly file: Blob | ReadableStream<Uint8Array>;
  readonly keys: readonly ContentKey[];
  readonly outerKeys: readonly ContentKey[];
  readonly receipt: Uint8Array | undefined;
  readonly resume: boolean;
  /** An output for a segment. */
  sink(segment: SegmentInfo): Promise<Sink>;
}

/** The head of an envelope: what a phone is asked to open, and what it says. */
export async function readHead(source: ByteSource): Promise<Reader> {
  const reader = await envelope.run((wasm) => new wasm.BidReader());
  try {
    for (;;) {
      const octets = await source.read(HEAD_PIECE);
      if (octets.length === 0) envelope.call(() => reader.cutOff(false));
      if (envelope.call(() => reader.push(octets))) return reader;
    }
  } catch (thrown) {
    reader.free();
    throw located(thrown, 0);
  }
}

const HEAD_PIECE = 16 << 10;
const RECORD_HEAD = 5;

/** Records behind a head, from what came with it and from the rest. */
class Records {
  readonly #reader: Reader;
  readonly #source: ByteSource;
  #rest: Uint8Array;
  #buffer = new Uint8Array(0);
  /** Where the current record begins in its file. */
  start = 0;
  #at: number;

  constructor(reader: Reader, source: ByteSource) {
    this.#reader = reader;
    this.#source = source;
    this.#rest = envelope.call(() => reader.rest());
    this.#at = headerOf(reader).headLength;
  }

  async #read(count: number): Promise<Uint8Array> {
    const rest = this.#rest;
    if (rest.length === 0) return this.#source.read(count);
    this.#rest = rest.subarray(count);
    if (rest.length >= count) return rest.subarray(0, count);
    const more = await this.#source.read(count - rest.length);
    const whole = new Uint8Array(rest.length + more.length);
    whole.set(rest);
    whole.set(more, rest.length);
    return whole;
  }

  /** The next record's octets, its head with them; the module knows its place. */
  async next(): Promise<Uint8Array> {
    const reader = this.#reader;
    this.start = this.#at;
    const head = (await this.#read(RECORD_HEAD)).slice();
    if (head.length < RECORD_HEAD) {
      envelope.call(() => reader.cutOff(head.length > 0));
    }
    const length = envelope.call(() => reader.next(head));
    const body = await this.#read(length);
    if (body.length < length) envelope.call(() => reader.cutOff(true));
    const whole = RECORD_HEAD + length;
    if (this.#buffer.length < whole) this.#buffer = new Uint8Array(whole);
    this.#buffer.set(head);
    this.#buffer.set(body, RECORD_HEAD);
    this.#at += whole;
    return this.#buffer.subarray(0, whole);
  }

  /** Whether octets are left behind the last record. */
  async more(): Promise<boolean> {
    this.start = this.#at;
    return (await this.#read(1)).length > 0;
  }
}

/** What a reader's head says. */
export function headerOf(reader: Reader): BidHeader {
  return JSON.parse(envelope.call(() => reader.header())) as BidHeader;
}

/** The plaintext of the tenderer's layer as a source: the bidder's envelope. */
function layerSource(reader: Reader, source: ByteSource, receipt: Uint8Array | undefined): ByteSource {
  const records = new Records(reader, source);
  let chunk = new Uint8Array(0);
  let ended = false;
  const next = async (): Promise<void> => {
    try {
      if (envelope.call(() => reader.isDone())) {
        ended = true;
        const more = await records.more();
        envelope.call(() => reader.finish(more, receipt));
        return;
      }
      const record = await records.next();
      const said = envelope.call(() => reader.take(record));
      if (said !== "" && (JSON.parse(said) as { fileName: string }).fileName !== "inner.bid") {
        throw new YinxinError({ code: "bid_file_name", message: "the layer holds no bid", mendedBy: "sender" });
      }
      chunk = said === "" ? new Uint8Array(viewOf(reader)) : new Uint8Array(0);
    } catch (thrown) {
      throw located(thrown, records.start);
    }
  };
  return {
    position: 0,
    async read(count) {
      const whole = new Uint8Array(count);
      let filled = 0;
      while (filled < count) {
        while (chunk.length === 0 && !ended) await next();
        if (chunk.length === 0) break;
        const part = chunk.subarray(0, count - filled);
        whole.set(part, filled);
        filled += part.length;
        chunk = chunk.subarray(part.length);
      }
      return whole.subarray(0, filled);
    },
    cancel: (reason) => source.cancel(reason),
  };
}

function viewOf(reader: Reader): Uint8Array {
  return envelope.call((wasm) => {
    const memory = wasm.moduleMemory() as WebAssembly.Memory;
    return new Uint8Array(memory.buffer, reader.at, reader.length);
  });
}

/**
 * The content keys of a bid's layers, the outer one's first, each by whichever of its keys is a
 * recipient's.
 */
export async function unlockLayers(
  source: ByteSource,
  keys: readonly (readonly DecryptionKeyHandle[])[],
): Promise<ContentKey[][]> {
  const readers: Reader[] = [];
  const found: ContentKey[][] = [];
  try {
    let from = source;
    for (const mine of keys) {
      const reader = await readHead(from);
      readers.push(reader);
      unlockByAny(reader, mine);
      found.push(envelope.call(() => reader.contentKeys()));
      if (headerOf(reader).layer === "bid") break;
      from = layerSource(reader, from, undefined);
    }
    return found;
  } catch (thrown) {
    for (const key of found.flat()) key.free();
    throw thrown;
  } finally {
    for (const reader of readers) reader.free();
  }
}

/**
 * The beginning of the bidder's envelope inside the tenderer's layer: enough for its head.
 *
 * @param keys The layer's content keys.
 */
export async function insideLayer(file: Blob, keys: readonly ContentKey[]): Promise<Uint8Array> {
  const source = sourceOf(file);
  const reader = await readHead(source);
  try {
    unlock(reader, keys);
    if (!envelope.call(() => reader.hasKey(0))) throw noKey("outer_key_missing");
    return await layerSource(reader, source, undefined).read(INSIDE);
  } finally {
    reader.free();
    await source.cancel(undefined).catch(() => undefined);
  }
}

/** Octets: lists of recipients for 16 parts and as many officers fit. */
const INSIDE = 4 << 20;

function unlockByAny(reader: Reader, keys: readonly DecryptionKeyHandle[]): void {
  if (keys.length === 0) return;
  let refused: unknown;
  for (const key of keys) {
    try {
      envelope.call(() => reader.unlock(key));
      return;
    } catch (thrown) {
      if (!isOneOf(thrown, ["not_my_key", "outer_key_missing"])) throw thrown;
      refused = thrown;
    }
  }
  throw refused;
}

/** Opens a bid into sinks. At every error the outputs are taken back. */
export async function decrypt(job: DecryptJob, context: JobContext): Promise<DecryptResult> {
  const source = sourceOf(job.file);
  const open: Reader[] = [];
  const sinks: Sink[] = [];
  try {
    return await run(job, source, context, open, sinks);
  } catch (thrown) {
    const own = YinxinError.is(thrown) && thrown.retryable;
    for (const sink of sinks) {
      // A broken disk or network leaves what can be gone on with; a refusal and a stop leave nothing.
      if (own && job.resume && resumable(sink)) sink.leave();
      else await sink.abort(thrown);
    }
    await source.cancel(thrown).catch(() => undefined);
    throw thrown;
  } finally {
    for (const reader of open) reader.free();
  }
}

async function run(
  job: DecryptJob,
  file: ByteSource,
  context: JobContext,
  open: Reader[],
  sinks: Sink[],
): Promise<DecryptResult> {
  const total = job.file instanceof Blob ? job.file.size : undefined;
  const meter = new Meter(total, context.progress);
  let source = file;
  let reader = await readHead(source);
  open.push(reader);
  let seekable = job.file instanceof Blob ? job.file : undefined;
  if (headerOf(reader).layer === "outer") {
    const outer = reader;
    unlock(outer, job.outerKeys.length > 0 ? job.outerKeys : job.keys);
    if (!envelope.call(() => outer.hasKey(0))) throw noKey("outer_key_missing");
    source = layerSource(outer, file, job.receipt);
    reader = await readHead(source);
    open.push(reader);
    seekable = undefined;
    if (headerOf(reader).layer === "outer") {
      throw new YinxinError({ code: "bid_value", message: "a layer inside a layer", mendedBy: "sender" });
    }
  }
  const header = headerOf(reader);
  unlock(reader, job.keys);
  const mine = header.segments.map((_, index) => envelope.call(() => reader.hasKey(index)));
  if (!mine.includes(true)) throw noKey("not_my_key");
  const known = seekable === undefined ? [] : await index(seekable, reader, header, mine);
  const records = new Records(reader, source);
  const segments: OpenedSegment[] = [];
  for (const [at, name] of header.segments.entries()) {
    let sink: Sink | undefined;
    if (mine[at] === true) {
      const { fileName, size } = known[at] ?? { fileName: undefined, size: undefined };
      sink = await job.sink({ name, index: at, fileName, size, headDigest: header.headDigest });
      sinks.push(sink);
    }
    const said = await segment(reader, records, sink, { job, context, header, name }, () =>
      meter.update(Math.min(file.position, total ?? Infinity)),
    );
    if (sink === undefined || said === undefined) continue;
    segments.push({ ...said });
  }
  const more = await records.more();
  try {
    const end = envelope.call(() => reader.finish(more, job.receipt));
    const { fileSize, fileDigest } = JSON.parse(end) as { fileSize: number; fileDigest: string };
    context.signal.throwIfAborted();
    const whole: OpenedSegment[] = [];
    for (const [at, one] of segments.entries()) {
      const outcome = await (sinks[at] as Sink).close(one.fileName);
      whole.push({ ...one, ...outcome });
    }
    meter.update(total ?? file.position, true);
    return { header, segments: whole, fileSize, fileDigest };
  } catch (thrown) {
    throw located(thrown, records.start);
  }
}

function unlock(reader: Reader, keys: readonly ContentKey[]): void {
  for (const key of keys) envelope.call(() => reader.addKey(key));
}

function noKey(code: ErrorCode): YinxinError {
  return new YinxinError({
    code,
    message: "none of the keys given opens this bid; ask the phone that holds its key",
    mendedBy: "person",
  });
}

interface Running {
  readonly job: DecryptJob;
  readonly context: JobContext;
  readonly header: BidHeader;
  readonly name: string;
}

/** Goes through one segment's records; what its end says, if it was opened. */
async function segment(
  reader: Reader,
  records: Records,
  sink: Sink | undefined,
  { job, context, header, name }: Running,
  told: () => void,
): Promise<Omit<OpenedSegment, "blob"> | undefined> {
  const going = sink !== undefined && resumable(sink) ? sink : undefined;
  let known = going !== undefined && job.resume ? going : undefined;
  let offset = 0;
  for (let number = 0; ; number += 1) {
    context.signal.throwIfAborted();
    try {
      const record = await records.next();
      const end = envelope.call(() => reader.placeIsEnd);
      if (!end && known !== undefined && going !== undefined) {
        if (resume(reader, record, known, number, header)) {
          offset += header.chunkSize;
          told();
          continue;
        }
        going.keep(number, number * header.chunkSize);
        known = undefined;
      }
      if (end && known !== undefined) going?.keep(number, number * header.chunkSize);
      const said = envelope.call(() => reader.take(record));
      if (end) return said === "" ? undefined : (JSON.parse(said) as OpenedSegment);
      const length = envelope.call(() => reader.length);
      if (sink !== undefined && length > 0) {
        offset += await give(reader, sink, { index: number, offset, segment: name });
        if (going !== undefined && length === header.chunkSize) {
          going.note(envelope.call(() => reader.plainDigest()));
        }
      }
    } catch (thrown) {
      throw located(thrown, records.start);
    }
    told();
    await breathe();
  }
}

/** Takes a chunk that an earlier run left, if it still has the digest that was noted. */
function resume(
  reader: Reader,
  record: Uint8Array,
  from: StorageSink,
  number: number,
  header: BidHeader,
): boolean {
  const earlier = from.earlier(number, header.chunkSize, number * header.chunkSize);
  if (earlier === undefined) return false;
  const digest = envelope.call(() => reader.digest(earlier.chunk));
  if (!digest.every((octet, at) => octet === earlier.digest[at])) return false;
  envelope.call(() => reader.takeKnown(record, digest));
  return true;
}

/** Names and sizes of the segments, from the end records of a file; each is authentic. */
async function index(
  file: Blob,
  reader: Reader,
  header: BidHeader,
  mine: readonly boolean[],
): Promise<readonly (Pick<SegmentInfo, "fileName" | "size"> | undefined)[]> {
  const full = header.chunkSize + 16;
  const found: (Pick<SegmentInfo, "fileName" | "size"> | undefined)[] = [];
  let at = header.headLength;
  for (const [number] of header.segments.entries()) {
    let count = 0;
    for (;;) {
      const head = await slice(file, at, RECORD_HEAD);
      // What is wrong here is said when the records are read.
      if (head.length < RECORD_HEAD) return found;
      const length = new DataView(head.buffer, head.byteOffset).getUint32(1);
      if (head[0] === 1) {
        if (length > 26 + 200 + count * 32) return found;
        const record = await slice(file, at, RECORD_HEAD + length);
        if (record.length < RECORD_HEAD + length) return found;
        if (mine[number] === true) {
          try {
            found[number] = JSON.parse(envelope.call(() => reader.peek(number, count, record))) as SegmentInfo;
          } catch {
            return found;
          }
        }
        at += RECORD_HEAD + length;
        break;
      }
      if (length > full) return found;
      at += RECORD_HEAD + length;
      count += 1;
    }
  }
  return found;
}

/**
 * Reads an envelope that was made here back, every record opened and all of it held against its
 * receipt (自检).
 */
export async function readAll(
  file: Blob,
  receipt: Uint8Array,
  innerKeys: ContentKeysHandle,
  outerKeys: ContentKeysHandle | undefined,
  signal: AbortSignal,
  told: (done: number) => void,
): Promise<void> {
  const whole = sourceOf(file);
  const open: Reader[] = [];
  try {
    let source: ByteSource = whole;
    let reader = await readHead(source);
    open.push(reader);
    if (outerKeys !== undefined) {
      const outer = reader;
      envelope.call(() => outer.useKeys(outerKeys));
      source = layerSource(outer, whole, receipt);
      reader = await readHead(source);
      open.push(reader);
    }
    const last = reader;
    envelope.call(() => last.useKeys(innerKeys));
    const records = new Records(last, source);
    while (!envelope.call(() => last.isDone())) {
      signal.throwIfAborted();
      const record = await records.next();
      envelope.call(() => last.take(record));
      told(whole.position);
      await breathe();
    }
    const more = await records.more();
    envelope.call(() => last.finish(more, receipt));
  } catch (thrown) {
    await whole.cancel(thrown).catch(() => undefined);
    throw thrown;
  } finally {
    for (const reader of open) reader.free();
  }
}
