//! Digests by themselves: SM3 and SHA-2.

use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::{DigestAlgorithm, Hasher};

use crate::error::Failure;

fn digest_of(name: &str) -> Result<DigestAlgorithm, Failure> {
    match name {
        "sha256" => Ok(DigestAlgorithm::Sha256),
        "sha384" => Ok(DigestAlgorithm::Sha384),
        "sha512" => Ok(DigestAlgorithm::Sha512),
        "sm3" => Ok(DigestAlgorithm::Sm3),
        _ => Err(Failure::misuse("unknown_algorithm", "digests: sm3, sha256, sha384, sha512")),
    }
}

/// A digest fed piece by piece.
#[wasm_bindgen]
#[derive(Debug)]
pub struct HashHandle(Option<Hasher>);

#[wasm_bindgen]
impl HashHandle {
    /// `sm3`, `sha256`, `sha384`, `sha512`.
    #[wasm_bindgen(constructor)]
    pub fn new(algorithm: &str) -> Result<Self, Failure> {
        Ok(Self(Some(digest_of(algorithm)?.hasher())))
    }

    /// More of the message.
    pub fn update(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.0.as_mut().ok_or_else(finished)?.update(bytes);
        Ok(())
    }

    /// The digest. Afterwards the handle takes nothing.
    pub fn finish(&mut self) -> Result<Vec<u8>, Failure> {
        Ok(self.0.take().ok_or_else(finished)?.finish().as_ref().to_vec())
    }
}

fn finished() -> Failure {
    Failure::misuse("already_finished", "a finished digest takes nothing more; begin a new one")
}

/// The digest of a whole message.
#[wasm_bindgen]
pub fn digest(algorithm: &str, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(digest_of(algorithm)?.digest(bytes).as_ref().to_vec())
}
