// The six scenes: what is asked, and what is answered, each by its own types.

import { fromBase64Url } from "./base64url.js";
import type { Scene } from "./codes.js";
import type { ContentKeys } from "./content-keys.js";
import { YinxinError } from "./error.js";

export type { Scene };

/** All scenes. */
export const SCENES = [
  "decrypt",
  "encrypt",
  "login",
  "messageSignature",
  "revokeSignature",
  "signature",
] as const satisfies readonly Scene[];

/** Algorithms of a session: `SM` is SM2, SM3, SM4; `NIST` is P-256, SHA-256, AES. */
export type Suite = "NIST" | "SM";

/** What a phone shows besides, each text at most 200 characters. */
export interface Display {
  readonly title?: string;
  readonly project?: string;
  /** The section (标段). */
  readonly section?: string;
  readonly fileName?: string;
  /** Bytes. */
  readonly fileSize?: number;
  readonly note?: string;
}

/**
 * The digest of something: 32 octets, SM3 in suite SM and SHA-256 in suite NIST; or the thing
 * itself, whose digest is then taken here.
 */
export type Digested = { readonly data: Uint8Array } | { readonly digest: Uint8Array };

/**
 * One message to sign: a text, which the phone shows whole, or something of which it says that it
 * shows nothing.
 */
export type MessageItem =
  | (Digested & { readonly id: string })
  | { readonly id: string; readonly text: string; readonly attached?: boolean };

/** Where a seal stands: micrometres from the page's top left to the seal's. */
export interface PlacementPoint {
  /** From 1. */
  readonly page: number;
  readonly x: number;
  readonly y: number;
}

/** A document's format. */
export type DocumentFormat = "ofd" | "pdf";

/** A file to seal. */
export type FileToSeal = Digested & {
  readonly id: string;
  /** Its name, shown. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly format: DocumentFormat;
  readonly placements: readonly PlacementPoint[];
};

/** What a phone offers to seal with. */
export interface SealOffer {
  /** The signer's certificate, then its issuers', DER. */
  readonly certificates: readonly Uint8Array[];
  /** Electronic seals (SESeal), DER. */
  readonly seals: readonly Uint8Array[];
  /** For each file: which of the seals. */
  readonly files: readonly { readonly id: string; readonly seal: number }[];
}

/** A file as it was prepared for the phone. */
export interface PreparedSeal {
  /** TBS_Sign's dataHash, 32 octets. */
  readonly dataHash: Uint8Array;
  /** TBS_Sign's propertyInfo. */
  readonly property: string;
  /** Names of parts that the sealing adds to an OFD. */
  readonly parts?: readonly string[];
  /** What the structure says of its time; seconds since 1970, UTC. */
  readonly time: number;
}

/** A file whose seal was taken out, to see what is left. */
export interface PreparedRevocation {
  /** SM3 of the signature value that is taken back, 32 octets. */
  readonly signatureDigest: Uint8Array;
  /** SM3 of the file that holds it. */
  readonly before: Uint8Array;
  /** SM3 of the file without it. */
  readonly after: Uint8Array;
  /** The file without it. */
  readonly restored: Digested;
  /** Seconds since 1970, UTC. */
  readonly time: number;
}

/** Asks for a login. */
export interface LoginInput {
  readonly display?: Display;
}

/** Asks for signatures over messages: 1 to 500 of them under one confirmation. */
export interface MessageInput {
  readonly items: readonly MessageItem[];
  readonly display?: Display;
}

/** Asks for seals: 1 to 50 files. */
export interface SignatureInput {
  readonly files: readonly FileToSeal[];
  readonly display?: Display;
  /** Prepares file `index` with what the phone offered; called once for each, in order. */
  prepare(offer: SealOffer, index: number): Promise<PreparedSeal> | PreparedSeal;
}

/** Asks that a seal be taken back (撤章); of the sealed file. */
export type RevokeInput = Digested & {
  readonly format: DocumentFormat;
  /** Which signature, from 1. */
  readonly signature: number;
  /** The seal's number. */
  readonly seal: string;
  readonly reason: string;
  readonly display?: Display;
  /** Takes the seal out of the file. */
  prepare(offer: SealOffer): Promise<PreparedRevocation> | PreparedRevocation;
};

/** Asks for encryption certificates, for a bid to be made. */
export interface EncryptInput {
  readonly project: string;
  readonly section: string;
  /** When bids are opened; a `Date`, or seconds since 1970, UTC. */
  readonly opening: Date | number;
  readonly display?: Display;
}

/** A bid whose content keys are asked for. */
export interface BidToOpen {
  readonly id: string;
  /** The envelope's whole header, DER. */
  readonly header: Uint8Array;
  /** For each segment its name and the holder's RecipientInfo, DER. */
  readonly segments: readonly (readonly [string, Uint8Array])[];
}

/** Asks for content keys: 1 to 64 bids. `display` names their project and section. */
export interface DecryptInput {
  readonly files: readonly BidToOpen[];
  readonly display: Display & { readonly project: string; readonly section: string };
}

/** What each scene is asked with. */
export interface Inputs {
  readonly decrypt: DecryptInput;
  readonly encrypt: EncryptInput;
  readonly login: LoginInput;
  readonly messageSignature: MessageInput;
  readonly revokeSignature: RevokeInput;
  readonly signature: SignatureInput;
}

/** What a scene is asked with. */
export type InputOf<S extends Scene> = Inputs[S];

/** Who holds a certificate. */
export interface Holder {
  readonly name: string;
  readonly kind: "organisation" | "other" | "person";
  /** Unified social credit code, if the holder is a unit. */
  readonly creditCode?: string;
  /** A person's number, masked. */
  readonly id?: string;
}

/** What the platform's back end said of an answer. */
export interface Verdict {
  /** Digest of the statement, base64url. */
  readonly statementDigest: string;
  readonly holder: { readonly name: string; readonly creditCode?: string };
  /** The same answer had been taken before: nothing was done a second time. */
  readonly again: boolean;
  /** Nothing was known of the certificate's revocation. */
  readonly revocationUnknown: boolean;
}

/** What all answers have. The page verified it, then the platform did. */
export interface AnswerBase<S extends Scene> {
  readonly scene: S;
  readonly holder: Holder;
  /** The holder's certificate, then its issuers' up to the trusted one, DER. */
  readonly certificates: readonly Uint8Array[];
  /** The signed statement, DER. */
  readonly statement: Uint8Array;
  /** Digest of the statement, base64url. */
  readonly statementDigest: string;
  /** Digest of the request, base64url: by it the platform finds it again. */
  readonly requestDigest: string;
  /** When the phone answered. */
  readonly at: Date;
  /** What the phone showed: field and text, in the order shown. */
  readonly shown: readonly (readonly [string, string])[];
  /** Whether the person compared numbers. */
  readonly matched: boolean;
  readonly verdict: Verdict;
}

/** Somebody logged in. */
export type LoginAnswer = AnswerBase<"login">;

/** A message that was signed. */
export interface SignedItem {
  readonly id: string;
  /** Digest of the text, or the digest that was asked to be signed. */
  readonly digest: Uint8Array;
  /** CMS SignedData, DER. */
  readonly signature: Uint8Array;
}

/** Messages that were signed, in the order of the request. */
export interface MessageAnswer extends AnswerBase<"messageSignature"> {
  readonly items: readonly SignedItem[];
}

/** What became of a file. */
export type SealOutcome =
  | {
      readonly id: string;
      /** SES_Signature, DER. */
      readonly signature: Uint8Array;
      /** The seal's number. */
      readonly seal: string;
    }
  | {
      readonly id: string;
      /** Why it was not sealed: a code. */
      readonly refused: string;
    };

/** Files that were sealed, in the order of the request. */
export interface SignatureAnswer extends AnswerBase<"signature"> {
  readonly files: readonly SealOutcome[];
}

/** A seal that was taken back. */
export interface RevokeAnswer extends AnswerBase<"revokeSignature"> {
  /** The signed revocation, DER. */
  readonly revocation: Uint8Array;
  /** The seal's number. */
  readonly seal: string;
}

/** Certificates to encrypt bids to. */
export interface EncryptionOffer extends AnswerBase<"encrypt"> {
  /** Encryption certificates, DER. */
  readonly encryption: readonly Uint8Array[];
}

/** Content keys of bids: usable in this page, readable by nobody. */
export interface DecryptAnswer extends AnswerBase<"decrypt"> {
  /** What became of each bid; no segments where `code` says why. */
  readonly bids: readonly {
    readonly id: string;
    readonly segments: readonly string[];
    readonly code?: string;
  }[];
  readonly keys: ContentKeys;
}

/** What each scene is answered with. */
export interface Answers {
  readonly decrypt: DecryptAnswer;
  readonly encrypt: EncryptionOffer;
  readonly login: LoginAnswer;
  readonly messageSignature: MessageAnswer;
  readonly revokeSignature: RevokeAnswer;
  readonly signature: SignatureAnswer;
}

/** What a scene is answered with. */
export type AnswerOf<S extends Scene> = Answers[S];

/** Octets that our own module wrote. */
export function octets(text: unknown): Uint8Array<ArrayBuffer> {
  const read = typeof text === "string" ? fromBase64Url(text) : undefined;
  if (read === undefined) throw new YinxinError({ code: "internal", message: "octets expected" });
  return read;
}
