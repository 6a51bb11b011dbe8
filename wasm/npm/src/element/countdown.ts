// The countdown: one timer, which runs only while there is something to count.

/** Tells each second how many are left. */
export class Countdown {
  readonly #tell: (left: number, whole: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end = 0;
  #whole = 1;

  constructor(tell: (left: number, whole: number) => void) {
    this.#tell = tell;
  }

  /** Counts to `end`. The whole is what was left when this end was first heard of. */
  to(end: Date): void {
    const at = end.getTime();
    // The same step's end comes again with each frame, and may wander as clocks are compared.
    if (this.#timer !== undefined && Math.abs(at - this.#end) < 2_000) return;
    this.stop();
    this.#end = at;
    this.#whole = Math.max(1, (at - Date.now()) / 1_000);
    this.#tick();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#end = 0;
  }

  #tick(): void {
    const rest = Math.max(0, this.#end - Date.now());
    this.#tell(Math.ceil(rest / 1_000), this.#whole);
    if (rest > 0) this.#timer = setTimeout(() => { this.#tick(); }, rest % 1_000 || 1_000);
    else this.#timer = undefined;
  }
}
