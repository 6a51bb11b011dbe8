// A test authority, a hub, a platform and a holder with a seal: real programs, each a process.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { dist, examples, target } from "./places.mjs";
import { STRICT, serve } from "./serve.mjs";

const run = promisify(execFile);
const program = (name) => join(target, "debug", name);

/** The unit that holds the certificate. */
export const UNIT = { name: "示范建筑工程公司", code: "91350100M000100Y43" };
export const PLATFORM = { code: "P-1", name: "示范交易平台" };
export const PIN = "246810";

const SCENES = ["login", "messageSignature", "signature", "revokeSignature", "encrypt", "decrypt"];

/** The shortest page that logs a visitor in. */
const plain = (script) => `<!doctype html><html lang="zh-CN"><title>示范</title><link rel="icon" href="data:,">
<script ${script}></script>
<yinxin-qr scene="login" endpoint="/api/yinxin/open"></yinxin-qr>
</html>`;
const TEXTS = {
  "/plain": plain('type="module" src="/yinxin/element.js"'),
  "/classic": plain('src="/yinxin/yinxin.global.js"'),
};

/** Starts a server of ours, waits until it says where it listens. */
async function start(name, args, folder) {
  const child = spawn(program(name), args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  const origin = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${said.join("\n")}`)));
    createInterface({ input: child.stdout }).once("line", (line) => resolve(line.trim().split(" ").at(-1)));
  });
  return {
    origin,
    said,
    async end() {
      process.removeListener("exit", end);
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const timer = setTimeout(end, 3_000);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** Everything in one suite, `sm2` or `p256`. */
export async function makeWorld({ suite = "sm2" } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "yinxin-browser-"));
  const path = (name) => join(folder, name);
  const yinxin = (line, more = []) =>
    run(program("yinxin"), [...line.split(" "), ...more], { cwd: folder });
  const ends = [];
  const world = {
    folder,
    path,
    yinxin,
    read: (name) => readFileSync(path(name)),
    async close() {
      for (const end of ends.reverse()) await end().catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await yinxin(`ca init --dir CA --algorithm ${suite}`);
    await yinxin(`key generate --algorithm ${suite} --out sign.key --no-password`);
    const subject = `C=CN,O=${UNIT.name},CN=${UNIT.name}`;
    await yinxin("csr create --key sign.key --out csr --subject", [subject]);
    await yinxin(
      `ca issue --dir CA --csr csr --profile holder --credit-code ${UNIT.code} --out .`,
    );
    await yinxin(
      "key install --envelope encrypt.envelope --key sign.key --no-password --out encrypt.key",
    );
    await yinxin(`seal draw --template round --out seal.png --text ${UNIT.name}`);
    await yinxin(
      "seal make --picture seal.png --name 公章 --id 37030000001721 --holder sign.pem " +
        "--maker-key CA/seal-maker.key --maker-certificate CA/seal-maker.pem --out seal.esl",
    );

    writeFileSync(path("contract.txt"), "建设工程施工合同\n甲方：示范建筑工程公司\n");
    await yinxin("document create contract.txt --out contract.ofd");
    await yinxin(
      "bid encrypt contract.txt --to encrypt.pem --platform P-1 --project E1 --section S1 " +
        `--opening 2020-01-01T00:00:00Z --bidder ${UNIT.code} --out old.bid --receipt old.receipt`,
    );

    // Pages first: their origins are registered.
    const kit = join(examples, "kit");
    const files = (page) => ({ "/yinxin/": dist, "/kit/": kit, "/": join(examples, page) });
    const hubLine = await serve({ proxies: { "/": undefined } });
    ends.push(() => hubLine.close());
    const policy = STRICT.replace("connect-src 'self'", `connect-src 'self' ${hubLine.origin}`);
    const site = await serve({
      folders: files("platform"),
      texts: TEXTS,
      proxies: { "/api/": undefined },
      policy,
    });
    ends.push(() => site.close());
    const app = await serve({ folders: files("phone"), policy });
    ends.push(() => app.close());

    writeFileSync(
      path("platforms.json"),
      JSON.stringify({
        platforms: [
          { ...PLATFORM, origins: [site.origin], certificates: ["CA/platform.pem"], scenes: SCENES, state: "active" },
        ],
      }),
    );
    const hub = await start(
      "yinxin-hub",
      ["serve", "--ca", "CA", "--platforms", "platforms.json", "--listen", "127.0.0.1:0", "--phone-origin", app.origin],
      folder,
    );
    ends.push(() => hub.end());
    hubLine.route("/", hub.origin);
    const platform = await start(
      "yinxin-platform",
      [
        ["--code", PLATFORM.code, "--name", PLATFORM.name],
        ["--key", "CA/platform.key", "--certificate", "CA/platform.pem", "--trust", "CA/root.pem"],
        ["--origin", site.origin, "--listen", "127.0.0.1:0", "--hub-url", hub.origin, "--hub-page-url", hubLine.origin],
      ].flat(),
      folder,
    );
    ends.push(() => platform.end());
    site.route("/api/", platform.origin);
    return Object.assign(world, {
      hub,
      hubLine,
      platform,
      site,
      app,
      /** Cuts the line between the pages and the hub, or mends it. */
      setLine(up) {
        hubLine.route("/", up ? hub.origin : undefined);
        if (!up) hubLine.cut();
      },
    });
  } catch (error) {
    await world.close();
    throw error;
  }
}
