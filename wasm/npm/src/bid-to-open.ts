// What a page asks a phone with, to open a bid.

import { envelopeCalls } from "./envelope.js";
import type { BidToOpen, DecryptInput } from "./scene.js";

/** How a bid is asked for. */
export interface BidToOpenOptions {
  /** The bid's name in the request; `1` unless given. */
  readonly id?: string;
  /** Key id of the recipient that is asked, hexadecimal; else the first. */
  readonly recipient?: string;
  /** Only proves that the phone will open it, which goes before the opening time too. */
  readonly ready?: boolean;
}

/** A bid as a phone is asked to open it, with what its header says. */
export interface BidAsked {
  readonly bid: BidToOpen;
  readonly display: DecryptInput["display"];
  /** Code of the platform at whose request phones release its keys; empty for any. */
  readonly platform: string;
  /** When it may be opened. */
  readonly opening: Date;
}

/**
 * Reads a bid's head, for scene `decrypt`. Several bids of one project and section can be asked for
 * at once.
 *
 * @throws YinxinError what the head is refused for; `recipient_not_mine` for another recipient.
 */
export async function bidToOpen(
  file: Blob | Uint8Array,
  options: BidToOpenOptions = {},
): Promise<BidAsked> {
  return (await envelopeCalls()).bidToOpen(file, options);
}
