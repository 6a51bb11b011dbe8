//! Photographs of screens: a fine regular pattern all over, where paper has only noise.

use crate::picture::Pixels;
use crate::picture::number::real;

/// Pixels a side of a patch that is looked at.
const SIDE: usize = 128;
/// Patches looked at, the calmest of the picture.
const PATCHES: usize = 6;
/// Patches that must show the pattern.
const AGREEING: usize = 4;
/// How far a peak stands above everything a few steps around it. Measured: noise stays below 3,
/// and print, whose strokes make ridges along both axes, below 5.
const PEAK: f64 = 10.0;
/// Weakest pattern that counts, in grey levels.
const AMPLITUDE: f64 = 0.8;
/// Coarser patterns are lines of text and fibres of paper: periods above 13 pixels.
const COARSE: usize = 10;

/// Whether the calm parts of a picture carry a regular pattern.
pub(crate) fn looks_like_screen(scan: &Pixels) -> bool {
    let mut patches = patches(scan);
    if patches.len() < AGREEING {
        return false;
    }
    patches.sort_by(|a, b| a.variance.total_cmp(&b.variance));
    let peaks: Vec<_> = patches.iter().take(PATCHES).map(|patch| peaks(&patch.grey)).collect();
    // One pattern covers the whole picture: the same fineness and direction in most patches.
    let close =
        |a: &(usize, usize), b: &(usize, usize)| a.0.abs_diff(b.0) <= 2 && a.1.abs_diff(b.1) <= 2;
    peaks.iter().flatten().any(|peak| {
        let with = peaks.iter().filter(|peaks| peaks.iter().any(|other| close(peak, other)));
        with.count() >= AGREEING
    })
}

struct Patch {
    grey: Vec<f64>,
    variance: f64,
}

/// Up to 25 patches, evenly over the picture.
fn patches(scan: &Pixels) -> Vec<Patch> {
    let place = |size: usize, index: usize| size.checked_sub(SIDE).map(|room| room * index / 4);
    let mut patches = Vec::new();
    for row in 0..5 {
        for column in 0..5 {
            let (Some(x), Some(y)) = (place(scan.width(), column), place(scan.height(), row))
            else {
                continue;
            };
            let grey: Vec<f64> = (y..y + SIDE)
                .flat_map(|y| {
                    scan.row(y).get(x * 4..(x + SIDE) * 4).unwrap_or_default().as_chunks::<4>().0
                })
                .map(|[red, green, blue, _]| {
                    f64::from(*red) * 0.25 + f64::from(*green) * 0.625 + f64::from(*blue) * 0.125
                })
                .collect();
            let mean = grey.iter().sum::<f64>() / real(grey.len());
            let variance = grey.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
            let grey = grey.into_iter().map(|value| value - mean).collect();
            patches.push(Patch { grey, variance });
        }
    }
    patches
}

/// Fineness and direction of what stands far above its surroundings.
fn peaks(grey: &[f64]) -> Vec<(usize, usize)> {
    let power = spectrum(grey);
    let at =
        |u: usize, v: usize| power.get(v % SIDE * SIDE + u % SIDE).copied().unwrap_or_default();
    let least = AMPLITUDE * real(SIDE * SIDE) / 8.0;
    let mut peaks = Vec::new();
    // The transform of real values is its own mirror image: half of it says everything.
    for v in 0..=SIDE / 2 {
        for u in 0..SIDE {
            let value = at(u, v);
            let coarse = u.min(SIDE - u) < COARSE && v < COARSE;
            // JPEG's blocks of eight leave a lattice of their own.
            let lattice = |at: usize| matches!(at % 16, 0 | 1 | 15);
            if value < least * least || coarse || (lattice(u) && lattice(v)) {
                continue;
            }
            let around = (0..13).flat_map(|dv| (0..13).map(move |du| (du, dv)));
            let around =
                around.filter(|(du, dv)| usize::abs_diff(*du, 6).max(usize::abs_diff(*dv, 6)) >= 4);
            let around = around.map(|(du, dv)| at(u + SIDE + du - 6, v + SIDE + dv - 6));
            if value > PEAK * around.fold(0.0, f64::max) {
                peaks.push((u, v));
            }
        }
    }
    peaks
}

/// Squared magnitudes of the two-dimensional transform under a Hann window.
fn spectrum(grey: &[f64]) -> Vec<f64> {
    let turn = |index: usize| 2.0 * core::f64::consts::PI * real(index) / real(SIDE);
    let window: Vec<f64> = (0..SIDE).map(|index| 0.5 - 0.5 * libm::cos(turn(index))).collect();
    let factors: Vec<(f64, f64)> =
        (0..SIDE / 2).map(|index| (libm::cos(turn(index)), -libm::sin(turn(index)))).collect();
    let mut rows: Vec<(f64, f64)> = Vec::with_capacity(SIDE * SIDE);
    for (line, wy) in grey.chunks_exact(SIDE).zip(&window) {
        let start = rows.len();
        rows.extend(line.iter().zip(&window).map(|(value, wx)| (value * wx * wy, 0.0)));
        transform(rows.get_mut(start..).unwrap_or_default(), &factors);
    }
    let mut power = vec![0.0; SIDE * SIDE];
    let mut line = Vec::with_capacity(SIDE);
    for column in 0..SIDE {
        line.clear();
        line.extend(rows.iter().skip(column).step_by(SIDE));
        transform(&mut line, &factors);
        for (cell, (re, im)) in power.iter_mut().skip(column).step_by(SIDE).zip(&line) {
            *cell = re * re + im * im;
        }
    }
    power
}

/// The Fourier transform in place: values swapped by their mirrored places, then combined in
/// pairs, fours and so on.
fn transform(line: &mut [(f64, f64)], factors: &[(f64, f64)]) {
    let bits = SIDE.trailing_zeros();
    for index in 0..line.len() {
        let mirrored = index.reverse_bits() >> (usize::BITS - bits);
        if index < mirrored && mirrored < line.len() {
            line.swap(index, mirrored);
        }
    }
    let mut half = 1;
    while half < line.len() {
        let stride = SIDE / (2 * half);
        for block in line.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            let pairs = low.iter_mut().zip(high).zip(factors.iter().step_by(stride));
            for ((a, b), (cos, sin)) in pairs {
                let turned = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                *b = (a.0 - turned.0, a.1 - turned.1);
                *a = (a.0 + turned.0, a.1 + turned.1);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(value: impl Fn(usize, usize) -> f64) -> Pixels {
        let mut rgba = Vec::new();
        for y in 0..400 {
            for x in 0..400 {
                let grey = crate::picture::number::byte(value(x, y));
                rgba.extend([grey, grey, grey, 255]);
            }
        }
        Pixels::from_rgba(400, 400, rgba).unwrap()
    }

    fn noise(x: usize, y: usize) -> f64 {
        let mut hash = u32::try_from(x * 7919 + y * 104_729).unwrap();
        hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
        hash = (hash ^ (hash >> 12)).wrapping_mul(0x297a_2d39);
        f64::from((hash >> 16) % 13) - 6.0
    }

    #[test]
    fn a_grid_of_screen_pixels_is_seen_and_noise_is_not() {
        let grid = |x: usize, y: usize| {
            let wave = (real(x) * 1.3 + real(y) * 0.2).sin() + (real(y) * 1.27).sin();
            220.0 + 4.0 * wave + noise(x, y)
        };
        assert!(looks_like_screen(&picture(grid)));
        assert!(!looks_like_screen(&picture(|x, y| 220.0 + noise(x, y))));
        assert!(!looks_like_screen(&picture(|_, _| 255.0)));
    }
}
