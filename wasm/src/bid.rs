//! Bid envelopes record by record: a page pumps octets, everything that decides is in here.
//!
//! ```text
//! BidWriter   head ─▶ begin ─▶ seal, seal, … ─▶ end ─▶ … ─▶ receipt, keys for reading it back
//! BidReader   push … ─▶ header ─▶ keys ─▶ (next, take)… ─▶ finish ─▶ digests, held against a receipt
//! ```
//!
//! Output lies in this module's memory until the next call; JavaScript reads it in place, so that a
//! gigabyte is copied no more often than it must be.

mod read;
mod transport;
mod write;

use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::key::container;
use yinxin::{Curve, DecryptionKey};
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::random::random;
use crate::wipe::Wipe;

pub use read::BidReader;
pub use transport::TransportKey;
pub use write::{BidWriter, ContentKeysHandle};

/// A key that opens bids and never leaves the module in the clear.
#[wasm_bindgen]
#[derive(Debug)]
pub struct DecryptionKeyHandle(DecryptionKey, Wipe);

#[wasm_bindgen]
impl DecryptionKeyHandle {
    /// A new one, `sm2` or `p256`.
    pub fn generate(algorithm: &str) -> Result<Self, Failure> {
        let curve = match algorithm {
            "p256" => Curve::P256,
            "sm2" => Curve::Sm2,
            _ => return Err(Failure::misuse("unknown_algorithm", "keys: sm2, p256")),
        };
        Ok(Self(DecryptionKey::generate(curve, &mut random()), Wipe))
    }

    /// Out of a key file of any kind that the library reads.
    pub fn read(file: Vec<u8>, password: Option<String>) -> Result<Self, Failure> {
        let file = Zeroizing::new(file);
        let password = password.map(Zeroizing::new);
        let read = container::read(&file, password.as_ref().map(|word| word.as_bytes()))?;
        Ok(Self(read.key.into_decryption(), Wipe))
    }

    /// SubjectPublicKeyInfo, DER.
    #[wasm_bindgen(js_name = publicKey)]
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        self.0.public().to_spki()
    }
}

impl DecryptionKeyHandle {
    pub(crate) const fn key(&self) -> &DecryptionKey {
        &self.0
    }
}

/// The memory of this module, for reading output in place.
#[wasm_bindgen(js_name = moduleMemory)]
#[must_use]
pub fn module_memory() -> wasm_bindgen::JsValue {
    wasm_bindgen::memory()
}
