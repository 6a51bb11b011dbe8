// The vectors of the session protocol as Rust writes them, and what a module's answers come to beside
// them.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

import { folder, yinxin } from "../node/lib/programs.mjs";

/** How many cases a family has at the least. */
const LEAST = { codes: 50, derived: 8, envelope: 20, frame: 20, json: 30, keyed: 15, object: 15, request: 60, statement: 15 };

/** All families, in a folder that goes with `remove`: each file's name and text. */
export function vectors() {
  const place = folder();
  yinxin("--quiet", "vectors", "export", place.at("v"));
  const names = readdirSync(place.at("v")).sort();
  const files = names.map((file) => ({ file, text: readFileSync(place.at("v", file), "utf8") }));
  return { files, path: `${place.at("v")}/`, remove: place.remove };
}

/** Holds a module's answers, by file, against what Rust expects; every case has to be there. */
export function compare(files, answers) {
  let total = 0;
  let bent = 0;
  for (const { file, text } of files) {
    const { cases } = JSON.parse(text);
    const [kind] = file.replace(/\.json$/, "").split("-");
    assert.ok(cases.length >= LEAST[kind], `${file}: ${cases.length}`);
    assert.equal(answers[file]?.length, cases.length, `${file}: answers`);
    for (const [index, { expect, ...given }] of cases.entries()) {
      const wanted = kind === "codes" ? given : expect;
      const which = `${file} ${index}: ${given.name ?? given.code ?? given.step}`;
      assert.deepEqual(JSON.parse(answers[file][index]), wanted, which);
      if (expect?.code !== undefined || expect === "refused") bent += 1;
    }
    total += cases.length;
  }
  assert.equal(files.length, 16);
  assert.ok(total >= 449 && bent >= 150, `${total} cases, ${bent} of them refused`);
  return total;
}
