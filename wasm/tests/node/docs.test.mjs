// The JavaScript of `docs/integrate.md` runs as it is written: each block, in both languages' pages.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import * as Yinxin from "yinxin";
import { Platform } from "yinxin/node";

import { yinxin } from "./lib/programs.mjs";
import { ORIGIN, World, approve, browserFetch } from "./lib/world.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const blocksOf = (page) => {
  const text = readFileSync(join(here, "../../../docs", page), "utf8");
  return [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, block]) => block);
};
const blocks = blocksOf("integrate.md");
const run = new Set();

/** The one block with these words in it. */
function block(words) {
  const found = blocks.filter((one) => one.includes(words));
  assert.equal(found.length, 1, words);
  run.add(found[0]);
  return found[0];
}

let world, phone;
const given = new Map();

/** What a snippet takes from around it. */
function around(names) {
  for (const [name, value] of Object.entries(names)) {
    if (!given.has(name)) given.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

let number = 0;
/** Runs a snippet as a module; gives what of it is named. */
async function execute(text, ...names) {
  const file = world.place.at(`snippet-${(number += 1)}.mjs`);
  writeFileSync(file, `${text}\nexport { ${names.join(", ")} };\n`);
  return import(pathToFileURL(file).href);
}

before(async () => {
  world = await World.make();
  phone = await world.phone({ seal: true });
  symlinkSync(join(here, "../node_modules"), world.place.at("node_modules"));
  const visitor = browserFetch();
  const native = fetch;
  around({
    location: { origin: ORIGIN, href: `${ORIGIN}/`, assign: (path) => void (world.went = path) },
    // The site's own address, wherever it listens here. The visitor's browser calls with a URL.
    fetch: (address, init) =>
      address instanceof URL ? native(address, init) : visitor(address.startsWith("/") ? world.endpoint : address, init),
  });
});
after(async () => {
  for (const [name, earlier] of given) {
    if (earlier === undefined) delete globalThis[name];
    else Object.defineProperty(globalThis, name, earlier);
  }
  await world.end();
});

test("what React and Vue need is on the pages as the examples compile it", () => {
  for (const page of ["integrate.md", "integrate.zh-CN.md"]) {
    const text = readFileSync(join(here, "../../../docs", page), "utf8");
    for (const file of ["react/src/useSession.ts", "vue/src/useSession.ts"]) {
      const whole = readFileSync(join(here, "../../../examples/web", file), "utf8");
      assert.ok(text.includes(`\n\`\`\`ts\n${whole}\`\`\`\n`), `docs/${page} has another ${file}`);
    }
  }
});

test("the element's answer sends the visitor on", async () => {
  const element = new EventTarget();
  around({ document: { querySelector: () => element } });
  await execute(block("yinxin-answer"));
  element.dispatchEvent(Object.assign(new Event("yinxin-answer"), { detail: {} }));
  assert.equal(world.went, "/bids");
  delete globalThis.document;
});

test("the classic script's client is made", async () => {
  around({ Yinxin });
  const { client } = await execute(block("Yinxin.YinxinClient"), "client");
  assert.equal(typeof client.login, "function");
  client.close();
});

test("a visitor logs in and signs, and a bid is encrypted to the certificate that the phone offers", async () => {
  // Whoever draws the frame shows it to the phone; every session of the page is approved on it.
  const session = Yinxin.YinxinClient.prototype.session;
  const seen = [];
  Yinxin.YinxinClient.prototype.session = function (...call) {
    const made = session.apply(this, call);
    seen.push(approve(phone, made).then(({ outcome }) => outcome));
    return made;
  };
  const drawn = [];
  try {
    around({ signal: new AbortController().signal, draw: (frame) => void (frame && drawn.push(frame.size)) });
    const { client, holder, signed } = await execute(block("client.login("), "client", "holder", "signed");
    assert.equal(holder.name, "甲公司");
    assert.ok(signed.signature.length > 500);
    assert.ok(drawn.length > 0);

    const content = new Uint8Array(3 << 20).fill(7);
    const told = [];
    around({
      client,
      file: new File([content], "标书.pdf"),
      opening: new Date(Date.now() + 86_400_000),
      onProgress: (progress) => void told.push(progress),
    });
    const { bid, offer } = await execute(block("client.certificates("), "bid", "offer");
    assert.equal(offer.encryption.length, 1);
    assert.equal(bid.checked, "read back");
    assert.ok(told.length > 0);
    assert.deepEqual((await Yinxin.inspectBid(bid.blob)).project, "P-17");
    await Promise.all(seen);
    client.close();
  } finally {
    Yinxin.YinxinClient.prototype.session = session;
  }
});

test("a back end begins with its files beside it, and answers a page", async () => {
  for (const [from, to] of [["CA/platform.pem", "platform.pem"], ["CA/platform.key", "platform.key"], ["CA/root.pem", "roots.pem"]]) {
    copyFileSync(world.place.at(from), world.place.at(to));
  }
  writeFileSync(world.place.at("site.mjs"), block("nodeListener"));
  const site = spawn(process.execPath, ["site.mjs"], { cwd: world.place.path, stdio: ["ignore", "inherit", "inherit"] });
  try {
    const answer = await visited();
    assert.equal(answer.hub, "hub.example.cn");
    assert.ok(answer.nonce.length > 16);
  } finally {
    site.kill();
    await new Promise((resolve) => site.once("exit", resolve));
  }
});

/** The first call of a page, once the site is up. */
async function visited() {
  const fetch = given.get("fetch").value;
  for (let tries = 100; ; tries -= 1) {
    try {
      const answer = await fetch("http://127.0.0.1:7401/api/yinxin/open", {
        method: "POST",
        headers: { "content-type": "application/json", origin: "https://bid.example.cn" },
        body: JSON.stringify({ step: "visit" }),
      });
      assert.equal(answer.status, 200, await answer.clone().text());
      return await answer.json();
    } catch (thrown) {
      if (tries === 0 || thrown.cause?.code !== "ECONNREFUSED") throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

test("a document that was sealed is let through, and one that was not is refused", async () => {
  const { at } = world.place;
  writeFileSync(at("text.txt"), "投标函\n");
  yinxin("document", "create", at("text.txt"), "--out", at("plain.ofd"));
  yinxin("key", "generate", "--algorithm", "sm2", "--no-password", "--out", at("own.key"));
  yinxin("csr", "create", "--key", at("own.key"), "--subject", "C=CN,O=甲公司,CN=甲公司", "--out", at("own.csr"));
  yinxin("ca", "issue", "--dir", world.ca, "--csr", at("own.csr"), "--profile", "holder", "--out", at("own"));
  yinxin(
    ...["seal", "make", "--picture", at("seal.png"), "--name", "公章", "--id", "2", "--holder", at("own/sign.pem")],
    ...["--maker-key", at("CA/seal-maker.key"), "--maker-certificate", at("CA/seal-maker.pem"), "--out", at("own.esl")],
  );
  yinxin(
    ...["document", "seal", at("plain.ofd"), "--seal", at("own.esl"), "--key", at("own.key")],
    ...["--certificate", at("own/sign.pem"), "--page", "1", "--position", "50,50", "--out", at("sealed.ofd")],
  );
  const upload = (name) => new Request("https://bid.example.cn/bids", { method: "POST", body: world.file(name) });
  const text = block("platform.verifySeal");
  around({ platform: world.platform, intermediates: [world.file("own/chain.pem")], request: upload("sealed.ofd") });
  const { seals } = await execute(text, "seals");
  assert.deepEqual(seals.map(({ sealName, verdict }) => [sealName, verdict]), [["公章", "valid"]]);
  around({ request: upload("plain.ofd") });
  await assert.rejects(execute(text, "seals"), /no_signature/);
  assert.ok(world.platform instanceof Platform);
});

test("no block was left out, and the Chinese page has the same ones", () => {
  assert.equal(run.size, blocks.length);
  const bare = (all) => all.map((one) => one.replace(/ *\/\/ .*$/gm, ""));
  assert.deepEqual(bare(blocksOf("integrate.zh-CN.md")), bare(blocks));
});
