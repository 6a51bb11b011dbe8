// What the SOF_ facade calls true: a signed message of the given data by the given certificate, and
// nothing else that the verifier knows how to read.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { SOR, createSof } from "yinxin/sof";
import { digest, preload, verify } from "yinxin";

import { Holders } from "../lib/holders.mjs";

const holders = new Holders("sof-verify");
after(() => holders.close());

const TEXT = "投标函 甲";
const client = { session: () => assert.fail("no phone is needed") };
const base64 = (octets) => Buffer.from(octets).toString("base64");
const file = (octets) => new File([octets], "file");

let trust;
let p7;
let token;
let sof;

/** The first certificate of a file, DER. */
function pem(name) {
  const [, body] = /-----BEGIN CERTIFICATE-----([^-]*)/.exec(Buffer.from(holders.read(name)).toString());
  return new Uint8Array(Buffer.from(body, "base64"));
}

/** A signed message over a file. */
function signed(name, more = "", by = "holder") {
  holders.yinxin(`cms sign ${name} --key ${by}.key --certificate ${by}/sign.pem${more} --out p7 --force`);
  return holders.read("p7");
}

/** An element of DER. */
function tlv(tag, ...parts) {
  const body = Buffer.concat(parts);
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** The elements inside an element of DER, whole. */
function inside(der) {
  const head = (at) => {
    const more = der[at + 1] < 0x80 ? 0 : der[at + 1] & 0x7f;
    const length = more === 0 ? der[at + 1] : Buffer.from(der).readUIntBE(at + 2, more);
    return [at + 2 + more, at + 2 + more + length];
  };
  const found = [];
  for (let [at, end] = head(0); at < end; ) {
    const [, next] = head(at);
    found.push(der.subarray(at, next));
    at = next;
  }
  return found;
}

/** One message with the certificates and the signers of two. */
function together(one, other) {
  const parts = [one, other].map((message) => inside(inside(inside(message)[1])[0]));
  const [type] = inside(one);
  const [[version, digests, content]] = parts;
  const both = (at) => parts.flatMap((part) => inside(part[at]));
  return tlv(0x30, type, tlv(0xa0, tlv(0x30, version, digests, content, tlv(0xa0, ...both(3)), tlv(0x31, ...both(4)))));
}

/** A timestamp over octets: an answer of the test authority. */
async function timestamp(octets) {
  const sm3 = await digest("sm3", octets);
  const algorithm = Buffer.from("300a06082a811ccf55018311", "hex");
  const imprint = Buffer.concat([Buffer.from([0x30, 0x2e]), algorithm, Buffer.from([0x04, 0x20]), sm3]);
  const body = Buffer.concat([Buffer.from([2, 1, 1]), imprint, Buffer.from([1, 1, 0xff])]);
  writeFileSync(holders.path("request.tsq"), Buffer.concat([Buffer.from([0x30, body.length]), body]));
  holders.yinxin("ca timestamp --dir ca-sm2 --in request.tsq --out answer.tsr --force");
  return holders.read("answer.tsr");
}

before(async () => {
  holders.authority("sm2");
  holders.enrol("holder", "sm2");
  holders.enrol("victim", "sm2");
  const [root, issuing] = [holders.read("ca-sm2/root.pem"), holders.read("ca-sm2/issuing.pem")];
  trust = { anchors: [root], timestampAnchors: [root], intermediates: [issuing] };
  writeFileSync(holders.path("text"), TEXT);
  p7 = signed("text", " --detached");
  await preload();
  token = await timestamp(Buffer.from(TEXT));
  sof = createSof(client, { trust });
  await sof.open();
});

/** Everything that asks whether a file is a signed message of the text: each must say the same. */
async function asked(octets) {
  const [given, data] = [base64(octets), base64(Buffer.from(TEXT))];
  const own = base64(pem("holder/sign.pem"));
  return {
    SOF_VerifySignedMessage: sof.SOF_VerifySignedMessage(given, TEXT),
    "SOF_VerifySignedMessage, content inside": sof.SOF_VerifySignedMessage(given, ""),
    SOF_VerifySignedMessageBase64: sof.SOF_VerifySignedMessageBase64(given, data),
    SOF_VerifyDataToPKCS7: sof.SOF_VerifyDataToPKCS7(given, TEXT),
    SOF_VerifySignedData: sof.SOF_VerifySignedData(own, TEXT, given),
    SOF_VerifySignedDataBase64: sof.SOF_VerifySignedDataBase64(own, data, given),
    SOF_VerifyByExtCert: sof.SOF_VerifyByExtCert(own, TEXT, given),
    SOF_VerifyFileToPKCS7: await sof.SOF_VerifyFileToPKCS7(given, file(TEXT)),
    SOF_VerifySignedFile: await sof.SOF_VerifySignedFile(own, file(TEXT), given),
    SOFX_VerifySignedMessageFile: await sof.SOFX_VerifySignedMessageFile(1, file(TEXT), file(octets)),
  };
}

const truths = (answers) => Object.keys(answers).filter((name) => answers[name] === true);

test("a signed message of the text is true under every name but that of content inside", async () => {
  const answers = await asked(p7);
  const { length } = Object.keys(answers);
  assert.equal(truths(answers).length, length - 1, JSON.stringify(answers));
  assert.equal(answers["SOF_VerifySignedMessage, content inside"], false);
});

test("a valid file of another kind is no signed message, under no name", async () => {
  holders.yinxin("ca crl --dir ca-sm2 --out list.crl");
  holders.yinxin(
    "bid encrypt text --to holder/encrypt.pem --project P --section S --opening 2036-12-01T01:30:00Z --sign-key holder.key --sign-certificate holder/sign.pem --out bid --receipt receipt",
  );
  const kinds = {
    certificate_request: holders.read("holder.csr"),
    certificate: pem("holder/sign.pem"),
    crl: holders.read("list.crl"),
    receipt: holders.read("receipt"),
    timestamp: token,
  };
  for (const [kind, octets] of Object.entries(kinds)) {
    const found = await verify(octets, { ...trust, content: Buffer.from(TEXT) });
    assert.equal(found.ok, true, `${kind}: ${found.code}, ${found.message}`);
    assert.equal(found.kind, kind);
    assert.deepEqual(truths(await asked(octets)), [], kind);
    if (kind !== "timestamp") assert.equal(sof.SOF_VerifyTimeStamp(TEXT, base64(octets)), SOR.SOR_VerifySignDataErr, kind);
  }
  sof.SOF_VerifySignedMessage(base64(holders.read("holder.csr")), TEXT);
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_VerifySignDataErr);
  assert.match(sof.SOF_GetLastErrMsg(), /certificate_request/);
});

test("a request that anybody makes is no message where the site trusts nobody", async () => {
  const blind = createSof(client, { trust: {} });
  assert.equal(blind.SOF_VerifySignedMessage(base64(holders.read("holder.csr")), TEXT), false);
});

test("a timestamp is one of the given data, and a signed message is none", () => {
  assert.equal(sof.SOF_VerifyTimeStamp(TEXT, base64(token)), SOR.SOR_OK, sof.SOF_GetLastErrMsg());
  assert.equal(sof.SOF_VerifyTimeStamp("another", base64(token)), SOR.SOR_VerifySignDataErr);
  assert.equal(sof.SOF_VerifyTimeStamp(TEXT, base64(p7)), SOR.SOR_VerifySignDataErr);
  assert.notEqual(sof.SOF_GetTimeStampInfo(base64(token), 1), "");
  assert.equal(sof.SOF_GetTimeStampInfo(base64(p7), 1), "");
});

test("a message that has content inside is not true of other data beside it", async () => {
  const attached = signed("text");
  assert.deepEqual(truths(await asked(attached)), ["SOF_VerifySignedMessage, content inside"]);
});

test("a message is of who signed it, and not of a certificate that it carries along", async () => {
  const foreign = base64(signed("text", " --detached --chain victim/sign.pem"));
  const [own, victim] = ["holder", "victim"].map((name) => base64(pem(`${name}/sign.pem`)));
  assert.ok(Buffer.from(foreign, "base64").includes(pem("victim/sign.pem")), "the victim's certificate is in it");
  const data = base64(Buffer.from(TEXT));
  const answers = async (certificate) => [
    sof.SOF_VerifySignedData(certificate, TEXT, foreign),
    sof.SOF_VerifySignedDataBase64(certificate, data, foreign),
    sof.SOF_VerifyByExtCert(certificate, TEXT, foreign),
    await sof.SOF_VerifySignedFile(certificate, file(TEXT), foreign),
  ];
  assert.deepEqual(await answers(own), [true, true, true, true], sof.SOF_GetLastErrMsg());
  assert.deepEqual(await answers(victim), [false, false, false, false]);
  assert.equal(sof.SOF_GetLastError(), SOR.SOR_VerifySignDataErr);
  assert.equal(sof.SOF_GetInfoFromSignedMessage(foreign, 2), own);
});

test("a message of two signers is of neither alone", () => {
  const other = signed("text", " --detached", "victim");
  const both = base64(together(Buffer.from(p7), Buffer.from(other)));
  assert.equal(sof.SOF_VerifySignedMessage(both, TEXT), true, sof.SOF_GetLastErrMsg());
  for (const name of ["holder", "victim"]) {
    assert.equal(sof.SOF_VerifySignedData(base64(pem(`${name}/sign.pem`)), TEXT, both), false, name);
  }
  assert.equal(sof.SOF_GetInfoFromSignedMessage(both, 2), "");
  assert.equal(sof.SOF_GetInfoFromSignedMessage(both, 3), "");
});

test("a certificate's status that nothing at hand tells is 0 only where the site does not require it", async () => {
  const own = base64(pem("holder/sign.pem"));
  assert.equal(sof.SOF_ValidateCert(own), SOR.SOR_OK);
  const strict = createSof(client, { trust: { ...trust, requireRevocation: true } });
  assert.equal(strict.SOF_ValidateCert(own), SOR.SOR_CertInvalidErr);
  holders.yinxin("ca crl --dir ca-sm2 --out known.crl");
  holders.yinxin("ca crl --dir ca-sm2 --root --out root.crl");
  const crls = [holders.read("known.crl"), holders.read("root.crl")];
  const known = createSof(client, { trust: { ...trust, crls, requireRevocation: true } });
  assert.equal(known.SOF_ValidateCert(own), SOR.SOR_OK, known.SOF_GetLastErrMsg());
});
