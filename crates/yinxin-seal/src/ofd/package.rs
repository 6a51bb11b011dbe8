//! The package: its files by path, and the documents in it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use yinxin_pki::{Digest, DigestAlgorithm};

use super::document::Document;
use super::error::{OfdError, PathRule, XmlRule};
use super::limits::Limits;
use super::xml::Element;
use super::zip::{Archive, unpack};
use crate::es::Reading;
use crate::sorted::collected;

/// An OFD package (OFD 文件) in memory: sound as a package, nothing in it believed yet.
///
/// ```
/// use yinxin_seal::ofd::{Limits, OfdError, Package};
///
/// fn pages(bytes: &[u8]) -> Result<usize, OfdError> {
///     let package = Package::read(bytes, &Limits::default())?;
///     Ok(package.document(1)?.pages().len())
/// }
/// # assert!(pages(b"no package").is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Package {
    pub(super) bytes: Vec<u8>,
    pub(super) archive: Archive,
    files: BTreeMap<String, Content>,
    pub(super) limits: Limits,
    pub(super) root: Element,
}

/// Where a file's content is.
#[derive(Clone, Debug)]
enum Content {
    /// It was packed; here it is.
    Unpacked(Vec<u8>),
    /// It was stored, and stands in the package's own bytes.
    Stored(Range<usize>),
}

/// Path of the file every package begins with.
pub(super) const ROOT: &str = "OFD.xml";

impl Package {
    /// Reads a package; nothing may stand around it.
    ///
    /// # Errors
    ///
    /// [`OfdError`]: whoever sent it mends it.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self, OfdError> {
        Self::read_with(bytes, limits, Reading::Strict)
    }

    /// Reads a package and bears with what `reading` allows.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_with(bytes: &[u8], limits: &Limits, reading: Reading) -> Result<Self, OfdError> {
        let archive = Archive::read(bytes, limits, reading)?;
        let mut files = BTreeMap::new();
        for entry in &archive.entries {
            if !entry.is_folder() {
                let content = match unpack(bytes, entry)? {
                    Cow::Owned(content) => Content::Unpacked(content),
                    Cow::Borrowed(_) => Content::Stored(entry.data.clone()),
                };
                files.insert(entry.name.clone(), content);
            }
        }
        let root = match files.get(ROOT) {
            None => return Err(OfdError::Missing { path: ROOT.into() }),
            Some(content) => Element::parse(content.of(bytes), ROOT, limits)?,
        };
        if root.name != "OFD" || root.child("DocBody").is_none() {
            return Err(OfdError::Xml { path: ROOT.into(), at: 0, rule: XmlRule::Element });
        }
        Ok(Self { bytes: bytes.to_vec(), archive, files, limits: *limits, root })
    }

    /// The content of a file, by its path without a leading slash.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|content| content.of(&self.bytes))
    }

    /// All files by path, sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// How many documents the package has.
    #[must_use]
    pub fn documents(&self) -> usize {
        self.root.children("DocBody").count()
    }

    /// A document, counted from 1.
    ///
    /// # Errors
    ///
    /// [`OfdError`]: no such document, or it cannot be read.
    pub fn document(&self, number: usize) -> Result<Document, OfdError> {
        Document::read(self, number)
    }

    /// Bytes behind the package that were borne with.
    #[must_use]
    pub const fn trailing(&self) -> usize {
        self.archive.trailing
    }

    /// The package's bytes, without what was around it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.archive.end).unwrap_or(&[])
    }

    pub(super) fn need(&self, path: &str) -> Result<&[u8], OfdError> {
        self.file(path).ok_or_else(|| OfdError::Missing { path: path.to_owned() })
    }

    pub(super) fn xml(&self, path: &str) -> Result<Element, OfdError> {
        Element::parse(self.need(path)?, path, &self.limits)
    }

    /// SM3 of every file, computed once for all signatures.
    pub(super) fn digests(&self) -> BTreeMap<&str, Digest> {
        let digest = |content: &Content| DigestAlgorithm::Sm3.digest(content.of(&self.bytes));
        collected(self.files.iter().map(|(path, content)| (path.as_str(), digest(content))))
    }
}

impl Content {
    fn of<'a>(&'a self, package: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Unpacked(content) => content,
            Self::Stored(range) => package.get(range.clone()).unwrap_or(&[]),
        }
    }
}

/// The path a location means: absolute, or relative to the folder of the file it stands in.
pub(super) fn resolve(from: &str, location: &str) -> Result<String, OfdError> {
    let location = location.trim();
    let refuse = || OfdError::Path { path: location.to_owned(), rule: PathRule::Form };
    let (base, rest) = match location.strip_prefix('/') {
        Some(rest) => ("", rest),
        None => (from.rfind('/').and_then(|at| from.get(..at)).unwrap_or(""), location),
    };
    let rest = rest.strip_prefix("./").unwrap_or(rest);
    let sound = !rest.is_empty()
        && rest.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && !rest.chars().any(|c| matches!(c, '\\' | ':') || c.is_control());
    match (sound, base) {
        (false, _) => Err(refuse()),
        (true, "") => Ok(rest.to_owned()),
        (true, base) => Ok(format!("{base}/{rest}")),
    }
}

/// The folder of a file, without a slash at its end.
pub(super) fn folder(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..at)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_absolute_or_relative_and_never_leave() {
        let from = "Doc_0/Signs/Signatures.xml";
        assert_eq!(resolve(from, "/Doc_0/a.xml").unwrap(), "Doc_0/a.xml");
        assert_eq!(
            resolve(from, "Sign_0/Signature.xml").unwrap(),
            "Doc_0/Signs/Sign_0/Signature.xml"
        );
        assert_eq!(resolve("OFD.xml", "Doc_0/Document.xml").unwrap(), "Doc_0/Document.xml");
        for location in ["", "/", "../a", "/a/../b", "a\\b", "c:/a", "a//b", "a/./b"] {
            assert!(resolve(from, location).is_err(), "{location}");
        }
    }
}
