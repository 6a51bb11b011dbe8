// Refusals of hubs and platforms: the protocol's problem JSON as an error.

import { YinxinError, codeOf, type Facts } from "./error.js";

/** What of a problem is read. */
interface Problem {
  readonly code?: unknown;
  readonly title?: unknown;
  readonly retry?: unknown;
  readonly retryAfter?: unknown;
  readonly reference?: unknown;
}

/** The error of an answer that is not 2xx. */
export async function refusalOf(answer: Response, from: "hub" | "platform"): Promise<YinxinError> {
  const text = await answer.text().catch(() => "");
  return refusal(text, answer.status, from);
}

/** The error of a problem's text. */
export function refusal(text: string, status: number, from: "hub" | "platform"): YinxinError {
  const problem = read(text);
  const facts: Record<string, string | number> = { status, from };
  if (typeof problem.retryAfter === "number") facts["retryAfter"] = problem.retryAfter;
  if (typeof problem.reference === "string") facts["reference"] = problem.reference;
  if (typeof problem.code !== "string") {
    return new YinxinError({
      code: from === "hub" ? "hub_unreachable" : "platform_unreachable",
      message: `the ${from} answered ${status} without saying why`,
      mendedBy: from,
      retryable: status >= 500,
      facts: facts as Facts,
    });
  }
  return new YinxinError({
    code: codeOf(problem.code),
    ...(typeof problem.title === "string" ? { message: problem.title } : {}),
    mendedBy: from,
    retryable: problem.retry === "same",
    facts: facts as Facts,
  });
}

function read(text: string): Problem {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Problem) : {};
  } catch {
    return {};
  }
}
