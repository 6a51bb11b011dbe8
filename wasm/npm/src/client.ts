// The client of a bidding site's page: one call for each of the six scenes.

import { count, list, oneOf, record, text } from "./argument.js";
import { preload } from "./core.js";
import type { RevokeResult, RevokeTarget, SealResult, SealTarget } from "./document/seal.js";
import { documentCalls } from "./documents.js";
import { YinxinError } from "./error.js";
import { decryptByPhone, encryptFile, type ByPhoneOptions, type Decrypted, type EncryptOptions, type Encrypted } from "./files.js";
import { indexedDbKeys, type BrowserKeys } from "./keys.js";
import { PlatformLine, type Endpoint, type HubAddress } from "./platform-line.js";
import { Resumption, hold, type TabStorage } from "./resume.js";
import {
  SCENES,
  type AnswerOf,
  type Display,
  type EncryptInput,
  type EncryptionOffer,
  type InputOf,
  type Inputs,
  type LoginAnswer,
  type LoginInput,
  type MessageInput,
  type MessageItem,
  type Scene,
  type SignedItem,
} from "./scene.js";
import { PageSession } from "./session.js";
import type { Environment } from "./session/run.js";
import type { PageState } from "./state.js";

/** How a client works. */
export interface ClientOptions {
  /**
   * The one endpoint of this site's back end, or a function in its place. It speaks
   * `{"step":"visit"}`, `{"step":"open", …}` and `{"step":"result", …}`; `yinxin/node` has a handler
   * for it.
   */
  readonly open: Endpoint;
  /** Roots of holders' certificates, PEM; where the back end says none in its answer to `visit`. */
  readonly trust?: string;
  /** Where hubs answer, where the back end does not say and it is not `https://` and the name. */
  readonly hubs?: readonly HubAddress[];
  /** In place of the browser's own. */
  readonly fetch?: typeof fetch;
  /**
   * Milliseconds for which a back end that does not answer is asked again to take a phone's answer;
   * else two minutes. After them the answer waits for a reload.
   */
  readonly patience?: number;
  /** Milliseconds since 1970, in place of `Date.now`. */
  readonly now?: () => number;
  /** The page's origin, where there is no `location`. */
  readonly origin?: string;
  /** Where a running session is kept over a reload; `false`: nowhere. Else `sessionStorage`. */
  readonly storage?: TabStorage | false;
  /** Where the browser's keys lie; `false`: it has none. Else its own database. */
  readonly keys?: BrowserKeys | false;
}

/** What every call takes. */
export interface Call {
  /** Gives up: the promise is rejected with the signal's reason, and phone and hub are told. */
  readonly signal?: AbortSignal;
  /** Called at each change: draw the code out of `state.frame`. */
  onState?(state: PageState): void;
  /** Given the session as soon as there is one: `element.show(session)` draws it. */
  onSession?(session: PageSession<Scene>): void;
}

/** What {@link YinxinClient.resume} takes. */
export interface ResumeCall extends Call {
  /** Input of scenes in which files are prepared: functions do not survive a reload. */
  readonly inputs?: { readonly [S in Scene]?: InputOf<S> };
}

/** Milliseconds for which a platform is asked again to take an answer. */
const PATIENCE = 120_000;

const NO_KEYS: BrowserKeys = {
  browser: () => Promise.resolve(undefined),
  secret: () => Promise.resolve(undefined),
};

/**
 * A page's client.
 *
 * ```ts
 * const client = new YinxinClient({ open: "/api/yinxin/open" });
 * const { holder } = await client.login({}, { onState: ({ frame }) => draw(frame) });
 * ```
 */
export class YinxinClient {
  readonly #environment: Environment;
  readonly #sessions = new Set<PageSession<Scene>>();

  constructor(options: ClientOptions) {
    const given = record(options, "options");
    if (typeof given["open"] !== "function") text(given["open"], "options.open");
    if (given["patience"] !== undefined) count(given["patience"], "options.patience");
    if (given["trust"] !== undefined) text(given["trust"], "options.trust");
    const how = options.fetch ?? ((...call: Parameters<typeof fetch>) => fetch(...call));
    const keys = options.keys === false ? NO_KEYS : (options.keys ?? indexedDbKeys());
    this.#environment = {
      platform: new PlatformLine(options.open, how),
      fetch: how,
      keys,
      resumption: new Resumption(options.storage, keys),
      trust: options.trust,
      hubs: options.hubs ?? [],
      patience: options.patience ?? PATIENCE,
      origin: () => options.origin ?? ownOrigin(),
      now: options.now ?? Date.now,
    };
  }

  /** Loads the module now, so that the first code is there sooner. */
  preload(): Promise<void> {
    return preload();
  }

  /**
   * Logs a visitor in.
   *
   * @throws YinxinError see {@link PageSession.answer}; the signal's reason where that aborted.
   */
  login(input: LoginInput = {}, call: Call = {}): Promise<LoginAnswer> {
    return this.#ask("login", input, call);
  }

  /** Signs 1 to 500 messages under one confirmation; in the order given. */
  async sign(
    items: readonly MessageItem[],
    call: Call & { readonly display?: MessageInput["display"] } = {},
  ): Promise<readonly SignedItem[]> {
    const each = list(items, "items") as readonly MessageItem[];
    const input = call.display === undefined ? { items: each } : { items: each, display: call.display };
    return (await this.#ask("messageSignature", input, call)).items;
  }

  /**
   * Seals 1 to 50 documents, OFD or PDF, by one scan: prepared here, signed on the phone, finished
   * here. A document that the phone refused says why; the others are sealed.
   */
  async seal(
    documents: readonly SealTarget[],
    call: Call & { readonly display?: Display } = {},
  ): Promise<SealResult> {
    return (await documentCalls()).seal(this.#ask.bind(this), documents, call);
  }

  /** Takes a document's last seal back: the file without it, and the holder's signed revocation. */
  async revokeSeal(
    target: RevokeTarget,
    call: Call & { readonly display?: Display } = {},
  ): Promise<RevokeResult> {
    return (await documentCalls()).revokeSeal(this.#ask.bind(this), target, call);
  }

  /** Asks for encryption certificates (scene `encrypt`), for a bid to be made. */
  certificates(input: EncryptInput, call: Call = {}): Promise<EncryptionOffer> {
    return this.#ask("encrypt", input, call);
  }

  /**
   * Encrypts a bid to its bidder's certificates, which {@link YinxinClient.certificates} brought. No
   * phone is asked.
   */
  encryptFile(
    file: Parameters<typeof encryptFile>[0],
    to: readonly Uint8Array[],
    options: EncryptOptions,
  ): Promise<Encrypted> {
    return encryptFile(file, to, options);
  }

  /**
   * Asks a phone for a bid's keys and opens the bid, in constant memory. A bid within a tenderer's
   * layer takes two scans: the tenderer's, then the bidder's. The keys are wiped at the end.
   *
   * @throws YinxinError as {@link PageSession.answer} and {@link decryptFile} do.
   */
  decryptFile(
    file: Blob,
    options: ByPhoneOptions & Call = {},
  ): Promise<Decrypted> {
    return decryptByPhone(this.#ask.bind(this), file, options);
  }

  /**
   * A session without any look: it begins by itself, and is driven by its own methods.
   *
   * @throws TypeError for a scene or an input that is none; what is wrong inside the input, the
   * session's answer says.
   */
  session<S extends Scene>(scene: S, input: InputOf<S>): PageSession<S> {
    const own = oneOf(scene, SCENES, "scene") as S;
    return this.#kept(new PageSession<S>(this.#environment, own, input));
  }

  /**
   * The session that was running in this tab before the page was reloaded; `null` where there is
   * none, or another tab runs it.
   *
   * @throws YinxinError `storage_refused` where what was kept is damaged.
   */
  async resume(call: ResumeCall = {}): Promise<PageSession<Scene> | null> {
    const { resumption } = this.#environment;
    const waiting = await resumption.waiting();
    if (waiting === undefined) return null;
    const release = await hold(waiting.sid);
    if (release === undefined) return null;
    const inputs: { readonly [S in Scene]?: Inputs[S] } = call.inputs ?? {};
    const session = new PageSession<Scene>(
      this.#environment,
      waiting.scene,
      inputs[waiting.scene],
      { ...waiting, release },
    );
    this.#kept(session);
    watch(session, call);
    return session;
  }

  /** Lets go of all sessions, for this page: what runs can be resumed after a reload. */
  close(): void {
    for (const session of this.#sessions) session.abandon();
    this.#sessions.clear();
  }

  /** @internal */
  ask<S extends Scene>(scene: S, input: InputOf<S>, call: Call): Promise<AnswerOf<S>> {
    return this.#ask(scene, input, call);
  }

  async #ask<S extends Scene>(
    scene: S,
    input: InputOf<S>,
    call: Call,
  ): Promise<AnswerOf<S>> {
    if (call.signal?.aborted) throw call.signal.reason;
    const session = this.session(scene, input);
    const unwatch = watch(session, call);
    call.onSession?.(session as unknown as PageSession<Scene>);
    try {
      return await session.answer;
    } finally {
      unwatch();
    }
  }

  #kept<S extends Scene>(session: PageSession<S>): PageSession<S> {
    const own = session as unknown as PageSession<Scene>;
    this.#sessions.add(own);
    const done = (): boolean => this.#sessions.delete(own);
    session.answer.then(done, done);
    return session;
  }
}

/** Follows a call's signal and tells its function; gives the way to stop. */
function watch(session: PageSession<Scene> | PageSession<never>, call: Call): () => void {
  const own = session as PageSession<Scene>;
  const stop = (): void => {
    void own.cancel(call.signal?.reason);
  };
  if (call.signal?.aborted) stop();
  else call.signal?.addEventListener("abort", stop, { once: true });
  const unsubscribe =
    call.onState === undefined ? undefined : own.subscribe((state) => call.onState?.(state));
  return () => {
    call.signal?.removeEventListener("abort", stop);
    unsubscribe?.();
  };
}

function ownOrigin(): string {
  if (typeof location !== "undefined") return location.origin;
  throw new YinxinError({
    code: "origin_missing",
    message: "there is no location here; give the page's origin as `origin`",
  });
}
