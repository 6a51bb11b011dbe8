//! Content keys on their way from the module that a session released them in to the one that opens
//! bids, here or in a worker: wrapped to a key that only that one has, so that JavaScript carries
//! nothing secret.

use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::envelope::ContentKey;
use yinxin::key::sm2::Ciphertext;
use yinxin::{Curve, DecryptionKey, ToUnwrap};

use crate::error::Failure;
use crate::key::ContentKeyHandle;
use crate::random::random;
use crate::wipe::Wipe;

/// A module's own key for one job.
#[wasm_bindgen]
#[derive(Debug)]
pub struct TransportKey(DecryptionKey, Wipe);

#[wasm_bindgen]
impl TransportKey {
    /// Draws a key.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self(DecryptionKey::generate(Curve::Sm2, &mut random()), Wipe)
    }

    /// SubjectPublicKeyInfo, DER: goes to the other module.
    #[wasm_bindgen(js_name = publicKey)]
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        self.0.public().to_spki()
    }

    /// The content key that [`crate::key::wrap_content_key`] wrapped in the other module.
    pub fn unwrap(
        &self,
        id: String,
        segment: String,
        wrapped: &[u8],
    ) -> Result<ContentKeyHandle, Failure> {
        let lost = || Failure::misuse("key_transport", "a key wrapped for another module");
        let wrapped = Ciphertext::from_der(wrapped).map_err(|_| lost())?;
        let key = self.0.unwrap(&ToUnwrap::Sm2(wrapped)).map_err(|_| lost())?;
        let key = <[u8; 16]>::try_from(&key[..]).map_err(|_| lost())?;
        Ok(ContentKeyHandle::new(id, segment, ContentKey::from_bytes(key)))
    }
}

impl Default for TransportKey {
    fn default() -> Self {
        Self::new()
    }
}
