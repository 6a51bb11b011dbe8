// axe-core finds no WCAG A or AA violation in any state, look or language; a picture of each is kept.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";

import { launch } from "./lib/chromium.mjs";
import { STATES, go, openElement, serveElement } from "./lib/element.mjs";
import { shot } from "./lib/places.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  forced: { colorScheme: "dark", forcedColors: "active" },
};

let browser;
let server;

before(async () => {
  browser = await launch();
  server = await serveElement({ "/inline": ["zh-CN", "inline"], "/held": ["en", "shared"] });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** What axe finds, in words. */
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(
    (tags) => globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } }),
    TAGS,
  );
  // An empty page would have no violations either.
  assert.ok(found.passes.length > 5, "axe looked at something");
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary}`),
  );
}

/** Starts anew where the session before is over. */
const begin = (page) =>
  page.evaluate(() => {
    const element = document.querySelector("yinxin-qr");
    element.close();
    element.start().catch(() => undefined);
  });

describe("no WCAG violation", () => {
  for (const lang of ["zh", "en"]) {
    for (const [look, options] of Object.entries(LOOKS)) {
      it(`in any state, ${lang}, ${look}`, async () => {
        const context = await browser.newContext({
          viewport: { width: 900, height: 720 },
          reducedMotion: "reduce",
          ...options,
        });
        const page = await openElement(context, `${server.origin}/${lang}`);
        assert.deepEqual(await violations(page), [], "closed");
        for (const state of STATES) {
          await begin(page);
          await go(page, "scanned");
          await go(page, state);
          assert.ok(await page.getByRole("dialog").isVisible(), state);
          await page.screenshot({ path: shot(`element-${lang}-${look}-${state}.png`) });
          assert.deepEqual(await violations(page), [], state);
        }
        await context.close();
      });
    }
  }

  it("in a panel that stands in the page, and with the code under a button", async () => {
    for (const [name, options] of Object.entries(LOOKS)) {
      const context = await browser.newContext({ reducedMotion: "reduce", ...options });
      for (const address of ["inline", "held"]) {
        const page = await openElement(context, `${server.origin}/${address}`);
        if (address === "held") await begin(page);
        await go(page, "showing");
        await page.screenshot({ path: shot(`element-${address}-${name}.png`) });
        assert.deepEqual(await violations(page), [], address);
        await page.close();
      }
      await context.close();
    }
  });

  it("in a narrow window, and at twice the size", async () => {
    for (const [name, options] of [
      ["320", { viewport: { width: 320, height: 640 } }],
      // What a browser makes of a window of 1280 px at 200 %.
      ["zoom", { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
    ]) {
      const context = await browser.newContext({ reducedMotion: "reduce", ...options });
      const page = await openElement(context, `${server.origin}/en`);
      await begin(page);
      for (const state of ["showing", "scanned", "failed"]) {
        await go(page, state);
        await page.screenshot({ path: shot(`element-${name}-${state}.png`) });
        assert.deepEqual(await violations(page), [], `${name} ${state}`);
      }
      await context.close();
    }
  });

  it("and a page with one is found", async () => {
    const context = await browser.newContext();
    const page = await openElement(context, `${server.origin}/en`);
    await page.evaluate(() => {
      const picture = document.createElement("img");
      picture.src = "data:,";
      document.body.append(picture);
    });
    assert.match((await violations(page)).join(), /image-alt/);
    await context.close();
  });
});
