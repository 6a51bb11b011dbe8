//! Content keys in a page: made and used inside WASM memory, without a way out.

use core::fmt;

use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::PublicKey;
use yinxin::envelope::ContentKey;

use crate::error::Failure;
use crate::random::random;
use crate::wipe::Wipe;

/// The content key (文件密钥) of one segment of a bid, released by a phone.
///
/// JavaScript holds it by a handle and cannot read it. Wiped when freed, never printed.
#[wasm_bindgen]
pub struct ContentKeyHandle {
    id: String,
    segment: String,
    key: ContentKey,
    _wipe: Wipe,
}

impl ContentKeyHandle {
    /// A key of a bid's segment.
    #[must_use]
    pub const fn new(id: String, segment: String, key: ContentKey) -> Self {
        Self { id, segment, key, _wipe: Wipe }
    }

    /// The key, for what opens bids in this module.
    #[must_use]
    pub const fn key(&self) -> &ContentKey {
        &self.key
    }
}

#[wasm_bindgen]
impl ContentKeyHandle {
    /// The bid's name in the request.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn id(&self) -> String {
        self.id.clone()
    }

    /// The segment's name, or `canary`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn segment(&self) -> String {
        self.segment.clone()
    }
}

impl fmt::Debug for ContentKeyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentKeyHandle({}/{}: ..)", self.id, self.segment)
    }
}

/// Wraps a content key to another module's `TransportKey`.
#[wasm_bindgen(js_name = wrapContentKey)]
pub fn wrap_content_key(key: &ContentKeyHandle, spki: &[u8]) -> Result<Vec<u8>, Failure> {
    let to = PublicKey::from_spki(spki)?;
    let wrapped = to.sm2_encrypt(key.key().as_bytes(), &mut random());
    let wrapped = wrapped
        .ok_or_else(|| Failure::misuse("key_transport", "a module's key is of the curve SM2"))?;
    Ok(wrapped.to_der())
}
