// What is done with bids: arguments are checked, keys are found, and a worker is given the work. Loaded
// with the first bid.

import { bytes, list, record, text } from "../argument.js";
import { ContentKeys } from "../content-keys.js";
import { DecryptionKey, decryptionKeyHandle } from "../decryption-key.js";
import { envelope } from "../envelope.js";

import { headerOf, insideLayer, readHead, unlockLayers, type BidHeader, type ContentKey, type DecryptResult, type OpenedSegment } from "./decrypt.js";
import { size, type EncryptResult } from "./encrypt.js";
import { heldKeys } from "./held-keys.js";
import type { Progress } from "./job.js";
import { KeyTransport, type HeldKey } from "./key-transport.js";
import { order, sinkOption, type SinkOption } from "./order.js";
import { runDecrypt, runEncrypt, type Run } from "./run.js";
import { sourceOf } from "./source.js";
import { removeStored } from "./storage.js";

export type { BidHeader } from "./decrypt.js";
export type { Checked } from "./encrypt.js";
export type { Progress } from "./job.js";
export type { SinkOption } from "./order.js";
export type { ChunkPlace } from "./sink.js";

/** What every job on files takes. */
export interface FileOptions {
  /** Stops the job; nothing is left of it. */
  readonly signal?: AbortSignal;
  /** Told at least four times a second, never backwards. */
  onProgress?(progress: Progress): void;
  /** Where output goes; `"save"` unless said otherwise. */
  readonly sink?: SinkOption;
  /** `false`: on this thread. A function: the page's own way to start the package's `worker.js`. */
  readonly worker?: boolean | (() => Worker);
  /** The registration of `yinxin/sw`; else the one of this page. */
  readonly serviceWorker?: ServiceWorkerRegistration;
}

/** A part of a bid with a key of its own. */
export interface BidSegment {
  /** 1 to 32 letters, digits, `-`, `_`. */
  readonly name: string;
  readonly content: Blob | ReadableStream<Uint8Array>;
  /** The file's own name, which travels encrypted; else that of the `File`. */
  readonly fileName?: string;
}

/** What {@link encryptFile} takes. */
export interface EncryptOptions extends FileOptions {
  /** Project code. */
  readonly project: string;
  /** Section code (标段). */
  readonly section: string;
  /** When bids are opened. */
  readonly opening: Date;
  /** Code of the platform at whose request phones release the keys; else of any, with a warning. */
  readonly platform?: string;
  /** The bidder's unified code; else that of the first certificate. */
  readonly bidder?: string;
  /** The tenderer's encryption certificate, for a layer around the bid. */
  readonly thenTo?: Uint8Array;
  /** The envelope's name; else the file's with `.bid` behind it. */
  readonly fileName?: string;
  /** When it is encrypted; else now. */
  readonly created?: Date;
  /** Octets of plaintext in a record: 64 KiB to 4 MiB, a multiple of 4096; 1 MiB unless given. */
  readonly chunkSize?: number;
  /**
   * Goes on where an earlier run in this browser was broken off, by a closed tab for instance, within a
   * day: for the same parts, recipients and options, with sink `"storage"`, out of files and without
   * `thenTo`. The envelope is then the one that was begun, with its `created`. Each part is read once
   * more beforehand, for its digests: keys are never used for other content, so a file that was changed
   * since is encrypted from its beginning under new ones. The keys of an unfinished bid lie in the
   * browser's storage, sealed under a key that it gives out to nobody. Where workers or that key are
   * refused, nothing is kept.
   */
  readonly resume?: boolean;
}

/** What {@link encryptFile} gives, once the envelope was made and checked. */
export interface Encrypted extends Omit<EncryptResult, "stored"> {
  /** Takes the file out of the browser's storage (sink `"storage"`). */
  remove(): Promise<void>;
}

export async function encryptFile(
  file: Blob | ReadableStream<Uint8Array> | readonly BidSegment[],
  to: readonly Uint8Array[],
  options: EncryptOptions,
): Promise<Encrypted> {
  const parts = segmentsOf(file);
  const certificates = list(to, "to").map((one, at) => bytes(one, `to[${at}]`));
  if (certificates.length === 0) throw new TypeError("to: at least one certificate is expected");
  record(options, "options");
  const segments = parts.map(({ content, fileName }) => ({ content, fileName }));
  const draft = {
    platform: text(options.platform ?? "", "options.platform"),
    project: text(options.project, "options.project"),
    section: text(options.section, "options.section"),
    ...(options.bidder === undefined ? {} : { bidder: text(options.bidder, "options.bidder") }),
    created: time(options.created ?? new Date(), "options.created"),
    opening: time(options.opening, "options.opening"),
    ...(options.chunkSize === undefined ? {} : { chunkSize: options.chunkSize }),
    segments: parts.map(({ name }) => name),
  };
  const thenTo = options.thenTo === undefined ? undefined : bytes(options.thenTo, "options.thenTo");
  const first = parts[0]?.fileName ?? "bid";
  const fileName = text(options.fileName ?? `${first}.bid`, "options.fileName");
  const sink = sinkOption(options.sink, "options.sink");
  const octets = size(segments);
  const resume = options.resume === true;
  if (resume && sink !== "storage") {
    throw new TypeError("options.resume: only with sink 'storage'; what went elsewhere cannot be gone on with");
  }
  if (resume && octets === undefined) throw new TypeError("file: with options.resume files are expected, not streams");
  if (resume && thenTo !== undefined) {
    throw new TypeError("options.resume: a bid with a tenderer's layer (options.thenTo) is made in one go");
  }
  // When it was begun is the earlier run's to say, unless the page does.
  const { created, ...same } = draft;
  const going = JSON.stringify([options.created && created, same, segments.map((part) => part.fileName)]);
  const run = runOf(options, () =>
    order(sink, {
      fileName,
      // An envelope is a little longer; how much is not worth a wrong Content-Length.
      size: undefined,
      storageName: `bid-${crypto.randomUUID()}`,
      resume,
      serviceWorker: options.serviceWorker,
      signal: options.signal,
      about: octets,
    }),
  );
  const { stored, ...result } = await runEncrypt(
    {
      draft: JSON.stringify(draft),
      to: certificates,
      thenTo,
      segments,
      fileName,
      going: resume ? going : undefined,
    },
    run,
  );
  return { ...result, remove: () => gone(stored) };
}

/** What {@link decryptFile} takes. */
export interface DecryptOptions extends FileOptions {
  /** Content keys that a phone released, or keys out of a file. */
  readonly keys: ContentKeys | DecryptionKey | readonly (ContentKeys | DecryptionKey)[];
  /** Those of the tenderer's layer, if it has one; else `keys`. */
  readonly outerKeys?: ContentKeys | DecryptionKey | readonly (ContentKeys | DecryptionKey)[];
  /** Which of the bids in `keys`, where a phone released several. */
  readonly bid?: string;
  /** The receipt, DER: what is opened is held against it. */
  readonly receipt?: Uint8Array;
  /**
   * Goes on where an earlier run in this browser was broken off, within a day (sink `"storage"`): what
   * lies there and has the digest that was noted of it is not opened again.
   */
  readonly resume?: boolean;
}

/** A part that was opened whole. */
export interface DecryptedSegment extends Omit<OpenedSegment, "stored"> {
  /** Takes the file out of the browser's storage (sink `"storage"`). */
  remove(): Promise<void>;
}

/** What {@link decryptFile} gives, once every record of every part with a key was opened. */
export interface Decrypted extends Omit<DecryptResult, "segments"> {
  readonly segments: readonly DecryptedSegment[];
}

export async function decryptFile(
  file: Blob | ReadableStream<Uint8Array>,
  options: DecryptOptions,
): Promise<Decrypted> {
  const content = contentOf(file, "file");
  record(options, "options");
  const sink = sinkOption(options.sink, "options.sink");
  const receipt = options.receipt === undefined ? undefined : bytes(options.receipt, "options.receipt");
  const run = runOf(options, (segment) => {
    if (sink instanceof Object && segment.index > 0 && typeof sink !== "function") {
      throw new TypeError("options.sink: a stream takes one part; this bid has several");
    }
    return order(sink, {
      fileName: segment.fileName ?? segment.name,
      size: segment.size,
      storageName: `open-${segment.headDigest}-${segment.index}`,
      resume: options.resume === true,
      serviceWorker: options.serviceWorker,
      signal: options.signal,
      about: segment.size,
    });
  });
  await envelope.load();
  const keys = await Keys.of(content, options);
  try {
    const result = await runDecrypt(
      { file: keys.file, keys: keys.inner, outerKeys: keys.outer, receipt, resume: options.resume === true },
      run,
    );
    const segments = result.segments.map(({ stored, ...one }) => ({ ...one, remove: () => gone(stored) }));
    return { ...result, segments };
  } finally {
    keys.free();
  }
}

export async function inspectBid(
  file: Blob | ReadableStream<Uint8Array>,
): Promise<BidHeader & { readonly header: Uint8Array }> {
  const source = sourceOf(contentOf(file, "file"));
  const reader = await readHead(source);
  try {
    return { ...headerOf(reader), header: envelope.call(() => reader.headerDer()) };
  } finally {
    reader.free();
    await source.cancel(undefined).catch(() => undefined);
  }
}

/** The beginning of the bidder's envelope inside the tenderer's layer. */
export async function insideOf(file: Blob, keys: ContentKeys, bid?: string): Promise<Uint8Array> {
  const transport = await KeyTransport.draw();
  try {
    return await transport.lend([heldKeys(keys, bid)], (own = []) => insideLayer(file, own));
  } finally {
    transport.free();
  }
}

/** The content keys of one job, wherever each is held. */
class Keys {
  readonly file: Blob | ReadableStream<Uint8Array>;
  readonly inner: readonly HeldKey[];
  readonly outer: readonly HeldKey[];
  readonly #own: readonly ContentKey[];

  private constructor(
    file: Keys["file"],
    inner: readonly HeldKey[],
    outer: readonly HeldKey[],
    own: readonly ContentKey[],
  ) {
    this.file = file;
    this.inner = inner;
    this.outer = outer;
    this.#own = own;
  }

  static async of(file: Keys["file"], options: DecryptOptions): Promise<Keys> {
    const given = listed(options.keys, "options.keys");
    const around = options.outerKeys === undefined ? given : listed(options.outerKeys, "options.outerKeys");
    const released = (all: readonly Key[]): HeldKey[] =>
      all.flatMap((one) => (one instanceof ContentKeys ? heldKeys(one, options.bid) : []));
    const files = (all: readonly Key[]): DecryptionKey[] =>
      all.flatMap((one) => (one instanceof DecryptionKey ? [one] : []));
    if (files(given).length === 0 && files(around).length === 0) {
      return new Keys(file, released(given), released(around), []);
    }
    if (!(file instanceof Blob)) {
      throw new TypeError("file: with keys out of files the bid has to be a Blob, not a stream");
    }
    const { inner, outer } = await unlocked(file, files(given), files(around));
    return new Keys(
      file,
      [...released(given), ...inner.map(ofModule)],
      [...released(around), ...outer.map(ofModule)],
      [...inner, ...outer],
    );
  }

  free(): void {
    for (const key of this.#own) key.free();
  }
}

function ofModule(key: ContentKey): HeldKey {
  const wrap = (to: Uint8Array): Uint8Array => envelope.call((wasm) => wasm.wrapContentKey(key, to));
  return { id: key.id, segment: key.segment, wrap };
}

type Key = ContentKeys | DecryptionKey;

function listed(value: DecryptOptions["keys"], name: string): readonly Key[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (all.length === 0) throw new TypeError(`${name}: at least one key is expected`);
  for (const one of all) {
    if (!(one instanceof ContentKeys) && !(one instanceof DecryptionKey)) {
      throw new TypeError(`${name}: ContentKeys or a DecryptionKey is expected`);
    }
  }
  return all as readonly Key[];
}

/** Content keys of a file's layers, by keys that lie in this module. */
async function unlocked(
  file: Blob,
  keys: readonly DecryptionKey[],
  around: readonly DecryptionKey[],
): Promise<{ inner: ContentKey[]; outer: ContentKey[] }> {
  const source = sourceOf(file);
  const outer: ContentKey[] = [];
  try {
    const [head, ...rest] = await unlockLayers(source, [
      [...around, ...keys].map(decryptionKeyHandle),
      keys.map(decryptionKeyHandle),
    ]);
    const inner = rest[0] ?? head ?? [];
    if (rest.length > 0) outer.push(...(head ?? []));
    return { inner, outer };
  } finally {
    await source.cancel(undefined).catch(() => undefined);
  }
}

function runOf(options: FileOptions, open: Run["open"]): Run {
  const { onProgress, signal } = options;
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError("options.onProgress: a function is expected");
  }
  if (signal !== undefined && !("aborted" in signal)) {
    throw new TypeError("options.signal: an AbortSignal is expected");
  }
  signal?.throwIfAborted();
  return {
    worker: options.worker,
    signal: signal ?? new AbortController().signal,
    progress: (progress) => onProgress?.(progress),
    open,
  };
}

function contentOf(value: unknown, name: string): Blob | ReadableStream<Uint8Array> {
  if (value instanceof Blob) return value;
  if (typeof ReadableStream !== "undefined" && value instanceof ReadableStream) {
    return value as ReadableStream<Uint8Array>;
  }
  throw new TypeError(`${name}: a File, Blob or ReadableStream is expected`);
}

function segmentsOf(file: unknown): { name: string; content: Blob | ReadableStream<Uint8Array>; fileName: string }[] {
  const nameOf = (content: unknown): string | undefined =>
    typeof File !== "undefined" && content instanceof File ? content.name : undefined;
  if (!Array.isArray(file)) {
    const content = contentOf(file, "file");
    return [{ name: "main", content, fileName: nameOf(content) ?? "bid" }];
  }
  if (file.length === 0) throw new TypeError("file: at least one part is expected");
  return file.map((part: unknown, at) => {
    const { name, content, fileName } = record(part, `file[${at}]`);
    const checked = contentOf(content, `file[${at}].content`);
    const own = text(name, `file[${at}].name`);
    return {
      name: own,
      content: checked,
      fileName: text(fileName ?? nameOf(checked) ?? own, `file[${at}].fileName`),
    };
  });
}

/** RFC 3339, UTC, whole seconds. */
function time(value: unknown, name: string): string {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) {
    throw new TypeError(`${name}: a Date is expected`);
  }
  return `${value.toISOString().slice(0, 19)}Z`;
}

function gone(stored: string | undefined): Promise<void> {
  return stored === undefined ? Promise.resolve() : removeStored(stored);
}
