// A finding as nodes: verdict, facts, steps; seals and pages only after they were verified.

import { h } from "../kit/dom.js";
import { filled } from "./engine.js";

const SIGNS = { good: "✓", part: "!", bad: "✕" };

/** How a verdict looks. */
function look(verdict) {
  switch (verdict) {
    case "valid":
      return "good";
    case "valid_partial":
      return "part";
    default:
      return "bad";
  }
}

/** A whole report about a file. */
export async function report(verified, file, words) {
  const { finding } = verified;
  const signatures = finding.signatures ?? [];
  return [
    verdict(finding, words),
    warnings(finding.warnings ?? [], words),
    h(
      "div",
      { class: "card" },
      signatures.length === 0 ? picture(verified, 1, finding.verdict, finding.sealName, words) : undefined,
      list([
        [words.name, file.name],
        [words.kind, finding.kind && (words.kinds[finding.kind] ?? finding.kind)],
        ...members(finding, words),
      ]),
    ),
    signatures.map((one) => signature(one, verified, words)),
    (finding.items ?? []).map((item) =>
      h("div", { class: "card" }, verdict(item, words), list(members(item, words)), steps(item.steps ?? [], words)),
    ),
    signatures.length === 0 && finding.steps?.length > 0
      ? h("div", { class: "card" }, h("h2", {}, words.steps), steps(finding.steps, words))
      : undefined,
    await pages(verified, words),
  ];
}

function verdict(finding, words) {
  const name = finding.verdict ?? (finding.ok ? "valid" : "unreadable");
  const kind = finding.ok ? look(name) : name === "valid_partial" ? "part" : "bad";
  return h(
    "div",
    { class: `verdict ${kind}`, "data-verdict": name },
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[kind]),
    h("div", {}, h("h2", {}, words.verdicts[name] ?? name), finding.ok ? undefined : h("p", {}, said(finding, words))),
  );
}

/** Words about a code. Those of the library speak of options that a page does not have. */
function said({ code, message, facts }, words) {
  return words.instead[code] ?? filled(message ?? code, facts);
}

function warnings(all, words) {
  if (all.length === 0) return undefined;
  // Two certificates may have the same to warn of.
  const lines = [...new Set(all.map((one) => said(one, words)))];
  return h("ul", { class: "warnings" }, lines.map((line) => h("li", {}, line)));
}

/** Members that a person asks for first, under their names. */
function members(finding, words) {
  return Object.entries(words.members)
    .filter(([name]) => ["string", "number"].includes(typeof finding[name]))
    .map(([name, label]) => [label, String(finding[name])]);
}

function list(rows) {
  const full = rows.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return h("dl", {}, full.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function signature(one, verified, words) {
  const places = (one.stamps ?? []).map((stamp) => words.page(stamp.page));
  return h(
    "section",
    { class: "card", "data-signature": String(one.number) },
    h("h2", {}, `${words.signature(one.number)}: ${words.verdicts[one.verdict] ?? one.verdict}`),
    picture(verified, one.number, one.verdict, one.sealName, words),
    list([
      [words.members.signer, one.signer],
      [words.members.sealName, one.sealName],
      [words.members.sealId, one.sealId],
      [words.declaredTime, one.declaredTime],
      [words.trustedTime, one.trustedTime],
      [words.stamps, [...new Set(places)].join(", ")],
      [words.uncovered, (one.uncovered ?? []).map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(", ")],
    ]),
    steps(one.steps ?? [], words),
  );
}

/** A seal is drawn when the module found its signature valid and gave the picture, never before. */
function picture(verified, number, verdict, name, words) {
  if (verdict !== "valid" && verdict !== "valid_partial") return undefined;
  const found = verified.sealPicture(number);
  if (!found) return undefined;
  return h(
    "figure",
    { class: "seal" },
    h("img", { src: address(found.type, found.data), alt: name ?? words.members.sealName }),
    h("figcaption", {}, words.verified),
  );
}

/** The first pages of an OFD, with the seals that hold; where none does, a picture proves nothing. */
async function pages(verified, words) {
  const holds = ({ verdict }) => verdict === "valid" || verdict === "valid_partial";
  if (!(verified.finding.signatures ?? []).some(holds)) return undefined;
  const shown = [];
  for (let page = 1; page <= Math.min(verified.pages, 5); page += 1) {
    try {
      const png = await verified.render(page);
      shown.push(h("img", { class: "page", src: address("image/png", png), alt: words.page(page) }));
    } catch {
      // A page that cannot be drawn says nothing about the signatures.
    }
  }
  if (shown.length === 0) return undefined;
  return h("section", { class: "card" }, h("h2", {}, words.pages), h("p", { class: "soft" }, words.pagesText), shown);
}

const addresses = new Set();

function address(type, data) {
  const url = URL.createObjectURL(new Blob([data], { type }));
  addresses.add(url);
  return url;
}

/** Lets go of the pictures of the report before. */
export function forget() {
  for (const url of addresses) URL.revokeObjectURL(url);
  addresses.clear();
}

function steps(all, words) {
  const about = all.filter((step) => step.code !== "seal_alone");
  return h(
    "ol",
    { class: "steps" },
    about.map((step) =>
      h(
        "li",
        { class: step.result },
        h("span", { class: "how" }, words.results[step.result] ?? step.result),
        h(
          "div",
          {},
          h("strong", {}, named(step, words)),
          step.code ? h("p", { class: "why" }, said(step, words)) : undefined,
          words.explained[step.id] ? h("p", {}, words.explained[step.id]) : undefined,
        ),
      ),
    ),
  );
}

/** A step's name; some have one for programs only. */
function named(step, words) {
  return step.name && step.name !== step.id ? step.name : (words.stepNames[step.id] ?? step.id);
}
