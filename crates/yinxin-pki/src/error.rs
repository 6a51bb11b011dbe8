//! What is wrong with some bytes, where, and who can mend it.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::Oid;

/// Who can mend a failure (责任方).
///
/// It goes into messages and into the evidence record of a failed opening.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Party {
    /// The person or unit that holds the certificate and keys.
    Holder,
    /// Whoever sent the file or the message; it has to be sent again, unharmed.
    Sender,
    /// The certificate authority that issued, or has to issue, a certificate.
    Authority,
    /// The platform that asked.
    Platform,
    /// The operator of this program: trust list, clock, disk.
    Operator,
    /// The developer who calls this library.
    Developer,
}

impl Party {
    /// The stable name, `snake_case`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Sender => "sender",
            Self::Authority => "authority",
            Self::Platform => "platform",
            Self::Operator => "operator",
            Self::Developer => "developer",
        }
    }
}

/// One fact of an error or a report step: a name in camelCase and a value as text or number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fact {
    /// Name in camelCase, as in JSON.
    pub name: &'static str,
    /// The value.
    pub value: FactValue,
}

impl Fact {
    /// A fact whose value is a number.
    #[must_use]
    pub const fn number(name: &'static str, value: u64) -> Self {
        Self { name, value: FactValue::Number(value) }
    }

    /// A fact whose value is a count or a position in memory.
    #[must_use]
    pub fn count(name: &'static str, value: usize) -> Self {
        Self::number(name, u64::try_from(value).unwrap_or(u64::MAX))
    }

    /// A fact whose value is text.
    #[must_use]
    pub fn text(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: FactValue::Text(value.into()) }
    }
}

/// The value of a [`Fact`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FactValue {
    /// A count, a position in bytes, a version.
    Number(u64),
    /// A name, an object identifier, a time in RFC 3339, a digest in lower-case hex.
    Text(String),
}

impl fmt::Display for FactValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What every error of this project can say about itself.
///
/// `Display` gives English words for logs; pages and the command line take theirs from the zh/en
/// catalogue under [`code`](Self::code), filled with [`facts`](Self::facts).
pub trait Explain: core::error::Error {
    /// The stable name, `snake_case`, never reused for another meaning.
    fn code(&self) -> &'static str;

    /// Who can mend it.
    fn mended_by(&self) -> Party;

    /// The facts, in the order a message names them.
    fn facts(&self) -> Vec<Fact>;
}

/// Bytes that are not what they should be: truncated, malformed, too large or not supported.
///
/// `at` is the position, in bytes from 0, in the input the caller handed in. Whoever made or sent
/// the bytes mends it; nothing was believed or changed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The input ends inside an element.
    Truncated {
        /// Where the missing bytes should begin.
        at: usize,
        /// How many more bytes the element says it has.
        missing: usize,
    },
    /// The encoding breaks a rule.
    Malformed {
        /// Where.
        at: usize,
        /// What was expected there, for instance `INTEGER` or `minimal length`.
        expected: &'static str,
    },
    /// A limit on depth, size or count was reached.
    Limit {
        /// Where.
        at: usize,
        /// What is limited.
        what: &'static str,
        /// The limit, in bytes or items.
        limit: u64,
    },
    /// A well-formed element that this library does not know.
    Unsupported {
        /// Where.
        at: usize,
        /// What kind of thing: `digest`, `cipher`, `curve`.
        what: &'static str,
        /// Its object identifier.
        found: Oid,
    },
    /// A version this library does not know.
    Version {
        /// Where.
        at: usize,
        /// Of what structure.
        what: &'static str,
        /// The version found.
        found: u64,
    },
    /// A value of the wrong length.
    Length {
        /// What value.
        what: &'static str,
        /// Bytes it must have.
        expected: usize,
        /// Bytes it has.
        found: usize,
    },
}

impl Explain for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "truncated",
            Self::Malformed { .. } => "malformed",
            Self::Limit { .. } => "limit",
            Self::Unsupported { .. } => "unsupported",
            Self::Version { .. } => "unsupported_version",
            Self::Length { .. } => "wrong_length",
        }
    }

    fn mended_by(&self) -> Party {
        Party::Sender
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Truncated { at, missing } => {
                vec![Fact::count("at", *at), Fact::count("missing", *missing)]
            }
            Self::Malformed { at, expected } => {
                vec![Fact::count("at", *at), Fact::text("expected", *expected)]
            }
            Self::Limit { at, what, limit } => {
                vec![
                    Fact::count("at", *at),
                    Fact::text("what", *what),
                    Fact::number("limit", *limit),
                ]
            }
            Self::Unsupported { at, what, found } => vec![
                Fact::count("at", *at),
                Fact::text("what", *what),
                Fact::text("found", found.to_string()),
            ],
            Self::Version { at, what, found } => vec![
                Fact::count("at", *at),
                Fact::text("what", (*what).to_owned()),
                Fact::number("found", *found),
            ],
            Self::Length { what, expected, found } => vec![
                Fact::text("what", *what),
                Fact::count("expected", *expected),
                Fact::count("found", *found),
            ],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { at, missing } => {
                write!(f, "ends at byte {at}, {missing} bytes too early; fetch the file again")
            }
            Self::Malformed { at, expected } => write!(f, "expected {expected} at byte {at}"),
            Self::Limit { at, what, limit } => {
                write!(f, "{what} over the limit of {limit} at byte {at}")
            }
            Self::Unsupported { at, what, found } => {
                write!(f, "unsupported {what} `{found}` at byte {at}")
            }
            Self::Version { at, what, found } => {
                write!(f, "unsupported version {found} of {what} at byte {at}")
            }
            Self::Length { what, expected, found } => {
                write!(f, "{what} has {found} bytes, must have {expected}")
            }
        }
    }
}

impl core::error::Error for Error {}

/// `Explain`, `Display` and `Error` for an enum whose variants each hold another error.
macro_rules! delegate {
    ($name:ident { $($variant:ident),+ }) => {
        impl $crate::Explain for $name {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant(error) => error.code()),+ }
            }

            fn mended_by(&self) -> $crate::Party {
                match self { $(Self::$variant(error) => error.mended_by()),+ }
            }

            fn facts(&self) -> ::alloc::vec::Vec<$crate::Fact> {
                match self { $(Self::$variant(error) => error.facts()),+ }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self { $(Self::$variant(error) => error.fmt(f)),+ }
            }
        }

        impl ::core::error::Error for $name {
            fn source(&self) -> Option<&(dyn ::core::error::Error + 'static)> {
                match self { $(Self::$variant(error) => Some(error)),+ }
            }
        }
    };
}
pub(crate) use delegate;
