// How a session ends without an answer, and what it outlives.

import { YinxinError, codeOf, isOneOf } from "../error.js";
import type { Phase } from "../state.js";

/** What a session outlives: a reload goes on with it, as long as the hub has the answer. */
export function isWaiting(thrown: unknown): boolean {
  return isOneOf(thrown, ["platform_unreachable", "wasm_blocked", "wasm_not_found", "wasm_unavailable"]);
}

/** What the hub says of steps that came too late; how it ended comes as an event. */
export function isLate(thrown: unknown): boolean {
  return isOneOf(thrown, ["already_answered", "deadline_passed", "session_final", "step_out_of_order"]);
}

/** Whether another hub may open what this one did not. */
export function isHubsFault(thrown: unknown): boolean {
  return isOneOf(thrown, ["hub_unreachable", "internal", "rate_limited"]);
}

/** The phase in which a code of the hub leaves a session. */
export function phaseOf(code: string): Phase {
  switch (code) {
    case "session_expired":
    case "deadline_passed":
      return "expired";
    case "session_cancelled":
    case "not_me":
      return "cancelled";
    default:
      return "failed";
  }
}

/** The error of a session that the hub ended. */
export function ended(code: string): YinxinError {
  return new YinxinError({ code: codeOf(code), message: `the session ended: ${code}`, retryable: true });
}

/** The error of one that the phone declined. */
export function declined(word: string): YinxinError {
  const plain = word === "declined";
  return new YinxinError({
    code: plain ? "rejected" : codeOf(word),
    message: plain ? "the person declined" : `the phone declined: ${word}`,
    mendedBy: "person",
    retryable: true,
  });
}
