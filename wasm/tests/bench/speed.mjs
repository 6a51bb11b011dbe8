// Ours and the peers', operation by operation and by turns, in one process.

import { peers } from "./peers.mjs";

const MEGABYTE = 1 << 20;
const WHOLE = 16 * MEGABYTE;
/** Milliseconds that one measurement of a peer may take: slow ones get less to do. */
const PATIENCE = 1_500;
const ROUNDS = 3;

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Milliseconds an operation takes: the best of some rounds of many. */
async function perOperation(work) {
  await work();
  const once = Math.max(await timed(work), 0.01);
  const count = Math.max(3, Math.min(200, Math.ceil(150 / once)));
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const took = await timed(async () => {
      for (let index = 0; index < count; index += 1) await work();
    });
    best = Math.min(best, took / count);
  }
  return best;
}

/** MB/s over 16 MiB, or over as much as a slow peer manages in patience. */
async function throughput(run) {
  const probe = new Uint8Array(MEGABYTE / 16).fill(0x61);
  await run(probe);
  const took = Math.max(await timed(() => run(probe)), 0.05);
  const fits = Math.floor((PATIENCE / took) * probe.length);
  const size = fits >= WHOLE ? WHOLE : Math.max(probe.length, fits & ~0xffff);
  const data = new Uint8Array(size).fill(0x61);
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) best = Math.min(best, await timed(() => run(data)));
  return { rate: size / best / 1000, size };
}

/** The table: operation, package, value, unit, and how many times as fast ours is. */
export async function speed(yinxin) {
  const { SigningKey, digest, gcmSeal, preload, verifySignature } = yinxin;
  await preload();
  const others = await peers();
  const message = new Uint8Array(32).fill(0x62);
  const key = await SigningKey.generate("sm2");
  const { publicKey } = key;
  const signature = key.sign(message);
  const rows = [];
  const latency = async (operation, ours, theirs) => {
    const own = await perOperation(ours);
    rows.push({ operation, name: "yinxin", value: own, unit: "ms" });
    for (const [name, work] of theirs) {
      const value = await perOperation(work);
      rows.push({ operation, name, value, unit: "ms", ratio: value / own });
    }
  };
  const bulk = async (operation, ours, theirs) => {
    const own = await throughput(ours);
    rows.push({ operation, name: "yinxin", value: own.rate, unit: "MB/s", size: own.size });
    for (const [name, work] of theirs) {
      const { rate, size } = await throughput(work);
      rows.push({ operation, name, value: rate, unit: "MB/s", size, ratio: own.rate / rate });
    }
  };
  const signers = others.filter(({ sm2 }) => sm2);
  await latency(
    "SM2 sign",
    () => key.sign(message),
    signers.map(({ name, sm2 }) => [name, () => sm2.sign(message)]),
  );
  await latency(
    "SM2 verify",
    async () => {
      if (!(await verifySignature(publicKey, message, signature))) throw new Error("not right");
    },
    signers.map(({ name, sm2 }) => {
      const theirs = sm2.sign(message);
      const work = () => {
        if (!sm2.verify(message, theirs)) throw new Error(`${name}: not right`);
      };
      return [name, work];
    }),
  );
  await bulk(
    "SM3",
    (data) => digest("sm3", data),
    others.filter(({ sm3 }) => sm3).map(({ name, sm3 }) => [name, sm3]),
  );
  const options = { cipher: "sm4-gcm", key: new Uint8Array(16).fill(1), nonce: new Uint8Array(12) };
  await bulk(
    "SM4-GCM",
    (data) => gcmSeal(data, options),
    others.filter(({ sm4 }) => sm4).map(({ name, sm4 }) => [`${name} (${sm4.mode})`, sm4.run]),
  );
  return rows;
}
