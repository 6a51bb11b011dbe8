// Bids in Firefox and WebKitGTK: the same worker, in Firefox the same storage; WebKitGTK has none.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";

import { Holders } from "../lib/holders.mjs";
import * as firefox from "./lib/firefox.mjs";
import { dist, pages } from "./lib/places.mjs";
import { STRICT, serve } from "./lib/serve.mjs";
import * as webkit from "./lib/webkit.mjs";

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Files</title>
<link rel="icon" href="data:,"><script type="module" src="/page/files.js"></script></head>
<body><input type="file" aria-label="file"></body></html>`;

const SIZE = (12 << 20) + 5;
const holders = new Holders("engines-files");
let server;

before(async () => {
  holders.authority("sm2");
  holders.enrol("bidder", "sm2");
  server = await serve({
    folders: { "/yinxin/": dist, "/page/": pages },
    texts: { "/files": PAGE },
    policy: `${STRICT}; frame-src 'self'`,
  });
});

after(async () => {
  await server?.close();
  holders.close();
});

const base64 = (name) => Buffer.from(holders.read(name)).toString("base64");

const ENGINES = {
  Firefox: { launch: firefox.launch, sinks: ["storage", "memory"] },
  WebKitGTK: { launch: webkit.launch, sinks: ["memory"] },
};

for (const [name, { launch, sinks }] of Object.entries(ENGINES)) {
  it(`a bid is encrypted, opened and taken out of the way in ${name}`, async () => {
    const browser = await launch();
    try {
      await browser.goto(`${server.origin}/files`);
      for (const sink of sinks) {
        const told = await browser.evaluate(
          `const [certificate, key, size, sink] = args;
          while (document.documentElement.dataset.ready === undefined) await new Promise((done) => setTimeout(done, 50));
          files.make(size);
          const made = await files.encrypt(certificate, { sink });
          const opened = await files.decrypt(key, { sink });
          const same = opened.thrown === undefined && (await files.same());
          await files.remove();
          const left = sink === "storage" ? Object.keys(await files.stored()) : [];
          return JSON.parse(JSON.stringify({ made, opened, same, left }));`,
          base64("bidder/encrypt.pem"),
          base64("bidder/enc.key"),
          SIZE,
          sink,
        );
        assert.equal(told.made.thrown, undefined, JSON.stringify(told.made));
        assert.equal(told.made.result.checked, "read back");
        assert.equal(told.opened.thrown, undefined, JSON.stringify(told.opened));
        assert.equal(told.same, true, sink);
        assert.deepEqual(told.left, []);
      }
    } finally {
      await browser.close();
    }
  });
}
