//! Content keys on their way from the page's module to a worker's: wrapped to a key that only the
//! worker's module has, so that JavaScript carries nothing secret.

use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::cms::{Recipient, RecipientInfo};
use yinxin::envelope::ContentKey;
use yinxin::{Curve, DecryptionKey, PublicKey};

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
        Self(DecryptionKey::generate(Curve::P256, &mut random()), Wipe)
    }

    /// SubjectPublicKeyInfo, DER: goes to the other module.
    #[wasm_bindgen(js_name = publicKey)]
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        self.0.public().to_spki()
    }

    /// The content key that [`wrap_content_key`] wrapped in the other module.
    pub fn unwrap(
        &self,
        id: String,
        segment: String,
        wrapped: &[u8],
    ) -> Result<ContentKeyHandle, Failure> {
        let lost = || Failure::misuse("key_transport", "a key wrapped for another worker");
        let info = RecipientInfo::from_der(wrapped).map_err(|_| lost())?;
        let key = info.unwrap(&self.0).map_err(|_| lost())?.into_bytes();
        let key = <[u8; 16]>::try_from(&key[..]).map_err(|_| lost())?;
        Ok(ContentKeyHandle::new(id, segment, ContentKey::from_bytes(key)))
    }
}

impl Default for TransportKey {
    fn default() -> Self {
        Self::new()
    }
}

/// Wraps a content key to another module's [`TransportKey`].
#[wasm_bindgen(js_name = wrapContentKey)]
pub fn wrap_content_key(key: &ContentKeyHandle, spki: &[u8]) -> Result<Vec<u8>, Failure> {
    let to = PublicKey::from_spki(spki)?;
    Ok(Recipient::wrap(&to, key.key().as_bytes(), &mut random())?)
}
