// The module of back ends: the core, envelopes and the platform's half of sessions in one.

import * as glue from "#node";

import { Loaded, type Glue } from "../module.js";

/** The calls of the module. */
export type Node = typeof glue & Glue;

/** The one module of this back end. */
export const node = new Loaded<Node>("node", () => Promise.resolve(glue as unknown as Node));
