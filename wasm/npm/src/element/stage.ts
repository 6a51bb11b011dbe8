// What each state of a session means for the person before the screen.

import type { SessionState } from "./contract.js";
import type { Sign } from "./draw.js";
import type { Said, Words } from "./words.js";

/** What stands in the box. */
export type Middle = "wait" | "code" | "number" | Sign;

/** One state, as it is shown. */
export interface Stage {
  readonly middle: Middle;
  readonly said: Said;
  /** Spoken at once, and coloured: it ended badly. */
  readonly alarm: boolean;
  /** A phone has scanned: it may be another's. */
  readonly notMe: boolean;
  /** Over: offers to begin again. */
  readonly retry: string | null;
  readonly over: boolean;
}

/** Puts a refusal's own words in place of general ones. */
export type Explain = (error: unknown) => Said | null;

/** The stage for a state; `scanned` says whether a phone had scanned before it ended. */
export function stageOf(
  state: SessionState,
  scanned: boolean,
  words: Words,
  explain: Explain,
): Stage {
  const open = { alarm: false, notMe: false, retry: null, over: false };
  const bound = { ...open, notMe: true };
  const ended = { alarm: true, notMe: false, retry: words.again, over: true };
  switch (state.phase) {
    case "idle":
    case "opening":
      return { ...open, middle: "wait", said: words.opening };
    case "showing":
      return { ...open, middle: "code", said: words.showing };
    case "scanned":
      return { ...bound, middle: numbered(state), said: words.scanned };
    case "confirming":
      return { ...bound, middle: numbered(state), said: words.confirming };
    case "offered":
      return { ...bound, middle: numbered(state), said: counted(words.offered, state) };
    case "prepared":
      return { ...bound, middle: numbered(state), said: words.prepared };
    case "verifying":
      return { ...open, middle: "wait", said: words.verifying };
    case "completed":
      return { ...open, middle: "done", said: words.completed, over: true };
    case "rejected":
      return { ...ended, middle: "declined", said: words.rejected };
    case "expired":
      return scanned
        ? { ...ended, middle: "clock", said: words.late }
        : { ...ended, middle: "clock", said: words.unscanned, retry: words.retry };
    case "cancelled":
      return { ...ended, middle: "stop", said: words.cancelled };
    case "failed": {
      const said = (state.error === undefined ? null : explain(state.error)) ?? words.failed;
      return { ...ended, middle: "warning", said };
    }
  }
}

/** How many of the files are prepared, where there are several. */
function counted(said: Said, { prepared }: SessionState): Said {
  if (prepared === undefined || prepared.total < 2) return said;
  return { ...said, head: `${said.head} ${String(prepared.done)}/${String(prepared.total)}` };
}

function numbered(state: SessionState): Middle {
  return state.matchingNumber === undefined ? "phone" : "number";
}
