// The bindings that wasm-bindgen wrote, as a table: what it writes out for each call, `src/bindings.ts`
// does for all of them. Whatever has a form that is not known here ends the build.
//
// A line of the table is a class, or nothing for functions by themselves, and its calls:
//
//     PageHandle .restore(bbn)!PageHandle handleEvent(sn)! =id()s
//
// Before the name: `.` belongs to the class, `+` makes an object, `=` is read like a property, `-` uses
// the object up. Within the brackets: `b` octets, `s` text, `v` a list of values, `n` a number, a truth or
// a value as it is; `B`, `S`, `N` where there may be none; `{Class}` an object, `{-Class}` one that is used
// up, `{?Class}` one that is used up where there is one. Behind them: `!` may fail; then what comes back:
// the same letters, `u` a number from 0, `t` a truth, or a class. A line that begins with `#` is a cast.

import { readFileSync } from "node:fs";

/** An esbuild plugin: scripts of `generated/` are tables. */
export const tables = {
  name: "tables",
  setup(build) {
    build.onLoad({ filter: /[\\/]generated[\\/]\w+\.js$/ }, ({ path }) => ({
      contents: `export const table = ${JSON.stringify(tableOf(readFileSync(path, "utf8")))};`,
      loader: "js",
    }));
  },
};

/** The table of a script. */
export function tableOf(script) {
  const text = script.replace(/\/\*[^]*?\*\//g, "");
  known(!text.includes("__wbg_reinit_scheduled = true"), "a module that starts itself anew");
  const calls = [...text.matchAll(/^export function (\w+)\((.*)\) \{\n([^]*?)^\}$/gm)]
    .map(([, name, given, body]) => callOf({ kind: "", name, given, body, wasm: name }));
  const classes = [...text.matchAll(/^export class (\w+) \{\n([^]*?)^\}$/gm)].map(([, name, body]) => classOf(name, body));
  return [["", ...calls].join(" "), ...classes, ...castsOf(text)].join("\n");
}

function known(holds, what) {
  if (!holds) throw new Error(`wasm-bindgen wrote what table.mjs does not know: ${what}`);
}

function classOf(name, body) {
  const calls = [];
  for (const [, kind = "", own, given, inside] of body.matchAll(/^    (static |get )?(\w+)\((.*)\) \{\n([^]*?)^    \}$/gm)) {
    if (["__wrap", "__destroy_into_raw", "free"].includes(own)) continue;
    const first = { "static ": ".", "get ": "=", "": own === "constructor" ? "+" : "" }[kind];
    const last = own === "constructor" ? "new" : own;
    calls.push(callOf({ kind: first, name: last, given, body: inside, wasm: `${name.toLowerCase()}_${last}`, own: name }));
  }
  return [name, ...calls].join(" ");
}

const STALE = (name) =>
  `if \\(${name}\\.__wbg_inst !== undefined && ${name}\\.__wbg_inst !== __wbg_instance_id\\) \\{\nthrow new Error\\('Invalid stale object from previous Wasm instance'\\);\n\\}\n`;
const THIS = new RegExp(STALE("this"));
const OF = new RegExp(`_assertClass\\((\\w+), (\\w+)\\);\n${STALE("\\(\\1\\)")}`);
const PASSED = /^(?:var |const )?(ptr\d+) = (?:isLikeNone\((\w+)\) \? 0 : )?pass(Array8|ArrayJsValue|String)ToWasm0\((\w+), wasm\.__wbindgen_malloc(?:, wasm\.__wbindgen_realloc)?\);\n(?:var |const )?(len\d+) = WASM_VECTOR_LEN;\n/m;

/** One call; each piece that is understood is cut out, and nothing may be left. */
function callOf({ kind, name, given, body, wasm, own }) {
  let rest = body.replace(/^ +/gm, "").replace(/\n+/g, "\n").replace(/^\n/, "");
  const cut = (pattern) => {
    const found = pattern.exec(rest);
    if (found !== null) rest = rest.replace(found[0], () => "");
    return found;
  };
  const params = given === "" ? [] : given.split(", ");
  const words = new Map(params.map((param) => [param, [param, "n"]]));

  const deferred = cut(/^let (deferred\d+)_0;\nlet \1_1;\ntry \{\n/) !== null;
  if (deferred) cut(/\} finally \{\n__wbg_call_guard\(\);\nwasm\.__wbindgen_free\(deferred\d+_0, deferred\d+_1, 1\);\n\}\n$/);
  const checked = cut(THIS) !== null;
  known(checked === (own !== undefined && kind !== "." && kind !== "+"), `${wasm} ${body}`);

  // What is given.
  for (let found; (found = cut(/^const (val\d+) = \+(\w+);\n/m)); ) words.set(found[1], [found[2], "n"]);
  for (let found; (found = cut(new RegExp(`let (ptr\\d+) = 0;\nif \\(!isLikeNone\\((\\w+)\\)\\) \\{\n${OF.source.replace("\\1", "\\3").replace("(\\w+)", "(\\2)").replaceAll("\\(\\1\\)", "\\(\\3\\)")}\\1 = \\2\\.__destroy_into_raw\\(\\);\n\\}\n`))); ) {
    words.set(found[1], [found[2], `{?${found[4]}}`]);
  }
  const classes = new Map();
  for (let found; (found = cut(OF)); ) {
    classes.set(found[1], found[2]);
    words.set(`${found[1]}.__wbg_ptr`, [found[1], `{${found[2]}}`]);
  }
  for (let found; (found = cut(/^(?:var |const )?(ptr\d+) = (\w+)\.__destroy_into_raw\(\);\n/m)); ) {
    known(classes.has(found[2]), body);
    words.set(found[1], [found[2], `{-${classes.get(found[2])}}`]);
  }
  const uses = cut(/^(?:const )?ptr = this\.__destroy_into_raw\(\);\n/m) !== null;
  if (/^let (?:ptr|len)/m.test(rest)) {
    known(cut(/^let (?:(?:ptr|len)\d*(?:, )?)+;\ntry \{\n/m) !== null, body);
    known(cut(/^\} catch \(e\) \{\n(?:if \(ptr\d*\).*\n)+throw e;\n\}\n/m) !== null, body);
  }
  for (let found; (found = cut(PASSED)); ) {
    const [, at, optional, what, param, length] = found;
    known(optional === undefined || optional === param, body);
    const letter = { Array8: "b", ArrayJsValue: "v", String: "s" }[what];
    words.set(`${at}, ${length}`, [param, optional === undefined ? letter : letter.toUpperCase()]);
  }

  // The call.
  const called = cut(/^let ret;\n__wbg_call_guard\(\);\nret = wasm\.(\w+)\((.*)\);\n/m) ?? cut(/^__wbg_call_guard\(\);\nwasm\.(\w+)\((.*)\);\n/m);
  known(called !== null && called[1] === wasm, `${wasm} ${body}`);
  let list = called[2]
    .replace(/!isLikeNone\((\w+)\), isLikeNone\(\1\) \? 0 : \1/g, (_, param) => {
      words.set(`?${param}`, [param, "N"]);
      return `?${param}`;
    })
    .replace(/(ptr\d+), (len\d+)/g, (pair) => (words.has(pair) ? pair.replace(", ", ",") : pair))
    .split(", ")
    .filter((word) => word !== "")
    .map((word) => word.replace(",", ", "));
  if (checked) {
    known(list[0] === (uses ? "ptr" : "this.__wbg_ptr"), body);
    list = list.slice(1);
  }
  const args = list.map((word) => {
    known(words.has(word), `${word} in ${body}`);
    return words.get(word);
  });
  known(args.map(([param]) => param).join() === params.join(), body);

  // What comes back.
  let fails = false;
  const back = (() => {
    if (deferred) {
      const simple = cut(/^deferred\d+_0 = ret\[0\];\ndeferred\d+_1 = ret\[1\];\nreturn getStringFromWasm0\(ret\[0\], ret\[1\]\);\n$/);
      if (simple) return "s";
      fails = true;
      known(cut(/^var ptr\d+ = ret\[0\];\nvar len\d+ = ret\[1\];\nif \(ret\[3\]\) \{\nptr\d+ = 0; len\d+ = 0;\nthrow takeFromExternrefTable0\(ret\[2\]\);\n\}\ndeferred\d+_0 = ptr\d+;\ndeferred\d+_1 = len\d+;\nreturn getStringFromWasm0\(ptr\d+, len\d+\);\n$/), body);
      return "s";
    }
    const failing = cut(/^if \(ret\[(\d)\]\) \{\nthrow takeFromExternrefTable0\(ret\[(\d)\]\);\n\}\n/m);
    fails = failing !== null;
    const [result, size] = resultOf(cut, fails);
    known(!fails || (Number(failing[1]) === size + 1 && Number(failing[2]) === size), body);
    return result;
  })();
  known(rest === "", `${rest} in ${wasm} ${body}`);
  return `${uses ? "-" : kind}${name}(${args.map(([, letter]) => letter).join("")})${fails ? "!" : ""}${back}`;
}

/** What comes back, and how many values it takes. */
function resultOf(cut, fails) {
  const one = fails ? "ret\\[0\\]" : "ret";
  const is = (pattern) => cut(new RegExp(`^${pattern}\n$`));
  const free = (size) => `wasm\\.__wbindgen_free\\(ret\\[0\\], ret\\[1\\] \\* ${size}, ${size}\\);\n`;
  const all = (what, size) => `(v\\d+) = get${what}FromWasm0\\(ret\\[0\\], ret\\[1\\]\\)${what === "ArrayU8" ? "\\.slice\\(\\)" : ""};\n${free(size)}`;
  if (is(`var ${all("ArrayU8", 1)}return \\1;`)) return ["b", 2];
  if (is(`var ${all("ArrayJsValue", 4)}return \\1;`)) return ["v", 2];
  if (is(`let v\\d+;\nif \\(ret\\[0\\] !== 0\\) \\{\n${all("ArrayU8", 1)}\\}\nreturn \\1;`)) return ["B", 2];
  if (is(`let v\\d+;\nif \\(ret\\[0\\] !== 0\\) \\{\n${all("String", 1)}\\}\nreturn \\1;`)) return ["S", 2];
  if (is("return ret\\[0\\] === 0 \\? undefined : ret\\[1\\];")) return ["N", 2];
  if (is(`this\\.__wbg_ptr = ${one};\nObject\\.defineProperty\\(this, '__wbg_inst', \\{ value: __wbg_instance_id, writable: true \\}\\);\n\\w+Finalization\\.register\\(this, \\{ ptr: ${one}, instance: __wbg_instance_id \\}, this\\);\nreturn this;`)) return ["n", 1];
  if (is(`return ${one} >>> 0;`)) return ["u", 1];
  if (is(`return ${one} !== 0;`)) return ["t", 1];
  if (is(`return ${one};`)) return ["n", 1];
  const wrapped = is(`return (\\w+)\\.__wrap\\(${one}\\);`);
  return wrapped ? [wrapped[1], 1] : ["", 0];
}

// What a module takes in: `src/bindings.ts` has it, by the name without the number of its version.
const IMPORTS = {
  __wbg___wbindgen_memory: "const ret = wasm.memory; return ret;",
  __wbg___wbindgen_string_get:
    "const obj = arg1; const ret = typeof(obj) === 'string' ? obj : undefined; var ptr1 = isLikeNone(ret) ? 0 : passStringToWasm0(ret, wasm.__wbindgen_malloc, wasm.__wbindgen_realloc); var len1 = WASM_VECTOR_LEN; getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 1, len1, true); getDataViewMemory0().setInt32((arg0 >>> 0) + 4 * 0, ptr1, true);",
  __wbg___wbindgen_throw: "throw new Error(getStringFromWasm0(arg0, arg1));",
  __wbg_getRandomValues: "globalThis.crypto.getRandomValues(getArrayU8FromWasm0(arg0, arg1));",
  __wbg_length: "const ret = arg0.length; return ret;",
  __wbg_normalize: "const ret = arg0.normalize(getStringFromWasm0(arg1, arg2)); return ret;",
  __wbg_prototypesetcall: "Uint8Array.prototype.set.call(getArrayU8FromWasm0(arg0, arg1), arg2);",
  __wbindgen_init_externref_table:
    "const table = wasm.__wbindgen_externrefs; table.set(0, undefined); table.set(1024, undefined); table.set(1025, null); table.set(1026, true); table.set(1027, false);",
};
const CASTS = { "const ret = getStringFromWasm0(arg0, arg1); return ret;": "s" };

function castsOf(text) {
  const [, list] = /^    const import0 = \{\n        __proto__: null,\n([^]*?)^    \};$/m.exec(text) ?? [];
  known(list !== undefined, "imports");
  const casts = [];
  for (const [, name, caught, body] of list.matchAll(/^        (\w+): function\(.*?\) \{( return handleError\(function \(.*?\) \{)?\n([^]*?)^        \}(?:, arguments\); \})?,$/gm)) {
    const plain = body.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("//")).join(" ");
    const made = /^__wbg_\w+_new$/.test(name) && /^const ret = \w+\.__wrap\(arg0\); return ret;$/.test(plain);
    const cast = /^__wbindgen_generic_\d+$/.test(name) ? CASTS[plain] : undefined;
    if (cast !== undefined) casts.push(`#${name} ${cast}`);
    else known(made || IMPORTS[name.replace(/_[0-9a-f]{16}$/, "")] === plain, `${name}: ${caught ?? ""} ${plain}`);
  }
  return casts;
}
