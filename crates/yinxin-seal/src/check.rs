//! What a signature is judged by: trust, time, revocation data, lists and statements.

use yinxin_pki::chain::{ChainCheck, ChainError, ChainProblem, VerifiedChain};
use yinxin_pki::revocation::RevocationData;
use yinxin_pki::timestamp::{TimestampError, TimestampToken, VerifiedTimestamp};
use yinxin_pki::{Certificate, Fact, Purpose, Time, TrustStore};

use crate::es::Reading;
use crate::report::{StepId, Steps};
use crate::revoke::RevocationStatement;
use crate::status::VerifiedStatusList;

/// What to judge signatures by.
///
/// ```
/// use yinxin_pki::{Time, TrustStore};
/// use yinxin_seal::check::Check;
///
/// # let trust = TrustStore::new();
/// # let tsa = TrustStore::new();
/// let now = Time::parse("2026-11-24T12:00:00Z")?;
/// let check = Check::new(&trust, now).timestamps(&tsa);
/// # let _ = check;
/// # Ok::<(), yinxin_pki::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Check<'a> {
    trust: &'a TrustStore,
    timestamps: Option<&'a TrustStore>,
    intermediates: &'a [Certificate],
    revocation: Option<&'a RevocationData>,
    require_revocation: bool,
    at: Time,
    now: Time,
    status_list: Option<&'a VerifiedStatusList>,
    statements: &'a [RevocationStatement],
    reading: Reading,
}

impl<'a> Check<'a> {
    /// Against `trust`, at the time of judgement `at`; a trusted timestamp in the document takes
    /// its place.
    #[must_use]
    pub const fn new(trust: &'a TrustStore, at: Time) -> Self {
        Self {
            trust,
            timestamps: None,
            intermediates: &[],
            revocation: None,
            require_revocation: false,
            at,
            now: at,
            status_list: None,
            statements: &[],
            reading: Reading::Strict,
        }
    }

    /// With authorities whose timestamps are trusted; without them no timestamp is believed.
    #[must_use]
    pub const fn timestamps(mut self, trust: &'a TrustStore) -> Self {
        self.timestamps = Some(trust);
        self
    }

    /// With certificates that may lie between; nothing is believed of them.
    #[must_use]
    pub const fn intermediates(mut self, intermediates: &'a [Certificate]) -> Self {
        self.intermediates = intermediates;
        self
    }

    /// With revocation lists and answers; `now` is the present, by which their age is judged.
    #[must_use]
    pub const fn revocation(mut self, data: &'a RevocationData, now: Time) -> Self {
        self.revocation = Some(data);
        self.now = now;
        self
    }

    /// The present, where it is not the time of judgement.
    #[must_use]
    pub const fn now(mut self, now: Time) -> Self {
        self.now = now;
        self
    }

    /// Refuses a certificate whose revocation status is not known.
    #[must_use]
    pub const fn require_revocation(mut self, required: bool) -> Self {
        self.require_revocation = required;
        self
    }

    /// With a list of seals that were suspended, cancelled or replaced.
    #[must_use]
    pub const fn status_list(mut self, list: &'a VerifiedStatusList) -> Self {
        self.status_list = Some(list);
        self
    }

    /// With statements that seal signatures were revoked.
    #[must_use]
    pub const fn statements(mut self, statements: &'a [RevocationStatement]) -> Self {
        self.statements = statements;
        self
    }

    /// Bears with bytes behind structures (trap T18); the report names them.
    #[must_use]
    pub const fn reading(mut self, reading: Reading) -> Self {
        self.reading = reading;
        self
    }

    /// The time of judgement where no timestamp is trusted.
    #[must_use]
    pub const fn time(&self) -> Time {
        self.at
    }

    /// The present.
    #[must_use]
    pub const fn present(&self) -> Time {
        self.now
    }

    /// Whether anything is trusted at all.
    #[must_use]
    pub const fn has_trust(&self) -> bool {
        !self.trust.is_empty()
    }

    /// Every certificate the caller gave: those between and the anchors.
    #[cfg(feature = "ofd")]
    pub(crate) fn known(&self) -> impl Iterator<Item = &'a Certificate> {
        let anchors = self.trust.anchors().iter().map(yinxin_pki::Anchor::certificate);
        self.intermediates.iter().chain(anchors)
    }

    /// The same with more certificates that may lie between, out of the message itself.
    #[cfg(feature = "ofd")]
    pub(crate) fn with_known<'b>(&self, more: &'b [Certificate]) -> WithKnown<'a, 'b> {
        WithKnown { check: self.clone(), more }
    }

    /// How structures are to be read.
    #[must_use]
    pub const fn how_to_read(&self) -> Reading {
        self.reading
    }

    /// The certificates that may lie between.
    #[cfg(feature = "pdf")]
    pub(crate) const fn given(&self) -> &'a [Certificate] {
        self.intermediates
    }

    /// The revocation data.
    #[cfg(feature = "pdf")]
    pub(crate) const fn revocation_data(&self) -> Option<&'a RevocationData> {
        self.revocation
    }

    /// The same with evidence a document brings, which proves itself or nothing.
    #[cfg(feature = "pdf")]
    pub(crate) const fn with_evidence<'b>(
        self,
        intermediates: &'b [Certificate],
        data: &'b RevocationData,
    ) -> Check<'b>
    where
        'a: 'b,
    {
        Check { intermediates, revocation: Some(data), ..self }
    }

    /// Judged at another time: one that a timestamp over the whole document vouches for.
    #[cfg(feature = "pdf")]
    pub(crate) const fn judged_at(mut self, at: Time) -> Self {
        self.at = at;
        self
    }

    /// Verifies a timestamp token over data of which only the digest is at hand.
    #[cfg(feature = "pdf")]
    pub(crate) fn timestamp_of_digest(
        &self,
        token: &TimestampToken,
        digest: &yinxin_pki::Digest,
    ) -> Result<VerifiedTimestamp, TimestampProblem> {
        let Some(trust) = self.timestamps.filter(|trust| !trust.is_empty()) else {
            return Err(TimestampProblem::NoTrust);
        };
        token
            .verify_digest(digest, &self.chain_check(trust, self.now))
            .map_err(TimestampProblem::Token)
    }

    pub(crate) const fn seal_status_list(&self) -> Option<&'a VerifiedStatusList> {
        self.status_list
    }

    pub(crate) const fn revocation_statements(&self) -> &'a [RevocationStatement] {
        self.statements
    }

    /// Verifies the chain of `certificate` for `purpose` at `at`.
    ///
    /// # Errors
    ///
    /// [`ChainError`].
    pub fn chain(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        at: Time,
    ) -> Result<VerifiedChain, ChainError> {
        self.chain_check(self.trust, at).purpose(purpose).verify(certificate)
    }

    fn chain_check<'b>(&'b self, trust: &'b TrustStore, at: Time) -> ChainCheck<'b> {
        let check = ChainCheck::new(trust, at).intermediates(self.intermediates);
        match self.revocation {
            Some(data) => check.revocation(data, self.now),
            None => check.revocation(NO_DATA, self.now),
        }
        .require_revocation(self.require_revocation)
    }

    /// Judges the signer's certificate at `at`: everything but its times goes to
    /// [`StepId::SignerChain`], validity and revocation to [`StepId::SignerTime`].
    pub fn signer(&self, steps: &mut Steps, certificate: &Certificate, at: Time) {
        let extra = vec![
            Fact::text("subject", certificate.subject().to_string()),
            Fact::text("serial", certificate.serial().to_string()),
        ];
        if self.trust.is_empty() {
            steps.skip(StepId::SignerChain, "trust_missing");
            steps.skip(StepId::SignerTime, "trust_missing");
            return;
        }
        match self.chain(certificate, Purpose::Sign, at) {
            Ok(chain) => {
                steps.ok(StepId::SignerChain, extra);
                warn_unknown(steps, StepId::SignerTime, &chain);
            }
            Err(error) if is_of_time(&error.problem) => {
                // The rest of the chain was not looked at yet: judge it inside the certificate's
                // own life, without revocation.
                let validity = certificate.validity();
                let middle =
                    validity.not_before.plus(validity.not_after.since(validity.not_before) / 2);
                let inside = ChainCheck::new(self.trust, middle).intermediates(self.intermediates);
                match inside.purpose(Purpose::Sign).verify(certificate) {
                    Ok(_) => steps.ok(StepId::SignerChain, extra),
                    Err(other) => steps.fail(StepId::SignerChain, &other),
                }
                steps.fail(StepId::SignerTime, &error);
            }
            Err(error) => steps.fail(StepId::SignerChain, &error),
        }
    }

    /// Judges the seal maker's certificate at `at`, under [`StepId::MakerChain`].
    pub(crate) fn maker(&self, steps: &mut Steps, certificate: &Certificate, at: Time) {
        if self.trust.is_empty() {
            steps.skip(StepId::MakerChain, "trust_missing");
            return;
        }
        match self.chain(certificate, Purpose::Seal, at) {
            Ok(chain) => warn_unknown(steps, StepId::MakerChain, &chain),
            Err(error) => steps.fail(StepId::MakerChain, &error),
        }
    }

    /// Verifies a timestamp token over `data`, and gives its time.
    ///
    /// # Errors
    ///
    /// [`TimestampProblem`]: no authority is trusted, or the token proves nothing.
    pub fn timestamp(
        &self,
        token: &[u8],
        data: &[u8],
    ) -> Result<VerifiedTimestamp, TimestampProblem> {
        let Some(trust) = self.timestamps.filter(|trust| !trust.is_empty()) else {
            return Err(TimestampProblem::NoTrust);
        };
        let token = TimestampToken::from_der(token).map_err(TimestampProblem::Token)?;
        token.verify_by(data, &self.chain_check(trust, self.now)).map_err(TimestampProblem::Token)
    }

    /// The same, written under [`StepId::Timestamp`]; the time where it is to be believed.
    pub fn timestamp_step(
        &self,
        steps: &mut Steps,
        token: Option<&[u8]>,
        data: &[u8],
    ) -> Option<VerifiedTimestamp> {
        let Some(token) = token else {
            steps.skip(StepId::Timestamp, "timestamp_missing");
            return None;
        };
        match self.timestamp(token, data) {
            Ok(verified) => {
                let facts = vec![
                    Fact::text("time", verified.time.to_string()),
                    Fact::text("authority", verified.authority.subject().to_string()),
                ];
                steps.ok(StepId::Timestamp, facts);
                Some(verified)
            }
            Err(TimestampProblem::NoTrust) => {
                steps.skip(StepId::Timestamp, "timestamp_trust_missing");
                None
            }
            Err(TimestampProblem::Token(error)) => {
                steps.fail(StepId::Timestamp, &error);
                None
            }
        }
    }
}

/// A check with the certificates a message brings.
#[cfg(feature = "ofd")]
pub(crate) struct WithKnown<'a, 'b> {
    check: Check<'a>,
    more: &'b [Certificate],
}

#[cfg(feature = "ofd")]
impl WithKnown<'_, '_> {
    pub(crate) fn signer(&self, steps: &mut Steps, certificate: &Certificate, at: Time) {
        let all: Vec<Certificate> =
            self.check.intermediates.iter().chain(self.more).cloned().collect();
        self.check.clone().intermediates(&all).signer(steps, certificate, at);
    }
}

/// Data that says nothing of anybody.
const NO_DATA: &RevocationData = &RevocationData { crls: Vec::new(), ocsp: Vec::new() };

/// Why a timestamp is not believed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TimestampProblem {
    /// No timestamp authority is trusted.
    NoTrust,
    /// The token proves nothing.
    Token(TimestampError),
}

fn warn_unknown(steps: &mut Steps, id: StepId, chain: &VerifiedChain) {
    if chain.revocation_unknown().is_empty() {
        steps.ok(id, vec![]);
    } else {
        let unknown =
            chain.revocation_unknown().iter().filter_map(|index| chain.path().get(*index));
        let facts = unknown.map(|c| Fact::text("subject", c.subject().to_string())).collect();
        steps.warn(id, "revocation_unknown", facts);
    }
}

const fn is_of_time(problem: &ChainProblem) -> bool {
    matches!(
        problem,
        ChainProblem::Expired { .. }
            | ChainProblem::NotYetValid { .. }
            | ChainProblem::RevocationUnknown
            | ChainProblem::Revoked { .. }
    )
}
