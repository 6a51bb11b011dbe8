// Whether this browser can run the package at all.

/** What {@link supported} finds. */
export type Support =
  | { readonly ok: true }
  | { readonly ok: false; readonly missing: readonly string[]; readonly advice: string };

// A module of one function that makes a v128, as small as one can be.
const SIMD = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
];

/**
 * Whether the browser has what the package needs: WASM with SIMD (Chrome and Edge 96, Firefox 89,
 * Safari 16.4, Node 20, or later) and a random source. A page that finds it lacking offers its
 * visitors another way.
 */
export function supported(): Support {
  const missing: string[] = [];
  const wasm = typeof WebAssembly === "object" && typeof WebAssembly.validate === "function";
  if (!wasm) missing.push("WebAssembly");
  else if (!WebAssembly.validate(new Uint8Array(SIMD))) missing.push("WebAssembly SIMD");
  if (typeof globalThis.crypto?.getRandomValues !== "function") missing.push("crypto");
  if (missing.length === 0) return { ok: true };
  const advice =
    "use Chrome or Edge 96, Firefox 89, Safari 16.4 or later, or another program built on one of them";
  return { ok: false, missing, advice };
}
