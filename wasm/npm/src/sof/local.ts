// Functions that need no phone: they answer at once, once all is loaded.

import { toBase64 } from "../base64.js";
import { core } from "../core.js";
import { judgedBy } from "../document/trust.js";
import { envelope } from "../envelope.js";
import { messages } from "../messages.js";
import type { Verification } from "../verify.js";

import { certInfo, certInfoByOid, fieldsOf } from "./certificate.js";
import { SGD, SOR } from "./constants.js";
import { SofError } from "./error.js";
import type { State } from "./state.js";
import { base64Of, decode, octetsOf } from "./text.js";

const hex = (octets: Uint8Array): string => Array.from(octets, (one) => one.toString(16).padStart(2, "0")).join("");

/** A certificate given in Base64, with or without PEM around it. */
export const certificateOf = (data: unknown): Uint8Array => {
  if (typeof data === "string" && data.includes("-----BEGIN")) return new TextEncoder().encode(data);
  return base64Of(data, "certificate");
};

/** Digest algorithms by their number; SHA-1 makes nothing here. */
export function digestName(number: unknown): "sm3" | "sha256" {
  if (number === SGD.SGD_SM3) return "sm3";
  if (number === SGD.SGD_SHA256) return "sha256";
  const words = number === SGD.SGD_SHA1 ? "SHA-1 is not safe and not made here; use 1 (SM3)" : "digests: 1 (SM3), 4 (SHA-256)";
  throw new SofError("SOR_AlgoTypeErr", words);
}

const digest = (algorithm: string, data: Uint8Array): Uint8Array => core.call((wasm) => wasm.digest(algorithm, data));

function hmac(algorithm: "sm3" | "sha256", key: Uint8Array, data: Uint8Array): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? digest(algorithm, key) : key);
  const padded = (octet: number, rest: Uint8Array): Uint8Array => {
    const whole = new Uint8Array(64 + rest.length);
    whole.set(block.map((one) => one ^ octet));
    whole.set(rest, 64);
    return digest(algorithm, whole);
  };
  return padded(0x5c, padded(0x36, data));
}

/** DER or r‖s, as sites have either. */
function signatureOf(value: Uint8Array): Uint8Array {
  if (value.length !== 64) return value;
  const number = (part: Uint8Array): number[] => {
    const from = part.findIndex((octet) => octet !== 0);
    const short = from < 0 ? [0] : [...part.subarray(from)];
    const positive = (short[0] ?? 0) > 0x7f ? [0, ...short] : short;
    return [2, positive.length, ...positive];
  };
  const body = [...number(value.subarray(0, 32)), ...number(value.subarray(32))];
  return Uint8Array.from([0x30, body.length, ...body]);
}

/** Whether a signature, plain or a signed message without content, is of this certificate over data. */
export function verifySigned(state: State, certificate: unknown, data: Uint8Array, signed: unknown): boolean {
  const value = base64Of(signed, "signature");
  const der = messages.call((wasm) => wasm.certificateDer(certificateOf(certificate)));
  const key = messages.call((wasm) => wasm.certificateKey(der));
  if (value[0] === 0x30 && value.length > 200) {
    // What a phone signs is a signed message (PKCS#7): it counts for the one certificate that signed it.
    if (!messageHolds(state, value, data)) return false;
    const { signers } = partsOf(value);
    const [only, ...more] = signers;
    if (more.length === 0 && only?.certificate === toBase64(der)) return true;
    state.failed(new SofError("SOR_VerifySignDataErr", "the message is valid, and signed by another certificate"), "verify");
    return false;
  }
  return envelope.call((wasm) => wasm.verifySignature(key, data, signatureOf(value)));
}

interface Parts {
  readonly content: string | null;
  /** Each signer's own certificate; of what else the message carries nothing is said. */
  readonly signers: readonly { readonly certificate: string | null; readonly signature: string }[];
}

const partsOf = (message: Uint8Array): Parts =>
  JSON.parse(messages.call((wasm) => wasm.signedMessageParts(message))) as Parts;

/** The finding on whatever a file is, by what the site trusts. */
function findingOn(state: State, file: Uint8Array, data: Uint8Array | undefined): Verification {
  const { trust } = state.options;
  if (trust === undefined) {
    throw new SofError("SOR_VerifyPolicyErr", "nothing is valid without an anchor: give createSof the option trust");
  }
  return messages.call((wasm) => {
    const handle = judgedBy(wasm, trust);
    try {
      return JSON.parse(wasm.verify(file, data, handle, "en")) as Verification;
    } finally {
      handle.free();
    }
  });
}

/**
 * Whether a signed message holds over `data`, or over its own content where there is none. The verifier
 * knows many kinds of file, and some of them prove nothing of anybody: another kind is never true here.
 */
export function messageHolds(state: State, message: Uint8Array, data: Uint8Array | undefined): boolean {
  const finding = findingOn(state, message, data);
  const signed = finding.kind === "signed_message";
  // Without data beside it what was verified is what lies inside, and the other way round.
  return held(state, finding, signed && finding["attached"] === (data === undefined), "signed message of this data");
}

/** The finding as a result, with its reason remembered. */
function held(state: State, finding: Verification, meant: boolean, what: string): boolean {
  if (finding.ok && meant) return true;
  const words = finding.ok ? `no ${what}: it is of kind ${String(finding.kind)}` : `${finding.code}: ${finding.message}`;
  state.failed(new SofError("SOR_VerifySignDataErr", words), "verify");
  return false;
}

/**
 * The number of GM/T 0020 for a certificate's finding: 0 if chain and dates are good and nothing at hand
 * says that it was revoked. Where nothing at hand says anything of that, `requireRevocation` decides.
 */
function validity(state: State, certificate: Uint8Array): number {
  const { trust } = state.options;
  if (trust === undefined) {
    state.failed(new SofError("SOR_CertInvalidErr", "nothing is valid without an anchor: give createSof the option trust"), "certificate");
    return SOR.SOR_CertInvalidErr;
  }
  const finding = messages.call((wasm) => {
    const handle = judgedBy(wasm, trust);
    try {
      return JSON.parse(wasm.verifyCertificate(certificate, "any", undefined, handle, "en")) as Verification;
    } finally {
      handle.free();
    }
  });
  const unknown = finding.warnings?.some(({ code }) => code === "revocation_unknown") ?? false;
  if (finding.ok && !(unknown && trust.requireRevocation === true)) return SOR.SOR_OK;
  const number =
    finding.code === "expired"
      ? SOR.SOR_CertHasExpiredErr
      : finding.code === "revoked" || finding.code === "certificate_revoked"
        ? SOR.SOR_CertRevokedErr
        : SOR.SOR_CertInvalidErr;
  state.failed(new SofError("SOR_CertInvalidErr", `${finding.code}: ${finding.message}`), "certificate");
  if (state.last !== undefined) state.last = { ...state.last, sor: number };
  return number;
}

type Local = (state: State, ...given: unknown[]) => unknown;

const message = (flip: boolean): Local => (state, p7, data) => {
  const given = data === undefined || data === "" ? undefined : flip ? base64Of(data, "data") : octetsOf(state, data, "data");
  return messageHolds(state, base64Of(p7, "message"), given);
};

/** All of them, by name. */
export const LOCAL: Readonly<Record<string, Local>> = {
  SOF_ExportPubKey: (state, id) => toBase64(messages.call((wasm) => wasm.certificateKey(state.user(id).certificate))),
  SOF_GetCertInfo: (state, certificate, type) =>
    certInfo(certificateOf(certificate), Number(type), state.options.certInfoTable ?? "gmt0020"),
  SOF_GetCertInfoByOid: (_, certificate, oid) => certInfoByOid(certificateOf(certificate), String(oid)),
  SOF_GetCertEntity: (_, certificate) => {
    const { unique } = fieldsOf(certificateOf(certificate));
    if (unique === null) throw new SofError("SOR_CertNotFountErr", "the certificate names no unique holder");
    return unique;
  },
  SOF_ValidateCert: (state, certificate) => validity(state, certificateOf(certificate)),
  SOF_VerifySignedData: (state, certificate, data, signed) =>
    verifySigned(state, certificate, octetsOf(state, data, "data"), signed),
  SOF_VerifySignedDataBase64: (state, certificate, data, signed) =>
    verifySigned(state, certificate, base64Of(data, "data"), signed),
  SOF_VerifyByExtCert: (state, certificate, data, signed) =>
    verifySigned(state, certificate, octetsOf(state, data, "data"), signed),
  SOF_PublicVerify: (state, key, data, signed) =>
    envelope.call((wasm) =>
      wasm.verifySignature(base64Of(key, "key"), octetsOf(state, data, "data"), signatureOf(base64Of(signed, "signature"))),
    ),
  SOF_VerifySignedHashData: (state, certificate, hash, third, fourth) => {
    const [signed, algorithm] =
      state.options.hashArguments === "algorithm,signature" ? [fourth, third] : [third, fourth];
    digestName(Number(algorithm));
    const key = messages.call((wasm) => wasm.certificateKey(certificateOf(certificate)));
    return messages.call((wasm) =>
      wasm.verifyDigest(key, base64Of(hash, "digest"), signatureOf(base64Of(signed, "signature"))),
    );
  },
  SOF_VerifySignedMessage: message(false),
  SOF_VerifySignedMessageBase64: message(true),
  SOF_VerifyDataToPKCS7: message(false),
  SOF_GetInfoFromSignedMessage: (_, p7, type) => {
    const { content, signers } = partsOf(base64Of(p7, "message"));
    // One answer is right for one signer only.
    const only = signers.length === 1 ? signers[0] : undefined;
    const found = [undefined, content, only?.certificate, only?.signature][Number(type)];
    if (found === undefined || found === null) {
      throw new SofError(
        "SOR_ParameterNotSupportErr",
        "1: content in Base64, 2: the signer's certificate, 3: the signature; the message has no such part, or several signers",
      );
    }
    return found;
  },
  SOF_PubKeyEncrypt: (state, certificate, data) => {
    const plain = octetsOf(state, data, "data");
    if (plain.length === 0 || plain.length > 256) {
      throw new SofError("SOR_IndataLenErr", "1 to 256 octets are encrypted to a key; more goes into SOF_EncryptData");
    }
    const key = messages.call((wasm) => wasm.certificateKey(certificateOf(certificate)));
    return toBase64(messages.call((wasm) => wasm.sm2Encrypt(key, plain)));
  },
  SOF_EncryptByPubKey: (state, key, data) =>
    toBase64(messages.call((wasm) => wasm.sm2Encrypt(base64Of(key, "key"), octetsOf(state, data, "data")))),
  SOF_SymEncryptData: (state, key, data) => {
    const nonce = crypto.getRandomValues(new Uint8Array(12));
    const sealed = envelope.call((wasm) =>
      wasm.gcmSeal("sm4-gcm", siteKey(key), nonce, new Uint8Array(0), octetsOf(state, data, "data")),
    );
    const whole = new Uint8Array(12 + sealed.length);
    whole.set(nonce);
    whole.set(sealed, 12);
    return toBase64(whole);
  },
  SOF_SymDecryptData: (state, key, data) => {
    const whole = base64Of(data, "data");
    const plain = envelope.call((wasm) =>
      wasm.gcmOpen("sm4-gcm", siteKey(key), whole.subarray(0, 12), new Uint8Array(0), whole.subarray(12)),
    );
    return decode(plain, state.options.charset ?? "utf-8");
  },
  SOF_HashData: (state, algorithm, data) => {
    const plain = octetsOf(state, data, "data");
    const value = digest(digestName(Number(algorithm)), plain);
    if (typeof data === "string") state.digested.set(hex(value), { text: data });
    return toBase64(value);
  },
  SOF_DigestData: (state, _container, data) => toBase64(digest(digestName(state.digestMethod), octetsOf(state, data, "data"))),
  SOF_HashDataEx: (state, algorithm, data, certificate, id) => hashEx(algorithm, octetsOf(state, data, "data"), certificate, id),
  SOF_HashDataExBase64: (_, algorithm, data, certificate, id) => hashEx(algorithm, base64Of(data, "data"), certificate, id),
  SOF_Base64Encode: (state, data) => toBase64(octetsOf(state, data, "data")),
  SOF_Base64Decode: (state, data) => decode(base64Of(data, "data"), state.options.charset ?? "utf-8"),
  SOF_HMAC: (state, algorithm, key, data) =>
    toBase64(hmac(digestName(Number(algorithm)), base64Of(key, "key"), octetsOf(state, data, "data"))),
  SOF_VerifyTimeStamp: (state, data, response) => {
    const finding = findingOn(state, base64Of(response, "timestamp"), octetsOf(state, data, "data"));
    const ok = held(state, finding, finding.kind === "timestamp", "timestamp");
    return ok ? SOR.SOR_OK : SOR.SOR_VerifySignDataErr;
  },
  SOF_GetTimeStampInfo: (state, response, type) => {
    const finding = findingOn(state, base64Of(response, "timestamp"), undefined);
    const time = finding.kind === "timestamp" ? finding["genTime"] : undefined;
    if (Number(type) !== 1 || typeof time !== "string") {
      throw new SofError("SOR_ParameterNotSupportErr", "1: the time; the answer says nothing else here");
    }
    return time;
  },
};

/** Other names of the same. */
export const SAME: Readonly<Record<string, string>> = {
  SOF_AsEncrypt: "SOF_PubKeyEncrypt",
};

function siteKey(key: unknown): Uint8Array {
  const octets = base64Of(key, "key");
  if (octets.length !== 16) throw new SofError("SOR_IndataLenErr", "a key is Base64 of 16 octets");
  return octets;
}

function hashEx(algorithm: unknown, data: Uint8Array, certificate: unknown, id: unknown): string {
  if (digestName(Number(algorithm)) !== "sm3" || (id !== undefined && id !== "" && id !== "1234567812345678")) {
    throw new SofError("SOR_ParameterNotSupportErr", "SM3 with the identity 1234567812345678 only");
  }
  const key = messages.call((wasm) => wasm.certificateKey(certificateOf(certificate)));
  return toBase64(messages.call((wasm) => wasm.digestToSign(key, data)));
}
