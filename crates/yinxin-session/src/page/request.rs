//! What a page needs of the request that it began. The whole of it is read by whoever judges the
//! answer, as strictly as by the phone.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use yinxin_pki::json;

use crate::wire::{Binary, Format, Placement, Request};
use crate::{Code, Refused, Scene, Suite};

/// A request as its own page sees it. Other members are passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnRequest {
    pub(super) suite: Suite,
    pub(super) scene: Scene,
    pub(super) hub: String,
    pub(super) origin: String,
    pub(super) nonce: Binary,
    pub(super) issued_at: u64,
    pub(super) expires_at: u64,
    pub(super) reply_key: Binary,
    #[serde(default)]
    payload: OwnPayload,
}

/// Files to seal or bids to open; a seal to be taken back has digest and format instead.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OwnPayload {
    files: Vec<OwnFile>,
    digest: Option<Binary>,
    format: Option<Format>,
}

/// One file of a scene that has several.
#[derive(Debug, Deserialize)]
pub(crate) struct OwnFile {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) digest: Option<Binary>,
    #[serde(default)]
    pub(crate) format: Option<Format>,
    #[serde(default)]
    pub(crate) placements: Vec<Placement>,
    /// A bid's header, DER.
    #[serde(default)]
    pub(crate) header: Option<Binary>,
}

impl OwnRequest {
    pub(super) fn read(text: &[u8]) -> Result<Self, Refused> {
        Request::check_head(text)?;
        json::parse(text).map_err(|_| Code::RequestMalformed.into())
    }

    /// Files to seal, or bids to open.
    pub(super) fn files(&self) -> &[OwnFile] {
        match self.scene {
            Scene::Decrypt | Scene::Signature => &self.payload.files,
            _ => &[],
        }
    }

    /// The file with the seal that is taken back.
    pub(super) fn sealed(&self) -> Option<(&Binary, Format)> {
        let file = self.payload.digest.as_ref().zip(self.payload.format);
        file.filter(|_| self.scene == Scene::RevokeSignature)
    }
}
