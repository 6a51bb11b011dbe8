// The module that judges answers in a script of its own, which comes while the code is on the screen.

export { default } from "inline:answer";
