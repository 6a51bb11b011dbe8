//! The outline of a group of red pixels: circle, ellipse or rectangle.

use std::ops::Range;

use super::group::Bounds;
use super::{Grid, Shape};
use crate::picture::number::{degrees, nearest, real, whole};

/// A fitted outline, in pixels of the scan.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    pub(crate) shape: Shape,
    pub(crate) centre: (f64, f64),
    /// Half the longer and half the shorter side.
    half: (f64, f64),
    /// Degrees clockwise that the first side is turned from the horizontal.
    pub(crate) turn: f64,
    /// Sine and cosine of it.
    axis: (f64, f64),
    /// Part of 360 directions in which ink reaches the outline.
    pub(crate) coverage: f64,
    /// Ink outside of the outline as a part of the ink inside.
    pub(crate) outside: f64,
}

impl Fit {
    /// Width and height in pixels.
    pub(crate) fn size(&self) -> (f64, f64) {
        (2.0 * self.half.0, 2.0 * self.half.1)
    }

    /// How far out a point lies: 1 is on the outline.
    pub(crate) fn distance(&self, x: f64, y: f64) -> f64 {
        let (along, across) = self.local(x, y);
        let (u, v) = (along / self.half.0, across / self.half.1);
        match self.shape {
            Shape::Circle | Shape::Ellipse => (u * u + v * v).sqrt(),
            Shape::Rectangle => u.abs().max(v.abs()),
        }
    }

    /// A point seen from the centre along the outline's own axes.
    fn local(&self, x: f64, y: f64) -> (f64, f64) {
        let (sin, cos) = self.axis;
        let (x, y) = (x - self.centre.0, y - self.centre.1);
        (x * cos + y * sin, y * cos - x * sin)
    }

    /// Rows and columns that can hold the seal, with some room.
    pub(crate) fn bounds(&self, width: usize, height: usize) -> (Range<usize>, Range<usize>) {
        let (wide, tall) = self.box_after(0.0);
        let range = |middle: f64, size: f64, most: usize| {
            whole(middle - size * 0.53)..whole(middle + size * 0.53 + 2.0).min(most)
        };
        (range(self.centre.1, tall, height), range(self.centre.0, wide, width))
    }

    /// The upright box around the outline after turning it clockwise by degrees.
    pub(crate) fn box_after(&self, degrees: f64) -> (f64, f64) {
        let radians = (self.turn + degrees).to_radians();
        let (sin, cos) = (libm::sin(radians).abs(), libm::cos(radians).abs());
        let (a, b) = self.half;
        match self.shape {
            Shape::Circle => (2.0 * a, 2.0 * b),
            Shape::Ellipse => {
                let side = |p: f64, q: f64| 2.0 * (p * p + q * q).sqrt();
                (side(a * cos, b * sin), side(a * sin, b * cos))
            }
            Shape::Rectangle => (2.0 * (a * cos + b * sin), 2.0 * (a * sin + b * cos)),
        }
    }

    /// Mean distance in pixels of the outline to the points, the worst fifth left out.
    fn residual(&self, points: &[Point]) -> f64 {
        let mut off: Vec<f64> = points.iter().map(|point| self.off(point).abs()).collect();
        off.sort_by(f64::total_cmp);
        let kept = off.len() * 4 / 5;
        off.iter().take(kept).sum::<f64>() / real(kept.max(1))
    }

    /// How many pixels a point lies outside of the outline, along the line from the centre.
    fn off(&self, point: &Point) -> f64 {
        let reach = libm::hypot(point.x - self.centre.0, point.y - self.centre.1);
        let distance = self.distance(point.x, point.y);
        reach - reach / distance.max(1e-6)
    }
}

/// Where the ink ends in one direction.
#[derive(Clone, Copy, Debug)]
struct Point {
    x: f64,
    y: f64,
}

const DIRECTIONS: usize = 360;

/// Fits an outline to the red pixels in a box.
pub(crate) fn fit(mask: &Grid, bounds: &Bounds) -> Option<Fit> {
    let mut centre =
        (real(bounds.left + bounds.right) / 2.0, real(bounds.top + bounds.bottom) / 2.0);
    let mut points = Vec::new();
    let mut circle = None;
    for _ in 0..3 {
        points = extents(mask, bounds, centre);
        let found = circle_through(&points)?;
        let moved = libm::hypot(found.centre.0 - centre.0, found.centre.1 - centre.1);
        // The middle of less than half a seal lies outside of what is seen of it, but not far.
        let near = |at: f64, low: usize, high: usize| {
            let room = (real(high) - real(low)) * 0.75;
            at > real(low) - room && at < real(high) + room
        };
        if !near(found.centre.0, bounds.left, bounds.right)
            || !near(found.centre.1, bounds.top, bounds.bottom)
        {
            return None;
        }
        centre = found.centre;
        circle = Some(found);
        if moved < 0.5 {
            break;
        }
    }
    let mut best = circle?;
    let mut residual = best.residual(&points);
    let tight = 1.0_f64.max(0.004 * best.half.0);
    if residual > tight {
        let others = [ellipse_through(&points), rectangle_through(&points)];
        for other in others.into_iter().flatten() {
            let off = other.residual(&points);
            if off < 0.7 * residual {
                (best, residual) = (other, off);
            }
        }
    }
    if best.half.1 < 0.3 * best.half.0 {
        return None;
    }
    let room = 2.5_f64.max(0.012 * best.half.0);
    let seen = points.iter().filter(|point| best.off(point).abs() <= room).count();
    best.coverage = real(seen) / real(DIRECTIONS);
    best.outside = outside(mask, bounds, &best);
    Some(best)
}

/// Whether a whole circle is in a box beside other ink, as where two seals overlap: the points of
/// one side lie on it, and all around it there is ink.
pub(crate) fn holds_circle(mask: &Grid, bounds: &Bounds) -> bool {
    let centre = (real(bounds.left + bounds.right) / 2.0, real(bounds.top + bounds.bottom) / 2.0);
    let points = extents(mask, bounds, centre);
    (0..8_usize).any(|eighth| {
        let radians = real(eighth) * core::f64::consts::FRAC_PI_4;
        let (x, y) = (libm::cos(radians), libm::sin(radians));
        let side: Vec<Point> = points
            .iter()
            .filter(|point| {
                let (dx, dy) = (point.x - centre.0, point.y - centre.1);
                dx * x + dy * y > 0.35 * libm::hypot(dx, dy)
            })
            .copied()
            .collect();
        circle_through(&side).is_some_and(|circle| inked(mask, &circle) >= 0.75)
    })
}

/// Part of 360 directions in which there is ink just inside a circle.
fn inked(mask: &Grid, circle: &Fit) -> f64 {
    let radius = circle.half.0;
    let seen = (0..DIRECTIONS).filter(|direction| {
        let radians = real(*direction).to_radians();
        let (x, y) = (libm::cos(radians), libm::sin(radians));
        (1..4_usize).any(|inwards| {
            let reach = radius - real(inwards);
            let (x, y) = (circle.centre.0 + reach * x, circle.centre.1 + reach * y);
            x >= 0.0 && y >= 0.0 && mask.at(whole(x), whole(y)) != 0
        })
    });
    real(seen.count()) / real(DIRECTIONS)
}

/// In each degree, the distance that 99.5 of 100 red pixels stay within.
fn extents(mask: &Grid, bounds: &Bounds, centre: (f64, f64)) -> Vec<Point> {
    let far = libm::hypot(real(bounds.right - bounds.left), real(bounds.bottom - bounds.top));
    let bins = whole(far) + 2;
    let mut counts = vec![0_u16; bins * DIRECTIONS];
    for y in bounds.top..bounds.bottom.min(mask.height) {
        let row = mask.row(y);
        let row = row.get(bounds.left..bounds.right.min(row.len())).unwrap_or_default();
        let dy = real(y) + 0.5 - centre.1;
        for (x, _) in row.iter().enumerate().filter(|(_, cell)| **cell != 0) {
            let dx = real(bounds.left + x) + 0.5 - centre.0;
            let direction = whole(degrees(dx, dy)) % DIRECTIONS;
            let reach = nearest((dx * dx + dy * dy).sqrt());
            if let Some(count) = counts.get_mut(direction * bins + reach) {
                *count = count.saturating_add(1);
            }
        }
    }
    let mut points = Vec::with_capacity(DIRECTIONS);
    for (direction, counts) in counts.chunks_exact(bins).enumerate() {
        let total: u32 = counts.iter().map(|count| u32::from(*count)).sum();
        if total == 0 {
            continue;
        }
        let above = total / 200;
        let mut sum = 0;
        let reach = counts.iter().enumerate().rev().find(|(_, count)| {
            sum += u32::from(**count);
            sum > above
        });
        let Some((reach, _)) = reach else { continue };
        // The pixel's outer edge.
        let reach = real(reach) + 0.5;
        let radians = (real(direction) + 0.5) / real(DIRECTIONS) * 2.0 * core::f64::consts::PI;
        points.push(Point {
            x: centre.0 + reach * libm::cos(radians),
            y: centre.1 + reach * libm::sin(radians),
        });
    }
    points
}

/// The circle with the least algebraic error, three times without the points far off it.
fn circle_through(points: &[Point]) -> Option<Fit> {
    let mut kept: Vec<Point> = points.to_vec();
    let mut found = None;
    for _ in 0..4 {
        if kept.len() < 30 {
            return found;
        }
        let rows = kept.iter().map(|p| ([p.x, p.y, 1.0], -(p.x * p.x + p.y * p.y)));
        let [d, e, f] = least_squares(rows)?;
        let centre = (-d / 2.0, -e / 2.0);
        let radius = (centre.0 * centre.0 + centre.1 * centre.1 - f).sqrt();
        if !radius.is_finite() || radius < 10.0 {
            return found;
        }
        let circle = outline(Shape::Circle, centre, (radius, radius), 0.0);
        kept = trimmed(&circle, points);
        found = Some(circle);
    }
    found
}

fn outline(shape: Shape, centre: (f64, f64), half: (f64, f64), turn: f64) -> Fit {
    let radians = turn.to_radians();
    let axis = (libm::sin(radians), libm::cos(radians));
    Fit { shape, centre, half, turn, axis, coverage: 0.0, outside: 0.0 }
}

/// The points not much further off than the middle one.
fn trimmed(fit: &Fit, points: &[Point]) -> Vec<Point> {
    let mut off: Vec<f64> = points.iter().map(|point| fit.off(point).abs()).collect();
    off.sort_by(f64::total_cmp);
    let middle = off.get(off.len() / 2).copied().unwrap_or_default();
    let most = (2.5 * middle).max(1.5);
    points.iter().filter(|point| fit.off(point).abs() <= most).copied().collect()
}

/// The ellipse with the least algebraic error.
fn ellipse_through(points: &[Point]) -> Option<Fit> {
    let mut kept: Vec<Point> = points.to_vec();
    let mut found = None;
    // Around the middle and at a small scale, so that the sums stay well conditioned.
    let count = real(points.len());
    let x0 = points.iter().map(|point| point.x).sum::<f64>() / count;
    let y0 = points.iter().map(|point| point.y).sum::<f64>() / count;
    let spread = points.iter().map(|p| libm::hypot(p.x - x0, p.y - y0)).sum::<f64>() / count;
    for _ in 0..4 {
        if kept.len() < 30 {
            return found;
        }
        let rows = kept.iter().map(|point| {
            let (x, y) = ((point.x - x0) / spread, (point.y - y0) / spread);
            ([x * x, x * y, y * y, x, y], 1.0)
        });
        let [a, b, c, d, e] = least_squares(rows)?;
        let determinant = 4.0 * a * c - b * b;
        if determinant <= 0.0 {
            return found;
        }
        let (x, y) = ((b * e - 2.0 * c * d) / determinant, (b * d - 2.0 * a * e) / determinant);
        let level = 1.0 - (a * x * x + b * x * y + c * y * y + d * x + e * y);
        // Half axes from the eigenvalues of [[a, b/2], [b/2, c]].
        let (mean, part) = (f64::midpoint(a, c), libm::hypot((a - c) / 2.0, b / 2.0));
        let (long, short) = (level / (mean - part), level / (mean + part));
        if !(long > 0.0 && short > 0.0) {
            return found;
        }
        let turn = 0.5 * libm::atan2(b, a - c) + core::f64::consts::FRAC_PI_2;
        let half = (long.sqrt() * spread, short.sqrt() * spread);
        let centre = (x * spread + x0, y * spread + y0);
        let ellipse = outline(Shape::Ellipse, centre, half, half_turn(turn.to_degrees()));
        kept = trimmed(&ellipse, points);
        found = Some(ellipse);
    }
    found
}

/// The same line, between -90 and 90 degrees.
fn half_turn(degrees: f64) -> f64 {
    degrees - 180.0 * libm::round(degrees / 180.0)
}

/// The rectangle that most points lie on, by trying every half degree.
fn rectangle_through(points: &[Point]) -> Option<Fit> {
    let mut best: Option<(f64, Fit)> = None;
    for step in 0..180_usize {
        let turn = real(step) / 2.0 - 45.0;
        let radians = turn.to_radians();
        let (sin, cos) = (libm::sin(radians), libm::cos(radians));
        let along = sides(points.iter().map(|point| point.x * cos + point.y * sin))?;
        let across = sides(points.iter().map(|point| point.y * cos - point.x * sin))?;
        let (u, v) = (f64::midpoint(along.0, along.1), f64::midpoint(across.0, across.1));
        let centre = (u * cos - v * sin, u * sin + v * cos);
        let half = ((along.1 - along.0) / 2.0, (across.1 - across.0) / 2.0);
        if half.0 < 10.0 || half.1 < 10.0 {
            continue;
        }
        let rectangle = outline(Shape::Rectangle, centre, half, turn);
        let residual = rectangle.residual(points);
        if best.as_ref().is_none_or(|(least, _)| residual < *least) {
            best = Some((residual, rectangle));
        }
    }
    best.map(|(_, rectangle)| rectangle)
}

/// Where two opposite sides lie: the middle of the outer eighths of all points, which on a
/// rectangle are the two sides themselves.
fn sides(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let sixteenth = values.len() / 16;
    Some((*values.get(sixteenth)?, *values.get(values.len().checked_sub(sixteenth + 1)?)?))
}

/// Solves the normal equations of rows of coefficients and a right side.
fn least_squares<const N: usize>(rows: impl Iterator<Item = ([f64; N], f64)>) -> Option<[f64; N]> {
    let mut matrix = [[0.0; N]; N];
    let mut right = [0.0; N];
    for (row, value) in rows {
        for ((line, sum), own) in matrix.iter_mut().zip(&mut right).zip(row) {
            for (cell, other) in line.iter_mut().zip(row) {
                *cell += own * other;
            }
            *sum += own * value;
        }
    }
    solve(matrix, right)
}

/// Gauss with pivots; `None` for a singular matrix.
#[expect(clippy::indexing_slicing, reason = "all indices run below N, the size of both arrays")]
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N)
            .max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        if matrix[pivot][column].abs() < 1e-12 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in 0..N {
            if row == column {
                continue;
            }
            let factor = matrix[row][column] / matrix[column][column];
            let pivot = matrix[column];
            for (cell, own) in matrix[row].iter_mut().zip(pivot) {
                *cell -= factor * own;
            }
            right[row] -= factor * right[column];
        }
    }
    let mut solution = [0.0; N];
    for index in 0..N {
        solution[index] = right[index] / matrix[index][index];
    }
    Some(solution)
}

/// Ink in the box outside of the outline as a part of the ink inside.
fn outside(mask: &Grid, bounds: &Bounds, fit: &Fit) -> f64 {
    let (mut inside, mut outside) = (0_usize, 0_usize);
    for y in bounds.top..bounds.bottom.min(mask.height) {
        let row = mask.row(y);
        let row = row.get(bounds.left..bounds.right.min(row.len())).unwrap_or_default();
        for (x, _) in row.iter().enumerate().filter(|(_, cell)| **cell != 0) {
            let distance = fit.distance(real(bounds.left + x) + 0.5, real(y) + 0.5);
            if distance > 1.05 { outside += 1 } else { inside += 1 }
        }
    }
    real(outside) / real(inside.max(1))
}
