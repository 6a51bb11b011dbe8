//! From the hub's answer to what the person sees.

use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::{Digest, Fact, PublicKey};

use super::asked::Asked;
use super::bids::{Bids, Clocks, Opened, ToOpen};
use super::browsers::{Asking, TrustClass};
use super::clock::Clock;
use super::history::hub_keys;
use super::holdings::MaskedHolder;
use super::view::{Matching, Sight, View, ViewWarning};
use super::{Context, Holdings, Link, Phone, PinnedHub, Scanned, Showing, Stage, within};
use crate::channel::{Binding, DisplayKey, Sid, Step};
use crate::check::{CheckedRequest, Known};
use crate::display::{Language, Shown};
use crate::wire::http::Bound;
use crate::wire::{BrowserState, Hello, HubTime, Payload};
use crate::{Code, Refused, Scene};

impl Phone {
    /// Takes the hub's answer to the scan. The hub's time over this phone's fresh nonce is used
    /// where the phone's own clock is over 300 s off; without one (empty) the own clock counts.
    ///
    /// # Errors
    ///
    /// [`Code::HubMismatch`]: an answer to another scan, or an old hub time; the phone's own clock
    /// counts on. [`Code::TrustListStale`] when the hub has a newer list (its `listNumber` is among
    /// the facts): fetch it, then call this again. [`Code::TrustListFork`] when the hub says that its
    /// newest list is older than the one held.
    pub fn bound(&mut self, bound: &Bound, hub: &PinnedHub, now: u64) -> Result<(), Refused> {
        let Stage::Framed = self.stage else { return Err(Code::StepOutOfOrder.into()) };
        let sid = bound.sid.0.as_slice().try_into().map(Sid).map_err(|_| Code::HubMismatch)?;
        let display = match &self.code {
            Scanned::Frame { frame, display } => {
                if frame.sid != sid {
                    return Err(Code::HubMismatch.into());
                }
                Some(display.clone())
            }
            Scanned::Restored | Scanned::Typed { .. } => None,
        };
        if hub.host() != self.hub || bound.header.hub != self.hub {
            return Err(Code::HubMismatch.into());
        }
        let list = hub.list()?;
        let clock_is_sure = !bound.hub_time.0.is_empty();
        let clock = if clock_is_sure {
            let keys = hub_keys(list);
            let time = HubTime::read(&bound.hub_time.0, &self.hub, &self.nonce, &keys)?;
            if time.list_number > list.number() {
                let number = Fact::number("listNumber", time.list_number);
                return Err(Refused::from(Code::TrustListStale).with(number));
            }
            if time.list_number < list.number() {
                return Err(Code::TrustListFork.into());
            }
            Clock::by_hub(time.at, now)
        } else {
            Clock::OWN
        };
        let header = &bound.header;
        let malformed = || Refused::from(Code::RequestMalformed);
        let reply = PublicKey::from_spki(&header.reply_key.0).map_err(|_| malformed())?;
        let request = Digest::from_bytes(header.suite.digest(), &header.request_digest.0);
        let request = request.map_err(|_| malformed())?;
        self.link = Some(Link {
            token: bound.phone_token.clone(),
            header: header.clone(),
            sealed: bound.sealed.0.clone(),
            reply,
            binding: Binding { suite: header.suite, sid, request },
            display,
            clock,
            clock_is_sure,
            scanned_at: clock.at(now),
            seen: bound.browser.clone(),
            hello: None,
        });
        self.stage = Stage::Fetched;
        Ok(())
    }

    /// The hello, enveloped to the page: after [`check`](Self::check), for a typed code before it.
    /// Always the same octets.
    ///
    /// # Errors
    ///
    /// [`Code::StepOutOfOrder`]; [`Code::SuiteUnsupported`] for a reply key of another suite.
    pub fn hello(&mut self, rng: &mut impl CryptoRng) -> Result<Vec<u8>, Refused> {
        let link = self.link.as_mut().ok_or(Code::StepOutOfOrder)?;
        if let Some(hello) = &link.hello {
            return Ok(hello.clone());
        }
        let absent = DisplayKey::absent();
        let (holder, display) = match (&self.stage, &self.code, &link.display) {
            (Stage::Fetched, Scanned::Typed { holder, .. }, _) => (holder.clone(), &absent),
            (Stage::Checked(asked, _), Scanned::Frame { .. }, Some(display)) => {
                (holder_of(asked), display)
            }
            (Stage::Shown(showing), Scanned::Frame { .. }, Some(display)) => {
                (holder_of(&showing.asked), display)
            }
            _ => return Err(Code::StepOutOfOrder.into()),
        };
        let hello = Hello { secret: self.secret.clone(), holder }.write()?;
        let sealed = link.binding.seal(Step::Hello, &hello, &link.reply, display, rng)?;
        link.hello = Some(sealed.clone());
        Ok(sealed)
    }

    /// Takes the display key that the page hands over after a typed code's hello.
    ///
    /// # Errors
    ///
    /// [`Code::HubMismatch`]: it is not from the page to whose reply key the hello went.
    pub fn display_key(&mut self, sealed: &[u8]) -> Result<(), Refused> {
        let typed = self.is_typed() && matches!(self.stage, Stage::Fetched);
        let link = self.link.as_mut().filter(|link| typed && link.hello.is_some());
        let link = link.ok_or(Code::StepOutOfOrder)?;
        link.display = Some(self.secret.take_over(&link.binding, sealed)?);
        Ok(())
    }

    /// Opens the request and checks it in the one order, the phone's own holdings last. Gives the
    /// content keys to be unwrapped before anything is shown: none but in `decrypt`.
    ///
    /// # Errors
    ///
    /// As [`CheckedRequest::new`]; [`Code::ClockSkew`] for a time that only a wrong clock of the
    /// phone's explains, when there was no hub time; [`Code::RequestReplayed`];
    /// [`Code::NoMatchingCertificate`], [`Code::CertificateStatus`], [`Code::SealStatus`],
    /// [`Code::GrantDenied`]; [`Code::SectionMismatch`], [`Code::SegmentLocked`],
    /// [`Code::RecipientNotMine`]; [`Code::DeadlinePassed`].
    pub fn check(
        &mut self,
        holdings: &Holdings,
        language: Language,
        context: &Context<'_>,
    ) -> Result<Vec<ToOpen>, Refused> {
        let Stage::Fetched = self.stage else { return Err(Code::StepOutOfOrder.into()) };
        let link = self.link()?;
        let at = link.clock.at(context.now);
        let (suite, digest) = (link.binding.suite, &link.binding.request);
        let der = link.display()?.open_request(suite, digest, &link.sealed)?;
        let known = Known { hub: &self.hub, list: context.hub.list()?, now: at };
        let request = CheckedRequest::new(&der, &link.header, known);
        let request = request.map_err(|refused| match refused.code {
            Code::RequestTime | Code::SessionExpired if !link.clock_is_sure => {
                Code::ClockSkew.into()
            }
            _ => refused,
        })?;
        within(link.confirm_by(), at)?;
        context.memory.released.check(request.digest(), context.now)?;
        let chosen = holdings.choose(request.request(), self.is_typed(), at)?;
        let bids = match &request.request().payload {
            Payload::Decrypt(files) => {
                let clocks = Clocks { session: at, phone: context.now };
                Bids::new(request.request(), files, &holdings.keys, clocks)?
            }
            Payload::Encrypt { .. }
            | Payload::Login
            | Payload::MessageSignature(_)
            | Payload::RevokeSignature { .. }
            | Payload::Signature(_) => Bids::default(),
        };
        let shown = Shown::new(&request, language)?;
        let to_open = bids.to_open().to_vec();
        let asked = Arc::new(Asked::new(request, shown, chosen, holdings));
        self.stage = Stage::Checked(asked, bids);
        Ok(to_open)
    }

    /// Takes what the keys unwrapped, in the order in which [`check`](Self::check) gave it, and
    /// gives what the person is to see.
    ///
    /// # Errors
    ///
    /// [`Code::ContentKeyInvalid`], [`Code::CommitmentMismatch`], [`Code::RecipientNotMine`];
    /// [`Code::BrowserRefused`] for an unknown browser after three wrong numbers in an hour.
    pub fn show(&mut self, opened: &[Opened], context: &Context<'_>) -> Result<View, Refused> {
        let Stage::Checked(asked, bids) = &self.stage else {
            return Err(Code::StepOutOfOrder.into());
        };
        let link = self.link()?;
        let mut bids = bids.clone();
        bids.take(opened)?;
        let state = browser_state(asked, self.is_typed(), context);
        let binding = &link.binding;
        let matching = match (state, asked.request().scene()) {
            (BrowserState::Known, _) => Matching::None,
            (BrowserState::None | BrowserState::Unknown, Scene::Login) if !self.is_typed() => {
                let choices = self.secret.choices(binding.suite, binding.sid, &binding.request);
                Matching::Pick(choices)
            }
            (BrowserState::None | BrowserState::Unknown, _) => Matching::Type,
        };
        if matching != Matching::None {
            context.memory.matches.check(context.now)?;
        }
        let mut warnings: Vec<_> = bids
            .shut()
            .map(|(id, code)| ViewWarning::BidShut { id: id.to_string(), code })
            .collect();
        warnings.extend(bids.unnamed().map(|id| ViewWarning::BidUnnamed { id: id.to_string() }));
        warnings.extend(
            asked.ending().map(|certificate| ViewWarning::EndsBeforeOpening { certificate }),
        );
        warnings.extend(link.clock.phone_is_fast_by().map(ViewWarning::ClockOff));
        let view = View::new(Sight {
            request: &asked.request,
            shown: &asked.shown,
            chosen: &asked.chosen,
            state,
            seen: link.seen.as_ref(),
            matching,
            // Only a login in a browser that is trusted goes without.
            pin: matching != Matching::None || asked.request().scene() != Scene::Login,
            warnings,
            files: asked.files(),
        });
        let asked = Arc::clone(asked);
        let showing = Showing { asked, bids, view: view.clone(), matched: false };
        self.stage = Stage::Shown(alloc::boxed::Box::new(showing));
        Ok(view)
    }
}

/// A browser is known where the person trusts it with every certificate that may answer.
fn browser_state(asked: &Asked, typed: bool, context: &Context<'_>) -> BrowserState {
    let request = asked.request();
    let Some(browser) = &request.browser else { return BrowserState::None };
    let class = TrustClass::of(request.scene());
    let asking = Asking { key: &browser.key.0, origin: &request.origin, class };
    let browsers = &context.memory.browsers;
    let known = asked.certificates().all(|own| browsers.knows(asking, &own.signing, context.now));
    if known && !typed { BrowserState::Known } else { BrowserState::Unknown }
}

fn holder_of(asked: &Asked) -> alloc::string::String {
    let first = asked.certificates().next();
    first.map_or_else(|| "**".into(), |own| MaskedHolder(&own.signing.holder()).to_string())
}
