// Functions that need neither a phone nor a module: what is set, who is logged in, what failed. They are there
// at once; everything else comes with `open()`.

import { toBase64 } from "../base64.js";

import { SGD, SOR } from "./constants.js";
import { SofError } from "./error.js";
import type { State } from "./state.js";

type Plain = (state: State, ...given: unknown[]) => unknown;

const setMethod =
  (key: "signMethod" | "encryptMethod" | "digestMethod", allowed: (state: State) => readonly number[]): Plain =>
  (state, method) => {
    const own = allowed(state).find((one) => one === method);
    if (own === undefined) throw new SofError("SOR_AlgoTypeErr", `method ${String(method)} is not offered here`);
    state[key] = own;
    return SOR.SOR_OK;
  };

const NOTHING_TO_LOAD = (
  "CheckSupport EnableLoginWindow Finalize GetDeviceInstance Initialize ListenUKey LoadLibrary ReleaseDeviceInstance"
).split(" ");

/** All of them, by name. */
export const PLAIN: Readonly<Record<string, Plain>> = {
  SOF_GetVersion: () => "yinxin/0.1.0 GM/T 0020",
  SOF_GetProductVersion: () => "yinxin/0.1.0",
  SOF_SetSignMethod: setMethod("signMethod", () => [SGD.SGD_SM3_SM2]),
  SOF_GetSignMethod: (state) => state.signMethod,
  SOF_SetEncryptMethod: setMethod("encryptMethod", (state) =>
    state.options.legacy?.ecb === true ? [SGD.SGD_SM4_CBC, SGD.SGD_SM4_ECB] : [SGD.SGD_SM4_CBC],
  ),
  SOF_SetEncryptMethodAndIV: (state, method) => (PLAIN["SOF_SetEncryptMethod"] as Plain)(state, method),
  SOF_GetEncryptMethod: (state) => state.encryptMethod,
  SOF_SetDigestMethod: setMethod("digestMethod", () => [SGD.SGD_SM3, SGD.SGD_SHA256]),
  SOF_SetUserID: (_, id) => {
    if (id !== undefined && id !== "" && id !== "1234567812345678") {
      throw new SofError("SOR_ParameterNotSupportErr", "certificates here are used with the identity 1234567812345678 only");
    }
    return SOR.SOR_OK;
  },
  SOF_ExportUserCert: (state, id) => toBase64(state.user(id).certificate),
  SOF_GetLastLoginCertID: (state) => state.lastId,
  SOF_GetLastSignDataCertID: (state) => state.lastId,
  SOF_IsLogin: (state, id) => state.user(id).in,
  SOF_Logout: (state, id) => {
    state.logout(state.user(id));
    return true;
  },
  SOF_FindContainer: (state, id) => state.user(id).id,
  SOF_EnumCertContiner: (state) => [...state.users.keys()].join("||"),
  SOF_GetAllContainerName: (state) => [...state.users.keys()].map((id) => `${id};`).join(""),
  SOF_GetDeviceInfo: (state, id, type) => {
    state.user(id);
    if (Number(type) !== 7) {
      throw new SofError("SOR_ParameterNotSupportErr", "of the phone nothing is known but that it is one (type 7)");
    }
    return state.options.deviceKind ?? "PHONE";
  },
  SOF_EnumDevice: (state) => [...state.users.keys()].join("||"),
  SOF_CheckExists: (state) => (state.users.size > 0 ? 1 : 0),
  SOF_GenRandom: (_, count) => random(count),
  SOF_GetLastError: (state) => state.last?.sor ?? SOR.SOR_OK,
  SOF_GetLastErrMsg: (state) => state.last?.message ?? "",
  ...Object.fromEntries(NOTHING_TO_LOAD.map((name) => [`SOF_${name}`, () => SOR.SOR_OK])),
  SetOnUsbKeyChangeCallBack: (state, told) => {
    if (typeof told === "function") state.onLogout.push(told as (id: string) => void);
    return true;
  },
  SetAutoLogoutParameter: (state, id, told) => {
    if (typeof told === "function") {
      state.onLogout.push((gone) => {
        if (gone === id) (told as () => void)();
      });
    }
    return true;
  },
};

/** Other names of the same. */
export const SAME_PLAIN: Readonly<Record<string, string>> = {
  SOF_GenerateRandom: "SOF_GenRandom",
  SOF_GetLastErrorMsg: "SOF_GetLastErrMsg",
  SOF_LogOut: "SOF_Logout",
  onUsbkeyChange: "SetOnUsbKeyChangeCallBack",
};

function random(count: unknown): string {
  const number = Number(count);
  if (!Number.isSafeInteger(number) || number < 1 || number > 65_536) {
    throw new SofError("SOR_IndataLenErr", "1 to 65536 octets");
  }
  return toBase64(crypto.getRandomValues(new Uint8Array(number)));
}
