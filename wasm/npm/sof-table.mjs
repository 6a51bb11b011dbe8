// The table of the SOF_ functions as the facade needs it. `functions.json` is written for people, and for
// `yinxin sof-scan`, which has more to say of each name; a script has of it what it reads, names of one kind
// in one text.

import { readFileSync } from "node:fs";

/** Names by what is said of them: `{said: "NAME NAME"}`. */
function grouped(table, said = (word) => word) {
  const groups = {};
  for (const [name, word] of Object.entries(table)) (groups[said(word)] ??= []).push(name);
  return JSON.stringify(Object.fromEntries(Object.entries(groups).map(([word, names]) => [word, names.join(" ")])));
}

/** `NAME` where it stands for `SOF_NAME`, else `NAME:OTHER` for `SOF_OTHER`. */
const pairs = (aliases) =>
  Object.entries(aliases).map(([name, of]) => (of === `SOF_${name}` ? name : `${name}:${of.replace(/^SOF_/, "")}`)).join(" ");

/** Words as `CODE=CHINESE=ENGLISH|`. */
function words(refusals) {
  const texts = Object.entries(refusals).map(([code, { zh, en }]) => [code, zh, en]);
  if (texts.flat().some((text) => /[=|]/.test(text))) throw new Error("words with = or |");
  return texts.map((one) => one.join("=")).join("|");
}

export const sofTable = {
  name: "sof table",
  setup(build) {
    build.onLoad({ filter: /sof\/functions\.json$/ }, ({ path }) => {
      const { aliases, local, phone, refused, refusals, server } = JSON.parse(readFileSync(path, "utf8"));
      if (Object.values(aliases).some((of) => !of.startsWith("SOF_"))) throw new Error("an alias of what is no SOF_ function");
      // Of what is not refused the facade needs the name alone.
      const contents = `
        const of = (groups) => Object.fromEntries(
          Object.entries(groups).flatMap(([word, names]) => names.split(" ").map((name) => [name, word])));
        export const local = /* @__PURE__ */ of(${grouped(local, () => "")});
        export const phone = /* @__PURE__ */ of(${grouped(phone, () => "")});
        export const refused = /* @__PURE__ */ of(${grouped(refused)});
        export const server = /* @__PURE__ */ of(${grouped(server)});
        export const refusals = /* @__PURE__ */ Object.fromEntries(${JSON.stringify(words(refusals))}.split("|").map((one) => {
          const [code, zh, en] = one.split("=");
          return [code, { zh, en }];
        }));
        export const aliases = /* @__PURE__ */ Object.fromEntries(${JSON.stringify(pairs(aliases))}.split(" ").map((pair) => {
          const [name, other = name] = pair.split(":");
          return [name, "SOF_" + other];
        }));`;
      return { contents, loader: "js" };
    });
  },
};
