/**
 * A platform's back end: it asks phones for logins, signatures, seals and content keys, and verifies
 * what they answer. For Node 20 and later, and whatever has `Request`, `Response` and `fetch`.
 *
 * ```ts
 * const platform = new Platform({
 *   code: "P-1", name: "示范交易平台", origins: ["https://bid.example.cn"],
 *   hub: { name: "hub.example.cn" },
 *   certificate: readFileSync("platform.pem"), key: { file: readFileSync("platform.key") },
 *   trust: readFileSync("roots.pem"),
 * });
 * const handle = platform.handler({
 *   ask: ({ wish }) => wish,                       // decide here what is signed
 *   accepted: ({ answer }) => console.log(answer.holder.name),
 * });
 * createServer(nodeListener(handle)).listen(7401);
 * ```
 *
 * @packageDocumentation
 */

export { YinxinError, type Facts, type Mender } from "./error.js";
export type { Display, Holder, Scene, Suite } from "./scene.js";
export {
  Platform,
  type Ask,
  type HubOption,
  type KeyOption,
  type OpenedSession,
  type PlatformOptions,
  type RequestInput,
  type Require,
  type SignedRequest,
  type ToSign,
  type Verification,
  type VerifiedAnswer,
} from "./platform/platform.js";
export type { SealOptions, SealVerdict, SealVerification } from "./platform/seals.js";
export type { Purpose, Step, Trust, Verification as Finding } from "./verify.js";
export type { Account, Accepted, Asked, HandlerOptions } from "./platform/handler.js";
export { MemoryStore, type Store } from "./platform/store.js";
export { nodeListener, type Incoming, type Outgoing } from "./platform/listener.js";
