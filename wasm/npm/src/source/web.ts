// Where the modules lie for a page, a worker and every bundler: beside the script.

/** Which module. */
export type Name = "core" | "documents";

/** The bytes, or the way to them. */
export type Source = Response | BufferSource | WebAssembly.Module;

/** Fetches a module from where the package lies. */
export function source(name: Name): Promise<Source> {
  // Each file is named whole: bundlers copy what stands in `new URL(…, import.meta.url)`.
  const url =
    name === "core"
      ? new URL("./core_bg.wasm", import.meta.url)
      : new URL("./documents_bg.wasm", import.meta.url);
  return fetch(url);
}
