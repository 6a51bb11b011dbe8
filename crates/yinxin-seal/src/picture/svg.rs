//! A drawing as SVG: paths only, so that it looks the same without any font.

use super::font::GlyphSegment;
use super::layout::{Drawing, Path};
use super::template::THICKENING_MM;

impl Drawing {
    /// The SVG, with its size in millimetres and coordinates to the micrometre.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let [red, green, blue] = self.ink.rgb();
        let (width, height) = (number(self.width_mm), number(self.height_mm));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
             viewBox=\"0 0 {width} {height}\" fill=\"#{red:02x}{green:02x}{blue:02x}\">\n"
        );
        element(&mut svg, &self.lines, "fill-rule=\"evenodd\"");
        element(&mut svg, &self.star, "");
        let stroke = format!(
            "stroke=\"#{red:02x}{green:02x}{blue:02x}\" stroke-width=\"{}\" \
             stroke-linejoin=\"bevel\"",
            number(THICKENING_MM)
        );
        element(&mut svg, &self.text, &stroke);
        svg.push_str("</svg>\n");
        svg
    }
}

fn element(svg: &mut String, path: &Path, attributes: &str) {
    if path.is_empty() {
        return;
    }
    svg.push_str("<path ");
    svg.push_str(attributes);
    svg.push_str(" d=\"");
    for segment in path {
        let (letter, values): (char, &[f64]) = match segment {
            GlyphSegment::Move(x, y) => ('M', &[*x, *y]),
            GlyphSegment::Line(x, y) => ('L', &[*x, *y]),
            GlyphSegment::Quad(x1, y1, x, y) => ('Q', &[*x1, *y1, *x, *y]),
            GlyphSegment::Cubic(x1, y1, x2, y2, x, y) => ('C', &[*x1, *y1, *x2, *y2, *x, *y]),
            GlyphSegment::Close => ('Z', &[]),
        };
        svg.push(letter);
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                svg.push(' ');
            }
            svg.push_str(&number(*value));
        }
    }
    svg.push_str("\"/>\n");
}

/// Micrometres, without needless zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_short_and_never_minus_nothing() {
        assert_eq!(super::number(42.0), "42");
        assert_eq!(super::number(0.1), "0.1");
        assert_eq!(super::number(-0.0001), "0");
        assert_eq!(super::number(1.23456), "1.235");
    }
}
