// The envelope module in a script of its own, which comes with the first envelope.

export { default } from "inline:envelope";
