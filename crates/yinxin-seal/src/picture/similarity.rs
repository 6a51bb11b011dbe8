//! How alike two seals look, whichever way they are turned.
//!
//! Both pictures are unrolled around their middles into rings and degrees. From each ring its mean
//! is taken, so that borders, which all seals share, weigh nothing. The turn at which the whole is
//! most alike is found first; what decides then is the sector that is least alike, because firms'
//! names share most of their characters: 有限公司 is in all of them.

use super::number::{real, whole};
use super::pixels::Pixels;

/// The result of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Similarity {
    /// Correlation in the least alike sector at the best turn, 0 to 1.
    ///
    /// Measured on drawn and on scanned seals: the same seal turned, at another resolution or
    /// scanned stays above 0.87; another name on the same template stays below 0.60, one that
    /// differs in a single look-alike character below 0.80. [`SAME_SEAL`] lies between.
    pub score: f64,
    /// Correlation of the whole, 0 to 1: above 0.95 for the same seal, and as high for two names
    /// that differ in two characters of ten.
    pub overall: f64,
    /// Degrees clockwise by which the second has to be turned to lie over the first.
    pub turn_degrees: f64,
}

/// From this score on, two pictures show one seal, for all that a picture can tell.
pub const SAME_SEAL: f64 = 0.83;

impl Similarity {
    /// Whether a registry should ask a person before it accepts the second seal.
    #[must_use]
    pub fn is_same_seal(&self) -> bool {
        self.score >= SAME_SEAL
    }
}

/// Compares two seals on transparent ground. Only the ink's shape counts, not its colour or size.
///
/// Round seals may be turned by any angle; ovals and squares have to lie along their axes, as
/// [`super::scan::extract`] lays them.
///
/// `None` when one of them has no ink or one kind of outline is far from the other: then they are
/// different seals.
#[must_use]
pub fn compare(first: &Pixels, second: &Pixels) -> Option<Similarity> {
    let (first, second) = (Unrolled::of(first)?, Unrolled::of(second)?);
    if (first.aspect / second.aspect).max(second.aspect / first.aspect) > 1.25 {
        return None;
    }
    let norm = (first.energy() * second.energy()).sqrt();
    if norm <= 0.0 {
        return None;
    }
    let (mut overall, mut turn) = (0.0, 0);
    for shift in 0..DEGREES {
        let found = first.product(&second, shift) / norm;
        if found > overall {
            (overall, turn) = (found, shift);
        }
    }
    let score = first.least_alike(&second, turn);
    Some(Similarity {
        score: score.clamp(0.0, 1.0),
        overall: overall.min(1.0),
        turn_degrees: real(turn),
    })
}

const DEGREES: usize = 360;
const RINGS: usize = 40;
/// Innermost and outermost ring as parts of the half size: without the border.
const INNER: f64 = 0.10;
const OUTER: f64 = 0.93;

/// Rings from here outwards are compared apart from those inside: name and middle.
const MIDDLE: usize = 16;
/// Degrees of one sector: about one character.
const SECTOR: usize = 18;
/// Degrees from one sector to the next.
const STEP: usize = 6;
/// A sector with less ink than this part of the average has nothing to compare.
const EMPTY: f64 = 0.25;

/// Ink by ring and degree, each ring's mean taken off, each weighted by its length.
struct Unrolled {
    rings: Vec<Vec<f64>>,
    aspect: f64,
}

impl Unrolled {
    fn of(seal: &Pixels) -> Option<Self> {
        let (left, right, top, bottom) = ink_bounds(seal)?;
        let (wide, tall) = (right - left, bottom - top);
        let (cx, cy) = (f64::midpoint(left, right), f64::midpoint(top, bottom));
        // Along each axis by its own half, so that the rings of an oval follow its border.
        let (half_x, half_y) = (wide / 2.0, tall / 2.0);
        let half = f64::midpoint(half_x, half_y);
        let mut rings = Vec::with_capacity(RINGS);
        for ring in 0..RINGS {
            let part = INNER + (OUTER - INNER) * (real(ring) + 0.5) / real(RINGS);
            let mut line: Vec<f64> = (0..DEGREES)
                .map(|degree| {
                    let radians = (real(degree) + 0.5).to_radians();
                    let (sin, cos) = (libm::sin(radians), libm::cos(radians));
                    // A small neighbourhood, so that a tenth of a millimetre does not decide.
                    let mut sum = 0.0;
                    for step in [-1.0, 0.0, 1.0] {
                        let reach = part + step * 0.007;
                        let (x, y) = (cx + half_x * reach * sin, cy - half_y * reach * cos);
                        let blur = half * 0.008;
                        for (dx, dy) in
                            [(0.0, 0.0), (blur, 0.0), (-blur, 0.0), (0.0, blur), (0.0, -blur)]
                        {
                            sum += f64::from(seal.at(x + dx, y + dy)[3]);
                        }
                    }
                    sum
                })
                .collect();
            let mean = line.iter().sum::<f64>() / real(DEGREES);
            let weight = part.sqrt();
            for value in &mut line {
                *value = (*value - mean) * weight;
            }
            rings.push(line);
        }
        Some(Self { rings, aspect: wide / tall })
    }

    fn energy(&self) -> f64 {
        self.rings.iter().flatten().map(|value| value * value).sum()
    }

    /// The sum of products when the second is turned by degrees.
    fn product(&self, other: &Self, shift: usize) -> f64 {
        let rings = self.rings.iter().zip(&other.rings);
        rings
            .map(|(own, other)| {
                let turned = other.iter().cycle().skip(DEGREES - shift);
                own.iter().zip(turned).map(|(a, b)| a * b).sum::<f64>()
            })
            .sum()
    }

    /// The lowest correlation of a sector, inner and outer rings apart.
    fn least_alike(&self, other: &Self, shift: usize) -> f64 {
        let mut least = 1.0;
        for part in [0..MIDDLE, MIDDLE..RINGS] {
            let mut sums = vec![[0.0; 3]; DEGREES];
            let rings = self.rings.iter().zip(&other.rings).skip(part.start).take(part.len());
            for (own, other) in rings {
                let turned = other.iter().cycle().skip(DEGREES - shift);
                for ((sums, a), b) in sums.iter_mut().zip(own).zip(turned) {
                    let [aa, bb, ab] = sums;
                    *aa += a * a;
                    *bb += b * b;
                    *ab += a * b;
                }
            }
            let mean = sums.iter().map(|[aa, bb, _]| aa + bb).sum::<f64>() / real(DEGREES);
            // Nothing but noise in both middles, as in seals without a star.
            if mean < self.energy() / real(DEGREES) * 0.02 {
                continue;
            }
            for start in (0..DEGREES).step_by(STEP) {
                let sector = sums.iter().cycle().skip(start).take(SECTOR);
                let [aa, bb, ab] = sector.fold([0.0; 3], |mut all, sums| {
                    for (all, sum) in all.iter_mut().zip(sums) {
                        *all += sum;
                    }
                    all
                });
                if aa + bb < EMPTY * mean * real(SECTOR) {
                    continue;
                }
                // Ink against none is no likeness either.
                let norm = (aa * bb).sqrt().max(f64::midpoint(aa, bb) * 0.5);
                least = f64::min(least, ab / norm.max(f64::MIN_POSITIVE));
            }
        }
        least
    }
}

/// Left, right, top and bottom edge of the ink, single specks left out.
fn ink_bounds(seal: &Pixels) -> Option<(f64, f64, f64, f64)> {
    let mut columns = vec![0_usize; seal.width()];
    let mut rows = vec![0_usize; seal.height()];
    for (y, row) in rows.iter_mut().enumerate() {
        for (column, pixel) in columns.iter_mut().zip(seal.row(y).as_chunks::<4>().0) {
            if pixel[3] >= 128 {
                *column += 1;
                *row += 1;
            }
        }
    }
    let edges = |counts: &[usize]| {
        let first = counts.iter().position(|count| *count >= 3)?;
        let last = counts.iter().rposition(|count| *count >= 3)?;
        (last > first + 8).then(|| (real(first), real(last) + 1.0))
    };
    let ((left, right), (top, bottom)) = (edges(&columns)?, edges(&rows)?);
    debug_assert!(whole(right) <= seal.width());
    Some((left, right, top, bottom))
}
