// Where the modules lie for Node: files of the package.

import { readFile } from "node:fs/promises";

import type { Name, Source } from "./web.js";

/** Whether an instance may be started without waiting. */
export const atOnce = true;

/** Those that are within the one for Node. */
const WITHIN: readonly Name[] = ["answer", "core", "envelope"];

/** Reads a module out of the package's folder. */
export async function source(name: Name): Promise<Source> {
  const own = WITHIN.includes(name) ? "node" : name;
  const file = await readFile(new URL(`../${own}_bg.wasm`, import.meta.url));
  return new Uint8Array(file);
}
