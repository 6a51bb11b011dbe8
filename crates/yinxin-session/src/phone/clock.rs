//! The time of one session (会话时间): the phone's own, or the hub's where the phone's is off.

use crate::wire::TimeSource;

/// Seconds that a phone's clock may be off before the hub's is taken.
const OFF: u64 = 300;

/// How to get from the phone's clock to the session's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Clock {
    /// Seconds that the session is ahead of the phone.
    ahead: i64,
    pub(super) source: TimeSource,
}

impl Clock {
    /// The phone's own.
    pub(super) const OWN: Self = Self { ahead: 0, source: TimeSource::Phone };

    /// By the hub's word `at`, heard at `now` by the phone's clock.
    pub(super) fn by_hub(at: u64, now: u64) -> Self {
        if at.abs_diff(now) <= OFF {
            return Self::OWN;
        }
        let signed = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
        Self { ahead: signed(at).saturating_sub(signed(now)), source: TimeSource::Hub }
    }

    /// The session's time when the phone's clock shows `now`.
    pub(super) const fn at(self, now: u64) -> u64 {
        now.saturating_add_signed(self.ahead)
    }

    /// What the phone's clock shows at a time of the session.
    pub(super) const fn own(self, at: u64) -> u64 {
        at.saturating_add_signed(self.ahead.saturating_neg())
    }

    /// Seconds that the phone is fast (positive) or slow, where that is worth a warning.
    pub(super) fn phone_is_fast_by(self) -> Option<i64> {
        (self.source == TimeSource::Hub).then(|| self.ahead.saturating_neg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_up_to_300_seconds_off_keeps_its_own_clock() {
        assert_eq!(Clock::by_hub(1_300, 1_000), Clock::OWN);
        assert_eq!(Clock::by_hub(700, 1_000), Clock::OWN);
        let fast = Clock::by_hub(10_000, 13_600);
        assert_eq!((fast.at(13_610), fast.own(10_010)), (10_010, 13_610));
        assert_eq!(fast.phone_is_fast_by(), Some(3_600));
        let slow = Clock::by_hub(100_000, 13_600);
        assert_eq!((slow.at(13_601), slow.phone_is_fast_by()), (100_001, Some(-86_400)));
        assert_eq!(Clock::by_hub(u64::MAX, 0).at(u64::MAX), u64::MAX);
    }
}
