// What is done with bids, in one script.

import { explainFiles } from "./codes.js";

export { decryptByPhone } from "./by-phone.js";
export { decryptFile, encryptFile, inspectBid } from "./jobs.js";

explainFiles();
