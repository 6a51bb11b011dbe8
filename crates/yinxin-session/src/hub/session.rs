//! One session as the hub keeps it, and what each step makes of it: pure functions.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::Fact;

use super::log::{Entry, Role, What};
use super::state::{State, Step};
use super::store::Slot;
use crate::channel::Sid;
use crate::frame::QrSecret;
use crate::label::Suite;
use crate::wire::http::{Action, PREPARED_LIMIT, SeenBrowser};
use crate::wire::{HubReceiptKind, RoutingHeader, ShortCode, Token, TokenDigest};
use crate::{Code, Refused, Scene};

/// Seconds after issue past which nobody acts.
pub const CAP: u64 = 1800;

/// Seconds after issue for which a request is remembered: the cap, and clocks that differ.
pub const REMEMBERED: u64 = CAP + 300;

/// Seconds from the scan to the confirmation.
const CONFIRM: u64 = 300;

/// Seconds from the offer to the last prepared message.
const PREPARE: u64 = 600;

/// Seconds from the confirmation, or the last prepared message, to the answer.
const ANSWER: u64 = 120;

/// Seconds after `answerBy` for which an answer waits for the page.
const ACKNOWLEDGE: u64 = 3600;

/// Seconds for which an opening may be sent again.
pub(crate) const AGAIN: u64 = 60;

/// Seconds for which proofs are kept after an answer: a phone that was off fetches them next day.
const KEPT: u64 = 86_400;

/// Files in one offer.
const FILES: u32 = 50;

/// A scan session (扫码会话) as the hub keeps it: at most 4 KiB without its messages.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    #[serde(with = "sid_text")]
    sid: Sid,
    revision: u64,
    header: RoutingHeader,
    #[serde(skip)]
    request_digest: [u8; 32],
    /// Key id of the certificate that opened it.
    credential: String,
    created_at: u64,
    /// Until when the next step has to come; in a final state, until when it is kept.
    deadline: u64,
    /// What the page draws with; nothing else than frames is known by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_secret: Option<Token>,
    page: TokenDigest,
    platform: TokenDigest,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<TokenDigest>,
    /// The account of the phone that scanned.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<TokenDigest>,
    /// Tokens in clear, for an opening that is sent again: page and platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<(Token, Token)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_code: Option<LivingCode>,
    /// Prepared messages: how many there will be, and a bit for each that came.
    #[serde(skip_serializing_if = "Option::is_none")]
    prepared: Option<(u32, u64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_digest: Option<[u8; 32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser: Option<SeenBrowser>,
    log: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct LivingCode {
    #[serde(with = "code_text")]
    code: ShortCode,
    until: u64,
}

/// What a new session is made of.
pub(crate) struct Birth {
    pub(crate) sid: Sid,
    pub(crate) header: RoutingHeader,
    pub(crate) request_digest: [u8; 32],
    pub(crate) credential: String,
    pub(crate) qr_secret: Token,
    pub(crate) page: Token,
    pub(crate) platform: Token,
    pub(crate) short_code: ShortCode,
}

/// A step with what it brings (步骤).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Input {
    /// Page or platform acknowledge the answer by its digest.
    Ack(Vec<u8>),
    /// The answer's envelope.
    Answer(Vec<u8>),
    /// Page or platform give up.
    Cancel,
    /// The person confirmed.
    Confirm,
    /// Somebody cannot go on.
    Fail(Code),
    /// The hello's envelope.
    Hello(Vec<u8>),
    /// The sealed display key, for a phone that typed a code.
    Key(Vec<u8>),
    /// The page refuses this phone.
    NotMe,
    /// The offer's envelope.
    Offer(Vec<u8>),
    /// A prepared message.
    Prepared {
        /// Which, from 0.
        index: u32,
        /// Of how many.
        count: u32,
        /// Its octets.
        octets: Vec<u8>,
    },
    /// The platform's receipt.
    Receipt(Vec<u8>),
    /// The rejection's envelope; empty where the phone had no key to seal it.
    Reject(Vec<u8>),
}

impl Input {
    /// Where its message is kept.
    pub(crate) fn slot(&self) -> Option<Slot> {
        match self {
            Self::Ack(_) | Self::Cancel | Self::Confirm | Self::Fail(_) | Self::NotMe => None,
            Self::Answer(_) => Some(Slot::Answer),
            Self::Hello(_) => Some(Slot::Hello),
            Self::Key(_) => Some(Slot::Key),
            Self::Offer(_) => Some(Slot::Offer),
            Self::Prepared { index, .. } => u8::try_from(*index).ok().map(Slot::Prepared),
            Self::Receipt(_) => Some(Slot::Receipt),
            Self::Reject(_) => Some(Slot::Reject),
        }
    }

    /// How many octets its message may have, and has.
    pub(crate) fn size(&self) -> (usize, usize) {
        let limit = match self {
            Self::Answer(_) => Action::Answer.limit(),
            Self::Hello(_) => Action::Hello.limit(),
            Self::Key(_) => Action::Key.limit(),
            Self::Offer(_) => Action::Offer.limit(),
            Self::Prepared { .. } => PREPARED_LIMIT,
            Self::Receipt(_) => Action::Receipt.limit(),
            Self::Reject(_) => Action::Reject.limit(),
            Self::Ack(_) | Self::Cancel | Self::Confirm | Self::Fail(_) | Self::NotMe => 0,
        };
        (limit, self.octets().map_or(0, <[u8]>::len))
    }

    fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Ack(_) | Self::Cancel | Self::Confirm | Self::Fail(_) | Self::NotMe => None,
            Self::Answer(octets)
            | Self::Hello(octets)
            | Self::Key(octets)
            | Self::Offer(octets)
            | Self::Prepared { octets, .. }
            | Self::Receipt(octets)
            | Self::Reject(octets) => Some(octets),
        }
    }

    /// Whether `role` may take the step at all.
    const fn is_open_to(&self, role: Role) -> bool {
        match self {
            Self::Ack(_) | Self::Cancel => matches!(role, Role::Page | Role::Platform),
            Self::Answer(_) | Self::Confirm | Self::Hello(_) | Self::Offer(_) | Self::Reject(_) => {
                matches!(role, Role::Phone)
            }
            Self::Fail(_) => true,
            Self::Key(_) | Self::NotMe | Self::Prepared { .. } => matches!(role, Role::Page),
            Self::Receipt(_) => matches!(role, Role::Platform),
        }
    }
}

/// What a step makes of a session.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It had been taken before, octet by octet.
    Before,
    /// The session afterwards, with the message to keep, and the receipt that is due.
    New { session: Box<Session>, put: Vec<(Slot, Vec<u8>)>, receipt: Option<HubReceiptKind> },
}

impl Session {
    pub(crate) fn new(birth: Birth, now: u64) -> Self {
        let deadline = birth.header.expires_at;
        let mut session = Self {
            sid: birth.sid,
            revision: 0,
            header: birth.header,
            request_digest: birth.request_digest,
            credential: birth.credential,
            created_at: now,
            deadline,
            qr_secret: Some(birth.qr_secret),
            page: birth.page.digest(),
            platform: birth.platform.digest(),
            phone: None,
            account: None,
            opened: Some((birth.page, birth.platform)),
            short_code: Some(LivingCode { code: birth.short_code, until: now + ShortCode::LIFE }),
            prepared: None,
            answer_digest: None,
            browser: None,
            log: vec![],
        };
        session.record(What::Created, now, deadline);
        session
    }

    /// As a database keeps it; `None` never happens.
    pub(crate) fn to_row(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(self).ok()
    }

    /// As a database gave it.
    pub(crate) fn from_row(row: &[u8]) -> Option<Self> {
        let mut session: Self = serde_json::from_slice(row).ok()?;
        session.request_digest = session.header.request_digest.0.as_slice().try_into().ok()?;
        Some(session)
    }

    /// Its number.
    #[must_use]
    pub const fn sid(&self) -> Sid {
        self.sid
    }

    /// Grows with every change.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// H of the request's octets.
    #[must_use]
    pub const fn request_digest(&self) -> &[u8; 32] {
        &self.request_digest
    }

    /// SubjectPublicKeyInfo of the key that the phone answers to.
    #[must_use]
    pub fn reply_key(&self) -> &[u8] {
        &self.header.reply_key.0
    }

    /// Until when its request is remembered, seconds since 1970.
    #[must_use]
    pub const fn remembered_until(&self) -> u64 {
        self.header.issued_at.saturating_add(REMEMBERED)
    }

    /// The platform's code.
    #[must_use]
    pub fn platform(&self) -> &str {
        &self.header.platform
    }

    /// Its scene.
    #[must_use]
    pub const fn scene(&self) -> Scene {
        self.header.scene
    }

    /// Its algorithms.
    #[must_use]
    pub const fn suite(&self) -> Suite {
        self.header.suite
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> State {
        self.log.last().map_or(State::Created, |entry| entry.2.state())
    }

    /// The living short code.
    #[must_use]
    pub fn short_code(&self) -> Option<ShortCode> {
        self.short_code.as_ref().map(|living| living.code)
    }

    /// The number of its last event.
    #[must_use]
    pub fn n(&self) -> u64 {
        u64::try_from(self.log.len()).unwrap_or(u64::MAX)
    }

    /// When something happens to it by itself: it expires, its short code is replaced, tokens in
    /// clear are wiped; in a final state, when it is forgotten.
    #[must_use]
    pub fn due(&self) -> u64 {
        let over = self.deadline.saturating_add(1);
        if self.state().is_final() {
            return over;
        }
        let code = self.short_code.as_ref().map_or(over, |living| living.until);
        let wipe = self.opened.as_ref().map_or(over, |_| self.created_at + AGAIN + 1);
        over.min(code).min(wipe)
    }

    /// Whether a final session is to be forgotten.
    pub(crate) fn is_over(&self, now: u64) -> bool {
        self.state().is_final() && now > self.deadline
    }

    pub(crate) const fn header(&self) -> &RoutingHeader {
        &self.header
    }

    pub(crate) const fn created_at(&self) -> u64 {
        self.created_at
    }

    pub(crate) const fn ends_by(&self) -> u64 {
        self.header.issued_at.saturating_add(CAP)
    }

    pub(crate) const fn answer_digest(&self) -> Option<&[u8; 32]> {
        self.answer_digest.as_ref()
    }

    pub(crate) const fn browser(&self) -> Option<&SeenBrowser> {
        self.browser.as_ref()
    }

    pub(crate) const fn account(&self) -> Option<TokenDigest> {
        self.account
    }

    pub(crate) fn log(&self) -> &[Entry] {
        &self.log
    }

    /// Until when the next step has to come; `None` in a final state.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        (!self.state().is_final()).then_some(self.deadline)
    }

    /// When a phone scanned it.
    #[must_use]
    pub fn scanned_at(&self) -> Option<u64> {
        let scan = self.log.iter().find(|entry| matches!(entry.2, What::Scanned { .. }));
        scan.map(|entry| self.created_at + u64::from(entry.0))
    }

    /// The answer to an opening that is sent again: sid, secret, page's and platform's token.
    pub(crate) fn again(&self, credential: &str, now: u64) -> Option<(&Token, &Token, &Token)> {
        let (page, platform) = self.opened.as_ref()?;
        let fits = credential == self.credential && now <= self.created_at + AGAIN;
        fits.then_some((self.qr_secret.as_ref()?, page, platform))
    }

    /// Whose token it is. All are compared, in a time that does not depend on which.
    #[must_use]
    pub fn role(&self, token: &Token) -> Option<Role> {
        let page = self.page.is_of(token);
        let platform = self.platform.is_of(token);
        let phone = self.phone.is_some_and(|phone| phone.is_of(token));
        match (page, platform, phone) {
            (true, _, _) => Some(Role::Page),
            (_, true, _) => Some(Role::Platform),
            (_, _, true) => Some(Role::Phone),
            (false, false, false) => None,
        }
    }

    /// Why a final session refuses: its own code, and `not_me` where the page refused the phone.
    pub(crate) fn refusal(&self) -> Option<Code> {
        match self.log.last().map(|entry| entry.2) {
            Some(What::NotMe) => Some(Code::NotMe),
            _ => self.state().refusal(),
        }
    }

    fn after(&self, step: Step) -> Result<State, Refused> {
        self.state().after(step).map_err(|code| {
            let code = self.refusal().unwrap_or(code);
            Refused::from(code).with(Fact::text("state", self.state().name()))
        })
    }

    /// The session with one more event. `next` is the state that [`State::after`] gave.
    fn moved(&self, what: What, next: State, now: u64) -> Self {
        debug_assert_eq!(what.state(), next);
        let mut session = self.clone();
        session.revision += 1;
        session.deadline = self.deadline_after(what, now);
        if now > session.created_at + AGAIN {
            session.opened = None;
        }
        if next != State::Created {
            session.short_code = None;
        }
        if next.is_final() {
            session.qr_secret = None;
            session.opened = None;
        }
        let deadline = if next.is_final() { 0 } else { session.deadline };
        session.record(what, now, deadline);
        session
    }

    fn record(&mut self, what: What, now: u64, deadline: u64) {
        let since = |at: u64| u32::try_from(at.saturating_sub(self.created_at)).unwrap_or(u32::MAX);
        let entry = Entry(since(now), since(deadline), what);
        self.log.push(entry);
    }

    /// The one table of timers.
    fn deadline_after(&self, what: What, now: u64) -> u64 {
        let capped = |at: u64| at.min(self.ends_by());
        match what {
            What::Created
            | What::ShortCode
            | What::Hello
            | What::Key
            | What::Prepared(..)
            | What::Receipt => self.deadline,
            What::Scanned { .. } => capped(now + CONFIRM),
            What::Offered => capped(now + PREPARE),
            What::Confirmed | What::PreparedLast(..) => capped(now + ANSWER),
            // From `answerBy`, which is the deadline until now.
            What::Answered => self.deadline + ACKNOWLEDGE,
            What::Completed | What::Expired { answered: true } => {
                self.remembered_until().max(now + KEPT)
            }
            What::Rejected
            | What::NotMe
            | What::Cancelled
            | What::Expired { answered: false }
            | What::Failed(_) => self.remembered_until().max(now + 2 * CONFIRM),
        }
    }

    /// Checks a frame: final, tag, age, and only then whether the session is bound.
    pub(crate) fn check_frame(
        &self,
        frame: &crate::frame::SentFrame,
        now: u64,
    ) -> Result<(), Refused> {
        if let Some(code) = self.refusal() {
            return Err(code.into());
        }
        let secret = self.qr_secret.as_ref().ok_or(Code::SessionFinal)?;
        let age = u32::try_from(now.saturating_sub(self.created_at)).unwrap_or(u32::MAX);
        // No session lives so long that the window could overflow.
        let age = age.min(1 << 24);
        QrSecret::from_bytes(*secret.as_bytes()).check(self.suite(), frame, age)
    }

    /// Binds a phone.
    pub(crate) fn scan(
        &self,
        account: TokenDigest,
        token: TokenDigest,
        by_code: bool,
        now: u64,
    ) -> Result<Self, Refused> {
        let said_hello = self.log.iter().any(|entry| entry.2 == What::Hello);
        if self.account == Some(account) && !said_hello && self.state() == State::Scanned {
            // The phone lost the first answer, and with it its token.
            self.after(Step::ScanAgain)?;
            let session = Self { phone: Some(token), revision: self.revision + 1, ..self.clone() };
            return Ok(session);
        }
        let next = self.after(Step::Scan)?;
        let mut session = self.moved(What::Scanned { by_code }, next, now);
        session.account = Some(account);
        session.phone = Some(token);
        Ok(session)
    }

    /// Takes a step of `role`; `held` is the message that is kept where this one would be.
    pub(crate) fn take(
        &self,
        role: Role,
        input: Input,
        held: Option<&[u8]>,
        now: u64,
    ) -> Result<Taken, Refused> {
        if !input.is_open_to(role) {
            return Err(Code::TokenWrong.into());
        }
        if self.was_taken(&input, held)? {
            return Ok(Taken::Before);
        }
        if let Some(code) = self.refusal()
            && !matches!(input, Input::Receipt(_))
        {
            return Err(Refused::from(code).with(Fact::text("state", self.state().name())));
        }
        self.check_guard(&input)?;
        let (step, what) = self.meaning(&input);
        let next = self.after(step)?;
        let mut session = self.moved(what, next, now);
        let mut receipt = None;
        match &input {
            Input::Answer(octets) => {
                session.answer_digest = Some(self.digest(octets));
                receipt = Some(HubReceiptKind::Stored);
            }
            Input::Ack(_) => receipt = Some(HubReceiptKind::Delivered),
            Input::Prepared { index, count, .. } => {
                let came = self.prepared.map_or(0, |(_, came)| came);
                session.prepared = Some((*count, came | 1 << index));
            }
            Input::Cancel
            | Input::Confirm
            | Input::Fail(_)
            | Input::Hello(_)
            | Input::Key(_)
            | Input::NotMe
            | Input::Offer(_)
            | Input::Receipt(_)
            | Input::Reject(_) => {}
        }
        let slot = input.slot();
        let put = match (slot, input.octets()) {
            (Some(slot), Some(octets)) if !octets.is_empty() => vec![(slot, octets.to_vec())],
            _ => vec![],
        };
        Ok(Taken::New { session: Box::new(session), put, receipt })
    }

    /// Whether the very same step was taken before: who sends again, because the answer got lost,
    /// hears what the first one would have.
    fn was_taken(&self, input: &Input, held: Option<&[u8]>) -> Result<bool, Refused> {
        let state = self.state();
        match input {
            Input::Answer(octets) => {
                let Some(digest) = &self.answer_digest else { return Ok(false) };
                match (state, self.digest(octets) == *digest) {
                    (State::Answered | State::Completed, true) => Ok(true),
                    (State::Answered | State::Completed, false) => {
                        Err(Code::AlreadyAnswered.into())
                    }
                    _ => Ok(false),
                }
            }
            Input::Ack(digest) => match &self.answer_digest {
                Some(own) if own[..] == digest[..] => Ok(state == State::Completed),
                Some(_) => Err(Code::AnswerBinding.into()),
                None => Ok(false),
            },
            Input::Confirm => Ok(state == State::Confirmed),
            Input::Receipt(octets) => match held {
                Some(held) if held == octets.as_slice() => Ok(true),
                Some(_) => Err(Code::SessionFinal.into()),
                None => Ok(false),
            },
            Input::Hello(octets)
            | Input::Key(octets)
            | Input::Offer(octets)
            | Input::Prepared { octets, .. } => {
                if let Input::Prepared { count, .. } = input
                    && self.prepared.is_some_and(|(own, _)| own != *count)
                {
                    return Ok(false);
                }
                match held {
                    Some(held) if held == octets.as_slice() => Ok(!state.is_final()),
                    // A final state says its own code.
                    Some(_) if !state.is_final() => Err(Code::AlreadyAnswered.into()),
                    _ => Ok(false),
                }
            }
            Input::Cancel | Input::Fail(_) | Input::NotMe | Input::Reject(_) => Ok(false),
        }
    }

    fn check_guard(&self, input: &Input) -> Result<(), Refused> {
        let said_hello = self.log.iter().any(|entry| entry.2 == What::Hello);
        let out_of_order = || Err(Code::StepOutOfOrder.into());
        match input {
            Input::Confirm if self.scene().has_offer() || !said_hello => out_of_order(),
            Input::Offer(_) if !self.scene().has_offer() || !said_hello => out_of_order(),
            Input::Key(_) if !said_hello || !self.was_typed() => out_of_order(),
            Input::Fail(code) if code.entry().page == "declined" => {
                // What a person did travels in the envelope of a rejection, if at all.
                Err(Code::RequestMalformed.into())
            }
            Input::Prepared { index, count, .. } => {
                let changed = self.prepared.is_some_and(|(own, _)| own != *count);
                if !(1..=FILES).contains(count) || index >= count || changed {
                    return Err(Code::OfferMismatch.into());
                }
                Ok(())
            }
            Input::Ack(_)
            | Input::Answer(_)
            | Input::Cancel
            | Input::Confirm
            | Input::Fail(_)
            | Input::Hello(_)
            | Input::Key(_)
            | Input::NotMe
            | Input::Offer(_)
            | Input::Receipt(_)
            | Input::Reject(_) => Ok(()),
        }
    }

    fn was_typed(&self) -> bool {
        self.log.iter().any(|entry| entry.2 == What::Scanned { by_code: true })
    }

    fn meaning(&self, input: &Input) -> (Step, What) {
        match input {
            Input::Ack(_) => (Step::Ack, What::Completed),
            Input::Answer(_) => (Step::Answer, What::Answered),
            Input::Cancel => (Step::Cancel, What::Cancelled),
            Input::Confirm => (Step::Confirm, What::Confirmed),
            Input::Fail(code) => (Step::Fail, What::Failed(*code)),
            Input::Hello(_) => (Step::Hello, What::Hello),
            Input::Key(_) => (Step::Key, What::Key),
            Input::NotMe => (Step::NotMe, What::NotMe),
            Input::Offer(_) => (Step::Offer, What::Offered),
            Input::Prepared { index, count, .. } => {
                let came = self.prepared.map_or(0, |(_, came)| came) | 1 << index;
                // Both are at most 50: the guard was before.
                let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
                if came.count_ones() == *count {
                    (Step::PreparedLast, What::PreparedLast(small(*index), small(*count)))
                } else {
                    (Step::Prepared, What::Prepared(small(*index), small(*count)))
                }
            }
            Input::Receipt(_) => (Step::Receipt, What::Receipt),
            Input::Reject(_) => (Step::Reject, What::Rejected),
        }
    }

    fn digest(&self, octets: &[u8]) -> [u8; 32] {
        let digest = self.suite().digest().digest(octets);
        // Both suites' digests have 32 octets.
        digest.as_ref().try_into().unwrap_or([0; 32])
    }

    /// What time makes of it: it expires, or tokens in clear are wiped. `None` where nothing is
    /// due. A short code that is over needs randomness: see [`with_code`](Self::with_code).
    pub(crate) fn at(&self, now: u64) -> Option<Self> {
        if self.state().is_final() {
            return None;
        }
        if now > self.deadline {
            let answered = self.state() == State::Answered;
            let next = self.after(Step::Timeout).ok()?;
            return Some(self.moved(What::Expired { answered }, next, now));
        }
        (self.opened.is_some() && now > self.created_at + AGAIN).then(|| Self {
            opened: None,
            revision: self.revision + 1,
            ..self.clone()
        })
    }

    /// Whether its short code is over and wants another.
    pub(crate) fn wants_code(&self, now: u64) -> bool {
        self.state() == State::Created
            && self.short_code.as_ref().is_some_and(|living| now >= living.until)
    }

    /// With a new short code.
    pub(crate) fn with_code(&self, code: ShortCode, now: u64) -> Result<Self, Refused> {
        let next = self.after(Step::ShortCode)?;
        let mut session = self.moved(What::ShortCode, next, now);
        session.short_code = Some(LivingCode { code, until: now + ShortCode::LIFE });
        Ok(session)
    }

    /// With its platform suspended.
    pub(crate) fn suspended(&self, now: u64) -> Result<Self, Refused> {
        let next = self.after(Step::Suspend)?;
        Ok(self.moved(What::Failed(Code::PlatformSuspended), next, now))
    }

    /// With the browser that the page runs in, if that is news.
    pub(crate) fn seen_by(&self, browser: SeenBrowser) -> Option<Self> {
        (self.browser.is_none() && self.state() == State::Created).then(|| Self {
            browser: Some(browser),
            revision: self.revision + 1,
            ..self.clone()
        })
    }
}

mod sid_text {
    use alloc::string::String;

    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::channel::Sid;
    use crate::wire::http::{sid_from_text, sid_text};

    pub(super) fn serialize<S: Serializer>(sid: &Sid, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&sid_text(*sid))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Sid, D::Error> {
        let text = String::deserialize(from)?;
        sid_from_text(&text).ok_or_else(|| de::Error::custom("a session's number"))
    }
}

mod code_text {
    use alloc::string::String;

    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::wire::ShortCode;

    pub(super) fn serialize<S: Serializer>(code: &ShortCode, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&code.as_text())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ShortCode, D::Error> {
        let text = String::deserialize(from)?;
        ShortCode::parse(&text).ok_or_else(|| de::Error::custom("a short code"))
    }
}
