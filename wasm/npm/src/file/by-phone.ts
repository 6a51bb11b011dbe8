// Bids that are opened with keys of a phone: asked for layer by layer, and wiped at the end.

import { bidToOpen } from "../bid-to-open.js";
import type { Call } from "../client.js";
import type { ContentKeys } from "../content-keys.js";
import type { DecryptAnswer, DecryptInput } from "../scene.js";

import { decryptFile, insideOf, inspectBid, type DecryptOptions, type Decrypted } from "./jobs.js";

/** How a bid is opened whose keys a phone has. */
export type ByPhoneOptions = Omit<DecryptOptions, "keys" | "outerKeys" | "bid">;

/** Asks a phone for keys. */
export type AskForKeys = (scene: "decrypt", input: DecryptInput, call: Call) => Promise<DecryptAnswer>;

/** Opens a bid; one within a tenderer's layer takes two scans. */
export async function decryptByPhone(
  ask: AskForKeys,
  file: Blob,
  options: ByPhoneOptions & Call,
): Promise<Decrypted> {
  const call: Call = {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onState === undefined ? {} : { onState: options.onState }),
  };
  const released = async (head: Blob | Uint8Array): Promise<ContentKeys> => {
    const { bid, display } = await bidToOpen(head);
    return (await ask("decrypt", { files: [bid], display }, call)).keys;
  };
  const { layer } = await inspectBid(file);
  const first = await released(file);
  let inner: ContentKeys | undefined;
  try {
    if (layer === "bid") return await decryptFile(file, { ...options, keys: first });
    inner = await released(await insideOf(file, first));
    return await decryptFile(file, { ...options, keys: inner, outerKeys: first });
  } finally {
    first.close();
    inner?.close();
  }
}
