// Secrets stay inside the module, and once they are let go of nothing of them is left in its memory.
// Each search is proved by finding what it looks for while it is there.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { after, before, test } from "node:test";

import { Holders } from "../lib/holders.mjs";
import { inside } from "./lib/inside.mjs";
import { recipient } from "./lib/recipient.mjs";

const holders = new Holders("secrets");
const BID = { project: "P-17", section: "A1", opening: new Date("2036-12-01T01:30:00Z"), chunkSize: 64 << 10 };
let core, own;

before(async () => {
  own = await inside();
  core = own.core;
  await core.load();
  for (const algorithm of ["sm2", "p256"]) {
    holders.authority(algorithm);
    holders.enrol(algorithm, algorithm);
  }
});
after(() => holders.close());

/** A copy of the module's memory: what it was at this moment. */
const memory = () => Buffer.from(core.call((wasm) => new Uint8Array(wasm.moduleMemory().buffer).slice()));
const holds = (secret, where = memory()) =>
  [secret, inMontgomeryForm(secret)].some(
    (form) => where.includes(form) || where.includes(Buffer.from(form).reverse()),
  );

/** Times 2^256 modulo the order of SM2's points: how a scalar lies in memory to be multiplied. */
function inMontgomeryForm(secret) {
  const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
  const form = (BigInt(`0x${Buffer.from(secret).toString("hex")}`) << 256n) % order;
  return Buffer.from(form.toString(16).padStart(64, "0"), "hex");
}

const content = new Uint8Array(200_000).map((_, at) => Math.imul(at, 2654435761) >>> 24);
const encrypt = (holder) =>
  own.encryptFile(new File([content], "标书.pdf"), [holders.read(`${holder}/encrypt.pem`)], { ...BID, sink: "memory" });

/** The content keys of a bid, as handles of the module, and their octets. */
async function keysOf(bid, key) {
  const octets = new Uint8Array(await bid.arrayBuffer());
  const reader = await core.run((wasm) => new wasm.BidReader());
  core.call(() => reader.push(octets));
  core.call(() => reader.unlock(own.decryptionKeyHandle(key)));
  const handles = core.call(() => reader.contentKeys());
  reader.free();
  const to = recipient();
  const secrets = handles.map((handle) => to.open(core.call((wasm) => wasm.wrapContentKey(handle, to.spki))));
  return { handles, secrets };
}

for (const holder of ["sm2", "p256"]) {
  test(`a content key is nowhere in memory once a bid was made, opened, and its keys were closed: ${holder}`, async () => {
    const made = await encrypt(holder);
    const afterMaking = memory();
    const key = await own.DecryptionKey.read(holders.read(`${holder}/enc.key`));
    const { handles, secrets } = await keysOf(made.blob, key);
    const [secret] = secrets;
    assert.equal(secret.length, 16);
    const keys = new own.ContentKeys(handles);
    assert.ok(holds(secret), "it is there: the search finds it");
    assert.ok(!holds(secret, afterMaking), "left by encryptFile");

    const opened = await own.decryptFile(made.blob, { keys, sink: "memory" });
    assert.deepEqual(new Uint8Array(await opened.segments[0].blob.arrayBuffer()), content);
    for (const shown of [JSON.stringify(keys), inspect(keys, { depth: 9, showHidden: true }), JSON.stringify(handles), String(keys)]) {
      for (const form of ["hex", "base64", "base64url", "latin1"]) assert.ok(!shown.includes(secret.toString(form)), shown);
    }
    keys.close();
    assert.ok(!holds(secret), "left by ContentKeys");

    await own.decryptFile(made.blob, { keys: key, sink: "memory" });
    assert.ok(!holds(secret), "left by decryptFile");
  });

  test(`a private key is nowhere in memory once it was freed, nor is the file it came in: ${holder}`, async () => {
    // One that nothing else here holds.
    const pem = holders.read(`${holder}.key`);
    const der = Buffer.from(Buffer.from(pem).toString().replace(/-----[^-]+-----|\s/g, ""), "base64");
    // RFC 5915: version 1, then the scalar.
    const at = der.indexOf(Buffer.from("0201010420", "hex")) + 5;
    assert.ok(at > 5);
    const secret = der.subarray(at, at + 32);
    for (const file of [pem, new Uint8Array(der)]) {
      const handle = await core.run((wasm) => wasm.DecryptionKeyHandle.read(file, undefined));
      assert.ok(holds(secret), "it is there: the search finds it");
      handle.free();
      const left = memory();
      assert.ok(!holds(secret, left), "left by the key");
      assert.ok(!left.includes(Buffer.from(file).subarray(60, 110)), "left by its file");
    }
  });
}

test("what a bid to go on with keeps at rest holds none of its keys, and opens for its own bid only", async () => {
  const to = [holders.read("sm2/encrypt.pem")];
  const draft = { platform: "", project: "P-17", section: "A1", created: "2026-11-01T00:00:00Z", opening: "2036-12-01T01:30:00Z", chunkSize: 65536, segments: ["main"] };
  const secret = () => new Uint8Array(32).fill(9);
  const bound = new TextEncoder().encode("these parts");
  const writer = await core.run((wasm) => new wasm.BidWriter(JSON.stringify(draft), [...to]));
  const output = (from) => core.call((wasm) => new Uint8Array(wasm.moduleMemory().buffer, from.at, from.length).slice());
  const head = output(writer);
  const kept = core.call(() => writer.keep(secret(), bound));
  core.call(() => writer.begin("标书.pdf"));
  const chunk = content.subarray(0, 65536);
  assert.equal(core.call(() => writer.seal(chunk, false, undefined)), true);
  const record = output(writer);
  const recordDigest = core.call(() => writer.recordDigest());

  const resume = (...given) => core.call((wasm) => wasm.BidWriter.resume(...given));
  const again = resume(head, kept, secret(), bound);
  assert.deepEqual(output(again), head);
  core.call(() => again.begin("标书.pdf"));
  const digest = core.call(() => again.digest(chunk));
  assert.equal(core.call(() => again.seal(content.subarray(1, 65537), false, digest)), false, "other content");
  assert.equal(output(again).length, 0, "nothing of it comes out");
  assert.throws(() => core.call(() => again.recordDigest()), { code: "bid_order" });
  assert.equal(core.call(() => again.seal(chunk, false, digest)), true);
  assert.deepEqual(output(again), record, "the same content, the same record");
  assert.deepEqual(core.call(() => again.recordDigest()), recordDigest);

  // Each of what keys are tied to, and each octet of them.
  const bentHead = head.slice();
  bentHead[bentHead.length - 1] ^= 1;
  const refused = [
    [head, kept, new Uint8Array(32).fill(8), bound],
    [head, kept, new Uint8Array(15).fill(9), bound],
    [head, kept, secret(), new TextEncoder().encode("other parts")],
    [bentHead, kept, secret(), bound],
    [head, kept.subarray(1), secret(), bound],
    [head.subarray(1), kept, secret(), bound],
  ];
  for (const [at, given] of refused.entries()) assert.throws(() => resume(...given), own.YinxinError.is, `${at}`);
  for (let at = 0; at < kept.length; at += 1) {
    const bent = kept.slice();
    bent[at] ^= 1;
    assert.throws(() => resume(head, bent, secret(), bound), { code: "storage_refused" }, `octet ${at}`);
  }

  core.call(() => writer.end());
  const key = await own.DecryptionKey.read(holders.read("sm2/enc.key"));
  const { handles, secrets } = await keysOf(new Blob([head]), key);
  assert.ok(!Buffer.from(kept).includes(secrets[0]), "the key lies in it");
  for (const one of [writer, again, ...handles]) one.free();
  assert.ok(!holds(secrets[0]), "left by writers");
});
