// The module of bid envelopes and their keys, of signatures and ciphers by themselves. Loaded when the
// first of them is called for.

import type * as glue from "#envelope";

import { Loaded, type Glue } from "./module.js";

/** The calls of the module. */
export type Envelope = typeof glue & Glue;

/** The one envelope module of this page. */
export const envelope = new Loaded<Envelope>(
  "envelope",
  async () => (await import("#envelope")) as unknown as Envelope,
);
