// What is done with documents, in one script with the bindings of their module.

export { table } from "#documents";

export { revokeSeal, seal } from "./seal.js";
export { inspect, verify, verifyCertificate, verifyDocument } from "./verify.js";
