// The types, by the compiler that the site's developers use.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const tests = join(dirname(fileURLToPath(import.meta.url)), "..");
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

test("wrong input does not compile, answers are narrowed by scene, and codes are a union", () => {
  try {
    execFileSync(process.execPath, [tsc, "-p", join(tests, "types")], { encoding: "utf8" });
  } catch (error) {
    assert.fail(error.stdout);
  }
});
