//! A new revision, appended: no byte of the file changes (ISO 32000-1 §7.5.6).

use std::collections::BTreeMap;

use yinxin_pki::DigestAlgorithm;

use super::document::Document;
use super::object::{Dictionary, Object, ObjectId};
use super::xref::Form;
use super::{PdfError, limits, write};

/// Objects of a revision to come.
#[derive(Debug)]
pub(crate) struct Increment<'d, 'a> {
    document: &'d Document<'a>,
    next: u32,
    objects: BTreeMap<u32, (u16, Vec<u8>)>,
}

/// A revision ready to be appended.
#[derive(Debug)]
pub(crate) struct Appendix {
    pub(crate) bytes: Vec<u8>,
    /// Where the value of each object begins in `bytes`, behind `N G obj` and its line.
    bodies: BTreeMap<u32, usize>,
}

impl Appendix {
    pub(crate) fn body(&self, id: ObjectId) -> Option<usize> {
        self.bodies.get(&id.number).copied()
    }
}

impl<'d, 'a> Increment<'d, 'a> {
    /// Begins a revision over a document that reads in one way only.
    pub(crate) fn new(document: &'d Document<'a>) -> Result<Self, PdfError> {
        for revision in document.revisions() {
            if revision.hybrid {
                let what = "a table and a stream of cross-references side by side";
                return Err(PdfError::Ambiguous { at: revision.section_at, what });
            }
        }
        let newest = document.revision(document.last())?;
        let size = newest.trailer.integer("Size").and_then(|size| u32::try_from(size).ok());
        let used = document
            .revisions()
            .iter()
            .filter_map(|revision| revision.entries.last())
            .map(|(number, _)| number + 1)
            .max();
        let next = size.unwrap_or(1).max(used.unwrap_or(1)).max(1);
        Ok(Self { document, next, objects: BTreeMap::new() })
    }

    pub(crate) const fn document(&self) -> &'d Document<'a> {
        self.document
    }

    /// A number nobody used.
    pub(crate) fn reserve(&mut self) -> Result<ObjectId, PdfError> {
        let number = self.next;
        if number >= limits::NUMBER {
            let limit = u64::from(limits::NUMBER);
            return Err(PdfError::Limit { at: 0, what: "objects", limit });
        }
        self.next += 1;
        Ok(ObjectId { number, generation: 0 })
    }

    /// Sets the value of an object, new or old.
    pub(crate) fn put(&mut self, id: ObjectId, value: &Object) {
        let mut body = Vec::new();
        write::object(value, &mut body);
        self.put_raw(id, body);
    }

    /// Sets the value of an object as written.
    pub(crate) fn put_raw(&mut self, id: ObjectId, body: Vec<u8>) {
        self.objects.insert(id.number, (id.generation, body));
    }

    /// Adds a new object.
    pub(crate) fn add(&mut self, value: &Object) -> Result<ObjectId, PdfError> {
        let id = self.reserve()?;
        self.put(id, value);
        Ok(id)
    }

    /// Adds a new stream; `bytes` are as its filters leave them.
    pub(crate) fn add_stream(
        &mut self,
        dictionary: Dictionary,
        bytes: &[u8],
    ) -> Result<ObjectId, PdfError> {
        let id = self.reserve()?;
        let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let dictionary = dictionary.with("Length", Object::Integer(length));
        let mut body = Vec::new();
        write::dictionary(&dictionary, &mut body);
        body.extend_from_slice(b"\nstream\n");
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\nendstream");
        self.put_raw(id, body);
        Ok(id)
    }

    /// Writes the revision, with cross-references of the form the file has.
    pub(crate) fn finish(mut self, root: ObjectId) -> Result<Appendix, PdfError> {
        let document = self.document;
        let newest = document.revision(document.last())?;
        let base = document.len();
        let mut bytes = Vec::new();
        let last = document.source().read(base.saturating_sub(1), 1)?;
        if !matches!(last.first(), Some(b'\n' | b'\r')) {
            bytes.push(b'\n');
        }
        let place = |bytes: &Vec<u8>| base + u64::try_from(bytes.len()).unwrap_or(0);
        let section = match newest.form {
            Form::Stream => Some(self.reserve()?),
            Form::Table => None,
        };
        let mut bodies = BTreeMap::new();
        let mut places: BTreeMap<u32, (u16, u64)> = BTreeMap::new();
        for (number, (generation, body)) in &self.objects {
            places.insert(*number, (*generation, place(&bytes)));
            bytes.extend_from_slice(format!("{number} {generation} obj\n").as_bytes());
            bodies.insert(*number, bytes.len());
            bytes.extend_from_slice(body);
            bytes.extend_from_slice(b"\nendobj\n");
        }
        let section_at = place(&bytes);
        let mut trailer = Dictionary::default()
            .with("Size", Object::Integer(i64::from(self.next)))
            .with("Root", Object::Reference(root))
            .with("Prev", Object::Integer(i64::try_from(newest.entry_at).unwrap_or(0)));
        if let Some(info) = newest.trailer.get("Info") {
            trailer.set("Info", info.clone());
        }
        if let Some([first, _]) = newest.trailer.get("ID").and_then(Object::as_array) {
            // The second half names this state of the file (§14.4): made of all that is new.
            let changed = DigestAlgorithm::Sm3.digest(&bytes);
            let half = changed.as_ref().get(..16).unwrap_or_default().to_vec();
            trailer.set("ID", Object::Array(vec![first.clone(), Object::text(half)]));
        }
        match section {
            None => table(&places, &trailer, &mut bytes),
            Some(id) => {
                places.insert(id.number, (0, section_at));
                stream(id, &places, trailer, &mut bytes);
            }
        }
        bytes.extend_from_slice(format!("startxref\n{section_at}\n%%EOF\n").as_bytes());
        Ok(Appendix { bytes, bodies })
    }
}

/// Consecutive numbers as first and count.
fn runs(places: &BTreeMap<u32, (u16, u64)>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in places.keys() {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == *number => *count += 1,
            _ => runs.push((*number, 1)),
        }
    }
    runs
}

fn table(places: &BTreeMap<u32, (u16, u64)>, trailer: &Dictionary, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(b"xref\n");
    for (first, count) in runs(places) {
        bytes.extend_from_slice(format!("{first} {count}\n").as_bytes());
        for (generation, offset) in places.range(first..first + count).map(|(_, place)| place) {
            bytes.extend_from_slice(format!("{offset:010} {generation:05} n \n").as_bytes());
        }
    }
    bytes.extend_from_slice(b"trailer\n");
    write::dictionary(trailer, bytes);
    bytes.push(b'\n');
}

fn stream(
    id: ObjectId,
    places: &BTreeMap<u32, (u16, u64)>,
    trailer: Dictionary,
    bytes: &mut Vec<u8>,
) {
    let mut data = Vec::new();
    for (generation, offset) in places.values() {
        data.push(1);
        data.extend_from_slice(&offset.to_be_bytes());
        data.extend_from_slice(&generation.to_be_bytes());
    }
    let index = runs(places)
        .into_iter()
        .flat_map(|(first, count)| [first, count])
        .map(|number| Object::Integer(i64::from(number)))
        .collect();
    let widths = [1, 8, 2].map(Object::Integer).to_vec();
    let length = i64::try_from(data.len()).unwrap_or(i64::MAX);
    let dictionary = Dictionary::default()
        .with("Type", Object::name_of("XRef"))
        .with("W", Object::Array(widths))
        .with("Index", Object::Array(index))
        .with("Length", Object::Integer(length));
    let dictionary = Dictionary([dictionary.0, trailer.0].concat());
    bytes.extend_from_slice(format!("{} 0 obj\n", id.number).as_bytes());
    write::dictionary(&dictionary, bytes);
    bytes.extend_from_slice(b"\nstream\n");
    bytes.extend_from_slice(&data);
    bytes.extend_from_slice(b"\nendstream\nendobj\n");
}
