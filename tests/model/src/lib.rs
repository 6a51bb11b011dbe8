//! The rules of the QR session protocol as explicit-state models: every state that honest roles and
//! an attacker can reach within bounds is visited, and each rule has a mutant that leaves it out.
//!
//! - [`sessions`]: who may answer which request, at an honest hub and at a hostile one;
//! - [`channel`]: what page and phone believe of each other's messages;
//! - [`entry`]: known browsers, the number, the short code;
//! - [`rule`]: the table of rules; [`search`]: what a search found.
//!
//! A model is our abstraction of the protocol, so that "none found" is no proof of the programs;
//! the tests of the session crate are about those.

pub mod channel;
pub mod entry;
pub mod rule;
pub mod search;
pub mod sessions;
