//! What the phone answered (应答记录), with the receipts that came for it: what a bidder shows when
//! somebody says that nothing came in time.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::{Certificate, Digest};

use crate::channel::Sid;
use crate::trust_list::TrustList;
use crate::wire::{
    Binary, Delivery, HubReceipt, HubReceiptKind, PlatformReceipt, PlatformReceiptKind,
};
use crate::{Code, Refused, Scene, Suite};

/// Answers kept; the oldest of those that the platform has answered makes room.
const MOST: usize = 200;

/// How far an answer got.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Progress {
    /// Released; whether the hub has it is not known.
    Released,
    /// The hub signed that it has it.
    Stored,
    /// The hub signed that the page or platform acknowledged it: sent, but the platform has not
    /// confirmed that it counts.
    Delivered,
    /// The platform signed that it does not count.
    Refused,
    /// The platform signed that it counts.
    Accepted,
}

impl Progress {
    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Released => "released",
            Self::Stored => "stored",
        }
    }
}

/// One answer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HistoryEntry {
    /// Algorithms.
    pub suite: Suite,
    /// Host name of the hub.
    pub hub: String,
    sid: Binary,
    /// H of the request's octets.
    pub request: Binary,
    /// H of the answer's envelope.
    pub answer: Binary,
    /// The platform's code.
    pub platform: String,
    /// Its name, as the trust list had it.
    pub name: String,
    /// The page's origin.
    pub origin: String,
    /// Scene.
    pub scene: Scene,
    /// When it was released; seconds since 1970, UTC.
    pub at: u64,
    /// The statement, DER.
    pub statement: Binary,
    /// What was shown.
    pub shown: Binary,
    /// The hub's receipt that it has the answer, DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<Binary>,
    /// The hub's receipt that it was acknowledged, DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Binary>,
    /// The platform's receipt, DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Binary>,
    /// Whether that says that the act counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<bool>,
}

/// What an entry is made of.
#[derive(Debug)]
pub(super) struct NewEntry<'a> {
    pub(super) suite: Suite,
    pub(super) hub: &'a str,
    pub(super) sid: Sid,
    pub(super) request: &'a Digest,
    pub(super) answer: &'a Digest,
    pub(super) platform: (&'a str, &'a str),
    pub(super) origin: &'a str,
    pub(super) scene: Scene,
    pub(super) at: u64,
    pub(super) statement: &'a [u8],
    pub(super) shown: &'a [u8],
}

/// The list, kept by the caller between sessions.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    entries: Vec<HistoryEntry>,
}

impl History {
    /// All of it, the oldest first.
    #[must_use]
    pub fn entries(&self) -> &[HistoryEntry] {
        &self.entries
    }

    pub(super) fn record(&mut self, new: &NewEntry<'_>) {
        if self.entries.len() >= MOST {
            let done = |entry: &HistoryEntry| entry.receipt.is_some();
            let at = self.entries.iter().position(done).unwrap_or(0);
            self.entries.remove(at);
        }
        let digest = |digest: &Digest| Binary(digest.as_ref().to_vec());
        let (platform, name) = new.platform;
        self.entries.push(HistoryEntry {
            suite: new.suite,
            hub: new.hub.into(),
            sid: Binary(new.sid.0.to_vec()),
            request: digest(new.request),
            answer: digest(new.answer),
            platform: platform.into(),
            name: name.into(),
            origin: new.origin.into(),
            scene: new.scene,
            at: new.at,
            statement: Binary(new.statement.to_vec()),
            shown: Binary(new.shown.to_vec()),
            stored: None,
            delivered: None,
            receipt: None,
            accepted: None,
        });
    }

    /// Takes a receipt of the hub's for the answer to `request`.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerSignature`], [`Code::AnswerBinding`]: it is no receipt for that answer;
    /// [`Code::SessionUnknown`] when nothing was answered to that request.
    pub fn take_hub_receipt(
        &mut self,
        request: &[u8],
        kind: HubReceiptKind,
        der: &[u8],
        list: &TrustList,
    ) -> Result<Progress, Refused> {
        let entry = self.find(request)?;
        entry.check_hub_receipt(kind, der, list)?;
        let place = match kind {
            HubReceiptKind::Delivered => &mut entry.delivered,
            HubReceiptKind::Stored => &mut entry.stored,
        };
        place.get_or_insert_with(|| Binary(der.to_vec()));
        Ok(entry.progress())
    }

    /// Takes the platform's receipt for the answer to `request`. The first one stays.
    ///
    /// # Errors
    ///
    /// As [`take_hub_receipt`](Self::take_hub_receipt); [`Code::SessionFinal`] for another one after
    /// the first.
    pub fn take_platform_receipt(
        &mut self,
        request: &[u8],
        der: &[u8],
        list: &TrustList,
    ) -> Result<Progress, Refused> {
        let entry = self.find(request)?;
        let receipt = entry.check_platform_receipt(der, list)?;
        match &entry.receipt {
            Some(held) if held.0 != der => return Err(Code::SessionFinal.into()),
            Some(_) => {}
            None => {
                entry.receipt = Some(Binary(der.to_vec()));
                entry.accepted = Some(match receipt.kind {
                    PlatformReceiptKind::Accepted => true,
                    PlatformReceiptKind::Refused => false,
                });
            }
        }
        Ok(entry.progress())
    }

    fn find(&mut self, request: &[u8]) -> Result<&mut HistoryEntry, Refused> {
        let entry = self.entries.iter_mut().find(|entry| entry.request.0 == request);
        entry.ok_or_else(|| Code::SessionUnknown.into())
    }

    pub(super) fn fits(&self) -> bool {
        self.entries.len() <= MOST
    }
}

/// The hub's keys of a list.
pub(super) fn hub_keys(list: &TrustList) -> Vec<Certificate> {
    let keys = list.content().hub_keys.iter();
    keys.filter_map(|der| Certificate::from_der(&der.0).ok()).collect()
}

impl HistoryEntry {
    /// How far it got.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        match (self.accepted, &self.delivered, &self.stored) {
            (Some(true), _, _) => Progress::Accepted,
            (Some(false), _, _) => Progress::Refused,
            (None, Some(_), _) => Progress::Delivered,
            (None, None, Some(_)) => Progress::Stored,
            (None, None, None) => Progress::Released,
        }
    }

    fn check_hub_receipt(
        &self,
        kind: HubReceiptKind,
        der: &[u8],
        list: &TrustList,
    ) -> Result<(), Refused> {
        let delivery = Delivery {
            hub: &self.hub,
            sid: self.sid().ok_or(Code::AnswerBinding)?,
            request_digest: &self.request.0,
            answer_digest: &self.answer.0,
            scene: self.scene,
        };
        HubReceipt::read(der, kind, delivery, &hub_keys(list)).map(drop)
    }

    fn check_platform_receipt(
        &self,
        der: &[u8],
        list: &TrustList,
    ) -> Result<PlatformReceipt, Refused> {
        let platform = list.platform(&self.platform).ok_or(Code::AnswerSignature)?;
        let keys: Vec<Certificate> = platform.certificates().collect();
        let statement = self.suite.digest().digest(&self.statement.0);
        let (request, statement) = (&self.request.0, statement.as_ref());
        PlatformReceipt::read(der, &self.platform, request, statement, &keys)
    }

    /// Verifies every receipt again, for an entry that comes from somebody else. The statement's
    /// own signature is verified apart.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerSignature`], [`Code::AnswerBinding`]: one of them is none for this answer.
    pub fn check(&self, list: &TrustList) -> Result<Progress, Refused> {
        for (kind, receipt) in
            [(HubReceiptKind::Stored, &self.stored), (HubReceiptKind::Delivered, &self.delivered)]
        {
            if let Some(der) = receipt {
                self.check_hub_receipt(kind, &der.0, list)?;
            }
        }
        let accepted = match &self.receipt {
            Some(der) => Some(self.check_platform_receipt(&der.0, list)?.kind),
            None => None,
        };
        if accepted.map(|kind| kind == PlatformReceiptKind::Accepted) == self.accepted {
            Ok(self.progress())
        } else {
            Err(Code::AnswerBinding.into())
        }
    }

    /// The session.
    #[must_use]
    pub fn sid(&self) -> Option<Sid> {
        self.sid.0.as_slice().try_into().ok().map(Sid)
    }
}
