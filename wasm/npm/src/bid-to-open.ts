// What a page asks a phone with, to open a bid.

import { bytes, record } from "./argument.js";
import { envelope } from "./envelope.js";
import { YinxinError } from "./error.js";
import { octets, type BidToOpen, type DecryptInput } from "./scene.js";

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

/** Octets of a head at most: lists of recipients, for 16 parts. */
const HEAD = 4 << 20;

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
  record(options, "options");
  let length = 64 << 10;
  for (;;) {
    const whole = file instanceof Blob ? file.size : bytes(file, "file").length;
    const head =
      file instanceof Blob
        ? new Uint8Array(await file.slice(0, length).arrayBuffer())
        : file.subarray(0, length);
    const read = await envelope.run((wasm) =>
      wasm.bidToOpen(head, options.recipient, options.ready === true),
    );
    if (read !== undefined) {
      const { header, segments, project, section, platform, opening } = JSON.parse(read) as {
        header: string;
        segments: [string, string][];
        project: string;
        section: string;
        platform: string;
        opening: number;
      };
      return {
        bid: {
          id: options.id ?? "1",
          header: octets(header),
          segments: segments.map(([name, info]) => [name, octets(info)] as const),
        },
        display: { project, section },
        platform,
        opening: new Date(opening * 1000),
      };
    }
    if (length >= whole || length >= HEAD) {
      throw new YinxinError({
        code: "bid_truncated",
        message: "the file ends within its head",
        mendedBy: "sender",
      });
    }
    length *= 4;
  }
}
