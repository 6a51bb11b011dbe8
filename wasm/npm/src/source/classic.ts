// Where the modules lie for a classic script: beside it, as `document.currentScript` says while it
// runs for the first time.

import type { Name, Source } from "./web.js";

const here: string =
  typeof document !== "undefined" && document.currentScript instanceof HTMLScriptElement
    ? document.currentScript.src
    : "";

/** Fetches a module from where the script lies. */
export function source(name: Name): Promise<Source> {
  return fetch(new URL(`${name}_bg.wasm`, here || location.href));
}
