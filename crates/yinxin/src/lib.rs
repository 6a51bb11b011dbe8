//! One certificate on every bidding platform.
#![forbid(unsafe_code)]

pub use yinxin_pki as pki;
