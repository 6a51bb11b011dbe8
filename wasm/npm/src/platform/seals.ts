// Sealed documents at a back end: judged by what the platform trusts, found as the command line finds.

import { bytes, count, record } from "../argument.js";
import { YinxinError } from "../error.js";
import { verifyDocument, type Step, type Trust, type VerifiedDocument, type Verification, type VerifyOptions } from "../verify.js";

/** What {@link Platform.verifySeal} takes beside what the platform trusts already. */
export interface SealOptions extends Omit<VerifyOptions, "content"> {
  /** Octets that a document may have; 256 MiB unless given. It is held in memory. */
  readonly limit?: number;
}

/** What was found of one seal or signature in a document. */
export interface SealVerdict {
  /** From 1, in the order of the document. */
  readonly number: number;
  readonly name: string;
  /** A seal (电子签章), or a signature that shows none (数字签名). */
  readonly kind: "seal" | "sign";
  /** Only `valid` counts: `valid_partial` shows something that it does not cover. */
  readonly verdict: "valid" | "valid_partial" | "revoked" | "invalid" | "unreadable";
  /** Id of the step at which it failed. */
  readonly firstFailing: string | null;
  /** Subject of the signer's certificate. */
  readonly signer: string | null;
  readonly sealId: string | null;
  readonly sealName: string | null;
  /** RFC 3339, UTC: what the signer says. */
  readonly declaredTime: string | null;
  /** RFC 3339, UTC: what a trusted timestamp says. */
  readonly trustedTime: string | null;
  /** Where it shows. */
  readonly stamps: readonly { readonly page: number; readonly boundary: string; readonly clip: string | null }[];
  readonly steps: readonly Step[];
}

/** What was found of a document's seals; {@link SealVerification.ok} alone says that it holds. */
export interface SealVerification extends Omit<VerifiedDocument, "finding"> {
  /**
   * The document is sealed, and every seal and signature in it is valid. A document that is signed
   * without a seal, and a seal without a document, are not sealed documents.
   */
  readonly ok: boolean;
  /** Why not, or `valid`. */
  readonly code: string;
  /** The whole, as `yinxin verify --json` has it. */
  readonly finding: Verification;
  /** Seals and signatures, each with its verdict. */
  readonly seals: readonly SealVerdict[];
}

/** Octets: what a back end holds of one document unless it is told otherwise. */
const LIMIT = 256 * 2 ** 20;

/** Verifies a document's seals. */
export async function verifySeals(
  document: Uint8Array | AsyncIterable<Uint8Array>,
  trust: Trust,
  options: SealOptions,
): Promise<SealVerification> {
  const given = record(options, "options") as SealOptions;
  const limit = given.limit === undefined ? LIMIT : count(given.limit, "options.limit");
  const { limit: _limit, ...rest } = given;
  const file = await whole(document, limit);
  const found = await verifyDocument(file, {
    ...trust,
    ...rest,
    anchors: [...(trust.anchors ?? []), ...(rest.anchors ?? [])],
    crls: [...(trust.crls ?? []), ...(rest.crls ?? [])],
  });
  const { finding } = found;
  const page = finding.kind === "ofd" || finding.kind === "pdf";
  const seals = page ? ((finding["signatures"] ?? []) as readonly SealVerdict[]) : [];
  const sealed = seals.some(({ kind }) => kind === "seal");
  const ok = finding.ok && sealed && seals.every(({ verdict }) => verdict === "valid");
  return {
    ok,
    code: finding.ok && !sealed ? (page ? "no_signature" : "unknown_kind") : finding.code,
    finding,
    seals,
    pages: found.pages,
    sealPicture: (number) => found.sealPicture(number),
    render: (page, how) => found.render(page, how),
  };
}

async function whole(document: unknown, limit: number): Promise<Uint8Array> {
  const large = (size: number): YinxinError =>
    new YinxinError({
      code: "file_too_large",
      message: `a document over ${limit} octets; give a larger options.limit if it is wanted`,
      mendedBy: "sender",
      facts: { path: "document", limit, size },
    });
  if (!iterable(document)) {
    const file = bytes(document, "document");
    if (file.length > limit) throw large(file.length);
    return file;
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of document) {
    parts.push(bytes(part, "document"));
    size += part.length;
    if (size > limit) throw large(size);
  }
  const file = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function iterable(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
