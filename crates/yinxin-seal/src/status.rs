//! The signed list of seals that were suspended, cancelled or replaced (印章状态列表).
//!
//! ```json
//! {"typ":"yinxin-seal-status-1","number":7,"issuedAt":"…","nextUpdate":"…",
//!  "seals":[{"id":"37030000001721","state":"cancelled","since":"…","reason":"…"}]}
//! ```
//!
//! A seal that is not in the list is in use. A seal may stand in it several times: its state at a
//! time is that of the latest entry before, so that a document sealed before a cancellation is
//! "valid then, cancelled later".
//!
//! No standard defines this list: its definition is this project's.

use std::fmt;

use serde::{Deserialize, Serialize};
use yinxin_pki::cms::CmsError;
use yinxin_pki::json;
use yinxin_pki::signed_object::{ObjectDraft, ObjectError, ObjectType, SignedObject};
use yinxin_pki::{Certificate, Error, Explain, Fact, Party, Purpose, Time};

use crate::check::Check;
use crate::es::Seal;

const TYPE: &str = "yinxin-seal-status-1";

/// What a seal's keeper or authority did to it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SealState {
    /// In use again.
    Active,
    /// Cancelled for good (注销).
    Cancelled,
    /// Replaced by another seal (更换).
    Replaced,
    /// Suspended for a time (停用).
    Suspended,
}

impl SealState {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Cancelled => "cancelled",
            Self::Replaced => "replaced",
            Self::Suspended => "suspended",
        }
    }

    /// The code in a report.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "seal_active",
            Self::Cancelled => "seal_cancelled",
            Self::Replaced => "seal_replaced",
            Self::Suspended => "seal_suspended",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Cancelled, Self::Replaced, Self::Suspended]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// One entry of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a record that callers write")]
pub struct SealStatus {
    /// The seal's id.
    pub id: String,
    /// What it became.
    pub state: SealState,
    /// Since when.
    pub since: Time,
    /// Why, in words.
    pub reason: String,
}

impl SealStatus {
    pub(crate) fn facts(&self) -> Vec<Fact> {
        vec![
            Fact::text("state", self.state.name()),
            Fact::text("since", self.since.to_string()),
            Fact::text("reason", self.reason.as_str()),
        ]
    }
}

/// A list before it is signed, or as read.
///
/// ```
/// use yinxin_pki::{Certificate, Time};
/// use yinxin_seal::status::{SealState, SealStatus, StatusError, StatusList};
///
/// fn publish(
///     authority: &Certificate,
///     now: Time,
///     key: impl Fn(&[u8]) -> Vec<u8>,
/// ) -> Result<Vec<u8>, StatusError> {
///     let cancelled = SealStatus {
///         id: "37030000001721".into(),
///         state: SealState::Cancelled,
///         since: now,
///         reason: "lost".into(),
///     };
///     let list = StatusList::new(7, now, now.plus(7 * Time::DAY), vec![cancelled]);
///     let making = list.prepare(authority)?;
///     let answer = key(making.to_sign().digest());
///     Ok(making.finish(&answer)?)
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatusList {
    number: u64,
    issued_at: Time,
    next_update: Time,
    seals: Vec<SealStatus>,
}

impl StatusList {
    /// A list of number `number`, which rises with every list.
    #[must_use]
    pub const fn new(
        number: u64,
        issued_at: Time,
        next_update: Time,
        seals: Vec<SealStatus>,
    ) -> Self {
        Self { number, issued_at, next_update, seals }
    }

    /// The list's number.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// When it was issued.
    #[must_use]
    pub const fn issued_at(&self) -> Time {
        self.issued_at
    }

    /// When the next one is due at the latest.
    #[must_use]
    pub const fn next_update(&self) -> Time {
        self.next_update
    }

    /// The entries.
    #[must_use]
    pub fn seals(&self) -> &[SealStatus] {
        &self.seals
    }

    /// Fixes what the seal maker is to sign.
    ///
    /// # Errors
    ///
    /// [`StatusError::Object`] for a key that is neither SM2 nor P-256, or for more than 4 MiB.
    pub fn prepare(&self, signer: &Certificate) -> Result<ObjectDraft, StatusError> {
        let wire = ListWire {
            typ: TYPE.into(),
            number: self.number,
            issued_at: self.issued_at.to_string(),
            next_update: self.next_update.to_string(),
            seals: self.seals.iter().map(EntryWire::from).collect(),
        };
        let text = serde_json::to_vec(&wire)
            .map_err(|_| StatusError::Form(Error::Malformed { at: 0, expected: "text" }))?;
        // What is written has to be readable by the same rules.
        json::check(&text).map_err(StatusError::Text)?;
        let carried = [signer.clone()];
        ObjectDraft::new(ObjectType::SealStatusList, text, signer, &carried, self.issued_at)
            .map_err(StatusError::Object)
    }

    fn from_json(text: &[u8]) -> Result<Self, StatusError> {
        let wire: ListWire = json::read(text).map_err(StatusError::Text)?;
        if wire.typ != TYPE {
            return Err(StatusError::Form(Error::Malformed { at: 0, expected: TYPE }));
        }
        let time = |text: &str| Time::parse(text).map_err(StatusError::Form);
        let mut seals = Vec::with_capacity(wire.seals.len());
        for entry in wire.seals {
            let state = SealState::parse(&entry.state)
                .ok_or(StatusError::Form(Error::Malformed { at: 0, expected: "a known state" }))?;
            let (id, since, reason) = (entry.id, time(&entry.since)?, entry.reason);
            seals.push(SealStatus { id, state, since, reason });
        }
        let (issued_at, next_update) = (time(&wire.issued_at)?, time(&wire.next_update)?);
        Ok(Self { number: wire.number, issued_at, next_update, seals })
    }
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListWire {
    typ: String,
    number: u64,
    issued_at: String,
    next_update: String,
    seals: Vec<EntryWire>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EntryWire {
    id: String,
    state: String,
    since: String,
    reason: String,
}

impl From<&SealStatus> for EntryWire {
    fn from(status: &SealStatus) -> Self {
        Self {
            id: status.id.clone(),
            state: status.state.name().into(),
            since: status.since.to_string(),
            reason: status.reason.clone(),
        }
    }
}

/// A list whose signature and signer were checked.
#[derive(Clone, Debug)]
pub struct VerifiedStatusList {
    list: StatusList,
    signer: Certificate,
}

/// What a list says of a seal at a time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum SealStanding<'a> {
    Good,
    /// Good at the time asked for, and not any more.
    GoodThen {
        entry: &'a SealStatus,
    },
    Not {
        entry: &'a SealStatus,
    },
    Unknown {
        code: &'static str,
    },
}

impl VerifiedStatusList {
    /// Reads a signed list and verifies its signature and its signer, who has to be trusted as a
    /// seal maker at the present of `check`.
    ///
    /// # Errors
    ///
    /// [`StatusError`]: whoever issued the list mends it.
    pub fn from_der(der: &[u8], check: &Check<'_>) -> Result<Self, StatusError> {
        let object = SignedObject::from_der(der, ObjectType::SealStatusList)?;
        let missing = ObjectError::Cms(CmsError::SignerCertificate);
        let signer = object.named().cloned().ok_or(missing)?;
        let list = StatusList::from_json(object.verify(&signer)?.content)?;
        check.chain(&signer, Purpose::Seal, check.present()).map_err(StatusError::Chain)?;
        Ok(Self { list, signer })
    }

    /// The list.
    #[must_use]
    pub const fn list(&self) -> &StatusList {
        &self.list
    }

    /// Who signed it.
    #[must_use]
    pub const fn signer(&self) -> &Certificate {
        &self.signer
    }

    pub(crate) fn standing(&self, seal: &Seal, at: Time, now: Time) -> SealStanding<'_> {
        // A maker speaks of its own seals only: another's list must neither cancel nor keep them.
        let own = seal.maker().is_ok_and(|maker| {
            maker == self.signer
                || (maker.subject().matches(self.signer.subject())
                    && maker.issuer().matches(self.signer.issuer()))
        });
        if !own {
            return SealStanding::Unknown { code: "status_list_of_another_maker" };
        }
        if self.list.issued_at > now.plus(300) {
            return SealStanding::Unknown { code: "status_list_from_future" };
        }
        let entries = || self.list.seals.iter().filter(|entry| entry.id == seal.id());
        let then = entries().filter(|entry| entry.since <= at).max_by_key(|entry| entry.since);
        if let Some(entry) = then.filter(|entry| entry.state != SealState::Active) {
            return SealStanding::Not { entry };
        }
        if self.list.next_update < at {
            return SealStanding::Unknown { code: "status_list_stale" };
        }
        let later = entries()
            .filter(|entry| entry.since > at && entry.state != SealState::Active)
            .min_by_key(|entry| entry.since);
        later.map_or(SealStanding::Good, |entry| SealStanding::GoodThen { entry })
    }
}

/// Why a status list is not believed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StatusError {
    /// Its signer is not trusted as a seal maker.
    Chain(yinxin_pki::chain::ChainError),
    /// Its values are not what they should be.
    Form(Error),
    /// Its signature or its encoding is wrong.
    Object(ObjectError),
    /// Its text breaks a rule.
    Text(json::JsonError),
}

impl From<ObjectError> for StatusError {
    fn from(error: ObjectError) -> Self {
        Self::Object(error)
    }
}

impl StatusError {
    fn inner(&self) -> &dyn Explain {
        match self {
            Self::Chain(error) => error,
            Self::Form(error) => error,
            Self::Object(error) => error,
            Self::Text(error) => error,
        }
    }
}

impl Explain for StatusError {
    fn code(&self) -> &'static str {
        self.inner().code()
    }

    fn mended_by(&self) -> Party {
        Party::Authority
    }

    fn facts(&self) -> Vec<Fact> {
        self.inner().facts()
    }
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the list of seals is not believed: {}", self.inner())
    }
}

impl std::error::Error for StatusError {}
