//! The colour of a seal.

/// The ink a seal is drawn in. A seal has one ink; everything else is transparent.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Ink {
    /// The red of official seals.
    #[default]
    Red,
    /// Blue, as for receipt stamps.
    Blue,
    /// Black.
    Black,
    /// Purple, used by some agencies abroad and some banks.
    Purple,
    /// Any other, as red, green, blue.
    Rgb(u8, u8, u8),
}

impl Ink {
    /// Red, green and blue.
    #[must_use]
    pub const fn rgb(self) -> [u8; 3] {
        match self {
            // The usual vermilion of seal software.
            Self::Red => [0xE6, 0x00, 0x12],
            Self::Blue => [0x00, 0x3C, 0xA6],
            Self::Black => [0x00, 0x00, 0x00],
            Self::Purple => [0x6A, 0x1B, 0x9A],
            Self::Rgb(red, green, blue) => [red, green, blue],
        }
    }
}
