//! The npm package `yinxin` from inside: what JavaScript calls in WASM.
//!
//! Ten modules are built out of this crate, `answer`, `camera`, `core`, `documents`, `envelope`, `messages`,
//! `node`, `pages`, `phone` and `sealing`, each with the feature of its name. Octets cross as `Uint8Array`, everything composed as JSON text, and what must
//! stay secret does not cross: JavaScript holds a handle to it. The package in `npm/` gives all of it
//! types, and frees handles. What is refused is a [`error::Failure`]; its codes say what and who mends it.
#![forbid(unsafe_code)]
#![allow(
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    reason = "all errors are one type, and the glue hands over values"
)]

#[cfg(feature = "answer")]
pub mod answer;
#[cfg(feature = "envelope")]
pub mod bid;
#[cfg(feature = "camera")]
pub mod camera;
#[cfg(all(test, feature = "core"))]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod codes;
#[cfg(any(feature = "core", feature = "envelope"))]
pub mod digest;
#[cfg(feature = "documents")]
pub mod document;
pub mod error;
#[cfg(any(feature = "answer", feature = "core"))]
pub mod explain;
#[cfg(any(feature = "core", feature = "envelope"))]
pub mod key;
#[cfg(any(feature = "answer", feature = "core", feature = "documents", feature = "messages"))]
mod language;
#[cfg(any(feature = "answer", feature = "core", feature = "phone", feature = "sealing"))]
mod number;
#[cfg(any(feature = "documents", feature = "pages"))]
mod order;
#[cfg(feature = "pages")]
pub mod pages;
#[cfg(feature = "envelope")]
pub mod primitive;
#[cfg(any(feature = "core", feature = "envelope", feature = "messages", feature = "phone"))]
mod random;
#[cfg(any(feature = "core", feature = "envelope", feature = "phone"))]
mod rest;
#[cfg(any(feature = "documents", feature = "messages"))]
mod say;
#[cfg(feature = "sealing")]
pub mod sealing;
#[cfg(any(feature = "core", feature = "envelope", feature = "phone"))]
pub mod session;
#[cfg(feature = "messages")]
pub mod sof;
#[cfg(any(
    feature = "answer",
    feature = "core",
    feature = "documents",
    feature = "envelope",
    feature = "messages",
    feature = "phone",
    feature = "sealing"
))]
mod start;
#[cfg(any(feature = "documents", feature = "messages"))]
pub mod trust;
#[cfg(feature = "messages")]
pub mod verify;

#[cfg(any(feature = "core", feature = "envelope"))]
mod wipe;

#[cfg(feature = "panic")]
pub mod panicking;
#[cfg(feature = "vectors")]
pub mod vectors;
