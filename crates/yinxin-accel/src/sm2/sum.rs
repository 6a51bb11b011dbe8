//! Sums of two multiples where all is public, as verifying needs them.

use alloc::boxed::Box;
use core::iter;

use once_cell::race::OnceBox;

use super::point::{Affine, Jacobian};
use super::scalar::sparse_digits_vartime;

/// Width of the digits that G is multiplied by where all is public: 32 multiples, 256/8 additions.
const WIDTH: u32 = 7;
/// The same for a point that is met once: 8 multiples cost as much as they save.
const WIDTH_ONCE: u32 = 5;

/// s·G + t·P for public numbers and a public P, not infinity: doublings are shared, and digits are mostly
/// zero.
pub(super) fn sum_vartime(s: &[u8; 32], t: &[u8; 32], point: &Affine) -> Jacobian {
    static ODD: OnceBox<[Affine; 32]> = OnceBox::new();
    let odd = ODD.get_or_init(|| {
        let multiples = Jacobian::from(&Affine::G).odd_multiples::<32>();
        let mut odd = Box::new([Affine::G; 32]);
        for (to, affine) in odd.iter_mut().zip(Jacobian::all_to_affine(&multiples)) {
            *to = affine;
        }
        odd
    });
    let multiples = Jacobian::from(point).odd_multiples::<8>();
    let s = sparse_digits_vartime(s, WIDTH);
    let t = sparse_digits_vartime(t, WIDTH_ONCE);
    let mut sum = Jacobian::INFINITY;
    for (s, t) in iter::zip(s, t).rev() {
        sum = sum.double();
        if let Some(multiple) = odd.get(usize::from(s.unsigned_abs() / 2)).filter(|_| s != 0) {
            sum = sum.add_affine_vartime(&multiple.opposite_if(u8::from(s < 0).into()));
        }
        if let Some(multiple) = multiples.get(usize::from(t.unsigned_abs() / 2)).filter(|_| t != 0)
        {
            sum = sum.add_vartime(&multiple.opposite_if(u8::from(t < 0).into()));
        }
    }
    sum
}
