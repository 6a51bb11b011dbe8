//! The person's part: the number, the confirmation, the refusal.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::pin::PinPassed;
use super::release::{Confirmed, Signing};
use super::sealing::Offered;
use super::view::Matching;
use super::{Context, Next, Phone, Showing, Stage, within};
use crate::channel::Step;
use crate::check::Known;
use crate::wire::{BrowserState, Reject};
use crate::{Code, Refused};

/// The person's word (确认): the only thing that lets anything out.
#[derive(Debug)]
pub struct Confirm {
    /// The view that the person saw: [`View::digest`](super::View::digest).
    pub view: [u8; 32],
    /// By which certificate: one of [`Needs::certificates`](super::Needs).
    pub certificate: usize,
    /// With which seal each file is sealed: of [`Needs::seals`](super::Needs), as many as
    /// [`Needs::files`](super::Needs).
    pub seals: Vec<usize>,
    /// Whether to trust this browser from now on, for this certificate, origin and class.
    pub trust_browser: bool,
    /// The PIN, where it is needed.
    pub pin: Option<PinPassed>,
}

impl Phone {
    /// Takes the number that the person picked or typed.
    ///
    /// # Errors
    ///
    /// [`Code::MatchWrong`]: that was final; store [`Memory`](super::Memory) and send
    /// [`reject`](Self::reject).
    pub fn match_number(&mut self, number: u8, context: &mut Context<'_>) -> Result<(), Refused> {
        let link = self.link.as_ref().ok_or(Code::StepOutOfOrder)?;
        let Stage::Shown(showing) = &mut self.stage else {
            return Err(Code::StepOutOfOrder.into());
        };
        if showing.view.needs.matching == Matching::None || link.hello.is_none() {
            return Err(Code::StepOutOfOrder.into());
        }
        within(link.confirm_by(), link.clock.at(context.now))?;
        let binding = &link.binding;
        let right = self.secret.number(binding.suite, binding.sid, &binding.request);
        if number == right {
            showing.matched = true;
            return Ok(());
        }
        context.memory.matches.record(context.now);
        self.stage = Stage::Ended(Code::MatchWrong, None);
        Err(Code::MatchWrong.into())
    }

    /// Takes the person's confirmation. Everything that can be held against it is, the newest trust
    /// list among it.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`] for a view that is not the one shown; [`Code::StepOutOfOrder`]
    /// where number, PIN or hello are still missing, or a browser is to be trusted that cannot be;
    /// [`Code::NoMatchingCertificate`], [`Code::SealStatus`] for others than were offered;
    /// [`Code::DeadlinePassed`]; [`Code::RequestReplayed`]; [`Code::PlatformSuspended`] and what
    /// else the list may say by now.
    pub fn confirm(
        &mut self,
        confirm: Confirm,
        context: &Context<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<Next, Refused> {
        let Stage::Shown(showing) = &self.stage else { return Err(Code::StepOutOfOrder.into()) };
        let link = self.link()?;
        let at = link.clock.at(context.now);
        within(link.confirm_by(), at)?;
        if confirm.view != showing.view.digest() {
            return Err(Code::RequestMalformed.into());
        }
        let needs = &showing.view.needs;
        let matched = showing.matched;
        let missing = (needs.matching != Matching::None && !matched)
            || (needs.pin && confirm.pin.is_none())
            || link.hello.is_none();
        let state = showing.view.browser.state;
        let may_trust =
            matched && confirm.pin.is_some() && state == BrowserState::Unknown && !self.is_typed();
        if missing || (confirm.trust_browser && !may_trust && state != BrowserState::Known) {
            return Err(Code::StepOutOfOrder.into());
        }
        self.recheck(showing, context)?;
        let asked = &showing.asked;
        let own = asked.certificate(confirm.certificate)?;
        if confirm.seals.len() != needs.files {
            return Err(Code::SealStatus.into());
        }
        for index in &confirm.seals {
            if !asked.seal(*index)?.lists(&own.signing) {
                return Err(Code::SealStatus.into());
            }
        }
        let mut seals = confirm.seals.clone();
        seals.sort_unstable();
        seals.dedup();
        let seals: Result<Vec<_>, _> = seals.iter().map(|index| asked.seal(*index)).collect();
        let named = seals?.into_iter().map(|seal| (&seal.name[..], &seal.id[..]));
        let confirmed = Confirmed {
            asked: Arc::clone(asked),
            shown: asked.shown.with_seals(asked.request().suite, named)?,
            bids: showing.bids.clone(),
            certificate: confirm.certificate,
            trust_browser: confirm.trust_browser && may_trust,
            matched,
            state,
            kind: showing.view.browser.kind.clone(),
        };
        if asked.request().scene().has_offer() {
            let (offered, envelope) = Offered::new(confirmed, &confirm.seals, link, at, rng)?;
            self.stage = Stage::Offered(Box::new(offered));
            return Ok(Next::Offer(envelope));
        }
        let signing = Signing::new(confirmed, link, context.hub, at)?;
        let to_sign = signing.to_sign();
        self.stage = Stage::Signing(Box::new(signing));
        Ok(Next::Sign(to_sign))
    }

    fn recheck(&self, showing: &Showing, context: &Context<'_>) -> Result<(), Refused> {
        let now = self.link()?.clock.at(context.now);
        let request = &showing.asked.request;
        request.check_again(Known { hub: &self.hub, list: context.hub.list()?, now })?;
        context.memory.released.check(request.digest(), context.now)
    }

    /// Refuses, for the person or for a reason of the phone's: the envelope to send, always the same
    /// octets. Of the person's five reasons the page learns one word. `None` where the display key
    /// is not there yet: the hub is told without an envelope.
    ///
    /// # Errors
    ///
    /// [`Code::StepOutOfOrder`] before the scan, and after the answer.
    pub fn reject(
        &mut self,
        code: Code,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<Vec<u8>>, Refused> {
        let code = match &self.stage {
            Stage::Ended(_, Some(envelope)) => return Ok(Some(envelope.clone())),
            Stage::Ended(code, None) => *code,
            Stage::Framed | Stage::Released(_) => return Err(Code::StepOutOfOrder.into()),
            Stage::Checked(..)
            | Stage::Fetched
            | Stage::Offered(_)
            | Stage::Shown(_)
            | Stage::Signing(_) => code,
        };
        let link = self.link()?;
        let envelope = match &link.display {
            Some(display) => {
                let reject = Reject::new(code).write()?;
                Some(link.binding.seal(Step::Reject, &reject, &link.reply, display, rng)?)
            }
            None => None,
        };
        self.stage = Stage::Ended(code, envelope.clone());
        Ok(envelope)
    }
}
