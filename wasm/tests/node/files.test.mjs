// Bids made and opened in JavaScript, held against the command line, which made and opens the same.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { DecryptionKey, YinxinError, decryptFile, encryptFile, inspectBid } from "yinxin";

import { Holders } from "../lib/holders.mjs";

const holders = new Holders("files");
after(() => holders.close());

const at = (name) => holders.path(name);
const yinxin = (line) => holders.yinxin(line);
const read = (name) => holders.read(name);

const CHUNK = 64 << 10;
const BID = { project: "P-17", section: "A1", opening: new Date("2036-12-01T01:30:00Z"), chunkSize: CHUNK };
const LINE = "--project P-17 --section A1 --opening 2036-12-01T01:30:00Z";

/** Octets that differ everywhere. */
function octets(count, seed = 1) {
  const all = new Uint8Array(count);
  let state = seed;
  for (let index = 0; index < count; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    all[index] = state >>> 24;
  }
  return all;
}

const certificate = (name) => read(`${name}/encrypt.pem`);
const key = (name) => DecryptionKey.read(read(`${name}/enc.key`));

before(() => {
  for (const algorithm of ["sm2", "p256"]) {
    holders.authority(algorithm);
    holders.enrol(algorithm, algorithm);
  }
  holders.enrol("tenderer", "sm2");
});

const file = (content, name = "施工方案.pdf") => new File([content], name);

async function refusal(work) {
  try {
    await work;
  } catch (thrown) {
    assert.ok(YinxinError.is(thrown), String(thrown?.stack ?? thrown));
    return thrown;
  }
  assert.fail("it was not refused");
}

const whole = async (blob) => new Uint8Array(await blob.arrayBuffer());

test("what the page encrypts, the command line opens, at every size around a chunk, in both suites", async () => {
  for (const holder of ["sm2", "p256"]) {
    for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7]) {
      const content = octets(size);
      const made = await encryptFile(file(content), [certificate(holder)], { ...BID, sink: "memory" });
      assert.equal(made.checked, "read back");
      assert.equal(made.fileName, "施工方案.pdf.bid");
      assert.equal(made.blob.size, made.size);
      writeFileSync(at("page.bid"), await whole(made.blob));
      writeFileSync(at("page.receipt"), made.receipt);
      yinxin("bid verify-receipt page.receipt page.bid");
      yinxin(`bid decrypt page.bid --key ${holder}/enc.key --force --out out`);
      assert.deepEqual(read("out/施工方案.pdf"), content, `${holder}, ${size}`);
      assert.equal(made.segments[0].size, size);
    }
  }
});

test("what the command line encrypts, the page opens, with its own name and digests", async () => {
  for (const holder of ["sm2", "p256"]) {
    const content = octets((2 << 20) + 9);
    writeFileSync(at("plan.pdf"), content);
    writeFileSync(at("price.xls"), "1 000 000");
    yinxin(`bid encrypt --segment technical=plan.pdf --segment price=price.xls --to ${holder}/encrypt.pem ${LINE} --out line.bid --receipt line.receipt --force`);
    const bid = new Blob([read("line.bid")]);
    const head = await inspectBid(bid);
    assert.equal(head.project, "P-17");
    assert.deepEqual(head.segments, ["technical", "price"]);
    const opened = await decryptFile(bid, { keys: await key(holder), receipt: read("line.receipt"), sink: "memory" });
    assert.deepEqual(opened.segments.map(({ name, fileName, size }) => [name, fileName, size]), [
      ["technical", "plan.pdf", content.length],
      ["price", "price.xls", 9],
    ]);
    assert.deepEqual(await whole(opened.segments[0].blob), content);
    assert.equal(await opened.segments[1].blob.text(), "1 000 000");
  }
});

test("the tenderer's layer goes around it and comes off again, both ways", async () => {
  const content = octets(5 * CHUNK + 3);
  const made = await encryptFile(file(content), [certificate("sm2")], {
    ...BID,
    sink: "memory",
    thenTo: certificate("tenderer"),
  });
  writeFileSync(at("layers.bid"), await whole(made.blob));
  writeFileSync(at("layers.receipt"), made.receipt);
  yinxin("bid verify-receipt layers.receipt layers.bid");
  yinxin("bid decrypt layers.bid --key sm2/enc.key --key tenderer/enc.key --force --out out");
  assert.deepEqual(read("out/施工方案.pdf"), content);

  writeFileSync(at("plan.pdf"), content);
  yinxin(`bid encrypt plan.pdf --to sm2/encrypt.pem --then-to tenderer/encrypt.pem ${LINE} --out line2.bid --receipt line2.receipt --force`);
  const bid = new Blob([read("line2.bid")]);
  const keys = [await key("sm2"), await key("tenderer")];
  const opened = await decryptFile(bid, { keys, receipt: read("line2.receipt"), sink: "memory" });
  assert.deepEqual(await whole(opened.segments[0].blob), content);
  const refused = await refusal(decryptFile(bid, { keys: [keys[0]], sink: "memory" }));
  assert.equal(refused.code, "outer_key_missing");
});

test("a changed octet is named by chunk and place, and nothing of its chunk or after it is given out", async () => {
  const content = octets(4 * CHUNK);
  const made = await encryptFile(file(content), [certificate("sm2")], { ...BID, sink: "memory" });
  const bytes = await whole(made.blob);
  const { headLength } = await inspectBid(made.blob);
  const record = CHUNK + 21;
  for (const [chunk, within] of [[1, 5], [2, 0], [3, record - 1], [4, 1000]]) {
    const bent = bytes.slice();
    bent[headLength + (chunk - 1) * record + within] ^= 0x80;
    const given = [];
    const sink = (piece, place) => void given.push([piece.slice(), place.index]);
    const refused = await refusal(decryptFile(new Blob([bent]), { keys: await key("sm2"), sink }));
    assert.equal(refused.code, "bid_altered");
    assert.equal(refused.facts.part, `chunk ${chunk} of segment \`main\``);
    assert.equal(refused.facts.offset, headLength + (chunk - 1) * record);
    assert.deepEqual(given.map(([, index]) => index), [...Array(chunk - 1).keys()]);
    for (const [piece, index] of given) {
      assert.deepEqual(piece, content.slice(index * CHUNK, (index + 1) * CHUNK));
    }
  }
});

test("a bid cut off, prolonged, of another key or of no bid is refused by its own code", async () => {
  const made = await encryptFile(file(octets(CHUNK + 5)), [certificate("sm2")], { ...BID, sink: "memory" });
  const bytes = await whole(made.blob);
  const keys = await key("sm2");
  const open = (content, options = {}) => decryptFile(new Blob([content]), { keys, sink: "memory", ...options });
  for (const length of [3, 50, bytes.length - CHUNK, bytes.length - 1]) {
    assert.equal((await refusal(open(bytes.slice(0, length)))).code, "bid_truncated");
  }
  assert.equal((await refusal(open(new Blob([bytes, "x"])))).code, "bid_truncated");
  assert.equal((await refusal(open(bytes, { keys: await DecryptionKey.generate("sm2") }))).code, "not_my_key");
  assert.equal((await refusal(open("not a bid at all"))).code, "not_an_envelope");
  const other = await encryptFile(file(octets(9)), [certificate("sm2")], { ...BID, sink: "memory" });
  assert.equal((await refusal(open(bytes, { receipt: other.receipt }))).code, "receipt_mismatch");
});

test("streams in pieces of any size are read and written, and checked record by record", async () => {
  const content = octets(3 * CHUNK + 11);
  const pieces = (all, size, type) =>
    new ReadableStream({
      type,
      start(controller) {
        for (let from = 0; from < all.length; from += size) controller.enqueue(all.slice(from, from + size));
        controller.close();
      },
    });
  for (const [size, type] of [[1000, undefined], [CHUNK, "bytes"], [CHUNK * 2 + 1, "bytes"]]) {
    const parts = [];
    const made = await encryptFile(pieces(content, size, type), [certificate("p256")], {
      ...BID,
      sink: new WritableStream({ write: (piece) => void parts.push(piece) }),
    });
    assert.equal(made.checked, "record by record");
    const back = [];
    const opened = await decryptFile(new Blob(parts), {
      keys: await key("p256"),
      receipt: made.receipt,
      sink: (piece) => void back.push(piece),
    });
    assert.deepEqual(await whole(new Blob(back)), content);
    assert.equal(opened.segments[0].fileName, "bid");
  }
});

test("a stop in the middle leaves nothing and is told by its own reason", async () => {
  const content = octets(20 * CHUNK);
  for (const after of [0, 1, 7]) {
    const stop = new AbortController();
    let aborted;
    let written = 0;
    const sink = new WritableStream({
      write() {
        written += 1;
        if (written > after) stop.abort(new Error("enough"));
      },
      abort: (reason) => void (aborted = reason),
    });
    await assert.rejects(
      encryptFile(file(content), [certificate("sm2")], { ...BID, sink, signal: stop.signal }),
      /enough/,
    );
    assert.match(String(aborted), /enough/);
    assert.ok(written < 20);
  }
  const gone = AbortSignal.abort(new Error("before"));
  await assert.rejects(decryptFile(new Blob([]), { keys: await key("sm2"), sink: "memory", signal: gone }), /before/);
});

test("progress goes forward only and ends at the whole", async () => {
  const content = octets(40 * CHUNK);
  const told = [];
  const made = await encryptFile(file(content), [certificate("sm2")], {
    ...BID,
    sink: "memory",
    onProgress: (progress) => void told.push(progress),
  });
  assert.deepEqual(told.at(-1), { done: 2 * content.length, total: 2 * content.length });
  const back = [];
  await decryptFile(made.blob, { keys: await key("sm2"), sink: "memory", onProgress: ({ done }) => void back.push(done) });
  assert.equal(back.at(-1), made.size);
  for (const list of [told.map(({ done }) => done), back]) {
    assert.ok(list.every((done, index) => index === 0 || done > list[index - 1]), String(list));
  }
});

test("a sink that fails is said to have failed, and the error of a function passes through", async () => {
  const full = new WritableStream({
    write() {
      throw new DOMException("no room", "QuotaExceededError");
    },
  });
  const refused = await refusal(encryptFile(file(octets(9)), [certificate("sm2")], { ...BID, sink: full }));
  assert.equal(refused.code, "storage_full");
  const own = new Error("mine");
  const sink = () => {
    throw own;
  };
  await assert.rejects(encryptFile(file(octets(9)), [certificate("sm2")], { ...BID, sink }), own);
});

test("wrong arguments are a TypeError that names them", async () => {
  const junk = [undefined, null, 1, "x", {}, [], new Date(NaN), Symbol("x"), () => undefined, [1]];
  for (const wrong of junk) {
    await assert.rejects(encryptFile(wrong, [certificate("sm2")], BID), (error) => error instanceof TypeError && /file/.test(error.message));
    await assert.rejects(decryptFile(wrong, { keys: await key("sm2") }), (error) => error instanceof TypeError && /file/.test(error.message));
    await assert.rejects(encryptFile(file(""), wrong, BID), (error) => error instanceof TypeError && /^to/.test(error.message));
    await assert.rejects(decryptFile(file(""), { keys: wrong }), (error) => error instanceof TypeError && /keys/.test(error.message));
    await assert.rejects(encryptFile(file(""), [certificate("sm2")], { ...BID, opening: wrong }), /options\.opening/);
    if (wrong !== undefined && typeof wrong !== "function") {
      await assert.rejects(encryptFile(file(""), [certificate("sm2")], { ...BID, sink: wrong }), /options\.sink/);
    }
  }
});
