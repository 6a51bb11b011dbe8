// Ten thousand content keys, each wrapped to another random key, opened by a program that is not ours. Some
// programs lose the leading zero octets of coordinates and fail at one key in a hundred.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Holders } from "../lib/holders.mjs";
import { inside } from "./lib/inside.mjs";
import { recipient } from "./lib/recipient.mjs";

const KEYS = 10_000;
const holders = new Holders("many");
let core, keys;

before(async () => {
  holders.authority("sm2");
  holders.enrol("holder", "sm2");
  const own = await inside();
  core = own.core;
  await core.load();
  const made = await own.encryptFile(new File(["标书"], "标书.pdf"), [holders.read("holder/encrypt.pem")], {
    project: "P-17",
    section: "A1",
    opening: new Date("2036-12-01T01:30:00Z"),
    sink: "memory",
  });
  const bid = new Uint8Array(await made.blob.arrayBuffer());
  const reader = await core.run((wasm) => new wasm.BidReader());
  core.call(() => reader.push(bid));
  const key = await own.DecryptionKey.read(holders.read("holder/enc.key"));
  core.call(() => reader.unlock(own.decryptionKeyHandle(key)));
  keys = core.call(() => reader.contentKeys());
});
after(() => holders.close());

test("all of them are opened by Node's own curve", () => {
  const [key] = keys;
  const first = recipient();
  const secret = first.open(core.call((wasm) => wasm.wrapContentKey(key, first.spki)));
  let short = 0;
  for (let number = 0; number < KEYS; number += 1) {
    const to = recipient();
    const wrapped = core.call((wasm) => wasm.wrapContentKey(key, to.spki));
    assert.deepEqual(to.open(wrapped), secret, `key ${number}`);
    if (to.short(wrapped)) short += 1;
  }
  // Two coordinates, one in 256 of each: 78 are to be expected, fewer than 30 not once in a million runs.
  assert.ok(short >= 30, `${short} with a leading zero octet`);
});
