/**
 * The `SOF_` functions of GM/T 0020 over QR sessions: an old page changes one script tag.
 *
 * ```ts
 * const sof = createSof(client, { trust, onSession: (session) => element.show(session) });
 * await sof.open();
 * installGlobals(sof);
 * ```
 *
 * After `open()` everything that needs no phone answers at once. What a person confirms on the phone is
 * a Promise, and goes to `cb({ retVal, ctx })` where a function is passed. A failure is the failure's
 * value (`""`, `false`, `-1`); `SOF_GetLastError` and `SOF_GetLastErrMsg` say why. PINs are not looked at
 * and sent nowhere. `yinxin sof-scan DIR` lists what a site calls, and what has to change.
 *
 * @packageDocumentation
 */

import { SGD, SOR } from "./sof/constants.js";
import { SofError, doing, sorOf, type LastError } from "./sof/error.js";
import { aliases, local, phone, refusals, refused, server } from "./sof/functions.json";
import { atOnce, loaded, open } from "./sof/loaded.js";
import type { SofOptions } from "./sof/options.js";
import { PLAIN, SAME_PLAIN } from "./sof/plain.js";
import { State, type SofClient } from "./sof/state.js";

export { SGD, SOR, SofError, sorOf };
export type { SofOptions };
export type { SofClient, SofScenes, SofSession } from "./sof/state.js";
export type { CertInfoTable } from "./sof/certificate.js";
export type { Doing, LastError } from "./sof/error.js";
export type { Style, Vendor } from "./sof/options.js";
export type { Charset } from "./sof/text.js";

/** A function of the facade. */
export type SofFunction = (...given: unknown[]) => unknown;

/** The facade: every name of the table, and `open`. */
export interface Sof {
  /** Loads the module; afterwards what needs no phone answers at once. */
  open(): Promise<void>;
  /** Tells everybody that a login ended: for the page's own "log out". */
  loggedOut(...given: unknown[]): void;
  /** What failed last. */
  readonly lastError: LastError | undefined;
  readonly [name: string]: SofFunction | LastError | undefined;
}

type Given = (state: State, ...given: unknown[]) => unknown;

/** What a failure is worth: plug-ins answer a number, a text or a truth. */
function worth(name: string): unknown {
  if (/^SOF_(Set|Del|Init)|Count|^SOF_(VerifyTimeStamp|ValidateCert|VerifySignedMessageDetach|LoadLibrary)$/.test(name)) return -1;
  if (/^(SOF_|SOFX_|CSOF_)?(Login|Logout|LogOut|IsLogin|Verify|Change|Unlock|Import|Write|Delete|Init|Generate(Key)|Remote|Is)|EncryptFile|DecryptFile|^SOF_(CheckSupport)/.test(name)) {
    return false;
  }
  return "";
}

/** The functions of the table that are refused, and who does them. */
function refusal(name: string, code: string): Given {
  const words = (refusals as Readonly<Record<string, { readonly en: string; readonly zh: string }>>)[code];
  return () => {
    throw new SofError("SOR_NotSupportYetErr", `${name}: ${words?.zh ?? ""} / ${words?.en ?? ""}`);
  };
}

/**
 * Those that answer at once when they are loaded: before, they fail, for a page takes what they give for the
 * answer. All others of the table give a Promise.
 */
const AT_ONCE = (
  "AsEncrypt Base64Decode Base64Encode DigestData EncryptByPubKey ExportPubKey GetCertEntity GetCertInfo " +
  "GetCertInfoByOid GetInfoFromSignedMessage GetTimeStampInfo HMAC HashData HashDataEx HashDataExBase64 " +
  "PubKeyEncrypt PublicVerify SymDecryptData SymEncryptData ValidateCert VerifyByExtCert VerifyDataToPKCS7 " +
  "VerifySignedData VerifySignedDataBase64 VerifySignedHashData VerifySignedMessage VerifySignedMessageBase64 " +
  "VerifyTimeStamp"
).split(" ");

/** A function that comes later. */
const behind = (name: string): Given => (state, ...given) => {
  const calls = AT_ONCE.includes(name.slice(4)) ? atOnce() : loaded();
  if (calls !== undefined) return calls.call(name, state, given);
  return open().then((calls) => calls.call(name, state, given));
};

function functions(): Map<string, Given> {
  const all = new Map<string, Given>();
  for (const name of Object.keys({ ...local, ...phone })) all.set(name, PLAIN[SAME_PLAIN[name] ?? name] ?? behind(name));
  for (const [name, code] of Object.entries({ ...refused, ...server })) all.set(name, refusal(name, code));
  return all;
}

/** Longmai's order of arguments: where among them the standard's first one stands, then the next; -1 nowhere. */
const LONGMAI: Readonly<Record<string, readonly number[]>> = {
  SOF_Login: [],
  SOF_ExportUserCert: [0],
  SOF_GetDeviceInfo: [-1, 0],
  SOF_SignData: [0, 2],
  SOF_SignDataInteractive: [0, 2],
  SOF_SignDataToPKCS7: [3, 0, 2],
  SOF_VerifySignedData: [0, 2, 3],
  SOF_DecryptDataPKCS7: [0, 2],
  SOF_EncryptDataPKCS7: [0, 1],
  SOF_GetUserList: [],
};

/** Longmai's results. */
function longmaiResult(name: string, value: unknown): unknown {
  if (name === "SOF_GetUserList" && typeof value === "string") {
    const entries = value.split("&&&").filter((entry) => entry !== "");
    return entries.map((entry) => entry.split("||"));
  }
  if (name === "SOF_EnumDevice" && typeof value === "string") return value === "" ? null : value.split("||");
  if (/^SOF_(Login|LogOut|Verify)/.test(name) && typeof value === "boolean") return value ? 0 : -1;
  return value;
}

/**
 * Makes the facade over a client.
 *
 * @throws TypeError for options that are none.
 */
export function createSof(client: SofClient, options: SofOptions = {}): Sof {
  if (typeof client?.session !== "function") throw new TypeError("client: a YinxinClient is expected");
  const known = {
    style: ["promise", "callback"],
    vendor: ["standard", "longmai"],
    certInfoTable: ["gmt0020", "bjca"],
    charset: ["utf-8", "gbk"],
    hashArguments: ["signature,algorithm", "algorithm,signature"],
  } as const;
  for (const [name, words] of Object.entries(known)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined && !(words as readonly unknown[]).includes(value)) {
      throw new TypeError(`options.${name}: one of ${words.join(", ")} is expected`);
    }
  }
  const state = new State(client, options);
  const sof: Record<string, unknown> = {
    open: () => open().then(() => undefined),
    loggedOut: (id?: unknown) => {
      for (const user of state.users.values()) if (id === undefined || user.id === id) state.logout(user);
    },
  };
  Object.defineProperty(sof, "lastError", { get: () => state.last, enumerable: false });
  for (const [name, own] of functions()) {
    sof[name] = named(name, own, state);
  }
  return sof as unknown as Sof;
}

/** One function as a page calls it. */
function named(name: string, own: Given, state: State): SofFunction {
  const { style = "promise", vendor = "standard" } = state.options;
  const order = vendor === "longmai" ? LONGMAI[name] : undefined;
  const remembers = /^SOF_GetLast(Error|ErrMsg|ErrorMsg)$/.test(name);
  const result = (value: unknown): unknown => (vendor === "longmai" ? longmaiResult(name, value) : value);
  const failed = (thrown: unknown): unknown => {
    state.failed(thrown, doing(name));
    return result(worth(name));
  };
  const takesFunction = /^(SetOnUsbKeyChangeCallBack|SetAutoLogoutParameter|onUsbkeyChange)$/.test(name);
  return (...all) => {
    const at = takesFunction ? -1 : all.findIndex((one) => typeof one === "function");
    const told = at < 0 || (isOut(name) && at === 2) ? all.findIndex((one, index) => index > at && typeof one === "function") : at;
    const callback = takesFunction || told < 0 ? undefined : (all[told] as (answer: object) => void);
    const given = callback === undefined ? all : all.slice(0, told);
    const ctx = callback === undefined ? undefined : all[told + 1];
    let value: unknown;
    try {
      if (!remembers) state.last = undefined;
      value = own(state, ...(order === undefined ? given : order.map((at) => given[at])));
    } catch (thrown) {
      value = failed(thrown);
    }
    const settled = value instanceof Promise ? value.then(result, failed) : result(value);
    if (callback === undefined) return style === "callback" ? Promise.resolve(settled) : settled;
    return Promise.resolve(settled).then((retVal) => {
      callback({ retVal, ctx });
      return retVal;
    });
  };
}

/** Whether the third argument may be a function that takes the output, and no callback. */
const isOut = (name: string): boolean => /^SOFX?_(Sym)?(En|De)cryptFile/.test(name);

type Shim = (sof: Sof, ...given: unknown[]) => unknown;

/** What the certificate of a user says, by the number of GM/T 0020. */
const told = (type: number): Shim => (sof, id) => ask(sof, "SOF_GetCertInfo", ask(sof, "SOF_ExportUserCert", id), type);

const signedData: Shim = (sof, data, id, ...rest) => ask(sof, "SOF_SignData", id, data, ...rest);

/** Empty means right. */
const checked: Shim = async (sof, id) => ((await ask(sof, "SOF_Login", id)) === true ? "" : "登录未完成");

/** Names under which vendors' scripts and shims offer the same; those that say something of their own. */
const SHIM: Readonly<Record<string, Shim>> = {
  GetCertNo: told(2),
  GetCertSN: told(2),
  GetCertCNName: told(0x31),
  GetUniqueID: (sof, certificate) => ask(sof, "SOF_GetCertEntity", certificate),
  GetIdentityID: (sof, id) => ask(sof, "SOF_GetCertEntity", ask(sof, "SOF_ExportUserCert", id)),
  GetKeySN: () => "",
  GetRealKey: (sof, id) => (id === undefined || id === "" ? ask(sof, "SOF_GetLastLoginCertID") : id),
  GetDeviceType: (sof, id) => ask(sof, "SOF_GetDeviceInfo", id, 7),
  HashData: (sof, data) => ask(sof, "SOF_HashData", SGD.SGD_SM3, data),
  HashFile: (sof, file) => ask(sof, "SOF_HashFile", SGD.SGD_SM3, file),
  // (form, id, pin), (id, pin), (pin): nothing of it is needed.
  Login: (sof, ...given) => ask(sof, "SOF_Login", ...given.filter((one) => typeof one === "function")),
  SignedData: signedData,
  SignedDataS: signedData,
  SignedOrdData: signedData,
  SignByP7: (sof, id, data, detached, ...rest) => ask(sof, "SOF_SignMessage", detached ? 1 : 0, id, data, ...rest),
  // BJCA's copies passed the flag on one way and dropped it on the other; here it always counts.
  SignDataByP7: (sof, id, data, detached, ...rest) =>
    ask(sof, "SOF_SignMessage", detached === false ? 0 : 1, id, data, ...rest),
  CheckPWD: checked,
  CheckForm: checked,
  getUsrSignatureInfo: (sof, id) => {
    const certificate = ask(sof, "SOF_ExportUserCert", id);
    if (certificate === "") return {};
    const number = ask(sof, "SOF_GetCertInfo", certificate, 2);
    const entity = ask(sof, "SOF_GetCertEntity", certificate);
    const name = ask(sof, "SOF_GetCertInfo", certificate, 0x31);
    return {
      certificate, certificateNo: number, CertificateSN: number, identityID: entity, UsrCertCode: entity,
      CertName: name, uKeyNo: "", signImage: "", SignType: "PHONE", VenderCode: "YINXIN",
    };
  },
};

function ask(sof: Sof, name: string, ...given: unknown[]): unknown {
  return (sof[name] as SofFunction)(...given);
}

/**
 * Puts all names, vendors' and shims' too, on an object: the page's `window` unless said otherwise.
 * What is there already under a name is put in its place again by the function that is returned.
 */
export function installGlobals(sof: Sof, target: object = globalThis): () => void {
  const place = target as Record<string, unknown>;
  const before = new Map<string, PropertyDescriptor | undefined>();
  const put = (name: string, value: unknown): void => {
    if (!before.has(name)) before.set(name, Object.getOwnPropertyDescriptor(place, name));
    Object.defineProperty(place, name, { value, configurable: true, writable: true, enumerable: true });
  };
  const skipped = new Set(["open", "loggedOut"]);
  for (const [name, value] of Object.entries(sof)) if (!skipped.has(name)) put(name, value);
  for (const [name, other] of Object.entries(aliases)) put(name, sof[other]);
  for (const [name, own] of Object.entries(SHIM)) put(name, (...given: unknown[]) => own(sof, ...given));
  for (const [name, value] of Object.entries({ ...SGD, ...SOR })) put(name, value);
  put("sof", sof);
  return () => {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) delete place[name];
      else Object.defineProperty(place, name, descriptor);
    }
  };
}
