//! Wrong PINs (PIN 错误计数): five lock the phone's keys.

use serde::{Deserialize, Serialize};
use yinxin_pki::Fact;

use crate::{Code, Refused};

const TRIES: u64 = 5;

/// How many PINs were wrong since the last right one; kept by the caller between sessions. The PIN
/// itself never comes here: whoever keeps the keys tries it.
///
/// ```
/// use yinxin_session::Code;
/// use yinxin_session::phone::PinCounter;
///
/// let mut counter = PinCounter::default();
/// let attempt = counter.begin()?; // counted: store the counter, then try the PIN
/// assert_eq!(attempt.wrong(&counter).code, Code::PinWrong);
/// let attempt = counter.begin()?;
/// let passed = attempt.right(&mut counter); // goes into one confirmation
/// # drop(passed);
/// # Ok::<(), yinxin_session::Refused>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PinCounter {
    wrong: u64,
}

/// A PIN about to be tried: it counts as wrong until it was right, so that pulling the battery
/// gains nobody a try.
#[derive(Debug)]
#[must_use]
pub struct PinAttempt(());

/// A PIN that was right (or what the device takes for it, as a fingerprint): for one confirmation.
#[derive(Debug)]
#[must_use]
pub struct PinPassed(());

impl PinCounter {
    /// Counts a try. Store the counter before the PIN is tried.
    ///
    /// # Errors
    ///
    /// [`Code::PinLocked`] after five wrong ones.
    pub fn begin(&mut self) -> Result<PinAttempt, Refused> {
        if self.wrong >= TRIES {
            return Err(Code::PinLocked.into());
        }
        self.wrong += 1;
        Ok(PinAttempt(()))
    }

    /// Unlocks, after the person proved otherwise who it is, with a new PIN. Whoever calls this
    /// also calls [`KnownBrowsers::revoke_all`](super::KnownBrowsers::revoke_all).
    pub const fn reset(&mut self) {
        self.wrong = 0;
    }
}

impl PinAttempt {
    /// It was right.
    pub const fn right(self, counter: &mut PinCounter) -> PinPassed {
        counter.wrong = 0;
        PinPassed(())
    }

    /// It was wrong: [`Code::PinWrong`] with the tries that are `left`, or [`Code::PinLocked`].
    #[must_use]
    pub fn wrong(self, counter: &PinCounter) -> Refused {
        match TRIES.saturating_sub(counter.wrong) {
            0 => Code::PinLocked.into(),
            left => Refused::from(Code::PinWrong).with(Fact::number("left", left)),
        }
    }
}
