// The package with the core that was built for tests: `cargo xtask npm` builds it.

import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../../..");
const npm = join(root, "wasm/npm");
const made = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "npm-test");

/** Bundles it, and gives what it exports. */
export async function inside() {
  if (!existsSync(join(made, "generated/core_bg.wasm"))) {
    throw new Error("the core for tests is not there; `cargo xtask npm node` builds it");
  }
  const { build } = createRequire(join(npm, "package.json"))("esbuild");
  const outfile = join(made, "node/inside.js");
  await mkdir(dirname(outfile), { recursive: true });
  await copyFile(join(made, "generated/core_bg.wasm"), join(made, "core_bg.wasm"));
  await build({
    entryPoints: [join(here, "inside.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    logLevel: "error",
    alias: {
      "#source": join(npm, "src/source/node.ts"),
      "#core": join(made, "generated/core.js"),
      "#documents": join(npm, "generated/documents.js"),
      "#phone": join(npm, "generated/phone.js"),
    },
  });
  return import(pathToFileURL(outfile).href);
}
