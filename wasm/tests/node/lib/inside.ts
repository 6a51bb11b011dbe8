// The package from inside, for tests of what it does after a fault: its loader, and what holds handles.

export { core } from "../../../npm/src/core.js";
export { decryptionKeyHandle } from "../../../npm/src/decryption-key.js";
export { ContentKeys, DecryptionKey, SigningKey, YinxinError, decryptFile, encryptFile, gcmSeal, sm3 } from "../../../npm/src/index.js";
