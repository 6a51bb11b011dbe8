// Aborting: what newer browsers have on AbortSignal, for the older ones too.

/** A signal that follows others, and ends after so many milliseconds. */
export interface Linked {
  readonly signal: AbortSignal;
  /** Takes its hands off the others. */
  done(): void;
}

/** A signal that aborts when one of these does, or time is up. */
export function linked(signals: readonly (AbortSignal | undefined)[], timeout?: number): Linked {
  const controller = new AbortController();
  const follow = (event: Event): void => controller.abort((event.target as AbortSignal).reason);
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => controller.abort(new DOMException("time is up", "TimeoutError")), timeout);
  const done = (): void => {
    if (timer !== undefined) clearTimeout(timer);
    for (const signal of signals) signal?.removeEventListener("abort", follow);
  };
  for (const signal of signals) {
    if (signal?.aborted) controller.abort(signal.reason);
    else signal?.addEventListener("abort", follow);
  }
  return { signal: controller.signal, done };
}

/** Waits; ends at once, with the signal's reason, when it aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
