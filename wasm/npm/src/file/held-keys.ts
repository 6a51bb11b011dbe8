// Content keys that a phone released, as they are lent to what opens a bid.

import { held, type ContentKeys } from "../content-keys.js";
import { core } from "../core.js";
import { YinxinError } from "../error.js";
import type { HeldKey } from "./key-transport.js";

/**
 * The keys of a bid, for what opens bids.
 *
 * @throws YinxinError `handle_freed` once they were closed.
 */
export function heldKeys(keys: ContentKeys, id?: string): HeldKey[] {
  const handles = held.get(keys);
  if (handles === undefined) {
    throw new YinxinError({
      code: "handle_freed",
      message: "these keys were closed; ask the phone again",
    });
  }
  return handles
    .filter((handle) => id === undefined || handle.id === id)
    .map((handle) => ({
      id: handle.id,
      segment: handle.segment,
      wrap: (to) => core.call((wasm) => wasm.wrapContentKey(handle, to)),
    }));
}
