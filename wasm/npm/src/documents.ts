// The module that verifies: messages, certificates, OFD, PDF, seals. Loaded when the first file comes.

import type * as glue from "#documents";

import { Loaded, type Glue } from "./module.js";

/** The calls of the module. */
export type Documents = typeof glue & Glue;

/** The one documents module of this page. */
export const documents = new Loaded<Documents>(
  "documents",
  async () => (await import("#documents")) as unknown as Documents,
);
