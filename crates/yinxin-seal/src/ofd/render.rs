//! A page as a picture, good enough to check by eye: text, paths, images, and seals that were
//! verified. What is not drawn is said.

mod outline;
mod seals;

use std::collections::BTreeMap;

use tiny_skia::{
    FillRule, FilterQuality, IntSize, Mask, Paint, PathBuilder, Pattern, Pixmap, Rect as Box,
    SpreadMode, Stroke, Transform,
};

use super::document::Document;
use super::error::OfdError;
use super::limits::Limits;
use super::package::Package;
use super::page::{Colour, Frame, ImageObject, Object, Page, PathObject, TextObject};
use crate::picture::{DecodeLimits, Font, FontSource, PictureKind, Pixels, Resolution, decode};
use crate::placement::Rect;
use crate::report::DocumentReport;

pub use seals::ValidSeal;

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
    let valid: Vec<_> = report.signatures.iter().filter_map(ValidSeal::of).collect();
    let mut drawn = draw(package, number, &valid, resolution, fallback, Ground::Paper(NESTING))?;
    for signature in &report.signatures {
        let here = signature.stamps.iter().any(|stamp| stamp.page == number);
        if here && signature.seal.is_some() && ValidSeal::of(signature).is_none() {
            let verdict = signature.verdict.name();
            note(&mut drawn.skipped, &format!("seal {}: {verdict}", signature.number));
        }
    }
    Ok(drawn)
}

/// Draws a page with seals that another module of the same program found valid: see
/// [`ValidSeal::found_elsewhere`]. Otherwise as [`render`].
///
/// # Errors
///
/// As [`render`].
#[cfg(feature = "order")]
pub fn render_ordered(
    package: &Package,
    number: u32,
    seals: &[ValidSeal<'_>],
    resolution: Resolution,
    fallback: Option<&dyn FontSource>,
) -> Result<Rendering, OfdError> {
    draw(package, number, seals, resolution, fallback, Ground::Paper(NESTING))
}

/// What a page is drawn on.
#[derive(Clone, Copy)]
enum Ground {
    /// White paper, with how many packages may lie in one another.
    Paper(usize),
    /// Nothing: the page is the picture of a seal, and what is under it shows through.
    Seal,
}

fn draw(
    package: &Package,
    number: u32,
    seals: &[ValidSeal<'_>],
    resolution: Resolution,
    fallback: Option<&dyn FontSource>,
    ground: Ground,
) -> Result<Rendering, OfdError> {
    let document = package.document(1)?;
    let page = Page::read(package, &document, number)?;
    let mut canvas = Canvas::new(&page.area, resolution, ground)?;
    let mut fonts = Fonts { package, document: &document, fallback, read: BTreeMap::new() };
    for kind in &page.skipped {
        canvas.skip(kind);
    }
    for object in &page.objects {
        if canvas.budget < 0.0 {
            canvas.skip("more than can be drawn in time");
            break;
        }
        match object {
            Object::Image(image) => canvas.image(package, image),
            Object::Path(path) => canvas.path(path),
            Object::Text(text) => canvas.text(text, &mut fonts),
        }
    }
    if let Ground::Paper(nesting) = ground {
        for seal in seals {
            canvas.seal(seal, number, resolution, nesting);
        }
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
    /// Pixels that may still be painted.
    budget: f64,
}

/// What may be painted: the page twice over and 40 million pixels beside, about one second
/// in all. An honest page paints its paper once or twice; a hostile one has a hundred thousand
/// objects of its size. And what an object costs beside its own pixels.
const LAYERS: f64 = 2.0;
const BESIDE: f64 = 40e6;
const OBJECT: f64 = 300.0;

impl Canvas {
    fn new(area: &Rect, resolution: Resolution, ground: Ground) -> Result<Self, OfdError> {
        let pixels = |length: f64| whole((length * resolution.per_mm()).round().max(1.0));
        let (width, height) = (pixels(area.width.to_f64()), pixels(area.height.to_f64()));
        let limit = OfdError::Limit { what: "pixels of a page", limit: MOST };
        if width.saturating_mul(height) > MOST {
            return Err(limit);
        }
        let side = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut map = Pixmap::new(side(width), side(height)).ok_or(limit)?;
        if matches!(ground, Ground::Paper(_)) {
            map.fill(tiny_skia::Color::WHITE);
        }
        let budget = BESIDE + LAYERS * f64::from(map.width()) * f64::from(map.height());
        let per_mm = single(resolution.per_mm());
        let left = -single(area.x.to_f64()) * per_mm;
        let top = -single(area.y.to_f64()) * per_mm;
        let scale = Transform::from_row(per_mm, 0.0, 0.0, per_mm, left, top);
        Ok(Self { map, scale, skipped: Vec::new(), budget })
    }

    fn skip(&mut self, what: &str) {
        note(&mut self.skipped, what);
    }

    /// Where an object's coordinates go.
    fn place(&self, frame: &Frame) -> Transform {
        let corner = Transform::from_translate(
            single(frame.boundary.x.to_f64()),
            single(frame.boundary.y.to_f64()),
        );
        let own = frame.matrix.map_or_else(Transform::identity, |[a, b, c, d, e, f]| {
            Transform::from_row(single(a), single(b), single(c), single(d), single(e), single(f))
        });
        self.scale.pre_concat(corner).pre_concat(own)
    }

    /// A box of the page in pixels; `None` for one without area.
    fn pixel_box(&self, area: &Rect) -> Option<Box> {
        let (x, y) = (single(area.x.to_f64()), single(area.y.to_f64()));
        let (wide, tall) = (single(area.width.to_f64()), single(area.height.to_f64()));
        Box::from_xywh(x, y, wide, tall)?.transform(self.scale)
    }

    /// Takes what an object covers off the budget, and makes the mask that cuts it to its box
    /// where it sticks out: a mask is as large as the page, and most objects need none.
    fn cut(&mut self, covered: Box, area: &Rect) -> Option<Mask> {
        let shown = Box::from_xywh(
            0.0,
            0.0,
            single(f64::from(self.map.width())),
            single(f64::from(self.map.height())),
        );
        let painted = shown.and_then(|shown| shown.intersect(&covered));
        let pixels = |area: Box| f64::from(area.width()) * f64::from(area.height());
        self.budget -= OBJECT + painted.map_or(0.0, pixels);
        let own = self.pixel_box(area)?;
        // Strokes and the feet of letters may reach out a little.
        let room = 0.25 * self.scale.sx.abs();
        let inside = covered.left() >= own.left() - room
            && covered.top() >= own.top() - room
            && covered.right() <= own.right() + room
            && covered.bottom() <= own.bottom() + room;
        if inside {
            return None;
        }
        self.budget -= shown.map_or(0.0, pixels);
        let mut mask = Mask::new(self.map.width(), self.map.height())?;
        let path = PathBuilder::from_rect(own);
        mask.fill_path(&path, FillRule::Winding, false, Transform::identity());
        Some(mask)
    }

    fn text(&mut self, text: &TextObject, fonts: &mut Fonts<'_>) {
        let Some(colour) = text.fill else { return };
        let transform = self.place(&text.frame);
        let paint = paint(colour, text.frame.alpha);
        // All characters are one path: what sticks out of the box is cut once for all.
        let mut line = PathBuilder::new();
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
            if let Some(path) = path.transform(place) {
                line.push_path(&path);
            }
        }
        let Some(line) = line.finish() else { return };
        let Some(covered) = line.bounds().transform(transform) else { return };
        let mask = self.cut(covered, &text.frame.boundary);
        self.map.fill_path(&line, &paint, FillRule::Winding, transform, mask.as_ref());
        if text.weight >= 600 {
            let stroke = Stroke { width: single(0.03 * text.size), ..Stroke::default() };
            self.map.stroke_path(&line, &paint, &stroke, transform, mask.as_ref());
        }
    }

    fn path(&mut self, object: &PathObject) {
        let Some(path) = outline::of_data(&object.data) else {
            self.skip("path data");
            return;
        };
        let transform = self.place(&object.frame);
        let Some(covered) = path.bounds().transform(transform) else { return };
        // A line has no area of its own: its box is the paper it may use.
        let own = &object.frame.boundary;
        let flat = self.pixel_box(own).is_none();
        let mask = if flat { None } else { self.cut(covered, own) };
        self.budget -= OBJECT;
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
        let transform = self.place(&frame);
        self.pixels(&decoded.pixels, transform, &frame.boundary, frame.alpha);
    }

    /// Stretches pixels over the unit square of `transform`, cut to a box of the page.
    fn pixels(&mut self, pixels: &Pixels, transform: Transform, area: &Rect, alpha: u8) {
        let wide = transform.sx.hypot(transform.ky);
        let tall = transform.kx.hypot(transform.sy);
        let Some(picture) = pixmap(pixels, wide, tall) else { return };
        let side = |count: u32| single(f64::from(count.max(1)));
        let (unit_x, unit_y) = (1.0 / side(picture.width()), 1.0 / side(picture.height()));
        let shader = Pattern::new(
            picture.as_ref(),
            SpreadMode::Pad,
            FilterQuality::Bicubic,
            f32::from(alpha) / 255.0,
            transform.pre_scale(unit_x, unit_y),
        );
        let paint = Paint { shader, ..Paint::default() };
        let square = Box::from_xywh(0.0, 0.0, 1.0, 1.0);
        let Some(square) =
            square.and_then(|square| PathBuilder::from_rect(square).transform(transform))
        else {
            return;
        };
        let Some(cut) = self.pixel_box(area) else { return };
        if transform.kx == 0.0 && transform.ky == 0.0 {
            // An upright picture: the part of it in the box is a box itself and needs no mask.
            if let Some(both) = square.bounds().intersect(&cut) {
                self.budget -= OBJECT + f64::from(both.width()) * f64::from(both.height());
                self.map.fill_rect(both, &paint, Transform::identity(), None);
            }
            return;
        }
        let mask = self.cut(square.bounds(), area);
        self.map.fill_path(
            &square,
            &paint,
            FillRule::Winding,
            Transform::identity(),
            mask.as_ref(),
        );
    }

    fn seal(&mut self, seal: &ValidSeal<'_>, page: u32, resolution: Resolution, nesting: usize) {
        let stamps: Vec<_> = seal.stamps().iter().filter(|stamp| stamp.page == page).collect();
        if stamps.is_empty() {
            return;
        }
        let Some(picture) = seal_pixels(seal.picture(), resolution, nesting) else {
            let kind = PictureKind::of(seal.picture()).map_or("unknown", PictureKind::name);
            self.skip(&format!("seal {}: picture {kind}", seal.number()));
            return;
        };
        for stamp in stamps {
            let mut area = stamp.boundary;
            // The clip is relative to the box.
            if let Some(clip) = stamp.clip {
                area = Rect { x: area.x + clip.x, y: area.y + clip.y, ..clip };
            }
            let place = Transform::from_row(
                single(stamp.boundary.width.to_f64()),
                0.0,
                0.0,
                single(stamp.boundary.height.to_f64()),
                single(stamp.boundary.x.to_f64()),
                single(stamp.boundary.y.to_f64()),
            );
            let transform = self.scale.pre_concat(place);
            self.pixels(&picture, transform, &area, 255);
        }
    }

    fn finish(self) -> Result<Rendering, OfdError> {
        let (width, height) = (self.map.width(), self.map.height());
        let side = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let mut rgba = Vec::with_capacity(self.map.data().len());
        for pixel in self.map.pixels() {
            let colour = pixel.demultiply();
            rgba.extend_from_slice(&[colour.red(), colour.green(), colour.blue(), colour.alpha()]);
        }
        let pixels = Pixels::from_rgba(side(width), side(height), rgba);
        let limit = OfdError::Limit { what: "pixels of a page", limit: MOST };
        Ok(Rendering { pixels: pixels.ok_or(limit)?, skipped: self.skipped })
    }
}

/// Each is said once.
fn note(skipped: &mut Vec<String>, what: &str) {
    if !skipped.iter().any(|known| known == what) {
        skipped.push(what.to_owned());
    }
}

/// A seal's picture; tax seals are packages of one page.
fn seal_pixels(data: &[u8], resolution: Resolution, nesting: usize) -> Option<Pixels> {
    if PictureKind::of(data) != Some(PictureKind::Ofd) {
        return decode(data, &DecodeLimits::SEAL).ok().map(|decoded| decoded.pixels);
    }
    // A seal in a seal is none.
    nesting.checked_sub(1)?;
    let package = Package::read(data, &Limits::default()).ok()?;
    let drawn = draw(&package, 1, &[], resolution, None, Ground::Seal).ok()?;
    Some(drawn.pixels)
}

fn paint(colour: Colour, alpha: u8) -> Paint<'static> {
    let [red, green, blue, own] = colour;
    let both = u16::from(own) * u16::from(alpha) / 255;
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, u8::try_from(both).unwrap_or(255));
    paint
}

/// Pixels as the rasteriser has them, colours multiplied by opacity, halved until they are less
/// than twice as fine as the page: what is between two pixels of the page is not lost.
fn pixmap(pixels: &Pixels, wide: f32, tall: f32) -> Option<Pixmap> {
    let (mut width, mut height) = (pixels.width(), pixels.height());
    let mut data: Vec<[u8; 4]> = Vec::with_capacity(width.saturating_mul(height));
    for [red, green, blue, alpha] in pixels.rgba().as_chunks::<4>().0 {
        let own = tiny_skia::ColorU8::from_rgba(*red, *green, *blue, *alpha).premultiply();
        data.push([own.red(), own.green(), own.blue(), own.alpha()]);
    }
    let side = |count: usize| u32::try_from(count).ok();
    let finer = |count: usize, page: f32| {
        side(count).is_some_and(|count| f64::from(count) >= 2.0 * f64::from(page.max(1.0)))
    };
    while finer(width, wide) && finer(height, tall) {
        let mut halved = Vec::with_capacity(width / 2 * (height / 2));
        for rows in data.chunks_exact(2 * width) {
            let (upper, lower) = rows.split_at(width);
            for (a, b) in upper.chunks_exact(2).zip(lower.chunks_exact(2)) {
                let mut mean = [0_u8; 4];
                for (index, value) in mean.iter_mut().enumerate() {
                    let four = a.iter().chain(b).filter_map(|pixel| pixel.get(index));
                    let sum: u16 = four.map(|part| u16::from(*part)).sum();
                    *value = u8::try_from((sum + 2) / 4).unwrap_or(255);
                }
                halved.push(mean);
            }
        }
        (data, width, height) = (halved, width / 2, height / 2);
    }
    Pixmap::from_vec(data.into_flattened(), IntSize::from_wh(side(width)?, side(height)?)?)
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
