//! The release (放行): the statement is signed, everything goes into one envelope, once.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::signed_object::{ObjectDraft, ObjectType};
use yinxin_pki::{Time, ToSign};
use zeroize::Zeroizing;

use super::asked::Asked;
use super::bids::Bids;
use super::browsers::{Asking, TrustClass};
use super::history::NewEntry;
use super::holdings::OwnCertificate;
use super::messages::Message;
use super::snapshot::Done;
use super::{ANSWER, Context, Link, Next, Phone, PinnedHub, Stage, within};
use crate::channel::Step;
use crate::check::Known;
use crate::display::Shown;
use crate::transcript::Transcript;
use crate::wire::{Answer, Binary, BrowserState, Payload, Product, SceneResult, StatementContent};
use crate::{Code, Refused, Suite};

/// What the person confirmed, and how.
#[derive(Clone, Debug)]
pub(super) struct Confirmed {
    pub(super) asked: Arc<Asked>,
    /// What was shown, with the seals that were chosen.
    pub(super) shown: Shown,
    pub(super) bids: Bids,
    pub(super) certificate: usize,
    pub(super) trust_browser: bool,
    pub(super) matched: bool,
    pub(super) state: BrowserState,
    pub(super) kind: String,
}

impl Confirmed {
    pub(super) fn own(&self) -> Result<&OwnCertificate, Refused> {
        self.asked.certificate(self.certificate)
    }

    pub(super) fn suite(&self) -> Suite {
        self.asked.request.suite()
    }
}

/// Confirmed, and waiting for values of signatures.
#[derive(Clone, Debug)]
pub(super) struct Signing {
    confirmed: Confirmed,
    /// The end of the right to answer, by the session's clock.
    pub(super) by: u64,
    work: Work,
}

#[derive(Clone, Debug)]
enum Work {
    Messages(Vec<Message>),
    Statement(Box<Statement>),
}

#[derive(Clone, Debug)]
struct Statement {
    draft: ObjectDraft,
    products: Vec<Product>,
}

impl Signing {
    /// Begins, in a scene without an offer.
    pub(super) fn new(
        confirmed: Confirmed,
        link: &Link,
        hub: &PinnedHub,
        at: u64,
    ) -> Result<Self, Refused> {
        let by = link.limit(at.saturating_add(ANSWER));
        let own = confirmed.own()?;
        let suite = confirmed.suite();
        let (result, products) = match &confirmed.asked.request().payload {
            Payload::MessageSignature(items) => {
                let messages: Result<Vec<_>, _> =
                    items.iter().map(|item| Message::new(item, suite, own, time(at))).collect();
                let work = Work::Messages(messages?);
                return Ok(Self { confirmed, by, work });
            }
            Payload::Decrypt(_) => (SceneResult::Decrypt(confirmed.bids.results()), Vec::new()),
            Payload::Encrypt { project, section, opening } => {
                let encryption = own.encryption.as_ref().ok_or(Code::NoMatchingCertificate)?;
                let der = encryption.as_der().to_vec();
                let digest = suite.digest().digest(&der).as_ref().to_vec();
                let result = SceneResult::Encrypt {
                    project: project.clone(),
                    section: section.clone(),
                    opening: *opening,
                    certificates: alloc::vec![Binary(digest)],
                };
                (result, alloc::vec![Product { id: "1".into(), value: Binary(der) }])
            }
            Payload::Login => (SceneResult::Login, Vec::new()),
            Payload::RevokeSignature { .. } | Payload::Signature(_) => {
                return Err(Code::StepOutOfOrder.into());
            }
        };
        let transcript = begin(link)?;
        Self::stating(confirmed, link, hub, by, at, (&transcript, result, products))
    }

    /// Goes on to the statement.
    pub(super) fn stating(
        confirmed: Confirmed,
        link: &Link,
        hub: &PinnedHub,
        by: u64,
        at: u64,
        done: (&Transcript, SceneResult, Vec<Product>),
    ) -> Result<Self, Refused> {
        let (transcript, result, products) = done;
        let own = confirmed.own()?;
        let request = confirmed.asked.request();
        let suite = request.suite;
        let binding = &link.binding;
        let octets = |digest: yinxin_pki::Digest| digest.as_ref().to_vec();
        let content = StatementContent {
            suite,
            hub: request.hub.clone(),
            sid: binding.sid,
            request_digest: octets(binding.request),
            platform: request.platform.code.clone(),
            origin: request.origin.clone(),
            display_digest: octets(*confirmed.shown.digest()),
            transcript: octets(transcript.digest(binding)),
            holder: octets(suite.digest().digest(own.signing.as_der())),
            list_number: hub.list_number(),
            browser: confirmed.state,
            matched: confirmed.matched,
            at,
            at_source: link.clock.source,
            result,
        };
        let carried: Vec<_> =
            core::iter::once(own.signing.certificate()).chain(&own.issuers).cloned().collect();
        let draft = ObjectDraft::new(
            ObjectType::Statement,
            content.write()?,
            &own.signing,
            &carried,
            time(at),
        );
        let draft = draft.map_err(|_| Code::Internal)?;
        let work = Work::Statement(Box::new(Statement { draft, products }));
        Ok(Self { confirmed, by, work })
    }

    pub(super) fn to_sign(&self) -> Vec<ToSign> {
        match &self.work {
            Work::Messages(messages) => messages.iter().map(|m| m.to_sign().clone()).collect(),
            Work::Statement(statement) => alloc::vec![statement.draft.to_sign().clone()],
        }
    }
}

/// Hello and nothing else so far.
pub(super) fn begin(link: &Link) -> Result<Transcript, Refused> {
    let hello = link.hello.as_ref().ok_or(Code::StepOutOfOrder)?;
    Ok(Transcript::new(&link.binding, hello))
}

pub(super) fn time(seconds: u64) -> Time {
    Time::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))
}

impl Phone {
    /// Takes the values for what [`Next::Sign`] gave, in its order. With the statement's value the
    /// answer is made: from then on this request is answered, whether the answer arrives or not.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerSignature`] for a value of another key or to another question;
    /// [`Code::DeadlinePassed`]; [`Code::RequestReplayed`], [`Code::RateLimited`];
    /// [`Code::PlatformSuspended`] and what else the list may say by now;
    /// [`Code::RequestTooLarge`] over 2 MiB. Nothing was let out.
    pub fn signed(
        &mut self,
        values: &[Vec<u8>],
        context: &mut Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Next, Refused> {
        let Stage::Signing(signing) = &self.stage else {
            return Err(Code::StepOutOfOrder.into());
        };
        let link = self.link()?;
        let at = link.clock.at(context.now);
        within(signing.by, at)?;
        match &signing.work {
            Work::Messages(messages) => {
                if values.len() != messages.len() {
                    return Err(Code::StepOutOfOrder.into());
                }
                let confirmed = signing.confirmed.clone();
                let (own, suite) = (confirmed.own()?, confirmed.suite());
                let mut products = Vec::new();
                let mut items = Vec::new();
                for (message, value) in messages.iter().zip(values) {
                    let (product, item) = message.clone().finish(value, own, suite)?;
                    products.push(product);
                    items.push(item);
                }
                let result = SceneResult::MessageSignature(items);
                let transcript = begin(link)?;
                let done = (&transcript, result, products);
                let by = signing.by;
                let next = Signing::stating(confirmed, link, context.hub, by, at, done)?;
                let to_sign = next.to_sign();
                self.stage = Stage::Signing(Box::new(next));
                Ok(Next::Sign(to_sign))
            }
            Work::Statement(statement) => {
                let [value] = values else { return Err(Code::StepOutOfOrder.into()) };
                let statement = statement.as_ref().clone();
                let confirmed = signing.confirmed.clone();
                self.release(confirmed, statement, value, context, rng)
            }
        }
    }

    fn release(
        &mut self,
        confirmed: Confirmed,
        statement: Statement,
        value: &[u8],
        context: &mut Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Next, Refused> {
        let link = self.link()?;
        let at = link.clock.at(context.now);
        let asked = &confirmed.asked;
        asked.request.check_again(Known { hub: &self.hub, list: context.hub.list()?, now: at })?;
        let own = confirmed.own()?;
        let Statement { draft, products } = statement;
        let der = draft.finish(value).map_err(|_| Code::AnswerSignature)?;
        let secrets = confirmed.bids.secrets();
        let answer = Answer::new(der.clone(), confirmed.shown.octets(), products, secrets);
        let answer = Zeroizing::new(answer.write()?);
        let binding = &link.binding;
        let envelope = binding.seal(Step::Answer, &answer, &link.reply, link.display()?, rng)?;

        // Nothing below fails but for a request that was answered already.
        let request = asked.request();
        let memory = &mut *context.memory;
        memory.released.record(&binding.request, request.issued_at, context.now)?;
        let digest = binding.suite.digest().digest(&envelope);
        memory.history.record(&NewEntry {
            suite: binding.suite,
            hub: &self.hub,
            sid: binding.sid,
            request: &binding.request,
            answer: &digest,
            platform: (&request.platform.code, &asked.request.platform().name),
            origin: &request.origin,
            scene: request.scene(),
            at: at.min(yinxin_pki::json::MAX_NUMBER),
            statement: &der,
            shown: confirmed.shown.octets(),
        });
        if let Some(browser) = &request.browser {
            let class = TrustClass::of(request.scene());
            let asking = Asking { key: &browser.key.0, origin: &request.origin, class };
            if confirmed.trust_browser {
                let kind = if confirmed.kind.is_empty() { "?" } else { &confirmed.kind };
                memory.browsers.trust(asking, &own.signing, kind, context.now);
            } else if confirmed.state == BrowserState::Known {
                memory.browsers.touch(asking, &own.signing, context.now);
            }
        }
        let done = Done {
            sid: binding.sid,
            token: link.token.clone(),
            request: binding.request,
            answer: envelope.clone(),
        };
        self.stage = Stage::Released(Box::new(done));
        Ok(Next::Answer(envelope))
    }
}
