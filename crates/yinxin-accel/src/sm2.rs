//! Points of SM2's curve (GB/T 32918.1, parameters of GB/T 32918.5), multiplied.
//!
//! The RustCrypto crate `sm2` multiplies words of 64 bits into 128, which WASM cannot in one instruction;
//! signing and verifying spent nearly all their time there. Here are limbs of 29 bits, which suit 64 bits
//! everywhere: natively too this is faster. Numbers modulo n stay with the crate: a signature takes two
//! products of them.
//!
//! Secrets are what [`Point::times`] and [`Point::base_times`] are given. Their time and the addresses that
//! they read depend on nothing: digits are never zero, each looks at every multiple, the formulas have no
//! exception where they are used (the reasons stand beside them), and the inverse is a power. Digits and
//! sums are wiped. What ends in `vartime` is for public numbers alone.
//!
//! No input panics: a number that is not below n is taken modulo n.

use core::fmt;

use zeroize::{DefaultIsZeroes, Zeroizing};

#[cfg(feature = "tables")]
mod base;
mod field;
mod point;
mod scalar;
mod sum;
#[cfg(test)]
mod tests;

use field::Fe;
use point::{Affine, Jacobian};
use scalar::OddDigits;

/// A point of the curve, not infinity. It does not print, as it may be a shared secret; whoever has one
/// wraps it in `Zeroizing`.
#[derive(Clone, Copy, Default)]
pub struct Point(Affine);

impl DefaultIsZeroes for Point {}

impl Point {
    /// X‖Y, if that is a point of the curve.
    #[must_use]
    pub fn from_octets(octets: &[u8; 64]) -> Option<Self> {
        let (x, y) = octets.split_first_chunk::<32>()?;
        let affine = Affine { x: Fe::from_octets(x)?, y: Fe::from_octets(y.try_into().ok()?)? };
        bool::from(affine.is_on_curve()).then_some(Self(affine))
    }

    /// X‖Y.
    #[must_use]
    pub fn to_octets(&self) -> [u8; 64] {
        let mut octets = [0; 64];
        let (x, y) = octets.split_at_mut(32);
        x.copy_from_slice(&self.x());
        y.copy_from_slice(&self.0.y.to_octets());
        octets
    }

    /// X.
    #[must_use]
    pub fn x(&self) -> [u8; 32] {
        self.0.x.to_octets()
    }

    /// k·P in constant time, k being 32 octets, big-endian; none for infinity, that is for k = 0.
    #[must_use]
    pub fn times(&self, k: &[u8; 32]) -> Option<Self> {
        let product = Jacobian::from(&self.0).times(&OddDigits::new(k));
        Self::from_secret(Zeroizing::new(product))
    }

    /// k·G in constant time; none for k = 0.
    ///
    /// With the feature `tables` from multiples that are made at the first use: half a millisecond, 16 KiB.
    #[must_use]
    pub fn base_times(k: &[u8; 32]) -> Option<Self> {
        let k = OddDigits::new(k);
        #[cfg(feature = "tables")]
        let product = base::times(&k);
        #[cfg(not(feature = "tables"))]
        let product = Jacobian::from(&Affine::G).times(&k);
        Self::from_secret(Zeroizing::new(product))
    }

    /// Z tells of the number that a point was multiplied by.
    fn from_secret(product: Zeroizing<Jacobian>) -> Option<Self> {
        let infinity = bool::from(product.is_infinity());
        (!infinity).then(|| Self(product.to_affine()))
    }

    /// Whether x modulo n is that of s·G + t·P; not for infinity. All of it is public: the time depends on
    /// it.
    #[must_use]
    pub fn is_x_of_sum_vartime(&self, s: &[u8; 32], t: &[u8; 32], x: &[u8; 32]) -> bool {
        let sum = sum::sum_vartime(s, t, &self.0);
        if sum.z.is_zero_vartime() {
            return false;
        }
        // X = x·Z², which spares the inverse. Of the numbers below n some have a second one below p.
        let square = sum.z.square();
        let is =
            |x: Option<Fe>| x.is_some_and(|x| x.mul_add(&square, &sum.x.neg()).is_zero_vartime());
        is(Fe::from_octets(x))
            || is(scalar::plus_order_vartime(x).and_then(|x| Fe::from_octets(&x)))
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Point(..)")
    }
}
