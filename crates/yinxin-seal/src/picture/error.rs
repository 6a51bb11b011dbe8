//! Why a picture was not made.

use std::fmt;

use yinxin_pki::{Explain, Fact, Party};

/// A picture that cannot be drawn, read or taken from a scan.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PictureError {
    /// An anti-forgery code that is not 13 digits; the person who typed it mends it.
    Code {
        /// Characters found.
        found: usize,
    },
    /// The seal found is smaller or larger than seals are.
    Diameter {
        /// Tenths of a millimetre.
        tenths_mm: u64,
    },
    /// The font cannot be read; the developer gives another.
    Font,
    /// Less of the ring is visible than a seal needs; scan it again.
    Incomplete {
        /// Percent of the outline seen.
        percent: u64,
    },
    /// Finer or larger than the limits allow.
    Limit {
        /// Pixels from left to right.
        width: u64,
        /// Pixels from top to bottom.
        height: u64,
    },
    /// Too few pixels a millimetre; scan it at 300 dpi.
    LowResolution {
        /// Dots per inch over the seal.
        dpi: u64,
    },
    /// The encoded picture is broken off or breaks its own rules.
    Malformed,
    /// The font has no glyph; another font or another way to write it is needed.
    MissingGlyph {
        /// The character.
        character: char,
    },
    /// No red seal on the picture.
    NoRedSeal,
    /// Neither the caller nor the file says how large a pixel is; state the seal's size.
    NoScale,
    /// A photograph of a screen, not a scan of paper.
    ScreenPhoto,
    /// A size that no rule of the template knows.
    Size {
        /// Tenths of a millimetre.
        tenths_mm: u64,
    },
    /// A template without the text it cannot be without.
    TextMissing,
    /// More characters than fit at the narrowest; shorten it or take a larger seal.
    TextTooLong {
        /// Characters given.
        characters: usize,
        /// Characters that fit.
        fit: usize,
    },
    /// More than one seal; cut the picture so that it shows one.
    TwoSeals,
    /// Not PNG, JPEG, GIF or BMP.
    Unsupported,
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code { found } => {
                write!(f, "an anti-forgery code has 13 digits; {found} characters were given")
            }
            Self::Diameter { tenths_mm } => write!(
                f,
                "the seal found measures {} mm, seals measure 15 to 65 mm; check the stated size or the scan's resolution",
                Tenths(*tenths_mm)
            ),
            Self::Font => f.write_str("the font cannot be read; give a TrueType or OpenType font"),
            Self::Incomplete { percent } => write!(
                f,
                "only {percent} % of the seal's outline is visible; scan it whole and inked evenly"
            ),
            Self::Limit { width, height } => write!(
                f,
                "{width} x {height} pixels are more than the limit; scan at a lower resolution or cut the picture"
            ),
            Self::LowResolution { dpi } => {
                write!(f, "the seal was scanned at {dpi} dpi; scan it at 300 dpi or more")
            }
            Self::Malformed => f.write_str("the picture file is damaged; get it again"),
            Self::MissingGlyph { character } => write!(
                f,
                "the font has no glyph for `{character}` (U+{:04X}); give a font that has it",
                u32::from(*character)
            ),
            Self::NoRedSeal => f.write_str("no red seal on this picture; scan in colour"),
            Self::NoScale => f.write_str(
                "the picture does not say its resolution; state the seal's size in millimetres",
            ),
            Self::ScreenPhoto => f.write_str(
                "the picture looks like a photograph of a screen; scan the seal from paper",
            ),
            Self::Size { tenths_mm } => write!(
                f,
                "this template is not made at {} mm; seals measure 15 to 65 mm",
                Tenths(*tenths_mm)
            ),
            Self::TextMissing => f.write_str("the seal has no text; give it"),
            Self::TextTooLong { characters, fit } => write!(
                f,
                "{characters} characters do not fit, {fit} do; shorten the text or take a larger seal"
            ),
            Self::TwoSeals => {
                f.write_str("more than one seal on this picture; cut it so that it shows one")
            }
            Self::Unsupported => f.write_str("not a PNG, JPEG, GIF or BMP picture"),
        }
    }
}

/// A length kept in tenths, so that an error can be compared.
struct Tenths(u64);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

impl std::error::Error for PictureError {}

impl Explain for PictureError {
    fn code(&self) -> &'static str {
        match self {
            Self::Code { .. } => "anti_forgery_code",
            Self::Diameter { .. } => "seal_diameter",
            Self::Font => "font_unreadable",
            Self::Incomplete { .. } => "incomplete_seal",
            Self::Limit { .. } => "picture_too_large",
            Self::LowResolution { .. } => "low_resolution",
            Self::Malformed => "picture_malformed",
            Self::MissingGlyph { .. } => "missing_glyph",
            Self::NoRedSeal => "no_red_seal",
            Self::NoScale => "scale_unknown",
            Self::ScreenPhoto => "looks_like_screen_photo",
            Self::Size { .. } => "seal_size",
            Self::TextMissing => "seal_text_missing",
            Self::TextTooLong { .. } => "text_too_long",
            Self::TwoSeals => "two_seals",
            Self::Unsupported => "picture_kind",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Font => Party::Developer,
            Self::MissingGlyph { .. } => Party::Operator,
            Self::Malformed | Self::Unsupported => Party::Sender,
            Self::Code { .. }
            | Self::Diameter { .. }
            | Self::Incomplete { .. }
            | Self::Limit { .. }
            | Self::LowResolution { .. }
            | Self::NoRedSeal
            | Self::NoScale
            | Self::ScreenPhoto
            | Self::Size { .. }
            | Self::TextMissing
            | Self::TextTooLong { .. }
            | Self::TwoSeals => Party::Holder,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Code { found } => vec![Fact::count("found", *found)],
            Self::Diameter { tenths_mm } | Self::Size { tenths_mm } => {
                vec![Fact::text("mm", Tenths(*tenths_mm).to_string())]
            }
            Self::Incomplete { percent } => vec![Fact::number("percent", *percent)],
            Self::Limit { width, height } => {
                vec![Fact::number("width", *width), Fact::number("height", *height)]
            }
            Self::LowResolution { dpi } => vec![Fact::number("dpi", *dpi)],
            Self::MissingGlyph { character } => vec![
                Fact::text("character", character.to_string()),
                Fact::text("codePoint", format!("U+{:04X}", u32::from(*character))),
            ],
            Self::TextTooLong { characters, fit } => {
                vec![Fact::count("characters", *characters), Fact::count("fit", *fit)]
            }
            Self::Font
            | Self::Malformed
            | Self::NoRedSeal
            | Self::NoScale
            | Self::ScreenPhoto
            | Self::TextMissing
            | Self::TwoSeals
            | Self::Unsupported => Vec::new(),
        }
    }
}
