// A page's session, without any look of its own: state in, state out.

import type { PageHandle } from "#core";

import { base } from "./answer.js";
import { record } from "./argument.js";
import { core } from "./core.js";
import { YinxinError } from "./error.js";
import { Judge } from "./judge.js";
import type { HubAddress } from "./platform-line.js";
import { hold, type Held } from "./resume.js";
import { octets, type AnswerOf, type Display, type InputOf, type Scene, type Suite } from "./scene.js";
import { sceneCalls, type SceneCalls } from "./scenes.js";
import { deferred, type Deferred } from "./session/deferred.js";
import { declined, ended, isHubsFault, isLate, isWaiting, phaseOf } from "./session/ending.js";
import { SessionAnswerEvent, SessionErrorEvent, SessionStateEvent, type SessionEvents } from "./session/events.js";
import {
  addressOf,
  frameOf,
  grouped,
  hubClock,
  hubsOf,
  nextOutput,
  steady,
  type Environment,
  type EventText,
  type Output,
  type Run,
  type Summary,
} from "./session/run.js";
import { pause } from "./signal.js";
import { isFinal, type PageState, type Phase } from "./state.js";
import { Line, type Sink } from "./transport.js";
import { display, wish } from "./wish.js";

/** Seconds off from which a clock is worth a word, and not gone by. */
const OFF = 300;
/** Milliseconds that a hub has for a sign of life before the next one is taken. */
const SIGN = 3_000;

/** What it tells, by the names of its events. */
export interface PageSession<S extends Scene> {
  addEventListener<K extends keyof SessionEvents<S>>(
    type: K,
    listener: (event: SessionEvents<S>[K]) => void,
    options?: AddEventListenerOptions | boolean,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: AddEventListenerOptions | boolean,
  ): void;
  removeEventListener<K extends keyof SessionEvents<S>>(
    type: K,
    listener: (event: SessionEvents<S>[K]) => void,
    options?: EventListenerOptions | boolean,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: EventListenerOptions | boolean,
  ): void;
}

/**
 * A session (扫码会话) of a page. It begins by itself; read {@link state}, {@link subscribe}, or
 * await {@link answer}.
 */
export class PageSession<S extends Scene> extends EventTarget {
  readonly #environment: Environment;
  readonly #scene: S;
  readonly #input: InputOf<S> | undefined;
  readonly #display: Display | undefined;
  /** What the scene is done with; nothing for a login. */
  #calls: SceneCalls | undefined;
  readonly #listeners = new Set<(state: PageState) => void>();
  #state: PageState;
  #answer: Deferred<AnswerOf<S>>;
  #run: Run | undefined;
  #suite: Suite = "SM";
  /** Aborts what is under way for the present code. */
  #life = new AbortController();

  /** @internal */
  constructor(environment: Environment, scene: S, input: InputOf<S> | undefined, held?: Held) {
    super();
    this.#environment = environment;
    this.#scene = scene;
    this.#input = input;
    this.#display = input === undefined ? undefined : display(record(input, "input")["display"]);
    this.#answer = deferred();
    this.#state = { phase: "idle", scene, resumable: false, connection: "live" };
    const { signal } = this.#life;
    void (held === undefined ? this.#open(0, signal) : this.#restore(held, signal)).catch(
      (thrown: unknown) => this.#fail(thrown, signal),
    );
  }

  /** How it stands. */
  get state(): PageState {
    return this.#state;
  }

  /** What it is for. */
  get scene(): S {
    return this.#scene;
  }

  /**
   * What the phone answered, verified here and taken by the platform. After {@link refresh} it is
   * another promise.
   *
   * @throws YinxinError why there is none: `rejected`, `session_expired`, `session_cancelled`,
   * `hub_unreachable`, `platform_unreachable`, a refusal of hub or platform, or of an answer that is
   * not right.
   */
  get answer(): Promise<AnswerOf<S>> {
    return this.#answer.promise;
  }

  /** Calls a function at each change; gives the way to stop it. */
  subscribe(listener: (state: PageState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives up; phone and hub are told. Without effect once it is over. */
  async cancel(reason?: unknown): Promise<void> {
    if (isFinal(this.#state.phase)) return;
    const run = this.#run;
    const error =
      reason ??
      new YinxinError({
        code: "session_cancelled",
        message: "the page gave the session up",
        mendedBy: "person",
      });
    this.#end("cancelled", error, run, run !== undefined);
    if (run !== undefined) await this.#leave(run, "cancel");
  }

  /** A new code in place of the present one, or after the end. */
  async refresh(): Promise<void> {
    const run = this.#run;
    const phase = this.#state.phase;
    if (phase === "verifying" || phase === "completed") return;
    if (this.#input === undefined) {
      throw new YinxinError({
        code: "resume_needs_input",
        message: "this session was taken up after a reload; begin a new one with its input",
      });
    }
    if (isFinal(phase)) this.#answer = deferred();
    this.#begin(undefined);
    if (run !== undefined) await this.#leave(run, "cancel");
  }

  /** The visitor is not whose name is shown: that session ends, and a new code is shown. */
  async notMe(): Promise<void> {
    const run = this.#run;
    const phases: readonly Phase[] = ["scanned", "confirming", "offered", "prepared"];
    if (run === undefined || !phases.includes(this.#state.phase)) {
      throw new YinxinError({
        code: "step_out_of_order",
        message: "nobody has scanned, or the answer is there",
      });
    }
    this.#begin(undefined);
    await this.#leave(run, "notMe");
  }

  /** Lets go of it, for this page alone: hub and phone are not told, and a reload resumes. @internal */
  abandon(): void {
    if (isFinal(this.#state.phase)) return;
    const error = new YinxinError({ code: "session_cancelled", message: "the client was closed" });
    this.#close(this.#run);
    this.#set({ phase: "cancelled", error });
    this.#answer.reject(error);
  }

  /** Begins anew at a hub: what was under way is let go. */
  #begin(hubIndex: number | undefined): void {
    const run = this.#run;
    this.#run = undefined;
    const signal = this.#stop(run);
    void this.#open(hubIndex ?? run?.hubIndex ?? 0, signal).catch((thrown: unknown) =>
      this.#fail(thrown, signal),
    );
  }

  async #open(hubIndex: number, signal: AbortSignal): Promise<void> {
    const { platform, keys } = this.#environment;
    this.#state = { phase: "opening", scene: this.#scene, resumable: false, connection: "live" };
    this.#set({});
    const wasm = await core.load();
    // One microtask later at the earliest: whoever made the session can subscribe first.
    await this.#load();
    const payload = this.#calls?.payloadOf(this.#scene, this.#input as InputOf<S>);
    const visit = await platform.visit(signal);
    const hubs = hubsOf(visit, this.#environment.hubs);
    const hub = hubs[hubIndex % hubs.length] ?? { name: visit.hub };
    const trust = visit.trust ?? this.#environment.trust;
    if (trust === undefined) {
      throw new YinxinError({
        code: "trust_missing",
        message: "roots of holders' certificates: give them as `trust`, here or in the answer to `visit`",
      });
    }
    const origin = this.#environment.origin();
    const key = core.call(() => new wasm.PageKeyHandle(visit.suite, origin, visit.nonce));
    const browser = await keys.browser();
    const signature =
      browser && (await browser.sign(core.call(() => key.browserBytes())));
    if (signal.aborted) throw signal.reason;
    const begin = core.call(() =>
      key.begin(browser?.publicKey, signature, hubIndex === 0 ? undefined : hub.name),
    );
    let opened: Uint8Array;
    try {
      opened = await platform.open(
        {
          step: "open",
          scene: this.#scene,
          nonce: visit.nonce,
          begin: JSON.parse(begin) as unknown,
          ...(this.#input === undefined ? {} : { input: wish(this.#display, payload?.(visit.suite)) }),
        },
        signal,
      );
    } catch (thrown) {
      core.call(() => key.free());
      if (!signal.aborted && isHubsFault(thrown) && hubIndex + 1 < hubs.length) {
        return this.#open(hubIndex + 1, signal);
      }
      throw thrown;
    }
    const roots = new TextEncoder().encode(trust);
    const handle = core.call(() => key.open(opened, roots, steady()));
    // The ticket is the module's now.
    opened.fill(0);
    await this.#start(handle, addressOf(hub), hubIndex, hubs, signal);
  }

  /** What the scene takes besides is there before anything is asked: later it may not come. */
  async #load(): Promise<void> {
    if (this.#scene !== "login") this.#calls = await sceneCalls();
  }

  async #restore(held: Held, signal: AbortSignal): Promise<void> {
    try {
      const wasm = await core.load();
      await this.#load();
      const handle = core.call(() => wasm.PageHandle.restore(held.sealed, held.secret, steady()));
      const hub = { name: held.hub, url: held.hub };
      await this.#start(handle, held.hub, 0, [hub], signal, () => held.release());
    } catch (thrown) {
      held.release();
      throw thrown;
    }
  }

  async #start(
    handle: PageHandle,
    hub: string,
    hubIndex: number,
    hubs: readonly HubAddress[],
    signal: AbortSignal,
    held?: () => void,
  ): Promise<void> {
    const summary = JSON.parse(core.call(() => handle.summary())) as Summary;
    const authorization = core.call(() => handle.authorization());
    const release = held ?? (await hold(summary.sid));
    if (release === undefined) {
      core.call(() => handle.free());
      throw new YinxinError({ code: "session_elsewhere", message: "another tab runs this session" });
    }
    const run: Run = {
      handle,
      judge: new Judge(core.call(() => handle.anchors()), core.call(() => handle.request())),
      answer: undefined,
      line: new Line(hub, authorization, this.#environment.fetch),
      control: new AbortController(),
      sid: summary.sid,
      digest: summary.digest,
      hub,
      hubIndex,
      hubs,
      release,
      timer: undefined,
      clock: { hub: summary.hubNow, steady: steady() },
      queue: Promise.resolve(),
      preparing: false,
    };
    if (signal.aborted) {
      this.#free(run);
      throw signal.reason;
    }
    this.#run = run;
    this.#suite = summary.suite;
    this.#set({
      phase: "showing",
      sid: summary.sid,
      shortCode: grouped(summary.shortCode),
      expiresAt: new Date(summary.expiresAt * 1000),
      ...this.#clockOff(run),
    });
    await this.#keep(run);
    this.#tick(run);
    void this.#fetchJudge(run);
    if (typeof document !== "undefined") {
      // Timers of a page in the background, or asleep, come late.
      const wake = (): void => {
        if (document.visibilityState === "visible") this.#tick(run);
      };
      document.addEventListener("visibilitychange", wake);
      run.control.signal.addEventListener("abort", () =>
        document.removeEventListener("visibilitychange", wake),
      );
    }
    void run.line.follow(this.#sink(run), run.control.signal).catch((thrown: unknown) => {
      if (this.#run === run) this.#end("failed", thrown, run);
    });
  }

  #sink(run: Run): Sink {
    return {
      path: (wait) => core.call(() => run.handle.eventsPath(wait)),
      heard: (hubNow) => {
        if (run.control.signal.aborted) return;
        core.call(() => run.handle.heard(hubNow, steady()));
        if (hubNow !== undefined) {
          run.clock = { hub: hubNow, steady: steady() };
          this.#set(this.#clockOff(run));
        }
      },
      connection: (connection) => {
        if (this.#run === run && this.#state.connection !== connection) this.#set({ connection });
      },
      event: (text) =>
        this.#queued(run, () => {
          this.#take(run, text);
          return this.#drain(run);
        }),
    };
  }

  /** Does one thing with the handle after the other; what a message is refused for ends it. */
  #queued(run: Run, act: () => Promise<void>): Promise<void> {
    run.queue = run.queue.then(async () => {
      if (this.#run !== run || run.control.signal.aborted) return;
      try {
        await act();
      } catch (thrown) {
        if (this.#run !== run) return;
        // It may be handed in after a reload, as long as the hub has it: the hub hears nothing.
        const waits = isWaiting(thrown);
        this.#end("failed", thrown, run, !waits);
        if (!waits) await this.#report(run, thrown);
      }
    });
    return run.queue;
  }

  /** Gives the module an event, and tells what of it the module has no word for. */
  #take(run: Run, text: string): void {
    core.call(() => run.handle.handleEvent(text));
    const event = JSON.parse(text) as EventText;
    if (this.#run !== run) return;
    if (event.deadline !== undefined) this.#set({ expiresAt: new Date(event.deadline * 1000) });
    if (event.step === "confirmed") this.#set({ phase: "confirming" });
  }

  #tick(run: Run): void {
    clearTimeout(run.timer);
    if (this.#run !== run || run.control.signal.aborted) return;
    const at = steady();
    let next: number | undefined;
    try {
      core.call(() => run.handle.handleTimeout(at));
      if (this.#state.phase === "showing") {
        const drawn = core.call(() => run.handle.frame(at));
        this.#set({ frame: drawn === undefined ? undefined : frameOf(drawn) });
      }
      next = core.call(() => run.handle.pollTimeout(at));
    } catch (thrown) {
      this.#end("failed", thrown, run);
      return;
    }
    void this.#queued(run, () => this.#drain(run));
    if (next !== undefined) {
      const wait = Math.min(Math.max(next - at, 20), 30_000);
      run.timer = setTimeout(() => this.#tick(run), wait);
    }
  }

  async #drain(run: Run): Promise<void> {
    for (;;) {
      const output = this.#run === run ? nextOutput(run) : undefined;
      if (output === undefined) return;
      switch (output.do) {
        case "judge":
          await this.#judge(run);
          break;
        case "refetch":
          await run.line.answers(this.#inner(run), run.control.signal, 10_000);
          break;
        case "post":
          await this.#post(run, output.path, octets(output.body));
          break;
        case "show":
          await this.#show(run, output);
          break;
      }
    }
  }

  /** While the code is on the screen: so that the answer need not wait for it. */
  async #fetchJudge(run: Run): Promise<void> {
    try {
      await run.judge.load();
    } catch {
      // The answer asks again, and says so.
      return;
    }
    if (this.#run !== run) return;
    try {
      run.judge.begin();
    } catch (thrown) {
      await this.#giveUp(run, thrown);
    }
  }

  /** Has the answer judged, and believes it if it is right. */
  async #judge(run: Run): Promise<void> {
    this.#set({ phase: "verifying" });
    const judged = await this.#patiently(run, async () => {
      await run.judge.load();
      const question = core.call(() => run.handle.question());
      return question === undefined ? undefined : run.judge.judge(question, this.#judgeAt(run));
    });
    if (judged === undefined || this.#run !== run) return;
    core.call(() => run.handle.accept(judged.verdict));
    run.answer = judged.answer;
  }

  /** The same sink for events that are fetched while another one is being taken. */
  #inner(run: Run): Sink {
    return {
      ...this.#sink(run),
      event: async (text) => this.#take(run, text),
    };
  }

  async #post(run: Run, path: string, body: Uint8Array): Promise<void> {
    try {
      await run.line.post(path, body.length === 0 ? undefined : body, run.control.signal);
    } catch (thrown) {
      if (!run.control.signal.aborted && !isLate(thrown)) throw thrown;
    }
  }

  async #show(run: Run, output: Output & { do: "show" }): Promise<void> {
    switch (output.what) {
      case "scanned":
        this.#set({
          phase: "scanned",
          frame: undefined,
          shortCode: undefined,
          holder: output.holder,
          matchingNumber: output.number,
        });
        await this.#keep(run);
        break;
      case "shortCode":
        if (this.#state.phase === "showing" && output.code !== undefined) {
          this.#set({ shortCode: grouped(output.code) });
        }
        break;
      case "offered":
        this.#set({ phase: "offered" });
        void this.#prepare(run).catch((thrown: unknown) => this.#giveUp(run, thrown));
        break;
      case "hubSilent":
        void this.#silent(run);
        break;
      case "declined":
        this.#end("rejected", declined(output.word ?? "declined"), run);
        break;
      case "ended":
        this.#end(phaseOf(output.code ?? "internal"), ended(output.code ?? "internal"), run);
        break;
      case "answered":
        await this.#keep(run);
        await this.#hand(run);
        break;
    }
  }

  /** The hub has been silent for five seconds: it is asked once more, then the next one is taken. */
  async #silent(run: Run): Promise<void> {
    if (await run.line.answers(this.#sink(run), run.control.signal, SIGN)) return;
    if (this.#run !== run || this.#state.phase !== "showing") return;
    this.#set({ connection: "lost" });
    if (run.hubIndex + 1 < run.hubs.length) {
      this.#begin(run.hubIndex + 1);
      void this.#leave(run, "cancel");
    }
  }

  async #prepare(run: Run): Promise<void> {
    if (run.preparing) return;
    run.preparing = true;
    await this.#calls?.prepare({
      handle: run.handle,
      scene: this.#scene,
      input: this.#input,
      suite: this.#suite,
      runs: () => this.#run === run,
      prepared: (done, total) => this.#set({ prepared: { done, total } }),
      given: (act) =>
        this.#queued(run, async () => {
          act();
          await this.#keep(run);
          await this.#drain(run);
        }),
    });
    if (this.#run === run && this.#state.phase === "offered") this.#set({ phase: "prepared" });
  }

  /** Hands the answer to the platform, and tells the hub once it took it. */
  async #hand(run: Run): Promise<void> {
    const { answer } = run;
    if (answer === undefined) return;
    const result = JSON.parse(core.call(() => run.handle.result())) as unknown;
    const { signal } = run.control;
    const verdict = await this.#patiently(run, () =>
      this.#environment.platform.result(run.digest, result, signal),
    );
    if (verdict === undefined || this.#run !== run) return;
    if (verdict.statementDigest !== answer.statementDigest) {
      throw new YinxinError({
        code: "answer_binding",
        message: "the platform speaks of another statement than the one it was given",
        mendedBy: "platform",
      });
    }
    const keys = core.call(() => run.handle.contentKeys());
    const whole = { ...base(answer, verdict), ...this.#calls?.answerOf(answer, keys) } as unknown as AnswerOf<S>;
    this.#environment.resumption.forget(run.sid);
    try {
      core.call(() => run.handle.acknowledge());
      const output = nextOutput(run);
      if (output?.do === "post") await this.#post(run, output.path, octets(output.body));
    } catch {
      // The platform has the answer; that the hub does not know changes nothing of it.
    }
    if (this.#run !== run) return;
    this.#set({ phase: "completed" });
    this.#close(run);
    this.#answer.resolve(whole);
    this.dispatchEvent(new SessionAnswerEvent<S>(whole));
  }

  /** Tries until it is out of patience; nothing where the session was left in the meantime. */
  async #patiently<T>(run: Run, act: () => Promise<T>): Promise<T | undefined> {
    const until = steady() + this.#environment.patience;
    const { signal } = run.control;
    for (let tries = 1; ; tries++) {
      try {
        return await act();
      } catch (thrown) {
        if (signal.aborted) return undefined;
        if (!isWaiting(thrown) || steady() > until) throw thrown;
        this.#set({ connection: "lost" });
        await pause(Math.min(500 * 2 ** tries, 8_000), signal).catch(() => undefined);
      }
    }
  }

  /** The page cannot go on: phone and hub are told why. */
  async #giveUp(run: Run, thrown: unknown): Promise<void> {
    if (this.#run !== run) return;
    this.#end("failed", thrown, run, true);
    await this.#report(run, thrown);
  }

  async #report(run: Run, thrown: unknown): Promise<void> {
    const code = YinxinError.is(thrown) ? thrown.code : "internal";
    const body = new TextEncoder().encode(JSON.stringify({ code }));
    const path = `/v1/sessions/${run.sid}/fail`;
    const send = run.line.post(path, body, new AbortController().signal);
    await send.catch(() => undefined);
    this.#free(run);
  }

  /** Tells the hub that the page leaves, whatever it says. */
  async #leave(run: Run, how: "cancel" | "notMe"): Promise<void> {
    this.#environment.resumption.forget(run.sid);
    try {
      core.call(() => (how === "cancel" ? run.handle.cancel() : run.handle.notMe()));
      for (let output; (output = nextOutput(run)) !== undefined; ) {
        if (output.do === "post") await run.line.post(output.path, undefined, new AbortController().signal);
      }
    } catch {
      // Its deadline ends it.
    }
    this.#free(run);
  }

  /** Keeps the session for a reload, as it is now. */
  async #keep(run: Run): Promise<void> {
    const { resumption } = this.#environment;
    const secret = await resumption.secret();
    if (secret === undefined || this.#run !== run) return;
    const sealed = core.call(() => run.handle.snapshot(secret));
    const kept = resumption.keep(this.#scene, run.sid, run.hub, sealed);
    if (kept !== this.#state.resumable) this.#set({ resumable: kept });
  }

  #judgeAt(run: Run): number {
    const own = this.#environment.now() / 1000;
    const hub = hubClock(run);
    return Math.floor(Math.abs(own - hub) > OFF ? hub : own);
  }

  #clockOff(run: Run): { clockOff?: number } {
    const off = Math.round(this.#environment.now() / 1000 - hubClock(run));
    return Math.abs(off) > OFF ? { clockOff: off } : {};
  }

  #fail(thrown: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#end("failed", thrown, this.#run);
  }

  #end(phase: Phase, error: unknown, run: Run | undefined, leaves = false): void {
    if (isFinal(this.#state.phase)) return;
    if (run !== undefined && !isWaiting(error)) this.#environment.resumption.forget(run.sid);
    this.#close(run, !leaves);
    const own = YinxinError.is(error)
      ? error
      : new YinxinError({ code: "aborted", message: "the page gave the session up", cause: error });
    this.#set({ phase, error: own, frame: undefined, shortCode: undefined });
    this.#answer.reject(error);
    this.dispatchEvent(new SessionErrorEvent(error));
  }

  /** Stops what is under way for a code; gives the signal of what comes next. */
  #stop(run: Run | undefined): AbortSignal {
    this.#life.abort(new DOMException("over", "AbortError"));
    this.#life = new AbortController();
    clearTimeout(run?.timer);
    run?.control.abort();
    return this.#life.signal;
  }

  /** Ends what runs for a code. */
  #close(run: Run | undefined, free = true): void {
    this.#stop(run);
    if (run === undefined) return;
    if (this.#run === run) this.#run = undefined;
    run.release();
    if (free) this.#free(run);
  }

  #free(run: Run): void {
    run.release();
    run.judge.free();
    try {
      core.call(() => run.handle.free());
    } catch {
      // Freed already.
    }
  }

  #set(change: { [K in keyof PageState]?: PageState[K] | undefined }): void {
    const next = { ...this.#state, ...change } as Record<string, unknown>;
    for (const name of Object.keys(next)) if (next[name] === undefined) delete next[name];
    this.#state = Object.freeze(next) as unknown as PageState;
    for (const listener of this.#listeners) listener(this.#state);
    this.dispatchEvent(new SessionStateEvent(this.#state));
  }
}
