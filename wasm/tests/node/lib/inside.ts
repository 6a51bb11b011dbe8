// The package from inside, for tests of what it does after a fault: its loader, and what holds handles.

export { core } from "../../../npm/src/core.js";
export { SigningKey, YinxinError, sm3 } from "../../../npm/src/index.js";
