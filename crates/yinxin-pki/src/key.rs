//! Keys by what they may do: verify, sign, or decrypt.
//!
//! ```
//! use yinxin_pki::{Curve, DecryptionKey, SigningKey, ToSign};
//! # use rand_core::{Infallible, TryCryptoRng, TryRng};
//! # struct Fixed(u8);
//! # impl TryRng for Fixed {
//! #     type Error = Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Infallible> { Ok(7) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Infallible> { Ok(7) }
//! #     fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
//! #         for b in out { self.0 = self.0.wrapping_mul(5).wrapping_add(3); *b = self.0; }
//! #         Ok(())
//! #     }
//! # }
//! # impl TryCryptoRng for Fixed {}
//! # let mut rng = Fixed(1);
//! let key = SigningKey::generate(Curve::Sm2, &mut rng);
//! let to_sign = ToSign::message(key.public(), b"a bid")?;   // may travel to a phone or a token
//! let answer = key.sign(&to_sign, &mut rng)?;
//! let signature = to_sign.finish(&answer)?;                 // checked before it is used
//! key.public().verify(key.algorithm(), b"a bid", signature.as_ref())?;
//! # Ok::<(), yinxin_pki::SignatureError>(())
//! ```

use alloc::vec::Vec;
use core::fmt;

use crate::der::{Reader, Tag, Writer};
use crate::operation::Operation;
use crate::{DigestAlgorithm, Error, Hasher, Oddity, Oid, SignatureAlgorithm, digest, oid};

pub mod cfca;
pub mod container;
pub mod custody;
mod ec;
pub mod enveloped;
#[cfg(all(test, not(feature = "foreign")))]
mod foreign;
mod pbes2;
pub mod pkcs12;
pub mod pkcs8;
mod private;
pub mod ring;
#[cfg(feature = "foreign")]
mod rsa;
pub mod sec1;
mod signature;
pub mod sm2;

pub use container::{KeyError, KeyFile, KeyFileKind};
pub use ec::Curve;
pub use private::{DecryptionKey, PrivateKey, SigningKey};
pub use signature::{Signature, SignatureError};

use ec::P256Key;
#[cfg(feature = "foreign")]
use ec::{P384Key, P521Key};
#[cfg(feature = "foreign")]
use rsa::RsaKey;
use sm2::Sm2Key;

/// A public key (公钥): SM2, P-256, P-384, P-521, or RSA of 2048 to 4096 bits. Without the feature
/// `foreign` the last three are as unknown as any other.
///
/// Every one verifies; messages are encrypted to SM2 and P-256 keys only.
#[derive(Clone, Eq, PartialEq)]
pub struct PublicKey(Kind);

#[derive(Clone, Eq, PartialEq)]
enum Kind {
    P256(P256Key),
    #[cfg(feature = "foreign")]
    P384(P384Key),
    #[cfg(feature = "foreign")]
    P521(P521Key),
    #[cfg(feature = "foreign")]
    Rsa(RsaKey),
    Sm2(Sm2Key),
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo that stands alone.
    ///
    /// # Errors
    ///
    /// [`Error`]: malformed, an algorithm or curve not known here, a point not on its curve.
    pub fn from_spki(der: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(der);
        let (key, _) = Self::read_spki(&mut reader)?;
        reader.finish()?;
        Ok(key)
    }

    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, GM/T 0006 §6) inside something larger and
    /// says in what it deviates.
    ///
    /// # Errors
    ///
    /// As [`from_spki`](Self::from_spki).
    pub fn read_spki(reader: &mut Reader<'_>) -> Result<(Self, Vec<Oddity>), Error> {
        let mut spki = reader.sequence()?;
        let at = spki.position();
        let mut identifier = spki.sequence()?;
        let algorithm = identifier.oid()?;
        let mut oddities = Vec::new();
        let curve = match algorithm {
            oid::EC_PUBLIC_KEY => ec::read_curve(&mut identifier, &mut oddities)?,
            oid::SM2_CURVE => {
                oddities.push(Oddity::KeyAlgorithmIsCurve);
                if identifier.peek() == Some(Tag::NULL) {
                    identifier.null()?;
                } else if !identifier.is_empty() {
                    ec::read_curve(&mut identifier, &mut oddities)?;
                }
                oid::SM2_CURVE
            }
            #[cfg(feature = "foreign")]
            oid::RSA => {
                identifier.null()?;
                identifier.finish()?;
                let key_at = spki.position() + 1;
                let key = RsaKey::read(&mut Reader::at(spki.bit_string()?, key_at))?;
                spki.finish()?;
                return Ok((Self(Kind::Rsa(key)), oddities));
            }
            found => return Err(Error::Unsupported { at, what: "key algorithm", found }),
        };
        identifier.finish()?;
        let at = spki.position();
        let point = spki.bit_string()?;
        spki.finish()?;
        Ok((Self::from_point(&curve, point, at)?, oddities))
    }

    /// A key from its curve's identifier and an uncompressed point 04‖X‖Y.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for another curve; [`Error::Malformed`] for a compressed point, the
    /// point at infinity, or one not on the curve.
    pub fn from_point(curve: &Oid, point: &[u8], at: usize) -> Result<Self, Error> {
        if point.first() != Some(&4) {
            return Err(Error::Malformed { at, expected: "uncompressed point 04‖X‖Y" });
        }
        let kind = match *curve {
            oid::SM2_CURVE => Sm2Key::from_point(point).map(Kind::Sm2),
            oid::P256 => P256Key::from_point(point).map(Kind::P256),
            #[cfg(feature = "foreign")]
            oid::P384 => P384Key::from_point(point).map(Kind::P384),
            #[cfg(feature = "foreign")]
            oid::P521 => P521Key::from_point(point).map(Kind::P521),
            found => return Err(Error::Unsupported { at, what: "curve", found }),
        };
        kind.map(Self).ok_or(Error::Malformed { at, expected: "a point on the curve" })
    }

    /// A fresh digest for a message under `algorithm`: for SM2 it has taken Z already.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Algorithm`] when key and algorithm do not fit.
    pub fn hasher(&self, algorithm: SignatureAlgorithm) -> Result<Hasher, SignatureError> {
        self.fits(algorithm)?;
        Ok(match (&self.0, algorithm.digest()) {
            (Kind::Sm2(key), _) => key.hasher(sm2::DEFAULT_ID),
            (_, Some(digest)) => digest.hasher(),
            (_, None) => return Err(self.mismatch(algorithm)),
        })
    }

    /// Verifies a signature over `message`.
    ///
    /// # Errors
    ///
    /// [`SignatureError`]; whoever signed has to sign again.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let mut hasher = self.hasher(algorithm)?;
        hasher.update(message);
        self.verify_digest(algorithm, hasher.finish().as_ref(), signature)
    }

    /// Verifies a signature over a digest that [`hasher`](Self::hasher) gave.
    ///
    /// # Errors
    ///
    /// [`SignatureError`]; whoever signed has to sign again.
    pub fn verify_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        self.fits(algorithm)?;
        Operation::Verify.note();
        match &self.0 {
            Kind::Sm2(key) => key.verify(digest, signature),
            Kind::P256(key) => key.verify(digest, signature),
            #[cfg(feature = "foreign")]
            Kind::P384(key) => key.verify(digest, signature),
            #[cfg(feature = "foreign")]
            Kind::P521(key) => key.verify(digest, signature),
            #[cfg(feature = "foreign")]
            Kind::Rsa(key) => key.verify(algorithm, digest, signature),
        }
    }

    fn fits(&self, algorithm: SignatureAlgorithm) -> Result<(), SignatureError> {
        use DigestAlgorithm::Sm3;
        let fits = match (&self.0, algorithm) {
            (Kind::Sm2(_), SignatureAlgorithm::Sm2Sm3) => true,
            (Kind::P256(_), SignatureAlgorithm::Ecdsa(digest)) => digest != Sm3,
            #[cfg(feature = "foreign")]
            (Kind::P384(_) | Kind::P521(_), SignatureAlgorithm::Ecdsa(digest)) => digest != Sm3,
            #[cfg(feature = "foreign")]
            (
                Kind::Rsa(_),
                SignatureAlgorithm::RsaPkcs1(digest) | SignatureAlgorithm::RsaPss { digest, .. },
            ) => digest != Sm3,
            _ => false,
        };
        if fits { Ok(()) } else { Err(self.mismatch(algorithm)) }
    }

    const fn mismatch(&self, algorithm: SignatureAlgorithm) -> SignatureError {
        SignatureError::Algorithm { key: self.algorithm_name(), algorithm }
    }

    /// The SubjectPublicKeyInfo, in the one form this library writes.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| match self.curve_oid() {
                    Some(curve) => {
                        w.oid(&oid::EC_PUBLIC_KEY);
                        w.oid(&curve);
                    }
                    None => {
                        w.oid(&oid::RSA);
                        w.null();
                    }
                });
                w.bit_string(&self.bits());
            });
        })
    }

    /// The bits of the SubjectPublicKeyInfo: the point 04‖X‖Y, or RSAPublicKey.
    #[must_use]
    pub fn bits(&self) -> Vec<u8> {
        match &self.0 {
            Kind::Sm2(key) => key.point().to_vec(),
            Kind::P256(key) => key.point(),
            #[cfg(feature = "foreign")]
            Kind::P384(key) => key.point(),
            #[cfg(feature = "foreign")]
            Kind::P521(key) => key.point(),
            #[cfg(feature = "foreign")]
            Kind::Rsa(key) => key.to_der(),
        }
    }

    /// The curve's identifier; `None` for RSA.
    #[must_use]
    pub const fn curve_oid(&self) -> Option<Oid> {
        match self.0 {
            Kind::Sm2(_) => Some(oid::SM2_CURVE),
            Kind::P256(_) => Some(oid::P256),
            #[cfg(feature = "foreign")]
            Kind::P384(_) => Some(oid::P384),
            #[cfg(feature = "foreign")]
            Kind::P521(_) => Some(oid::P521),
            #[cfg(feature = "foreign")]
            Kind::Rsa(_) => None,
        }
    }

    /// The curve if private keys of it are handled here: SM2 or P-256.
    #[must_use]
    pub const fn curve(&self) -> Option<Curve> {
        match self.0 {
            Kind::Sm2(_) => Some(Curve::Sm2),
            Kind::P256(_) => Some(Curve::P256),
            #[cfg(feature = "foreign")]
            Kind::P384(_) | Kind::P521(_) | Kind::Rsa(_) => None,
        }
    }

    /// Strength in bits as people quote it: of the curve, or of the RSA modulus.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.0 {
            Kind::Sm2(_) | Kind::P256(_) => 256,
            #[cfg(feature = "foreign")]
            Kind::P384(_) => 384,
            #[cfg(feature = "foreign")]
            Kind::P521(_) => 521,
            #[cfg(feature = "foreign")]
            Kind::Rsa(key) => key.modulus_bits(),
        }
    }

    /// The name people write: `SM2`, `P-256`, `RSA`.
    #[must_use]
    pub const fn algorithm_name(&self) -> &'static str {
        match self.0 {
            Kind::Sm2(_) => "SM2",
            Kind::P256(_) => "P-256",
            #[cfg(feature = "foreign")]
            Kind::P384(_) => "P-384",
            #[cfg(feature = "foreign")]
            Kind::P521(_) => "P-521",
            #[cfg(feature = "foreign")]
            Kind::Rsa(_) => "RSA",
        }
    }

    /// The key identifier (RFC 5280 §4.2.1.2, method 1).
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(digest::sha1(&self.bits()))
    }

    /// Encrypts a secret of a few octets to an SM2 key; `None` for a key of another curve, or nothing to
    /// encrypt. What is longer goes into an envelope.
    ///
    /// Source: GB/T 32918.4, with the digest before the text (C1 C3 C2).
    pub fn sm2_encrypt(
        &self,
        plaintext: &[u8],
        rng: &mut impl rand_core::CryptoRng,
    ) -> Option<sm2::Ciphertext> {
        self.as_sm2()?.encrypt(plaintext, rng)
    }

    pub(crate) const fn as_sm2(&self) -> Option<&Sm2Key> {
        match &self.0 {
            Kind::Sm2(key) => Some(key),
            _ => None,
        }
    }

    pub(crate) const fn as_p256(&self) -> Option<&P256Key> {
        match &self.0 {
            Kind::P256(key) => Some(key),
            _ => None,
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm_name(), self.id())
    }
}

/// Key identifier (密钥标识): 20 bytes, SHA-1 over the key's bits.
///
/// It names a key and proves nothing.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyId(pub [u8; 20]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}
