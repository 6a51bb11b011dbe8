// `cargo xtask bench npm`: speed beside every peer in Node and Chromium, start, sizes, and the memory
// of a page that encrypts a gigabyte. Exits with 1 where a bar is missed.

import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { launch, openPage } from "../browser/lib/chromium.mjs";
import { dist, pages, target } from "../browser/lib/places.mjs";
import { STRICT, serve } from "../browser/lib/serve.mjs";
import { makeWorld } from "../browser/lib/world.mjs";
import { Holders } from "../lib/holders.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { build } = createRequire(join(dist, "../package.json"))("esbuild");

const missed = [];
const bar = (holds, words) => {
  if (!holds) missed.push(words);
  return holds ? "" : "  MISSED";
};

function table(title, rows) {
  console.log(`\n${title}`);
  for (const { operation, name, value, unit, ratio, size } of rows) {
    const shown = value < 10 ? value.toFixed(3) : value.toFixed(0);
    const beside = ratio === undefined ? "" : `${ratio.toFixed(1)}x`;
    const less = size !== undefined && size < 16 << 20 ? `  over ${(size / 1024).toFixed(0)} KiB` : "";
    const late = ratio === undefined ? "" : bar(ratio > 1, `${title}: ${operation} is behind ${name}`);
    console.log(
      `  ${operation.padEnd(11)} ${name.padEnd(28)} ${shown.padStart(9)} ${unit.padEnd(5)} ${beside.padStart(8)}${less}${late}`,
    );
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Sizes beside the package's budget, by the script that `cargo xtask pack` runs. */
function sizes() {
  console.log("\nSizes");
  const folder = join(target, "npm");
  const packed = readdirSync(folder).filter((name) => name.endsWith(".tgz")).map((name) => join(folder, name));
  try {
    execFileSync(process.execPath, [join(dist, "../sizes.mjs"), ...packed.slice(0, 1)], { stdio: "inherit" });
  } catch {
    bar(false, "a size is over its budget");
  }
}

/** From import to ready beside compiling the same bytes, each in a fresh process: V8 remembers code. */
function startInNode() {
  const run = (source) =>
    Number(execFileSync(process.execPath, ["--input-type=module", "-e", source], { cwd: here, encoding: "utf8" }));
  const core = JSON.stringify(join(dist, "node_bg.wasm"));
  const compile = `import { readFileSync } from "node:fs"; const bytes = readFileSync(${core});
    const began = performance.now(); await WebAssembly.compile(bytes); console.log(performance.now() - began);`;
  const ready = `const began = performance.now(); const { preload } = await import(${JSON.stringify(join(dist, "node/index.js"))});
    await preload(); console.log(performance.now() - began);`;
  const times = { compile: [], ready: [] };
  for (let round = 0; round < 7; round += 1) {
    times.compile.push(run(compile));
    times.ready.push(run(ready));
  }
  return times;
}

function printStart(where, { compile, ready, fetched }) {
  const ratio = median(ready) / median(compile);
  console.log(
    `  ${where.padEnd(10)} compile ${median(compile).toFixed(1)} ms, import to ready ${median(ready).toFixed(1)} ms: ${ratio.toFixed(2)}x` +
      bar(ratio <= 3, `start in ${where}: ${ratio.toFixed(2)}x`),
  );
  if (fetched !== undefined) console.log(`  ${"".padEnd(10)} with both files out of the browser's cache ${median(fetched).toFixed(1)} ms`);
}

/** What the guide has a login page say in its head. */
const LINKS = /<link rel="modulepreload".*\n<link rel="preload".*/.exec(
  readFileSync(new URL("../../../docs/integrate.md", import.meta.url), "utf8"),
)[0];

const PAGE = (script) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bench</title>
<link rel="icon" href="data:,">${script ? `<script type="module" src="${script}"></script>` : ""}</head>
<body><input type="file" aria-label="file"></body></html>`;

/** The memory of a process that is in use, in MiB, as Linux says it. */
function residentOf(id) {
  const status = readFileSync(`/proc/${id}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) / 1024;
}

/** Chromium with a server before it. */
async function openChromium() {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-bench-"));
  await build({
    entryPoints: [join(here, "speed.mjs")],
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "browser",
    define: { global: "globalThis" },
    // Taken only where there is no TextEncoder.
    external: ["util"],
    logLevel: "error",
  });
  const server = await serve({
    folders: { "/yinxin/": dist, "/page/": pages, "/bench/": folder },
    texts: { "/empty": PAGE(), "/linked": PAGE().replace("</head>", `${LINKS}</head>`), "/files": PAGE("/page/files.js") },
    // Two of the peers make functions out of text.
    policy: STRICT.replace("script-src", "script-src 'unsafe-eval'"),
    headers: { "cache-control": "max-age=3600" },
  });
  const browser = await launch();
  return {
    version: browser.version(),
    visit: async (address) => openPage(await browser.newContext(), `${server.origin}${address}`),
    again: (context, address) => openPage(context, `${server.origin}${address}`),
    /** How far the page's processes grow, in MiB, with what lies outside of JavaScript's heap. */
    async watchRenderers() {
      const session = await browser.newBrowserCDPSession();
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      const ids = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
      const resident = () => ids.reduce((sum, id) => sum + residentOf(id), 0);
      const began = resident();
      let most = began;
      const timer = setInterval(() => (most = Math.max(most, resident())), 50);
      return {
        end() {
          clearInterval(timer);
          return most - began;
        },
      };
    },
    async close() {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The table in a page. */
async function speedInChromium({ visit }) {
  const page = await visit("/empty");
  const rows = await page.evaluate(async () => {
    const [{ speed }, yinxin] = await Promise.all([import("/bench/speed.js"), import("/yinxin/index.js")]);
    return speed(yinxin);
  });
  await page.context().close();
  return rows;
}

/**
 * From import to ready beside compiling the same bytes, each in a fresh page. Bytes to compile are in
 * memory, so what is ready beside them is a page whose head names the files; `fetched` is one that reads
 * them out of the browser's cache when it imports.
 */
async function startInChromium({ visit, again }) {
  const times = { compile: [], ready: [], fetched: [] };
  const warm = await visit("/empty");
  await warm.evaluate(async () => (await import("/yinxin/index.js")).preload());
  for (let round = 0; round < 15; round += 1) {
    for (const kind of Object.keys(times)) {
      const page = await again(warm.context(), kind === "ready" ? "/linked" : "/empty");
      const took = await page.evaluate(async (what) => {
        const bytes = what === "compile" && (await (await fetch("/yinxin/core_bg.wasm")).arrayBuffer());
        // What the head names is there.
        await new Promise((resolve) => setTimeout(resolve, 100));
        const began = performance.now();
        if (bytes) await WebAssembly.compile(bytes);
        else await (await import("/yinxin/index.js")).preload();
        return performance.now() - began;
      }, kind);
      times[kind].push(took);
      await page.close();
    }
  }
  await warm.context().close();
  return times;
}

/** From a click to the code on the screen, with a real hub and platform, the scripts in the browser's cache. */
async function clickToCode() {
  const world = await makeWorld();
  const browser = await launch();
  try {
    const context = await browser.newContext({ locale: "zh-CN" });
    const times = [];
    for (let round = 0; round < 8; round += 1) {
      const page = await openPage(context, `${world.site.origin}/index.html?lang=zh`);
      await page.evaluate(() => {
        addEventListener("click", () => (globalThis.clicked = performance.now()), { capture: true });
        const drawn = () => {
          const code = document.querySelector("yinxin-qr")?.session?.state.frame;
          if (code === undefined) requestAnimationFrame(drawn);
          else globalThis.shown = performance.now();
        };
        drawn();
      });
      await page.getByRole("button", { name: "手机证书登录" }).click();
      await page.waitForFunction(() => globalThis.shown !== undefined);
      times.push(await page.evaluate(() => globalThis.shown - globalThis.clicked));
      await page.close();
    }
    // The first one filled the cache.
    const took = median(times.slice(1));
    console.log(`  ${"Chromium".padEnd(10)} click to code ${took.toFixed(0)} ms${bar(took <= 300, `click to code: ${took.toFixed(0)} ms`)}`);
  } finally {
    await browser.close();
    await world.close();
  }
}

/** A gigabyte encrypted in a page. */
async function memory({ visit, watchRenderers }) {
  const holders = new Holders("bench");
  try {
    holders.authority("sm2");
    holders.enrol("bidder", "sm2");
    const size = 1 << 30;
    const file = openSync(holders.path("bid.pdf"), "w");
    ftruncateSync(file, size);
    closeSync(file);
    const page = await visit("/files");
    await page.waitForSelector("html[data-ready]");
    await page.setInputFiles("input", holders.path("bid.pdf"));
    const certificate = Buffer.from(holders.read("bidder/encrypt.pem")).toString("base64");
    const renderers = await watchRenderers();
    const made = await page.evaluate((given) => files.encryptAway(given), certificate);
    const grown = renderers.end();
    if (made.thrown) throw new Error(made.thrown);
    const [heap, gap] = [made.heap / 1e6, made.gap];
    console.log(`\n1 GiB encrypted in a page, Chromium: ${(size / made.took / 1000).toFixed(0)} MB/s`);
    console.log(`  largest heap of the page ${heap.toFixed(0)} MB${bar(heap < 200, `heap of ${heap.toFixed(0)} MB`)}`);
    console.log(`  its process grew by ${grown.toFixed(0)} MiB${bar(grown <= 128, `a process that grows by ${grown.toFixed(0)} MiB`)}`);
    console.log(`  longest pause of the page ${gap.toFixed(0)} ms${bar(gap <= 100, `a pause of ${gap.toFixed(0)} ms`)}`);
  } finally {
    holders.close();
  }
}

const { speed } = await import("./speed.mjs");
table(`Node ${process.version}`, await speed(await import(join(dist, "node/index.js"))));
const chromium = await openChromium();
try {
  table(`Chromium ${chromium.version}`, await speedInChromium(chromium));
  console.log("\nStart, medians");
  printStart("Node", startInNode());
  printStart("Chromium", await startInChromium(chromium));
  await clickToCode();
  await memory(chromium);
} finally {
  await chromium.close();
}
sizes();
if (missed.length > 0) {
  console.error(`\nmissed:\n${missed.map((words) => `  ${words}`).join("\n")}`);
  process.exitCode = 1;
}
