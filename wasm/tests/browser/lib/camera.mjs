// What a fake camera sees: a y4m file that the running browser reads again and again.

import { openSync, writeSync, closeSync } from "node:fs";

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES = 4;

/** A camera before which nothing stands yet. */
export class Camera {
  #path;

  constructor(path) {
    this.#path = path;
    this.show(null, "w");
  }

  get path() {
    return this.#path;
  }

  /** Holds a code before it, `null` for none: written in place, so that a running camera sees it. */
  show(code, flags = "r+") {
    const luma = Buffer.alloc(WIDTH * HEIGHT, 235);
    if (code) draw(luma, code);
    const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
    const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`)];
    for (let frame = 0; frame < FRAMES; frame += 1) parts.push(Buffer.from("FRAME\n"), luma, chroma);
    const file = openSync(this.#path, flags);
    writeSync(file, Buffer.concat(parts), 0, undefined, 0);
    closeSync(file);
  }
}

/** Modules as grey, a whole number of pixels each, in the middle. */
function draw(luma, { size, modules }) {
  const scale = Math.floor(HEIGHT / (size + 8));
  const left = Math.floor((WIDTH - size * scale) / 2);
  const top = Math.floor((HEIGHT - size * scale) / 2);
  for (let y = 0; y < size * scale; y += 1) {
    for (let x = 0; x < size * scale; x += 1) {
      const dark = modules[Math.floor(y / scale) * size + Math.floor(x / scale)];
      if (dark) luma[(top + y) * WIDTH + left + x] = 16;
    }
  }
}
