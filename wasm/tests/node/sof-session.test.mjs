// The SOF_ facade over the real client, a real hub and a phone.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { SOR, createSof } from "yinxin/sof";

import { UNIT, World, approve } from "./lib/world.mjs";

let world;
after(() => world?.end());

test("an old page's calls log in, sign, take the encryption certificate and open, by one scan each", async () => {
  world = await World.make({ algorithm: "sm2", back: "node" });
  const phone = await world.phone();
  const scans = [];
  const sof = createSof(world.client(), {
    trust: { anchors: [world.file("CA/root.pem")], intermediates: [world.file("CA/issuing.pem")] },
    bid: { project: "P-17", section: "A1", platform: "P-1", opening: new Date(Date.now() - 60_000) },
    onSession: (session) => void scans.push(approve(phone, session)),
  });
  await sof.open();
  const list = await sof.SOF_GetUserList();
  assert.match(list, /^甲公司\|\|[0-9a-f]{64}&&&$/, sof.SOF_GetLastErrMsg());
  const id = list.split("||")[1].slice(0, -3);
  assert.equal(await sof.SOF_Login(id, "123456"), true);
  const certificate = sof.SOF_ExportUserCert(id);
  assert.equal(sof.SOF_GetCertEntity(certificate), UNIT);
  assert.equal(sof.SOF_ValidateCert(certificate), SOR.SOR_OK, sof.SOF_GetLastErrMsg());
  const signed = await sof.SOF_SignData(id, "随机数 7301");
  assert.equal(sof.SOF_VerifySignedData(certificate, "随机数 7301", signed), true, sof.SOF_GetLastErrMsg());
  assert.equal(sof.SOF_VerifySignedData(certificate, "随机数 7302", signed), false);
  const file = await sof.SOF_SignFile(id, new File(["标书"], "标书.pdf"));
  assert.equal(await sof.SOF_VerifySignedFile(certificate, new File(["标书"], "标书.pdf"), file), true, sof.SOF_GetLastErrMsg());
  const to = await sof.SOF_ExportExChangeUserCert(id);
  assert.notEqual(to, "", sof.SOF_GetLastErrMsg());
  const sealed = await sof.SOF_EncryptData(to, "报价:100");
  assert.equal(await sof.SOF_DecryptData(id, sealed), "报价:100", sof.SOF_GetLastErrMsg());
  assert.equal(scans.length, 5);
  await Promise.all(scans);
});
