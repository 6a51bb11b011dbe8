// What went wrong, as a number of GM/T 0020: every code of the package has one.

import { YinxinError } from "../error.js";

import { SOR, type SorName } from "./constants.js";

/** What failed: what a code means depends on what was being done. */
export type Doing = "sign" | "verify" | "encrypt" | "decrypt" | "certificate" | "file" | "other";

/** What a name does, for the number of its failures. */
export function doing(name: string): Doing {
  if (/Verify|Validate/.test(name)) return /Cert$/.test(name) ? "certificate" : "verify";
  if (/Decrypt/.test(name)) return "decrypt";
  if (/Encrypt/.test(name)) return "encrypt";
  if (/Sign/.test(name)) return "sign";
  if (/Cert/.test(name)) return "certificate";
  return /File/.test(name) ? "file" : "other";
}

const CODES: Readonly<Partial<Record<SorName, string>>> = {
  SOR_NotSupportYetErr: "browser_unsupported",
  SOR_NotInitializeErr: "not_loaded wasm_blocked wasm_not_found wasm_unavailable",
  SOR_MemoryErr: "memory_limit",
  SOR_WriteFileErr: "storage_full storage_busy storage_refused sink_unavailable write_failed",
  SOR_ReadFileErr: "read_failed",
  SOR_TimeoutErr: "session_expired",
  SOR_CertHasExpiredErr: "expired",
  SOR_CertRevokedErr: "revoked",
  SOR_CertInvalidErr: "untrusted not_yet_valid",
  SOR_KeyUsageErr: "purpose",
  SOR_CertNotFountErr: "certificate_missing",
  SOR_KeyNotFountErr: "not_my_key outer_key_missing",
  SOR_AlgoTypeErr: "unknown_algorithm wrong_curve",
  SOR_IndataLenErr: "wrong_length",
  SOR_IndataErr: "malformed truncated",
};

/** The name that has this code among its own. */
const byCode = (code: string): SorName | undefined =>
  (Object.keys(CODES) as SorName[]).find((name) => CODES[name]?.split(" ").includes(code));

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
  return SOR[byCode(code) ?? BY_DOING[doing]];
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
