// What is done with the package's scripts once esbuild made them: what they have for each other gets short
// names, and a second minifier goes over them, for what one leaves the other finds.
//
// It changes what is the same by the language's own rules: no option that supposes anything of getters, of
// built-in objects or of numbers is on, and no member is renamed.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { minify } from "terser";

const IMPORT = /\bimport\s*\{([^}]*)\}\s*from\s*"(\.[^"]*)";/g;
const EXPORT = /\bexport\s*\{([^}]*)\};/g;

/** The scripts of a folder, not of those within it. `classic` names one that is no module. */
export async function finish(folder, classic) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".js"));
  const scripts = new Map(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  const short = shortNames([...scripts.values()]);
  for (const [name, script] of scripts) {
    const { code } = await minify(named(script, short), {
      ecma: 2022,
      module: name !== classic,
      compress: { passes: 3 },
      // Modules are UTF-8 whatever the page is; a classic script has the page's charset, GBK on old ones.
      format: { ascii_only: name === classic },
    });
    writeFileSync(join(folder, name), `${code}\n`);
  }
}

/** `a as b`, or `a`, as pairs. */
const pairs = (clause) => clause.split(",").map((one) => one.trim().split(/\s+as\s+/)).map(([from, to = from]) => [from, to]);

/** A short name for each that has a dollar (`one-script.mjs`), the same in every build. */
function shortNames(scripts) {
  const given = scripts.flatMap((script) => [...script.matchAll(EXPORT)]).flatMap(([, clause]) => pairs(clause));
  const names = new Set(given.map(([, name]) => name).filter((name) => name.startsWith("$")));
  return new Map([...names].sort().map((name, index) => [name, `$${index.toString(36)}`]));
}

/** A script that has those names, and takes all that it takes of another script at once. */
function named(script, short) {
  const taken = new Map();
  const rest = script
    .replace(IMPORT, (_, clause, from) => {
      const own = pairs(clause).map(([name, here]) => `${short.get(name) ?? name} as ${here}`);
      taken.set(from, [...(taken.get(from) ?? []), ...own]);
      return "";
    })
    .replace(EXPORT, (_, clause) => {
      const own = pairs(clause).map(([here, name]) => `${here} as ${short.get(name) ?? name}`);
      return `export { ${own.join(", ")} };`;
    });
  return [...[...taken].map(([from, names]) => `import { ${names.join(", ")} } from "${from}";`), rest].join("\n");
}
