// The module within the page: a page opened from a disk may fetch nothing.

import documents from "#documents.wasm";

/** The bytes of the module that verifies; the page needs no other. */
export function source(name) {
  if (name !== "documents") throw new Error(`this page is built without ${name}`);
  return Promise.resolve(documents);
}
