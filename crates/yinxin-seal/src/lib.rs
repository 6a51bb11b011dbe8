//! Electronic seals (电子印章) and what is sealed with them.
//!
//! - [`es`]: the structures of GB/T 38540 and GM/T 0031, made and read;
//! - [`ofd`] and [`pdf`]: files sealed, verified, and a seal taken back;
//! - [`picture`]: what a seal looks like, drawn from a template or taken from a scan.
//! - `qr`: QR pictures, with the feature `picture`.
//!
//! Nothing here reads a clock, a file or a random source: the caller passes them in.
#![forbid(unsafe_code)]

pub mod es;
#[cfg(feature = "ofd")]
pub mod ofd;
#[cfg(feature = "pdf")]
pub mod pdf;
pub mod picture;
#[cfg(feature = "picture")]
pub mod qr;
