//! Electronic seals (电子印章) and what is sealed with them.
//!
//! - [`es`]: the structures of GB/T 38540 and GM/T 0031, made and read; [`maker`] makes seals;
//! - [`check`] says what to judge by, [`report`] what came out of it, step by step;
//! - [`status`]: the list of seals that were cancelled; [`revoke`]: a use of a seal taken back;
//! - [`ofd`] and [`pdf`]: files sealed, verified, and a seal taken back;
//! - [`picture`]: what a seal looks like, drawn from a template or taken from a scan.
//! - `qr`: QR pictures, with the feature `picture`.
//!
//! Nothing here reads a clock, a file or a random source: the caller passes them in.
#![forbid(unsafe_code)]

pub mod check;
pub mod coverage;
mod error;
pub mod es;
pub mod maker;
#[cfg(feature = "ofd")]
pub mod ofd;
#[cfg(feature = "pdf")]
pub mod pdf;
pub mod picture;
pub mod placement;
#[cfg(feature = "picture")]
pub mod qr;
pub mod report;
pub mod revoke;
#[cfg(any(feature = "ofd", feature = "pdf"))]
mod sorted;
pub mod status;

pub use error::SealError;
