//! Signature fields as a revision shows them (ISO 32000-1 §12.7.4.5).

use std::collections::HashSet;

use super::document::Document;
use super::object::{Dictionary, Object, ObjectId};
use super::{PdfError, limits, write};

/// A signature field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) id: ObjectId,
    /// The whole name, parents' names in front.
    pub(crate) name: String,
    pub(crate) dictionary: Dictionary,
    /// The object of its value, when it is signed; `None` for a value that stands in the field.
    pub(crate) value: Option<(Option<ObjectId>, Dictionary)>,
    /// Where it is drawn: the field itself, or its kids.
    pub(crate) widgets: Vec<ObjectId>,
}

/// The form of a document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// Where the AcroForm dictionary is, unless it stands in the catalog.
    pub(crate) id: Option<ObjectId>,
    pub(crate) dictionary: Option<Dictionary>,
    pub(crate) signatures: Vec<Field>,
    /// Names at the top, which new names must not repeat.
    pub(crate) names: HashSet<String>,
    /// Fields that are no signatures: id, type and dictionary.
    pub(crate) others: Vec<(ObjectId, Dictionary)>,
}

/// A node of the tree of fields still to be looked at.
struct Node {
    id: ObjectId,
    prefix: String,
    is_signature: bool,
    depth: u8,
}

impl Document<'_> {
    /// All signature fields as of a revision.
    pub(crate) fn form(&self, revision: usize) -> Result<Form, PdfError> {
        let (_, catalog) = self.catalog(revision)?;
        let mut form = Form::default();
        let Some(entry) = catalog.get("AcroForm") else { return Ok(form) };
        form.id = entry.as_reference();
        let Object::Dictionary(dictionary) = self.resolve(entry, revision)? else {
            return Ok(form);
        };
        let fields = self.array(&dictionary, "Fields", revision)?;
        form.dictionary = Some(dictionary);
        let mut open: Vec<Node> = Vec::new();
        let mut seen = HashSet::new();
        let node = |id, prefix: &str, is_signature, depth| Node {
            id,
            prefix: prefix.to_owned(),
            is_signature,
            depth,
        };
        for field in fields.iter().rev().filter_map(Object::as_reference) {
            open.push(node(field, "", false, 0));
        }
        while let Some(Node { id, prefix, is_signature, depth }) = open.pop() {
            if !seen.insert(id) {
                return Err(PdfError::Ambiguous { at: 0, what: "a form field in two places" });
            }
            if seen.len() > limits::FIELDS || depth > limits::DEPTH {
                let limit = u64::try_from(limits::FIELDS).unwrap_or(u64::MAX);
                return Err(PdfError::Limit { at: 0, what: "form fields", limit });
            }
            let Object::Dictionary(field) = self.object(id, revision)? else { continue };
            let own = match self.get(&field, "T", revision)? {
                Object::String(text) => write::from_text(&text.bytes),
                _ => String::new(),
            };
            if depth == 0 {
                form.names.insert(own.clone());
            }
            let name = match (prefix.is_empty(), own.is_empty()) {
                (true, _) => own,
                (false, true) => prefix,
                (false, false) => format!("{prefix}.{own}"),
            };
            let is_signature = match self.get(&field, "FT", revision)? {
                Object::Name(kind) => kind == b"Sig",
                _ => is_signature,
            };
            let kids = self.array(&field, "Kids", revision)?;
            let kids: Vec<ObjectId> = kids.iter().filter_map(Object::as_reference).collect();
            let mut widgets = Vec::new();
            let mut children = Vec::new();
            for kid in kids {
                // A kid with a name of its own is a field, one without is a widget.
                match self.object(kid, revision)? {
                    Object::Dictionary(kid_entries) if kid_entries.get("T").is_some() => {
                        children.push(kid);
                    }
                    Object::Dictionary(_) => widgets.push(kid),
                    _ => {}
                }
                if widgets.len() + children.len() + seen.len() > limits::FIELDS {
                    let limit = u64::try_from(limits::FIELDS).unwrap_or(u64::MAX);
                    return Err(PdfError::Limit { at: 0, what: "form fields", limit });
                }
            }
            for kid in children.iter().rev() {
                open.push(node(*kid, &name, is_signature, depth + 1));
            }
            if !children.is_empty() {
                continue;
            }
            if !is_signature {
                form.others.push((id, field));
                continue;
            }
            if widgets.is_empty() && field.name("Subtype") == Some(b"Widget") {
                widgets.push(id);
            }
            if form.signatures.len() >= limits::SIGNATURES {
                let limit = u64::try_from(limits::SIGNATURES).unwrap_or(u64::MAX);
                return Err(PdfError::Limit { at: 0, what: "signature fields", limit });
            }
            let value = match field.get("V") {
                None | Some(Object::Null) => None,
                Some(value) => match self.resolve(value, revision)? {
                    Object::Dictionary(found) => Some((value.as_reference(), found)),
                    Object::Null => None,
                    _ => Some((value.as_reference(), Dictionary::default())),
                },
            };
            form.signatures.push(Field { id, name, dictionary: field, value, widgets });
        }
        Ok(form)
    }
}
