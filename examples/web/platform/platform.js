// A bidding platform's page (交易平台页面): the six scenes, each a few lines over `yinxin`. What the
// phone shows and signs is decided by the back end; the page asks.

import { YinxinClient, YinxinError, bidToOpen, decryptFile, encryptFile, explain } from "/yinxin/index.js";
import { defineYinxinElements } from "/yinxin/element.js";

import { field, h } from "../kit/dom.js";
import { wordsFor } from "./words.js";

defineYinxinElements();

const PROJECT = { project: "E3701002026001", section: "E3701002026001001" };
const byId = (id) => document.getElementById(id);
const client = new YinxinClient({ open: "/api/yinxin/open" });
const code = byId("code");
code.client = client;
/** Shows the session of a call in the page's one code. */
const shown = { onSession: (session) => void code.show(session).catch(() => undefined) };

let words = wordsFor(new URLSearchParams(location.search).get("lang") ?? navigator.language);
let account;

/** A scene by itself: the session, shown, and its answer. */
function ask(scene, input) {
  const session = client.session(scene, input);
  shown.onSession(session);
  return session.answer;
}

function dress() {
  document.documentElement.lang = words.lang;
  document.title = words.title;
  byId("title").textContent = words.title;
  byId("hello").textContent = words.hello;
  byId("how").textContent = words.how;
  byId("language").textContent = words.other;
  byId("language").lang = words.other === "English" ? "en" : "zh-CN";
  code.setAttribute("locale", words.lang);
  byId("login").hidden = account !== undefined;
  byId("work").hidden = byId("who").hidden = account === undefined;
  byId("who").textContent = account ? words.welcome(account.name) : "";
  // One code serves all scenes: in the login's card it has a button, later the page opens it.
  if (account) {
    code.toggleAttribute("no-button", true);
    document.body.append(code);
    work();
  }
}

function done(kind, head, ...lines) {
  byId("done").hidden = false;
  byId("done").className = `card ${kind}`;
  byId("done").replaceChildren(h("h2", {}, head), h("ul", {}, lines.map((line) => h("li", {}, line))));
  byId("done").focus();
}

function reason(error) {
  if (!YinxinError.is(error)) return [String(error.message ?? error)];
  const { title, whatToDo } = explain(error, words.lang);
  return [title, whatToDo].filter(Boolean);
}

/** A link that saves octets. */
function save(name, data, type = "application/octet-stream") {
  const blob = data instanceof Blob ? data : new Blob([data], { type });
  return h("a", { href: URL.createObjectURL(blob), download: name }, words.save(name));
}

function card(id, [title, text], fields, button, act) {
  const press = h("button", { type: "submit", class: "main" }, button);
  const form = h("form", { class: "card", id }, h("h2", {}, title), h("p", { class: "soft" }, text), fields, press);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    press.disabled = true;
    try {
      await act();
    } catch (error) {
      done("bad", words.failed, ...reason(error));
    } finally {
      press.disabled = false;
    }
  });
  return form;
}

function work() {
  const file = (label) => field(label, { type: "file", required: true });
  const chosen = (box) => box.input.files[0];

  const text = h("textarea", { id: "text" }, words.sign[3]);
  const sign = card("sign", words.sign, [h("label", { for: "text" }, words.sign[2]), text], words.sign[4], async () => {
    const [item] = await client.sign([{ id: "1", text: text.value }], shown);
    done("good", words.done.messageSignature, save("signature.p7s", item.signature));
  });

  const toSeal = file(words.seal[2]);
  const seal = card("seal", words.seal, [toSeal], words.seal[3], async () => {
    const data = chosen(toSeal);
    const placements = [{ page: 1, x: 130_000, y: 220_000 }];
    const { documents } = await client.seal([{ name: data.name, data, placements }], shown);
    done(
      documents.every((one) => one.data) ? "good" : "bad",
      words.done.signature,
      ...documents.map((one) =>
        one.data ? save(`sealed-${one.name}`, one.data) : words.refused(one.name, one.refused),
      ),
    );
  });

  const sealed = file(words.revoke[2]);
  const why = field(words.revoke[3], { type: "text", value: words.revoke[4], required: true });
  const revoke = card("revoke", words.revoke, [sealed, why], words.revoke[5], async () => {
    const data = chosen(sealed);
    const taken = await client.revokeSeal({ name: data.name, data, signature: 1, reason: why.input.value }, shown);
    done(
      "good",
      words.done.revokeSignature,
      save(`restored-${data.name}`, taken.data),
      save("revocation.der", taken.revocation),
    );
  });

  const bid = file(words.encrypt[2]);
  const encrypt = card("encrypt", words.encrypt, [bid], words.encrypt[3], async () => {
    const data = chosen(bid);
    const opening = new Date(Date.now() + 24 * 3_600_000);
    const { encryption } = await client.certificates({ ...PROJECT, opening }, shown);
    // In memory, for a small bid; "save" and "storage" take any size.
    const made = await encryptFile(data, encryption, { ...PROJECT, opening, sink: "memory" });
    done("good", words.done.encrypt, save(made.fileName, made.blob), save("receipt.der", made.receipt));
  });

  const envelope = file(words.decrypt[2]);
  const decrypt = card("decrypt", words.decrypt, [envelope], words.decrypt[3], async () => {
    const data = chosen(envelope);
    const { bid: asked, display } = await bidToOpen(data);
    const answer = await ask("decrypt", { files: [asked], display });
    const refused = answer.bids.find((one) => one.code);
    if (refused) throw new YinxinError({ code: refused.code });
    const opened = await decryptFile(data, { keys: answer.keys, sink: "memory" });
    answer.keys.close();
    done("good", words.done.decrypt, ...opened.segments.map((one) => save(one.fileName, one.blob)));
  });

  byId("work").replaceChildren(sign, seal, revoke, encrypt, decrypt);
}

byId("language").addEventListener("click", () => {
  words = wordsFor(words.other === "English" ? "en" : "zh");
  dress();
});

code.addEventListener("yinxin-answer", ({ detail }) => {
  if (detail.scene !== "login") return;
  account = detail.holder;
  // After the dialog has closed by itself.
  setTimeout(() => {
    dress();
    done("good", words.done.login, account.name);
  }, 1_500);
});

dress();
// A session that ran when the page was reloaded goes on.
client.resume().then(
  (session) => session && code.show(session).catch(() => undefined),
  (error) => done("bad", words.failed, ...reason(error)),
);
