// The module that verifies documents: OFD, PDF, seals. Loaded when the first one comes; messages, what
// draws pages and what makes seals are modules of their own.

import type * as bindings from "#documents";

import { later } from "./later.js";
import { Loaded } from "./module.js";

/** The calls of the module. */
export type Documents = typeof bindings;

/** What is done with it, and with messages. */
export function documentCalls(): Promise<typeof import("./document/calls.js")> {
  return later("documents", import("./document/calls.js"));
}

/** The one documents module of this page. */
export const documents = new Loaded<Documents>("documents", documentCalls);
