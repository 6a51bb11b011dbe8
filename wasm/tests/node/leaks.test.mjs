// What is freed, and what is forgotten, leaves the module's memory as large as it was.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { inside } from "./lib/inside.mjs";

const MANY = 100_000;
let own, core;
before(async () => {
  own = await inside();
  core = own.core;
});

const size = () => core.call((wasm) => wasm.moduleMemory().buffer.byteLength);
const collect = () => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Objects of the module, each made of little work. */
const KINDS = {
  digests: (wasm) => new wasm.HashHandle("sm3"),
  readers: (wasm) => new wasm.BidReader(),
};

test("a hundred thousand objects made and freed leave memory as it was", async () => {
  for (const [name, make] of Object.entries(KINDS)) {
    const cycle = async (times) => {
      for (let number = 0; number < times; number++) (await core.run(make)).free();
    };
    await cycle(1000);
    const before = size();
    await cycle(MANY);
    assert.equal(size(), before, name);
  }
});

test("a hundred thousand objects made and forgotten are freed behind the page's back", async () => {
  const gc = collect();
  for (const [name, make] of Object.entries(KINDS)) {
    const cycle = async (times) => {
      for (let number = 0; number < times; number++) {
        await core.run(make);
        if (number % 1000 !== 999) continue;
        gc();
        await turn();
      }
    };
    await cycle(10_000);
    const before = size();
    await cycle(MANY);
    assert.ok(size() <= before * 1.5, `${name}: ${before} became ${size()}`);
  }
});

test("octets that go in and out, and errors, leave nothing", async () => {
  const message = new Uint8Array(5000);
  const cycle = async (times) => {
    for (let number = 0; number < times; number++) {
      await own.sm3(message);
      await own.gcmSeal(message, { cipher: "sm4-gcm", key: message.subarray(0, 16), nonce: message.subarray(0, 12) });
      await own.DecryptionKey.read(message).catch(() => undefined);
    }
  };
  await cycle(200);
  const before = size();
  await cycle(5000);
  assert.equal(size(), before);
});
