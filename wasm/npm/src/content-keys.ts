// Content keys as a page holds them: by handles, which are freed for it.

import type { ContentKeyHandle } from "#core";

import { core } from "./core.js";

/** A content key inside the module. */
export type { ContentKeyHandle };

/** What lies behind each. @internal */
export const held = new WeakMap<ContentKeys, readonly ContentKeyHandle[]>();

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
