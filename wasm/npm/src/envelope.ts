// The module of bid envelopes and their keys, of signatures and ciphers by themselves. Loaded when the
// first of them is called for.

import type * as bindings from "#envelope";

import { later } from "./later.js";
import { Loaded } from "./module.js";

/** The calls of the module. */
export type Envelope = typeof bindings;

/** What is done with it. */
export function envelopeCalls(): Promise<typeof import("./envelope/calls.js")> {
  return later("envelope", import("./envelope/calls.js"));
}

/** The one envelope module of this page. */
export const envelope = new Loaded<Envelope>("envelope", envelopeCalls);
