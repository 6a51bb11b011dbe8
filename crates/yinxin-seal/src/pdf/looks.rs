//! Whether what a reader draws for a seal is the seal's own picture.

use super::PdfError;
use super::document::Document;
use super::field::Field;
use super::image::{Image, Pixels};
use super::limits;
use super::object::{Dictionary, Object, Stream};
use crate::es::Seal;

/// What the widgets of a seal signature show.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shown {
    /// The seal's picture.
    Picture,
    /// Nothing.
    Nothing,
    /// Some other picture.
    Other,
    /// Something that is not compared: another kind of drawing, or a picture we do not decode.
    Unknown,
}

/// Compares the pictures in a field's looks with the seal's, pixel by pixel.
pub(crate) fn shows(
    document: &Document<'_>,
    field: &Field,
    seal: &Seal,
    revision: usize,
) -> Result<Shown, PdfError> {
    let Ok(wanted) = Image::read(&seal.picture().data) else { return Ok(Shown::Unknown) };
    let mut shown = Shown::Nothing;
    for widget in field.widgets.iter().take(limits::FIELDS) {
        let Object::Dictionary(widget) = document.object(*widget, revision)? else { continue };
        let Some(looks) = document.dictionary(&widget, "AP", revision)? else { continue };
        let Object::Stream(form) = document.get(&looks, "N", revision)? else { continue };
        match form_shows(document, &form, &wanted, revision, 0)? {
            Shown::Nothing => {}
            Shown::Picture if matches!(shown, Shown::Nothing | Shown::Picture) => {
                shown = Shown::Picture;
            }
            Shown::Picture => {}
            other => return Ok(other),
        }
    }
    Ok(shown)
}

fn form_shows(
    document: &Document<'_>,
    form: &Stream,
    wanted: &Image,
    revision: usize,
    depth: u8,
) -> Result<Shown, PdfError> {
    let Ok(content) = document.decoded(form, revision, 1 << 20) else { return Ok(Shown::Unknown) };
    if content.iter().all(|byte| super::lexer::is_space(*byte)) {
        return Ok(Shown::Nothing);
    }
    let resources = document.dictionary(&form.dictionary, "Resources", revision)?;
    let Some(objects) = resources
        .map(|resources| document.dictionary(&resources, "XObject", revision))
        .transpose()?
        .flatten()
    else {
        return Ok(Shown::Unknown);
    };
    let mut shown = Shown::Unknown;
    for (_, value) in objects.0.iter().take(16) {
        let Object::Stream(object) = document.resolve(value, revision)? else { continue };
        let found = match object.dictionary.name("Subtype") {
            Some(b"Image") => image_is(document, &object, wanted, revision)?,
            Some(b"Form") if depth < 4 => {
                form_shows(document, &object, wanted, revision, depth + 1)?
            }
            _ => Shown::Unknown,
        };
        match found {
            Shown::Other => return Ok(Shown::Other),
            Shown::Picture => shown = Shown::Picture,
            Shown::Nothing | Shown::Unknown => {}
        }
    }
    Ok(shown)
}

fn image_is(
    document: &Document<'_>,
    object: &Stream,
    wanted: &Image,
    revision: usize,
) -> Result<Shown, PdfError> {
    let entries = &object.dictionary;
    let size = (entries.integer("Width"), entries.integer("Height"));
    if size != (Some(i64::from(wanted.width)), Some(i64::from(wanted.height))) {
        return Ok(Shown::Other);
    }
    match &wanted.pixels {
        Pixels::Jpeg { bytes, .. } => {
            if entries.name("Filter") != Some(b"DCTDecode") {
                return Ok(Shown::Unknown);
            }
            let len = usize::try_from(object.len).unwrap_or(usize::MAX);
            if len != bytes.len() {
                return Ok(Shown::Other);
            }
            let own = document.source().read(object.at, len)?;
            Ok(if own == *bytes { Shown::Picture } else { Shown::Other })
        }
        Pixels::Plain { colours, alpha } => {
            if entries.name("ColorSpace") != Some(b"DeviceRGB") {
                return Ok(Shown::Unknown);
            }
            let mask = match document.get(entries, "SMask", revision)? {
                Object::Stream(mask) => decode(document, &mask, revision),
                _ => None,
            };
            let Some(own) = decode(document, object, revision) else { return Ok(Shown::Unknown) };
            let plain = |entries: &Dictionary| entries.get("Decode").is_none();
            let same = own == *colours && mask.as_ref() == alpha.as_ref() && plain(entries);
            Ok(if same { Shown::Picture } else { Shown::Other })
        }
    }
}

fn decode(document: &Document<'_>, image: &Stream, revision: usize) -> Option<Vec<u8>> {
    let eight = image.dictionary.integer("BitsPerComponent") == Some(8);
    eight.then(|| document.decoded(image, revision, limits::DECODED).ok()).flatten()
}
