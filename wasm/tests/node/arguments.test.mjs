// A wrong argument is a TypeError that names it, at every function that the package exports.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import * as page from "yinxin";
import * as back from "yinxin/node";
import * as phone from "yinxin/phone";

import { Holders } from "../lib/holders.mjs";

const JUNK = [
  undefined, null, true, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 10n, "", "x", "\u0000",
  "ÿ\ud800", [], [1], [[]], {}, { a: 1 }, { length: 5 }, new Date(Number.NaN), /x/, Symbol("x"), () => undefined,
  new Map(), new ArrayBuffer(4), new Uint8Array(0), new Uint8Array([0x30, 0x80]), new Float64Array(2), new Blob([]),
];

/** What a parameter takes; a junk value that it takes is passed over. */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const KINDS = {
  bytes: (value) => value instanceof Uint8Array,
  bytesOrNone: (value) => value === undefined || value instanceof Uint8Array,
  bytesOrBlob: (value) => value instanceof Uint8Array || value instanceof Blob,
  file: (value) => value instanceof Blob,
  text: (value) => typeof value === "string",
  textOrNone: (value) => value === undefined || typeof value === "string",
  word: () => false,
  function: (value) => typeof value === "function",
  options: (value) => value === undefined || isObject(value),
  object: isObject,
  list: (value) => Array.isArray(value) && value.length > 0 && value.every((one) => one instanceof Uint8Array),
};

const holders = new Holders("arguments");
const given = {};

before(async () => {
  holders.authority("sm2");
  holders.enrol("own", "sm2");
  given.certificate = holders.read("own/encrypt.pem");
  given.key = await page.SigningKey.generate("sm2");
  given.message = new Uint8Array([1, 2, 3]);
  given.signature = given.key.sign(given.message);
  given.cipher = { cipher: "sm4-gcm", key: new Uint8Array(16), nonce: new Uint8Array(12) };
  given.sealed = await page.gcmSeal(given.message, given.cipher);
  given.bid = { project: "P", section: "A", opening: new Date("2036-12-01T00:00:00Z"), sink: "memory" };
  given.decryption = await page.DecryptionKey.read(holders.read("own/enc.key"));
  given.made = (await page.encryptFile(new File(["x"], "x.pdf"), [given.certificate], given.bid)).blob;
  given.platform = new back.Platform({
    code: "P-1",
    name: "示范交易平台",
    origins: ["https://site.example"],
    hub: { name: "hub.example" },
    certificate: holders.read("ca-sm2/platform.pem"),
    key: { file: holders.read("ca-sm2/platform.key") },
    trust: holders.read("ca-sm2/root.pem"),
  });
});
after(() => holders.close());

/** Each function with its parameters: name in the error, a value that is right, what it takes. */
const FUNCTIONS = () => ({
  bidToOpen: [page.bidToOpen, ["file", given.made, "bytesOrBlob"], ["options", {}, "options"]],
  decryptFile: [page.decryptFile, ["file", given.made, "file"], ["options", { keys: given.decryption, sink: "memory" }, "word"]],
  digest: [page.digest, ["algorithm", "sm3", "word"], ["data", given.message, "bytesOrBlob"], ["options", {}, "options"]],
  encryptFile: [page.encryptFile, ["file", new File(["x"], "x"), "file"], ["to", [given.certificate], "word"], ["options", given.bid, "word"]],
  explain: [page.explain, ["error", new page.YinxinError({ code: "qr_stale" }), "object"], ["language", "en", "word"]],
  gcmOpen: [page.gcmOpen, ["sealed", given.sealed, "bytes"], ["options", given.cipher, "word"]],
  gcmSeal: [page.gcmSeal, ["plain", given.message, "bytes"], ["options", given.cipher, "word"]],
  inspect: [page.inspect, ["file", given.certificate, "bytes"], ["options", {}, "options"]],
  inspectBid: [page.inspectBid, ["file", given.made, "file"]],
  sm3: [page.sm3, ["data", given.message, "bytesOrBlob"], ["options", {}, "options"]],
  verify: [page.verify, ["file", given.certificate, "bytes"], ["options", {}, "options"]],
  verifyCertificate: [page.verifyCertificate, ["file", given.certificate, "bytes"], ["purpose", "sign", "word"], ["options", {}, "options"]],
  verifyDocument: [page.verifyDocument, ["file", given.certificate, "bytes"], ["options", {}, "options"]],
  verifySignature: [
    page.verifySignature,
    ["publicKey", given.key.publicKey, "bytes"],
    ["message", given.message, "bytes"],
    ["signature", given.signature, "bytes"],
  ],
  "DecryptionKey.generate": [page.DecryptionKey.generate, ["algorithm", "sm2", "word"]],
  "DecryptionKey.read": [page.DecryptionKey.read, ["file", holders.read("own/enc.key"), "bytes"], ["password", undefined, "textOrNone"]],
  "SigningKey.generate": [page.SigningKey.generate, ["algorithm", "sm2", "word"]],
  "SigningKey.read": [page.SigningKey.read, ["file", holders.read("own.key"), "bytes"], ["password", undefined, "textOrNone"]],
  "SigningKey.sign": [(message) => given.key.sign(message), ["message", given.message, "bytes"]],
  "SigningKey.toEncrypted": [(password) => given.key.toEncrypted(password), ["password", "secret-1", "text"]],
  YinxinClient: [(options) => new page.YinxinClient(options), ["options", { open: "/x", origin: "https://site.example" }, "object"]],
  "node Platform": [(options) => new back.Platform(options), ["options", given.platformOptions, "object"]],
  "node verifySeal": [
    (document, options) => given.platform.verifySeal(document, options),
    ["document", given.certificate, "bytes"],
    ["options", {}, "options"],
  ],
  "node nodeListener": [back.nodeListener, ["handle", () => new Response(), "function"]],
  "phone readCode": [phone.readCode, ["picture", { data: new Uint8Array(64), width: 4, height: 4 }, "word"]],
});

/** What takes nothing, cannot be called by a site, or is asked for nonsense in session-arguments. */
const ELSEWHERE = new Set([
  "preload", "supported", "indexedDbKeys", "YinxinError", "ContentKeys", "DecryptionKey", "SigningKey", "PageSession",
  "SessionAnswerEvent", "SessionErrorEvent", "SessionStateEvent",
  "node YinxinError", "node MemoryStore",
  "phone YinxinError", "phone Phone", "phone PhoneScan", "phone lookForCode", "phone phoneStorage",
]);

test("every exported function says which argument is wrong, whatever it is", async () => {
  let refused = 0;
  for (const [name, [call, ...parameters]] of Object.entries(FUNCTIONS())) {
    const right = parameters.map(([, value]) => value);
    if (name !== "node Platform") await call(...right);
    for (const [at, [parameter, , kind]] of parameters.entries()) {
      for (const [number, junk] of JUNK.entries()) {
        if (KINDS[kind](junk)) continue;
        // A parameter that may be left out takes nothing.
        if (junk === undefined && kind === "word" && parameter === "language") continue;
        const all = right.map((value, index) => (index === at ? junk : value));
        const what = `${name}: ${parameter} as junk ${number}`;
        await assert.rejects(async () => call(...all), (thrown) => {
          assert.ok(thrown instanceof TypeError, `${what}: ${thrown?.stack}`);
          assert.ok(thrown.message.includes(parameter), `${what}: ${thrown.message}`);
          return true;
        }, what);
        refused += 1;
      }
    }
  }
  assert.ok(refused > 900, `${refused}`);
});

test("no exported function is missing above", () => {
  const named = new Set(Object.keys(FUNCTIONS()));
  const of = (module, prefix) =>
    Object.entries(module).filter(([, value]) => typeof value === "function").map(([name]) => prefix + name);
  const all = [...of(page, ""), ...of(back, "node "), ...of(phone, "phone ")];
  assert.deepEqual(all.filter((name) => !named.has(name) && !ELSEWHERE.has(name)), []);
});
