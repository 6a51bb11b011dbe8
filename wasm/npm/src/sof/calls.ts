// What comes with `open()` or the first call that asks a phone: functions that need modules, and those that a
// person confirms.

import { core } from "../core.js";
import { envelope } from "../envelope.js";
import { messages } from "../messages.js";

import { LOCAL, SAME } from "./local.js";
import { PHONE, SAME_PHONE } from "./phone.js";
import type { State } from "./state.js";

export { fieldsOf } from "./certificate.js";

/** Loads the modules that they call. */
export async function load(): Promise<void> {
  await Promise.all([core.load(), messages.load(), envelope.load()]);
}

/** Calls one by its name. Those that ask a phone may share it with one that does not. */
export function call(name: string, state: State, given: readonly unknown[]): unknown {
  const own = PHONE[SAME_PHONE[name] ?? name] ?? LOCAL[SAME[name] ?? name];
  return own?.(state, ...given);
}
