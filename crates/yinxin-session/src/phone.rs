//! The phone's side of one scan (手机端): it shows what is asked, the person confirms, and nothing
//! else lets anything out.
//!
//! ```text
//! scan ─▶ framed ─bound─▶ fetched ─check─▶ checked ─show─▶ shown ─(match_number)─▶ confirm
//!           │                 └─ typed code: hello, display_key ─┘                    │
//!           │                                                            ┌────────────┤
//!           │                                       offer ─▶ prepared, sealed ×n      │
//!           │                                                            └─▶ signed ◀─┘
//!           └─▶ reject, at any step before                                     │
//!                                                       released ─▶ receipts (Memory::history)
//! ```
//!
//! Sans-IO: the caller brings the time (its own clock, seconds since 1970, UTC) and randomness,
//! sends what it is given, keeps [`Memory`] between sessions, tries the PIN and holds the keys. A
//! step that is refused leaves the machine as it was, but for a wrong number, which ends it.
//!
//! ```
//! use yinxin_session::display::Language;
//! use yinxin_session::phone::{Confirm, Context, Holdings, Next, Phone, PinPassed};
//! use yinxin_session::wire::http;
//! use yinxin_session::Refused;
//! # use yinxin_pki::SigningKey;
//! # use rand_core::CryptoRng;
//!
//! fn log_in(
//!     text: &str,                                          // out of the camera
//!     holdings: &Holdings,
//!     context: &mut Context<'_>,
//!     post: impl Fn(&str, &http::Scan) -> http::Bound,     // to the hub, and back
//!     ask: impl Fn(&yinxin_session::phone::View) -> Option<(u8, PinPassed)>,
//!     key: &SigningKey,
//!     rng: &mut impl CryptoRng,
//! ) -> Result<Vec<u8>, Refused> {
//!     let mut phone = Phone::scan(text, &[context.hub.host()], rng)?;
//!     let bound = post(phone.hub(), &phone.to_scan(context.hub));
//!     phone.bound(&bound, context.hub, context.now)?;
//!     phone.check(holdings, Language::Chinese, context)?;  // nothing to unwrap in a login
//!     let view = phone.show(&[], context)?;
//!     let hello = phone.hello(rng)?;                       // to the page, by the hub
//!     # drop(hello);
//!     let Some((number, pin)) = ask(&view) else {
//!         return Ok(phone.reject(yinxin_session::Code::PersonRejected, rng)?.unwrap_or_default());
//!     };
//!     phone.match_number(number, context)?;
//!     let mut next = phone.confirm(
//!         Confirm {
//!             view: view.digest(),
//!             certificate: view.needs.certificates[0],
//!             seals: vec![],
//!             trust_browser: false,
//!             pin: Some(pin),
//!         },
//!         context,
//!         rng,
//!     )?;
//!     while let Next::Sign(to_sign) = &next {
//!         let values: Vec<_> = to_sign.iter().filter_map(|one| key.sign(one, rng).ok()).collect();
//!         next = phone.signed(&values, context, rng)?;
//!     }
//!     match next {
//!         Next::Answer(envelope) => Ok(envelope),          // store the memory, then send it
//!         _ => unreachable!("a login has neither files nor seals"),
//!     }
//! }
//! ```
//!
//! The machine signs nothing: it hands out [`ToSign`] and takes values, so that keys may lie in a
//! phone's key store, in a token, or in memory. Seal signatures are built by the caller, who reads
//! seals; the machine says from what.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::{Digest, PublicKey, ToSign};

use crate::channel::{Binding, DisplayKey, Sid};
use crate::frame::{self, SentFrame};
use crate::matching::MatchSecret;
use crate::wire::http::{self, SeenBrowser};
use crate::wire::{Binary, RoutingHeader, ShortCode, Token};
use crate::{Code, Refused};

mod asked;
mod bids;
mod browsers;
mod clock;
mod confirm;
mod fetch;
mod history;
mod holdings;
mod hub;
mod matches;
mod memory;
mod messages;
mod pin;
mod release;
mod released;
mod sealing;
mod snapshot;
mod view;

pub use bids::{Opened, ToOpen};
pub use browsers::{Asking, KnownBrowser, KnownBrowsers, TrustClass};
pub use confirm::Confirm;
pub use history::{History, HistoryEntry, Progress};
pub use holdings::{Grant, Holdings, OwnCertificate, OwnSeal, Right, Standing};
pub use hub::{PinnedHub, StoredHub};
pub use matches::WrongMatches;
pub use memory::Memory;
pub use pin::{PinAttempt, PinCounter, PinPassed};
pub use released::Released;
pub use sealing::{FileStep, SealTask, ToSeal};
pub use snapshot::Snapshot;
pub use view::{BrowserView, Matching, Needs, View, ViewWarning};

use asked::Asked;
use clock::Clock;
use release::Signing;
use sealing::Offered;
use snapshot::Done;

/// What the machine is given at a step, besides the step's own.
#[derive(Debug)]
pub struct Context<'a> {
    /// The hub, with the newest list of it.
    pub hub: &'a PinnedHub,
    /// What the phone remembers; where a step changed it, store it before anything is sent.
    pub memory: &'a mut Memory,
    /// The phone's own clock; seconds since 1970, UTC.
    pub now: u64,
}

/// What the caller does next.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Next {
    /// Store [`Memory`] and [`Phone::snapshot`], then send this envelope: the answer.
    Answer(Vec<u8>),
    /// Send this envelope: the offer. Prepared messages follow.
    Offer(Vec<u8>),
    /// No file could be sealed: [`Phone::reject`] with this code.
    Reject(Code),
    /// Sign all of these with the confirmed certificate's key and bring the values to
    /// [`Phone::signed`], in this order. In scenes without an offer tell the hub before that the
    /// person confirmed.
    Sign(Vec<ToSign>),
    /// Wait for the next prepared message, or seal the file that waits.
    Wait,
}

/// One scan on a phone.
#[derive(Debug)]
pub struct Phone {
    hub: String,
    code: Scanned,
    nonce: [u8; 32],
    secret: MatchSecret,
    link: Option<Link>,
    stage: Stage,
}

/// How the session's code came to the phone.
#[derive(Debug)]
enum Scanned {
    Frame {
        frame: SentFrame,
        display: DisplayKey,
    },
    /// Out of the caller's storage, after the answer.
    Restored,
    Typed {
        code: ShortCode,
        holder: String,
    },
}

/// What came of the scan: the session at the hub.
#[derive(Debug)]
struct Link {
    token: Token,
    header: RoutingHeader,
    sealed: Vec<u8>,
    reply: PublicKey,
    binding: Binding,
    display: Option<DisplayKey>,
    clock: Clock,
    /// Whether the hub said what time it is.
    clock_is_sure: bool,
    scanned_at: u64,
    seen: Option<SeenBrowser>,
    hello: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Stage {
    Checked(Arc<Asked>, bids::Bids),
    Ended(Code, Option<Vec<u8>>),
    Fetched,
    Framed,
    Offered(Box<Offered>),
    Released(Box<Done>),
    Shown(Box<Showing>),
    Signing(Box<Signing>),
}

/// The person is looking at it.
#[derive(Clone, Debug)]
struct Showing {
    asked: Arc<Asked>,
    bids: bids::Bids,
    view: View,
    matched: bool,
}

/// Seconds from the scan in which the person may confirm.
const CONFIRM: u64 = 300;
/// Seconds from the offer in which the page may prepare.
const PREPARE: u64 = 600;
/// Seconds in which the answer has to be ready after that.
const ANSWER: u64 = 120;
/// Seconds after the request was issued past which nothing is answered.
const WHOLE: u64 = 1800;

impl Phone {
    /// Reads a scanned text; `pinned` are the hubs' names. Nothing has gone over the network when it
    /// is refused.
    ///
    /// # Errors
    ///
    /// As [`frame::scan`]; a foreign code's `kind` is among the facts.
    pub fn scan(text: &str, pinned: &[&str], rng: &mut impl CryptoRng) -> Result<Self, Refused> {
        let frame::Scanned { hub, frame, display } = frame::scan(text, pinned)?;
        Ok(Self::new(hub, Scanned::Frame { frame, display }, rng))
    }

    /// Begins with a code that the person typed, at a hub that is pinned. The page is told whose
    /// phone it is before the phone has seen the request, so the first certificate's holder it is.
    ///
    /// # Errors
    ///
    /// [`Code::NoMatchingCertificate`] on a phone without certificates.
    pub fn typed(
        code: ShortCode,
        hub: &PinnedHub,
        holdings: &Holdings,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Refused> {
        let first = holdings.certificates.first().ok_or(Code::NoMatchingCertificate)?;
        let holder = holdings::MaskedHolder(&first.signing.holder()).to_string();
        Ok(Self::new(hub.host().into(), Scanned::Typed { code, holder }, rng))
    }

    fn new(hub: String, code: Scanned, rng: &mut impl CryptoRng) -> Self {
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        let secret = MatchSecret::random(rng);
        Self { hub, code, nonce, secret, link: None, stage: Stage::Framed }
    }

    /// What goes to the hub: never the display key.
    #[must_use]
    pub fn to_scan(&self, hub: &PinnedHub) -> http::Scan {
        let (frame, short_code) = match &self.code {
            Scanned::Frame { frame, .. } => (Some(Binary(frame.to_bytes())), None),
            Scanned::Restored => (None, None),
            Scanned::Typed { code, .. } => (None, Some(code.as_text())),
        };
        let phone_nonce = Binary(self.nonce.to_vec());
        http::Scan { frame, short_code, phone_nonce, list_number: hub.list_number() }
    }

    /// The hub it talks to, as it is pinned.
    #[must_use]
    pub fn hub(&self) -> &str {
        &self.hub
    }

    /// The session's number, once the hub has bound it to this phone.
    #[must_use]
    pub fn sid(&self) -> Option<Sid> {
        match (&self.stage, &self.link) {
            (Stage::Released(done), _) => Some(done.sid),
            (_, link) => link.as_ref().map(|link| link.binding.sid),
        }
    }

    /// The phone's token at the hub.
    #[must_use]
    pub const fn token(&self) -> Option<&Token> {
        match (&self.stage, &self.link) {
            (Stage::Released(done), _) => Some(&done.token),
            (_, Some(link)) => Some(&link.token),
            (_, None) => None,
        }
    }

    /// H of the request's octets: the key of its entry in [`Memory::history`](Memory).
    #[must_use]
    pub fn request_digest(&self) -> Option<Digest> {
        match (&self.stage, &self.link) {
            (Stage::Released(done), _) => Some(done.request),
            (_, link) => link.as_ref().map(|link| link.binding.request),
        }
    }

    /// What the person is looking at.
    #[must_use]
    pub const fn view(&self) -> Option<&View> {
        match &self.stage {
            Stage::Shown(showing) => Some(&showing.view),
            Stage::Checked(..)
            | Stage::Ended(..)
            | Stage::Fetched
            | Stage::Framed
            | Stage::Offered(_)
            | Stage::Released(_)
            | Stage::Signing(_) => None,
        }
    }

    /// Why it ended, if it ended without an answer.
    #[must_use]
    pub const fn ended(&self) -> Option<Code> {
        match &self.stage {
            Stage::Ended(code, _) => Some(*code),
            Stage::Checked(..)
            | Stage::Fetched
            | Stage::Framed
            | Stage::Offered(_)
            | Stage::Released(_)
            | Stage::Shown(_)
            | Stage::Signing(_) => None,
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due, by the phone's own clock; `None` when
    /// nothing is waited for.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<u64> {
        let link = self.link.as_ref()?;
        let by = match &self.stage {
            Stage::Checked(..) | Stage::Fetched | Stage::Shown(_) => link.confirm_by(),
            Stage::Offered(offered) => offered.by,
            Stage::Signing(signing) => signing.by,
            Stage::Ended(..) | Stage::Framed | Stage::Released(_) => return None,
        };
        Some(link.clock.own(by).saturating_add(1))
    }

    /// Ends what took too long. The phone lets nothing out after its limits, whether or not this is
    /// called.
    pub fn handle_timeout(&mut self, now: u64) {
        if self.poll_timeout().is_some_and(|due| now >= due) {
            self.stage = Stage::Ended(Code::DeadlinePassed, None);
        }
    }

    fn link(&self) -> Result<&Link, Refused> {
        self.link.as_ref().ok_or_else(|| Code::StepOutOfOrder.into())
    }

    const fn is_typed(&self) -> bool {
        matches!(self.code, Scanned::Typed { .. })
    }
}

impl Link {
    /// No limit reaches past half an hour after the request was issued.
    fn limit(&self, by: u64) -> u64 {
        by.min(self.header.issued_at.saturating_add(WHOLE))
    }

    fn confirm_by(&self) -> u64 {
        self.limit(self.scanned_at.saturating_add(CONFIRM))
    }

    fn display(&self) -> Result<&DisplayKey, Refused> {
        self.display.as_ref().ok_or_else(|| Code::StepOutOfOrder.into())
    }
}

/// Refuses what comes after `by`, a time of the session.
fn within(by: u64, at: u64) -> Result<(), Refused> {
    if at <= by { Ok(()) } else { Err(Code::DeadlinePassed.into()) }
}
