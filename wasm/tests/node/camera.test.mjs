// What a phone's camera sees: codes of every size that a screen shows, and pictures without one.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, it } from "node:test";

import { readCode } from "yinxin/phone";

import { folder, yinxin } from "./lib/programs.mjs";

const TEXT = "HTTPS://HUB.EXAMPLE.CN/Q/AFGVK2LTMFRGGZDFMZTWQ2LKNNWG23TPOBYXE43UOV3HO6DZPIYTEMZUGU3A";
let place;
let modules;

before(() => {
  place = folder();
  yinxin("qr", "encode", TEXT, "--out", place.at("code.svg"));
  const svg = readFileSync(place.at("code.svg"), "utf8");
  const side = Number(/viewBox="0 0 (\d+)/.exec(svg)[1]);
  const dark = new Set();
  for (const [, x, y, width] of svg.split("<path")[2].matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let step = 0; step < Number(width); step += 1) dark.add(`${Number(x) + step},${y}`);
  }
  modules = { side, dark };
});

after(() => place.remove());

/** A grey picture with the code at a place, `scale` pixels a module. */
function picture(scale, width = 640, height = 480, left = 60, top = 30) {
  const data = new Uint8ClampedArray(width * height * 4).fill(150);
  for (let y = 0; y < modules.side * scale; y += 1) {
    for (let x = 0; x < modules.side * scale; x += 1) {
      const dark = modules.dark.has(`${Math.floor(x / scale)},${Math.floor(y / scale)}`);
      const at = ((top + y) * width + left + x) * 4;
      data.fill(dark ? 30 : 225, at, at + 3);
    }
  }
  return { data, width, height };
}

for (const scale of [2, 3, 4, 6, 9]) {
  it(`reads a code of ${scale} pixels a module`, async () => {
    assert.equal(await readCode(picture(scale)), TEXT);
  });
}

it("finds nothing where there is nothing", async () => {
  const data = new Uint8ClampedArray(64 * 48 * 4).fill(200);
  assert.equal(await readCode({ data, width: 64, height: 48 }), undefined);
});

it("refuses a picture of another size than it says", async () => {
  const { data } = picture(4);
  await assert.rejects(readCode({ data, width: 640, height: 481 }), { code: "wrong_length" });
  await assert.rejects(readCode({ data, width: 100_000, height: 100_000 }), { code: "picture_too_large" });
  await assert.rejects(readCode({ data: [1, 2, 3], width: 1, height: 1 }), TypeError);
});
