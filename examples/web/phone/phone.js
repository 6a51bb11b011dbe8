// A phone (手机端) in a browser: an example of what an app does with `yinxin/phone`. Keys lie under a
// PIN in this origin's database, and never in JavaScript.

import { explain, preload } from "/yinxin/index.js";
import { Phone, YinxinError, lookForCode, phoneStorage } from "/yinxin/phone.js";

import { field, h } from "../kit/dom.js";
import { wordsFor } from "./words.js";

const screen = document.getElementById("screen");
const storage = phoneStorage();
let words = wordsFor(new URLSearchParams(location.search).get("lang") ?? navigator.language);
let phone;
let shown = () => {};
let leave = () => {};

document.getElementById("language").addEventListener("click", () => {
  words = wordsFor(words.other === "English" ? "en" : "zh");
  dress();
  shown();
});

function dress() {
  document.documentElement.lang = words.lang;
  document.title = words.name;
  document.getElementById("name").textContent = words.name;
  const other = document.getElementById("language");
  other.textContent = words.other;
  other.lang = words.other === "English" ? "en" : "zh-CN";
}

/** Puts a screen in the place of the one before. */
function show(draw) {
  leave();
  leave = () => {};
  shown = () => screen.replaceChildren(...[draw()].flat());
  shown();
  screen.focus();
}

/** A button that is shut while it works, and says what went wrong under it. */
function act(label, work, attributes = {}) {
  const problem = h("p", { class: "error", role: "alert", hidden: true });
  const button = h("button", { type: "button", ...attributes }, label);
  button.addEventListener("click", async () => {
    button.disabled = true;
    problem.hidden = true;
    try {
      await work();
    } catch (error) {
      problem.textContent = reason(error);
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
  return [button, problem];
}

function reason(error) {
  if (!YinxinError.is(error)) return String(error.message ?? error);
  const { title, whatToDo } = explain(error, words.lang);
  return [title, whatToDo].filter(Boolean).join(words.lang === "en" ? ". " : "。");
}

const secret = (label, more = {}) =>
  field(label, { type: "password", autocomplete: "off", inputmode: "numeric", ...more });

const fileBytes = async (input) => new Uint8Array(await input.files[0].arrayBuffer());

// ---- the beginning

function create() {
  show(() => {
    const [one, two] = [secret(words.newPin), secret(words.again)];
    return [
      h("h2", {}, words.newPin),
      h("p", { class: "soft" }, words.newPinText),
      one,
      two,
      ...act(
        words.create,
        async () => {
          if (one.input.value !== two.input.value) throw new Error(words.different);
          phone = await Phone.create(storage, one.input.value, { language: words.lang });
          home();
        },
        { class: "main" },
      ),
    ];
  });
}

function unlock() {
  show(() => {
    const pin = secret(words.pin);
    return [
      h("h2", {}, words.unlock),
      pin,
      ...act(
        words.unlock,
        async () => {
          await phone.unlock(pin.input.value);
          home();
          phone.resend().catch(() => undefined);
        },
        { class: "main" },
      ),
    ];
  });
}

function hub() {
  show(() => {
    const url = field(words.hubUrl, { type: "url", value: "http://localhost:7300" });
    const name = field(words.hubName, { type: "text", value: "localhost" });
    const signer = field(words.hubSigner, { type: "file", accept: ".pem,.der,.cer,.crt" });
    return [
      h("h2", {}, words.hub),
      h("p", { class: "soft" }, words.hubText),
      url,
      name,
      signer,
      ...act(
        words.pinHub,
        async () => {
          await phone.pinHub(url.input.value, await fileBytes(signer.input), name.input.value);
          home();
        },
        { class: "main" },
      ),
      h("button", { class: "plain", type: "button", onclick: home }, words.back),
    ];
  });
}

/** Files by what they are, told by their names as authorities give them. */
function holder() {
  show(() => {
    const files = field(words.files, { type: "file", multiple: true });
    const pin = secret(words.pin);
    return [
      h("h2", {}, words.holder),
      h("p", { class: "soft" }, words.holderText),
      files,
      pin,
      ...act(
        words.importing,
        async () => {
          await install([...files.input.files], pin.input.value);
          home();
        },
        { class: "main" },
      ),
      h("button", { class: "plain", type: "button", onclick: home }, words.back),
    ];
  });
}

async function install(files, pin) {
  const named = async (name) => {
    const found = files.find((file) => file.name === name);
    return found && new Uint8Array(await found.arrayBuffer());
  };
  const seals = files.filter((file) => file.name.endsWith(".esl"));
  const key = await named("sign.key");
  const signing = await named("sign.pem");
  if (key && signing) {
    await phone.importKeys(
      {
        key,
        signing,
        decryptionKey: await named("encrypt.key"),
        encryption: await named("encrypt.pem"),
        issuers: await named("chain.pem"),
      },
      pin,
    );
  } else if (seals.length === 0) {
    const missing = Object.keys(words.file).filter((name) => !files.some((one) => one.name === name));
    throw new Error(words.missing + missing.map((name) => words.file[name]).join(", "));
  }
  for (const seal of seals) await phone.addSeal(new Uint8Array(await seal.arrayBuffer()));
}

// ---- at home

function home() {
  const day = (seconds) => new Intl.DateTimeFormat(words.lang).format(new Date(seconds * 1000));
  show(() => {
    const { hubs, certificates, seals } = phone.holdings();
    const list = (title, rows) => [
      h("h3", {}, title),
      h("div", { class: "card list" }, rows.length ? rows : h("div", { class: "row" }, h("span", { class: "soft" }, words.none))),
    ];
    const row = (left, right) => h("div", { class: "row" }, h("span", {}, left), h("span", {}, right));
    const ready = hubs.length > 0 && certificates.length > 0;
    return [
      ready && h("button", { type: "button", class: "main", onclick: scanning }, words.scan),
      ready && h("button", { type: "button", onclick: typing }, words.typed),
      hubs.length === 0 && h("button", { type: "button", class: "main", onclick: hub }, words.hub),
      h("button", { type: "button", class: certificates.length ? "" : "main", onclick: holder }, words.holder),
      list(
        words.certificates,
        certificates.map((own) => row(own.holder.name, `${words.until} ${day(own.notAfter)}`)),
      ),
      list(
        words.seals,
        seals.map((own) => row(own.name, `${words.until} ${day(own.notAfter)}`)),
      ),
      list(
        words.history,
        phone
          .history()
          .slice(-8)
          .reverse()
          .map(({ progress, entry }) =>
            row(words.scenes[entry.scene] ?? String(entry.scene ?? ""), words.ends[progress][0]),
          ),
      ),
      list(
        words.browsers,
        phone.browsers().map((one) =>
          h(
            "div",
            { class: "row" },
            h("span", {}, one.origin),
            h("button", { type: "button", onclick: () => phone.revokeBrowser(one.id).then(home) }, words.revoke),
          ),
        ),
      ),
      h(
        "button",
        {
          type: "button",
          class: "plain",
          onclick: () => {
            phone.lock();
            unlock();
          },
        },
        words.lock,
      ),
    ]
      .flat()
      .filter(Boolean);
  });
}

// ---- a scan

function scanning() {
  const control = new AbortController();
  const video = h("video", { playsinline: true, muted: true, "aria-label": words.aim });
  const problem = h("p", { class: "error", role: "alert", hidden: true });
  show(() => [
    h("h2", {}, words.aim),
    h("div", { class: "scan" }, video),
    problem,
    h("button", { type: "button", onclick: typing }, words.typed),
    h("button", { type: "button", class: "plain", onclick: home }, words.back),
  ]);
  leave = () => control.abort();
  lookForCode(video, { signal: control.signal }).then(
    (text) => asked(() => phone.scan(text)),
    (error) => {
      if (control.signal.aborted) return;
      problem.textContent = YinxinError.is(error) ? reason(error) : words.noCamera;
      problem.hidden = false;
    },
  );
}

function typing() {
  show(() => {
    const code = field(words.code, { type: "text", autocomplete: "off", autocapitalize: "characters", class: "digits", maxlength: "9" });
    return [
      h("h2", {}, words.typed),
      h("p", { class: "soft" }, words.typedText),
      code,
      ...act(
        words.go,
        () => asked(() => phone.typed(code.input.value, phone.holdings().hubs[0].host)),
        { class: "main" },
      ),
      h("button", { type: "button", class: "plain", onclick: home }, words.back),
    ];
  });
}

async function asked(begin) {
  show(() => [h("p", { class: "end" }, words.reading)]);
  try {
    const scan = await begin();
    if (scan.view.needs.matching === "none") decide(scan);
    else match(scan);
  } catch (error) {
    ended("bad", [words.failed, reason(error)]);
  }
}

/** Who asks for what; `matched` once the person has compared the numbers. */
function request(scan, matched = false) {
  const { view } = scan;
  const known = view.browser.state === "known" || matched;
  const browser = known ? (matched ? words.matched : words.browserKnown) : words.browserUnknown;
  return [
    h("p", { class: "asks" }, `${view.platform} ${words.asks}${words.lang === "en" ? " " : ""}${words.scenes[view.scene]}`),
    h("p", { class: known ? "soft" : "warning" }, browser),
    h(
      "div",
      { class: "card" },
      h("dl", {}, view.lines.map(([name, text]) => h("div", {}, h("dt", {}, words.fields[name] ?? name), h("dd", {}, text)))),
    ),
    view.warnings.map((warning) => h("p", { class: "warning" }, words.warnings[warning.kind](warning))),
  ];
}

/** Watches for an end that comes from elsewhere: the page cancels, the time runs out. */
function watch(scan) {
  const unsubscribe = scan.subscribe((phase) => {
    if (phase === "over" && scan.error) ended("bad", [words.failed, reason(scan.error)]);
  });
  leave = unsubscribe;
}

function match(scan) {
  const given = async (number) => {
    leave();
    try {
      await scan.matchNumber(number);
      decide(scan);
    } catch (error) {
      ended("bad", [words.failed, reason(error)]);
    }
  };
  show(() => {
    const { matching, choices } = scan.view.needs;
    const typed = field(words.type, { type: "text", inputmode: "numeric", maxlength: "2", class: "digits", autocomplete: "off" });
    return [
      ...request(scan).flat(),
      matching === "pick"
        ? [
            h("h3", {}, words.pick),
            h(
              "div",
              { class: "numbers" },
              choices.map((number) => h("button", { type: "button", onclick: () => given(number) }, String(number).padStart(2, "0"))),
            ),
          ]
        : [typed, ...act(words.go, () => given(Number(typed.input.value)), { class: "main" })],
      ...declining(scan, matching === "pick" ? words.noNumber : words.reject),
    ].flat();
  });
  watch(scan);
}

function decide(scan) {
  const { needs } = scan.view;
  const matched = needs.matching !== "none";
  show(() => {
    const pin = needs.pin ? secret(words.pin) : undefined;
    const trust = h("input", { type: "checkbox", id: "trust" });
    const choice = (name, all, label) =>
      h(
        "div",
        { class: "card list", role: "radiogroup", "aria-label": name },
        all.map((one, at) =>
          h("label", { class: "choice" }, h("input", { type: "radio", name, value: String(one.index), checked: at === 0 }), label(one)),
        ),
      );
    const certificates = choice("certificate", needs.certificates, (one) => one.holder.name);
    const seals = needs.files > 0 ? choice("seal", needs.seals, (one) => one.name) : undefined;
    const chosen = (box) => Number(box.querySelector("input:checked").value);
    return [
      ...request(scan, matched).flat(),
      h("h3", {}, words.certificate),
      certificates,
      seals && h("h3", {}, words.seal),
      seals,
      pin,
      scan.view.browser.state === "unknown" &&
        h("label", { class: "choice", for: "trust" }, trust, words.trust),
      ...act(
        words.confirm,
        async () => {
          const outcome = await scan.confirm({
            certificate: chosen(certificates),
            ...(seals ? { seals: chosen(seals) } : {}),
            ...(pin ? { pin: pin.input.value } : {}),
            trustBrowser: trust.checked,
          });
          ended(outcome.progress === "accepted" ? "good" : "bad", words.ends[outcome.progress]);
        },
        { class: "main" },
      ),
      ...declining(scan, words.reject),
    ].filter(Boolean);
  });
  watch(scan);
}

function declining(scan, label) {
  return act(label, async () => {
    leave();
    await scan.reject();
    ended("bad", words.rejected);
  });
}

function ended(kind, [head, text]) {
  show(() => [
    h(
      "div",
      { class: `end ${kind}`, role: "status" },
      h("div", { class: "sign", "aria-hidden": "true" }, kind === "good" ? "✓" : "✕"),
      h("h2", {}, head),
      h("p", {}, text),
    ),
    h("button", { type: "button", class: "main", onclick: home }, words.done),
  ]);
}

dress();
// Words about what is refused are in the package's core.
preload().catch(() => undefined);
Phone.open(storage, { language: words.lang }).then(
  (found) => {
    phone = found;
    if (found) unlock();
    else create();
  },
  (error) => show(() => [h("p", { class: "error", role: "alert" }, reason(error))]),
);
