// Who judges answers comes as a module of its own, while the code is on the screen. The form for pages
// runs here, with a `fetch` of files that does what a test says.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { World, approve, browserFetch, browserKeys, tab, until } from "./lib/world.mjs";

const DIST = new URL("../../npm/dist/", import.meta.url);
const MODULE = "answer_bg.wasm";

let world, phone, yinxin, isThere, asked;
const network = globalThis.fetch;

before(async () => {
  globalThis.fetch = async (address, init) => {
    const url = new URL(address instanceof Request ? address.url : address);
    if (url.protocol !== "file:") return network(address, init);
    const name = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
    asked.push(name);
    if (name === MODULE && !isThere) throw new TypeError("no network");
    return new Response(await readFile(fileURLToPath(url)), { headers: { "content-type": "application/wasm" } });
  };
  asked = [];
  isThere = false;
  yinxin = await import(new URL("index.js", DIST));
  world = await World.make();
  phone = await world.phone();
});
after(async () => {
  globalThis.fetch = network;
  await world.end();
});

/** A page as a browser runs it. */
function client(options = {}) {
  const base = { open: world.endpoint, origin: "http://localhost:7401", fetch: browserFetch(), keys: false, storage: false };
  return new yinxin.YinxinClient({ ...base, ...options });
}

async function eventually(holds, what) {
  for (let turn = 0; turn < 200 && !holds(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  assert.ok(holds(), what);
}

// In this order: once it was loaded, a page asks for it no more.

test("a judge that cannot be loaded ends the session with its own code, and the answer is there after a reload", async () => {
  const [keys, storage, own] = [await browserKeys(), tab(), browserFetch()];
  const session = client({ keys, storage, fetch: own, patience: 200 }).session("login", {});
  await until(session, ({ resumable, frame }) => resumable && frame !== undefined);
  await eventually(() => asked.includes(MODULE), "asked for before anybody scanned");
  const { outcome } = await approve(phone, session);
  const error = await session.answer.catch((thrown) => thrown);
  assert.equal(error.code, "wasm_not_found");
  assert.deepEqual([error.facts.module, error.retryable], ["answer", true]);
  assert.equal(session.state.phase, "failed");
  assert.equal(storage.entries.size, 1, "it is kept");
  isThere = true;
  const again = await client({ keys, storage, fetch: own }).resume();
  const answer = await again.answer;
  assert.equal(answer.holder.name, "甲公司");
  assert.equal(world.accepted.at(-1).statementDigest, answer.statementDigest);
  assert.equal((await outcome).progress, "accepted");
  assert.equal(storage.entries.size, 0, "wiped when it was over");
});

test("a judge that was loaded with the first code is asked for no more", async () => {
  asked = [];
  const session = client().session("login", {});
  const { outcome } = await approve(phone, session);
  assert.equal((await session.answer).holder.name, "甲公司");
  assert.equal((await outcome).progress, "accepted");
  assert.deepEqual(asked, []);
});

test("roots that are none are told while the code is on the screen", async () => {
  const bent = new Proxy(browserFetch(), {
    apply: async (own, self, [address, init]) => {
      const answer = await Reflect.apply(own, self, [address, init]);
      const body = typeof init?.body === "string" ? JSON.parse(init.body) : {};
      if (body.step !== "visit") return answer;
      const visit = { ...(await answer.json()), trust: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" };
      return Response.json(visit, { headers: answer.headers });
    },
  });
  const session = client({ fetch: bent }).session("login", {});
  const error = await session.answer.catch((thrown) => thrown);
  assert.ok(yinxin.YinxinError.is(error), String(error));
  assert.notEqual(error.code, "internal");
  assert.equal(session.state.phase, "failed");
  assert.equal(session.state.holder, undefined, "nobody has scanned");
});
