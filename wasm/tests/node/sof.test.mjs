// The SOF_ facade over a client whose phone is the command line.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";

import { DecryptionKey, digest } from "yinxin";
import { SGD, SOR, createSof, installGlobals, sorOf } from "yinxin/sof";

import { Holders } from "../lib/holders.mjs";

const source = (path) => readFileSync(new URL(`../../npm/src/${path}`, import.meta.url), "utf8");
const table = JSON.parse(source("sof/functions.json"));
const classes = ["local", "phone", "refused", "server"];

const holders = new Holders("sof");
let certificate;
let encryption;
let trust;
let asked;

before(() => {
  holders.authority("sm2");
  holders.enrol("holder", "sm2");
  certificate = pem("holder/sign.pem");
  encryption = pem("holder/encrypt.pem");
  trust = { anchors: [holders.read("ca-sm2/root.pem")], intermediates: [holders.read("ca-sm2/issuing.pem")] };
});
after(() => holders.close());
beforeEach(() => (asked = []));

/** The first certificate of a file, DER. */
function pem(name) {
  const [, body] = /-----BEGIN CERTIFICATE-----([^-]*)/.exec(Buffer.from(holders.read(name)).toString());
  return new Uint8Array(Buffer.from(body, "base64"));
}

function signed(item) {
  if (!("text" in item)) return { id: item.id, signature: new Uint8Array([0x30, 0]) };
  writeFileSync(holders.path("text"), item.text);
  const detached = item.attached ? "" : " --detached";
  holders.yinxin(`cms sign text --key holder.key --certificate holder/sign.pem${detached} --out p7 --force`);
  return { id: item.id, signature: holders.read("p7") };
}

const answers = {
  login: () => ({ certificates: [certificate] }),
  messageSignature: ({ items }) => ({ items: items.map(signed) }),
  encrypt: () => ({ encryption: [encryption] }),
  decrypt: async () => {
    const keys = await DecryptionKey.read(holders.read("holder/enc.key"));
    return { keys: Object.assign(keys, { close() {} }) };
  },
};

/** A client whose phone says yes. */
const client = {
  session(scene, input) {
    asked.push([scene, input]);
    return { scene, answer: Promise.resolve(input).then(answers[scene]) };
  },
};

const bid = { project: "P-17", section: "A1", opening: new Date("2036-12-01T01:30:00Z") };

async function opened(options = {}) {
  const sof = createSof(client, { trust, bid, ...options });
  await sof.open();
  return sof;
}

async function loggedIn(options) {
  const sof = await opened(options);
  assert.equal(await sof.SOF_Login("any", "123456"), true);
  return { sof, id: sof.SOF_GetLastLoginCertID() };
}

const base64 = (octets) => Buffer.from(octets).toString("base64");

test("before it is open, what answers at once fails at once, and what is refused says so", () => {
  const sof = createSof(client, { trust });
  assert.equal(sof.SOF_VerifySignedData(base64(certificate), "text", base64([1])), false);
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_NotInitializeErr);
  assert.equal(sof.SOF_HashData(1, "abc"), "");
  assert.equal(sof.SOF_ChangePassWd("id", "old", "new"), false);
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_NotSupportYetErr);
  assert.equal(sof.SOF_SetSignMethod(SGD.SGD_SM3_SM2), SOR.SOR_OK);
});

test("every name of the table is a function, and no other is offered", async () => {
  const sof = await opened();
  const names = classes.flatMap((kind) => Object.keys(table[kind]));
  for (const name of names) assert.equal(typeof sof[name], "function", name);
  const offered = Object.keys(sof).filter((name) => !["open", "loggedOut"].includes(name));
  assert.deepEqual(offered.filter((name) => !names.includes(name)), []);
});

test("each refused name says why in both languages and gives no value that looks like one", async () => {
  const sof = await opened();
  for (const kind of ["refused", "server"]) {
    for (const [name, code] of Object.entries(table[kind])) {
      const value = await sof[name]("a", "b", "c");
      assert.ok(["", false, -1].includes(value), `${name}: ${value}`);
      assert.equal(sof.SOF_GetLastError(), SOR.SOR_NotSupportYetErr, name);
      for (const language of ["zh", "en"]) {
        assert.ok(sof.SOF_GetLastErrMsg().includes(table.refusals[code][language]), name);
      }
    }
  }
  assert.equal(sof.SOF_GetPinRetryCount("id"), -1);
});

test("the PIN is ignored and goes nowhere, in every form of the call", async () => {
  for (const given of [["id", "SECRET-PIN"], ["SECRET-PIN"], ["form", "id", "SECRET-PIN"]]) {
    const sof = await opened();
    assert.equal(await sof.SOF_Login(...given), true);
  }
  const place = {};
  installGlobals(await opened(), place);
  assert.equal(await place.Login("form", "id", "SECRET-PIN"), true);
  assert.equal(await place.VerifyUserPIN("id", "SECRET-PIN"), true);
  assert.equal(asked.length, 5);
  assert.ok(!JSON.stringify(asked).includes("SECRET-PIN"));
});

test("a login that failed is false, and says why", async () => {
  const sof = createSof({ session: () => ({ answer: Promise.reject(new DOMException("late", "TimeoutError")) }) });
  assert.equal(await sof.SOF_Login("id", "pin"), false);
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_TimeoutErr);
});

test("each session is given to the page, which shows its code", async () => {
  const shown = [];
  const { sof, id } = await loggedIn({ onSession: (session) => shown.push(session.scene) });
  await sof.SOF_SignData(id, "text");
  assert.deepEqual(shown, ["login", "messageSignature"]);
});

test("the list of users ends as parsers expect, and parses to its last entry", async () => {
  const sof = await opened();
  const list = await sof.SOF_GetUserList();
  assert.match(list, /^甲公司\|\|[0-9a-f]{64}&&&$/);
  assert.equal(sof.SOF_GetUserList(), list, "at once the second time");
  assert.equal(await sof.SOF_Login("id", "pin"), true);
  assert.equal(asked.length, 1, "the list and the login that follows it are one scan");
  await sof.SOF_Login("id", "pin");
  assert.equal(asked.length, 2, "the next is another");
  // The parser of XTXSAB, which ignores what has no mark behind it.
  const found = [];
  let rest = list;
  while (rest.includes("&&&")) {
    found.push(rest.slice(0, rest.indexOf("&&&")).split("||"));
    rest = rest.slice(rest.indexOf("&&&") + 3);
  }
  assert.equal(found.length, 1);
  assert.equal(base64(certificate), sof.SOF_ExportUserCert(found[0][1]));
});

test("what is signed verifies, what was changed does not, and nothing does without an anchor", async () => {
  const { sof, id } = await loggedIn();
  const signed = await sof.SOF_SignData(id, "投标函 甲");
  assert.equal(asked.at(-1)[1].items[0].text, "投标函 甲", "the phone is shown the text");
  const own = sof.SOF_ExportUserCert(id);
  assert.equal(sof.SOF_VerifySignedData(own, "投标函 甲", signed), true, sof.SOF_GetLastErrMsg());
  assert.equal(sof.SOF_VerifySignedData(own, "投标函 乙", signed), false);
  assert.equal(sof.SOF_VerifySignedData(base64(encryption), "投标函 甲", signed), false, "another certificate");
  const blind = await opened({ trust: undefined });
  assert.equal(blind.SOF_VerifySignedData(own, "投标函 甲", signed), false);
  assert.equal(blind.SOF_GetLastError(), SOR.SOR_VerifyPolicyErr);
});

test("the flag of a message is honoured on every way, as the site says which it is", async () => {
  for (const [detachedFlag, flag, attached] of [[1, 1, false], [1, 0, true], [0, 0, false], [0, 1, true]]) {
    const { sof, id } = await loggedIn({ detachedFlag });
    const p7 = await sof.SOF_SignMessage(flag, id, "text");
    assert.equal(asked.at(-1)[1].items[0].attached, attached);
    assert.equal(sof.SOF_VerifySignedMessage(p7, attached ? "" : "text"), true, sof.SOF_GetLastErrMsg());
    assert.equal(sof.SOF_GetInfoFromSignedMessage(p7, 2), sof.SOF_ExportUserCert(id));
    const content = sof.SOF_GetInfoFromSignedMessage(p7, 1);
    assert.equal(content, attached ? base64(Buffer.from("text")) : "");
  }
});

test("a certificate is 0 only where its chain and its dates are good", async () => {
  const { sof, id } = await loggedIn();
  const own = sof.SOF_ExportUserCert(id);
  assert.equal(sof.SOF_ValidateCert(own), SOR.SOR_OK, sof.SOF_GetLastErrMsg());
  const blind = await opened({ trust: undefined });
  assert.equal(blind.SOF_ValidateCert(own), SOR.SOR_CertInvalidErr);
  const late = await opened({ trust: { ...trust, at: new Date("2099-01-01"), now: new Date("2099-01-01") } });
  assert.equal(late.SOF_ValidateCert(own), SOR.SOR_CertHasExpiredErr);
  assert.equal(sof.SOF_ValidateCert("not a certificate"), -1);
});

test("certificate information has the numbers of the standard or BJCA's, and no others", async () => {
  const standard = await loggedIn();
  const own = standard.sof.SOF_ExportUserCert(standard.id);
  assert.equal(standard.sof.SOF_GetCertInfo(own, 0x31), "甲公司");
  assert.equal(standard.sof.SOF_GetCertInfo(own, 1), "3");
  assert.match(standard.sof.SOF_GetCertInfo(own, 6), /^\d{14}-\d{14}$/);
  const bjca = await opened({ certInfoTable: "bjca" });
  assert.equal(bjca.SOF_GetCertInfo(own, 17), "甲公司");
  assert.match(bjca.SOF_GetCertInfo(own, 12), /^\d{14}$/);
  assert.equal(bjca.SOF_GetCertInfo(own, 35), "91350100M000100Y43");
  assert.equal(standard.sof.SOF_GetCertInfo(own, 2), bjca.SOF_GetCertInfo(own, 2));
  assert.equal(standard.sof.SOF_GetCertInfo(own, 17), "");
  assert.equal(standard.sof.SOF_GetLastError(), SOR.SOR_ParameterNotSupportErr);
  assert.equal(standard.sof.SOF_GetCertEntity(own), "91350100M000100Y43");
  assert.equal(standard.sof.SOF_GetCertInfoByOid(own, "2.5.4.3"), "甲公司");
});

test("callbacks get retVal and ctx, later and never at once, for what is at hand too", async () => {
  const { sof } = await loggedIn({ style: "callback" });
  const ctx = { mine: 1 };
  let called = false;
  const answer = new Promise((resolve) => sof.SOF_GetVersion((given) => resolve(((called = true), given)), ctx));
  assert.equal(called, false);
  assert.deepEqual(await answer, { retVal: "yinxin/0.1.0 GM/T 0020", ctx });
  const list = await new Promise((resolve) => sof.SOF_GetUserList(resolve, ctx));
  assert.equal(list.ctx, ctx);
  const refused = await new Promise((resolve) => sof.SOF_ChangePassWd("id", "old", "new", resolve, ctx));
  assert.deepEqual(refused, { retVal: false, ctx });
});

test("digests are SM3 or SHA-256, and SHA-1 is refused", async () => {
  const sof = await opened();
  assert.equal(Buffer.from(sof.SOF_HashData(1, "abc"), "base64").toString("hex").slice(0, 8), "66c7f0f4");
  assert.equal(Buffer.from(sof.SOF_HashData(4, "abc"), "base64").toString("hex").slice(0, 8), "ba7816bf");
  assert.equal(sof.SOF_HashData(2, "abc"), "");
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_AlgoTypeErr);
  const place = {};
  installGlobals(sof, place);
  // BJCA's HashFile was SHA-1 whatever one did; ours is SM3.
  assert.equal(await place.HashFile(new File(["abc"], "a.txt")), sof.SOF_HashData(1, "abc"));
});

test("GBK is the octets of old pages", async () => {
  const [utf8, gbk] = [await opened(), await opened({ charset: "gbk" })];
  assert.equal(gbk.SOF_Base64Encode("印"), base64([0xd3, 0xa1]));
  assert.equal(gbk.SOF_Base64Decode(base64([0xd3, 0xa1])), "印");
  assert.equal(utf8.SOF_Base64Encode("印"), base64(Buffer.from("印")));
  assert.notEqual(gbk.SOF_HashData(1, "印"), utf8.SOF_HashData(1, "印"));
  assert.equal(gbk.SOF_Base64Encode("😀"), "");
  assert.equal(gbk.SOF_GetLastError(), SOR.SOR_IndataErr);
  const { sof, id } = await loggedIn({ charset: "gbk" });
  assert.notEqual(await sof.SOF_SignData(id, "ASCII"), "");
  assert.equal(await sof.SOF_SignData(id, "印"), "", "the phone could not show it");
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_NotSupportYetErr);
  const bare = await loggedIn({ charset: "gbk", allowBareDigest: true });
  assert.notEqual(await bare.sof.SOF_SignData(bare.id, "印"), "");
  assert.deepEqual(base64(asked.at(-1)[1].items[0].digest), bare.sof.SOF_HashData(1, "印"));
});

test("a digest is signed as what this page made it of, and a bare one only where the site allows it", async () => {
  const { sof, id } = await loggedIn();
  await sof.SOF_SignHashData(id, sof.SOF_HashData(1, "报价 100"), 1);
  assert.equal(asked.at(-1)[1].items[0].text, "报价 100");
  await sof.SOF_SignHashData(id, await sof.SOF_HashFile(1, new File(["abc"], "标书.pdf")), 1);
  assert.deepEqual(asked.at(-1)[1].display, { fileName: "标书.pdf", fileSize: 3 });
  const count = asked.length;
  assert.equal(await sof.SOF_SignHashData(id, base64(new Uint8Array(32)), 1), "");
  assert.equal(asked.length, count, "the phone was not asked");
  const bare = await loggedIn({ allowBareDigest: true });
  assert.notEqual(await bare.sof.SOF_SignHashData(bare.id, base64(new Uint8Array(32)), 1), "");
});

test("octets are signed as the text that they are, and never as another", async () => {
  const { sof, id } = await loggedIn();
  const items = () => asked.at(-1)[1].items[0];
  const calls = (sof, id, data) => [sof.SOF_SignDataBase64(id, data), sof.SOF_SignMessageBase64(1, id, data)];
  for (const text of ["投标函 甲", "\ufeffwith a mark of byte order"]) {
    for (const call of [0, 1]) {
      const signed = await calls(sof, id, base64(Buffer.from(text)))[call];
      assert.equal(items().text, text);
      const own = sof.SOF_ExportUserCert(id);
      assert.equal(sof.SOF_VerifySignedDataBase64(own, base64(Buffer.from(text)), signed), true, sof.SOF_GetLastErrMsg());
    }
  }
  const none = base64([0x30, 0x82, 0xff, 0xfe, 0x00]);
  const count = asked.length;
  for (const call of [0, 1]) {
    assert.equal(await calls(sof, id, none)[call], "");
    assert.equal(sof.SOF_GetLastError(), SOR.SOR_NotSupportYetErr);
  }
  assert.equal(asked.length, count, "the phone was not asked");
  const bare = await loggedIn({ allowBareDigest: true });
  for (const call of [0, 1]) {
    assert.notEqual(await calls(bare.sof, bare.id, none)[call], "", bare.sof.SOF_GetLastErrMsg());
    assert.equal(base64(items().digest), base64(await digest("sm3", Buffer.from(none, "base64"))));
  }
  assert.equal(await bare.sof.SOF_SignMessageBase64(0, bare.id, none), "", "its digest cannot stand inside");
  const gbk = await loggedIn({ charset: "gbk", allowBareDigest: true });
  await gbk.sof.SOF_SignDataBase64(gbk.id, base64([0xd3, 0xa1]));
  assert.equal(base64(items().digest), gbk.sof.SOF_HashData(1, "印"));
});

test("what was encrypted and is no text is refused, and not given out as another", async () => {
  const sof = await opened();
  const key = sof.SOF_GenRandom(16);
  const hidden = sof.SOF_SymEncryptData(key, new Uint8Array([0xff, 0xfe, 0x00]));
  assert.notEqual(hidden, "");
  assert.equal(sof.SOF_SymDecryptData(key, hidden), "");
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_IndataErr);
  assert.equal(sof.SOF_Base64Decode(base64([0xff, 0xfe, 0x00])), "");
  const marked = "\ufeff内容";
  assert.equal(sof.SOF_SymDecryptData(key, sof.SOF_SymEncryptData(key, marked)), marked);
});

test("text and files are encrypted for a bid and opened by the phone's keys", async () => {
  const { sof, id } = await loggedIn();
  const to = await sof.SOF_ExportExChangeUserCert(id);
  assert.equal(to, base64(encryption));
  const sealed = await sof.SOF_EncryptData(to, "报价:100");
  assert.notEqual(sealed, "", sof.SOF_GetLastErrMsg());
  assert.equal(await sof.SOF_DecryptData(id, sealed), "报价:100", sof.SOF_GetLastErrMsg());
  const [scene, input] = asked.at(-1);
  assert.equal(scene, "decrypt");
  assert.equal(input.files[0].segments[0][0], "main");
  assert.ok(input.files[0].segments[0][1].length > 100, "the recipient's info");
  const blob = await sof.SOF_EncryptFile(to, new File(["标书"], "bid.pdf"));
  let out;
  assert.equal(await sof.SOF_DecryptFile(id, blob, (plain) => void (out = plain)), true, sof.SOF_GetLastErrMsg());
  assert.equal(await out.text(), "标书");
  assert.equal(await sof.SOF_DecryptData(id, base64([0x30, 0x80, 0, 0])), "", "a PKCS#7 of another plug-in");
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_DecryptDataErr);
});

test("a path is refused with what to give in its place", async () => {
  const { sof, id } = await loggedIn();
  for (const [name, given] of [
    ["SOF_SignFile", [id, "C:\\bid.pdf"]],
    ["SOF_HashFile", [1, "C:\\bid.pdf"]],
    ["SOF_EncryptFile", [base64(encryption), "C:\\bid.pdf", "C:\\out"]],
  ]) {
    assert.ok(["", false].includes(await sof[name](...given)), name);
    assert.equal(sof.SOF_GetLastError(), SOR.SOR_ReadFileErr, name);
    assert.match(sof.SOF_GetLastErrMsg(), /input type="file"/);
  }
});

test("small secrets for a server, keys of a site, random octets and HMAC", async () => {
  const sof = await opened();
  const sealed = sof.SOF_PubKeyEncrypt(base64(encryption), "0123456789abcdef");
  assert.equal(Buffer.from(sealed, "base64")[0], 0x30);
  assert.equal(sof.SOF_PubKeyEncrypt(base64(encryption), "x".repeat(257)), "");
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_IndataLenErr);
  const key = sof.SOF_GenRandom(16);
  const hidden = sof.SOF_SymEncryptData(key, "内容");
  assert.equal(sof.SOF_SymDecryptData(key, hidden), "内容");
  assert.equal(sof.SOF_SymDecryptData(sof.SOF_GenRandom(16), hidden), "");
  assert.equal(sof.SOF_SymEncryptData("AAAA", "x"), "");
  const hmac = sof.SOF_HMAC(4, base64(Buffer.from("key")), "The quick brown fox jumps over the lazy dog");
  assert.equal(Buffer.from(hmac, "base64").toString("hex").slice(0, 16), "f7bc83f430538424");
});

test("methods: what the suite cannot do is refused, ECB only for who insists", async () => {
  const sof = await opened();
  assert.equal(sof.SOF_SetSignMethod(SGD.SGD_SM3_SM2), 0);
  assert.equal(sof.SOF_SetSignMethod(SGD.SGD_SHA1_RSA), -1);
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_AlgoTypeErr);
  assert.equal(sof.SOF_SetEncryptMethod(SGD.SGD_SM4_ECB), -1);
  assert.equal((await opened({ legacy: { ecb: true } })).SOF_SetEncryptMethod(SGD.SGD_SM4_ECB), 0);
});

test("the last two arguments of a digest's verification stand in the order that the site says", async () => {
  const seen = [];
  for (const [hashArguments, order] of [["signature,algorithm", (s, a) => [s, a]], ["algorithm,signature", (s, a) => [a, s]]]) {
    const sof = await opened({ hashArguments });
    const value = base64(new Uint8Array(64).fill(1));
    seen.push(sof.SOF_VerifySignedHashData(base64(certificate), base64(new Uint8Array(32)), ...order(value, 1)));
    assert.equal(sof.SOF_GetLastError(), SOR.SOR_OK, sof.SOF_GetLastErrMsg());
  }
  assert.deepEqual(seen, [false, false]);
});

test("mToken's order of arguments and its results", async () => {
  const sof = await opened({ vendor: "longmai" });
  assert.equal(sof.SOF_LoadLibrary("GM3000"), 0);
  assert.equal(await sof.SOF_Login("123456"), 0);
  const [[name, container]] = sof.SOF_GetUserList();
  assert.equal(name, "甲公司");
  const own = sof.SOF_ExportUserCert(container, 1);
  const signed = await sof.SOF_SignData(container, 1, "text", 4);
  assert.equal(sof.SOF_VerifySignedData(own, SGD.SGD_SM3, "text", signed), 0, sof.SOF_GetLastErrMsg());
  assert.equal(sof.SOF_VerifySignedData(own, SGD.SGD_SM3, "texT", signed), -1);
});

test("the end of a login is told to those who asked for it", async () => {
  const { sof, id } = await loggedIn();
  const told = [];
  sof.SetOnUsbKeyChangeCallBack((gone) => told.push(gone));
  sof.SetAutoLogoutParameter(id, () => told.push("out"));
  sof.loggedOut();
  assert.deepEqual(told, [id, "out"]);
  assert.equal(sof.SOF_IsLogin(id), false);
});

test("globals come and go without a trace", async () => {
  const place = { SOF_Login: "theirs" };
  const remove = installGlobals(await opened(), place);
  for (const name of [...classes.flatMap((kind) => Object.keys(table[kind])), ...Object.keys(table.aliases)]) {
    assert.equal(typeof place[name], "function", name);
  }
  assert.equal(place.SGD_SM3_SM2, 0x20201);
  remove();
  assert.deepEqual(place, { SOF_Login: "theirs" });
});

test("every code of the package has a number of the standard", () => {
  const [, union] = /export type RustCode =\n([^;]*);/.exec(source("codes.ts"));
  const codes = [...union.matchAll(/"(\w+)"/g), ...["own-codes.ts", "file/codes.ts"].flatMap((file) => [...source(file).matchAll(/^  (\w+): \{/gm)])].map(([, code]) => code);
  assert.ok(codes.length > 100, String(codes.length));
  const numbers = Object.values(SOR);
  for (const code of codes) {
    for (const doing of ["sign", "verify", "encrypt", "decrypt", "certificate", "file", "other"]) {
      const number = sorOf(code, doing);
      assert.ok(number !== 0 && numbers.includes(number), `${code}, ${doing}`);
    }
  }
});

test("options that are none are a TypeError that names them", () => {
  for (const [name, value] of [["style", "sync"], ["charset", "big5"], ["certInfoTable", 1], ["vendor", null]]) {
    assert.throws(() => createSof(client, { [name]: value }), (error) => error instanceof TypeError && error.message.includes(name));
  }
  assert.throws(() => createSof({}), /client/);
});
