// What every verified answer has, made of what the module and the platform said.

import { octets, type AnswerBase, type Holder, type Scene, type Verdict } from "./scene.js";

/** What the module gives of an answer. */
export interface VerifiedText {
  readonly scene: Scene;
  readonly statement: string;
  readonly statementDigest: string;
  readonly requestDigest: string;
  readonly holder: Holder;
  readonly certificates: readonly string[];
  readonly matched: boolean;
  readonly at: number;
  readonly shown: readonly (readonly [string, string])[];
  readonly products: readonly { readonly id: string; readonly value: string }[];
  readonly result: unknown;
  readonly revocationUnknown: boolean;
}

/** What every answer has. */
export function base<S extends Scene>(text: VerifiedText, verdict: Verdict): AnswerBase<S> {
  return {
    scene: text.scene as S,
    holder: text.holder,
    certificates: text.certificates.map(octets),
    statement: octets(text.statement),
    statementDigest: text.statementDigest,
    requestDigest: text.requestDigest,
    at: new Date(text.at * 1000),
    shown: text.shown,
    matched: text.matched,
    verdict,
  };
}
