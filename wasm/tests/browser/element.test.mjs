// What the element does for the person before the screen, in Chromium.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { launch } from "./lib/chromium.mjs";
import { go, openElement, serveElement } from "./lib/element.mjs";
import { STRICT } from "./lib/serve.mjs";

let browser;
let server;
let page;

before(async () => {
  browser = await launch();
  server = await serveElement({
    "/inline": ["zh-CN", 'scene="decrypt" inline'],
    "/shared": ["zh-CN", "shared"],
    "/labelled": ["en", 'locale="zh-CN" scene="signature"'],
  });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** A fresh visitor at an address; what the page complains of fails the test at its end. */
function visit(name, address, act, options = {}) {
  it(name, async () => {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    page = await openElement(context, `${server.origin}${address}`);
    try {
      await act();
      assert.deepEqual(page.complaints, []);
    } finally {
      await context.close();
    }
  });
}

const open = () => page.getByRole("button", { name: "手机证书登录" }).click();
const dialog = () => page.getByRole("dialog");
const sessions = () => page.evaluate(() => globalThis.scripted.sessions.length);
const calls = () => page.evaluate(() => globalThis.scripted.last().calls);
const alert = () => page.getByRole("alert").innerText();

/** Starts and keeps what becomes of the promise. */
const start = () =>
  page.evaluate(() => {
    globalThis.outcome = "waits";
    document.querySelector("yinxin-qr").start().then(
      (answer) => (globalThis.outcome = answer),
      (error) => (globalThis.outcome = error.code ?? String(error)),
    );
  });
const outcome = () => page.evaluate(() => globalThis.outcome);

describe("the dialog", () => {
  visit("opens with a code and says how to use it", "/zh", async () => {
    await open();
    await go(page, "showing");
    await page.getByRole("img", { name: /二维码/ }).waitFor();
    assert.equal(await page.getByRole("heading", { level: 2 }).innerText(), "扫码登录");
    assert.match(await dialog().innerText(), /请用印信 App 扫一扫/);
    assert.match(await dialog().innerText(), /K7QF-2M9X/);
  });

  visit("is led by keys alone: Enter opens, Tab stays inside, Esc cancels", "/zh", async () => {
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await dialog().waitFor();
    await go(page, "showing");
    const focused = () =>
      page.evaluate(() => {
        const host = document.activeElement;
        const inner = host?.shadowRoot?.activeElement;
        return inner?.getAttribute("aria-label") ?? inner?.textContent ?? host?.tagName;
      });
    const seen = new Set();
    for (let step = 0; step < 8; step += 1) {
      await page.keyboard.press("Tab");
      seen.add(await focused());
    }
    assert.ok(seen.has("取消") && seen.has("复制"), [...seen].join());
    assert.ok(!seen.has("A"), "the page behind is out of reach");
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "hidden" });
    assert.deepEqual(await calls(), ["cancel"]);
    assert.match(await focused(), /手机证书登录/, "the focus is back where it was");
  });

  visit("says the number, whose phone it is, and offers to refuse it", "/zh", async () => {
    await open();
    await go(page, "scanned");
    const text = await dialog().innerText();
    assert.match(text, /07/);
    assert.match(text, /示范建\*公司/);
    await page.getByRole("button", { name: "不是我" }).click();
    assert.deepEqual(await calls(), ["notMe"]);
    await go(page, "showing");
    assert.match(await dialog().innerText(), /已断开那部手机/);
  });

  visit("keeps the focus inside when the focused button goes away", "/zh", async () => {
    await open();
    await go(page, "scanned");
    await page.getByRole("button", { name: "不是我" }).focus();
    await page.keyboard.press("Enter");
    await go(page, "showing");
    const inside = await page.evaluate(
      () => document.querySelector("yinxin-qr").shadowRoot.activeElement?.id,
    );
    assert.equal(inside, "title");
  });

  visit("after two refused phones shows the code only while a button is held", "/zh", async () => {
    await open();
    for (let phone = 0; phone < 2; phone += 1) {
      await go(page, "scanned");
      await page.getByRole("button", { name: "不是我" }).click();
    }
    await go(page, "showing");
    await shownOnlyWhileHeld();
  });

  visit("on a public screen shows the code only while a button is held", "/shared", async () => {
    await open();
    await go(page, "showing");
    await shownOnlyWhileHeld();
  });

  visit("copies the short code, and says so", "/zh", async () => {
    await open();
    await go(page, "showing");
    await page.getByRole("button", { name: "复制" }).click();
    await page.getByRole("button", { name: "已复制" }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "K7QF-2M9X");
  });

  visit("speaks the short code character by character", "/zh", async () => {
    await open();
    await go(page, "showing");
    await page.getByText("K 7 Q F 2 M 9 X", { exact: true }).waitFor({ state: "attached" });
  });

  visit("closes by itself when it is done", "/zh", async () => {
    await start();
    await go(page, "showing");
    await go(page, "completed");
    await dialog().getByText("已完成").waitFor();
    await dialog().waitFor({ state: "hidden" });
    assert.deepEqual(await outcome(), { done: true });
  });
});

describe("a session that ends badly", () => {
  visit("is told at once, and tried again in the same dialog", "/zh", async () => {
    await start();
    await go(page, "scanned");
    await go(page, "rejected");
    assert.match(await alert(), /手机上未同意/);
    assert.equal(await outcome(), "waits", "the person may still try again");
    await page.getByRole("button", { name: "再试一次" }).click();
    assert.equal(await sessions(), 2);
    await go(page, "completed");
    await page.waitForFunction(() => globalThis.outcome?.done);
  });

  for (const [state, words] of [
    ["cancelled", /已取消/],
    ["rejected", /手机上未同意/],
    ["expired", /已超时/],
    ["failed", /platform_suspended/],
  ]) {
    visit(`says what happened when it was ${state}`, "/zh", async () => {
      await open();
      await go(page, "scanned");
      await go(page, state);
      assert.match(await alert(), words);
    });
  }

  visit("is renewed twice where nobody scanned, and then waits for a click", "/zh", async () => {
    await open();
    for (const before of [1, 2]) {
      await go(page, "showing");
      assert.equal(await sessions(), before);
      await go(page, "expired");
      await page.waitForFunction((count) => globalThis.scripted.sessions.length > count, before);
      assert.equal(await page.getByRole("alert").innerText(), "");
    }
    await go(page, "showing");
    await go(page, "expired");
    assert.match(await alert(), /二维码已失效/);
    assert.equal(await sessions(), 3);
    await page.getByRole("button", { name: "重新获取二维码" }).click();
    assert.equal(await sessions(), 4);
  });

  visit("gives its error when the person closes the dialog", "/zh", async () => {
    await start();
    await go(page, "failed");
    await page.getByRole("button", { name: "取消" }).click();
    await page.waitForFunction(() => globalThis.outcome === "platform_suspended");
  });

  visit("is cancelled with the dialog, and the promise says so", "/zh", async () => {
    await start();
    await go(page, "showing");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => globalThis.outcome === "session_cancelled");
  });
});

describe("the page's program", () => {
  visit("hears state, answer and error as events that leave the page's shadows", "/zh", async () => {
    await page.evaluate(() => {
      globalThis.heard = [];
      for (const name of ["yinxin-state", "yinxin-answer", "yinxin-error"]) {
        document.addEventListener(name, ({ detail }) =>
          globalThis.heard.push([name, detail.phase ?? detail.code ?? detail.done]),
        );
      }
    });
    await open();
    await go(page, "rejected");
    await page.getByRole("button", { name: "再试一次" }).click();
    await go(page, "completed");
    const heard = await page.evaluate(() => globalThis.heard);
    assert.deepEqual(heard, [
      ["yinxin-state", "opening"],
      ["yinxin-state", "rejected"],
      ["yinxin-error", "declined"],
      ["yinxin-state", "opening"],
      ["yinxin-state", "completed"],
      ["yinxin-answer", true],
    ]);
  });

  visit("ends it by an AbortSignal, with the signal's reason", "/zh", async () => {
    await page.evaluate(() => {
      globalThis.control = new AbortController();
      const element = document.querySelector("yinxin-qr");
      element.start(globalThis.control.signal).catch((error) => (globalThis.reason = error.message));
    });
    await go(page, "showing");
    await page.evaluate(() => globalThis.control.abort(new Error("the visitor left")));
    await page.waitForFunction(() => globalThis.reason === "the visitor left");
    assert.deepEqual(await calls(), ["cancel"]);
    await dialog().waitFor({ state: "hidden" });
  });

  visit("gets the same promise while one runs", "/zh", async () => {
    const same = await page.evaluate(() => {
      const element = document.querySelector("yinxin-qr");
      const [one, two] = [element.start(), element.start()];
      one.catch(() => undefined);
      return one === two;
    });
    assert.ok(same);
    assert.equal(await sessions(), 1);
  });

  visit("closes it and begins again in one breath", "/zh", async () => {
    await start();
    await page.evaluate(() => document.querySelector("yinxin-qr").close());
    await start();
    await go(page, "showing");
    // The dialog tells of its closing late.
    await page.waitForTimeout(100);
    assert.ok(await dialog().isVisible());
    assert.equal(await sessions(), 2);
    assert.equal(await outcome(), "waits");
  });

  visit("has a session of its own shown, and is told how it ended", "/zh", async () => {
    await page.evaluate(() => {
      const session = globalThis.scripted.client.session("signature", {});
      const element = document.querySelector("yinxin-qr");
      element.show(session).catch((error) => (globalThis.outcome = error.code));
    });
    await go(page, "scanned");
    assert.match(await dialog().innerText(), /扫码签章[^]*07/);
    await go(page, "rejected");
    assert.equal(await page.getByRole("button", { name: "再试一次" }).isVisible(), false);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => globalThis.outcome === "declined");
    assert.equal(await sessions(), 1);
  });

  visit("hands over scene and input as they are set", "/labelled", async () => {
    await page.evaluate(() => {
      const element = document.querySelector("yinxin-qr");
      element.input = { name: "合同.pdf" };
      element.start().catch(() => undefined);
    });
    const session = await page.evaluate(() => {
      const { scene, input } = globalThis.scripted.last();
      return { scene, input };
    });
    assert.deepEqual(session, { scene: "signature", input: { name: "合同.pdf" } });
  });

  visit("without endpoint and client is told what is missing", "/zh", async () => {
    const words = await page.evaluate(async () => {
      const element = document.createElement("yinxin-qr");
      document.body.append(element);
      return element.start().catch((error) => `${error.name}: ${error.message}`);
    });
    assert.match(words, /^TypeError: .*endpoint/);
  });

  visit("puts its own words in place of ours", "/zh", async () => {
    await page.evaluate(() => {
      document.querySelector("yinxin-qr").words = { notMe: "换一部手机" };
    });
    await open();
    await go(page, "scanned");
    await page.getByRole("button", { name: "换一部手机" }).waitFor();
  });

  visit("changes the language while it runs", "/labelled", async () => {
    await page.getByRole("button", { name: "用手机签章" }).click();
    await go(page, "showing");
    await page.evaluate(() => document.querySelector("yinxin-qr").setAttribute("locale", "en"));
    assert.match(await dialog().innerText(), /Scan with the Yinxin app/);
    assert.equal(await page.locator("yinxin-qr .panel").getAttribute("lang"), "en");
  });

  visit("puts the panel into the page, where it begins by itself", "/inline", async () => {
    assert.equal(await sessions(), 1);
    await go(page, "showing");
    await page.getByRole("group", { name: "扫码解密" }).waitFor();
    assert.equal(await dialog().count(), 0);
  });
});

describe("the code", () => {
  visit("changes without moving anything", "/zh", async () => {
    await open();
    await go(page, "showing", 1);
    const code = page.getByRole("img", { name: /二维码/ });
    const one = await code.boundingBox();
    const path = () => page.locator("yinxin-qr .code path").getAttribute("d");
    const before = await path();
    await go(page, "showing", 2);
    assert.notEqual(await path(), before);
    assert.deepEqual(await code.boundingBox(), one);
  });

  visit("is not spoken anew with every frame", "/zh", async () => {
    await open();
    await go(page, "showing", 0);
    const changes = await page.evaluate(async () => {
      const root = document.querySelector("yinxin-qr").shadowRoot;
      let count = 0;
      const watcher = new MutationObserver((records) => (count += records.length));
      for (const live of root.querySelectorAll("[role=status], [role=alert]")) {
        watcher.observe(live, { childList: true, characterData: true, subtree: true });
      }
      for (let frame = 1; frame < 6; frame += 1) globalThis.scripted.go("showing", frame);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      return count;
    });
    assert.equal(changes, 0);
  });

  for (const [look, options] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["forced colours", { forcedColors: "active", colorScheme: "dark" }],
  ]) {
    visit(`is dark on light in ${look}, with whole pixels`, "/zh", async () => {
      await open();
      await go(page, "showing");
      const drawn = await page.locator("yinxin-qr .code").evaluate((svg) => ({
        dark: getComputedStyle(svg.querySelector("path")).fill,
        light: getComputedStyle(svg.querySelector("rect")).fill,
        adjust: getComputedStyle(svg).forcedColorAdjust,
        side: svg.getBoundingClientRect().width,
        modules: svg.viewBox.baseVal.width,
      }));
      assert.equal(drawn.dark, "rgb(0, 0, 0)");
      assert.equal(drawn.light, "rgb(255, 255, 255)");
      assert.equal(drawn.adjust, "none");
      assert.ok(drawn.side >= 225, `${drawn.side} px`);
      assert.equal(drawn.side % drawn.modules, 0);
      assert.equal(drawn.modules, 37 + 8, "a quiet zone of four modules");
    }, options);
  }

  for (const width of [320, 360, 1280]) {
    visit(`fits a window of ${width} px without scrolling sideways`, "/zh", async () => {
      await page.setViewportSize({ width, height: 640 });
      await open();
      for (const state of ["showing", "scanned", "failed"]) {
        await go(page, state);
        const wide = await page.evaluate(() => {
          const root = document.querySelector("yinxin-qr").shadowRoot;
          const all = [document.documentElement, root.querySelector("dialog")];
          return all.map((node) => node.scrollWidth - node.clientWidth);
        });
        assert.deepEqual(wide, [0, 0], state);
      }
      await go(page, "scanned");
    });
  }
});

describe("policies and leaks", () => {
  it("works where Trusted Types are shut", async () => {
    const policy = `${STRICT}; require-trusted-types-for 'script'; trusted-types 'none'`;
    const shut = await serveElement({}, { policy });
    const context = await browser.newContext();
    try {
      page = await openElement(context, `${shut.origin}/zh`);
      await open();
      await go(page, "showing");
      await page.getByRole("img", { name: /二维码/ }).waitFor();
      assert.deepEqual(page.complaints, []);
    } finally {
      await context.close();
      await shut.close();
    }
  });

  visit("a thousand mounts leave no listener, no timer, no session", "/zh", async () => {
    const left = await page.evaluate(async () => {
      const running = new Set();
      const { setTimeout: set, clearTimeout: clear } = globalThis;
      globalThis.setTimeout = (act, after, ...rest) => {
        const id = set((...given) => (running.delete(id), act(...given)), after, ...rest);
        running.add(id);
        return id;
      };
      globalThis.clearTimeout = (id) => (running.delete(id), clear(id));
      const { client, sessions } = globalThis.scripted;
      const first = sessions.length;
      for (let mount = 0; mount < 1_000; mount += 1) {
        const element = document.createElement("yinxin-qr");
        element.client = client;
        if (mount % 2) element.setAttribute("inline", "");
        document.body.append(element);
        element.start().catch(() => undefined);
        globalThis.scripted.go("showing", 0);
        element.remove();
        await null;
      }
      await new Promise((resolve) => set(resolve, 50));
      const own = sessions.slice(first);
      const outcome = {
        mounted: own.length,
        timers: running.size,
        listeners: own.reduce((sum, session) => sum + session.listeners, 0),
        cancelled: own.filter((session) => session.calls.includes("cancel")).length,
      };
      sessions.length = first;
      return outcome;
    });
    assert.deepEqual(left, { mounted: 1_000, timers: 0, listeners: 0, cancelled: 1_000 });
  });

  visit("a thousand elements put in and taken out leave no listener, no timer and no node behind", "/zh", async () => {
    const devtools = await page.context().newCDPSession(page);
    await page.evaluate(() => {
      const running = (globalThis.running = new Set());
      const { setTimeout: later, setInterval: often, clearTimeout: stop } = globalThis;
      globalThis.setTimeout = (act, ...rest) => {
        const timer = later(() => {
          running.delete(timer);
          act();
        }, ...rest);
        running.add(timer);
        return timer;
      };
      globalThis.setInterval = (...given) => {
        const timer = often(...given);
        running.add(timer);
        return timer;
      };
      globalThis.clearTimeout = globalThis.clearInterval = (timer) => {
        running.delete(timer);
        stop(timer);
      };
      globalThis.cycle = async (times) => {
        let listening = 0;
        for (let number = 0; number < times; number += 1) {
          const element = document.createElement("yinxin-qr");
          if (number % 2 === 0) element.setAttribute("inline", "");
          element.client = scripted.client;
          document.body.append(element);
          element.start().catch(() => undefined);
          for (const state of ["showing", "scanned", "failed"].slice(0, number % 4)) scripted.go(state);
          element.remove();
          await Promise.resolve();
          await Promise.resolve();
          listening += scripted.sessions.reduce((sum, session) => sum + session.listeners, 0);
          scripted.sessions.length = 0;
        }
        return listening;
      };
    });
    const left = async (times) => {
      const listening = await page.evaluate((count) => globalThis.cycle(count), times);
      assert.equal(listening, 0, "sessions are still listened to");
      await page.waitForTimeout(100);
      await devtools.send("HeapProfiler.collectGarbage");
      await devtools.send("HeapProfiler.collectGarbage");
      const { nodes, jsEventListeners } = await devtools.send("Memory.getDOMCounters");
      return { nodes, listeners: jsEventListeners, timers: await page.evaluate(() => globalThis.running.size) };
    };
    const before = await left(50);
    const after = await left(1000);
    for (const [what, count] of Object.entries(after)) {
      assert.ok(count <= before[what] + 10, `${what}: ${before[what]} became ${count}`);
    }
  });

  it("a script that imports the package defines nothing until it is told to", async () => {
    const context = await browser.newContext();
    page = await openElement(context, `${server.origin}/zh`);
    const found = await page.evaluate(async () => {
      // Another address of the same file: no script tag names it.
      const element = await import("/yinxin/element.js?imported");
      const before = customElements.get("acme-qr") !== undefined;
      element.defineYinxinElements("acme");
      element.defineYinxinElements("acme");
      return { before, after: customElements.get("acme-qr") !== undefined };
    });
    assert.deepEqual(found, { before: false, after: true });
    await context.close();
  });

  visit("an element that is moved goes on", "/zh", async () => {
    await page.evaluate(() => {
      const element = document.querySelector("yinxin-qr");
      element.setAttribute("inline", "");
      const place = document.createElement("div");
      document.body.append(place);
      place.append(element);
    });
    await go(page, "showing");
    assert.deepEqual(await calls(), []);
  });
});

/** The code is there only while the button is held, by mouse and by key. */
async function shownOnlyWhileHeld() {
  const code = page.getByRole("img", { name: /二维码/ });
  const button = page.getByRole("button", { name: "按住显示二维码" });
  await button.waitFor();
  assert.equal(await code.count(), 0);
  await button.hover();
  await page.mouse.down();
  await code.waitFor();
  await page.mouse.up();
  await code.waitFor({ state: "detached" });
  await button.focus();
  await page.keyboard.down("Space");
  await code.waitFor();
  await page.keyboard.up("Space");
  await code.waitFor({ state: "detached" });
}
