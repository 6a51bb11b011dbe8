// The scenes that ask a phone for more than who its holder is. What they are done with is loaded with the
// first of them.

import { later } from "./later.js";

/** What those scenes are done with. */
export type SceneCalls = typeof import("./scene/calls.js");

/** Loads it. */
export function sceneCalls(): Promise<SceneCalls> {
  return later("scenes", import("./scene/calls.js"));
}
