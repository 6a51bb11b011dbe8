//! The states of a session and the one place where they change.

use serde::{Deserialize, Serialize};

use crate::Code;

/// The state of a session (会话状态). The last five are final.
///
/// ```text
/// created ─scan→ scanned ─confirm→ confirmed ─────────────┐
///                   │                                     ├─answer→ answered ─ack→ completed
///                   └─offer→ offered ─all prepared→ prepared ┘
/// scanned, confirmed, offered, prepared ─reject→ rejected
/// created … prepared ─cancel, not me→ cancelled
/// any open one ─time→ expired     any open one ─platform suspended→ failed
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum State {
    /// The code is on the page.
    Created,
    /// A phone has it.
    Scanned,
    /// The person confirmed, in a scene without an offer.
    Confirmed,
    /// The phone offered seals; the page prepares.
    Offered,
    /// All is prepared; the phone signs.
    Prepared,
    /// The answer is in the hub's hands.
    Answered,
    /// The answer was acknowledged.
    Completed,
    /// The person declined.
    Rejected,
    /// Page or platform gave up, or refused the phone.
    Cancelled,
    /// Its time was over.
    Expired,
    /// Somebody could not go on, or the platform was suspended.
    Failed,
}

impl State {
    /// All of them, in the order of life.
    pub const ALL: [Self; 11] = [
        Self::Created,
        Self::Scanned,
        Self::Confirmed,
        Self::Offered,
        Self::Prepared,
        Self::Answered,
        Self::Completed,
        Self::Rejected,
        Self::Cancelled,
        Self::Expired,
        Self::Failed,
    ];

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Scanned => "scanned",
            Self::Confirmed => "confirmed",
            Self::Offered => "offered",
            Self::Prepared => "prepared",
            Self::Answered => "answered",
            Self::Completed => "completed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it never changes again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.refusal().is_some()
    }

    /// What every step hears in a final state.
    pub(crate) const fn refusal(self) -> Option<Code> {
        match self {
            Self::Created
            | Self::Scanned
            | Self::Confirmed
            | Self::Offered
            | Self::Prepared
            | Self::Answered => None,
            Self::Completed | Self::Failed => Some(Code::SessionFinal),
            Self::Rejected => Some(Code::Rejected),
            Self::Cancelled => Some(Code::SessionCancelled),
            Self::Expired => Some(Code::SessionExpired),
        }
    }

    /// The state after `step`, or why it is refused. That the step is allowed to who takes it, in
    /// time and new is looked at before; a step that was taken before, octet by octet, does not
    /// come here.
    ///
    /// # Errors
    ///
    /// A final state's own code; [`Code::BoundElsewhere`] for a second scan;
    /// [`Code::AlreadyAnswered`] for what comes after the answer; [`Code::StepOutOfOrder`].
    pub const fn after(self, step: Step) -> Result<Self, Code> {
        use Step as S;
        if let Some(code) = self.refusal() {
            return match (self, step) {
                (Self::Completed, S::Receipt) => Ok(Self::Completed),
                _ => Err(code),
            };
        }
        match (self, step) {
            (_, S::Suspend) => Ok(Self::Failed),
            (_, S::Timeout) => Ok(Self::Expired),

            (Self::Created, S::Scan) => Ok(Self::Scanned),
            (_, S::Scan) => Err(Code::BoundElsewhere),
            (Self::Scanned, S::ScanAgain) => Ok(Self::Scanned),
            (Self::Created, S::ShortCode) => Ok(Self::Created),

            (Self::Scanned, S::Hello | S::Key) => Ok(Self::Scanned),
            (Self::Scanned, S::Confirm) => Ok(Self::Confirmed),
            (Self::Scanned, S::Offer) => Ok(Self::Offered),
            (Self::Offered, S::Prepared) => Ok(Self::Offered),
            (Self::Offered, S::PreparedLast) => Ok(Self::Prepared),
            (Self::Confirmed | Self::Prepared, S::Answer) => Ok(Self::Answered),
            (Self::Answered, S::Ack) => Ok(Self::Completed),

            (Self::Answered, S::Answer | S::Cancel | S::Fail | S::NotMe | S::Reject) => {
                Err(Code::AlreadyAnswered)
            }
            (
                Self::Created | Self::Scanned | Self::Confirmed | Self::Offered | Self::Prepared,
                S::Cancel,
            ) => Ok(Self::Cancelled),
            (
                Self::Created | Self::Scanned | Self::Confirmed | Self::Offered | Self::Prepared,
                S::Fail,
            ) => Ok(Self::Failed),
            (Self::Scanned | Self::Confirmed | Self::Offered | Self::Prepared, S::NotMe) => {
                Ok(Self::Cancelled)
            }
            (Self::Scanned | Self::Confirmed | Self::Offered | Self::Prepared, S::Reject) => {
                Ok(Self::Rejected)
            }
            _ => Err(Code::StepOutOfOrder),
        }
    }
}

/// What happens to a session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Page or platform acknowledge the answer.
    Ack,
    /// The phone answers.
    Answer,
    /// Page or platform give up.
    Cancel,
    /// The person confirmed.
    Confirm,
    /// Somebody cannot go on.
    Fail,
    /// The phone says that it is there.
    Hello,
    /// The page hands over the display key.
    Key,
    /// The page refuses this phone.
    NotMe,
    /// The phone offers seals.
    Offer,
    /// The page prepared a file, and there are more.
    Prepared,
    /// The page prepared the last file.
    PreparedLast,
    /// The platform says whether the act counts.
    Receipt,
    /// The person declined.
    Reject,
    /// A phone read the code.
    Scan,
    /// The phone that has the session read the code once more: its first answer got lost.
    ScanAgain,
    /// A new short code takes the old one's place.
    ShortCode,
    /// The platform was suspended.
    Suspend,
    /// The state's time is over.
    Timeout,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Ack,
        Self::Answer,
        Self::Cancel,
        Self::Confirm,
        Self::Fail,
        Self::Hello,
        Self::Key,
        Self::NotMe,
        Self::Offer,
        Self::Prepared,
        Self::PreparedLast,
        Self::Receipt,
        Self::Reject,
        Self::Scan,
        Self::ScanAgain,
        Self::ShortCode,
        Self::Suspend,
        Self::Timeout,
    ];
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;
    use std::{format, println};

    use super::*;

    /// Rows are steps, columns are states. A word is the next state; `-` out of order, `=` bound
    /// elsewhere, `!` already answered, `x` the final state's own code.
    const TABLE: &str = "
                  created   scanned   confirmed offered   prepared  answered  completed rejected cancelled expired failed
    Ack           -         -         -         -         -         completed x         x        x         x       x
    Answer        -         -         answered  -         answered  !         x         x        x         x       x
    Cancel        cancelled cancelled cancelled cancelled cancelled !         x         x        x         x       x
    Confirm       -         confirmed -         -         -         -         x         x        x         x       x
    Fail          failed    failed    failed    failed    failed    !         x         x        x         x       x
    Hello         -         scanned   -         -         -         -         x         x        x         x       x
    Key           -         scanned   -         -         -         -         x         x        x         x       x
    NotMe         -         cancelled cancelled cancelled cancelled !         x         x        x         x       x
    Offer         -         offered   -         -         -         -         x         x        x         x       x
    Prepared      -         -         -         offered   -         -         x         x        x         x       x
    PreparedLast  -         -         -         prepared  -         -         x         x        x         x       x
    Receipt       -         -         -         -         -         -         completed x        x         x       x
    Reject        -         rejected  rejected  rejected  rejected  !         x         x        x         x       x
    Scan          scanned   =         =         =         =         =         x         x        x         x       x
    ScanAgain     -         scanned   -         -         -         -         x         x        x         x       x
    ShortCode     created   -         -         -         -         -         x         x        x         x       x
    Suspend       failed    failed    failed    failed    failed    failed    x         x        x         x       x
    Timeout       expired   expired   expired   expired   expired   expired   x         x        x         x       x
    ";

    #[test]
    fn every_pair_of_state_and_step_is_listed() {
        let mut rows = TABLE.lines().map(str::split_whitespace).filter_map(|mut words| {
            let first = words.next()?;
            Some((first, words.collect::<Vec<_>>()))
        });
        let (first, states) = rows.next().unwrap();
        let names: Vec<_> = [first].into_iter().chain(states).collect();
        assert_eq!(names, State::ALL.map(State::name));
        let mut pairs = 0;
        for (step, (name, cells)) in Step::ALL.into_iter().zip(rows) {
            assert_eq!(format!("{step:?}"), name);
            assert_eq!(cells.len(), State::ALL.len(), "{name}");
            for (state, cell) in State::ALL.into_iter().zip(cells) {
                let found = state.after(step);
                let word: String = match found {
                    Ok(next) => next.name().into(),
                    Err(Code::StepOutOfOrder) => "-".into(),
                    Err(Code::BoundElsewhere) => "=".into(),
                    Err(Code::AlreadyAnswered) => "!".into(),
                    Err(code) if Some(code) == state.refusal() => "x".into(),
                    Err(code) => code.name().into(),
                };
                assert_eq!(word, cell, "{step:?} in {state:?}");
                pairs += 1;
            }
        }
        println!("{pairs} pairs");
        assert_eq!(pairs, 18 * 11);
    }

    #[test]
    fn final_states_stay() {
        for state in State::ALL.into_iter().filter(|state| state.is_final()) {
            for step in Step::ALL {
                assert!(state.after(step).is_err() || state.after(step) == Ok(state));
            }
            assert_eq!(State::from_name(state.name()), Some(state));
        }
        assert_eq!(State::ALL.iter().filter(|state| state.is_final()).count(), 5);
    }
}
