// Generated from the Rust catalogue; `cargo test -p yinxin-wasm` compares it.

/** Codes of the Rust libraries. */
export type RustCode = string & {};

/** All codes. */
export type ErrorCode = RustCode;
