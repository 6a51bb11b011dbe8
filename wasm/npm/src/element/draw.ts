// Drawings: the code, the ring of the countdown, the signs of the states.

import type { Frame } from "./contract.js";
import { svg } from "./dom.js";

/** Modules around the code that stay light: readers need them. */
const QUIET = 4;

/** CSS pixels that the code may have; it stands in a box of this size. */
export const BOX = 270;

/** Fewest CSS pixels a module: cameras read smaller ones badly. */
const LEAST = 5;

/** The code: dark on light whatever the theme, each module a whole number of pixels. */
export class Code {
  readonly node: SVGSVGElement;
  readonly #ground: SVGRectElement;
  readonly #dark: SVGPathElement;
  #size = 0;

  constructor(label: string) {
    this.#ground = svg("rect", { fill: "#fff" });
    this.#dark = svg("path", { fill: "#000" });
    this.node = svg(
      "svg",
      { class: "code", role: "img", "aria-label": label, "shape-rendering": "crispEdges" },
      this.#ground,
      this.#dark,
    );
  }

  /** Puts a frame in the place of the one before, at once. */
  show(frame: Frame): void {
    if (frame.size !== this.#size) {
      this.#size = frame.size;
      const side = frame.size + 2 * QUIET;
      const pixels = side * Math.max(LEAST, Math.floor(BOX / side));
      this.node.setAttribute("viewBox", [-QUIET, -QUIET, side, side].join(" "));
      for (const [name, value] of [["width", pixels], ["height", pixels]] as const) {
        this.node.setAttribute(name, String(value));
        this.#ground.setAttribute(name, String(side));
      }
      this.#ground.setAttribute("x", String(-QUIET));
      this.#ground.setAttribute("y", String(-QUIET));
    }
    this.#dark.setAttribute("d", frame.path);
  }

  label(text: string): void {
    this.node.setAttribute("aria-label", text);
  }
}

/** A ring that empties. */
export class Ring {
  readonly node: SVGSVGElement;
  readonly #rest: SVGCircleElement;

  constructor() {
    const circle = { cx: "10", cy: "10", r: "8", fill: "none", "stroke-width": "2.5" };
    this.#rest = svg("circle", {
      ...circle,
      class: "rest",
      pathLength: "100",
      "stroke-dasharray": "100",
      transform: "rotate(-90 10 10)",
    });
    this.node = svg(
      "svg",
      { class: "ring", viewBox: "0 0 20 20", width: "20", height: "20", "aria-hidden": "true" },
      svg("circle", { ...circle, class: "whole" }),
      this.#rest,
    );
  }

  /** `part` of the whole is left, 0 to 1. */
  show(part: number): void {
    const gone = 100 * (1 - Math.min(1, Math.max(0, part)));
    this.#rest.setAttribute("stroke-dashoffset", gone.toFixed(1));
  }
}

/** Which sign stands in the place of the code. */
export type Sign = "phone" | "done" | "declined" | "clock" | "stop" | "warning";

const LINES: Readonly<Record<Sign, string>> = {
  phone: "M16 6h16a3 3 0 0 1 3 3v30a3 3 0 0 1-3 3H16a3 3 0 0 1-3-3V9a3 3 0 0 1 3-3zM21.5 36h5",
  done: "M24 5a19 19 0 1 0 0 38 19 19 0 0 0 0-38zM15 24.5l6.5 6.5L33.5 18",
  declined: "M24 5a19 19 0 1 0 0 38 19 19 0 0 0 0-38zM17.5 17.5l13 13M30.5 17.5l-13 13",
  clock: "M24 5a19 19 0 1 0 0 38 19 19 0 0 0 0-38zM24 13v11l7.5 5",
  stop: "M24 5a19 19 0 1 0 0 38 19 19 0 0 0 0-38zM15.5 24h17",
  warning: "M24 6L43 40H5zM24 18v11M24 34v.5",
};

/** A sign in lines; words beside it say the same. */
export function sign(which: Sign): SVGSVGElement {
  return svg(
    "svg",
    { class: "sign", viewBox: "0 0 48 48", width: "72", height: "72", "aria-hidden": "true" },
    svg("path", {
      d: LINES[which],
      fill: "none",
      stroke: "currentColor",
      "stroke-width": "2.5",
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
}

/** The mark of the product: a square seal. */
export function mark(): SVGSVGElement {
  return svg(
    "svg",
    { class: "mark", viewBox: "0 0 24 24", width: "28", height: "28", "aria-hidden": "true" },
    svg("rect", { width: "24", height: "24", rx: "5", fill: "currentColor" }),
    svg("path", {
      d: "M8 5.5v13M8 8.5h4M8 13h4M14.5 6.5h4v6.5h-4zM14.5 6.5v12",
      fill: "none",
      stroke: "#fff",
      "stroke-width": "1.8",
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
}
