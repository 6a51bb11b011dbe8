//! What a page keeps over a reload (续接): its key, its ticket, and what it made itself. The rest comes
//! from the hub again, which has every event until the session is acknowledged.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use yinxin_pki::key::PrivateKey;
use zeroize::{Zeroize, Zeroizing};

use super::sealing::Made;
use super::{OwnRequest, Page, Phase};
use crate::statement::{Judgement, Verdict};
use crate::wire::{Binary, Ticket, message};
use crate::{Code, Refused};

const TYP: &str = "yinxin-page-1";

/// A page at rest. It holds the reply key: the caller seals it under a key of its own before it
/// puts it anywhere.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Snapshot {
    typ: String,
    key: Binary,
    ticket: Ticket,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handed: Option<Binary>,
    prepared: Vec<Made>,
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        self.key.0.zeroize();
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot(..)")
    }
}

impl Snapshot {
    /// Reads one that was kept.
    ///
    /// # Errors
    ///
    /// [`Code::StorageRefused`] for what is none.
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        message::read(text, TYP, Code::StorageRefused)
    }

    /// Its octets: a secret.
    ///
    /// # Errors
    ///
    /// [`Code::StorageRefused`].
    pub fn write(&self) -> Result<Zeroizing<Vec<u8>>, Refused> {
        message::write(self, TYP, Code::StorageRefused).map(Zeroizing::new)
    }
}

impl<J: Judgement> Page<J> {
    /// What to keep: take it after every change that [`poll_output`](Self::poll_output) shows, and
    /// drop it when the session is over.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let made = match &self.phase {
            Phase::Offered(sealing) => &sealing.prepared[..],
            Phase::Waiting { .. } | Phase::Scanned { .. } | Phase::Answered(_) | Phase::Final => {
                &self.kept
            }
        };
        Snapshot {
            typ: TYP.into(),
            key: Binary(self.key.as_private().scalar().to_vec()),
            ticket: self.ticket.clone(),
            handed: self.handed.clone().map(Binary),
            prepared: made.to_vec(),
        }
    }

    fn take_up(snapshot: &Snapshot, steady: u64) -> Result<Self, Refused> {
        let request = OwnRequest::read(&snapshot.ticket.request.0)?;
        let key = PrivateKey::from_scalar(request.suite.curve(), &snapshot.key.0);
        let key = key.map_err(|_| Code::StorageRefused)?.into_decryption();
        if request.reply_key.0 != key.public().to_spki() {
            return Err(Code::StorageRefused.into());
        }
        let mut page = Self::with(key, snapshot.ticket.clone(), request, steady);
        page.kept = snapshot.prepared.clone();
        page.handed = snapshot.handed.clone().map(|handed| handed.0);
        Ok(page)
    }
}

impl Page {
    /// Takes a session up again: fetch all events of it, from the first on.
    ///
    /// # Errors
    ///
    /// [`Code::StorageRefused`] for a snapshot that is none.
    pub fn restore(snapshot: &Snapshot, steady: u64) -> Result<Self, Refused> {
        snapshot.ticket.request()?;
        Self::take_up(snapshot, steady)
    }
}

impl Page<Verdict> {
    /// As [`Page::restore`], for a page whose answers another instance of this program judges.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn restore_judged_elsewhere(snapshot: &Snapshot, steady: u64) -> Result<Self, Refused> {
        Self::take_up(snapshot, steady)
    }
}
