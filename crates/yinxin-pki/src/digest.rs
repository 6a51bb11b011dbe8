//! Digests (杂凑) by name, streaming.

use core::fmt;

use sha2::{Digest as _, Sha256, Sha384, Sha512};
use sm3::Sm3;

use crate::{Error, Oid, der, oid};

/// A digest algorithm that may carry a signature.
///
/// SHA-1 is not one of them; [`sha1()`] serves the few formats that name things by it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-256 (FIPS 180-4), 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
    /// SM3 (GB/T 32905), 32 bytes.
    Sm3,
}

impl DigestAlgorithm {
    /// The algorithm of an identifier, `None` for any other.
    #[must_use]
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        match *oid {
            oid::SHA256 => Some(Self::Sha256),
            oid::SHA384 => Some(Self::Sha384),
            oid::SHA512 => Some(Self::Sha512),
            oid::SM3 => Some(Self::Sm3),
            _ => None,
        }
    }

    /// Reads an AlgorithmIdentifier; parameters may be absent or NULL (RFC 5754 §2).
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for another algorithm; what the reader refuses.
    pub fn read(reader: &mut der::Reader<'_>) -> Result<Self, Error> {
        let at = reader.position();
        let mut identifier = reader.sequence()?;
        let found = identifier.oid()?;
        if !identifier.is_empty() {
            identifier.null()?;
        }
        identifier.finish()?;
        Self::from_oid(&found).ok_or(Error::Unsupported { at, what: "digest", found })
    }

    /// Its object identifier.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
            Self::Sm3 => oid::SM3,
        }
    }

    /// Length of its value in bytes.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 | Self::Sm3 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name people write.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sm3 => "SM3",
        }
    }

    /// A fresh streaming digest.
    #[must_use]
    pub fn hasher(self) -> Hasher {
        Hasher(match self {
            Self::Sha256 => State::Sha256(Sha256::new()),
            Self::Sha384 => State::Sha384(Sha384::new()),
            Self::Sha512 => State::Sha512(Sha512::new()),
            Self::Sm3 => State::Sm3(Sm3::new()),
        })
    }

    /// The digest of `bytes`.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        hasher.finish()
    }
}

/// A digest being computed.
#[derive(Clone)]
pub struct Hasher(State);

#[derive(Clone)]
enum State {
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
    Sm3(Sm3),
}

impl Hasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
            State::Sm3(state) => state.update(bytes),
        }
    }

    /// The value over all bytes taken.
    #[must_use]
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha256(state) => Digest::from_value(&state.finalize()),
            State::Sha384(state) => Digest::from_value(&state.finalize()),
            State::Sha512(state) => Digest::from_value(&state.finalize()),
            State::Sm3(state) => Digest::from_value(&state.finalize()),
        }
    }

    /// Which algorithm it computes.
    #[must_use]
    pub const fn algorithm(&self) -> DigestAlgorithm {
        match self.0 {
            State::Sha256(_) => DigestAlgorithm::Sha256,
            State::Sha384(_) => DigestAlgorithm::Sha384,
            State::Sha512(_) => DigestAlgorithm::Sha512,
            State::Sm3(_) => DigestAlgorithm::Sm3,
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({})", self.algorithm().name())
    }
}

/// A digest value of 32, 48 or 64 bytes.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Digest {
    len: u8,
    bytes: [u8; 64],
}

impl Digest {
    /// Takes a value that came from elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] unless it has the algorithm's length.
    pub fn from_bytes(algorithm: DigestAlgorithm, value: &[u8]) -> Result<Self, Error> {
        if value.len() == algorithm.output_len() {
            Ok(Self::from_value(value))
        } else {
            Err(Error::Length {
                what: "digest",
                expected: algorithm.output_len(),
                found: value.len(),
            })
        }
    }

    fn from_value(value: &[u8]) -> Self {
        let mut bytes = [0; 64];
        for (to, from) in bytes.iter_mut().zip(value) {
            *to = *from;
        }
        Self { len: u8::try_from(value.len()).unwrap_or(64), bytes }
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// SHA-1, 20 bytes: only for key identifiers, CertID, and where a received format forces it;
/// never under a signature.
#[must_use]
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    sha1::Sha1::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn sm3_gives_the_values_of_the_standard() {
        assert_eq!(
            DigestAlgorithm::Sm3.digest(b"abc").to_string(),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        );
        assert_eq!(
            DigestAlgorithm::Sm3.digest(&b"abcd".repeat(16)).to_string(),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
        );
    }

    #[test]
    fn lengths_are_as_stated() {
        use DigestAlgorithm::{Sha256, Sha384, Sha512, Sm3};
        for algorithm in [Sha256, Sha384, Sha512, Sm3] {
            assert_eq!(algorithm.digest(b"").as_ref().len(), algorithm.output_len());
            assert!(Digest::from_bytes(algorithm, &[0; 31]).is_err());
            assert_eq!(DigestAlgorithm::from_oid(&algorithm.oid()), Some(algorithm));
        }
    }
}
