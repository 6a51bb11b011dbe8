//! Seal pictures (印章图像): drawn from a template, taken from a scan, compared, cut for straddling.
//!
//! ```text
//! SealDesign ──draw(font)──► Drawing ──to_pixels(dpi)──► Pixels ──to_png──► SealPicture
//!                               └────────to_svg────────► text, paths only
//! a scan's bytes ──decode──► Pixels ──scan::extract──► Extracted ──to_picture──► SealPicture
//! ```
//!
//! Lengths are millimetres, positions count from the top left corner, x to the right and y down.
//! The same design, font and resolution give the same bytes on every platform: trigonometry comes
//! from `libm`, the rasteriser runs without vector instructions, and nothing is fused.
//!
//! [`SealPicture`] itself needs nothing; everything else is behind the feature `picture`.

#[cfg(feature = "picture")]
mod arc;
#[cfg(feature = "picture")]
pub mod decode;
#[cfg(feature = "picture")]
mod design;
#[cfg(feature = "picture")]
mod error;
#[cfg(feature = "picture")]
mod font;
#[cfg(feature = "picture")]
mod ink;
#[cfg(feature = "picture")]
mod layout;
#[cfg(feature = "picture")]
mod number;
#[cfg(feature = "picture")]
mod pixels;
#[cfg(feature = "picture")]
mod raster;
#[cfg(feature = "picture")]
pub mod scan;
#[cfg(feature = "picture")]
pub mod similarity;
#[cfg(feature = "picture")]
pub mod straddle;
#[cfg(feature = "picture")]
mod svg;
#[cfg(feature = "picture")]
pub mod template;

#[cfg(feature = "picture")]
pub use decode::{DecodeLimits, decode};
#[cfg(feature = "picture")]
pub use design::{AntiForgeryCode, Filing, SealDesign};
#[cfg(feature = "picture")]
pub use error::PictureError;
#[cfg(feature = "picture")]
pub use font::{Font, FontSource, Glyph, GlyphSegment};
#[cfg(feature = "picture")]
pub use ink::Ink;
#[cfg(feature = "picture")]
pub use layout::Drawing;
#[cfg(feature = "picture")]
pub use pixels::{Pixels, Resolution};
#[cfg(feature = "picture")]
pub use template::Template;

/// A seal picture (印章图像) as an electronic seal holds it: encoded bytes with their kind and the
/// size they are to be shown at.
///
/// Source: GB/T 38540-2020, SES_ESPictrueInfo (the misspelling is the standard's).
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SealPicture {
    /// What `data` is.
    pub kind: PictureKind,
    /// The encoded picture.
    pub data: Vec<u8>,
    /// Width in whole millimetres, as the standard has it.
    pub width_mm: u32,
    /// Height in whole millimetres.
    pub height_mm: u32,
}

/// The kind of an encoded seal picture.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PictureKind {
    /// Windows bitmap.
    Bmp,
    /// GIF; its first frame counts.
    Gif,
    /// JPEG.
    Jpg,
    /// A one-page OFD package, as in the seals on tax invoices.
    Ofd,
    /// PNG: what we write.
    Png,
    /// SVG.
    Svg,
}

impl PictureKind {
    /// The name that the standard's `type` field carries, upper case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::Jpg => "JPG",
            Self::Ofd => "OFD",
            Self::Png => "PNG",
            Self::Svg => "SVG",
        }
    }

    /// Reads a `type` field; files write it in either case, and JPEG for JPG.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        const KINDS: [(&str, PictureKind); 7] = [
            ("bmp", PictureKind::Bmp),
            ("gif", PictureKind::Gif),
            ("jpeg", PictureKind::Jpg),
            ("jpg", PictureKind::Jpg),
            ("ofd", PictureKind::Ofd),
            ("png", PictureKind::Png),
            ("svg", PictureKind::Svg),
        ];
        KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind)
    }

    /// Tells the kind from the first bytes, whatever a name claims.
    #[must_use]
    pub fn of(data: &[u8]) -> Option<Self> {
        const STARTS: [(&[u8], PictureKind); 5] = [
            (b"\x89PNG\r\n\x1a\n", PictureKind::Png),
            (b"\xff\xd8\xff", PictureKind::Jpg),
            (b"GIF8", PictureKind::Gif),
            (b"BM", PictureKind::Bmp),
            (b"PK\x03\x04", PictureKind::Ofd),
        ];
        if let Some((_, kind)) = STARTS.iter().find(|(start, _)| data.starts_with(start)) {
            return Some(*kind);
        }
        let head = data.get(..data.len().min(1024))?;
        let is_svg = head.windows(4).any(|word| word == b"<svg");
        is_svg.then_some(Self::Svg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_name_in_either_case_and_by_its_bytes() {
        assert_eq!(PictureKind::from_name("png"), Some(PictureKind::Png));
        assert_eq!(PictureKind::from_name("JPEG"), Some(PictureKind::Jpg));
        assert_eq!(PictureKind::from_name("tiff"), None);
        assert_eq!(PictureKind::of(b"\x89PNG\r\n\x1a\n..."), Some(PictureKind::Png));
        assert_eq!(PictureKind::of(b"<?xml version='1.0'?><svg/>"), Some(PictureKind::Svg));
        assert_eq!(PictureKind::of(b""), None);
    }
}
