//! The field, its widgets and their looks, entered into the form and the pages.

use std::collections::{BTreeMap, HashSet};

use super::super::image::Image;
use super::super::increment::Increment;
use super::super::object::{Dictionary, Object, ObjectId};
use super::super::page::Page;
use super::super::{PdfError, appearance, write};
use super::{After, SignatureField, certification};
use crate::placement::Stamp;

/// Adds the field, its widgets and their looks; gives the catalog's id.
pub(super) fn draw(
    increment: &mut Increment<'_, '_>,
    field: &SignatureField,
    value: ObjectId,
    first: bool,
    looks: Option<(&Image, &[Stamp])>,
) -> Result<ObjectId, PdfError> {
    let document = increment.document();
    let now = document.last();
    let form = document.form(now)?;
    let pages = document.pages(now)?;
    let field_id = increment.reserve()?;
    let mut entries = Dictionary::default()
        .with("FT", Object::name_of("Sig"))
        .with("T", write::text(&free_name(field, &form.names)))
        .with("V", Object::Reference(value));
    if field.after == After::Nothing && certification(field.after, first).is_none() {
        let lock = Dictionary::default()
            .with("Type", Object::name_of("SigFieldLock"))
            .with("Action", Object::name_of("All"))
            .with("P", Object::Integer(1));
        entries.set("Lock", Object::Dictionary(lock));
    }

    let mut boxes: Vec<(usize, [f64; 4], ObjectId)> = Vec::new();
    match looks {
        Some((image, stamps)) => {
            let image = appearance::image(increment, image)?;
            for stamp in stamps {
                let wanted = usize::try_from(stamp.page).unwrap_or(usize::MAX);
                let page = wanted.checked_sub(1).and_then(|index| pages.get(index));
                let page = page.ok_or(PdfError::Page { wanted, pages: pages.len() })?;
                let form = appearance::form(increment, image, stamp, page)?;
                boxes.push((wanted - 1, appearance::rectangle(stamp, page), form));
            }
        }
        None => boxes.push((0, [0.0; 4], appearance::empty(increment)?)),
    }
    let mut annotations: BTreeMap<usize, Vec<ObjectId>> = BTreeMap::new();
    let widget = |index: usize, rectangle: [f64; 4], form: ObjectId| -> Result<_, PdfError> {
        let page: &Page = pages.get(index).ok_or(PdfError::Page { wanted: 1, pages: 0 })?;
        Ok(Dictionary::default()
            .with("Type", Object::name_of("Annot"))
            .with("Subtype", Object::name_of("Widget"))
            .with("Rect", Object::Array(rectangle.map(Object::number).to_vec()))
            .with("P", Object::Reference(page.id))
            // Print and Locked (§12.5.3).
            .with("F", Object::Integer(132))
            .with(
                "AP",
                Object::Dictionary(Dictionary::default().with("N", Object::Reference(form))),
            ))
    };
    if let [(index, rectangle, form)] = boxes[..] {
        let looks = widget(index, rectangle, form)?;
        entries = Dictionary([entries.0, looks.0].concat());
        annotations.entry(index).or_default().push(field_id);
    } else {
        let mut kids = Vec::new();
        for (index, rectangle, form) in boxes {
            let looks = widget(index, rectangle, form)?.with("Parent", Object::Reference(field_id));
            let id = increment.add(&Object::Dictionary(looks))?;
            annotations.entry(index).or_default().push(id);
            kids.push(Object::Reference(id));
        }
        entries.set("Kids", Object::Array(kids));
    }
    increment.put(field_id, &Object::Dictionary(entries));
    annotate(increment, &pages, annotations)?;
    enter(increment, form.id, form.dictionary, field_id, (value, certification(field.after, first)))
}

fn free_name(field: &SignatureField, taken: &HashSet<String>) -> String {
    // A dot separates names of parents, so a name has none (§12.7.3.2).
    let base = field.name.as_deref().unwrap_or("Signature").replace('.', "_");
    let base = if base.is_empty() { "Signature".to_owned() } else { base };
    if field.name.is_some() && !taken.contains(&base) {
        return base;
    }
    let mut number = 1_u32;
    loop {
        let name = format!("{base}{number}");
        if !taken.contains(&name) {
            return name;
        }
        number += 1;
    }
}

/// Appends widgets to the annotations of their pages.
fn annotate(
    increment: &mut Increment<'_, '_>,
    pages: &[Page],
    annotations: BTreeMap<usize, Vec<ObjectId>>,
) -> Result<(), PdfError> {
    let document = increment.document();
    let now = document.last();
    let mut arrays: BTreeMap<ObjectId, Vec<Object>> = BTreeMap::new();
    for (index, widgets) in annotations {
        let Some(page) = pages.get(index) else { continue };
        let widgets = widgets.into_iter().map(Object::Reference);
        match page.dictionary.get("Annots") {
            Some(Object::Reference(id)) => {
                let list = match arrays.remove(id) {
                    Some(list) => list,
                    None => match document.object(*id, now)? {
                        Object::Array(items) => items,
                        _ => Vec::new(),
                    },
                };
                arrays.insert(*id, list.into_iter().chain(widgets).collect());
            }
            other => {
                let old = other.and_then(Object::as_array).unwrap_or_default();
                let list = old.iter().cloned().chain(widgets).collect();
                let mut dictionary = page.dictionary.clone();
                dictionary.set("Annots", Object::Array(list));
                increment.put(page.id, &Object::Dictionary(dictionary));
            }
        }
    }
    for (id, list) in arrays {
        increment.put(id, &Object::Array(list));
    }
    Ok(())
}

/// Enters a field into the document's form.
fn enter(
    increment: &mut Increment<'_, '_>,
    form_id: Option<ObjectId>,
    form: Option<Dictionary>,
    field: ObjectId,
    (value, level): (ObjectId, Option<i64>),
) -> Result<ObjectId, PdfError> {
    let document = increment.document();
    let now = document.last();
    let (root, mut catalog) = document.catalog(now)?;
    let mut form = form.unwrap_or_default();
    let entry = Object::Reference(field);
    match form.get("Fields") {
        Some(Object::Reference(id)) => {
            let mut fields = match document.object(*id, now)? {
                Object::Array(items) => items,
                _ => Vec::new(),
            };
            fields.push(entry);
            increment.put(*id, &Object::Array(fields));
        }
        other => {
            let mut fields = other.and_then(Object::as_array).unwrap_or_default().to_vec();
            fields.push(entry);
            form.set("Fields", Object::Array(fields));
        }
    }
    // SignaturesExist and AppendOnly (§12.7.2).
    form.set("SigFlags", Object::Integer(3));
    match form_id {
        Some(id) => increment.put(id, &Object::Dictionary(form)),
        None => catalog.set("AcroForm", Object::Dictionary(form)),
    }
    if level.is_some() {
        let mut permissions = document.dictionary(&catalog, "Perms", now)?.unwrap_or_default();
        permissions.set("DocMDP", Object::Reference(value));
        catalog.set("Perms", Object::Dictionary(permissions));
    }
    if form_id.is_none() || level.is_some() {
        increment.put(root, &Object::Dictionary(catalog));
    }
    Ok(root)
}
