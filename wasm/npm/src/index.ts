/**
 * One certificate on every electronic-bidding platform: the page's side.
 *
 * @packageDocumentation
 */

export type { Scene } from "./codes.js";
export { preload } from "./core.js";
export { YinxinError, type ErrorCode, type ErrorParts, type Facts, type Mender } from "./error.js";
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
export {
  inspect,
  verify,
  verifyCertificate,
  verifyDocument,
  type Purpose,
  type Step,
  type Trust,
  type Verification,
  type VerifiedDocument,
  type VerifyOptions,
} from "./verify.js";
export { explain, type Explanation, type Language } from "./words.js";
