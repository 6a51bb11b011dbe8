//! Two-phase values for keys that live elsewhere: what is to be signed or unwrapped goes out, the
//! answer comes in. A phone, a token, a remote service and a local key are the same to the library.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::ec::P256Key;
use super::signature::write_pair;
use super::sm2::Ciphertext;
use super::{PublicKey, Signature, SignatureError};
use crate::{Digest, Error, Explain, Fact, Party, SignatureAlgorithm, oid};

/// What is to be signed (待签数据): a digest, under a known key and algorithm.
#[derive(Clone, Debug)]
pub struct ToSign {
    key: PublicKey,
    algorithm: SignatureAlgorithm,
    digest: Digest,
}

impl ToSign {
    /// Prepares a whole message under the key's own algorithm.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Algorithm`] when no private keys of this kind are handled here.
    pub fn message(key: &PublicKey, message: &[u8]) -> Result<Self, SignatureError> {
        let algorithm = own_algorithm(key)?;
        let mut hasher = key.hasher(algorithm)?;
        hasher.update(message);
        Ok(Self { key: key.clone(), algorithm, digest: hasher.finish() })
    }

    /// Prepares a message that was streamed through [`PublicKey::hasher`].
    ///
    /// # Errors
    ///
    /// As [`message`](Self::message).
    pub fn hashed(key: &PublicKey, digest: Digest) -> Result<Self, SignatureError> {
        let algorithm = own_algorithm(key)?;
        key.hasher(algorithm)?;
        Ok(Self { key: key.clone(), algorithm, digest })
    }

    /// What goes to the key: 32 bytes; for SM2 it holds Z already.
    #[must_use]
    pub fn digest(&self) -> &[u8] {
        self.digest.as_ref()
    }

    /// By what algorithm it is to be signed.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Under what key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Checks the answer against the key before anything is made of it. Takes DER, or 64 raw
    /// bytes r‖s as tokens give them.
    ///
    /// # Errors
    ///
    /// [`SignatureError`]: the answer is of another digest or another key; nothing was written.
    pub fn finish(&self, answer: &[u8]) -> Result<Signature, SignatureError> {
        let der: Vec<u8> = match answer.split_at_checked(32) {
            Some((r, s)) if s.len() == 32 && answer.first() != Some(&0x30) => write_pair(r, s),
            Some((r, s)) if s.len() == 32 => {
                // 64 bytes that begin with 30 can be either; the key decides.
                let pair = write_pair(r, s);
                match self.key.verify_digest(self.algorithm, self.digest(), &pair) {
                    Ok(()) => pair,
                    Err(_) => answer.to_vec(),
                }
            }
            _ => answer.to_vec(),
        };
        self.key.verify_digest(self.algorithm, self.digest(), &der)?;
        Ok(Signature(der))
    }
}

fn own_algorithm(key: &PublicKey) -> Result<SignatureAlgorithm, SignatureError> {
    key.curve().map(super::Curve::signature_algorithm).ok_or_else(|| SignatureError::Algorithm {
        key: key.algorithm_name(),
        algorithm: SignatureAlgorithm::Other(oid::EC_PUBLIC_KEY),
    })
}

/// What is to be unwrapped (待解数据), in the terms of the key that can.
#[derive(Clone)]
#[non_exhaustive]
pub enum ToUnwrap {
    /// The other side's point; the answer is the X coordinate of the product, 32 bytes.
    P256(EphemeralPoint),
    /// An SM2 ciphertext; the answer is its plaintext.
    Sm2(Ciphertext),
}

impl fmt::Debug for ToUnwrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256(_) => "ToUnwrap(P-256)",
            Self::Sm2(_) => "ToUnwrap(SM2)",
        })
    }
}

/// A point on P-256 that came with a message (临时公钥), known to lie on the curve.
#[derive(Clone)]
pub struct EphemeralPoint(P256Key);

impl EphemeralPoint {
    /// Takes 04‖X‖Y.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when compressed, at infinity or not on the curve.
    pub fn from_bytes(point: &[u8]) -> Result<Self, Error> {
        let key = PublicKey::from_point(&oid::P256, point, 0)?;
        key.as_p256()
            .cloned()
            .map(Self)
            .ok_or(Error::Malformed { at: 0, expected: "a point on P-256" })
    }

    /// 04‖X‖Y, 65 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.point()
    }

    pub(super) fn as_public(&self) -> p256::PublicKey {
        self.0.as_public()
    }
}

impl fmt::Debug for EphemeralPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralPoint(..)")
    }
}

/// Why a key did not unwrap. One value, so that whoever sends ciphertexts learns nothing from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UnwrapError {
    /// This key does not open it: another key's, or damaged.
    Failed,
}

impl Explain for UnwrapError {
    fn code(&self) -> &'static str {
        "not_my_key"
    }

    fn mended_by(&self) -> Party {
        Party::Holder
    }

    fn facts(&self) -> Vec<Fact> {
        vec![]
    }
}

impl fmt::Display for UnwrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this key does not open it; it was encrypted for another key or is damaged")
    }
}

impl core::error::Error for UnwrapError {}
