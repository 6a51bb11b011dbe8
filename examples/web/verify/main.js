// The page: files in, a report out. Nothing is fetched and nothing is sent.

import { h } from "../kit/dom.js";
import { verify } from "./engine.js";
import { forget, report } from "./report.js";
import { en, zh } from "./words.js";

/** Bytes of a file that the page takes. */
const LIMIT = 512 * 1024 * 1024;

/** What a file may be judged by: name of the option, whether there may be several. */
const BASES = [
  ["anchors", true],
  ["intermediates", true],
  ["content", false],
  ["crls", true],
  ["timestampAnchors", true],
  ["statusList", false],
  ["statements", true],
];

const byId = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search).get("lang") ?? navigator.language;
let words = asked.toLowerCase().startsWith("zh") ? zh : en;
/** What was verified last: shown again in the other language. */
let last;

function dress() {
  document.documentElement.lang = words.lang;
  document.title = words.title;
  byId("title").textContent = words.title;
  byId("intro").textContent = words.intro;
  byId("foot").textContent = words.foot;
  byId("language").textContent = words.other;
  byId("language").lang = words === zh ? "en" : "zh-CN";
  form();
}

function form() {
  const input = (id, more) => byId(id) ?? h("input", { id, type: "file", ...more });
  // Chosen files stay chosen: the same inputs get new labels.
  const file = input("file", {});
  const at = byId("at") ?? h("input", { id: "at", type: "datetime-local", step: "1" });
  const bases = BASES.map(([name, multiple]) => [name, input(name, { multiple })]);
  const drop = h("div", { class: "drop" }, h("label", { for: "file" }, `${words.file}: ${words.drop}`), file);
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length > 0) file.files = event.dataTransfer.files;
  });
  const field = (id, node, help) =>
    h(
      "div",
      {},
      h("label", { for: id }, words[id]),
      h("p", { class: "soft", id: `${id}-help` }, help),
      node,
    );
  for (const [name, node] of [...bases, ["at", at]]) node.setAttribute("aria-describedby", `${name}-help`);
  byId("form").replaceChildren(
    drop,
    h(
      "details",
      { class: "card", open: true },
      h("summary", {}, words.more),
      h(
        "div",
        { class: "fields" },
        bases.map(([name, node]) => field(name, node, words[`${name}Help`])),
        field("at", at, words.atHelp),
      ),
    ),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "main", id: "go" }, words.go)),
  );
}

async function read(file) {
  if (file.size > LIMIT) throw new Error(words.tooLarge);
  return new Uint8Array(await file.arrayBuffer());
}

async function submit(event) {
  event.preventDefault();
  const [file] = byId("file").files;
  if (!file) {
    byId("file").focus();
    return;
  }
  byId("go").disabled = true;
  byId("result").replaceChildren(h("p", { class: "soft" }, words.working));
  try {
    const options = {};
    for (const [name, multiple] of BASES) {
      const files = [...byId(name).files];
      if (files.length === 0) continue;
      const all = await Promise.all(files.map(read));
      options[name] = multiple ? all : all[0];
    }
    // A time of judgement is given or not: a trusted timestamp decides where it is not.
    const at = byId("at").value;
    if (at) options.at = new Date(at);
    last = { file, bytes: await read(file), options };
    await show();
  } catch (error) {
    byId("result").replaceChildren(h("p", { role: "alert" }, String(error.message ?? error)));
  } finally {
    byId("go").disabled = false;
  }
}

async function show() {
  const [shown, language] = [last, words];
  const { file, bytes, options } = shown;
  const verified = await verify(bytes, { ...options, language: language.lang });
  const { finding } = verified;
  const save = () => {
    const text = JSON.stringify(finding, null, 2);
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    h("a", { href: url, download: `${file.name}.report.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  forget();
  const parts = await report(verified, file, language);
  // Another file or language was chosen meanwhile: its report comes.
  if (last !== shown || words !== language) return;
  byId("result").replaceChildren(
    ...parts.flat(Infinity).filter(Boolean),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", onclick: save }, words.download),
      h("button", { type: "button", onclick: () => print() }, words.print),
    ),
  );
  byId("result").focus();
}

byId("language").addEventListener("click", () => {
  words = words === zh ? en : zh;
  dress();
  if (last) void show();
});
byId("form").addEventListener("submit", (event) => void submit(event));
dress();
