//! Glyphs, from whatever font the caller has the right to use.

use ttf_parser::{Face, OutlineBuilder, Rect};

use super::error::PictureError;

/// One piece of a glyph's outline; coordinates in ems, y up, the baseline at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum GlyphSegment {
    /// Begins a contour.
    Move(f64, f64),
    /// A straight line.
    Line(f64, f64),
    /// A quadratic curve: control, end.
    Quad(f64, f64, f64, f64),
    /// A cubic curve: two controls, end.
    Cubic(f64, f64, f64, f64, f64, f64),
    /// Closes the contour.
    Close,
}

/// A glyph: outline and the room it takes, in ems.
#[derive(Clone, Debug, PartialEq)]
pub struct Glyph {
    /// The outline, filled by the non-zero rule.
    pub segments: Vec<GlyphSegment>,
    /// Advance width.
    pub advance: f64,
    /// Left, bottom, right and top of the outline; all 0 for a blank.
    pub bounds: [f64; 4],
}

/// Where glyphs come from. The SDK holds no font: licences are the caller's affair.
pub trait FontSource {
    /// The glyph of a character; `None` when the font has none. Never a box in its place.
    fn glyph(&self, character: char) -> Option<Glyph>;
}

/// A TrueType or OpenType font in memory.
///
/// ```
/// use yinxin_seal::picture::{Drawing, Font, PictureError, SealDesign, Template};
///
/// fn draw(font: &[u8]) -> Result<Drawing, PictureError> {
///     SealDesign::new(Template::Round, "示范建设集团有限公司").draw(&Font::parse(font)?)
/// }
/// ```
#[derive(Clone)]
pub struct Font<'a> {
    face: Face<'a>,
}

impl std::fmt::Debug for Font<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Font({} glyphs)", self.face.number_of_glyphs())
    }
}

impl<'a> Font<'a> {
    /// Reads a font file; of a collection its first face.
    ///
    /// # Errors
    ///
    /// [`PictureError::Font`]: the developer gives another.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PictureError> {
        let face = Face::parse(bytes, 0).map_err(|_| PictureError::Font)?;
        Ok(Self { face })
    }
}

impl FontSource for Font<'_> {
    fn glyph(&self, character: char) -> Option<Glyph> {
        let id = self.face.glyph_index(character).filter(|id| id.0 != 0)?;
        let scale = 1.0 / f64::from(self.face.units_per_em());
        let mut pen = Pen { scale, segments: Vec::new() };
        let empty = Rect { x_min: 0, y_min: 0, x_max: 0, y_max: 0 };
        let bounds = self.face.outline_glyph(id, &mut pen).unwrap_or(empty);
        // A letter without an outline is as bad as a missing one; only a space may be blank.
        if pen.segments.is_empty() && !character.is_whitespace() {
            return None;
        }
        let advance = f64::from(self.face.glyph_hor_advance(id)?) * scale;
        let bounds = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max];
        Some(Glyph {
            segments: pen.segments,
            advance,
            bounds: bounds.map(|unit| f64::from(unit) * scale),
        })
    }
}

/// Collects an outline in ems.
struct Pen {
    scale: f64,
    segments: Vec<GlyphSegment>,
}

impl Pen {
    fn at(&self, unit: f32) -> f64 {
        f64::from(unit) * self.scale
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.segments.push(GlyphSegment::Move(self.at(x), self.at(y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.segments.push(GlyphSegment::Line(self.at(x), self.at(y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let segment = GlyphSegment::Quad(self.at(x1), self.at(y1), self.at(x), self.at(y));
        self.segments.push(segment);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.segments.push(GlyphSegment::Cubic(
            self.at(x1),
            self.at(y1),
            self.at(x2),
            self.at(y2),
            self.at(x),
            self.at(y),
        ));
    }

    fn close(&mut self) {
        self.segments.push(GlyphSegment::Close);
    }
}
