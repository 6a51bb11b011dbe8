// The one endpoint that pages call: visit, open, result.

import { oneOf, record, text } from "../argument.js";
import { fromBase64Url, toBase64Url } from "../base64url.js";
import { YinxinError } from "../error.js";
import { OWN_WORDS } from "../own-codes.js";
import { SCENES, type Display, type Scene, type Verdict } from "../scene.js";
import type { Wish } from "../wish.js";
import type { Ask, Platform, Require, VerifiedAnswer } from "./platform.js";
import { MemoryStore, type Store } from "./store.js";

/** Who is logged in. */
export interface Account {
  readonly name: string;
  /** Unified social credit code, if the holder is a unit. */
  readonly creditCode?: string;
  /** H of a person's identity number, base64url, if the site knows it. */
  readonly subject?: string;
}

/** What a page asked for. */
export interface Asked {
  readonly scene: Scene;
  /** The page's wish: what of it is asked of the phone is decided here. */
  readonly wish: Wish;
  readonly account: Account | undefined;
  readonly request: Request;
}

/** An answer that counts, the first time that it comes. */
export interface Accepted {
  readonly answer: VerifiedAnswer;
  readonly account: Account | undefined;
  readonly request: Request;
}

/** How a handler works. */
export interface HandlerOptions {
  /**
   * Decides what a phone is asked; the page only wishes. Throw a {@link YinxinError} to refuse, for
   * instance `scene_not_allowed`. Whose certificate may answer is set to the account's unless said
   * here.
   */
  ask(asked: Asked): Ask | Promise<Ask>;
  /**
   * Called at least once for each answer, before the page hears of it: write the act down here, under
   * `answer.requestDigest`, so that it stands there once. Where it throws, the page hears so, and may
   * hand the answer in again; it is called again, too, where this program ended right after it.
   */
  accepted?(accepted: Accepted): Promise<void> | void;
  /**
   * Who is logged in, for sites with sessions of their own; else who logged in here. A certificate
   * that logs in says a unit's credit code, but of a person no more than the name: where persons are
   * to sign or decrypt, this must be there and give their `subject`. Without it they are refused by
   * `account_subject_missing`.
   */
  account?(request: Request): Account | Promise<Account | undefined> | undefined;
  /** Where visits and requests are kept; else in memory. */
  readonly store?: Store;
}

/** Seconds. */
const COOKIE = 12 * 3600;
const VISIT = 1_800;
const RECORD = 24 * 3600;

/** Octets of a call. */
const LIMIT = 5 << 20;

/** A request as it is kept. */
interface Kept {
  readonly scene: Scene;
  readonly pending: string;
  readonly sid: string;
  readonly platformToken: string;
  readonly hub: string;
  /** Whether `accepted` was told. */
  readonly told: boolean;
  /** Base64url; out of it and the visitor's cookie comes the cookie that a login gives. */
  readonly salt: string;
  /** A login that was taken. */
  readonly login?: {
    /** Digest of the cookie that it gave. */
    readonly cookie: string;
    /** Digest of what was posted. */
    readonly posted: string;
    readonly verdict: Verdict;
  };
}

/** HTTP statuses of codes that this handler itself gives. */
const STATUS: Readonly<Record<string, number>> = {
  account_subject_missing: 403,
  hub_unreachable: 502,
  request_too_large: 413,
};

/** Makes the handler. */
export function handler(
  platform: Platform,
  options: HandlerOptions,
): (request: Request) => Promise<Response> {
  const store = options.store ?? new MemoryStore();
  const secure = platform.origins.every((origin) => origin.startsWith("https:"));
  const cookieName = secure ? "__Host-yinxin" : "yinxin";

  const cookieOf = (request: Request): string | undefined => {
    const pairs = (request.headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
    const own = pairs.find((pair) => pair.startsWith(`${cookieName}=`));
    const value = own?.slice(cookieName.length + 1);
    return value !== undefined && fromBase64Url(value)?.length === 32 ? value : undefined;
  };
  const setCookie = (value: string): string =>
    `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${COOKIE}` +
    (secure ? "; Secure" : "");
  const isVisitor = async (cookie: string): Promise<boolean> => {
    const digest = await digestOf(cookie);
    const names = [`visitor:${digest}`, `visit:cookie:${digest}`];
    const found = await Promise.all(names.map((name) => store.get(name)));
    return found.some((entry) => entry !== undefined);
  };
  /** Cookies that only visited are visits: anybody can have as many as they like. */
  const seen = async (cookie: string): Promise<void> => {
    const digest = await digestOf(cookie);
    const name = `visitor:${digest}`;
    if ((await store.get(name)) === undefined) await store.set(`visit:cookie:${digest}`, "1", VISIT);
    else await store.set(name, "1", COOKIE);
  };
  const known = async (request: Request): Promise<string> => {
    const cookie = cookieOf(request);
    if (cookie === undefined || !(await isVisitor(cookie))) {
      throw new YinxinError({ code: "token_wrong", message: "this visitor did not begin here" });
    }
    return cookie;
  };
  const accountOf = async (request: Request, cookie: string | undefined): Promise<Account | undefined> => {
    if (options.account !== undefined) return options.account(request);
    if (cookie === undefined) return undefined;
    const kept = await store.get(`account:${await digestOf(cookie)}`);
    return kept === undefined ? undefined : (JSON.parse(kept) as Account);
  };

  const visit = async (request: Request): Promise<Response> => {
    let cookie = await known(request).catch(() => undefined);
    const headers: [string, string][] = [];
    if (cookie === undefined) {
      cookie = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
      headers.push(["set-cookie", setCookie(cookie)]);
    }
    await seen(cookie);
    const { nonce, visit } = await platform.visit(cookie);
    await store.set(`visit:page:${nonce}`, visit, VISIT);
    const account = await accountOf(request, cookie);
    const answer = { nonce, ...(await platform.introduction()), ...(account && { account }) };
    return json(200, JSON.stringify(answer), headers);
  };

  const open = async (request: Request, call: Record<string, unknown>): Promise<Response> => {
    const cookie = await known(request);
    const scene = oneOf(call["scene"], SCENES, "scene");
    const nonce = text(call["nonce"], "nonce");
    const wish = wishOf(call["input"]);
    // Each page asks once.
    const visit = await store.exclusive(`visit:page:${nonce}`, async () => {
      const found = await store.get(`visit:page:${nonce}`);
      await store.delete(`visit:page:${nonce}`);
      return found;
    });
    if (visit === undefined) {
      throw new YinxinError({ code: "answer_binding", message: "the page begins with a new visit" });
    }
    const account = await accountOf(request, cookie);
    const acts = scene !== "login" && scene !== "encrypt";
    if (acts && account === undefined) {
      throw new YinxinError({ code: "token_wrong", message: "the visitor logs in first" });
    }
    if (acts && account?.creditCode === undefined && account?.subject === undefined) {
      throw new YinxinError({
        code: "account_subject_missing",
        message: "give the person's `subject` from `options.account`",
      });
    }
    const ask = await options.ask({ scene, wish, account, request });
    const require = ask.require ?? requirement(scene, account);
    const signed = await platform.request(scene, {
      ...ask,
      ...(require === undefined ? {} : { require }),
      begin: call["begin"],
      visit,
      cookie,
    });
    const opened = await platform.open(signed, { signal: request.signal });
    const { pending, sid, platformToken, hub } = opened;
    const salt = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
    const kept: Kept = { scene, pending, sid, platformToken, hub, told: false, salt };
    await store.set(`visitor:${await digestOf(cookie)}`, "1", COOKIE);
    await store.set(`request:${opened.digest}`, JSON.stringify(kept), RECORD);
    return json(201, opened.forPage);
  };

  const result = async (request: Request, call: Record<string, unknown>): Promise<Response> => {
    const cookie = await known(request);
    const digest = text(call["digest"], "digest");
    const posted = record(call["result"], "result");
    const name = `request:${digest}`;
    // Verified and written down under one lock: of two results at once one is the first.
    const { verdict, fresh, act } = await store.exclusive(name, async () => {
      const found = await store.get(name);
      if (found === undefined) {
        throw new YinxinError({ code: "session_unknown", message: "no such request here" });
      }
      const kept = JSON.parse(found) as Kept;
      const own = await digestOf(JSON.stringify(posted));
      if (kept.login?.cookie === (await digestOf(cookie)) && kept.login.posted === own) {
        // The cookie arrived and the rest of the answer did not.
        return { verdict: { ...kept.login.verdict, again: true } };
      }
      const answer = await platform.verifyAnswer(posted, { pending: kept.pending, cookie });
      const { statementDigest, again, revocationUnknown, holder } = answer;
      const unit: Account = {
        name: holder.name,
        ...(holder.creditCode === undefined ? {} : { creditCode: holder.creditCode }),
      };
      const verdict: Verdict = { statementDigest, holder: unit, again, revocationUnknown };
      const logsIn = answer.scene === "login" && options.account === undefined;
      // A new one, so that whoever planted the old one has nothing; the same however often.
      const fresh = logsIn ? await derived(kept.salt, cookie) : undefined;
      if (kept.told) return { verdict, fresh };
      const accepted: Kept = { ...kept, pending: answer.pending };
      await store.set(name, JSON.stringify(accepted), RECORD);
      const account = await accountOf(request, cookie);
      await options.accepted?.({ answer, account, request });
      const told: Kept = { ...accepted, told: true };
      if (fresh === undefined) {
        await store.set(name, JSON.stringify(told), RECORD);
        return { verdict, act: { answer, kept } };
      }
      const digest = await digestOf(fresh);
      await store.set(`visitor:${digest}`, "1", COOKIE);
      await store.set(`account:${digest}`, JSON.stringify(unit), COOKIE);
      await store.delete(`account:${await digestOf(cookie)}`);
      const login = { cookie: digest, posted: own, verdict };
      await store.set(name, JSON.stringify({ ...told, login }), RECORD);
      return { verdict, fresh, act: { answer, kept } };
    });
    const headers: [string, string][] = fresh === undefined ? [] : [["set-cookie", setCookie(fresh)]];
    if (act !== undefined) {
      // The phone learns that the act counts; nobody waits for it.
      void platform
        .receipt(act.answer)
        .then((receipt) => platform.sendReceipt(act.kept, receipt))
        .catch(() => false);
    }
    return json(200, JSON.stringify(verdict), headers);
  };

  return async (request) => {
    try {
      if (request.method !== "POST") return json(405, "{}", [["allow", "POST"]]);
      const origin = request.headers.get("origin");
      if (origin === null || !platform.origins.includes(origin)) {
        throw new YinxinError({ code: "origin_unregistered", message: "not from this site's pages" });
      }
      const call = await callOf(request);
      switch (call["step"]) {
        case "visit":
          return await visit(request);
        case "open":
          return await open(request, call);
        case "result":
          return await result(request, call);
        default:
          throw new YinxinError({ code: "request_malformed", message: "no such step" });
      }
    } catch (thrown) {
      return await refuse(platform, thrown);
    }
  };
}

function requirement(scene: Scene, account: Account | undefined): Require | undefined {
  if (scene === "login" || account === undefined) return undefined;
  if (account.creditCode !== undefined) return { creditCode: account.creditCode };
  return account.subject === undefined ? undefined : { subject: account.subject };
}

/** Of what a page posted only what it may wish: whose certificate answers is never its word. */
function wishOf(input: unknown): Wish {
  if (input === undefined) return {};
  const { display, payload, ...others } = record(input, "input");
  const [other] = Object.keys(others);
  if (other !== undefined) throw new TypeError(`input.${other}: a page cannot wish this`);
  return {
    ...(display === undefined ? {} : { display: record(display, "input.display") as Display }),
    ...(payload === undefined ? {} : { payload }),
  };
}

/** The cookie that a login gives: of use to nobody who knows the old one, or the record, alone. */
async function derived(salt: string, cookie: string): Promise<string> {
  const octets = fromBase64Url(salt);
  if (octets === undefined) throw new YinxinError({ code: "internal" });
  const how = { name: "HMAC", hash: "SHA-256" };
  const raw = octets as Uint8Array<ArrayBuffer>;
  const key = await crypto.subtle.importKey("raw", raw, how, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`login:${cookie}`));
  return toBase64Url(new Uint8Array(mac));
}

/** Cookies are kept by their digest: whoever reads the records cannot use them. */
async function digestOf(cookie: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(cookie));
  return toBase64Url(new Uint8Array(digest));
}

async function callOf(request: Request): Promise<Record<string, unknown>> {
  const reader = request.body?.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const piece = await reader?.read();
    if (piece === undefined || piece.done) break;
    length += piece.value.length;
    if (length > LIMIT) {
      await reader?.cancel();
      throw new YinxinError({ code: "request_too_large", message: "over 5 MiB" });
    }
    pieces.push(piece.value as Uint8Array);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return record(JSON.parse(decoder.decode(whole)), "body");
  } catch {
    throw new YinxinError({ code: "request_malformed", message: "the body is no JSON object" });
  }
}

function json(status: number, body: string, headers: [string, string][] = []): Response {
  return new Response(body, {
    status,
    headers: [["content-type", "application/json"], ["cache-control", "no-store"], ...headers],
  });
}

/** A refusal, as the protocol writes it: its code and words, nothing of what is inside. */
async function refuse(platform: Platform, thrown: unknown): Promise<Response> {
  const malformed = thrown instanceof TypeError;
  const code = YinxinError.is(thrown) ? thrown.code : malformed ? "request_malformed" : "internal";
  if (code === "internal") console.error("yinxin: a call failed:", thrown);
  const problem = JSON.parse(await platform.problem(code)) as { code: string; status: number };
  const known = problem.code === code;
  const status = STATUS[code] ?? problem.status;
  const body = known ? { ...problem, status } : { ...problem, ...wordsOf(code), code, status };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
  });
}

/** Words of a code that only the scripts have, as a problem has them. */
function wordsOf(code: string): Record<string, unknown> {
  const own = OWN_WORDS[code];
  if (own === undefined) return {};
  const [en, zh] = [own.en, own.zh].map(([cause, remedy]) => ({ cause, remedy }));
  return { title: own.en[0], en, zh };
}
