//! What the two programs of this folder share: `yinxin-platform`, a small bidding site, and
//! `yinxin-sidecar`, the platform's side of the protocol for sites in other languages.
#![forbid(unsafe_code)]

pub mod clock;
pub mod desk;
pub mod hub;
pub mod keys;
pub mod lists;
pub mod problem;
pub mod program;
pub mod stop;
