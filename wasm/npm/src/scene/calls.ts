// What every scene but a login is done with.

export { answerOf } from "./answer.js";
export { payloadOf } from "./payload.js";
export { prepare } from "./prepare.js";
