// The package with the module that was built for tests: `cargo xtask npm` builds it.

import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { tables } from "../../../npm/table.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");
const npm = join(root, "wasm/npm");
const made = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "npm-test");

/** Bundles it for Node, and gives what it exports. */
export async function inside() {
  const outfile = join(made, "node/inside.js");
  await bundle("node", outfile, join(made, "node_bg.wasm"));
  return import(pathToFileURL(outfile).href);
}

/** Bundles it for pages; gives the folder that holds `inside.js` and its module. */
export async function insideOfPages() {
  const folder = join(made, "page");
  await bundle("web", join(folder, "inside.js"), join(folder, "core_bg.wasm"));
  return `${folder}/`;
}

async function bundle(source, outfile, module) {
  if (!existsSync(join(made, "generated/node_bg.wasm"))) {
    throw new Error("the module for tests is not there; `cargo xtask npm node` builds it");
  }
  const { build } = createRequire(join(npm, "package.json"))("esbuild");
  await mkdir(dirname(outfile), { recursive: true });
  await copyFile(join(made, "generated/node_bg.wasm"), module);
  await build({
    entryPoints: [join(here, "inside.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: source === "node" ? "node" : "browser",
    target: "es2022",
    logLevel: "error",
    plugins: [tables],
    alias: {
      "#source": join(npm, `src/source/${source}.ts`),
      "#answer": join(made, "generated/node.js"),
      "#core": join(made, "generated/node.js"),
      "#documents": join(npm, "generated/documents.js"),
      "#envelope": join(made, "generated/node.js"),
      "#messages": join(npm, "generated/messages.js"),
      "#node": join(made, "generated/node.js"),
      "#pages": join(npm, "generated/pages.js"),
      "#phone": join(npm, "generated/phone.js"),
      "#sealing": join(npm, "generated/sealing.js"),
    },
  });
}
