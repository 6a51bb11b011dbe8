//! How red each pixel is: a* of CIE Lab after white balance on the paper.

use super::Grid;
use crate::picture::Pixels;
use crate::picture::number::{nearest, real, side, whole_i32};

/// The redness of a scan and where paper and ink lie on its scale.
#[derive(Debug)]
pub(crate) struct Redness {
    /// a* + 28, doubled: half a unit a step.
    pub(crate) grid: Grid,
    /// What Otsu separates paper and ink at.
    pub(crate) threshold: u8,
    /// Mean of what lies below.
    pub(crate) paper: f64,
    /// Mean of what lies above.
    pub(crate) ink: f64,
}

const OFFSET: i32 = 28;
const STEPS_A_UNIT: i32 = 2;
/// Units of a* that ink has to stand out by. Measured: paper alone separates by less than 6.
const LEAST_SEPARATION: f64 = 12.0;
/// How much more red than green and blue the ink is at least: blue ink has some a* too.
const LEAST_RED: f64 = 25.0;

impl Redness {
    /// `None` where nothing red stands out.
    pub(crate) fn of(scan: &Pixels) -> Option<Self> {
        let paper = paper(scan);
        let tables = Tables::new(paper);
        let mut grid = Grid::new(scan.width(), scan.height());
        let mut counts = [0_u32; 256];
        for (cell, pixel) in grid.cells.iter_mut().zip(scan.rgba().as_chunks::<4>().0) {
            *cell = tables.redness(*pixel);
            if let Some(count) = counts.get_mut(usize::from(*cell)) {
                *count += 1;
            }
        }
        let (threshold, low, high) = otsu(&counts)?;
        if high - low < LEAST_SEPARATION * f64::from(STEPS_A_UNIT) {
            return None;
        }
        let redness = Self { grid, threshold, paper: low, ink: high };
        redness.is_red(scan).then_some(redness)
    }

    /// Whether what stands out is red, not blue or brown print.
    fn is_red(&self, scan: &Pixels) -> bool {
        let mut sums = [0_u64; 3];
        let mut count = 0_u64;
        // Every fifth pixel tells the same.
        let cells = self.grid.cells.iter().zip(scan.rgba().as_chunks::<4>().0).step_by(5);
        for (cell, pixel) in cells {
            if *cell > self.threshold {
                count += 1;
                for (sum, part) in sums.iter_mut().zip(pixel) {
                    *sum += u64::from(*part);
                }
            }
        }
        let [red, green, blue] = sums.map(|sum| {
            real(usize::try_from(sum).unwrap_or(usize::MAX))
                / real(usize::try_from(count.max(1)).unwrap_or(1))
        });
        red - green.max(blue) >= LEAST_RED
    }
}

/// The paper's colour: the median of each channel over the brighter half of the picture.
fn paper(scan: &Pixels) -> [u8; 3] {
    // Every seventh pixel tells the same and is much less work.
    let sample = || scan.rgba().as_chunks::<4>().0.iter().step_by(7);
    let luma = |[red, green, blue, _]: &[u8; 4]| {
        (u32::from(*red) * 2 + u32::from(*green) * 5 + u32::from(*blue)) / 8
    };
    let median = |counts: &[u32; 256]| {
        let half: u32 = counts.iter().sum::<u32>() / 2;
        let mut sum = 0;
        let found = counts.iter().position(|count| {
            sum += count;
            sum > half
        });
        found.and_then(|value| u8::try_from(value).ok()).unwrap_or(255)
    };
    let mut counts = [0; 256];
    for pixel in sample() {
        add(&mut counts, luma(pixel));
    }
    let middle = u32::from(median(&counts));
    let mut channels = [[0_u32; 256]; 3];
    for pixel in sample().filter(|pixel| luma(pixel) >= middle) {
        for (counts, value) in channels.iter_mut().zip(pixel) {
            add(counts, u32::from(*value));
        }
    }
    channels.map(|counts| median(&counts).max(64))
}

fn add(counts: &mut [u32; 256], value: u32) {
    if let Some(count) = usize::try_from(value).ok().and_then(|value| counts.get_mut(value)) {
        *count += 1;
    }
}

/// Lab by tables of whole numbers: a scan has millions of pixels, and this is all each needs.
struct Tables {
    /// What each byte of red, green and blue adds to X and Y, both 1 << 24 for the paper.
    light: [[(u32, u32); 256]; 3],
    /// The cube root of Lab, in 256ths of a step of a*, by 4096ths of the light.
    root: Vec<i32>,
}

impl Tables {
    fn new(paper: [u8; 3]) -> Self {
        // sRGB to X and Y, each divided by the white point.
        const PARTS: [(f64, f64); 3] =
            [(0.433_95, 0.212_67), (0.376_21, 0.715_16), (0.189_84, 0.072_17)];
        let mut light = [[(0, 0); 256]; 3];
        for ((table, paper), (x, y)) in light.iter_mut().zip(paper).zip(PARTS) {
            let white = linear(f64::from(paper));
            for (value, cell) in table.iter_mut().enumerate() {
                let part = (linear(real(value)) / white).min(1.0) * f64::from(1 << 24);
                *cell = (side(nearest(part * x)), side(nearest(part * y)));
            }
        }
        let steps = f64::from(500 * STEPS_A_UNIT * 256);
        let root = (0..=4097_u32).map(|step| whole_i32(steps * root(f64::from(step) / 4096.0)));
        Self { light, root: root.collect() }
    }

    fn redness(&self, [red, green, blue, alpha]: [u8; 4]) -> u8 {
        // What is transparent is paper.
        if alpha < 128 {
            return (OFFSET * STEPS_A_UNIT).to_le_bytes()[0];
        }
        let [of_red, of_green, of_blue] = &self.light;
        let light = |table: &[(u32, u32); 256], value: u8| {
            table.get(usize::from(value)).copied().unwrap_or_default()
        };
        let (r, g, b) = (light(of_red, red), light(of_green, green), light(of_blue, blue));
        let root = |light: u32| {
            // To the nearest of 4096; the table has one more for what rounds up.
            let step = usize::try_from((light + (1 << 11)) >> 12).unwrap_or_default();
            self.root.get(step).copied().unwrap_or_default()
        };
        let a = root(r.0 + g.0 + b.0) - root(r.1 + g.1 + b.1);
        let value = ((a + 128) >> 8) + OFFSET * STEPS_A_UNIT;
        value.clamp(0, 255).to_le_bytes()[0]
    }
}

/// Light of a byte of sRGB.
fn linear(value: f64) -> f64 {
    let value = value / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
}

/// The cube root of Lab.
fn root(light: f64) -> f64 {
    if light > 216.0 / 24389.0 {
        libm::cbrt(light)
    } else {
        (24389.0 / 27.0 * light + 16.0) / 116.0
    }
}

/// Otsu's threshold with the means of the two classes; `None` for a picture of one value.
fn otsu(counts: &[u32; 256]) -> Option<(u8, f64, f64)> {
    let total: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    let weighted = counts.iter().zip(0_u32..);
    let all: f64 = weighted.map(|(count, value)| f64::from(*count) * f64::from(value)).sum();
    let (mut below, mut sum) = (0.0, 0.0);
    let mut best = None;
    let mut most = 0.0;
    for (count, value) in counts.iter().zip(0_u8..=255) {
        below += f64::from(*count);
        sum += f64::from(*count) * f64::from(value);
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let (low, high) = (sum / below, (all - sum) / above);
        let between = below * above * (high - low) * (high - low);
        if between > most {
            most = between;
            best = Some((value, low, high));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vermilion_of_seals_has_the_a_star_of_the_textbook() {
        let tables = Tables::new([255; 3]);
        let a = |pixel| f64::from(tables.redness(pixel)) / 2.0 - 28.0;
        // colour.science: sRGB (230, 0, 18) is L* 48.4, a* 73.9, b* 54.5.
        let vermilion = a([0xE6, 0x00, 0x12, 255]);
        assert!((vermilion - 73.9).abs() < 1.0, "{vermilion}");
        assert!(a([120, 120, 120, 255]).abs() <= 0.5);
        assert!(a([255, 255, 255, 255]).abs() <= 0.5 && a([0, 0, 0, 255]).abs() <= 0.5);
    }

    #[test]
    fn otsu_cuts_between_two_heaps() {
        let mut counts = [0; 256];
        counts[50..60].fill(1000);
        counts[150..160].fill(100);
        let (cut, low, high) = otsu(&counts).unwrap();
        assert!((59..150).contains(&cut));
        assert_eq!((low, high), (54.5, 154.5));
    }
}
