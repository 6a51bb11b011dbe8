// Where the modules lie for a page, a worker and every bundler: beside the script.

/** Which module. */
export type Name =
  | "answer"
  | "camera"
  | "core"
  | "documents"
  | "envelope"
  | "messages"
  | "node"
  | "pages"
  | "phone"
  | "sealing";

/** The bytes, or the way to them. */
export type Source = Response | BufferSource;

/** Whether an instance may be started without waiting: pages may not, by their age and its size. */
export const atOnce: boolean = false;

/** Fetches a module from where the package lies. */
export function source(name: Name): Promise<Source> {
  // Each file is named whole: bundlers copy what stands in `new URL(…, import.meta.url)`.
  switch (name) {
    case "answer":
      return fetch(new URL("./answer_bg.wasm", import.meta.url));
    case "camera":
      return fetch(new URL("./camera_bg.wasm", import.meta.url));
    case "core":
      return fetch(new URL("./core_bg.wasm", import.meta.url));
    case "documents":
      return fetch(new URL("./documents_bg.wasm", import.meta.url));
    case "envelope":
      return fetch(new URL("./envelope_bg.wasm", import.meta.url));
    case "messages":
      return fetch(new URL("./messages_bg.wasm", import.meta.url));
    case "node":
      return Promise.reject(new TypeError("yinxin/node is for back ends"));
    case "pages":
      return fetch(new URL("./pages_bg.wasm", import.meta.url));
    case "phone":
      return fetch(new URL("./phone_bg.wasm", import.meta.url));
    case "sealing":
      return fetch(new URL("./sealing_bg.wasm", import.meta.url));
  }
}
