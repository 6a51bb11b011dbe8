//! The page (网页): one end of the encrypted channel. It draws frames, reads the phone's messages off
//! the hub, prepares files for sealing, and believes no answer before all of it was checked.
//!
//! Drive it so: [`PageKey::new`] before the platform is asked, [`Page::new`] with its [`Ticket`];
//! then give every event of the hub to [`Page::handle_event`], judge what waits to be judged
//! ([`Page::judge`]), and do what [`Page::poll_output`] says. Times named `steady` are milliseconds
//! of a clock that never jumps, from any beginning.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::{Curve, DecryptionKey};

use crate::channel::{Binding, DisplayKey, Step};
use crate::frame::QrSecret;
use crate::label::Suite;
use crate::statement::{Judgement, Verdict, VerifiedAnswer};
use crate::wire::http::{Action, Event};
use crate::wire::{Begin, Browser, Hello, Reject, Ticket};
use crate::{Code, Refused, Scene};

mod answer;
mod request;
mod sealing;
mod snapshot;

pub use answer::{Answered, Secrets};
pub use snapshot::Snapshot;

pub(crate) use request::OwnFile;
use request::OwnRequest;

/// Milliseconds for which a page waits for its hub before it goes to the platform's next one.
pub const SILENT: u64 = 5_000;

/// Seconds after which no session lives.
const WHOLE: u64 = 1_800;

/// Seconds after the end of the right to scan in which the hub may still say that one was in time.
const LATE: u64 = 10;

/// A page's reply key (应答密钥) before its session is open.
#[derive(Debug)]
pub struct PageKey {
    key: DecryptionKey,
    origin: String,
    nonce: Vec<u8>,
}

impl PageKey {
    /// Draws a reply key for a session of this suite.
    pub fn new(suite: Suite, origin: &str, nonce: Vec<u8>, rng: &mut impl CryptoRng) -> Self {
        Self { key: DecryptionKey::generate(suite.curve(), rng), origin: origin.into(), nonce }
    }

    /// What the browser's own key may sign, so that a phone knows it again.
    #[must_use]
    pub fn browser_bytes(&self) -> Vec<u8> {
        let suite = suite_of(self.key.as_private().curve());
        Browser::signed_bytes(suite, &self.origin, &self.nonce, &self.key.public().to_spki())
    }

    /// What the platform is asked with.
    #[must_use]
    pub fn begin(&self, browser: Option<Browser>) -> Begin {
        Begin::new(&self.origin[..], self.key.public().to_spki(), browser)
    }
}

const fn suite_of(curve: Curve) -> Suite {
    match curve {
        Curve::P256 => Suite::Nist,
        _ => Suite::Sm,
    }
}

/// A page's half of a session. It judges answers in this instance, or, as a `Page<Verdict>`, leaves
/// that to another one.
#[derive(Debug)]
pub struct Page<J = VerifiedAnswer> {
    key: DecryptionKey,
    ticket: Ticket,
    display: DisplayKey,
    request: OwnRequest,
    binding: Binding,
    phase: Phase<J>,
    /// The answer that waits to be judged.
    asked: Option<Box<answer::Asked>>,
    last: u64,
    clock: Clock,
    /// When the hub was last heard, by the steady clock; `None` once its silence was told.
    heard: Option<u64>,
    outputs: VecDeque<Output>,
    /// Prepared messages, while the offer they answer is not at hand, or no more.
    kept: Vec<sealing::Made>,
    /// The display key as it was handed over, to be sent again as it was.
    handed: Option<Vec<u8>>,
}

/// Where a session stands, as the page sees it.
#[derive(Debug)]
enum Phase<J> {
    /// Nobody has scanned.
    Waiting { frames: QrSecret },
    /// A phone has; its hello may not have come yet.
    Scanned { by_code: bool, hello: Option<Vec<u8>> },
    /// Files are being prepared.
    Offered(Box<sealing::Sealing>),
    /// The answer was judged; the platform is to say.
    Answered(Box<answer::Held<J>>),
    /// It is over.
    Final,
}

/// The hub's clock as it was when last heard.
#[derive(Clone, Copy, Debug)]
struct Clock {
    hub: u64,
    steady: u64,
}

impl Clock {
    fn now(self, steady: u64) -> u64 {
        self.hub.saturating_add(steady.saturating_sub(self.steady) / 1000)
    }
}

/// What the page's program is to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Have the answer judged that waits: [`Page::judge`], or elsewhere with [`Page::question`].
    Judge,
    /// Ask the hub for events after this number: one is missing.
    Refetch(u64),
    /// Post to the hub, with the page's token.
    Post {
        /// Which step.
        action: Action,
        /// Its body.
        body: Vec<u8>,
    },
    /// Post a prepared message to the hub, with the page's token.
    Prepared {
        /// Which.
        index: u32,
        /// Of how many.
        count: u32,
        /// Its body.
        body: Vec<u8>,
    },
    /// Tell the visitor.
    Show(Shown),
}

/// What the visitor is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Shown {
    /// The answer was judged, and is right. Give [`Page::answered`] to the platform, then say what it said.
    Answered,
    /// The person, or the phone for its own reasons, declined.
    Declined {
        /// A code's name, or `declined`.
        word: String,
    },
    /// It is over without an answer.
    Ended(Code),
    /// The hub has not been heard for five seconds, and nobody has scanned: begin again at the
    /// platform's next hub, or go on waiting.
    HubSilent,
    /// Seals were offered: prepare each file of [`Page::offer`].
    Offered,
    /// A phone scanned: show whose it is, masked, and the number.
    Scanned {
        /// The holder's name, masked.
        holder: String,
        /// 0 to 99, shown in two digits.
        number: u8,
    },
    /// Another short code holds from now on.
    ShortCode(String),
}

impl Page {
    /// Takes the platform's ticket. The request in it has to be the one that this page began: its
    /// reply key, origin and nonce.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`], by which the platform is at fault, and what else
    /// [`Request::read`](crate::wire::Request::read) refuses.
    pub fn new(key: PageKey, ticket: Ticket, steady: u64) -> Result<Self, Refused> {
        ticket.request()?;
        Self::begin(key, ticket, steady)
    }
}

impl Page<Verdict> {
    /// As [`Page::new`], for a page whose answers another instance of this program judges. That one
    /// also reads the request as a whole; here it has to be the one that this page began.
    ///
    /// # Errors
    ///
    /// [`Code::RequestMalformed`]; [`Code::VersionUnsupported`], [`Code::SuiteUnsupported`],
    /// [`Code::SceneNotAllowed`].
    pub fn judged_elsewhere(key: PageKey, ticket: Ticket, steady: u64) -> Result<Self, Refused> {
        Self::begin(key, ticket, steady)
    }
}

impl<J: Judgement> Page<J> {
    fn begin(key: PageKey, ticket: Ticket, steady: u64) -> Result<Self, Refused> {
        let request = OwnRequest::read(&ticket.request.0)?;
        let own = request.reply_key.0 == key.key.public().to_spki()
            && request.origin == key.origin
            && request.nonce.0 == key.nonce;
        if !own {
            return Err(Code::RequestMalformed.into());
        }
        Ok(Self::with(key.key, ticket, request, steady))
    }

    fn with(key: DecryptionKey, ticket: Ticket, request: OwnRequest, steady: u64) -> Self {
        let suite = request.suite;
        let digest = suite.digest().digest(&ticket.request.0);
        let binding = Binding { suite, sid: ticket.sid(), request: digest };
        Self {
            key,
            display: ticket.display_key(),
            phase: Phase::Waiting { frames: ticket.qr_secret() },
            asked: None,
            clock: Clock { hub: ticket.hub_now, steady },
            ticket,
            request,
            binding,
            last: 0,
            heard: Some(steady),
            outputs: VecDeque::new(),
            kept: Vec::new(),
            handed: None,
        }
    }

    /// What the session is for.
    #[must_use]
    pub const fn scene(&self) -> Scene {
        self.request.scene
    }

    /// The algorithms of its request.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.request.suite
    }

    /// The end of the right to scan; seconds since 1970, UTC.
    #[must_use]
    pub const fn expires_at(&self) -> u64 {
        self.request.expires_at
    }

    /// The ticket: where and with which token the hub is asked.
    #[must_use]
    pub const fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The number of the last event: events after it are to be fetched.
    #[must_use]
    pub const fn last_event(&self) -> u64 {
        self.last
    }

    /// The text of the code that is due; `None` once a phone has scanned or the code is over.
    ///
    /// # Errors
    ///
    /// [`Code::QrTooLong`] for a hub whose name does not fit.
    pub fn frame(&self, steady: u64) -> Result<Option<String>, Refused> {
        let Phase::Waiting { frames } = &self.phase else { return Ok(None) };
        let now = self.clock.now(steady);
        if now > self.request.expires_at {
            return Ok(None);
        }
        let age = u32::try_from(now.saturating_sub(self.ticket.created_at)).unwrap_or(u32::MAX);
        let (suite, hub) = (self.request.suite, &self.request.hub);
        frames.draw(suite, hub, self.binding.sid, age, &self.display).map(Some)
    }

    /// When [`handle_timeout`](Self::handle_timeout) and the next frame are due, by the steady
    /// clock: each second while a code is shown. `None` once an answer is there, or it is over.
    #[must_use]
    pub fn poll_timeout(&self, steady: u64) -> Option<u64> {
        match self.phase {
            Phase::Waiting { .. } => {
                let past = steady.saturating_sub(self.clock.steady) % 1000;
                Some(steady + (1000 - past))
            }
            Phase::Scanned { .. } | Phase::Offered(_) => {
                let left = self.ends().saturating_sub(self.clock.now(steady)) + 1;
                Some(steady.saturating_add(left.saturating_mul(1000)))
            }
            Phase::Answered(_) | Phase::Final => None,
        }
    }

    /// Time went by: tells a hub's silence once, and ends what is over, also when nobody says so.
    pub fn handle_timeout(&mut self, steady: u64) {
        if matches!(self.phase, Phase::Waiting { .. })
            && self.heard.is_some_and(|heard| steady.saturating_sub(heard) > SILENT)
        {
            self.heard = None;
            self.outputs.push_back(Output::Show(Shown::HubSilent));
        }
        if self.clock.now(steady) > self.ends() {
            self.end(Code::SessionExpired);
        }
    }

    /// The last second at which something may still come, by the hub's clock.
    const fn ends(&self) -> u64 {
        match self.phase {
            Phase::Waiting { .. } => self.request.expires_at.saturating_add(LATE),
            Phase::Scanned { .. } | Phase::Offered(_) => {
                self.request.issued_at.saturating_add(WHOLE)
            }
            Phase::Answered(_) | Phase::Final => u64::MAX,
        }
    }

    /// The hub was heard: an answer, an event, or a stream's sign of life. Its clock, where it said
    /// it, sets the page's: after a page slept, its own is behind.
    pub fn heard(&mut self, hub_now: Option<u64>, steady: u64) {
        self.heard = Some(steady);
        if let Some(hub) = hub_now {
            self.clock = Clock { hub, steady };
        }
    }

    /// What to do next; ask until there is nothing.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let asked = self.asked.as_mut().filter(|asked| !asked.is_told)?;
        asked.is_told = true;
        Some(Output::Judge)
    }

    /// Whether the session is over.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self.phase, Phase::Final)
    }

    /// Takes an event of the hub. Events that came before are passed over; where one is missing,
    /// nothing happens but that it is asked for. An answer counts as taken once it was judged.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`] for a message that is not the phone's, or not for this session;
    /// [`Code::StepOutOfOrder`]; [`Code::SessionFinal`] for an end without an answer. The session
    /// then stands as it stood before the event.
    pub fn handle_event(&mut self, event: &Event, rng: &mut impl CryptoRng) -> Result<(), Refused> {
        if event.n <= self.last || self.is_final() {
            return Ok(());
        }
        if event.n != self.last + 1 {
            match &mut self.asked {
                // What is missing may be the answer itself.
                Some(asked) => asked.has_passed = true,
                None => self.outputs.push_back(Output::Refetch(self.last)),
            }
            return Ok(());
        }
        self.asked = self.take(event, rng)?;
        if self.asked.is_none() {
            self.last = event.n;
        }
        Ok(())
    }

    /// Takes the next event: an answer is given back, to be judged first.
    fn take(
        &mut self,
        event: &Event,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<Box<answer::Asked>>, Refused> {
        let data = || event.data.as_ref().map(|data| &data.0[..]).ok_or(Code::ReplyUnreadable);
        let taken = match &event.step[..] {
            "scanned" => self.take_scan(event.by.as_deref() == Some("shortCode")),
            "hello" => self.take_hello(data()?, rng),
            "offered" => self.take_offer(data()?),
            // Without octets it came too late: the hub has dropped them, and says next how it ended.
            "answered" if event.data.is_none() => Ok(()),
            "answered" => return self.take_answer(event.n, data()?).map(Some),
            "rejected" => self.take_rejection(event),
            "shortCode" => {
                if let Some(code) = &event.short_code {
                    self.outputs.push_back(Output::Show(Shown::ShortCode(code.clone())));
                }
                Ok(())
            }
            "completed" => self.take_completion(),
            "cancelled" | "expired" | "failed" => {
                let code = event.code.as_deref().and_then(Code::from_name);
                self.end(code.unwrap_or(match &event.step[..] {
                    "cancelled" => Code::SessionCancelled,
                    "expired" => Code::SessionExpired,
                    _ => Code::Internal,
                }));
                Ok(())
            }
            // Steps of the page's own, and those that only newer hubs know.
            _ => Ok(()),
        };
        taken.map(|()| None)
    }

    fn take_scan(&mut self, by_code: bool) -> Result<(), Refused> {
        if !matches!(self.phase, Phase::Waiting { .. }) {
            return Err(Code::StepOutOfOrder.into());
        }
        self.phase = Phase::Scanned { by_code, hello: None };
        Ok(())
    }

    /// The first hello counts. The number is of its secret: a hub that put its own in its place has
    /// another number.
    fn take_hello(&mut self, envelope: &[u8], rng: &mut impl CryptoRng) -> Result<(), Refused> {
        let Phase::Scanned { by_code, hello: None } = self.phase else {
            return Err(Code::StepOutOfOrder.into());
        };
        let absent = DisplayKey::absent();
        let display = if by_code { &absent } else { &self.display };
        let text = self.binding.open(Step::Hello, envelope, &self.key, display)?;
        let hello = Hello::read(&text)?;
        let Binding { suite, sid, request } = &self.binding;
        let number = hello.secret.number(*suite, *sid, request);
        if by_code {
            let body = match &self.handed {
                Some(body) => body.clone(),
                None => hello.secret.hand_over(&self.binding, &self.display, rng)?,
            };
            self.handed = Some(body.clone());
            self.outputs.push_back(Output::Post { action: Action::Key, body });
        }
        self.phase = Phase::Scanned { by_code, hello: Some(envelope.to_vec()) };
        let holder = hello.holder;
        self.outputs.push_back(Output::Show(Shown::Scanned { holder, number }));
        Ok(())
    }

    fn take_offer(&mut self, envelope: &[u8]) -> Result<(), Refused> {
        let Phase::Scanned { hello: Some(hello), .. } = &self.phase else {
            return Err(Code::StepOutOfOrder.into());
        };
        let text = self.binding.open(Step::Offer, envelope, &self.key, &self.display)?;
        let mut sealing =
            sealing::Sealing::new(&self.binding, &self.request, hello, envelope, &text)?;
        sealing.take_up(&self.binding, &self.kept);
        // A page that ended between making and sending them sends them now; the hub takes the same
        // octets twice.
        let count = u32::try_from(sealing.count).unwrap_or(u32::MAX);
        for (made, index) in sealing.prepared.iter().zip(0_u32..) {
            let body = made.sealed.0.clone();
            self.outputs.push_back(Output::Prepared { index, count, body });
        }
        self.phase = Phase::Offered(Box::new(sealing));
        self.outputs.push_back(Output::Show(Shown::Offered));
        Ok(())
    }

    fn take_answer(&self, n: u64, envelope: &[u8]) -> Result<Box<answer::Asked>, Refused> {
        // Out of order before unreadable: nothing is opened that cannot be an answer.
        self.transcript().ok_or(Code::StepOutOfOrder)?;
        let text = self.binding.open(Step::Answer, envelope, &self.key, &self.display)?;
        self.ask(n, envelope, &text).map(Box::new)
    }

    fn take_rejection(&mut self, event: &Event) -> Result<(), Refused> {
        let word = match &event.data {
            Some(data) => {
                let text = self.binding.open(Step::Reject, &data.0, &self.key, &self.display)?;
                String::from(Reject::read(&text)?.word())
            }
            None => String::from("declined"),
        };
        self.outputs.push_back(Output::Show(Shown::Declined { word }));
        self.finish();
        Ok(())
    }

    /// A hub that says so without an answer does not make one.
    fn take_completion(&mut self) -> Result<(), Refused> {
        match &self.phase {
            Phase::Answered(_) => Ok(()),
            Phase::Waiting { .. } | Phase::Scanned { .. } | Phase::Offered(_) | Phase::Final => {
                self.end(Code::SessionFinal);
                Err(Code::SessionFinal.into())
            }
        }
    }

    fn end(&mut self, code: Code) {
        // What was answered stays answered, whatever becomes of the acknowledgement.
        if !matches!(self.phase, Phase::Answered(_)) {
            self.outputs.push_back(Output::Show(Shown::Ended(code)));
            self.finish();
        }
    }

    /// The visitor is not whose name is shown: the session ends, and a new one may begin.
    ///
    /// # Errors
    ///
    /// [`Code::StepOutOfOrder`] when nobody has scanned, or an answer is there.
    pub fn not_me(&mut self) -> Result<(), Refused> {
        match self.phase {
            Phase::Scanned { .. } | Phase::Offered(_) => {
                self.leave(Action::NotMe);
                Ok(())
            }
            Phase::Waiting { .. } | Phase::Answered(_) | Phase::Final => {
                Err(Code::StepOutOfOrder.into())
            }
        }
    }

    /// The visitor gives up.
    ///
    /// # Errors
    ///
    /// [`Code::StepOutOfOrder`] when an answer is there, or it is over.
    pub fn cancel(&mut self) -> Result<(), Refused> {
        match self.phase {
            Phase::Waiting { .. } | Phase::Scanned { .. } | Phase::Offered(_) => {
                self.leave(Action::Cancel);
                Ok(())
            }
            Phase::Answered(_) | Phase::Final => Err(Code::StepOutOfOrder.into()),
        }
    }

    fn leave(&mut self, action: Action) {
        self.outputs.push_back(Output::Post { action, body: Vec::new() });
        self.finish();
    }

    /// It is over: what waited to be judged is wiped.
    fn finish(&mut self) {
        self.phase = Phase::Final;
        self.asked = None;
    }
}
