// The module that prepares documents for a seal, finishes them, and takes seals out. Loaded with the
// first of them.

import type * as bindings from "#sealing";
import { table } from "#sealing";

import { Loaded } from "../module.js";

/** The one sealing module of this page. */
export const sealing = new Loaded<typeof bindings>("sealing", () => Promise.resolve({ table }));
