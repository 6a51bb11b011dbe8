// Text and octets: the two charsets that sites use, and Base64 as plug-ins take it.

import { SofError } from "./error.js";

/** How text becomes octets. */
export type Charset = "utf-8" | "gbk";

let table: Map<string, number> | undefined;

/** Characters of GBK by what the browser's own decoder says of every pair of octets. */
function gbk(): Map<string, number> {
  if (table !== undefined) return table;
  const pairs = new Uint8Array(126 * 191 * 2);
  let at = 0;
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      pairs[at] = lead;
      pairs[at + 1] = trail;
      at += 2;
    }
  }
  table = new Map();
  const decoder = new TextDecoder("gbk");
  for (at = 0; at < pairs.length; at += 2) {
    const letter = decoder.decode(pairs.subarray(at, at + 2));
    // A pair that is none comes out as a mark of replacement, or as two letters.
    const single = [...letter].length === 1 && letter !== "\ufffd";
    if (single && !table.has(letter)) table.set(letter, ((pairs[at] ?? 0) << 8) | (pairs[at + 1] ?? 0));
  }
  // What GB 18030 has one octet or a place of its own for.
  table.set("€", 0x80);
  return table;
}

/** Text as octets. */
export function encode(text: string, charset: Charset): Uint8Array {
  if (charset === "utf-8") return new TextEncoder().encode(text);
  const octets: number[] = [];
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    if (code < 0x80) {
      octets.push(code);
      continue;
    }
    const pair = gbk().get(letter);
    if (pair === undefined) {
      throw new SofError("SOR_IndataErr", `"${letter}" does not exist in GBK; use charset "utf-8"`);
    }
    if (pair > 0xff) octets.push(pair >> 8);
    octets.push(pair & 0xff);
  }
  return Uint8Array.from(octets);
}

/** Octets as text. */
export function decode(octets: Uint8Array, charset: Charset): string {
  try {
    // A mark of byte order is part of the octets: what is signed or was encrypted stays as it is.
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    throw new SofError("SOR_IndataErr", `the octets are no text in ${charset}; set the option charset`);
  }
}

/** Base64 as octets; line breaks are passed over, anything else that does not belong is refused. */
export function fromBase64(text: string, name: string): Uint8Array {
  const plain = text.replace(/[\r\n]/g, "");
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(plain)) {
    throw new SofError("SOR_IndataErr", `${name} is no Base64`);
  }
  return Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
}

/** Octets of an argument that is text, in the site's charset; or that are octets. */
export const octetsOf = (state: { readonly options: { readonly charset?: Charset } }, data: unknown, name: string): Uint8Array => {
  if (data instanceof Uint8Array) return data;
  if (typeof data !== "string") throw new SofError("SOR_IndataErr", `${name}: a text is expected`);
  return encode(data, state.options.charset ?? "utf-8");
};

/** Octets of an argument that is Base64. */
export const base64Of = (data: unknown, name: string): Uint8Array => {
  if (typeof data !== "string" || data === "") throw new SofError("SOR_IndataErr", `${name}: Base64 is expected`);
  return fromBase64(data, name);
};
