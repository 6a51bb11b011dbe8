//! Released requests (已应答请求): a phone answers a request once, whoever brings it again.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::Digest;
use yinxin_pki::json::MAX_NUMBER;

use crate::wire::Binary;
use crate::{Code, Refused};

/// Seconds after a request was issued for which it is remembered: 30 minutes that a session lives
/// at most, and five.
const KEPT: u64 = 2100;

/// Requests remembered. With that many answers in half an hour the phone says wait; it never
/// forgets one before its time.
const MOST: usize = 100;

/// Digests of requests that were answered; kept by the caller between sessions.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    list: Vec<Entry>,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    request: Binary,
    until: u64,
}

impl Released {
    /// Whether a request may still be answered.
    ///
    /// # Errors
    ///
    /// [`Code::RequestReplayed`]; [`Code::RateLimited`] when there were too many.
    pub fn check(&self, request: &Digest, now: u64) -> Result<(), Refused> {
        if self.list.iter().any(|entry| entry.request.0 == request.as_ref()) {
            return Err(Code::RequestReplayed.into());
        }
        let kept = self.list.iter().filter(|entry| entry.until >= now).count();
        if kept >= MOST { Err(Code::RateLimited.into()) } else { Ok(()) }
    }

    /// Takes note that a request, issued at `issued_at`, is answered at `now` by the phone's own
    /// clock.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub(super) fn record(
        &mut self,
        request: &Digest,
        issued_at: u64,
        now: u64,
    ) -> Result<(), Refused> {
        self.check(request, now)?;
        self.list.retain(|entry| entry.until >= now);
        // A phone whose clock is fast would otherwise forget at once.
        let until = issued_at.max(now).saturating_add(KEPT).min(MAX_NUMBER);
        self.list.push(Entry { request: Binary(request.as_ref().to_vec()), until });
        Ok(())
    }

    pub(super) fn fits(&self) -> bool {
        self.list.len() <= MOST && self.list.iter().all(|entry| entry.request.0.len() == 32)
    }
}
