//! The npm package `yinxin` from inside: what JavaScript calls in WASM.
//!
//! Seven modules are built out of this crate, `answer`, `camera`, `core`, `documents`, `envelope`, `node`
//! and `phone`, each with the feature of its name. Octets cross as `Uint8Array`, everything composed as JSON text, and what must
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
#[cfg(feature = "core")]
pub mod explain;
#[cfg(any(feature = "core", feature = "envelope"))]
pub mod key;
#[cfg(any(feature = "core", feature = "documents"))]
mod language;
#[cfg(any(feature = "answer", feature = "core", feature = "documents", feature = "phone"))]
mod number;
#[cfg(feature = "envelope")]
pub mod primitive;
#[cfg(any(feature = "core", feature = "documents", feature = "envelope", feature = "phone"))]
mod random;
#[cfg(any(feature = "core", feature = "envelope", feature = "phone"))]
mod rest;
#[cfg(feature = "documents")]
mod say;
#[cfg(feature = "documents")]
pub mod sealing;
#[cfg(any(feature = "core", feature = "envelope", feature = "phone"))]
pub mod session;
#[cfg(feature = "documents")]
pub mod sof;
#[cfg(any(
    feature = "answer",
    feature = "core",
    feature = "documents",
    feature = "envelope",
    feature = "phone"
))]
mod start;
#[cfg(feature = "documents")]
pub mod trust;
#[cfg(feature = "documents")]
pub mod verify;

#[cfg(any(feature = "core", feature = "envelope"))]
mod wipe;

#[cfg(feature = "panic")]
pub mod panicking;
#[cfg(feature = "vectors")]
pub mod vectors;
