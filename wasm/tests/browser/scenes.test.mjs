// The six scenes between a platform's page and a phone's, each on its own origin, with a real hub
// and a real platform behind them. The phone reads the code off a camera.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, afterEach, before, describe, it } from "node:test";

import { Camera } from "./lib/camera.mjs";
import { launch, openPage } from "./lib/chromium.mjs";
import { PhonePage, frameOf } from "./lib/phone.mjs";
import { shot } from "./lib/places.mjs";
import { PIN, UNIT, makeWorld } from "./lib/world.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let world;
let browser;
let phone;
let desk;

/** A world of one suite, with its browser and its phone. */
async function raise(suite) {
  world = await makeWorld({ suite });
  const camera = new Camera(world.path("camera.y4m"));
  browser = await launch({ camera: camera.path });
  phone = await PhonePage.make(browser, world, camera);
}

async function raze() {
  await browser?.close();
  await world?.close();
}

before(() => raise("sm2"));
after(raze);

/** What one test left open is not the next one's. */
afterEach(async () => {
  world.setLine(true);
  phone.show(null);
  await phone.home();
});

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What a page may say: answers that refuse, and a line that is cut, are not its fault. */
const allowed = [/status of [45]\d\d/, /ERR_/];

/** A fresh visitor. */
async function openDesk(lang = "zh", path = "/index.html") {
  await desk?.context().close();
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, locale: "zh-CN" });
  return openPage(context, `${world.site.origin}${path}?lang=${lang}`, { allowed });
}

const dialog = () => desk.getByRole("dialog");

/** What axe finds on a page: nothing. */
async function accessible(page) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
    }),
  );
  assert.ok(passes.length > 5);
  const said = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
  assert.deepEqual(said, []);
}

/** Keeps a picture of both screens, and looks whether everybody can use them. */
const keep = async (name) => {
  await accessible(desk);
  await accessible(phone.page);
  await desk.screenshot({ path: shot(`${name}-desk.png`) });
  await phone.page.screenshot({ path: shot(`${name}-phone.png`) });
};

/** Waits for a phase of the desk's session. */
const phase = (...names) =>
  desk.waitForFunction(
    (all) => all.includes(document.querySelector("yinxin-qr").session?.state.phase),
    names,
  );

/** Begins a login; gives what the dialog shows once a code is there. */
async function begin() {
  await desk.getByRole("button", { name: "手机证书登录" }).click();
  await phase("showing");
  await desk.waitForFunction(() => document.querySelector("yinxin-qr").session.state.frame);
}

/** From the code to the phone's last word. */
async function answer(name) {
  await phone.scan(desk);
  await desk.locator("yinxin-qr [part=number]").waitFor();
  await keep(`${name}-2-number`);
  await phone.match(desk);
  await phone.page.getByRole("button", { name: "确认" }).waitFor();
  await keep(`${name}-3-confirm`);
  await phone.confirm();
  const said = await phone.ended();
  await keep(`${name}-4-done`);
  return said;
}

/** A download by the name of its link. */
async function saved(name) {
  const waiting = desk.waitForEvent("download");
  await desk.getByRole("link", { name }).click();
  const path = world.path(name.replace(/^保存 /, ""));
  await (await waiting).saveAs(path);
  return path;
}

describe("a page of two tags", () => {
  const scripts = { "a module": "/plain", "the classic script": "/classic" };
  for (const [script, path] of Object.entries(scripts)) {
    it(`logs a visitor in by ${script}`, async () => {
      desk = await openDesk("zh", path);
      await desk.evaluate(() => {
        addEventListener("yinxin-answer", ({ detail }) => (globalThis.holder = detail.holder.name));
      });
      await begin();
      assert.match(await answer(path.slice(1)), /已完成/);
      await desk.waitForFunction((name) => globalThis.holder === name, UNIT.name);
    });
  }
});

const TRUST = "--trust CA/root.pem --intermediates CA/issuing.pem";

/** Presses a card's button with a file in it, and waits for the code. */
async function ask(card, file) {
  if (file) await desk.locator(`#${card} input[type=file]`).setInputFiles(world.path(file));
  await desk.locator(`#${card} button`).click();
  await phase("showing");
}

const well = (words) => desk.locator("#done.good").getByText(words).waitFor();

/** All six scenes; the first logs in the unit that does the others. Pictures are named after `mark`. */
function six(mark) {
  it("shows the platform, the page and the number, and ends on both screens", async () => {
    desk = await openDesk();
    await begin();
    await keep(`${mark}login-1-code`);
    assert.match(await answer(`${mark}login`), /已完成/);
    await desk.getByText("登录成功").waitFor();
    assert.match(await desk.locator("#who").innerText(), new RegExp(UNIT.name));
    await keep(`${mark}login-5-in`);
  });

  it("signs a text, and the command line verifies it", async () => {
    await ask("sign");
    assert.match(await answer(`${mark}sign`), /已完成/);
    await well("签名已通过核验");
    await saved("保存 signature.p7s");
    writeFileSync(world.path("words.txt"), "同意中标结果");
    await world.yinxin(`cms verify signature.p7s --content words.txt ${TRUST}`);
  });

  it("seals a document, and the command line verifies it", async () => {
    await ask("seal", "contract.ofd");
    assert.match(await answer(`${mark}seal`), /已完成/);
    await well("签章已通过核验");
    await saved("保存 sealed-contract.ofd");
    await world.yinxin(`document verify sealed-contract.ofd ${TRUST}`);
  });

  it("takes the seal back: the file is what it was, octet by octet", async () => {
    await ask("revoke", "sealed-contract.ofd");
    assert.match(await answer(`${mark}revoke`), /已完成/);
    await well("已撤章");
    await saved("保存 restored-sealed-contract.ofd");
    assert.deepEqual(world.read("restored-sealed-contract.ofd"), world.read("contract.ofd"));
  });

  it("encrypts a bid to the certificate that the phone hands out", async () => {
    await ask("encrypt", "contract.txt");
    assert.match(await answer(`${mark}encrypt`), /已完成/);
    await well("已加密并回读核验");
    await saved("保存 contract.txt.bid");
    await world.yinxin("bid check contract.txt.bid --key encrypt.key");
  });

  it("opens a bid that the command line made", async () => {
    await ask("decrypt", "old.bid");
    assert.match(await answer(`${mark}decrypt`), /已完成/);
    await well("已解密");
    const before = world.read("contract.txt");
    await saved("保存 contract.txt");
    assert.deepEqual(world.read("contract.txt"), before);
  });
}

describe("the six scenes, in suite SM", () => six(""));

describe("the six scenes, in suite NIST", () => {
  const first = {};
  before(async () => {
    Object.assign(first, { world, browser, phone });
    await raise("p256");
  });
  after(async () => {
    await raze();
    ({ world, browser, phone } = first);
    desk = undefined;
  });
  six("nist-");
});

describe("a login without a camera, by keys alone", () => {
  /** Presses Tab until the focus stands on what has this name, and there a key. */
  async function press(page, name, key = "Enter") {
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        let node = document.activeElement;
        while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
        const label = node?.labels?.[0]?.textContent;
        return (label ?? node?.getAttribute?.("aria-label") ?? node?.textContent ?? "").trim();
      });
      if (name.test(focused)) {
        if (key) await page.keyboard.press(key);
        return;
      }
    }
    throw new Error(`the focus never came to ${name}`);
  }

  it("goes by the short code and the number", async () => {
    desk = await openDesk();
    await press(desk, /手机证书登录/);
    await phase("showing");
    await keep("keys-1-code");
    const code = await desk.locator("yinxin-qr [part=code]").innerText();
    await press(phone.page, /^输入短码$/);
    await press(phone.page, /^短码$/, null);
    await phone.page.keyboard.type(code);
    await press(phone.page, /^继续$/);
    await phase("scanned");
    const number = await desk.locator("yinxin-qr [part=number]").innerText();
    await phone.page.getByText("网页上显示的两位数字").waitFor();
    await press(phone.page, /两位数字/, null);
    await phone.page.keyboard.type(number);
    await press(phone.page, /^继续$/);
    await phone.page.getByRole("button", { name: "确认" }).waitFor();
    await press(phone.page, /^PIN$/, null);
    await phone.page.keyboard.type(PIN);
    await press(phone.page, /^确认$/);
    assert.match(await phone.ended(), /已完成/);
    await desk.getByText("登录成功").waitFor();
    await keep("keys-2-in");
  });
});

describe("both pages", () => {
  for (const [name, look, width] of [
    ["dark", { colorScheme: "dark" }, 1100],
    ["forced colours", { colorScheme: "dark", forcedColors: "active" }, 1100],
    ["320 px", {}, 320],
  ]) {
    it(`can be used by everybody in English, ${name}`, async () => {
      desk = await openDesk("en");
      await desk.setViewportSize({ width, height: 800 });
      await desk.emulateMedia(look);
      await phone.page.emulateMedia(look);
      await phone.page.getByRole("button", { name: "English" }).click();
      await phone.page.getByRole("button", { name: "Scan", exact: true }).waitFor();
      await keep(`pages-${name.replace(" ", "-")}`);
      const wide = await desk.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} px too wide`);
      await phone.page.getByRole("button", { name: "中文" }).click();
      await phone.page.emulateMedia({ colorScheme: null, forcedColors: null });
    });
  }
});

describe("what goes wrong", () => {
  const alert = () => dialog().getByRole("alert").innerText();
  const fresh = async () => {
    desk = await openDesk();
    await begin();
  };

  it("a copy of the code that comes late is refused, and the desk waits on", async () => {
    await fresh();
    const copy = await frameOf(desk);
    await wait(10_000);
    await phone.page.getByRole("button", { name: "扫一扫" }).click();
    phone.show(copy);
    const said = await phone.ended();
    phone.show(null);
    await keep("late-copy");
    assert.match(said, /未能完成[^]*二维码/);
    assert.equal(await desk.evaluate(() => document.querySelector("yinxin-qr").session.state.phase), "showing");
  });

  it("a person who declines is told of at the desk, which learns no more", async () => {
    await fresh();
    await phone.scan(desk);
    await phone.page.getByRole("button", { name: "以上都不是" }).click();
    assert.match(await phone.ended(), /已拒绝/);
    await phase("rejected");
    await keep("declined");
    assert.match(await alert(), /手机上未同意/);
  });

  it("a desk that cancels is told of at the phone", async () => {
    await fresh();
    await phone.scan(desk);
    await phone.page.getByText("哪个数字").waitFor();
    await desk.keyboard.press("Escape");
    await dialog().waitFor({ state: "hidden" });
    const said = await phone.ended();
    await keep("cancelled");
    assert.match(said, /未能完成[^]*取消/);
  });

  it("a phone that is refused leaves, and the desk has a new code at once", async () => {
    await fresh();
    const before = await desk.evaluate(() => document.querySelector("yinxin-qr").session.state.sid);
    await phone.scan(desk);
    await phase("scanned");
    await dialog().getByRole("button", { name: "不是我" }).click();
    await phase("showing");
    const now = await desk.evaluate(() => document.querySelector("yinxin-qr").session.state.sid);
    assert.notEqual(now, before);
    assert.match(await phone.ended(), /未能完成/);
    await keep("not-me");
  });

  it("a desk that is reloaded after the scan goes on where it was", async () => {
    await fresh();
    await phone.scan(desk);
    await phase("scanned");
    const number = await desk.locator("yinxin-qr [part=number]").innerText();
    await desk.reload();
    await phase("scanned");
    assert.equal(await desk.locator("yinxin-qr [part=number]").innerText(), number);
    await keep("reloaded");
    await phone.match(desk);
    await phone.confirm();
    assert.match(await phone.ended(), /已完成/);
    await desk.getByText("登录成功").waitFor();
  });

  it("a line that is cut for ten seconds costs nothing but time", async () => {
    await fresh();
    await phone.scan(desk);
    await phase("scanned");
    world.setLine(false);
    await dialog().getByText("网络中断").waitFor();
    await keep("cut");
    await wait(10_000);
    world.setLine(true);
    await phone.match(desk);
    await phone.confirm();
    assert.match(await phone.ended(), /已完成/);
    await desk.getByText("登录成功").waitFor();
  });

  it("what judges answers does not come: it is waited for, and nothing is believed meanwhile", async () => {
    desk = await openDesk();
    const judge = "**/answer_bg.wasm";
    await desk.route(judge, (route) => route.abort());
    await begin();
    await phone.scan(desk);
    await phone.match(desk);
    await phone.confirm();
    await dialog().getByText("网络中断").waitFor();
    await keep("no-judge");
    const phaseNow = await desk.evaluate(() => document.querySelector("yinxin-qr").session.state.phase);
    assert.notEqual(phaseNow, "completed");
    assert.doesNotMatch(await desk.locator("body").innerText(), /登录成功/);
    await desk.unroute(judge);
    assert.match(await phone.ended(), /已完成/);
    await desk.getByText("登录成功").waitFor();
  });

  it("a code that nobody scans is renewed twice, and then says that it is over", async () => {
    desk = await openDesk();
    await desk.clock.install();
    await begin();
    const sid = () => desk.evaluate(() => document.querySelector("yinxin-qr").session.state.sid);
    for (let renewal = 0; renewal < 2; renewal += 1) {
      const before = await sid();
      await desk.clock.fastForward(140_000);
      await desk.waitForFunction((old) => {
        const { phase, sid } = document.querySelector("yinxin-qr").session.state;
        return phase === "showing" && sid !== old;
      }, before);
    }
    await desk.clock.fastForward(140_000);
    await phase("expired");
    await keep("expired");
    assert.match(await alert(), /二维码已失效/);
  });
});
