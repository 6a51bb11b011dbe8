// One scan of a web phone: from the code to the platform's receipt.

import { count } from "../argument.js";
import { YinxinError, codeOf, isOneOf } from "../error.js";
import { phoneCore } from "../phone-core.js";
import { refusalOf } from "../refusal.js";
import { octets } from "../scene.js";
import { linked } from "../signal.js";
import { Line, type HubEvent, type Sink } from "../transport.js";
import type { Workings } from "./phone.js";
import type { Progress, View } from "./view.js";

/**
 * Where a scan stands: `shown` to the person, `sealing` what the page prepares, `answered`,
 * `completed` once the platform's page has it, `over` without an answer.
 */
export type ScanPhase = "answered" | "completed" | "over" | "sealing" | "shown";

/** The person's word. */
export interface Confirmation {
  /** By which certificate: `index` of one of `view.needs.certificates`. */
  readonly certificate: number;
  /** `index` of a seal for each file: one for all, or as many as `view.needs.files`. */
  readonly seals?: number | readonly number[];
  /** Where `view.needs.pin` says so. */
  readonly pin?: string;
  /** Trusts this browser from now on, for this certificate, page and kind of act. */
  readonly trustBrowser?: boolean;
}

/** What became of an answer. */
export interface Outcome {
  /** `accepted`: done. `delivered` and below: sent, and not confirmed by the platform. */
  readonly progress: Progress;
  /** Digest of the request, base64url: its entry in the history. */
  readonly request: string;
}

/** A scan that was begun: how the module knows it, and what goes to its hub. */
export interface Begun {
  /** The number by which the module knows the scan. */
  readonly scan: number;
  readonly hub: string;
  readonly url: string;
  readonly path: string;
  readonly account: string;
  readonly typed: boolean;
  readonly body: unknown;
}

/** An answer that a hub may not have. */
export interface Unsent {
  readonly url: string;
  readonly authorization: string;
  readonly confirmPath: string;
  readonly answerPath: string;
  readonly request: string;
  readonly body: string;
}

interface Next {
  readonly do: "answer" | "offer" | "reject" | "sign" | "wait";
  readonly body?: string;
  readonly code?: string;
}

/** Milliseconds that the platform has for its receipt after its page acknowledged. */
const RECEIPT = 10_000;
/** Milliseconds that a page has to hand over its display key after a typed code. */
const TYPED = 20_000;

/** A scan (扫码) of a phone. */
export class PhoneScan {
  /** What to show before the person confirms. */
  readonly view: View;
  readonly #workings: Workings;
  readonly #number: number;
  readonly #line: Line;
  readonly #control = new AbortController();
  #phase: ScanPhase = "shown";
  #confirming = false;
  #ended: YinxinError | undefined;
  #last: number;
  #progress: Progress = "released";
  #waiters = new Set<() => void>();
  readonly #prepared: HubEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<(phase: ScanPhase) => void>();

  private constructor(workings: Workings, number: number, line: Line, view: View, last: number) {
    this.#workings = workings;
    this.#number = number;
    this.#line = line;
    this.view = view;
    this.#last = last;
    this.#watch();
  }

  /** @internal */
  static async begin(
    workings: Workings,
    begun: Begun,
    signal: AbortSignal | undefined,
  ): Promise<PhoneScan> {
    const { handle } = workings;
    const number = begun.scan;
    const limit = linked([signal], 60_000);
    try {
      const bound = await bind(workings, begun, limit.signal);
      const line = new Line(begun.url, bound.authorization, workings.fetch);
      const step = (action: string): string => phoneCore.call(() => handle.stepPath(number, action));
      let last = bound.n;
      if (begun.typed) {
        const hello = phoneCore.call(() => handle.hello(number));
        await line.post(step("hello"), hello, limit.signal);
        last = await displayKey(workings, number, line, last, limit.signal);
      }
      let view: View;
      try {
        const seen = phoneCore.call(() => handle.view(number, workings.language, workings.now()));
        view = JSON.parse(seen) as View;
      } catch (thrown) {
        // The page is told why, as far as it may know.
        await decline(workings, number, line, thrown);
        throw thrown;
      }
      if (!begun.typed) {
        const hello = phoneCore.call(() => handle.hello(number));
        await line.post(step("hello"), hello, limit.signal);
      }
      const scan = new PhoneScan(workings, number, line, view, last);
      void line
        .follow(scan.#sink(), scan.#control.signal)
        .catch((thrown: unknown) => scan.#over(thrown));
      return scan;
    } catch (thrown) {
      forget(workings, number);
      if (signal?.aborted) throw signal.reason;
      throw thrown;
    } finally {
      limit.done();
    }
  }

  /** @internal */
  static async resend(workings: Workings, waiting: Unsent, signal: AbortSignal): Promise<Progress> {
    const line = new Line(waiting.url, waiting.authorization, workings.fetch);
    // The hub may not have heard of the confirmation, and hears it twice without harm.
    await line.post(waiting.confirmPath, undefined, signal).catch((thrown: unknown) => {
      if (!YinxinError.is(thrown) || thrown.retryable) throw thrown;
    });
    const stepped = await line.post(waiting.answerPath, octets(waiting.body), signal);
    let progress: Progress = "released";
    if (stepped.receipt !== undefined) {
      const receipt = octets(stepped.receipt);
      progress = phoneCore.call(() =>
        workings.handle.takeReceipt(waiting.request, "stored", receipt),
      ) as Progress;
    }
    phoneCore.call(() => workings.handle.sent(waiting.request));
    await workings.keep();
    return progress;
  }

  /** Where it stands. */
  get phase(): ScanPhase {
    return this.#phase;
  }

  /** Calls a function at each change; gives the way to stop it. */
  subscribe(listener: (phase: ScanPhase) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Why it ended without an answer; `undefined` while it has not. */
  get error(): YinxinError | undefined {
    return this.#ended;
  }

  /**
   * Takes the number that the person picked or typed, 0 to 99.
   *
   * @throws YinxinError `match_wrong`: that ends the session.
   */
  async matchNumber(number: number): Promise<void> {
    const given = count(number, "number");
    if (given > 99) throw new TypeError("number: 0 to 99 is expected");
    const { handle, keep, now } = this.#workings;
    this.#live();
    try {
      phoneCore.call(() => handle.matchNumber(this.#number, given, now()));
    } catch (thrown) {
      this.#over(thrown);
      await keep();
      await decline(this.#workings, this.#number, this.#line, thrown);
      throw thrown;
    }
    await keep();
  }

  /**
   * Takes the person's confirmation, answers, and waits for the platform's receipt.
   *
   * @throws YinxinError `pin_wrong`, `pin_locked`; what the phone's checks say by now; how the
   * session ended.
   */
  async confirm(confirmation: Confirmation): Promise<Outcome> {
    this.#live();
    this.#confirming = true;
    let next: Next;
    try {
      next = await this.#confirmed(confirmation);
    } catch (thrown) {
      this.#confirming = false;
      if (this.#ended === undefined) throw thrown;
      forget(this.#workings, this.#number);
      throw this.#ended;
    }
    try {
      return await this.#answer(next);
    } catch (thrown) {
      if (this.#phase === "answered" || this.#phase === "completed") {
        // An answer that was not delivered is sent again by the phone, not by this scan.
        this.#stop();
        forget(this.#workings, this.#number);
      } else {
        this.#over(thrown);
        await decline(this.#workings, this.#number, this.#line, thrown);
      }
      throw thrown;
    }
  }

  async #confirmed(confirmation: Confirmation): Promise<Next> {
    const { handle, now } = this.#workings;
    const { needs, digest } = this.view;
    const chosen = confirmation.seals ?? [];
    const seals =
      typeof chosen === "number" ? new Array<number>(needs.files).fill(chosen) : [...chosen];
    const word = JSON.stringify({
      view: digest,
      certificate: count(confirmation.certificate, "confirmation.certificate"),
      seals,
      trustBrowser: confirmation.trustBrowser === true,
    });
    // The list may have changed while the person was reading.
    const { hub, url } = JSON.parse(phoneCore.call(() => handle.toScan(this.#number))) as Begun;
    await this.#workings.refresh(hub, url, this.#control.signal);
    if (confirmation.pin !== undefined) await this.#workings.beginPin();
    try {
      return JSON.parse(
        phoneCore.call(() => handle.confirm(this.#number, word, confirmation.pin, now())),
      ) as Next;
    } finally {
      await this.#workings.keep();
    }
  }

  /** Declines. The page learns that, and not why. */
  async reject(): Promise<void> {
    this.#live();
    const error = new YinxinError({ code: "person_rejected", message: "the person declined" });
    // Before the hub says so itself: it has no word for why.
    this.#over(error);
    await decline(this.#workings, this.#number, this.#line, error);
  }

  /** Lets go of it: the session ends by its deadline. */
  close(): void {
    this.#stop();
    if (this.#phase !== "completed") this.#to("over");
    forget(this.#workings, this.#number);
  }

  async #answer(first: Next): Promise<Outcome> {
    const { handle, keep, now } = this.#workings;
    const number = this.#number;
    const { signal } = this.#control;
    const step = (action: string): string => phoneCore.call(() => handle.stepPath(number, action));
    let next = first;
    let told = false;
    for (;;) {
      switch (next.do) {
        case "sign":
          if (!told && this.#phase === "shown") {
            await this.#line.post(step("confirm"), undefined, signal);
            told = true;
          }
          next = JSON.parse(phoneCore.call(() => handle.sign(number, now()))) as Next;
          break;
        case "offer":
          this.#to("sealing");
          await this.#line.post(step("offer"), octets(next.body), signal);
          next = { do: "wait" };
          break;
        case "wait":
          next = await this.#seal();
          break;
        case "reject":
          throw new YinxinError({ code: codeOf(next.code ?? "internal"), message: "no file was sealed" });
        case "answer":
          // Stored before it is sent: a phone that forgets what it answered would answer twice.
          await keep();
          this.#to("answered");
          return this.#deliver(step("answer"), octets(next.body));
      }
    }
  }

  /** Waits for a prepared message and seals what it brings. */
  async #seal(): Promise<Next> {
    const { handle, now } = this.#workings;
    for (;;) {
      const event = this.#prepared.shift();
      if (event !== undefined) {
        const message = octets(event.data);
        const made = phoneCore.call(() => handle.prepared(this.#number, event.index ?? 0, message, now()));
        return JSON.parse(made) as Next;
      }
      if (this.#ended !== undefined) throw this.#ended;
      await this.#change();
    }
  }

  async #deliver(path: string, answer: Uint8Array): Promise<Outcome> {
    const { handle, keep } = this.#workings;
    const request = phoneCore.call(() => handle.requestDigest(this.#number)) ?? "";
    const stepped = await this.#line.post(path, answer, this.#control.signal);
    phoneCore.call(() => handle.sent(request));
    if (stepped.receipt !== undefined) await this.#receipt("stored", stepped.receipt);
    await keep();
    let until = Number.POSITIVE_INFINITY;
    while (this.#progress !== "accepted" && this.#progress !== "refused") {
      if (this.#ended !== undefined) break;
      if (this.#phase === "completed") until = Math.min(until, performance.now() + RECEIPT);
      const left = until - performance.now();
      if (left <= 0) break;
      await this.#change(left);
    }
    this.#stop();
    forget(this.#workings, this.#number);
    await keep();
    if (this.#ended !== undefined && this.#progress !== "accepted") throw this.#ended;
    return { progress: this.#progress, request };
  }

  async #receipt(kind: "delivered" | "platform" | "stored", data: string): Promise<void> {
    const { handle, keep } = this.#workings;
    const request = phoneCore.call(() => handle.requestDigest(this.#number)) ?? "";
    const der = octets(data);
    try {
      const progress = phoneCore.call(() => handle.takeReceipt(request, kind, der));
      this.#progress = progress as Progress;
      await keep();
    } catch {
      // A receipt that is none changes nothing about what was done.
    }
    this.#wake();
  }

  #sink(): Sink {
    const { handle } = this.#workings;
    return {
      path: (wait) => phoneCore.call(() => handle.eventsPath(this.#number, this.#last, wait)),
      heard: () => undefined,
      connection: () => undefined,
      event: async (text) => {
        const event = JSON.parse(text) as HubEvent;
        if (event.n <= this.#last) return;
        this.#last = event.n;
        await this.#take(event);
      },
    };
  }

  async #take(event: HubEvent): Promise<void> {
    switch (event.step) {
      case "prepared":
        if (event.data !== undefined) this.#prepared.push(event);
        break;
      case "completed":
        this.#to("completed");
        if (event.data !== undefined) await this.#receipt("delivered", event.data);
        break;
      case "receipt":
        if (event.data !== undefined) await this.#receipt("platform", event.data);
        break;
      case "cancelled":
      case "expired":
      case "failed":
      case "rejected":
        this.#over(
          new YinxinError({
            code: codeOf(event.code ?? (event.step === "expired" ? "session_expired" : "session_final")),
            message: `the session ended: ${event.step}`,
          }),
        );
        if (!this.#confirming) forget(this.#workings, this.#number);
        break;
      default:
        break;
    }
    this.#wake();
  }

  /** Follows the hub no further. */
  #stop(): void {
    this.#control.abort();
    clearTimeout(this.#timer);
  }

  #over(thrown: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = YinxinError.is(thrown)
      ? thrown
      : new YinxinError({ code: "aborted", message: "the scan was given up", cause: thrown });
    this.#stop();
    if (this.#phase !== "completed") this.#to("over");
    this.#wake();
  }

  /** The phone's own limits, whether or not anybody else keeps them. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#control.signal.aborted) return;
    const { handle, now } = this.#workings;
    const code = phoneCore.call(() => handle.handleTimeout(this.#number, now()));
    if (code !== undefined) {
      const error = new YinxinError({ code: codeOf(code), message: "the phone's time for it is over" });
      void decline(this.#workings, this.#number, this.#line, error);
      this.#over(error);
      return;
    }
    const due = phoneCore.call(() => handle.pollTimeout(this.#number));
    const left = due === undefined ? 5_000 : Math.min(Math.max((due - now()) * 1000, 500), 5_000);
    this.#timer = setTimeout(() => this.#watch(), left);
  }

  #live(): void {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#phase !== "shown") {
      throw new YinxinError({ code: "step_out_of_order", message: "the person has answered" });
    }
  }

  #to(phase: ScanPhase): void {
    this.#phase = phase;
    for (const listener of this.#listeners) listener(phase);
  }

  #change(milliseconds = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve) => {
      const timer = Number.isFinite(milliseconds) ? setTimeout(done, milliseconds) : undefined;
      const waiters = this.#waiters;
      function done(): void {
        clearTimeout(timer);
        waiters.delete(done);
        resolve();
      }
      waiters.add(done);
    });
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}

/** Tells the hub of the scan and takes the session; a newer list is fetched first. */
async function bind(
  workings: Workings,
  begun: Begun,
  signal: AbortSignal,
): Promise<{ readonly authorization: string; readonly n: number }> {
  const { handle, now, refresh } = workings;
  const how = workings.fetch;
  let answer: Response;
  try {
    answer = await how(begun.url.replace(/\/+$/, "") + begun.path, {
      method: "POST",
      headers: { "content-type": "application/json", "yinxin-phone": begun.account },
      body: JSON.stringify(begun.body),
      cache: "no-store",
      credentials: "omit",
      signal,
    });
  } catch (thrown) {
    throw new YinxinError({
      code: "hub_unreachable",
      message: "the hub does not answer",
      mendedBy: "network",
      retryable: true,
      deadlineAtRisk: true,
      cause: thrown,
    });
  }
  if (!answer.ok) throw await refusalOf(answer, "hub");
  const bound = await answer.text();
  const take = (): string => phoneCore.call(() => handle.bound(begun.scan, bound, now()));
  try {
    return JSON.parse(take()) as { authorization: string; n: number };
  } catch (thrown) {
    if (!isOneOf(thrown, ["hub_mismatch", "trust_list_stale"])) throw thrown;
    await refresh(begun.hub, begun.url, signal);
    return JSON.parse(take()) as { authorization: string; n: number };
  }
}

/** Waits until the page handed over its display key. Gives the number of the last event. */
async function displayKey(
  workings: Workings,
  number: number,
  line: Line,
  after: number,
  signal: AbortSignal,
): Promise<number> {
  const { handle } = workings;
  const control = new AbortController();
  const limit = linked([signal, control.signal], TYPED);
  let last = after;
  let found = false;
  let ended: YinxinError | undefined;
  try {
    await line.follow(
      {
        path: (wait) => phoneCore.call(() => handle.eventsPath(number, last, wait)),
        heard: () => undefined,
        connection: () => undefined,
        event: (text) => {
          const event = JSON.parse(text) as HubEvent;
          if (event.n <= last) return Promise.resolve();
          last = event.n;
          if (event.step === "key" && event.data !== undefined) {
            const sealed = octets(event.data);
            phoneCore.call(() => handle.displayKey(number, sealed));
            found = true;
            control.abort();
          } else if (["cancelled", "expired", "failed"].includes(event.step)) {
            ended = new YinxinError({
              code: codeOf(event.code ?? "session_final"),
              message: `the session ended: ${event.step}`,
            });
            control.abort();
          }
          return Promise.resolve();
        },
      },
      limit.signal,
    );
  } finally {
    limit.done();
  }
  if (ended !== undefined) throw ended;
  if (!found) {
    throw new YinxinError({
      code: "deadline_passed",
      message: "the page did not hand its key over; scan or type the code again",
    });
  }
  return last;
}

/** Says to the hub, and so to the page, that the phone does not answer, and forgets the scan. */
async function decline(workings: Workings, number: number, line: Line, thrown: unknown): Promise<void> {
  const { handle } = workings;
  const code = YinxinError.is(thrown) ? thrown.code : "internal";
  try {
    const envelope = phoneCore.call(() => handle.reject(number, code));
    const path = phoneCore.call(() => handle.stepPath(number, "reject"));
    const body = envelope.length === 0 ? undefined : envelope;
    await line.post(path, body, new AbortController().signal);
  } catch {
    // Its deadline ends the session.
  }
  forget(workings, number);
}

/** The module forgets a scan; what was answered stays in the history. */
function forget({ handle }: Workings, number: number): void {
  try {
    phoneCore.call(() => handle.done(number));
  } catch {
    // With a phone that was closed all its scans are forgotten.
  }
}

