//! From a certificate to one that is trusted (证书链), checked by RFC 5280 §6.
//!
//! ```
//! use yinxin_pki::chain::{ChainCheck, ChainError};
//! use yinxin_pki::{Certificate, Purpose, Time, TrustStore};
//!
//! fn check(leaf: &Certificate, roots: &TrustStore, now: Time) -> Result<(), ChainError> {
//!     let chain = ChainCheck::new(roots, now).purpose(Purpose::Sign).verify(leaf)?;
//!     println!("trusted through {}", chain.anchor().subject());
//!     Ok(())
//! }
//! ```

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::certificate::KeyUsage;
use crate::report::Step;
use crate::revocation::{self, RevocationData, Status};
use crate::{Certificate, Oid, Purpose, SignatureError, Time, TrustStore, limits, oid};

mod error;
mod names;
mod policy;

pub use error::{ChainError, ChainProblem};

/// What to check a certificate against.
#[derive(Clone, Debug)]
pub struct ChainCheck<'a> {
    trust: &'a TrustStore,
    intermediates: &'a [Certificate],
    at: Time,
    now: Time,
    purpose: Purpose,
    server_name: Option<&'a str>,
    revocation: Option<&'a RevocationData>,
    require_revocation: bool,
}

impl<'a> ChainCheck<'a> {
    /// Against `trust`, at the time of judgement `at`: the trusted timestamp's, else one that is
    /// given, else now.
    #[must_use]
    pub const fn new(trust: &'a TrustStore, at: Time) -> Self {
        Self {
            trust,
            intermediates: &[],
            at,
            now: at,
            purpose: Purpose::Any,
            server_name: None,
            revocation: None,
            require_revocation: false,
        }
    }

    /// With certificates that may lie between; nothing is believed of them.
    #[must_use]
    pub const fn intermediates(mut self, intermediates: &'a [Certificate]) -> Self {
        self.intermediates = intermediates;
        self
    }

    /// For a purpose.
    #[must_use]
    pub const fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// For a server of this DNS name.
    #[must_use]
    pub const fn server_name(mut self, name: &'a str) -> Self {
        self.server_name = Some(name);
        self.purpose = Purpose::Server;
        self
    }

    /// With revocation lists and answers; `now` is the present, by which their age is judged.
    #[must_use]
    pub const fn revocation(mut self, data: &'a RevocationData, now: Time) -> Self {
        self.revocation = Some(data);
        self.now = now;
        self
    }

    /// Refuses a certificate whose revocation status is not known (hard policy).
    #[must_use]
    pub const fn require_revocation(mut self, required: bool) -> Self {
        self.require_revocation = required;
        self
    }

    /// Judged at another time.
    pub(crate) const fn at(mut self, at: Time) -> Self {
        self.at = at;
        self
    }

    pub(crate) const fn present(&self) -> Time {
        self.now
    }

    pub(crate) const fn trust(&self) -> &'a TrustStore {
        self.trust
    }

    pub(crate) const fn given(&self) -> &'a [Certificate] {
        self.intermediates
    }

    /// Finds a path to an anchor that passes every check.
    ///
    /// # Errors
    ///
    /// [`ChainError`] of the first path found, when none passes.
    pub fn verify(&self, leaf: &Certificate) -> Result<VerifiedChain, ChainError> {
        let mut search = Search {
            check: self,
            signatures: limits::CHAIN_SIGNATURES,
            first_error: None,
            unlinked: None,
        };
        let mut path = vec![leaf];
        match search.extend(&mut path)? {
            Some(chain) => Ok(chain),
            None => Err(search
                .first_error
                .or(search.unlinked)
                .unwrap_or_else(|| ChainError::new(0, leaf, ChainProblem::Untrusted))),
        }
    }

    /// The same as a report: every step in order, those after a failure skipped.
    pub fn report(&self, leaf: &Certificate) -> (Vec<Step>, Result<VerifiedChain, ChainError>) {
        if self.trust.is_empty() {
            let steps = STEPS.iter().map(|id| Step::skipped(id, "trust_missing")).collect();
            return (steps, Err(ChainError::new(0, leaf, ChainProblem::Untrusted)));
        }
        let verified = self.verify(leaf);
        let failed = verified.as_ref().err().map(|error| (error.problem.step(), error));
        let mut reached = true;
        let steps = STEPS
            .iter()
            .map(|id| match failed {
                Some((step, error)) if step == *id => {
                    reached = false;
                    Step::failed(id, error)
                }
                _ if !reached => Step::skipped(id, "not_reached"),
                _ => Step::ok(id),
            })
            .map(|step| match &verified {
                Ok(chain) if step.id == "revocation" && !chain.unknown.is_empty() => {
                    Step::skipped("revocation", "revocation_unknown")
                }
                _ => step,
            })
            .collect();
        (steps, verified)
    }

    /// Checks a complete path, the leaf first, the anchor last.
    fn validate(&self, path: &[&Certificate]) -> Result<VerifiedChain, ChainError> {
        check_algorithms(path)?;
        self.check_time(path)?;
        check_extensions(path)?;
        check_authorities(path)?;
        names::check(path)?;
        policy::check(path)?;
        self.check_purpose(path)?;
        let unknown = self.check_revocation(path)?;
        Ok(VerifiedChain { path: path.iter().map(|c| (*c).clone()).collect(), unknown })
    }

    fn check_time(&self, path: &[&Certificate]) -> Result<(), ChainError> {
        for (index, certificate) in path.iter().enumerate() {
            let validity = certificate.validity();
            let problem = if self.at < validity.not_before {
                ChainProblem::NotYetValid { not_before: validity.not_before, at: self.at }
            } else if self.at > validity.not_after {
                ChainProblem::Expired { not_after: validity.not_after, at: self.at }
            } else {
                continue;
            };
            return Err(ChainError::new(index, certificate, problem));
        }
        Ok(())
    }

    fn check_purpose(&self, path: &[&Certificate]) -> Result<(), ChainError> {
        let Some((leaf, issuers)) = path.split_first() else { return Ok(()) };
        let refuse = |index, certificate: &Certificate| {
            let found = usage_text(certificate);
            let problem = ChainProblem::Purpose { wanted: self.purpose, found };
            Err(ChainError::new(index, certificate, problem))
        };
        if !fits_purpose(leaf, self.purpose) {
            return refuse(0, leaf);
        }
        // An issuer that limits itself to some purposes limits what it issues (CA/Browser Forum
        // and every verifier in use; RFC 5280 leaves it open).
        for (index, issuer) in issuers.iter().enumerate() {
            if !fits_extended_usage(issuer, self.purpose) {
                return refuse(index + 1, issuer);
            }
        }
        if let Some(wanted) = self.server_name
            && !names::matches_server(leaf, wanted)
        {
            let found = names::server_names(leaf);
            let problem = ChainProblem::NameMismatch { wanted: wanted.into(), found };
            return Err(ChainError::new(0, leaf, problem));
        }
        Ok(())
    }

    /// Indices of the certificates whose status is not known.
    fn check_revocation(&self, path: &[&Certificate]) -> Result<Vec<usize>, ChainError> {
        let mut unknown = Vec::new();
        for (index, pair) in path.windows(2).enumerate() {
            let [certificate, issuer] = pair else { continue };
            let status = match self.revocation {
                Some(data) => revocation::status(data, certificate, issuer, self.at, self.now),
                None => Status::Unknown,
            };
            match status {
                Status::Good => {}
                Status::Unknown if self.require_revocation => {
                    let problem = ChainProblem::RevocationUnknown;
                    return Err(ChainError::new(index, certificate, problem));
                }
                Status::Unknown => unknown.push(index),
                Status::Revoked { since, reason } => {
                    let problem = ChainProblem::Revoked { since, reason };
                    return Err(ChainError::new(index, certificate, problem));
                }
            }
        }
        Ok(unknown)
    }
}

/// Ids of the steps, in the order taken.
const STEPS: [&str; 9] = [
    "path",
    "algorithm",
    "time",
    "extensions",
    "authority",
    "names",
    "policy",
    "purpose",
    "revocation",
];

/// A chain that passed every check (已验证的证书链).
#[derive(Clone, Debug)]
pub struct VerifiedChain {
    path: Vec<Certificate>,
    unknown: Vec<usize>,
}

impl VerifiedChain {
    /// The certificates, the leaf first, the anchor last.
    #[must_use]
    pub fn path(&self) -> &[Certificate] {
        &self.path
    }

    /// The certificate that was checked.
    #[must_use]
    pub fn leaf(&self) -> &Certificate {
        // A path has at least the certificate it began with.
        self.path.first().unwrap_or_else(|| unreachable_path())
    }

    /// The certificate it is trusted by.
    #[must_use]
    pub fn anchor(&self) -> &Certificate {
        self.path.last().unwrap_or_else(|| unreachable_path())
    }

    /// Indices of certificates whose revocation status is not known (warning
    /// `revocation_unknown`).
    #[must_use]
    pub fn revocation_unknown(&self) -> &[usize] {
        &self.unknown
    }
}

#[expect(clippy::panic, reason = "the only constructor is given a path of at least one")]
fn unreachable_path() -> &'static Certificate {
    panic!("a verified chain is never empty")
}

/// Depth-first search for a path to an anchor.
struct Search<'a, 'b> {
    check: &'b ChainCheck<'a>,
    /// Signature checks left.
    signatures: u32,
    /// Why the first complete path failed.
    first_error: Option<ChainError>,
    /// Why the first incomplete path ended.
    unlinked: Option<ChainError>,
}

impl<'a> Search<'a, '_> {
    fn extend(
        &mut self,
        path: &mut Vec<&'a Certificate>,
    ) -> Result<Option<VerifiedChain>, ChainError> {
        let Some(&last) = path.last() else { return Ok(None) };
        let index = path.len() - 1;
        let anchors = || self.check.trust.anchors().iter().filter(|a| a.serves(self.check.purpose));
        if anchors().any(|anchor| anchor.certificate() == last) {
            match self.check.validate(path) {
                Ok(chain) => return Ok(Some(chain)),
                Err(error) => self.first_error.get_or_insert(error),
            };
            return Ok(None);
        }
        if path.len() >= limits::PATH {
            let problem = ChainProblem::Budget;
            self.unlinked.get_or_insert_with(|| ChainError::new(index, last, problem));
            return Ok(None);
        }
        let candidates: Vec<&'a Certificate> = self
            .check
            .trust
            .anchors()
            .iter()
            .filter(|anchor| anchor.serves(self.check.purpose))
            .map(crate::trust::Anchor::certificate)
            .chain(self.check.intermediates)
            .filter(|candidate| may_have_issued(candidate, last))
            .collect();
        let mut wrong_signature = None;
        for candidate in candidates {
            // A loop: the same subject under the same key is already on the path.
            let again = path.iter().any(|earlier| {
                earlier.public_key() == candidate.public_key()
                    && earlier.subject() == candidate.subject()
            });
            if again {
                continue;
            }
            let Some(left) = self.signatures.checked_sub(1) else {
                return Err(ChainError::new(index, last, ChainProblem::Budget));
            };
            self.signatures = left;
            match last.verify_signature(candidate.public_key()) {
                Ok(()) => {}
                Err(
                    error @ (SignatureError::Algorithm { .. } | SignatureError::KeySize { .. }),
                ) => {
                    let problem = ChainProblem::Algorithm(error);
                    wrong_signature.get_or_insert(problem);
                    continue;
                }
                Err(_) => {
                    wrong_signature.get_or_insert(ChainProblem::Signature);
                    continue;
                }
            }
            path.push(candidate);
            let found = self.extend(path)?;
            path.pop();
            if found.is_some() {
                return Ok(found);
            }
        }
        let problem = wrong_signature.unwrap_or(ChainProblem::Untrusted);
        self.unlinked.get_or_insert_with(|| ChainError::new(index, last, problem));
        Ok(None)
    }
}

/// Whether names, and key identifiers where both have them, allow it.
fn may_have_issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    let identifiers =
        match (&certificate.extensions().authority_key_identifier, issuer.subject_key_identifier())
        {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
    identifiers && issuer.subject().matches(certificate.issuer())
}

fn check_algorithms(path: &[&Certificate]) -> Result<(), ChainError> {
    for (index, certificate) in path.iter().enumerate() {
        let key = certificate.public_key();
        if key.curve_oid().is_none() && !(2048..=4096).contains(&key.size()) {
            let error = SignatureError::KeySize { found: key.size() };
            return Err(ChainError::new(index, certificate, ChainProblem::Algorithm(error)));
        }
    }
    Ok(())
}

fn check_extensions(path: &[&Certificate]) -> Result<(), ChainError> {
    for (index, certificate) in path.iter().enumerate() {
        if let Some(found) = certificate.extensions().unknown_critical.first() {
            let problem = ChainProblem::UnknownCriticalExtension { found: *found };
            return Err(ChainError::new(index, certificate, problem));
        }
    }
    Ok(())
}

/// CA flag, keyCertSign and path length of every issuer.
fn check_authorities(path: &[&Certificate]) -> Result<(), ChainError> {
    let anchor = path.len() - 1;
    // Authorities, not self-issued, between the one looked at and the leaf.
    let mut below = 0;
    for (index, certificate) in path.iter().enumerate().skip(1) {
        let extensions = certificate.extensions();
        // An anchor of version 1 is trusted by the caller's word alone.
        let old_anchor = index == anchor && certificate.version() < 3;
        let authority = extensions.basic_constraints.is_some_and(|basic| basic.authority);
        let signs =
            extensions.key_usage.is_none_or(|usage| usage.any_of(KeyUsage::CERTIFICATE_SIGN));
        if !(authority || old_anchor) || !signs {
            return Err(ChainError::new(index, certificate, ChainProblem::NotAnAuthority));
        }
        if let Some(limit) = extensions.basic_constraints.and_then(|basic| basic.path_length)
            && limit < below
        {
            let problem = ChainProblem::PathTooLong { wanted: limit, found: below };
            return Err(ChainError::new(index, certificate, problem));
        }
        if !certificate.is_self_issued() {
            below += 1;
        }
    }
    Ok(())
}

/// Key usage and extended key usage as found, for a message.
fn usage_text(certificate: &Certificate) -> String {
    let extensions = certificate.extensions();
    let usage = extensions.key_usage.iter().flat_map(|usage| usage.names()).map(String::from);
    let extended = extensions.extended_key_usage.iter().flatten().map(ToString::to_string);
    usage.chain(extended).collect::<Vec<_>>().join(", ")
}

pub(crate) fn fits_purpose(leaf: &Certificate, purpose: Purpose) -> bool {
    let wanted = match purpose {
        Purpose::Any => return true,
        Purpose::Encrypt => {
            KeyUsage::KEY_ENCIPHERMENT.or(KeyUsage::DATA_ENCIPHERMENT).or(KeyUsage::KEY_AGREEMENT)
        }
        Purpose::Server => {
            KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::KEY_ENCIPHERMENT).or(KeyUsage::KEY_AGREEMENT)
        }
        Purpose::OcspSigning
        | Purpose::Platform
        | Purpose::Seal
        | Purpose::Sign
        | Purpose::TimeStamping
        | Purpose::TrustList => KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION),
    };
    let usage = leaf.extensions().key_usage.is_none_or(|usage| usage.any_of(wanted));
    let required =
        matches!(purpose, Purpose::OcspSigning | Purpose::TimeStamping | Purpose::TrustList);
    let extended = leaf.extensions().extended_key_usage.is_some() || !required;
    usage && extended && fits_extended_usage(leaf, purpose)
}

fn fits_extended_usage(certificate: &Certificate, purpose: Purpose) -> bool {
    let Some(list) = &certificate.extensions().extended_key_usage else { return true };
    let allowed: &[Oid] = match purpose {
        Purpose::Any => return true,
        Purpose::Encrypt | Purpose::Sign => {
            &[oid::CLIENT_AUTH, oid::EMAIL_PROTECTION, oid::DOCUMENT_SIGNING]
        }
        Purpose::OcspSigning => &[oid::OCSP_SIGNING],
        Purpose::Platform => &[oid::PLATFORM_SIGNING],
        Purpose::Seal => &[oid::SEAL_MAKING],
        Purpose::Server => &[oid::SERVER_AUTH],
        // RFC 3161 §2.3: alone; anyExtendedKeyUsage does not count.
        Purpose::TimeStamping => {
            return list.contains(&oid::TIME_STAMPING);
        }
        // A list says who is a hub and who a platform: whoever signs one was issued for it by name.
        Purpose::TrustList => return list.contains(&oid::TRUST_LIST_SIGNING),
    };
    list.iter().any(|found| *found == oid::ANY_EXTENDED_KEY_USAGE || allowed.contains(found))
}
