// What a back end remembers between calls: visits, accounts, requests.

import { YinxinError } from "../error.js";

/**
 * A store of texts by their names, each for so many seconds. Anybody can make it write entries whose
 * names begin with `visit:`; where room ends only these may be let go, and new ones be refused.
 */
export interface Store {
  get(name: string): Promise<string | undefined>;
  /**
   * Writes; it is there once this is done.
   *
   * @throws YinxinError `rate_limited` for a visit where there is no room.
   */
  set(name: string, value: string, seconds: number): Promise<void>;
  delete(name: string): Promise<void>;
  /**
   * Does work on a name that nobody else works on meanwhile: of two answers at once one is the first.
   * Several processes need a lock that holds for all of them.
   */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
}

interface Entry {
  readonly value: string;
  readonly until: number;
}

/** Milliseconds between two looks for what is over, in a full store. */
const LOOK = 1_000;

const isVisit = (name: string): boolean => name.startsWith("visit:");

/** A store in memory, for one process: everything in it is gone when that ends. */
export class MemoryStore implements Store {
  /** Apart, the oldest first: no number of visits pushes anything else out. */
  readonly #visits = new Map<string, Entry>();
  readonly #rest = new Map<string, Entry>();
  readonly #busy = new Map<string, Promise<unknown>>();
  readonly #most: number;
  #looked = -LOOK;

  /** @param most Entries at once; the oldest visit makes room, and where there is none, no visit is taken. */
  constructor(most = 100_000) {
    this.#most = most;
  }

  get(name: string): Promise<string | undefined> {
    const entries = this.#of(name);
    const entry = entries.get(name);
    if (entry !== undefined && entry.until < Date.now()) {
      entries.delete(name);
      return Promise.resolve(undefined);
    }
    return Promise.resolve(entry?.value);
  }

  async set(name: string, value: string, seconds: number): Promise<void> {
    const entries = this.#of(name);
    entries.delete(name);
    if (this.#size >= this.#most) this.#tidy();
    const [oldest] = this.#visits.keys();
    if (this.#size >= this.#most && oldest !== undefined) this.#visits.delete(oldest);
    if (this.#size >= this.#most && isVisit(name)) {
      throw new YinxinError({ code: "rate_limited", message: "the store is full", retryable: true });
    }
    entries.set(name, { value, until: Date.now() + seconds * 1000 });
  }

  delete(name: string): Promise<void> {
    this.#of(name).delete(name);
    return Promise.resolve();
  }

  exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#busy.get(name) ?? Promise.resolve();
    const done = before.then(work, work);
    const settled = done.then(
      () => undefined,
      () => undefined,
    );
    this.#busy.set(name, settled);
    void settled.then(() => {
      if (this.#busy.get(name) === settled) this.#busy.delete(name);
    });
    return done;
  }

  get #size(): number {
    return this.#visits.size + this.#rest.size;
  }

  #of(name: string): Map<string, Entry> {
    return isVisit(name) ? this.#visits : this.#rest;
  }

  #tidy(): void {
    if (performance.now() - this.#looked < LOOK) return;
    this.#looked = performance.now();
    const now = Date.now();
    for (const entries of [this.#visits, this.#rest]) {
      for (const [name, { until }] of entries) if (until < now) entries.delete(name);
    }
  }
}
