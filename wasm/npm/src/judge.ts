// Who judges answers: a module of its own, which comes while the code is on the screen. A page needs
// nothing of it before somebody has answered.

import type * as bindings from "#answer";
import { table } from "#answer";

import type { VerifiedText } from "./answer.js";
import { Loaded } from "./module.js";

/** The module, for its words. @internal */
export const judging = new Loaded<typeof bindings>("answer", () => Promise.resolve({ table }));

/** What an answer came to. */
export interface Judged {
  /** For the module that asked, as it is. */
  readonly verdict: string;
  readonly answer: VerifiedText;
}

/** A judge (核验者) by the roots of holders' certificates, PEM, of answers to one request. */
export class Judge {
  readonly #anchors: Uint8Array;
  readonly #request: Uint8Array;
  #handle: bindings.JudgeHandle | undefined;

  constructor(anchors: Uint8Array, request: Uint8Array) {
    this.#anchors = anchors;
    this.#request = request;
  }

  /** Loads the module, once for all judges; what failed is tried again at the next call. */
  async load(): Promise<void> {
    await judging.load();
  }

  /** Reads roots and request, so that bad ones are told before the answer comes. */
  begin(): bindings.JudgeHandle {
    return (this.#handle ??= judging.call((calls) => new calls.JudgeHandle(this.#anchors, this.#request)));
  }

  /** Judges a page's question at a time in seconds since 1970. Throws what the answer is refused for. */
  judge(question: string, now: number): Judged {
    const handle = this.begin();
    try {
      return JSON.parse(judging.call(() => handle.judge(question, now))) as Judged;
    } catch (thrown) {
      // After a fault inside the module it is lost, and the next one is new.
      this.free();
      throw thrown;
    }
  }

  /** Lets go of it. */
  free(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      if (handle !== undefined) judging.call(() => handle.free());
    } catch {
      // Lost with its instance.
    }
  }
}
