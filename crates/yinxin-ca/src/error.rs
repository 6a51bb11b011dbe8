//! Why the test authority did not do what it was asked.

use core::fmt;

use yinxin_pki::certificate::{DualError, RequestError};
use yinxin_pki::cms::CmsError;
use yinxin_pki::revocation::crl::CrlError;
use yinxin_pki::{Error, Explain, Fact, Party, SerialNumber, SignatureError, Time};

/// Why the authority refused. A refused request changes nothing of its state.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CaError {
    /// The certificate was revoked already.
    AlreadyRevoked {
        /// Its serial number.
        serial: SerialNumber,
        /// Since when.
        since: Time,
    },
    /// A message could not be made.
    Cms(CmsError),
    /// A revocation list could not be made.
    Crl(CrlError),
    /// The two certificates made do not pair, for instance because the request asks for the
    /// authority's own key.
    Dual(DualError),
    /// The bytes are not what they should be.
    Form(Error),
    /// A private key that is not the certificate's; the files in the directory do not belong
    /// together.
    KeyMismatch {
        /// The file's stem, for instance `issuing`.
        role: &'static str,
    },
    /// The request's key is neither SM2 nor P-256.
    KeyNotSupported {
        /// The key's name, for instance `RSA`.
        found: &'static str,
    },
    /// The role asked for does not issue certificates or lists.
    NotAnIssuer {
        /// The role's name.
        role: &'static str,
    },
    /// No certificate of this serial number was issued here.
    NotIssued {
        /// The serial number.
        serial: SerialNumber,
    },
    /// The certificate request is refused.
    Request(RequestError),
    /// A key did not sign.
    Signature(SignatureError),
    /// The state file breaks its own form.
    State {
        /// The line, from 1.
        line: usize,
    },
    /// A validity of no days, or beyond the issuer's own end.
    Validity {
        /// Days asked for.
        days: u32,
        /// The issuer's last second.
        issuer_ends: Time,
    },
}

impl From<Error> for CaError {
    fn from(error: Error) -> Self {
        Self::Form(error)
    }
}

impl From<SignatureError> for CaError {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

impl From<RequestError> for CaError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<DualError> for CaError {
    fn from(error: DualError) -> Self {
        Self::Dual(error)
    }
}

impl From<CmsError> for CaError {
    fn from(error: CmsError) -> Self {
        Self::Cms(error)
    }
}

impl From<CrlError> for CaError {
    fn from(error: CrlError) -> Self {
        Self::Crl(error)
    }
}

impl CaError {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Cms(error) => Some(error),
            Self::Crl(error) => Some(error),
            Self::Dual(error) => Some(error),
            Self::Form(error) => Some(error),
            Self::Request(error) => Some(error),
            Self::Signature(error) => Some(error),
            Self::AlreadyRevoked { .. }
            | Self::KeyMismatch { .. }
            | Self::KeyNotSupported { .. }
            | Self::NotAnIssuer { .. }
            | Self::NotIssued { .. }
            | Self::State { .. }
            | Self::Validity { .. } => None,
        }
    }
}

impl Explain for CaError {
    fn code(&self) -> &'static str {
        match self {
            Self::AlreadyRevoked { .. } => "already_revoked",
            Self::KeyMismatch { .. } => "key_mismatch",
            Self::KeyNotSupported { .. } => "key_not_supported",
            Self::NotAnIssuer { .. } => "not_an_issuer",
            Self::NotIssued { .. } => "not_issued",
            Self::State { .. } => "ca_state",
            Self::Validity { .. } => "validity",
            _ => self.inner().map_or("ca", |inner| inner.code()),
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::KeyMismatch { .. } | Self::NotIssued { .. } | Self::State { .. } => {
                Party::Operator
            }
            Self::AlreadyRevoked { .. } | Self::NotAnIssuer { .. } | Self::Validity { .. } => {
                Party::Developer
            }
            Self::KeyNotSupported { .. } => Party::Holder,
            _ => self.inner().map_or(Party::Developer, |inner| inner.mended_by()),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::AlreadyRevoked { serial, since } => vec![
                Fact::text("serial", serial.to_string()),
                Fact::text("since", since.to_string()),
            ],
            Self::KeyMismatch { role } | Self::NotAnIssuer { role } => {
                vec![Fact::text("role", *role)]
            }
            Self::KeyNotSupported { found } => vec![Fact::text("found", *found)],
            Self::NotIssued { serial } => vec![Fact::text("serial", serial.to_string())],
            Self::State { line } => vec![Fact::count("line", *line)],
            Self::Validity { days, issuer_ends } => vec![
                Fact::number("days", u64::from(*days)),
                Fact::text("issuerEnds", issuer_ends.to_string()),
            ],
            _ => self.inner().map_or_else(Vec::new, |inner| inner.facts()),
        }
    }
}

impl fmt::Display for CaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRevoked { serial, since } => {
                write!(f, "certificate `{serial}` was revoked at {since} already")
            }
            Self::KeyMismatch { role } => {
                write!(f, "`{role}.key` is not the key of `{role}.pem`; restore the directory")
            }
            Self::KeyNotSupported { found } => {
                write!(f, "certificates are issued for SM2 and P-256 keys, not for {found}")
            }
            Self::NotAnIssuer { role } => write!(f, "`{role}` issues nothing"),
            Self::NotIssued { serial } => {
                write!(f, "no certificate `{serial}` was issued here; check the serial number")
            }
            Self::State { line } => {
                write!(f, "the state file is damaged in line {line}; restore the directory")
            }
            Self::Validity { days, issuer_ends } => {
                write!(f, "{days} days do not fit: the issuer itself ends at {issuer_ends}")
            }
            _ => match self.inner() {
                Some(inner) => fmt::Display::fmt(inner, f),
                None => Ok(()),
            },
        }
    }
}

impl core::error::Error for CaError {}
