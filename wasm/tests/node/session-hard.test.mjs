// What goes wrong on real days: each is resumed, or has its own code.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { YinxinError } from "yinxin";
import { Phone } from "yinxin/phone";

import { yinxin } from "./lib/programs.mjs";
import { PIN, World, answered, approve, browserFetch, browserKeys, memory, tab, until } from "./lib/world.mjs";

let world, phone;
before(async () => {
  world = await World.make({ hubs: 2 });
  phone = await world.phone();
});
after(() => world.end());

test("a page that is reloaded after the scan goes on, and nothing of it can be read in storage", async () => {
  const [keys, storage, own] = [await browserKeys(), tab(), browserFetch()];
  const first = world.client({ keys, storage, fetch: own });
  const session = first.session("login", {});
  const { frame } = await until(session, (state) => state.frame !== undefined && state.resumable);
  const scan = await phone.scan(frame.text);
  const { matchingNumber } = await until(session, (state) => state.matchingNumber !== undefined);
  first.close();
  assert.equal(session.state.phase, "cancelled");

  const [kept] = storage.entries.values();
  assert.ok(!kept.includes("replyKey") && !kept.includes("qrSecret") && !kept.includes("pageToken"));
  const second = world.client({ keys, storage, fetch: own });
  const again = await second.resume();
  await until(again, (state) => state.matchingNumber === matchingNumber);
  await scan.matchNumber(matchingNumber);
  const outcome = scan.confirm({ certificate: scan.view.needs.certificates[0].index, pin: PIN });
  const answer = await again.answer;
  assert.equal(answer.holder.name, "甲公司");
  assert.equal((await outcome).progress, "accepted");
  assert.equal(storage.entries.size, 0, "wiped when it was over");
  assert.equal(await second.resume(), null);
});

test("a page that is closed while the answer comes is answered when it is opened again", async () => {
  const [keys, storage, own] = [await browserKeys(), tab(), browserFetch()];
  const first = world.client({ keys, storage, fetch: own });
  const session = first.session("login", {});
  const { outcome } = await approve(phone, session, {});
  await until(session, ({ phase }) => phase === "confirming" || phase === "verifying" || phase === "completed").catch(() => undefined);
  if (session.state.phase !== "completed") {
    first.close();
    const again = await world.client({ keys, storage, fetch: own }).resume();
    assert.equal((await again.answer).holder.name, "甲公司");
  }
  assert.equal((await outcome).progress, "accepted");
});

test("a page that is reloaded between two files goes on with the second, and the first is signed", async () => {
  const own = await World.make();
  try {
    const mine = await own.phone({ seal: true });
    const [keys, storage, visitor] = [await browserKeys(), tab(), browserFetch()];
    const client = own.client({ keys, storage, fetch: visitor });
    await answered(client, mine, "login", {});
    const files = ["1", "2"].map((id) => ({
      id,
      name: `${id}.pdf`,
      data: new TextEncoder().encode(id),
      size: 1,
      format: "pdf",
      placements: [{ page: 1, x: 0, y: 0 }],
    }));
    const made = { dataHash: new Uint8Array(32).fill(5), property: "[0 10 20 30]", time: Math.floor(Date.now() / 1000) };
    const prepared = [];
    const prepare = (endless) => (offer, index) => {
      assert.ok(offer.certificates.length > 0 && offer.seals.length > 0);
      prepared.push(index);
      return index === endless ? new Promise(() => undefined) : made;
    };
    const session = client.session("signature", { files, prepare: prepare(1) });
    const { outcome } = await approve(mine, session);
    await until(session, (state) => state.prepared?.done === 1);
    client.close();
    const later = own.client({ keys, storage, fetch: visitor });
    const again = await later.resume({ inputs: { signature: { files, prepare: prepare(undefined) } } });
    const answer = await again.answer;
    assert.deepEqual(prepared, [0, 1, 1], "what was prepared is not prepared again");
    assert.deepEqual(answer.files.map((file) => file.signature?.length > 100), [true, true]);
    assert.equal((await outcome).progress, "accepted");
  } finally {
    await own.end();
  }
});

test("a back end that stays away after the answer ends the session, and takes it after a reload", async () => {
  const [keys, storage, own] = [await browserKeys(), tab(), browserFetch()];
  const session = world.client({ keys, storage, fetch: own, patience: 500 }).session("login", {});
  await until(session, ({ resumable }) => resumable);
  world.intercept = (_, outgoing) => outgoing.destroy();
  try {
    const { outcome } = await approve(phone, session);
    const error = await Promise.race([
      session.answer.catch((thrown) => thrown),
      new Promise((resolve) => setTimeout(resolve, 15_000, "nothing").unref()),
    ]);
    assert.equal(error.code, "platform_unreachable");
    assert.equal(session.state.phase, "failed");
    world.intercept = undefined;
    const again = await world.client({ keys, storage, fetch: own }).resume();
    assert.equal((await again.answer).holder.name, "甲公司");
    assert.equal((await outcome).progress, "accepted");
    assert.equal(storage.entries.size, 0);
  } finally {
    world.intercept = undefined;
  }
});

/** Locks as browsers have them: whoever asks hears later. */
function locks() {
  const held = new Set();
  const request = async (name, _, act) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (held.has(name)) return act(null);
    held.add(name);
    try {
      return await act({ name });
    } finally {
      held.delete(name);
    }
  };
  return { held, request };
}

test("of two tabs that take a session up at once one has it", async () => {
  const [keys, storage, own] = [await browserKeys(), tab(), browserFetch()];
  const there = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  const tabs = locks();
  Object.defineProperty(globalThis, "navigator", { value: { locks: tabs }, configurable: true });
  try {
    const first = world.client({ keys, storage, fetch: own });
    await until(first.session("login", {}), ({ resumable }) => resumable);
    assert.equal(await world.client({ keys, storage, fetch: own }).resume(), null, "the first tab runs it");
    first.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const clients = [1, 2].map(() => world.client({ keys, storage, fetch: own }));
    const both = await Promise.all(clients.map((client) => client.resume()));
    const [session, ...more] = both.filter((one) => one !== null);
    assert.equal(more.length, 0, "the other tab has none");
    await until(session, ({ phase }) => phase === "showing");
    assert.equal(await clients[1].resume(), null, "it is held as long as it runs");
    await session.cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(tabs.held.size, 0);
    // What cannot be taken up is not held either.
    const second = world.client({ keys, storage, fetch: own });
    await until(second.session("login", {}), ({ resumable }) => resumable);
    second.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const stranger = await world.client({ keys: await browserKeys(), storage }).resume();
    await assert.rejects(stranger.answer, { code: "storage_refused" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(tabs.held.size, 0);
  } finally {
    if (there === undefined) delete globalThis.navigator;
    else Object.defineProperty(globalThis, "navigator", there);
  }
});

test("what another browser kept, or somebody changed, is not taken up", async () => {
  const [keys, storage] = [await browserKeys(), tab()];
  const client = world.client({ keys, storage });
  await until(client.session("login", {}), ({ resumable }) => resumable);
  client.close();
  const stranger = await world.client({ keys: await browserKeys(), storage }).resume();
  await assert.rejects(stranger.answer, { code: "storage_refused" });
});

test("storage that is refused costs the reload and nothing else", async () => {
  const storage = {
    getItem: () => {
      throw new Error("refused");
    },
    setItem: () => {
      throw new Error("full");
    },
    removeItem: () => {
      throw new Error("refused");
    },
  };
  const client = world.client({ keys: await browserKeys(), storage });
  const { answer, session } = await answered(client, phone, "login", {});
  assert.equal(session.state.resumable, false);
  assert.equal(answer.holder.name, "甲公司");
  assert.equal(await client.resume(), null);
});

test("a phone whose storage is refused answers nothing", async () => {
  const broken = { load: () => Promise.resolve(undefined), store: () => Promise.reject(new Error("full")) };
  await assert.rejects(Phone.create(broken, PIN), { code: "storage_refused" });
  const client = world.client();
  const session = client.session("login", {});
  const { frame } = await until(session, (state) => state.frame !== undefined);
  const scan = await phone.scan(frame.text);
  const { matchingNumber } = await until(session, (state) => state.matchingNumber !== undefined);
  await scan.matchNumber(matchingNumber);
  const store = phone.storage.store;
  phone.storage.store = () => Promise.reject(new Error("full"));
  const word = { certificate: scan.view.needs.certificates[0].index, pin: PIN };
  await assert.rejects(scan.confirm(word), { code: "storage_refused" });
  phone.storage.store = store;
  assert.notEqual(session.state.phase, "completed");
  await session.cancel();
  scan.close();
});

test("a phone that dies with its answer sends it when it lives again, and the record proves it offline", async () => {
  let dead = false;
  const how = (address, init) =>
    dead && String(address).endsWith("/answer") ? Promise.reject(new TypeError("failed")) : fetch(address, init);
  const own = await world.phone({ fetch: how });
  const session = world.client().session("login", {});
  dead = true;
  const { outcome } = await approve(own, session);
  await assert.rejects(outcome, { code: "hub_unreachable" });
  assert.equal(own.history().at(-1).progress, "released");
  dead = false;

  const again = await Phone.open(own.storage);
  await assert.rejects(again.resend(), { code: "step_out_of_order" });
  await again.unlock(PIN);
  assert.equal(await again.resend(), "stored");
  assert.equal((await session.answer).holder.name, "甲公司");
  assert.equal(await again.resend(), undefined, "once");
  const entry = again.history().at(-1).entry;
  writeFileSync(world.place.at("answer.json"), again.exportAnswer(entry.request));
  const said = yinxin("verify", world.place.at("answer.json"), "--trust", `${world.ca}/root.pem`, "--intermediates", `${world.ca}/issuing.pem`);
  assert.match(said, /甲公司/);
  assert.throws(() => again.exportAnswer("AAAA"), { code: "session_unknown" });
});

test("answers that were not delivered are all sent again, and one that no hub takes hinders none", async () => {
  let dead = true;
  const how = (address, init) =>
    dead && String(address).endsWith("/answer") ? Promise.reject(new TypeError("failed")) : fetch(address, init);
  const own = await world.phone({ fetch: how });
  const sessions = [];
  for (let number = 0; number < 3; number += 1) {
    const session = world.client().session("login", {});
    session.answer.catch(() => undefined);
    const { outcome } = await approve(own, session);
    await assert.rejects(outcome, { code: "hub_unreachable" });
    sessions.push(session);
  }
  const [first, given, last] = sessions;
  await given.cancel();
  dead = false;
  await assert.rejects(own.resend(), (thrown) => YinxinError.is(thrown) && !thrown.retryable);
  for (const session of [first, last]) assert.equal((await session.answer).holder.name, "甲公司");
  assert.equal(await own.resend(), undefined, "nothing waits any more");
  assert.equal(own.history().length, 3);
});

test("a scan that waits for its receipt and the next one do not hinder each other", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const own = browserFetch();
  const slow = async (address, init) => {
    if (String(init?.body).includes('"step":"result"')) await held;
    return own(address, init);
  };
  const first = world.client({ fetch: slow }).session("login", {});
  const { outcome } = await approve(phone, first);

  const shown = async () => {
    const session = world.client().session("login", {});
    const { frame } = await until(session, (state) => state.frame !== undefined);
    return { session, scan: await phone.scan(frame.text) };
  };
  const second = await shown();
  const third = await shown();
  third.session.answer.catch(() => undefined);
  third.scan.close();
  await third.session.cancel();
  release();
  assert.equal((await outcome).progress, "accepted");
  assert.equal((await first.answer).holder.name, "甲公司");

  const { scan, session } = second;
  const { matchingNumber } = await until(session, (state) => state.matchingNumber !== undefined);
  await scan.matchNumber(matchingNumber);
  const [certificate] = scan.view.needs.certificates;
  const done = await scan.confirm({ certificate: certificate.index, pin: PIN });
  assert.equal(done.progress, "accepted");
  assert.equal((await session.answer).holder.name, "甲公司");
});

test("two tabs of one visitor run each its own session", async () => {
  const own = browserFetch();
  const client = world.client({ fetch: own });
  await answered(client, phone, "login", {});
  const [one, two] = ["一", "二"].map((text) =>
    world.client({ fetch: own }).session("messageSignature", { items: [{ id: "1", text }] }),
  );
  for (const session of [two, one]) {
    const { outcome } = await approve(phone, session);
    await session.answer;
    assert.equal((await outcome).progress, "accepted");
  }
  assert.notEqual(one.state.sid, two.state.sid);
});

for (const minutes of [-10, 10]) {
  test(`a page's clock that is ${minutes} minutes off is said, and gone around`, async () => {
    const client = world.client({ now: () => Date.now() + minutes * 60_000 });
    const states = [];
    const session = client.session("login", {});
    session.subscribe((state) => states.push(state));
    const { outcome } = await approve(phone, session);
    assert.equal((await session.answer).holder.name, "甲公司");
    await outcome;
    const off = states.find(({ clockOff }) => clockOff !== undefined)?.clockOff;
    assert.ok(Math.abs(off - minutes * 60) < 5, `${off}`);
  });

  test(`a phone's clock that is ${minutes} minutes off goes by the hub's, and says so`, async () => {
    const late = await world.phone({ now: () => Date.now() + minutes * 60_000 });
    const { view, outcome } = await answered(world.client(), late, "login", {});
    const warning = view.warnings.find(({ kind }) => kind === "clockOff");
    assert.ok(Math.abs(warning.seconds - minutes * 60) < 5);
    assert.equal(outcome.progress, "accepted");
    phone = await world.phone();
  });

  test(`a platform's clock that is ${minutes} minutes off is told so by the hub`, async () => {
    const off = await World.make({ platform: { now: () => Date.now() + minutes * 60_000 } });
    try {
      await assert.rejects(off.client().login(), { code: "request_time" });
    } finally {
      await off.end();
    }
  });
}

test("a hub that falls silent before the scan is left for the platform's next one", async () => {
  const session = world.client().session("login", {});
  const first = await until(session, (state) => state.frame !== undefined);
  world.hub.freeze();
  try {
    const moved = (state) => state.frame !== undefined && state.sid !== first.sid;
    const { frame } = await until(session, moved, 30_000);
    assert.match(frame.text, /HUB-B\.LOCALHOST/);
    const { outcome } = await approve(phone, session);
    assert.equal((await session.answer).holder.name, "甲公司");
    assert.equal((await outcome).progress, "accepted");
  } finally {
    world.hub.thaw();
  }
});

test("a platform whose hubs are all gone says so by its code", async () => {
  const gone = await World.make();
  await gone.hub.stop();
  gone.hub.stop = () => Promise.resolve();
  try {
    await assert.rejects(gone.client().login(), (error) => {
      assert.equal(error.code, "hub_unreachable");
      assert.equal(YinxinError.is(error), true);
      return true;
    });
  } finally {
    await gone.end();
  }
});

test("a network that is cut for seconds after the scan costs nothing", async () => {
  let cut = false;
  const own = browserFetch();
  const flaky = (address, init) =>
    cut && String(address).startsWith(world.hub.url) ? Promise.reject(new TypeError("failed")) : own(address, init);
  flaky.jar = own.jar;
  const session = world.client({ fetch: flaky }).session("login", {});
  const { frame } = await until(session, (state) => state.frame !== undefined);
  const scan = await phone.scan(frame.text);
  const { matchingNumber } = await until(session, (state) => state.matchingNumber !== undefined);
  cut = true;
  setTimeout(() => (cut = false), 3_000);
  await scan.matchNumber(matchingNumber);
  const outcome = scan.confirm({ certificate: scan.view.needs.certificates[0].index, pin: PIN });
  assert.equal((await session.answer).holder.name, "甲公司");
  assert.equal((await outcome).progress, "accepted");
});

test("where streams do not pass, the hub is polled", async () => {
  const own = browserFetch();
  const without = (address, init = {}) => {
    const headers = new Headers(init.headers);
    headers.delete("accept");
    return own(address, { ...init, headers });
  };
  const states = new Set();
  const session = world.client({ fetch: without }).session("login", {});
  session.subscribe(({ connection }) => states.add(connection));
  const { outcome } = await approve(phone, session);
  assert.equal((await session.answer).holder.name, "甲公司");
  await outcome;
  assert.ok(states.has("polling"));
});

test("a platform that answers late is asked again, and one with pages for answers has a code", async () => {
  const client = world.client();
  let refusals = 2;
  world.intercept = (incoming, outgoing, pass) => {
    if (refusals > 0 && incoming.headers["content-length"] > 2000) {
      refusals -= 1;
      outgoing.destroy();
      return;
    }
    pass(incoming, outgoing);
  };
  try {
    const { answer } = await answered(client, phone, "login", {});
    assert.equal(answer.holder.name, "甲公司");
    assert.equal(refusals, 0, "the answer was handed in three times");
    world.intercept = (_, outgoing) => outgoing.writeHead(200, { "content-type": "text/html" }).end("<h1>hello");
    await assert.rejects(world.client().login(), { code: "platform_answer" });
    world.intercept = (_, outgoing) => outgoing.writeHead(503).end("busy");
    await assert.rejects(world.client().login(), { code: "platform_unreachable" });
  } finally {
    world.intercept = undefined;
  }
});

test("who declines is one word to the page", async () => {
  const session = world.client().session("login", {});
  const { frame } = await until(session, (state) => state.frame !== undefined);
  const scan = await phone.scan(frame.text);
  await scan.reject();
  await assert.rejects(session.answer, { code: "rejected" });
  assert.equal(session.state.phase, "rejected");
  assert.equal(scan.phase, "over");
  await assert.rejects(scan.confirm({ certificate: 0, pin: PIN }), { code: "person_rejected" });
});

test("a page gives up by its signal, and the phone hears of it", async () => {
  const control = new AbortController();
  const states = [];
  const login = world.client().login({}, { signal: control.signal, onState: (state) => states.push(state) });
  login.catch(() => undefined);
  while (states.at(-1)?.frame === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  const scan = await phone.scan(states.at(-1).frame.text);
  const reason = new Error("the visitor went elsewhere");
  control.abort(reason);
  await assert.rejects(login, reason);
  const started = Date.now();
  while (scan.phase !== "over" && Date.now() - started < 10_000) await new Promise((r) => setTimeout(r, 50));
  assert.equal(scan.error.code, "session_cancelled");
  await assert.rejects(world.client().login({}, { signal: AbortSignal.abort(reason) }), reason);
});

test("'not me' ends that phone's session and shows a new code, which another phone answers", async () => {
  const session = world.client().session("login", {});
  const { frame, sid } = await until(session, (state) => state.frame !== undefined);
  const stranger = await phone.scan(frame.text);
  await until(session, (state) => state.matchingNumber !== undefined);
  await session.notMe();
  await until(session, (state) => state.frame !== undefined && state.sid !== sid);
  const started = Date.now();
  while (stranger.phase !== "over" && Date.now() - started < 10_000) await new Promise((r) => setTimeout(r, 50));
  assert.equal(stranger.error.code, "not_me");
  const { outcome } = await approve(phone, session);
  assert.equal((await session.answer).holder.name, "甲公司");
  await outcome;
});

test("a wrong number ends the session, wrong PINs are counted over reloads, and five lock the phone", async () => {
  const storage = memory();
  const own = await Phone.create(storage, PIN);
  const left = [];
  let loaded = await Phone.open(storage);
  assert.equal(loaded.locked, true);
  for (let number = 0; number < 5; number++) {
    loaded = await Phone.open(storage);
    await assert.rejects(loaded.unlock("000000"), (error) => {
      left.push(error.facts.left ?? error.code);
      return true;
    });
  }
  assert.deepEqual(left, [4, 3, 2, 1, "pin_locked"]);
  await assert.rejects((await Phone.open(storage)).unlock(PIN), { code: "pin_locked" });
  assert.equal(own.locked, false);
  assert.ok(!Buffer.from(storage.blob).toString().includes("device"), "what is kept cannot be read");

  const session = world.client().session("login", {});
  const { frame } = await until(session, (state) => state.frame !== undefined);
  const scan = await phone.scan(frame.text);
  const { matchingNumber } = await until(session, (state) => state.matchingNumber !== undefined);
  await assert.rejects(scan.matchNumber((matchingNumber + 1) % 100), { code: "match_wrong" });
  await assert.rejects(session.answer, { code: "rejected" });
});

test("a code that nobody scans ends and says so, and is shown anew when the visitor asks", async () => {
  // Requests of a platform whose clock is slow by 105 of the 120 seconds.
  const own = await World.make({ platform: { now: () => Date.now() - 105_000 } });
  try {
    const client = own.client();
    const session = client.session("login", {});
    const first = session.answer;
    const { sid } = await until(session, (state) => state.frame !== undefined);
    await until(session, ({ phase }) => phase === "expired", 40_000);
    await assert.rejects(first, { code: "session_expired" });
    await session.refresh();
    assert.notEqual(session.answer, first);
    const again = await until(session, (state) => state.frame !== undefined);
    assert.notEqual(again.sid, sid);
    // While it is shown, too: nobody who copied the code before has anything of it.
    await session.refresh();
    await until(session, (state) => state.frame !== undefined && state.sid !== again.sid);
    await session.cancel();
    await assert.rejects(session.answer, { code: "session_cancelled" });
  } finally {
    await own.end();
  }
});

test("codes of other systems, other hubs and old frames never become a session", async () => {
  await assert.rejects(phone.scan("https://u.wechat.com/abc"), { code: "qr_foreign" });
  await assert.rejects(phone.scan("HTTPS://EVIL.EXAMPLE/Q/AAAA"), (error) => YinxinError.is(error));
  const session = world.client().session("login", {});
  const { frame } = await until(session, (state) => state.frame !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  await assert.rejects(phone.scan(frame.text), { code: "qr_stale" });
  await session.cancel();
});

test("wrong arguments are type errors that name them", async () => {
  const client = world.client();
  assert.throws(() => client.session("nonsense", {}), /scene/);
  assert.throws(() => client.session("messageSignature", "x"), /^TypeError: input/);
  const answer = (scene, input) => client.session(scene, input).answer;
  await assert.rejects(answer("messageSignature", { items: "x" }), /^TypeError: input\.items/);
  await assert.rejects(answer("messageSignature", { items: [{ id: 1, text: "x" }] }), /^TypeError: input\.items\[0\]\.id/);
  await assert.rejects(answer("decrypt", { files: [{ id: "1", header: "x" }] }), /^TypeError: .*(header|segments)/);
  await assert.rejects(client.sign([{ id: "1", digest: new Uint8Array(3) }]), /digest/);
  await assert.rejects(client.certificates({ project: "P", section: "A", opening: "tomorrow" }), /opening/);
});
