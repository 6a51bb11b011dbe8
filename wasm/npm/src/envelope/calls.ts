// What is done with envelopes, signatures and ciphers, in one script with the bindings of their module.

export { table } from "#envelope";

export { bidToOpen } from "./bid-to-open.js";
export { drawn, read } from "./keys.js";
export { gcmOpen, gcmSeal, verifySignature } from "./primitive.js";
