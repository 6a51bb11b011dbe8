// A fault inside the module: nothing goes on in an instance whose memory is in no known state.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { inside } from "./lib/inside.mjs";

let core, SigningKey, YinxinError, sm3;
before(async () => {
  ({ core, SigningKey, YinxinError, sm3 } = await inside());
});

const told = async (act) => {
  try {
    await act();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
};

test("after a fault the next call works, and what the old instance held says that it is lost", async () => {
  const message = new Uint8Array([1, 2, 3]);
  const before = await sm3(message);
  const key = await SigningKey.generate("sm2");
  key.sign(message);

  const fault = await told(() => core.run((wasm) => wasm.panic()));
  assert.ok(YinxinError.is(fault));
  assert.equal(fault.code, "internal");
  assert.ok(fault.cause instanceof WebAssembly.RuntimeError);
  assert.ok(!fault.message.includes("on purpose"), "what went wrong inside is not told to pages");

  assert.deepEqual(await sm3(message), before);
  assert.equal((await told(() => key.sign(message))).code, "handle_stale");
  assert.equal((await told(() => key.publicKey)).code, "handle_stale", "and goes on saying so");
  const anew = await SigningKey.generate("sm2");
  assert.ok(anew.sign(message).length > 60);
});

test("a secret of the old instance is in no memory of the new one", async () => {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const held = await core.run((wasm) => {
    const hash = new wasm.HashHandle("sm3");
    hash.update(secret);
    return hash;
  });
  const memory = () => core.call((wasm) => new Uint8Array(wasm.moduleMemory().buffer));
  assert.ok(Buffer.from(memory()).includes(Buffer.from(secret)), "it was there: the search finds it");
  await told(() => core.run((wasm) => wasm.panic()));
  await sm3(new Uint8Array(1));
  assert.ok(!Buffer.from(memory()).includes(Buffer.from(secret)));
  assert.equal((await told(() => core.call(() => held.finish()))).code, "handle_stale");
});

test("what is freed of the old instance frees nothing in the new one", async () => {
  const old = await core.run((wasm) => new wasm.HashHandle("sm3"));
  await told(() => core.run((wasm) => wasm.panic()));
  // As the first objects of the new instance, these lie where the old ones lay.
  const anew = await core.run((wasm) => Array.from({ length: 64 }, () => new wasm.HashHandle("sm3")));
  old.free();
  old.free();
  const [first, ...rest] = anew.map((hash) => Buffer.from(core.call(() => hash.finish())).toString("hex"));
  assert.ok(rest.every((digest) => digest === first));
  for (const hash of anew) hash.free();
  assert.equal((await sm3(new Uint8Array(0))).length, 32);
});

test("a hundred faults in a row leave a package that works", async () => {
  for (let number = 0; number < 100; number++) {
    const fault = await told(() => core.run((wasm) => wasm.panic()));
    assert.equal(fault.code, "internal");
  }
  assert.equal((await sm3(new Uint8Array(0))).length, 32);
});
