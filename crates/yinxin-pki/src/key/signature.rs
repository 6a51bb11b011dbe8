//! Signature values and why one is refused.

use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::der::{Reader, Writer};
use crate::{Explain, Fact, Party, SignatureAlgorithm};

/// A signature value (签名值) that was checked against its key: DER for SM2 and ECDSA.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature(pub(super) Vec<u8>);

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Signature {
    /// The bytes, to put where a format wants them.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

/// Why a signature does not verify. Whoever signed has to sign again.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignatureError {
    /// The key cannot have made a signature of this algorithm, or the algorithm is refused.
    Algorithm {
        /// The key's name, for instance `P-256`.
        key: &'static str,
        /// What the signature claims to be.
        algorithm: SignatureAlgorithm,
    },
    /// An RSA key of fewer than 2048 or more than 4096 bits.
    KeySize {
        /// Bits found.
        found: usize,
    },
    /// Not a signature value: not DER, or r or s outside 1 to n-1.
    Malformed,
    /// The random source of the caller failed to give a usable nonce.
    Nonce,
    /// The signature is of another message or by another key.
    Wrong,
}

impl Explain for SignatureError {
    fn code(&self) -> &'static str {
        match self {
            Self::Algorithm { .. } => "algorithm_policy",
            Self::KeySize { .. } => "key_size",
            Self::Malformed => "signature_malformed",
            Self::Nonce => "signature_nonce",
            Self::Wrong => "signature",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Nonce => Party::Operator,
            _ => Party::Sender,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Algorithm { key, algorithm } => {
                vec![Fact::text("key", *key), Fact::text("algorithm", algorithm.to_string())]
            }
            Self::KeySize { found } => vec![Fact::count("found", *found)],
            Self::Malformed | Self::Nonce | Self::Wrong => vec![],
        }
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Algorithm { key, algorithm } => {
                write!(f, "a signature by {algorithm} is not accepted under a {key} key")
            }
            Self::KeySize { found } => {
                write!(f, "RSA key of {found} bits; 2048 to 4096 are accepted")
            }
            Self::Malformed => f.write_str("the signature value is not well-formed"),
            Self::Nonce => f.write_str("the random source gave no usable nonce; sign again"),
            Self::Wrong => f.write_str("the signature does not match the content and the key"),
        }
    }
}

impl core::error::Error for SignatureError {}

/// Reads DER SEQUENCE {r, s} into two fixed-size big-endian integers, strictly: no negative, no
/// padded, no trailing bytes. Ranges are checked by the curve.
pub(super) fn read_pair<const N: usize>(
    signature: &[u8],
) -> Result<([u8; N], [u8; N]), SignatureError> {
    let read = || -> Result<_, crate::Error> {
        let mut outer = Reader::new(signature);
        let mut pair = outer.sequence()?;
        let (r, s) = (pair.unsigned()?, pair.unsigned()?);
        pair.finish()?;
        outer.finish()?;
        Ok((r, s))
    };
    let (r, s) = read().map_err(|_| SignatureError::Malformed)?;
    Ok((fixed(r)?, fixed(s)?))
}

/// DER SEQUENCE {r, s}.
pub(super) fn write_pair(r: &[u8], s: &[u8]) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.unsigned(r);
            w.unsigned(s);
        });
    })
}

fn fixed<const N: usize>(magnitude: &[u8]) -> Result<[u8; N], SignatureError> {
    let start = N.checked_sub(magnitude.len()).ok_or(SignatureError::Malformed)?;
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().skip(start).zip(magnitude) {
        *to = *from;
    }
    Ok(bytes)
}
