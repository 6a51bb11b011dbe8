// The phone's module: keys under a PIN, seals, and the phone's half of a session.

import type * as bindings from "#phone";
import { table } from "#phone";

import { Loaded } from "./module.js";

/** The calls of the phone's module. */
export type PhoneCore = typeof bindings;

/** The one phone module of this page. */
export const phoneCore = new Loaded<PhoneCore>("phone", () => Promise.resolve({ table }));
