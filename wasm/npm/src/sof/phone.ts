// Functions that a person confirms on the phone, and those that take files: each gives a Promise.

import { toBase64 } from "../base64.js";
import { bidToOpen } from "../bid-to-open.js";
import { core } from "../core.js";
import { digest } from "../digest.js";
import { envelope } from "../envelope.js";
import { decryptFile, encryptFile, inspectBid } from "../files.js";
import type { Display } from "../scene.js";

import { fieldsOf } from "./certificate.js";
import { SofError } from "./error.js";
import { LOCAL, certificateOf, digestName, messageHolds, verifySigned } from "./local.js";
import type { State, User } from "./state.js";
import { decode, encode, fromBase64, octetsOf, type Charset } from "./text.js";

type Phone = (state: State, ...given: unknown[]) => unknown;

const hex = (octets: Uint8Array): string => Array.from(octets, (one) => one.toString(16).padStart(2, "0")).join("");

/** A file as a page has it. A path is none: no page may read one. */
function fileOf(value: unknown, name: string): Blob {
  if (value instanceof Blob) return value;
  const words = "a path cannot be read by a page; give the File of an <input type=\"file\">";
  throw new SofError("SOR_ReadFileErr", `${name}: ${words}`);
}

/** The list as plug-ins write it, with the mark behind the last entry that their parsers expect. */
const list = (state: State): string =>
  [...state.users.values()].map(({ id, name }) => `${name}||${id}&&&`).join("");

/** What is asked to be signed, so that the phone can show of it what can be shown. */
type ToSign = { readonly text: string } | { readonly digest: Uint8Array };

async function sign(state: State, user: User, what: ToSign, attached: boolean, display?: Display): Promise<Uint8Array> {
  const item = "text" in what ? { id: "1", text: what.text, attached } : { id: "1", digest: what.digest };
  const answer = await state.ask("messageSignature", { items: [item], ...(display === undefined ? {} : { display }) });
  const [signed] = answer.items;
  if (signed === undefined) throw new SofError("SOR_SignDataErr", "the phone signed nothing");
  state.lastId = user.id;
  return signed.signature;
}

/** Text in the site's charset. What GBK writes in other octets than UTF-8 has to go as a digest. */
function textToSign(state: State, data: unknown): ToSign {
  if (typeof data !== "string") throw new SofError("SOR_IndataErr", "data: a text is expected");
  const charset = state.options.charset ?? "utf-8";
  // eslint-disable-next-line no-control-regex -- ASCII is the same in both.
  if (charset === "utf-8" || /^[\0-\x7f]*$/.test(data)) return { text: data };
  const value = core.call((wasm) => wasm.digest("sm3", encode(data, charset)));
  return bare(state, value, "a text that is signed in GBK is signed by its digest, which the phone cannot show");
}

/** Octets given in Base64: as text where they are one, for the phone shows it, else by their digest. */
function octetsToSign(state: State, data: unknown): ToSign {
  const octets = fromBase64(typeof data === "string" ? data : "", "data");
  if (octets.length === 0) throw new SofError("SOR_IndataErr", "data: Base64 is expected");
  const text = textOf(octets, state.options.charset ?? "utf-8");
  if (text !== undefined) return { text };
  const value = core.call((wasm) => wasm.digest("sm3", octets));
  return bare(state, value, "octets that are no text in UTF-8 are signed by their digest, which the phone cannot show");
}

/** The text that is these octets in UTF-8, in which phones sign. */
function textOf(octets: Uint8Array, charset: Charset): string | undefined {
  if (charset !== "utf-8" && octets.some((octet) => octet > 0x7f)) return undefined;
  try {
    return decode(octets, "utf-8");
  } catch {
    return undefined;
  }
}

function bare(state: State, value: Uint8Array, why: string): ToSign {
  if (state.options.allowBareDigest === true) return { digest: value };
  throw new SofError("SOR_NotSupportYetErr", `${why}; the option allowBareDigest permits it`);
}

/** A digest that this page made is signed as what it was made of. */
function digestToSign(state: State, value: unknown, algorithm: unknown): readonly [ToSign, Display | undefined] {
  const octets = fromBase64(typeof value === "string" ? value : "", "digest");
  if (digestName(Number(algorithm)) !== "sm3" || octets.length !== 32) {
    throw new SofError("SOR_AlgoTypeErr", "a digest to be signed is SM3, 32 octets");
  }
  const known = state.digested.get(hex(octets));
  if (known === undefined) return [bare(state, octets, "this page did not make the digest"), undefined];
  if ("text" in known) return [textToSign(state, known.text), undefined];
  return [{ digest: octets }, { fileName: known.file, fileSize: known.size }];
}

async function fileDigest(state: State, algorithm: number, file: Blob): Promise<Uint8Array> {
  const value = await digest(digestName(algorithm), file);
  const name = file instanceof File ? file.name : "file";
  state.digested.set(hex(value), { file: name, size: file.size });
  return value;
}

async function signFile(state: State, id: unknown, given: unknown): Promise<string> {
  const user = state.user(id);
  const file = fileOf(given, "file");
  const value = await fileDigest(state, 1, file);
  const display = { fileName: file instanceof File ? file.name : "file", fileSize: file.size };
  return toBase64(await sign(state, user, { digest: value }, false, display));
}

function bid(state: State): NonNullable<State["options"]["bid"]> {
  const { bid: given } = state.options;
  if (given !== undefined) return given;
  throw new SofError("SOR_NotInitializeErr", "say for which bid it is: give createSof the option bid");
}

async function encrypted(state: State, certificate: unknown, content: Blob): Promise<Blob> {
  const made = await encryptFile(content, [certificateOf(certificate)], { ...bid(state), sink: "memory" });
  return made.blob as Blob;
}

/** Asks the phone for the keys of a bid, and opens it. */
async function opened(state: State, file: Blob): Promise<Blob> {
  const start = new Uint8Array(await file.slice(0, 5).arrayBuffer());
  if (new TextDecoder().decode(start) !== "yxbid") {
    throw new SofError(
      "SOR_DecryptDataErr",
      "phones open bid envelopes; what another plug-in encrypted is opened with the token that it was encrypted for",
    );
  }
  const own = await recipient(state, file);
  const { bid: asked, display } = await bidToOpen(file, { id: "1", ...(own === undefined ? {} : { recipient: own }) });
  const { keys } = await state.ask("decrypt", { files: [asked], display });
  try {
    const result = await decryptFile(file, { keys, bid: "1", sink: "memory" });
    const [only, ...more] = result.segments;
    if (only?.blob === undefined || more.length > 0) {
      throw new SofError("SOR_DecryptDataErr", "the bid has several parts; open it with decryptFile");
    }
    return only.blob;
  } finally {
    keys.close();
  }
}

/** The key id of a certificate at hand, if the bid is encrypted to it. */
async function recipient(state: State, file: Blob): Promise<string | undefined> {
  const { recipients } = await inspectBid(file);
  const mine = [...state.users.values()].flatMap(({ encryption }) =>
    encryption === undefined ? [] : [fieldsOf(encryption).keyId],
  );
  return recipients.find((id) => mine.includes(id));
}

/** Gives a result as a file to where a page wants it: a function, a handle, else back. */
async function handed(blob: Blob, out: unknown): Promise<Blob | boolean> {
  if (typeof out === "function") {
    (out as (blob: Blob) => void)(blob);
    return true;
  }
  const handle = out as FileSystemFileHandle | undefined;
  if (typeof handle?.createWritable === "function") {
    const stream = await handle.createWritable();
    await stream.write(blob);
    await stream.close();
    return true;
  }
  if (typeof out === "string" && out !== "") {
    throw new SofError("SOR_WriteFileErr", "a page writes to no path; give a handle, a function, or nothing and take the Blob");
  }
  return blob;
}

const encryptText: Phone = async (state, certificate, data) => {
  const sealed = await encrypted(state, certificate, new Blob([octetsOf(state, data, "data") as Uint8Array<ArrayBuffer>]));
  return toBase64(new Uint8Array(await sealed.arrayBuffer()));
};

const decryptText: Phone = async (state, id, data) => {
  state.user(id);
  const octets = fromBase64(typeof data === "string" ? data : "", "data");
  const plain = await opened(state, new Blob([octets as Uint8Array<ArrayBuffer>]));
  return decode(new Uint8Array(await plain.arrayBuffer()), state.options.charset ?? "utf-8");
};

const encryptFileTo: Phone = async (state, certificate, from, out) =>
  handed(await encrypted(state, certificate, fileOf(from, "file")), out);

const decryptFileTo: Phone = async (state, id, from, out) => {
  state.user(id);
  return handed(await opened(state, fileOf(from, "file")), out);
};

type Read = (state: State, data: unknown) => ToSign;

const signText = (read: Read): Phone => async (state, id, data) =>
  toBase64(await sign(state, state.user(id), read(state, data), false));

const signMessage = (read: Read): Phone => async (state, flag, id, data) => {
  const detached = Number(flag) === (state.options.detachedFlag ?? 1);
  const user = state.user(id);
  const what = read(state, data);
  if (!("text" in what) && !detached) {
    throw new SofError("SOR_NotSupportYetErr", "what is signed by its digest cannot stand inside the message; ask without content");
  }
  return toBase64(await sign(state, user, what, !detached));
};

const signDigest: Phone = async (state, id, value, algorithm) => {
  const user = state.user(id);
  const [what, display] = digestToSign(state, value, algorithm ?? 1);
  return toBase64(await sign(state, user, what, false, display));
};

const site: Phone = async (state, key, from, out) => {
  const plain = new Uint8Array(await fileOf(from, "file").arrayBuffer());
  const call = LOCAL["SOF_SymEncryptData"] as (state: State, ...given: unknown[]) => unknown;
  const sealed = fromBase64(call(state, key, plain) as string, "data");
  return handed(new Blob([sealed as Uint8Array<ArrayBuffer>]), out);
};

async function siteOpened(key: unknown, from: unknown): Promise<Uint8Array> {
  const whole = new Uint8Array(await fileOf(from, "file").arrayBuffer());
  const secret = fromBase64(typeof key === "string" ? key : "", "key");
  return envelope.run((wasm) => wasm.gcmOpen("sm4-gcm", secret, whole.subarray(0, 12), new Uint8Array(0), whole.subarray(12)));
}

/** All of them, by name. */
export const PHONE: Readonly<Record<string, Phone>> = {
  // The PIN, wherever it stands, is not looked at: it is typed on the phone.
  SOF_Login: async (state) => {
    const listed = state.listed === undefined ? undefined : state.users.get(state.listed);
    state.listed = undefined;
    if (listed?.in !== true) await state.login();
    return true;
  },
  SOF_GetUserList: (state) => {
    if (state.users.size > 0) return list(state);
    return state.login().then(({ id }) => {
      state.listed = id;
      return list(state);
    });
  },
  SOF_ExportExChangeUserCert: (state, id) => {
    const user = state.user(id);
    if (user.encryption !== undefined) return toBase64(user.encryption);
    const { project, section, opening } = bid(state);
    return state.ask("encrypt", { project, section, opening }).then(({ encryption: [first] }) => {
      if (first === undefined) throw new SofError("SOR_CertNotFountErr", "the phone gave no encryption certificate");
      user.encryption = first;
      return toBase64(first);
    });
  },
  SOF_SignData: signText(textToSign),
  SOF_SignDataBase64: signText(octetsToSign),
  SOF_SignMessage: signMessage(textToSign),
  SOF_SignMessageBase64: signMessage(octetsToSign),
  SOF_SignHashData: signDigest,
  SOF_SignHashMessage: signDigest,
  SOF_SignFile: signFile,
  SOFX_SignMessageFile: (state, _flag, id, from) => signFile(state, id, from),
  SOF_VerifySignedFile: async (state, certificate, from, signed) =>
    verifySigned(state, certificate, new Uint8Array(await fileOf(from, "file").arrayBuffer()), signed),
  SOF_VerifyFileToPKCS7: async (state, p7, from) => {
    const data = new Uint8Array(await fileOf(from, "file").arrayBuffer());
    return messageHolds(state, fromBase64(typeof p7 === "string" ? p7 : "", "message"), data);
  },
  SOF_HashFile: async (state, algorithm, from) => toBase64(await fileDigest(state, Number(algorithm), fileOf(from, "file"))),
  SOF_HashFileEx: async (state, algorithm, from, certificate, id) => {
    const data = new Uint8Array(await fileOf(from, "file").arrayBuffer());
    return LOCAL["SOF_HashDataExBase64"]?.(state, algorithm, toBase64(data), certificate, id);
  },
  SOF_EncryptData: encryptText,
  SOF_DecryptData: decryptText,
  SOF_PriKeyDecrypt: decryptText,
  SOF_EncryptFile: encryptFileTo,
  SOF_DecryptFile: decryptFileTo,
  SOF_SymEncryptFile: site,
  SOF_SymDecryptFile: async (_, key, from, out) =>
    handed(new Blob([(await siteOpened(key, from)) as Uint8Array<ArrayBuffer>]), out),
  SOF_SymDecryptFileToData: async (state, key, from) =>
    decode(await siteOpened(key, from), state.options.charset ?? "utf-8"),
  SOFX_MultiEncryptFile: async (state, one, other, from, out) => {
    const certificates = [certificateOf(one), certificateOf(other)];
    const made = await encryptFile(fileOf(from, "file"), certificates, { ...bid(state), sink: "memory" });
    return handed(made.blob as Blob, out);
  },
  SOFX_EncryptFile: (state, _id, certificate, from, out) => encryptFileTo(state, certificate, from, out),
  SOFX_VerifySignedMessageFile: async (state, _flag, from, signed) => {
    const data = new Uint8Array(await fileOf(from, "file").arrayBuffer());
    const p7 = new Uint8Array(await fileOf(signed, "signature").arrayBuffer());
    return messageHolds(state, p7, data);
  },
};

/** Other names of the same. */
export const SAME_PHONE: Readonly<Record<string, string>> = {
  SOF_AsDecrypt: "SOF_PriKeyDecrypt",
  SOF_DecryptByPrvKey: "SOF_PriKeyDecrypt",
  SOF_DecryptDataPKCS7: "SOF_DecryptData",
  SOF_DecryptDataPKCS7EX: "SOF_DecryptData",
  SOF_DecryptFileToPKCS7: "SOF_DecryptFile",
  SOF_EncryptDataEx: "SOF_EncryptData",
  SOF_EncryptDataPKCS7: "SOF_EncryptData",
  SOF_EncryptDataPKCS7EX: "SOF_EncryptData",
  SOF_EncryptFileEx: "SOF_EncryptFile",
  SOF_EncryptFileToPKCS7: "SOF_EncryptFile",
  SOF_ExportExchangeUserCert: "SOF_ExportExChangeUserCert",
  SOF_LoginEx: "SOF_Login",
  SOF_PriKeyDecryptEx: "SOF_PriKeyDecrypt",
  SOF_SignByCert: "SOF_SignData",
  SOF_SignDataByP7: "SOF_SignMessage",
  SOF_SignDataEx: "SOF_SignData",
  SOF_SignDataInteractive: "SOF_SignData",
  SOF_SignDataToPKCS7: "SOF_SignMessage",
  SOF_SignFileToPKCS7: "SOF_SignFile",
  SOFX_DecryptFile: "SOF_DecryptFile",
  SOFX_DecryptFileEx: "SOF_DecryptFile",
};
