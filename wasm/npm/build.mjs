// Makes dist/ out of src/ and generated/: the scripts by esbuild, the types by tsc.
//
// One source, five forms. They differ in where the WASM comes from (`src/source/`) and in the way a
// program takes them in:
//   dist/*.js            pages, workers, bundlers: the modules lie beside the script
//   dist/yinxin.global.js  the same as one classic script, for pages without modules
//   dist/inline/*.js     the same with the core inside the script
//   dist/node/*.js       Node, import
//   dist/node/*.cjs      Node, require

import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";

import { build, transform } from "esbuild";

import { oneScript } from "./one-script.mjs";
import { finish } from "./scripts.mjs";
import { sofTable } from "./sof-table.mjs";
import { tables } from "./table.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(here, ...parts);
const minify = !process.argv.includes("--dev");

const MODULES = ["answer", "camera", "core", "documents", "envelope", "messages", "node", "pages", "phone", "sealing"];

// Sub-paths of the package, and where each makes sense.
const ENTRIES = [
  { name: "index", page: true, node: true },
  { name: "element", page: true, node: true },
  { name: "node", page: false, node: true },
  { name: "phone", page: true, node: true },
  { name: "sof", page: true, node: true },
  { name: "worker", page: true, node: false },
  { name: "sw", page: true, node: false },
].filter(({ name }) => existsSync(at("src", `${name}.ts`)));

const files = (where) =>
  ENTRIES.filter((entry) => entry[where]).map(({ name }) => at("src", `${name}.ts`));

// Modules within scripts: deflated, for base64url of octets as they are is larger and is packed badly.
const inlined = {
  name: "inlined",
  setup(build) {
    build.onResolve({ filter: /^inline:/ }, ({ path }) => ({ path: path.slice("inline:".length), namespace: "inline" }));
    build.onLoad({ filter: /./, namespace: "inline" }, ({ path }) => ({
      contents: deflateSync(readFileSync(at("generated", `${path}_bg.wasm`)), { level: 9 }).toString("base64url"),
      loader: "text",
    }));
  },
};

// Styles go into scripts as text.
const styles = {
  name: "styles",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const common = (source) => ({
  bundle: true,
  minify,
  sourcemap: false,
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  plugins: [inlined, sofTable, styles, tables],
  alias: {
    "#source": at("src/source", `${source}.ts`),
    ...Object.fromEntries(MODULES.map((name) => [`#${name}`, at("generated", `${name}.js`)])),
    // In Node one module has it all.
    ...(source === "node" &&
      Object.fromEntries(["#answer", "#core", "#envelope"].map((name) => [name, at("generated/node.js")]))),
  },
});

// What index.js and sof.js load when it is first needed: each with the bindings of its module, in one script.
const LATER = {
  documents: at("src/document/calls.ts"),
  envelope: at("src/envelope/calls.ts"),
  files: at("src/file/calls.ts"),
  scenes: at("src/scene/calls.ts"),
  "sof-calls": at("src/sof/calls.ts"),
};

const pages = (source, names, folder, later = {}) =>
  oneScript({
    index: at("src/index.ts"),
    entries: Object.fromEntries(names.map((name) => [name, at("src", `${name}.ts`)])),
    later: { ...LATER, ...later },
    options: { ...common(source), absWorkingDir: here, outdir: at("dist", folder) },
  });

rmSync(at("dist"), { recursive: true, force: true });
mkdirSync(at("dist/node"), { recursive: true });
for (const name of MODULES) {
  cpSync(at("generated", `${name}_bg.wasm`), at("dist", `${name}_bg.wasm`));
}

await pages("web", ["element", "phone", "sof"], "");
// Each of these is one file: bundlers make classic workers of them, which load nothing later.
await build({
  ...common("web"),
  entryPoints: ["sw", "worker"].map((name) => at("src", `${name}.ts`)),
  outdir: at("dist"),
  format: "esm",
});
await pages("inline", ["element", "phone", "sof", "sw", "worker"], "inline", {
  "inline-answer": at("src/source/inline-answer.ts"),
  "inline-envelope": at("src/source/inline-envelope.ts"),
});
await build({
  ...common("node"),
  entryPoints: files("node"),
  outdir: at("dist/node"),
  format: "esm",
  splitting: true,
  chunkNames: "chunk-[hash]",
  platform: "node",
});

// A classic script has no `import.meta`: its tag says where it lies.
await build({
  ...common("web"),
  entryPoints: [at("src/global.ts")],
  outfile: at("dist/yinxin.global.js"),
  format: "iife",
  globalName: "Yinxin",
  define: { "import.meta.url": "scriptUrl" },
  inject: [at("src/source/script.ts")],
});

// One bundle for `require`, so that all sub-paths share one module; a stub for each of them.
const all = files("node").map((file, index) => {
  const { name } = ENTRIES.filter((entry) => entry.node)[index];
  return `export * as ${name} from ${JSON.stringify(file)};`;
});
await build({
  ...common("node"),
  stdin: { contents: all.join("\n"), resolveDir: here, loader: "ts" },
  outfile: at("dist/node/all.cjs"),
  format: "cjs",
  platform: "node",
  define: { "import.meta.url": "__url" },
  banner: { js: 'const __url = require("node:url").pathToFileURL(__filename).href;' },
});
for (const { name } of ENTRIES.filter((entry) => entry.node)) {
  writeFileSync(at("dist/node", `${name}.cjs`), `module.exports = require("./all.cjs").${name};\n`);
}

// Node's are read from a disk: nobody waits for their octets.
if (minify) {
  for (const folder of ["", "inline"]) await finish(at("dist", folder), "yinxin.global.js");
}

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", at("tsconfig.json")], { stdio: "inherit" });
// What a page's own scripts see of the classic one; TypeScript takes this line in types alone.
appendFileSync(at("dist/global.d.ts"), "export as namespace Yinxin;\n");

// Types of the generated bindings go along, under a name that every program resolves; types for
// `require` say so by their names.
mkdirSync(at("dist/generated"), { recursive: true });
for (const name of MODULES) {
  const text = readFileSync(at("generated", `${name}.d.ts`), "utf8");
  // Programs whose `lib` is es2022 do not know it, and callers free nothing.
  const plain = text
    .replace(/^\s*\[Symbol\.dispose\]\(\): void;\n/gm, "")
    .replace(/\n[^\n]*\nexport const table[^]*$/, "");
  writeFileSync(at("dist/generated", `${name}.d.ts`), plain);
}
const types = (folder) =>
  readdirSync(at("dist", folder), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".d.ts") && !file.startsWith("node/"));
for (const file of types("")) {
  const up = "../".repeat(file.split("/").length - 1) || "./";
  const text = MODULES.reduce(
    (text, name) => text.replaceAll(`"#${name}"`, `"${up}generated/${name}.js"`),
    readFileSync(at("dist", file), "utf8").replaceAll('"#source"', `"${up}source/web.js"`),
  );
  writeFileSync(at("dist", file), text);
  const twin = at("dist/node", file.replace(/\.d\.ts$/, ".d.cts"));
  mkdirSync(dirname(twin), { recursive: true });
  writeFileSync(twin, text.replace(/(from |import\()"(\.{1,2}\/[^"]*)\.js"/g, '$1"$2.cjs"'));
}
