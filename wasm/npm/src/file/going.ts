// Encrypting a bid that can be gone on with. It is loaded where it is asked for: in workers.

import type { BidWriter as Writer } from "#envelope";

import { envelope } from "../envelope.js";
import { YinxinError } from "../error.js";

import { Another, run, size, type EncryptJob, type EncryptResult, type OpenOutput } from "./encrypt.js";
import { Meter, breathe, type JobContext } from "./job.js";
import type { Sink } from "./sink.js";
import { changed, sourceOf } from "./source.js";
import { resumable } from "./storage.js";
import { Chunks, Unfinished, forget, keepKeys, writerOf, type Left } from "./unfinished.js";

/** Encrypts from where an earlier run was, or from the beginning; nothing where nothing is kept here. */
export async function encryptGoing(
  job: EncryptJob,
  open: OpenOutput,
  context: JobContext,
): Promise<EncryptResult | undefined> {
  const unfinished = await Unfinished.open(job);
  if (unfinished === undefined) return undefined;
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

/** Encrypts a bid that can be gone on with, from its beginning or from where an earlier run was. */
async function kept(
  job: EncryptJob,
  open: OpenOutput,
  context: JobContext,
  meter: Meter,
  unfinished: Unfinished,
  earlier?: { readonly left: Left; readonly writer: Writer },
): Promise<EncryptResult> {
  const writer = earlier?.writer ?? envelope.call((wasm) => new wasm.BidWriter(job.draft, [...job.to]));
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
  const chunkSize = envelope.call(() => writer.chunkSize);
  const digests: Uint8Array[] = [];
  let done = 0;
  for (const { content } of job.segments) {
    const source = sourceOf(content);
    try {
      for (;;) {
        context.signal.throwIfAborted();
        const chunk = await source.read(chunkSize);
        if (chunk.length > 0) digests.push(envelope.call(() => writer.digest(chunk)));
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
