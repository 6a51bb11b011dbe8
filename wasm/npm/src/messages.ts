// The module that verifies what is no document: signed messages, certificates, timestamps, receipts,
// records of sessions. Loaded when the first of them comes.

import type * as bindings from "#messages";

import { documentCalls } from "./documents.js";
import { Loaded } from "./module.js";

/** The calls of the module. */
export type Messages = typeof bindings;

/** The one messages module of this page. One script has the calls of all that verifies. */
export const messages = new Loaded<Messages>("messages", async () => ({ table: (await documentCalls()).messages }));
