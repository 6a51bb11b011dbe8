// A bid's head, as a phone is asked to open it.

import { bytes, record } from "../argument.js";
import type { BidAsked, BidToOpenOptions } from "../bid-to-open.js";
import { envelope } from "../envelope.js";
import { YinxinError } from "../error.js";
import { octets } from "../scene.js";

/** Octets of a head at most: lists of recipients, for 16 parts. */
const HEAD = 4 << 20;

/** See `bidToOpen` of the package. */
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
