//! The platform's back end (交易平台): makes requests, remembers them, and accepts each answer once.
//!
//! ```text
//! visit(cookie) ──nonce──▶ page ──Begin──▶ draft ─sign─▶ finish ──Open──▶ hub
//!                                            Pending ◀── opened(Opened) ──Ticket──▶ page
//! page ──ResultForPlatform──▶ accept(Pending) ──▶ Accepted
//! ```
//!
//! The caller keeps [`Visit`] and [`Pending`] wherever it keeps sessions of its own, a pending
//! request by its digest, and writes back what [`Platform::accept`] changed before it acts on it.

use alloc::string::String;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use yinxin_pki::signed_object::{ObjectDraft, ObjectType};
use yinxin_pki::{Certificate, Time, ToSign};

use crate::channel::{DisplayKey, Sid};
use crate::statement::{AnswerParts, Expected, Judge, VerifiedStatement};
use crate::wire::http::{Open, Opened};
use crate::wire::{
    Begin, Binary, Display, Payload, Platform as Names, Request, Require, ResultForPlatform, Ticket,
};
use crate::{Code, Refused, Scene, Suite};

/// Bytes of a nonce.
const NONCE: usize = 32;

/// Seconds that a nonce is good for.
const NONCE_LIFE: u64 = 1_800;

/// Seconds after which nothing of a session counts, and how long a page may keep the answer.
const SESSION: u64 = 1_800;
const LATE: u64 = 3_600;

/// Seconds of a login after the end of the right to scan: to confirm, to answer, to use it.
const LOGIN: u64 = 300 + 120 + 60;

/// A platform that asks.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Its code and name, as the trust list has them.
    pub names: Names,
    /// Host name of its hub.
    pub hub: String,
    /// The origins of its pages.
    pub origins: Vec<String>,
    /// By whose key its requests are signed: one of the list's.
    pub certificate: Certificate,
}

/// A visitor's page, before it asks for anything: what ties the answer to the visitor's cookie.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// For the page.
    pub nonce: Binary,
    cookie: Binary,
    at: u64,
}

/// What is asked of a phone.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What to show besides.
    pub display: Display,
    /// What is asked, by scene.
    pub payload: Payload,
    /// Whose certificate may answer: of the account that is logged in.
    pub require: Require,
}

/// A request about to be signed.
#[derive(Clone, Debug)]
pub struct RequestDraft {
    object: ObjectDraft,
    request: Request,
    text: Vec<u8>,
    cookie: Binary,
}

/// A session about to be opened.
#[derive(Debug)]
pub struct Opening {
    /// For the hub.
    pub open: Open,
    /// What the platform keeps.
    pub pending: Pending,
    display_key: DisplayKey,
}

/// A request that was made (待答请求): kept by its digest until its answer, and then for as long as
/// the platform keeps records.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// H of the request's octets.
    pub digest: Binary,
    request: Binary,
    cookie: Binary,
    sid: Option<Binary>,
    accepted: Option<Binary>,
}

/// An answer that counts.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The statement, verified.
    pub statement: VerifiedStatement,
    /// The request that it answers.
    pub request: Request,
    /// Whether the same answer had been accepted before: nothing is to be done a second time.
    pub again: bool,
}

impl Platform {
    /// The platform as it stands at the hub that a page would have; the first, where the page names
    /// none. A platform of two hubs goes on when one of them is down.
    #[must_use]
    pub fn at<'a>(platforms: &'a [Self], begin: &Begin) -> Option<&'a Self> {
        match &begin.hub {
            Some(hub) => platforms.iter().find(|platform| platform.hub == *hub),
            None => platforms.first(),
        }
    }

    /// A page was asked for by the visitor with this cookie.
    #[must_use]
    pub fn visit(&self, cookie: &[u8], now: u64, rng: &mut impl CryptoRng) -> Visit {
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut nonce);
        Visit { nonce: Binary(nonce.to_vec()), cookie: self.cookie(cookie), at: now }
    }

    fn suite(&self) -> Result<Suite, Refused> {
        let curve = self.certificate.public_key().curve();
        let suite = Suite::ALL.into_iter().find(|suite| curve == Some(suite.curve()));
        suite.ok_or_else(|| Code::SuiteUnsupported.into())
    }

    /// Cookies are kept by their digest: whoever reads the platform's records cannot use them.
    fn cookie(&self, cookie: &[u8]) -> Binary {
        let suite = self.suite().unwrap_or(Suite::Sm);
        Binary(suite.digest().digest(cookie).as_ref().to_vec())
    }

    /// Makes the request of a visitor's page.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerBinding`] for another visitor's nonce, or one that is over half an hour old;
    /// [`Code::HubMismatch`] for a page that would have another hub; [`Code::OriginUnregistered`]; [`Code::RequestMalformed`] for what a phone would refuse.
    pub fn request(
        &self,
        begin: Begin,
        ask: Ask,
        visit: &Visit,
        cookie: &[u8],
        now: u64,
    ) -> Result<RequestDraft, Refused> {
        let same = bool::from(visit.cookie.0.ct_eq(&self.cookie(cookie).0));
        if !same || visit.at.saturating_add(NONCE_LIFE) < now {
            return Err(Code::AnswerBinding.into());
        }
        if begin.hub.as_ref().is_some_and(|hub| *hub != self.hub) {
            return Err(Code::HubMismatch.into());
        }
        if !self.origins.contains(&begin.origin) {
            return Err(Code::OriginUnregistered.into());
        }
        let suite = self.suite()?;
        let request = Request {
            suite,
            hub: self.hub.clone(),
            platform: self.names.clone(),
            origin: begin.origin,
            nonce: visit.nonce.0.clone(),
            issued_at: now,
            expires_at: now + ask.payload.scene().scan_within(),
            reply_key: begin.reply_key.0,
            browser: begin.browser,
            display: ask.display,
            payload: ask.payload,
            require: ask.require,
        };
        let text = request.write()?;
        let at = Time::from_unix(i64::try_from(now).unwrap_or(i64::MAX));
        let object =
            ObjectDraft::new(ObjectType::Request, text.clone(), &self.certificate, &[], at);
        let object = object.map_err(|_| Code::RequestTooLarge)?;
        Ok(RequestDraft { object, request, text, cookie: visit.cookie.clone() })
    }

    /// Verifies an answer for the visitor with this cookie, and takes it. It is taken once: the
    /// same answer again changes nothing.
    ///
    /// # Errors
    ///
    /// In this order: [`Code::AnswerBinding`], another visitor's, or the session was not opened;
    /// [`Code::DeadlinePassed`]; those of [`VerifiedStatement::new`]; [`Code::AlreadyAnswered`].
    /// After an error `pending` is as it was.
    pub fn accept(
        &self,
        pending: &mut Pending,
        result: &ResultForPlatform,
        cookie: &[u8],
        judge: Judge<'_>,
    ) -> Result<Accepted, Refused> {
        let request = Request::read(&pending.request.0)?;
        let same = bool::from(pending.cookie.0.ct_eq(&self.cookie(cookie).0));
        let sid = pending.sid().filter(|_| same).ok_or(Code::AnswerBinding)?;
        let ends = match request.scene() {
            Scene::Login => request.expires_at.saturating_add(LOGIN),
            _ => request.issued_at.saturating_add(SESSION + LATE),
        };
        if judge.now > ends {
            return Err(Code::DeadlinePassed.into());
        }
        let digest = request.suite.digest().digest(&pending.request.0);
        let parts = AnswerParts {
            statement: &result.statement.0,
            shown: &result.shown.0,
            products: &result.products,
        };
        let expected = Expected { request: &request, digest: &digest, sid, transcript: None };
        let statement = VerifiedStatement::new(parts, expected, judge)?;
        let again = match &pending.accepted {
            Some(accepted) if accepted.0 == statement.digest().as_ref() => true,
            Some(_) => return Err(Code::AlreadyAnswered.into()),
            None => false,
        };
        pending.accepted = Some(Binary(statement.digest().as_ref().to_vec()));
        Ok(Accepted { statement, request, again })
    }
}

impl RequestDraft {
    /// What goes to the platform's key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        self.object.to_sign()
    }

    /// Takes the key's answer, draws a display key and seals the request under it.
    ///
    /// # Errors
    ///
    /// [`Code::RequestSignature`]: another key's answer; [`Code::RequestTooLarge`].
    pub fn finish(self, answer: &[u8], rng: &mut impl CryptoRng) -> Result<Opening, Refused> {
        let der = self.object.finish(answer).map_err(|_| Code::RequestSignature)?;
        let suite = self.request.suite;
        let digest = suite.digest().digest(&self.text);
        let display_key = DisplayKey::random(rng);
        let sealed = Binary(display_key.seal_request(suite, &digest, &der, rng)?);
        let header = self.request.routing(&self.text);
        let pending = Pending {
            digest: header.request_digest.clone(),
            request: Binary(self.text),
            cookie: self.cookie,
            sid: None,
            accepted: None,
        };
        Ok(Opening { open: Open { header, sealed }, pending, display_key })
    }
}

impl Opening {
    /// The hub opened the session: gives what the page needs, and what the platform keeps.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] for a session number that is none.
    pub fn opened(mut self, opened: &Opened) -> Result<(Ticket, Pending), Refused> {
        let sid = <[u8; 16]>::try_from(&opened.sid.0[..]).map_err(|_| Code::Internal)?;
        self.pending.sid = Some(opened.sid.clone());
        let request = self.pending.request.0.clone();
        let ticket = Ticket::new(Sid(sid), opened, self.display_key, request);
        Ok((ticket, self.pending))
    }
}

impl Pending {
    /// The session's number, once it was opened.
    #[must_use]
    pub fn sid(&self) -> Option<Sid> {
        let sid = self.sid.as_ref()?;
        <[u8; 16]>::try_from(&sid.0[..]).ok().map(Sid)
    }

    /// H of the accepted statement, DER.
    #[must_use]
    pub fn accepted(&self) -> Option<&[u8]> {
        self.accepted.as_ref().map(|digest| &digest.0[..])
    }

    /// The request's octets, as they were signed.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        &self.request.0
    }
}
