// The six scenes from end to end: a real hub, back ends in Node, in Rust, and in Java, Go and C# (by the
// sidecar), the page's client, and a phone that runs in a browser's module.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";

import { contentKeyNames, onePage } from "./lib/files.mjs";
import { PIN, UNIT, World, answered, until } from "./lib/world.mjs";
import { yinxin } from "./lib/programs.mjs";

for (const algorithm of ["sm2", "p256"]) {
  for (const back of ["node", "rust", "java", "go", "C#"]) {
    describe(`six scenes by ${algorithm}, at a back end in ${back}`, async () => {
      let world, phone, client;

      test("a unit logs in, and the back end knows it", async () => {
        world = await World.make({ algorithm, back });
        phone = await world.phone({ seal: true });
        client = world.client();
        const { answer, outcome, view } = await answered(client, phone, "login", {});
        assert.equal(view.platform, "示范交易平台");
        assert.equal(view.needs.matching, "pick");
        assert.ok(view.needs.choices.includes(answer.matched ? view.needs.choices[0] : -1));
        assert.equal(answer.holder.name, "甲公司");
        assert.equal(answer.verdict.holder.creditCode, UNIT);
        assert.equal(answer.verdict.again, false);
        assert.equal(outcome.progress, "accepted");
        if (back === "node") assert.equal(world.accepted.at(-1).holder.creditCode, UNIT);
      });

      test("messages are signed, each by itself, and other programs verify them", async () => {
        const items = [
          { id: "1", text: "我方确认开标结果" },
          { id: "2", text: "同意", attached: true },
          { id: "3", data: new TextEncoder().encode("a file") },
        ];
        const { answer, outcome, view } = await answered(client, phone, "messageSignature", { items });
        assert.ok(view.lines.some(([, text]) => text.includes("我方确认开标结果")));
        assert.deepEqual(answer.items.map(({ id }) => id), ["1", "2", "3"]);
        assert.equal(outcome.progress, "accepted");
        const [first, , third] = answer.items;
        for (const [item, content] of [[first, "我方确认开标结果"], [third, "a file"]]) {
          writeFileSync(world.place.at("one.txt"), content);
          writeFileSync(world.place.at("one.p7s"), item.signature);
          const said = yinxin(
            ...["cms", "verify", world.place.at("one.p7s"), "--content", world.place.at("one.txt")],
            ...["--trust", `${world.ca}/root.pem`, "--intermediates", `${world.ca}/issuing.pem`],
          );
          assert.match(said, /甲公司/);
        }
      });

      test("encryption certificates are handed out for a bid", async () => {
        const opening = new Date(Date.now() + 86_400_000);
        const input = { project: "P-17", section: "A1", opening };
        const { answer } = await answered(client, phone, "encrypt", input);
        const [held] = phone.holdings().certificates;
        assert.deepEqual(answer.encryption.map((der) => Buffer.from(der).toString("base64url")), [
          held.encryption,
        ]);
      });

      test("content keys come to the page, and stay inside", async () => {
        const input = await world.bid();
        const { answer } = await answered(client, phone, "decrypt", input);
        assert.deepEqual(answer.bids, [{ id: "bid", segments: ["technical"] }]);
        assert.deepEqual(answer.keys.names, [{ id: "bid", segment: "technical" }]);
        assert.equal(contentKeyNames(JSON.stringify(answer)), 1, "a key's name is all there is of it");
        answer.keys.close();
      });

      test("a bid is opened by one scan, and its keys are wiped", async () => {
        await world.bid();
        const file = new Blob([world.file("one.bid")]);
        const options = { sink: "memory", receipt: world.file("one.receipt") };
        const opened = await world.asked(client, phone, (call) => client.decryptFile(file, { ...options, ...call }));
        assert.deepEqual(
          opened.segments.map(({ name, fileName }) => [name, fileName]),
          [["technical", "plan.txt"]],
        );
        assert.equal(await opened.segments[0].blob.text(), "技术方案");
      });

      test("files are sealed by one scan, and a seal is taken back", async () => {
        writeFileSync(world.place.at("text.txt"), "合同\n");
        yinxin("--force", "document", "create", "--out", world.place.at("a.ofd"), world.place.at("text.txt"));
        const placements = [
          { page: 1, x: 20_000, y: 30_000 },
          { page: 1, x: 20_000, y: 120_000 },
        ];
        const targets = [
          { name: "合同.ofd", data: world.file("a.ofd"), placements },
          { name: "合同.pdf", data: onePage(), placements: placements.slice(0, 1) },
        ];
        const sealing = await world.asked(client, phone, (call) => client.seal(targets, call));
        assert.deepEqual(sealing.documents.map(({ refused }) => refused), [undefined, undefined]);
        const files = ["sealed.ofd", "sealed.pdf"];
        sealing.documents.forEach(({ data }, index) => writeFileSync(world.place.at(files[index]), data));
        for (const name of files) {
          const said = yinxin(
            ...["document", "verify", world.place.at(name)],
            ...["--trust", `${world.ca}/root.pem`, "--intermediates", `${world.ca}/issuing.pem`],
          );
          assert.match(said, /公章/, name);
        }
        for (const [index, name] of files.entries()) {
          const target = { name, data: sealing.documents[index].data, signature: 1, reason: "作废" };
          const taken = await world.asked(client, phone, (call) => client.revokeSeal(target, call));
          assert.deepEqual(Buffer.from(taken.data), Buffer.from(targets[index].data), name);
          assert.ok(taken.revocation.length > 100);
        }
      });

      test("a typed code does as well, where the unit allows it", async () => {
        const { answer, view } = await answered(client, phone, "login", {}, { typed: true });
        assert.equal(view.needs.matching, "type");
        assert.equal(answer.holder.name, "甲公司");
        await world.end();
      });
    });
  }
}

test("a known browser is asked neither for the number nor for a PIN when it logs in again", async () => {
  const world = await World.make();
  try {
    const phone = await world.phone();
    const { browserKeys } = await import("./lib/world.mjs");
    const client = world.client({ keys: await browserKeys() });
    const first = await answered(client, phone, "login", {}, { trustBrowser: true });
    assert.equal(first.view.browser.state, "unknown");
    const second = await answered(client, phone, "login", {});
    assert.equal(second.view.browser.state, "known");
    assert.equal(second.view.needs.matching, "none");
    assert.equal(second.view.needs.pin, false);
    assert.equal(second.answer.matched, false);
    const [browser] = phone.browsers();
    assert.equal(await phone.revokeBrowser(browser.id), true);
    const third = await answered(client, phone, "login", {});
    assert.equal(third.view.browser.state, "unknown");
  } finally {
    await world.end();
  }
});

test("the phone of the command line answers a page in JavaScript", async () => {
  const { yinxinBeside } = await import("./lib/programs.mjs");
  const world = await World.make();
  try {
    const { place, ca } = world;
    writeFileSync(place.at("pin"), PIN);
    const ring = ["--ring", place.at("ring")];
    yinxin("key", "ring", "init", ...ring, "--pin-file", place.at("pin"));
    yinxin("key", "generate", "--algorithm", "sm2", "--out", place.at("sign.key"), "--no-password");
    yinxin("csr", "create", "--key", place.at("sign.key"), "--subject", "C=CN,O=甲公司,CN=甲公司", "--out", place.at("sign.csr"));
    yinxin("ca", "issue", "--dir", ca, "--csr", place.at("sign.csr"), "--profile", "holder", "--credit-code", UNIT, "--out", place.at("mine"));
    const own = [...ring, "--pin-file", place.at("pin"), "--hub", world.hub.url];
    yinxin("phone", ...own, "add", "--key", place.at("sign.key"), "--certificate", place.at("mine/sign.pem"), "--chain", place.at("mine/chain.pem"));
    yinxin("phone", ...own, "pin-hub", `${ca}/trust-list.pem`);
    const client = world.client();
    for (const [scene, input] of [
      ["login", {}],
      ["messageSignature", { items: [{ id: "1", text: "我方确认开标结果" }] }],
    ]) {
      const session = client.session(scene, input);
      const { frame } = await until(session, (state) => state.frame !== undefined);
      const scan = yinxinBeside("phone", ...own, "scan", frame.text, "--approve", "--match", "-");
      const { matchingNumber } = await until(session, (state) => state.matchingNumber !== undefined);
      scan.say(String(matchingNumber).padStart(2, "0"));
      const answer = await session.answer;
      assert.equal(answer.holder.name, "甲公司", scene);
      assert.match(await scan.done, /./);
    }
  } finally {
    await world.end();
  }
});
