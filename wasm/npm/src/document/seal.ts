// Files that are sealed, and seals that are taken back, through a session. Loaded with the first one.

import type { PreparedSealHandle } from "#sealing";

import { bytes, count, list, record, text } from "../argument.js";
import type { Call } from "../client.js";
import { YinxinError } from "../error.js";
import type {
  Display,
  DocumentFormat,
  FileToSeal,
  PlacementPoint,
  RevokeAnswer,
  RevokeInput,
  SignatureAnswer,
  SignatureInput,
} from "../scene.js";

import { sealing } from "./sealing.js";

/** A document to seal: OFD or PDF. */
export interface SealTarget {
  /** Its name, shown on the phone; a `File` brings its own. */
  readonly name: string;
  readonly data: Blob | Uint8Array;
  /** Where the seal stands: one signature over all of these places. */
  readonly placements: readonly PlacementPoint[];
}

/** A sealed document. */
export interface SealedDocument {
  readonly name: string;
  /** The sealed file; nothing where `refused` says why. */
  readonly data?: Uint8Array;
  /** SES_Signature, DER. */
  readonly signature?: Uint8Array;
  /** The seal's number. */
  readonly seal?: string;
  readonly refused?: string;
}

/** What came of a sealing. */
export interface SealResult {
  readonly documents: readonly SealedDocument[];
  readonly answer: SignatureAnswer;
}

/** What came of a revocation. */
export interface RevokeResult {
  /** The file without the seal. */
  readonly data: Uint8Array;
  /** The signed revocation, DER: without it nothing was revoked. */
  readonly revocation: Uint8Array;
  readonly answer: RevokeAnswer;
}

/** Which seal is taken back. */
export interface RevokeTarget {
  readonly name: string;
  readonly data: Blob | Uint8Array;
  /** Which signature of the file, from 1; only the last one can go. */
  readonly signature: number;
  readonly reason: string;
}

type Ask = {
  (scene: "signature", input: SignatureInput, call: Call): Promise<SignatureAnswer>;
  (scene: "revokeSignature", input: RevokeInput, call: Call): Promise<RevokeAnswer>;
};

/** Seals 1 to 50 documents by one scan. */
export async function seal(
  ask: Ask,
  targets: readonly SealTarget[],
  call: Call & { readonly display?: Display },
): Promise<SealResult> {
  const files = await Promise.all(
    list(targets, "documents").map(async (value, index) => {
      const name = `documents[${index}]`;
      const target = record(value, name);
      const data = await octetsOf(target["data"], `${name}.data`);
      const described = await sealing.run((wasm) => wasm.describeDocument(data));
      const { format } = JSON.parse(described) as { format: DocumentFormat };
      return {
        id: String(index + 1),
        name: text(target["name"], `${name}.name`),
        data,
        size: data.length,
        format,
        placements: list(target["placements"], `${name}.placements`) as PlacementPoint[],
      };
    }),
  );
  const made = new Map<string, PreparedSealHandle>();
  try {
    const input: SignatureInput = {
      files: files satisfies FileToSeal[],
      ...(call.display === undefined ? {} : { display: call.display }),
      prepare: async (offer, index) => {
        const file = files[index];
        const which = offer.files[index]?.seal ?? 0;
        const [certificate] = offer.certificates;
        const own = offer.seals[which];
        if (file === undefined || certificate === undefined || own === undefined) {
          throw new YinxinError({ code: "offer_mismatch", message: "no seal was offered for it" });
        }
        const time = Math.floor(Date.now() / 1000);
        const places = JSON.stringify(file.placements.map(({ page, x, y }) => ({ page, x, y })));
        const prepared = await sealing.run(
          (wasm) => new wasm.PreparedSealHandle(file.data, own, certificate, places, time),
        );
        made.set(file.id, prepared);
        return sealing.call(() => ({
          dataHash: prepared.dataHash(),
          property: prepared.property(),
          time,
        }));
      },
    };
    const answer = await ask("signature", input, call);
    const sealed = answer.files.map((outcome, index): SealedDocument => {
      const name = files[index]?.name ?? outcome.id;
      if ("refused" in outcome) return { name, refused: outcome.refused };
      const prepared = made.get(outcome.id);
      made.delete(outcome.id);
      if (prepared === undefined) throw new YinxinError({ code: "answer_binding" });
      const data = sealing.call(() => prepared.finish(outcome.signature));
      return { name, data, signature: outcome.signature, seal: outcome.seal };
    });
    return { documents: sealed, answer };
  } finally {
    for (const prepared of made.values()) sealing.call(() => prepared.free());
  }
}

/** Takes a seal back. */
export async function revokeSeal(
  ask: Ask,
  target: RevokeTarget,
  call: Call & { readonly display?: Display },
): Promise<RevokeResult> {
  const data = await octetsOf(record(target, "target")["data"], "target.data");
  const reason = text(target.reason, "target.reason");
  const number = count(target.signature, "target.signature");
  const name = text(target.name, "target.name");
  const time = Math.floor(Date.now() / 1000);
  const described = await sealing.run((wasm) => wasm.describeDocument(data));
  const { format } = JSON.parse(described) as { format: DocumentFormat };
  const taken = sealing.call(
    (wasm) => new wasm.TakenSealHandle(data, number, reason, time),
  );
  try {
    const restored = sealing.call(() => taken.restored());
    const display = { fileName: name, fileSize: data.length, ...call.display };
    const input: RevokeInput = {
      data,
      format,
      signature: number,
      seal: sealing.call(() => taken.seal()),
      reason,
      display,
      prepare: () =>
        sealing.call(() => ({
          signatureDigest: taken.signatureDigest(),
          before: taken.before(),
          after: taken.after(),
          restored: { data: restored },
          time: Math.floor(Date.now() / 1000),
        })),
    };
    const answer = await ask("revokeSignature", input, call);
    sealing.call(() => taken.check(answer.revocation));
    return { data: restored, revocation: answer.revocation, answer };
  } finally {
    sealing.call(() => taken.free());
  }
}

async function octetsOf(data: unknown, name: string): Promise<Uint8Array> {
  return data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : bytes(data, name);
}
