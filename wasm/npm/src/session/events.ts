// What a session tells, as events.

import type { AnswerOf, Scene } from "../scene.js";
import type { PageState } from "../state.js";

/** A session's state changed. */
export class SessionStateEvent extends Event {
  readonly state: PageState;
  constructor(state: PageState) {
    super("state");
    this.state = state;
  }
}

/** A session was answered. */
export class SessionAnswerEvent<S extends Scene> extends Event {
  readonly answer: AnswerOf<S>;
  constructor(answer: AnswerOf<S>) {
    super("answer");
    this.answer = answer;
  }
}

/** A session ended without an answer. */
export class SessionErrorEvent extends Event {
  readonly error: unknown;
  constructor(error: unknown) {
    super("error");
    this.error = error;
  }
}

/** What a session tells. */
export interface SessionEvents<S extends Scene> {
  state: SessionStateEvent;
  answer: SessionAnswerEvent<S>;
  error: SessionErrorEvent;
}
