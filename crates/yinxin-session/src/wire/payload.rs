//! What is asked, by scene.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use yinxin_pki::envelope;

use super::Binary;
use crate::Scene;

/// Most items of one batch signature.
const ITEMS: usize = 500;
/// Most files sealed in one scan, and placements over all of them.
const FILES: usize = 50;
const PLACEMENTS: usize = 200;
/// Most bids opened in one scan.
const BIDS: usize = 64;

/// The payload of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Payload {
    /// Bids whose content keys are asked for: 1 to 64.
    Decrypt(Vec<DecryptFile>),
    /// Encryption certificates, for a bid to be made.
    Encrypt {
        /// Project.
        project: String,
        /// Section.
        section: String,
        /// When bids are opened; seconds since 1970, UTC.
        opening: u64,
    },
    /// Nothing but who the person is.
    Login,
    /// Messages to sign: 1 to 500, under one confirmation.
    MessageSignature(Vec<Item>),
    /// A placed seal to be taken back.
    RevokeSignature {
        /// H of the file.
        digest: Vec<u8>,
        /// OFD or PDF.
        format: Format,
        /// Which signature, from 1.
        signature: u64,
        /// The seal's number.
        seal: String,
        /// Why.
        reason: String,
    },
    /// Files to seal: 1 to 50, at most 200 placements over all of them.
    Signature(Vec<SealFile>),
}

/// One message of a batch.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its own name in the batch.
    pub id: String,
    /// The text, shown in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Or the digest of something that is not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Binary>,
    /// Whether the signature is to hold the text.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub attached: bool,
}

/// A document format.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Format {
    /// GB/T 33190.
    Ofd,
    /// ISO 32000.
    Pdf,
}

/// A seal's box: millimetres from the page's top left, times 1000.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// From 1.
    pub page: u64,
    /// Micrometres from the left.
    pub x: u64,
    /// Micrometres from the top.
    pub y: u64,
}

/// A file to seal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SealFile {
    /// Its own name in the batch.
    pub id: String,
    /// Its file name, shown.
    pub name: String,
    /// H of it.
    pub digest: Binary,
    /// Its size in bytes.
    pub size: u64,
    /// OFD or PDF.
    pub format: Format,
    /// Where.
    pub placements: Vec<Placement>,
}

/// A bid to open.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DecryptFile {
    /// Its own name in the batch.
    pub id: String,
    /// The envelope's whole header, DER, at most 4 KiB.
    pub header: Binary,
    /// For each segment asked for: its name and the recipient's RecipientInfo, DER.
    pub segments: Vec<(String, Binary)>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Items {
    items: Vec<Item>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SealFiles {
    files: Vec<SealFile>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct DecryptFiles {
    files: Vec<DecryptFile>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct EncryptMembers {
    project: String,
    section: String,
    opening: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RevokeMembers {
    digest: Binary,
    format: Format,
    signature: u64,
    seal: String,
    reason: String,
}

impl Payload {
    /// Its scene.
    #[must_use]
    pub const fn scene(&self) -> Scene {
        match self {
            Self::Decrypt(_) => Scene::Decrypt,
            Self::Encrypt { .. } => Scene::Encrypt,
            Self::Login => Scene::Login,
            Self::MessageSignature(_) => Scene::MessageSignature,
            Self::RevokeSignature { .. } => Scene::RevokeSignature,
            Self::Signature(_) => Scene::Signature,
        }
    }

    /// Reads a scene's payload as it stands in a request: `None` for any other form. A login has
    /// none.
    #[must_use]
    pub fn read(scene: Scene, value: Option<Value>) -> Option<Self> {
        let payload = match (scene, value) {
            (Scene::Login, None) => Self::Login,
            (Scene::Login, Some(_)) | (_, None) => return None,
            (Scene::Decrypt, Some(value)) => {
                Self::Decrypt(serde_json::from_value::<DecryptFiles>(value).ok()?.files)
            }
            (Scene::Encrypt, Some(value)) => {
                let EncryptMembers { project, section, opening } =
                    serde_json::from_value(value).ok()?;
                Self::Encrypt { project, section, opening }
            }
            (Scene::MessageSignature, Some(value)) => {
                Self::MessageSignature(serde_json::from_value::<Items>(value).ok()?.items)
            }
            (Scene::RevokeSignature, Some(value)) => {
                let RevokeMembers { digest, format, signature, seal, reason } =
                    serde_json::from_value(value).ok()?;
                Self::RevokeSignature { digest: digest.0, format, signature, seal, reason }
            }
            (Scene::Signature, Some(value)) => {
                Self::Signature(serde_json::from_value::<SealFiles>(value).ok()?.files)
            }
        };
        payload.fits().then_some(payload)
    }

    pub(super) fn write(&self) -> Option<Value> {
        let value = match self {
            Self::Login => return None,
            Self::Decrypt(files) => serde_json::to_value(DecryptFiles { files: files.clone() }),
            Self::Encrypt { project, section, opening } => serde_json::to_value(EncryptMembers {
                project: project.clone(),
                section: section.clone(),
                opening: *opening,
            }),
            Self::MessageSignature(items) => serde_json::to_value(Items { items: items.clone() }),
            Self::RevokeSignature { digest, format, signature, seal, reason } => {
                serde_json::to_value(RevokeMembers {
                    digest: Binary(digest.clone()),
                    format: *format,
                    signature: *signature,
                    seal: seal.clone(),
                    reason: reason.clone(),
                })
            }
            Self::Signature(files) => serde_json::to_value(SealFiles { files: files.clone() }),
        };
        value.ok()
    }

    fn fits(&self) -> bool {
        match self {
            Self::Login => true,
            Self::Decrypt(files) => {
                (1..=BIDS).contains(&files.len())
                    && differ(files.iter().map(|file| &file.id))
                    && files.iter().all(DecryptFile::fits)
            }
            Self::Encrypt { project, section, .. } => is_short(project) && is_short(section),
            Self::MessageSignature(items) => {
                (1..=ITEMS).contains(&items.len())
                    && differ(items.iter().map(|item| &item.id))
                    && items.iter().all(Item::fits)
            }
            Self::RevokeSignature { digest, signature, seal, reason, .. } => {
                digest.len() == 32 && *signature > 0 && is_short(seal) && is_short(reason)
            }
            Self::Signature(files) => {
                let placements: usize = files.iter().map(|file| file.placements.len()).sum();
                (1..=FILES).contains(&files.len())
                    && placements <= PLACEMENTS
                    && differ(files.iter().map(|file| &file.id))
                    && files.iter().all(SealFile::fits)
            }
        }
    }
}

impl Item {
    /// A text or a digest; a text that passes for one of our own objects is not signed as a
    /// message.
    fn fits(&self) -> bool {
        let content = match (&self.text, &self.digest) {
            (Some(text), None) => !is_ours(text),
            (None, Some(digest)) => digest.0.len() == 32 && !self.attached,
            _ => false,
        };
        content && is_short(&self.id)
    }
}

/// Whether a text reads as JSON with a `typ` of ours, however it is written.
fn is_ours(text: &str) -> bool {
    let value: Option<Value> = serde_json::from_str(text).ok();
    let typ = value.as_ref().and_then(|value| value.get("typ")).and_then(Value::as_str);
    typ.is_some_and(|typ| typ.starts_with("yinxin-"))
}

impl SealFile {
    fn fits(&self) -> bool {
        let placed = self
            .placements
            .iter()
            .all(|at| (1..=10_000).contains(&at.page) && at.x <= 10_000_000 && at.y <= 10_000_000);
        !self.placements.is_empty()
            && placed
            && self.digest.0.len() == 32
            && is_short(&self.id)
            && is_short(&self.name)
    }
}

impl DecryptFile {
    fn fits(&self) -> bool {
        envelope::Header::from_der(&self.header.0).is_ok()
            && (1..=17).contains(&self.segments.len())
            && differ(self.segments.iter().map(|(name, _)| name))
            && self.segments.iter().all(|(_, info)| info.0.len() <= 1024)
            && is_short(&self.id)
    }
}

fn is_short(text: &str) -> bool {
    (1..=200).contains(&text.chars().count())
}

fn differ<'a>(names: impl Iterator<Item = &'a String>) -> bool {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.windows(2).all(|pair| pair.first() != pair.last())
}
