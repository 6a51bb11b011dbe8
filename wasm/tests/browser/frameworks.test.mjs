// The examples for React and Vue compile under the strictest settings, against the package as it is.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { examples, target } from "./lib/places.mjs";

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
