// The panel: its nodes, and how a state is put into them.

import type { SessionState, Scene } from "./contract.js";
import { Countdown } from "./countdown.js";
import { html, say, svg } from "./dom.js";
import { Code, Ring, mark, sign } from "./draw.js";
import { holdable } from "./hold.js";
import type { Middle, Stage } from "./stage.js";
import type { Words } from "./words.js";

/** What the person may press. */
export interface Acts {
  close(): void;
  notMe(): void;
  retry(): void;
}

/** What is shown besides the state. */
export interface Look {
  readonly scene: Scene;
  readonly words: Words;
  /** Show the code only while a button is held. */
  readonly covered: boolean;
  /** A sentence of the moment, spoken politely. */
  readonly note: string;
  /** In a dialog, or in the page. */
  readonly dialog: boolean;
}

/** One panel, in a dialog or in the page. */
export class View {
  readonly panel: HTMLElement;
  readonly #code = new Code("");
  readonly #ring = new Ring();
  readonly #wait = html("div", { class: "wait" });
  readonly #number = html("p", { class: "number", part: "number" });
  readonly #numberLabel = html("p", { class: "label" });
  readonly #numberHelp = html("p", { class: "label" });
  readonly #match: HTMLElement;
  readonly #hold: HTMLElement;
  readonly #holdButton = html("button", { type: "button" });
  readonly #holdHelp = html("p");
  readonly #box = html("div", { class: "box", part: "qr" });
  readonly #holder: HTMLElement;
  readonly #holderLabel = html("span", { class: "label" });
  readonly #holderName = html("strong");
  readonly #heading = html("h2", { id: "title", tabindex: "-1", part: "title" });
  readonly #title = html("span");
  readonly #head = html("p", { class: "head" });
  readonly #text = html("p", { class: "text" });
  readonly #alarm = html("div", { role: "alert" });
  readonly #status = html("div", { role: "status", part: "status" });
  readonly #note = html("p", { class: "note", role: "status" });
  readonly #time = html("span", { role: "timer" });
  readonly #clock: HTMLElement;
  readonly #short: HTMLElement;
  readonly #shortLabel = html("p");
  readonly #shortCode = html("span", { class: "shortcode", part: "code", "aria-hidden": "true" });
  readonly #shortSpoken = html("span", { class: "unseen" });
  readonly #copy = html("button", { type: "button", class: "copy", part: "button" });
  readonly #close = html("button", { type: "button", class: "close" });
  readonly #notMe = html("button", { type: "button", part: "button" });
  readonly #retry = html("button", { type: "button", class: "retry", part: "button" });
  readonly #actions: HTMLElement;
  readonly #countdown: Countdown;
  #words: Words | undefined;
  #middle: Middle | "hold" | undefined;
  #held = false;
  #again: (() => void) | undefined;

  constructor(acts: Acts) {
    const brand = html("slot", { name: "brand" }, mark());
    this.#heading.append(html("slot", { name: "title" }, this.#title));
    this.#close.append(cross());
    this.#match = html(
      "div",
      { class: "match" },
      this.#numberLabel,
      this.#number,
      this.#numberHelp,
    );
    this.#hold = html("div", { class: "hold" }, this.#holdButton, this.#holdHelp);
    this.#holder = html("p", { class: "holder" }, this.#holderLabel, this.#holderName);
    this.#clock = html("p", { class: "countdown" }, this.#ring.node, this.#time);
    const row = html("div", {}, this.#shortSpoken, this.#shortCode, this.#copy);
    this.#short = html("div", { class: "short" }, this.#shortLabel, row);
    this.#actions = html("div", { class: "actions" }, this.#notMe, this.#retry);
    this.panel = html(
      "section",
      { class: "panel", part: "panel", "aria-labelledby": "title" },
      html("header", {}, html("span", { class: "brand" }, brand), this.#heading, this.#close),
      this.#box,
      this.#status,
      this.#alarm,
      this.#clock,
      this.#note,
      this.#short,
      this.#actions,
      html("slot", { name: "help" }),
    );
    this.#countdown = new Countdown((left, whole) => { this.#count(left, whole); });
    this.#close.addEventListener("click", () => { acts.close(); });
    this.#notMe.addEventListener("click", () => { acts.notMe(); });
    this.#retry.addEventListener("click", () => { acts.retry(); });
    this.#copy.addEventListener("click", () => void this.#copyCode());
    holdable(this.#holdButton, (held) => {
      this.#held = held;
      this.#again?.();
    });
  }

  /** Puts a state before the person. */
  show(state: SessionState, stage: Stage, look: Look): void {
    this.#again = () => { this.show(state, stage, look); };
    const { words } = look;
    this.#speak(words, look.scene);
    this.#close.hidden = !look.dialog;
    this.panel.classList.toggle("alarm", stage.alarm);
    this.panel.classList.toggle("done", stage.middle === "done");
    this.panel.classList.toggle("over", stage.over);
    if (state.frame) this.#code.show(state.frame);
    this.#showMiddle(stage.middle, look.covered);
    this.#showNumber(state);
    this.#showHolder(state, stage);
    this.#showWords(stage);
    say(this.#note, noteOf(state, stage, look));
    this.#showClock(state, stage);
    this.#showShort(state, stage);
    this.#notMe.hidden = !stage.notMe;
    this.#retry.hidden = stage.retry === null;
    say(this.#retry, stage.retry ?? "");
    this.#actions.hidden = this.#notMe.hidden && this.#retry.hidden;
  }

  /** Gives the focus to the heading: where the button that had it went away. */
  focus(): void {
    this.#heading.focus();
  }

  /** Ends the timer. */
  stop(): void {
    this.#countdown.stop();
  }

  #speak(words: Words, scene: Scene): void {
    say(this.#title, words.title[scene]);
    if (this.#words === words) return;
    this.#words = words;
    this.panel.lang = words.lang;
    this.#code.label(words.qr);
    this.#close.setAttribute("aria-label", words.close);
    this.#close.title = words.close;
    say(this.#notMe, words.notMe);
    say(this.#numberLabel, words.number);
    say(this.#numberHelp, words.numberHelp);
    say(this.#holderLabel, words.holder);
    say(this.#holdButton, words.hold);
    say(this.#holdHelp, words.holdHelp);
    say(this.#shortLabel, words.noCamera);
    say(this.#copy, words.copy);
  }

  #showMiddle(middle: Middle, covered: boolean): void {
    const coveredNow = middle === "code" && covered && !this.#held;
    // The button stays under the finger while it is held: the code stands above it.
    if (middle === "code" && covered) {
      if (this.#middle !== "hold") this.#box.replaceChildren(this.#hold);
      this.#middle = "hold";
      this.#holdHelp.hidden = !coveredNow;
      if (coveredNow) this.#code.node.remove();
      else this.#hold.prepend(this.#code.node);
    } else if (this.#middle !== middle) {
      this.#middle = middle;
      this.#box.replaceChildren(this.#nodeOf(middle));
    }
    this.#box.classList.toggle("light", middle === "code");
  }

  #nodeOf(middle: Middle): Node {
    switch (middle) {
      case "wait":
        return this.#wait;
      case "code":
        return this.#code.node;
      case "number":
        return this.#match;
      case "phone":
      case "done":
      case "declined":
      case "clock":
      case "stop":
      case "warning":
        return sign(middle);
    }
  }

  #showNumber(state: SessionState): void {
    if (state.matchingNumber === undefined) return;
    say(this.#number, String(state.matchingNumber).padStart(2, "0"));
  }

  #showHolder(state: SessionState, stage: Stage): void {
    const seen = stage.notMe && state.holder !== undefined;
    if (seen) {
      say(this.#holderName, state.holder);
      if (this.#holder.parentNode !== this.#box) this.#box.append(this.#holder);
    } else {
      this.#holder.remove();
    }
  }

  /** What went well is said politely, what went badly at once. */
  #showWords(stage: Stage): void {
    const [here, there] = stage.alarm ? [this.#alarm, this.#status] : [this.#status, this.#alarm];
    if (this.#head.parentNode !== here) {
      there.replaceChildren();
      here.replaceChildren(this.#head, this.#text);
    }
    say(this.#head, stage.said.head);
    say(this.#text, stage.said.text);
  }

  #showClock(state: SessionState, stage: Stage): void {
    // It is the code's end: once a phone has scanned, other clocks run, at the hub.
    const end = stage.middle === "code" ? state.expiresAt : undefined;
    this.#clock.hidden = end === undefined;
    if (end) this.#countdown.to(end);
    else this.#countdown.stop();
  }

  #count(left: number, whole: number): void {
    if (!this.#words) return;
    this.#ring.show(left / whole);
    say(this.#time, this.#words.seconds(left));
    this.#time.setAttribute("aria-label", this.#words.left(left));
  }

  #showShort(state: SessionState, stage: Stage): void {
    const code = stage.middle === "code" ? state.shortCode?.replace(/[^0-9A-Z]/g, "") : undefined;
    this.#short.hidden = code === undefined;
    if (code === undefined) return;
    const shown = `${code.slice(0, 4)}-${code.slice(4)}`;
    if (this.#shortCode.textContent === shown) return;
    say(this.#shortCode, shown);
    say(this.#shortSpoken, [...code].join(" "));
    if (this.#words) say(this.#copy, this.#words.copy);
  }

  async #copyCode(): Promise<void> {
    const words = this.#words;
    if (!words) return;
    try {
      await navigator.clipboard.writeText(this.#shortCode.textContent);
      say(this.#copy, words.copied);
      say(this.#note, words.copied);
    } catch {
      // Refused, or no secure context: marked, so that the person copies it by keys.
      getSelection()?.selectAllChildren(this.#shortCode);
    }
  }
}

function noteOf(state: SessionState, stage: Stage, look: Look): string {
  if (stage.over) return "";
  switch (state.connection) {
    case "lost":
      return look.words.lost;
    case "polling":
    case "live":
      return look.note;
  }
}

function cross(): SVGSVGElement {
  return svg(
    "svg",
    { viewBox: "0 0 20 20", width: "20", height: "20", "aria-hidden": "true" },
    svg("path", {
      d: "M5 5l10 10M15 5L5 15",
      stroke: "currentColor",
      "stroke-width": "2",
      "stroke-linecap": "round",
    }),
  );
}
