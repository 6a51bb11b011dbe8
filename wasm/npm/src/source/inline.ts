// What sessions and envelopes take within the scripts, for pages that may not fetch and for servers that lose
// files of packages while they develop; all else stays a file.

import core from "inline:core";

import { fromBase64Url } from "../base64url.js";
import { YinxinError } from "../error.js";
import type { Name, Source } from "./web.js";

/** Whether an instance may be started without waiting: pages may not, by their age and its size. */
export const atOnce = false;

/** Takes what it has from scripts, all else from the folder above them. */
export async function source(name: Name): Promise<Source> {
  switch (name) {
    case "answer":
      return inflated((await import("./inline-answer.js")).default);
    case "camera":
      return fetch(kept(new URL("../camera_bg.wasm", import.meta.url)));
    case "core":
      return inflated(core);
    case "documents":
      return fetch(kept(new URL("../documents_bg.wasm", import.meta.url)));
    case "envelope":
      return inflated((await import("./inline-envelope.js")).default);
    case "messages":
      return fetch(kept(new URL("../messages_bg.wasm", import.meta.url)));
    case "node":
      throw new TypeError("yinxin/node is for back ends");
    case "pages":
      return fetch(kept(new URL("../pages_bg.wasm", import.meta.url)));
    case "phone":
      return fetch(kept(new URL("../phone_bg.wasm", import.meta.url)));
    case "sealing":
      return fetch(kept(new URL("../sealing_bg.wasm", import.meta.url)));
  }
}

/** A module as the build wrote it: deflated, in base64url. */
async function inflated(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const missing = "DecompressionStream";
  if (!(missing in globalThis)) {
    throw new YinxinError({
      code: "browser_unsupported",
      message: "yinxin/inline needs Chrome or Edge 96, Firefox 113, Safari 16.4 or later; yinxin needs less",
      mendedBy: "browser",
      facts: { missing },
    });
  }
  const deflated = new Blob([fromBase64Url(text) ?? ""]).stream();
  return new Uint8Array(await new Response(deflated.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
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
