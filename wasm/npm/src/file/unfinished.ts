// A bid whose encryption was broken off, as it lies in the browser's storage for going on with.
//
//   yinxin/<name>.going   length(4) ‖ JSON ‖ digests of all plaintext chunks, 32 octets each
//
// It is written whole before the first record is. A record's nonce is its number, so a chunk that may
// have been sealed under the kept keys is sealed again only if its digest is the one that stands here;
// for any other content the keys are thrown away and drawn anew. The keys are sealed under a secret
// that only this browser makes, and bound to the head, the parts and these digests.

import { fromBase64Url, toBase64Url } from "../base64url.js";
import { envelope } from "../envelope.js";
import { YinxinError } from "../error.js";
import { indexedDbKeys } from "../keys.js";
import type { BidWriter as Writer } from "#envelope";

import { Another, type EncryptJob } from "./encrypt.js";
import { files, removeEntry, removeStored, type StorageSink, type SyncHandle } from "./storage.js";

/** Octets of a digest, and of what a record has beside its plaintext. */
const DIGEST = 32;
const AROUND = 21;

/** What was kept of a bid. */
export interface Left {
  /** Where its output lies in the storage. */
  readonly name: string;
  readonly head: Uint8Array;
  /** Its keys, sealed by the module. */
  readonly keys: Uint8Array;
  readonly salt: Uint8Array;
  /** Of every plaintext chunk, of all parts in order. */
  readonly digests: Uint8Array;
}

/** One bid's place in the storage. It is held for one job at a time. */
export class Unfinished {
  readonly #name: string;
  readonly #where: FileSystemDirectoryHandle;
  readonly #file: SyncHandle;
  readonly #keys = indexedDbKeys();
  #open = true;

  private constructor(name: string, where: FileSystemDirectoryHandle, file: SyncHandle) {
    this.#name = name;
    this.#where = where;
    this.#file = file;
  }

  /**
   * Opens a bid's place; `undefined` where this browser keeps nothing.
   *
   * @throws YinxinError `storage_busy` while another tab encrypts the same bid.
   */
  static async open(job: EncryptJob): Promise<Unfinished | undefined> {
    const digest = async (octets: Uint8Array): Promise<string> =>
      toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", octets as Uint8Array<ArrayBuffer>)));
    const to = await Promise.all(job.to.map(digest));
    const own = await digest(new TextEncoder().encode(JSON.stringify([job.going, to])));
    const name = `bid-${own}.going`;
    const { where, open } = await files();
    const unfinished = new Unfinished(name, where, await open(name));
    if ((await unfinished.secret(new Uint8Array(16))) !== undefined) return unfinished;
    await unfinished.end();
    return undefined;
  }

  /** The secret of this browser under which keys are sealed. */
  secret(salt: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#keys.secret(salt);
  }

  /** What an earlier run left. */
  left(): Left | undefined {
    const whole = new Uint8Array(this.#file.getSize());
    if (this.#file.read(whole, { at: 0 }) < whole.length || whole.length < 4) return undefined;
    const length = new DataView(whole.buffer).getUint32(0);
    const text = new TextDecoder().decode(whole.subarray(4, 4 + length));
    const digests = whole.slice(4 + length);
    try {
      const { name, ...rest } = JSON.parse(text) as Record<"name" | "head" | "keys" | "salt", string>;
      const [head, keys, salt] = [rest.head, rest.keys, rest.salt].map(fromBase64Url);
      if (!/^bid-[0-9a-f-]{36}$/.test(name) || digests.length % DIGEST !== 0) return undefined;
      return head && keys && salt ? { name, head, keys, salt, digests } : undefined;
    } catch {
      // Cut off in the middle: no record was written behind it.
      return undefined;
    }
  }

  /** Keeps a bid, before the first of its octets is written. */
  keep({ name, head, keys, salt, digests }: Left): void {
    const packed = { name, head: toBase64Url(head), keys: toBase64Url(keys), salt: toBase64Url(salt) };
    const text = new TextEncoder().encode(JSON.stringify(packed));
    const whole = new Uint8Array(4 + text.length + digests.length);
    new DataView(whole.buffer).setUint32(0, text.length);
    whole.set(text, 4);
    whole.set(digests, 4 + text.length);
    this.#file.truncate(0);
    if (this.#file.write(whole, { at: 0 }) < whole.length) {
      throw new YinxinError({
        code: "storage_full",
        message: "the browser's storage is full; make room and try again",
        mendedBy: "person",
        retryable: true,
      });
    }
    this.#file.flush();
  }

  /** Lets go and keeps it, for a later run. */
  leave(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }

  /** Keeps nothing any more. */
  async end(): Promise<void> {
    this.leave();
    await removeEntry(this.#where, this.#name);
  }
}

/** What keys are bound to beside the head: which parts they are for, and all of their content. */
export function boundTo(job: EncryptJob, digests: Uint8Array): Uint8Array {
  const parts = job.segments.map(({ fileName, content }) => [fileName, (content as Blob).size]);
  const text = new TextEncoder().encode(`${JSON.stringify(parts)}\0`);
  const bound = new Uint8Array(text.length + digests.length);
  bound.set(text);
  bound.set(digests, text.length);
  return bound;
}

/** The writer that an earlier run's keys make, if they belong to this bid. */
export async function writerOf(left: Left, job: EncryptJob, unfinished: Unfinished): Promise<Writer> {
  const secret = await unfinished.secret(left.salt);
  if (secret === undefined) throw new Another();
  try {
    return envelope.call((wasm) => wasm.BidWriter.resume(left.head, left.keys, secret, boundTo(job, left.digests)));
  } catch (thrown) {
    // Another browser's key, other parts, a damaged file: nothing that could be gone on with.
    if (YinxinError.is(thrown) && thrown.code !== "internal") throw new Another();
    throw thrown;
  } finally {
    secret.fill(0);
  }
}

/** Keeps the keys of a writer at its head, before anything is sealed under them. */
export async function keepKeys(
  writer: Writer,
  digests: Uint8Array,
  job: EncryptJob,
  unfinished: Unfinished,
): Promise<Left> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const secret = (await unfinished.secret(salt)) as Uint8Array;
  const [head, keys] = envelope.call((wasm) => {
    const kept = writer.keep(secret, boundTo(job, digests));
    const memory = wasm.moduleMemory() as WebAssembly.Memory;
    return [new Uint8Array(memory.buffer, writer.at, writer.length).slice(), kept] as const;
  });
  secret.fill(0);
  const left = { name: `bid-${crypto.randomUUID()}`, head, keys, salt, digests };
  unfinished.keep(left);
  return left;
}

/** Goes through a bid's chunks: which of them are there, and which octets each must have. */
export class Chunks {
  readonly #digests: Uint8Array;
  readonly #sink: StorageSink;
  /** Whether what an earlier run left still goes on. */
  #there: boolean;
  #number = 0;
  /** Octets of plaintext that an earlier run had sealed. */
  resumed = 0;

  constructor(digests: Uint8Array, sink: StorageSink, there: boolean) {
    this.#digests = digests;
    this.#sink = sink;
    this.#there = there;
  }

  /** The digest that the next chunk must have. */
  expected(): Uint8Array {
    return this.#digests.subarray(this.#number * DIGEST, (this.#number + 1) * DIGEST);
  }

  /** Takes the next chunk as the record at `offset` that an earlier run left; its length, if it is there. */
  take(writer: Writer, chunk: Uint8Array, offset: number): number | undefined {
    if (!this.#there) return undefined;
    const plain = envelope.call(() => writer.digest(chunk));
    if (!same(plain, this.expected())) throw new Another();
    const length = chunk.length + AROUND;
    const earlier = this.#sink.earlier(this.#number, length, offset);
    if (earlier === undefined || !same(envelope.call(() => writer.digest(earlier.chunk)), earlier.digest)) {
      this.#sink.keep(this.#number, offset);
      this.#there = false;
      return undefined;
    }
    envelope.call(() => writer.takeKnown(plain, earlier.digest, chunk.length));
    this.#number += 1;
    this.resumed += chunk.length;
    return length;
  }

  /** Takes note of the record that was just written. */
  wrote(writer: Writer): void {
    this.#sink.note(envelope.call(() => writer.recordDigest()));
    this.#number += 1;
  }

  /** All parts were gone through, and `size` octets written: nothing else may be there. */
  end(size: number): void {
    if (this.#number * DIGEST !== this.#digests.length) throw new Another();
    if (this.#there) this.#sink.keep(this.#number, size);
  }
}

/** Takes away what a bid of another content left. */
export function forget(left: Left): Promise<void> {
  return removeStored(left.name);
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, at) => octet === other[at]);
}
