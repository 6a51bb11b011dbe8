// The modules within the page: a page opened from a disk may fetch nothing.

import documents from "#documents.wasm";
import messages from "#messages.wasm";
import pages from "#pages.wasm";

/** Whether an instance may be started without waiting: pages may not, by their age and its size. */
export const atOnce = false;

/** The bytes of the modules that verify and draw; the page needs no other. */
export function source(name) {
  const found = { documents, messages, pages }[name];
  if (!found) throw new Error(`this page is built without ${name}`);
  return Promise.resolve(found);
}
