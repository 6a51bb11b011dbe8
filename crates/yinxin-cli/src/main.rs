//! The `yinxin` command.
#![forbid(unsafe_code)]

fn main() {}
