// Verifying in Node gives what the command line gives: the same findings on the same files.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { YinxinError, explain, inspect, preload, verify, verifyCertificate, verifyDocument } from "yinxin";
import { Platform } from "yinxin/node";

import { target } from "../browser/lib/places.mjs";
import { onePage } from "./lib/files.mjs";

const program = join(target, "debug/yinxin");

describe("verification", () => {
  let folder;
  const at = (name) => join(folder, name);
  const file = (name) => new Uint8Array(readFileSync(at(name)));

  /** The command line's finding, whatever its exit. */
  function said(...args) {
    try {
      return JSON.parse(execFileSync(program, ["--json", "--lang", "en", ...args], { encoding: "utf8", stdio: "pipe" }));
    } catch (ended) {
      return JSON.parse(ended.stdout);
    }
  }
  const run = (...args) => execFileSync(program, [...args, "--force"], { encoding: "utf8", stdio: "pipe" });

  /** What both sides must say alike; the command line names the file besides. */
  function same(ours, theirs) {
    const plain = (value, key) => {
      if (Array.isArray(value)) return value.map((one) => plain(one));
      if (typeof value !== "object" || value === null) return value;
      const step = typeof value.result === "string" && typeof value.id === "string";
      return Object.fromEntries(
        Object.entries(value)
          .filter(([name]) => !(name === "file" || (step && (name === "name" || name === "message"))))
          .filter(([name]) => !(name === "message" && key === undefined))
          .map(([name, one]) => [name, plain(one, name)]),
      );
    };
    assert.deepEqual(plain(ours), plain(theirs));
    assert.ok(theirs.message.endsWith(ours.message), `${theirs.message} / ${ours.message}`);
  }

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "yinxin-verify-"));
    run("ca", "init", "--dir", at("CA"), "--algorithm", "sm2");
    run("key", "generate", "--algorithm", "sm2", "--no-password", "--out", at("key.pem"));
    run("csr", "create", "--key", at("key.pem"), "--subject", "C=CN,O=甲公司,CN=甲公司", "--out", at("csr.pem"));
    run("ca", "issue", "--dir", at("CA"), "--csr", at("csr.pem"), "--profile", "holder", "--out", at("own"));
    writeFileSync(at("text.txt"), "投标报价：一百万元\n");
    const sign = ["--key", at("key.pem"), "--certificate", at("own/sign.pem"), "--chain", at("own/chain.pem")];
    run("cms", "sign", at("text.txt"), ...sign, "--out", at("text.p7s"));
    run("cms", "sign", at("text.txt"), ...sign, "--detached", "--out", at("detached.p7s"));
    run("document", "create", at("text.txt"), "--out", at("plain.ofd"));
    run("seal", "draw", "--template", "round", "--text", "甲公司", "--out", at("seal.png"));
    run(
      ...["seal", "make", "--picture", at("seal.png"), "--name", "甲公司", "--id", "1", "--holder", at("own/sign.pem")],
      ...["--maker-key", at("CA/seal-maker.key"), "--maker-certificate", at("CA/seal-maker.pem"), "--out", at("seal.esl")],
    );
    run(
      ...["document", "seal", at("plain.ofd"), "--seal", at("seal.esl"), "--key", at("key.pem")],
      ...["--certificate", at("own/sign.pem"), "--page", "1", "--position", "100,100", "--out", at("sealed.ofd")],
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  // One time for both sides and all tests: between two verifications a second may pass. It is
  // ten minutes from now, so that nothing made above is of the future.
  const time = new Date((Math.floor(Date.now() / 1000) + 600) * 1000);
  const then = ["--at", time.toISOString().replace(".000", "")];
  const untrusting = { language: "en", at: time };
  const trust = () => ({ anchors: [file("CA/root.pem")], intermediates: [file("own/chain.pem")], ...untrusting });
  const options = () => ["--trust", at("CA/root.pem"), "--intermediates", at("own/chain.pem"), ...then];

  it("of a signed message is the command line's", async () => {
    const found = await verify(file("text.p7s"), trust());
    assert.equal(found.ok, true);
    same(found, said("verify", at("text.p7s"), ...options()));
  });

  it("of a detached signature needs its content", async () => {
    const found = await verify(file("detached.p7s"), { ...trust(), content: file("text.txt") });
    assert.equal(found.ok, true);
    same(found, said("verify", at("detached.p7s"), "--content", at("text.txt"), ...options()));
    const without = await verify(file("detached.p7s"), trust());
    assert.equal(without.ok, false);
  });

  it("of a message with one bit changed fails at the same step", async () => {
    const bent = file("text.p7s");
    bent[bent.length - 5] ^= 1;
    writeFileSync(at("bent.p7s"), bent);
    const found = await verify(bent, trust());
    assert.equal(found.ok, false);
    same(found, said("verify", at("bent.p7s"), ...options()));
  });

  it("is never valid without an anchor", async () => {
    for (const name of ["text.p7s", "sealed.ofd", "own/sign.pem", "seal.esl"]) {
      const found = await verify(file(name), untrusting);
      assert.equal(found.ok, false, name);
      assert.notEqual(found.verdict, "valid", name);
      same(found, said("verify", at(name), ...then));
    }
  });

  it("of certificates knows their purposes", async () => {
    const found = await verifyCertificate(file("own/sign.pem"), "sign", trust());
    assert.equal(found.ok, true);
    same(found, said("certificate", "verify", at("own/sign.pem"), "--purpose", "sign", ...options()));
    const wrong = await verifyCertificate(file("own/sign.pem"), "encrypt", trust());
    assert.equal(wrong.code, "purpose");
    const shown = await inspect(file("own/sign.pem"), { language: "en" });
    assert.equal(shown["holder"], "甲公司");
  });

  it("of a sealed document gives the seal's picture, and of a bent one nothing", async () => {
    const found = await verifyDocument(file("sealed.ofd"), trust());
    assert.equal(found.finding.ok, true);
    same(found.finding, said("verify", at("sealed.ofd"), ...options()));
    const picture = found.sealPicture(1);
    assert.equal(picture.type, "image/png");
    assert.deepEqual(picture.data, file("seal.png"));
    assert.equal(found.pages, 1);
    const drawn = await found.render(1);
    assert.deepEqual([...drawn.subarray(1, 4)], [...Buffer.from("PNG")]);
    await assert.rejects(found.render(2), { code: "no_such_page" });
    await assert.rejects(found.render(1, { dpi: 1 }), { code: "resolution" });

    const untrusted = await verifyDocument(file("sealed.ofd"), untrusting);
    assert.equal(untrusted.sealPicture(1), undefined, "a seal that is not proved is not shown");
    const bare = await untrusted.render(1);
    assert.deepEqual(bare, await (await verifyDocument(file("plain.ofd"), untrusting)).render(1), "and not drawn");
    assert.notDeepEqual(bare, drawn);
  });

  /** A platform of this authority, at the time of the tests. */
  const platform = (more = {}) =>
    new Platform({
      code: "P-1",
      name: "示范交易平台",
      origins: ["https://site.example"],
      hub: { name: "hub.example" },
      certificate: file("CA/platform.pem"),
      key: { file: file("CA/platform.key") },
      trust: file("CA/root.pem"),
      now: () => time.getTime(),
      ...more,
    });
  const sealing = (from, to, command = "seal") => {
    const how = command === "seal" ? ["--seal", at("seal.esl"), "--page", "1", "--position", "100,100"] : [];
    const who = ["--key", at("key.pem"), "--certificate", at("own/sign.pem")];
    run("document", command, at(from), ...how, ...who, "--out", at(to));
  };
  const judged = { language: "en", at: time };

  it("at a back end is the command line's, of OFD and PDF, in one piece or in many", async () => {
    writeFileSync(at("plain.pdf"), onePage());
    sealing("plain.pdf", "sealed.pdf");
    for (const name of ["sealed.ofd", "sealed.pdf"]) {
      const whole = file(name);
      const pieces = async function* () {
        for (let from = 0; from < whole.length; from += 1000) yield whole.subarray(from, from + 1000);
      };
      const theirs = said("verify", at(name), ...options());
      for (const given of [whole, pieces(), new Blob([whole]).stream()]) {
        const found = await platform().verifySeal(given, { ...judged, intermediates: [file("own/chain.pem")] });
        assert.equal(found.ok, true, JSON.stringify(found.finding));
        same(found.finding, theirs);
        assert.deepEqual(found.seals.map(({ number, kind, verdict, sealName }) => [number, kind, verdict, sealName]), [
          [1, "seal", "valid", "甲公司"],
        ]);
        assert.deepEqual(found.sealPicture(1).data, file("seal.png"));
      }
    }
  });

  it("at a back end says no to a document with any octet of its content changed, and shows no seal of it", async () => {
    for (const name of ["sealed.ofd", "sealed.pdf"]) {
      const whole = file(name);
      for (let from = 40; from < whole.length; from += Math.ceil(whole.length / 150)) {
        const bent = whole.slice();
        bent[from] ^= 4;
        const found = await platform().verifySeal(bent, { ...judged, intermediates: [file("own/chain.pem")] });
        // An archive has octets that say nothing, as dates of files: the command line says which.
        if (!found.ok) {
          assert.notEqual(found.code, "valid");
          continue;
        }
        writeFileSync(at("bent"), bent);
        same(found.finding, said("verify", at("bent"), ...options()));
        assert.equal(name, "sealed.ofd", `octet ${from} of the PDF is covered by nothing`);
      }
    }
  });

  it("at a back end takes nothing for a sealed document that is none", async () => {
    sealing("plain.ofd", "signed.ofd", "sign");
    const signed = await platform().verifySeal(file("signed.ofd"), { ...judged, intermediates: [file("own/chain.pem")] });
    assert.equal(signed.finding.ok, true, "its signature is right");
    assert.deepEqual([signed.ok, signed.code, signed.seals[0].kind], [false, "no_signature", "sign"]);
    for (const [name, code] of [["plain.ofd", "no_signature"], ["seal.esl", "unknown_kind"], ["text.txt", undefined]]) {
      const found = await platform().verifySeal(file(name), { ...judged, intermediates: [file("own/chain.pem")] });
      assert.equal(found.ok, false, name);
      if (code !== undefined) assert.equal(found.code, code);
      assert.deepEqual(found.seals, []);
    }
  });

  it("at a back end trusts the platform's roots and asks its revocation lists, newer ones too", async () => {
    run("ca", "init", "--dir", at("OTHER"), "--algorithm", "sm2");
    const chain = { ...judged, intermediates: [file("own/chain.pem")] };
    const foreign = await platform({ trust: file("OTHER/root.pem") }).verifySeal(file("sealed.ofd"), chain);
    assert.equal(foreign.ok, false);
    const strict = platform({ requireRevocation: true });
    const unknown = await strict.verifySeal(file("sealed.ofd"), chain);
    assert.equal(unknown.ok, false, "no list speaks of the certificate");
    await assert.rejects(strict.takeRevocationLists([new Uint8Array([1])]), YinxinError.is);
    const lists = (name) => {
      run("ca", "crl", "--dir", at("CA"), "--out", at(`${name}.crl`));
      run("ca", "crl", "--dir", at("CA"), "--root", "--out", at(`${name}-root.crl`));
      return [file(`${name}.crl`), file(`${name}-root.crl`)];
    };
    await strict.takeRevocationLists(lists("before"));
    const known = await strict.verifySeal(file("sealed.ofd"), chain);
    assert.equal(known.ok, true, JSON.stringify(known.finding));
    const { serial } = await inspect(file("own/sign.pem"));
    run("ca", "revoke", "--dir", at("CA"), "--serial", serial, "--reason", "key_compromise");
    await strict.takeRevocationLists(lists("after"));
    const revoked = await strict.verifySeal(file("sealed.ofd"), chain);
    assert.deepEqual([revoked.ok, revoked.code], [false, "revoked"]);
    assert.equal(revoked.sealPicture(1), undefined);
    const large = platform().verifySeal(file("sealed.ofd"), { ...chain, limit: 1000 });
    await assert.rejects(large, { code: "file_too_large", mendedBy: "sender" });
    await assert.rejects(platform().verifySeal("a path", chain), /^TypeError: document/);
    await assert.rejects(platform().verifySeal(file("sealed.ofd"), null), /^TypeError: options/);
  });

  it("of a seal alone is the command line's", async () => {
    const found = await verify(file("seal.esl"), trust());
    assert.equal(found.ok, true);
    same(found, said("verify", at("seal.esl"), ...options()));
  });

  it("of what is nothing says so, and throws only for what is trusted", async () => {
    const found = await verify(new TextEncoder().encode("nothing of the kind"), trust());
    assert.equal(found.ok, false);
    await assert.rejects(verify(file("text.p7s"), { anchors: [new Uint8Array([1, 2, 3])] }), YinxinError.is);
    await assert.rejects(verify("a path", trust()), TypeError);
  });

  it("is explained in both languages", async () => {
    const found = await verifyCertificate(file("own/sign.pem"), "encrypt", { ...trust(), language: "zh-CN" });
    assert.match(found.message, /\p{Script=Han}/u);
    assert.ok(found.steps.every((step) => step.name.length > 0));
    await preload();
    const error = new YinxinError({ code: "qr_stale" });
    assert.match(explain(error, "zh-CN").title, /\p{Script=Han}/u);
    assert.match(explain(error, "en").title, /^[\x20-\x7e]+$/);
    assert.notEqual(explain(error, "en").whatToDo, "");
  });
});
