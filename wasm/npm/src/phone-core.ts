// The phone's module: keys under a PIN, seals, and the phone's half of a session.

import * as glue from "#phone";

import { Loaded, type Glue } from "./module.js";

/** The calls of the phone's module. */
export type PhoneCore = typeof glue & Glue;

/** The one phone module of this page. */
export const phoneCore = new Loaded<PhoneCore>("phone", () =>
  Promise.resolve(glue as unknown as PhoneCore),
);
