// SM2 decryption without any code of ours: Node's elliptic curves and SM3, the rest out of GB/T 32918.4.

import { createECDH, createHash } from "node:crypto";

const P = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;

/** The ordinates of SM2's curve at x, both. */
function ordinates(x) {
  const at = BigInt(`0x${x.toString("hex")}`);
  const square = (at ** 3n - 3n * at + B) % P;
  let [root, base] = [1n, square];
  for (let power = (P + 1n) / 4n; power > 0n; power >>= 1n) {
    if (power & 1n) root = (root * base) % P;
    base = (base * base) % P;
  }
  return [root, P - root].map((y) => Buffer.from(y.toString(16).padStart(64, "0"), "hex"));
}

/** The contents of a SEQUENCE whose lengths are below 128. */
function members(der) {
  const found = [];
  for (let at = 2; at < der.length; at += 2 + der[at + 1]) found.push(der.subarray(at + 2, at + 2 + der[at + 1]));
  return found;
}

/** A key of a test's own for what leaves a module wrapped: how it learns what a page never can. */
export function recipient() {
  const own = createECDH("SM2");
  const point = own.generateKeys();
  const sm3 = (...parts) => createHash("sm3").update(Buffer.concat(parts)).digest();
  const field = (integer) => Buffer.concat([Buffer.alloc(32), integer]).subarray(-32);
  return {
    spki: new Uint8Array(Buffer.concat([Buffer.from("3059301306072a8648ce3d020106082a811ccf5501822d034200", "hex"), point])),
    /** Whether a coordinate of the sender's point has a leading zero octet. */
    short: (wrapped) => members(Buffer.from(wrapped)).slice(0, 2).some((integer) => field(integer)[0] === 0),
    /** GB/T 32918.4 §7.1. Node gives no ordinate of the shared point: C3 tells which of the two it is. */
    open(wrapped) {
      const [x1, y1, c3, c2] = members(Buffer.from(wrapped));
      const x = own.computeSecret(Buffer.concat([Buffer.from([4]), field(x1), field(y1)]));
      for (const y of ordinates(x)) {
        const stream = sm3(x, y, Buffer.from([0, 0, 0, 1]));
        const plain = c2.map((octet, at) => octet ^ stream[at]);
        if (sm3(x, plain, y).equals(c3)) return plain;
      }
      throw new Error("not wrapped to this key");
    },
  };
}
