//! How a signature looks on the pages: form XObjects with the picture and its transparency.

use super::image::{Image, Pixels};
use super::increment::Increment;
use super::object::{Dictionary, Object, ObjectId};
use super::page::Page;
use super::{PdfError, write};
use crate::placement::{Millimetres, Rect, Stamp};

/// Puts an image into the revision: colours, and alpha as its soft mask.
pub(crate) fn image(
    increment: &mut Increment<'_, '_>,
    image: &Image,
) -> Result<ObjectId, PdfError> {
    let dictionary = |space: &str, filter: &str| {
        Dictionary::default()
            .with("Type", Object::name_of("XObject"))
            .with("Subtype", Object::name_of("Image"))
            .with("Width", Object::Integer(i64::from(image.width)))
            .with("Height", Object::Integer(i64::from(image.height)))
            .with("ColorSpace", Object::name_of(space))
            .with("BitsPerComponent", Object::Integer(8))
            .with("Filter", Object::name_of(filter))
    };
    match &image.pixels {
        Pixels::Jpeg { bytes, components } => {
            let space = if *components == 1 { "DeviceGray" } else { "DeviceRGB" };
            increment.add_stream(dictionary(space, "DCTDecode"), bytes)
        }
        Pixels::Plain { colours, alpha } => {
            let mut plain = dictionary("DeviceRGB", "FlateDecode");
            if let Some(alpha) = alpha {
                let mask = dictionary("DeviceGray", "FlateDecode");
                let mask = increment.add_stream(mask, &Image::deflate(alpha))?;
                plain.set("SMask", Object::Reference(mask));
            }
            increment.add_stream(plain, &Image::deflate(colours))
        }
    }
}

/// What a stamp shows, from its boundary's own top left.
fn clip_of(stamp: &Stamp) -> Rect {
    let Rect { width, height, .. } = stamp.boundary;
    stamp.clip.unwrap_or(Rect { x: Millimetres::ZERO, y: Millimetres::ZERO, width, height })
}

/// The rectangle a stamp takes on its page.
pub(crate) fn rectangle(stamp: &Stamp, page: &Page) -> [f64; 4] {
    let clip = clip_of(stamp);
    let (x, y) = (stamp.boundary.x + clip.x, stamp.boundary.y + clip.y);
    page.to_user(x.to_f64(), y.to_f64(), clip.width.to_f64(), clip.height.to_f64())
}

/// The form XObject of one stamp, upright as the page is shown.
pub(crate) fn form(
    increment: &mut Increment<'_, '_>,
    image: ObjectId,
    stamp: &Stamp,
    page: &Page,
) -> Result<ObjectId, PdfError> {
    let boundary = stamp.boundary;
    let clip = clip_of(stamp);
    let scale = super::page::POINTS / page.unit;
    let points = |length: Millimetres| length.to_f64() * scale;
    let (width, height) = (points(clip.width), points(clip.height));
    if width <= 0.0 || height <= 0.0 {
        return Err(PdfError::Picture { why: "its box is empty" });
    }
    // The whole picture is larger than the box of a slice; what is outside is clipped by /BBox.
    let content = format!(
        "q {} 0 0 {} {} {} cm /Im0 Do Q",
        write::real(points(boundary.width)),
        write::real(points(boundary.height)),
        write::real(-points(clip.x)),
        write::real(points(clip.y + clip.height - boundary.height)),
    );
    // Turned against the page, so that the picture stands upright.
    let matrix = match page.turned {
        90 => [0, 1, -1, 0, 0, 0],
        180 => [-1, 0, 0, -1, 0, 0],
        270 => [0, -1, 1, 0, 0, 0],
        _ => [1, 0, 0, 1, 0, 0],
    };
    let images = Dictionary::default().with("Im0", Object::Reference(image));
    let resources = Dictionary::default().with("XObject", Object::Dictionary(images));
    let bounds = [0.0, 0.0, width, height].map(Object::number).to_vec();
    let dictionary = Dictionary::default()
        .with("Type", Object::name_of("XObject"))
        .with("Subtype", Object::name_of("Form"))
        .with("BBox", Object::Array(bounds))
        .with("Matrix", Object::Array(matrix.map(Object::Integer).to_vec()))
        .with("Resources", Object::Dictionary(resources));
    increment.add_stream(dictionary, content.as_bytes())
}

/// The form XObject of a signature that is not seen.
pub(crate) fn empty(increment: &mut Increment<'_, '_>) -> Result<ObjectId, PdfError> {
    let bounds = [0, 0, 0, 0].map(Object::Integer).to_vec();
    let dictionary = Dictionary::default()
        .with("Type", Object::name_of("XObject"))
        .with("Subtype", Object::name_of("Form"))
        .with("BBox", Object::Array(bounds));
    increment.add_stream(dictionary, b"")
}
