// Where things lie, and where the run leaves what it saw.

import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../../../../", import.meta.url)).replace(/\/$/, "");

/** Where cargo builds. */
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** The scripts of the package, as `cargo xtask pack` left them. */
export const dist = resolve(root, "wasm/npm/dist");

/** The pages of this folder, and the examples. */
export const pages = fileURLToPath(new URL("../pages/", import.meta.url));
export const examples = resolve(root, "examples/web");

/** A path in the folder of screenshots. */
export function shot(name) {
  const folder = resolve(target, "browser");
  mkdirSync(folder, { recursive: true });
  return resolve(folder, name);
}

/** Keeps a picture, if there is one. */
export function keep(name, picture) {
  if (picture) writeFileSync(shot(name), picture);
}
