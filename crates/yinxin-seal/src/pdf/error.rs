//! What is wrong with a PDF, or with what was asked of it, and who can mend it.

use std::fmt;
use std::io;

use yinxin_pki::cms::CmsError;
use yinxin_pki::{Explain, Fact, Party, SignatureError};

use crate::SealError;
use crate::placement::PlacementError;
use crate::revoke::RevokeError;

/// Why a PDF could not be read, sealed or cut back. Nothing was written to the document itself.
///
/// `at` is a position in the file, in bytes from 0.
#[derive(Debug)]
#[non_exhaustive]
pub enum PdfError {
    /// Two readers can read two documents out of these bytes. The file has to be made anew.
    Ambiguous {
        /// Where.
        at: u64,
        /// What reads in two ways.
        what: &'static str,
    },
    /// The signature could not be put together.
    Cms(CmsError),
    /// The file is encrypted; a sealed file has to be readable by everybody.
    Encrypted,
    /// The signature does not fit into the room that was kept for it.
    Hole {
        /// Bytes of the signature.
        needed: usize,
        /// Bytes kept.
        room: usize,
    },
    /// Reading or writing failed.
    Io(io::Error),
    /// The words are nowhere to be found in text that can be read.
    Keyword {
        /// How many pages were searched.
        pages: usize,
        /// How many text runs have no way to Unicode, so that the words may be among them.
        unreadable: usize,
    },
    /// A limit on depth, size or count was reached.
    Limit {
        /// Where.
        at: u64,
        /// What is limited.
        what: &'static str,
        /// The limit, in bytes or items.
        limit: u64,
    },
    /// A signature forbids what was asked: it locked the document or certified it.
    Locked {
        /// Name of the field of that signature.
        field: String,
    },
    /// The bytes break a rule of ISO 32000.
    Malformed {
        /// Where.
        at: u64,
        /// What was expected there.
        expected: &'static str,
    },
    /// The file does not begin as a PDF.
    NotAPdf,
    /// The document has no such page.
    Page {
        /// The page asked for, from 1.
        wanted: usize,
        /// How many there are.
        pages: usize,
    },
    /// The seal's picture cannot be put into a PDF.
    Picture {
        /// Why.
        why: &'static str,
    },
    /// The seal cannot stand where it was asked for.
    Placement(PlacementError),
    /// The seal signature cannot be taken back.
    Revoke(RevokeError),
    /// The seal cannot be used so.
    Seal(SealError),
    /// The key's answer is not this signature.
    SignatureValue(SignatureError),
    /// The token is over other data than this document.
    Timestamp,
    /// A well-formed thing that is not handled here.
    Unsupported {
        /// Where.
        at: u64,
        /// What.
        what: &'static str,
    },
}

impl Explain for PdfError {
    fn code(&self) -> &'static str {
        match self {
            Self::Ambiguous { .. } => "ambiguous_structure",
            Self::Cms(error) => error.code(),
            Self::Encrypted => "encrypted",
            Self::Hole { .. } => "signature_too_large",
            Self::Io(_) => "io",
            Self::Keyword { .. } => "keyword_not_found",
            Self::Limit { .. } => "limit",
            Self::Locked { .. } => "locked",
            Self::Malformed { .. } => "malformed",
            Self::NotAPdf => "not_a_pdf",
            Self::Page { .. } => "no_such_page",
            Self::Picture { .. } => "picture",
            Self::Placement(error) => error.code(),
            Self::Revoke(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::SignatureValue(error) => error.code(),
            Self::Timestamp => "timestamp_other_data",
            Self::Unsupported { .. } => "unsupported",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Cms(error) => error.mended_by(),
            Self::Placement(error) => error.mended_by(),
            Self::Revoke(error) => error.mended_by(),
            Self::Seal(error) => error.mended_by(),
            Self::SignatureValue(error) => error.mended_by(),
            Self::Io(_) => Party::Operator,
            Self::Hole { .. } => Party::Developer,
            Self::Keyword { .. }
            | Self::Locked { .. }
            | Self::Page { .. }
            | Self::Picture { .. } => Party::Holder,
            Self::Ambiguous { .. }
            | Self::Encrypted
            | Self::Limit { .. }
            | Self::Malformed { .. }
            | Self::NotAPdf
            | Self::Timestamp
            | Self::Unsupported { .. } => Party::Sender,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Ambiguous { at, what } | Self::Unsupported { at, what } => {
                vec![Fact::number("at", *at), Fact::text("what", *what)]
            }
            Self::Cms(error) => error.facts(),
            Self::Encrypted | Self::NotAPdf | Self::Timestamp => vec![],
            Self::Hole { needed, room } => {
                vec![Fact::count("needed", *needed), Fact::count("room", *room)]
            }
            Self::Io(error) => vec![Fact::text("kind", error.kind().to_string())],
            Self::Keyword { pages, unreadable } => {
                vec![Fact::count("pages", *pages), Fact::count("unreadable", *unreadable)]
            }
            Self::Limit { at, what, limit } => vec![
                Fact::number("at", *at),
                Fact::text("what", *what),
                Fact::number("limit", *limit),
            ],
            Self::Locked { field } => vec![Fact::text("field", field.clone())],
            Self::Malformed { at, expected } => {
                vec![Fact::number("at", *at), Fact::text("expected", *expected)]
            }
            Self::Page { wanted, pages } => {
                vec![Fact::count("wanted", *wanted), Fact::count("pages", *pages)]
            }
            Self::Picture { why } => {
                vec![Fact::text("why", *why)]
            }
            Self::Placement(error) => error.facts(),
            Self::Revoke(error) => error.facts(),
            Self::Seal(error) => error.facts(),
            Self::SignatureValue(error) => error.facts(),
        }
    }
}

impl fmt::Display for PdfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ambiguous { at, what } => write!(
                f,
                "two readers can see two documents here: {what} at byte {at}; save the file anew \
                 before it is sealed"
            ),
            Self::Cms(error) => error.fmt(f),
            Self::Encrypted => {
                f.write_str("the file is encrypted; save it without a password first")
            }
            Self::Hole { needed, room } => write!(
                f,
                "the signature has {needed} bytes and {room} were kept for it; prepare again with \
                 more room"
            ),
            Self::Io(error) => write!(f, "reading or writing failed: {error}"),
            Self::Keyword { pages, unreadable } => write!(
                f,
                "the words are not in the readable text of {pages} pages ({unreadable} text runs \
                 cannot be read as Unicode); place the seal by page and position"
            ),
            Self::Limit { at, what, limit } => {
                write!(f, "more than {limit} {what} at byte {at}")
            }
            Self::Locked { field } => write!(
                f,
                "signature `{field}` allows no further ones; ask for the file before it was locked"
            ),
            Self::Malformed { at, expected } => write!(f, "expected {expected} at byte {at}"),
            Self::NotAPdf => f.write_str("the file does not begin with %PDF-; it is no PDF"),
            Self::Page { wanted, pages } => {
                write!(f, "there is no page {wanted}; the document has {pages}")
            }
            Self::Picture { why } => write!(f, "the seal's picture cannot be drawn: {why}"),
            Self::Placement(error) => error.fmt(f),
            Self::Revoke(error) => error.fmt(f),
            Self::Seal(error) => error.fmt(f),
            Self::SignatureValue(error) => error.fmt(f),
            Self::Timestamp => {
                f.write_str("the timestamp is over other data than this document; ask again")
            }
            Self::Unsupported { at, what } => write!(f, "{what} at byte {at} is not handled here"),
        }
    }
}

impl std::error::Error for PdfError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Cms(error) => Some(error),
            Self::Io(error) => Some(error),
            Self::Placement(error) => Some(error),
            Self::Revoke(error) => Some(error),
            Self::Seal(error) => Some(error),
            Self::SignatureValue(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for PdfError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<PlacementError> for PdfError {
    fn from(error: PlacementError) -> Self {
        Self::Placement(error)
    }
}

impl From<RevokeError> for PdfError {
    fn from(error: RevokeError) -> Self {
        Self::Revoke(error)
    }
}

impl From<SealError> for PdfError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<CmsError> for PdfError {
    fn from(error: CmsError) -> Self {
        Self::Cms(error)
    }
}

impl From<SignatureError> for PdfError {
    fn from(error: SignatureError) -> Self {
        Self::SignatureValue(error)
    }
}
