//! `cargo xtask`: set-up, build, demo and test.

fn main() {}
