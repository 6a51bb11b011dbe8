// One use of the element: from `start()` to an answer, over as many sessions as it takes.

import type { Opener, Scene, Session, SessionState } from "./contract.js";

/** Codes that nobody scanned are renewed so often without being asked. */
const RENEWALS = 2;

/** What the element is told. */
export interface Listener {
  state(state: SessionState): void;
  /** A session ended badly; another may follow. */
  failed(error: unknown): void;
}

/** Where a run has come to. */
type Standing = "open" | "closing" | "done";

/** What sessions are opened with. */
export interface Form {
  readonly opener: Opener;
  readonly scene: Scene;
  readonly input: unknown;
}

/** Opens sessions of one form, one after another, until one is answered; or follows one. */
export class Run {
  /** The answer; rejected when the run is closed without one. */
  readonly answer: Promise<unknown>;
  readonly #form: Form | undefined;
  readonly #listener: Listener;
  #session: Session;
  #unsubscribe: () => void = () => undefined;
  #scanned = false;
  #renewed = 0;
  #refused = 0;
  #standing: Standing = "open";
  #error: unknown;
  #resolve: (answer: unknown) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(what: Form | Session, listener: Listener) {
    this.#form = "opener" in what ? what : undefined;
    this.#listener = listener;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#session = "opener" in what ? what.opener.session(what.scene, what.input) : what;
    this.#follow(this.#session);
  }

  /** Whether the person may begin again here: with a session of the page's, the page does. */
  get canRepeat(): boolean {
    return this.#form !== undefined;
  }

  get session(): Session {
    return this.#session;
  }

  /** Whether a phone scanned the present session. */
  get scanned(): boolean {
    return this.#scanned;
  }

  /** How many phones were refused. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether the person may still do something. */
  get isOpen(): boolean {
    return this.#standing === "open";
  }

  /** Another session of the same form. */
  again(): void {
    const form = this.#form;
    if (this.#standing !== "open" || !form) return;
    this.#unsubscribe();
    this.#scanned = false;
    this.#error = undefined;
    this.#session = form.opener.session(form.scene, form.input);
    this.#follow(this.#session);
  }

  async notMe(): Promise<void> {
    this.#refused += 1;
    await this.#session.notMe();
  }

  /** Ends it. `reason`, if there is one, is what {@link answer} is rejected with. */
  close(reason?: unknown): void {
    if (this.#standing !== "open") return;
    this.#standing = "closing";
    const over = this.#error !== undefined;
    if (reason !== undefined) this.#end(reason);
    else if (over) this.#end(this.#error);
    if (over) return;
    this.#session.cancel().catch((error: unknown) => { this.#end(error); });
  }

  #follow(session: Session): void {
    this.#unsubscribe = session.subscribe((state) => { this.#take(state); });
    session.answer.then(
      (answer) => {
        if (session !== this.#session || this.#standing === "done") return;
        this.#standing = "done";
        this.#unsubscribe();
        this.#resolve(answer);
      },
      (error: unknown) => {
        if (session !== this.#session || this.#standing === "done") return;
        if (this.#standing === "closing") {
          this.#end(error);
          return;
        }
        this.#error = error;
        if (this.#renews(session.state)) {
          this.#renewed += 1;
          this.again();
        } else {
          this.#listener.failed(error);
        }
      },
    );
    this.#take(session.state);
  }

  #take(state: SessionState): void {
    switch (state.phase) {
      case "idle":
      case "opening":
      case "showing":
        this.#scanned = false;
        break;
      case "scanned":
      case "confirming":
      case "offered":
      case "prepared":
      case "verifying":
        this.#scanned = true;
        break;
      case "expired":
        // Not told: the next code is on its way.
        if (this.#renews(state)) return;
        break;
      case "completed":
      case "rejected":
      case "cancelled":
      case "failed":
        break;
    }
    this.#listener.state(state);
  }

  /** Whether a new code comes unasked: nobody scanned the old one, and somebody looks. */
  #renews(state: SessionState): boolean {
    const unscanned = state.phase === "expired" && !this.#scanned && this.canRepeat;
    return unscanned && this.#standing === "open" && this.#renewed < RENEWALS && !document.hidden;
  }

  #end(error: unknown): void {
    if (this.#standing === "done") return;
    this.#standing = "done";
    this.#unsubscribe();
    this.#reject(error);
  }
}
