// One code at one hub, while it runs: what belongs to it, and what the module says of it.

import type { PageHandle } from "#core";

import type { VerifiedText } from "../answer.js";
import { core } from "../core.js";
import type { Judge } from "../judge.js";
import type { BrowserKeys } from "../keys.js";
import type { HubAddress, PlatformLine, Visit } from "../platform-line.js";
import type { Resumption } from "../resume.js";
import type { Suite } from "../scene.js";
import type { QrFrame } from "../state.js";
import type { Line } from "../transport.js";

/** What sessions of one client share. */
export interface Environment {
  readonly platform: PlatformLine;
  readonly fetch: typeof fetch;
  readonly keys: BrowserKeys;
  readonly resumption: Resumption;
  /** Roots of holders' certificates, PEM, where the platform does not say. */
  readonly trust: string | undefined;
  /** Where hubs answer, where the platform does not say. */
  readonly hubs: readonly HubAddress[];
  /** Milliseconds for which an answer is judged and handed to the platform again. */
  readonly patience: number;
  /** The page's origin. */
  origin(): string;
  /** Milliseconds since 1970. */
  now(): number;
}

/** One code at one hub. */
export interface Run {
  readonly handle: PageHandle;
  readonly judge: Judge;
  /** What the answer says, once it was judged. */
  answer: VerifiedText | undefined;
  readonly line: Line;
  readonly control: AbortController;
  readonly sid: string;
  readonly digest: string;
  readonly hub: string;
  readonly hubIndex: number;
  readonly hubs: readonly HubAddress[];
  /** Lets other tabs have it; once is as good as often. */
  release(): void;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** The hub's clock as it was last heard, and when; seconds, milliseconds. */
  clock: { hub: number; steady: number };
  /** What is done with the handle, one after the other. */
  queue: Promise<void>;
  preparing: boolean;
}

/** What of an event is read here. */
export interface EventText {
  readonly step?: string;
  readonly deadline?: number;
}

/** What the module says of a session that was opened. */
export interface Summary {
  readonly sid: string;
  readonly digest: string;
  readonly suite: Suite;
  readonly hubNow: number;
  readonly expiresAt: number;
  readonly shortCode: string;
}

/** What the module wants done. */
export type Output =
  | { readonly do: "judge" }
  | { readonly do: "post"; readonly path: string; readonly body: string }
  | { readonly do: "refetch"; readonly after: number }
  | {
      readonly do: "show";
      readonly what:
        | "answered"
        | "declined"
        | "ended"
        | "hubSilent"
        | "offered"
        | "scanned"
        | "shortCode";
      readonly code?: string;
      readonly holder?: string;
      readonly number?: number;
      readonly word?: string;
    };

/** Milliseconds of a clock that never jumps. */
export function steady(): number {
  return performance.now();
}

/** What the module wants done next. */
export function nextOutput({ handle }: Run): Output | undefined {
  const text = core.call(() => handle.pollOutput());
  return text === undefined ? undefined : (JSON.parse(text) as Output);
}

/** The hub's clock, seconds since 1970, as far as it was heard. */
export function hubClock({ clock }: Run): number {
  return clock.hub + (steady() - clock.steady) / 1000;
}

/** The hubs of a platform, the first one first. */
export function hubsOf(visit: Visit, known: readonly HubAddress[]): readonly HubAddress[] {
  if (visit.hubs !== undefined && visit.hubs.length > 0) return visit.hubs;
  const own = known.find(({ name }) => name === visit.hub);
  return own === undefined ? [{ name: visit.hub }] : [own, ...known.filter((hub) => hub !== own)];
}

/** Where a hub answers. */
export function addressOf(hub: HubAddress): string {
  return hub.url ?? `https://${hub.name}`;
}

/** The code as it is drawn. */
export function frameOf(drawn: string): QrFrame {
  const { text, size, path, modules } = JSON.parse(drawn) as {
    text: string;
    size: number;
    path: string;
    modules: string;
  };
  return {
    text,
    size,
    path,
    modules: () => Uint8Array.from(modules, (module) => (module === "1" ? 1 : 0)),
  };
}

/** As people read it: `XXXX-XXXX`. */
export function grouped(code: string): string {
  return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
}
