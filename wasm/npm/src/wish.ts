// What a page wishes of every scene: what a phone shows besides.

import { count, record, text } from "./argument.js";
import type { Display } from "./scene.js";

/** What a back end is told that the page wishes: the protocol's `display` and `payload`. */
export interface Wish {
  readonly display?: Display;
  readonly payload?: unknown;
}

/** What there is of it. */
export function wish(display: Display | undefined, payload: unknown): Wish {
  return {
    ...(display === undefined ? {} : { display }),
    ...(payload === undefined ? {} : { payload }),
  };
}

const DISPLAY = ["title", "project", "section", "fileName", "note"] as const;

/**
 * What a phone shows besides.
 *
 * @throws TypeError that names what is wrong.
 */
export function display(value: unknown): Display | undefined {
  if (value === undefined) return undefined;
  const given = record(value, "input.display");
  const shown: Record<string, number | string> = {};
  for (const name of DISPLAY) {
    if (given[name] !== undefined) shown[name] = text(given[name], `input.display.${name}`);
  }
  if (given["fileSize"] !== undefined) {
    shown["fileSize"] = count(given["fileSize"], "input.display.fileSize");
  }
  return shown as Display;
}
