//! Multiples of the base point G by secret numbers: out of a table that is kept from its first use on.

use alloc::boxed::Box;
use alloc::vec::Vec;

use once_cell::race::OnceBox;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::field::Fe;
use super::point::{Affine, Jacobian};
use super::scalar::{Digit, OddDigits};

/// k·G in constant time: 62 additions, of digits in even and in odd places apart, and 4 doublings.
///
/// Digits come from the lowest on. Before digit i is added, the sum of those in even places is not zero and
/// below 16^(i-1) in size, the digit's multiple is at least 16^i and at most 15·16^i, and i is at most 62:
/// neither the sum nor the difference of the two is a multiple of n. The same holds of those in odd places,
/// over 16. Only the two sums together may be anything: those are added by the complete formula.
pub(super) fn times(k: &OddDigits) -> Jacobian {
    let sum = |first: usize| {
        let mut windows = k.iter().skip(first).step_by(2).zip(table());
        let (digit, window) = windows.next()?;
        let start = Jacobian::from(&digit.out_of(window));
        Some(
            windows.fold(start, |sum, (digit, window)| sum.add_other_affine(&digit.out_of(window))),
        )
    };
    let (even, odd) = (Zeroizing::new(sum(0)), Zeroizing::new(sum(1)));
    let odd = odd.unwrap_or(Jacobian::INFINITY).double().double().double().double();
    odd.add(&even.unwrap_or(Jacobian::INFINITY)).opposite_if(k.opposite)
}

/// Odd multiples up to 15 of 256^i·G, packed.
type Window = [[u64; 8]; 8];

/// The windows of all pairs of digits, 16 KiB.
fn table() -> &'static [Window; 32] {
    static TABLE: OnceBox<[Window; 32]> = OnceBox::new();
    TABLE.get_or_init(|| {
        let mut table = Box::new([[[0; 8]; 8]; 32]);
        let mut base = Jacobian::from(&Affine::G);
        // An inversion for 16 windows: one for all would need 90 KiB for a moment.
        for part in table.chunks_mut(16) {
            let mut multiples = Vec::with_capacity(128);
            for _ in 0..part.len() {
                let odd = base.odd_multiples::<8>();
                multiples.extend(odd);
                let [.., fifteen] = odd;
                base = fifteen.add_other(&base).double().double().double().double();
            }
            let affine = Jacobian::all_to_affine(&multiples);
            for (packed, Affine { x, y }) in part.as_flattened_mut().iter_mut().zip(affine) {
                let ([a, b, c, d], [e, f, g, h]) = (x.pack(), y.pack());
                *packed = [a, b, c, d, e, f, g, h];
            }
        }
        table
    })
}

impl Digit {
    /// The digit's multiple out of 8, each of which is read.
    #[inline(always)]
    fn out_of(self, window: &Window) -> Affine {
        let mut found = [0; 8];
        for (index, packed) in (0_u8..).zip(window) {
            let mask = u64::from(index.ct_eq(&self.index).unwrap_u8()).wrapping_neg();
            for (word, packed) in found.iter_mut().zip(packed) {
                *word |= mask & packed;
            }
        }
        let [a, b, c, d, e, f, g, h] = found;
        let (x, y) = (Fe::unpack(&[a, b, c, d]), Fe::unpack(&[e, f, g, h]));
        Affine { x, y }.opposite_if(self.negative)
    }
}
