//! Whether text is in normalisation form C (UAX #15), as signed texts have to be.
//!
//! With the feature `nfc`, which is on unless left out, tables tell it. They weigh about 100 kB: who
//! runs where the host knows it anyway, as every JavaScript engine does, leaves the feature out and
//! lends the host's function. Until then, and never by mistake, only text that has one form is taken.

#[cfg(feature = "nfc")]
pub(crate) use unicode_normalization::is_nfc;

/// Lends what tells whether a text is in form C. With the feature `nfc` nothing is asked of it.
#[cfg(feature = "nfc")]
pub const fn lend(_is_nfc: fn(&str) -> bool) {}

#[cfg(not(feature = "nfc"))]
pub use lent::lend;

#[cfg(not(feature = "nfc"))]
pub(crate) use lent::is_nfc;

#[cfg(not(feature = "nfc"))]
mod lent {
    use std::sync::OnceLock;

    static LENT: OnceLock<fn(&str) -> bool> = OnceLock::new();

    /// Lends what tells whether a text is in form C. The first one counts.
    pub fn lend(is_nfc: fn(&str) -> bool) {
        LENT.get_or_init(|| is_nfc);
    }

    pub(crate) fn is_nfc(text: &str) -> bool {
        // No character below U+0300 has another form or joins one before it (UAX #15, table 4).
        text.chars().all(|c| c < '\u{300}') || LENT.get().is_some_and(|is_nfc| is_nfc(text))
    }
}
