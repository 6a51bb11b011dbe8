// What the page asks of the package: one finding, and the pictures that may be drawn after it.

import { verify as verifyAny, verifyDocument } from "yinxin";

/** What may be drawn: seals of valid signatures, and pages with them. Of this nothing. */
const NOTHING = { pages: 0, sealPicture: () => undefined };

/** Whether it begins as an OFD or a PDF file does. */
const isDocument = (bytes) =>
  (bytes[0] === 0x25 && bytes[1] === 0x50) || (bytes[0] === 0x50 && bytes[1] === 0x4b);

/** Verifies a file; gives `{ finding, pages, sealPicture, render }`. */
export async function verify(bytes, options) {
  if (isDocument(bytes)) return verifyDocument(bytes, options);
  const finding = await verifyAny(bytes, options);
  if (finding.kind !== "seal") return { finding, ...NOTHING };
  return verifyDocument(bytes, options);
}

/** Puts what was found into the words about it. */
export function filled(message, facts = {}) {
  return message.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole));
}
