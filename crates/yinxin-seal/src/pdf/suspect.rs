//! Objects that lie in wait: the preparation of a shadow attack inside what is signed.

use std::collections::HashSet;

use yinxin_pki::Fact;

use super::PdfError;
use super::change::Graph;
use super::document::Document;
use super::object::Object;
use super::xref::Entry;

/// Objects of a revision that nothing shows and that could be made to show: a second catalog or
/// page tree, a page, a picture, a font, an annotation. Numbers and what they are.
pub(crate) fn unused(
    document: &Document<'_>,
    revision: usize,
) -> Result<Vec<(u32, &'static str)>, PdfError> {
    let graph = Graph::of(document, revision)?;
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for one in document.revisions().get(..=revision).unwrap_or_default().iter().rev() {
        for (number, entry) in &one.entries {
            if !seen.insert(*number) || graph.knows(*number) {
                continue;
            }
            let generation = match entry {
                Entry::Free => continue,
                Entry::At { generation, .. } => *generation,
                Entry::Inside { .. } => 0,
            };
            let id = super::ObjectId { number: *number, generation };
            let object = document.object(id, revision)?;
            let Some(entries) = object.as_dictionary() else { continue };
            let kind = match entries.name("Type").unwrap_or_default() {
                b"Catalog" => "catalog",
                b"Pages" => "page tree",
                b"Page" => "page",
                b"XObject" => "picture or form",
                b"Font" => "font",
                b"Annot" => "annotation",
                // A stream without a type is page content, as likely as not.
                b"" if matches!(object, Object::Stream(_)) => "stream",
                _ => continue,
            };
            found.push((*number, kind));
            if found.len() >= 64 {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// Pages whose last drawing is a picture over more than a fifth of them: what is below it was
/// hidden before signing.
pub(crate) fn overlays(document: &Document<'_>, revision: usize) -> Result<Vec<Fact>, PdfError> {
    let mut facts = Vec::new();
    for (index, page) in document.pages(revision)?.iter().enumerate().take(PAGES) {
        let Some(share) = document.last_picture(page, revision)? else { continue };
        if share > OVERLAY {
            facts.push(Fact::text("overlay", format!("page {}: the last picture", index + 1)));
        }
    }
    Ok(facts)
}

/// Pages looked at for overlays.
const PAGES: usize = 200;

/// The share of a page above which a last picture is named.
const OVERLAY: f64 = 0.2;

/// Text fields whose looks do not hold the value they state: readers that draw fields anew show
/// another text than was signed.
pub(crate) fn disagreeing_fields(
    document: &Document<'_>,
    revision: usize,
) -> Result<Vec<Fact>, PdfError> {
    let mut facts = Vec::new();
    for (id, field) in document.form(revision)?.others.iter().take(PAGES) {
        let Object::String(value) = document.get(field, "V", revision)? else { continue };
        let Some(looks) = document.dictionary(field, "AP", revision)? else { continue };
        let Object::Stream(form) = document.get(&looks, "N", revision)? else { continue };
        let Some(shown) = document.shown_text(&form, revision)? else { continue };
        let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        if plain(&shown) != plain(&super::write::from_text(&value.bytes)) {
            facts.push(Fact::text("field", format!("{}: its looks show another value", id.number)));
        }
    }
    Ok(facts)
}
