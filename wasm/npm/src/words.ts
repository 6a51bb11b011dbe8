// Words for people about an error.

import { oneOf, record } from "./argument.js";
import { core } from "./core.js";
import { judging } from "./judge.js";
import type { OwnCode } from "./own-codes.js";
import { OWN_WORDS } from "./own-codes.js";
import type { YinxinError } from "./error.js";

/** Languages of the package's words. */
export type Language = "zh-CN" | "en";

/** @internal */
export const LANGUAGES = ["zh-CN", "en"] as const;

/** What to tell a person. */
export interface Explanation {
  /** What happened. */
  readonly title: string;
  /** What to do; empty where the title says it. */
  readonly whatToDo: string;
}

/**
 * What to tell a person about an error, in Chinese or English. The words come out of the modules: the
 * protocol's out of the core, all others out of the one that judges answers, which comes after it. Before
 * they are loaded, and for a code of a later version, the error's own message stands in.
 */
export function explain(error: YinxinError, language: Language = "zh-CN"): Explanation {
  record(error, "error");
  const chinese = oneOf(language, LANGUAGES, "language") === "zh-CN";
  const own = OWN_WORDS[error.code as OwnCode];
  if (own !== undefined) {
    const [title, whatToDo] = chinese ? own.zh : own.en;
    return { title, whatToDo };
  }
  const facts = JSON.stringify(error.facts);
  for (const module of [core, judging]) {
    try {
      const found = module.call((calls) => calls.explain(error.code, facts, language));
      if (found !== undefined) return JSON.parse(found) as Explanation;
    } catch {
      // Not loaded: another one, or the message, has to do.
    }
  }
  return { title: error.message, whatToDo: "" };
}
