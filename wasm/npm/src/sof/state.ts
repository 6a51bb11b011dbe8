// What the facade knows: who is logged in, what was set, what went wrong.

import type { ContentKeys } from "../content-keys.js";
import type { DecryptInput, Display, EncryptInput, MessageItem } from "../scene.js";

import { SGD } from "./constants.js";
import { SofError, lastError, type Doing, type LastError } from "./error.js";
import { open } from "./loaded.js";
import type { SofOptions } from "./options.js";

/** What the facade asks and what it looks at in the answers. */
export interface SofScenes {
  readonly login: [input: object, answer: { readonly certificates: readonly Uint8Array[] }];
  readonly messageSignature: [
    input: { items: readonly MessageItem[]; display?: Display },
    answer: { readonly items: readonly { readonly id: string; readonly signature: Uint8Array }[] },
  ];
  readonly encrypt: [input: EncryptInput, answer: { readonly encryption: readonly Uint8Array[] }];
  readonly decrypt: [input: DecryptInput, answer: { readonly keys: ContentKeys }];
}

/** A session as far as the facade needs it. */
export interface SofSession<A> {
  readonly answer: Promise<A>;
}

/** What the facade needs of a client: a `YinxinClient`, or a stand-in in tests. */
export interface SofClient {
  session<S extends keyof SofScenes>(scene: S, input: SofScenes[S][0]): SofSession<SofScenes[S][1]>;
}

/** A certificate at hand. */
export interface User {
  /** SM3 thumbprint of the signing certificate, lower-case hex: the id that the page gets. */
  readonly id: string;
  readonly name: string;
  readonly certificate: Uint8Array;
  encryption: Uint8Array | undefined;
  in: boolean;
}

/** What was digested here, by its digest in hex. */
export type Digested = { readonly text: string } | { readonly file: string; readonly size: number };

/** The state of one facade. */
export class State {
  readonly client: SofClient;
  readonly options: SofOptions;
  readonly users = new Map<string, User>();
  readonly digested = new Map<string, Digested>();
  last: LastError | undefined;
  lastId = "";
  /** Whose login a list of users brought, until the page logs in with it: that is one scan, not two. */
  listed: string | undefined;
  signMethod: number = SGD.SGD_SM3_SM2;
  encryptMethod: number = SGD.SGD_SM4_CBC;
  digestMethod: number = SGD.SGD_SM3;
  onLogout: ((id: string) => void)[] = [];
  #login: Promise<User> | undefined;

  constructor(client: SofClient, options: SofOptions) {
    this.client = client;
    this.options = options;
  }

  /** Remembers a failure. */
  failed(thrown: unknown, doing: Doing): void {
    this.last = lastError(thrown, doing);
    this.options.onError?.(this.last);
  }

  /** Asks a phone; the page shows the session. */
  ask<S extends keyof SofScenes>(scene: S, input: SofScenes[S][0]): Promise<SofScenes[S][1]> {
    const session = this.client.session(scene, input);
    this.options.onSession?.(session as never);
    return session.answer;
  }

  /** Logs in by phone. True only once the site's back end took the answer; two calls are one login. */
  login(): Promise<User> {
    this.#login ??= this.#logIn().finally(() => (this.#login = undefined));
    return this.#login;
  }

  async #logIn(): Promise<User> {
    const { fieldsOf } = await open();
    const answer = await this.ask("login", {});
    const [certificate] = answer.certificates;
    if (certificate === undefined) throw new SofError("SOR_CertNotFountErr", "the login brought no certificate");
    const { thumbprint, holder } = fieldsOf(certificate);
    const known = this.users.get(thumbprint);
    const user = known ?? { id: thumbprint, name: holder, certificate, encryption: undefined, in: true };
    user.in = true;
    this.users.set(user.id, user);
    this.lastId = user.id;
    return user;
  }

  /** The certificate an id stands for; `device/container` ids of old pages by their last part. */
  user(id: unknown): User {
    const text = typeof id === "string" ? id : "";
    const own = text.slice(text.lastIndexOf("/") + 1);
    const found = this.users.get(own === "" ? this.lastId : own);
    if (found === undefined) {
      throw new SofError("SOR_CertNotFountErr", "no such certificate here; SOF_Login or SOF_GetUserList brings it");
    }
    return found;
  }

  logout(user: User): void {
    if (!user.in) return;
    user.in = false;
    for (const told of this.onLogout) told(user.id);
  }
}
