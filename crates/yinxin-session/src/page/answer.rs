//! An answer at the page: everything is checked before anything of it is shown, stored or used.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use yinxin_pki::envelope::ContentKey;
use yinxin_pki::{Digest, json};

use super::sealing::Sealing;
use super::{Output, Page, Phase, Shown};
use crate::statement::{
    Judge, Judgement, PreparedDigests, Question, Seals, VerifiedAnswer, are_committed,
};
use crate::transcript::Transcript;
use crate::wire::http::{Ack, Action};
use crate::wire::{Answer, Binary, ResultForPlatform, Secret};
use crate::{Code, Refused};

/// An answer that waits for its verdict.
#[derive(Debug)]
pub(super) struct Asked {
    /// The number of its event.
    pub(super) n: u64,
    envelope: Digest,
    question: Question,
    digest: Digest,
    secrets: Secrets,
    /// Whether the page's program was told.
    pub(super) is_told: bool,
    /// Whether events came after it, which are to be fetched again.
    pub(super) has_passed: bool,
}

/// An answer as the page holds it.
#[derive(Debug)]
pub(super) struct Held<J> {
    envelope: Digest,
    judgement: J,
    result: ResultForPlatform,
    secrets: Secrets,
}

/// What the page's program may see of an answer (已核验应答).
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a, J = VerifiedAnswer> {
    /// What it is believed by: here the statement, verified.
    pub judgement: &'a J,
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

impl<J: Judgement> Page<J> {
    /// Reads an answer, and keeps it until it was judged.
    pub(super) fn ask(&self, n: u64, envelope: &[u8], text: &[u8]) -> Result<Asked, Refused> {
        let transcript = self.transcript().ok_or(Code::StepOutOfOrder)?;
        let Answer { statement, shown, products, secrets, .. } = Answer::read(text)?;
        let keys = secrets.iter().map(|secret| (secret.id.clone(), secret.segment.clone()));
        let sealing = match &self.phase {
            Phase::Offered(sealing) => Some(self.seals(sealing)),
            Phase::Waiting { .. } | Phase::Scanned { .. } | Phase::Answered(_) | Phase::Final => {
                None
            }
        };
        let question = Question::new(
            (self.ticket.request.clone(), self.binding.sid, &transcript.digest(&self.binding)),
            (statement, shown, products),
            keys.collect(),
            sealing,
        );
        let suite = self.binding.suite;
        Ok(Asked {
            n,
            envelope: suite.digest().digest(envelope),
            digest: question.digest(suite)?,
            question,
            secrets: Secrets(secrets),
            is_told: false,
            has_passed: false,
        })
    }

    /// What went between phone and page; `None` while something of it is still to come.
    pub(super) fn transcript(&self) -> Option<Transcript> {
        match &self.phase {
            Phase::Scanned { hello: Some(hello), .. } if !self.request.scene.has_offer() => {
                Some(Transcript::new(&self.binding, hello))
            }
            Phase::Offered(sealing) if sealing.is_done() => Some(sealing.transcript(&self.binding)),
            Phase::Waiting { .. }
            | Phase::Scanned { .. }
            | Phase::Offered(_)
            | Phase::Answered(_)
            | Phase::Final => None,
        }
    }

    /// What the page has of offer and prepared messages.
    fn seals(&self, sealing: &Sealing) -> Seals {
        let digest =
            |octets: &[u8]| Binary(self.binding.suite.digest().digest(octets).as_ref().to_vec());
        let files = sealing.prepared.iter().enumerate().map(|(place, made)| {
            // Taking back has one seal, and no file of the offer.
            let offered = match made.restored {
                Some(_) => Some(0),
                None => sealing.offer.files.get(place).map(|file| file.seal),
            };
            let seal = offered.and_then(|seal| usize::try_from(seal).ok());
            PreparedDigests {
                prepared: digest(&made.sealed.0),
                signed: made.signed.clone(),
                seal: seal.and_then(|at| sealing.offer.seals.get(at)).map(|seal| digest(&seal.0)),
                restored: made.restored.clone(),
            }
        });
        Seals { offer: Binary(sealing.digest.as_ref().to_vec()), files: files.collect() }
    }

    /// The answer that waits for its verdict, for whoever judges it; there are no secrets in it.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        self.asked.as_ref().map(|asked| &asked.question)
    }

    /// The answer was judged, and is right: it is believed now.
    ///
    /// # Errors
    ///
    /// [`Code::StepOutOfOrder`] when no answer waits; [`Code::AnswerBinding`] for the verdict on
    /// another answer, by which nothing changes; [`Code::CommitmentMismatch`] for keys that are not
    /// those of the bids: the session then stands as it stood before the answer's event.
    pub fn accept(&mut self, judgement: J) -> Result<(), Refused> {
        let asked = self.asked.take().ok_or(Code::StepOutOfOrder)?;
        if asked.digest.as_ref() != judgement.question() {
            self.asked = Some(asked);
            return Err(Code::AnswerBinding.into());
        }
        if !are_committed(self.request.files(), &asked.secrets.0) {
            return Err(Code::CommitmentMismatch.into());
        }
        if let Phase::Offered(sealing) = &self.phase {
            self.kept = sealing.prepared.clone();
        }
        let Question { statement, shown, products, .. } = asked.question;
        self.phase = Phase::Answered(Box::new(Held {
            envelope: asked.envelope,
            judgement,
            result: ResultForPlatform::new(statement, shown, products),
            secrets: asked.secrets,
        }));
        self.last = asked.n;
        self.outputs.push_back(Output::Show(Shown::Answered));
        if asked.has_passed {
            self.outputs.push_back(Output::Refetch(self.last));
        }
        Ok(())
    }

    /// The answer, once it was judged.
    #[must_use]
    pub const fn answered(&self) -> Option<Answered<'_, J>> {
        match &self.phase {
            Phase::Answered(held) => Some(Answered {
                judgement: &held.judgement,
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
        let body = json::write(&ack).map_err(|_| Code::Internal)?;
        self.outputs.push_back(Output::Post { action: Action::Ack, body });
        Ok(())
    }
}

impl Page {
    /// Judges the answer that waits, if one does, and believes it if it is right.
    ///
    /// # Errors
    ///
    /// Those of [`Question::judge`] and [`accept`](Self::accept): the session then stands as it
    /// stood before the answer's event.
    pub fn judge(&mut self, judge: Judge<'_>) -> Result<(), Refused> {
        let Some(question) = self.question() else { return Ok(()) };
        match question.judge(judge) {
            Ok(verified) => self.accept(verified),
            Err(refused) => {
                self.asked = None;
                Err(refused)
            }
        }
    }
}
