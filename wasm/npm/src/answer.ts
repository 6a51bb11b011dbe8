// A verified answer, made of what the module and the platform said.

import { ContentKeys, type ContentKeyHandle } from "./content-keys.js";
import {
  octets,
  type AnswerBase,
  type AnswerOf,
  type Holder,
  type Scene,
  type SealOutcome,
  type Verdict,
} from "./scene.js";

/** What the module gives of an answer. */
export interface VerifiedText {
  readonly scene: Scene;
  readonly statement: string;
  readonly statementDigest: string;
  readonly requestDigest: string;
  readonly holder: Holder;
  readonly certificates: readonly string[];
  readonly matched: boolean;
  readonly at: number;
  readonly shown: readonly (readonly [string, string])[];
  readonly products: readonly { readonly id: string; readonly value: string }[];
  readonly result: unknown;
  readonly revocationUnknown: boolean;
}

interface Results {
  readonly items: readonly { id: string; digest: string }[];
  readonly files: readonly {
    id: string;
    refused?: string;
    sealed?: { sealNumber: string };
    segments?: readonly string[];
    code?: string;
  }[];
  readonly digests: { readonly sealNumber: string };
}

/** What every answer has. */
export function base<S extends Scene>(text: VerifiedText, verdict: Verdict): AnswerBase<S> {
  return {
    scene: text.scene as S,
    holder: text.holder,
    certificates: text.certificates.map(octets),
    statement: octets(text.statement),
    statementDigest: text.statementDigest,
    requestDigest: text.requestDigest,
    at: new Date(text.at * 1000),
    shown: text.shown,
    matched: text.matched,
    verdict,
  };
}

/** The answer of a scene. */
export function answerOf<S extends Scene>(
  text: VerifiedText,
  verdict: Verdict,
  keys: readonly ContentKeyHandle[],
): AnswerOf<S> {
  return { ...base(text, verdict), ...own(text, keys) } as unknown as AnswerOf<S>;
}

function own(text: VerifiedText, keys: readonly ContentKeyHandle[]): object {
  const result = text.result as Results;
  const product = (id: string): Uint8Array =>
    octets(text.products.find((one) => one.id === id)?.value);
  switch (text.scene) {
    case "login":
      return {};
    case "messageSignature":
      return {
        items: result.items.map(({ id, digest }) => ({
          id,
          digest: octets(digest),
          signature: product(id),
        })),
      };
    case "signature":
      return {
        files: result.files.map(
          ({ id, refused, sealed }): SealOutcome =>
            sealed === undefined
              ? { id, refused: refused ?? "seal_status" }
              : { id, signature: product(id), seal: sealed.sealNumber },
        ),
      };
    case "revokeSignature":
      return { revocation: product("revocation"), seal: result.digests.sealNumber };
    case "encrypt":
      return { encryption: text.products.map(({ value }) => octets(value)) };
    case "decrypt":
      return {
        bids: result.files.map(({ id, segments, code }) => ({
          id,
          segments: segments ?? [],
          ...(code === undefined ? {} : { code }),
        })),
        keys: new ContentKeys(keys),
      };
  }
}
