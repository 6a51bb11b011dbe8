//! Held against whole numbers added modulo p, and against points of the crate `sm2`.

use alloc::vec;
use alloc::vec::Vec;

use ::sm2::elliptic_curve::bigint::{Encoding as _, NonZero, U256};
use ::sm2::elliptic_curve::ff::PrimeField as _;
use ::sm2::elliptic_curve::ops::Reduce as _;
use ::sm2::elliptic_curve::point::AffineCoordinates as _;
use ::sm2::elliptic_curve::sec1::ToSec1Point as _;
use ::sm2::elliptic_curve::{Curve as _, Group as _};
use ::sm2::{AffinePoint, FieldBytes, ProjectivePoint, Scalar, Sm2};

use super::sum::sum_vartime;
use super::*;

const P: U256 =
    U256::from_be_hex("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff");

/// Numbers that look random and are the same in every run (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A third have long runs of ones and zeros, where carries go far.
    fn octets(&mut self) -> [u8; 32] {
        let mut octets = [0; 32];
        let runs = self.word().is_multiple_of(3);
        for chunk in octets.chunks_exact_mut(8) {
            let word = match (runs, self.word() % 4) {
                (true, 0) => 0,
                (true, 1) => u64::MAX,
                (true, 2) => u64::MAX << (self.word() % 64),
                _ => self.word(),
            };
            chunk.copy_from_slice(&word.to_be_bytes());
        }
        octets
    }

    fn below_p(&mut self) -> U256 {
        loop {
            let number = U256::from_be_bytes(self.octets().into());
            if number < P {
                return number;
            }
        }
    }

    fn scalar(&mut self) -> Scalar {
        Scalar::reduce(&FieldBytes::from(self.octets()))
    }
}

fn octets(number: &U256) -> [u8; 32] {
    number.to_be_bytes().into()
}

fn fe(number: &U256) -> Fe {
    Fe::from_octets(&octets(number)).unwrap()
}

fn modulus() -> NonZero<U256> {
    NonZero::new(P).unwrap()
}

/// a·b modulo p, bit by bit.
fn product(a: &U256, b: &U256) -> U256 {
    (0..256).rev().fold(U256::ZERO, |product, bit| {
        let twice = product.add_mod(&product, &modulus());
        if b.bit_vartime(bit) { twice.add_mod(a, &modulus()) } else { twice }
    })
}

/// Zero, one, the largest, powers of two on both sides of every limb's border, and others.
fn numbers() -> impl Iterator<Item = U256> {
    let mut random = Numbers(1);
    let small = (0..5).map(U256::from_u64);
    let large = (1..5).map(|less| P.wrapping_sub(&U256::from_u64(less)));
    let borders = (0..9).flat_map(|limb| {
        let power = U256::ONE.shl_vartime((29 * limb).min(255));
        [power, power.wrapping_sub(&U256::ONE), power.shl_vartime(1), P.wrapping_sub(&power)]
    });
    let edges = small.chain(large).chain(borders).filter(|number| *number < P);
    edges.chain((0..40).map(move |_| random.below_p()))
}

#[test]
fn what_is_not_below_p_is_no_number() {
    for more in [0, 1, 2, 1 << 63] {
        let number = P.wrapping_add(&U256::from_u64(more));
        assert!(Fe::from_octets(&octets(&number)).is_none(), "p + {more}");
    }
    assert!(Fe::from_octets(&[0xff; 32]).is_none());
    for number in numbers() {
        assert_eq!(fe(&number).to_octets(), octets(&number));
        assert_eq!(Fe::unpack(&fe(&number).pack()).to_octets(), octets(&number));
    }
}

#[test]
fn sums_and_products_are_those_of_whole_numbers() {
    for a in numbers() {
        assert_eq!(fe(&a).square().to_octets(), octets(&product(&a, &a)), "{a}²");
        let opposite = octets(&a.neg_mod(&modulus()));
        assert_eq!(fe(&a).neg().to_octets(), opposite, "-{a}");
        for b in numbers() {
            let (x, y) = (fe(&a), fe(&b));
            let sum = a.add_mod(&b, &modulus());
            let difference = a.sub_mod(&b, &modulus());
            let ab = product(&a, &b);
            assert_eq!(x.add(&y).to_octets(), octets(&sum), "{a} + {b}");
            assert_eq!(x.sub(&y).to_octets(), octets(&difference), "{a} - {b}");
            assert_eq!(x.mul(&y).to_octets(), octets(&ab), "{a}·{b}");
            assert_eq!(bool::from(x.sub(&y).is_zero()), a == b);
            assert_eq!(x.sub(&y).is_zero_vartime(), a == b);
            assert_eq!(x.mul_add(&y, &x).to_octets(), octets(&ab.add_mod(&a, &modulus())));
        }
    }
}

#[test]
fn products_that_are_reduced_together_are_those_of_whole_numbers() {
    let mut random = Numbers(2);
    let less = |a: &U256, b: &U256| a.sub_mod(b, &modulus());
    for (a, b) in numbers().zip(numbers().collect::<Vec<_>>().into_iter().rev()) {
        let (c, d) = (random.below_p(), random.below_p());
        let [x, y, z, w] = [a, b, c, d].map(|number| fe(&number));
        let (ab, cc) = (product(&a, &b), product(&c, &c));
        assert_eq!(x.mul_sub_mul(&y, &z, &w).to_octets(), octets(&less(&ab, &product(&c, &d))));
        let eight = product(&cc, &U256::from_u64(8));
        assert_eq!(x.mul_sub_8_square(&y, &z).to_octets(), octets(&less(&ab, &eight)));
        assert_eq!(z.square_add(&x).to_octets(), octets(&cc.add_mod(&a, &modulus())));
    }
}

/// The widest that any formula multiplies: limbs of 14 times 2⁵⁶ together, all of one sign.
#[test]
fn widest_limbs_do_not_overflow() {
    let tight = Fe([1 << 28; 9]);
    let widest = tight.times(7).mul(&tight.times(2)).to_octets();
    let one = tight.mul(&tight);
    assert_eq!(widest, one.times(14).to_octets());
    assert_eq!(tight.times(-7).mul(&tight.times(2)).to_octets(), one.times(-14).to_octets());
    let twelve = tight.times(6).mul_sub_mul(&tight, &tight.times(-6), &tight);
    assert_eq!(twelve.to_octets(), one.times(12).to_octets());
    let ten = tight.times(2).mul_sub_8_square(&tight.neg(), &tight);
    assert_eq!(ten.to_octets(), one.times(-10).to_octets());
}

#[test]
fn products_are_tight() {
    let mut random = Numbers(3);
    for _ in 0..200 {
        let (a, b) = (fe(&random.below_p()), fe(&random.below_p()));
        for Fe([limbs @ .., highest]) in [a, a.times(-3).mul(&b.times(4)), a.times(3).square()] {
            assert!(limbs.iter().all(|limb| (-1 << 28..1 << 28).contains(limb)));
            assert!(highest.abs() < 1 << 25);
        }
    }
}

#[test]
fn inverse_times_number_is_one() {
    for number in numbers() {
        let product = fe(&number).invert().mul(&fe(&number)).to_octets();
        assert_eq!(product, octets(&U256::from_u64(u64::from(number != U256::ZERO))), "{number}");
    }
}

/// What the crate says, as we write it.
fn coordinates(point: ProjectivePoint) -> Option<[u8; 64]> {
    let point = point.to_affine().to_sec1_point(false);
    point.as_bytes().get(1..)?.try_into().ok()
}

fn point(point: ProjectivePoint) -> Point {
    Point::from_octets(&coordinates(point).unwrap()).unwrap()
}

/// Numbers at the edges of digits and of n, those of which the last addition is of equal points, and others.
fn scalars() -> Vec<Scalar> {
    let mut random = Numbers(4);
    let sixteen_63 = (0..63).fold(Scalar::ONE, |power, _| power * Scalar::from(16_u64));
    let small = (0..40_u64).flat_map(|small| [Scalar::from(small), -Scalar::from(small)]);
    let mut scalars: Vec<_> = small.collect();
    for digit in (1..16_u64).step_by(2) {
        // The sum is the highest digit's multiple, or the lowest digit, once more.
        let high = Scalar::from(digit) * sixteen_63;
        scalars.extend([high + high, -(high + high), high, -high]);
        scalars.extend([Scalar::from(2 * digit), -Scalar::from(2 * digit)]);
    }
    for bit in 0..256 {
        let power = (0..bit).fold(Scalar::ONE, |power, _| power + power);
        scalars.extend([power, power - Scalar::ONE]);
    }
    scalars.extend((0..40).map(|_| random.scalar()));
    scalars
}

#[test]
fn multiples_are_those_of_the_crate() {
    let other = ProjectivePoint::GENERATOR * Numbers(5).scalar();
    let ours = point(other);
    for k in scalars() {
        let octets = k.to_repr().into();
        let base = Point::base_times(&octets).map(|point| point.to_octets());
        assert_eq!(base, coordinates(ProjectivePoint::GENERATOR * k), "{k:?}·G");
        let own = Jacobian::from(&Affine::G).times(&OddDigits::new(&octets));
        let own = (!bool::from(own.is_infinity())).then(|| Point(own.to_affine()).to_octets());
        assert_eq!(own, base, "{k:?}·G without a table");
        let multiple = ours.times(&octets).map(|point| point.to_octets());
        assert_eq!(multiple, coordinates(other * k), "{k:?}·P");
    }
}

#[test]
fn what_is_not_below_n_is_taken_modulo_n() {
    let mut numbers = vec![[0xff; 32]];
    let n = Sm2::ORDER.as_ref();
    numbers.extend((0..4).map(|more| octets(&n.wrapping_add(&U256::from_u64(more)))));
    for number in numbers {
        let k = Scalar::reduce(&FieldBytes::from(number));
        let ours = Point::base_times(&number).map(|point| point.to_octets());
        assert_eq!(ours, coordinates(ProjectivePoint::GENERATOR * k));
    }
}

#[test]
fn digits_make_the_number() {
    for k in scalars() {
        let octets = k.to_repr().into();
        let value = |digit: i64| match u64::try_from(digit) {
            Ok(digit) => Scalar::from(digit),
            Err(_) => -Scalar::from(digit.unsigned_abs()),
        };
        for width in [5, 7] {
            let digits = scalar::sparse_digits_vartime(&octets, width);
            let sum = digits.iter().rev().fold(Scalar::ZERO, |sum, digit| {
                assert!(*digit == 0 || digit % 2 != 0 && digit.abs() < 1 << (width - 1));
                sum + sum + value(i64::from(*digit))
            });
            assert_eq!(sum, k);
        }
        let digits = OddDigits::new(&octets);
        let sum = digits.iter().rev().fold(Scalar::ZERO, |sum, digit| {
            let size = 2 * i64::from(digit.index) + 1;
            let negative = bool::from(digit.negative);
            sum * Scalar::from(16_u64) + value(if negative { -size } else { size })
        });
        assert_eq!(if bool::from(digits.opposite) { -sum } else { sum }, k);
    }
}

/// P + Q, P + P, P - P and infinity on either side.
#[test]
fn sums_are_complete_where_they_say_so() {
    let mut random = Numbers(6);
    let infinity = ProjectivePoint::IDENTITY;
    // Any Z, also for equal points.
    let ours = |theirs: ProjectivePoint, z: &Fe| {
        let Some(octets) = coordinates(theirs) else { return Jacobian::INFINITY };
        let Point(Affine { x, y }) = Point::from_octets(&octets).unwrap();
        let square = z.square();
        Jacobian { x: x.mul(&square), y: y.mul(&square.mul(z)), z: *z }
    };
    let shown = |sum: Jacobian| {
        (!bool::from(sum.is_infinity())).then(|| Point(sum.to_affine()).to_octets())
    };
    for _ in 0..20 {
        let [p, q] = [(); 2].map(|()| ProjectivePoint::GENERATOR * random.scalar());
        let pairs = [(p, q), (p, p), (p, -p), (infinity, q), (p, infinity), (infinity, infinity)];
        for (p, q) in pairs {
            let (first, second) =
                (ours(p, &fe(&random.below_p())), ours(q, &fe(&random.below_p())));
            assert_eq!(shown(first.add(&second)), coordinates(p + q));
            assert_eq!(shown(first.double()), coordinates(p.double()));
            if q != infinity {
                assert_eq!(shown(first.add_vartime(&second)), coordinates(p + q));
                let affine = second.to_affine();
                assert_eq!(shown(first.add_affine_vartime(&affine)), coordinates(p + q));
            }
        }
    }
}

#[test]
fn sums_of_two_multiples_are_those_of_the_crate() {
    let mut random = Numbers(7);
    let d = random.scalar();
    let other = ProjectivePoint::GENERATOR * d;
    let ours = point(other);
    let mut pairs = vec![(Scalar::ZERO, Scalar::ZERO), (-d, Scalar::ONE), (d, Scalar::ONE)];
    for scalar in scalars() {
        pairs.extend([(scalar, random.scalar()), (random.scalar(), scalar), (-d * scalar, scalar)]);
    }
    for (s, t) in pairs {
        let theirs = ProjectivePoint::GENERATOR * s + other * t;
        let (s, t) = (s.to_repr().into(), t.to_repr().into());
        let sum = sum_vartime(&s, &t, &ours.0);
        let shown = (!sum.z.is_zero_vartime()).then(|| Point(sum.to_affine()).to_octets());
        assert_eq!(shown, coordinates(theirs));
        let x = Scalar::reduce(&theirs.to_affine().x());
        let x_is = |x: Scalar| ours.is_x_of_sum_vartime(&s, &t, &x.to_repr().into());
        assert_eq!(x_is(x), shown.is_some());
        assert!(!x_is(x + Scalar::ONE));
    }
}

/// A point with an x from n to p - 1, which is known modulo n alone.
#[test]
fn x_above_the_order_is_found() {
    let one = Scalar::ONE.to_repr().into();
    let (x, point) = (0_u64..)
        .find_map(|more| {
            let x = Sm2::ORDER.as_ref().wrapping_add(&U256::from_u64(more));
            // The square root, by the power (p + 1) / 4.
            let fe = fe(&x);
            let square = fe.mul_add(&fe.square().sub(&Fe::ONE.times(3)), &point::B);
            let power = P.wrapping_add(&U256::ONE).shr_vartime(2);
            let y = (0..254).rev().fold(Fe::ONE, |root, bit| {
                let twice = root.square();
                if power.bit_vartime(bit) { twice.mul(&square) } else { twice }
            });
            let octets: Vec<_> = [octets(&x), y.to_octets()].concat();
            Some((more, Point::from_octets(&octets.try_into().unwrap())?))
        })
        .unwrap();
    let zero = [0; 32];
    assert!(point.is_x_of_sum_vartime(&zero, &one, &octets(&U256::from_u64(x))));
    assert!(!point.is_x_of_sum_vartime(&zero, &one, &octets(&U256::from_u64(x + 1))));
}

#[test]
fn what_is_not_on_the_curve_is_no_point() {
    let mut octets = Point(Affine::G).to_octets();
    assert_eq!(Some(octets), coordinates(ProjectivePoint::GENERATOR));
    for index in 0..octets.len() {
        octets[index] ^= 1;
        let (x, y) = octets.split_at(32);
        let (x, y): (&[u8; 32], &[u8; 32]) = (x.try_into().unwrap(), y.try_into().unwrap());
        let theirs: Option<AffinePoint> = AffinePoint::from_coordinates(x.into(), y.into()).into();
        assert!(theirs.is_none() && Point::from_octets(&octets).is_none(), "octet {index}");
        octets[index] ^= 1;
    }
    for wrong in [[0; 64], [0xff; 64]] {
        assert!(Point::from_octets(&wrong).is_none());
    }
}

#[test]
fn nothing_prints_the_point() {
    assert_eq!(alloc::format!("{:?}", Point(Affine::G)), "Point(..)");
}
