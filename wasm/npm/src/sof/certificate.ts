// What SOF_GetCertInfo says, in the numbering of the standard or of BJCA.

import { toBase64 } from "../base64.js";
import { messages } from "../messages.js";

import { SofError } from "./error.js";

/** Which numbers a site uses. */
export type CertInfoTable = "gmt0020" | "bjca";

/** A certificate's fields, from the module. */
export interface Fields {
  readonly version: number;
  readonly serial: string;
  readonly algorithm: string;
  readonly issuer: readonly (readonly [string, string])[];
  readonly subject: readonly (readonly [string, string])[];
  readonly issuerName: string;
  readonly subjectName: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly holder: string;
  readonly unique: string | null;
  readonly usage: readonly string[];
  readonly keyId: string;
  readonly thumbprint: string;
}

/** Reads a certificate, PEM or DER. */
export function fieldsOf(certificate: Uint8Array): Fields {
  return JSON.parse(messages.call((wasm) => wasm.certificateFields(certificate))) as Fields;
}

const CN = "2.5.4.3";
const C = "2.5.4.6";
const L = "2.5.4.7";
const ST = "2.5.4.8";
const O = "2.5.4.10";
const OU = "2.5.4.11";
const EMAIL = "1.2.840.113549.1.9.1";

const part = (name: Fields["subject"], oid: string): string =>
  name.filter(([own]) => own === oid).map(([, value]) => value).join(";");

/** YYYYMMDDHHMMSS, UTC, as plug-ins write times. */
const digits = (time: string): string => time.replace(/\D/g, "").slice(0, 14);

type Teller = (fields: Fields, certificate: Uint8Array) => string;

const key: Teller = (_, certificate) => toBase64(messages.call((wasm) => wasm.certificateKey(certificate)));

/** GM/T 0020. */
const STANDARD: Readonly<Record<number, Teller>> = {
  1: ({ version }) => String(version),
  2: ({ serial }) => serial,
  5: ({ issuerName }) => issuerName,
  6: ({ notBefore, notAfter }) => `${digits(notBefore)}-${digits(notAfter)}`,
  7: ({ subjectName }) => subjectName,
  8: key,
  0x21: ({ issuer }) => part(issuer, CN),
  0x22: ({ issuer }) => part(issuer, O),
  0x23: ({ issuer }) => part(issuer, OU),
  0x31: ({ subject }) => part(subject, CN),
  0x32: ({ subject }) => part(subject, O),
  0x33: ({ subject }) => part(subject, OU),
  0x34: ({ subject }) => part(subject, EMAIL),
};

/** BJCA's list. */
const BJCA: Readonly<Record<number, Teller>> = {
  1: ({ version }) => String(version),
  2: ({ serial }) => serial,
  3: ({ algorithm }) => algorithm,
  4: ({ issuer }) => part(issuer, C),
  5: ({ issuer }) => part(issuer, O),
  6: ({ issuer }) => part(issuer, OU),
  7: ({ issuer }) => part(issuer, ST),
  8: ({ issuer }) => part(issuer, CN),
  9: ({ issuer }) => part(issuer, L),
  10: ({ issuer }) => part(issuer, EMAIL),
  11: ({ notBefore }) => digits(notBefore),
  12: ({ notAfter }) => digits(notAfter),
  13: ({ subject }) => part(subject, C),
  14: ({ subject }) => part(subject, O),
  15: ({ subject }) => part(subject, OU),
  16: ({ subject }) => part(subject, ST),
  17: ({ subject }) => part(subject, CN),
  18: ({ subject }) => part(subject, L),
  19: ({ subject }) => part(subject, EMAIL),
  20: key,
  33: ({ subjectName }) => subjectName,
  34: ({ issuerName }) => issuerName,
  35: ({ unique }) => unique ?? "",
};

/** One piece of information. A number that the table does not have is refused, not guessed at. */
export function certInfo(certificate: Uint8Array, type: number, table: CertInfoTable): string {
  const teller = (table === "bjca" ? BJCA : STANDARD)[type];
  if (teller === undefined) {
    throw new SofError(
      "SOR_ParameterNotSupportErr",
      `certificate information ${type} is not in the table ${table}; see the option certInfoTable`,
    );
  }
  return teller(fieldsOf(certificate), certificate);
}

/** The value of an attribute of the holder's name, or of an extension as Base64 of its DER. */
export function certInfoByOid(certificate: Uint8Array, oid: string): string {
  const named = part(fieldsOf(certificate).subject, oid);
  if (named !== "") return named;
  const extension = messages.call((wasm) => wasm.certificateExtension(certificate, oid));
  if (extension === undefined) {
    throw new SofError("SOR_IndataErr", `the certificate has neither an attribute nor an extension ${oid}`);
  }
  // Most are one text of DER: UTF8String, PrintableString, IA5String.
  const [tag, length] = extension;
  const text = tag !== undefined && [0x0c, 0x13, 0x16].includes(tag) && length === extension.length - 2;
  return text ? new TextDecoder().decode(extension.subarray(2)) : toBase64(extension);
}
