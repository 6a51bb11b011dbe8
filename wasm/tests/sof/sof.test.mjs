// Three pages written for plug-ins, in Chromium. One script tag of each is changed, and nothing else.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, it } from "node:test";

import { Holders } from "../lib/holders.mjs";
import { launch } from "../browser/lib/chromium.mjs";
import { dist } from "../browser/lib/places.mjs";
import { serve } from "../browser/lib/serve.mjs";

const samples = new URL("./", import.meta.url);
const OLD = /<script src="[^"]*"><\/script>/g;
const OURS = '<script type="module" src="/sof/yinxin-sof.js"></script>';

const PAGES = {
  callback: { style: "callback" },
  promise: { vendor: "longmai" },
  sync: {},
};

const holders = new Holders("browser-sof");
let browser;
let server;

/** A page with its one tag changed. */
function changed(name) {
  const text = readFileSync(new URL(`${name}.html`, samples), "utf8");
  assert.equal(text.match(OLD).length, 1, "there is one tag to change");
  return text.replace(OLD, OURS);
}

before(async () => {
  holders.authority("sm2");
  holders.enrol("holder", "sm2");
  const texts = Object.fromEntries(Object.keys(PAGES).map((name) => [`/${name}`, changed(name)]));
  // Pages of that age have scripts in them: their sites have no policy.
  server = await serve({ folders: { "/yinxin/": dist, "/sof/": samples.pathname }, texts, policy: null });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
  holders.close();
});

const base64 = (name) => Buffer.from(holders.read(name)).toString("base64");
const der = (name) => {
  const [, body] = /-----BEGIN CERTIFICATE-----([^-]*)/.exec(Buffer.from(holders.read(name)).toString());
  return body.replace(/\s/g, "");
};

/** The phone, and what the site says of itself. */
async function visit(name) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const asked = [];
  page.on("pageerror", (error) => asked.push(`error ${error}`));
  const offer = (called, act) =>
    page.exposeFunction(called, (...given) => {
      asked.push(JSON.stringify([called, ...given]));
      return act(...given);
    });
  await offer("siteOptions", () => ({
    anchors: [base64("ca-sm2/root.pem")],
    intermediates: [base64("ca-sm2/issuing.pem")],
    ...PAGES[name],
  }));
  await offer("phoneLogin", () => [der("holder/sign.pem")]);
  await offer("phoneCertificates", () => ({ own: [der("holder/sign.pem")], encryption: [der("holder/encrypt.pem")] }));
  await offer("phoneKey", () => base64("holder/enc.key"));
  await offer("phoneSign", ({ text }) => {
    writeFileSync(holders.path("text"), text);
    holders.yinxin("cms sign text --key holder.key --certificate holder/sign.pem --detached --out p7 --force");
    return base64("p7");
  });
  await page.goto(`${server.origin}/${name}`);
  await page.waitForSelector("html[data-ready]", { state: "attached" });
  await page.getByRole("button").click();
  await page.waitForFunction(() => document.getElementById("log").textContent.endsWith("done\n"));
  const said = await page.locator("#log").textContent();
  await context.close();
  assert.equal(asked.filter((one) => one.includes("phoneLogin")).length, 1, "one scan");
  assert.ok(asked.every((one) => !one.startsWith("error")), asked.join("\n"));
  assert.ok(!asked.join().includes("123456"), "the PIN went nowhere");
  return said.trim().split("\n");
}

it("a page for BJCA's callbacks logs in, signs, verifies, encrypts and decrypts", async () => {
  assert.deepEqual(await visit("callback"), [
    "login true LoginForm",
    "verify true",
    "changed false",
    "decrypt 报价:100",
    "tries -1",
    "done",
  ]);
});

it("a page for Longmai's object does the same in its order of arguments", async () => {
  assert.deepEqual(await visit("promise"), [
    "library 0",
    "login 0",
    "verify 0",
    "changed -1",
    "decrypt 报价:100",
    "tries -1",
    "done",
  ]);
});

it("a page for a shim of values at once finds them there", async () => {
  assert.deepEqual(await visit("sync"), [
    "list true",
    "login true",
    "holder 91350100M000100Y43",
    "info true",
    "hash 44",
    "valid 0",
    "verify true",
    "changed false",
    "decrypt 报价:100",
    "tries -1",
    "done",
  ]);
});
