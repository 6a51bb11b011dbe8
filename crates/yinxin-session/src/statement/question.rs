//! An answer on its way to whoever judges it, and the verdict on its way back: here, or in another
//! instance of this program, which alone has what judging takes (certificates, paths, CMS).
//!
//! ```text
//! page ── Question ──▶ judge ── VerifiedAnswer ──▶ page                     one instance
//! page ── Question ──▶ judge ── VerifiedAnswer ── Verdict ──▶ page          two
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::{Digest, json};

use super::{AnswerParts, Expected, Judge, VerifiedStatement};
use crate::channel::Sid;
use crate::wire::{
    Binary, Product, Request, SceneResult, SealDigests, SealOutcome, SealedFile, message,
};
use crate::{Code, Refused};

const QUESTION: &str = "yinxin-question-1";
const VERDICT: &str = "yinxin-verdict-1";

/// What is asked of whoever judges an answer (核验请求): the answer and all that it has to fit, but
/// none of its secrets.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    typ: String,
    /// The request's octets.
    pub(crate) request: Binary,
    pub(crate) sid: Binary,
    /// What went between phone and page.
    pub(crate) transcript: Binary,
    /// The holder's statement: a signed object, DER.
    pub statement: Binary,
    /// What the phone showed.
    pub shown: Binary,
    /// What was made.
    pub products: Vec<Product>,
    /// Which keys the page got: each bid's name and its segment's.
    pub(crate) keys: Vec<(String, String)>,
    /// What the page has of offer and prepared messages, where files were sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seals: Option<Seals>,
}

/// Offer and prepared messages, by their digests.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seals {
    pub(crate) offer: Binary,
    pub(crate) files: Vec<PreparedDigests>,
}

/// One prepared message, and the seal that was offered for it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreparedDigests {
    pub(crate) prepared: Binary,
    pub(crate) signed: Binary,
    /// Of no seal, where the offer had none at its place.
    pub(crate) seal: Option<Binary>,
    /// What a file is once its seal is out; sealing has none.
    pub(crate) restored: Option<Binary>,
}

impl Question {
    pub(crate) fn new(
        (request, sid, transcript): (Binary, Sid, &Digest),
        (statement, shown, products): (Binary, Binary, Vec<Product>),
        keys: Vec<(String, String)>,
        seals: Option<Seals>,
    ) -> Self {
        let typ = QUESTION.into();
        let (sid, transcript) = (Binary(sid.0.to_vec()), Binary(transcript.as_ref().to_vec()));
        Self { typ, request, sid, transcript, statement, shown, products, keys, seals }
    }

    /// Reads one that another instance asks.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] for anything else: it is our own programs that ask.
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        message::read(text, QUESTION, Code::Internal)
    }

    /// Its octets, for another instance.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`].
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        json::write(self).map_err(|_| Code::Internal.into())
    }

    /// Judges the answer: the statement first, as [`VerifiedStatement::new`] does, then whether it
    /// speaks of the keys that the page got, and of the seals and files that the page prepared.
    ///
    /// # Errors
    ///
    /// Those of [`VerifiedStatement::new`]; [`Code::AnswerBinding`] for keys or seals that are not
    /// those of the statement.
    pub fn judge(&self, judge: Judge<'_>) -> Result<VerifiedAnswer, Refused> {
        let request = Request::read(&self.request.0)?;
        let algorithm = request.suite.digest();
        let internal = |_| Refused::from(Code::Internal);
        let transcript =
            Digest::from_bytes(algorithm, &self.transcript.0).map_err(|_| Code::Internal)?;
        let expected = Expected {
            request: &request,
            digest: &algorithm.digest(&self.request.0),
            sid: Sid(self.sid.0[..].try_into().map_err(internal)?),
            transcript: Some(&transcript),
        };
        let parts = AnswerParts {
            statement: &self.statement.0,
            shown: &self.shown.0,
            products: &self.products,
        };
        let statement = VerifiedStatement::new(parts, expected, judge)?;
        let result = &statement.content().result;
        if !self.keys_fit(result) || !self.seals_fit(result) {
            return Err(Code::AnswerBinding.into());
        }
        Ok(VerifiedAnswer { statement, question: self.digest(request.suite)? })
    }

    /// H of its octets.
    pub(crate) fn digest(&self, suite: crate::Suite) -> Result<Digest, Refused> {
        Ok(suite.digest().digest(&self.write()?))
    }

    /// The keys are exactly those that the statement names, in its order.
    fn keys_fit(&self, result: &SceneResult) -> bool {
        let opened = match result {
            SceneResult::Decrypt(opened) => &opened[..],
            SceneResult::Encrypt { .. }
            | SceneResult::Login
            | SceneResult::MessageSignature(_)
            | SceneResult::RevokeSignature(_)
            | SceneResult::Signature(_) => &[],
        };
        let named = opened
            .iter()
            .flat_map(|opened| opened.segments.iter().map(move |segment| (&opened.id, segment)));
        named.eq(self.keys.iter().map(|(id, segment)| (id, segment)))
    }

    /// What the statement says of offer and prepared messages is what the page has of them.
    fn seals_fit(&self, result: &SceneResult) -> bool {
        let Some(seals) = &self.seals else { return true };
        match result {
            SceneResult::Signature(files) => {
                files.iter().zip(&seals.files).all(|(SealedFile { outcome, .. }, made)| {
                    match outcome {
                        SealOutcome::Refused(_) => true,
                        SealOutcome::Sealed(digests) => seals.fit(digests, made),
                    }
                })
            }
            SceneResult::RevokeSignature(revoked) => seals.files.first().is_some_and(|made| {
                made.restored.as_ref() == Some(&revoked.restored)
                    && seals.fit(&revoked.digests, made)
            }),
            SceneResult::Decrypt(_)
            | SceneResult::Encrypt { .. }
            | SceneResult::Login
            | SceneResult::MessageSignature(_) => false,
        }
    }
}

impl Seals {
    fn fit(&self, digests: &SealDigests, made: &PreparedDigests) -> bool {
        digests.offer == self.offer
            && digests.prepared == made.prepared
            && digests.signed == made.signed
            && made.seal.as_ref() == Some(&digests.seal)
    }
}

/// What a page believes an answer by: a [`VerifiedAnswer`], or a [`Verdict`] where another instance
/// judges. There are no pages for anything else.
pub trait Judgement {
    /// H of the question's octets.
    fn question(&self) -> &[u8];
}

/// An answer that was judged in this instance, and was right (已核验应答).
#[derive(Clone, Debug)]
pub struct VerifiedAnswer {
    statement: VerifiedStatement,
    question: Digest,
}

impl VerifiedAnswer {
    /// The statement, verified.
    #[must_use]
    pub const fn statement(&self) -> &VerifiedStatement {
        &self.statement
    }

    /// The same as a word for the instance that asked.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict { typ: VERDICT.into(), question: Binary(self.question.as_ref().to_vec()) }
    }
}

impl Judgement for VerifiedAnswer {
    fn question(&self) -> &[u8] {
        self.question.as_ref()
    }
}

/// What another instance of this program came to (核验结论): the answer of one question, and no
/// other, is right.
///
/// It proves nothing by itself: a page believes it because of where it comes from. Whoever runs both
/// instances carries it between them, and could as well put another program in the place of either.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    typ: String,
    /// H of the question's octets.
    question: Binary,
}

impl Verdict {
    /// Reads what the other instance said.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerBinding`] for anything else.
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        message::read(text, VERDICT, Code::AnswerBinding)
    }

    /// Its octets.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`].
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        message::write(self, VERDICT, Code::Internal)
    }
}

impl Judgement for Verdict {
    fn question(&self) -> &[u8] {
        &self.question.0
    }
}
