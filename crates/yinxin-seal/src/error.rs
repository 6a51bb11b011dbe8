//! Why a seal or a seal signature is not made, or not read.

use std::fmt;

use yinxin_pki::certificate::KindError;
use yinxin_pki::timestamp::TimestampError;
use yinxin_pki::{Error, Explain, Fact, Party, SignatureError, Time};

/// Why a seal or a seal signature is not made, or not read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SealError {
    /// The certificate's key usage or key does not fit.
    Certificate(KindError),
    /// A text that has to be ASCII, or must not be empty, is not so.
    Field {
        /// Which field, as the standard names it.
        what: &'static str,
    },
    /// The bytes are not what they should be.
    Form(Error),
    /// A seal without anybody who may use it.
    NoHolder,
    /// The time is outside the seal's window.
    OutsideWindow {
        /// The time.
        at: Time,
        /// First second of the window.
        from: Time,
        /// Last second.
        until: Time,
    },
    /// The seal's header has a version that is not known.
    SealVersion {
        /// The version found.
        found: u64,
        /// Where, in bytes from 0.
        at: usize,
    },
    /// The signature does not come from this certificate's key.
    Signature(SignatureError),
    /// The signer's certificate is not in the seal's list; a renewed certificate needs a new seal.
    SignerNotListed,
    /// The timestamp token does not fit.
    Timestamp(TimestampError),
    /// Only a seal of version 5 carries a timestamp of its own.
    TimestampVersion,
    /// The elements are those of no known structure.
    UnknownStructure {
        /// Identifier octets of the outermost elements, at most eight.
        tags: Vec<u8>,
    },
    /// A seal that ends before it begins.
    Window {
        /// First second.
        from: Time,
        /// Last second.
        until: Time,
    },
}

impl From<Error> for SealError {
    fn from(error: Error) -> Self {
        Self::Form(error)
    }
}

impl From<SignatureError> for SealError {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

impl From<KindError> for SealError {
    fn from(error: KindError) -> Self {
        Self::Certificate(error)
    }
}

impl Explain for SealError {
    fn code(&self) -> &'static str {
        match self {
            Self::Certificate(error) => error.code(),
            Self::Field { .. } => "seal_field",
            Self::Form(error) => error.code(),
            Self::NoHolder => "seal_without_holder",
            Self::OutsideWindow { .. } => "seal_window",
            Self::SealVersion { .. } => "seal_version",
            Self::Signature(error) => error.code(),
            Self::SignerNotListed => "signer_not_listed",
            Self::Timestamp(error) => error.code(),
            Self::TimestampVersion => "timestamp_needs_version_5",
            Self::UnknownStructure { .. } => "unknown_structure",
            Self::Window { .. } => "seal_window_reversed",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Certificate(error) => error.mended_by(),
            Self::Form(error) => error.mended_by(),
            Self::Signature(error) => error.mended_by(),
            Self::Timestamp(error) => error.mended_by(),
            Self::OutsideWindow { .. } | Self::SignerNotListed => Party::Holder,
            Self::Field { .. } | Self::NoHolder | Self::TimestampVersion | Self::Window { .. } => {
                Party::Developer
            }
            Self::SealVersion { .. } | Self::UnknownStructure { .. } => Party::Sender,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Certificate(error) => error.facts(),
            Self::Field { what } => vec![Fact::text("field", *what)],
            Self::Form(error) => error.facts(),
            Self::OutsideWindow { at, from, until } => vec![
                Fact::text("at", at.to_string()),
                Fact::text("from", from.to_string()),
                Fact::text("until", until.to_string()),
            ],
            Self::SealVersion { found, at } => {
                vec![Fact::number("found", *found), Fact::count("at", *at)]
            }
            Self::Signature(error) => error.facts(),
            Self::Timestamp(error) => error.facts(),
            Self::UnknownStructure { tags } => {
                vec![Fact::text(
                    "tags",
                    tags.iter().map(|t| format!("{t:02x}")).collect::<String>(),
                )]
            }
            Self::Window { from, until } => {
                vec![Fact::text("from", from.to_string()), Fact::text("until", until.to_string())]
            }
            Self::NoHolder | Self::SignerNotListed | Self::TimestampVersion => vec![],
        }
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(error) => error.fmt(f),
            Self::Field { what } => write!(f, "{what} is empty or not ASCII text"),
            Self::Form(error) => error.fmt(f),
            Self::NoHolder => f.write_str("a seal names at least one certificate that may use it"),
            Self::OutsideWindow { at, from, until } => {
                write!(f, "{at} is outside the seal's window {from} to {until}")
            }
            Self::SealVersion { found, at } => {
                write!(f, "seal of version {found} at byte {at}; versions 1, 4 and 5 are known")
            }
            Self::Signature(error) => error.fmt(f),
            Self::SignerNotListed => f.write_str(
                "the certificate is not in the seal's list; \
                 a renewed certificate needs a new seal",
            ),
            Self::Timestamp(error) => error.fmt(f),
            Self::TimestampVersion => {
                f.write_str("only a seal of version 5 carries a timestamp of its own")
            }
            Self::UnknownStructure { .. } => {
                f.write_str("neither a seal nor a seal signature of a known structure")
            }
            Self::Window { from, until } => {
                write!(f, "the seal would end at {until}, before it begins at {from}")
            }
        }
    }
}

impl std::error::Error for SealError {}
