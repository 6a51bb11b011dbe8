// What a phone holds, shows and remembers.

import type { Holder, Scene } from "../scene.js";

/** A certificate on this phone. */
export interface OwnCertificate {
  /** Its number among the phone's certificates, for {@link Confirmation}. */
  readonly index: number;
  readonly holder: Holder;
  /** Serial number, hexadecimal. */
  readonly serial: string;
  /** The signing certificate, DER, base64url. */
  readonly certificate: string;
  /** The encryption certificate, DER, base64url. */
  readonly encryption: string | null;
  /** Seconds since 1970, UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A seal on this phone. */
export interface OwnSeal {
  /** Its number among the phone's seals. */
  readonly index: number;
  /** The seal's own number. */
  readonly id: string;
  readonly name: string;
  /** Which certificates may use it, by their index. */
  readonly certificates: readonly number[];
  /** Seconds since 1970, UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Everything on this phone but keys. */
export interface Holdings {
  readonly hubs: readonly { readonly host: string; readonly url: string }[];
  readonly certificates: readonly OwnCertificate[];
  readonly seals: readonly OwnSeal[];
  /** Key ids of requests whose certificate has not come yet. */
  readonly waiting: readonly string[];
}

/** Something the person is told besides the lines. */
export type ViewWarning =
  | { readonly kind: "bidShut"; readonly id: string; readonly code: string }
  | { readonly kind: "bidUnnamed"; readonly id: string }
  | { readonly kind: "clockOff"; readonly seconds: number }
  | { readonly kind: "endsBeforeOpening"; readonly certificate: number }
  | { readonly kind: "other" };

/** Everything to show before the person confirms. */
export interface View {
  /** Who asks: the trust list's name, never the platform's own words. */
  readonly platform: string;
  readonly origin: string;
  readonly scene: Scene;
  /** Field and text, in the order to show. */
  readonly lines: readonly (readonly [string, string])[];
  readonly warnings: readonly ViewWarning[];
  readonly browser: {
    /** Whether the person trusted it before, for this; `none` when it showed no key. */
    readonly state: "known" | "none" | "unknown";
    /** Its kind as the hub saw it; empty for not known. A hint only. */
    readonly kind: string;
    readonly city: string;
  };
  /** What the person has to give. */
  readonly needs: {
    /** How the page's number is given: not at all, picked out of three, typed. */
    readonly matching: "none" | "pick" | "type";
    /** The three to pick from. */
    readonly choices: readonly number[];
    readonly pin: boolean;
    readonly certificates: readonly OwnCertificate[];
    readonly seals: readonly OwnSeal[];
    /** How many seals are to be chosen, one for each file. */
    readonly files: number;
  };
  /** Binds what is confirmed to what was shown. */
  readonly digest: string;
}

/** How far an answer got. */
export type Progress = "accepted" | "delivered" | "refused" | "released" | "stored";

/** An answer of this phone, with the receipts that came for it. */
export interface HistoryEntry {
  readonly progress: Progress;
  /** The entry as the protocol has it: suite, hub, platform, scene, statement, receipts. */
  readonly entry: Readonly<Record<string, unknown>>;
}

/** A browser that the person trusts. */
export interface Browser {
  readonly id: number;
  readonly origin: string;
  readonly class: "key" | "login" | "sign";
  readonly kind: string;
  /** Seconds since 1970, UTC. */
  readonly since: number;
  readonly used: number;
}
