//! What a module does when it is started, and when it is started anew.

use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::nfc;

/// Every JavaScript engine knows normalised text, and its tables would weigh 48 kB of brotli in each
/// module.
#[wasm_bindgen(start)]
fn start() {
    nfc::lend(|text| JsString::from(text).normalize("NFC") == text);
}
