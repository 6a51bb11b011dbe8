//! What the platform remembers: visitors by their cookies, who is logged in, what was asked.

use std::collections::HashMap;

use serde::Serialize;
use yinxin_session::platform::{Pending, Visit};
use yinxin_session::wire::{Token, TokenDigest};
use yinxin_session::{Code, Refused, Scene};

/// Seconds for which a visitor's cookie holds.
pub(crate) const COOKIE_LIFE: u64 = 12 * 3600;

/// Seconds for which a request and its outcome are remembered.
const RECORD_LIFE: u64 = 24 * 3600;

/// Visitors, and requests, that are remembered at once.
const MOST: usize = 100_000;

/// A unit or person that logged in.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    /// Name, as the certificate has it.
    pub(crate) name: String,
    /// Unified social credit code, if the holder is a unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credit_code: Option<String>,
}

/// Whether the hub has the platform's receipt.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Receipt {
    /// There is none yet: nothing was accepted.
    None,
    /// The hub did not take it yet, or is not there.
    Waiting,
    /// The hub has it, for the phone.
    Sent,
}

/// A request that was opened at the hub.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) scene: Scene,
    pub(crate) pending: Pending,
    pub(crate) platform_token: Token,
    pub(crate) receipt: Receipt,
    /// Cookies that may see it: the one that asked, and after a login the new one.
    pub(crate) owners: Vec<TokenDigest>,
    at: u64,
}

#[derive(Debug)]
struct Visitor {
    account: Option<Account>,
    visits: Vec<Visit>,
    at: u64,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Books {
    visitors: HashMap<TokenDigest, Visitor>,
    records: HashMap<Vec<u8>, Record>,
}

impl Books {
    /// Lets a visitor in; a cookie that is not known is none.
    ///
    /// # Errors
    ///
    /// [`Code::RateLimited`] where too many are there.
    pub(crate) fn enter(&mut self, cookie: TokenDigest, now: u64) -> Result<(), Refused> {
        self.tidy(now);
        if self.visitors.len() >= MOST {
            return Err(Code::RateLimited.into());
        }
        self.visitors.entry(cookie).or_insert(Visitor { account: None, visits: vec![], at: now });
        Ok(())
    }

    /// Whether a cookie is some visitor's.
    pub(crate) fn knows(&self, cookie: TokenDigest, now: u64) -> bool {
        self.visitors.get(&cookie).is_some_and(|visitor| now <= visitor.at + COOKIE_LIFE)
    }

    /// Remembers a page by its nonce; of one visitor the last eight.
    pub(crate) fn visit(&mut self, cookie: TokenDigest, visit: Visit) {
        let Some(visitor) = self.visitors.get_mut(&cookie) else { return };
        visitor.visits.push(visit);
        if visitor.visits.len() > 8 {
            visitor.visits.remove(0);
        }
    }

    /// Takes the visit of a nonce: each page asks once.
    pub(crate) fn take_visit(&mut self, cookie: TokenDigest, nonce: &[u8]) -> Option<Visit> {
        let visits = &mut self.visitors.get_mut(&cookie)?.visits;
        let at = visits.iter().position(|visit| visit.nonce.0 == nonce)?;
        Some(visits.remove(at))
    }

    /// Who is logged in under a cookie.
    pub(crate) fn account(&self, cookie: TokenDigest) -> Option<&Account> {
        self.visitors.get(&cookie)?.account.as_ref()
    }

    /// Somebody logged in: under a new cookie, so that whoever planted the old one has nothing.
    pub(crate) fn log_in(
        &mut self,
        old: TokenDigest,
        new: TokenDigest,
        account: Account,
        now: u64,
    ) {
        // The old cookie still finds the login's own result, and nothing else.
        if let Some(visitor) = self.visitors.get_mut(&old) {
            visitor.account = None;
            visitor.visits.clear();
        }
        self.visitors.insert(new, Visitor { account: Some(account), visits: vec![], at: now });
    }

    /// Remembers a request.
    ///
    /// # Errors
    ///
    /// [`Code::RateLimited`] where too many are there.
    pub(crate) fn record(
        &mut self,
        scene: Scene,
        pending: Pending,
        platform_token: Token,
        owner: TokenDigest,
        now: u64,
    ) -> Result<(), Refused> {
        if self.records.len() >= MOST {
            return Err(Code::RateLimited.into());
        }
        let digest = pending.digest.0.clone();
        let record = Record {
            scene,
            pending,
            platform_token,
            receipt: Receipt::None,
            owners: vec![owner],
            at: now,
        };
        self.records.insert(digest, record);
        Ok(())
    }

    /// A request by its digest.
    pub(crate) fn get(&mut self, digest: &[u8]) -> Option<&mut Record> {
        self.records.get_mut(digest)
    }

    fn tidy(&mut self, now: u64) {
        self.visitors.retain(|_, visitor| now <= visitor.at + COOKIE_LIFE);
        self.records.retain(|_, record| now <= record.at + RECORD_LIFE);
    }
}
