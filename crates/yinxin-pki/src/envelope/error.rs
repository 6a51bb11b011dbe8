//! Why an envelope was refused, and which part of it.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::cms::CmsError;
use crate::{Error, Explain, Fact, Party};

/// A part of an envelope, as people count: from 1.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// Data record `chunk` of a segment.
    Chunk {
        /// The segment's name.
        segment: String,
        /// The record, from 1.
        chunk: u64,
    },
    /// The end record of a segment, or what lies behind the last one.
    End {
        /// The segment's name.
        segment: String,
    },
    /// Magic, header, and its message authentication codes.
    Header,
    /// A recipient's wrapped key.
    Recipient {
        /// Which, from 1.
        number: usize,
    },
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chunk { segment, chunk } => write!(f, "chunk {chunk} of segment `{segment}`"),
            Self::End { segment } => write!(f, "the end of segment `{segment}`"),
            Self::Header => f.write_str("the header"),
            Self::Recipient { number } => write!(f, "recipient {number}"),
        }
    }
}

/// Why an envelope was not opened or not made. Nothing behind the part named was released.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BidError {
    /// A part does not authenticate: changed, moved, or of another envelope.
    Altered {
        /// Which.
        part: Part,
    },
    /// The key that came out is not the one the header commits to.
    Commitment {
        /// The segment.
        segment: String,
    },
    /// A file name that no system should be asked to write.
    FileName,
    /// The bytes are not what they should be.
    Form {
        /// In which part.
        part: Part,
        /// What is wrong.
        error: Error,
    },
    /// The key is bound to another header: it was lifted from another bid, or this header was
    /// exchanged.
    OtherBid {
        /// Which recipient's.
        number: usize,
    },
    /// No key given opens it.
    NotMyKey {
        /// Whether the outer layer is meant, the tenderer's.
        layer: super::Layer,
        /// Key identifiers it is encrypted to.
        recipients: Vec<crate::KeyId>,
    },
    /// A value the format does not allow.
    Value {
        /// Which.
        what: &'static str,
    },
    /// A recipient cannot receive.
    Recipient(CmsError),
    /// Not a share of this envelope, or damaged.
    Share,
    /// Too few shares to recover.
    SharesMissing {
        /// Needed.
        wanted: u8,
        /// Given.
        found: usize,
    },
    /// The receipt is of another file.
    Receipt {
        /// What differs.
        what: &'static str,
    },
    /// The file ends too early, or goes on.
    Truncated {
        /// Where.
        part: Part,
    },
    /// A newer format than this program knows.
    Version {
        /// The version found.
        found: u8,
    },
    /// Not an envelope.
    NotAnEnvelope,
}

impl Explain for BidError {
    fn code(&self) -> &'static str {
        match self {
            Self::Altered { .. } => "bid_altered",
            Self::Commitment { .. } => "commitment_mismatch",
            Self::FileName => "bid_file_name",
            Self::Form { .. } => "bid_malformed",
            Self::OtherBid { .. } => "key_of_another_bid",
            Self::NotMyKey { layer: super::Layer::Outer, .. } => "outer_key_missing",
            Self::NotMyKey { .. } => "not_my_key",
            Self::Value { .. } => "bid_value",
            Self::Recipient(error) => error.code(),
            Self::Share => "share_wrong",
            Self::SharesMissing { .. } => "shares_missing",
            Self::Receipt { .. } => "receipt_mismatch",
            Self::Truncated { .. } => "bid_truncated",
            Self::Version { .. } => "unsupported_version",
            Self::NotAnEnvelope => "not_an_envelope",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::NotMyKey { .. } | Self::Share | Self::SharesMissing { .. } => Party::Holder,
            Self::Value { .. } | Self::FileName | Self::Recipient(_) => Party::Developer,
            _ => Party::Sender,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        let part = |part: &Part| Fact::text("part", alloc::format!("{part}"));
        match self {
            Self::Altered { part: p } | Self::Truncated { part: p } => vec![part(p)],
            Self::Commitment { segment } => vec![Fact::text("segment", segment.clone())],
            Self::Form { part: p, error } => {
                let mut facts = vec![part(p)];
                facts.extend(error.facts());
                facts
            }
            Self::OtherBid { number } => vec![Fact::count("recipient", *number)],
            Self::NotMyKey { recipients, .. } => recipients
                .iter()
                .map(|id| Fact::text("recipient", alloc::format!("{id}")))
                .collect(),
            Self::Value { what } | Self::Receipt { what } => vec![Fact::text("what", *what)],
            Self::Recipient(error) => error.facts(),
            Self::SharesMissing { wanted, found } => {
                vec![Fact::number("wanted", u64::from(*wanted)), Fact::count("found", *found)]
            }
            Self::Version { found } => vec![Fact::number("found", u64::from(*found))],
            Self::FileName | Self::Share | Self::NotAnEnvelope => vec![],
        }
    }
}

impl fmt::Display for BidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { part } => write!(
                f,
                "{part} was changed after encryption; nothing of it is released, ask for the file again"
            ),
            Self::Commitment { segment } => {
                write!(f, "the key given is not the one segment `{segment}` was encrypted under")
            }
            Self::FileName => f.write_str("a file name that is not safe to write; rename the file"),
            Self::Form { part, error } => write!(f, "{part}: {error}"),
            Self::OtherBid { number } => write!(
                f,
                "the key of recipient {number} belongs to another bid; this header was not encrypted with it"
            ),
            Self::NotMyKey { layer, recipients } => {
                let whose = match layer {
                    super::Layer::Outer => "the tenderer's layer",
                    super::Layer::Bid => "the bid",
                };
                write!(f, "none of the keys given opens {whose}; it is encrypted to")?;
                recipients.iter().try_for_each(|id| write!(f, " {id}"))
            }
            Self::Value { what } => write!(f, "{what} is not allowed in a bid envelope"),
            Self::Recipient(error) => error.fmt(f),
            Self::Share => f.write_str("not a share of this bid, or damaged"),
            Self::SharesMissing { wanted, found } => {
                write!(f, "{wanted} shares are needed, {found} given")
            }
            Self::Receipt { what } => write!(f, "the receipt is of another file: {what} differs"),
            Self::Truncated { part } => {
                write!(f, "the file is cut off or goes on at {part}; fetch it again")
            }
            Self::Version { found } => {
                write!(f, "format version {found} is newer than this program; update it")
            }
            Self::NotAnEnvelope => f.write_str("not a bid envelope"),
        }
    }
}

impl core::error::Error for BidError {}
