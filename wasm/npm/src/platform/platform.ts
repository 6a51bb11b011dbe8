// A platform that asks: requests are made and signed, sessions opened, answers verified.

import type { OpeningHandle, PlatformHandle, ToSignHandle } from "#node";

import { bytes, list, record, text } from "../argument.js";
import { base, type VerifiedText } from "../answer.js";
import { fromBase64Url, toBase64Url } from "../base64url.js";
import { YinxinError } from "../error.js";
import { refusalOf } from "../refusal.js";
import { answerOf } from "../scene/answer.js";
import type { AnswerBase, AnswerOf, Display, Scene, Suite } from "../scene.js";
import { linked, pause } from "../signal.js";
import { handler, type HandlerOptions } from "./handler.js";
import { node } from "./module.js";
import { verifySeals, type SealOptions, type SealVerification } from "./seals.js";

/** A hub that the platform is listed at. */
export interface HubOption {
  /** Its name, as it stands in codes. */
  readonly name: string;
  /** Where this back end reaches it; else `https://` and the name. */
  readonly url?: string;
  /** Where pages reach it, if that is elsewhere. */
  readonly pageUrl?: string;
}

/** What a key is asked to sign. */
export interface ToSign {
  readonly algorithm: "ECDSA" | "SM2";
  /** 32 octets; for SM2 they hold Z already. */
  readonly digest: Uint8Array;
  /** Which key, hexadecimal. */
  readonly keyId: string;
}

/** The platform's key: a file, held inside the module from then on, or a function that asks an HSM. */
export type KeyOption =
  | { readonly file: Uint8Array; readonly password?: string }
  /** Gives DER, or r‖s of 64 octets. */
  | ((toSign: ToSign) => Promise<Uint8Array>);

/** How a platform works. */
export interface PlatformOptions {
  /** Its code and name, as the hubs' trust lists have them. */
  readonly code: string;
  readonly name: string;
  /** Origins of its pages. */
  readonly origins: readonly string[];
  /** Its hub, or all of them, the first one first. */
  readonly hub: HubOption | readonly HubOption[];
  /** Certificate of the key, one of the trust list's; PEM or DER. */
  readonly certificate: Uint8Array;
  readonly key: KeyOption;
  /** Roots of holders' certificates, PEM or DER. */
  readonly trust: Uint8Array;
  /** Revocation lists, DER. */
  readonly revocationLists?: readonly Uint8Array[];
  /** Refuses certificates of which no list speaks. */
  readonly requireRevocation?: boolean;
  /** Milliseconds since 1970, in place of `Date.now`. */
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
}

/** Whose certificate may answer: all that is there must hold. */
export interface Require {
  readonly holder?: "organisation" | "person";
  /** Unified social credit code: of the account that is logged in. */
  readonly creditCode?: string;
  /** H of a person's identity number, base64url. */
  readonly subject?: string;
  /** Key ids of issuers, base64url. */
  readonly issuers?: readonly string[];
}

/** What is asked of a phone, as the back end decided it. */
export interface Ask {
  readonly display?: Display;
  /** By scene, as `docs/protocol.md` §4.3 has it; octets are base64url. */
  readonly payload?: unknown;
  readonly require?: Require;
}

/** What a request is made of. */
export interface RequestInput extends Ask {
  /** What the page sent. */
  readonly begin: unknown;
  /** What {@link Platform.visit} gave, kept by the back end. */
  readonly visit: string;
  /** The visitor's cookie. */
  readonly cookie: string;
}

/** A request that was signed, about to be opened; good for one {@link Platform.open}. */
export interface SignedRequest {
  readonly scene: Scene;
  readonly hub: string;
}

/** A session that was opened. */
export interface OpenedSession {
  /** Digest of the request, base64url: by it the back end finds it again. */
  readonly digest: string;
  readonly sid: string;
  /** What the back end keeps until the answer, and then for its records. */
  readonly pending: string;
  /** The back end's own token at the hub. */
  readonly platformToken: string;
  /** Name of the hub. */
  readonly hub: string;
  /** JSON for the page, `{digest, ticket}`. It is the page's secret: send it, and keep it nowhere. */
  readonly forPage: string;
}

/** What an answer is held against. */
export interface Verification {
  /** What {@link OpenedSession.pending} was, or what the last verification gave. */
  readonly pending: string;
  /** The visitor's cookie. */
  readonly cookie: string;
}

/** An answer that counts. */
export type VerifiedAnswer = {
  [S in Scene]: Omit<AnswerOf<S>, "keys" | "verdict">;
}[Scene] & {
  /** Keep it before anything is done: a second answer is told from the first by it. */
  readonly pending: string;
  /** The same answer had been accepted before: nothing is to be done a second time. */
  readonly again: boolean;
  /** Nothing was known of the certificate's revocation. */
  readonly revocationUnknown: boolean;
};

interface Hub {
  readonly option: HubOption;
  readonly url: string;
  readonly handle: PlatformHandle;
}

/** Milliseconds that the hub may take. */
const PATIENCE = 30_000;
/** Polls of the hub before a receipt is given up, each of 20 s at most. */
const TRIES = 60;

/** A platform (交易平台). */
export class Platform {
  readonly #options: PlatformOptions;
  readonly #hubs: readonly HubOption[];
  readonly #openings = new WeakMap<SignedRequest, { readonly hub: Hub; readonly opening: OpeningHandle }>();
  #ready: Promise<readonly Hub[]> | undefined;
  #revocationLists: readonly Uint8Array[];

  constructor(options: PlatformOptions) {
    const given = record(options, "options");
    text(given["code"], "options.code");
    text(given["name"], "options.name");
    list(given["origins"], "options.origins").forEach((origin, index) =>
      text(origin, `options.origins[${index}]`),
    );
    bytes(given["certificate"], "options.certificate");
    bytes(given["trust"], "options.trust");
    const { key, hub } = options;
    if (typeof key !== "function") bytes(record(key, "options.key")["file"], "options.key.file");
    this.#options = options;
    this.#revocationLists = options.revocationLists ?? [];
    this.#hubs = Array.isArray(hub) ? (hub as readonly HubOption[]) : [hub as HubOption];
    this.#hubs.forEach((one, index) => text(record(one, "options.hub")["name"], `options.hub[${index}].name`));
    if (this.#hubs.length === 0) throw new TypeError("options.hub: at least one is expected");
  }

  /** Reads keys and certificates now, so that what is wrong with them is said at the start. */
  async load(): Promise<void> {
    await this.#loaded();
  }

  /** Origins of its pages. */
  get origins(): readonly string[] {
    return this.#options.origins;
  }

  /** Its code, as the trust list has it. */
  get code(): string {
    return this.#options.code;
  }

  /** What a page begins with: suite, hubs, roots. */
  async introduction(): Promise<{
    readonly suite: Suite;
    readonly hub: string;
    readonly hubs: readonly { readonly name: string; readonly url: string }[];
    readonly trust: string;
  }> {
    const hubs = await this.#loaded();
    const [first] = hubs;
    if (first === undefined) throw new YinxinError({ code: "internal" });
    return {
      suite: node.call(() => first.handle.suite()) as Suite,
      hub: first.option.name,
      hubs: hubs.map(({ option, url }) => ({ name: option.name, url: option.pageUrl ?? url })),
      trust: node.call(() => first.handle.trust()),
    };
  }

  /**
   * A page was asked for by the visitor with this cookie: the nonce for the page, and what to keep.
   */
  async visit(cookie: string): Promise<{ readonly nonce: string; readonly visit: string }> {
    const [first] = await this.#loaded();
    const octets = new TextEncoder().encode(text(cookie, "cookie"));
    const visit = node.call(() => first?.handle.visit(octets, this.#now())) ?? "";
    return { nonce: (JSON.parse(visit) as { nonce: string }).nonce, visit };
  }

  /**
   * Makes and signs a request.
   *
   * @throws YinxinError `answer_binding` for another visitor's nonce, `origin_unregistered`,
   * `hub_mismatch`, `request_malformed` for what a phone would refuse; a scene that acts for an
   * account without `require.creditCode` or `require.subject` is one of these.
   */
  async request(scene: Scene, input: RequestInput): Promise<SignedRequest> {
    const begin = record(record(input, "input")["begin"], "input.begin");
    const wanted = begin["hub"];
    const hubs = await this.#loaded();
    const hub = wanted === undefined ? hubs[0] : hubs.find(({ option }) => option.name === wanted);
    if (hub === undefined) {
      throw new YinxinError({ code: "hub_mismatch", message: "the page would have another hub" });
    }
    const cookie = new TextEncoder().encode(text(input.cookie, "input.cookie"));
    const visit = text(input.visit, "input.visit");
    const ask = JSON.stringify({
      scene,
      ...(input.display === undefined ? {} : { display: input.display }),
      ...(input.payload === undefined ? {} : { payload: input.payload }),
      ...(input.require === undefined ? {} : { require: input.require }),
    });
    const draft = node.call(() =>
      hub.handle.request(JSON.stringify(begin), ask, visit, cookie, this.#now()),
    );
    const signature = await this.#sign(hub, node.call(() => draft.toSign()));
    const opening = node.call(() => draft.finish(signature));
    const request: SignedRequest = { scene, hub: hub.option.name };
    this.#openings.set(request, { hub, opening });
    return request;
  }

  /**
   * Opens its session at the hub.
   *
   * @throws YinxinError the hub's refusal; `hub_unreachable`.
   */
  async open(
    request: SignedRequest,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<OpenedSession> {
    const found = this.#openings.get(request);
    if (found === undefined) {
      throw new YinxinError({
        code: "step_out_of_order",
        message: "this request was opened already, or made by another platform",
      });
    }
    const { hub, opening } = found;
    const body = node.call(() => opening.body());
    const path = "/v1/sessions";
    const call = node.call(() => hub.handle.call("POST", path, body, this.#now()));
    const signature = await this.#sign(hub, node.call(() => call.toSign()));
    const pairs = JSON.parse(node.call(() => call.finish(signature))) as [string, string][];
    const answer = await this.#fetch(hub, path, options.signal, {
      method: "POST",
      headers: [...pairs, ["content-type", "application/json"]],
      body: body as Uint8Array<ArrayBuffer>,
    });
    this.#openings.delete(request);
    const opened = node.call(() => opening.opened(answer));
    const { digest, ticket, pending, sid, platformToken } = JSON.parse(opened) as {
      digest: string;
      ticket: unknown;
      pending: unknown;
      sid: string;
      platformToken: string;
    };
    return {
      digest,
      sid,
      platformToken,
      hub: hub.option.name,
      pending: JSON.stringify(pending),
      forPage: JSON.stringify({ digest, ticket }),
    };
  }

  /**
   * Verifies what a page posted as its phone's answer: signature, chain, request, session, visitor,
   * what was shown, and everything that was made. The hub is not asked.
   *
   * @param result The page's result: JSON, as text, octets or parsed.
   * @throws YinxinError `answer_signature`, `answer_binding`, `certificate_status`,
   * `deadline_passed`, `already_answered`. There are no half-truths: what is returned is all right.
   */
  async verifyAnswer(
    result: Uint8Array | string | object,
    expected: Verification,
  ): Promise<VerifiedAnswer> {
    const [first] = await this.#loaded();
    const octets =
      typeof result === "string"
        ? new TextEncoder().encode(result)
        : result instanceof Uint8Array
          ? result
          : new TextEncoder().encode(JSON.stringify(result));
    const own = record(expected, "expected");
    const cookie = new TextEncoder().encode(text(own["cookie"], "expected.cookie"));
    const accepted = node.call(() =>
      first?.handle.accept(text(own["pending"], "expected.pending"), octets, cookie, this.#now()),
    );
    const { pending, again, answer } = JSON.parse(accepted ?? "") as {
      pending: unknown;
      again: boolean;
      answer: VerifiedText;
    };
    const verdict = {
      statementDigest: answer.statementDigest,
      holder: answer.holder,
      again,
      revocationUnknown: answer.revocationUnknown,
    };
    const whole: AnswerBase<Scene> & { keys?: unknown } = { ...base<Scene>(answer, verdict), ...answerOf(answer, []) };
    const { verdict: _verdict, keys: _keys, ...rest } = whole;
    return {
      ...rest,
      pending: JSON.stringify(pending),
      again,
      revocationUnknown: answer.revocationUnknown,
    } as unknown as VerifiedAnswer;
  }

  /**
   * Signs a receipt for the phone: that the act counts, or why it does not. DER.
   *
   * @param refused A code of the catalogue; none: it counts.
   * @param reference The platform's own number of the act, 1 to 64 characters.
   */
  async receipt(
    answer: { readonly requestDigest: string; readonly statementDigest: string },
    refused?: string,
    reference?: string,
  ): Promise<Uint8Array> {
    const [hub] = await this.#loaded();
    if (hub === undefined) throw new YinxinError({ code: "internal" });
    const given = record(answer, "answer");
    const request = text(given["requestDigest"], "answer.requestDigest");
    const statement = text(given["statementDigest"], "answer.statementDigest");
    if (refused !== undefined) text(refused, "refused");
    if (reference !== undefined) text(reference, "reference");
    const draft = node.call(() =>
      hub.handle.receipt(
        request,
        statement,
        refused,
        reference,
        this.#now(),
      ),
    );
    const signature = await this.#sign(hub, node.call(() => draft.toSign()));
    return node.call(() => draft.finish(signature));
  }

  /**
   * Hands a receipt to the hub once the page has acknowledged the answer. Gives whether the hub took
   * it.
   */
  async sendReceipt(
    session: { readonly sid: string; readonly platformToken: string; readonly hub: string },
    receipt: Uint8Array,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<boolean> {
    const hub = (await this.#loaded()).find(({ option }) => option.name === session.hub);
    if (hub === undefined || fromBase64Url(session.sid)?.length !== 16) return false;
    const own = options.signal ?? new AbortController().signal;
    const headers: [string, string][] = [["authorization", `Bearer ${session.platformToken}`]];
    const base = `/v1/sessions/${session.sid}`;
    let after = 0;
    for (let tries = 0; tries < TRIES && !own.aborted; tries++) {
      try {
        const path = `${base}/events?after=${after}&wait=20`;
        const answer = await this.#fetch(hub, path, own, { method: "GET", headers });
        const { events } = JSON.parse(answer) as { events: { n: number; state: string }[] };
        const last = events[events.length - 1];
        if (last === undefined) continue;
        after = last.n;
        if (["cancelled", "expired", "failed", "rejected"].includes(last.state)) return false;
        if (last.state !== "completed") continue;
        await this.#fetch(hub, `${base}/receipt`, own, {
          method: "POST",
          headers: [...headers, ["content-type", "application/octet-stream"]],
          body: receipt as Uint8Array<ArrayBuffer>,
        });
        return true;
      } catch (thrown) {
        if (own.aborted) return false;
        if (YinxinError.is(thrown) && !thrown.retryable) return false;
        await pause(5_000, own).catch(() => undefined);
      }
    }
    return false;
  }

  /**
   * Takes newer revocation lists, DER, in place of those it has: call it as often as the authorities
   * issue them.
   *
   * @throws YinxinError what a list is refused for; it keeps those it had.
   */
  async takeRevocationLists(lists: readonly Uint8Array[]): Promise<void> {
    const ders = list(lists, "lists").map((der, index) => bytes(der, `lists[${index}]`));
    for (const { handle } of await this.#loaded()) {
      node.call(() => handle.setRevocationLists(ders));
    }
    this.#revocationLists = ders;
  }

  /**
   * Verifies the seals of a document that was handed in, OFD or PDF, by the roots and revocation lists
   * that this platform has and by those of `options`: with the findings of `yinxin verify`. Nothing is
   * fetched, and the document is held in memory.
   *
   * What is wrong with the document is in the answer, with `ok: false`: whoever handed it in mends it.
   * Chains of a seal's maker lead to the same roots, or to `options.anchorsFor.seal`.
   *
   * @param document Its octets, or a stream of them (`request.body` of a Fetch request, a Node stream).
   * @throws YinxinError `file_too_large`; what is trusted, or a list of seals' states, cannot be read.
   */
  async verifySeal(
    document: Uint8Array | AsyncIterable<Uint8Array>,
    options: SealOptions = {},
  ): Promise<SealVerification> {
    const trust = {
      anchors: [this.#options.trust],
      crls: this.#revocationLists,
      now: new Date(this.#now() * 1000),
      requireRevocation: this.#options.requireRevocation === true,
    };
    return verifySeals(document, trust, options);
  }

  /** A handler of the one endpoint that pages call: see {@link HandlerOptions}. */
  handler(options: HandlerOptions): (request: Request) => Promise<Response> {
    return handler(this, options);
  }

  /** A refusal as the protocol writes it, JSON. @internal */
  async problem(code: string): Promise<string> {
    await this.#loaded();
    return node.run((wasm) => wasm.problemOf(code));
  }

  #now(): number {
    return Math.floor((this.#options.now ?? Date.now)() / 1000);
  }

  #loaded(): Promise<readonly Hub[]> {
    this.#ready ??= this.#load().catch((thrown: unknown) => {
      this.#ready = undefined;
      throw thrown;
    });
    return this.#ready;
  }

  async #load(): Promise<readonly Hub[]> {
    const { code, name, origins, certificate, trust, key } = this.#options;
    const wasm = await node.load();
    const file = typeof key === "function" ? undefined : key.file;
    const password =
      typeof key === "function" || key.password === undefined
        ? undefined
        : new TextEncoder().encode(key.password);
    return this.#hubs.map((option) => {
      const known = JSON.stringify({ code, name, hub: option.name, origins });
      const handle = node.call(
        () => new wasm.PlatformHandle(known, certificate, trust, file, password),
      );
      const ders = this.#revocationLists.map((der) => bytes(der, "options.revocationLists"));
      node.call(() => handle.setRevocationLists(ders));
      if (this.#options.requireRevocation === true) node.call(() => handle.requireRevocation());
      return { option, url: (option.url ?? `https://${option.name}`).replace(/\/+$/, ""), handle };
    });
  }

  async #sign(hub: Hub, toSign: ToSignHandle): Promise<Uint8Array> {
    try {
      const { key } = this.#options;
      if (typeof key !== "function") return node.call(() => hub.handle.sign(toSign));
      const question = node.call(() => ({
        algorithm: toSign.algorithm() as ToSign["algorithm"],
        digest: toSign.digest(),
        keyId: toSign.keyId(),
      }));
      return bytes(await key(question), "the key's answer");
    } finally {
      node.call(() => toSign.free());
    }
  }

  async #fetch(
    hub: Hub,
    path: string,
    signal: AbortSignal | undefined,
    init: RequestInit,
  ): Promise<string> {
    const limit = linked([signal], PATIENCE);
    const how = this.#options.fetch ?? fetch;
    const once = (): Promise<Response> =>
      how(hub.url + path, { ...init, signal: limit.signal, redirect: "error" });
    try {
      const answer = await once().catch((thrown: unknown) => {
        if (!dropped(thrown)) throw thrown;
        return once();
      });
      if (!answer.ok) throw await refusalOf(answer, "hub");
      return await answer.text();
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      if (YinxinError.is(thrown)) throw thrown;
      throw new YinxinError({
        code: "hub_unreachable",
        message: `hub ${hub.option.name} does not answer`,
        mendedBy: "hub",
        retryable: true,
        deadlineAtRisk: true,
        cause: thrown,
      });
    } finally {
      limit.done();
    }
  }
}

/**
 * Whether a kept connection had been closed by the other end, as hubs close idle ones: a back end that was
 * busy learns of it only when it writes. The same call on a new connection is no second one to the hub,
 * which takes a signature once.
 */
function dropped(thrown: unknown): boolean {
  const { code } = ((thrown as { cause?: unknown } | undefined)?.cause ?? {}) as { code?: unknown };
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

/** Octets for a payload or `require`: base64url without padding. */
export const base64url = toBase64Url;
