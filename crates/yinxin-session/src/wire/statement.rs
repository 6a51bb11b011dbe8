//! The statement (声明): what a holder signs of one session.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Binary, message};
use crate::channel::Sid;
use crate::{Code, Refused, Scene, Suite};

/// What stands first in it.
pub(crate) const TYP: &str = "yinxin-statement-1";
const VERSION: u64 = 1;

/// What a statement says; believed once its signature was right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatementContent {
    /// Algorithms.
    pub suite: Suite,
    /// Host name of the hub.
    pub hub: String,
    /// The session.
    pub sid: Sid,
    /// H of the request's octets, 32 bytes.
    pub request_digest: Vec<u8>,
    /// The platform's code.
    pub platform: String,
    /// The page's origin.
    pub origin: String,
    /// Of what was shown, 32 bytes.
    pub display_digest: Vec<u8>,
    /// Of everything that went between phone and page before the answer, 32 bytes.
    pub transcript: Vec<u8>,
    /// H of the signer's certificate, DER, 32 bytes.
    pub holder: Vec<u8>,
    /// Number of the trust list that the phone went by.
    pub list_number: u64,
    /// What the phone held of the browser.
    pub browser: BrowserState,
    /// Whether the person matched the page's number.
    pub matched: bool,
    /// When, as the phone has it; seconds since 1970, UTC.
    pub at: u64,
    /// Whose clock that was.
    pub at_source: TimeSource,
    /// What was done, by scene.
    pub result: SceneResult,
}

/// What a phone held of the browser that the page runs in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BrowserState {
    /// The person trusted it before.
    Known,
    /// The page showed no key.
    None,
    /// Not seen before, or not for this certificate and class.
    Unknown,
}

/// Whose clock a time is from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimeSource {
    /// The hub's: the phone's own was over 300 s off.
    Hub,
    /// The phone's.
    Phone,
}

/// What was done, by scene (结果).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SceneResult {
    /// Content keys released.
    Decrypt(Vec<OpenedFile>),
    /// Encryption certificates handed out: the request's words, and H of each certificate.
    Encrypt {
        /// Project.
        project: String,
        /// Section.
        section: String,
        /// When bids are opened; seconds since 1970, UTC.
        opening: u64,
        /// H of each certificate, DER, in the order of the products.
        certificates: Vec<Binary>,
    },
    /// Nothing but who the person is.
    Login,
    /// Messages signed, in the order of the request.
    MessageSignature(Vec<SignedItem>),
    /// A seal taken back.
    RevokeSignature(RevokedSeal),
    /// Files sealed, in the order of the request.
    Signature(Vec<SealedFile>),
}

/// A bid of a decrypt request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedFile {
    /// Its name in the request.
    pub id: String,
    /// H of its header's octets.
    pub header: Binary,
    /// The segments whose keys were released; empty when `code` says why not.
    pub segments: Vec<String>,
    /// Why none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// An item of a batch, signed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SignedItem {
    /// Its name in the request.
    pub id: String,
    /// H of the text, or the digest asked to be signed.
    pub digest: Binary,
    /// H of the product.
    pub signature: Binary,
}

/// A file of a signature request.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SealedFile {
    /// Its name in the request.
    pub id: String,
    /// H of the file before the sealing.
    pub file: Binary,
    /// What was made of it, or the code of why nothing was.
    pub outcome: SealOutcome,
}

/// What became of a file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SealOutcome {
    /// A code of the catalogue.
    Refused(String),
    /// Sealed.
    Sealed(SealDigests),
}

/// The digests that bind one seal signature into its session; each H, of octets as relayed or made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SealDigests {
    /// Of the offer's envelope.
    pub offer: Binary,
    /// Of the prepared message as relayed.
    pub prepared: Binary,
    /// What the seal signature covers: TBS_Sign's dataHash.
    pub signed: Binary,
    /// Of the seal.
    pub seal: Binary,
    /// The seal's number.
    pub seal_number: String,
    /// Of the product.
    pub signature: Binary,
}

/// A seal taken back.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RevokedSeal {
    /// H of the file that held the seal.
    pub file: Binary,
    /// Which signature, from 1.
    pub number: u64,
    /// H of the restored file.
    pub restored: Binary,
    /// The digests of the messages and the product.
    pub digests: SealDigests,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Members {
    typ: String,
    v: u64,
    suite: Suite,
    hub: String,
    sid: Binary,
    request_digest: Binary,
    platform: String,
    origin: String,
    scene: Scene,
    display_digest: Binary,
    transcript: Binary,
    holder: Binary,
    list_number: u64,
    browser: BrowserState,
    matched: bool,
    at: u64,
    at_source: TimeSource,
    result: Value,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Files<T> {
    files: Vec<T>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Items {
    items: Vec<SignedItem>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Certificates {
    project: String,
    section: String,
    opening: u64,
    certificates: Vec<Binary>,
}

impl SceneResult {
    /// Its scene.
    #[must_use]
    pub const fn scene(&self) -> Scene {
        match self {
            Self::Decrypt(_) => Scene::Decrypt,
            Self::Encrypt { .. } => Scene::Encrypt,
            Self::Login => Scene::Login,
            Self::MessageSignature(_) => Scene::MessageSignature,
            Self::RevokeSignature(_) => Scene::RevokeSignature,
            Self::Signature(_) => Scene::Signature,
        }
    }

    fn read(scene: Scene, value: Value) -> Result<Self, serde_json::Error> {
        Ok(match scene {
            Scene::Decrypt => Self::Decrypt(serde_json::from_value::<Files<_>>(value)?.files),
            Scene::Encrypt => {
                let Certificates { project, section, opening, certificates } =
                    serde_json::from_value(value)?;
                Self::Encrypt { project, section, opening, certificates }
            }
            Scene::Login => {
                let Nothing {} = serde_json::from_value(value)?;
                Self::Login
            }
            Scene::MessageSignature => {
                Self::MessageSignature(serde_json::from_value::<Items>(value)?.items)
            }
            Scene::RevokeSignature => Self::RevokeSignature(serde_json::from_value(value)?),
            Scene::Signature => Self::Signature(serde_json::from_value::<Files<_>>(value)?.files),
        })
    }

    fn write(&self) -> Result<Value, serde_json::Error> {
        match self {
            Self::Decrypt(files) => serde_json::to_value(Files { files: files.clone() }),
            Self::Encrypt { project, section, opening, certificates } => {
                serde_json::to_value(Certificates {
                    project: project.clone(),
                    section: section.clone(),
                    opening: *opening,
                    certificates: certificates.clone(),
                })
            }
            Self::Login => serde_json::to_value(Nothing {}),
            Self::MessageSignature(items) => serde_json::to_value(Items { items: items.clone() }),
            Self::RevokeSignature(revoked) => serde_json::to_value(revoked),
            Self::Signature(files) => serde_json::to_value(Files { files: files.clone() }),
        }
    }
}

impl StatementContent {
    /// Reads a statement's octets, whose signature was right.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerSignature`] for what is no statement of this version;
    /// [`Code::AnswerBinding`] for one that lacks what binds it.
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let members: Members = message::read(text, TYP, Code::AnswerSignature)?;
        if members.v != VERSION {
            return Err(Code::AnswerSignature.into());
        }
        let binding = || Refused::from(Code::AnswerBinding);
        let digests = [
            &members.request_digest,
            &members.display_digest,
            &members.transcript,
            &members.holder,
        ];
        if digests.into_iter().any(|digest| digest.0.len() != 32) {
            return Err(binding());
        }
        let sid = <[u8; 16]>::try_from(&members.sid.0[..]).map_err(|_| binding())?;
        let result = SceneResult::read(members.scene, members.result).map_err(|_| binding())?;
        Ok(Self {
            suite: members.suite,
            hub: members.hub,
            sid: Sid(sid),
            request_digest: members.request_digest.0,
            platform: members.platform,
            origin: members.origin,
            display_digest: members.display_digest.0,
            transcript: members.transcript.0,
            holder: members.holder.0,
            list_number: members.list_number,
            browser: members.browser,
            matched: members.matched,
            at: members.at,
            at_source: members.at_source,
            result,
        })
    }

    /// Its octets, to be signed by the holder.
    ///
    /// # Errors
    ///
    /// [`Code::AnswerBinding`] for a statement that a reader would refuse.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        let members = Members {
            typ: TYP.into(),
            v: VERSION,
            suite: self.suite,
            hub: self.hub.clone(),
            sid: Binary(self.sid.0.to_vec()),
            request_digest: Binary(self.request_digest.clone()),
            platform: self.platform.clone(),
            origin: self.origin.clone(),
            scene: self.result.scene(),
            display_digest: Binary(self.display_digest.clone()),
            transcript: Binary(self.transcript.clone()),
            holder: Binary(self.holder.clone()),
            list_number: self.list_number,
            browser: self.browser,
            matched: self.matched,
            at: self.at,
            at_source: self.at_source,
            result: self.result.write().map_err(|_| Code::AnswerBinding)?,
        };
        let text = serde_json::to_vec(&members).map_err(|_| Code::AnswerBinding)?;
        Self::read(&text)?;
        Ok(text)
    }
}
