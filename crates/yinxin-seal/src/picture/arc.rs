//! Places along an ellipse, equally far apart by the length of the line.

use super::number::{real, whole};

/// An ellipse that characters stand on, their middles on the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    /// Centre.
    pub(crate) centre: (f64, f64),
    /// Half the width.
    pub(crate) a: f64,
    /// Half the height.
    pub(crate) b: f64,
}

/// A place for a character: its middle, the direction to its right and the one to its top.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) middle: (f64, f64),
    pub(crate) right: (f64, f64),
    pub(crate) up: (f64, f64),
}

/// Steps that a quarter of a degree makes: length and angle agree to a micrometre at any seal's size.
const STEPS: usize = 1440;

impl Arc {
    /// The point at an angle: 0 is the top, clockwise is positive.
    fn point(&self, angle: f64) -> (f64, f64) {
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        (self.centre.0 + self.a * sin, self.centre.1 - self.b * cos)
    }

    /// Lengths of the line from the top, clockwise, up to each step around.
    fn lengths(&self) -> Vec<f64> {
        let mut lengths = Vec::with_capacity(STEPS + 1);
        let mut sum = 0.0;
        let mut last = self.point(0.0);
        lengths.push(0.0);
        for step in 1..=STEPS {
            let next = self.point(angle(real(step)));
            sum += libm::hypot(next.0 - last.0, next.1 - last.1);
            last = next;
            lengths.push(sum);
        }
        lengths
    }

    /// Length of the line over a span of degrees that is symmetrical about the top.
    pub(crate) fn span_length(&self, degrees: f64) -> f64 {
        let lengths = self.lengths();
        2.0 * between(&lengths, degrees / 2.0 / 360.0 * real(STEPS))
    }

    /// `count` places `pitch` apart, symmetrical about the top, read clockwise from outside.
    pub(crate) fn above(&self, count: usize, pitch: f64) -> Vec<Place> {
        self.places(count, pitch, 0.0, 1.0)
    }

    /// The same about the bottom, read from the left with the tops inwards.
    pub(crate) fn below(&self, count: usize, pitch: f64) -> Vec<Place> {
        self.places(count, pitch, core::f64::consts::PI, -1.0)
    }

    fn places(&self, count: usize, pitch: f64, around: f64, way: f64) -> Vec<Place> {
        let lengths = self.lengths();
        let first = -real(count.saturating_sub(1)) / 2.0;
        (0..count)
            .map(|index| {
                let length = (first + real(index)) * pitch * way;
                let turn = angle(step_of(&lengths, length.abs()));
                // The ellipse is the same at top and bottom, so lengths from either agree.
                let at = around + if length < 0.0 { -turn } else { turn };
                let (sin, cos) = (libm::sin(at), libm::cos(at));
                let (x, y) = (self.a * cos, self.b * sin);
                let norm = libm::hypot(x, y);
                let (x, y) = (x / norm * way, y / norm * way);
                Place { middle: self.point(at), right: (x, y), up: (y, -x) }
            })
            .collect()
    }

    /// How far below the centre the line is at half a span, for what stands under the name.
    pub(crate) fn end_below(&self, length: f64) -> f64 {
        let lengths = self.lengths();
        let (_, y) = self.point(angle(step_of(&lengths, length / 2.0)));
        y - self.centre.1
    }
}

fn angle(step: f64) -> f64 {
    step / real(STEPS) * 2.0 * core::f64::consts::PI
}

/// The value between two entries.
fn between(lengths: &[f64], step: f64) -> f64 {
    let below = whole(step);
    let low = lengths.get(below).copied().unwrap_or_default();
    let high = lengths.get(below + 1).copied().unwrap_or(low);
    low + (high - low) * (step - real(below))
}

/// The step at which the line has a length; the last for one longer than the line.
fn step_of(lengths: &[f64], length: f64) -> f64 {
    let above = lengths.partition_point(|at| *at <= length);
    let below = above.saturating_sub(1);
    let (Some(low), Some(high)) = (lengths.get(below), lengths.get(above)) else {
        return real(STEPS);
    };
    real(below) + (length - low) / (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CIRCLE: Arc = Arc { centre: (21.0, 21.0), a: 10.0, b: 10.0 };

    #[test]
    fn a_circle_has_the_length_school_says() {
        assert!((CIRCLE.span_length(180.0) - 10.0 * core::f64::consts::PI).abs() < 1e-3);
    }

    #[test]
    fn the_middle_character_stands_upright_at_the_top() {
        let places = CIRCLE.above(3, 5.0);
        let top = places[1];
        assert!((top.middle.0 - 21.0).abs() < 1e-9 && (top.middle.1 - 11.0).abs() < 1e-9);
        assert!((top.right.0 - 1.0).abs() < 1e-9 && (top.up.1 + 1.0).abs() < 1e-9);
        assert!(places[0].middle.0 < places[1].middle.0, "it is read clockwise");
    }

    #[test]
    fn the_code_is_read_from_the_left_with_its_top_inwards() {
        let places = CIRCLE.below(3, 5.0);
        assert!((places[1].middle.1 - 31.0).abs() < 1e-9);
        assert!((places[1].up.1 + 1.0).abs() < 1e-9);
        assert!(places[0].middle.0 < places[2].middle.0);
    }

    #[test]
    fn places_on_an_ellipse_are_equally_far_apart() {
        let oval = Arc { centre: (0.0, 0.0), a: 20.0, b: 12.0 };
        let places = oval.above(12, 4.0);
        for pair in places.windows(2) {
            let apart = libm::hypot(
                pair[1].middle.0 - pair[0].middle.0,
                pair[1].middle.1 - pair[0].middle.1,
            );
            // The chord is a little shorter than the line.
            assert!((3.8..=4.0).contains(&apart), "{apart}");
        }
    }
}
