// Where a job runs: in a worker, or on the page's own thread where workers are refused.

import { YinxinError } from "../error.js";

import { decrypt, type DecryptResult, type SegmentInfo } from "./decrypt.js";
import { encrypt, type EncryptJob, type EncryptResult } from "./encrypt.js";
import type { Progress } from "./job.js";
import { KeyTransport, wrapAll, type HeldKey, type WrappedKey } from "./key-transport.js";
import { Ends, Stopped, type PageCalls, type SentOrder, type WorkerCalls } from "./message.js";
import { make, type Order } from "./order.js";
import type { Sink } from "./sink.js";
import { removeStored } from "./storage.js";

/** How a job is run. */
export interface Run {
  /** `false`: on this thread. A function: the page's own way to start the package's `worker.js`. */
  readonly worker: boolean | (() => Worker) | undefined;
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /** Decides on an output; `name` is empty for an envelope. */
  open(segment: SegmentInfo): Promise<Order>;
}

/** What a job of opening is given on the page. */
export interface OpenJob {
  readonly file: Blob | ReadableStream<Uint8Array>;
  readonly keys: readonly HeldKey[];
  readonly outerKeys: readonly HeldKey[];
  readonly receipt: Uint8Array | undefined;
  readonly resume: boolean;
}

/** Encrypts. */
export async function runEncrypt(job: EncryptJob, run: Run): Promise<EncryptResult> {
  const streams = job.segments.map(({ content }) => content);
  const desk = await Desk.open(run, streams);
  if (desk !== undefined) {
    return desk.work("encrypt", job, streams) as Promise<EncryptResult>;
  }
  const whole = { name: "", index: 0, fileName: job.fileName, size: undefined, headDigest: "" };
  return encrypt(job, async () => make(await run.open(whole)), run);
}

/** Opens. */
export async function runDecrypt(job: OpenJob, run: Run): Promise<DecryptResult> {
  const desk = await Desk.open(run, [job.file]);
  if (desk !== undefined) {
    const sent = {
      ...job,
      keys: desk.wrapped(job.keys),
      outerKeys: desk.wrapped(job.outerKeys),
    };
    return desk.work("decrypt", sent, [job.file]) as Promise<DecryptResult>;
  }
  const transport = await KeyTransport.draw();
  try {
    const sink = async (segment: SegmentInfo): Promise<Sink> => make(await run.open(segment));
    return await transport.lend([job.keys, job.outerKeys], (keys = [], outerKeys = []) =>
      decrypt({ ...job, keys, outerKeys, sink }, run),
    );
  } finally {
    transport.free();
  }
}

/** Milliseconds that a worker has for loading. A slow network loads it on the page as slowly. */
const PATIENCE = 20_000;

/** A worker, from the page's side. */
class Desk {
  readonly #worker: Worker;
  readonly #run: Run;
  readonly #ends: Ends<WorkerCalls>;
  readonly #sinks: Sink[] = [];
  /** Outputs that nobody has ended yet, and names in the browser's storage: what a dead worker leaves. */
  readonly #open = new Set<Sink>();
  readonly #stored = new Set<string>();
  #failure: YinxinError | undefined;
  #over = false;
  #publicKey = new Uint8Array(0);
  #ready!: (usable: boolean) => void;
  readonly #usable = new Promise<boolean>((resolve) => (this.#ready = resolve));

  private constructor(worker: Worker, run: Run) {
    this.#worker = worker;
    this.#run = run;
    this.#ends = new Ends<WorkerCalls>(worker, {
      ready: (publicKey) => {
        this.#publicKey = publicKey as Uint8Array<ArrayBuffer>;
        this.#ready(publicKey.length > 0);
      },
      progress: (progress) => run.progress(progress),
      open: (segment) => this.#ordered(segment),
      write: async (number, chunk, place) => this.#sink(number).write(chunk, place),
      close: async (number, fileName) => {
        const outcome = await this.#sink(number).close(fileName);
        this.#open.delete(this.#sink(number));
        return outcome;
      },
      abort: (number) => {
        this.#open.delete(this.#sink(number));
        return this.#sink(number).abort(run.signal.reason);
      },
    } satisfies PageCalls as never);
    worker.addEventListener("error", (event) => {
      // One that never came up says so here too: a policy, a missing file.
      this.#ready(false);
      this.#failure = new YinxinError({
        code: "worker_failed",
        message: "the worker ended; begin again",
        retryable: true,
        cause: event,
      });
      this.#ends.fail(this.#failure);
    });
  }

  /** Starts a worker; `undefined` where there is none to be had. */
  static async open(run: Run, given: readonly unknown[]): Promise<Desk | undefined> {
    if (run.worker === false || typeof Worker === "undefined") return undefined;
    if (given.some((one) => !(one instanceof Blob)) && !streamsCross()) return undefined;
    let worker: Worker;
    try {
      worker =
        typeof run.worker === "function"
          ? run.worker()
          : new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "yinxin" });
    } catch {
      // Trusted Types, or a policy that says so at once.
      return undefined;
    }
    const desk = new Desk(worker, run);
    const late = setTimeout(() => desk.#ready(false), PATIENCE);
    const usable = await desk.#usable;
    clearTimeout(late);
    if (usable) return desk;
    worker.terminate();
    return undefined;
  }

  /** Keys for the worker's module, which JavaScript cannot read. */
  wrapped(keys: readonly HeldKey[]): WrappedKey[] {
    return wrapAll(keys, this.#publicKey);
  }

  async work(call: "encrypt" | "decrypt", job: unknown, given: readonly unknown[]): Promise<unknown> {
    const { signal } = this.#run;
    const stop = (): void => void this.#ends.call("stop", []).catch(() => undefined);
    signal.addEventListener("abort", stop, { once: true });
    try {
      signal.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      const streams = given.filter((one) => !(one instanceof Blob)) as unknown as Transferable[];
      return await this.#ends.call(call, [job as never], streams);
    } catch (thrown) {
      const reason: unknown = thrown instanceof Stopped || signal.aborted ? signal.reason : thrown;
      this.#over = true;
      this.#worker.terminate();
      await this.#leaveNothing(reason);
      throw reason;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#worker.terminate();
    }
  }

  /** A worker that lives ends its outputs itself; one that died cannot. */
  async #leaveNothing(reason: unknown): Promise<void> {
    const sinks = [...this.#open].map((sink) => sink.abort(reason));
    const stored = this.#failure === undefined ? [] : [...this.#stored].map((name) => removeStored(name));
    await Promise.allSettled([...sinks, ...stored]);
  }

  async #ordered(segment: SegmentInfo): Promise<SentOrder> {
    const order = await this.#run.open(segment);
    // What is to be gone on with stays for the next run.
    if (order.kind === "storage" && !order.resume) this.#stored.add(order.name);
    if (order.kind !== "here") return order;
    if (this.#over) {
      await order.sink.abort(this.#failure);
      throw new Stopped("stopped");
    }
    this.#sinks.push(order.sink);
    this.#open.add(order.sink);
    return { kind: "page", sink: this.#sinks.length - 1 };
  }

  #sink(number: number): Sink {
    return this.#sinks[number] as Sink;
  }
}

/** Whether a stream can be handed to a worker: not in WebKit. */
function streamsCross(): boolean {
  try {
    const stream = new ReadableStream();
    structuredClone(stream, { transfer: [stream as unknown as Transferable] });
    return true;
  } catch {
    return false;
  }
}

