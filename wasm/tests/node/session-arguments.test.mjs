// Whatever is passed, nothing of it reaches the module unlooked at.

import assert from "node:assert/strict";
import { test } from "node:test";

import { YinxinClient, YinxinError, bidToOpen } from "yinxin";
import { Platform } from "yinxin/node";
import { Phone } from "yinxin/phone";

import { ORIGIN, PIN, World, memory } from "./lib/world.mjs";

const JUNK = [
  undefined, null, true, 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 10n, "", "x", "\u0000",
  "ÿ\ud800", [], [1], [[]], {}, { a: 1 }, { length: 5 }, new Date(Number.NaN), /x/, Symbol("x"), () => undefined,
  new Map(), new ArrayBuffer(4), new Uint8Array(0), new Uint8Array([0x30, 0x80]), new Float64Array(2), new Blob([]),
];

/** Something refused, as it should be: said by a type error, or by a code that is no fault inside. */
async function refused(call, what) {
  try {
    const value = call();
    const settled = value instanceof Promise ? await Promise.race([value, later()]) : value;
    return settled;
  } catch (error) {
    const fine = error instanceof TypeError || (YinxinError.is(error) && error.code !== "internal");
    assert.ok(fine, `${what}: ${error?.stack ?? String(error)}`);
    return undefined;
  }
}
const later = () => new Promise((resolve) => setTimeout(resolve, 50));

test("thirty kinds of nonsense at every call of client, back end and phone", async () => {
  const world = await World.make();
  try {
    const phone = await world.phone();
    const quiet = { open: () => new Promise(() => undefined), origin: ORIGIN, keys: false, storage: false };
    const client = new YinxinClient(quiet);
    const calls = {
      "new YinxinClient": (junk) => new YinxinClient(junk),
      "client.login": (junk) => client.login(junk),
      "client.sign": (junk) => client.sign(junk),
      "client.sign item": (junk) => client.sign([{ id: junk, text: "x" }]),
      "client.sign text": (junk) => client.sign([{ id: "1", text: junk }]),
      "client.certificates": (junk) => client.certificates(junk),
      "client.seal": (junk) => client.seal(junk),
      "client.seal data": (junk) => client.seal([{ name: "x", data: junk, placements: [] }]),
      "client.revokeSeal": (junk) => client.revokeSeal(junk),
      "client.session": (junk) => client.session(junk, {}),
      "client.session input": (junk) => client.session("decrypt", junk),
      bidToOpen: (junk) => bidToOpen(junk),
      "new Platform": (junk) => new Platform(junk),
      "platform.visit": (junk) => world.platform.visit(junk),
      "platform.request": (junk) => world.platform.request("login", junk),
      "platform.request scene": (junk) => world.platform.request(junk, { begin: {}, visit: "{}", cookie: "c" }),
      "platform.open": (junk) => world.platform.open(junk),
      "platform.verifyAnswer": (junk) => world.platform.verifyAnswer(junk, { pending: "{}", cookie: "c" }),
      "platform.verifyAnswer expected": (junk) => world.platform.verifyAnswer("{}", junk),
      "platform.receipt": (junk) => world.platform.receipt(junk),
      "Phone.create": (junk) => Phone.create(memory(), junk),
      "phone.unlock": (junk) => typeof junk === "string" || phone.unlock(junk),
      "phone.install": (junk) => phone.install(junk, PIN),
      "phone.install envelope": (junk) =>
        phone.install({ signing: world.file("mine/sign.pem"), envelope: junk ?? "x" }, PIN),
      "phone.importKeys": (junk) => phone.importKeys(junk, PIN),
      "phone.addSeal": (junk) => phone.addSeal(junk),
      "phone.pinHub": (junk) => phone.pinHub(world.hub.url, junk),
      "phone.requestCertificate": (junk) => phone.requestCertificate("SM2", junk, PIN),
      "phone.scan": (junk) => phone.scan(junk),
      "phone.typed": (junk) => phone.typed(junk, "localhost"),
      "phone.typed hub": (junk) => phone.typed("ABCD-EFGH", junk),
      "phone.revokeBrowser": (junk) => phone.revokeBrowser(junk),
    };
    for (const [name, call] of Object.entries(calls)) {
      for (const [at, junk] of JUNK.entries()) await refused(() => call(junk), `${name} with junk ${at}`);
    }
    client.close();
    const broken = memory();
    for (const [at, junk] of JUNK.entries()) {
      if (junk === undefined) continue;
      broken.load = () => Promise.resolve(junk);
      await refused(() => Phone.open(broken), `Phone.open with junk ${at}`);
    }
    assert.equal(phone.holdings().certificates.length, 1, "and the phone is as it was");
  } finally {
    await world.end();
  }
});
