// The client in Firefox ESR and WebKitGTK: a page under the strict policy, the real hub, the real
// platform, and a phone at the command line.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";

import * as firefox from "./lib/firefox.mjs";
import { keep, shot, target } from "./lib/places.mjs";
import * as webkit from "./lib/webkit.mjs";
import { PIN, UNIT, makeWorld } from "./lib/world.mjs";

let world;

before(async () => {
  world = await makeWorld();
  writeFileSync(world.path("pin"), `${PIN}\n`);
  await world.yinxin("key ring init --ring ring --pin-file pin");
  await world.yinxin(
    "phone --ring ring --pin-file pin add --key sign.key --certificate sign.pem " +
      "--encryption-certificate encrypt.pem --decryption-key encrypt.key --chain chain.pem",
  );
  const hub = world.hubLine.origin;
  await world.yinxin(
    `phone --hub ${hub} --ring ring pin-hub CA/trust-list.pem CA/trust-list-next.pem --name localhost`,
  );
});

after(async () => {
  // One that waits for a number that never came would keep the run from ending.
  for (const child of scans) child.kill();
  await world?.close();
});

const scans = new Set();

/** A phone that has scanned; `match` enters the number, `done` is its end. */
function scan(text) {
  const options = ["--quiet", "phone", "--hub", world.hubLine.origin, "--ring", "ring", "--pin-file", "pin"];
  const child = spawn(join(target, "debug/yinxin"), [...options, "scan", text, "--approve", "--match", "-"], {
    cwd: world.folder,
    stdio: ["pipe", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (data) => (said += data));
  scans.add(child);
  return {
    match: (number) => child.stdin.end(`${number}\n`),
    done: new Promise((resolve) => child.once("exit", (code) => resolve([code, said]))),
  };
}

/** A login between the platform and the phone of the command line; gives its record. */
async function recorded() {
  const options = `--quiet platform --hub ${world.hub.origin} --code P-1 --key CA/platform.key --certificate CA/platform.pem --trust CA/root.pem --intermediates CA/issuing.pem --force --record record.json login`;
  const child = spawn(join(target, "debug/yinxin"), options.split(" "), {
    cwd: world.folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  scans.add(child);
  let phone;
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.startsWith("qr ") && !phone) phone = scan(line.slice(3));
    if (line.startsWith("number ")) phone.match(line.split(" ")[1]);
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  assert.equal(code, 0);
  return world.read("record.json").toString();
}

/** Puts files into the verifier: the one to verify, anchors, intermediates. */
const VERIFY = `
  const [files] = args;
  ["file", "anchors", "intermediates"].forEach((id, at) => {
    const chosen = new DataTransfer();
    if (files[at]) chosen.items.add(new File([Uint8Array.from(atob(files[at]), (one) => one.charCodeAt(0))], id));
    document.getElementById(id).files = chosen.files;
  });
  document.getElementById("result").replaceChildren();
  document.getElementById("form").requestSubmit();
  for (let turn = 0; turn < 400; turn += 1) {
    const verdict = document.querySelector("#result [data-verdict]");
    if (verdict) return [verdict.dataset.verdict, document.getElementById("result").innerText];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return ["none", document.body.innerText];
`;

/** Waits in the page until the session is in a phase; gives what it says then. */
const UNTIL = `
  const [wanted] = args;
  for (let turn = 0; turn < 600; turn += 1) {
    const { state } = document.querySelector("yinxin-qr").session ?? {};
    if (state?.phase === "failed") throw state.error;
    if (state?.phase === wanted && (wanted !== "showing" || state.frame) && (wanted !== "scanned" || state.matchingNumber !== undefined)) {
      return { text: state.frame?.text, number: state.matchingNumber, holder: state.holder };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("never " + wanted + ": " + JSON.stringify(document.querySelector("yinxin-qr").session?.state));
`;

for (const [engine, { launch }] of [["Firefox ESR", firefox], ["WebKitGTK", webkit]]) {
  describe(`in ${engine}`, () => {
    let browser;

    before(async () => {
      browser = await launch();
      await browser.goto(`${world.site.origin}/index.html?lang=zh`);
    });

    after(async () => {
      await browser?.close();
    });

    it("digests, keys, signatures and GCM are right under the strict policy", async () => {
      const found = await browser.evaluate(`
        const y = await import("/yinxin/index.js");
        const hex = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
        const message = new TextEncoder().encode("abc");
        const key = await y.SigningKey.generate("sm2");
        const signature = await key.sign(message);
        const [good, bad] = [
          await y.verifySignature(key.publicKey, message, signature),
          await y.verifySignature(key.publicKey, new Uint8Array([1]), signature),
        ];
        return { support: y.supported().ok, sm3: hex(await y.sm3(message)), good, bad };
      `);
      // GM/T 0004, A.1.
      const sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
      assert.deepEqual(found, { support: true, sm3, good: true, bad: false });
    });

    it("a unit logs in: code, number, statement, platform", async () => {
      await browser.evaluate(`document.querySelector("yinxin-qr").start().catch(() => undefined)`);
      const { text } = await browser.evaluate(UNTIL, "showing");
      const phone = scan(text);
      const { number, holder } = await browser.evaluate(UNTIL, "scanned");
      assert.match(holder, /公司/);
      keep(`engine-${engine.split(" ")[0].toLowerCase()}-number.png`, await browser.screenshot());
      phone.match(number);
      await browser.evaluate(UNTIL, "completed");
      assert.deepEqual(await phone.done, [0, ""]);
      const who = await browser.evaluate(`
        for (let turn = 0; turn < 100 && document.getElementById("who").hidden; turn += 1) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        return document.getElementById("who").textContent;
      `);
      assert.equal(who, UNIT.name);
      keep(`engine-${engine.split(" ")[0].toLowerCase()}-in.png`, await browser.screenshot());
    });

    it("the page that verifies offline takes the record of a session", async () => {
      const record = await recorded();
      await browser.goto(pathToFileURL(join(target, "npm/verify.html")).href + "?lang=zh");
      const files = ["record.json", "CA/root.pem", "CA/issuing.pem"].map((name) => world.read(name).toString("base64"));
      assert.match(record, /yinxin-record-1/);
      const verified = await browser.evaluate(VERIFY, files);
      assert.equal(verified[0], "valid", verified[1]);
      assert.match(verified[1], /会话存证/);
      const without = await browser.evaluate(VERIFY, [files[0]]);
      assert.equal(without[0], "invalid", without[1]);
      await browser.goto(`${world.site.origin}/index.html?lang=zh`);
    });

    it("what is refused has its code", async () => {
      const found = await browser.evaluate(`
        const y = await import("/yinxin/index.js");
        const none = new y.YinxinClient({ open: "/nowhere", storage: false, keys: false });
        return none.login().then(() => "in", (error) => [y.YinxinError.is(error), error.code]);
      `);
      assert.equal(found[0], true);
      assert.notEqual(found[1], "internal");
    });
  });
}
