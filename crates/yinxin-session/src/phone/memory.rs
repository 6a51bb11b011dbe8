//! What a phone remembers from one session to the next.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::json;

use super::{History, KnownBrowsers, PinCounter, Released, WrongMatches};
use crate::{Code, Refused};

/// All that the caller keeps for the machine (手机记忆): store it after every step that says so, and
/// before the step's message is sent. Each part is bounded; none holds a secret, and none may be
/// lost: a phone that forgets what it answered would answer twice.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Memory {
    /// Browsers that are trusted.
    pub browsers: KnownBrowsers,
    /// Answers and their receipts.
    pub history: History,
    /// Wrong PINs.
    pub pin: PinCounter,
    /// Requests that were answered.
    pub released: Released,
    /// Wrong numbers.
    pub matches: WrongMatches,
}

impl Memory {
    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    ///
    /// [`Code::StorageRefused`]: the storage gave something else back. Do not go on with an empty
    /// memory.
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let memory: Self = json::read(text).map_err(|_| Code::StorageRefused)?;
        let fits = memory.browsers.fits()
            && memory.history.fits()
            && memory.released.fits()
            && memory.matches.fits();
        if fits { Ok(memory) } else { Err(Code::StorageRefused.into()) }
    }

    /// JSON for the caller's storage.
    ///
    /// # Errors
    ///
    /// [`Code::StorageRefused`] where it could not be read again: a name that the hub or the list
    /// gave has characters that do not show.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        let text = serde_json::to_vec(self).map_err(|_| Code::StorageRefused)?;
        Self::read(&text)?;
        Ok(text)
    }
}
