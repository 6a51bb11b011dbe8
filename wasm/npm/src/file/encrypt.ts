// Encrypting a bid: chunk by chunk from files to an output, read back before it is called done.

import type { BidWriter as Writer } from "#envelope";

import { envelope } from "../envelope.js";

import { readAll } from "./decrypt.js";
import { Meter, breathe, give, type JobContext } from "./job.js";
import type { Outcome, Sink } from "./sink.js";
import { sourceOf, type ByteSource } from "./source.js";
import { synchronous } from "./storage.js";
import type { Chunks } from "./unfinished.js";

/** What a job of encrypting is given. All of it crosses to a worker. */
export interface EncryptJob {
  /** JSON: the draft of the header. */
  readonly draft: string;
  readonly to: readonly Uint8Array[];
  readonly thenTo: Uint8Array | undefined;
  readonly segments: readonly { readonly fileName: string; readonly content: Blob | ReadableStream<Uint8Array> }[];
  readonly fileName: string;
  /** What tells this bid from others in the browser's storage, where it can be gone on with. */
  readonly going: string | undefined;
}

/** Opens the output; under a name of its own in the browser's storage, where one is given. */
export type OpenOutput = (stored?: string) => Promise<Sink>;

/** How the output was checked before it was called done. */
export type Checked =
  /** All of it was read back where it lies, opened, and held against its receipt. */
  | "read back"
  /** It went away as it was made, so each record was opened before it went. */
  | "record by record";

/** What encrypting gives. */
export interface EncryptResult extends Outcome {
  /** The file's own name, as it was given or made. */
  readonly fileName: string;
  /** Octets of the envelope. */
  readonly size: number;
  /** Digest of the bidder's envelope over its list of records, lower-case hex. */
  readonly digest: string;
  /** The receipt (回执), DER: what `yinxin bid verify-receipt` holds the file against. */
  readonly receipt: Uint8Array;
  readonly segments: readonly { readonly name: string; readonly size: number; readonly digest: string }[];
  readonly checked: Checked;
  /** Octets of plaintext that an earlier run had sealed and that were not sealed again. */
  readonly resumed: number;
}

interface Summary {
  readonly fileSize: number;
  readonly fileDigest: string;
  readonly segments: EncryptResult["segments"];
}

/** Octets of all parts, if they are known. */
export const size = (segments: EncryptJob["segments"]): number | undefined =>
  segments.reduce<number | undefined>(
    (sum, { content }) => (sum === undefined || !(content instanceof Blob) ? undefined : sum + content.size),
    0,
  );

/** The content is not what it was when its keys were drawn: they may not be used for it. */
export class Another extends Error {}

/** Runs a job of encrypting. What was written is taken back at every error. */
export async function encrypt(job: EncryptJob, open: OpenOutput, context: JobContext): Promise<EncryptResult> {
  await envelope.load();
  if (job.going !== undefined && synchronous()) {
    const { encryptGoing } = await import("./going.js");
    const made = await encryptGoing(job, open, context);
    if (made !== undefined) return made;
  }
  return once(job, await open(), context);
}

async function once(job: EncryptJob, sink: Sink, context: JobContext): Promise<EncryptResult> {
  let writer: Writer | undefined;
  try {
    writer = envelope.call((wasm) => new wasm.BidWriter(job.draft, [...job.to]));
    return await run(job, sink, context, writer);
  } catch (thrown) {
    await sink.abort(thrown);
    throw thrown;
  } finally {
    writer?.free();
  }
}

/** What a run that can be gone on with has beside. */
export interface Keeping {
  readonly chunks: Chunks | undefined;
  readonly meter: Meter;
  /** Octets of work that are done before the first is sealed. */
  readonly before: number;
}

/** Makes the envelope, checks it, and ends the output. */
export async function run(
  job: EncryptJob,
  sink: Sink,
  context: JobContext,
  inner: Writer,
  keeping?: Keeping,
): Promise<EncryptResult> {
  const plain = size(job.segments);
  const readBack = sink.readBack !== undefined;
  const before = keeping?.before ?? 0;
  const total = plain === undefined ? undefined : before + plain * (readBack ? 2 : 1);
  const meter = keeping?.meter ?? new Meter(total, context.progress);
  const chunks = keeping?.chunks;
  const outer = job.thenTo === undefined ? undefined : outerWriter(job);
  const out = new Output(sink, outer, !readBack);
  await out.begin();
  await out.add(inner);
  let done = before;
  for (const { fileName, content } of job.segments) {
    envelope.call(() => inner.begin(fileName));
    const source = sourceOf(content);
    done = await seal(inner, source, out, context, chunks, (count) => meter.update(done + count)).then(
      (count) => done + count,
    );
    envelope.call(() => inner.end());
    await out.add(inner);
  }
  await out.end();
  chunks?.end(out.size);
  const innerKeys = envelope.call(() => inner.keys());
  const outerKeys = outer === undefined ? undefined : envelope.call(() => outer.keys());
  try {
    // The outer writer is taken up by the inner one's receipt.
    envelope.call(() => inner.finish(outer));
    const receipt = envelope.call(() => inner.receipt());
    const said = JSON.parse(envelope.call(() => inner.summary())) as Summary;
    if (sink.readBack !== undefined) {
      const written = await sink.readBack();
      await readAll(written, receipt, innerKeys, outerKeys, context.signal, (count) =>
        meter.update(done + (plain === undefined ? 0 : Math.min(count, plain))),
      );
    }
    context.signal.throwIfAborted();
    const outcome = await sink.close(job.fileName);
    meter.update(total ?? out.size, true);
    return {
      ...outcome,
      fileName: job.fileName,
      size: out.size,
      digest: said.fileDigest,
      receipt,
      segments: said.segments,
      checked: readBack ? "read back" : "record by record",
      resumed: chunks?.resumed ?? 0,
    };
  } finally {
    innerKeys.free();
    outerKeys?.free();
  }
}

function outerWriter(job: EncryptJob): Writer {
  const draft = JSON.parse(job.draft) as Record<string, unknown>;
  const wish = JSON.stringify({ ...draft, segments: ["bid"], outer: true });
  return envelope.call((wasm) => new wasm.BidWriter(wish, [job.thenTo as Uint8Array]));
}

/** Seals one file's octets; how many they were. */
async function seal(
  writer: Writer,
  source: ByteSource,
  out: Output,
  context: JobContext,
  chunks: Chunks | undefined,
  told: (done: number) => void,
): Promise<number> {
  const chunkSize = envelope.call(() => writer.chunkSize);
  try {
    for (;;) {
      context.signal.throwIfAborted();
      const chunk = await source.read(chunkSize);
      if (chunk.length === 0) return source.position;
      const there = chunks?.take(writer, chunk, out.size);
      if (there === undefined) {
        if (!envelope.call(() => writer.seal(chunk, out.check, chunks?.expected()))) throw new Another();
        await out.add(writer);
        chunks?.wrote(writer);
      } else {
        out.pass(there);
      }
      told(source.position);
      if (chunk.length < chunkSize) return source.position;
      await breathe();
    }
  } catch (thrown) {
    await source.cancel(thrown).catch(() => undefined);
    throw thrown;
  }
}

/** The output, through the tenderer's layer where there is one. */
class Output {
  readonly #sink: Sink;
  readonly #outer: Writer | undefined;
  readonly #chunk: Uint8Array;
  readonly check: boolean;
  #filled = 0;
  #index = 0;
  size = 0;

  constructor(sink: Sink, outer: Writer | undefined, check: boolean) {
    this.#sink = sink;
    this.#outer = outer;
    this.check = check;
    this.#chunk = new Uint8Array(outer === undefined ? 0 : envelope.call(() => outer.chunkSize));
  }

  async begin(): Promise<void> {
    const outer = this.#outer;
    if (outer === undefined) return;
    await this.#write(outer);
    envelope.call(() => outer.begin("inner.bid"));
  }

  /** Takes what a writer has as output. */
  async add(writer: Writer): Promise<void> {
    if (this.#outer === undefined) return this.#write(writer);
    let at = 0;
    const length = envelope.call(() => writer.length);
    while (at < length) {
      const count = Math.min(length - at, this.#chunk.length - this.#filled);
      const from = envelope.call((wasm) => {
        const memory = wasm.moduleMemory() as WebAssembly.Memory;
        return new Uint8Array(memory.buffer, writer.at + at, count);
      });
      this.#chunk.set(from, this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === this.#chunk.length) await this.#seal();
    }
  }

  /** Passes over a record that is there. */
  pass(length: number): void {
    this.#index += 1;
    this.size += length;
  }

  async end(): Promise<void> {
    const outer = this.#outer;
    if (outer === undefined) return;
    if (this.#filled > 0) await this.#seal();
    envelope.call(() => outer.end());
    await this.#write(outer);
  }

  async #seal(): Promise<void> {
    const outer = this.#outer;
    if (outer === undefined) return;
    const chunk = this.#chunk.subarray(0, this.#filled);
    envelope.call(() => outer.seal(chunk, this.check, undefined));
    this.#filled = 0;
    await this.#write(outer);
  }

  async #write(writer: Writer): Promise<void> {
    const place = { index: this.#index, offset: this.size, segment: "" };
    this.#index += 1;
    this.size += await give(writer, this.#sink, place);
  }
}
