//! What happened in a session, and what of it each role is told.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::Digest;

use super::state::State;
use super::store::Slot;
use crate::channel::Sid;
use crate::label::{Field, Label, Suite};
use crate::wire::Binary;
use crate::wire::http::Event;
use crate::{Code, Refused};

/// Who holds which token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Role {
    /// The platform's page.
    Page,
    /// The bidder's phone.
    Phone,
    /// The platform's back end.
    Platform,
}

/// One event as it is kept: seconds after the session was opened, the deadline in the same, and
/// what happened.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Entry(pub(crate) u32, pub(crate) u32, pub(crate) What);

/// What happened, in words short enough for a database.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum What {
    #[serde(rename = "C")]
    Created,
    #[serde(rename = "c")]
    ShortCode,
    #[serde(rename = "s")]
    Scanned { by_code: bool },
    #[serde(rename = "h")]
    Hello,
    #[serde(rename = "k")]
    Key,
    #[serde(rename = "f")]
    Confirmed,
    #[serde(rename = "o")]
    Offered,
    #[serde(rename = "p")]
    Prepared(u8, u8),
    /// The last one that was missing.
    #[serde(rename = "P")]
    PreparedLast(u8, u8),
    #[serde(rename = "a")]
    Answered,
    #[serde(rename = "d")]
    Completed,
    #[serde(rename = "r")]
    Receipt,
    #[serde(rename = "j")]
    Rejected,
    #[serde(rename = "n")]
    NotMe,
    #[serde(rename = "x")]
    Cancelled,
    #[serde(rename = "e")]
    Expired { answered: bool },
    #[serde(rename = "F", with = "code_name")]
    Failed(Code),
}

impl What {
    pub(crate) const fn state(self) -> State {
        match self {
            Self::Created | Self::ShortCode => State::Created,
            Self::Scanned { .. } | Self::Hello | Self::Key => State::Scanned,
            Self::Confirmed => State::Confirmed,
            Self::Offered | Self::Prepared(..) => State::Offered,
            Self::PreparedLast(..) => State::Prepared,
            Self::Answered => State::Answered,
            Self::Completed | Self::Receipt => State::Completed,
            Self::Rejected => State::Rejected,
            Self::NotMe | Self::Cancelled => State::Cancelled,
            Self::Expired { .. } => State::Expired,
            Self::Failed(_) => State::Failed,
        }
    }

    pub(crate) const fn step(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::ShortCode => "shortCode",
            Self::Scanned { .. } => "scanned",
            Self::Hello => "hello",
            Self::Key => "key",
            Self::Confirmed => "confirmed",
            Self::Offered => "offered",
            Self::Prepared(..) | Self::PreparedLast(..) => "prepared",
            Self::Answered => "answered",
            Self::Completed => "completed",
            Self::Receipt => "receipt",
            Self::Rejected => "rejected",
            Self::NotMe | Self::Cancelled => "cancelled",
            Self::Expired { .. } => "expired",
            Self::Failed(_) => "failed",
        }
    }

    /// Why it ended, if it ended badly.
    pub(crate) const fn code(self) -> Option<Code> {
        match self {
            Self::Created
            | Self::ShortCode
            | Self::Scanned { .. }
            | Self::Hello
            | Self::Key
            | Self::Confirmed
            | Self::Offered
            | Self::Prepared(..)
            | Self::PreparedLast(..)
            | Self::Answered
            | Self::Completed
            | Self::Receipt => None,
            Self::Rejected => Some(Code::Rejected),
            Self::NotMe => Some(Code::NotMe),
            Self::Cancelled => Some(Code::SessionCancelled),
            Self::Expired { .. } => Some(Code::SessionExpired),
            Self::Failed(code) => Some(code),
        }
    }

    /// Where the message lies that `role` gets with it.
    pub(crate) const fn message(self, role: Role) -> Option<Slot> {
        match (self, role) {
            (Self::Hello, Role::Page) => Some(Slot::Hello),
            (Self::Offered, Role::Page) => Some(Slot::Offer),
            (Self::Answered, Role::Page) => Some(Slot::Answer),
            (Self::Rejected, Role::Page) => Some(Slot::Reject),
            (Self::Key, Role::Phone) => Some(Slot::Key),
            (Self::Prepared(index, _) | Self::PreparedLast(index, _), Role::Phone) => {
                Some(Slot::Prepared(index))
            }
            (Self::Answered, Role::Phone) => Some(Slot::Stored),
            (Self::Completed, Role::Phone) => Some(Slot::Delivered),
            (Self::Receipt, Role::Phone) => Some(Slot::Receipt),
            _ => None,
        }
    }
}

impl Entry {
    /// The event, as a role sees it, without its message.
    pub(crate) fn event(self, n: u64, created_at: u64) -> Event {
        let Self(at, deadline, what) = self;
        let (index, count) = match what {
            What::Prepared(index, count) | What::PreparedLast(index, count) => {
                (Some(index.into()), Some(count.into()))
            }
            _ => (None, None),
        };
        let by = match what {
            What::Scanned { by_code: true } => Some("shortCode"),
            What::Scanned { by_code: false } => Some("frame"),
            _ => None,
        };
        let delivered = matches!(what, What::Expired { answered: true }).then_some("unknown");
        Event {
            n,
            state: what.state().name().into(),
            at: created_at + u64::from(at),
            step: what.step().into(),
            code: what.code().map(|code| code.name().into()),
            deadline: (deadline > 0).then(|| created_at + u64::from(deadline)),
            by: by.map(String::from),
            delivered: delivered.map(String::from),
            short_code: None,
            index,
            count,
            data: None,
        }
    }
}

impl Event {
    /// What evidence names as the last event seen: H("yinxin-event-1" ‖ 00 ‖ sid ‖ n(8) ‖ at(8) ‖
    /// state ‖ step ‖ code), texts behind their lengths. It does not depend on the role.
    #[must_use]
    pub fn digest(&self, suite: Suite, sid: Sid) -> Digest {
        let (n, at) = (self.n.to_be_bytes(), self.at.to_be_bytes());
        let code = self.code.as_deref().unwrap_or("");
        let fields = [
            Field::Fixed(&sid.0),
            Field::Fixed(&n),
            Field::Fixed(&at),
            Field::Sized(self.state.as_bytes()),
            Field::Sized(self.step.as_bytes()),
            Field::Sized(code.as_bytes()),
        ];
        suite.hash(Label::Event, &fields)
    }
}

mod code_name {
    use alloc::string::String;

    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::Code;

    // The signature is serde's.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(super) fn serialize<S: Serializer>(code: &Code, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(code.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Code, D::Error> {
        let name = String::deserialize(from)?;
        Code::from_name(&name).ok_or_else(|| de::Error::custom("a code of the catalogue"))
    }
}

/// Attaches messages to events.
pub(crate) fn with_message(
    event: Event,
    message: Result<Option<Vec<u8>>, Refused>,
) -> Result<Event, Refused> {
    Ok(Event { data: message?.map(Binary), ..event })
}
