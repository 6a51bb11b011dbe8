// The core module: a page's sessions, QR codes, digests.

import type * as bindings from "#core";
import { table } from "#core";

import { judging } from "./judge.js";
import { Loaded } from "./module.js";

/** The calls of the core. */
export type Core = typeof bindings;

/** The one core of this page. */
export const core = new Loaded<Core>("core", () => Promise.resolve({ table }));

/**
 * Loads the WASM now, so that the first call need not wait for it; what judges answers, and has the words
 * of most errors, comes after it.
 *
 * @throws YinxinError `browser_unsupported`, `wasm_not_found`, `wasm_blocked`, `wasm_unavailable`.
 */
export async function preload(): Promise<void> {
  await core.load();
  void judging.load().catch(() => undefined);
}
