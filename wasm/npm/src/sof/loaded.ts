// The functions that come later: a page loads them when it opens the facade, or logs in.

import { core } from "../core.js";
import { YinxinError } from "../error.js";
import { later } from "../later.js";

/** What comes. */
export type Calls = typeof import("./calls.js");

let ready: Calls | undefined;

/** Loads them, with their modules. */
export async function open(): Promise<Calls> {
  // The core comes beside them, not after them.
  const [calls] = await Promise.all([later("sof-calls", import("./calls.js")), core.load()]);
  await calls.load();
  return (ready = calls);
}

/** They, where they are loaded. */
export function loaded(): Calls | undefined {
  return ready;
}

/** They, for a call that answers at once. */
export function atOnce(): Calls {
  if (ready !== undefined) return ready;
  throw new YinxinError({
    code: "not_loaded",
    message: "the facade is not open; await open() before calls that answer at once",
  });
}
