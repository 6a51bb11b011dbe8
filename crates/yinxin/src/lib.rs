//! One certificate on every bidding platform.
#![forbid(unsafe_code)]

pub mod bid;

pub use yinxin_pki as pki;
