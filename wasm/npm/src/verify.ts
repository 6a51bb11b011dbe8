// Whatever a file is, verified step by step, with what is trusted given by the caller.

import { bytes, date, list, oneOf, record, text } from "./argument.js";
import { documents, type Documents } from "./documents.js";
import type { Facts } from "./error.js";
import { LANGUAGES, type Language } from "./words.js";

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

type TrustHandle = InstanceType<Documents["TrustHandle"]>;

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);

function all(value: unknown, name: string): Uint8Array[] {
  return list(value ?? [], name).map((one, index) => bytes(one, `${name}[${index}]`));
}

const PURPOSES = ["any", "encrypt", "platform", "seal", "sign"] as const;

/**
 * The handle of what is trusted.
 *
 * @internal
 */
export function judgedBy(glue: Documents, trust: Trust): TrustHandle {
  record(trust, "options");
  const settings = {
    now: seconds(trust.now === undefined ? new Date() : date(trust.now, "options.now")),
    ...(trust.at === undefined ? {} : { at: seconds(date(trust.at, "options.at")) }),
    requireRevocation: trust.requireRevocation === true,
  };
  const handle = new glue.TrustHandle(JSON.stringify(settings));
  try {
    for (const file of all(trust.anchors, "options.anchors")) handle.addAnchors(file, []);
    for (const [purpose, files] of Object.entries(trust.anchorsFor ?? {})) {
      const name = oneOf(purpose, PURPOSES, "options.anchorsFor");
      for (const file of all(files, `options.anchorsFor.${name}`)) handle.addAnchors(file, [name]);
    }
    for (const file of all(trust.timestampAnchors, "options.timestampAnchors")) {
      handle.addTimestampAnchors(file);
    }
    for (const file of all(trust.intermediates, "options.intermediates")) handle.addIntermediates(file);
    for (const file of all(trust.crls, "options.crls")) handle.addCrls(file);
    for (const file of all(trust.ocsp, "options.ocsp")) handle.addOcsp(file);
    return handle;
  } catch (thrown) {
    handle.free();
    throw thrown;
  }
}

function languageOf(options: { readonly language?: Language }): Language {
  record(options, "options");
  return options.language === undefined ? "zh-CN" : oneOf(options.language, LANGUAGES, "options.language");
}

const isDocument = (file: Uint8Array): boolean =>
  (file[0] === 0x25 && file[1] === 0x50) || (file[0] === 0x50 && file[1] === 0x4b);

/**
 * Finds out what a file is and verifies it: OFD and PDF, seals, lists of seals, signed messages,
 * certificates, requests, revocation lists, OCSP answers, timestamps, receipts and evidence of bids,
 * records of sessions. Nothing is fetched. A file that cannot be read is a finding with `ok: false`.
 *
 * @throws YinxinError where what is trusted cannot be read.
 */
export async function verify(file: Uint8Array, options: VerifyOptions = {}): Promise<Verification> {
  const data = bytes(file, "file");
  const language = languageOf(options);
  if (!isDocument(data)) {
    const content = options.content === undefined ? undefined : bytes(options.content, "options.content");
    const found = await documents.run((wasm) => {
      const trust = judgedBy(wasm, options);
      try {
        return wasm.verify(data, content, trust, language);
      } finally {
        trust.free();
      }
    });
    const result = JSON.parse(found) as Verification;
    if (result.code !== "unknown_kind" && result.ok) return result;
    // Seals and lists of seals are DER as well.
    if (result.kind !== undefined && result.kind !== "certificate") return result;
    const other = await verifyDocument(data, options);
    return other.finding.kind === undefined ? result : other.finding;
  }
  return (await verifyDocument(data, options)).finding;
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
   * @throws YinxinError `render_unsupported` for anything but OFD; `resolution`.
   */
  render(page: number, options?: { readonly dpi?: number; readonly font?: Uint8Array }): Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  PNG: "image/png",
  JPG: "image/jpeg",
  JPEG: "image/jpeg",
  GIF: "image/gif",
  BMP: "image/bmp",
  SVG: "image/svg+xml",
};

const forgotten =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : new FinalizationRegistry<{ free(): void }>((handle) => handle.free());

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
  const data = bytes(file, "file");
  const language = languageOf(options);
  const statusList =
    options.statusList === undefined ? undefined : bytes(options.statusList, "options.statusList");
  const statements = all(options.statements, "options.statements");
  const handle = await documents.run((wasm) => {
    const trust = judgedBy(wasm, options);
    return wasm.DocumentHandle.verify(data, trust, statusList, statements, language);
  });
  const finding = JSON.parse(documents.call(() => handle.finding)) as Verification;
  const found: VerifiedDocument = {
    finding,
    pages: documents.call(() => handle.pages),
    sealPicture(number) {
      const picture = documents.call(() => handle.sealPicture(number));
      if (picture === undefined) return undefined;
      const end = picture.indexOf(0);
      const kind = new TextDecoder().decode(picture.subarray(0, end));
      return { type: TYPES[kind] ?? "application/octet-stream", data: picture.slice(end + 1) };
    },
    render(page, { dpi = 96, font } = {}) {
      return documents.call(() => handle.render(page, dpi, font));
    },
  };
  forgotten?.register(found, handle);
  return found;
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
  const data = bytes(file, "file");
  const wanted = oneOf(purpose, PURPOSES, "purpose");
  const language = languageOf(options);
  const name =
    options.serverName === undefined ? undefined : text(options.serverName, "options.serverName");
  return documents.run((wasm) => {
    const trust = judgedBy(wasm, options);
    try {
      return JSON.parse(wasm.verifyCertificate(data, wanted, name, trust, language)) as Verification;
    } finally {
      trust.free();
    }
  });
}

/**
 * What a certificate or the head of a bid envelope says of itself: holder, dates, usage,
 * thumbprints; project, recipients, opening time. Nothing of it is proved.
 */
export async function inspect(
  file: Uint8Array,
  options: { readonly language?: Language; readonly now?: Date } = {},
): Promise<Verification> {
  const data = bytes(file, "file");
  const language = languageOf(options);
  const trust: Trust = options.now === undefined ? {} : { now: options.now };
  return documents.run((wasm) => {
    const handle = judgedBy(wasm, trust);
    try {
      return JSON.parse(wasm.inspect(data, handle, language)) as Verification;
    } finally {
      handle.free();
    }
  });
}
