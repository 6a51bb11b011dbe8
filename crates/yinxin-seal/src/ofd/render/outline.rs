//! Outlines: of glyphs, and of the path data of GB/T 33190 §9.1.

use tiny_skia::{Path, PathBuilder};

use super::single;
use crate::picture::{Glyph, GlyphSegment};

/// A glyph in ems, y up.
pub(super) fn of_glyph(glyph: &Glyph) -> Option<Path> {
    let mut path = PathBuilder::new();
    for segment in &glyph.segments {
        match *segment {
            GlyphSegment::Move(x, y) => path.move_to(single(x), single(y)),
            GlyphSegment::Line(x, y) => path.line_to(single(x), single(y)),
            GlyphSegment::Quad(x1, y1, x, y) => {
                path.quad_to(single(x1), single(y1), single(x), single(y));
            }
            GlyphSegment::Cubic(x1, y1, x2, y2, x, y) => {
                path.cubic_to(single(x1), single(y1), single(x2), single(y2), single(x), single(y));
            }
            GlyphSegment::Close => path.close(),
        }
    }
    path.finish()
}

/// Path data: `M S L Q B A C`, each with its numbers. `None` for anything else.
pub(super) fn of_data(data: &str) -> Option<Path> {
    let mut words = data.split_ascii_whitespace();
    let mut path = PathBuilder::new();
    let mut at = (0.0, 0.0);
    while let Some(word) = words.next() {
        let mut next = || -> Option<f64> {
            words.next()?.parse().ok().filter(|value: &f64| value.is_finite() && value.abs() < 1e6)
        };
        match word {
            "S" | "M" => {
                at = (next()?, next()?);
                path.move_to(single(at.0), single(at.1));
            }
            "L" => {
                at = (next()?, next()?);
                path.line_to(single(at.0), single(at.1));
            }
            "Q" => {
                let (x1, y1) = (next()?, next()?);
                at = (next()?, next()?);
                path.quad_to(single(x1), single(y1), single(at.0), single(at.1));
            }
            "B" => {
                let (x1, y1, x2, y2) = (next()?, next()?, next()?, next()?);
                at = (next()?, next()?);
                let (x1, y1, x2, y2) = (single(x1), single(y1), single(x2), single(y2));
                path.cubic_to(x1, y1, x2, y2, single(at.0), single(at.1));
            }
            "A" => {
                let radii = (next()?, next()?);
                let (turn, large, sweep) = (next()?, next()? != 0.0, next()? != 0.0);
                let end = (next()?, next()?);
                arc(&mut path, at, radii, turn, (large, sweep), end);
                at = end;
            }
            "C" => path.close(),
            _ => return None,
        }
    }
    path.finish()
}

/// An elliptical arc by its end points (SVG 1.1 appendix F.6 has the mathematics), as short lines:
/// good enough to look at.
fn arc(
    path: &mut PathBuilder,
    from: (f64, f64),
    (rx, ry): (f64, f64),
    turn: f64,
    (large, sweep): (bool, bool),
    to: (f64, f64),
) {
    let (mut rx, mut ry) = (rx.abs(), ry.abs());
    if rx < 1e-9 || ry < 1e-9 || from == to {
        path.line_to(single(to.0), single(to.1));
        return;
    }
    let (sin, cos) = turn.to_radians().sin_cos();
    let half = ((from.0 - to.0) / 2.0, (from.1 - to.1) / 2.0);
    let x = cos * half.0 + sin * half.1;
    let y = cos * half.1 - sin * half.0;
    let stretch = (x * x) / (rx * rx) + (y * y) / (ry * ry);
    if stretch > 1.0 {
        rx *= stretch.sqrt();
        ry *= stretch.sqrt();
    }
    let (rx2, ry2) = (rx * rx, ry * ry);
    let below = rx2 * y * y + ry2 * x * x;
    let root = ((rx2 * ry2 - below) / below).max(0.0).sqrt();
    let root = if large == sweep { -root } else { root };
    let (cx, cy) = (root * rx * y / ry, -root * ry * x / rx);
    let centre =
        (cos * cx - sin * cy + (from.0 + to.0) / 2.0, sin * cx + cos * cy + (from.1 + to.1) / 2.0);
    let start = ((y - cy) / ry).atan2((x - cx) / rx);
    let end = ((-y - cy) / ry).atan2((-x - cx) / rx);
    let round = std::f64::consts::TAU;
    let mut angle = (end - start).rem_euclid(round);
    if !sweep && angle > 0.0 {
        angle -= round;
    }
    for step in 1..=64 {
        let along = start + angle * f64::from(step) / 64.0;
        let (px, py) = (rx * along.cos(), ry * along.sin());
        let point = (centre.0 + cos * px - sin * py, centre.1 + sin * px + cos * py);
        path.line_to(single(point.0), single(point.1));
    }
}
