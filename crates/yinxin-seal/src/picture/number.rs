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
pub(crate) fn nearest(length: f64) -> usize {
    whole(libm::round(length))
}

/// The nearest byte, cut to 0 and 255.
pub(crate) fn byte(value: f64) -> u8 {
    libm::round(value) as u8
}

/// A side of a picture as tiny crates want it; saturates.
pub(crate) fn side(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What the rasteriser computes with.
pub(crate) const fn single(value: f64) -> f32 {
    value as f32
}
