//! A panic on purpose: built for the tests of what the package does after one, never shipped.

use wasm_bindgen::prelude::wasm_bindgen;

/// Panics.
///
/// # Panics
///
/// Always.
#[wasm_bindgen]
#[allow(clippy::panic, reason = "that is what it is for")]
pub fn panic() {
    panic!("on purpose");
}
