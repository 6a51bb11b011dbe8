//! The only places where pictures turn counts into lengths and back.

#![expect(
    clippy::as_conversions,
    reason = "float casts saturate and pixel counts stay far below 2^52; both are lossless here"
)]

/// A count as a length.
pub(crate) const fn real(count: usize) -> f64 {
    count as f64
}

/// The whole part of a length; 0 below zero and for what is no number.
pub(crate) const fn whole(length: f64) -> usize {
    length as usize
}

/// The nearest count; 0 below zero.
pub(crate) const fn nearest(length: f64) -> usize {
    (length + 0.5) as usize
}

/// The nearest byte, cut to 0 and 255.
pub(crate) const fn byte(value: f64) -> u8 {
    (value + 0.5) as u8
}

/// The whole part of what is known to be small.
pub(crate) const fn whole_i32(value: f64) -> i32 {
    value as i32
}

/// A side of a picture as tiny crates want it; saturates.
pub(crate) fn side(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Degrees clockwise from the right of a point, 0 to 360, to a quarter of a degree: for counting
/// millions of pixels by direction, where the arc tangent of `libm` would be most of the work.
pub(crate) fn degrees(x: f64, y: f64) -> f64 {
    let (wide, tall) = (x.abs(), y.abs());
    let (low, high) = if wide < tall { (wide, tall) } else { (tall, wide) };
    if high <= 0.0 {
        return 0.0;
    }
    let part = low / high;
    // In an eighth of the circle: the straight line and the bulge over it.
    let eighth = part * (45.0 + 15.64 * (1.0 - part));
    let quarter = if wide < tall { 90.0 - eighth } else { eighth };
    match (x < 0.0, y < 0.0) {
        (false, false) => quarter,
        (true, false) => 180.0 - quarter,
        (true, true) => 180.0 + quarter,
        (false, true) => 360.0 - quarter,
    }
}

/// What the rasteriser computes with.
pub(crate) const fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_right_to_a_quarter_of_a_degree() {
        for step in 0..3600_usize {
            let wanted = real(step) / 10.0;
            let radians = wanted.to_radians();
            let found = degrees(7.0 * libm::cos(radians), 7.0 * libm::sin(radians));
            let off = (found - wanted + 540.0).rem_euclid(360.0) - 180.0;
            assert!(off.abs() < 0.25, "{wanted} {found}");
        }
    }
}
