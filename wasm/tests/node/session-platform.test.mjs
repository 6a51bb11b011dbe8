// A platform's back end in Node: what it verifies, and what it does not.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { YinxinClient, sm3 } from "yinxin";
import { MemoryStore, YinxinError } from "yinxin/node";

import { hsm } from "./lib/hsm.mjs";
import { yinxin } from "./lib/programs.mjs";
import { ORIGIN, UNIT, World, answered, approve, browserFetch, until } from "./lib/world.mjs";

let world, phone;
before(async () => {
  world = await World.make();
  phone = await world.phone();
});
after(() => world.end());

/** A client whose back end is driven by hand: what a page posted can be looked at. */
function byHand(platform = world.platform) {
  const seen = {};
  const cookie = "visitor-1";
  const client = new YinxinClient({
    origin: ORIGIN,
    keys: false,
    storage: false,
    open: async (call) => {
      switch (call.step) {
        case "visit": {
          const { nonce, visit } = await platform.visit(cookie);
          seen.visit = visit;
          return { nonce, ...(await platform.introduction()) };
        }
        case "open": {
          const require = call.scene === "login" ? undefined : { creditCode: UNIT };
          const request = await platform.request(call.scene, {
            ...call.input,
            ...(require && { require }),
            begin: call.begin,
            visit: seen.visit,
            cookie,
          });
          seen.opened = await platform.open(request);
          await assert.rejects(platform.open(request), { code: "step_out_of_order" });
          return seen.opened.forPage;
        }
        case "result": {
          seen.result = JSON.stringify(call.result);
          seen.answer = await platform.verifyAnswer(call.result, { pending: seen.opened.pending, cookie });
          const { statementDigest, holder, again, revocationUnknown } = seen.answer;
          return { statementDigest, holder, again, revocationUnknown };
        }
      }
    },
  });
  return { client, seen, cookie };
}

test("a thousand answers are verified, each for what it is and for its own request only", async () => {
  const kept = [];
  // Its scans wait for receipts, which nobody sends here.
  const own = await world.phone();
  for (let number = 0; number < 25; number++) {
    const { client, seen, cookie } = byHand();
    const text = `同意第 ${number} 号补充条款`;
    const session = client.session("messageSignature", { items: [{ id: `${number}`, text }] });
    const { outcome } = await approve(own, session);
    outcome.catch(() => undefined);
    await session.answer;
    kept.push({ seen, cookie, text });
    client.close();
  }
  const digests = new Set();
  for (let number = 0; number < 1000; number++) {
    const at = number % kept.length;
    const { seen, cookie, text } = kept[at];
    const answer = await world.platform.verifyAnswer(seen.result, { pending: seen.opened.pending, cookie });
    assert.equal(answer.again, false);
    assert.equal(answer.items[0].id, `${at}`);
    assert.deepEqual(answer.items[0].digest, await sm3(new TextEncoder().encode(text)));
    assert.equal(answer.holder.creditCode, UNIT);
    digests.add(answer.statementDigest);
    const other = kept[(at + 1 + Math.floor(number / kept.length) % (kept.length - 1)) % kept.length];
    await assert.rejects(
      world.platform.verifyAnswer(seen.result, { pending: other.seen.opened.pending, cookie }),
      YinxinError.is,
      `${at} as an answer to another`,
    );
  }
  assert.equal(digests.size, kept.length);
  const [{ seen, cookie }] = kept;
  const again = await world.platform.verifyAnswer(seen.result, { pending: seen.answer.pending, cookie });
  assert.equal(again.again, true, "taken once; the same again changes nothing");
});

test("an answer in which any octet was changed is not verified", async () => {
  const { client, seen, cookie } = byHand();
  await answered(client, phone, "login", {});
  const expected = { pending: seen.opened.pending, cookie };
  const whole = new TextEncoder().encode(seen.result);
  const refused = async (bent, what) => {
    try {
      await world.platform.verifyAnswer(bent, expected);
    } catch (error) {
      assert.ok(YinxinError.is(error), `${what}: ${error}`);
      return;
    }
    assert.fail(`${what} verified`);
  };
  for (let at = 0; at < whole.length; at++) {
    const bent = whole.slice();
    bent[at] ^= 1;
    await refused(bent, `octet ${at}`);
  }
  for (let end = 0; end < whole.length; end += 7) await refused(whole.subarray(0, end), `cut at ${end}`);
  await world.platform.verifyAnswer(whole, expected);
});

test("an answer is the visitor's whose page asked, and nobody else's", async () => {
  const { client, seen } = byHand();
  await answered(client, phone, "login", {});
  const { pending } = seen.opened;
  await assert.rejects(world.platform.verifyAnswer(seen.result, { pending, cookie: "visitor-2" }), {
    code: "answer_binding",
  });
  const with_ = seen.result.replace('"products"', '"secrets":[],"products"');
  await assert.rejects(world.platform.verifyAnswer(with_, { pending, cookie: "visitor-1" }), {
    code: "answer_binding",
  });
});

test("a kept connection that the hub had closed is opened anew, once; a hub that is away is not asked twice", async () => {
  let code, left;
  const asked = [];
  const own = await World.make({
    platform: {
      fetch: async (address, init) => {
        asked.push(address);
        if (left === 0) return fetch(address, init);
        left -= 1;
        throw new TypeError("fetch failed", { cause: Object.assign(new Error("closed"), { code }) });
      },
    },
  });
  try {
    const open = async (how, times) => {
      [code, left, asked.length] = [how, times, 0];
      const session = byHand(own.platform).client.session("login", {});
      session.answer.catch(() => undefined);
      const { error } = await until(session, ({ frame, phase }) => frame !== undefined || phase === "failed");
      const calls = asked.length;
      await session.cancel();
      return [error?.code, calls];
    };
    assert.deepEqual(await open("UND_ERR_SOCKET", 1), [undefined, 2]);
    assert.deepEqual(await open("ECONNRESET", 2), ["hub_unreachable", 2]);
    assert.deepEqual(await open("ECONNREFUSED", 1), ["hub_unreachable", 1]);
  } finally {
    await own.end();
  }
});

test("a key in a hardware module is asked for digests, and a wrong answer of it goes nowhere", async () => {
  const asked = [];
  const signing = (sign) => ({
    key: (toSign) => {
      asked.push([toSign.algorithm, toSign.digest.length]);
      return sign(toSign);
    },
  });
  let sign = () => Promise.resolve(new Uint8Array(64).fill(7));
  const own = await World.make({ algorithm: "p256", platform: signing((toSign) => sign(toSign)) });
  try {
    await assert.rejects(own.client().login(), { code: "request_signature" });
    sign = hsm(readFileSync(own.place.at("CA/platform.key")));
    asked.length = 0;
    const { answer, outcome } = await answered(own.client(), await own.phone(), "login", {});
    assert.equal(answer.holder.name, "甲公司");
    assert.equal(outcome.progress, "accepted");
    // The request, the call to the hub, and the receipt.
    assert.deepEqual(asked, [["ECDSA", 32], ["ECDSA", 32], ["ECDSA", 32]]);
  } finally {
    await own.end();
  }
});

test("a revoked certificate is refused by the list, and one of unknown status where lists are wanted", async () => {
  const own = await World.make({ platform: { requireRevocation: true } });
  try {
    const mine = await own.phone();
    const client = own.client();
    const refused = async (why) => {
      const session = client.session("login", {});
      const { outcome } = await approve(mine, session);
      outcome.catch(() => undefined);
      await assert.rejects(session.answer, { code: "certificate_status" }, why);
    };
    const take = (names) => own.platform.takeRevocationLists(names.map((name) => own.file(name)));
    const list = (...more) => {
      const [out] = more;
      yinxin("--force", "ca", "crl", "--dir", own.ca, "--out", own.place.at(out), ...more.slice(1));
    };
    await refused("nothing is known of it");
    list("issuing.crl");
    list("root.crl", "--root");
    await take(["issuing.crl", "root.crl"]);
    const { answer } = await answered(client, mine, "login", {});
    assert.equal(answer.verdict.revocationUnknown, false);
    const [{ serial }] = mine.holdings().certificates;
    yinxin("ca", "revoke", "--dir", own.ca, "--serial", serial, "--reason", "key_compromise");
    list("issuing.crl");
    await assert.rejects(own.platform.takeRevocationLists([new Uint8Array(5)]), YinxinError.is);
    await take(["issuing.crl", "root.crl"]);
    await refused("it is revoked");
  } finally {
    await own.end();
  }
});

test("what acts for an account is refused without one, whatever the page wishes", async () => {
  const client = world.client();
  for (const [scene, input] of [
    ["messageSignature", { items: [{ id: "1", text: "x" }] }],
    ["decrypt", await world.bid()],
  ]) {
    await assert.rejects(client.session(scene, input).answer, { code: "token_wrong" }, scene);
  }
  // A back end that forgets to say whose certificate may answer is told so before anything is signed.
  const { visit } = await world.platform.visit("c");
  await assert.rejects(
    world.platform.request("messageSignature", {
      begin: {},
      visit,
      cookie: "c",
      payload: { items: [{ id: "1", text: "x" }] },
    }),
    { code: "request_malformed" },
  );
});

test("the back end decides what is signed, not the page", async () => {
  const own = await World.make({
    handler: {
      ask: ({ scene, wish }) => {
        if (scene === "messageSignature") return { payload: { items: [{ id: "1", text: "本站的话" }] } };
        if (scene === "encrypt") throw new YinxinError({ code: "scene_not_allowed" });
        return wish;
      },
    },
  });
  try {
    const mine = await own.phone();
    const client = own.client();
    await answered(client, mine, "login", {});
    const wish = { items: [{ id: "1", text: "网页的话" }] };
    const { view } = await answered(client, mine, "messageSignature", wish);
    assert.ok(view.lines.some(([, text]) => text.includes("本站的话")));
    const opening = new Date(Date.now() + 60_000);
    await assert.rejects(client.certificates({ project: "P", section: "A", opening }), {
      code: "scene_not_allowed",
    });
  } finally {
    await own.end();
  }
});

test("the endpoint refuses other sites, other visitors, nonsense, and a nonce that was used", async () => {
  const post = (body, how = browserFetch()) =>
    how(world.endpoint, { method: "POST", credentials: "same-origin", body: JSON.stringify(body) });
  const code = async (answer) => (await (await answer).json()).code;
  const foreign = browserFetch("https://evil.example");
  assert.equal(await code(post({ step: "visit" }, (url, init) => foreign(world.endpoint, init))), "origin_unregistered");
  assert.equal(await code(fetch(world.endpoint, { method: "POST", body: '{"step":"visit"}' })), "origin_unregistered");
  assert.equal(await code(post({ step: "nonsense" })), "request_malformed");
  assert.equal(await code(post([])), "request_malformed");
  assert.equal((await fetch(world.endpoint)).status, 405);
  const one = browserFetch();
  const { nonce } = await (await post({ step: "visit" }, one)).json();
  assert.equal(await code(post({ step: "open", scene: "login", nonce, begin: {} })), "token_wrong");
  assert.equal(await code(post({ step: "open", scene: "nonsense", nonce, begin: {} }, one)), "request_malformed");
  assert.equal(await code(post({ step: "open", scene: "login", nonce, begin: {} }, one)), "request_malformed");
  assert.equal(await code(post({ step: "open", scene: "login", nonce, begin: {} }, one)), "answer_binding");
  assert.equal(await code(post({ step: "result", digest: "AA", result: {} }, one)), "session_unknown");
  const large = JSON.stringify({ step: "open", nonce: "A".repeat(6 << 20) });
  assert.equal(await code(one(world.endpoint, { method: "POST", credentials: "same-origin", body: large })), "request_too_large");
  const problem = await (await post({ step: "nonsense" })).json();
  assert.deepEqual(Object.keys(problem).sort(), ["code", "en", "retry", "status", "title", "zh"]);
});

test("a login is taken under a new cookie, and told once, however often it comes", async () => {
  const own = browserFetch();
  const client = world.client({ fetch: own });
  const session = client.session("login", {});
  await until(session, ({ phase }) => phase === "showing");
  const before = own.jar.get("yinxin");
  const told = world.accepted.length;
  const { outcome } = await approve(phone, session);
  await session.answer;
  assert.equal((await outcome).progress, "accepted");
  assert.notEqual(own.jar.get("yinxin"), before, "whoever planted a cookie has nothing");
  assert.equal(world.accepted.length, told + 1);
});

test("a store forgets what is over, and lets one at a time work on a name", async () => {
  const store = new MemoryStore();
  await store.set("a", "1", 0.02);
  assert.equal(await store.get("a"), "1");
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.equal(await store.get("a"), undefined);
  const order = [];
  const slow = store.exclusive("x", async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push("first");
    throw new Error("refused");
  });
  const next = store.exclusive("x", () => Promise.resolve(order.push("second")));
  await assert.rejects(slow);
  await next;
  assert.deepEqual(order, ["first", "second"]);
});

test("visits make room for each other and push nothing else out, and a full store takes no more of them", async () => {
  const store = new MemoryStore(3);
  await store.set("request:1", "1", 60);
  for (let number = 0; number < 10; number++) await store.set(`visit:${number}`, "v", 60);
  const there = (names) => Promise.all(names.map((name) => store.get(name)));
  assert.deepEqual(await there(["request:1", "visit:7", "visit:8", "visit:9"]), ["1", undefined, "v", "v"]);
  await store.set("account:1", "2", 60);
  await store.set("request:2", "3", 60);
  await assert.rejects(store.set("visit:10", "v", 60), { code: "rate_limited" });
  await store.set("request:3", "4", 60);
  assert.deepEqual(await there(["request:1", "account:1", "request:2", "request:3"]), ["1", "2", "3", "4"]);
  for (const name of ["request:1", "request:2"]) await store.delete(name);
  await store.set("visit:11", "v", 60);
});

test("who floods the site with visits logs nobody out and loses nobody's request", async () => {
  const own = await World.make({ handler: { store: new MemoryStore(12) } });
  try {
    const mine = await own.phone();
    const visit = () => browserFetch()(own.endpoint, { method: "POST", body: '{"step":"visit"}' });
    const flood = async () => {
      for (let number = 0; number < 30; number++) assert.equal((await visit()).status, 200);
    };
    const visitor = browserFetch();
    const client = own.client({ fetch: visitor });
    const login = client.session("login", {});
    await until(login, ({ phase }) => phase === "showing");
    await flood();
    const { outcome } = await approve(mine, login);
    assert.equal((await login.answer).holder.name, "甲公司");
    await outcome;
    await flood();
    const { answer } = await answered(client, mine, "messageSignature", { items: [{ id: "1", text: "同意" }] });
    assert.equal(answer.items.length, 1);
  } finally {
    await own.end();
  }
});

test("a site that can keep no more refuses visits by a code", async () => {
  const store = new MemoryStore(2);
  await store.set("request:1", "1", 60);
  await store.set("request:2", "2", 60);
  const handle = world.platform.handler({ store, ask: ({ wish }) => wish });
  const answer = await handle(new Request(ORIGIN, { method: "POST", headers: { origin: ORIGIN }, body: '{"step":"visit"}' }));
  assert.equal(answer.status, 429);
  assert.equal((await answer.json()).code, "rate_limited");
});

/** Calls of a handler's endpoint, from one browser. */
function calls(handle) {
  let cookie;
  const call = async (body, as = cookie) => {
    const headers = { origin: ORIGIN, ...(as && { cookie: as }) };
    const answer = await handle(new Request(ORIGIN, { method: "POST", headers, body: JSON.stringify(body) }));
    const given = answer.headers.getSetCookie().map((line) => line.split(";")[0])[0];
    cookie = given ?? cookie;
    return { status: answer.status, given, ...(await answer.json()) };
  };
  return { call, cookie: () => cookie };
}

test("a page cannot choose whose certificate may answer", async () => {
  const other = "91350100M000100Y50";
  const asked = [];
  const handle = world.platform.handler({
    account: () => ({ name: "甲公司", creditCode: UNIT }),
    ask: ({ wish }) => {
      asked.push(wish);
      return wish;
    },
  });
  const { call } = calls(handle);
  const payload = { items: [{ id: "1", text: "同意" }] };
  let hindered;
  const client = world.client({
    open: async (step) => {
      if (step.step !== "open") return call(step);
      for (const more of [{ require: { creditCode: other } }, { begin: {} }, { visit: "" }]) {
        const { code } = await call({ ...step, input: { payload, ...more } });
        assert.equal(code, "request_malformed", JSON.stringify(more));
      }
      const refused = await call({ ...step, input: { payload, display: "x" } });
      assert.equal(refused.code, "request_malformed");
      hindered = asked.length;
      return call(step);
    },
  });
  const { answer } = await answered(client, phone, "messageSignature", payload);
  assert.equal(answer.holder.creditCode, UNIT, "none of them used the nonce up");
  assert.equal(hindered, 0, "the site was not even asked");
  assert.deepEqual(Object.keys(asked[0]), ["payload"]);
});

test("a person whom the site knows by name only is told what is missing, and with a subject may act", async () => {
  let account = { name: "张三" };
  const handle = world.platform.handler({ account: () => account, ask: ({ wish }) => wish });
  const { call } = calls(handle);
  const client = world.client({
    open: async (step) => {
      const answer = await call(step);
      if (answer.code === undefined) return answer;
      assert.equal(answer.status, 403);
      assert.match(answer.zh.remedy, /subject/);
      throw new YinxinError({ code: answer.code });
    },
  });
  const input = { items: [{ id: "1", text: "同意" }] };
  await assert.rejects(client.session("messageSignature", input).answer, { code: "account_subject_missing" });
  account = { name: "张三", subject: Buffer.alloc(32, 7).toString("base64url") };
  const session = client.session("messageSignature", input);
  await until(session, ({ phase }) => phase === "showing");
  await session.cancel();
});

test("a login that is handed in again gives the same cookie, and none to who has it", async () => {
  const told = [];
  const handle = world.platform.handler({ ask: ({ wish }) => wish, accepted: ({ answer }) => void told.push(answer.requestDigest) });
  const { call, cookie } = calls(handle);
  const given = [];
  const client = world.client({
    open: async (step) => {
      if (step.step !== "result") return call(step);
      const before = cookie();
      const { given: first, ...verdict } = await call(step);
      given.push(first, (await call(step, before)).given);
      const again = await call(step, first);
      assert.deepEqual([again.again, again.given, again.holder.name], [true, undefined, "甲公司"]);
      const bent = await call({ ...step, result: { ...step.result, typ: "x" } }, first);
      assert.equal(bent.code, "answer_binding", "what it has is not given for another answer");
      return verdict;
    },
  });
  await answered(client, phone, "login", {});
  assert.match(given[0], /^yinxin=.{43}$/);
  assert.equal(given[1], given[0]);
  assert.equal(told.length, 1);
  assert.equal((await call({ step: "visit" })).account.creditCode, UNIT);
});
