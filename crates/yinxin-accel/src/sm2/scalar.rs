//! Numbers that points are multiplied by, cut into digits.

use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::field::{octets, words};

/// The order n of the curve (GB/T 32918.5 §2), lowest word first.
const N: [u64; 4] =
    [0x53bb_f409_39d5_4123, 0x7203_df6b_21c6_052b, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff];

/// A number as 64 odd digits to the base 16, from -15 to 15, in constant time.
///
/// No digit is zero, so that each is one addition of something. An even k has no such digits, n - k has:
/// the product then has the other sign.
pub(super) struct OddDigits {
    nibbles: Zeroizing<[u8; 64]>,
    /// The digits are those of -k.
    pub(super) opposite: Choice,
}

/// Which odd multiple: 2·`index` + 1, or the opposite of it.
#[derive(Clone, Copy)]
pub(super) struct Digit {
    pub(super) index: u8,
    pub(super) negative: Choice,
}

impl OddDigits {
    /// Cuts k, 32 octets, big-endian. What is not below n is taken modulo n.
    pub(super) fn new(k: &[u8; 32]) -> Self {
        let k = Zeroizing::new(words(k));
        let (less, below) = minus(&k, &N);
        let k = Zeroizing::new(select(&less, &k, below));
        let (other, _) = minus(&N, &k);
        let other = Zeroizing::new(other);
        let [lowest, ..] = *k;
        let even = (lowest & 1).ct_eq(&0);
        let [a, b, c, d] = select(&k, &other, even);
        // The digits 2h - 15 of the nibbles h of (k + 2²⁵⁶) / 2 are those of k: 15 times all powers of 16
        // is 2²⁵⁶ - 1, and k is odd.
        let halves = Zeroizing::new([
            a >> 1 | b << 63,
            b >> 1 | c << 63,
            c >> 1 | d << 63,
            d >> 1 | 1 << 63,
        ]);
        let mut nibbles = Zeroizing::new([0; 64]);
        let (pairs, _) = nibbles.as_chunks_mut::<2>();
        for (pair, octet) in pairs.iter_mut().zip(halves.iter().flat_map(|word| word.to_le_bytes()))
        {
            *pair = [octet & 15, octet >> 4];
        }
        Self { nibbles, opposite: even }
    }

    /// The digits, the lowest first. The highest is positive.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Digit> + ExactSizeIterator {
        self.nibbles.iter().map(|nibble| {
            // 2h - 15 is below zero up to h = 7.
            let negative = (nibble >> 3) ^ 1;
            Digit { index: (nibble ^ negative.wrapping_neg()) & 7, negative: negative.into() }
        })
    }
}

/// a - b modulo 2²⁵⁶, and whether a is below b.
fn minus(a: &[u64; 4], b: &[u64; 4]) -> ([u64; 4], Choice) {
    let mut difference = [0; 4];
    let mut borrow = 0;
    for ((to, a), b) in difference.iter_mut().zip(a).zip(b) {
        let (less, under) = a.overflowing_sub(*b);
        let (less, under_again) = less.overflowing_sub(borrow);
        *to = less;
        borrow = u64::from(under | under_again);
    }
    (difference, borrow.ct_eq(&1))
}

/// `other` if `choice`, in constant time.
fn select(number: &[u64; 4], other: &[u64; 4], choice: Choice) -> [u64; 4] {
    let mask = u64::from(choice.unwrap_u8()).wrapping_neg();
    let mut selected = *number;
    for (word, other) in selected.iter_mut().zip(other) {
        *word ^= mask & (*word ^ other);
    }
    selected
}

/// k + n for a public k, if that has 32 octets.
pub(super) fn plus_order_vartime(k: &[u8; 32]) -> Option<[u8; 32]> {
    let mut sum = [0; 4];
    let mut carry = false;
    for ((to, a), b) in sum.iter_mut().zip(words(k)).zip(N) {
        let (more, over) = a.overflowing_add(b);
        let (more, over_again) = more.overflowing_add(u64::from(carry));
        *to = more;
        carry = over | over_again;
    }
    (!carry).then(|| octets(&sum))
}

/// A public number as digits to the base 2, each zero or odd and below 2^(width - 1) in size, lowest
/// first: of `width` neighbours one is not zero. In a time that depends on the number.
pub(super) fn sparse_digits_vartime(k: &[u8; 32], width: u32) -> [i8; 257] {
    let words = words(k);
    // Bits from one on, the lowest first; zeros above.
    let bits = |from: usize| {
        let at = |index: usize| words.get(index).copied().unwrap_or(0);
        let (word, bit) = (from / 64, from % 64);
        let above = if bit == 0 { 0 } else { at(word + 1) << (64 - bit) };
        (at(word) >> bit | above) & ((1 << width) - 1)
    };
    let mut digits = [0; 257];
    let mut carry = 0;
    let mut skip = 0;
    for (position, digit) in digits.iter_mut().enumerate() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let window = bits(position) + carry;
        if window & 1 == 0 {
            continue;
        }
        carry = window >> (width - 1) & 1;
        let value = window.cast_signed() - (carry.cast_signed() << width);
        *digit = i8::try_from(value).unwrap_or(0);
        skip = width - 1;
    }
    digits
}
