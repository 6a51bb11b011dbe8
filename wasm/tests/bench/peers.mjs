// Every npm package with these algorithms that runs, behind one face. A peer says what it has; where it
// has no GCM, its CBC stands in, which is less work than GCM.

import * as gmCryptNs from "gm-crypt";
import * as gmCryptoNs from "gm-crypto";
import { createSM3 } from "hash-wasm";
import * as miniprogramNs from "miniprogram-sm-crypto";
import * as smCryptoNs from "sm-crypto";
import * as smCryptoV2Ns from "sm-crypto-v2";
import * as sm3Ns from "sm3";

const own = (namespace) => namespace.default ?? namespace;
const [smCrypto, smCryptoV2, miniprogram] = [smCryptoNs, smCryptoV2Ns, miniprogramNs].map(own);
const [gmCrypto, gmCrypt, sm3Text] = [gmCryptoNs, gmCryptNs, sm3Ns].map(own);

const KEY = "0123456789abcdeffedcba9876543210";
const IV = "00112233445566778899aabbccddeeff";

/** sm-crypto and what was made after it. */
function family(name, { sm2, sm3, sm4 }, { bytes, mode }) {
  const pair = sm2.generateKeyPairHex();
  const options = { der: true, hash: true, publicKey: pair.publicKey };
  const given = (data) => (bytes ? data : Array.from(data));
  return {
    name,
    sm2: {
      sign: (message) => sm2.doSignature(given(message), pair.privateKey, options),
      verify: (message, signature) =>
        sm2.doVerifySignature(given(message), signature, pair.publicKey, options),
    },
    sm3: (data) => sm3(given(data)),
    sm4: {
      mode,
      run: (data) =>
        sm4.encrypt(given(data), KEY, {
          mode,
          iv: mode === "gcm" ? IV.slice(0, 24) : IV,
          padding: mode === "gcm" ? "none" : "pkcs#7",
          output: "array",
        }),
    },
  };
}

/** All of them. */
export async function peers() {
  const hasher = await createSM3();
  const { SM3, SM4 } = gmCrypto;
  const old = new gmCrypt.sm4({ key: KEY.slice(0, 16), mode: "cbc", iv: IV.slice(0, 16), cipherType: "base64" });
  // sm4js puts functions of its own in the place of the browser's, for everybody; here only for itself.
  const { fill } = Uint8Array.prototype;
  const Sm4js = own(await import("sm4js"));
  const js = new Sm4js({ key: KEY.slice(0, 16), mode: "cbc", iv: IV.slice(0, 16), cipherType: "base64" });
  Uint8Array.prototype.fill = fill;
  const ascii = (data) => new TextDecoder("latin1").decode(data.map((octet) => octet & 0x3f | 0x40));
  return [
    family("sm-crypto", smCrypto, { bytes: false, mode: "cbc" }),
    family("sm-crypto-v2", smCryptoV2, { bytes: true, mode: "gcm" }),
    family("miniprogram-sm-crypto", miniprogram, { bytes: false, mode: "cbc" }),
    {
      name: "gm-crypto",
      sm3: (data) => SM3.digest(data.buffer, "hex"),
      sm4: {
        mode: "cbc",
        run: (data) => SM4.encrypt(data.buffer, KEY, { mode: SM4.constants.CBC, iv: IV }),
      },
    },
    { name: "gm-crypt", sm4: { mode: "cbc", run: (data) => old.encrypt(ascii(data)) } },
    { name: "sm4js", sm4: { mode: "cbc", run: (data) => js.encrypt(ascii(data)) } },
    {
      name: "hash-wasm",
      sm3: (data) => hasher.init().update(data).digest("binary"),
    },
    { name: "sm3", sm3: (data) => sm3Text(ascii(data)) },
  ];
}
