//! Points of y² = x³ - 3x + b modulo p (GB/T 32918.5 §2), and how they are added.
//!
//! Jacobian coordinates: (X, Y, Z) is the point (X/Z², Y/Z³), and infinity where Z is zero. What the
//! formulas give is tight, X and Z below 4p and Y below 2p in size, and so is what they take. Twice that,
//! as [`Affine`] out of a table has it, goes where it says so. The m of [`super::field`]'s bounds stand
//! beside the products.

use alloc::vec::Vec;

use subtle::{Choice, ConstantTimeEq as _};
use zeroize::{DefaultIsZeroes, Zeroizing};

use super::field::Fe;
use super::scalar::{Digit, OddDigits};

/// The curve's b.
pub(super) const B: Fe = Fe([
    0x181ba844, 0x1230632b, 0x9bd5b86, 0xde6c26d, 0x1878e39e, 0x1505ea51, 0x4293cc0, 0x368838b,
    0x81fc31,
]);

/// A point that is not infinity, by its coordinates.
#[derive(Clone, Copy, Default)]
pub(super) struct Affine {
    pub(super) x: Fe,
    pub(super) y: Fe,
}

impl DefaultIsZeroes for Affine {}

impl Affine {
    /// The base point G.
    pub(super) const G: Self = Self {
        x: Fe([
            0x30053d2, 0x128990f4, 0x16027e89, 0x7b9b29, 0x7867cf3, 0x199ac24c, 0x2eb50f6,
            0x1dc704ec, 0x22cf4b,
        ]),
        y: Fe([
            0x5a1bbac, 0x154e593c, 0x14afd309, 0x195e3b4c, 0x11f183eb, 0x1066e2a4, 0x1ec6a67d,
            0x13875cd6, 0x79acba,
        ]),
    };

    /// Whether it lies on the curve.
    pub(super) fn is_on_curve(&self) -> Choice {
        let square = self.x.square();
        // x·(x² - 3) + b - y²
        let right = self.x.mul_add(&square.sub(&Fe::ONE.times(3)), &B);
        self.y.square_add(&right.neg()).is_zero()
    }

    /// With the y of the other sign, if `choice`.
    #[inline(always)]
    pub(super) fn opposite_if(mut self, choice: Choice) -> Self {
        self.y.replace_if(&self.y.neg(), choice);
        self
    }
}

/// A point.
#[derive(Clone, Copy, Default)]
pub(super) struct Jacobian {
    pub(super) x: Fe,
    pub(super) y: Fe,
    pub(super) z: Fe,
}

impl DefaultIsZeroes for Jacobian {}

impl From<&Affine> for Jacobian {
    /// Tight, also out of a table.
    fn from(Affine { x, y }: &Affine) -> Self {
        Self { x: x.mul(&Fe::ONE), y: y.mul(&Fe::ONE), z: Fe::ONE }
    }
}

impl Jacobian {
    pub(super) const INFINITY: Self = Self { x: Fe::ZERO, y: Fe::ZERO, z: Fe::ZERO };

    pub(super) fn is_infinity(&self) -> Choice {
        self.z.is_zero()
    }

    /// The coordinates; (0, 0) for infinity.
    pub(super) fn to_affine(self) -> Affine {
        let inverse = self.z.invert();
        self.over(&inverse)
    }

    /// The coordinates of points that are not infinity, by one inversion.
    pub(super) fn all_to_affine(points: &[Self]) -> impl Iterator<Item = Affine> {
        // Products of all Z up to each.
        let products = points.iter().scan(Fe::ONE, |product, point| {
            let before = *product;
            *product = product.mul(&point.z);
            Some((before, *product))
        });
        let products: Vec<_> = products.collect();
        let mut inverse = products.last().map_or(Fe::ONE, |(_, product)| product.invert());
        let mut affine = Vec::with_capacity(points.len());
        for (point, (before, _)) in points.iter().zip(&products).rev() {
            affine.push(point.over(&inverse.mul(before)));
            inverse = inverse.mul(&point.z);
        }
        affine.into_iter().rev()
    }

    /// The coordinates, the inverse of Z being known.
    pub(super) fn over(&self, inverse: &Fe) -> Affine {
        let square = inverse.square();
        Affine { x: self.x.mul(&square), y: self.y.mul(&inverse.mul(&square)) }
    }

    /// 2P, for every P: 4 products and 5 squares ("dbl-2001-b" of the Explicit-Formulas Database, with 4β
    /// in the place of β).
    pub(super) fn double(&self) -> Self {
        let Self { x, y, z } = self;
        let delta = z.square();
        let gamma = y.square();
        // 4·1
        let beta_4 = x.times(4).mul(&gamma);
        // 6·2
        let alpha = x.sub(&delta).times(3).mul(&x.add(&delta));
        let x3 = alpha.square_add(&beta_4.times(-2));
        // 1·2 + 8·1
        let y3 = alpha.mul_sub_8_square(&beta_4.sub(&x3), &gamma);
        // 2·2
        let z3 = y.add(z).square_add(&gamma.add(&delta).neg());
        Self { x: x3, y: y3, z: z3 }
    }

    /// P + Q and, where that is not the sum, why: 8 products and 3 squares. Q may be twice as large.
    #[inline(always)]
    fn chord_affine(&self, other: &Affine) -> Chord {
        let Self { x, y, z } = self;
        let zz = z.square();
        let h = other.x.mul_add(&zz, &x.neg());
        let r = other.y.mul(z).mul_add(&zz, &y.neg());
        Chord::new(x, y, z, h, r)
    }

    /// The same with Q of any Z: 12 products and 4 squares.
    #[inline(always)]
    fn chord(&self, other: &Self) -> Chord {
        let (zz, zz_other) = (self.z.square(), other.z.square());
        let u = self.x.mul(&zz_other);
        let s = self.y.mul(&other.z).mul(&zz_other);
        let h = other.x.mul_add(&zz, &u.neg());
        let r = other.y.mul(&self.z).mul_add(&zz, &s.neg());
        Chord::new(&u, &s, &self.z.mul(&other.z), h, r)
    }

    /// P + Q for P that is neither Q nor -Q, none of them infinity.
    #[cfg(feature = "tables")]
    pub(super) fn add_other_affine(&self, other: &Affine) -> Self {
        self.chord_affine(other).sum
    }

    /// P + Q for P that is neither Q nor -Q, none of them infinity.
    pub(super) fn add_other(&self, other: &Self) -> Self {
        self.chord(other).sum
    }

    /// P + Q for every P and Q, in constant time.
    pub(super) fn add(&self, other: &Self) -> Self {
        let Chord { mut sum, h, r } = self.chord(other);
        // For Q = -P h alone is zero, and so is Z of the sum: infinity, as it should be.
        sum.replace_if(&self.double(), h.is_zero() & r.is_zero());
        sum.replace_if(other, self.is_infinity());
        sum.replace_if(self, other.is_infinity());
        sum
    }

    /// P + Q for every public P and Q but infinity for Q.
    pub(super) fn add_vartime(&self, other: &Self) -> Self {
        if self.z.is_zero_vartime() { *other } else { self.chord(other).finish_vartime(self) }
    }

    /// The same.
    pub(super) fn add_affine_vartime(&self, other: &Affine) -> Self {
        if self.z.is_zero_vartime() {
            other.into()
        } else {
            self.chord_affine(other).finish_vartime(self)
        }
    }

    /// With the y of the other sign, if `choice`.
    pub(super) fn opposite_if(mut self, choice: Choice) -> Self {
        self.y.replace_if(&self.y.neg(), choice);
        self
    }

    fn replace_if(&mut self, other: &Self, choice: Choice) {
        self.x.replace_if(&other.x, choice);
        self.y.replace_if(&other.y, choice);
        self.z.replace_if(&other.z, choice);
    }

    /// P, 3P, 5P to 15P. P is not infinity, and the order of every other point is large.
    pub(super) fn odd_multiples<const COUNT: usize>(&self) -> [Self; COUNT] {
        let twice = self.double();
        let mut multiples = [*self; COUNT];
        let mut last = *self;
        for multiple in multiples.iter_mut().skip(1) {
            last = last.add_other(&twice);
            *multiple = last;
        }
        multiples
    }

    /// k·P in constant time, P not infinity: 64 digits, from the highest on.
    ///
    /// Before digit i is added, the sum is 16·a for an odd a below 16^(63 - i) in size, so not zero, and
    /// together with the digit it is below 16^(64 - i): neither the sum nor the difference of the two is a
    /// multiple of n, but for the last digit perhaps. That one is added by the complete formula.
    pub(super) fn times(&self, k: &OddDigits) -> Self {
        let multiples = self.odd_multiples::<8>();
        let mut digits = k.iter().rev();
        let first = digits.next().map_or(Self::INFINITY, |digit| digit.of(&multiples));
        let mut sum = Zeroizing::new(first);
        while let Some(digit) = digits.next() {
            for _ in 0..4 {
                *sum = sum.double();
            }
            let multiple = digit.of(&multiples);
            *sum = if digits.len() > 0 { sum.add_other(&multiple) } else { sum.add(&multiple) };
        }
        sum.opposite_if(k.opposite)
    }
}

impl Digit {
    /// The digit's multiple out of 8, each of which is read.
    fn of(self, multiples: &[Jacobian; 8]) -> Jacobian {
        let mut found = Jacobian::INFINITY;
        for (index, multiple) in (0_u8..).zip(multiples) {
            found.replace_if(multiple, index.ct_eq(&self.index));
        }
        found.opposite_if(self.negative)
    }
}

/// The line through two points, and where it meets the curve again.
struct Chord {
    sum: Jacobian,
    h: Fe,
    r: Fe,
}

impl Chord {
    /// P = (x, y) and Q = (x + h, y + r) over z.
    #[inline(always)]
    fn new(x: &Fe, y: &Fe, z: &Fe, h: Fe, r: Fe) -> Self {
        let hh = h.square();
        let hhh = h.mul(&hh);
        let v = x.mul(&hh);
        let x3 = r.square_add(&hhh.add(&v.times(2)).neg());
        // 1·2 + 1·1
        let y3 = r.mul_sub_mul(&v.sub(&x3), y, &hhh);
        Self { sum: Jacobian { x: x3, y: y3, z: z.mul(&h) }, h, r }
    }

    fn finish_vartime(self, first: &Jacobian) -> Jacobian {
        if !self.h.is_zero_vartime() {
            self.sum
        } else if self.r.is_zero_vartime() {
            first.double()
        } else {
            Jacobian::INFINITY
        }
    }
}
