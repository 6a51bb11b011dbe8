// Bids of any size in the page: encrypted before they leave it, opened where their key was released.
// What does it is loaded with the first bid.

import type { Call } from "./client.js";
import type { AskForKeys, ByPhoneOptions } from "./file/by-phone.js";
import type { BidHeader, BidSegment, DecryptOptions, Decrypted, EncryptOptions, Encrypted } from "./file/jobs.js";
import { later } from "./later.js";

export type { ByPhoneOptions } from "./file/by-phone.js";
export type {
  BidHeader,
  BidSegment,
  Checked,
  ChunkPlace,
  DecryptOptions,
  Decrypted,
  DecryptedSegment,
  EncryptOptions,
  Encrypted,
  FileOptions,
  Progress,
  SinkOption,
} from "./file/jobs.js";

const jobs = (): Promise<typeof import("./file/calls.js")> => later("files", import("./file/calls.js"));

/**
 * Encrypts a bid to its bidder's own certificates, in a worker and in constant memory, and checks it
 * before it says done: what can be read back is read back and held against the receipt, what went away
 * was opened record by record.
 *
 * @param file The bid, or its parts.
 * @param to Encryption certificates, PEM or DER.
 * @throws YinxinError `purpose` and others for a certificate that cannot receive, and
 * `bid_value` for a draft that the format does not allow: the site mends it; `read_failed`,
 * `write_failed`, `storage_full`, `storage_busy` (another tab has this bid): the person does;
 * `sink_unavailable`: the site. The signal's reason when it was stopped. Nothing is left then, but of
 * a bid with `resume` whose file or disk failed.
 */
export async function encryptFile(
  file: Blob | ReadableStream<Uint8Array> | readonly BidSegment[],
  to: readonly Uint8Array[],
  options: EncryptOptions,
): Promise<Encrypted> {
  return (await jobs()).encryptFile(file, to, options);
}

/**
 * Opens a bid, in a worker and in constant memory. Nothing is given out that was not authenticated in
 * its content and its place; a part of a wrong or damaged bid stops it, and the error names the chunk
 * and the octet (`facts.part`, `facts.offset`).
 *
 * @throws YinxinError `bid_altered`, `bid_truncated`, `not_my_key`, `key_of_another_bid`,
 * `receipt_mismatch` and others; the signal's reason when it was stopped.
 */
export async function decryptFile(
  file: Blob | ReadableStream<Uint8Array>,
  options: DecryptOptions,
): Promise<Decrypted> {
  return (await jobs()).decryptFile(file, options);
}

/**
 * What the head of a bid says, and its header's DER: what a phone is asked to open. Only the head is
 * read, and nothing of it is proved before a key opened it.
 *
 * @throws YinxinError `not_an_envelope`, `bid_truncated`, `bid_malformed` and others of a head: its
 * sender mends it; `read_failed`: the person chooses the file again.
 */
export async function inspectBid(
  file: Blob | ReadableStream<Uint8Array>,
): Promise<BidHeader & { readonly header: Uint8Array }> {
  return (await jobs()).inspectBid(file);
}

/**
 * Opens a bid with keys that a phone is asked for.
 *
 * @internal
 */
export async function decryptByPhone(
  ask: AskForKeys,
  file: Blob,
  options: ByPhoneOptions & Call,
): Promise<Decrypted> {
  return (await jobs()).decryptByPhone(ask, file, options);
}
