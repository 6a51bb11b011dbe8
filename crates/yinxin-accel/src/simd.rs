//! Vectors of WASM (simd128).

use core::arch::wasm32::{
    u8x16_shr, u8x16_shuffle, u8x16_splat, u8x16_swizzle, u32x4_shl, u32x4_shr, u32x4_shuffle,
    u32x4_splat, u64x2, u64x2_extract_lane, v128, v128_and, v128_or, v128_xor,
};
use core::fmt;

use crate::Vector;

/// A vector in a register.
#[derive(Clone, Copy)]
pub struct Simd(v128);

impl fmt::Debug for Simd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Simd(..)")
    }
}

impl Vector for Simd {
    #[inline(always)]
    fn load(octets: &[u8; 16]) -> Self {
        let value = u128::from_le_bytes(*octets);
        #[expect(clippy::as_conversions, reason = "the two halves")]
        Self(u64x2(value as u64, (value >> 64) as u64))
    }

    #[inline(always)]
    fn store(self) -> [u8; 16] {
        let [low, high] = [u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0)];
        (u128::from(high) << 64 | u128::from(low)).to_le_bytes()
    }

    #[inline(always)]
    fn octets(octet: u8) -> Self {
        Self(u8x16_splat(octet))
    }

    #[inline(always)]
    fn words(word: u32) -> Self {
        Self(u32x4_splat(word))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }

    #[inline(always)]
    fn low(self) -> Self {
        Self(v128_and(self.0, u8x16_splat(15)))
    }

    #[inline(always)]
    fn high(self) -> Self {
        Self(u8x16_shr(self.0, 4))
    }

    #[inline(always)]
    fn at(self, places: Self) -> Self {
        Self(u8x16_swizzle(self.0, places.0))
    }

    #[inline(always)]
    fn swap(self) -> Self {
        Self(u8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(self.0, self.0))
    }

    #[inline(always)]
    fn left_2(self) -> Self {
        Self(v128_or(u32x4_shl(self.0, 2), u32x4_shr(self.0, 30)))
    }

    #[inline(always)]
    fn left_8(self) -> Self {
        Self(u8x16_shuffle::<3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14>(self.0, self.0))
    }

    #[inline(always)]
    fn left_16(self) -> Self {
        Self(u8x16_shuffle::<2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13>(self.0, self.0))
    }

    #[inline(always)]
    fn left_24(self) -> Self {
        Self(u8x16_shuffle::<1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12>(self.0, self.0))
    }

    #[inline(always)]
    fn transpose(rows: [Self; 4]) -> [Self; 4] {
        let [a, b, c, d] = rows.map(|row| row.0);
        let (ab_low, ab_high) =
            (u32x4_shuffle::<0, 4, 1, 5>(a, b), u32x4_shuffle::<2, 6, 3, 7>(a, b));
        let (cd_low, cd_high) =
            (u32x4_shuffle::<0, 4, 1, 5>(c, d), u32x4_shuffle::<2, 6, 3, 7>(c, d));
        [
            u32x4_shuffle::<0, 1, 4, 5>(ab_low, cd_low),
            u32x4_shuffle::<2, 3, 6, 7>(ab_low, cd_low),
            u32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high),
            u32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high),
        ]
        .map(Self)
    }
}
