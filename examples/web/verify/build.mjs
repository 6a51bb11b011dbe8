// Puts the page, its scripts and the modules that verify and draw into one file:
// `node build.mjs OUT.html`.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { tables } from "../../../wasm/npm/table.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const npm = resolve(here, "../../../wasm/npm");
const { build } = createRequire(join(npm, "package.json"))("esbuild");
const [out] = process.argv.slice(2);
if (!out) throw new Error("node build.mjs OUT.html");

const bundled = await build({
  entryPoints: [join(here, "main.js")],
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  plugins: [tables],
  loader: { ".wasm": "binary" },
  alias: {
    yinxin: join(npm, "src/index.ts"),
    "#source": join(here, "source.js"),
    "#core": join(npm, "generated/core.js"),
    "#documents": join(npm, "generated/documents.js"),
    "#envelope": join(npm, "generated/envelope.js"),
    "#documents.wasm": join(npm, "generated/documents_bg.wasm"),
    "#messages": join(npm, "generated/messages.js"),
    "#messages.wasm": join(npm, "generated/messages_bg.wasm"),
    "#pages": join(npm, "generated/pages.js"),
    "#pages.wasm": join(npm, "generated/pages_bg.wasm"),
    "#sealing": join(npm, "generated/sealing.js"),
  },
});
// A script ends where its element does.
const script = bundled.outputFiles[0].text.trim().replaceAll("</script", "<\\/script");
const style = readFileSync(join(here, "verify.css"), "utf8").trim();

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)} 'wasm-unsafe-eval'`,
  `style-src ${hash(style)}`,
  "img-src data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

// Functions, for a replacement text has signs of its own.
const page = readFileSync(join(here, "index.html"), "utf8")
  .replace("POLICY", () => policy)
  .replace("STYLE", () => style)
  .replace("SCRIPT", () => script);
writeFileSync(out, page);
