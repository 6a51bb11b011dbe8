/**
 * `<yinxin-qr>`: the QR code of a session, from the first frame to the answer.
 *
 * ```html
 * <script type="module" src="/yinxin/element.js"></script>
 * <yinxin-qr scene="login" endpoint="/api/yinxin/open"></yinxin-qr>
 * ```
 *
 * Loaded by a script tag of its own, the file defines the element; imported, it defines nothing
 * until {@link defineYinxinElements} is called, and is safe to import on a server.
 */

import { YinxinClient } from "./client.js";
import type { Opener, Scene, Session, SessionState } from "./element/contract.js";
import { html, say } from "./element/dom.js";
import { mark } from "./element/draw.js";
import { Run, type Form } from "./element/run.js";
import type { Stage } from "./element/stage.js";
import { stageOf } from "./element/stage.js";
import { style } from "./element/style.js";
import { View } from "./element/view.js";
import type { Said, Words } from "./element/words.js";
import { wordsFor } from "./element/words.js";
import { YinxinError } from "./error.js";
import { explain } from "./words.js";

export type { Opener, Scene, Session, SessionState } from "./element/contract.js";
export type { Said, Words } from "./element/words.js";
export { en, zhCN } from "./element/words.js";

const SCENES: readonly Scene[] = [
  "login",
  "messageSignature",
  "signature",
  "revokeSignature",
  "encrypt",
  "decrypt",
];

/** Milliseconds for which a dialog says that it is done. */
const DONE = 1_400;

/** Phones refused, after which the code is shown only while a button is held. */
const REFUSALS = 2;

const IDLE: SessionState = { phase: "idle", connection: "live" };

/** Events of {@link YinxinQrElement}; all bubble, out of shadow trees too. */
export interface YinxinQrEvents {
  /** The session's state changed. */
  "yinxin-state": CustomEvent<SessionState>;
  /** It was answered; `detail` is the scene's answer. */
  "yinxin-answer": CustomEvent<unknown>;
  /** A session ended badly; `detail` is the `YinxinError`. The person may try again. */
  "yinxin-error": CustomEvent<unknown>;
}

// A server has no such class, and imports this file all the same.
const Base: typeof HTMLElement =
  (globalThis as { HTMLElement?: typeof HTMLElement }).HTMLElement ??
  (class {} as unknown as typeof HTMLElement);

/**
 * The element. Attributes:
 *
 * | Attribute | |
 * |---|---|
 * | `scene` | one of the six; `login` if absent |
 * | `endpoint` | path of the site's back end, where sessions are opened |
 * | `locale` | `zh-CN` or `en`; else the nearest `lang`, else the browser's |
 * | `theme` | `light` or `dark`; else the visitor's choice |
 * | `inline` | the panel stands in the page and begins at once, without button and dialog |
 * | `shared` | a public screen: the code shows only while a button is held |
 * | `no-button` | no button: the page calls {@link start} |
 *
 * Parts: `button dialog panel title qr number code status`. Slots: the button's label, `title`,
 * `help`, `brand`. Custom properties: `--yinxin-accent -on-accent -surface -text -soft -line -field
 * -good -bad -radius -font`.
 */
export class YinxinQrElement extends Base {
  static readonly observedAttributes = ["scene", "endpoint", "locale", "inline", "shared"];

  /** What is asked for: files to seal, texts to sign. By scene; `login` needs none. */
  input: unknown = undefined;

  #client: Opener | undefined;
  /** Made from `endpoint`. */
  #own: YinxinClient | undefined;
  #words: Partial<Words> | undefined;
  #spoken: Words | undefined;
  #run: Run | undefined;
  #view: View | undefined;
  #dialog: HTMLDialogElement | undefined;
  #button: HTMLButtonElement | undefined;
  #label: HTMLElement | undefined;
  #panelInDialog: boolean | undefined;
  #note = "";
  #hide: ReturnType<typeof setTimeout> | undefined;
  #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => { this.#close(this.#signal?.reason); };

  /** What opens sessions. Made from `endpoint` if the page sets none. */
  get client(): Opener | undefined {
    return this.#client;
  }

  set client(client: Opener | undefined) {
    this.#client = client;
    this.#beginInline();
  }

  /** Words of the site's own, in place of the built-in ones. */
  get words(): Partial<Words> | undefined {
    return this.#words;
  }

  set words(words: Partial<Words> | undefined) {
    this.#words = words;
    this.#refresh();
  }

  /** The scene; an unknown one reads as `login`. */
  get scene(): Scene {
    const named = this.getAttribute("scene");
    return SCENES.find((scene) => scene === named) ?? "login";
  }

  set scene(scene: Scene) {
    this.setAttribute("scene", scene);
  }

  /** The session that runs, or ran last. */
  get session(): Session | null {
    return this.#run?.session ?? null;
  }

  /** Whether the panel is open. */
  get open(): boolean {
    return this.#dialog?.open ?? this.#run?.isOpen === true;
  }

  set open(open: boolean) {
    if (open) this.start().catch(ignore);
    else this.close();
  }

  /**
   * Opens the panel and a session. While one runs, its promise is given again.
   *
   * @returns the scene's answer, once the platform took it. Rejected with a `YinxinError` when the
   * person closes the panel, or with the signal's reason.
   */
  start(signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#run?.isOpen) return this.#run.answer;
    try {
      const form = { opener: this.#opener(), scene: this.scene, input: this.input };
      return this.#open(form, signal);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /**
   * Shows a session that the page opened, or took up again after a reload, in place of one that
   * runs here. It ends with the session: the page decides whether there is another.
   *
   * @returns as {@link start}.
   */
  show(session: Session, signal?: AbortSignal): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (this.#run?.session === session && this.#run.isOpen) return this.#run.answer;
    this.#run?.close();
    return this.#open(session, signal);
  }

  /** Closes the panel; a session that runs is cancelled. */
  close(): void {
    this.#close();
  }

  connectedCallback(): void {
    this.#build();
    this.#refresh();
    this.#beginInline();
  }

  disconnectedCallback(): void {
    // Moved to another place, it is connected again by then.
    queueMicrotask(() => {
      if (this.isConnected) return;
      clearTimeout(this.#hide);
      this.#close();
      this.#view?.stop();
    });
  }

  attributeChangedCallback(name: string): void {
    if (name === "endpoint") this.#own = undefined;
    if (!this.shadowRoot) return;
    this.#build();
    this.#refresh();
    this.#beginInline();
  }

  #opener(): Opener {
    if (this.#client) return this.#client;
    const open = this.getAttribute("endpoint");
    if (!open) throw new TypeError("yinxin-qr needs the attribute `endpoint` or the property `client`");
    this.#own ??= new YinxinClient({ open });
    return this.#own;
  }

  #open(what: Form | Session, signal: AbortSignal | undefined): Promise<unknown> {
    this.#note = "";
    clearTimeout(this.#hide);
    const run = new Run(what, {
      state: (state) => {
        this.#draw(state);
        this.#tell("yinxin-state", state);
      },
      failed: (error) => { this.#tell("yinxin-error", error); },
    });
    this.#run = run;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
    this.#draw(run.session.state);
    if (this.#dialog && !this.#dialog.open) this.#dialog.showModal();
    run.answer.then((answer) => { this.#finish(run, answer); }, () => { this.#leave(run); });
    return run.answer;
  }

  #close(reason?: unknown): void {
    this.#run?.close(reason);
    this.#hideNow();
  }

  #hideNow(): void {
    clearTimeout(this.#hide);
    if (this.#dialog?.open) this.#dialog.close();
    this.#view?.stop();
  }

  #finish(run: Run, answer: unknown): void {
    this.#leave(run);
    this.#draw(run.session.state);
    if (this.#dialog) this.#hide = setTimeout(() => { this.#hideNow(); }, DONE);
    this.#tell("yinxin-answer", answer);
  }

  #leave(run: Run): void {
    if (run !== this.#run) return;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#signal = undefined;
  }

  #tell<K extends keyof YinxinQrEvents>(name: K, detail: YinxinQrEvents[K]["detail"]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** Makes the nodes, once for a dialog and once for a panel in the page. */
  #build(): void {
    const inDialog = !this.hasAttribute("inline");
    if (this.#panelInDialog === inDialog) return;
    this.#panelInDialog = inDialog;
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style()];
    this.#view ??= new View({
      close: () => { this.#close(); },
      notMe: () => void this.#notMe(),
      retry: () => { this.#again(); },
    });
    const { panel } = this.#view;
    if (!inDialog) {
      panel.setAttribute("role", "group");
      panel.setAttribute("aria-labelledby", "title");
      this.#dialog = this.#button = undefined;
      root.replaceChildren(panel);
      return;
    }
    panel.removeAttribute("role");
    panel.removeAttribute("aria-labelledby");
    this.#label = html("span");
    this.#button = html(
      "button",
      { type: "button", class: "begin", part: "button", "aria-haspopup": "dialog" },
      html("slot", {}, this.#label),
    );
    this.#button.prepend(mark());
    this.#button.addEventListener("click", () => { this.start().catch(ignore); });
    this.#dialog = html("dialog", { part: "dialog", "aria-labelledby": "title" }, panel);
    // Esc; the dialog would close and leave the session open.
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#close();
    });
    // Chromium closes at the second Esc whatever a page says.
    this.#dialog.addEventListener("close", () => {
      // Told late: by now it may be open again.
      if (this.#dialog?.open !== true) this.#close();
    });
    root.replaceChildren(this.#button, this.#dialog);
  }

  #beginInline(): void {
    if (!this.isConnected || this.#panelInDialog !== false || this.#run) return;
    if (this.#client || this.hasAttribute("endpoint")) this.start().catch(ignore);
  }

  /** Words, scene or look changed: shows the same state anew. */
  #refresh(): void {
    this.#spoken = undefined;
    if (!this.#view) return;
    const words = this.#say();
    if (this.#label) say(this.#label, words.begin[this.scene]);
    if (this.#button) {
      this.#button.lang = words.lang;
      this.#button.hidden = this.hasAttribute("no-button");
    }
    this.#draw(this.#run?.session.state ?? IDLE);
  }

  #say(): Words {
    this.#spoken ??= { ...wordsFor(this.#tag()), ...this.#words };
    return this.#spoken;
  }

  #tag(): string {
    const near = this.closest<HTMLElement>("[lang]")?.lang;
    return this.getAttribute("locale") ?? (near || navigator.language);
  }

  #draw(state: SessionState): void {
    const view = this.#view;
    if (!view) return;
    const words = this.#say();
    const run = this.#run;
    const said = stageOf(state, run?.scanned ?? false, words, (error) => saidOf(error, words));
    const stage: Stage = run?.canRepeat === false ? { ...said, retry: null } : said;
    if (stage.notMe || stage.over) this.#note = "";
    const focused = this.shadowRoot?.activeElement ?? null;
    view.show(state, stage, {
      scene: state.scene ?? this.scene,
      words,
      covered: this.hasAttribute("shared") || (run?.refused ?? 0) >= REFUSALS,
      note: this.#note,
      dialog: this.#dialog !== undefined,
    });
    // A button that went away under the focus would drop it to the page behind.
    if (focused && focused.getClientRects().length === 0) view.focus();
  }

  async #notMe(): Promise<void> {
    try {
      this.#note = this.#say().notMeDone;
      await this.#run?.notMe();
    } catch (error) {
      this.#tell("yinxin-error", error);
    }
  }

  #again(): void {
    if (this.#run?.isOpen) this.#run.again();
    else this.start().catch(ignore);
  }
}

/** Rejections are told by events as well; here nobody waits for the promise. */
function ignore(): void {
  return undefined;
}

function saidOf(error: unknown, words: Words): Said | null {
  if (!YinxinError.is(error)) return null;
  const { title, whatToDo } = explain(error, words.lang.startsWith("zh") ? "zh-CN" : "en");
  return { head: title, text: whatToDo };
}

/**
 * Defines `<yinxin-qr>`, or `<PREFIX-qr>`. Calling it again changes nothing; on a server it does
 * nothing.
 */
export function defineYinxinElements(prefix = "yinxin"): void {
  const registry = (globalThis as { customElements?: CustomElementRegistry }).customElements;
  const name = `${prefix}-qr`;
  if (!registry || registry.get(name)) return;
  // A class serves one name only.
  registry.define(name, prefix === "yinxin" ? YinxinQrElement : class extends YinxinQrElement {});
}

declare global {
  interface HTMLElementTagNameMap {
    "yinxin-qr": YinxinQrElement;
  }
  interface HTMLElementEventMap {
    "yinxin-state": CustomEvent<SessionState>;
    "yinxin-answer": CustomEvent<unknown>;
    "yinxin-error": CustomEvent<unknown>;
  }
}

/** Whether a script tag names this very file: then the page wants the element. */
function isOwnScript(): boolean {
  const page = (globalThis as { document?: Document }).document;
  if (!page) return false;
  const scripts = page.querySelectorAll<HTMLScriptElement>("script[type=module][src]");
  return [...scripts].some((script) => script.src === import.meta.url);
}

if (isOwnScript()) defineYinxinElements();
