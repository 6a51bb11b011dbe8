// The core within the script, for pages that may not fetch and for servers that lose files of
// packages while they develop; all else stays a file.

import core from "../../generated/core_bg.wasm";

import type { Name, Source } from "./web.js";

/** Takes the core from the script itself, all else from beside it. */
export function source(name: Name): Promise<Source> {
  if (name === "core") return Promise.resolve(core);
  if (name === "camera") return fetch(new URL("./camera_bg.wasm", import.meta.url));
  if (name === "documents") return fetch(new URL("./documents_bg.wasm", import.meta.url));
  return fetch(new URL("./phone_bg.wasm", import.meta.url));
}
