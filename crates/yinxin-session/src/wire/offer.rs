//! The offer (用印要约): what a phone is ready to seal with, before it has seen what it will sign.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::payload::Placement;
use super::{Binary, message};
use crate::channel::ChannelKey;
use crate::{Code, Refused};

const TYP: &str = "yinxin-offer-1";

/// Seals that one offer may have, and certificates of its chain.
const SEALS: usize = 50;
const CHAIN: usize = 8;

/// What the page needs to prepare files: the seals, whose they are, and where they may stand.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The holder's signing certificate, then its issuers', DER.
    pub certificates: Vec<Binary>,
    /// Electronic seals (GB/T 38540 SESeal), DER.
    pub seals: Vec<Binary>,
    /// For each file of the request, in its order; none when a seal is taken back.
    pub files: Vec<OfferedFile>,
    /// Under which the page answers.
    pub channel_key: ChannelKey,
}

/// One file of an offer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OfferedFile {
    /// Its name in the request.
    pub id: String,
    /// Which of the offer's seals, from 0.
    pub seal: u64,
    /// Where, exactly as asked.
    pub placements: Vec<Placement>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Members {
    typ: String,
    certificates: Vec<Binary>,
    seals: Vec<Binary>,
    files: Vec<OfferedFile>,
    channel_key: Binary,
}

impl Offer {
    /// Reads one out of its envelope.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`].
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let members: Members = message::read(text, TYP, Code::ReplyUnreadable)?;
        let count = u64::try_from(members.seals.len()).unwrap_or(u64::MAX);
        let fits = (1..=CHAIN).contains(&members.certificates.len())
            && (1..=SEALS).contains(&members.seals.len())
            && members.files.len() <= SEALS
            && members.files.iter().all(|file| file.seal < count);
        let key = <[u8; 32]>::try_from(&members.channel_key.0[..]).ok().filter(|_| fits);
        Ok(Self {
            certificates: members.certificates,
            seals: members.seals,
            files: members.files,
            channel_key: ChannelKey::from_bytes(key.ok_or(Code::ReplyUnreadable)?),
        })
    }

    /// Its octets, for an envelope.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`] for an offer that the page would refuse.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        let members = Members {
            typ: TYP.into(),
            certificates: self.certificates.clone(),
            seals: self.seals.clone(),
            files: self.files.clone(),
            channel_key: Binary(self.channel_key.as_bytes().to_vec()),
        };
        let text = message::write(&members, TYP, Code::ReplyUnreadable)?;
        Self::read(&text)?;
        Ok(text)
    }
}
