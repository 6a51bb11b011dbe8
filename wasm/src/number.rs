//! Numbers on their way from JavaScript.

/// A time in whole seconds or milliseconds, or a number of an event: what is no whole number from 0
/// to 2^53 - 1 becomes the nearest that is.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the one place where a JavaScript number becomes one of ours; `as` saturates and takes NaN for 0"
)]
pub(crate) const fn whole(number: f64) -> u64 {
    let number = number as u64;
    if number > LARGEST { LARGEST } else { number }
}

/// A number of ours for JavaScript.
#[cfg(any(feature = "core", feature = "phone"))]
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "times and event numbers are far below 2^53"
)]
pub(crate) const fn number(number: u64) -> f64 {
    number as f64
}

const LARGEST: u64 = (1 << 53) - 1;
