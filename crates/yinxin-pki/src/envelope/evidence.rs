//! Evidence (证据) of a failed opening, and who is to blame.
//!
//! ```text
//! Evidence ::= SEQUENCE {
//!   version INTEGER (1), code UTF8String, part UTF8String, blame INTEGER,
//!   at GeneralizedTime, header OCTET STRING, headDigest OCTET STRING,
//!   receipt OCTET STRING OPTIONAL }
//! ```
//!
//! Signed: SignedData over it, content type 2.25.258128428175178402734700613560123930539.4.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::header::Header;
use super::receipt::Receipt;
use super::{BidError, Envelope, Part};
use crate::der::{Reader, Tag, Writer};
use crate::{Error, Explain, Time};

/// What a failure proves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Blame {
    /// The file is not the one the receipt was made for: it was altered after encryption.
    FileAltered,
    /// The file is as the receipt says, so the key that was answered is a wrong one.
    WrongAnswer,
    /// Without a receipt nothing is proved about a key; a failed check of the file itself proves
    /// that it was altered.
    Undetermined,
}

impl Blame {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileAltered => "file_altered",
            Self::WrongAnswer => "wrong_answer",
            Self::Undetermined => "undetermined",
        }
    }

    /// Judges a failure. `file` says whether the file, read whole, is the receipt's; `None`
    /// without a receipt.
    ///
    /// What a recipient unwraps is authenticated together with the header it belongs to. So a
    /// key bound to another header, and a part that does not authenticate under a key that the
    /// header commits to, prove an altered file by themselves. A key that the header does not
    /// commit to proves nothing until a receipt says that the header is the bidder's own.
    #[must_use]
    pub fn judge(error: &BidError, file: Option<bool>) -> Self {
        match (error, file) {
            (_, Some(false)) => Self::FileAltered,
            (
                BidError::Commitment { .. } | BidError::NotMyKey { .. } | BidError::Share,
                Some(true),
            ) => Self::WrongAnswer,
            (BidError::OtherBid { .. }, Some(true)) => Self::WrongAnswer,
            (
                BidError::Altered { .. }
                | BidError::Truncated { .. }
                | BidError::Form { .. }
                | BidError::OtherBid { .. },
                None,
            ) => Self::FileAltered,
            _ => Self::Undetermined,
        }
    }
}

/// What happened at a failed opening.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// The error's code.
    pub code: String,
    /// The part of the file, or empty.
    pub part: String,
    /// Who is to blame.
    pub blame: Blame,
    /// When.
    pub at: Time,
    /// The header of the file.
    pub header: Header,
    /// Digest of the file's head.
    pub head_digest: Vec<u8>,
    /// Digest of the file by its receipt, if there was one.
    pub receipt: Option<Vec<u8>>,
}

impl Evidence {
    /// Takes down a failure.
    #[must_use]
    pub fn new(
        error: &BidError,
        envelope: &Envelope,
        receipt: Option<(&Receipt, bool)>,
        at: Time,
    ) -> Self {
        let part = match error {
            BidError::Altered { part } | BidError::Truncated { part } => part.to_string(),
            BidError::Form { part, .. } => part.to_string(),
            BidError::OtherBid { .. } => Part::Header.to_string(),
            _ => String::new(),
        };
        Self {
            code: error.code().to_string(),
            part,
            blame: Blame::judge(error, receipt.map(|(_, same)| same)),
            at,
            header: envelope.header().clone(),
            head_digest: envelope.head_digest().as_ref().to_vec(),
            receipt: receipt.map(|(receipt, _)| receipt.file_digest().as_ref().to_vec()),
        }
    }

    /// Reads evidence without its signature.
    ///
    /// # Errors
    ///
    /// [`BidError::Form`].
    pub fn from_der(der: &[u8]) -> Result<Self, BidError> {
        let form = |error| BidError::Form { part: Part::Header, error };
        let read = || -> Result<_, Error> {
            let mut outer = Reader::new(der);
            let mut fields = outer.sequence()?;
            outer.finish()?;
            let at = fields.position();
            let version = fields.uint()?;
            if version != 1 {
                return Err(Error::Version { at, what: "evidence", found: version });
            }
            let mut text = || -> Result<String, Error> {
                let tlv = fields.expect(Tag::UTF8_STRING)?;
                let text = core::str::from_utf8(tlv.value);
                let wrong = |_| Error::Malformed { at: tlv.at, expected: "UTF-8" };
                text.map(ToString::to_string).map_err(wrong)
            };
            let (code, part) = (text()?, text()?);
            let at = fields.position();
            let blame = match fields.uint()? {
                0 => Blame::Undetermined,
                1 => Blame::FileAltered,
                2 => Blame::WrongAnswer,
                _ => return Err(Error::Malformed { at, expected: "blame" }),
            };
            let time = fields.time()?;
            let header = fields.octet_string()?;
            let head_digest = fields.octet_string()?.to_vec();
            let receipt = fields.optional(Tag::OCTET_STRING)?.map(|tlv| tlv.value.to_vec());
            fields.finish()?;
            Ok((code, part, blame, time, header, head_digest, receipt))
        };
        let (code, part, blame, at, header, head_digest, receipt) = read().map_err(form)?;
        let header = Header::from_der(header)?;
        Ok(Self { code, part, blame, at, header, head_digest, receipt })
    }

    /// The evidence's DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.uint(1);
                w.utf8_string(&self.code);
                w.utf8_string(&self.part);
                w.uint(match self.blame {
                    Blame::Undetermined => 0,
                    Blame::FileAltered => 1,
                    Blame::WrongAnswer => 2,
                });
                w.generalized_time(self.at);
                w.octet_string(self.header.as_der());
                w.octet_string(&self.head_digest);
                if let Some(receipt) = &self.receipt {
                    w.octet_string(receipt);
                }
            });
        })
    }
}
