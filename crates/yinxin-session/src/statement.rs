//! Verifying an answer (应答核验): the statement's signature first, then what binds it, then each
//! scene's own rules. Page and platform run the same checks; the platform alone decides.

use alloc::vec::Vec;

use yinxin_pki::chain::{ChainCheck, ChainError, ChainProblem};
use yinxin_pki::revocation::RevocationData;
use yinxin_pki::signed_object::{ObjectType, SignedObject};
use yinxin_pki::{Certificate, Digest, Explain, Fact, Purpose, Time, TrustStore};

use crate::channel::Sid;
use crate::display::digest_of;
use crate::wire::{Product, Request, StatementContent};
use crate::{Code, Refused};

mod bid;
mod message;
mod product;
mod question;

pub(crate) use bid::are_committed;
pub use question::{Judgement, Question, Verdict, VerifiedAnswer};
pub(crate) use question::{PreparedDigests, Seals};

/// Whom an answer's reader trusts, and at what time.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    /// Roots of holders' certificates.
    pub trust: &'a TrustStore,
    /// Revocation lists and answers, where there are any.
    pub revocation: Option<&'a RevocationData>,
    /// Whether a certificate of unknown status is refused.
    pub require_revocation: bool,
    /// Seconds since 1970, UTC, by the reader's own clock.
    pub now: u64,
}

/// What an answer has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The request that was made.
    pub request: &'a Request,
    /// H of its octets.
    pub digest: &'a Digest,
    /// The session it was answered in.
    pub sid: Sid,
    /// What went between phone and page, where the reader saw it.
    pub transcript: Option<&'a Digest>,
}

/// The parts of an answer that a platform sees.
#[derive(Clone, Copy, Debug)]
pub struct AnswerParts<'a> {
    /// The statement, DER.
    pub statement: &'a [u8],
    /// What the phone showed: JSON.
    pub shown: &'a [u8],
    /// What was made.
    pub products: &'a [Product],
}

/// A statement that was verified (已核验声明), with everything it speaks of.
#[derive(Clone, Debug)]
pub struct VerifiedStatement {
    content: StatementContent,
    path: Vec<Certificate>,
    digest: Digest,
    revocation_unknown: bool,
}

impl VerifiedStatement {
    /// Verifies an answer.
    ///
    /// # Errors
    ///
    /// In this order: [`Code::AnswerSignature`], no statement, or not signed by the certificate it
    /// names; [`Code::AnswerBinding`], it belongs to another request, session or account, or its
    /// parts do not fit; [`Code::AnswerSignature`] for an issuer that the reader does not trust,
    /// [`Code::CertificateStatus`] for a certificate that may not be used now.
    pub fn new(
        parts: AnswerParts<'_>,
        expected: Expected<'_>,
        judge: Judge<'_>,
    ) -> Result<Self, Refused> {
        let signature = || Refused::from(Code::AnswerSignature);
        let object = SignedObject::from_der(parts.statement, ObjectType::Statement);
        let object = object.map_err(|_| signature())?;
        let certificate = object.named().ok_or_else(signature)?;
        let suite = expected.request.suite;
        if certificate.public_key().curve() != Some(suite.curve()) {
            return Err(signature());
        }
        let verified = object.verify(certificate).map_err(|_| signature())?;
        let content = StatementContent::read(verified.content)?;
        let binds = is_bound(&content, parts.shown, certificate, expected)
            && expected.request.require.fits(suite, certificate)
            && product::fit(&content.result, expected.request, parts.products, certificate);
        if !binds {
            return Err(Code::AnswerBinding.into());
        }
        let chain = judge.check(object.carried(), Purpose::Sign).verify(certificate);
        let chain = chain.map_err(chain_refused)?;
        product::check_chains(expected.request, parts.products, object.carried(), judge)?;
        Ok(Self {
            content,
            revocation_unknown: !chain.revocation_unknown().is_empty(),
            path: chain.path().to_vec(),
            digest: suite.digest().digest(parts.statement),
        })
    }

    /// What it says.
    #[must_use]
    pub const fn content(&self) -> &StatementContent {
        &self.content
    }

    /// Whose it is: the holder's certificate, then its issuers' up to the trusted one.
    #[must_use]
    pub fn path(&self) -> &[Certificate] {
        &self.path
    }

    /// H of the statement, DER.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Whether nothing was known of the certificate's revocation.
    #[must_use]
    pub const fn is_revocation_unknown(&self) -> bool {
        self.revocation_unknown
    }
}

impl<'a> Judge<'a> {
    fn check(self, carried: &'a [Certificate], purpose: Purpose) -> ChainCheck<'a> {
        let at = Time::from_unix(i64::try_from(self.now).unwrap_or(i64::MAX));
        let check = ChainCheck::new(self.trust, at)
            .intermediates(carried)
            .purpose(purpose)
            .require_revocation(self.require_revocation);
        match self.revocation {
            Some(data) => check.revocation(data, at),
            None => check,
        }
    }
}

fn is_bound(
    content: &StatementContent,
    shown: &[u8],
    certificate: &Certificate,
    expected: Expected<'_>,
) -> bool {
    let request = expected.request;
    let display = digest_of(request.suite, shown);
    let holder = request.suite.digest().digest(certificate.as_der());
    let is = |digest: &Digest, octets: &[u8]| digest.as_ref() == octets;
    content.suite == request.suite
        && content.hub == request.hub
        && content.sid == expected.sid
        && is(expected.digest, &content.request_digest)
        && content.platform == request.platform.code
        && content.origin == request.origin
        && content.result.scene() == request.scene()
        && is(&display, &content.display_digest)
        && is(&holder, &content.holder)
        && expected.transcript.is_none_or(|transcript| is(transcript, &content.transcript))
}

fn chain_refused(error: ChainError) -> Refused {
    let code = match error.problem {
        ChainProblem::Expired { .. }
        | ChainProblem::NotYetValid { .. }
        | ChainProblem::Revoked { .. }
        | ChainProblem::RevocationUnknown => Code::CertificateStatus,
        _ => Code::AnswerSignature,
    };
    Refused::from(code).with(Fact::text("chain", error.code()))
}
