//! A hub that the phone trusts (固定的枢纽): its name, who signs its lists, the newest list.

use alloc::string::String;
use alloc::vec::Vec;
use core::slice;

use serde::{Deserialize, Serialize};
use yinxin_pki::Certificate;

use crate::trust_list::TrustList;
use crate::wire::Binary;
use crate::{Code, Refused};

/// Signers that are pinned at most: the current one and those to come.
const SIGNERS: usize = 8;

/// A pinned hub. A phone talks to no other.
///
/// ```
/// # use yinxin_pki::Certificate;
/// # use yinxin_session::Refused;
/// use yinxin_session::phone::PinnedHub;
///
/// # fn example(current: Certificate, next: Certificate, downloaded: &[u8]) -> Result<(), Refused> {
/// let mut hub = PinnedHub::new("hub.example.cn", vec![current, next])?;
/// hub.take_list(downloaded)?; // signed by a pinned key, and not older than the one held
/// let stored = hub.to_stored();
/// assert_eq!(PinnedHub::from_stored(&stored)?.host(), "hub.example.cn");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PinnedHub {
    host: String,
    /// The current signer first.
    signers: Vec<Certificate>,
    list: Option<(TrustList, Vec<u8>)>,
}

/// A pinned hub between sessions.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoredHub {
    /// Host name.
    pub host: String,
    /// Certificates that may sign lists, DER.
    pub signers: Vec<Binary>,
    /// The newest list, DER.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Binary>,
}

impl PinnedHub {
    /// Pins a hub by what the person or the app's maker was given: its name, and who signs its
    /// lists now and next.
    ///
    /// # Errors
    ///
    /// [`Code::TrustListSignature`] without a signer, or with more than eight.
    pub fn new(host: impl Into<String>, signers: Vec<Certificate>) -> Result<Self, Refused> {
        if (1..=SIGNERS).contains(&signers.len()) {
            Ok(Self { host: host.into(), signers, list: None })
        } else {
            Err(Code::TrustListSignature.into())
        }
    }

    /// Takes a newer list, or the same again.
    ///
    /// # Errors
    ///
    /// As [`TrustList::read`]; the list that was held stays.
    pub fn take_list(&mut self, der: &[u8]) -> Result<(), Refused> {
        let held = self.list.as_ref().map(|(list, _)| list);
        let list = TrustList::read(der, &self.host, &self.signers, held)?;
        let by = |signer: &Certificate| {
            TrustList::read(der, &self.host, slice::from_ref(signer), held).is_ok()
        };
        // Once the next signer has signed, those before it have had their time.
        let first = self.signers.iter().position(by).unwrap_or(0);
        let current = self.signers.get(first..).unwrap_or(&[]);
        let mut signers: Vec<Certificate> = Vec::new();
        for signer in list.next_signers(current) {
            if !signers.contains(&signer) {
                signers.push(signer);
            }
        }
        signers.truncate(SIGNERS);
        self.signers = signers;
        self.list = Some((list, der.to_vec()));
        Ok(())
    }

    /// Its name.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The newest list.
    ///
    /// # Errors
    ///
    /// [`Code::TrustListStale`] when there is none yet.
    pub fn list(&self) -> Result<&TrustList, Refused> {
        self.list.as_ref().map(|(list, _)| list).ok_or_else(|| Code::TrustListStale.into())
    }

    /// The number of the list that is held; 0 for none.
    #[must_use]
    pub fn list_number(&self) -> u64 {
        self.list.as_ref().map_or(0, |(list, _)| list.number())
    }

    /// For the caller's storage.
    #[must_use]
    pub fn to_stored(&self) -> StoredHub {
        StoredHub {
            host: self.host.clone(),
            signers: self.signers.iter().map(|signer| Binary(signer.as_der().to_vec())).collect(),
            list: self.list.as_ref().map(|(_, der)| Binary(der.clone())),
        }
    }

    /// Out of the caller's storage; the list is verified again.
    ///
    /// # Errors
    ///
    /// [`Code::TrustListSignature`] for a list that none of the signers signed.
    pub fn from_stored(stored: &StoredHub) -> Result<Self, Refused> {
        let signers: Result<Vec<_>, _> =
            stored.signers.iter().map(|der| Certificate::from_der(&der.0)).collect();
        let mut hub = Self::new(&stored.host[..], signers.map_err(|_| Code::TrustListSignature)?)?;
        if let Some(list) = &stored.list {
            hub.take_list(&list.0)?;
        }
        Ok(hub)
    }
}
