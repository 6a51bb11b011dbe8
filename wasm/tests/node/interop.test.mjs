// What is made in JavaScript is read by others' programs, and what they make is read here: OpenSSL,
// gmsm, BouncyCastle, and the second reader of bids, which was written from `docs/envelope.md`.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import { encryptFile, verify } from "yinxin";

import { peer, yinxin } from "./lib/programs.mjs";
import { World, answered } from "./lib/world.mjs";

const run = (program, args) => execFileSync(program, args, { encoding: "utf8", stdio: "pipe" });
const job = (command, values) => [command, ...Object.entries(values).map(([name, value]) => `${name}=${value}`)];
const gmsm = (command, values) => run(peer("gmsm-peer"), job(command, values));
const reader = (command, values) => run(peer("envelope-reader"), job(command, values));
const bouncycastle = (command, values) =>
  run("java", ["-cp", `${peer("bouncycastle/classes")}:${peer("bouncycastle/lib/*")}`, "peer.Peer", ...job(command, values)]);
const openssl = (...args) => run("openssl", args);

const TEXT = "同意投标承诺书全部条款";

/** Whoever verifies a message, by the algorithm of its signer. */
const VERIFIERS = {
  sm2: {
    gmsm: ({ p7, content, root }) => gmsm("cms-verify", { in: p7, content, trust: root }),
    BouncyCastle: ({ p7, content }) => bouncycastle("cms-verify-value", { in: p7, content }),
  },
  p256: {
    OpenSSL: ({ p7, content, root }) =>
      openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", p7, "-content", content, "-CAfile", root, "-purpose", "any", "-out", "/dev/null"),
    BouncyCastle: ({ p7, content }) => bouncycastle("cms-verify", { in: p7, content }),
  },
};

const SIGNERS = {
  sm2: {
    gmsm: ({ content, key, certificate, chain, out }) => gmsm("cms-sign", { in: content, key, certificate, chain, out }),
    BouncyCastle: ({ content, key, certificate, chain, out }) => bouncycastle("cms-sign", { in: content, key, certificate, chain, out }),
  },
  p256: {
    OpenSSL: ({ content, key, certificate, chain, out }) =>
      openssl("cms", "-sign", "-binary", "-nodetach", "-in", content, "-signer", certificate, "-inkey", key, "-certfile", chain, "-outform", "DER", "-out", out),
    BouncyCastle: ({ content, key, certificate, chain, out }) => bouncycastle("cms-sign", { in: content, key, certificate, chain, out }),
  },
};

for (const algorithm of ["sm2", "p256"]) {
  describe(`interop in ${algorithm}`, () => {
    let world, phone, at;
    before(async () => {
      world = await World.make({ algorithm });
      phone = await world.phone();
      at = world.place.at;
      yinxin("key", "generate", "--algorithm", algorithm, "--no-password", "--out", at("own.key"));
      yinxin("csr", "create", "--key", at("own.key"), "--subject", "C=CN,O=甲公司,CN=甲公司", "--out", at("own.csr"));
      yinxin("ca", "issue", "--dir", world.ca, "--csr", at("own.csr"), "--profile", "holder", "--out", at("own"));
      yinxin("key", "install", "--envelope", at("own/encrypt.envelope"), "--key", at("own.key"), "--no-password", "--out", at("enc.key"));
    });
    after(() => world.end());

    it("a message signed on a phone is right to others, and wrong to them when it is changed", async () => {
      const client = world.client();
      await answered(client, phone, "login", {});
      const { answer } = await answered(client, phone, "messageSignature", { items: [{ id: "1", text: TEXT }] });
      writeFileSync(at("ours.p7"), answer.items[0].signature);
      writeFileSync(at("content"), TEXT);
      writeFileSync(at("other"), `${TEXT}。`);
      for (const [name, verifier] of Object.entries(VERIFIERS[algorithm])) {
        const given = { p7: at("ours.p7"), content: at("content"), root: at("CA/root.pem") };
        verifier(given);
        assert.throws(() => verifier({ ...given, content: at("other") }), undefined, `${name} takes another content`);
      }
    });

    it("a message that others signed is right here, and wrong when it is changed", async () => {
      writeFileSync(at("content"), TEXT);
      for (const [name, signer] of Object.entries(SIGNERS[algorithm])) {
        const out = at(`${name}.p7`);
        signer({ content: at("content"), key: at("own.key"), certificate: at("own/sign.pem"), chain: at("own/chain.pem"), out });
        const trust = { anchors: [world.file("CA/root.pem")], intermediates: [world.file("own/chain.pem")], language: "en" };
        const message = new Uint8Array(readFileSync(out));
        const found = await verify(message, trust);
        assert.equal(found.ok, true, `${name}: ${JSON.stringify(found)}`);
        const place = Buffer.from(message).indexOf(TEXT);
        assert.ok(place > 0, "the content is in it");
        message[place] ^= 1;
        assert.equal((await verify(message, trust)).ok, false, name);
      }
    });

    it("a bid encrypted in a page is opened by the second reader, with the tenderer's layer and without", async () => {
      const content = new Uint8Array(200_001).map((_, index) => Math.imul(index, 2654435761) >>> 24);
      const bid = { project: "P-17", section: "A1", opening: new Date("2036-12-01T01:30:00Z"), chunkSize: 64 << 10, sink: "memory" };
      const to = [world.file("own/encrypt.pem")];
      for (const [number, more] of [{}, { thenTo: to[0] }].entries()) {
        const made = await encryptFile(new File([content], "标书.pdf"), to, { ...bid, ...more });
        writeFileSync(at("page.bid"), new Uint8Array(await made.blob.arrayBuffer()));
        const out = at(`opened-${number}`);
        mkdirSync(out);
        const said = reader("open", { in: at("page.bid"), keys: at("enc.key"), out });
        assert.match(said, /^ok/);
        assert.deepEqual(new Uint8Array(readFileSync(`${out}/main`)), content);
        assert.match(said, /main\.name=标书\.pdf/);
      }
    });
  });
}
