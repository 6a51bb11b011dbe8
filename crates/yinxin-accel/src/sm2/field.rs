//! Numbers modulo p = 2²⁵⁶ - 2²²⁴ - 2⁹⁶ + 2⁶⁴ - 1 (GB/T 32918.5 §2), as they are computed with.
//!
//! A number is nine limbs of 29 bits with signs, times 2²⁶¹ (Montgomery's form). Why so:
//!
//! - WASM multiplies 64 bits by 64 into 64 in one instruction and into 128 in none. Products of two
//!   limbs are below 2⁵⁸, nine of them are added up without a carry.
//! - p is -1 modulo 2²⁹, so Montgomery's factor is the limb itself, and p has five powers of two: a
//!   limb is taken away by four shifts and no multiplication.
//! - With signs nothing is borrowed: sums and differences are nine additions, and are carried in the
//!   next product only.
//!
//! **Bounds.** What a product gives is *tight*: limbs from -2²⁸ to 2²⁸ but the highest, the number itself
//! below 4p in size and so the highest limb below 2²⁷. A sum of m tight numbers has limbs up to m·2²⁸. A
//! column of a·b, sums of m and m′ numbers, is at most 9·m·m′·2⁵⁶ and has to stay below 2⁶³: m·m′ up to 14,
//! which leaves as much as Montgomery's steps add, below 2⁵⁴. Each use in [`super::point`] says its m. In
//! tests an overflow panics, as in all builds for work on this.
//!
//! Nothing branches on a number, nor is memory indexed by one.

use core::hint::black_box;

use subtle::{Choice, ConstantTimeEq as _};
use zeroize::DefaultIsZeroes;

/// Bits of a limb.
const BITS: u32 = 29;
const MASK: i64 = (1 << BITS) - 1;
const P: [i64; 9] = [
    0x1fffffff, 0x1fffffff, 0x3f, 0x1ffffe00, 0x1fffffff, 0x1fffffff, 0x1fffffff, 0x1fdfffff,
    0xffffff,
];
/// p, as numbers are written.
const P_WORDS: [u64; 4] =
    [0xffff_ffff_ffff_ffff, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0xffff_fffe_ffff_ffff];

/// A number modulo p.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fe(pub(super) [i64; 9]);

impl DefaultIsZeroes for Fe {}

/// One column of a·b.
macro_rules! product {
    (0 $a:ident $b:ident) => {
        $a[0] * $b[0]
    };
    (1 $a:ident $b:ident) => {
        $a[0] * $b[1] + $a[1] * $b[0]
    };
    (2 $a:ident $b:ident) => {
        $a[0] * $b[2] + $a[1] * $b[1] + $a[2] * $b[0]
    };
    (3 $a:ident $b:ident) => {
        $a[0] * $b[3] + $a[1] * $b[2] + $a[2] * $b[1] + $a[3] * $b[0]
    };
    (4 $a:ident $b:ident) => {
        $a[0] * $b[4] + $a[1] * $b[3] + $a[2] * $b[2] + $a[3] * $b[1] + $a[4] * $b[0]
    };
    (5 $a:ident $b:ident) => {
        $a[0] * $b[5]
            + $a[1] * $b[4]
            + $a[2] * $b[3]
            + $a[3] * $b[2]
            + $a[4] * $b[1]
            + $a[5] * $b[0]
    };
    (6 $a:ident $b:ident) => {
        $a[0] * $b[6]
            + $a[1] * $b[5]
            + $a[2] * $b[4]
            + $a[3] * $b[3]
            + $a[4] * $b[2]
            + $a[5] * $b[1]
            + $a[6] * $b[0]
    };
    (7 $a:ident $b:ident) => {
        $a[0] * $b[7]
            + $a[1] * $b[6]
            + $a[2] * $b[5]
            + $a[3] * $b[4]
            + $a[4] * $b[3]
            + $a[5] * $b[2]
            + $a[6] * $b[1]
            + $a[7] * $b[0]
    };
    (8 $a:ident $b:ident) => {
        $a[0] * $b[8]
            + $a[1] * $b[7]
            + $a[2] * $b[6]
            + $a[3] * $b[5]
            + $a[4] * $b[4]
            + $a[5] * $b[3]
            + $a[6] * $b[2]
            + $a[7] * $b[1]
            + $a[8] * $b[0]
    };
    (9 $a:ident $b:ident) => {
        $a[1] * $b[8]
            + $a[2] * $b[7]
            + $a[3] * $b[6]
            + $a[4] * $b[5]
            + $a[5] * $b[4]
            + $a[6] * $b[3]
            + $a[7] * $b[2]
            + $a[8] * $b[1]
    };
    (10 $a:ident $b:ident) => {
        $a[2] * $b[8]
            + $a[3] * $b[7]
            + $a[4] * $b[6]
            + $a[5] * $b[5]
            + $a[6] * $b[4]
            + $a[7] * $b[3]
            + $a[8] * $b[2]
    };
    (11 $a:ident $b:ident) => {
        $a[3] * $b[8]
            + $a[4] * $b[7]
            + $a[5] * $b[6]
            + $a[6] * $b[5]
            + $a[7] * $b[4]
            + $a[8] * $b[3]
    };
    (12 $a:ident $b:ident) => {
        $a[4] * $b[8] + $a[5] * $b[7] + $a[6] * $b[6] + $a[7] * $b[5] + $a[8] * $b[4]
    };
    (13 $a:ident $b:ident) => {
        $a[5] * $b[8] + $a[6] * $b[7] + $a[7] * $b[6] + $a[8] * $b[5]
    };
    (14 $a:ident $b:ident) => {
        $a[6] * $b[8] + $a[7] * $b[7] + $a[8] * $b[6]
    };
    (15 $a:ident $b:ident) => {
        $a[7] * $b[8] + $a[8] * $b[7]
    };
    (16 $a:ident $b:ident) => {
        $a[8] * $b[8]
    };
}

/// One column of a², d being 2a.
macro_rules! square {
    (0 $a:ident $d:ident) => {
        $a[0] * $a[0]
    };
    (1 $a:ident $d:ident) => {
        $d[0] * $a[1]
    };
    (2 $a:ident $d:ident) => {
        $d[0] * $a[2] + $a[1] * $a[1]
    };
    (3 $a:ident $d:ident) => {
        $d[0] * $a[3] + $d[1] * $a[2]
    };
    (4 $a:ident $d:ident) => {
        $d[0] * $a[4] + $d[1] * $a[3] + $a[2] * $a[2]
    };
    (5 $a:ident $d:ident) => {
        $d[0] * $a[5] + $d[1] * $a[4] + $d[2] * $a[3]
    };
    (6 $a:ident $d:ident) => {
        $d[0] * $a[6] + $d[1] * $a[5] + $d[2] * $a[4] + $a[3] * $a[3]
    };
    (7 $a:ident $d:ident) => {
        $d[0] * $a[7] + $d[1] * $a[6] + $d[2] * $a[5] + $d[3] * $a[4]
    };
    (8 $a:ident $d:ident) => {
        $d[0] * $a[8] + $d[1] * $a[7] + $d[2] * $a[6] + $d[3] * $a[5] + $a[4] * $a[4]
    };
    (9 $a:ident $d:ident) => {
        $d[1] * $a[8] + $d[2] * $a[7] + $d[3] * $a[6] + $d[4] * $a[5]
    };
    (10 $a:ident $d:ident) => {
        $d[2] * $a[8] + $d[3] * $a[7] + $d[4] * $a[6] + $a[5] * $a[5]
    };
    (11 $a:ident $d:ident) => {
        $d[3] * $a[8] + $d[4] * $a[7] + $d[5] * $a[6]
    };
    (12 $a:ident $d:ident) => {
        $d[4] * $a[8] + $d[5] * $a[7] + $a[6] * $a[6]
    };
    (13 $a:ident $d:ident) => {
        $d[5] * $a[8] + $d[6] * $a[7]
    };
    (14 $a:ident $d:ident) => {
        $d[6] * $a[8] + $a[7] * $a[7]
    };
    (15 $a:ident $d:ident) => {
        $d[7] * $a[8]
    };
    (16 $a:ident $d:ident) => {
        $a[8] * $a[8]
    };
}

/// One column of a·b - c·d.
macro_rules! difference {
    ($k:tt $a:ident $b:ident $c:ident $d:ident) => {
        product!($k $a $b) - (product!($k $c $d))
    };
}

/// One column of a·b - 8c², d being 2c.
macro_rules! doubling {
    ($k:tt $a:ident $b:ident $c:ident $d:ident) => {
        product!($k $a $b) - ((square!($k $c $d)) << 3)
    };
}

/// The columns over 2²⁶¹, plus a number. A column is computed where it is taken: few values live at a
/// time.
macro_rules! reduce {
    ($plus:expr, $column:ident $($of:ident)+) => {{
        let plus: &[i64; 9] = $plus;
        let t = $column!(0 $($of)+);
        let m0 = low(t);
        let carry = (t - m0) >> BITS;
        let t = $column!(1 $($of)+) + carry;
        let m1 = low(t);
        let carry = (t - m1) >> BITS;
        let t = $column!(2 $($of)+) + carry + (m0 << 6);
        let m2 = low(t);
        let carry = (t - m2) >> BITS;
        let t = $column!(3 $($of)+) + carry + (m1 << 6) - (m0 << 9);
        let m3 = low(t);
        let carry = (t - m3) >> BITS;
        let t = $column!(4 $($of)+) + carry + (m2 << 6) - (m1 << 9);
        let m4 = low(t);
        let carry = (t - m4) >> BITS;
        let t = $column!(5 $($of)+) + carry + (m3 << 6) - (m2 << 9);
        let m5 = low(t);
        let carry = (t - m5) >> BITS;
        let t = $column!(6 $($of)+) + carry + (m4 << 6) - (m3 << 9);
        let m6 = low(t);
        let carry = (t - m6) >> BITS;
        let t = $column!(7 $($of)+) + carry + (m5 << 6) - (m4 << 9) - (m0 << 21);
        let m7 = low(t);
        let carry = (t - m7) >> BITS;
        let t = $column!(8 $($of)+) + carry + (m6 << 6) - (m5 << 9) - (m1 << 21) + (m0 << 24);
        let m8 = low(t);
        let carry = (t - m8) >> BITS;
        let t = $column!(9 $($of)+) + carry + (m7 << 6) - (m6 << 9) - (m2 << 21) + (m1 << 24) + plus[0];
        let r0 = low(t);
        let carry = (t - r0) >> BITS;
        let t = $column!(10 $($of)+) + carry + (m8 << 6) - (m7 << 9) - (m3 << 21) + (m2 << 24) + plus[1];
        let r1 = low(t);
        let carry = (t - r1) >> BITS;
        let t = $column!(11 $($of)+) + carry - (m8 << 9) - (m4 << 21) + (m3 << 24) + plus[2];
        let r2 = low(t);
        let carry = (t - r2) >> BITS;
        let t = $column!(12 $($of)+) + carry - (m5 << 21) + (m4 << 24) + plus[3];
        let r3 = low(t);
        let carry = (t - r3) >> BITS;
        let t = $column!(13 $($of)+) + carry - (m6 << 21) + (m5 << 24) + plus[4];
        let r4 = low(t);
        let carry = (t - r4) >> BITS;
        let t = $column!(14 $($of)+) + carry - (m7 << 21) + (m6 << 24) + plus[5];
        let r5 = low(t);
        let carry = (t - r5) >> BITS;
        let t = $column!(15 $($of)+) + carry - (m8 << 21) + (m7 << 24) + plus[6];
        let r6 = low(t);
        let carry = (t - r6) >> BITS;
        let t = $column!(16 $($of)+) + carry + (m8 << 24) + plus[7];
        let r7 = low(t);
        let carry = (t - r7) >> BITS;
        let r8 = carry + plus[8];
        Fe([r0, r1, r2, r3, r4, r5, r6, r7, r8])
    }};
}

/// The lowest limb, from -2²⁸ on.
#[inline(always)]
const fn low(t: i64) -> i64 {
    (t << (64 - BITS)) >> (64 - BITS)
}

impl Fe {
    /// Zero.
    pub(super) const ZERO: Self = Self([0; 9]);
    /// One.
    pub(super) const ONE: Self = Self([0x20, 0, -0x800, 0x4000, 0, 0, 0, 0x4000000, 0]);
    /// 2⁵²² modulo p: what times a number is the number in Montgomery's form.
    const INTO: Self = Self([0xc00, 0x4000, -0x10000, 0x180000, 0x400000, 0x2000000, 0, 1, 0x10]);
    /// What times a number takes it out of Montgomery's form.
    const OUT: Self = Self([1, 0, 0, 0, 0, 0, 0, 0, 0]);

    /// 32 octets, big-endian; none for what is not below p.
    pub(super) fn from_octets(octets: &[u8; 32]) -> Option<Self> {
        let words = words(octets);
        let below = words.iter().rev().lt(P_WORDS.iter().rev());
        below.then(|| Self::unpack(&words).mul(&Self::INTO))
    }

    /// 32 octets, big-endian.
    pub(super) fn to_octets(self) -> [u8; 32] {
        octets(&self.canonical(&Self::OUT))
    }

    /// Montgomery's form in 32 octets, for tables.
    #[cfg(any(feature = "tables", test))]
    pub(super) fn pack(&self) -> [u64; 4] {
        self.canonical(&Self::ONE)
    }

    /// What [`pack`](Self::pack) packed; two tight numbers' worth of limbs.
    #[inline(always)]
    pub(super) const fn unpack(&[a, b, c, d]: &[u64; 4]) -> Self {
        Self([
            a.cast_signed() & MASK,
            (a >> 29).cast_signed() & MASK,
            (a >> 58 | b << 6).cast_signed() & MASK,
            (b >> 23).cast_signed() & MASK,
            (b >> 52 | c << 12).cast_signed() & MASK,
            (c >> 17).cast_signed() & MASK,
            (c >> 46 | d << 18).cast_signed() & MASK,
            (d >> 11).cast_signed() & MASK,
            (d >> 40).cast_signed(),
        ])
    }

    /// The sum; nothing is carried.
    #[inline(always)]
    pub(super) fn add(&self, other: &Self) -> Self {
        let ([a0, a1, a2, a3, a4, a5, a6, a7, a8], [b0, b1, b2, b3, b4, b5, b6, b7, b8]) =
            (self.0, other.0);
        Self([a0 + b0, a1 + b1, a2 + b2, a3 + b3, a4 + b4, a5 + b5, a6 + b6, a7 + b7, a8 + b8])
    }

    /// The difference; nothing is carried.
    #[inline(always)]
    pub(super) fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    /// The number with the other sign.
    #[inline(always)]
    pub(super) fn neg(&self) -> Self {
        Self(self.0.map(|limb| -limb))
    }

    /// A small multiple; nothing is carried.
    #[inline(always)]
    pub(super) fn times(&self, small: i64) -> Self {
        Self(self.0.map(|limb| limb * small))
    }

    /// a·b.
    pub(super) fn mul(&self, other: &Self) -> Self {
        self.mul_add(other, &Self::ZERO)
    }

    /// a·b + c.
    pub(super) fn mul_add(&self, other: &Self, plus: &Self) -> Self {
        let (a, b) = (&self.0, &other.0);
        reduce!(&plus.0, product a b)
    }

    /// a·b - c·d: the columns are reduced together.
    pub(super) fn mul_sub_mul(&self, other: &Self, c: &Self, d: &Self) -> Self {
        let (a, b, c, d) = (&self.0, &other.0, &c.0, &d.0);
        reduce!(&[0; 9], difference a b c d)
    }

    /// a·b - 8c²: the columns are reduced together.
    pub(super) fn mul_sub_8_square(&self, other: &Self, c: &Self) -> Self {
        let (a, b, c) = (&self.0, &other.0, &c.0);
        let d = &c.map(|limb| limb * 2);
        reduce!(&[0; 9], doubling a b c d)
    }

    /// a².
    pub(super) fn square(&self) -> Self {
        self.square_add(&Self::ZERO)
    }

    /// a² + c.
    pub(super) fn square_add(&self, plus: &Self) -> Self {
        let a = &self.0;
        let d = &self.0.map(|limb| limb * 2);
        reduce!(&plus.0, square a d)
    }

    fn squares(&self, count: usize) -> Self {
        (0..count).fold(*self, |square, _| square.square())
    }

    /// The inverse, by Fermat: a to the power p - 2; zero for zero. In hexadecimal p - 2 is
    /// `fffffffe ffffffff ffffffff ffffffff ffffffff 00000000 ffffffff fffffffd`.
    pub(super) fn invert(&self) -> Self {
        // `ones_n` is a to the power 2ⁿ - 1.
        let more = |ones: &Self, count, others: &Self| ones.squares(count).mul(others);
        let ones_2 = more(self, 1, self);
        let ones_3 = more(&ones_2, 1, self);
        let ones_6 = more(&ones_3, 3, &ones_3);
        let ones_12 = more(&ones_6, 6, &ones_6);
        let ones_15 = more(&ones_12, 3, &ones_3);
        let ones_30 = more(&ones_15, 15, &ones_15);
        let ones_31 = more(&ones_30, 1, self);
        let ones_32 = more(&ones_31, 1, self);
        let high = more(&ones_31, 33, &ones_32);
        let high = (0..3).fold(high, |high, _| more(&high, 32, &ones_32));
        let high = more(&high, 64, &ones_32);
        more(&more(&high, 30, &ones_30), 2, self)
    }

    /// Whether it is zero modulo p, in whatever form; 16p in size at most.
    pub(super) fn is_zero(&self) -> Choice {
        // Below p in size, so that zero is the only multiple of p.
        let Self(limbs) = self.mul(&Self::ONE);
        limbs.iter().fold(0, |any, limb| any | limb).ct_eq(&0)
    }

    /// The same for public numbers: nearly all are told by one limb. Multiples jp for small j have -j in
    /// the lowest.
    pub(super) fn is_zero_vartime(&self) -> bool {
        let [lowest, ..] = self.0;
        low(lowest).abs() <= 16 && bool::from(self.is_zero())
    }

    /// `other` if `choice`.
    pub(super) fn replace_if(&mut self, other: &Self, choice: Choice) {
        let mask = -i64::from(choice.unwrap_u8());
        for (limb, other) in self.0.iter_mut().zip(&other.0) {
            *limb ^= mask & (*limb ^ other);
        }
    }

    /// The number times another over 2²⁶¹, from 0 to p - 1; lowest word first.
    fn canonical(&self, by: &Self) -> [u64; 4] {
        // Above -p and below p: half a p from Montgomery's steps, and less than as much from the product,
        // for `by` is below 2²³⁷.
        let mut limbs = self.mul(by);
        let negative = black_box(limbs.carry() >> 63);
        for (limb, p) in limbs.0.iter_mut().zip(&P) {
            *limb += p & negative;
        }
        limbs.carry();
        let [a, b, c, d, e, f, g, h, i] = limbs.0.map(i64::cast_unsigned);
        [
            a | b << 29 | c << 58,
            c >> 6 | d << 23 | e << 52,
            e >> 12 | f << 17 | g << 46,
            g >> 18 | h << 11 | i << 40,
        ]
    }

    /// Makes all limbs but the highest those of a number without signs. Gives the highest.
    fn carry(&mut self) -> i64 {
        let mut carry = 0;
        let [rest @ .., highest] = &mut self.0;
        for limb in rest {
            let t = *limb + carry;
            *limb = t & MASK;
            carry = t >> BITS;
        }
        *highest += carry;
        *highest
    }
}

/// 32 octets as words, the lowest first.
pub(super) fn words(octets: &[u8; 32]) -> [u64; 4] {
    let mut words = [0; 4];
    let (chunks, _) = octets.as_chunks::<8>();
    for (word, chunk) in words.iter_mut().rev().zip(chunks) {
        *word = u64::from_be_bytes(*chunk);
    }
    words
}

/// Words, the lowest first, as 32 octets.
pub(super) fn octets(words: &[u64; 4]) -> [u8; 32] {
    let mut octets = [0; 32];
    let (chunks, _) = octets.as_chunks_mut::<8>();
    for (word, chunk) in words.iter().rev().zip(chunks) {
        *chunk = word.to_be_bytes();
    }
    octets
}
