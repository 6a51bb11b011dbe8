// The page that verifies offline, from a file, without a network, in three engines.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";

import * as chromium from "./lib/chromium.mjs";
import * as firefox from "./lib/firefox.mjs";
import { keep, shot, target } from "./lib/places.mjs";
import * as webkit from "./lib/webkit.mjs";

const PAGE = join(target, "npm/verify.html");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let folder;
let browser;
const path = (name) => join(folder, name);
const yinxin = (line, ...more) =>
  execFileSync(join(target, "debug/yinxin"), [...line.split(" "), ...more], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });

before(async () => {
  assert.ok(existsSync(PAGE), "`cargo xtask pack` makes it");
  folder = mkdtempSync(join(tmpdir(), "yinxin-verify-"));
  const unit = "示范建筑工程公司";
  yinxin("ca init --dir CA --algorithm sm2");
  yinxin("key generate --algorithm sm2 --out sign.key --no-password");
  yinxin("csr create --key sign.key --out csr --subject", `C=CN,O=${unit},CN=${unit}`);
  yinxin("ca issue --dir CA --csr csr --profile holder --credit-code 91350100M000100Y43 --out .");
  yinxin(`seal draw --template round --out seal.png --text ${unit}`);
  yinxin(
    "seal make --picture seal.png --name 公章 --id 37030000001721 --holder sign.pem " +
      "--maker-key CA/seal-maker.key --maker-certificate CA/seal-maker.pem --out seal.esl",
  );
  writeFileSync(path("text.txt"), "建设工程施工合同\n甲方：示范建筑工程公司\n");
  yinxin("document create text.txt --out plain.ofd");
  const sign = "--key sign.key --certificate sign.pem";
  yinxin(`document seal plain.ofd --seal seal.esl ${sign} --page 1 --position 120,200 --out sealed.ofd`);
  yinxin(`cms sign text.txt ${sign} --chain chain.pem --out text.p7s`);
  yinxin(`cms sign text.txt ${sign} --chain chain.pem --detached --out detached.p7s`);
  yinxin(
    "bid encrypt text.txt --to encrypt.pem --project P1 --section S1 --opening 2027-01-01T00:00:00Z " +
      "--sign-key sign.key --sign-certificate sign.pem --out a.bid --receipt a.receipt",
  );
  const changed = readFileSync(path("text.p7s"));
  changed[changed.indexOf(Buffer.from("甲方"))] ^= 1;
  writeFileSync(path("changed.p7s"), changed);
  const cut = readFileSync(path("sealed.ofd"));
  writeFileSync(path("cut.ofd"), cut.subarray(0, cut.length - 40));
  writeFileSync(path("words.txt"), "nothing to verify");
  browser = await chromium.launch();
  const page = await browser.newPage();
  await page.setContent("<h1>Contract</h1><p>Party A</p>");
  writeFileSync(path("plain.pdf"), await page.pdf({ format: "A4" }));
  await page.close();
  yinxin(`document seal plain.pdf --seal seal.esl ${sign} --page 1 --position 120,200 --out sealed.pdf`);
  const longer = Buffer.concat([readFileSync(path("sealed.pdf")), Buffer.from("\n% more\n")]);
  writeFileSync(path("longer.pdf"), longer);
  // A bid that was changed leaves evidence of who is to blame.
  const bid = readFileSync(path("a.bid"));
  bid[bid.length - 5] ^= 1;
  writeFileSync(path("changed.bid"), bid);
  yinxin("key install --envelope encrypt.envelope --key sign.key --no-password --out encrypt.key");
  const as = "--sign-key sign.key --sign-certificate sign.pem";
  assert.throws(() =>
    yinxin(`bid decrypt changed.bid --key encrypt.key --receipt a.receipt --evidence a.evidence ${as} --out opened`),
  );
});

after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const address = (lang) => `${pathToFileURL(PAGE).href}?lang=${lang}`;

/** Opens the page from the disk with the network off, verifies, and gives page and verdict. */
async function verify(file, { lang = "zh", trusted = true, content, look = {} } = {}) {
  const context = await browser.newContext({ offline: true, viewport: { width: 900, height: 900 }, ...look });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(address(lang));
  await page.setInputFiles("#file", path(file));
  if (trusted) await page.setInputFiles("#anchors", path("CA/root.pem"));
  await page.setInputFiles("#intermediates", path("CA/issuing.pem"));
  if (content) await page.setInputFiles("#content", path(content));
  await page.click("#go");
  const verdict = page.locator("#result [data-verdict]").first();
  await verdict.waitFor();
  assert.deepEqual(complaints, []);
  return {
    page,
    verdict: await verdict.getAttribute("data-verdict"),
    good: (await verdict.getAttribute("class")).includes("good"),
    text: await page.locator("#result").innerText(),
    close: () => context.close(),
  };
}

describe("in Chromium, from a file, with the network off", () => {
  for (const [file, options, words] of [
    ["sealed.ofd", {}, /第 1 个签名: 有效[^]*公章[^]*37030000001721[^]*签章人签名值/],
    ["sealed.pdf", {}, /PDF[^]*第 1 个签名: 有效[^]*公章/],
    ["text.p7s", {}, /签名消息[^]*通过/],
    ["detached.p7s", { content: "text.txt" }, /通过/],
    ["a.receipt", {}, /投标回执[^]*P1/],
    ["a.evidence", {}, /证据[^]*责任/],
    ["seal.esl", {}, /电子印章[^]*制章人/],
    ["sign.pem", {}, /示范建筑工程公司/],
  ]) {
    it(`${file} is valid, and each step is explained`, async () => {
      const found = await verify(file, options);
      assert.equal(found.verdict, "valid");
      assert.ok(found.good);
      assert.match(found.text, words);
      assert.match(found.text, /是否|能否/);
      await found.page.screenshot({ path: shot(`verify-${file}.png`), fullPage: true });
      await found.close();
    });
  }

  for (const [file, options, words] of [
    ["changed.p7s", {}, /内容在签名后被改动/],
    ["cut.ofd", {}, /无法读取|无效/],
    ["longer.pdf", {}, /无效|无法读取|部分有效/],
    ["words.txt", {}, /无法读取/],
    ["detached.p7s", {}, /请在上方给出原文件/],
    ["sealed.ofd", { trusted: false }, /没有给出信任的根证书/],
    ["text.p7s", { trusted: false }, /没有给出信任的根证书/],
  ]) {
    const how = options.trusted === false ? " without an anchor" : "";
    it(`${file}${how} is not valid, nothing looks as if it were, and the page says why`, async () => {
      const found = await verify(file, options);
      assert.ok(!found.good);
      assert.notEqual(found.verdict, "valid");
      assert.match(found.text, words);
      assert.equal(await found.page.locator(".seal, img.page").count(), 0, "no seal is drawn");
      await found.page.screenshot({ path: shot(`verify-not-${file}${how.replaceAll(" ", "-")}.png`), fullPage: true });
      await found.close();
    });
  }

  it("a seal is drawn once its signature was verified, and so is the page", async () => {
    const found = await verify("sealed.ofd");
    const drawn = await found.page.locator(".seal img, img.page").evaluateAll((all) =>
      Promise.all(all.map((image) => image.decode().then(() => image.naturalWidth))),
    );
    assert.equal(drawn.length, 2);
    assert.ok(drawn.every((width) => width > 100));
    await found.close();
  });

  it("speaks English, and changes the language of a report that stands", async () => {
    const found = await verify("sealed.ofd", { lang: "en", look: { colorScheme: "dark" } });
    assert.match(found.text, /Signature 1: Valid[^]*signer's chain/);
    await found.page.screenshot({ path: shot("verify-en-dark.png"), fullPage: true });
    await found.page.getByRole("button", { name: "中文" }).click();
    await found.page.getByText("签章人证书链").waitFor();
    await found.close();
  });

  for (const [name, look] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["forced colours", { colorScheme: "dark", forcedColors: "active" }],
    ["320 px", { viewport: { width: 320, height: 700 } }],
  ]) {
    it(`has no WCAG violation with a report on it, ${name}`, async () => {
      for (const file of ["sealed.ofd", "changed.p7s"]) {
        const found = await verify(file, { look });
        await found.page.evaluate(axe);
        const { violations, passes } = await found.page.evaluate(() =>
          globalThis.axe.run(document, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } }),
        );
        assert.ok(passes.length > 5);
        const said = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
        assert.deepEqual(said, [], file);
        const wide = await found.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${wide} px too wide`);
        await found.close();
      }
    });
  }
});

/** Verifies within the page of an engine whose driver hands over no files. */
const WITHIN = `
  const octets = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const put = (id, name, text) => {
    const chosen = new DataTransfer();
    chosen.items.add(new File([octets(text)], name));
    document.getElementById(id).files = chosen.files;
  };
  for (const [id, name, text] of files) put(id, name, text);
  document.getElementById("result").replaceChildren();
  document.getElementById("form").requestSubmit();
  for (let turn = 0; turn < 400; turn += 1) {
    const verdict = document.querySelector("#result [data-verdict]");
    if (verdict) return [verdict.dataset.verdict, document.getElementById("result").innerText, document.querySelectorAll(".seal img").length];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return ["none", document.body.innerText, 0];
`;

const packed = (...pairs) => pairs.map(([id, name]) => [id, name, readFileSync(path(name)).toString("base64")]);
const bases = [["anchors", "CA/root.pem"], ["intermediates", "CA/issuing.pem"]];

for (const [engine, { launch }] of [["Firefox ESR", firefox], ["WebKitGTK", webkit]]) {
  it(`in ${engine}, from a file, says what Chromium says`, async () => {
    const own = await launch();
    try {
      await own.goto(address("zh"));
      for (const [file, wanted, words, seals] of [
        ["sealed.ofd", "valid", /第 1 个签名: 有效/, 1],
        ["text.p7s", "valid", /签名消息/, 0],
        ["changed.p7s", "invalid", /内容在签名后被改动/, 0],
        ["a.receipt", "valid", /投标回执/, 0],
      ]) {
        const files = packed(["file", file], ...bases);
        const [verdict, text, drawn] = await own.evaluate(`const [files] = args; ${WITHIN}`, files);
        assert.equal(verdict, wanted, text);
        assert.match(text, words);
        assert.equal(drawn, seals, file);
      }
      keep(`verify-${engine.split(" ")[0].toLowerCase()}.png`, await own.screenshot());
    } finally {
      await own.close();
    }
  });
}
