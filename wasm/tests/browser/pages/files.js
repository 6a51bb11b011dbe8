// What the tests of files do in a page.

import { DecryptionKey, decryptFile, encryptFile, inspectBid } from "/yinxin/index.js";

const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
let made;
const chosen = () => made ?? document.querySelector("input").files[0];

let stop = new AbortController();
let kept;

/** Runs a job and watches the page meanwhile. */
async function watched(job) {
  stop = new AbortController();
  const told = [];
  let gap = 0;
  let heap = 0;
  let last = performance.now();
  const began = last;
  const timer = setInterval(() => {
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
    heap = Math.max(heap, performance.memory?.usedJSHeapSize ?? 0);
  }, 10);
  globalThis.told = told;
  const onProgress = ({ done, total }) => told.push([performance.now() - began, done, total]);
  try {
    const result = await job({ onProgress, signal: stop.signal });
    return { result, told, gap, heap, took: performance.now() - began };
  } catch (thrown) {
    return { thrown: thrown?.code ?? String(thrown?.message ?? thrown), facts: thrown?.facts, told, gap, heap };
  } finally {
    clearInterval(timer);
  }
}

const plain = ({ blob, receipt, ...rest }) => ({ ...rest, receipt: receipt && btoa(String.fromCharCode(...receipt)) });

globalThis.files = {
  /** A file of so many octets in place of a chosen one. */
  make(size) {
    const octets = new Uint8Array(size);
    for (let at = 0; at < size; at += 1) octets[at] = Math.imul(at, 2654435761) >>> 24;
    made = new File([octets], "标书.pdf");
  },
  async register() {
    const registration = await navigator.serviceWorker.register("/yinxin/sw.js");
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    await new Promise((resolve) => {
      if (worker.state === "activated") resolve();
      worker.addEventListener("statechange", () => worker.state === "activated" && resolve());
    });
    this.registration = registration;
  },
  async encrypt(certificate, options) {
    const watch = await watched((call) =>
      encryptFile(chosen(), [fromBase64(certificate)], {
        project: "P-17",
        section: "A1",
        opening: new Date("2036-12-01T01:30:00Z"),
        ...(this.registration && { serviceWorker: this.registration }),
        ...options,
        ...call,
      }),
    );
    kept = watch.result ?? kept;
    return watch.result ? { ...watch, result: plain(watch.result) } : watch;
  },
  /** Encrypted and not kept: what a page that sends chunks to its server does. */
  encryptAway(certificate) {
    return this.encrypt(certificate, { sink: () => undefined });
  },
  async decrypt(key, options) {
    const keys = await DecryptionKey.read(fromBase64(key));
    const watch = await watched((call) => decryptFile(kept?.blob ?? chosen(), { keys, ...options, ...call }));
    if (!watch.result) return watch;
    const { segments, ...rest } = watch.result;
    this.opened = segments;
    return { ...watch, result: { ...rest, segments: segments.map(plain) } };
  },
  /** Whether the first opened part and the chosen file are the same, read in pieces. */
  async same() {
    const [one, other] = [this.opened[0].blob, chosen()];
    if (one.size !== other.size) return false;
    for (let at = 0; at < one.size; at += 4 << 20) {
      const [a, b] = await Promise.all(
        [one, other].map(async (blob) => new Uint8Array(await blob.slice(at, at + (4 << 20)).arrayBuffer())),
      );
      for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
    }
    return true;
  },
  async remove() {
    await kept?.remove();
    for (const one of this.opened ?? []) await one.remove();
  },
  kept: () => kept.blob,
  /** The chosen file again, with an octet changed: as somebody saved it anew. */
  async change(at) {
    const file = document.querySelector("input").files[0];
    const octet = new Uint8Array(await file.slice(at, at + 1).arrayBuffer());
    octet[0] ^= 1;
    made = new File([file.slice(0, at), octet, file.slice(at + 1)], file.name);
  },
  /** Bends an octet of a file in the browser's storage, as a disk does that lost power. */
  async bend(name, at) {
    const root = await navigator.storage.getDirectory();
    const handle = await (await root.getDirectoryHandle("yinxin")).getFileHandle(name);
    const octet = new Uint8Array(await (await handle.getFile()).slice(at, at + 1).arrayBuffer());
    octet[0] ^= 1;
    const stream = await handle.createWritable({ keepExistingData: true });
    await stream.write({ type: "write", position: at, data: octet });
    await stream.close();
  },
  /** The head of a bid in the browser's storage: another one has other keys. */
  async head(name) {
    const root = await navigator.storage.getDirectory();
    const handle = await (await root.getDirectoryHandle("yinxin")).getFileHandle(name);
    return (await inspectBid(await handle.getFile())).headDigest;
  },
  stop: (reason) => stop.abort(new Error(reason)),
  /** Names and sizes in the browser's storage. */
  async stored() {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("yinxin", { create: true });
    const found = {};
    for await (const [name, handle] of folder.entries()) found[name] = (await handle.getFile()).size;
    return found;
  },
};
document.documentElement.dataset.ready = "";
