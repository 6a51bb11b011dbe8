// How files are verified, by the modules of messages and of documents.

import { bytes, oneOf, record, text } from "../argument.js";
import { documents } from "../documents.js";
import { messages } from "../messages.js";
import type { Purpose, Trust, Verification, VerifiedDocument, VerifyOptions } from "../verify.js";
import { LANGUAGES, type Language } from "../words.js";

import { pages, type Pages } from "./pages.js";
import { PURPOSES, all, judgedBy } from "./trust.js";

type PagesHandle = InstanceType<Pages["PagesHandle"]>;

function languageOf(options: { readonly language?: Language }): Language {
  record(options, "options");
  return options.language === undefined ? "zh-CN" : oneOf(options.language, LANGUAGES, "options.language");
}

const isDocument = (file: Uint8Array): boolean =>
  (file[0] === 0x25 && file[1] === 0x50) || (file[0] === 0x50 && file[1] === 0x4b);

/** See `verify` of the package. */
export async function verify(file: Uint8Array, options: VerifyOptions = {}): Promise<Verification> {
  const data = bytes(file, "file");
  const language = languageOf(options);
  if (!isDocument(data)) {
    const content = options.content === undefined ? undefined : bytes(options.content, "options.content");
    const found = await messages.run((wasm) => {
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
    if (data[0] !== 0x30 || (result.kind !== undefined && result.kind !== "certificate")) return result;
    const other = await verifyDocument(data, options);
    return other.finding.kind === undefined ? result : other.finding;
  }
  return (await verifyDocument(data, options)).finding;
}

const TYPES: Readonly<Record<string, string>> = {
  PNG: "image/png",
  JPG: "image/jpeg",
  JPEG: "image/jpeg",
  GIF: "image/gif",
  BMP: "image/bmp",
  SVG: "image/svg+xml",
};

/** See `verifyDocument` of the package. */
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
  let drawing: Promise<PagesHandle> | undefined;
  /** What draws gets the file as it was verified, and the seals that hold; nothing from the caller. */
  const toDraw = async (): Promise<PagesHandle> => {
    const [file, order] = documents.call(() => [handle.file(), handle.order()] as const);
    return pages.run((wasm) => new wasm.PagesHandle(file, order));
  };
  return {
    finding,
    pages: documents.call(() => handle.pages),
    sealPicture(number) {
      const picture = documents.call(() => handle.sealPicture(number));
      if (picture === undefined) return undefined;
      const end = picture.indexOf(0);
      const kind = new TextDecoder().decode(picture.subarray(0, end));
      return { type: TYPES[kind] ?? "application/octet-stream", data: picture.slice(end + 1) };
    },
    async render(page, { dpi = 96, font } = {}) {
      drawing ??= toDraw();
      // What was not loaded is tried again.
      drawing.catch(() => (drawing = undefined));
      const drawer = await drawing;
      return pages.call(() => drawer.render(page, dpi, font));
    },
  };
}

/** See `verifyCertificate` of the package. */
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
  return messages.run((wasm) => {
    const trust = judgedBy(wasm, options);
    try {
      return JSON.parse(wasm.verifyCertificate(data, wanted, name, trust, language)) as Verification;
    } finally {
      trust.free();
    }
  });
}

/** See `inspect` of the package. */
export async function inspect(
  file: Uint8Array,
  options: { readonly language?: Language; readonly now?: Date } = {},
): Promise<Verification> {
  const data = bytes(file, "file");
  const language = languageOf(options);
  const trust: Trust = options.now === undefined ? {} : { now: options.now };
  return messages.run((wasm) => {
    const handle = judgedBy(wasm, trust);
    try {
      return JSON.parse(wasm.inspect(data, handle, language)) as Verification;
    } finally {
      handle.free();
    }
  });
}
