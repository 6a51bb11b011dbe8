// What is done with documents, in one script with the bindings of their modules.

export { table } from "#documents";
export { table as messages } from "#messages";

export { revokeSeal, seal } from "./seal.js";
export { inspect, verify, verifyCertificate, verifyDocument } from "./verify.js";
