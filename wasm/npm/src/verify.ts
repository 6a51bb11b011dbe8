// Whatever a file is, verified step by step, with what is trusted given by the caller. What does it is
// loaded with the first file.

import { documentCalls } from "./documents.js";
import type { Facts } from "./error.js";
import type { Language } from "./words.js";

/** For what an anchor is trusted. */
export type Purpose = "any" | "encrypt" | "platform" | "seal" | "sign";

/** What verifications judge by. */
export interface Trust {
  /** Anchors, PEM or DER. Nothing is valid without one. */
  readonly anchors?: readonly Uint8Array[];
  /** Anchors trusted for some purposes only. */
  readonly anchorsFor?: Readonly<Partial<Record<Purpose, readonly Uint8Array[]>>>;
  /** Certificates that may lie between, PEM or DER. */
  readonly intermediates?: readonly Uint8Array[];
  /** Revocation lists, PEM or DER. */
  readonly crls?: readonly Uint8Array[];
  /** OCSP answers, PEM or DER. */
  readonly ocsp?: readonly Uint8Array[];
  /** Anchors of timestamp authorities, PEM or DER. */
  readonly timestampAnchors?: readonly Uint8Array[];
  /** Time of judgement; else a trusted timestamp's, else now. */
  readonly at?: Date;
  /** The clock; else the machine's. */
  readonly now?: Date;
  /** Refuse when the revocation status is not known. */
  readonly requireRevocation?: boolean;
}

/** What {@link verify} takes. */
export interface VerifyOptions extends Trust {
  /** What a detached signature or a timestamp was made for. */
  readonly content?: Uint8Array;
  /** Signed list of the states of seals, DER. */
  readonly statusList?: Uint8Array;
  /** Signed statements that a seal signature was revoked, DER. */
  readonly statements?: readonly Uint8Array[];
  /** Language of the words; `zh-CN` unless said. */
  readonly language?: Language;
}

/** One step of a verification. */
export interface Step {
  /** Stable id. */
  readonly id: string;
  /** Its name for people. */
  readonly name: string;
  readonly result: "ok" | "failed" | "skipped" | "warning";
  readonly code?: string;
  /** Words for people about the code. */
  readonly message?: string;
  readonly facts?: Facts;
}

/** What was found of a file; {@link Verification.ok} alone says that it holds. */
export interface Verification {
  /** Valid, with or without warnings. */
  readonly ok: boolean;
  readonly code: string;
  /** Words for people. */
  readonly message: string;
  readonly facts: Facts;
  readonly warnings: readonly { readonly code: string; readonly message: string | null; readonly facts?: Facts }[];
  /** What the file is; missing where it could not be read. */
  readonly kind?: string;
  readonly verdict?: string;
  readonly steps?: readonly Step[];
  /** More by kind, as `yinxin verify --json` has it. */
  readonly [member: string]: unknown;
}

/** A document that was verified, and what may be drawn of it. */
export interface VerifiedDocument {
  readonly finding: Verification;
  /** Pages that can be drawn; 0 of anything but OFD. */
  readonly pages: number;
  /**
   * The picture of a seal whose signature is valid, as it is in the seal; else nothing. `number` is the
   * signature's, from 1; `type` is a MIME type.
   */
  sealPicture(number: number): { readonly type: string; readonly data: Uint8Array } | undefined;
  /**
   * A page of an OFD, from 1, with its valid seals: PNG, at 72 to 600 dpi; 96 unless said. `font` (TTF
   * or OTF) draws what the file brings no font for.
   *
   * @throws YinxinError `render_unsupported` for anything but OFD; `resolution`; those of loading what
   * draws, with the first page.
   */
  render(page: number, options?: { readonly dpi?: number; readonly font?: Uint8Array }): Promise<Uint8Array>;
}

/**
 * Finds out what a file is and verifies it: OFD and PDF, seals, lists of seals, signed messages,
 * certificates, requests, revocation lists, OCSP answers, timestamps, receipts and evidence of bids,
 * records of sessions. Nothing is fetched. A file that cannot be read is a finding with `ok: false`.
 *
 * @throws YinxinError where what is trusted cannot be read.
 */
export async function verify(file: Uint8Array, options: VerifyOptions = {}): Promise<Verification> {
  return (await documentCalls()).verify(file, options);
}

/**
 * Verifies an OFD or PDF file, a seal, or a list of seals. Pictures of seals are given out after the
 * signature that they belong to was found valid, and not before. The file is held in memory until the
 * result is forgotten.
 *
 * @throws YinxinError where what is trusted, the list of states or a statement cannot be read; what is
 * wrong with the file is in `finding`.
 */
export async function verifyDocument(
  file: Uint8Array,
  options: VerifyOptions = {},
): Promise<VerifiedDocument> {
  return (await documentCalls()).verifyDocument(file, options);
}

/**
 * The finding on a certificate for a purpose: path, dates, limits, revocation (RFC 5280).
 *
 * @param file PEM or DER, one certificate.
 * @param options.serverName A DNS name that it has to be for.
 * @throws YinxinError where what is trusted cannot be read; what is wrong with the certificate is in
 * the finding.
 */
export async function verifyCertificate(
  file: Uint8Array,
  purpose: Purpose,
  options: VerifyOptions & { readonly serverName?: string } = {},
): Promise<Verification> {
  return (await documentCalls()).verifyCertificate(file, purpose, options);
}

/**
 * What a certificate or the head of a bid envelope says of itself: holder, dates, usage,
 * thumbprints; project, recipients, opening time. Nothing of it is proved.
 */
export async function inspect(
  file: Uint8Array,
  options: { readonly language?: Language; readonly now?: Date } = {},
): Promise<Verification> {
  return (await documentCalls()).inspect(file, options);
}
