// What the answer of each scene has besides.

import type { VerifiedText } from "../answer.js";
import { ContentKeys, type ContentKeyHandle } from "../content-keys.js";
import { octets, type SealOutcome } from "../scene.js";

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

/** What an answer of its scene has besides. */
export function answerOf(text: VerifiedText, keys: readonly ContentKeyHandle[]): object {
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
