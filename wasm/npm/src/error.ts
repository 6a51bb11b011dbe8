// What is refused, as one class whose `code` says what happened.

import type { RustCode } from "./codes.js";
import type { OwnCode } from "./own-codes.js";

/** All codes; see the error catalogue. */
export type ErrorCode = RustCode | OwnCode;

/** A code that came as text, from a hub, a platform or a phone: those of later versions among it. */
export function codeOf(text: string): ErrorCode {
  return text as ErrorCode;
}

/** Who can mend an error. */
export type Mender =
  | "authority"
  | "browser"
  | "developer"
  | "hub"
  | "network"
  | "person"
  | "platform"
  | "sender";

/** What was found: names in camelCase; numbers or text. */
export type Facts = Readonly<Record<string, string | number>>;

/** What an error is made of. */
export interface ErrorParts {
  readonly code: ErrorCode;
  /** English, for logs. People's words come from {@link explain}. */
  readonly message?: string;
  readonly mendedBy?: Mender;
  readonly retryable?: boolean;
  readonly deadlineAtRisk?: boolean;
  readonly facts?: Facts;
  readonly cause?: unknown;
}

/** Whether something thrown is an error with one of these codes. @internal */
export function isOneOf(thrown: unknown, codes: readonly ErrorCode[]): boolean {
  return YinxinError.is(thrown) && codes.includes(thrown.code);
}

const brand = Symbol.for("yinxin.error");

/**
 * The one error this package throws for what goes wrong; a wrong argument is a `TypeError`.
 *
 * Tell it by {@link YinxinError.is}: with two copies of the package on a page `instanceof` fails.
 */
export class YinxinError extends Error {
  override readonly name = "YinxinError";
  /** What happened; never reused for another meaning. */
  readonly code: ErrorCode;
  /** Who can mend it. */
  readonly mendedBy: Mender;
  /** Whether the same call may succeed when made again. */
  readonly retryable: boolean;
  /** Whether a deadline is in danger, so that other ways have to be taken at once. */
  readonly deadlineAtRisk: boolean;
  /** What was found. */
  readonly facts: Facts;
  /** @internal */
  readonly [brand] = true;

  constructor(parts: ErrorParts) {
    super(parts.message ?? parts.code, parts.cause === undefined ? {} : { cause: parts.cause });
    this.code = parts.code;
    this.mendedBy = parts.mendedBy ?? "developer";
    this.retryable = parts.retryable ?? false;
    this.deadlineAtRisk = parts.deadlineAtRisk ?? false;
    this.facts = parts.facts ?? {};
  }

  /** Whether something thrown is an error of this package, of whichever copy of it. */
  static is(thrown: unknown): thrown is YinxinError {
    return typeof thrown === "object" && thrown !== null && brand in thrown;
  }
}
