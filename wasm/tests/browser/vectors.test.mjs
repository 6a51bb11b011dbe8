// The vectors of the session protocol, judged by the module inside browsers: their compilers make
// other machine code of it than Node's does.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { fileURLToPath } from "node:url";

import { compare, vectors } from "../lib/vectors.mjs";
import { insideOfPages } from "../node/lib/inside.mjs";
import * as chromium from "./lib/chromium.mjs";
import * as firefox from "./lib/firefox.mjs";
import { serve } from "./lib/serve.mjs";
import * as webkit from "./lib/webkit.mjs";

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Vectors</title>
<link rel="icon" href="data:,"></head><body></body></html>`;

let given, server;

before(async () => {
  given = vectors();
  server = await serve({
    folders: {
      "/inside/": await insideOfPages(),
      "/lib/": fileURLToPath(new URL("../lib/", import.meta.url)),
      "/v/": given.path,
    },
    texts: { "/page": PAGE },
  });
});

after(async () => {
  await server?.close();
  given?.remove();
});

for (const [name, launch] of [
  ["Chromium", chromium.drive],
  ["Firefox ESR", firefox.launch],
  ["WebKitGTK", webkit.launch],
]) {
  it(`every case of the vectors is answered in ${name} as natively`, async () => {
    const browser = await launch();
    try {
      await browser.goto(`${server.origin}/page`);
      const answers = await browser.evaluate(
        `const [files] = args;
        const { core } = await import("/inside/inside.js");
        const { judge } = await import("/lib/judge.js");
        const answers = {};
        for (const file of files) answers[file] = await judge(core, file, await (await fetch("/v/" + file)).text());
        return answers;`,
        given.files.map(({ file }) => file),
      );
      assert.ok(compare(given.files, answers) >= 449);
    } finally {
      await browser.close();
    }
  });
}
