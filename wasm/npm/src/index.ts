/**
 * One certificate on every electronic-bidding platform: the page's side.
 *
 * @packageDocumentation
 */

export type { ErrorCode } from "./codes.js";
export { preload } from "./core.js";
export { YinxinError, type ErrorParts, type Facts, type Mender } from "./error.js";
export {
  SigningKey,
  digest,
  gcmOpen,
  gcmSeal,
  sm3,
  verifySignature,
  type CipherName,
  type CipherOptions,
  type DigestName,
  type KeyName,
} from "./primitive.js";
export { supported, type Support } from "./supported.js";
