// A web phone between scans: what it holds, and its PIN.

import type { PhoneHandle } from "#phone";

import { bytes, count, oneOf, record, text } from "../argument.js";
import { YinxinError } from "../error.js";
import { phoneCore } from "../phone-core.js";
import { refusalOf } from "../refusal.js";
import type { Holder } from "../scene.js";
import { linked } from "../signal.js";
import { PhoneScan, type Begun, type Unsent } from "./scan.js";
import { refused, type PhoneStorage } from "./storage.js";
import type { Browser, HistoryEntry, Holdings, Progress } from "./view.js";

/** How a phone works. */
export interface PhoneOptions {
  readonly fetch?: typeof fetch;
  /** Milliseconds since 1970, in place of `Date.now`. */
  readonly now?: () => number;
  /** The language of what is shown; what was shown goes to the platform. */
  readonly language?: "en" | "zh-CN";
}

/** What a scan works with. @internal */
export interface Workings {
  readonly handle: PhoneHandle;
  readonly fetch: typeof fetch;
  readonly language: string;
  /** Seconds since 1970. */
  now(): number;
  /** Stores the blob. */
  keep(): Promise<void>;
  /** The newest trust list of a hub. */
  refresh(hub: string, url: string, signal: AbortSignal): Promise<void>;
  /** Counts a PIN before it is tried, and stores that. */
  beginPin(): Promise<void>;
}

/**
 * A phone (手机端) in a browser. One at a time may use a storage: a second one would write over what
 * the first remembers.
 */
export class Phone {
  readonly #handle: PhoneHandle;
  readonly #storage: PhoneStorage;
  readonly #options: PhoneOptions;
  #writes: Promise<void> = Promise.resolve();

  private constructor(handle: PhoneHandle, storage: PhoneStorage, options: PhoneOptions) {
    this.#handle = handle;
    this.#storage = storage;
    this.#options = options;
  }

  /**
   * Makes a phone under a PIN of at least six characters, over whatever the storage had.
   *
   * @throws YinxinError `pin_wrong` for a shorter one, `storage_refused`.
   */
  static async create(
    storage: PhoneStorage,
    pin: string,
    options: PhoneOptions = {},
  ): Promise<Phone> {
    const word = text(pin, "pin");
    const handle = await phoneCore.run((wasm) => wasm.PhoneHandle.create(word));
    const phone = new Phone(handle, storage, options);
    await phone.#keep();
    return phone;
  }

  /**
   * The phone that lies in a storage, locked; `undefined` where there is none.
   *
   * @throws YinxinError `storage_refused` where what lies there is none.
   */
  static async open(storage: PhoneStorage, options: PhoneOptions = {}): Promise<Phone | undefined> {
    const blob = await storage.load().catch((thrown: unknown) => {
      throw YinxinError.is(thrown) ? thrown : refused(thrown);
    });
    if (blob === undefined) return undefined;
    const kept = bytes(blob, "the stored blob");
    const handle = await phoneCore.run((wasm) => wasm.PhoneHandle.load(kept));
    return new Phone(handle, storage, options);
  }

  /** Whether it waits for its PIN. */
  get locked(): boolean {
    return phoneCore.call(() => this.#handle.isLocked());
  }

  /**
   * Opens it.
   *
   * @throws YinxinError `pin_wrong` (`facts.left`: tries that are left), `pin_locked`.
   */
  async unlock(pin: string): Promise<void> {
    const word = text(pin, "pin");
    await this.#withPin(() => this.#handle.unlock(word));
  }

  /** Forgets keys until the next PIN. */
  lock(): void {
    phoneCore.call(() => this.#handle.lock());
  }

  /** Changes the PIN; no browser is trusted any more. */
  async changePin(old: string, next: string): Promise<void> {
    const [before, after] = [text(old, "old"), text(next, "next")];
    await this.#withPin(() => this.#handle.changePin(before, after));
  }

  /** Whether the unit allows bids to be opened and files to be sealed after a typed code. */
  allowTypedCodes(allowed: boolean): void {
    phoneCore.call(() => this.#handle.allowTypedCodes(allowed));
  }

  /**
   * Draws a signing key and asks for a certificate of it: the request, PEM.
   *
   * @param subject Like `C=CN,O=甲公司,CN=甲公司`.
   */
  async requestCertificate(
    algorithm: "P-256" | "SM2",
    subject: string,
    pin: string,
  ): Promise<string> {
    const kind = oneOf(algorithm, ["P-256", "SM2"] as const, "algorithm");
    const [name, word] = [text(subject, "subject"), text(pin, "pin")];
    return this.#withPin(() => this.#handle.requestCertificate(kind, name, word));
  }

  /** Takes what the authority issued for a key of this phone; PEM or DER. */
  async install(
    issued: {
      readonly signing: Uint8Array;
      readonly encryption?: Uint8Array;
      /** The encryption key, enveloped to the signing key. */
      readonly envelope?: Uint8Array;
      readonly issuers?: Uint8Array;
    },
    pin: string,
  ): Promise<Holder> {
    const word = text(pin, "pin");
    const given = record(issued, "issued");
    const signing = bytes(given["signing"], "issued.signing");
    const encryption = bytesOrNone(given["encryption"], "issued.encryption");
    const envelope = bytesOrNone(given["envelope"], "issued.envelope");
    const issuers = bytesOrNone(given["issuers"], "issued.issuers");
    const held = await this.#withPin(() =>
      this.#handle.install(signing, encryption, envelope, issuers, word),
    );
    return (JSON.parse(held) as { holder: Holder }).holder;
  }

  /** Takes a holder's keys as files, of any kind that the library knows, with their certificates. */
  async importKeys(
    files: {
      readonly key: Uint8Array;
      readonly password?: string;
      readonly signing: Uint8Array;
      readonly decryptionKey?: Uint8Array;
      readonly encryption?: Uint8Array;
      readonly issuers?: Uint8Array;
    },
    pin: string,
  ): Promise<Holder> {
    const word = text(pin, "pin");
    const given = record(files, "files");
    const [key, signing] = [bytes(given["key"], "files.key"), bytes(given["signing"], "files.signing")];
    const password =
      given["password"] === undefined
        ? undefined
        : new TextEncoder().encode(text(given["password"], "files.password"));
    const decryption = bytesOrNone(given["decryptionKey"], "files.decryptionKey");
    const encryption = bytesOrNone(given["encryption"], "files.encryption");
    const issuers = bytesOrNone(given["issuers"], "files.issuers");
    const held = await this.#withPin(() =>
      this.#handle.importKeys(key, password, signing, decryption, encryption, issuers, word),
    );
    return (JSON.parse(held) as { holder: Holder }).holder;
  }

  /** Takes an electronic seal (SESeal), DER. */
  async addSeal(seal: Uint8Array): Promise<{ readonly id: string; readonly name: string }> {
    const der = bytes(seal, "seal");
    const added = phoneCore.call(() => this.#handle.addSeal(der));
    await this.#keep();
    return JSON.parse(added) as { id: string; name: string };
  }

  /**
   * Pins a hub: the phone talks to no other.
   *
   * @param signers Certificates that sign its trust lists, the current one first; PEM or DER.
   * @throws YinxinError `hub_unreachable`, `trust_list_signature`.
   */
  async pinHub(
    url: string,
    signers: Uint8Array,
    name?: string,
    signal?: AbortSignal,
  ): Promise<{
    readonly host: string;
    readonly listNumber: number;
    readonly platforms: readonly {
      readonly code: string;
      readonly name: string;
      readonly origins: readonly string[];
    }[];
  }> {
    const [address, keys] = [text(url, "url"), bytes(signers, "signers")];
    if (name !== undefined) text(name, "name");
    const list = await this.#list(address, signal);
    const pinned = phoneCore.call(() => this.#handle.pinHub(address, keys, list, name));
    await this.#keep();
    return JSON.parse(pinned) as {
      host: string;
      listNumber: number;
      platforms: { code: string; name: string; origins: string[] }[];
    };
  }

  /** Everything on it but keys. */
  holdings(): Holdings {
    return JSON.parse(phoneCore.call(() => this.#handle.holdings())) as Holdings;
  }

  /** What was answered, the oldest first. */
  history(): readonly HistoryEntry[] {
    return JSON.parse(phoneCore.call(() => this.#handle.history())) as HistoryEntry[];
  }

  /**
   * An answer with everything that proves it, as a file that `yinxin verify` and the offline verifier
   * check without a hub.
   *
   * @param request Digest of its request, base64url: `request` of an {@link Outcome}.
   * @throws YinxinError `session_unknown`.
   */
  exportAnswer(request: string): Uint8Array {
    const digest = text(request, "request");
    return phoneCore.call(() => this.#handle.exportAnswer(digest));
  }

  /** The browsers that are trusted. */
  browsers(): readonly Browser[] {
    const now = this.#now();
    return JSON.parse(phoneCore.call(() => this.#handle.browsers(now))) as Browser[];
  }

  /** Trusts a browser no more. */
  async revokeBrowser(id: number): Promise<boolean> {
    const number = count(id, "id");
    const done = phoneCore.call(() => this.#handle.revokeBrowser(number));
    await this.#keep();
    return done;
  }

  /**
   * Reads the text of a scanned code, asks the hub, and gives what is to be shown.
   *
   * @throws YinxinError `qr_foreign`, `qr_malformed`, `hub_unknown` before anything left the phone;
   * then what the hub or the phone's own checks refuse.
   */
  async scan(code: string, signal?: AbortSignal): Promise<PhoneScan> {
    const read = text(code, "code");
    return this.#scan(() => this.#handle.scan(read), signal);
  }

  /** The same by the eight characters beside the code, at a pinned hub. */
  async typed(code: string, hub: string, signal?: AbortSignal): Promise<PhoneScan> {
    const [read, host] = [text(code, "code"), text(hub, "hub")];
    return this.#scan(() => this.#handle.typed(read, host), signal);
  }

  /**
   * Sends the answers again that hubs may not have: after a crash, or without a network. Gives how far
   * the last of them got; `undefined` where none waits. One that fails does not hinder the others.
   *
   * @throws YinxinError what became of the first that failed: one that may be tried again waits on; one
   * that its hub will never take waits no longer, and stays in the history.
   */
  async resend(signal?: AbortSignal): Promise<Progress | undefined> {
    const waiting = JSON.parse(phoneCore.call(() => this.#handle.unsent())) as readonly Unsent[];
    let progress: Progress | undefined;
    let failure: unknown;
    for (const answer of waiting) {
      try {
        progress = await PhoneScan.resend(this.#workings(), answer, signal ?? new AbortController().signal);
      } catch (thrown) {
        signal?.throwIfAborted();
        failure ??= thrown;
        if (YinxinError.is(thrown) && !thrown.retryable) {
          phoneCore.call(() => this.#handle.sent(answer.request));
          await this.#keep();
        }
      }
    }
    if (failure !== undefined) throw failure;
    return progress;
  }

  get #fetch(): typeof fetch {
    return this.#options.fetch ?? ((...call: Parameters<typeof fetch>) => fetch(...call));
  }

  #now(): number {
    return Math.floor((this.#options.now ?? Date.now)() / 1000);
  }

  #scan(begin: () => string, signal: AbortSignal | undefined): Promise<PhoneScan> {
    const begun = JSON.parse(phoneCore.call(begin)) as Begun;
    return PhoneScan.begin(this.#workings(), begun, signal);
  }

  #workings(): Workings {
    return {
      handle: this.#handle,
      fetch: this.#fetch,
      language: this.#options.language ?? "zh-CN",
      now: () => this.#now(),
      keep: () => this.#keep(),
      refresh: async (hub, url, signal) => {
        const list = await this.#list(url, signal);
        phoneCore.call(() => this.#handle.takeList(hub, list));
        await this.#keep();
      },
      beginPin: () => this.#beginPin(),
    };
  }

  async #list(url: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const limit = linked([signal], 15_000);
    const how = this.#fetch;
    try {
      const address = `${url.replace(/\/+$/, "")}/v1/trust/list`;
      const answer = await how(address, {
        signal: limit.signal,
        cache: "no-store",
        credentials: "omit",
      });
      if (!answer.ok) throw await refusalOf(answer, "hub");
      return new Uint8Array(await answer.arrayBuffer());
    } catch (thrown) {
      if (signal?.aborted) throw signal.reason;
      if (YinxinError.is(thrown)) throw thrown;
      throw new YinxinError({
        code: "hub_unreachable",
        message: "the hub does not answer",
        mendedBy: "network",
        retryable: true,
        cause: thrown,
      });
    } finally {
      limit.done();
    }
  }

  async #withPin<T>(act: () => T): Promise<T> {
    await this.#beginPin();
    try {
      return phoneCore.call(act);
    } finally {
      await this.#keep();
    }
  }

  async #beginPin(): Promise<void> {
    phoneCore.call(() => this.#handle.beginPin());
    // Counted and stored before it is tried: nobody gains a try by closing the page.
    await this.#keep();
  }

  /** One write after the other, the newest last. */
  #keep(): Promise<void> {
    const write = async (): Promise<void> => {
      const blob = phoneCore.call(() => this.#handle.blob());
      try {
        await this.#storage.store(blob);
      } catch (thrown) {
        throw YinxinError.is(thrown) ? thrown : refused(thrown);
      }
    };
    const written = this.#writes.then(write);
    this.#writes = written.catch(() => undefined);
    return written;
  }
}

/** Octets, where there are any. */
function bytesOrNone(value: unknown, name: string): Uint8Array | undefined {
  return value === undefined ? undefined : bytes(value, name);
}
