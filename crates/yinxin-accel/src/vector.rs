//! What the ciphers need of a vector.

/// 16 octets, or 4 words of 32 bits whose lowest octet stands first.
pub trait Vector: Copy {
    /// Takes 16 octets.
    fn load(octets: &[u8; 16]) -> Self;
    /// Gives 16 octets.
    fn store(self) -> [u8; 16];
    /// The same octet 16 times.
    fn octets(octet: u8) -> Self;
    /// The same word 4 times.
    fn words(word: u32) -> Self;
    /// Bit by bit.
    #[must_use]
    fn xor(self, other: Self) -> Self;
    /// The low half of each octet.
    #[must_use]
    fn low(self) -> Self;
    /// The high half of each octet, moved down.
    #[must_use]
    fn high(self) -> Self;
    /// The octets of `self` at `places`; 0 for a place over 15.
    #[must_use]
    fn at(self, places: Self) -> Self;
    /// Each word with its octets the other way round.
    #[must_use]
    fn swap(self) -> Self;
    /// Each word rotated left by 2 bits.
    #[must_use]
    fn left_2(self) -> Self;
    /// Each word rotated left by 8 bits.
    #[must_use]
    fn left_8(self) -> Self;
    /// Each word rotated left by 16 bits.
    #[must_use]
    fn left_16(self) -> Self;
    /// Each word rotated left by 24 bits.
    #[must_use]
    fn left_24(self) -> Self;
    /// Four vectors of four words as a matrix: rows become columns.
    fn transpose(rows: [Self; 4]) -> [Self; 4];
}
