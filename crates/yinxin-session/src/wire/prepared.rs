//! The prepared message (待签材料): what the page made of a file and of the offer, for the phone to
//! build its signature from. The phone never signs a digest made elsewhere: it takes the digest of
//! the document from here, and builds the structure around it, seal and all, itself.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::payload::{Format, Placement};
use super::{Binary, message};
use crate::{Code, Refused};

const TYP: &str = "yinxin-prepared-1";

/// New parts that a sealed OFD may get, and the longest of their names and of `property`.
const PARTS: usize = 64;
const TEXT: usize = 300;

/// One file, prepared.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Prepared {
    typ: String,
    /// Which of the messages, from 0, in the order of the request's files.
    pub index: u64,
    /// How many there are.
    pub count: u64,
    /// The file's name in the request; `file` when a seal is taken back.
    pub id: String,
    /// H of the file, as the request has it.
    pub file: Binary,
    /// OFD or PDF.
    pub format: Format,
    /// When it is signed: what the structure says, seconds since 1970, UTC.
    pub time: u64,
    /// What was done to the file.
    pub act: Act,
}

/// What the phone signs.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Act {
    /// A seal placed.
    Seal(SealAct),
    /// A seal taken back.
    Revoke(RevokeAct),
}

/// A seal signature's contents.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SealAct {
    /// The request's placements, exactly.
    pub placements: Vec<Placement>,
    /// TBS_Sign's dataHash: the digest of what the seal signature covers, 32 bytes.
    pub data_hash: Binary,
    /// TBS_Sign's propertyInfo: what of the document that is. ASCII, at most 300 characters.
    pub property: String,
    /// Names of the parts that the sealing adds to an OFD; none for a PDF.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
}

/// A revocation's contents: digests are SM3, as its statement has them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RevokeAct {
    /// Which signature of the file, from 1.
    pub signature: u64,
    /// The seal's number.
    pub seal: String,
    /// Of the signature value that is taken back.
    pub signature_digest: Binary,
    /// Of the file that holds it.
    pub before: Binary,
    /// Of the file as it was before the sealing.
    pub after: Binary,
    /// H of the file as it was before the sealing: what the statement calls `restored`.
    pub restored: Binary,
}

impl Prepared {
    /// One message.
    #[must_use]
    pub fn new(
        place: (u64, u64),
        id: impl Into<String>,
        file: Vec<u8>,
        format: Format,
        time: u64,
        act: Act,
    ) -> Self {
        let (index, count) = place;
        Self { typ: TYP.into(), index, count, id: id.into(), file: Binary(file), format, time, act }
    }

    /// Reads one out of its channel.
    ///
    /// # Errors
    ///
    /// [`Code::OfferMismatch`].
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let prepared: Self = message::read(text, TYP, Code::OfferMismatch)?;
        if prepared.fits() { Ok(prepared) } else { Err(Code::OfferMismatch.into()) }
    }

    fn fits(&self) -> bool {
        let digest = |binary: &Binary| binary.0.len() == 32;
        let act = match &self.act {
            Act::Seal(act) => {
                digest(&act.data_hash)
                    && act.property.is_ascii()
                    && act.property.len() <= TEXT
                    && act.parts.len() <= PARTS
                    && act.parts.iter().all(|part| part.chars().count() <= TEXT)
            }
            Act::Revoke(act) => {
                let digests = [&act.signature_digest, &act.before, &act.after, &act.restored];
                act.signature > 0 && digests.into_iter().all(digest)
            }
        };
        act && self.index < self.count && digest(&self.file)
    }

    /// Its octets, for its channel.
    ///
    /// # Errors
    ///
    /// [`Code::OfferMismatch`] for a message that the phone would refuse.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        if !self.fits() {
            return Err(Code::OfferMismatch.into());
        }
        message::write(self, TYP, Code::OfferMismatch)
    }
}
