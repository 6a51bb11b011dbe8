// The module of back ends: the core, envelopes and the platform's half of sessions in one.

import type * as bindings from "#node";
import { table } from "#node";

import { Loaded } from "../module.js";

/** The calls of the module. */
export type Node = typeof bindings;

/** The one module of this back end. */
export const node = new Loaded<Node>("node", () => Promise.resolve({ table }));
