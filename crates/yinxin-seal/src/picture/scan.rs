//! A scan of a paper seal to a transparent seal picture (扫描制章).
//!
//! ```text
//! decode, turn by Exif ─► white balance on the paper ─► Lab a* ─► Otsu ─► despeckle ─► groups
//!   ─► outline fitted (circle, ellipse, rectangle) ─► which way is up ─► soft alpha, one ink
//! ```
//!
//! Pixels are never invented: where black print covered the ink, the seal has a hole, and the
//! person decides whether to scan again. What is doubtful is refused, by name.

mod colour;
mod fit;
mod group;
mod moire;
mod turn;

use colour::Redness;
use fit::Fit;

use super::decode::{DecodeLimits, Decoded, decode};
use super::error::PictureError;
use super::ink::Ink;
use super::number::{byte, nearest, real, whole};
use super::pixels::{Pixels, Resolution};
use super::template::{SIZES_MM, tenths};

/// What the person says about the scan.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ScanOptions {
    /// The seal's width in millimetres, if known. Else the file's own resolution decides.
    pub width_mm: Option<f64>,
    /// The ink of the result.
    pub ink: Ink,
    /// Pixels of the result.
    pub resolution: Resolution,
    /// How the seal is turned upright.
    pub turn: Turn,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            width_mm: None,
            ink: Ink::default(),
            resolution: Resolution::DPI_300,
            turn: Turn::Found,
        }
    }
}

/// How a scanned seal is turned.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Turn {
    /// As it lies on the scan.
    AsScanned,
    /// By degrees clockwise, as the person wants it.
    By(f64),
    /// Upright, as far as star and gap of the text tell; else as scanned.
    #[default]
    Found,
}

/// The outline that was found.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// A circle.
    Circle,
    /// An ellipse.
    Ellipse,
    /// A rectangle.
    Rectangle,
}

impl Shape {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Ellipse => "ellipse",
            Self::Rectangle => "rectangle",
        }
    }
}

/// A seal taken from a scan.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Extracted {
    /// The seal in one ink on a transparent ground, with at least 2 % margin, a whole number of
    /// millimetres wide and high.
    pub pixels: Pixels,
    /// Their resolution.
    pub resolution: Resolution,
    /// The outline.
    pub shape: Shape,
    /// Width and height of the outline in millimetres.
    pub size_mm: (f64, f64),
    /// Part of the outline that is visible, 0 to 1.
    pub coverage: f64,
    /// Degrees clockwise that the seal was turned on the scan; `None` where nothing told.
    pub found_turn: Option<f64>,
    /// Dots per inch of the scan over the seal.
    pub scan_dpi: f64,
    /// The seal's centre on the scan, in pixels from the top left corner.
    pub centre: (f64, f64),
}

/// Takes the one red seal out of a scan.
///
/// # Errors
///
/// What [`decode`] refuses, and [`PictureError::NoRedSeal`], [`PictureError::LowResolution`],
/// [`PictureError::Incomplete`], [`PictureError::ScreenPhoto`], [`PictureError::TwoSeals`],
/// [`PictureError::Diameter`], [`PictureError::NoScale`]: the person scans again or states the size.
///
/// ```
/// use yinxin_seal::picture::scan::{ScanOptions, extract};
///
/// fn seal(scan: &[u8]) -> Result<Vec<u8>, yinxin_seal::picture::PictureError> {
///     let mut options = ScanOptions::default();
///     options.width_mm = Some(42.0);
///     let seal = extract(scan, &options)?;
///     seal.pixels.to_png(seal.resolution)
/// }
/// ```
pub fn extract(scan: &[u8], options: &ScanOptions) -> Result<Extracted, PictureError> {
    let Decoded { pixels, resolution, .. } = decode(scan, &DecodeLimits::SCAN)?;
    extract_pixels(&pixels, resolution, options)
}

/// The same for a picture that is pixels already; `resolution` is what the scanner said.
///
/// # Errors
///
/// As [`extract`].
pub fn extract_pixels(
    scan: &Pixels,
    resolution: Option<Resolution>,
    options: &ScanOptions,
) -> Result<Extracted, PictureError> {
    let redness = Redness::of(scan).ok_or(PictureError::NoRedSeal)?;
    let mask = group::Mask::of(&redness);
    let fit = group::find_seal(&mask)?;
    if moire::looks_like_screen(scan) {
        return Err(PictureError::ScreenPhoto);
    }
    let (wide, tall) = fit.size();
    let per_mm = match (options.width_mm, resolution) {
        (Some(width), _) if width > 0.0 => wide / width,
        (_, Some(resolution)) => resolution.per_mm(),
        (_, None) => return Err(PictureError::NoScale),
    };
    let size_mm = (wide / per_mm, tall / per_mm);
    let longest = size_mm.0.max(size_mm.1);
    if !(SIZES_MM.0..=SIZES_MM.1).contains(&longest) {
        return Err(PictureError::Diameter { tenths_mm: tenths(longest) });
    }
    let scan_dpi = per_mm * 25.4;
    if scan_dpi < LOWEST_DPI {
        return Err(PictureError::LowResolution { dpi: tenths(scan_dpi / 10.0) });
    }
    if fit.coverage < LEAST_COVERAGE {
        return Err(PictureError::Incomplete { percent: tenths(fit.coverage * 10.0) });
    }
    let alpha = soft_alpha(&redness, &mask, &fit);
    let found_turn = turn::find(&alpha, &fit);
    let degrees = match options.turn {
        Turn::AsScanned => 0.0,
        Turn::By(degrees) => degrees,
        Turn::Found => found_turn.map_or(0.0, |turn| -turn),
    };
    let pixels = resample(&alpha, &fit, per_mm, degrees, options).ok_or(PictureError::NoRedSeal)?;
    Ok(Extracted {
        pixels,
        resolution: options.resolution,
        shape: fit.shape,
        size_mm,
        coverage: fit.coverage,
        found_turn,
        scan_dpi,
        centre: fit.centre,
    })
}

/// Fewer dots per inch than this make ragged characters.
const LOWEST_DPI: f64 = 200.0;
/// Less of the outline than this is no seal that could be told from its part.
const LEAST_COVERAGE: f64 = 0.6;
/// Room around the outline on the result.
const MARGIN: f64 = 0.02;

/// Bytes in rows; outside is 0.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) cells: Vec<u8>,
}

impl Grid {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self { width, height, cells: vec![0; width.saturating_mul(height)] }
    }

    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let start = y.saturating_mul(self.width);
        self.cells.get(start..start.saturating_add(self.width)).unwrap_or_default()
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> u8 {
        if x >= self.width {
            return 0;
        }
        self.cells.get(y.saturating_mul(self.width).saturating_add(x)).copied().unwrap_or(0)
    }

    /// Between pixel centres, by distance.
    fn between(&self, x: f64, y: f64) -> f64 {
        let (x, y) = (x - 0.5, y - 0.5);
        if x < 0.0 || y < 0.0 {
            return 0.0;
        }
        let (column, row) = (whole(x), whole(y));
        let (right, below) = (x - real(column), y - real(row));
        let pair = |row: usize| match self.row(row).get(column..) {
            Some([left, next, ..]) => f64::from(*left) * (1.0 - right) + f64::from(*next) * right,
            Some([left]) => f64::from(*left) * (1.0 - right),
            _ => 0.0,
        };
        let (upper, lower) = (pair(row), pair(row + 1));
        upper * (1.0 - below) + lower * below
    }
}

/// How much ink each pixel carries, 0 to 255, near the despeckled ink inside the outline only.
fn soft_alpha(redness: &Redness, mask: &group::Mask, fit: &Fit) -> Grid {
    let grid = &redness.grid;
    let mut alpha = Grid::new(grid.width, grid.height);
    // Below 0.2 of the way from paper to ink there is only paper, above 0.6 only ink; in between
    // the edge stays soft, and 0.4, the measured cut, becomes one half.
    let table: Vec<u8> = (0..=255_u8)
        .map(|value| {
            let part = (f64::from(value) - redness.paper) / (redness.ink - redness.paper);
            byte(255.0 * (part - 0.2) / 0.4)
        })
        .collect();
    let (rows, columns) = fit.bounds(grid.width, grid.height);
    let first = columns.start;
    for y in rows {
        let near = mask.near(y, columns.clone());
        let start = y.saturating_mul(grid.width);
        let out = alpha.cells.get_mut(start + first..start + columns.end).unwrap_or_default();
        let from = grid.row(y).get(columns.clone()).unwrap_or_default();
        for (x, ((out, value), near)) in out.iter_mut().zip(from).zip(near).enumerate() {
            if near && fit.distance(real(first + x) + 0.5, real(y) + 0.5) <= EDGE {
                *out = table.get(usize::from(*value)).copied().unwrap_or(0);
            }
        }
    }
    alpha
}

/// How far beyond the fitted outline ink still belongs to the seal, as a part of its half size.
const EDGE: f64 = 1.025;

/// The result's pixels: turned, scaled, on a canvas of whole millimetres.
fn resample(
    alpha: &Grid,
    fit: &Fit,
    per_mm: f64,
    degrees: f64,
    options: &ScanOptions,
) -> Option<Pixels> {
    let radians = degrees.to_radians();
    let (sin, cos) = (libm::sin(radians), libm::cos(radians));
    let (wide, tall) = fit.box_after(degrees);
    let canvas = |size: f64| libm::ceil(size / per_mm * (1.0 + 2.0 * MARGIN) - 1e-6);
    let (wide_mm, tall_mm) = (canvas(wide), canvas(tall));
    let (width, height) = (options.resolution.pixels(wide_mm), options.resolution.pixels(tall_mm));
    let step = per_mm / options.resolution.per_mm();
    // A finer scan is averaged over several points of each pixel.
    let points = nearest(step).clamp(1, 4);
    let [red, green, blue] = options.ink.rgb();
    let mut rgba = Vec::with_capacity(width.saturating_mul(height).saturating_mul(4));
    for y in 0..height {
        for x in 0..width {
            let mut sum = 0.0;
            for j in 0..points {
                for i in 0..points {
                    let at = |cell, part| real(cell) + (real(part) + 0.5) / real(points);
                    let dx = (at(x, i) - real(width) / 2.0) * step;
                    let dy = (at(y, j) - real(height) / 2.0) * step;
                    let from_x = fit.centre.0 + dx * cos + dy * sin;
                    let from_y = fit.centre.1 + dy * cos - dx * sin;
                    sum += alpha.between(from_x, from_y);
                }
            }
            rgba.extend_from_slice(&[red, green, blue, byte(sum / real(points * points))]);
        }
    }
    Pixels::from_rgba(width, height, rgba)
}
