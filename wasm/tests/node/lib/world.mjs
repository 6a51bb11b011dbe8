// A test authority, a real hub, a platform, and a unit with its phone.

import { readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";

import { YinxinClient, bidToOpen } from "yinxin";
import { Platform, nodeListener } from "yinxin/node";
import { Phone } from "yinxin/phone";

import { RECIPES, folder, start, yinxin } from "./programs.mjs";

export const UNIT = "91350100M000100Y43";
export const ORIGIN = "http://localhost:7401";
export const PHONE_ORIGIN = "http://localhost:7402";
export const PIN = "246810";
const NAME = "示范交易平台";

/** Storage of a phone in memory. */
export function memory() {
  let blob;
  return {
    load: () => Promise.resolve(blob),
    store: (next) => {
      blob = next;
      return Promise.resolve();
    },
    get blob() {
      return blob;
    },
  };
}

/** Keys of a browser in memory, as its own database would keep them. */
export async function browserKeys() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
    "verify",
  ]);
  const rest = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const how = { name: "ECDSA", hash: "SHA-256" };
  return {
    browser: () =>
      Promise.resolve({
        publicKey,
        sign: async (data) => new Uint8Array(await crypto.subtle.sign(how, pair.privateKey, data)),
      }),
    secret: async (salt) => new Uint8Array(await crypto.subtle.sign("HMAC", rest, salt)),
  };
}

/** A tab's storage. */
export function tab() {
  const entries = new Map();
  return {
    getItem: (name) => entries.get(name) ?? null,
    setItem: (name, value) => void entries.set(name, value),
    removeItem: (name) => void entries.delete(name),
    entries,
  };
}

/** A browser's fetch: it keeps the cookies of one site, and says its origin. */
export function browserFetch(origin = ORIGIN) {
  const jar = new Map();
  const own = async (address, init = {}) => {
    const url = new URL(address, origin);
    const headers = new Headers(init.headers);
    headers.set("origin", origin);
    if (init.credentials === "same-origin" && jar.size > 0) {
      headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const answer = await fetch(url, { ...init, headers });
    if (init.credentials === "same-origin") {
      for (const line of answer.headers.getSetCookie()) {
        const [pair] = line.split(";");
        const at = pair.indexOf("=");
        jar.set(pair.slice(0, at), pair.slice(at + 1));
      }
    }
    return answer;
  };
  own.jar = jar;
  return own;
}

/** Everything that a session needs. */
export class World {
  static async make({ algorithm = "sm2", back = "node", hubs = 1, handler = {}, platform = {} } = {}) {
    const world = new World();
    const place = folder();
    world.place = place;
    world.algorithm = algorithm;
    const ca = place.at("CA");
    yinxin("ca", "init", "--dir", ca, "--algorithm", algorithm);
    world.ca = ca;
    const platforms = {
      platforms: [
        {
          code: "P-1",
          name: NAME,
          origins: [ORIGIN],
          certificates: ["CA/platform.pem"],
          scenes: ["login", "messageSignature", "signature", "revokeSignature", "encrypt", "decrypt"],
          state: "active",
        },
      ],
    };
    writeFileSync(place.at("platforms.json"), JSON.stringify(platforms));
    const names = ["localhost", "hub-b.localhost"].slice(0, hubs);
    world.hubs = [];
    for (const name of names) {
      const args = ["serve", "--ca", ca, "--platforms", place.at("platforms.json"), "--host", name];
      const hub = await start("yinxin-hub", [...args, "--listen", "127.0.0.1:0", "--phone-origin", PHONE_ORIGIN]);
      world.hubs.push({ name, ...hub });
    }
    try {
      world.hub = world.hubs[0];
      if (back === "rust") await world.#rustPlatform();
      else if (back in RECIPES) await world.#recipe(RECIPES[back]);
      else await world.#nodePlatform(handler, platform);
    } catch (error) {
      // Programs that stay behind would keep the run from ending.
      await world.end();
      throw error;
    }
    return world;
  }

  file = (name) => new Uint8Array(readFileSync(this.place.at(name)));

  #ends = [];
  #scans = [];

  async #rustPlatform() {
    const { ca, hub } = this;
    const site = await start("yinxin-platform", [
      ...["--code", "P-1", "--name", NAME, "--listen", "127.0.0.1:0", "--origin", ORIGIN],
      ...["--key", `${ca}/platform.key`, "--certificate", `${ca}/platform.pem`],
      ...["--trust", `${ca}/root.pem`, "--hub-url", hub.url],
    ]);
    this.endpoint = `${site.url}/api/yinxin/open`;
    this.#ends.push(() => site.stop());
  }

  /** A recipe of the documentation, with the sidecar beside it. */
  async #recipe({ program, args }) {
    const { ca, hub, place } = this;
    const secret = place.at("sidecar.secret");
    writeFileSync(secret, randomBytes(32).toString("hex"));
    const sidecar = await start("yinxin-sidecar", [
      ...["--code", "P-1", "--name", NAME, "--listen", "127.0.0.1:0", "--origin", ORIGIN],
      ...["--key", `${ca}/platform.key`, "--certificate", `${ca}/platform.pem`],
      ...["--trust", `${ca}/root.pem`, "--hub-url", hub.url, "--token-file", secret],
    ]);
    this.#ends.push(() => sidecar.stop());
    this.sidecar = { url: sidecar.url, secret: readFileSync(secret, "utf8") };
    const site = await start(program, [...args, sidecar.url, secret, ORIGIN]);
    this.endpoint = `${site.url}/api/yinxin/open`;
    this.#ends.push(() => site.stop());
  }

  async #nodePlatform(handler, more) {
    this.accepted = [];
    this.platform = new Platform({
      code: "P-1",
      name: NAME,
      origins: [ORIGIN],
      hub: this.hubs.map(({ name, url }) => ({ name, url })),
      certificate: this.file("CA/platform.pem"),
      key: { file: this.file("CA/platform.key") },
      trust: this.file("CA/root.pem"),
      ...more,
    });
    await this.platform.load();
    const handle = this.platform.handler({
      ask: ({ wish }) => wish,
      accepted: ({ answer }) => void this.accepted.push(answer),
      ...handler,
    });
    const listener = nodeListener(handle);
    const server = createServer((incoming, outgoing) => {
      this.intercept === undefined ? listener(incoming, outgoing) : this.intercept(incoming, outgoing, listener);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.endpoint = `http://127.0.0.1:${server.address().port}/api/yinxin/open`;
    this.#ends.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
  }

  /** A page of the site in some visitor's browser. */
  client(options = {}) {
    return new YinxinClient({
      open: this.endpoint,
      origin: ORIGIN,
      fetch: browserFetch(),
      keys: false,
      storage: false,
      ...options,
    });
  }

  /** A phone with the certificates of the unit. */
  async phone({ seal = false, ...options } = {}) {
    const { place, ca } = this;
    const storage = memory();
    const phone = await Phone.create(storage, PIN, options);
    const algorithm = this.algorithm === "sm2" ? "SM2" : "P-256";
    const csr = await phone.requestCertificate(algorithm, "C=CN,O=甲公司,CN=甲公司", PIN);
    writeFileSync(place.at("sign.csr"), csr);
    const out = place.at("mine");
    const args = ["--csr", place.at("sign.csr"), "--profile", "holder", "--credit-code", UNIT];
    yinxin("--force", "ca", "issue", "--dir", ca, ...args, "--out", out);
    await phone.install(
      {
        signing: this.file("mine/sign.pem"),
        encryption: this.file("mine/encrypt.pem"),
        envelope: this.file("mine/encrypt.envelope"),
        issuers: this.file("mine/chain.pem"),
      },
      PIN,
    );
    for (const { url } of this.hubs) await phone.pinHub(url, this.file("CA/trust-list.pem"));
    if (seal) {
      this.makeSeal();
      await phone.addSeal(this.file("seal.esl"));
    }
    phone.storage = storage;
    return this.watched(phone);
  }

  /** The same phone; what it scans and nobody answers is let go when the world ends. */
  watched(phone) {
    for (const name of ["scan", "typed"]) {
      const own = phone[name].bind(phone);
      phone[name] = async (...call) => {
        const scan = await own(...call);
        this.#scans.push(scan);
        return scan;
      };
    }
    return phone;
  }

  /** A call of the client that asks a phone, approved on the phone. */
  async asked(client, phone, call) {
    const shown = new State();
    const done = call({ onState: (state) => shown.set(state) });
    const { outcome } = await approve(phone, shown);
    const [result] = await Promise.all([done, outcome]);
    return result;
  }

  /** A bid for the unit whose opening has come, and what a page asks with it. */
  async bid() {
    const { place } = this;
    writeFileSync(place.at("plan.txt"), "技术方案");
    const opening = new Date(Date.now() - 60_000).toISOString().replace(/\.\d+/, "");
    yinxin(
      ...["--force", "bid", "encrypt", "--segment", `technical=${place.at("plan.txt")}`],
      ...["--to", place.at("mine/encrypt.pem"), "--project", "P-17", "--section", "A1"],
      ...["--platform", "P-1", "--opening", opening],
      ...["--out", place.at("one.bid"), "--receipt", place.at("one.receipt")],
    );
    const { bid, display } = await bidToOpen(this.file("one.bid"), { id: "bid" });
    return { files: [bid], display };
  }

  makeSeal() {
    const { place, ca } = this;
    yinxin("--force", "seal", "draw", "--template", "round", "--text", "甲公司", "--out", place.at("seal.png"));
    yinxin(
      ...["--force", "seal", "make", "--picture", place.at("seal.png"), "--name", "公章"],
      ...["--id", "37030000001721", "--holder", place.at("mine/sign.pem")],
      ...["--maker-key", `${ca}/seal-maker.key`, "--maker-certificate", `${ca}/seal-maker.pem`],
      ...["--out", place.at("seal.esl")],
    );
  }

  async end() {
    const open = (scan) => scan.phase !== "completed" && scan.phase !== "over";
    for (const scan of this.#scans.filter(open)) scan.close();
    for (const end of this.#ends.reverse()) await end();
    for (const hub of this.hubs) {
      hub.thaw();
      await hub.stop();
    }
    this.place.remove();
  }
}

/** A state that is told from outside, in the shape of a session. */
class State {
  state = { phase: "idle" };
  #listeners = new Set();
  set(state) {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Waits until a session's state is as wanted. */
export function until(session, wanted, milliseconds = 20_000) {
  return new Promise((resolve, reject) => {
    const look = (state) => {
      if (!wanted(state)) return;
      clearTimeout(timer);
      stop();
      resolve(state);
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`still ${session.state.phase}: ${session.state.error}`));
    }, milliseconds);
    const stop = session.subscribe(look);
    queueMicrotask(() => look(session.state));
  });
}

/** The person scans what the page shows, compares the number, and confirms. */
export async function approve(phone, session, { typed = false, ...confirmation } = {}) {
  const state = await until(session, ({ phase, frame }) => phase === "showing" && frame !== undefined);
  const scan = typed
    ? await phone.typed(state.shortCode, phone.holdings().hubs[0].host)
    : await phone.scan(session.state.frame.text);
  const { matchingNumber } = await until(session, (now) => now.matchingNumber !== undefined);
  if (scan.view.needs.matching !== "none") await scan.matchNumber(matchingNumber);
  const [certificate] = scan.view.needs.certificates;
  const [seal] = scan.view.needs.seals;
  const outcome = scan.confirm({
    certificate: certificate.index,
    ...(seal === undefined ? {} : { seals: seal.index }),
    ...(scan.view.needs.pin ? { pin: PIN } : {}),
    ...confirmation,
  });
  return { scan, outcome };
}

/** A session that is approved on the phone: its answer, and the phone's outcome. */
export async function answered(client, phone, scene, input, how = {}) {
  const session = client.session(scene, input);
  const { scan, outcome } = await approve(phone, session, how);
  const [answer, done] = await Promise.all([session.answer, outcome]);
  return { answer, outcome: done, view: scan.view, session };
}
