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

const LARGE = 256 << 20;
const MEDIUM = 48 << 20;

/** The rest of a script in the page: waits for it, makes a file, and does what is asked. */
const ready = `const [certificate, key, size] = args;
  while (document.documentElement.dataset.ready === undefined) await new Promise((done) => setTimeout(done, 50));
  files.make(size);`;
const parts = () => [base64("bidder/encrypt.pem"), base64("bidder/enc.key")];

it("256 MiB are encrypted and opened in Firefox while its page stays quick", async (t) => {
  const browser = await firefox.launch();
  try {
    await browser.goto(`${server.origin}/files`);
    const told = await browser.evaluate(
      `${ready}
      const made = await files.encrypt(certificate, { sink: "storage" });
      const opened = await files.decrypt(key, { sink: "storage" });
      const same = opened.thrown === undefined && (await files.same());
      await files.remove();
      return JSON.parse(JSON.stringify({ made, opened, same, left: await files.stored() }));`,
      ...parts(),
      LARGE,
    );
    assert.equal(told.same, true, JSON.stringify([told.made.thrown, told.opened.thrown]));
    assert.deepEqual(told.left, {});
    for (const what of ["made", "opened"]) {
      const { gap, took, told: progress } = told[what];
      t.diagnostic(`${what}: ${(256 / (took / 1000)).toFixed(0)} MiB/s, longest pause ${gap.toFixed(0)} ms`);
      assert.ok(gap < 1000, `${what}: the page stood still for ${gap} ms`);
      const done = progress.map(([, octets]) => octets);
      assert.ok(done.every((octets, at) => at === 0 || octets > done[at - 1]));
    }
  } finally {
    await browser.close();
  }
});

it("in Firefox a stop at any point leaves nothing, and encrypting goes on after a reload", async (t) => {
  const browser = await firefox.launch();
  try {
    await browser.goto(`${server.origin}/files`);
    for (let round = 0; round < 4; round += 1) {
      const delay = Math.floor(Math.random() * 900);
      const stopped = await browser.evaluate(
        `${ready}
        const run = files.encrypt(certificate, { sink: "storage", resume: args[3] % 2 === 1 });
        await new Promise((done) => setTimeout(done, args[4]));
        files.stop("enough");
        return JSON.parse(JSON.stringify([(await run).thrown, await files.stored()]));`,
        ...parts(),
        MEDIUM,
        round,
        delay,
      );
      assert.deepEqual(stopped, ["enough", {}], `after ${delay} ms`);
    }
    // The first third of the bar is for the digests of the whole.
    await browser.evaluate(
      `${ready}
      files.encrypt(certificate, { sink: "storage", resume: true });
      while (!globalThis.told?.some(([, done]) => done > size + 6 * (1 << 20))) await new Promise((done) => setTimeout(done, 5));
      location.assign("/files?gone");`,
      ...parts(),
      MEDIUM,
    );
    await browser.goto(`${server.origin}/files?again`);
    const again = await browser.evaluate(
      `${ready}
      const made = await files.encrypt(certificate, { sink: "storage", resume: true });
      const opened = await files.decrypt(key, { sink: "storage" });
      const same = opened.thrown === undefined && (await files.same());
      await files.remove();
      return JSON.parse(JSON.stringify({ thrown: made.thrown, resumed: made.result?.resumed, same, left: await files.stored() }));`,
      ...parts(),
      MEDIUM,
    );
    t.diagnostic(`gone on behind ${again.resumed} octets`);
    assert.equal(again.thrown, undefined);
    assert.ok(again.resumed >= 5 << 20 && again.resumed <= MEDIUM, `${again.resumed}`);
    assert.equal(again.same, true);
    assert.deepEqual(again.left, {});
  } finally {
    await browser.close();
  }
});

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
