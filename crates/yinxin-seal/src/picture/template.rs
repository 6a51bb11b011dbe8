//! Template seals (模板制章): shapes, sizes and rules as a table.
//!
//! Sizes differ by place and by year, so they stand in [`RULES`] and not in code; a caller with
//! other local rules takes a [`SizeRule`], changes its numbers and draws by it.

use super::error::PictureError;
use super::number::{real, whole};

/// A kind of seal that is drawn from text.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Template {
    /// Round with a star (公章): name on the arc, department below the star.
    Round,
    /// Round without a star (专用章): name on the arc, purpose below.
    RoundSpecial,
    /// Oval (椭圆章): foreign-invested firms, invoices.
    Oval,
    /// Oval with a second, thin line inside.
    DoubleOval,
    /// Square (方章), read in rows from the left: finance.
    Square,
    /// A person's square seal (个人名章), read in columns from the right.
    Personal,
}

impl Template {
    /// All, in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::Round,
        Self::RoundSpecial,
        Self::Oval,
        Self::DoubleOval,
        Self::Square,
        Self::Personal,
    ];

    /// The name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Round => "round",
            Self::RoundSpecial => "round-special",
            Self::Oval => "oval",
            Self::DoubleOval => "double-oval",
            Self::Square => "square",
            Self::Personal => "personal",
        }
    }

    /// The template of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name() == name)
    }

    /// The rows of the table for this template, the default first.
    pub fn rules(self) -> impl Iterator<Item = &'static SizeRule> {
        RULES.iter().filter(move |rule| rule.template == self)
    }

    /// The rule for a width in millimetres: the table's row, or the nearest row scaled.
    ///
    /// # Errors
    ///
    /// [`PictureError::Size`] outside of [`SIZES_MM`].
    pub fn rule(self, width_mm: Option<f64>) -> Result<SizeRule, PictureError> {
        let distance =
            |rule: &SizeRule| width_mm.map_or(0.0, |wanted| (rule.width_mm - wanted).abs());
        let nearest = self.rules().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let wanted = width_mm.or_else(|| nearest.map(|rule| rule.width_mm)).unwrap_or_default();
        let error = PictureError::Size { tenths_mm: tenths(wanted) };
        if !(SIZES_MM.0..=SIZES_MM.1).contains(&wanted) {
            return Err(error);
        }
        let rule = nearest.ok_or(error)?;
        Ok(rule.scaled(wanted / rule.width_mm))
    }

    /// What the law asks of whoever offers this template.
    #[must_use]
    pub const fn duties(self) -> &'static [Duty] {
        match self {
            Self::Personal => &[Duty::NameIsHolders, Duty::MarkUnfiled],
            Self::Round | Self::RoundSpecial | Self::Oval | Self::DoubleOval | Self::Square => {
                &[Duty::NameIsHolders, Duty::MarkUnfiled, Duty::NoEmblem]
            }
        }
    }
}

pub(crate) fn tenths(mm: f64) -> u64 {
    u64::try_from(whole(libm::round(mm * 10.0))).unwrap_or(u64::MAX)
}

/// Narrowest and widest seal we draw or accept from a scan, millimetres.
///
/// The smallest personal seals have 16 mm, the State Council's 60; a scan may be off by a little.
pub const SIZES_MM: (f64, f64) = (15.0, 65.0);

/// A duty of whoever lets people draw seals. The library states them; a user interface keeps them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Duty {
    /// Where no filing number is known, the seal is shown as not filed (未备案).
    MarkUnfiled,
    /// The name on the seal is the certificate holder's and cannot be edited.
    NameIsHolders,
    /// No emblem of state or party: it is never drawn.
    NoEmblem,
}

/// The line around a seal.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Outline {
    /// A circle or an ellipse, by its two sides.
    Ellipse,
    /// Four straight sides.
    Rectangle,
}

/// How a square is read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Reading {
    /// In columns, the first at the right: the old way, kept for names.
    Columns,
    /// In rows from the left, as names of units run since 1999.
    Rows,
}

/// A thin second line inside the border.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InnerRing {
    /// Between the border and the line.
    pub gap_mm: f64,
    /// The line's own width.
    pub width_mm: f64,
}

/// The name along the upper border.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArcRule {
    /// Between the border's inner edge and the characters.
    pub gap_mm: f64,
    /// Height of the characters of a long name and of a short one.
    pub height_mm: (f64, f64),
}

/// One horizontal line of text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineRule {
    /// Upper edge, below the seal's centre (negative: above).
    pub top_mm: f64,
    /// Height of the characters.
    pub height_mm: f64,
    /// Width of one character where there is room.
    pub width_mm: f64,
    /// From one character's middle to the next where there is room.
    pub pitch_mm: f64,
}

/// The digits along the lower border.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodeRule {
    /// Between the border's inner edge and the digits.
    pub gap_mm: f64,
    /// Height of a digit.
    pub height_mm: f64,
    /// Width of a digit.
    pub width_mm: f64,
    /// From one digit's middle to the next.
    pub pitch_mm: f64,
}

/// One row of the table: a size of a template with all its measures, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SizeRule {
    /// The template it belongs to.
    pub template: Template,
    /// Who uses it.
    pub used_by: &'static str,
    /// The line around.
    pub outline: Outline,
    /// Left to right, outer edges.
    pub width_mm: f64,
    /// Top to bottom, outer edges.
    pub height_mm: f64,
    /// Width of the border.
    pub border_mm: f64,
    /// A second line inside.
    pub ring: Option<InnerRing>,
    /// Diameter of the circle through the star's tips.
    pub star_mm: Option<f64>,
    /// The name on the arc; of no meaning in squares.
    pub name: ArcRule,
    /// The second line: department, purpose.
    pub line2: LineRule,
    /// Text in the very centre where there is no star: the tax number of an invoice seal.
    pub centre: Option<LineRule>,
    /// The anti-forgery code.
    pub code: CodeRule,
    /// How a square is read; of no meaning on an arc.
    pub reading: Reading,
}

impl SizeRule {
    /// Every measure times a factor.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let line = |line: LineRule| LineRule {
            top_mm: line.top_mm * factor,
            height_mm: line.height_mm * factor,
            width_mm: line.width_mm * factor,
            pitch_mm: line.pitch_mm * factor,
        };
        Self {
            width_mm: self.width_mm * factor,
            height_mm: self.height_mm * factor,
            border_mm: self.border_mm * factor,
            ring: self.ring.map(|ring| InnerRing {
                gap_mm: ring.gap_mm * factor,
                width_mm: ring.width_mm * factor,
            }),
            star_mm: self.star_mm.map(|star| star * factor),
            name: ArcRule {
                gap_mm: self.name.gap_mm * factor,
                height_mm: (self.name.height_mm.0 * factor, self.name.height_mm.1 * factor),
            },
            line2: line(self.line2),
            centre: self.centre.map(line),
            code: CodeRule {
                gap_mm: self.code.gap_mm * factor,
                height_mm: self.code.height_mm * factor,
                width_mm: self.code.width_mm * factor,
                pitch_mm: self.code.pitch_mm * factor,
            },
            ..*self
        }
    }
}

/// Degrees of the arc that a name of up to [`SHORT_NAME`] characters takes.
pub(crate) const SPAN_DEGREES: f64 = 230.0;
/// Degrees that a long name may grow to.
pub(crate) const LONG_SPAN_DEGREES: f64 = 280.0;
/// Characters of a name that still fit the short arc well.
pub(crate) const SHORT_NAME: f64 = 14.0;
/// Characters at which the arc is at its longest; more are drawn narrower.
pub(crate) const LONG_NAME: f64 = 24.0;
/// Narrowest a character is drawn, as a part of its height; below it nobody reads a seal.
pub(crate) const NARROWEST: f64 = 0.55;
/// Width of a character where there is room, as a part of its height: Song on seals is slim.
pub(crate) const USUAL_WIDTH: f64 = 0.85;
/// Stroke added around every character: the thin strokes of Song vanish in print otherwise.
pub(crate) const THICKENING_MM: f64 = 0.1;
/// Narrowest cell of a square seal, millimetres. Our choice: half a 12-point character.
pub(crate) const CELL_MM: f64 = 2.0;

const NO_LINE: LineRule = LineRule { top_mm: 0.0, height_mm: 0.0, width_mm: 0.0, pitch_mm: 0.0 };

const fn round(
    template: Template,
    used_by: &'static str,
    size: f64,
    border: f64,
    star: Option<f64>,
) -> SizeRule {
    let unit = size / 42.0;
    // Below the ends of a name of usual length; without a star the purpose is the taller.
    let (top, height) = if star.is_some() { (9.2, 3.8) } else { (9.2, 4.4) };
    SizeRule {
        template,
        used_by,
        outline: Outline::Ellipse,
        width_mm: size,
        height_mm: size,
        border_mm: border,
        ring: None,
        star_mm: star,
        name: ArcRule { gap_mm: 0.8 * unit, height_mm: (4.4 * unit, 5.6 * unit) },
        line2: LineRule {
            top_mm: top * unit,
            height_mm: height * unit,
            width_mm: 0.85 * height * unit,
            pitch_mm: height * unit,
        },
        centre: if star.is_some() {
            None
        } else {
            Some(LineRule {
                top_mm: -2.0 * unit,
                height_mm: 4.0 * unit,
                width_mm: 3.2 * unit,
                pitch_mm: 4.0 * unit,
            })
        },
        code: CodeRule {
            gap_mm: 0.6 * unit,
            height_mm: 1.5 * unit,
            width_mm: 0.9 * unit,
            pitch_mm: 1.45 * unit,
        },
        reading: Reading::Rows,
    }
}

const fn oval(
    template: Template,
    used_by: &'static str,
    width: f64,
    height: f64,
    ring: Option<InnerRing>,
) -> SizeRule {
    let inside = if ring.is_some() { 1.0 } else { 0.5 };
    SizeRule {
        template,
        used_by,
        outline: Outline::Ellipse,
        width_mm: width,
        height_mm: height,
        border_mm: 1.0,
        ring,
        star_mm: None,
        name: ArcRule { gap_mm: inside, height_mm: (3.6, 4.2) },
        line2: LineRule { top_mm: 4.2, height_mm: 4.6, width_mm: 3.0, pitch_mm: 3.6 },
        centre: Some(LineRule {
            top_mm: -1.85,
            height_mm: 3.7,
            width_mm: 1.3,
            // 18 digits and letters take 26 mm together.
            pitch_mm: (26.0 - 1.3) / 17.0,
        }),
        code: CodeRule { gap_mm: inside, height_mm: 2.0, width_mm: 1.1, pitch_mm: 1.7 },
        reading: Reading::Rows,
    }
}

const fn square(
    template: Template,
    used_by: &'static str,
    size: f64,
    reading: Reading,
) -> SizeRule {
    SizeRule {
        template,
        used_by,
        outline: Outline::Rectangle,
        width_mm: size,
        height_mm: size,
        border_mm: 1.0,
        ring: None,
        star_mm: None,
        name: ArcRule { gap_mm: 0.6, height_mm: (CELL_MM, size) },
        line2: NO_LINE,
        centre: None,
        code: CodeRule { gap_mm: 0.3, height_mm: 1.2, width_mm: 0.7, pitch_mm: 1.1 },
        reading,
    }
}

const THIN: Option<InnerRing> = Some(InnerRing { gap_mm: 0.5, width_mm: 0.2 });

/// The table. Per template the default stands first.
///
/// Sources: State Council rules on seals (国发〔1999〕25号) and the public pages of local police
/// bureaux for firms; measures that no rule states are our choice by the looks of real seals.
pub static RULES: [SizeRule; 17] = [
    round(Template::Round, "limited company", 40.0, 1.0, Some(13.4)),
    round(
        Template::Round,
        "county-level unit, state-owned or joint-stock company",
        42.0,
        1.2,
        Some(14.0),
    ),
    round(Template::Round, "other firm, sole trader", 38.0, 1.0, Some(12.6)),
    round(Template::Round, "agency below a ministry", 45.0, 1.0, Some(15.0)),
    round(Template::Round, "province, agency of the State Council", 50.0, 1.0, Some(16.6)),
    round(Template::RoundSpecial, "department, special purpose", 40.0, 1.0, None),
    round(Template::RoundSpecial, "finance, special purpose", 38.0, 1.0, None),
    round(Template::RoundSpecial, "special purpose of a state-owned company", 42.0, 1.2, None),
    round(Template::RoundSpecial, "contracts, in some places", 58.0, 1.5, None),
    oval(Template::Oval, "foreign-invested firm", 45.0, 30.0, None),
    oval(Template::Oval, "invoices", 40.0, 30.0, None),
    oval(Template::DoubleOval, "foreign-invested firm", 45.0, 30.0, THIN),
    oval(Template::DoubleOval, "invoices", 40.0, 30.0, THIN),
    square(Template::Square, "finance", 22.0, Reading::Rows),
    square(Template::Personal, "legal representative, person", 20.0, Reading::Columns),
    square(Template::Personal, "legal representative, person", 18.0, Reading::Columns),
    square(Template::Personal, "legal representative, person", 22.0, Reading::Columns),
];

/// Degrees of arc for a name.
pub(crate) fn span(characters: usize) -> f64 {
    let grown = (real(characters) - SHORT_NAME) / (LONG_NAME - SHORT_NAME);
    SPAN_DEGREES + (LONG_SPAN_DEGREES - SPAN_DEGREES) * grown.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_has_a_default_and_every_name_is_its_own() {
        for template in Template::ALL {
            let rule = template.rule(None).unwrap();
            assert_eq!(rule.template, template);
            assert_eq!(Template::from_name(template.name()), Some(template));
        }
        assert_eq!(Template::Round.rule(None).unwrap().width_mm, 40.0);
    }

    #[test]
    fn the_table_is_used_as_it_stands_and_scaled_between() {
        assert_eq!(Template::Round.rule(Some(42.0)).unwrap().border_mm, 1.2);
        let between = Template::Oval.rule(Some(44.0)).unwrap();
        assert!((between.height_mm - 30.0 * 44.0 / 45.0).abs() < 1e-9);
        assert_eq!(
            Template::Round.rule(Some(14.9)).unwrap_err(),
            PictureError::Size { tenths_mm: 149 }
        );
        assert!(Template::Round.rule(Some(f64::NAN)).is_err());
    }

    #[test]
    fn the_arc_grows_with_the_name_and_stops() {
        assert_eq!(span(1), 230.0);
        assert_eq!(span(14), 230.0);
        assert_eq!(span(19), 255.0);
        assert_eq!(span(24), 280.0);
        assert_eq!(span(60), 280.0);
    }
}
