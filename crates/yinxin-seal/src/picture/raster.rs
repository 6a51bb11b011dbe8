//! A drawing as pixels.
//!
//! A seal has one ink, so the rasteriser fills one coverage mask, which becomes the alpha.

use tiny_skia::{FillRule, LineJoin, Mask, PathBuilder, Stroke, Transform};

use super::error::PictureError;
use super::font::GlyphSegment;
use super::layout::{Drawing, Path};
use super::number::{side, single};
use super::pixels::{Pixels, Resolution};
use super::template::THICKENING_MM;

impl Drawing {
    /// Draws it: `width × dpi / 25.4` pixels wide, to the nearest one, on a transparent ground.
    ///
    /// # Errors
    ///
    /// [`PictureError::Limit`] for a picture without pixels or too large to hold.
    pub fn to_pixels(&self, resolution: Resolution) -> Result<Pixels, PictureError> {
        let (width, height) = (resolution.pixels(self.width_mm), resolution.pixels(self.height_mm));
        let (across, down) = (side(width), side(height));
        let limit = || PictureError::Limit { width: across.into(), height: down.into() };
        let mut mask = Mask::new(across, down).ok_or_else(limit)?;
        // The whole picture is used: half a pixel of rounding goes into the scale.
        let scale_x = super::number::real(width) / self.width_mm;
        let scale_y = super::number::real(height) / self.height_mm;
        let scale = Transform::from_scale(single(scale_x), single(scale_y));
        let text = skia(&self.text);
        if let Some(lines) = skia(&self.lines) {
            mask.fill_path(&lines, FillRule::EvenOdd, true, scale);
        }
        if let Some(star) = skia(&self.star) {
            mask.fill_path(&star, FillRule::Winding, true, scale);
        }
        if let Some(text) = text {
            mask.fill_path(&text, FillRule::Winding, true, scale);
            let stroke = Stroke {
                width: single(THICKENING_MM),
                line_join: LineJoin::Bevel,
                ..Stroke::default()
            };
            if let Some(rim) = text.stroke(&stroke, single(scale_x)) {
                mask.fill_path(&rim, FillRule::Winding, true, scale);
            }
        }
        let [red, green, blue] = self.ink.rgb();
        let mut rgba = vec![0; mask.data().len().saturating_mul(4)];
        for (pixel, cover) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(mask.data()) {
            *pixel = [red, green, blue, *cover];
        }
        Pixels::from_rgba(width, height, rgba).ok_or_else(limit)
    }
}

/// The rasteriser's own form of a path; `None` when there is nothing to draw.
fn skia(path: &Path) -> Option<tiny_skia::Path> {
    let mut builder = PathBuilder::with_capacity(path.len(), path.len().saturating_mul(2));
    for segment in path {
        match *segment {
            GlyphSegment::Move(x, y) => builder.move_to(single(x), single(y)),
            GlyphSegment::Line(x, y) => builder.line_to(single(x), single(y)),
            GlyphSegment::Quad(x1, y1, x, y) => {
                builder.quad_to(single(x1), single(y1), single(x), single(y));
            }
            GlyphSegment::Cubic(x1, y1, x2, y2, x, y) => {
                let (x1, y1, x2, y2) = (single(x1), single(y1), single(x2), single(y2));
                builder.cubic_to(x1, y1, x2, y2, single(x), single(y));
            }
            GlyphSegment::Close => builder.close(),
        }
    }
    builder.finish()
}
