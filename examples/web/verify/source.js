// The module within the page: a page opened from a disk may fetch nothing.

import documents from "#documents.wasm";

/** Whether an instance may be started without waiting: pages may not, by their age and its size. */
export const atOnce = false;

/** The bytes of the module that verifies; the page needs no other. */
export function source(name) {
  if (name !== "documents") throw new Error(`this page is built without ${name}`);
  return Promise.resolve(documents);
}
