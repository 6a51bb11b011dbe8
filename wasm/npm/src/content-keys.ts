// Content keys as a page holds them: by handles, which are freed for it.

import type { ContentKeyHandle } from "#core";

import { core } from "./core.js";
import { YinxinError } from "./error.js";
import type { HeldKey } from "./file/key-transport.js";

/** A content key inside the module. */
export type { ContentKeyHandle };

const held = new WeakMap<ContentKeys, readonly ContentKeyHandle[]>();

/**
 * Content keys that a phone released (内容密钥). They lie inside the module: nothing gives them out,
 * and they are wiped when this object is closed or forgotten.
 */
export class ContentKeys {
  /** Which keys there are. */
  readonly names: readonly { readonly id: string; readonly segment: string }[];

  /** @internal */
  constructor(handles: readonly ContentKeyHandle[]) {
    this.names = handles.map(({ id, segment }) => ({ id, segment }));
    held.set(this, handles);
  }

  /** Wipes them now. */
  close(): void {
    const handles = held.get(this) ?? [];
    held.delete(this);
    for (const handle of handles) core.call(() => handle.free());
  }
}

/**
 * The keys of a bid, for what opens bids in this package.
 *
 * @throws YinxinError `handle_freed` once they were closed.
 * @internal
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
