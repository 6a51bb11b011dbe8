//! Signature algorithms as a closed set, read from and written as AlgorithmIdentifier.

use alloc::vec::Vec;
use core::fmt;

use crate::der::{Reader, Tag, Writer};
use crate::{DigestAlgorithm, Error, Oddity, Oid, oid};

/// A signature algorithm (签名算法), with all its parameters.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA with the named digest (RFC 5758); the curve is the key's.
    Ecdsa(DigestAlgorithm),
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1), MGF1 with the same digest.
    RsaPss {
        /// Digest of message and mask.
        digest: DigestAlgorithm,
        /// Octets of salt.
        salt: u16,
    },
    /// SM2 with SM3 and the user id `1234567812345678` (GM/T 0009, GB/T 32918.2).
    Sm2Sm3,
    /// Anything else, read so that it can be named; it never verifies.
    Other(Oid),
}

impl SignatureAlgorithm {
    /// Reads an AlgorithmIdentifier of a certificate, CRL, OCSP answer or seal.
    ///
    /// An unknown or refused algorithm (SHA-1 among them) is [`SignatureAlgorithm::Other`].
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for parameters that do not fit the algorithm.
    pub fn read(reader: &mut Reader<'_>) -> Result<(Self, Option<Oddity>), Error> {
        let mut identifier = reader.sequence()?;
        let found = identifier.oid()?;
        let at = identifier.position();
        let parameters = if identifier.is_empty() { None } else { Some(identifier.any()?) };
        identifier.finish()?;
        let null = parameters.is_some_and(|p| p.tag == Tag::NULL && p.value.is_empty());
        let none_or_null = || {
            if parameters.is_none() || null {
                Ok(())
            } else {
                Err(Error::Malformed { at, expected: "no parameters or NULL" })
            }
        };
        let algorithm = match found {
            oid::SM2_WITH_SM3 => {
                none_or_null()?;
                return Ok((Self::Sm2Sm3, null.then_some(Oddity::NullParameters)));
            }
            oid::ECDSA_SHA256 => Self::Ecdsa(DigestAlgorithm::Sha256),
            oid::ECDSA_SHA384 => Self::Ecdsa(DigestAlgorithm::Sha384),
            oid::ECDSA_SHA512 => Self::Ecdsa(DigestAlgorithm::Sha512),
            oid::RSA_SHA256 => Self::RsaPkcs1(DigestAlgorithm::Sha256),
            oid::RSA_SHA384 => Self::RsaPkcs1(DigestAlgorithm::Sha384),
            oid::RSA_SHA512 => Self::RsaPkcs1(DigestAlgorithm::Sha512),
            oid::RSA_PSS => {
                let parameters =
                    parameters.ok_or(Error::Malformed { at, expected: "RSASSA-PSS parameters" })?;
                let pss = read_pss(&mut Reader::at(parameters.raw, parameters.at))?;
                return Ok((pss.unwrap_or(Self::Other(found)), None));
            }
            other => return Ok((Self::Other(other), None)),
        };
        none_or_null()?;
        Ok((algorithm, None))
    }

    /// Writes the AlgorithmIdentifier as certificates carry it: SM2 and ECDSA without parameters
    /// (RFC 5758), RSA with NULL (RFC 4055).
    pub fn write(&self, writer: &mut Writer) {
        match *self {
            Self::Sm2Sm3 | Self::Ecdsa(_) | Self::Other(_) => writer.algorithm(&self.oid()),
            Self::RsaPkcs1(_) => writer.algorithm_null(&self.oid()),
            Self::RsaPss { digest, salt } => writer.sequence(|w| {
                w.oid(&oid::RSA_PSS);
                w.sequence(|w| {
                    w.explicit(0, |w| w.algorithm_null(&digest.oid()));
                    w.explicit(1, |w| {
                        w.sequence(|w| {
                            w.oid(&oid::MGF1);
                            w.algorithm_null(&digest.oid());
                        });
                    });
                    w.explicit(2, |w| w.uint(u64::from(salt)));
                });
            }),
        }
    }

    /// The AlgorithmIdentifier as bytes.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| self.write(w))
    }

    /// The digest under the signature; `None` for an algorithm that never verifies.
    #[must_use]
    pub const fn digest(&self) -> Option<DigestAlgorithm> {
        match *self {
            Self::Ecdsa(digest) | Self::RsaPkcs1(digest) | Self::RsaPss { digest, .. } => {
                Some(digest)
            }
            Self::Sm2Sm3 => Some(DigestAlgorithm::Sm3),
            Self::Other(_) => None,
        }
    }

    /// The object identifier; for a combination nobody registered, the family's.
    #[must_use]
    pub const fn oid(&self) -> Oid {
        match *self {
            Self::Ecdsa(DigestAlgorithm::Sha256) => oid::ECDSA_SHA256,
            Self::Ecdsa(DigestAlgorithm::Sha384) => oid::ECDSA_SHA384,
            Self::Ecdsa(DigestAlgorithm::Sha512) => oid::ECDSA_SHA512,
            Self::Ecdsa(DigestAlgorithm::Sm3) => oid::EC_PUBLIC_KEY,
            Self::RsaPkcs1(DigestAlgorithm::Sha256) => oid::RSA_SHA256,
            Self::RsaPkcs1(DigestAlgorithm::Sha384) => oid::RSA_SHA384,
            Self::RsaPkcs1(DigestAlgorithm::Sha512) => oid::RSA_SHA512,
            Self::RsaPkcs1(DigestAlgorithm::Sm3) => oid::RSA,
            Self::RsaPss { .. } => oid::RSA_PSS,
            Self::Sm2Sm3 => oid::SM2_WITH_SM3,
            Self::Other(oid) => oid,
        }
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ecdsa(digest) => write!(f, "ECDSA with {}", digest.name()),
            Self::RsaPkcs1(digest) => write!(f, "RSA PKCS#1 v1.5 with {}", digest.name()),
            Self::RsaPss { digest, .. } => write!(f, "RSA-PSS with {}", digest.name()),
            Self::Sm2Sm3 => f.write_str("SM2 with SM3"),
            Self::Other(oid::ECDSA_SHA1) => f.write_str("ECDSA with SHA-1"),
            Self::Other(oid::RSA_SHA1) => f.write_str("RSA PKCS#1 v1.5 with SHA-1"),
            Self::Other(oid) => write!(f, "{oid}"),
        }
    }
}

/// RSASSA-PSS-params; `None` when they are well-formed but mix digests or use SHA-1, the default.
fn read_pss(reader: &mut Reader<'_>) -> Result<Option<SignatureAlgorithm>, Error> {
    let mut params = reader.sequence()?;
    let mut digest = None;
    if let Some(mut field) = params.optional_explicit(0)? {
        digest = read_digest(&mut field)?;
        field.finish()?;
    }
    let mut mask = None;
    if let Some(mut field) = params.optional_explicit(1)? {
        let mut identifier = field.sequence()?;
        let mgf1 = identifier.oid()? == oid::MGF1;
        mask = read_digest(&mut identifier)?.filter(|_| mgf1);
        identifier.finish()?;
        field.finish()?;
    }
    let mut salt = 20;
    if let Some(mut field) = params.optional_explicit(2)? {
        salt = field.uint()?;
        field.finish()?;
    }
    let mut trailer = 1;
    if let Some(mut field) = params.optional_explicit(3)? {
        trailer = field.uint()?;
        field.finish()?;
    }
    params.finish()?;
    let salt = u16::try_from(salt).ok().filter(|salt| *salt <= 512);
    Ok(match (digest, mask, salt, trailer) {
        (Some(digest), Some(mask), Some(salt), 1) if digest == mask => {
            Some(SignatureAlgorithm::RsaPss { digest, salt })
        }
        _ => None,
    })
}

fn read_digest(reader: &mut Reader<'_>) -> Result<Option<DigestAlgorithm>, Error> {
    match DigestAlgorithm::read(reader) {
        Ok(digest) => Ok(Some(digest)),
        Err(Error::Unsupported { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let algorithms = [
            SignatureAlgorithm::Sm2Sm3,
            SignatureAlgorithm::Ecdsa(Sha256),
            SignatureAlgorithm::RsaPkcs1(Sha384),
            SignatureAlgorithm::RsaPss { digest: Sha512, salt: 64 },
            SignatureAlgorithm::Other(oid::RSA_SHA1),
        ];
        for algorithm in algorithms {
            let der = algorithm.to_der();
            assert_eq!(SignatureAlgorithm::read(&mut Reader::new(&der)), Ok((algorithm, None)));
        }
    }

    #[test]
    fn null_after_sm2_is_named() {
        let der = Writer::build(|w| w.algorithm_null(&oid::SM2_WITH_SM3));
        let read = SignatureAlgorithm::read(&mut Reader::new(&der));
        assert_eq!(read, Ok((SignatureAlgorithm::Sm2Sm3, Some(Oddity::NullParameters))));
    }

    #[test]
    fn pss_with_its_sha1_defaults_never_verifies() {
        let der = Writer::build(|w| {
            w.sequence(|w| {
                w.oid(&oid::RSA_PSS);
                w.sequence(|_| {});
            });
        });
        let (algorithm, _) = SignatureAlgorithm::read(&mut Reader::new(&der)).unwrap();
        assert_eq!(algorithm.digest(), None);
    }
}
