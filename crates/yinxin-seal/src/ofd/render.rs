//! A page as a picture, good enough to check by eye: text, paths, images, and seals that were
//! verified. What is not drawn is said.

mod outline;

use std::collections::BTreeMap;

use tiny_skia::{
    FillRule, FilterQuality, Mask, Paint, PathBuilder, Pixmap, PixmapPaint, Rect as Box, Stroke,
    Transform,
};

use super::document::Document;
use super::error::OfdError;
use super::limits::Limits;
use super::package::Package;
use super::page::{Colour, Frame, ImageObject, Object, Page, PathObject, TextObject};
use crate::picture::{DecodeLimits, Font, FontSource, PictureKind, Pixels, Resolution, decode};
use crate::placement::Rect;
use crate::report::{DocumentReport, SignatureReport, Verdict};

/// A page drawn (页面图像).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rendering {
    /// Its pixels, on white.
    pub pixels: Pixels,
    /// What stands on the page and was not drawn, each once.
    pub skipped: Vec<String>,
}

/// Most pixels of a page.
const MOST: usize = 40_000_000;

/// How deep seals may be packages that are drawn themselves.
const NESTING: usize = 1;

/// Draws a page, counted from 1, with the seals of `report` that were found valid, in whole or in
/// part. A seal that was not verified is not drawn: who sees it takes it for one.
///
/// Characters are drawn with the fonts that the document brings; where it brings none, with
/// `fallback`.
///
/// ```
/// use yinxin_seal::ofd::{self, Limits, OfdError, Package};
/// use yinxin_seal::picture::Resolution;
/// use yinxin_seal::report::DocumentReport;
///
/// fn page(file: &[u8], report: &DocumentReport) -> Result<(), OfdError> {
///     let package = Package::read(file, &Limits::default())?;
///     if let Some(resolution) = Resolution::from_dpi(150.0) {
///         let page = ofd::render(&package, 1, report, resolution, None)?;
///         println!("not drawn: {:?}", page.skipped);
///     }
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// [`OfdError`]: no such page, it cannot be read, or it has more than 40 million pixels at this
/// resolution.
pub fn render(
    package: &Package,
    number: u32,
    report: &DocumentReport,
    resolution: Resolution,
    fallback: Option<&dyn FontSource>,
) -> Result<Rendering, OfdError> {
    draw(package, number, report, resolution, fallback, NESTING)
}

fn draw(
    package: &Package,
    number: u32,
    report: &DocumentReport,
    resolution: Resolution,
    fallback: Option<&dyn FontSource>,
    nesting: usize,
) -> Result<Rendering, OfdError> {
    let document = package.document(1)?;
    let page = Page::read(package, &document, number)?;
    let mut canvas = Canvas::new(&page.area, resolution)?;
    let mut fonts = Fonts { package, document: &document, fallback, read: BTreeMap::new() };
    for kind in &page.skipped {
        canvas.skip(kind);
    }
    for object in &page.objects {
        match object {
            Object::Image(image) => canvas.image(package, image),
            Object::Path(path) => canvas.path(path),
            Object::Text(text) => canvas.text(text, &mut fonts),
        }
    }
    for signature in &report.signatures {
        canvas.seals(signature, number, resolution, nesting);
    }
    canvas.finish()
}

/// The fonts of a document, read when they are first needed.
struct Fonts<'a> {
    package: &'a Package,
    document: &'a Document,
    fallback: Option<&'a dyn FontSource>,
    read: BTreeMap<String, Option<Font<'a>>>,
}

impl Fonts<'_> {
    fn glyph(&mut self, font: &str, character: char) -> Option<crate::picture::Glyph> {
        let (package, document) = (self.package, self.document);
        let own = self.read.entry(font.to_owned()).or_insert_with(|| {
            let file = document.fonts().get(font)?.file.as_ref()?;
            Font::parse(package.file(file)?).ok()
        });
        let own = own.as_ref().and_then(|font| font.glyph(character));
        own.or_else(|| self.fallback?.glyph(character))
    }
}

struct Canvas {
    map: Pixmap,
    /// From millimetres of the page to pixels.
    scale: Transform,
    skipped: Vec<String>,
}

impl Canvas {
    fn new(area: &Rect, resolution: Resolution) -> Result<Self, OfdError> {
        let pixels = |length: f64| whole((length * resolution.per_mm()).round().max(1.0));
        let (width, height) = (pixels(area.width.to_f64()), pixels(area.height.to_f64()));
        let limit = OfdError::Limit { what: "pixels of a page", limit: MOST };
        if width.saturating_mul(height) > MOST {
            return Err(limit);
        }
        let side = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut map = Pixmap::new(side(width), side(height)).ok_or(limit)?;
        map.fill(tiny_skia::Color::WHITE);
        let per_mm = single(resolution.per_mm());
        let left = -single(area.x.to_f64()) * per_mm;
        let top = -single(area.y.to_f64()) * per_mm;
        let scale = Transform::from_row(per_mm, 0.0, 0.0, per_mm, left, top);
        Ok(Self { map, scale, skipped: Vec::new() })
    }

    fn skip(&mut self, what: &str) {
        if !self.skipped.iter().any(|known| known == what) {
            self.skipped.push(what.to_owned());
        }
    }

    /// Where an object's coordinates go, and the mask that cuts it to its box.
    fn place(&self, frame: &Frame) -> (Transform, Option<Mask>) {
        let corner = Transform::from_translate(
            single(frame.boundary.x.to_f64()),
            single(frame.boundary.y.to_f64()),
        );
        let own = frame.matrix.map_or_else(Transform::identity, |[a, b, c, d, e, f]| {
            Transform::from_row(single(a), single(b), single(c), single(d), single(e), single(f))
        });
        let transform = self.scale.pre_concat(corner).pre_concat(own);
        (transform, self.mask(&frame.boundary))
    }

    /// A mask of a box on the page; `None` where it covers the whole page or nothing.
    fn mask(&self, area: &Rect) -> Option<Mask> {
        let rect = Box::from_xywh(
            single(area.x.to_f64()),
            single(area.y.to_f64()),
            single(area.width.to_f64()),
            single(area.height.to_f64()),
        )?;
        let mut mask = Mask::new(self.map.width(), self.map.height())?;
        let path = PathBuilder::from_rect(rect);
        mask.fill_path(&path, FillRule::Winding, false, self.scale);
        Some(mask)
    }

    fn text(&mut self, text: &TextObject, fonts: &mut Fonts<'_>) {
        let Some(colour) = text.fill else { return };
        let (transform, mask) = self.place(&text.frame);
        let paint = paint(colour, text.frame.alpha);
        for placed in &text.characters {
            if placed.character.is_whitespace() {
                continue;
            }
            let Some(glyph) = fonts.glyph(&text.font, placed.character) else {
                self.skip(&format!("character {}", placed.character));
                continue;
            };
            let Some(path) = outline::of_glyph(&glyph) else { continue };
            let across = single(text.size * text.h_scale);
            let down = -single(text.size);
            let place =
                Transform::from_row(across, 0.0, 0.0, down, single(placed.x), single(placed.y));
            let transform = transform.pre_concat(place);
            self.map.fill_path(&path, &paint, FillRule::Winding, transform, mask.as_ref());
            if text.weight >= 600 {
                let stroke = Stroke { width: 0.03, ..Stroke::default() };
                self.map.stroke_path(&path, &paint, &stroke, transform, mask.as_ref());
            }
        }
    }

    fn path(&mut self, object: &PathObject) {
        let Some(path) = outline::of_data(&object.data) else {
            self.skip("path data");
            return;
        };
        let (transform, mask) = self.place(&object.frame);
        let rule = if object.even_odd { FillRule::EvenOdd } else { FillRule::Winding };
        if let Some(colour) = object.fill {
            let paint = paint(colour, object.frame.alpha);
            self.map.fill_path(&path, &paint, rule, transform, mask.as_ref());
        }
        if let Some(colour) = object.stroke {
            let paint = paint(colour, object.frame.alpha);
            let stroke = Stroke { width: single(object.line_width), ..Stroke::default() };
            self.map.stroke_path(&path, &paint, &stroke, transform, mask.as_ref());
        }
    }

    fn image(&mut self, package: &Package, image: &ImageObject) {
        let decoded = package.file(&image.file).map(|bytes| decode(bytes, &DecodeLimits::SCAN));
        let Some(Ok(decoded)) = decoded else {
            self.skip(&format!("picture {}", image.file));
            return;
        };
        // The unit square goes through the matrix; without one it fills the box.
        let mut frame = image.frame.clone();
        let fill =
            [frame.boundary.width.to_f64(), 0.0, 0.0, frame.boundary.height.to_f64(), 0.0, 0.0];
        frame.matrix = frame.matrix.or(Some(fill));
        let (transform, mask) = self.place(&frame);
        self.pixels(&decoded.pixels, transform, mask.as_ref(), frame.alpha);
    }

    /// Stretches pixels over the unit square of `transform`.
    fn pixels(&mut self, pixels: &Pixels, transform: Transform, mask: Option<&Mask>, alpha: u8) {
        let Some(picture) = pixmap(pixels) else { return };
        let side = |count: usize| single(f64::from(u32::try_from(count.max(1)).unwrap_or(1)));
        let unit = Transform::from_scale(1.0 / side(pixels.width()), 1.0 / side(pixels.height()));
        let paint = PixmapPaint {
            opacity: f32::from(alpha) / 255.0,
            quality: FilterQuality::Bicubic,
            ..PixmapPaint::default()
        };
        self.map.draw_pixmap(0, 0, picture.as_ref(), &paint, transform.pre_concat(unit), mask);
    }

    fn seals(
        &mut self,
        found: &SignatureReport,
        page: u32,
        resolution: Resolution,
        nesting: usize,
    ) {
        let Some(seal) = &found.seal else { return };
        let stamps: Vec<_> = found.stamps.iter().filter(|stamp| stamp.page == page).collect();
        if stamps.is_empty() {
            return;
        }
        if !matches!(found.verdict, Verdict::Valid | Verdict::ValidPartial) {
            self.skip(&format!("seal {}: {}", found.number, found.verdict.name()));
            return;
        }
        let Some(picture) = seal_pixels(&seal.picture().data, resolution, nesting) else {
            self.skip(&format!("seal {}: picture {}", found.number, seal.picture().kind));
            return;
        };
        for stamp in stamps {
            let mut area = stamp.boundary;
            // The clip is relative to the box.
            if let Some(clip) = stamp.clip {
                area = Rect { x: area.x + clip.x, y: area.y + clip.y, ..clip };
            }
            let mask = self.mask(&area);
            let place = Transform::from_row(
                single(stamp.boundary.width.to_f64()),
                0.0,
                0.0,
                single(stamp.boundary.height.to_f64()),
                single(stamp.boundary.x.to_f64()),
                single(stamp.boundary.y.to_f64()),
            );
            let transform = self.scale.pre_concat(place);
            self.pixels(&picture, transform, mask.as_ref(), 255);
        }
    }

    fn finish(self) -> Result<Rendering, OfdError> {
        let (width, height) = (self.map.width(), self.map.height());
        let side = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        // On white everything is opaque, so premultiplied is plain.
        let pixels = Pixels::from_rgba(side(width), side(height), self.map.take());
        let limit = OfdError::Limit { what: "pixels of a page", limit: MOST };
        Ok(Rendering { pixels: pixels.ok_or(limit)?, skipped: self.skipped })
    }
}

/// A seal's picture; tax seals are packages of one page.
fn seal_pixels(data: &[u8], resolution: Resolution, nesting: usize) -> Option<Pixels> {
    if PictureKind::of(data) != Some(PictureKind::Ofd) {
        return decode(data, &DecodeLimits::SEAL).ok().map(|decoded| decoded.pixels);
    }
    let nesting = nesting.checked_sub(1)?;
    let package = Package::read(data, &Limits::default()).ok()?;
    let none = DocumentReport::default();
    let drawn = draw(&package, 1, &none, resolution, None, nesting).ok()?;
    Some(drawn.pixels)
}

fn paint(colour: Colour, alpha: u8) -> Paint<'static> {
    let [red, green, blue, own] = colour;
    let both = u16::from(own) * u16::from(alpha) / 255;
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, u8::try_from(both).unwrap_or(255));
    paint
}

/// Pixels as the rasteriser has them, colours multiplied by opacity.
fn pixmap(pixels: &Pixels) -> Option<Pixmap> {
    let side = |count: usize| u32::try_from(count).ok();
    let mut map = Pixmap::new(side(pixels.width())?, side(pixels.height())?)?;
    let colours = pixels.rgba().as_chunks::<4>().0;
    for (to, from) in map.pixels_mut().iter_mut().zip(colours) {
        let [red, green, blue, alpha] = *from;
        *to = tiny_skia::ColorU8::from_rgba(red, green, blue, alpha).premultiply();
    }
    Some(map)
}

/// What the rasteriser computes with.
#[expect(clippy::as_conversions, reason = "float casts saturate; lengths of a page are small")]
const fn single(value: f64) -> f32 {
    value as f32
}

#[expect(clippy::as_conversions, reason = "float casts saturate, and the product is checked")]
const fn whole(value: f64) -> usize {
    value as usize
}
