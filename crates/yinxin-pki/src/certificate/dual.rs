//! Two certificates proven to belong together.

use alloc::vec::Vec;
use core::fmt;

use super::{Certificate, EncryptionCertificate, KindError, SigningCertificate};
use crate::{Explain, Fact, Party};

/// Dual certificate (双证书; GM/T 0015, GM/T 0034): one to sign, one to decrypt, of one holder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DualCertificate {
    signing: SigningCertificate,
    encryption: EncryptionCertificate,
}

impl DualCertificate {
    /// Pairs two certificates: the same subject, the same issuer, the same curve, different keys,
    /// each with a key usage for its part. Neither is trusted by that.
    ///
    /// # Errors
    ///
    /// [`DualError`]; choose the certificates that were issued together.
    pub fn pair(signing: Certificate, encryption: Certificate) -> Result<Self, DualError> {
        if !signing.subject().matches(encryption.subject()) {
            return Err(DualError::Subject);
        }
        if !signing.issuer().matches(encryption.issuer()) {
            return Err(DualError::Issuer);
        }
        if signing.public_key() == encryption.public_key() {
            return Err(DualError::SameKey);
        }
        if signing.public_key().curve() != encryption.public_key().curve() {
            return Err(DualError::Curve);
        }
        let signing = SigningCertificate::new(signing).map_err(DualError::Kind)?;
        let encryption = EncryptionCertificate::new(encryption).map_err(DualError::Kind)?;
        Ok(Self { signing, encryption })
    }

    /// The one that signs.
    #[must_use]
    pub const fn signing(&self) -> &SigningCertificate {
        &self.signing
    }

    /// The one that decrypts.
    #[must_use]
    pub const fn encryption(&self) -> &EncryptionCertificate {
        &self.encryption
    }
}

/// Why two certificates are not a pair.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DualError {
    /// Keys on different curves.
    Curve,
    /// Different issuers.
    Issuer,
    /// One of them is not for its part.
    Kind(KindError),
    /// Both certify the same key.
    SameKey,
    /// Different subjects.
    Subject,
}

impl Explain for DualError {
    fn code(&self) -> &'static str {
        match self {
            Self::Curve => "dual_curve",
            Self::Issuer => "dual_issuer",
            Self::Kind(error) => error.code(),
            Self::SameKey => "dual_same_key",
            Self::Subject => "dual_subject",
        }
    }

    fn mended_by(&self) -> Party {
        Party::Holder
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Kind(error) => error.facts(),
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for DualError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Curve => f.write_str("the two certificates have keys of different kinds"),
            Self::Issuer => f.write_str("the two certificates come from different issuers"),
            Self::Kind(error) => error.fmt(f),
            Self::SameKey => f.write_str("the two certificates certify the same key"),
            Self::Subject => f.write_str("the two certificates are of different holders"),
        }
    }
}

impl core::error::Error for DualError {}
