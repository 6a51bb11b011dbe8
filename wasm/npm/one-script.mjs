// One script for a page: index.js holds all that it needs at once, and what else needs some of that
// takes it from there. Where a bundler makes chunks of what is shared, a page fetches a dozen files one
// after another. And there is one of everything: one class of errors, one module with its state.
//
// What index.js gives besides its own exports has a `$` before its name and no types: it is for the
// package's other scripts alone.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { build, transformSync } from "esbuild";

const INDEX = "./index.js";

/**
 * Builds `index`, the `entries` beside it, and what index.js loads `later`, when that is first needed.
 * Both are files by the names of their scripts.
 */
export async function oneScript({ index, entries, later, options }) {
  const base = { ...options, bundle: true, format: "esm" };
  const apart = { ...base, plugins: [...options.plugins, loadedLater(later)] };

  const { metafile } = await build({ ...apart, entryPoints: [index], write: false, metafile: true });
  const within = Object.keys(metafile.inputs).map((file) => resolve(options.absWorkingDir, file));
  const names = new Names(within, index);

  await build({
    ...base,
    entryPoints: { ...entries, ...later },
    splitting: true,
    chunkNames: "chunk-[hash]",
    plugins: [...options.plugins, takenFromIndex(names)],
  });
  await build({
    ...apart,
    stdin: { contents: names.exports(), resolveDir: dirname(index), sourcefile: "index.js" },
    outfile: resolve(options.outdir, "index.js"),
    outdir: undefined,
  });
}

/** What is within index.js, and by which names others take it. */
class Names {
  #index;
  #files = new Map();

  constructor(within, index) {
    this.#index = index;
    for (const file of within) this.#files.set(file, new Map());
    // What everybody is given, the package's own scripts take by the same name.
    for (const { file, names } of importsOf(scriptOf(index), dirname(index))) {
      for (const name of names) this.#files.get(file).set(name, name);
    }
  }

  has(file) {
    return this.#files.has(file);
  }

  of(file, name) {
    const known = this.#files.get(file);
    if (!known.has(name)) known.set(name, `$${name}`);
    return known.get(name);
  }

  /** The source of index.js. */
  exports() {
    const lines = [`export * from ${JSON.stringify(this.#index)};`];
    for (const [file, known] of this.#files) {
      for (const [name, given] of known) {
        if (given !== name) lines.push(`export { ${name} as ${given} } from ${JSON.stringify(file)};`);
      }
    }
    return lines.join("\n");
  }
}

/** A module of ours without its types. */
const scriptOf = (file) => transformSync(readFileSync(file, "utf8"), { loader: "ts", format: "esm", target: "es2022" }).code;

const TAKEN = /^(import|export) \{([^}]*)\} from "(\.[^"]*)\.js";$/gms;

const importsOf = (script, folder) =>
  [...script.matchAll(TAKEN)].map(([, , list, path]) => ({ file: resolve(folder, `${path}.ts`), names: namesIn(list).map(([name]) => name) }));

/** `a, b as c` as pairs. */
const namesIn = (list) =>
  list.split(",").map((one) => one.trim().split(" as ")).filter(([name]) => name !== "");

/** Leaves what is loaded later where it is, under the name of its script. */
function loadedLater(later) {
  const scripts = new Map(Object.entries(later).map(([name, file]) => [file, `./${name}.js`]));
  return {
    name: "loaded later",
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
        const script = scripts.get(resolve(resolveDir, path.replace(/\.js$/, ".ts")));
        return kind === "dynamic-import" && script !== undefined ? { path: script, external: true } : undefined;
      });
    },
  };
}

/** Takes from index.js what is within it. */
function takenFromIndex(names) {
  return {
    name: "taken from index.js",
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const folder = dirname(path);
        const contents = scriptOf(path).replace(TAKEN, (whole, word, list, from) => {
          const file = resolve(folder, `${from}.ts`);
          if (!names.has(file)) return whole;
          const taken = namesIn(list).map(([name, here = name]) => `${names.of(file, name)} as ${here}`);
          return `${word} { ${taken.join(", ")} } from "${INDEX}";`;
        });
        return { contents, loader: "js", resolveDir: folder };
      });
      build.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        if (path === INDEX) return { path, external: true };
        const file = resolve(resolveDir, path.replace(/\.js$/, ".ts"));
        if (kind === "dynamic-import" || !names.has(file)) return undefined;
        return { errors: [{ text: `${path} is within index.js: name what is taken from it` }] };
      });
    },
  };
}
