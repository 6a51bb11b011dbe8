// The module that draws pages of OFD files. Loaded when the first page is drawn.

import type * as bindings from "#pages";
import { table } from "#pages";

import { Loaded } from "../module.js";

/** The calls of the module. */
export type Pages = typeof bindings;

/** The one pages module of this page. */
export const pages = new Loaded<Pages>("pages", () => Promise.resolve({ table }));
