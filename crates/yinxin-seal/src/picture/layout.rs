//! From a design and its rule to paths in millimetres.

use super::arc::{Arc, Place};
use super::design::{Filing, SealDesign};
use super::error::PictureError;
use super::font::{FontSource, Glyph, GlyphSegment};
use super::ink::Ink;
use super::number::{real, whole};
use super::template::{CELL_MM, NARROWEST, Outline, Reading, SizeRule, USUAL_WIDTH, span, tenths};

/// A seal as paths: the same for pixels and for SVG.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    pub(crate) width_mm: f64,
    pub(crate) height_mm: f64,
    pub(crate) ink: Ink,
    /// Border, inner line: filled by the even-odd rule.
    pub(crate) lines: Path,
    /// The star: filled.
    pub(crate) star: Path,
    /// Characters: filled by the non-zero rule and thickened.
    pub(crate) text: Path,
    filing: Filing,
}

/// Contours in millimetres, y down.
pub(crate) type Path = Vec<GlyphSegment>;

impl Drawing {
    /// Left to right, outer edges, millimetres.
    #[must_use]
    pub const fn width_mm(&self) -> f64 {
        self.width_mm
    }

    /// Top to bottom, outer edges, millimetres.
    #[must_use]
    pub const fn height_mm(&self) -> f64 {
        self.height_mm
    }

    /// Whether the picture has been filed: whoever shows the seal says so where it has not.
    #[must_use]
    pub const fn filing(&self) -> &Filing {
        &self.filing
    }
}

pub(crate) fn draw(
    design: &SealDesign,
    rule: &SizeRule,
    font: &dyn FontSource,
) -> Result<Drawing, PictureError> {
    let sides = [rule.width_mm, rule.height_mm];
    if let Some(wrong) = sides.into_iter().find(|side| !(1.0..=100.0).contains(side)) {
        return Err(PictureError::Size { tenths_mm: tenths(wrong) });
    }
    let name = Text::new(&design.text, font)?;
    if name.glyphs.is_empty() {
        return Err(PictureError::TextMissing);
    }
    let line2 = Text::new(design.line2.as_deref().unwrap_or_default(), font)?;
    let mut drawing = Drawing {
        width_mm: rule.width_mm,
        height_mm: rule.height_mm,
        ink: design.ink,
        lines: Path::new(),
        star: Path::new(),
        text: Path::new(),
        filing: design.filing().clone(),
    };
    match rule.outline {
        Outline::Ellipse => {
            let end = on_arc(&mut drawing, rule, &name)?;
            let centre = design.centre.as_deref().filter(|_| rule.star_mm.is_none());
            let centre = Text::new(centre.unwrap_or_default(), font)?;
            in_middle(&mut drawing, rule, &line2, &centre, &end)?;
            if let Some(code) = &design.code {
                code_below(&mut drawing, rule, &Text::new(code.as_str(), font)?);
            }
        }
        Outline::Rectangle => {
            let mut name = name;
            name.glyphs.extend(line2.glyphs);
            let code =
                design.code.as_ref().map(|code| Text::new(code.as_str(), font)).transpose()?;
            in_cells(&mut drawing, rule, &name, code.as_ref())?;
        }
    }
    Ok(drawing)
}

/// Glyphs of one line of text with the box that holds any of them.
struct Text {
    glyphs: Vec<Glyph>,
    bottom: f64,
    top: f64,
    widest: f64,
}

impl Text {
    /// More characters than any seal shows.
    const MAX: usize = 128;

    fn new(text: &str, font: &dyn FontSource) -> Result<Self, PictureError> {
        let text = text.trim();
        let characters = text.chars().count();
        if characters > Self::MAX {
            return Err(PictureError::TextTooLong { characters, fit: Self::MAX });
        }
        let glyph =
            |character| font.glyph(character).ok_or(PictureError::MissingGlyph { character });
        let glyphs: Vec<Glyph> = text.chars().map(glyph).collect::<Result<_, _>>()?;
        let over = |pick: fn(&Glyph) -> f64, better: fn(f64, f64) -> f64| {
            glyphs.iter().map(pick).fold(0.0, better)
        };
        let bottom = over(|glyph| glyph.bounds[1], f64::min);
        let top = over(|glyph| glyph.bounds[3], f64::max);
        let widest = over(|glyph| glyph.bounds[2] - glyph.bounds[0], f64::max);
        Ok(Self { bottom, top, widest, glyphs })
    }

    fn count(&self) -> usize {
        self.glyphs.len()
    }

    /// Draws each glyph at its place, `width` by `height` for the largest.
    fn put(&self, path: &mut Path, places: &[Place], width: f64, height: f64) {
        self.put_wide(path, places, (width, height), 1.0);
    }

    fn put_wide(
        &self,
        path: &mut Path,
        places: &[Place],
        (width, height): (f64, f64),
        widening: f64,
    ) {
        let tall = (self.top - self.bottom).max(1e-3);
        let y_scale = height / tall;
        // Slimmer than the font has it, yes; wider only where a cell has to be filled.
        let x_scale = (width / self.widest.max(1e-3)).min(y_scale * widening);
        let middle = f64::midpoint(self.top, self.bottom);
        for (glyph, place) in self.glyphs.iter().zip(places) {
            let centre = f64::midpoint(glyph.bounds[0], glyph.bounds[2]);
            let at = |x: f64, y: f64| {
                let (x, y) = ((x - centre) * x_scale, (y - middle) * y_scale);
                (
                    place.middle.0 + x * place.right.0 + y * place.up.0,
                    place.middle.1 + x * place.right.1 + y * place.up.1,
                )
            };
            path.extend(glyph.segments.iter().map(|segment| moved(*segment, at)));
        }
    }
}

fn moved(segment: GlyphSegment, at: impl Fn(f64, f64) -> (f64, f64)) -> GlyphSegment {
    match segment {
        GlyphSegment::Move(x, y) => {
            let (x, y) = at(x, y);
            GlyphSegment::Move(x, y)
        }
        GlyphSegment::Line(x, y) => {
            let (x, y) = at(x, y);
            GlyphSegment::Line(x, y)
        }
        GlyphSegment::Quad(x1, y1, x, y) => {
            let ((x1, y1), (x, y)) = (at(x1, y1), at(x, y));
            GlyphSegment::Quad(x1, y1, x, y)
        }
        GlyphSegment::Cubic(x1, y1, x2, y2, x, y) => {
            let ((x1, y1), (x2, y2), (x, y)) = (at(x1, y1), at(x2, y2), at(x, y));
            GlyphSegment::Cubic(x1, y1, x2, y2, x, y)
        }
        GlyphSegment::Close => GlyphSegment::Close,
    }
}

/// What the name on the arc leaves free below it.
struct ArcEnd {
    /// How far below the centre the name ends.
    below: f64,
    /// From the border to the inner edge of the name.
    depth: f64,
}

/// Border, inner line, star and the name along the upper border.
fn on_arc(drawing: &mut Drawing, rule: &SizeRule, name: &Text) -> Result<ArcEnd, PictureError> {
    let (a, b) = (rule.width_mm / 2.0, rule.height_mm / 2.0);
    ellipse(&mut drawing.lines, (a, b), a, b);
    ellipse(&mut drawing.lines, (a, b), a - rule.border_mm, b - rule.border_mm);
    if let Some(ring) = rule.ring {
        let inset = rule.border_mm + ring.gap_mm;
        ellipse(&mut drawing.lines, (a, b), a - inset, b - inset);
        let inset = inset + ring.width_mm;
        ellipse(&mut drawing.lines, (a, b), a - inset, b - inset);
    }
    if let Some(size) = rule.star_mm {
        star(&mut drawing.star, (a, b), size / 2.0);
    }
    let characters = name.count();
    let fits = |count| arc_fit(rule, count);
    let Some(fit) = fits(characters) else {
        let fit = (1..characters).rev().find(|count| fits(*count).is_some()).unwrap_or(0);
        return Err(PictureError::TextTooLong { characters, fit });
    };
    let places = fit.arc.above(characters, fit.pitch);
    name.put(&mut drawing.text, &places, fit.width, fit.height);
    let length = fit.pitch * real(characters);
    // The outer corner of the last character is the lowest.
    let corner = 1.0 + fit.height / 2.0 / fit.arc.b;
    Ok(ArcEnd { below: fit.arc.end_below(length) * corner, depth: fit.depth })
}

/// Measures of the characters of a name on the arc.
struct ArcFit {
    arc: Arc,
    pitch: f64,
    width: f64,
    height: f64,
    depth: f64,
}

/// The name's measures, or nothing where the characters would be too narrow.
fn arc_fit(rule: &SizeRule, characters: usize) -> Option<ArcFit> {
    let (a, b) = (rule.width_mm / 2.0, rule.height_mm / 2.0);
    let inset = border_depth(rule) + rule.name.gap_mm;
    let (low, high) = rule.name.height_mm;
    // Short names get the tall characters, 14 and more the low ones.
    let height = high - (high - low) * ((real(characters) - 8.0) / 6.0).clamp(0.0, 1.0);
    let line = inset + height / 2.0;
    let arc = Arc { centre: (a, b), a: a - line, b: b - line };
    let pitch = (arc.span_length(span(characters)) / real(characters)).min(1.5 * height);
    // At their feet characters stand closer than in their middle.
    let feet = 1.0 - height / 2.0 / arc.a.min(arc.b);
    let width = (USUAL_WIDTH * height).min(0.95 * pitch * feet);
    (width >= NARROWEST * height).then_some(ArcFit {
        arc,
        pitch,
        width,
        height,
        depth: inset + height,
    })
}

/// From the outer edge to where text may begin.
fn border_depth(rule: &SizeRule) -> f64 {
    rule.border_mm + rule.ring.map_or(0.0, |ring| ring.gap_mm + ring.width_mm)
}

/// How much a horizontal line may be squeezed: as much as the name on the arc.
const SQUEEZE: f64 = NARROWEST / USUAL_WIDTH;

/// The horizontal lines inside the arc.
fn in_middle(
    drawing: &mut Drawing,
    rule: &SizeRule,
    line2: &Text,
    centre: &Text,
    end: &ArcEnd,
) -> Result<(), PictureError> {
    let lines = [(line2, Some(rule.line2)), (centre, rule.centre)];
    for (text, line) in lines {
        let (Some(line), true) = (line, text.count() > 0) else { continue };
        let (a, b) = (rule.width_mm / 2.0, rule.height_mm / 2.0);
        let bottom = line.top_mm + line.height_mm;
        let chord = |inset: f64, edge: f64| {
            let part = 1.0 - (edge / (b - inset)) * (edge / (b - inset));
            2.0 * (a - inset) * part.max(0.0).sqrt()
        };
        // The border limits the whole line, the name what of it stands beside the name.
        let mut room = chord(border_depth(rule) + 0.5, bottom.abs().max(line.top_mm.abs()));
        if line.top_mm < end.below {
            let lowest = bottom.min(end.below);
            room = room.min(chord(end.depth + 0.3, lowest.abs().max(line.top_mm.abs())));
        }
        let count = real(text.count());
        let asked = line.pitch_mm * (count - 1.0) + line.width_mm;
        let narrow = (room / asked).min(1.0);
        if narrow < SQUEEZE {
            let widest = room / SQUEEZE;
            let fit = whole(((widest - line.width_mm) / line.pitch_mm).max(-1.0) + 1.0);
            return Err(PictureError::TextTooLong { characters: text.count(), fit });
        }
        let y = b + line.top_mm + line.height_mm / 2.0;
        let first = a - line.pitch_mm * narrow * (count - 1.0) / 2.0;
        let places: Vec<Place> = (0..text.count())
            .map(|index| upright((first + real(index) * line.pitch_mm * narrow, y)))
            .collect();
        text.put(&mut drawing.text, &places, line.width_mm * narrow, line.height_mm);
    }
    Ok(())
}

const fn upright(middle: (f64, f64)) -> Place {
    Place { middle, right: (1.0, 0.0), up: (0.0, -1.0) }
}

/// The digits along the lower border.
fn code_below(drawing: &mut Drawing, rule: &SizeRule, code: &Text) {
    let (a, b) = (rule.width_mm / 2.0, rule.height_mm / 2.0);
    let line = border_depth(rule) + rule.code.gap_mm + rule.code.height_mm / 2.0;
    let arc = Arc { centre: (a, b), a: a - line, b: b - line };
    let places = arc.below(code.count(), rule.code.pitch_mm);
    code.put(&mut drawing.text, &places, rule.code.width_mm, rule.code.height_mm);
}

/// A square seal: characters fill the room in rows or columns.
fn in_cells(
    drawing: &mut Drawing,
    rule: &SizeRule,
    name: &Text,
    code: Option<&Text>,
) -> Result<(), PictureError> {
    let (width, height, border) = (rule.width_mm, rule.height_mm, rule.border_mm);
    rectangle(&mut drawing.lines, 0.0, 0.0, width, height);
    rectangle(&mut drawing.lines, border, border, width - border, height - border);
    let inset = border + rule.name.gap_mm;
    let (wide, mut tall) = (width - 2.0 * inset, height - 2.0 * inset);
    if let Some(code) = code {
        // The code takes a strip along the lower side.
        let y = height - border - rule.code.gap_mm - rule.code.height_mm / 2.0;
        tall -= rule.code.height_mm;
        let count = real(code.count());
        let pitch = rule.code.pitch_mm.min(wide / count);
        let first = width / 2.0 - pitch * (count - 1.0) / 2.0;
        let places: Vec<Place> =
            (0..code.count()).map(|index| upright((first + pitch * real(index), y))).collect();
        code.put(
            &mut drawing.text,
            &places,
            rule.code.width_mm.min(0.8 * pitch),
            rule.code.height_mm,
        );
    }
    let count = name.count();
    // One line for one character, two for up to six, then as near to a square as it goes.
    let lines = match count {
        0..=1 => 1,
        2 if rule.reading == Reading::Columns => 1,
        2..=6 => 2,
        _ => whole(libm::ceil(real(count).sqrt())),
    };
    let (along, across) = match rule.reading {
        Reading::Columns => (tall, wide),
        Reading::Rows => (wide, tall),
    };
    let thick = across / real(lines);
    let longest = count.div_ceil(lines);
    let cell = (along / real(longest)).min(thick);
    if cell < CELL_MM {
        let most = whole(along / CELL_MM).saturating_mul(whole(across / CELL_MM));
        return Err(PictureError::TextTooLong { characters: count, fit: most });
    }
    let (each, longer) = (count / lines, count % lines);
    let mut glyphs = name.glyphs.iter();
    for line in 0..lines {
        let here = each + usize::from(line < longer);
        let pitch = along / real(here.max(1));
        let glyphs: Vec<Glyph> = glyphs.by_ref().take(here).cloned().collect();
        let (cell_width, cell_height) = match rule.reading {
            Reading::Columns => (thick, pitch),
            Reading::Rows => (pitch, thick),
        };
        let places: Vec<Place> = (0..here)
            .map(|index| {
                let (forward, aside) = ((real(index) + 0.5) * pitch, (real(line) + 0.5) * thick);
                upright(match rule.reading {
                    Reading::Columns => (inset + wide - aside, inset + forward),
                    Reading::Rows => (inset + forward, inset + aside),
                })
            })
            .collect();
        let text = Text { glyphs, ..*name };
        text.put_wide(&mut drawing.text, &places, (0.9 * cell_width, 0.9 * cell_height), 2.5);
    }
    Ok(())
}

/// An ellipse as four cubic curves.
fn ellipse(path: &mut Path, (x, y): (f64, f64), a: f64, b: f64) {
    // The control points that bring a quarter closest to a circle: within 0.03 %.
    const KAPPA: f64 = 0.552_284_749_830_793_6;
    let (ka, kb) = (a * KAPPA, b * KAPPA);
    path.extend([
        GlyphSegment::Move(x, y - b),
        GlyphSegment::Cubic(x + ka, y - b, x + a, y - kb, x + a, y),
        GlyphSegment::Cubic(x + a, y + kb, x + ka, y + b, x, y + b),
        GlyphSegment::Cubic(x - ka, y + b, x - a, y + kb, x - a, y),
        GlyphSegment::Cubic(x - a, y - kb, x - ka, y - b, x, y - b),
        GlyphSegment::Close,
    ]);
}

fn rectangle(path: &mut Path, left: f64, top: f64, right: f64, bottom: f64) {
    path.extend([
        GlyphSegment::Move(left, top),
        GlyphSegment::Line(right, top),
        GlyphSegment::Line(right, bottom),
        GlyphSegment::Line(left, bottom),
        GlyphSegment::Close,
    ]);
}

/// The five-pointed star, one tip up.
fn star(path: &mut Path, (x, y): (f64, f64), radius: f64) {
    // Where the lines of a pentagram cross: (3 - √5) / 2 of the tips' radius.
    const INNER: f64 = 0.381_966_011_250_105_1;
    for step in 0..10_usize {
        let angle = real(step) * core::f64::consts::PI / 5.0;
        let radius = if step % 2 == 0 { radius } else { radius * INNER };
        let point = (x + radius * libm::sin(angle), y - radius * libm::cos(angle));
        path.push(if step == 0 {
            GlyphSegment::Move(point.0, point.1)
        } else {
            GlyphSegment::Line(point.0, point.1)
        });
    }
    path.push(GlyphSegment::Close);
}
