//! One certificate on every bidding platform: certificates, signatures and envelopes for SM2 and
//! P-256, over files and streams.
//!
//! ```
//! use yinxin::chain::ChainCheck;
//! use yinxin::{Certificate, Purpose, Time, TrustStore};
//!
//! fn who(leaf: &[u8], roots: &[u8], now: Time) -> Result<String, Box<dyn std::error::Error>> {
//!     let trust = TrustStore::from_pem(roots)?;
//!     let certificate = Certificate::from_der(leaf)?;             // parsed, nothing believed yet
//!     ChainCheck::new(&trust, now).purpose(Purpose::Sign).verify(&certificate)?;
//!     Ok(certificate.holder().name().to_owned())                  // now it is
//! }
//! ```
//!
//! | Job | Module |
//! |---|---|
//! | bids: encrypt, open, check, over files | [`bid`] |
//! | messages: sign, verify, encrypt, decrypt as streams | [`message`] |
//! | a key ring in a folder | [`ring_file`] |
//! | files that appear whole or not at all | [`mod@file`] |
//! | trust anchors out of a folder, a purpose each | [`trust`] |
//! | whatever a file is, verified step by step | [`verify`], by [`judge`], told as a [`finding`] |
//! | what a phone signs when it seals | `phone`, with the feature of that name |
//! | words for people, zh and en | [`words`] |
//! | seals, sealed OFD and PDF files, seal pictures | `seal`, with the feature of that name |
//! | the QR session protocol | `session`, with the feature of that name |
//! | everything underneath | re-exported from `yinxin_pki` |
#![forbid(unsafe_code)]

pub mod bid;
pub mod file;
pub mod finding;
pub mod judge;
pub mod message;
#[cfg(feature = "phone")]
pub mod phone;
pub mod ring_file;
pub mod trust;
pub mod verify;
pub mod words;

pub use yinxin_pki::*;
#[cfg(feature = "seal")]
pub use yinxin_seal as seal;
#[cfg(feature = "session")]
pub use yinxin_session as session;
