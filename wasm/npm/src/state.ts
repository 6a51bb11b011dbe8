// What a page sees of a session.

import type { YinxinError } from "./error.js";
import type { Scene } from "./scene.js";
import type { Connection } from "./transport.js";

/**
 * Where a session stands.
 *
 * | Phase | Meaning |
 * |---|---|
 * | `idle` | not begun |
 * | `opening` | the platform is asked |
 * | `showing` | the code is shown |
 * | `scanned` | a phone has scanned: whose it is, and the number |
 * | `confirming` | the person confirmed; the answer is being made |
 * | `offered` | a seal was offered; files are being prepared |
 * | `prepared` | the phone signs what was prepared |
 * | `verifying` | the answer is judged here, then by the platform |
 * | `completed` | the platform took it |
 * | `rejected` | the person, or the phone, declined |
 * | `expired`, `cancelled`, `failed` | over without an answer: `error` says why |
 */
export type Phase =
  | "cancelled"
  | "completed"
  | "confirming"
  | "expired"
  | "failed"
  | "idle"
  | "offered"
  | "opening"
  | "prepared"
  | "rejected"
  | "scanned"
  | "showing"
  | "verifying";

/** A code as it is to be drawn: dark on light, with four modules of quiet around it. */
export interface QrFrame {
  readonly text: string;
  /** Modules a side, without the quiet zone. */
  readonly size: number;
  /** `d` of an SVG path, in units of modules. */
  readonly path: string;
  /** Row after row, 1 for dark. */
  modules(): Uint8Array;
}

/** A session as it stands: a new value at each change. */
export interface PageState {
  readonly phase: Phase;
  readonly scene: Scene;
  /** The session's number at the hub. */
  readonly sid?: string;
  /** The code: a new one each second while it is shown. */
  readonly frame?: QrFrame;
  /** Eight characters for who has no camera, as `XXXX-XXXX`. */
  readonly shortCode?: string;
  /** Whose phone scanned, masked. */
  readonly holder?: string;
  /** 0 to 99, shown in two digits, for the person to compare. */
  readonly matchingNumber?: number;
  /** When the code ends; after the scan, the end of the step that is awaited. */
  readonly expiresAt?: Date;
  /** Files prepared so far, and how many there are. */
  readonly prepared?: { readonly done: number; readonly total: number };
  /** Seconds that this computer's clock is fast (positive) or slow, where that is worth a word. */
  readonly clockOff?: number;
  /** Whether it survives a reload of the page. */
  readonly resumable: boolean;
  readonly connection: Connection;
  readonly error?: YinxinError;
}

/** Whether nothing comes any more. */
export function isFinal(phase: Phase): boolean {
  switch (phase) {
    case "cancelled":
    case "completed":
    case "expired":
    case "failed":
    case "rejected":
      return true;
    case "confirming":
    case "idle":
    case "offered":
    case "opening":
    case "prepared":
    case "scanned":
    case "showing":
    case "verifying":
      return false;
  }
}
