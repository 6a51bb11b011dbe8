//! A PDF as read: its revisions, and the objects as each revision shows them.

use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::io::{Cursor, Read, Seek};
use std::rc::Rc;

use super::lexer::Lexer;
use super::object::{Dictionary, Object, ObjectId, Stream};
use super::source::Source;
use super::xref::{self, Entry, Revision};
use super::{PdfError, limits};

/// A PDF (ISO 32000) that was read and of which nothing is believed.
///
/// Only its structure is in memory: cross-references, and a few blocks of the file. Everything
/// else is read when it is asked for, so a file of hundreds of megabytes needs a few.
///
/// ```
/// use yinxin_seal::pdf::{Document, PdfError};
///
/// fn pages(path: &str) -> Result<usize, PdfError> {
///     let document = Document::read(std::fs::File::open(path)?)?;
///     document.page_count()
/// }
/// # assert!(pages("/nowhere").is_err());
/// ```
#[derive(Debug)]
pub struct Document<'a> {
    source: Source<'a>,
    revisions: Vec<Revision>,
    containers: RefCell<Containers>,
    /// Bytes parsed and inflated so far: what keeps hostile files from taking all day.
    work: Cell<u64>,
}

/// Decoded object streams, the most recently used first.
#[derive(Debug, Default)]
struct Containers {
    kept: VecDeque<(u64, Rc<Container>)>,
}

/// A decoded object stream (§7.5.7).
#[derive(Debug)]
struct Container {
    bytes: Vec<u8>,
    /// Number and place of each object inside.
    index: Vec<(u32, usize)>,
}

impl<'a> Document<'a> {
    /// Reads the structure of a file.
    ///
    /// # Errors
    ///
    /// [`PdfError`]: no PDF, encrypted, damaged, or one that reads in two ways.
    pub fn read(reader: impl Read + Seek + 'a) -> Result<Self, PdfError> {
        let source = Source::new(reader)?;
        let head = source.read(0, 1024)?;
        if !head.starts_with(b"%PDF-") {
            let later = head.windows(5).any(|window| window == b"%PDF-");
            return Err(if later {
                PdfError::Ambiguous { at: 0, what: "bytes before the header" }
            } else {
                PdfError::NotAPdf
            });
        }
        let revisions = xref::read(&source)?;
        let document =
            Self { source, revisions, containers: RefCell::default(), work: Cell::new(0) };
        document.catalog(document.last())?;
        Ok(document)
    }

    /// The same from memory.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, PdfError> {
        Self::read(Cursor::new(bytes))
    }

    /// Length of the file in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.source.len()
    }

    /// Whether there is nothing in it; a document that was read never is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.source.len() == 0
    }

    /// How many states of the document the file holds: one, and one for each time it was changed
    /// or signed.
    #[must_use]
    pub fn revision_count(&self) -> usize {
        self.revisions.len()
    }

    /// How many pages it has.
    ///
    /// # Errors
    ///
    /// [`PdfError`] for a page tree that is damaged, in a circle or too large.
    pub fn page_count(&self) -> Result<usize, PdfError> {
        Ok(self.pages(self.last())?.len())
    }

    pub(crate) const fn source(&self) -> &Source<'a> {
        &self.source
    }

    pub(crate) fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// Index of the newest revision.
    pub(crate) fn last(&self) -> usize {
        self.revisions.len().saturating_sub(1)
    }

    pub(crate) fn revision(&self, index: usize) -> Result<&Revision, PdfError> {
        self.revisions.get(index).ok_or(PdfError::Malformed { at: 0, expected: "a revision" })
    }

    /// The entry of a number as of a revision.
    pub(crate) fn entry(&self, number: u32, revision: usize) -> Option<Entry> {
        self.revisions.get(..=revision)?.iter().rev().find_map(|one| one.entry(number))
    }

    /// The object of an id as of a revision; `Null` when there is none (§7.3.10).
    pub(crate) fn object(&self, id: ObjectId, revision: usize) -> Result<Object, PdfError> {
        match self.entry(id.number, revision) {
            None | Some(Entry::Free) => Ok(Object::Null),
            Some(Entry::At { offset, generation }) => {
                if generation != id.generation {
                    return Ok(Object::Null);
                }
                let (found, object, end) = self.indirect(offset, revision)?;
                if found != id {
                    let what = "a cross-reference to another object";
                    return Err(PdfError::Ambiguous { at: offset, what });
                }
                if end > self.revision(revision)?.end {
                    let what = "a cross-reference into a later revision";
                    return Err(PdfError::Ambiguous { at: offset, what });
                }
                Ok(object)
            }
            Some(Entry::Inside { container, index }) => {
                if id.generation != 0 {
                    return Ok(Object::Null);
                }
                self.inside(id.number, container, index, revision)
            }
        }
    }

    /// The indirect object at a place, and the place behind it.
    pub(crate) fn indirect(
        &self,
        at: u64,
        revision: usize,
    ) -> Result<(ObjectId, Object, u64), PdfError> {
        let read = xref::indirect_with(&self.source, at, |length| self.length(length, revision))?;
        let stream = if let Object::Stream(stream) = &read.1 { stream.len } else { 0 };
        self.spend((read.2 - at).saturating_sub(stream), at)?;
        Ok(read)
    }

    /// Counts work done.
    pub(crate) fn spend(&self, bytes: u64, at: u64) -> Result<(), PdfError> {
        let total = self.work.get().saturating_add(bytes);
        self.work.set(total);
        if total > limits::WORK {
            return Err(PdfError::Limit { at, what: "bytes of objects read", limit: limits::WORK });
        }
        Ok(())
    }

    /// An indirect `/Length`: a number that stands by itself in the file.
    fn length(&self, length: &Object, revision: usize) -> Option<i64> {
        let id = length.as_reference()?;
        match self.entry(id.number, revision)? {
            Entry::At { offset, .. } => {
                // No stream: a length that is one would ask for a length again.
                let (found, object, _) =
                    xref::indirect_with(&self.source, offset, |_| None).ok()?;
                (found == id).then(|| object.as_integer()).flatten()
            }
            Entry::Free | Entry::Inside { .. } => None,
        }
    }

    fn inside(
        &self,
        number: u32,
        container: u32,
        index: u32,
        revision: usize,
    ) -> Result<Object, PdfError> {
        let Some(Entry::At { offset, .. }) = self.entry(container, revision) else {
            let at = self.revision(revision)?.section_at;
            return Err(PdfError::Ambiguous { at, what: "an object stream that is no stream" });
        };
        let kept = self.container(offset, container, revision)?;
        let wrong = || PdfError::Ambiguous { at: offset, what: "an object stream's own index" };
        let place = usize::try_from(index).map_err(|_| wrong())?;
        let (found, from) = kept.index.get(place).copied().ok_or_else(wrong)?;
        if found != number {
            return Err(wrong());
        }
        let mut lexer = Lexer::inside(kept.bytes.get(from..).unwrap_or_default());
        let object = lexer.object();
        self.spend(u64::try_from(lexer.position()).unwrap_or(u64::MAX), offset)?;
        match object {
            Ok(object) => Ok(object),
            Err(_) => Err(PdfError::Malformed { at: offset, expected: "objects in the stream" }),
        }
    }

    fn container(
        &self,
        offset: u64,
        number: u32,
        revision: usize,
    ) -> Result<Rc<Container>, PdfError> {
        let mut containers = self.containers.borrow_mut();
        if let Some(found) = containers.kept.iter().position(|(at, _)| *at == offset)
            && let Some(hit) = containers.kept.remove(found)
        {
            let container = Rc::clone(&hit.1);
            containers.kept.push_front(hit);
            return Ok(container);
        }
        let wrong = |expected| PdfError::Malformed { at: offset, expected };
        let (id, object, _) = self.indirect(offset, revision)?;
        let Object::Stream(stream) = object else { return Err(wrong("an object stream")) };
        if id.number != number || !stream.dictionary.is_type("ObjStm") {
            return Err(wrong("an object stream"));
        }
        for key in ["Filter", "DecodeParms", "First", "N"] {
            let mut elsewhere = Vec::new();
            stream.dictionary.get(key).into_iter().for_each(|v| v.references(&mut elsewhere));
            if !elsewhere.is_empty() {
                let what = "an object stream that is described elsewhere";
                return Err(PdfError::Ambiguous { at: offset, what });
            }
        }
        let size = |key| stream.dictionary.integer(key).and_then(|n| usize::try_from(n).ok());
        let count = size("N").ok_or_else(|| wrong("/N"))?;
        let first = size("First").ok_or_else(|| wrong("/First"))?;
        // Counted before it is known whether it can be read: damaged ones are not kept.
        self.spend(stream.len.saturating_mul(4), offset)?;
        let bytes = xref::stream_bytes(&self.source, &stream, limits::DECODED)?;
        self.spend(u64::try_from(bytes.len()).unwrap_or(u64::MAX), offset)?;
        let mut lexer = Lexer::inside(bytes.get(..first).unwrap_or_default());
        let mut index = Vec::new();
        let mut seen = HashSet::new();
        for _ in 0..count {
            let pair = lexer
                .integer::<u32>("an object number")
                .and_then(|number| Ok((number, lexer.integer::<usize>("an offset")?)));
            let Ok((number, place)) = pair else { return Err(wrong("an index of objects")) };
            if !seen.insert(number) {
                let what = "an object defined twice in a stream";
                return Err(PdfError::Ambiguous { at: offset, what });
            }
            index.push((number, first.saturating_add(place)));
        }
        let container = Rc::new(Container { bytes, index });
        containers.kept.push_front((offset, Rc::clone(&container)));
        let mut total = 0;
        containers.kept.retain(|(_, one)| {
            total += one.bytes.len();
            total <= limits::KEPT
        });
        Ok(container)
    }

    /// Follows references to a value.
    pub(crate) fn resolve(&self, object: &Object, revision: usize) -> Result<Object, PdfError> {
        let mut current = object.clone();
        for _ in 0..limits::LINKS {
            let Object::Reference(id) = current else { return Ok(current) };
            current = self.object(id, revision)?;
        }
        let limit = u64::try_from(limits::LINKS).unwrap_or(u64::MAX);
        Err(PdfError::Limit { at: 0, what: "references in a row", limit })
    }

    /// The value of a key, references followed; `Null` when it is missing.
    pub(crate) fn get(
        &self,
        dictionary: &Dictionary,
        key: &str,
        revision: usize,
    ) -> Result<Object, PdfError> {
        dictionary.get(key).map_or(Ok(Object::Null), |value| self.resolve(value, revision))
    }

    /// A dictionary by key, references followed.
    pub(crate) fn dictionary(
        &self,
        dictionary: &Dictionary,
        key: &str,
        revision: usize,
    ) -> Result<Option<Dictionary>, PdfError> {
        match self.get(dictionary, key, revision)? {
            Object::Dictionary(found) => Ok(Some(found)),
            Object::Stream(stream) => Ok(Some(stream.dictionary)),
            _ => Ok(None),
        }
    }

    /// An array by key, references followed; empty when it is missing.
    pub(crate) fn array(
        &self,
        dictionary: &Dictionary,
        key: &str,
        revision: usize,
    ) -> Result<Vec<Object>, PdfError> {
        match self.get(dictionary, key, revision)? {
            Object::Array(items) => Ok(items),
            _ => Ok(Vec::new()),
        }
    }

    /// The catalog as of a revision.
    pub(crate) fn catalog(&self, revision: usize) -> Result<(ObjectId, Dictionary), PdfError> {
        let own = self.revision(revision)?;
        let wrong = || PdfError::Malformed { at: own.section_at, expected: "/Root" };
        let id = own.trailer.reference("Root").ok_or_else(wrong)?;
        match self.object(id, revision)? {
            Object::Dictionary(catalog) => Ok((id, catalog)),
            _ => Err(wrong()),
        }
    }

    /// The decoded bytes of a stream, its filters resolved.
    pub(crate) fn decoded(
        &self,
        stream: &Stream,
        revision: usize,
        limit: usize,
    ) -> Result<Vec<u8>, PdfError> {
        let mut stream = stream.clone();
        for key in ["Filter", "DecodeParms"] {
            let Some(value) = stream.dictionary.get(key) else { continue };
            let value = match self.resolve(value, revision)? {
                Object::Array(items) => Object::Array(
                    items
                        .iter()
                        .map(|item| self.resolve(item, revision))
                        .collect::<Result<_, _>>()?,
                ),
                other => other,
            };
            stream.dictionary.set(key, value);
        }
        xref::stream_bytes(&self.source, &stream, limit)
    }
}
