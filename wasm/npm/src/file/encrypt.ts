// Encrypting a bid: chunk by chunk from files to an output, read back before it is called done.

import type { BidWriter as Writer } from "#core";

import { core } from "../core.js";
import { YinxinError } from "../error.js";

import { readAll } from "./decrypt.js";
import { Meter, breathe, give, type JobContext } from "./job.js";
import type { Outcome, Sink } from "./sink.js";
import { changed, sourceOf, type ByteSource } from "./source.js";
import { resumable } from "./storage.js";
import { Another, Chunks, Unfinished, forget, keepKeys, writerOf, type Left } from "./unfinished.js";

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

const size = (segments: EncryptJob["segments"]): number | undefined =>
  segments.reduce<number | undefined>(
    (sum, { content }) => (sum === undefined || !(content instanceof Blob) ? undefined : sum + content.size),
    0,
  );

/** Runs a job of encrypting. What was written is taken back at every error. */
export async function encrypt(job: EncryptJob, open: OpenOutput, context: JobContext): Promise<EncryptResult> {
  await core.load();
  const unfinished = await Unfinished.open(job);
  if (unfinished === undefined) return once(job, await open(), context);
  // Read for the digests, sealed, read back.
  const meter = new Meter(3 * (size(job.segments) ?? 0), context.progress);
  try {
    const left = unfinished.left();
    if (left !== undefined) {
      try {
        const writer = await writerOf(left, job, unfinished);
        return await kept(job, open, context, meter, unfinished, { left, writer });
      } catch (thrown) {
        if (!(thrown instanceof Another)) throw thrown;
        await forget(left);
        meter.anew();
      }
    }
    return await kept(job, open, context, meter, unfinished);
  } catch (thrown) {
    // Lets go of it at least, where it is to stay.
    unfinished.leave();
    throw thrown;
  }
}

async function once(job: EncryptJob, sink: Sink, context: JobContext): Promise<EncryptResult> {
  let writer: Writer | undefined;
  try {
    writer = core.call((wasm) => new wasm.BidWriter(job.draft, [...job.to]));
    return await run(job, sink, context, writer);
  } catch (thrown) {
    await sink.abort(thrown);
    throw thrown;
  } finally {
    writer?.free();
  }
}

/** Encrypts a bid that can be gone on with, from its beginning or from where an earlier run was. */
async function kept(
  job: EncryptJob,
  open: OpenOutput,
  context: JobContext,
  meter: Meter,
  unfinished: Unfinished,
  earlier?: { readonly left: Left; readonly writer: Writer },
): Promise<EncryptResult> {
  const writer = earlier?.writer ?? core.call((wasm) => new wasm.BidWriter(job.draft, [...job.to]));
  let sink: Sink | undefined;
  try {
    const plain = size(job.segments) ?? 0;
    const digests = earlier?.left.digests ?? (await digestsOf(job, writer, context, meter));
    const left = earlier?.left ?? (await keepKeys(writer, digests, job, unfinished));
    sink = await open(left.name);
    const chunks = resumable(sink) ? new Chunks(digests, sink, earlier !== undefined) : undefined;
    const result = await run(job, sink, context, writer, { chunks, meter, before: plain });
    await unfinished.end();
    return result;
  } catch (thrown) {
    const why = thrown instanceof Another && earlier === undefined ? changed() : thrown;
    // A broken disk leaves what can be gone on with; a refusal and a stop leave nothing.
    const own = YinxinError.is(why) && why.retryable;
    if (own && (sink === undefined ? earlier !== undefined : resumable(sink))) {
      if (sink !== undefined && resumable(sink)) sink.leave();
    } else {
      await sink?.abort(why);
      if (!(why instanceof Another)) await unfinished.end();
    }
    throw why;
  } finally {
    writer.free();
  }
}

/** The digests of all chunks, before a key is used: what is sealed under it is fixed by them. */
async function digestsOf(job: EncryptJob, writer: Writer, context: JobContext, meter: Meter): Promise<Uint8Array> {
  const chunkSize = core.call(() => writer.chunkSize);
  const digests: Uint8Array[] = [];
  let done = 0;
  for (const { content } of job.segments) {
    const source = sourceOf(content);
    try {
      for (;;) {
        context.signal.throwIfAborted();
        const chunk = await source.read(chunkSize);
        if (chunk.length > 0) digests.push(core.call(() => writer.digest(chunk)));
        meter.update(done + source.position);
        if (chunk.length < chunkSize) break;
        await breathe();
      }
    } finally {
      await source.cancel(undefined).catch(() => undefined);
    }
    done += source.position;
  }
  const all = new Uint8Array(digests.length * 32);
  for (const [at, digest] of digests.entries()) all.set(digest, at * 32);
  return all;
}

/** What a run that can be gone on with has beside. */
interface Keeping {
  readonly chunks: Chunks | undefined;
  readonly meter: Meter;
  /** Octets of work that are done before the first is sealed. */
  readonly before: number;
}

async function run(
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
    core.call(() => inner.begin(fileName));
    const source = sourceOf(content);
    done = await seal(inner, source, out, context, chunks, (count) => meter.update(done + count)).then(
      (count) => done + count,
    );
    core.call(() => inner.end());
    await out.add(inner);
  }
  await out.end();
  chunks?.end(out.size);
  const innerKeys = core.call(() => inner.keys());
  const outerKeys = outer === undefined ? undefined : core.call(() => outer.keys());
  try {
    // The outer writer is taken up by the inner one's receipt.
    core.call(() => inner.finish(outer));
    const receipt = core.call(() => inner.receipt());
    const said = JSON.parse(core.call(() => inner.summary())) as Summary;
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
  return core.call((wasm) => new wasm.BidWriter(wish, [job.thenTo as Uint8Array]));
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
  const chunkSize = core.call(() => writer.chunkSize);
  try {
    for (;;) {
      context.signal.throwIfAborted();
      const chunk = await source.read(chunkSize);
      if (chunk.length === 0) return source.position;
      const there = chunks?.take(writer, chunk, out.size);
      if (there === undefined) {
        if (!core.call(() => writer.seal(chunk, out.check, chunks?.expected()))) throw new Another();
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
    this.#chunk = new Uint8Array(outer === undefined ? 0 : core.call(() => outer.chunkSize));
  }

  async begin(): Promise<void> {
    const outer = this.#outer;
    if (outer === undefined) return;
    await this.#write(outer);
    core.call(() => outer.begin("inner.bid"));
  }

  /** Takes what a writer has as output. */
  async add(writer: Writer): Promise<void> {
    if (this.#outer === undefined) return this.#write(writer);
    let at = 0;
    const length = core.call(() => writer.length);
    while (at < length) {
      const count = Math.min(length - at, this.#chunk.length - this.#filled);
      const from = core.call((wasm) => {
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
    core.call(() => outer.end());
    await this.#write(outer);
  }

  async #seal(): Promise<void> {
    const outer = this.#outer;
    if (outer === undefined) return;
    const chunk = this.#chunk.subarray(0, this.#filled);
    core.call(() => outer.seal(chunk, this.check, undefined));
    this.#filled = 0;
    await this.#write(outer);
  }

  async #write(writer: Writer): Promise<void> {
    const place = { index: this.#index, offset: this.size, segment: "" };
    this.#index += 1;
    this.size += await give(writer, this.#sink, place);
  }
}
