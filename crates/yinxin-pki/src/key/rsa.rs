//! RSA: read and verify only.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ::rsa::traits::SignatureScheme;
use ::rsa::{BoxedUint, Pkcs1v15Sign, Pss, PublicKey};
use sha2::{Sha256, Sha384, Sha512};

use super::SignatureError;
use crate::der::{Reader, Writer};
use crate::{DigestAlgorithm, Error, SignatureAlgorithm};

/// An RSA verifying key. Any size up to 8192 bits is read, so that it can be shown and named;
/// only 2048 to 4096 bits verify.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct RsaKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaKey {
    /// Reads RSAPublicKey (RFC 8017 §A.1.1).
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut key = reader.sequence()?;
        let at = key.position();
        let modulus = key.unsigned()?.to_vec();
        let exponent_at = key.position();
        let exponent = key.unsigned()?.to_vec();
        key.finish()?;
        reader.clone().finish()?;
        if modulus.len() > 1024 {
            return Err(Error::Limit { at, what: "RSA modulus in bits", limit: 8192 });
        }
        let odd = |value: &[u8]| value.last().is_some_and(|last| last & 1 == 1);
        // An exponent over 33 bits buys nothing and costs the verifier time.
        if !odd(&modulus) || !odd(&exponent) || exponent == [1] || exponent.len() > 5 {
            return Err(Error::Malformed {
                at: exponent_at,
                expected: "an odd RSA key with e > 1",
            });
        }
        Ok(Self { modulus, exponent })
    }

    pub(super) fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.unsigned(&self.modulus);
                w.unsigned(&self.exponent);
            });
        })
    }

    pub(super) fn modulus_bits(&self) -> usize {
        let first = self.modulus.first().copied().unwrap_or(0);
        let unused = usize::try_from(first.leading_zeros()).unwrap_or(0);
        (self.modulus.len() * 8).saturating_sub(unused)
    }

    pub(super) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        let found = self.modulus_bits();
        if !(2048..=4096).contains(&found) {
            return Err(SignatureError::KeySize { found });
        }
        // A signature has exactly the modulus's length (RFC 8017 §8.2.2 step 1).
        if signature.len() != self.modulus.len() {
            return Err(SignatureError::Malformed);
        }
        let modulus = BoxedUint::from_be_slice_vartime(&self.modulus);
        let exponent = BoxedUint::from_be_slice_vartime(&self.exponent);
        let key =
            PublicKey::new(modulus, exponent).map_err(|_| SignatureError::KeySize { found })?;
        let verified = match algorithm {
            SignatureAlgorithm::RsaPkcs1(hash) => {
                let prefix = digest_info_prefix(hash);
                let scheme = Pkcs1v15Sign { hash_len: Some(hash.output_len()), prefix };
                scheme.verify(&key, digest, signature)
            }
            SignatureAlgorithm::RsaPss { digest: hash, salt } => {
                let salt = usize::from(salt);
                match hash {
                    DigestAlgorithm::Sha384 => {
                        Pss::<Sha384>::new_with_salt(salt).verify(&key, digest, signature)
                    }
                    DigestAlgorithm::Sha512 => {
                        Pss::<Sha512>::new_with_salt(salt).verify(&key, digest, signature)
                    }
                    DigestAlgorithm::Sha256 | DigestAlgorithm::Sm3 => {
                        Pss::<Sha256>::new_with_salt(salt).verify(&key, digest, signature)
                    }
                }
            }
            _ => return Err(SignatureError::Algorithm { key: "RSA", algorithm }),
        };
        verified.map_err(|_| SignatureError::Wrong)
    }
}

/// DigestInfo up to the digest itself (RFC 8017 §9.2).
fn digest_info_prefix(hash: DigestAlgorithm) -> Box<[u8]> {
    let empty = [0; 64];
    let digest = empty.get(..hash.output_len()).unwrap_or(&[]);
    let mut info = Writer::build(|w| {
        w.sequence(|w| {
            w.algorithm_null(&hash.oid());
            w.octet_string(digest);
        });
    });
    info.truncate(info.len() - digest.len());
    info.into()
}
