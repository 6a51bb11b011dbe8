// The vectors of the session protocol, judged in WASM: what Rust says natively is what pages get.
//
// All families run: codes, json, and for both suites frames, derived values, envelopes, what is sealed
// under derived keys, requests, signed objects, statements. A case's expectation is not shown to the
// module.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { inside } from "./lib/inside.mjs";
import { folder, yinxin } from "./lib/programs.mjs";

let core, place;
before(async () => {
  ({ core } = await inside());
  place = folder();
  yinxin("--quiet", "vectors", "export", place.at("v"));
});
after(() => place.remove());

/** How many cases a family has at the least. */
const LEAST = { codes: 50, derived: 8, envelope: 20, frame: 20, json: 30, keyed: 15, object: 15, request: 60, statement: 15 };

test("every case of the vectors is answered in WASM as natively", async () => {
  const counts = {};
  let bent = 0;
  for (const file of readdirSync(place.at("v")).sort()) {
    const { shared, cases } = JSON.parse(readFileSync(place.at("v", file), "utf8"));
    const [kind, suite = "sm"] = file.replace(/\.json$/, "").split("-");
    assert.ok(cases.length >= LEAST[kind], `${file}: ${cases.length}`);
    for (const [index, { expect, ...given }] of cases.entries()) {
      const judged = await core.run((wasm) =>
        wasm.judgeVector(kind, suite, JSON.stringify(shared), JSON.stringify(kind === "codes" ? { code: given.code } : given)),
      );
      // A row of the catalogue is its own expectation.
      const wanted = kind === "codes" ? given : expect;
      assert.deepEqual(JSON.parse(judged), wanted, `${file} ${index}: ${given.name ?? given.code ?? given.step}`);
      if (expect?.code !== undefined || expect === "refused") bent += 1;
    }
    counts[file] = cases.length;
  }
  const total = Object.values(counts).reduce((sum, one) => sum + one, 0);
  assert.equal(Object.keys(counts).length, 16);
  assert.ok(total >= 449 && bent >= 150, `${total} cases, ${bent} of them refused`);
  assert.throws(() => core.call((wasm) => wasm.judgeVector("dance", "sm", "{}", "{}")), { code: "malformed" });
});
