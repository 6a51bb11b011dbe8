// The classic script under the strict policy, in a folder of its own and on a page elsewhere: its
// modules and its worker are found by its address.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Holders } from "../lib/holders.mjs";
import * as chromium from "./lib/chromium.mjs";
import * as firefox from "./lib/firefox.mjs";
import { dist, pages } from "./lib/places.mjs";
import { serve } from "./lib/serve.mjs";
import * as webkit from "./lib/webkit.mjs";

const PAGE = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>投标</title>
<link rel="icon" href="data:,"><script src="/assets/ca/yinxin.global.js"></script></head>
<body><yinxin-qr scene="login"></yinxin-qr><script src="/page/classic.js"></script></body></html>`;

const holders = new Holders("classic");
let server;

before(async () => {
  holders.authority("sm2");
  holders.enrol("bidder", "sm2");
  server = await serve({ folders: { "/assets/ca/": dist, "/page/": pages }, texts: { "/tender/old.asp": PAGE } });
});

after(async () => {
  await server?.close();
  holders.close();
});

const base64 = (name) => Buffer.from(holders.read(name)).toString("base64");

for (const [name, launch] of [
  ["Chromium", chromium.drive],
  ["Firefox ESR", firefox.launch],
  ["WebKitGTK", webkit.launch],
]) {
  describe(`the classic script in ${name}`, () => {
    let browser;
    before(async () => {
      browser = await launch();
      await browser.goto(`${server.origin}/tender/old.asp`);
    });
    after(() => browser?.close());

    it("has everything of the modules, and one global of its own", async () => {
      const { missing, element, more } = await browser.evaluate(`
        const modules = await Promise.all(["index", "element", "sof"].map((name) => import("/assets/ca/" + name + ".js")));
        // What has a dollar is for the package's other scripts.
        const names = modules.flatMap((all) => Object.keys(all)).filter((name) => !name.startsWith("$"));
        const frame = document.body.appendChild(document.createElement("iframe"));
        const plain = new Set(Object.getOwnPropertyNames(frame.contentWindow));
        frame.remove();
        return {
          missing: names.filter((name) => Yinxin[name] === undefined),
          element: document.querySelector("yinxin-qr") instanceof Yinxin.YinxinQrElement,
          more: Object.getOwnPropertyNames(globalThis).filter((name) => !plain.has(name) && !/^\\d+$|^(old|args)$/.test(name)),
        };`);
      assert.deepEqual(missing, []);
      assert.equal(element, true, "the tag on the page is the element");
      assert.ok(more.includes("Yinxin"));
      assert.deepEqual(more.filter((name) => /yinxin/i.test(name)), ["Yinxin"]);
    });

    it("digests, with the module from beside the script", async () => {
      const digest = await browser.evaluate(`
        const octets = await Yinxin.sm3(new TextEncoder().encode("abc"));
        return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");`);
      assert.equal(digest, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    });

    it("encrypts and opens a bid in the worker from beside the script", async () => {
      const [text, workers] = await browser.evaluate(
        `return [await old.bid(...args), old.workers];`,
        base64("bidder/encrypt.pem"),
        base64("bidder/enc.key"),
      );
      assert.equal(text, "报价:一百万元");
      assert.deepEqual([...new Set(workers)], [`${server.origin}/assets/ca/worker.js`]);
    });

    it("puts the SOF_ functions on an old page", async () => {
      const found = await browser.evaluate("return old.sof();");
      assert.match(found.version, /^yinxin\//);
      // GM/T 0004, A.1.
      assert.equal(found.hash, "Zsfw9GLu7dnR8tRr3BDk4kFnxIdc8veiKX2gK49LqOA=");
      assert.equal(found.tries, -1);
    });
  });
}
