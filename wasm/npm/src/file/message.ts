// What a page and its worker say to each other. Calls go both ways and are answered in any order.

import { YinxinError, type ErrorParts } from "../error.js";

import type { SegmentInfo } from "./decrypt.js";
import type { EncryptJob } from "./encrypt.js";
import type { Progress } from "./job.js";
import type { WrappedKey } from "./key-transport.js";
import type { ChunkPlace } from "./sink.js";

/** An output as it is sent: the numbered one stays on the page. */
export type SentOrder =
  | { readonly kind: "memory" }
  | { readonly kind: "storage"; readonly name: string; readonly resume: boolean }
  | { readonly kind: "handle"; readonly handle: FileSystemFileHandle }
  | { readonly kind: "page"; readonly sink: number };

/** What the page asks of the worker. */
export interface WorkerCalls {
  encrypt(job: EncryptJob): unknown;
  decrypt(job: {
    readonly file: Blob | ReadableStream<Uint8Array>;
    readonly keys: readonly WrappedKey[];
    readonly outerKeys: readonly WrappedKey[];
    readonly receipt: Uint8Array | undefined;
    readonly resume: boolean;
  }): unknown;
  stop(): unknown;
}

/** What the worker asks of the page. */
export interface PageCalls {
  ready(publicKey: Uint8Array): unknown;
  progress(progress: Progress): unknown;
  open(segment: SegmentInfo): SentOrder | Promise<SentOrder>;
  write(sink: number, chunk: Uint8Array, place: ChunkPlace): unknown;
  close(sink: number, fileName: string): unknown;
  abort(sink: number): unknown;
}

type Call = { readonly call: string; readonly number: number; readonly given: readonly unknown[] };
type Answer = { readonly answer: number; readonly value?: unknown; readonly thrown?: Thrown };
type Thrown =
  | { readonly kind: "yinxin"; readonly parts: ErrorParts }
  | { readonly kind: "stopped" }
  | { readonly kind: "other"; readonly name: string; readonly message: string };

interface Line {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(kind: "message", listener: (event: MessageEvent<unknown>) => void): void;
}

type Handlers = Record<string, (...given: never[]) => unknown>;

/** One end of the line. */
export class Ends<Theirs> {
  readonly #line: Line;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(thrown: unknown): void }>();
  #next = 0;

  constructor(line: Line, ours: Handlers) {
    this.#line = line;
    line.addEventListener("message", ({ data }) => {
      const message = data as Call | Answer;
      if ("call" in message) void this.#serve(ours, message);
      else this.#take(message);
    });
  }

  /** Calls the other end. */
  call<K extends keyof Theirs & string>(
    name: K,
    given: Theirs[K] extends (...given: infer G) => unknown ? G : never,
    transfer: Transferable[] = [],
  ): Promise<Theirs[K] extends (...given: never[]) => infer R ? Awaited<R> : never> {
    const number = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as (value: unknown) => void, reject });
      this.#line.postMessage({ call: name, number, given }, transfer);
    });
  }

  /** Everything still waited for fails. */
  fail(thrown: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(thrown);
    this.#waiting.clear();
  }

  async #serve(ours: Handlers, { call, number, given }: Call): Promise<void> {
    let answer: Answer;
    try {
      answer = { answer: number, value: await ours[call]?.(...(given as never[])) };
    } catch (thrown) {
      answer = { answer: number, thrown: packed(thrown) };
    }
    this.#line.postMessage(answer, []);
  }

  #take({ answer, value, thrown }: Answer): void {
    const waiting = this.#waiting.get(answer);
    this.#waiting.delete(answer);
    if (thrown === undefined) waiting?.resolve(value);
    else waiting?.reject(unpacked(thrown));
  }
}

/** Thrown at a job that was stopped; the page puts its signal's reason in its place. */
export class Stopped extends Error {}

function packed(thrown: unknown): Thrown {
  if (YinxinError.is(thrown)) {
    const { code, message, mendedBy, retryable, deadlineAtRisk, facts } = thrown;
    return { kind: "yinxin", parts: { code, message, mendedBy, retryable, deadlineAtRisk, facts } };
  }
  if (thrown instanceof Stopped || (thrown instanceof DOMException && thrown.name === "AbortError")) {
    return { kind: "stopped" };
  }
  const { name, message } = thrown instanceof Error ? thrown : { name: "Error", message: String(thrown) };
  return { kind: "other", name, message };
}

function unpacked(thrown: Thrown): unknown {
  if (thrown.kind === "yinxin") return new YinxinError(thrown.parts);
  if (thrown.kind === "stopped") return new Stopped("stopped");
  if (thrown.name === "TypeError") return new TypeError(thrown.message);
  const error = new Error(thrown.message);
  error.name = thrown.name;
  return error;
}

