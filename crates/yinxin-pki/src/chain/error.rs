//! Why a chain was refused: which certificate, which rule, what was wanted and found.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::{Certificate, Explain, Fact, Oid, Party, Purpose, SignatureError, Time};

/// Why a certificate is not trusted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChainError {
    /// Which certificate of the path, 0 the one that was to be checked.
    pub index: usize,
    /// Its subject.
    pub subject: String,
    /// What is wrong with it.
    pub problem: ChainProblem,
}

impl ChainError {
    pub(super) fn new(index: usize, certificate: &Certificate, problem: ChainProblem) -> Self {
        Self { index, subject: certificate.subject().to_string(), problem }
    }
}

/// What is wrong with a certificate of a path.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ChainProblem {
    /// Signed by an algorithm, or certifying a key, that policy refuses.
    Algorithm(SignatureError),
    /// Too many paths or signatures to try; somebody built a bomb.
    Budget,
    /// Past its end.
    Expired {
        /// Its last second.
        not_after: Time,
        /// The time of judgement.
        at: Time,
    },
    /// A name outside the constraints of an issuer.
    NameConstraint {
        /// The name.
        found: String,
    },
    /// The server's name is not among the certificate's.
    NameMismatch {
        /// The server's name.
        wanted: String,
        /// The certificate's names.
        found: String,
    },
    /// It issued a certificate and is no authority.
    NotAnAuthority,
    /// Before its beginning.
    NotYetValid {
        /// Its first second.
        not_before: Time,
        /// The time of judgement.
        at: Time,
    },
    /// More authorities below it than it allows.
    PathTooLong {
        /// Allowed.
        wanted: u64,
        /// Found.
        found: u64,
    },
    /// An issuer asks for a policy that the path does not have.
    Policy,
    /// It maps policies, which this library does not follow.
    PolicyMapping,
    /// Its key may not be used for this.
    Purpose {
        /// For what.
        wanted: Purpose,
        /// Its key usages.
        found: String,
    },
    /// Whether it was revoked is not known, and has to be.
    RevocationUnknown,
    /// It was revoked.
    Revoked {
        /// Since when.
        since: Time,
        /// For what reason (RFC 5280 §5.3.1).
        reason: u8,
    },
    /// Its signature is not its issuer's.
    Signature,
    /// It has a critical extension that is not known here.
    UnknownCriticalExtension {
        /// Which.
        found: Oid,
    },
    /// Nobody trusted issued it.
    Untrusted,
}

impl ChainProblem {
    /// The id of the step that found it.
    pub(super) const fn step(&self) -> &'static str {
        match self {
            Self::Budget | Self::Signature | Self::Untrusted => "path",
            Self::Algorithm(_) => "algorithm",
            Self::Expired { .. } | Self::NotYetValid { .. } => "time",
            Self::UnknownCriticalExtension { .. } => "extensions",
            Self::NotAnAuthority | Self::PathTooLong { .. } => "authority",
            Self::NameConstraint { .. } => "names",
            Self::Policy | Self::PolicyMapping => "policy",
            Self::NameMismatch { .. } | Self::Purpose { .. } => "purpose",
            Self::RevocationUnknown | Self::Revoked { .. } => "revocation",
        }
    }
}

impl Explain for ChainError {
    fn code(&self) -> &'static str {
        match self.problem {
            ChainProblem::Algorithm(_) => "algorithm_policy",
            ChainProblem::Budget => "chain_budget",
            ChainProblem::Expired { .. } => "expired",
            ChainProblem::NameConstraint { .. } => "name_constraint",
            ChainProblem::NameMismatch { .. } => "name_mismatch",
            ChainProblem::NotAnAuthority => "not_a_ca",
            ChainProblem::NotYetValid { .. } => "not_yet_valid",
            ChainProblem::PathTooLong { .. } => "path_too_long",
            ChainProblem::Policy => "policy",
            ChainProblem::PolicyMapping => "policy_mapping",
            ChainProblem::Purpose { .. } => "purpose",
            ChainProblem::RevocationUnknown => "revocation_unknown",
            ChainProblem::Revoked { .. } => "revoked",
            ChainProblem::Signature => "signature",
            ChainProblem::UnknownCriticalExtension { .. } => "unknown_critical_extension",
            ChainProblem::Untrusted => "untrusted",
        }
    }

    fn mended_by(&self) -> Party {
        match self.problem {
            ChainProblem::Expired { .. } | ChainProblem::Purpose { .. } => Party::Holder,
            ChainProblem::RevocationUnknown | ChainProblem::Untrusted => Party::Operator,
            ChainProblem::Budget | ChainProblem::Signature => Party::Sender,
            _ => Party::Authority,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        let mut facts =
            vec![Fact::count("index", self.index), Fact::text("subject", self.subject.clone())];
        let pair = |wanted: String, found: String| {
            [Fact::text("wanted", wanted), Fact::text("found", found)]
        };
        match &self.problem {
            ChainProblem::Algorithm(error) => {
                let wanted = "SM2, ECDSA or RSA of 2048 to 4096 bits, never with SHA-1";
                facts.extend(pair(wanted.into(), error.to_string()));
            }
            ChainProblem::Expired { not_after, at } => {
                facts.extend(pair(at.to_string(), not_after.to_string()));
            }
            ChainProblem::NotYetValid { not_before, at } => {
                facts.extend(pair(at.to_string(), not_before.to_string()));
            }
            ChainProblem::NameConstraint { found } => {
                facts.push(Fact::text("found", found.clone()));
            }
            ChainProblem::NameMismatch { wanted, found } => {
                facts.extend(pair(wanted.clone(), found.clone()));
            }
            ChainProblem::PathTooLong { wanted, found } => {
                facts.push(Fact::number("wanted", *wanted));
                facts.push(Fact::number("found", *found));
            }
            ChainProblem::Purpose { wanted, found } => {
                facts.extend(pair(wanted.name().into(), found.clone()));
            }
            ChainProblem::Revoked { since, reason } => {
                facts.push(Fact::text("since", since.to_string()));
                facts.push(Fact::number("reason", u64::from(*reason)));
            }
            ChainProblem::UnknownCriticalExtension { found } => {
                facts.push(Fact::text("found", found.to_string()));
            }
            ChainProblem::NotAnAuthority => {
                facts.extend(pair("cA TRUE, keyCertSign".into(), "neither or one of them".into()));
            }
            ChainProblem::Budget
            | ChainProblem::Policy
            | ChainProblem::PolicyMapping
            | ChainProblem::RevocationUnknown
            | ChainProblem::Signature
            | ChainProblem::Untrusted => {}
        }
        facts
    }
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate {} of the chain, {}: ", self.index, self.subject)?;
        match &self.problem {
            ChainProblem::Algorithm(error) => error.fmt(f),
            ChainProblem::Budget => f.write_str("too many signatures or issuers to try"),
            ChainProblem::Expired { not_after, at } => {
                write!(f, "expired at {not_after}, judged at {at}; renew it")
            }
            ChainProblem::NameConstraint { found } => {
                write!(f, "its issuer may not certify the name `{found}`")
            }
            ChainProblem::NameMismatch { wanted, .. } => {
                write!(f, "it is not for the server name `{wanted}`")
            }
            ChainProblem::NotAnAuthority => {
                f.write_str("it issued a certificate and is no authority")
            }
            ChainProblem::NotYetValid { not_before, at } => {
                write!(f, "valid only from {not_before}, judged at {at}; check the clock")
            }
            ChainProblem::PathTooLong { wanted, found } => {
                write!(f, "it allows {wanted} authorities below it, there are {found}")
            }
            ChainProblem::Policy => {
                f.write_str("an issuer asks for a policy that the chain does not have")
            }
            ChainProblem::PolicyMapping => f.write_str("it maps policies, which is not supported"),
            ChainProblem::Purpose { wanted, .. } => {
                write!(f, "its key may not be used for purpose `{}`", wanted.name())
            }
            ChainProblem::RevocationUnknown => {
                f.write_str("its revocation status is not known; give a current CRL or OCSP answer")
            }
            ChainProblem::Revoked { since, reason } => {
                write!(f, "revoked since {since} (reason {reason})")
            }
            ChainProblem::Signature => f.write_str("its signature is not its issuer's"),
            ChainProblem::UnknownCriticalExtension { found } => {
                write!(f, "it has an unknown critical extension `{found}`")
            }
            ChainProblem::Untrusted => f.write_str("its issuer is not among the trusted"),
        }
    }
}

impl core::error::Error for ChainError {}
