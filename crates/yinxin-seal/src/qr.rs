//! QR pictures (二维码): text to modules, and modules to pixels, SVG or a terminal.
//!
//! Encoding only: reading a picture needs a decoder that is many times larger and stays outside.

use std::fmt;

use fast_qr::{ECL, QRBuilder, Version};
use yinxin_pki::{Explain, Fact, Party};

use crate::picture::Pixels;

/// How much of a code may be unreadable.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum QrLevel {
    /// About 7 %.
    Low,
    /// About 15 %: what we draw by default.
    Medium,
    /// About 25 %.
    Quartile,
    /// About 30 %.
    High,
}

impl QrLevel {
    /// The letter of the standard.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Low => 'L',
            Self::Medium => 'M',
            Self::Quartile => 'Q',
            Self::High => 'H',
        }
    }

    const fn ecl(self) -> ECL {
        match self {
            Self::Low => ECL::L,
            Self::Medium => ECL::M,
            Self::Quartile => ECL::Q,
            Self::High => ECL::H,
        }
    }

    const fn above(self) -> Option<Self> {
        match self {
            Self::Low => Some(Self::Medium),
            Self::Medium => Some(Self::Quartile),
            Self::Quartile => Some(Self::High),
            Self::High => None,
        }
    }
}

/// A QR code.
///
/// Source: ISO/IEC 18004:2015, GB/T 18284.
///
/// ```
/// use yinxin_seal::qr::{Qr, QrLevel};
///
/// let qr = Qr::encode("HTTPS://HUB.EXAMPLE/Q/ABCD", QrLevel::Medium)?;
/// assert_eq!((qr.version(), qr.size()), (2, 25));
/// println!("{}", qr.to_terminal());
/// # Ok::<(), yinxin_seal::qr::QrError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Qr {
    size: usize,
    level: QrLevel,
    dark: Vec<bool>,
}

/// Light modules around the code, on each side. The standard asks for four.
pub const QUIET_ZONE: usize = 4;

impl Qr {
    /// Encodes text in the smallest version that holds it at `least`, then at the highest level
    /// that the same version still holds.
    ///
    /// # Errors
    ///
    /// [`QrError::Empty`], [`QrError::TooLong`]: whoever chose the text mends it.
    pub fn encode(text: &str, least: QrLevel) -> Result<Self, QrError> {
        if text.is_empty() {
            return Err(QrError::Empty);
        }
        let build = |level: QrLevel, version: Option<Version>| {
            let mut builder = QRBuilder::new(text);
            builder.ecl(level.ecl());
            if let Some(version) = version {
                builder.version(version);
            }
            builder.build().ok()
        };
        let too_long = QrError::TooLong { bytes: text.len() };
        let mut code = build(least, None).ok_or(too_long)?;
        let mut level = least;
        while let Some(higher) = level.above()
            && let Some(better) = build(higher, code.version)
            && better.size == code.size
        {
            (code, level) = (better, higher);
        }
        let rows =
            (0..code.size).filter_map(|row| code.data.get(row * code.size..)?.get(..code.size));
        let dark: Vec<bool> = rows.flatten().map(|module| module.value()).collect();
        Ok(Self { size: code.size, level, dark })
    }

    /// Modules a side, without the quiet zone: `17 + 4 × version`.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The version, 1 to 40.
    #[must_use]
    pub const fn version(&self) -> usize {
        self.size.saturating_sub(17) / 4
    }

    /// The level it ended at.
    #[must_use]
    pub const fn level(&self) -> QrLevel {
        self.level
    }

    /// Whether a module is dark; outside of the code all are light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && self.dark.get(y * self.size + x).copied().unwrap_or_default()
    }

    /// Whether a module is dark, counted from the corner of the quiet zone.
    fn is_dark_in_zone(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET_ZONE);
        matches!((inside(x), inside(y)), (Some(x), Some(y)) if self.is_dark(x, y))
    }

    /// Black on white, `scale` pixels a module, with the quiet zone. `None` for a scale of 0 or
    /// above 64.
    #[must_use]
    pub fn to_pixels(&self, scale: usize) -> Option<Pixels> {
        if !(1..=64).contains(&scale) {
            return None;
        }
        let side = (self.size + 2 * QUIET_ZONE) * scale;
        let mut rgba = Vec::with_capacity(side * side * 4);
        for y in 0..side {
            for x in 0..side {
                let dark = self.is_dark_in_zone(x / scale, y / scale);
                rgba.extend_from_slice(if dark { &[0, 0, 0, 255] } else { &[255; 4] });
            }
        }
        Pixels::from_rgba(side, side, rgba)
    }

    /// SVG, one unit a module, one path.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let side = self.size + 2 * QUIET_ZONE;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\">\n<path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\n\
             <path d=\""
        );
        for y in 0..side {
            let mut x = 0;
            while x < side {
                let run = (x..side).take_while(|x| self.is_dark_in_zone(*x, y)).count();
                if run > 0 {
                    svg.push_str(&format!("M{x} {y}h{run}v1h-{run}z"));
                }
                x += run + 1;
            }
        }
        svg.push_str("\"/>\n</svg>\n");
        svg
    }

    /// Lines for a terminal, two modules in one character, dark on light whatever the theme:
    /// colours are set, so that a phone reads it on a dark ground as well.
    #[must_use]
    pub fn to_terminal(&self) -> String {
        let side = self.size + 2 * QUIET_ZONE;
        let mut text = String::new();
        for y in (0..side).step_by(2) {
            text.push_str("\u{1b}[38;5;16;48;5;231m");
            for x in 0..side {
                let below = self.is_dark_in_zone(x, y + 1);
                text.push(match (self.is_dark_in_zone(x, y), below) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text.push_str("\u{1b}[0m\n");
        }
        text
    }
}

/// A text that no QR code holds.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum QrError {
    /// There is no text.
    Empty,
    /// More than the largest version holds at this level.
    TooLong {
        /// Bytes given.
        bytes: usize,
    },
}

impl fmt::Display for QrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no text for the QR code; give one"),
            Self::TooLong { bytes } => {
                write!(f, "{bytes} bytes are more than a QR code holds; shorten the text")
            }
        }
    }
}

impl std::error::Error for QrError {}

impl Explain for QrError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "qr_empty",
            Self::TooLong { .. } => "qr_too_long",
        }
    }

    fn mended_by(&self) -> Party {
        Party::Developer
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Empty => Vec::new(),
            Self::TooLong { bytes } => vec![Fact::count("bytes", *bytes)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_a_session_fits_version_5_at_medium() {
        let frame = format!("HTTPS://{:A<24}/Q/{:B<71}", "HUB", "S");
        assert_eq!(frame.len(), 106);
        let qr = Qr::encode(&frame, QrLevel::Medium).unwrap();
        assert_eq!((qr.version(), qr.size(), qr.level()), (5, 37, QrLevel::Medium));
    }

    #[test]
    fn the_level_rises_where_the_version_has_room() {
        assert_eq!(Qr::encode("A", QrLevel::Low).unwrap().level(), QrLevel::High);
    }

    #[test]
    fn the_quiet_zone_is_light_and_the_finder_dark() {
        let qr = Qr::encode("印信", QrLevel::Medium).unwrap();
        let pixels = qr.to_pixels(3).unwrap();
        assert_eq!(pixels.width(), (qr.size() + 8) * 3);
        assert_eq!(pixels.row(11)[..4], [255; 4]);
        assert_eq!(pixels.row(12)[12 * 4..12 * 4 + 4], [0, 0, 0, 255]);
        assert_eq!(qr.to_terminal().lines().count(), (qr.size() + 8).div_ceil(2));
        assert!(qr.to_pixels(0).is_none());
    }

    #[test]
    fn what_no_code_holds_is_refused_with_its_length() {
        let text = "a".repeat(3000);
        assert_eq!(Qr::encode(&text, QrLevel::Low).unwrap_err(), QrError::TooLong { bytes: 3000 });
        assert!(Qr::encode("", QrLevel::Low).is_err());
        assert!(Qr::encode(&"a".repeat(2953), QrLevel::Low).is_ok());
    }
}
