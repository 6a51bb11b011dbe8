// The types, by the compilers that sites' developers use: of the 5th line, and of the 7th.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const tests = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);

for (const [name, line] of [["typescript", "5."], ["typescript7", "7."]]) {
  test(`wrong input does not compile, answers are narrowed by scene, and codes are a union: TypeScript ${line}x`, () => {
    const { version } = require(`${name}/package.json`);
    assert.ok(version.startsWith(line), version);
    // The compiler of the 7th line exports no script.
    const tsc = join(dirname(require.resolve(`${name}/package.json`)), "bin/tsc");
    try {
      execFileSync(process.execPath, [tsc, "-p", join(tests, "types")], { encoding: "utf8" });
    } catch (error) {
      assert.fail(error.stdout);
    }
  });
}
