// The module's answers to the vectors of the session protocol: the same few lines in Node and in
// pages. What a case expects is not shown to the module, nor needed here.

/**
 * Every case of a family, judged; `file` is the family's name as `yinxin vectors export` writes it.
 * Gives a text of JSON for each case, in order.
 */
export async function judge(core, file, text) {
  const { shared, cases } = JSON.parse(text);
  const [kind, suite = "sm"] = file.replace(/\.json$/, "").split("-");
  await core.load();
  return cases.map(({ expect, ...given }) => {
    // A row of the catalogue is its own expectation: its code alone is asked for.
    const asked = kind === "codes" ? { code: given.code } : given;
    return core.call((wasm) => wasm.judgeVector(kind, suite, JSON.stringify(shared), JSON.stringify(asked)));
  });
}
