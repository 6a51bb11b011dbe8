// Files that are prepared for a phone: with what it offers to seal with, one after the other.

import type { PageHandle } from "#core";

import { toBase64Url } from "../base64url.js";
import { core } from "../core.js";
import { YinxinError } from "../error.js";
import {
  octets,
  type PreparedRevocation,
  type PreparedSeal,
  type RevokeInput,
  type Scene,
  type SealOffer,
  type SignatureInput,
  type Suite,
} from "../scene.js";

import { digestIn } from "./payload.js";

/** A session that prepares. */
export interface Preparing {
  readonly handle: PageHandle;
  readonly scene: Scene;
  /** Nothing after a reload, where the page gave none. */
  readonly input: unknown;
  readonly suite: Suite;
  /** Whether it is still wanted. */
  runs(): boolean;
  prepared(done: number, total: number): void;
  /** Does something with the handle, and sends what comes of it. */
  given(act: () => void): Promise<void>;
}

interface OfferText {
  readonly certificates: readonly string[];
  readonly seals: readonly string[];
  readonly files: readonly { id: string; seal: number; placements: unknown }[];
}

/** Prepares what was not prepared before a reload. */
export async function prepare(session: Preparing): Promise<void> {
  const { handle, scene } = session;
  const text = core.call(() => handle.offer());
  if (text === undefined) return;
  const written = JSON.parse(text) as OfferText;
  const offer: SealOffer = {
    certificates: written.certificates.map(octets),
    seals: written.seals.map(octets),
    files: written.files.map(({ id, seal }) => ({ id, seal })),
  };
  const counts = JSON.parse(core.call(() => handle.prepared()) ?? "[0,0]") as number[];
  const [first = 0, total = 0] = counts;
  const input = session.input as RevokeInput | SignatureInput | undefined;
  if (input === undefined && first < total) {
    throw new YinxinError({
      code: "resume_needs_input",
      message: "files are to be prepared; give `inputs` to resume()",
    });
  }
  session.prepared(first, total);
  for (let index = first; index < total; index++) {
    const placements = written.files[index]?.placements ?? [];
    const made =
      scene === "revokeSignature"
        ? await (input as RevokeInput).prepare(offer)
        : await (input as SignatureInput).prepare(offer, index);
    if (!session.runs()) return;
    await session.given(() => core.call(() => give(session, made, placements)));
    if (!session.runs()) return;
    session.prepared(index + 1, total);
  }
}

function give(session: Preparing, made: PreparedRevocation | PreparedSeal, placements: unknown): void {
  const { handle, input, suite } = session;
  if ("dataHash" in made) {
    const act = {
      placements,
      dataHash: toBase64Url(made.dataHash),
      property: made.property,
      ...(made.parts === undefined || made.parts.length === 0 ? {} : { parts: made.parts }),
    };
    handle.prepareSeal(JSON.stringify(act), made.time);
    return;
  }
  const { signature, seal } = input as RevokeInput;
  const act = {
    signature,
    seal,
    signatureDigest: toBase64Url(made.signatureDigest),
    before: toBase64Url(made.before),
    after: toBase64Url(made.after),
    restored: digestIn(suite, made.restored),
  };
  handle.prepareRevocation(JSON.stringify(act), made.time);
}
