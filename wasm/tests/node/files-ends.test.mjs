// What is left where a job on files ends in the middle: nothing, and a reason.

import assert from "node:assert/strict";
import { after, before, mock, test } from "node:test";

import { encryptFile, preload } from "yinxin";

import { Holders } from "../lib/holders.mjs";

const holders = new Holders("files-ends");
const bid = { project: "P-17", section: "A1", opening: new Date("2036-12-01T01:30:00Z") };
const given = new Map();
let to;
/** Told when the frame of a download is in the page. */
let appended = () => {};

/** Something of a browser, until the end of the tests. */
function browser(name, value) {
  given.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** What was removed from the browser's storage. */
const removed = [];
const folder = {
  getDirectoryHandle: () => Promise.resolve(folder),
  removeEntry: (name) => Promise.resolve(void removed.push(name)),
};

before(async () => {
  holders.authority("sm2");
  holders.enrol("holder", "sm2");
  to = [holders.read("holder/encrypt.pem")];
  await preload();
  browser("Worker", class {});
  browser("document", { createElement: () => ({ remove() {} }), body: { append: () => appended() } });
  browser("navigator", { serviceWorker: {}, storage: { getDirectory: () => Promise.resolve(folder) } });
});
after(() => {
  for (const [name, before] of given) {
    if (before === undefined) delete globalThis[name];
    else Object.defineProperty(globalThis, name, before);
  }
  holders.close();
});

/** A worker that asks for its output and dies. */
class Dying extends EventTarget {
  ended = false;

  constructor() {
    super();
    setTimeout(() => this.#say({ call: "ready", number: 0, given: [new Uint8Array(65)] }));
  }

  #say(data) {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  postMessage(message) {
    if (message.call === "encrypt") {
      this.#say({ call: "open", number: 1, given: [{ name: "", index: 0, fileName: "a.bid", headDigest: "" }] });
    }
    if (message.answer === 1) this.dispatchEvent(new Event("error"));
  }

  terminate() {
    this.ended = true;
  }
}

test("a worker that dies leaves no stream open: it is aborted with the reason", async () => {
  let reason;
  const stream = new WritableStream({ abort: (why) => void (reason = why) });
  let worker;
  const job = encryptFile(new Blob(["bid"]), to, { ...bid, sink: stream, worker: () => (worker = new Dying()) });
  await assert.rejects(job, { code: "worker_failed" });
  assert.equal(reason?.code, "worker_failed");
  assert.equal(worker.ended, true);
});

test("a worker that dies leaves nothing in the browser's storage", async () => {
  removed.length = 0;
  const job = encryptFile(new Blob(["bid"]), to, { ...bid, sink: "storage", worker: () => new Dying() });
  await assert.rejects(job, { code: "worker_failed" });
  assert.equal(removed.length, 2);
  assert.match(removed[0], /^bid-/);
  assert.equal(removed[1], `${removed[0]}.digests`);
});

/** A service worker that takes a download whose frame never asks for it. */
const silent = {
  scope: "https://site.example/",
  active: {
    postMessage({ yinxin, reply }) {
      if (reply === undefined) return;
      reply.postMessage(yinxin === "hello" ? "hello" : "ready");
      reply.close();
    },
  },
};

test("a download that the browser never begins ends with a reason that the site can mend", { timeout: 10_000 }, async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  try {
    const there = new Promise((resolve) => (appended = resolve));
    const job = encryptFile(new Blob(["bid"]), to, { ...bid, sink: "download", worker: false, serviceWorker: silent });
    const ended = assert.rejects(job, { code: "download_blocked", mendedBy: "developer" });
    await Promise.race([there, ended]);
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(20_000);
    await ended;
    // The frame and the line go a moment later.
    mock.timers.tick(10_000);
  } finally {
    mock.timers.reset();
  }
});

test("a download that waits for the browser ends at once when the page gives it up", { timeout: 10_000 }, async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  try {
    const there = new Promise((resolve) => (appended = resolve));
    const stop = new AbortController();
    const options = { ...bid, sink: "download", worker: false, serviceWorker: silent, signal: stop.signal };
    const ended = assert.rejects(encryptFile(new Blob(["bid"]), to, options), { message: "given up" });
    await Promise.race([there, ended]);
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error("given up"));
    await ended;
    mock.timers.tick(10_000);
  } finally {
    mock.timers.reset();
  }
});
