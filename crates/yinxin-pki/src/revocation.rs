//! Whether a certificate was revoked (吊销): lists and answers, and how old they may be.

use alloc::vec::Vec;

use crate::{Certificate, Time};

pub mod crl;
pub mod ocsp;

pub use crl::Crl;
pub use ocsp::{OcspRequest, OcspResponse};

/// Seconds a list or answer may come from the future: clocks differ.
const SKEW: i64 = 300;

/// Lists and answers the caller has, none of them believed yet.
#[derive(Clone, Debug, Default)]
pub struct RevocationData {
    /// Certificate revocation lists.
    pub crls: Vec<Crl>,
    /// OCSP answers.
    pub ocsp: Vec<OcspResponse>,
}

/// What is known of a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Status {
    /// Not revoked, by a current list or answer.
    Good,
    /// Revoked.
    Revoked {
        /// Since when.
        since: Time,
        /// For what reason (RFC 5280 §5.3.1).
        reason: u8,
    },
    /// No current list or answer speaks of it.
    Unknown,
}

/// The status of `certificate` at the time of judgement `at`, by whatever of `data` is sound:
/// signed by the issuer or its delegate, of this issuer, and current. An answer whose delegate one
/// of the lists revokes is not.
///
/// Something revoked after `at` was good at `at`: that is what a timestamp is for.
#[must_use]
pub fn status(
    data: &RevocationData,
    certificate: &Certificate,
    issuer: &Certificate,
    at: Time,
    now: Time,
) -> Status {
    // A delegate that a list of the same issuer revokes speaks no more (RFC 6960 §4.2.2.2.1).
    let may_speak = |answer: &&OcspResponse| {
        !answer.delegate(issuer).is_some_and(|delegate| {
            let lists = data.crls.iter();
            let states = lists.filter_map(|list| list.status_of(delegate, issuer, at, now).ok());
            states.into_iter().any(|state| matches!(state, Status::Revoked { .. }))
        })
    };
    let answers = data
        .ocsp
        .iter()
        .filter(may_speak)
        .filter_map(|answer| answer.status_of(certificate, issuer, at, now).ok());
    let lists =
        data.crls.iter().filter_map(|list| list.status_of(certificate, issuer, at, now).ok());
    let mut known = Status::Unknown;
    for status in answers.chain(lists) {
        match status {
            Status::Revoked { since, .. } if since <= at => return status,
            Status::Good | Status::Revoked { .. } => known = Status::Good,
            Status::Unknown => {}
        }
    }
    known
}

/// Whether something issued at `this` and replaced at `next` speaks of the time of judgement.
///
/// It must not come from the future, and must not have been replaced before `at`.
fn is_current(this: Time, next: Option<Time>, at: Time, now: Time) -> bool {
    this <= now.plus(SKEW) && next.is_some_and(|next| next >= at)
}
