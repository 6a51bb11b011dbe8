// The vectors of the session protocol, judged in WASM: what Rust says natively is what Node gets.
//
// All families run: codes, json, and for both suites frames, derived values, envelopes, what is sealed
// under derived keys, requests, signed objects, statements. Browsers do the same in
// `browser/vectors.test.mjs`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { judge } from "../lib/judge.js";
import { compare, vectors } from "../lib/vectors.mjs";
import { inside } from "./lib/inside.mjs";

let core, given;
before(async () => {
  ({ core } = await inside());
  given = vectors();
});
after(() => given?.remove());

test("every case of the vectors is answered in WASM as natively", async () => {
  const answers = {};
  for (const { file, text } of given.files) answers[file] = await judge(core, file, text);
  compare(given.files, answers);
});

test("a family that is not known is refused", async () => {
  await core.load();
  assert.throws(() => core.call((wasm) => wasm.judgeVector("dance", "sm", "{}", "{}")), { code: "malformed" });
});

test("an answer that differs, or is missing, is seen", () => {
  const answers = Object.fromEntries(
    given.files.map(({ file, text }) => {
      const { cases } = JSON.parse(text);
      const own = ({ expect, ...rest }) => JSON.stringify(file.startsWith("codes") ? rest : expect);
      return [file, cases.map(own)];
    }),
  );
  compare(given.files, answers);
  const [{ file }] = given.files.filter(({ file }) => file.startsWith("frame"));
  assert.throws(() => compare(given.files, { ...answers, [file]: answers[file].slice(1) }), /answers/);
  assert.throws(() => compare(given.files, { ...answers, [file]: ["{}", ...answers[file].slice(1)] }));
});
