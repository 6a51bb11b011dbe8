//! A picture as pixels, and as a PNG with its physical size.

use super::error::PictureError;
use super::number::{nearest, real, side, whole};
use super::{PictureKind, SealPicture};

/// Dots per inch.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Resolution(f64);

impl Resolution {
    /// What office scanners and printers do.
    pub const DPI_300: Self = Self(300.0);
    /// For print.
    pub const DPI_600: Self = Self(600.0);

    /// Any resolution between 72 and 1200 dpi; `None` outside of it.
    #[must_use]
    pub fn from_dpi(dpi: f64) -> Option<Self> {
        (72.0..=1200.0).contains(&dpi).then_some(Self(dpi))
    }

    /// Dots per inch.
    #[must_use]
    pub const fn dpi(self) -> f64 {
        self.0
    }

    /// Pixels a millimetre.
    #[must_use]
    pub const fn per_mm(self) -> f64 {
        self.0 / 25.4
    }

    /// The nearest number of pixels for a length.
    pub(crate) fn pixels(self, mm: f64) -> usize {
        nearest(mm * self.per_mm())
    }
}

/// Pixels: red, green, blue and straight alpha, 8 bits each, rows from the top.
#[derive(Clone, Eq, PartialEq)]
pub struct Pixels {
    width: usize,
    height: usize,
    rgba: Vec<u8>,
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pixels({} x {})", self.width, self.height)
    }
}

impl Pixels {
    /// Takes `width * height * 4` bytes; `None` for any other number or an empty picture.
    #[must_use]
    pub fn from_rgba(width: usize, height: usize, rgba: Vec<u8>) -> Option<Self> {
        let wanted = width.checked_mul(height)?.checked_mul(4)?;
        (wanted != 0 && wanted == rgba.len()).then_some(Self { width, height, rgba })
    }

    /// Pixels from left to right, never 0.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Pixels from top to bottom, never 0.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// The bytes, four a pixel.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The bytes of one row; empty below the last.
    #[must_use]
    pub fn row(&self, y: usize) -> &[u8] {
        let stride = self.width.saturating_mul(4);
        let start = y.saturating_mul(stride);
        self.rgba.get(start..start.saturating_add(stride)).unwrap_or_default()
    }

    /// The same seal in another ink: colours change, alpha stays.
    #[must_use]
    pub fn recoloured(mut self, ink: super::Ink) -> Self {
        let [red, green, blue] = ink.rgb();
        for pixel in self.rgba.as_chunks_mut::<4>().0 {
            let [.., alpha] = *pixel;
            *pixel = [red, green, blue, alpha];
        }
        self
    }

    /// A part of the picture, cut to its edges; `None` when nothing is left.
    #[must_use]
    pub fn part(&self, x: usize, y: usize, width: usize, height: usize) -> Option<Self> {
        let width = width.min(self.width.saturating_sub(x));
        let height = height.min(self.height.saturating_sub(y));
        let mut rgba = Vec::with_capacity(width.saturating_mul(height).saturating_mul(4));
        for row in y..y.saturating_add(height) {
            rgba.extend_from_slice(self.row(row).get(x * 4..(x + width) * 4)?);
        }
        Self::from_rgba(width, height, rgba)
    }

    /// As PNG, 8-bit RGBA, with the physical pixel size in `pHYs`.
    ///
    /// # Errors
    ///
    /// [`PictureError::Limit`] for sides that PNG cannot count.
    pub fn to_png(&self, resolution: Resolution) -> Result<Vec<u8>, PictureError> {
        let limit = PictureError::Limit {
            width: u64::try_from(self.width).unwrap_or(u64::MAX),
            height: u64::try_from(self.height).unwrap_or(u64::MAX),
        };
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, side(self.width), side(self.height));
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let per_metre = side(nearest(resolution.per_mm() * 1000.0));
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: per_metre,
            yppu: per_metre,
            unit: png::Unit::Meter,
        }));
        // Fixed, so that the same pixels are the same bytes.
        encoder.set_compression(png::Compression::Balanced);
        encoder.set_filter(png::Filter::Up);
        let mut writer = encoder.write_header().map_err(|_| limit.clone())?;
        writer.write_image_data(&self.rgba).map_err(|_| limit.clone())?;
        writer.finish().map_err(|_| limit)?;
        Ok(out)
    }

    /// As the picture of an electronic seal; sizes are rounded to whole millimetres, as the
    /// standard has them.
    ///
    /// # Errors
    ///
    /// As [`Pixels::to_png`].
    pub fn to_picture(&self, resolution: Resolution) -> Result<SealPicture, PictureError> {
        let mm = |pixels: usize| side(nearest(real(pixels) / resolution.per_mm()).max(1));
        Ok(SealPicture {
            kind: PictureKind::Png,
            data: self.to_png(resolution)?,
            width_mm: mm(self.width),
            height_mm: mm(self.height),
        })
    }

    /// Turned by degrees clockwise about the centre, the picture's size kept.
    #[must_use]
    pub fn turned(&self, degrees: f64) -> Self {
        let radians = degrees.to_radians();
        let (sin, cos) = (libm::sin(radians), libm::cos(radians));
        let (cx, cy) = (real(self.width) / 2.0, real(self.height) / 2.0);
        self.sampled(self.width, self.height, |x, y| {
            let (x, y) = (x - cx, y - cy);
            (x * cos + y * sin + cx, y * cos - x * sin + cy)
        })
    }

    /// A new picture whose pixel centres are looked up here, between pixels by their distance.
    pub(crate) fn sampled(
        &self,
        width: usize,
        height: usize,
        from: impl Fn(f64, f64) -> (f64, f64),
    ) -> Self {
        let mut rgba = Vec::with_capacity(width.saturating_mul(height).saturating_mul(4));
        for y in 0..height {
            for x in 0..width {
                let (x, y) = from(real(x) + 0.5, real(y) + 0.5);
                rgba.extend_from_slice(&self.between(x - 0.5, y - 0.5));
            }
        }
        Self { width, height, rgba }
    }

    /// The four pixels around a point, weighted; outside is transparent.
    fn between(&self, x: f64, y: f64) -> [u8; 4] {
        let (left, top) = (libm::floor(x), libm::floor(y));
        let (right, bottom) = (x - left, y - top);
        let mut sum = [0.0; 3];
        let mut alpha = 0.0;
        for (dx, wx) in [(0.0, 1.0 - right), (1.0, right)] {
            for (dy, wy) in [(0.0, 1.0 - bottom), (1.0, bottom)] {
                let [red, green, blue, cover] = self.at(left + dx, top + dy);
                let weight = wx * wy * f64::from(cover);
                alpha += weight;
                for (sum, part) in sum.iter_mut().zip([red, green, blue]) {
                    *sum += weight * f64::from(part);
                }
            }
        }
        if alpha <= 0.0 {
            return [0; 4];
        }
        let [red, green, blue] = sum.map(|sum| super::number::byte(sum / alpha));
        [red, green, blue, super::number::byte(alpha)]
    }

    /// The pixel that holds a whole point; transparent outside.
    pub(crate) fn at(&self, x: f64, y: f64) -> [u8; 4] {
        if x < 0.0 || y < 0.0 || x >= real(self.width) {
            return [0; 4];
        }
        let index = whole(y).saturating_mul(self.width).saturating_add(whole(x));
        self.rgba.as_chunks::<4>().0.get(index).copied().unwrap_or([0; 4])
    }
}
