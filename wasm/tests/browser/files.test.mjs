// Bids of many megabytes in Chromium: in a worker, in little memory, and gone when they are stopped.
// 256 MiB; with YINXIN_LONG=1, 1 GiB.

import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { after, before, it } from "node:test";

import { Holders } from "../lib/holders.mjs";
import { launch, openPage } from "./lib/chromium.mjs";
import { dist, pages } from "./lib/places.mjs";
import { STRICT, serve } from "./lib/serve.mjs";

const MEGABYTE = 1 << 20;
const SIZE = (process.env.YINXIN_LONG ? 1024 : 256) * MEGABYTE;
const MEDIUM = 64 * MEGABYTE;
const SMALL = 24 * MEGABYTE + 5;

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Files</title>
<link rel="icon" href="data:,"><script type="module" src="/page/files.js"></script></head>
<body><input type="file" aria-label="file"></body></html>`;

const holders = new Holders("browser-files");
const servers = {};
let browser;

/** A file whose megabytes all differ. */
function fill(name, size) {
  const block = Buffer.alloc(MEGABYTE);
  for (let at = 0; at < block.length; at += 1) block[at] = Math.imul(at, 2654435761) >>> 24;
  const file = openSync(holders.path(name), "w");
  for (let at = 0; at < size; at += MEGABYTE) {
    block.writeUInt32BE(at / MEGABYTE, 64);
    writeSync(file, block, 0, Math.min(MEGABYTE, size - at));
  }
  closeSync(file);
}

before(async () => {
  holders.authority("sm2");
  holders.enrol("bidder", "sm2");
  fill("large.pdf", SIZE);
  fill("medium.pdf", MEDIUM);
  fill("small.pdf", SMALL);
  const common = { folders: { "/yinxin/": dist, "/page/": pages }, texts: { "/files": PAGE } };
  servers.plain = await serve({ ...common, policy: `${STRICT}; frame-src 'self'` });
  servers.trusted = await serve({
    ...common,
    policy: `${STRICT}; require-trusted-types-for 'script'; trusted-types 'none'`,
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  for (const server of Object.values(servers)) await server.close();
  holders.close();
});

const base64 = (name) => Buffer.from(holders.read(name)).toString("base64");
const certificate = () => base64("bidder/encrypt.pem");
const key = () => base64("bidder/enc.key");

async function visit(context, file, server = servers.plain, options = {}) {
  const page = await openPage(context, `${server.origin}/files`, options);
  await page.waitForSelector("html[data-ready]");
  if (file) await page.setInputFiles("input", holders.path(file));
  return page;
}

const encrypt = (page, options) =>
  page.evaluate(([given, how]) => files.encrypt(given, how), [certificate(), options]);
const decrypt = (page, options) =>
  page.evaluate(([given, how]) => files.decrypt(given, how), [key(), options]);
const stored = (page) => page.evaluate(() => files.stored());

/** Forward only, to the whole, and often enough to be seen to move. */
function assertProgress({ told, took }) {
  const done = told.map(([, octets]) => octets);
  assert.ok(done.every((octets, at) => at === 0 || octets > done[at - 1]));
  assert.equal(done.at(-1), told.at(-1)[2]);
  assert.ok(told.length >= (took / 1000) * 4 - 1, `${told.length} reports in ${took} ms`);
}

it(`${SIZE / MEGABYTE} MiB are encrypted and opened in a worker, within 200 MB of the page's memory`, async (t) => {
  const context = await browser.newContext();
  const page = await visit(context, "large.pdf");
  const workers = [];
  page.on("worker", (worker) => workers.push(worker.url()));
  const made = await encrypt(page, { sink: "storage" });
  assert.equal(made.thrown, undefined, JSON.stringify(made.facts));
  assert.equal(made.result.checked, "read back");
  assert.match(workers.join(" "), /\/yinxin\/worker\.js/);
  assertProgress(made);
  const opened = await decrypt(page, { sink: "storage" });
  assert.equal(opened.thrown, undefined, JSON.stringify(opened.facts));
  assertProgress(opened);
  assert.equal(opened.result.segments[0].size, SIZE);
  assert.equal(opened.result.segments[0].digest, made.result.segments[0].digest);
  assert.equal(await page.evaluate(() => files.same()), true);
  for (const [what, { heap, gap, took }] of Object.entries({ made, opened })) {
    const rate = (SIZE / MEGABYTE / took) * 1000;
    t.diagnostic(
      `${what}: ${rate.toFixed(0)} MiB/s, heap ${(heap / 1e6).toFixed(0)} MB, longest pause ${gap.toFixed(0)} ms`,
    );
    assert.ok(heap < 200e6, `${what}: ${heap}`);
    assert.ok(gap < 1000, `${what}: the page stood still for ${gap} ms`);
  }
  await page.evaluate(() => files.remove());
  assert.deepEqual(await stored(page), {});
  assert.deepEqual(page.complaints, []);
  await context.close();
});

it("a download made as it goes opens at the command line under its own Chinese name", async () => {
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await visit(context, "small.pdf");
  await page.evaluate(() => files.register());
  const [download, made] = await Promise.all([
    page.waitForEvent("download"),
    encrypt(page, { sink: "download", fileName: "施工方案(一).bid" }),
  ]);
  assert.equal(made.thrown, undefined, JSON.stringify(made.facts));
  assert.equal(download.suggestedFilename(), "施工方案(一).bid");
  assert.equal(made.result.checked, "record by record");
  await download.saveAs(holders.path("download.bid"));
  holders.yinxin("bid decrypt download.bid --key bidder/enc.key --out out");
  assert.ok(readFileSync(holders.path("out/small.pdf")).equals(readFileSync(holders.path("small.pdf"))));
  await context.close();
});

it("a stop at any point leaves no file, no entry in the storage, no download", async () => {
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await visit(context, "medium.pdf");
  const anywhere = Array.from({ length: 4 }, () => Math.floor(Math.random() * 1500));
  for (const [round, delay] of [0, 30, 200, 700, ...anywhere].entries()) {
    const run = encrypt(page, { sink: "storage", resume: round % 2 === 1 });
    await page.waitForTimeout(delay);
    await page.evaluate(() => files.stop("enough"));
    assert.equal((await run).thrown, "enough", `after ${delay} ms`);
    assert.deepEqual(await stored(page), {}, `after ${delay} ms`);
  }
  await page.evaluate(() => files.register());
  const event = page.waitForEvent("download");
  const run = encrypt(page, { sink: "download" });
  const download = await event;
  await page.evaluate(() => files.stop("enough"));
  assert.equal((await run).thrown, "enough");
  assert.ok(await download.failure());
  await context.close();
});

it("after the tab was closed in the middle, opening goes on where it was", async () => {
  const context = await browser.newContext();
  let page = await visit(context, "medium.pdf");
  const made = await encrypt(page, { sink: "storage" });
  assert.equal(made.thrown, undefined);
  // The envelope as a file of its own, so that it is there for the second tab.
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.evaluate(async () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(files.kept());
      link.download = "medium.bid";
      link.click();
    }),
  ]);
  await download.saveAs(holders.path("medium.bid"));
  await page.evaluate(() => files.remove());
  await page.close();

  page = await visit(context, "medium.bid");
  const run = decrypt(page, { sink: "storage", resume: true });
  run.catch(() => undefined);
  const digests = async (where) =>
    Object.entries(await stored(where)).find(([name]) => name.endsWith(".digests"))?.[1] ?? 0;
  await page.waitForFunction(() => globalThis.told?.length > 3);
  await page.close();

  page = await visit(context, "medium.bid");
  const left = await digests(page);
  assert.ok(left >= 32 && left < (MEDIUM / MEGABYTE) * 32, `${left}`);
  const opened = await decrypt(page, { sink: "storage", resume: true });
  assert.equal(opened.thrown, undefined, JSON.stringify(opened));
  assert.equal(opened.result.segments[0].digest, made.result.segments[0].digest);
  await page.setInputFiles("input", holders.path("medium.pdf"));
  assert.equal(await page.evaluate(() => files.same()), true);
  await page.evaluate(() => files.remove());
  assert.deepEqual(await stored(page), {});
  await context.close();
});

/** A tab in which a bid is being encrypted; closed once some of it was sealed. Gives what is left. */
async function brokenOff(context, options = {}) {
  let page = await visit(context, "medium.pdf");
  encrypt(page, { sink: "storage", resume: true, ...options }).catch(() => undefined);
  // The first part of the bar is for the digests of the whole.
  const past = MEDIUM + 8 * MEGABYTE;
  await page.waitForFunction((octets) => globalThis.told?.some(([, done]) => done > octets), past);
  await page.close();
  page = await visit(context, "medium.pdf");
  const left = await stored(page);
  const [name] = Object.keys(left).find((one) => one.endsWith(".digests")).split(".");
  assert.ok(Object.keys(left).some((one) => one.endsWith(".going")), JSON.stringify(left));
  const records = left[`${name}.digests`] / 32;
  assert.ok(records >= 8 && records < MEDIUM / MEGABYTE, `${records}`);
  return { page, name, records, head: await page.evaluate((one) => files.head(one), name) };
}

/** What was made opens, to the file as it is now, and nothing else is left in the storage. */
async function assertWhole(page, made) {
  assert.equal(made.thrown, undefined, JSON.stringify(made));
  assert.equal(made.result.checked, "read back");
  assertProgress(made);
  assert.deepEqual(Object.values(await stored(page)), [made.result.size]);
  const opened = await decrypt(page, { sink: "storage" });
  assert.equal(opened.thrown, undefined, JSON.stringify(opened));
  assert.equal(await page.evaluate(() => files.same()), true);
  await page.evaluate(() => files.remove());
  assert.deepEqual(await stored(page), {});
}

it("after the tab was closed in the middle, encrypting goes on where it was, and the bid is as good as any", async () => {
  const context = await browser.newContext();
  const { page, name, records, head } = await brokenOff(context);
  const made = await encrypt(page, { sink: "storage", resume: true });
  assert.equal(made.result?.resumed, records * MEGABYTE, JSON.stringify(made));
  assert.equal(await page.evaluate((one) => files.head(one), name), head);
  await assertWhole(page, made);
  await context.close();
});

it("a file that was changed since is never sealed under the keys that were kept, wherever it was changed", async () => {
  const context = await browser.newContext();
  // Within what was sealed, and behind it.
  for (const at of [3 * MEGABYTE + 17, MEDIUM - 1]) {
    const { page, name, head } = await brokenOff(context);
    await page.evaluate((octet) => files.change(octet), at);
    const made = await encrypt(page, { sink: "storage", resume: true });
    assert.equal(made.result?.resumed, 0, JSON.stringify(made));
    const [now] = Object.keys(await stored(page));
    assert.notEqual(now, name);
    assert.notEqual(await page.evaluate((one) => files.head(one), now), head);
    await assertWhole(page, made);
    await page.close();
  }
  await context.close();
});

it("a record that the disk lost is sealed again, and what was kept for another bid is no help", async () => {
  const context = await browser.newContext();
  const { page, name } = await brokenOff(context);
  await page.evaluate(([one, at]) => files.bend(one, at), [name, 3 * MEGABYTE]);
  const other = await encrypt(page, { sink: "storage", resume: true, project: "P-18" });
  assert.equal(other.result?.resumed, 0, JSON.stringify(other));
  await page.evaluate(() => files.remove());
  const made = await encrypt(page, { sink: "storage", resume: true });
  assert.equal(made.result?.resumed, 2 * MEGABYTE, JSON.stringify(made));
  await assertWhole(page, made);
  await context.close();
});

it("a bid to go on with is one tab's at a time, and a stop takes all of it away", async () => {
  const context = await browser.newContext();
  const { page } = await brokenOff(context);
  const second = await visit(context, "medium.pdf");
  const run = encrypt(page, { sink: "storage", resume: true });
  await page.waitForFunction(() => globalThis.told?.length > 1);
  assert.equal((await encrypt(second, { sink: "storage", resume: true })).thrown, "storage_busy");
  await page.evaluate(() => files.stop("enough"));
  assert.equal((await run).thrown, "enough");
  assert.deepEqual(await stored(page), {});
  await context.close();
});

it("where Trusted Types forbid workers, the page's own thread does it in slices", async () => {
  const context = await browser.newContext();
  const page = await visit(context, "small.pdf", servers.trusted, { allowed: [/TrustedScriptURL|Trusted Type/] });
  const made = await encrypt(page, { sink: "memory" });
  assert.equal(made.thrown, undefined, made.thrown);
  const opened = await decrypt(page, { sink: "memory" });
  assert.equal(opened.thrown, undefined);
  assert.equal(await page.evaluate(() => files.same()), true);
  assert.equal(page.workers().length, 0);
  assert.deepEqual(page.complaints, []);
  await context.close();
});
