// Calls to a hub: steps that may be sent again, and events by stream or by long poll.

import { YinxinError } from "./error.js";
import { refusalOf } from "./refusal.js";
import { linked, pause } from "./signal.js";

/** An event as the hub wrote it. */
export interface HubEvent {
  readonly n: number;
  readonly state: string;
  readonly step: string;
  readonly at: number;
  readonly code?: string;
  readonly index?: number;
  readonly data?: string;
}

/** What comes of a step. */
export interface Stepped {
  readonly n: number;
  readonly state: string;
  readonly deadline?: number;
  readonly receipt?: string;
}

/** How the hub is reached. */
export type Connection = "live" | "lost" | "polling";

/** Where events go. */
export interface Sink {
  /** The path of events after the last one that was taken. */
  path(wait: number): string;
  /** An event, as the text it came in. */
  event(text: string): Promise<void>;
  /** The hub was heard; its clock where it said it, seconds since 1970. */
  heard(hubNow?: number): void;
  connection(state: Connection): void;
}

/** Milliseconds that a call may take. */
const PATIENCE = 15_000;
/** Milliseconds after which a stream without a sign of life is given up. */
const QUIET = 40_000;
/** Seconds that a poll waits. */
const WAIT = 20;
/** Streams that break in a row before the hub is polled. */
const BROKEN = 2;
/** Times that a step is sent. */
const TRIES = 5;

/** A line to one session at a hub. */
export class Line {
  readonly #base: string;
  readonly #authorization: string;
  readonly #fetch: typeof fetch;

  constructor(base: string, authorization: string, how: typeof fetch) {
    this.#base = base.replace(/\/+$/, "");
    this.#authorization = authorization;
    this.#fetch = how;
  }

  /**
   * Takes a step. The same message is answered as the first time, so it is sent again where the
   * network failed.
   *
   * @throws YinxinError the hub's refusal; `hub_unreachable`.
   */
  async post(path: string, body: Uint8Array | undefined, signal: AbortSignal): Promise<Stepped> {
    let tries = 0;
    for (;;) {
      try {
        return (await this.#json("POST", path, body, signal)) as Stepped;
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        tries += 1;
        const wait = waitAfter(thrown, tries);
        if (wait === undefined || tries >= TRIES) throw thrown;
        await pause(wait, signal);
      }
    }
  }

  /** Whether the hub answers at all, within some milliseconds. */
  async answers(sink: Sink, signal: AbortSignal, within: number): Promise<boolean> {
    const patience = linked([signal], within);
    try {
      await this.#poll(sink, 0, patience.signal);
      return true;
    } catch {
      return false;
    } finally {
      patience.done();
    }
  }

  /** Follows a session's events until the signal aborts. Returns where the hub refuses for good. */
  async follow(sink: Sink, signal: AbortSignal): Promise<void> {
    let broken = 0;
    let failures = 0;
    for (;;) {
      try {
        const streams = broken < BROKEN;
        if (streams) {
          const ended = await this.#stream(sink, signal);
          broken += ended === "broken" ? 1 : 0;
          if (ended === "ended") await pause(1_000, signal);
        } else {
          await this.#poll(sink, WAIT, signal);
          sink.connection("polling");
        }
        failures = 0;
      } catch (thrown) {
        if (signal.aborted) return;
        if (isRefusal(thrown) && thrown.code !== "rate_limited") throw thrown;
        if (isRefusal(thrown)) broken = BROKEN;
        failures += 1;
        // Streams that fail where polls may pass are not insisted on.
        broken += 1;
        sink.connection("lost");
        try {
          await pause(waitAfter(thrown, failures) ?? 5_000, signal);
        } catch {
          return;
        }
      }
    }
  }

  async #poll(sink: Sink, wait: number, signal: AbortSignal): Promise<void> {
    const patience = (wait + 10) * 1000;
    const answer = (await this.#json("GET", sink.path(wait), undefined, signal, patience)) as {
      hubNow: number;
      events: HubEvent[];
    };
    sink.heard(answer.hubNow);
    for (const event of answer.events) await sink.event(JSON.stringify(event));
  }

  async #stream(sink: Sink, signal: AbortSignal): Promise<"broken" | "ended"> {
    const control = new AbortController();
    const both = linked([signal, control.signal]);
    let watch: ReturnType<typeof setTimeout> | undefined;
    const alive = (): void => {
      clearTimeout(watch);
      watch = setTimeout(() => control.abort(), QUIET);
    };
    try {
      alive();
      const answer = await this.#call("GET", sink.path(0), undefined, both.signal, {
        accept: "text/event-stream",
      });
      const kind = answer.headers.get("content-type") ?? "";
      if (!kind.startsWith("text/event-stream") || answer.body === null) {
        // Something between does not know streams.
        return "broken";
      }
      sink.heard();
      sink.connection("live");
      const reader = answer.body.getReader();
      // Not every engine ends a read that waits when its request is aborted.
      both.signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
      const decoder = new TextDecoder();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (both.signal.aborted) throw both.signal.reason;
        if (done) return "ended";
        alive();
        sink.heard();
        rest += decoder.decode(value, { stream: true });
        const blocks = rest.split(/\r?\n\r?\n/);
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
          const data = dataOf(block);
          if (data !== undefined) await sink.event(data);
        }
        if (both.signal.aborted) throw both.signal.reason;
      }
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      if (control.signal.aborted) return "broken";
      throw thrown;
    } finally {
      clearTimeout(watch);
      control.abort();
      both.done();
    }
  }

  async #json(
    method: "GET" | "POST",
    path: string,
    body: Uint8Array | undefined,
    signal: AbortSignal,
    patience = PATIENCE,
  ): Promise<unknown> {
    const limit = linked([signal], patience);
    try {
      const answer = await this.#call(method, path, body, limit.signal, {});
      return (await answer.json()) as unknown;
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      throw YinxinError.is(thrown) ? thrown : unreachable(thrown);
    } finally {
      limit.done();
    }
  }

  async #call(
    method: "GET" | "POST",
    path: string,
    body: Uint8Array | undefined,
    signal: AbortSignal,
    more: Record<string, string>,
  ): Promise<Response> {
    const how = this.#fetch;
    const headers: Record<string, string> = { authorization: this.#authorization, ...more };
    if (body !== undefined) headers["content-type"] = "application/octet-stream";
    let answer: Response;
    try {
      answer = await how(this.#base + path, {
        method,
        headers,
        signal,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      });
    } catch (thrown) {
      throw unreachable(thrown);
    }
    if (!answer.ok) throw await refusalOf(answer, "hub");
    return answer;
  }
}

/** The data of one message of a stream; comments have none. */
function dataOf(block: string): string | undefined {
  const lines = block.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  if (lines.length === 0) return undefined;
  return lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}

function unreachable(cause: unknown): YinxinError {
  return new YinxinError({
    code: "hub_unreachable",
    message: "the hub does not answer; the network, or a Content-Security-Policy without it in connect-src",
    mendedBy: "network",
    retryable: true,
    deadlineAtRisk: true,
    cause,
  });
}

function isRefusal(thrown: unknown): thrown is YinxinError {
  return YinxinError.is(thrown) && thrown.code !== "hub_unreachable" && thrown.code !== "internal";
}

/** Milliseconds to wait before the same is tried again; `undefined` where that is of no use. */
function waitAfter(thrown: unknown, tries: number): number | undefined {
  if (!YinxinError.is(thrown)) return undefined;
  const told = thrown.facts["retryAfter"];
  if (typeof told === "number") return Math.min(told, 30) * 1000;
  if (thrown.code === "hub_unreachable" || thrown.code === "internal") {
    return Math.min(250 * 2 ** tries, 5_000);
  }
  return undefined;
}
