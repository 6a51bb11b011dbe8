//! The hub (枢纽): a courier that cannot read what it carries. It binds one phone to a session,
//! keeps order and time, and signs receipts.
//!
//! No I/O, no clock, no randomness: each call brings the time and a random source, and what has to
//! be told goes out by [`Hub::poll_output`]. Sessions lie behind [`store::Sessions`]; several hubs
//! may stand over one store, for whatever one of them does is written under the revision that it
//! read.
//!
//! ```
//! # use yinxin_session::hub::{Hub, HubKey, Input, Opener, store::Memory};
//! # use yinxin_session::wire::http::{Ack, Open, Scan};
//! # use yinxin_session::wire::Token;
//! # use yinxin_session::Refused;
//! # fn example(key: HubKey, opener: Opener<'_>, open: &Open, scan: &Scan, account: &Token, hello: Vec<u8>, rng: &mut impl rand_core::CryptoRng) -> Result<(), Refused> {
//! let mut hub = Hub::new("hub.example.cn", key, Memory::default())?;
//! let opened = hub.open(opener, open, 1_800_000_000, rng)?.opened;
//! let bound = hub.scan(scan, account, [0; 16], 1_800_000_003, rng)?;
//! let sid = yinxin_session::channel::Sid(bound.sid.0.as_slice().try_into().unwrap());
//! hub.step(sid, &bound.phone_token, Input::Hello(hello), 1_800_000_004, rng)?;
//! for event in hub.events(sid, &opened.page_token, 0, 1_800_000_005)?.events {
//!     println!("{} {}", event.n, event.step); // created, scanned, hello
//! }
//! # Ok(())
//! # }
//! ```

mod key;
mod log;
pub mod rate;
mod session;
pub mod state;
pub mod store;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::{Certificate, PublicKey};

pub use key::HubKey;
pub use log::Role;
pub use session::{CAP, Input, REMEMBERED, Session};

use self::log::{What, with_message};
use self::rate::{Rates, Who};
use self::session::{Birth, Taken};
use self::state::State;
use self::store::{Change, Conflict, Sessions, Slot, StoreFault};
use crate::channel::{SEALED_SIZES, Sid};
use crate::frame::{MAX_HOST, SentFrame};
use crate::trust_list::{ListedPlatform, PlatformState};
use crate::wire::http::{Bound, Event, Events, Open, Opened, Scan, SeenBrowser, Stepped};
use crate::wire::{
    Binary, Delivery, Evidence, HubReceipt, HubReceiptKind, HubTime, ShortCode, Token, Witness,
};
use crate::{Code, Refused, Scene};

/// Seconds that a platform's clock may be ahead of the hub's.
const SKEW: u64 = 60;

/// How often a change that lost the race is made again.
const TRIES: usize = 16;

/// Sessions that one call of [`Hub::handle_timeout`] looks at, so that it ends.
const BATCH: usize = 1024;

/// One node of a hub.
#[derive(Debug)]
pub struct Hub<S> {
    host: String,
    key: HubKey,
    list_number: u64,
    store: S,
    rates: Rates,
    outputs: VecDeque<Output>,
}

/// Which platform opens a session, as the transport found out.
#[derive(Clone, Copy, Debug)]
pub struct Opener<'a> {
    /// The platform as it is registered.
    pub platform: &'a ListedPlatform,
    /// Key id of the certificate by which it called, lower-case hex.
    pub credential: &'a str,
}

/// A session was opened.
#[derive(Debug)]
pub struct Opening {
    /// For the platform.
    pub opened: Opened,
    /// Whether it had been opened before: this answer is the first one's again.
    pub again: bool,
}

/// What a hub tells its surroundings.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// A session has a new event: who waits for it looks.
    Changed {
        /// Which.
        sid: Sid,
        /// The number of its last event.
        n: u64,
    },
    /// A session ended: its usage record (使用记录), which names no project.
    Ended(Usage),
}

/// What is kept of a session for statistics.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Usage {
    /// The platform's code.
    pub platform: String,
    /// Scene.
    pub scene: Scene,
    /// How it ended.
    pub outcome: State,
    /// When it was opened, seconds since 1970.
    pub created_at: u64,
    /// When a phone scanned it.
    pub scanned_at: Option<u64>,
    /// When it ended.
    pub ended_at: u64,
}

impl<S: Sessions> Hub<S> {
    /// A node of the hub whose host name is `host`.
    ///
    /// # Errors
    ///
    /// [`Code::QrTooLong`] for a name that does not fit into codes.
    pub fn new(host: &str, key: HubKey, store: S) -> Result<Self, Refused> {
        if !(1..=MAX_HOST).contains(&host.len()) {
            return Err(Code::QrTooLong.into());
        }
        Ok(Self {
            host: host.into(),
            key,
            list_number: 0,
            store,
            rates: Rates::default(),
            outputs: VecDeque::new(),
        })
    }

    /// Its host name.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The certificate of its key.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        self.key.certificate()
    }

    /// Where its sessions lie.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Where its sessions lie, to be cleaned; sessions change by steps only.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Whose token it is in a session: asked before a long body is read.
    ///
    /// # Errors
    ///
    /// [`Code::SessionUnknown`], [`Code::TokenWrong`].
    pub fn role(&self, sid: Sid, token: &Token) -> Result<Role, Refused> {
        let session = self.store.load(sid)?.ok_or(Code::SessionUnknown)?;
        Ok(session.role(token).ok_or(Code::TokenWrong)?)
    }

    /// A new trust list was published.
    pub const fn set_list_number(&mut self, number: u64) {
        self.list_number = number;
    }

    /// Opens a session (开启) for a platform. Sent again within a minute by the same credential, it
    /// gives the same session and tokens.
    ///
    /// # Errors
    ///
    /// In this order: [`Code::HubMismatch`]; [`Code::PlatformUnknown`] for another platform's
    /// header; [`Code::PlatformSuspended`]; [`Code::SceneNotAllowed`]; [`Code::RequestTooLarge`];
    /// [`Code::RequestMalformed`]; [`Code::RequestReplayed`], for the reply key of another session
    /// too; [`Code::RequestTime`];
    /// [`Code::RateLimited`] where the store is full.
    pub fn open(
        &mut self,
        opener: Opener<'_>,
        open: &Open,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Opening, Refused> {
        let request_digest = self.check_open(opener, open)?;
        for _ in 0..TRIES {
            if let Some(seen) = self.store.by_request(&request_digest)? {
                let sid = seen.sid.ok_or(Code::RequestReplayed)?;
                return self.open_again(sid, opener.credential, now);
            }
            check_times(open, now)?;
            let mut sid = Sid([0; 16]);
            rng.fill_bytes(&mut sid.0);
            let birth = Birth {
                sid,
                header: open.header.clone(),
                request_digest,
                credential: opener.credential.into(),
                qr_secret: Token::random(rng),
                page: Token::random(rng),
                platform: Token::random(rng),
                short_code: ShortCode::random(rng),
            };
            let session = Session::new(birth, now);
            let opened = self.opened(&session, opener.credential, now);
            let put = vec![(Slot::Request, open.sealed.0.clone())];
            match self.commit(None, session, put, now) {
                Ok(()) => return opened.map(|opened| Opening { opened, again: false }),
                Err(Conflict::Full) => return Err(rate::limited(SKEW)),
                Err(Conflict::ReplyKeySeen) => return Err(Code::RequestReplayed.into()),
                Err(conflict) => self.retry(conflict)?,
            }
        }
        Err(Code::Internal.into())
    }

    fn check_open(&self, opener: Opener<'_>, open: &Open) -> Result<[u8; 32], Refused> {
        let header = &open.header;
        if header.hub != self.host {
            return Err(Code::HubMismatch.into());
        }
        if header.platform != opener.platform.code {
            return Err(Code::PlatformUnknown.into());
        }
        if opener.platform.state != PlatformState::Active {
            return Err(Code::PlatformSuspended.into());
        }
        if !opener.platform.scenes.contains(&header.scene) {
            return Err(Code::SceneNotAllowed.into());
        }
        let largest = SEALED_SIZES.into_iter().max().unwrap_or(0);
        if open.sealed.0.len() > largest {
            return Err(Code::RequestTooLarge.into());
        }
        let reply = PublicKey::from_spki(&header.reply_key.0).ok();
        let reply = reply.filter(|reply| reply.curve() == Some(header.suite.curve()));
        let digest: Option<[u8; 32]> = header.request_digest.0.as_slice().try_into().ok();
        match (digest, reply, SEALED_SIZES.contains(&open.sealed.0.len())) {
            (Some(digest), Some(_), true) => Ok(digest),
            _ => Err(Code::RequestMalformed.into()),
        }
    }

    fn open_again(&self, sid: Sid, credential: &str, now: u64) -> Result<Opening, Refused> {
        let session = self.store.load(sid)?.ok_or(Code::RequestReplayed)?;
        let opened = self.opened(&session, credential, now)?;
        Ok(Opening { opened, again: true })
    }

    fn opened(&self, session: &Session, credential: &str, now: u64) -> Result<Opened, Refused> {
        let replayed = || Refused::from(Code::RequestReplayed);
        let (secret, page, platform) = session.again(credential, now).ok_or_else(replayed)?;
        let short_code = session.short_code().ok_or_else(replayed)?;
        Ok(Opened {
            sid: Binary(session.sid().0.to_vec()),
            qr_secret: secret.clone(),
            page_token: page.clone(),
            platform_token: platform.clone(),
            short_code: short_code.as_text(),
            hub_now: now,
            created_at: session.created_at(),
        })
    }

    /// Binds the phone of `account` to the session of a frame or a typed code (扫码). `network` is
    /// where it calls from, for limits only: an IPv6 prefix or an IPv4 address.
    ///
    /// # Errors
    ///
    /// [`Code::RateLimited`]; [`Code::RequestMalformed`] for a scan of neither or both kinds;
    /// frames: [`Code::QrMalformed`], [`Code::SessionUnknown`], the final state's code,
    /// [`Code::QrTag`], [`Code::QrStale`], [`Code::BoundElsewhere`], in this order; typed codes:
    /// [`Code::SessionUnknown`] for one that is not alive.
    pub fn scan(
        &mut self,
        scan: &Scan,
        account: &Token,
        network: [u8; 16],
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Bound, Refused> {
        if !(16..=64).contains(&scan.phone_nonce.0.len()) {
            return Err(Code::RequestMalformed.into());
        }
        let account = account.digest();
        self.rates.check(&Who::NotMe(*account.as_bytes()), now)?;
        let code = match (&scan.frame, &scan.short_code) {
            (Some(frame), None) => {
                self.rates.take(Who::NetworkFrames(network), now)?;
                self.rates.take(Who::Frames(*account.as_bytes()), now)?;
                Read::Frame(SentFrame::from_bytes(&frame.0)?)
            }
            (None, Some(text)) => {
                self.rates.take(Who::NetworkCodes(network), now)?;
                self.rates.take(Who::Codes(*account.as_bytes()), now)?;
                Read::Typed(ShortCode::parse(text).ok_or(Code::SessionUnknown)?)
            }
            (None, None) | (Some(_), Some(_)) => return Err(Code::RequestMalformed.into()),
        };
        for _ in 0..TRIES {
            let session = self.find(&code, now, rng)?;
            let by_code = matches!(code, Read::Typed(_));
            let token = Token::random(rng);
            let bound = session.scan(account, token.digest(), by_code, now)?;
            // Dropped where another node ended the session since it was read: it is read again.
            let Some(sealed) = self.store.message(session.sid(), Slot::Request)? else { continue };
            let answer = self.bound(&bound, token, sealed, scan, now, rng)?;
            match self.commit(Some(session.revision()), bound, vec![], now) {
                Ok(()) => return Ok(answer),
                Err(conflict) => self.retry(conflict)?,
            }
        }
        Err(Code::Internal.into())
    }

    fn find(
        &mut self,
        code: &Read,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Session, Refused> {
        match code {
            Read::Frame(frame) => {
                let session = self.current(frame.sid, now, rng)?;
                session.check_frame(frame, now)?;
                Ok(session)
            }
            Read::Typed(code) => {
                let sid = self.store.by_short_code(*code)?.ok_or(Code::SessionUnknown)?;
                let session = self.current(sid, now, rng)?;
                // It may have been replaced or have died just now.
                let alive = session.short_code() == Some(*code);
                if alive { Ok(session) } else { Err(Code::SessionUnknown.into()) }
            }
        }
    }

    fn bound(
        &self,
        session: &Session,
        token: Token,
        sealed: Vec<u8>,
        scan: &Scan,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Bound, Refused> {
        let time = HubTime {
            hub: self.host.clone(),
            phone_nonce: scan.phone_nonce.0.clone(),
            at: now,
            list_number: self.list_number,
        };
        let hub_time = self.key.sign(time.draft(self.key.certificate())?, rng)?;
        Ok(Bound {
            sid: Binary(session.sid().0.to_vec()),
            phone_token: token,
            header: session.header().clone(),
            sealed: Binary(sealed),
            hub_time: Binary(hub_time),
            confirm_by: session.deadline().unwrap_or(now),
            ends_by: session.ends_by(),
            browser: session.browser().cloned(),
            n: session.n(),
        })
    }

    /// Takes a step of whoever holds `token`. A step that was taken before, octet by octet, gives
    /// what it gave then.
    ///
    /// # Errors
    ///
    /// [`Code::SessionUnknown`]; [`Code::TokenWrong`], for another role's step too; the final
    /// state's code; [`Code::AlreadyAnswered`] for another message where there is one;
    /// [`Code::OfferMismatch`], [`Code::AnswerBinding`], [`Code::StepOutOfOrder`],
    /// [`Code::RequestTooLarge`]. The session stays as it was.
    pub fn step(
        &mut self,
        sid: Sid,
        token: &Token,
        input: Input,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Stepped, Refused> {
        let (limit, length) = input.size();
        if length > limit {
            return Err(Code::RequestTooLarge.into());
        }
        for _ in 0..TRIES {
            let session = self.current(sid, now, rng)?;
            let role = session.role(token).ok_or(Code::TokenWrong)?;
            let held = match input.slot() {
                Some(slot) => self.store.message(sid, slot)?,
                None => None,
            };
            let taken = session.take(role, input.clone(), held.as_deref(), now)?;
            let Taken::New { session: next, mut put, receipt } = taken else {
                return self.stepped(&session, role);
            };
            if let Some(kind) = receipt {
                let (slot, der) = self.receipt(&next, kind, now, rng)?;
                put.push((slot, der));
            }
            let answer = next.clone();
            match self.commit(Some(session.revision()), *next, put, now) {
                Ok(()) => {
                    if let (Input::NotMe, Some(account)) = (&input, session.account()) {
                        self.rates.count(Who::NotMe(*account.as_bytes()), now);
                    }
                    return self.stepped(&answer, role);
                }
                Err(conflict) => self.retry(conflict)?,
            }
        }
        Err(Code::Internal.into())
    }

    fn stepped(&self, session: &Session, role: Role) -> Result<Stepped, Refused> {
        let answered = session.answer_digest().is_some() && role == Role::Phone;
        let receipt = match answered {
            true => self.store.message(session.sid(), Slot::Stored)?.map(Binary),
            false => None,
        };
        Ok(Stepped {
            n: session.n(),
            state: session.state().name().into(),
            deadline: session.deadline(),
            receipt,
        })
    }

    fn receipt(
        &self,
        session: &Session,
        kind: HubReceiptKind,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Slot, Vec<u8>), Refused> {
        let delivery = Delivery {
            hub: &self.host,
            sid: session.sid(),
            request_digest: session.request_digest(),
            answer_digest: session.answer_digest().ok_or(Code::Internal)?,
            scene: session.scene(),
        };
        let state = session.state().name();
        let receipt = HubReceipt::new(kind, delivery, state, session.n(), now, self.list_number);
        let der = self.key.sign(receipt.draft(self.key.certificate())?, rng)?;
        let slot = match kind {
            HubReceiptKind::Delivered => Slot::Delivered,
            HubReceiptKind::Stored => Slot::Stored,
        };
        Ok((slot, der))
    }

    /// Events after number `after`, with the messages that the role of `token` may have.
    ///
    /// # Errors
    ///
    /// [`Code::SessionUnknown`], [`Code::TokenWrong`].
    pub fn events(
        &mut self,
        sid: Sid,
        token: &Token,
        after: u64,
        now: u64,
    ) -> Result<Events, Refused> {
        let session = self.store.load(sid)?.ok_or(Code::SessionUnknown)?;
        let role = session.role(token).ok_or(Code::TokenWrong)?;
        // Whoever looks sees what time made of it, though nobody woke the hub.
        let session = match session.at(now) {
            Some(next) => {
                match self.commit(Some(session.revision()), next, vec![], now) {
                    Ok(()) => {}
                    Err(conflict) => self.retry(conflict)?,
                }
                self.store.load(sid)?.ok_or(Code::SessionUnknown)?
            }
            None => session,
        };
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        let entries = session.log().iter().enumerate().skip(skip);
        let mut events = Vec::new();
        for (index, entry) in entries {
            let n = u64::try_from(index).unwrap_or(u64::MAX) + 1;
            let event = entry.event(n, session.created_at());
            let event = match entry.2.message(role) {
                Some(slot) => {
                    with_message(event, self.store.message(sid, slot).map_err(Into::into))?
                }
                None => event,
            };
            let newest_code = session.log().iter().rposition(|entry| entry.2 == What::ShortCode);
            let short_code = session.short_code().filter(|_| newest_code == Some(index));
            events.push(match (role, short_code) {
                (Role::Page, Some(code)) => Event { short_code: Some(code.as_text()), ..event },
                _ => event,
            });
        }
        Ok(Events { hub_now: now, events })
    }

    /// The page's browser was seen, by the holder of the page's token.
    ///
    /// # Errors
    ///
    /// [`Code::SessionUnknown`], [`Code::TokenWrong`].
    pub fn saw_browser(
        &mut self,
        sid: Sid,
        token: &Token,
        browser: SeenBrowser,
        now: u64,
    ) -> Result<(), Refused> {
        let session = self.store.load(sid)?.ok_or(Code::SessionUnknown)?;
        if session.role(token) != Some(Role::Page) {
            return Err(Code::TokenWrong.into());
        }
        let revision = session.revision();
        let Some(next) = session.seen_by(browser) else { return Ok(()) };
        // A hint only: it is not tried again.
        match self.commit(Some(revision), next, vec![], now) {
            Ok(()) => Ok(()),
            Err(conflict) => self.retry(conflict),
        }
    }

    /// The hub's evidence (证据) about a session that failed, was cancelled or expired: CMS.
    ///
    /// # Errors
    ///
    /// [`Code::SessionUnknown`], [`Code::TokenWrong`]; [`Code::StepOutOfOrder`] for a session that
    /// did not fail.
    pub fn evidence(
        &mut self,
        sid: Sid,
        token: &Token,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Refused> {
        let session = self.current(sid, now, rng)?;
        session.role(token).ok_or(Code::TokenWrong)?;
        let (last, before) = session.log().split_last().ok_or(Code::Internal)?;
        let code = last.2.code().ok_or(Code::StepOutOfOrder)?;
        let at = session.created_at() + u64::from(last.0);
        let previous = before.last().map(|entry| {
            let event = entry.event(session.n() - 1, session.created_at());
            event.digest(session.suite(), sid).as_ref().to_vec()
        });
        let step = before.last().map_or("open", |entry| entry.2.step());
        let evidence = Evidence {
            sid,
            request_digest: Some(session.request_digest().to_vec()),
            step: step.into(),
            code,
            party: Witness::Hub,
            at,
            list_number: self.list_number,
            previous,
        };
        self.key.sign(evidence.draft(self.key.certificate())?, rng)
    }

    /// A platform was suspended: its open sessions fail at once.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] where the store does not work.
    pub fn suspend(&mut self, platform: &str, now: u64) -> Result<(), Refused> {
        for sid in self.store.of_platform(platform)? {
            for _ in 0..TRIES {
                let Some(session) = self.store.load(sid)? else { break };
                let Ok(next) = session.suspended(now) else { break };
                match self.commit(Some(session.revision()), next, vec![], now) {
                    Ok(()) => break,
                    Err(conflict) => self.retry(conflict)?,
                }
            }
        }
        Ok(())
    }

    /// Does what time asks for: sessions expire, short codes are replaced, what was kept long
    /// enough is forgotten. Calling early does nothing.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] where the store does not work.
    pub fn handle_timeout(&mut self, now: u64, rng: &mut impl CryptoRng) -> Result<(), Refused> {
        self.rates.tidy(now);
        for sid in self.store.due(now, BATCH)? {
            let Some(session) = self.store.load(sid)? else { continue };
            if session.is_over(now) {
                self.store.forget(sid)?;
            } else if let Err(refused) = self.current(sid, now, rng)
                && refused.code != Code::SessionUnknown
            {
                return Err(refused);
            }
        }
        Ok(())
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] where the store does not work.
    pub fn poll_timeout(&self) -> Result<Option<u64>, Refused> {
        Ok(self.store.next_due()?)
    }

    /// The next thing to tell.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// A session as time left it.
    fn current(
        &mut self,
        sid: Sid,
        now: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<Session, Refused> {
        for _ in 0..TRIES {
            let session = self.store.load(sid)?.ok_or(Code::SessionUnknown)?;
            let next = match session.at(now) {
                Some(next) => next,
                None if session.wants_code(now) => {
                    session.with_code(ShortCode::random(rng), now)?
                }
                None => return Ok(session),
            };
            match self.commit(Some(session.revision()), next, vec![], now) {
                Ok(()) => {}
                Err(conflict) => self.retry(conflict)?,
            }
        }
        Err(Code::Internal.into())
    }

    fn commit(
        &mut self,
        expected: Option<u64>,
        session: Session,
        put: Vec<(Slot, Vec<u8>)>,
        now: u64,
    ) -> Result<(), Conflict> {
        let state = session.state();
        let changed = Output::Changed { sid: session.sid(), n: session.n() };
        let usage = Usage {
            platform: session.platform().into(),
            scene: session.scene(),
            outcome: state,
            created_at: session.created_at(),
            scanned_at: session.scanned_at(),
            ended_at: now,
        };
        let receipt = session.log().last().is_some_and(|entry| entry.2 == What::Receipt);
        self.store.commit(Change { expected, session, put })?;
        self.outputs.push_back(changed);
        if state.is_final() && !receipt {
            self.outputs.push_back(Output::Ended(usage));
        }
        Ok(())
    }

    /// Whether a change that was refused is made again.
    fn retry(&self, conflict: Conflict) -> Result<(), Refused> {
        match conflict {
            Conflict::Moved | Conflict::RequestSeen | Conflict::ShortCodeTaken => Ok(()),
            Conflict::Fault | Conflict::Full | Conflict::ReplyKeySeen => Err(Code::Internal.into()),
        }
    }
}

/// What a phone read.
enum Read {
    Frame(SentFrame),
    Typed(ShortCode),
}

impl From<StoreFault> for Refused {
    fn from(_: StoreFault) -> Self {
        Code::Internal.into()
    }
}

fn check_times(open: &Open, now: u64) -> Result<(), Refused> {
    let (issued, expires) = (open.header.issued_at, open.header.expires_at);
    let length = expires.checked_sub(issued).filter(|length| *length > 0);
    let fits = length.is_some_and(|length| length <= open.header.scene.scan_within());
    if !fits || issued > now.saturating_add(SKEW) || expires < now {
        return Err(Code::RequestTime.into());
    }
    Ok(())
}
