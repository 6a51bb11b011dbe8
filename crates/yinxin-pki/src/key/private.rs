//! Private keys: of no purpose yet, for signing, or for decryption.

use alloc::vec::Vec;
use core::fmt;

use p256::elliptic_curve::Generate as _;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::custody::{ToSign, ToUnwrap, UnwrapError};
use super::ec::P256Key;
use super::sm2;
use super::{Curve, Kind, PublicKey, SignatureError};
use crate::operation::Operation;
use crate::{Error, SignatureAlgorithm};

/// A private key (私钥) as containers hold it: its purpose is not yet decided.
///
/// Wiped on drop, never printed.
pub struct PrivateKey {
    secret: Secret,
    public: PublicKey,
}

/// The scalars wipe themselves on drop.
enum Secret {
    P256(p256::SecretKey),
    Sm2(sm2::Secret),
}

impl PrivateKey {
    /// Draws a key from the caller's random source.
    pub fn generate(curve: Curve, rng: &mut impl CryptoRng) -> Self {
        Operation::Generate.note();
        loop {
            let secret = match curve {
                // None only for the one SM2 scalar n-1, which cannot sign.
                Curve::Sm2 => sm2::Secret::generate(rng).map(Secret::Sm2),
                Curve::P256 => Some(Secret::P256(p256::SecretKey::generate_from_rng(rng))),
            };
            if let Some(key) = secret.and_then(Self::from_secret) {
                return key;
            }
        }
    }

    /// Takes the 32 big-endian bytes of a scalar from 1 to n-1 (SM2: n-2).
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for anything else.
    pub fn from_scalar(curve: Curve, scalar: &[u8]) -> Result<Self, Error> {
        let wrong = Error::Malformed { at: 0, expected: "a private key in the curve's range" };
        let secret = match curve {
            Curve::Sm2 => sm2::Secret::from_octets(scalar).map(Secret::Sm2),
            Curve::P256 => p256::SecretKey::from_slice(scalar).map(Secret::P256).ok(),
        };
        secret.filter(|_| scalar.len() == 32).and_then(Self::from_secret).ok_or(wrong)
    }

    fn from_secret(secret: Secret) -> Option<Self> {
        let kind = match &secret {
            Secret::Sm2(key) => Kind::Sm2(key.public()?),
            Secret::P256(key) => Kind::P256(P256Key::from_verifying(key.public_key().into())),
        };
        Some(Self { secret, public: PublicKey(kind) })
    }

    /// The scalar's 32 big-endian bytes, for a container that protects them: wiped on drop.
    #[must_use]
    pub fn scalar(&self) -> Zeroizing<[u8; 32]> {
        match &self.secret {
            Secret::Sm2(key) => key.to_octets(),
            Secret::P256(key) => Zeroizing::new(key.to_bytes().into()),
        }
    }

    /// Its public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Its curve.
    #[must_use]
    pub const fn curve(&self) -> Curve {
        match self.secret {
            Secret::Sm2(_) => Curve::Sm2,
            Secret::P256(_) => Curve::P256,
        }
    }

    /// Decides that this key signs.
    #[must_use]
    pub const fn into_signing(self) -> SigningKey {
        SigningKey(self)
    }

    /// Decides that this key decrypts.
    #[must_use]
    pub const fn into_decryption(self) -> DecryptionKey {
        DecryptionKey(self)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(.. of {:?})", self.public)
    }
}

/// A key that signs (签名私钥), and cannot decrypt.
#[derive(Debug)]
pub struct SigningKey(PrivateKey);

impl SigningKey {
    /// Draws a key from the caller's random source.
    pub fn generate(curve: Curve, rng: &mut impl CryptoRng) -> Self {
        PrivateKey::generate(curve, rng).into_signing()
    }

    /// Answers a [`ToSign`]: the local implementation of what a phone or a token does elsewhere.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Algorithm`] when it asks for another kind of key;
    /// [`SignatureError::Nonce`] when the random source gives nothing usable.
    pub fn sign(
        &self,
        to_sign: &ToSign,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SignatureError> {
        Operation::Sign.note();
        let algorithm = to_sign.algorithm();
        let digest = to_sign.digest();
        match (&self.0.secret, algorithm) {
            (Secret::Sm2(key), SignatureAlgorithm::Sm2Sm3) => key.sign(digest, rng),
            (Secret::P256(key), SignatureAlgorithm::Ecdsa(_)) => {
                use p256::ecdsa::signature::hazmat::RandomizedPrehashSigner as _;
                let key = p256::ecdsa::SigningKey::from(key);
                let signature: p256::ecdsa::Signature =
                    key.sign_prehash_with_rng(rng, digest).map_err(|_| SignatureError::Nonce)?;
                let (r, s) = signature.split_bytes();
                Ok(super::signature::write_pair(&r, &s))
            }
            _ => Err(SignatureError::Algorithm { key: self.0.public.algorithm_name(), algorithm }),
        }
    }

    /// Its public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.0.public
    }

    /// The algorithm it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.0.curve().signature_algorithm()
    }

    /// The key as containers hold it.
    #[must_use]
    pub const fn as_private(&self) -> &PrivateKey {
        &self.0
    }

    /// Opens what was encrypted to this signing key: only the delivery of the encryption key
    /// (GB/T 35276 SM2EnvelopedKey and its P-256 counterpart) does that, so it stays inside.
    pub(crate) fn unwrap_delivery(
        &self,
        to_unwrap: &ToUnwrap,
    ) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        answer(&self.0, to_unwrap)
    }
}

/// A key that decrypts (加密私钥), and cannot sign.
#[derive(Debug)]
pub struct DecryptionKey(PrivateKey);

impl DecryptionKey {
    /// Draws a key from the caller's random source.
    pub fn generate(curve: Curve, rng: &mut impl CryptoRng) -> Self {
        PrivateKey::generate(curve, rng).into_decryption()
    }

    /// Answers a [`ToUnwrap`]: the local implementation of what a phone or a token does elsewhere.
    ///
    /// # Errors
    ///
    /// [`UnwrapError`], the same whatever was wrong.
    pub fn unwrap(&self, to_unwrap: &ToUnwrap) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
        answer(&self.0, to_unwrap)
    }

    /// Its public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.0.public
    }

    /// The key as containers hold it.
    #[must_use]
    pub const fn as_private(&self) -> &PrivateKey {
        &self.0
    }
}

fn answer(key: &PrivateKey, to_unwrap: &ToUnwrap) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
    Operation::Unwrap.note();
    match (&key.secret, to_unwrap) {
        (Secret::Sm2(key), ToUnwrap::Sm2(ciphertext)) => {
            ciphertext.decrypt(key).ok_or(UnwrapError::Failed)
        }
        (Secret::P256(key), ToUnwrap::P256(point)) => {
            let peer = point.as_public();
            let shared = p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), peer.as_affine());
            Ok(Zeroizing::new(shared.raw_secret_bytes().to_vec()))
        }
        _ => Err(UnwrapError::Failed),
    }
}
