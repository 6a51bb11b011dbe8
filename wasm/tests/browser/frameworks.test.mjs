// The examples for React and Vue compile under the strictest settings, against the package as it is,
// and the one for React runs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { launch, openPage } from "./lib/chromium.mjs";
import { dist, examples, keep, root, target } from "./lib/places.mjs";
import { serve } from "./lib/serve.mjs";

const run = promisify(execFile);
const modules = fileURLToPath(new URL("../node_modules", import.meta.url));

/** A copy beside which the packages lie, as after `npm install`. */
function copy(name) {
  const folder = join(target, "browser", "frameworks", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(examples, name), folder, { recursive: true });
  symlinkSync(modules, join(folder, "node_modules"), "dir");
  return folder;
}

const check = (folder, program) =>
  run(process.execPath, [join(modules, program), "--noEmit", "-p", folder]).then(
    () => "",
    (error) => error.stdout || error.message,
  );

for (const [name, program, file, from, to] of [
  ["react", "typescript/bin/tsc", "src/Login.tsx", 'scene="login"', 'scene="logon"'],
  ["vue", "vue-tsc/bin/vue-tsc.js", "src/LoginCode.vue", 'scene="login"', 'scene="logon"'],
]) {
  it(`the example for ${name} compiles, and a scene that does not exist in it does not`, async () => {
    const folder = copy(name);
    assert.equal(await check(folder, program), "");
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    assert.ok(text.includes(from));
    writeFileSync(path, text.replace(from, to));
    assert.match(await check(folder, program), /logon/);
  });
}

it("the example for React opens the code, and takes it away with the component", async () => {
  const folder = copy("react");
  const { build } = createRequire(join(root, "wasm/npm/package.json"))("esbuild");
  await build({
    entryPoints: [join(folder, "src/main.tsx")],
    bundle: true,
    format: "esm",
    jsx: "automatic",
    outfile: join(folder, "built/main.js"),
    define: { "process.env.NODE_ENV": '"development"' },
    plugins: [
      {
        name: "package",
        setup: (steps) => {
          steps.onResolve({ filter: /^yinxin(\/element)?$/ }, ({ path }) => ({
            path: path === "yinxin" ? "/yinxin/index.js" : "/yinxin/element.js",
            external: true,
          }));
        },
      },
    ],
  });
  const page = '<!doctype html><html lang="en"><title>React</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/main.js"></script></html>';
  const server = await serve({
    folders: { "/yinxin/": dist, "/": join(folder, "built") },
    texts: { "/": page },
  });
  const browser = await launch();
  try {
    // There is no back end here: the session fails, and the element says so.
    const desk = await openPage(await browser.newContext({ locale: "en" }), `${server.origin}/`, {
      allowed: [/status of 404/],
    });
    await desk.getByRole("button", { name: "Log in with your phone" }).click();
    await desk.getByRole("dialog").getByRole("button", { name: "Try again" }).waitFor();
    keep("react.png", await desk.screenshot());
    await desk.keyboard.press("Escape");
    await desk.getByRole("button", { name: "Own look" }).click();
    await desk.getByText("failed", { exact: true }).waitFor();
    assert.deepEqual(desk.complaints, []);
  } finally {
    await browser.close();
    await server.close();
  }
});
