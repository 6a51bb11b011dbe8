/**
 * One certificate on every electronic-bidding platform: the page's side.
 *
 * @packageDocumentation
 */

export type { Scene } from "./codes.js";
export { preload } from "./core.js";
export { DecryptionKey } from "./decryption-key.js";
export { digest, sm3, type DigestName } from "./digest.js";
export { YinxinError, type ErrorCode, type ErrorParts, type Facts, type Mender } from "./error.js";
export {
  decryptFile,
  encryptFile,
  inspectBid,
  type BidHeader,
  type BidSegment,
  type Checked,
  type ChunkPlace,
  type DecryptOptions,
  type Decrypted,
  type DecryptedSegment,
  type EncryptOptions,
  type Encrypted,
  type FileOptions,
  type Progress,
  type SinkOption,
} from "./files.js";
export {
  SigningKey,
  gcmOpen,
  gcmSeal,
  verifySignature,
  type CipherName,
  type CipherOptions,
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
export { bidToOpen, type BidAsked, type BidToOpenOptions } from "./bid-to-open.js";
export { YinxinClient, type Call, type ClientOptions, type ResumeCall } from "./client.js";
export { ContentKeys } from "./content-keys.js";
export { indexedDbKeys, type BrowserKey, type BrowserKeys } from "./keys.js";
export type { Endpoint, HubAddress, PlatformCall } from "./platform-line.js";
export type { TabStorage } from "./resume.js";
export type {
  AnswerBase,
  AnswerOf,
  Answers,
  BidToOpen,
  DecryptAnswer,
  DecryptInput,
  Digested,
  Display,
  DocumentFormat,
  EncryptInput,
  EncryptionOffer,
  FileToSeal,
  Holder,
  InputOf,
  Inputs,
  LoginAnswer,
  LoginInput,
  MessageAnswer,
  MessageInput,
  MessageItem,
  PlacementPoint,
  PreparedRevocation,
  PreparedSeal,
  RevokeAnswer,
  RevokeInput,
  SealOffer,
  SealOutcome,
  SignatureAnswer,
  SignatureInput,
  SignedItem,
  Suite,
  Verdict,
} from "./scene.js";
export type {
  RevokeResult,
  RevokeTarget,
  SealResult,
  SealTarget,
  SealedDocument,
} from "./document/seal.js";
export { PageSession } from "./session.js";
export { SessionAnswerEvent, SessionErrorEvent, SessionStateEvent, type SessionEvents } from "./session/events.js";
export type { PageState, Phase, QrFrame } from "./state.js";
export type { Connection } from "./transport.js";
