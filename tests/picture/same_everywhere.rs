//! The same bytes natively and in WASM: `golden`, an example of the seal crate.

use yinxin_tests::everywhere;

/// Drawings as PNG and SVG; one more line in the list is wrong on purpose.
const RIGHT: Option<i32> = Some(16);

const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

#[test]
fn seals_are_drawn_to_the_same_bytes_natively_as_written_down() {
    assert_eq!(everywhere::natively("yinxin-seal", "golden", FOLDER), RIGHT);
}

#[test]
fn seals_are_drawn_to_the_same_bytes_in_wasm_as_written_down() {
    assert_eq!(everywhere::in_wasm("yinxin-seal", "golden", FOLDER), RIGHT);
}
