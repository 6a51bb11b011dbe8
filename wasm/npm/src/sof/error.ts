// What went wrong, as a number of GM/T 0020: every code of the package has one.

import { YinxinError, type ErrorCode } from "../error.js";

import { SOR, type SorName } from "./constants.js";

/** What failed: what a code means depends on what was being done. */
export type Doing = "sign" | "verify" | "encrypt" | "decrypt" | "certificate" | "file" | "other";

const BY_CODE: Readonly<Partial<Record<ErrorCode, SorName>>> = {
  browser_unsupported: "SOR_NotSupportYetErr",
  not_loaded: "SOR_NotInitializeErr",
  wasm_blocked: "SOR_NotInitializeErr",
  wasm_not_found: "SOR_NotInitializeErr",
  wasm_unavailable: "SOR_NotInitializeErr",
  memory_limit: "SOR_MemoryErr",
  storage_full: "SOR_WriteFileErr",
  storage_busy: "SOR_WriteFileErr",
  storage_refused: "SOR_WriteFileErr",
  sink_unavailable: "SOR_WriteFileErr",
  write_failed: "SOR_WriteFileErr",
  read_failed: "SOR_ReadFileErr",
  session_expired: "SOR_TimeoutErr",
  expired: "SOR_CertHasExpiredErr",
  revoked: "SOR_CertRevokedErr",
  untrusted: "SOR_CertInvalidErr",
  not_yet_valid: "SOR_CertInvalidErr",
  purpose: "SOR_KeyUsageErr",
  certificate_missing: "SOR_CertNotFountErr",
  not_my_key: "SOR_KeyNotFountErr",
  outer_key_missing: "SOR_KeyNotFountErr",
  unknown_algorithm: "SOR_AlgoTypeErr",
  wrong_curve: "SOR_AlgoTypeErr",
  wrong_length: "SOR_IndataLenErr",
  malformed: "SOR_IndataErr",
  truncated: "SOR_IndataErr",
};

const BY_DOING: Readonly<Record<Doing, SorName>> = {
  sign: "SOR_SignDataErr",
  verify: "SOR_VerifySignDataErr",
  encrypt: "SOR_EncryptDataErr",
  decrypt: "SOR_DecryptDataErr",
  certificate: "SOR_CertInvalidErr",
  file: "SOR_FileErr",
  other: "SOR_UnknownErr",
};

/** The number of a code. Total: a code without a number of its own has that of what was being done. */
export function sorOf(code: string, doing: Doing = "other"): number {
  const name = (BY_CODE as Readonly<Record<string, SorName>>)[code] ?? BY_DOING[doing];
  return SOR[name];
}

/** What the facade itself refuses. */
export class SofError extends Error {
  readonly sor: number;

  constructor(name: SorName, message: string) {
    super(message);
    this.name = "SofError";
    this.sor = SOR[name];
  }
}

/** What is remembered of a failure. */
export interface LastError {
  readonly sor: number;
  readonly message: string;
  readonly cause: unknown;
}

/** A failure as it is remembered. */
export function lastError(thrown: unknown, doing: Doing): LastError {
  if (thrown instanceof SofError) return { sor: thrown.sor, message: thrown.message, cause: thrown };
  if (YinxinError.is(thrown)) {
    return { sor: sorOf(thrown.code, doing), message: `${thrown.code}: ${thrown.message}`, cause: thrown };
  }
  const stopped = thrown instanceof DOMException && thrown.name === "TimeoutError";
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const wrong = thrown instanceof TypeError;
  const name: SorName = stopped ? "SOR_TimeoutErr" : wrong ? "SOR_IndataErr" : BY_DOING[doing];
  return { sor: SOR[name], message, cause: thrown };
}
