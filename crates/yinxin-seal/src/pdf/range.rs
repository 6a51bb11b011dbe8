//! What a signature covers: `/ByteRange` against the hole it leaves (§12.8.1).

use yinxin_pki::der::Reader;

use super::document::Document;
use super::object::{Dictionary, Object, ObjectId};
use super::xref::Entry;

/// A byte range that covers a whole revision but its own `/Contents`.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    /// The first byte of the hole, its `<`.
    pub(crate) gap: u64,
    /// The byte behind its `>`.
    pub(crate) resume: u64,
    /// Behind the last byte covered.
    pub(crate) end: u64,
    /// The revision whose end that is.
    pub(crate) revision: usize,
    /// The signature's bytes, without what fills the hole.
    pub(crate) contents: Vec<u8>,
}

impl Range {
    /// Checks a signature's dictionary; `Err` says what is wrong with its byte range.
    pub(crate) fn of(
        document: &Document<'_>,
        id: Option<ObjectId>,
        value: &Dictionary,
    ) -> Result<Self, &'static str> {
        let Some(Object::Array(numbers)) = value.get("ByteRange") else {
            return Err(match value.get("ByteRange") {
                None | Some(Object::Null) => "there is no /ByteRange",
                Some(Object::Reference(_)) => "/ByteRange stands elsewhere",
                Some(_) => "/ByteRange is no list",
            });
        };
        let numbers: Option<Vec<u64>> =
            numbers.iter().map(|number| u64::try_from(number.as_integer()?).ok()).collect();
        let numbers = numbers.ok_or("/ByteRange holds something else than places")?;
        let [start, first, resume, second] = numbers[..] else {
            return Err("/ByteRange has other than two ranges");
        };
        if start != 0 {
            return Err("the range does not begin with the file");
        }
        if resume <= first {
            return Err("the ranges overlap");
        }
        let end = resume.checked_add(second).filter(|end| *end <= document.len());
        let end = end.ok_or("the range goes beyond the file")?;

        let text = match value.get("Contents") {
            Some(Object::String(text)) => text,
            None | Some(Object::Null) => return Err("there is no /Contents"),
            Some(Object::Reference(_)) => return Err("/Contents stands elsewhere"),
            Some(_) => return Err("/Contents is no string"),
        };
        if text.end == 0 {
            return Err("/Contents is inside an object stream");
        }
        if (text.at, text.end) != (first, resume) {
            return Err("the hole is not exactly /Contents");
        }
        // Digits from `<` to `>`: white space inside would be room for something else, and an odd
        // digit at the end would hide one blank.
        let len = usize::try_from(resume - first).unwrap_or(usize::MAX);
        let hole = document.source().read(first, len).unwrap_or_default();
        let digits = hole.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">"));
        match digits {
            None => return Err("/Contents is not written in hex"),
            Some(digits) if !digits.iter().all(u8::is_ascii_hexdigit) => {
                return Err("/Contents holds more than hex digits");
            }
            Some(digits) if digits.len() != text.bytes.len() * 2 => {
                return Err("/Contents has an odd number of digits");
            }
            Some(_) => {}
        }

        let revision = document.revisions().iter().position(|revision| {
            let last = revision.end == end || revision.eof == end;
            last || (revision.eof..=revision.end).contains(&end)
        });
        let revision = match revision {
            Some(revision) => revision,
            // White space behind the last end of file belongs to it.
            None if end == document.len() => document.last(),
            None => return Err("the range does not end with a revision"),
        };
        let own = document.revisions().get(revision).ok_or("the file has no such revision")?;
        if first < own.start {
            return Err("the hole is in an earlier revision");
        }
        let Some(id) = id else { return Err("the signature stands in its field") };
        match document.entry(id.number, revision) {
            Some(Entry::At { offset, .. }) if (own.start..first).contains(&offset) => {}
            _ => return Err("the signature is not of the revision it covers"),
        }
        let inside = |offset: u64| (first..resume).contains(&offset);
        let lost = document.revisions().iter().any(|revision| {
            revision
                .entries
                .iter()
                .any(|(_, entry)| matches!(entry, Entry::At { offset, .. } if inside(*offset)))
        });
        if lost {
            return Err("a cross-reference leads into the hole");
        }
        let contents = trimmed(&text.bytes)?;
        Ok(Self { gap: first, resume, end, revision, contents })
    }
}

/// The DER in front; what fills the rest of the hole has to be zero.
fn trimmed(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut reader = Reader::new(bytes);
    let outer = reader.any().map_err(|_| "/Contents is no DER")?;
    if reader.rest().iter().any(|byte| *byte != 0) {
        return Err("/Contents is longer than its DER");
    }
    Ok(outer.raw.to_vec())
}
