//! Which of the red pixels belong together, and which of the groups is a seal.

use super::colour::Redness;
use super::fit::{Fit, fit, holds_circle};
use super::{Grid, LEAST_COVERAGE};
use crate::picture::error::PictureError;

/// Red pixels, despeckled.
#[derive(Debug)]
pub(crate) struct Mask {
    pub(crate) grid: Grid,
    /// Pixels a cell of the coarse grid has on a side.
    cell: usize,
    /// How many red pixels each coarse cell has.
    coarse: Vec<u32>,
    across: usize,
    down: usize,
}

impl Mask {
    /// Above the threshold, with at least four of the nine pixels around it and itself.
    pub(crate) fn of(redness: &Redness) -> Self {
        let from = &redness.grid;
        let (width, height) = (from.width, from.height);
        let mut rough = from.clone();
        for cell in &mut rough.cells {
            *cell = u8::from(*cell > redness.threshold);
        }
        let mut grid = Grid::new(width, height);
        let cell = (width.min(height) / 100).clamp(4, 16);
        let (across, down) = (width.div_ceil(cell), height.div_ceil(cell));
        let mut coarse = vec![0_u32; across.saturating_mul(down)];
        let mut sums = vec![0_u8; width];
        for y in 0..height {
            let above = if y == 0 { &[][..] } else { rough.row(y - 1) };
            let (here, below) = (rough.row(y), rough.row(y + 1));
            sums.copy_from_slice(here);
            for rows in [above, below] {
                for (sum, value) in sums.iter_mut().zip(rows) {
                    *sum += value;
                }
            }
            let start = y.saturating_mul(width);
            let out = grid.cells.get_mut(start..start + width).unwrap_or_default();
            let mut left = 0;
            let mut next = sums.iter().skip(1).copied().chain([0]);
            for (x, ((out, sum), own)) in out.iter_mut().zip(&sums).zip(here).enumerate() {
                let right = next.next().unwrap_or(0);
                if *own != 0 && left + sum + right >= 4 {
                    *out = 1;
                    if let Some(count) = coarse.get_mut(y / cell * across + x / cell) {
                        *count += 1;
                    }
                }
                left = *sum;
            }
        }
        Self { grid, cell, coarse, across, down }
    }

    /// For each of some columns of a row, whether there is ink within two pixels.
    pub(crate) fn near(&self, y: usize, columns: std::ops::Range<usize>) -> Vec<bool> {
        let left = columns.start.saturating_sub(2);
        let mut any = vec![0_u8; (columns.end + 2).saturating_sub(left)];
        for row in y.saturating_sub(2)..=y + 2 {
            let cells = self.grid.row(row).get(left..).unwrap_or_default();
            for (any, cell) in any.iter_mut().zip(cells) {
                *any |= cell;
            }
        }
        let offset = columns.start - left;
        let near = |index: usize| {
            let from = (index + offset).saturating_sub(2);
            any.get(from..(index + offset + 3).min(any.len()))
                .unwrap_or_default()
                .iter()
                .any(|cell| *cell != 0)
        };
        (0..columns.len()).map(near).collect()
    }

    /// Boxes around groups of coarse cells that touch or have one empty cell between them,
    /// in pixels: left, top, right, bottom (behind the last), largest first.
    fn boxes(&self) -> Vec<Bounds> {
        let mut seen = vec![false; self.coarse.len()];
        let mut boxes: Vec<Bounds> = Vec::new();
        for start in 0..self.coarse.len() {
            if self.coarse.get(start).is_none_or(|count| *count < 2) {
                continue;
            }
            let mut stack = vec![start];
            let mut bounds: Option<Bounds> = None;
            while let Some(index) = stack.pop() {
                let Some(seen) = seen.get_mut(index).filter(|seen| !**seen) else { continue };
                *seen = true;
                let (x, y) = (index % self.across, index / self.across);
                let one = Bounds { left: x, top: y, right: x + 1, bottom: y + 1 };
                bounds = Some(bounds.map_or(one, |bounds| bounds.with(&one)));
                for down in y.saturating_sub(2)..(y + 3).min(self.down) {
                    for right in x.saturating_sub(2)..(x + 3).min(self.across) {
                        let next = down * self.across + right;
                        if self.coarse.get(next).is_some_and(|count| *count >= 2) {
                            stack.push(next);
                        }
                    }
                }
            }
            boxes.extend(bounds.map(|bounds| bounds.times(self.cell)));
        }
        boxes.sort_by_key(|bounds| std::cmp::Reverse(bounds.area()));
        boxes
    }
}

/// A box of pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) left: usize,
    pub(crate) top: usize,
    pub(crate) right: usize,
    pub(crate) bottom: usize,
}

impl Bounds {
    fn with(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    const fn times(&self, cell: usize) -> Self {
        Self {
            left: self.left * cell,
            top: self.top * cell,
            right: self.right * cell,
            bottom: self.bottom * cell,
        }
    }

    const fn area(&self) -> usize {
        (self.right - self.left) * (self.bottom - self.top)
    }

    const fn side(&self) -> usize {
        let (wide, tall) = (self.right - self.left, self.bottom - self.top);
        if wide < tall { wide } else { tall }
    }

    /// Whether the middle of another lies inside.
    const fn holds(&self, other: &Self) -> bool {
        let x = usize::midpoint(other.left, other.right);
        let y = usize::midpoint(other.top, other.bottom);
        self.left <= x && x < self.right && self.top <= y && y < self.bottom
    }
}

/// Smaller groups than this many pixels a side are dirt or print, not seals.
const SMALLEST: usize = 60;
/// A second outline this large beside the first is a second seal.
const SECOND: f64 = 0.4;
/// More ink than this part of the seal's own outside of its outline is another seal over it.
const OUTSIDE: f64 = 0.2;

/// The one seal among the groups.
pub(crate) fn find_seal(mask: &Mask) -> Result<Fit, PictureError> {
    let mut found: Vec<(Bounds, Fit)> = Vec::new();
    let mut partial: Option<Fit> = None;
    let large = mask.boxes().into_iter().filter(|bounds| bounds.side() >= SMALLEST);
    for bounds in large.take(8) {
        if found.iter().any(|(other, _)| other.holds(&bounds)) {
            continue;
        }
        let Some(fit) = fit(&mask.grid, &bounds) else { continue };
        if fit.coverage >= LEAST_COVERAGE {
            found.push((bounds, fit));
        } else if partial.as_ref().is_none_or(|known| fit.coverage > known.coverage) {
            partial = Some(fit);
        }
    }
    let mut found = found.into_iter().map(|(_, fit)| fit);
    let Some(seal) = found.next() else {
        let large = mask.boxes().into_iter().filter(|bounds| bounds.side() >= SMALLEST);
        if large.take(2).any(|bounds| holds_circle(&mask.grid, &bounds)) {
            return Err(PictureError::TwoSeals);
        }
        // A part of an outline, or red print that is no seal at all.
        return match partial {
            Some(fit) if fit.coverage >= 0.25 => Err(PictureError::Incomplete {
                percent: crate::picture::template::tenths(fit.coverage * 10.0),
            }),
            _ => Err(PictureError::NoRedSeal),
        };
    };
    let size = seal.size().0;
    if found.any(|other| other.size().0 >= SECOND * size) || seal.outside >= OUTSIDE {
        return Err(PictureError::TwoSeals);
    }
    Ok(seal)
}
