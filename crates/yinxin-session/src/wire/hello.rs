//! The hello (应答招呼): the phone has read the request.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Binary, message};
use crate::matching::MatchSecret;
use crate::{Code, Refused};

const TYP: &str = "yinxin-hello-1";

/// Longest masked name, in characters.
const HOLDER: usize = 12;

/// The phone's first message: from its secret both sides make the number to compare.
#[derive(Clone, Debug)]
pub struct Hello {
    /// What the number is made of.
    pub secret: MatchSecret,
    /// The holder's name, masked: at most 12 characters.
    pub holder: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Members {
    typ: String,
    m: Binary,
    holder: String,
}

impl Hello {
    /// Reads one out of its envelope.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`].
    pub fn read(text: &[u8]) -> Result<Self, Refused> {
        let members: Members = message::read(text, TYP, Code::ReplyUnreadable)?;
        let secret = <[u8; 32]>::try_from(&members.m.0[..]).ok();
        let secret = secret.filter(|_| members.holder.chars().count() <= HOLDER);
        let secret = MatchSecret::from_bytes(secret.ok_or(Code::ReplyUnreadable)?);
        Ok(Self { secret, holder: members.holder })
    }

    /// Its octets, for an envelope.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`] for a name that the page would refuse: too long, or with characters
    /// that do not show.
    pub fn write(&self) -> Result<Vec<u8>, Refused> {
        let m = Binary(self.secret.as_bytes().to_vec());
        let members = Members { typ: TYP.into(), m, holder: self.holder.clone() };
        let text = message::write(&members, TYP, Code::ReplyUnreadable)?;
        Self::read(&text)?;
        Ok(text)
    }
}
