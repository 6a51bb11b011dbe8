//! The S-box of SM4 without a table of 256 octets.
//!
//! It is an affine map, the inverse in GF(2^8) modulo x^8 + x^7 + x^6 + x^5 + x^4 + x^2 + 1, and the
//! affine map again. The inverse is taken in the isomorphic field GF((2^4)^2), where elements are two
//! halves i and k, as Hamburg does for AES (Accelerating AES with Vector Permute Instructions, 2009):
//! every step is a look-up of 16 half octets among 16, which is one instruction. 0x80 stands for
//! infinity, the inverse of zero: as a place it gives 0, which is what the formulas want of it.

use crate::Vector;

/// A table for the half octets 0 to 15.
type Halves = [u8; 16];

/// The first affine map and the way into GF((2^4)^2), for low and high halves of octets.
const IN_LOW: Halves = 0x5f8f_8959_3beb_ed3d_17c7_c111_73a3_a575_u128.to_be_bytes();
const IN_HIGH: Halves = 0x00df_439c_77a8_34eb_b56a_f629_c21d_815e_u128.to_be_bytes();
/// 1 / x in GF(2^4).
const INVERSE: Halves = 0x8001_090e_0d0b_0706_0f02_0c05_0a04_0308_u128.to_be_bytes();
/// a / x.
const SCALED: Halves = 0x8002_010f_0905_0e0c_0d04_0b0a_0708_0603_u128.to_be_bytes();
/// The way back and the second affine map, without its constant, for either part of the result.
const OUT_FIRST: Halves = 0x00d3_799a_9eae_e330_49d7_4d34_7de7_04aa_u128.to_be_bytes();
const OUT_SECOND: Halves = 0x0015_17a4_bc1a_b3a6_b10d_a9be_0fab_1802_u128.to_be_bytes();
/// The constant of the second affine map.
const CONSTANT: u8 = 0xd3;

/// The S-box of all 16 octets.
#[inline(always)]
pub(super) fn substitute<V: Vector>(octets: V) -> V {
    let table = |halves: &Halves| V::load(halves);
    let inverse = table(&INVERSE);
    let element = table(&IN_LOW).at(octets.low()).xor(table(&IN_HIGH).at(octets.high()));
    let (i, k) = (element.high(), element.low());
    let scaled = table(&SCALED).at(k);
    let j = i.xor(k);
    let of_i = inverse.at(i).xor(scaled);
    let of_j = inverse.at(j).xor(scaled);
    let first = inverse.at(of_i).xor(j);
    let second = inverse.at(of_j).xor(i);
    table(&OUT_FIRST).at(first).xor(table(&OUT_SECOND).at(second)).xor(V::octets(CONSTANT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plain;

    /// Of clause 6.2: circulant affine maps around the inverse.
    fn by_definition(octet: u8) -> u8 {
        let affine = |octet: u8| {
            let bits = (0..8).map(|bit| (octet & 0xa7_u8.rotate_left(bit)).count_ones() & 1);
            bits.zip(0..).fold(0, |sum, (parity, bit)| sum | u8::try_from(parity).unwrap() << bit)
                ^ 0xd3
        };
        let times = |mut a: u32, mut b: u32| {
            let mut product = 0;
            while b != 0 {
                if b & 1 == 1 {
                    product ^= a;
                }
                a <<= 1;
                if a & 0x100 != 0 {
                    a ^= 0x1f5;
                }
                b >>= 1;
            }
            product
        };
        let element = u32::from(affine(octet));
        let inverse = (1..256).find(|other| times(element, *other) == 1).unwrap_or(0);
        affine(u8::try_from(inverse).unwrap())
    }

    #[test]
    fn all_256_octets_are_substituted_as_the_standard_defines_it() {
        for octet in 0..=u8::MAX {
            let found = substitute(Plain::octets(octet)).store();
            assert_eq!(found, [by_definition(octet); 16], "{octet:02x}");
        }
        assert_eq!(substitute(Plain::octets(0)).store(), [0xd6; 16]);
        assert_eq!(substitute(Plain::octets(255)).store(), [0x48; 16]);
    }
}
