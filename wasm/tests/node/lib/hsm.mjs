// What stands in for a hardware module: ECDSA over a digest, by the textbook.

import { createPrivateKey, randomBytes } from "node:crypto";

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const G = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];

const mod = (a, m) => ((a % m) + m) % m;
function inverse(a, m) {
  let [r, s, x, y] = [mod(a, m), m, 1n, 0n];
  while (r > 1n) {
    const q = s / r;
    [r, s, x, y] = [s % r, r, y - q * x, x];
  }
  return mod(x, m);
}
function add(a, b) {
  if (a === null) return b;
  if (b === null) return a;
  const [[x1, y1], [x2, y2]] = [a, b];
  if (x1 === x2 && mod(y1 + y2, P) === 0n) return null;
  const slope = x1 === x2 ? (3n * x1 * x1 - 3n) * inverse(2n * y1, P) : (y2 - y1) * inverse(x2 - x1, P);
  const x = mod(slope * slope - x1 - x2, P);
  return [x, mod(slope * (x1 - x) - y1, P)];
}
function times(k, point) {
  let sum = null;
  for (; k > 0n; k >>= 1n) {
    if (k & 1n) sum = add(sum, point);
    point = add(point, point);
  }
  return sum;
}
const number = (octets) => BigInt(`0x${Buffer.from(octets).toString("hex") || "0"}`);
const octets = (n) => Buffer.from(n.toString(16).padStart(64, "0"), "hex");

/** A function that signs digests by a P-256 key out of a PEM file: r‖s. */
export function hsm(pem) {
  const d = number(Buffer.from(createPrivateKey(pem).export({ format: "jwk" }).d, "base64url"));
  return ({ digest }) => {
    const k = mod(number(randomBytes(40)), N - 1n) + 1n;
    const r = mod(times(k, G)[0], N);
    const s = mod(inverse(k, N) * (number(digest) + r * d), N);
    return Promise.resolve(new Uint8Array(Buffer.concat([octets(r), octets(s)])));
  };
}
