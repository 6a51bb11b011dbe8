// The core and envelopes within the scripts, for pages that may not fetch and for servers that lose
// files of packages while they develop; all else stays a file.

import core from "../../generated/core_bg.wasm";

import type { Name, Source } from "./web.js";

/** Whether an instance may be started without waiting: pages may not, by their age and its size. */
export const atOnce = false;

/** Takes what it has from scripts, all else from the folder above them. */
export async function source(name: Name): Promise<Source> {
  switch (name) {
    case "camera":
      return fetch(kept(new URL("../camera_bg.wasm", import.meta.url)));
    case "core":
      return core;
    case "documents":
      return fetch(kept(new URL("../documents_bg.wasm", import.meta.url)));
    case "envelope":
      return (await import("../../generated/envelope_bg.wasm")).default;
    case "node":
      throw new TypeError("yinxin/node is for back ends");
    case "phone":
      return fetch(kept(new URL("../phone_bg.wasm", import.meta.url)));
  }
}

/**
 * Vite's development server up to 7 moves scripts of packages to a folder of its own, and leaves
 * their files where they were: two folders above it.
 */
function kept(file: URL): URL {
  const script = new URL(import.meta.url);
  if (!/\/\.vite\/deps\/[^/]*$/.test(script.pathname)) return file;
  const name = file.pathname.slice(file.pathname.lastIndexOf("/") + 1);
  // Not written as bundlers expect it: the folder is there on that server alone.
  return new URL(`../../yinxin/dist/${name}`, script);
}
