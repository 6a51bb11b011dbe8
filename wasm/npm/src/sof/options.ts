// What a site tells the facade about itself.

import type { Scene } from "../scene.js";
import type { PageSession } from "../session.js";
import type { Trust } from "../verify.js";
import type { Charset } from "./text.js";
import type { CertInfoTable } from "./certificate.js";

/** Who the page was written for. */
export type Vendor =
  /** GM/T 0020, and BJCA's scripts. */
  | "standard"
  /** Longmai mToken: container and key kind in front, 0 for success, lists as arrays. */
  | "longmai";

/** How results come. */
export type Style =
  /** What needs a phone is a Promise; the rest is there at once. */
  | "promise"
  /** Everything goes to `cb({ retVal, ctx })`, as XTXSAB does it; a Promise is returned besides. */
  | "callback";

/** What {@link createSof} takes. */
export interface SofOptions {
  readonly style?: Style;
  readonly vendor?: Vendor;
  /** Numbers of `SOF_GetCertInfo`; `"gmt0020"` unless said. */
  readonly certInfoTable?: CertInfoTable;
  /** How text became octets in the plug-in; `"utf-8"` unless said. */
  readonly charset?: Charset;
  /** The flag of `SOF_SignMessage` that meant "without the content"; 1 unless said. */
  readonly detachedFlag?: number;
  /** Order of the last two arguments of `SOF_VerifySignedHashData`: vendors disagree. */
  readonly hashArguments?: "signature,algorithm" | "algorithm,signature";
  /** Whether a digest may be signed that this page did not make: the phone cannot show of what it is. */
  readonly allowBareDigest?: boolean;
  /** Weak things that an old page cannot do without. */
  readonly legacy?: { readonly ecb?: boolean };
  /**
   * What chains are judged by. Without it `SOF_ValidateCert` is never 0 and no message verifies. Whether a
   * certificate was revoked is known from `crls` and `ocsp` alone: without them `SOF_ValidateCert` is 0 on
   * chain and dates, unless `requireRevocation` is true.
   */
  readonly trust?: Trust;
  /** What a bid is encrypted for: `SOF_EncryptData` and `SOF_EncryptFile` make bid envelopes. */
  readonly bid?: {
    readonly project: string;
    readonly section: string;
    readonly opening: Date;
    readonly platform?: string;
  };
  /** What `SOF_GetDeviceInfo` says of the kind of device; `"PHONE"` unless said. */
  readonly deviceKind?: string;
  /**
   * Given each session, to show its code: `onSession: (session) => element.show(session)` with the
   * element of `yinxin/element`, or whatever draws `session.state.frame`.
   */
  onSession?(session: PageSession<Scene>): void;
  /** Told each refusal and failure: for a page's log. */
  onError?(error: { readonly sor: number; readonly message: string; readonly cause: unknown }): void;
}
