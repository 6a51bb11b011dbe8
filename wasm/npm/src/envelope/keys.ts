// Keys by themselves, drawn or read out of files.

import type { DecryptionKeyHandle, SigningKeyHandle } from "#envelope";

import { bytes, oneOf, text } from "../argument.js";
import { envelope } from "../envelope.js";

interface Handles {
  readonly DecryptionKeyHandle: DecryptionKeyHandle;
  readonly SigningKeyHandle: SigningKeyHandle;
}

interface Maker<H> {
  generate(algorithm: string): H;
  read(file: Uint8Array, password?: string): H;
}

/** Draws a key. */
export async function drawn<K extends keyof Handles>(kind: K, algorithm: unknown): Promise<Handles[K]> {
  const name = oneOf(algorithm, ["p256", "sm2"], "algorithm");
  return envelope.run((wasm) => (wasm[kind] as Maker<Handles[K]>).generate(name));
}

/** Reads a key out of a file. */
export async function read<K extends keyof Handles>(kind: K, file: unknown, password: unknown): Promise<Handles[K]> {
  const data = bytes(file, "file");
  const word = password === undefined ? undefined : text(password, "password");
  return envelope.run((wasm) => (wasm[kind] as Maker<Handles[K]>).read(data, word));
}
