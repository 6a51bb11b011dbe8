//! Wrong numbers (数字核对错误): after three in an hour unknown browsers are closed for an hour.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::Fact;

use crate::{Code, Refused};

const HOUR: u64 = 3600;
const TRIES: usize = 3;

/// When the person entered wrong numbers, by the phone's own clock; kept by the caller between
/// sessions.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WrongMatches {
    times: Vec<u64>,
    closed_until: u64,
}

impl WrongMatches {
    /// Takes note of a wrong number at `now`, seconds since 1970.
    pub(super) fn record(&mut self, now: u64) {
        self.times.retain(|at| now.abs_diff(*at) < HOUR);
        self.times.push(now);
        if self.times.len() >= TRIES {
            self.times.clear();
            self.closed_until = now + HOUR;
        }
    }

    /// Whether unknown browsers may ask.
    ///
    /// # Errors
    ///
    /// [`Code::BrowserRefused`] with the `seconds` that are left.
    pub fn check(&self, now: u64) -> Result<(), Refused> {
        // A clock that was set back does not close the phone for longer than the hour.
        match self.closed_until.checked_sub(now).filter(|left| (1..=HOUR).contains(left)) {
            Some(left) => {
                Err(Refused::from(Code::BrowserRefused).with(Fact::number("seconds", left)))
            }
            None => Ok(()),
        }
    }

    pub(super) fn fits(&self) -> bool {
        self.times.len() < TRIES
    }
}
