//! Limits of tries (限频): pure counting, bounded in memory.
//!
//! Each node counts for itself; a bidder who meets two nodes has twice the tries, an attacker too.

use alloc::collections::BTreeMap;
use alloc::collections::VecDeque;

use yinxin_pki::Fact;

use crate::wire::http::RETRY_AFTER;
use crate::{Code, Refused};

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

/// How many tries in how many seconds.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// Tries.
    pub tries: usize,
    /// Seconds.
    pub within: u64,
}

/// Typed codes: 5 a minute and 20 an hour a phone.
pub const CODES_OF_PHONE: [Limit; 2] =
    [Limit { tries: 5, within: MINUTE }, Limit { tries: 20, within: HOUR }];

/// Typed codes: 60 a minute a network.
pub const CODES_OF_NETWORK: [Limit; 1] = [Limit { tries: 60, within: MINUTE }];

/// Frames: 30 a minute a phone, which no thumb reaches.
pub const FRAMES_OF_PHONE: [Limit; 1] = [Limit { tries: 30, within: MINUTE }];

/// Frames: 600 a minute a network, for a hall full of bidders behind one address.
pub const FRAMES_OF_NETWORK: [Limit; 1] = [Limit { tries: 600, within: MINUTE }];

/// A phone that pages refused as *not me* three times in ten minutes waits: it scans codes that
/// are not its owner's.
pub const NOT_ME_OF_PHONE: [Limit; 1] = [Limit { tries: 3, within: 10 * MINUTE }];

/// Whose tries are counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Who {
    /// A phone's tries of frames.
    Frames([u8; 32]),
    /// A network's tries of frames.
    NetworkFrames([u8; 16]),
    /// A phone's tries of typed codes.
    Codes([u8; 32]),
    /// A network's tries of typed codes.
    NetworkCodes([u8; 16]),
    /// How often pages refused a phone.
    NotMe([u8; 32]),
}

impl Who {
    const fn limits(&self) -> &'static [Limit] {
        match self {
            Self::Frames(_) => &FRAMES_OF_PHONE,
            Self::NetworkFrames(_) => &FRAMES_OF_NETWORK,
            Self::Codes(_) => &CODES_OF_PHONE,
            Self::NetworkCodes(_) => &CODES_OF_NETWORK,
            Self::NotMe(_) => &NOT_ME_OF_PHONE,
        }
    }

    /// The longest of its times, after which a try is forgotten.
    fn memory(&self) -> u64 {
        self.limits().iter().map(|limit| limit.within).max().unwrap_or(0)
    }

    /// The most tries that count for anything.
    fn most(&self) -> usize {
        self.limits().iter().map(|limit| limit.tries).max().unwrap_or(0)
    }
}

/// The counters of one node.
#[derive(Clone, Debug)]
pub struct Rates {
    tries: BTreeMap<Who, VecDeque<u64>>,
    capacity: usize,
}

impl Default for Rates {
    /// For 100 000 phones and networks at once, at most 600 times each.
    fn default() -> Self {
        Self::new(100_000)
    }
}

impl Rates {
    /// Counters for at most `capacity` phones and networks.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { tries: BTreeMap::new(), capacity }
    }

    /// Whether `who` may try at `now`; counts nothing.
    ///
    /// # Errors
    ///
    /// [`Code::RateLimited`] with the seconds to wait.
    pub fn check(&self, who: &Who, now: u64) -> Result<(), Refused> {
        let Some(times) = self.tries.get(who) else { return Ok(()) };
        let wait = who.limits().iter().filter_map(|limit| {
            // The try that has to grow old before there is room for another.
            let blocking = times.len().checked_sub(limit.tries).and_then(|at| times.get(at))?;
            (*blocking + limit.within).checked_sub(now).filter(|wait| *wait > 0)
        });
        match wait.max() {
            None => Ok(()),
            Some(seconds) => Err(limited(seconds)),
        }
    }

    /// Counts a try.
    pub fn count(&mut self, who: Who, now: u64) {
        if self.tries.len() >= self.capacity && !self.tries.contains_key(&who) {
            self.tidy(now);
            // An attacker with that many phones or networks pushes out the smallest key, not all.
            if self.tries.len() >= self.capacity {
                self.tries.pop_first();
            }
        }
        let times = self.tries.entry(who).or_default();
        times.push_back(now);
        while times.len() > who.most() {
            times.pop_front();
        }
    }

    /// Checks and counts.
    ///
    /// # Errors
    ///
    /// [`Code::RateLimited`] with the seconds to wait; a refused try does not count.
    pub fn take(&mut self, who: Who, now: u64) -> Result<(), Refused> {
        self.check(&who, now)?;
        self.count(who, now);
        Ok(())
    }

    /// Forgets tries that count no more.
    pub fn tidy(&mut self, now: u64) {
        self.tries.retain(|who, times| times.back().is_some_and(|last| *last + who.memory() > now));
    }

    /// How many phones and networks are counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tries.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tries.is_empty()
    }
}

pub(crate) fn limited(seconds: u64) -> Refused {
    Refused::from(Code::RateLimited).with(Fact::number(RETRY_AFTER, seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: Who = Who::Codes([1; 32]);

    #[test]
    fn sixth_code_in_a_minute_waits_and_says_how_long() {
        let mut rates = Rates::default();
        for second in 0..5 {
            rates.take(PHONE, 1000 + second).unwrap();
        }
        let said = rates.take(PHONE, 1010).unwrap_err();
        assert_eq!((said.code, said.number(RETRY_AFTER)), (Code::RateLimited, Some(50)));
        assert_eq!(rates.take(Who::Codes([2; 32]), 1010), Ok(()), "another phone");
        rates.take(PHONE, 1059).unwrap_err();
        rates.take(PHONE, 1060).unwrap();
    }

    #[test]
    fn twenty_first_code_in_an_hour_waits() {
        let mut rates = Rates::default();
        for minute in 0..20 {
            rates.take(PHONE, 60 * minute).unwrap();
        }
        let said = rates.take(PHONE, 60 * 20).unwrap_err();
        assert_eq!(said.number(RETRY_AFTER), Some(3600 - 1200));
        rates.take(PHONE, 3600).unwrap();
    }

    #[test]
    fn sixty_first_code_of_a_network_in_a_minute_waits() {
        let mut rates = Rates::default();
        let network = Who::NetworkCodes([7; 16]);
        for _ in 0..60 {
            rates.take(network, 5).unwrap();
        }
        rates.take(network, 64).unwrap_err();
        rates.take(network, 65).unwrap();
    }

    #[test]
    fn memory_is_bounded_however_many_come() {
        let mut rates = Rates::new(100);
        for phone in 0..10_000_u64 {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&phone.to_be_bytes());
            for _ in 0..100 {
                rates.count(Who::Codes(id), 9);
            }
        }
        assert_eq!(rates.len(), 100);
        assert!(rates.tries.values().all(|times| times.len() <= 20));
        rates.tidy(9 + 3600);
        assert!(rates.is_empty());
    }
}
