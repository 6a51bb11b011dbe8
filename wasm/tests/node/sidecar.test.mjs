// The sidecar alone: whom it lets in, what it says of itself, what it says of files.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { root, target } from "../browser/lib/places.mjs";
import { start, yinxin } from "./lib/programs.mjs";
import { World } from "./lib/world.mjs";

describe("the sidecar", () => {
  let world;
  before(async () => {
    world = await World.make({ back: "java" });
  });
  after(() => world.end());

  const ask = (path, body, secret = world.sidecar.secret) =>
    fetch(world.sidecar.url + path, {
      method: "POST",
      headers: secret === null ? {} : { authorization: `Bearer ${secret}` },
      body,
    });

  test("lets nobody in without its secret", async () => {
    for (const path of ["/v1/visit", "/v1/open", "/v1/verify", "/v1/receipt", "/v1/files"]) {
      for (const secret of [null, "", "0".repeat(64), world.sidecar.secret.slice(1)]) {
        const answer = await ask(path, "{}", secret);
        assert.equal(answer.status, 401, path);
        assert.equal((await answer.json()).code, "token_wrong");
      }
    }
  });

  test("describes all its calls", async () => {
    const description = await (await fetch(`${world.sidecar.url}/openapi.json`)).json();
    assert.equal(description.openapi, "3.1.0");
    const paths = Object.keys(description.paths).sort();
    assert.deepEqual(paths, ["/v1/files", "/v1/open", "/v1/receipt", "/v1/verify", "/v1/visit"]);
    for (const path of paths) assert.notEqual((await ask(path, "{}")).status, 404, path);
    for (const name of JSON.stringify(description).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      assert.ok(name[1] in description.components.schemas, name[1]);
    }
  });

  test("refuses what is malformed, and nothing ends it", async () => {
    for (const body of ["", "{", "[]", "null", '{"cookie":1}', '{"cookie":"a","more":1}', "\u0000"]) {
      const answer = await ask("/v1/visit", body);
      assert.equal((await answer.json()).code, "request_malformed", body);
    }
    assert.equal((await ask("/v1/visit", '{"cookie":"a"}')).status, 200);
  });

  test("says of a file what the command line says", async () => {
    const file = readFileSync(world.place.at("CA/platform.pem"));
    const found = await (await ask("/v1/files", file)).json();
    const program = join(target, "debug/yinxin");
    const options = ["--json", "--lang", "en", "verify", world.place.at("CA/platform.pem"), "--trust", `${world.ca}/root.pem`];
    let said;
    try {
      said = execFileSync(program, options, { encoding: "utf8", stdio: "pipe" });
    } catch (ended) {
      said = ended.stdout;
    }
    const { code, verdict, steps } = JSON.parse(said);
    assert.deepEqual({ code: found.code, verdict: found.verdict, steps: found.steps }, { code, verdict, steps });
    const nothing = await (await ask("/v1/files", "nothing")).json();
    assert.equal(nothing.ok, false);
  });

  test("knows of a revoked certificate by the list it is given", async () => {
    const { place, ca } = world;
    const at = (name) => place.at(name);
    yinxin("key", "generate", "--algorithm", "sm2", "--no-password", "--out", at("gone.key"));
    yinxin("csr", "create", "--key", at("gone.key"), "--subject", "C=CN,O=乙公司,CN=乙公司", "--out", at("gone.csr"));
    yinxin("ca", "issue", "--dir", ca, "--csr", at("gone.csr"), "--profile", "holder", "--out", at("gone"));
    const { serial } = JSON.parse(yinxin("--json", "certificate", "show", at("gone/sign.pem")));
    yinxin("ca", "revoke", "--dir", ca, "--serial", serial, "--reason", "keyCompromise");
    yinxin("ca", "crl", "--dir", ca, "--out", at("holders.crl"));
    const file = Buffer.concat([readFileSync(at("gone/sign.pem")), readFileSync(at("gone/chain.pem"))]);
    const before = await (await ask("/v1/files", file)).json();
    assert.equal(before.ok, true);
    assert.ok(before.warnings.some(({ code }) => code === "revocation_unknown"));
    const informed = await start("yinxin-sidecar", [
      ...["--code", "P-1", "--name", "示范交易平台", "--listen", "127.0.0.1:0", "--origin", "http://localhost:7401"],
      ...["--key", `${ca}/platform.key`, "--certificate", `${ca}/platform.pem`, "--trust", `${ca}/root.pem`],
      ...["--token-file", at("sidecar.secret"), "--crl", at("holders.crl"), "--hub-url", world.hub.url],
    ]);
    try {
      const headers = { authorization: `Bearer ${world.sidecar.secret}` };
      const answer = await fetch(`${informed.url}/v1/files`, { method: "POST", headers, body: file });
      assert.equal((await answer.json()).code, "revoked");
    } finally {
      await informed.stop();
    }
  });

  test("listens on loopback only", () => {
    const { place, ca } = world;
    const refused = () =>
      execFileSync(
        join(target, "debug/yinxin-sidecar"),
        [
          ...["--code", "P-1", "--name", "a", "--origin", "http://localhost:1", "--listen", "0.0.0.0:0"],
          ...["--key", `${ca}/platform.key`, "--certificate", `${ca}/platform.pem`],
          ...["--trust", `${ca}/root.pem`, "--token-file", place.at("sidecar.secret")],
        ],
        { stdio: "pipe" },
      );
    assert.throws(refused, /loopback/);
  });

  test("has its recipes on the pages, word by word", () => {
    const recipes = ["sidecar/src/main/java/recipe/Recipe.java", "sidecar-go/main.go", "sidecar-cs/Recipe.cs"];
    for (const page of ["integrate.md", "integrate.zh-CN.md"]) {
      const text = readFileSync(join(root, "docs", page), "utf8");
      for (const recipe of recipes) {
        const whole = `\n${readFileSync(join(root, "tests/interop", recipe), "utf8")}\`\`\`\n`;
        assert.ok(text.includes(whole), `docs/${page} has another ${recipe}`);
      }
    }
  });
});
