// The module that verifies: messages, certificates, OFD, PDF, seals. Loaded when the first file comes.

import type * as bindings from "#documents";

import { later } from "./later.js";
import { Loaded } from "./module.js";

/** The calls of the module. */
export type Documents = typeof bindings;

/** What is done with it. */
export function documentCalls(): Promise<typeof import("./document/calls.js")> {
  return later("documents", import("./document/calls.js"));
}

/** The one documents module of this page. */
export const documents = new Loaded<Documents>("documents", documentCalls);
