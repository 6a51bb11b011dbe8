//! A phone that ended after it had answered sends the same answer again, octet by octet.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use yinxin_pki::{Digest, DigestAlgorithm};

use super::{Phone, Scanned, Stage};
use crate::channel::Sid;
use crate::matching::MatchSecret;
use crate::wire::{Binary, Token};
use crate::{Code, Refused};

/// Answered.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) sid: Sid,
    pub(super) token: Token,
    pub(super) request: Digest,
    pub(super) answer: Vec<u8>,
}

/// A phone after its answer (应答快照), for the caller's storage. It holds the session's token: keep
/// it as a secret, and drop it once the hub has the answer. Before the answer there is nothing to
/// keep: nothing was let out, and the scan is begun again.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Snapshot {
    /// Host name of the hub.
    pub hub: String,
    sid: Binary,
    token: Token,
    request: Binary,
    answer: Binary,
}

impl Snapshot {
    /// The digest of the request that is answered.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        &self.request.0
    }
}

impl Phone {
    /// What to keep; `None` before the answer.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        let Stage::Released(done) = &self.stage else { return None };
        Some(Snapshot {
            hub: self.hub.clone(),
            sid: Binary(done.sid.0.to_vec()),
            token: done.token.clone(),
            request: Binary(done.request.as_ref().to_vec()),
            answer: Binary(done.answer.clone()),
        })
    }

    /// A phone as it was after its answer.
    ///
    /// # Errors
    ///
    /// [`Code::StorageRefused`]: the storage gave something else back.
    pub fn restore(snapshot: &Snapshot) -> Result<Self, Refused> {
        let refused = || Refused::from(Code::StorageRefused);
        let sid = snapshot.sid.0.as_slice().try_into().map(Sid).map_err(|_| refused())?;
        // Both suites' digests have 32 bytes.
        let request = Digest::from_bytes(DigestAlgorithm::Sm3, &snapshot.request.0);
        let done = Done {
            sid,
            token: snapshot.token.clone(),
            request: request.map_err(|_| refused())?,
            answer: snapshot.answer.0.clone(),
        };
        Ok(Self {
            hub: snapshot.hub.clone(),
            code: Scanned::Restored,
            nonce: [0; 32],
            secret: MatchSecret::from_bytes([0; 32]),
            link: None,
            stage: Stage::Released(Box::new(done)),
        })
    }

    /// The answer's envelope, once there is one. A phone that was restored tells the hub again that
    /// the person confirmed, in scenes without an offer, before it sends this: the hub may not have
    /// heard of it, and hears it twice without harm.
    #[must_use]
    pub fn answer(&self) -> Option<&[u8]> {
        match &self.stage {
            Stage::Released(done) => Some(&done.answer),
            Stage::Checked(..)
            | Stage::Ended(..)
            | Stage::Fetched
            | Stage::Framed
            | Stage::Offered(_)
            | Stage::Shown(_)
            | Stage::Signing(_) => None,
        }
    }
}
