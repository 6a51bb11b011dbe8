//! Certificates, keys and CMS for SM2 and P-256, without std.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod base64;
pub mod der;
mod error;
pub mod limits;
pub mod oid;
pub mod pem;
mod time;

pub use error::{Error, Explain, Fact, FactValue, Party};
pub use oid::Oid;
pub use time::{Time, Validity};
