// What every job on files shares: telling how far it is, stopping, output out of the module's memory.

import { envelope } from "../envelope.js";
import { YinxinError } from "../error.js";

import type { ChunkPlace, Sink } from "./sink.js";

/** How far a job is, in octets of work: each reading of a file counts. It never goes back. */
export interface Progress {
  readonly done: number;
  /** Unknown for a stream. It grows where a job has to begin anew. */
  readonly total: number | undefined;
}

/** What a job is told and tells. */
export interface JobContext {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

/** Milliseconds between two reports: a bar that moves, and little work beside. */
const BETWEEN = 100;

/** Tells progress, not more often than is seen and never backwards. */
export class Meter {
  readonly #tell: (progress: Progress) => void;
  readonly #total: number | undefined;
  #told = -1;
  #at = 0;
  /** What was done before the job began anew. */
  #base = 0;

  constructor(total: number | undefined, tell: (progress: Progress) => void) {
    this.#total = total;
    this.#tell = tell;
  }

  update(count: number, last = false): void {
    const now = performance.now();
    const done = this.#base + count;
    if ((!last && now - this.#at < BETWEEN) || done <= this.#told) return;
    this.#at = now;
    this.#told = done;
    this.#tell({ done, total: this.#total === undefined ? undefined : this.#base + this.#total });
  }

  /** The job begins anew: what was done is lost, and stays told. */
  anew(): void {
    this.#base = Math.max(0, this.#told);
  }
}

/** Writes what a writer or reader of the module has as output. */
export async function give(
  from: { readonly at: number; readonly length: number },
  sink: Sink,
  place: ChunkPlace,
): Promise<number> {
  const view = envelope.call((wasm) => {
    const memory = wasm.moduleMemory() as WebAssembly.Memory;
    return new Uint8Array(memory.buffer, from.at, from.length);
  });
  const length = view.length;
  await sink.write(sink.atOnce ? view : view.slice(), place);
  return length;
}

/** Lets the page do something else when a job runs on its thread. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** An error with the octet of the file at which it came to light. */
export function located(thrown: unknown, offset: number): unknown {
  if (!YinxinError.is(thrown) || "offset" in thrown.facts) return thrown;
  return new YinxinError({
    code: thrown.code,
    message: `${thrown.message} (at octet ${offset} of the file)`,
    mendedBy: thrown.mendedBy,
    retryable: thrown.retryable,
    deadlineAtRisk: thrown.deadlineAtRisk,
    facts: { ...thrown.facts, offset },
    cause: thrown.cause,
  });
}
