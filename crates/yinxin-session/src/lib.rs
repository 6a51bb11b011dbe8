//! The QR session protocol, version 1: a platform's page shows a code, the bidder's phone scans it,
//! and logs in, signs, seals, takes a seal back, encrypts or decrypts.
//!
//! Sans-IO: no clock, network, storage or randomness here; the caller passes them in.
//!
//! - [`frame`]: what stands in the QR code, and what a phone refuses before any network call;
//! - [`channel`]: the envelopes between phone and page, which the hub relays and cannot open;
//! - [`wire`]: the messages, read strictly;
//! - [`trust_list`]: whom a phone believes, from signed lists whose numbers only grow;
//! - [`check`]: the phone's checks of a request, in their one order;
//! - [`statement`]: the answer, verified by page and platform;
//! - [`platform`] and [`page`]: the machines of the asking side;
//! - [`hub`]: the machine between them, which cannot read what it carries;
//! - [`display`]: what is shown of it, by one pure function; [`transcript`]: what came before it;
//! - [`phone`]: the machine on the phone;
//! - [`code`]: every way a session is refused, with words, remedy and who can mend it.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod channel;
pub mod check;
pub mod code;
pub mod display;
pub mod frame;
pub mod hub;
mod label;
pub mod matching;
pub mod page;
pub mod phone;
pub mod platform;
mod scene;
mod secret;
pub mod statement;
#[cfg(test)]
mod testing;
pub mod transcript;
pub mod trust_list;
pub mod wire;

pub use code::{Code, Refused};
pub use label::Suite;
pub use scene::Scene;
