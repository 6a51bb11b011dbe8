// What a back end remembers between calls: visits, accounts, requests.

/** A store of texts by their names, each for so many seconds. */
export interface Store {
  get(name: string): Promise<string | undefined>;
  /** Writes; it is there once this is done. */
  set(name: string, value: string, seconds: number): Promise<void>;
  delete(name: string): Promise<void>;
  /**
   * Does work on a name that nobody else works on meanwhile: of two answers at once one is the first.
   * Several processes need a lock that holds for all of them.
   */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** A store in memory, for one process: everything in it is gone when that ends. */
export class MemoryStore implements Store {
  readonly #entries = new Map<string, { readonly value: string; readonly until: number }>();
  readonly #busy = new Map<string, Promise<unknown>>();
  readonly #most: number;

  /** @param most Entries at once; the oldest makes room. */
  constructor(most = 100_000) {
    this.#most = most;
  }

  get(name: string): Promise<string | undefined> {
    const entry = this.#entries.get(name);
    if (entry !== undefined && entry.until < Date.now()) {
      this.#entries.delete(name);
      return Promise.resolve(undefined);
    }
    return Promise.resolve(entry?.value);
  }

  set(name: string, value: string, seconds: number): Promise<void> {
    this.#entries.delete(name);
    this.#entries.set(name, { value, until: Date.now() + seconds * 1000 });
    if (this.#entries.size > this.#most) this.#tidy();
    return Promise.resolve();
  }

  delete(name: string): Promise<void> {
    this.#entries.delete(name);
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

  #tidy(): void {
    const now = Date.now();
    for (const [name, { until }] of this.#entries) if (until < now) this.#entries.delete(name);
    for (const name of this.#entries.keys()) {
      if (this.#entries.size <= this.#most) return;
      this.#entries.delete(name);
    }
  }
}
