// Calls of a page to its own platform: one endpoint, three steps.

import { fromBase64Url } from "./base64url.js";
import { YinxinError } from "./error.js";
import { refusal } from "./refusal.js";
import type { Scene, Suite, Verdict } from "./scene.js";
import { linked } from "./signal.js";

/** A hub that a platform is listed at. */
export interface HubAddress {
  /** Its name, as it stands in codes. */
  readonly name: string;
  /** Where it answers; `https://` and the name where it says nothing. */
  readonly url?: string;
}

/** What a page learns when it begins. */
export interface Visit {
  /** Ties the answer to the visitor's cookie; base64url. */
  readonly nonce: string;
  readonly suite: Suite;
  /** The name of the first hub. */
  readonly hub: string;
  /** All hubs, the first one first. */
  readonly hubs?: readonly HubAddress[];
  /** Roots of holders' certificates, PEM. */
  readonly trust?: string;
  /** Who is logged in. */
  readonly account?: unknown;
}

/** What a page asks its platform for. */
export type PlatformCall =
  | { readonly step: "visit" }
  | {
      readonly step: "open";
      readonly scene: Scene;
      readonly nonce: string;
      readonly begin: unknown;
      /** The page's wish: `{display?, payload?}`. The back end decides what is signed. */
      readonly input?: unknown;
    }
  | { readonly step: "result"; readonly digest: string; readonly result: unknown };

/**
 * How a platform's back end is asked: its address, or a function that answers in its place (with
 * the JSON of the answer as an object or as text).
 */
export type Endpoint =
  | string
  | ((call: PlatformCall, signal: AbortSignal) => Promise<unknown>);

/** Milliseconds that a call may take. */
const PATIENCE = 30_000;

/** The page's line to its platform. */
export class PlatformLine {
  readonly #endpoint: Endpoint;
  readonly #fetch: typeof fetch;

  constructor(endpoint: Endpoint, how: typeof fetch) {
    this.#endpoint = endpoint;
    this.#fetch = how;
  }

  /** A page begins. */
  async visit(signal: AbortSignal): Promise<Visit> {
    const answer = parsed(await this.#call({ step: "visit" }, signal)) as Partial<Visit>;
    const nonce = typeof answer.nonce === "string" ? fromBase64Url(answer.nonce) : undefined;
    const fits =
      nonce !== undefined &&
      (answer.suite === "SM" || answer.suite === "NIST") &&
      typeof answer.hub === "string";
    if (!fits) throw strange("no nonce, suite and hub in the answer to `visit`");
    return answer as Visit;
  }

  /** Opens a session: the answer's octets as they came, for the module alone. */
  open(call: PlatformCall & { step: "open" }, signal: AbortSignal): Promise<Uint8Array> {
    return this.#call(call, signal);
  }

  /** Hands in an answer. */
  async result(digest: string, result: unknown, signal: AbortSignal): Promise<Verdict> {
    const answer = parsed(await this.#call({ step: "result", digest, result }, signal));
    const verdict = answer as Partial<Verdict>;
    if (typeof verdict.statementDigest !== "string" || typeof verdict.holder !== "object") {
      throw strange("no statementDigest and holder in the answer to `result`");
    }
    return {
      ...(verdict as Verdict),
      again: verdict.again === true,
      revocationUnknown: verdict.revocationUnknown === true,
    };
  }

  async #call(call: PlatformCall, signal: AbortSignal): Promise<Uint8Array> {
    if (typeof this.#endpoint === "function") {
      const answer = await this.#endpoint(call, signal);
      const text = typeof answer === "string" ? answer : JSON.stringify(answer);
      return new TextEncoder().encode(text);
    }
    const limit = linked([signal], PATIENCE);
    const how = this.#fetch;
    try {
      const answer = await how(this.#endpoint, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json" },
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
        signal: limit.signal,
        body: JSON.stringify(call),
      });
      const body = new Uint8Array(await answer.arrayBuffer());
      if (!answer.ok) throw refusal(new TextDecoder().decode(body), answer.status, "platform");
      const kind = answer.headers.get("content-type") ?? "";
      if (!kind.includes("json")) throw strange(`the answer is ${kind || "of no kind"}, not JSON`);
      return body;
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      if (YinxinError.is(thrown)) throw thrown;
      throw new YinxinError({
        code: "platform_unreachable",
        message: "the platform's back end does not answer",
        mendedBy: "network",
        retryable: true,
        deadlineAtRisk: true,
        cause: thrown,
      });
    } finally {
      limit.done();
    }
  }
}

function parsed(body: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw strange("the answer is not JSON");
}

function strange(message: string): YinxinError {
  return new YinxinError({ code: "platform_answer", message, mendedBy: "platform" });
}
