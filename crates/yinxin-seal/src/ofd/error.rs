//! Why an OFD file is not read, sealed or restored.

use std::fmt;

use yinxin_pki::{Explain, Fact, Party};

use crate::SealError;
use crate::placement::PlacementError;
use crate::revoke::RevokeError;

/// Why an OFD file is not read, sealed or restored.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OfdError {
    /// The package has no such document.
    Document {
        /// The number asked for, counted from 1.
        number: usize,
    },
    /// Text has a character that the font does not have.
    Glyph {
        /// The character.
        found: char,
    },
    /// A limit was reached.
    Limit {
        /// What is limited.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The document is locked by a signature that covers the list of signatures.
    Locked,
    /// A file that the package refers to is not in it.
    Missing {
        /// Its path.
        path: String,
    },
    /// A path that leaves the package, or that programs read differently.
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        rule: PathRule,
    },
    /// No place for the seal.
    Placement(PlacementError),
    /// The signature is not revoked.
    Revoke(RevokeError),
    /// The seal, or its signature, is not made or not read.
    Seal(SealError),
    /// The XML is not what it should be.
    Xml {
        /// In which file.
        path: String,
        /// At which byte.
        at: usize,
        /// What is wrong.
        rule: XmlRule,
    },
    /// The package is not a sound ZIP.
    Zip {
        /// At which byte.
        at: usize,
        /// What is wrong.
        rule: ZipRule,
    },
}

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PathRule {
    /// Two names that differ in case only: file systems take them for one.
    CaseDifference,
    /// Two entries of one name: programs read different ones.
    Duplicate,
    /// Not UTF-8.
    Encoding,
    /// It has an empty, `.` or `..` part, a backslash, a colon or a control character.
    Form,
}

/// What is wrong with XML.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum XmlRule {
    /// A value is not of its type.
    Attribute,
    /// An attribute twice.
    DuplicateAttribute,
    /// A document type or an entity of its own.
    Entity,
    /// An element that must be there is not, or is there twice.
    Element,
    /// Another encoding than UTF-8.
    Encoding,
    /// Not well-formed.
    Syntax,
}

/// What is wrong with a ZIP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ZipRule {
    /// Bytes that belong to no entry.
    Beside,
    /// The central directory is not there or not whole.
    Directory,
    /// An entry's data ends early, is too long or has another checksum.
    Data,
    /// An encrypted entry.
    Encrypted,
    /// A compression method other than stored and deflated.
    Method,
    /// Local header and central directory say different things.
    Disagreement,
    /// Entries lie over each other.
    Overlap,
    /// Bytes before the first entry, or behind the end.
    Around,
    /// ZIP64 or several disks.
    Unsupported,
}

impl From<SealError> for OfdError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<PlacementError> for OfdError {
    fn from(error: PlacementError) -> Self {
        Self::Placement(error)
    }
}

impl From<RevokeError> for OfdError {
    fn from(error: RevokeError) -> Self {
        Self::Revoke(error)
    }
}

impl PathRule {
    const fn code(self) -> &'static str {
        match self {
            Self::CaseDifference => "path_case_difference",
            Self::Duplicate => "path_duplicate",
            Self::Encoding => "path_encoding",
            Self::Form => "path_form",
        }
    }
}

impl XmlRule {
    const fn code(self) -> &'static str {
        match self {
            Self::Attribute => "xml_attribute",
            Self::DuplicateAttribute => "xml_duplicate_attribute",
            Self::Entity => "xml_entity",
            Self::Element => "xml_element",
            Self::Encoding => "xml_encoding",
            Self::Syntax => "xml_syntax",
        }
    }
}

impl ZipRule {
    const fn code(self) -> &'static str {
        match self {
            Self::Around => "zip_bytes_around",
            Self::Beside => "zip_bytes_beside",
            Self::Data => "zip_data",
            Self::Directory => "zip_directory",
            Self::Disagreement => "zip_disagreement",
            Self::Encrypted => "zip_encrypted",
            Self::Method => "zip_method",
            Self::Overlap => "zip_overlap",
            Self::Unsupported => "zip_unsupported",
        }
    }
}

impl Explain for OfdError {
    fn code(&self) -> &'static str {
        match self {
            Self::Document { .. } => "no_such_document",
            Self::Glyph { .. } => "missing_glyph",
            Self::Limit { .. } => "limit",
            Self::Locked => "document_locked",
            Self::Missing { .. } => "file_missing",
            Self::Path { rule, .. } => rule.code(),
            Self::Placement(error) => error.code(),
            Self::Revoke(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Xml { rule, .. } => rule.code(),
            Self::Zip { rule, .. } => rule.code(),
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Placement(error) => error.mended_by(),
            Self::Revoke(error) => error.mended_by(),
            Self::Seal(error) => error.mended_by(),
            Self::Document { .. } | Self::Glyph { .. } => Party::Developer,
            _ => Party::Sender,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Document { number } => vec![Fact::count("number", *number)],
            Self::Glyph { found } => vec![
                Fact::text("character", found.to_string()),
                Fact::text("code", format!("U+{:04X}", u32::from(*found))),
            ],
            Self::Limit { what, limit } => {
                vec![Fact::text("limited", *what), Fact::count("limit", *limit)]
            }
            Self::Locked => vec![],
            Self::Missing { path } | Self::Path { path, .. } => {
                vec![Fact::text("path", path.as_str())]
            }
            Self::Placement(error) => error.facts(),
            Self::Revoke(error) => error.facts(),
            Self::Seal(error) => error.facts(),
            Self::Xml { path, at, .. } => {
                vec![Fact::text("path", path.as_str()), Fact::count("at", *at)]
            }
            Self::Zip { at, .. } => vec![Fact::count("at", *at)],
        }
    }
}

impl fmt::Display for OfdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document { number } => write!(f, "the package has no document {number}"),
            Self::Glyph { found } => {
                write!(f, "the font has no glyph for `{found}` (U+{:04X})", u32::from(*found))
            }
            Self::Limit { what, limit } => write!(f, "{what}: more than {limit}"),
            Self::Locked => f.write_str(
                "the last signer locked the document; a further signature would make theirs invalid",
            ),
            Self::Missing { path } => write!(f, "`{path}` is referred to and not in the package"),
            Self::Path { path, rule } => {
                let why = match rule {
                    PathRule::CaseDifference => "differs from another in case only",
                    PathRule::Duplicate => "stands in the package twice",
                    PathRule::Encoding => "is not UTF-8",
                    PathRule::Form => "is no path inside the package",
                };
                write!(f, "`{path}` {why}")
            }
            Self::Placement(error) => error.fmt(f),
            Self::Revoke(error) => error.fmt(f),
            Self::Seal(error) => error.fmt(f),
            Self::Xml { path, at, rule } => {
                let why = match rule {
                    XmlRule::Attribute => "a value is not of its type",
                    XmlRule::DuplicateAttribute => "an attribute stands there twice",
                    XmlRule::Entity => "document types and entities are refused",
                    XmlRule::Element => "an element is missing or stands there twice",
                    XmlRule::Encoding => "only UTF-8 is read",
                    XmlRule::Syntax => "not well-formed",
                };
                write!(f, "`{path}` at byte {at}: {why}")
            }
            Self::Zip { at, rule } => {
                let why = match rule {
                    ZipRule::Around => "bytes stand before or behind the package",
                    ZipRule::Beside => "bytes belong to no entry",
                    ZipRule::Data => "an entry's data is damaged",
                    ZipRule::Directory => "the central directory is damaged",
                    ZipRule::Disagreement => "an entry's two headers disagree",
                    ZipRule::Encrypted => "encrypted entries are refused",
                    ZipRule::Method => "only stored and deflated entries are read",
                    ZipRule::Overlap => "entries lie over each other",
                    ZipRule::Unsupported => "ZIP64 and several disks are not read",
                };
                write!(f, "not a sound package at byte {at}: {why}")
            }
        }
    }
}

impl std::error::Error for OfdError {}
