// Prints how large everything is that a page loads, and fails above the budget. The budget is in
// budget.json; whoever raises a line says there why.

import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const budget = JSON.parse(readFileSync(join(here, "budget.json"), "utf8"));
const packed = process.argv[2];

const brotli = (octets) =>
  brotliCompressSync(octets, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  }).length;

/** A script and all that it imports at once, not what it loads later. */
function scripts(entry, seen = new Set()) {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const text = readFileSync(join(dist, entry), "utf8");
  for (const [, name] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) scripts(name, seen);
  return seen;
}

const octets = (names) => Buffer.concat([...names].map((name) => readFileSync(join(dist, name))));
const index = scripts("index.js");
const beside = (entry) => new Set([...scripts(entry)].filter((name) => !index.has(name)));

const found = {};
for (const name of readdirSync(dist).filter((file) => file.endsWith(".wasm"))) {
  const module = readFileSync(join(dist, name));
  found[`${name} raw`] = module.length;
  found[`${name} brotli`] = brotli(module);
}
found["index.js gzip"] = gzipSync(octets(index), { level: 9 }).length;
// The last five are loaded when they are first needed: a login needs none of them.
for (const entry of ["element.js", "sof.js", "sof-calls.js", "scenes.js", "documents.js", "envelope.js", "files.js"]) {
  found[`${entry} gzip, beside index.js`] = gzipSync(octets(beside(entry)), { level: 9 }).length;
}
const classic = readFileSync(join(dist, "yinxin.global.js"));
found["yinxin.global.js gzip"] = gzipSync(classic, { level: 9 }).length;
if (packed) found["package"] = statSync(packed).size;

let over = 0;
console.log("    bytes      budget  what");
for (const [what, size] of Object.entries(found)) {
  const line = budget[what];
  const late = line === undefined || size > line.bytes;
  if (late) over += 1;
  const most = line === undefined ? "none" : String(line.bytes);
  console.log(`${String(size).padStart(9)} ${most.padStart(11)}  ${what}${late ? "  OVER" : ""}`);
}
if (over > 0) {
  console.error("over the budget of wasm/npm/budget.json");
  process.exit(1);
}
