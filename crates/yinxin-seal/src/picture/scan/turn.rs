//! Which way a scanned seal was turned, by its star and by the gap in the text around it.

use super::fit::Fit;
use super::{Grid, Shape};
use crate::picture::number::{degrees, real, whole};

const DIRECTIONS: usize = 360;
/// Where the name stands, as parts of the half size: inside the code's digits.
const NAME: (f64, f64) = (0.60, 0.83);
/// Where a star has tips and nothing between them.
const TIPS: (f64, f64) = (0.20, 0.30);
/// Narrowest gap at the foot of a name, degrees: names span 280 at most, and code digits are out.
const GAP: usize = 45;
/// How clearly five tips have to show, 0 to 1: text scatters below 0.3.
const STAR: f64 = 0.5;

/// Degrees clockwise that the seal's top is turned from the scan's top; `None` where nothing tells.
pub(crate) fn find(alpha: &Grid, fit: &Fit) -> Option<f64> {
    match fit.shape {
        Shape::Circle => {
            let up = whole_turn(gap(&around(alpha, fit, NAME))? + 180.0);
            let star = star(&around(alpha, fit, TIPS));
            // The star knows the angle well but not which tip is the upper one.
            Some(half_circle(star.map_or(up, |tip| tip + 72.0 * libm::round((up - tip) / 72.0))))
        }
        Shape::Ellipse => {
            let up = gap(&around(alpha, fit, NAME)).map(|gap| whole_turn(gap + 180.0));
            let turned = half_circle(fit.turn + 180.0);
            // The long axis lies; the gap says which side is the lower one.
            Some(match up {
                Some(up) if half_circle(up - fit.turn).abs() > 90.0 => turned,
                _ => half_circle(fit.turn),
            })
        }
        Shape::Rectangle => {
            let quarter = fit.turn - 90.0 * libm::round(fit.turn / 90.0);
            Some(quarter)
        }
    }
}

fn whole_turn(degrees: f64) -> f64 {
    degrees - 360.0 * libm::floor(degrees / 360.0)
}

/// Between -180 and 180.
fn half_circle(degrees: f64) -> f64 {
    degrees - 360.0 * libm::round(degrees / 360.0)
}

/// Ink in a ring, by degrees clockwise from the top.
fn around(alpha: &Grid, fit: &Fit, ring: (f64, f64)) -> Vec<f64> {
    let mut sums = vec![0.0; DIRECTIONS];
    let (rows, columns) = fit.bounds(alpha.width, alpha.height);
    for y in rows {
        for x in columns.clone() {
            let cover = alpha.at(x, y);
            if cover == 0 {
                continue;
            }
            let (px, py) = (real(x) + 0.5, real(y) + 0.5);
            let distance = fit.distance(px, py);
            if distance < ring.0 || distance > ring.1 {
                continue;
            }
            // From the top instead of the right: one quarter further.
            let from_top = whole(degrees(px - fit.centre.0, py - fit.centre.1)) + DIRECTIONS / 4;
            if let Some(sum) = sums.get_mut(from_top % DIRECTIONS) {
                *sum += f64::from(cover);
            }
        }
    }
    sums
}

/// The middle of the widest stretch almost without ink, in degrees clockwise from the top.
fn gap(sums: &[f64]) -> Option<f64> {
    let mean = sums.iter().sum::<f64>() / real(sums.len());
    if mean <= 0.0 {
        return None;
    }
    let low = |index: usize| sums.get(index % DIRECTIONS).is_none_or(|sum| *sum < 0.08 * mean);
    let mut widest = (0, 0);
    let mut run = 0;
    for index in 0..2 * DIRECTIONS {
        run = if low(index) { run + 1 } else { 0 };
        if run > widest.0 {
            widest = (run, index);
        }
    }
    let (length, last) = widest;
    if !(GAP..DIRECTIONS).contains(&length) {
        return None;
    }
    Some(whole_turn(real(last) + 1.0 - real(length) / 2.0))
}

/// The direction of one tip of a star, 0 to 72; `None` when there is no star.
fn star(sums: &[f64]) -> Option<f64> {
    let total: f64 = sums.iter().sum();
    let (mut re, mut im) = (0.0, 0.0);
    for (degrees, sum) in sums.iter().enumerate() {
        let radians = (5.0 * (real(degrees) + 0.5)).to_radians();
        re += sum * libm::cos(radians);
        im += sum * libm::sin(radians);
    }
    let clear = libm::hypot(re, im) >= STAR * total && total > 0.0;
    clear.then(|| libm::atan2(im, re).to_degrees() / 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_is_found_across_the_top() {
        let mut sums = vec![10.0; DIRECTIONS];
        for index in 330..390 {
            sums[index % 360] = 0.0;
        }
        assert!(half_circle(gap(&sums).unwrap()).abs() < 1.0);
        assert_eq!(gap(&[10.0; DIRECTIONS]), None);
    }
}
