// The modules that verify: one for messages and certificates, one for OFD, PDF and seals. Each is loaded
// when the first file of its kind comes, and one script has the calls of both.

import type * as ofDocuments from "#documents";
import type * as ofMessages from "#messages";

import { later } from "./later.js";
import { Loaded } from "./module.js";

/** The calls of the module of documents. */
export type Documents = typeof ofDocuments;

/** The calls of the module of messages. */
export type Messages = typeof ofMessages;

/** What is done with them. */
export function documentCalls(): Promise<typeof import("./document/calls.js")> {
  return later("documents", import("./document/calls.js"));
}

/** The one documents module of this page: OFD, PDF, seals. */
export const documents = new Loaded<Documents>("documents", documentCalls);

/** The one messages module of this page: messages, certificates, timestamps, receipts, records of sessions. */
export const messages = new Loaded<Messages>("messages", async () => ({ table: (await documentCalls()).messages }));
