//! The real binary on a free port, called as platforms, pages and phones call it.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod client;
mod end;
mod hostile;
mod sessions;
mod world;
