//! What is shown is the same natively and in WASM: `shown`, an example of the session crate.

use yinxin_tests::everywhere;

/// Four payloads, two suites, two languages; one more line in the list is wrong on purpose.
const RIGHT: Option<i32> = Some(16);

const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

#[test]
fn p12_what_is_shown_is_the_same_natively_and_in_wasm_as_written_down() {
    assert_eq!(everywhere::natively("yinxin-session", "shown", FOLDER), RIGHT);
    assert_eq!(everywhere::in_wasm("yinxin-session", "shown", FOLDER), RIGHT);
}
