//! An answer at the page: everything is checked before anything of it is shown, stored or used.

use alloc::string::String;
use alloc::vec::Vec;

use yinxin_pki::Digest;
use yinxin_pki::envelope::ContentKey;

use super::sealing::{Made, Sealing};
use super::{Output, Page, Phase};
use crate::channel::Binding;
use crate::statement::{AnswerParts, Expected, Judge, VerifiedStatement, check_secrets};
use crate::wire::http::{Ack, Action};
use crate::wire::{
    Act, Answer, Binary, Payload, Request, ResultForPlatform, SceneResult, SealDigests,
    SealOutcome, Secret,
};
use crate::{Code, Refused};

/// An answer as the page holds it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) envelope: Digest,
    pub(super) statement: VerifiedStatement,
    pub(super) result: ResultForPlatform,
    pub(super) secrets: Secrets,
}

/// What the page's program may see of an answer (已核验应答).
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The statement, verified.
    pub statement: &'a VerifiedStatement,
    /// For the platform: no secrets in it.
    pub result: &'a ResultForPlatform,
    /// For the page alone.
    pub secrets: &'a Secrets,
}

/// Content keys that a decryption released. They cannot be serialised, and are wiped on drop.
#[derive(Debug, Default)]
pub struct Secrets(Vec<Secret>);

impl Secrets {
    /// The keys of a bid, by its name in the request: each with its segment's name.
    pub fn of<'a>(&'a self, id: &'a str) -> impl Iterator<Item = (&'a str, ContentKey)> {
        let own = self.0.iter().filter(move |secret| secret.id == id);
        own.filter_map(|secret| secret.content_key().map(|key| (&secret.segment[..], key)))
    }

    /// Names of the bids that there are keys of.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.0.iter().map(|secret| secret.id.clone()).collect();
        ids.dedup();
        ids
    }
}

/// What an answer is checked against.
pub(super) struct Checked<'a> {
    pub(super) request: &'a Request,
    pub(super) binding: &'a Binding,
    pub(super) transcript: &'a Digest,
    pub(super) sealing: Option<&'a Sealing>,
}

impl Checked<'_> {
    pub(super) fn read(
        &self,
        envelope: &[u8],
        text: &[u8],
        judge: Judge<'_>,
    ) -> Result<Held, Refused> {
        let answer = Answer::read(text)?;
        let parts = AnswerParts {
            statement: &answer.statement.0,
            shown: &answer.shown.0,
            products: &answer.products,
        };
        let expected = Expected {
            request: self.request,
            digest: &self.binding.request,
            sid: self.binding.sid,
            transcript: Some(self.transcript),
        };
        let statement = VerifiedStatement::new(parts, expected, judge)?;
        let result = &statement.content().result;
        let files = match &self.request.payload {
            Payload::Decrypt(files) => &files[..],
            Payload::Encrypt { .. }
            | Payload::Login
            | Payload::MessageSignature(_)
            | Payload::RevokeSignature { .. }
            | Payload::Signature(_) => &[],
        };
        check_secrets(result, files, &answer.secrets)?;
        if !self.seals_fit(result) {
            return Err(Code::AnswerBinding.into());
        }
        Ok(Held {
            envelope: self.binding.suite.digest().digest(envelope),
            statement,
            result: ResultForPlatform::new(answer.statement, answer.shown, answer.products),
            secrets: Secrets(answer.secrets),
        })
    }

    /// What the statement says of offer and prepared messages is what the page has of them.
    fn seals_fit(&self, result: &SceneResult) -> bool {
        let Some(sealing) = self.sealing else { return true };
        match result {
            SceneResult::Signature(files) => {
                files.iter().zip(&sealing.prepared).zip(&sealing.offer.files).all(
                    |((file, made), offered)| match &file.outcome {
                        SealOutcome::Refused(_) => true,
                        SealOutcome::Sealed(digests) => {
                            self.digests_fit(digests, sealing, made, offered.seal)
                        }
                    },
                )
            }
            SceneResult::RevokeSignature(revoked) => sealing.prepared.first().is_some_and(|made| {
                let restored = match &made.message.act {
                    Act::Revoke(act) => act.restored == revoked.restored,
                    Act::Seal(_) => false,
                };
                restored && self.digests_fit(&revoked.digests, sealing, made, 0)
            }),
            SceneResult::Decrypt(_)
            | SceneResult::Encrypt { .. }
            | SceneResult::Login
            | SceneResult::MessageSignature(_) => false,
        }
    }

    fn digests_fit(
        &self,
        digests: &SealDigests,
        sealing: &Sealing,
        made: &Made,
        seal: u64,
    ) -> bool {
        let algorithm = self.binding.suite.digest();
        let is = |digest: &Binary, octets: &[u8]| algorithm.digest(octets).as_ref() == digest.0;
        let offered = usize::try_from(seal).ok().and_then(|at| sealing.offer.seals.get(at));
        let signed = match &made.message.act {
            Act::Seal(act) => &act.data_hash,
            Act::Revoke(act) => &act.signature_digest,
        };
        digests.offer.0 == sealing.digest.as_ref()
            && is(&digests.prepared, &made.sealed)
            && digests.signed == *signed
            && offered.is_some_and(|offered| is(&digests.seal, &offered.0))
    }
}

impl Page {
    /// The answer, once it was checked.
    #[must_use]
    pub const fn answered(&self) -> Option<Answered<'_>> {
        match &self.phase {
            Phase::Answered(held) => Some(Answered {
                statement: &held.statement,
                result: &held.result,
                secrets: &held.secrets,
            }),
            Phase::Waiting { .. } | Phase::Scanned { .. } | Phase::Offered(_) | Phase::Final => {
                None
            }
        }
    }

    /// The platform took the result: the hub may let the answer go. Keep what is needed of
    /// [`answered`](Self::answered) before.
    ///
    /// # Errors
    ///
    /// [`Code::StepOutOfOrder`] when there is no answer.
    pub fn acknowledge(&mut self) -> Result<(), Refused> {
        let Phase::Answered(held) = &self.phase else { return Err(Code::StepOutOfOrder.into()) };
        let ack = Ack { answer_digest: Binary(held.envelope.as_ref().to_vec()) };
        let body = serde_json::to_vec(&ack).map_err(|_| Code::Internal)?;
        self.outputs.push_back(Output::Post { action: Action::Ack, body });
        Ok(())
    }
}
