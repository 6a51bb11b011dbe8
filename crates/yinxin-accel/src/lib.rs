//! What the usual implementations are slow at.
//!
//! Ciphers on vectors of 16 octets: SM4 (GB/T 32907) in WASM, for the bids of gigabytes that a page
//! encrypts.
//!
//! No table is looked up in memory by what is secret: the S-box is computed in registers, so the time
//! does not depend on keys or data. The RustCrypto crate `sm4` looks up a table of 256 octets, which
//! caches tell of.
//!
//! | Vector | Where | For |
//! |---|---|---|
//! | [`Plain`] | everywhere | tests: the same steps, octet by octet |
#![cfg_attr(
    all(target_arch = "wasm32", target_feature = "simd128"),
    doc = "| [`Simd`] | WASM with simd128 | use |"
)]
#![cfg_attr(
    not(all(target_arch = "wasm32", target_feature = "simd128")),
    doc = "| `Simd` | WASM with simd128 | use |"
)]
//!
//! And points of SM2's curve, [`sm2`], without products that WASM has no instruction for.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod hot;
mod plain;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd;
pub mod sm2;
mod sm4;
mod vector;

pub use plain::Plain;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use simd::Simd;
pub use sm4::Sm4;
pub use vector::Vector;
