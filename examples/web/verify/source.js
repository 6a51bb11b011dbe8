// Both modules within the page: a page opened from a disk may fetch nothing.

import core from "#core.wasm";
import documents from "#documents.wasm";

/** The bytes of a module. */
export function source(name) {
  return Promise.resolve(name === "core" ? core : documents);
}
