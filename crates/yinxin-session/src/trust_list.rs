//! The trust list (信任列表): which platforms may ask for what, signed by a key that phones pin.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::signed_object::{ObjectError, ObjectType, SignedObject};
use yinxin_pki::{Certificate, json};

use crate::wire::Binary;
use crate::{Code, Refused, Scene};

const TYP: &str = "yinxin-trust-list-1";
const DAY: u64 = 86_400;

/// Seconds after `nextUpdate` for which logins still go, with a warning.
const GRACE: u64 = 7 * DAY;

/// What a list says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TrustListContent {
    typ: String,
    v: u64,
    /// Host name of the hub that publishes it.
    pub hub: String,
    /// Grows with every list.
    pub number: u64,
    /// Seconds since 1970, UTC.
    pub issued_at: u64,
    /// At most a day later.
    pub next_update: u64,
    /// Certificates by which the hub signs its time and receipts, DER.
    pub hub_keys: Vec<Binary>,
    /// The platforms.
    pub platforms: Vec<ListedPlatform>,
    /// Certificates of issuers whose holders may answer, DER.
    pub issuers: Vec<Binary>,
    /// Certificates that may sign lists from the next number on, DER.
    pub next_signers: Vec<Binary>,
}

/// A platform that may ask.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ListedPlatform {
    /// Its code (tradingSystemCode).
    pub code: String,
    /// Its name, as phones show it.
    pub name: String,
    /// The origins of its pages.
    pub origins: Vec<String>,
    /// Certificates that sign its requests, DER.
    pub certificates: Vec<Binary>,
    /// What it may ask.
    pub scenes: Vec<Scene>,
    /// Whether it may ask at present.
    pub state: PlatformState,
}

/// Whether a platform may ask.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlatformState {
    /// It may.
    Active,
    /// Not at present.
    Suspended,
}

/// How far a list may be relied on at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Freshness {
    /// For everything.
    Current,
    /// For logins, with a warning.
    LoginOnly,
    /// For nothing.
    Dead,
}

/// A list whose signature was right (受信任列表).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustList {
    content: TrustListContent,
    octets: Vec<u8>,
}

impl TrustListContent {
    /// A list to be signed.
    #[must_use]
    pub fn new(hub: &str, number: u64, issued_at: u64, next_update: u64) -> Self {
        Self {
            typ: TYP.into(),
            v: 1,
            hub: hub.into(),
            number,
            issued_at,
            next_update,
            hub_keys: Vec::new(),
            platforms: Vec::new(),
            issuers: Vec::new(),
            next_signers: Vec::new(),
        }
    }

    /// Its octets, for [`ObjectType::TrustList`].
    ///
    /// # Errors
    ///
    /// [`Code::TrustListSignature`] for a list that [`TrustList::read`] would refuse.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        let text = serde_json::to_vec(self).map_err(|_| Code::TrustListSignature)?;
        let again: Self = json::read(&text).map_err(|_| Code::TrustListSignature)?;
        if again.fits() { Ok(text) } else { Err(Code::TrustListSignature.into()) }
    }

    fn fits(&self) -> bool {
        let unique = |mut codes: Vec<&str>| {
            codes.sort_unstable();
            codes.windows(2).all(|pair| pair.first() != pair.last())
        };
        self.typ == TYP
            && self.v == 1
            && self.next_update > self.issued_at
            && self.next_update - self.issued_at <= DAY
            && self.platforms.len() <= 10_000
            && unique(self.platforms.iter().map(|platform| &platform.code[..]).collect())
    }
}

impl TrustList {
    /// Reads a list that one of `signers` signed, and holds it against the one held before.
    ///
    /// # Errors
    ///
    /// [`Code::TrustListSignature`] for another type, signer, encoding or form;
    /// [`Code::HubMismatch`] for another hub's; [`Code::TrustListFork`] for a number that went
    /// back, or other octets under the number that is held.
    pub fn read(
        der: &[u8],
        hub: &str,
        signers: &[Certificate],
        held: Option<&Self>,
    ) -> Result<Self, Refused> {
        let wrong = |_: ObjectError| Refused::from(Code::TrustListSignature);
        let object = SignedObject::from_der(der, ObjectType::TrustList).map_err(wrong)?;
        let verified = signers.iter().find_map(|signer| object.verify(signer).ok());
        let verified = verified.ok_or(Code::TrustListSignature)?;
        let content: TrustListContent =
            json::read(verified.content).map_err(|_| Code::TrustListSignature)?;
        if !content.fits() {
            return Err(Code::TrustListSignature.into());
        }
        if content.hub != hub {
            return Err(Code::HubMismatch.into());
        }
        let list = Self { content, octets: verified.content.to_vec() };
        match held {
            Some(held) if list.number() < held.number() => Err(Code::TrustListFork.into()),
            Some(held) if list.number() == held.number() && list.octets != held.octets => {
                Err(Code::TrustListFork.into())
            }
            _ => Ok(list),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.content.number
    }

    /// What it says.
    #[must_use]
    pub const fn content(&self) -> &TrustListContent {
        &self.content
    }

    /// How far it may be relied on at `now`, seconds since 1970.
    #[must_use]
    pub const fn freshness(&self, now: u64) -> Freshness {
        if now <= self.content.next_update {
            Freshness::Current
        } else if now - self.content.next_update <= GRACE {
            Freshness::LoginOnly
        } else {
            Freshness::Dead
        }
    }

    /// A platform by its code.
    #[must_use]
    pub fn platform(&self, code: &str) -> Option<&ListedPlatform> {
        self.content.platforms.iter().find(|platform| platform.code == code)
    }

    /// Who may sign the next list: those who may sign this one, and the next signers it names.
    #[must_use]
    pub fn next_signers(&self, current: &[Certificate]) -> Vec<Certificate> {
        let next = self.content.next_signers.iter();
        let next = next.filter_map(|der| Certificate::from_der(&der.0).ok());
        current.iter().cloned().chain(next).collect()
    }
}

impl ListedPlatform {
    /// Its certificates.
    pub fn certificates(&self) -> impl Iterator<Item = Certificate> {
        self.certificates.iter().filter_map(|der| Certificate::from_der(&der.0).ok())
    }
}
