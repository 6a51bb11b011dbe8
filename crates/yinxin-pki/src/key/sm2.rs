//! SM2 (GB/T 32918): user id and Z, signatures as DER and r‖s, ciphertexts as DER and C1‖C3‖C2.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ::sm2::elliptic_curve::Curve as _;
use ::sm2::elliptic_curve::bigint::U256;
use ::sm2::elliptic_curve::ff::PrimeField as _;
use ::sm2::elliptic_curve::ops::Reduce as _;
use ::sm2::{FieldBytes, Scalar, Sm2};
use once_cell::race::OnceBox;
use rand_core::CryptoRng;
use rfc6979::KGenerator;
use sm3::{Digest as _, Sm3};
use subtle::ConstantTimeEq;
use yinxin_accel::sm2::Point;
use zeroize::Zeroizing;

use super::SignatureError;
use super::signature::{read_pair, write_pair};
use crate::der::{Reader, Writer};
use crate::{DigestAlgorithm, Error, Hasher, oid};

/// The user id everybody uses (GM/T 0009 §10, GB/T 32918.2 appendix A).
pub const DEFAULT_ID: &[u8] = b"1234567812345678";

/// An SM2 public key.
#[derive(Clone)]
pub(crate) struct Sm2Key {
    point: [u8; 65],
    key: Point,
}

impl PartialEq for Sm2Key {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}

impl Eq for Sm2Key {}

impl Sm2Key {
    pub(super) fn from_point(point: &[u8]) -> Option<Self> {
        let point: [u8; 65] = point.try_into().ok()?;
        let [4, coordinates @ ..] = &point else { return None };
        Some(Self { key: Point::from_octets(coordinates)?, point })
    }

    fn from_key(key: Point) -> Self {
        let mut point = [4; 65];
        let [_, coordinates @ ..] = &mut point;
        *coordinates = key.to_octets();
        Self { point, key }
    }

    pub(crate) const fn point(&self) -> &[u8; 65] {
        &self.point
    }

    /// SM3 that has taken Z = SM3(ENTL ‖ ID ‖ a ‖ b ‖ G ‖ P) (GB/T 32918.2 §5.5).
    pub(crate) fn hasher(&self, id: &[u8]) -> Hasher {
        let mut hasher = DigestAlgorithm::Sm3.hasher();
        hasher.update(self.z(id).as_ref());
        hasher
    }

    fn z(&self, id: &[u8]) -> crate::Digest {
        let mut z = DigestAlgorithm::Sm3.hasher();
        z.update(&u16::try_from(id.len() * 8).unwrap_or(u16::MAX).to_be_bytes());
        z.update(id);
        z.update(&A);
        z.update(&B);
        z.update(&G);
        z.update(self.point.get(1..).unwrap_or(&[]));
        z.finish()
    }

    /// Verifies (GB/T 32918.2 §7.1): r is e + x₁ for the point s·G + (r + s)·P.
    pub(crate) fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let (r, s) = read_pair::<32>(signature)?;
        let scalar = |octets| in_range(octets).ok_or(SignatureError::Malformed);
        let (r_scalar, s_scalar) = (scalar(&r)?, scalar(&s)?);
        let digest: [u8; 32] = digest.try_into().map_err(|_| SignatureError::Wrong)?;
        let t = r_scalar + s_scalar;
        if t.is_zero().into() {
            return Err(SignatureError::Wrong);
        }
        let x = r_scalar - Scalar::reduce(&FieldBytes::from(digest));
        if self.key.is_x_of_sum_vartime(&s, &t.to_repr().into(), &x.to_repr().into()) {
            Ok(())
        } else {
            Err(SignatureError::Wrong)
        }
    }

    /// Encrypts up to a few hundred bytes to this key (GB/T 32918.4 §6.1); `None` for nothing.
    pub(crate) fn encrypt(&self, plaintext: &[u8], rng: &mut impl CryptoRng) -> Option<Ciphertext> {
        if plaintext.is_empty() {
            return None;
        }
        loop {
            let mut k = Zeroizing::new([0; 32]);
            rng.fill_bytes(&mut *k);
            if in_range(&k).is_none() {
                continue;
            }
            let shared = Shared::new(&self.key, &k)?;
            if let Some(c2) = shared.encrypt(plaintext) {
                let c1 = Point::base_times(&k)?.to_octets();
                return Some(Ciphertext { c1, c3: shared.check(plaintext), c2: c2.to_vec() });
            }
        }
    }
}

/// The point that both sides of an encryption know: X‖Y.
struct Shared(Zeroizing<[u8; 64]>);

impl Shared {
    fn new(point: &Point, k: &[u8; 32]) -> Option<Self> {
        let shared = Zeroizing::new(point.times(k)?);
        Some(Self(Zeroizing::new(shared.to_octets())))
    }

    /// Text under the key stream, or the other way round (GB/T 32918.4 §5.4.3). `None` for a key stream
    /// of zeros alone.
    fn encrypt(&self, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut stream = Zeroizing::new(Vec::with_capacity(text.len() + 32));
        for counter in 1_u32.. {
            if stream.len() >= text.len() {
                break;
            }
            let mut kdf = Sm3::new();
            kdf.update(&self.0[..]);
            kdf.update(counter.to_be_bytes());
            stream.extend_from_slice(&kdf.finalize());
        }
        stream.truncate(text.len());
        if stream.iter().all(|octet| *octet == 0) {
            return None;
        }
        for (octet, text) in stream.iter_mut().zip(text) {
            *octet ^= text;
        }
        Some(stream)
    }

    /// C3 of a plaintext.
    fn check(&self, plaintext: &[u8]) -> [u8; 32] {
        let (x, y) = self.0.split_at(32);
        let mut c3 = Sm3::new();
        c3.update(x);
        c3.update(plaintext);
        c3.update(y);
        c3.finalize().into()
    }
}

/// An SM2 ciphertext (GM/T 0009 §7.2: SM2Cipher): point C1, digest C3, data C2.
///
/// C1 is checked to lie on the curve when it is used, not here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ciphertext {
    c1: [u8; 64],
    c3: [u8; 32],
    c2: Vec<u8>,
}

impl Ciphertext {
    /// Reads DER SM2Cipher {x, y, hash, cipher}.
    ///
    /// # Errors
    ///
    /// [`Error`]: malformed, an empty C2, or integers over 32 bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(der);
        let ciphertext = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(ciphertext)
    }

    /// Reads DER SM2Cipher inside something larger.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der).
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut cipher = reader.sequence()?;
        let mut c1 = [0; 64];
        for half in c1.chunks_exact_mut(32) {
            let at = cipher.position();
            let magnitude = cipher.unsigned()?;
            let Some(start) = half.len().checked_sub(magnitude.len()) else {
                return Err(Error::Malformed { at, expected: "a coordinate of 32 bytes" });
            };
            for (to, from) in half.iter_mut().skip(start).zip(magnitude) {
                *to = *from;
            }
        }
        let at = cipher.position();
        let c3 = cipher
            .octet_string()?
            .try_into()
            .map_err(|_| Error::Malformed { at, expected: "a digest C3 of 32 bytes" })?;
        let at = cipher.position();
        let c2 = cipher.octet_string()?.to_vec();
        cipher.finish()?;
        if c2.is_empty() {
            return Err(Error::Malformed { at, expected: "a C2 that is not empty" });
        }
        Ok(Self { c1, c3, c2 })
    }

    /// Reads C1‖C3‖C2, with or without the 04 in front.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] when too short.
    pub fn from_c1c3c2(bytes: &[u8]) -> Result<Self, Error> {
        let (c1, rest) = split_c1(bytes)?;
        let (c3, c2) = rest.split_first_chunk::<32>().ok_or_else(|| too_short(bytes))?;
        Self::from_parts(c1, *c3, c2, bytes)
    }

    /// Reads the older order C1‖C2‖C3, with or without the 04 in front.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] when too short.
    pub fn from_c1c2c3(bytes: &[u8]) -> Result<Self, Error> {
        let (c1, rest) = split_c1(bytes)?;
        let (c2, c3) = rest.split_last_chunk::<32>().ok_or_else(|| too_short(bytes))?;
        Self::from_parts(c1, *c3, c2, bytes)
    }

    fn from_parts(c1: [u8; 64], c3: [u8; 32], c2: &[u8], all: &[u8]) -> Result<Self, Error> {
        if c2.is_empty() { Err(too_short(all)) } else { Ok(Self { c1, c3, c2: c2.to_vec() }) }
    }

    /// DER SM2Cipher, the form this library writes.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                for half in self.c1.chunks_exact(32) {
                    w.unsigned(half);
                }
                w.octet_string(&self.c3);
                w.octet_string(&self.c2);
            });
        })
    }

    /// 04‖C1‖C3‖C2, the form tokens take.
    #[must_use]
    pub fn to_c1c3c2(&self) -> Vec<u8> {
        [&[4][..], &self.c1, &self.c3, &self.c2].concat()
    }

    /// Decrypts (GB/T 32918.4 §7.1). `None` whatever was wrong: C1 not on the curve, an all-zero
    /// key stream, C3 not matching; a caller must not tell them apart.
    pub(super) fn decrypt(&self, key: &Secret) -> Option<Zeroizing<Vec<u8>>> {
        let shared = Shared::new(&Point::from_octets(&self.c1)?, &key.octets)?;
        let plaintext = shared.encrypt(&self.c2)?;
        bool::from(shared.check(&plaintext).ct_eq(&self.c3)).then_some(plaintext)
    }
}

/// A number from 1 to n - 1.
fn in_range(octets: &[u8; 32]) -> Option<Scalar> {
    let scalar: Option<Scalar> = Scalar::from_repr((*octets).into()).into();
    scalar.filter(|scalar| !bool::from(scalar.is_zero()))
}

fn split_c1(bytes: &[u8]) -> Result<([u8; 64], &[u8]), Error> {
    // A coordinate that happens to begin with 04 is told apart by what lies on the curve.
    if let Some((c1, rest)) = bytes.strip_prefix(&[4]).and_then(|b| b.split_first_chunk::<64>())
        && Point::from_octets(c1).is_some()
    {
        return Ok((*c1, rest));
    }
    bytes.split_first_chunk::<64>().map(|(c1, rest)| (*c1, rest)).ok_or_else(|| too_short(bytes))
}

const fn too_short(bytes: &[u8]) -> Error {
    Error::Length { what: "SM2 ciphertext", expected: 97, found: bytes.len() }
}

/// How many nonces are tried; that one is refused has a chance of 2^-255.
const NONCES: usize = 4;

/// A private key d, with what signing needs of it: (1 + d)⁻¹ is the same in every signature, and an
/// inversion is a tenth of what one costs. Keys that decrypt have none.
pub(super) struct Secret {
    octets: Box<Zeroizing<[u8; 32]>>,
    inverse: OnceBox<Zeroizing<Scalar>>,
}

impl Secret {
    /// Draws a key; `None` for what is out of range, one in four thousand millions.
    pub(super) fn generate(rng: &mut impl CryptoRng) -> Option<Self> {
        let mut octets = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *octets);
        // The lowest comes first, as the crate `sm2` drew keys: fixtures stay what they are.
        octets.reverse();
        Self::from_octets(&*octets)
    }

    /// The key of 32 octets, big-endian; `None` unless it is from 1 to n - 2: n - 1 cannot sign.
    pub(super) fn from_octets(octets: &[u8]) -> Option<Self> {
        let octets = Box::new(Zeroizing::new(<[u8; 32]>::try_from(octets).ok()?));
        let scalar = Zeroizing::new(in_range(&octets)?);
        let refused = (*scalar + Scalar::ONE).is_zero();
        (!bool::from(refused)).then(|| Self { octets, inverse: OnceBox::new() })
    }

    fn scalar(&self) -> Zeroizing<Scalar> {
        Zeroizing::new(Scalar::from_repr((**self.octets).into()).unwrap_or(Scalar::ZERO))
    }

    /// (1 + d)⁻¹.
    fn inverse(&self) -> &Scalar {
        self.inverse.get_or_init(|| {
            let inverse = (*self.scalar() + Scalar::ONE).invert();
            Box::new(Zeroizing::new(inverse.unwrap_or(Scalar::ZERO)))
        })
    }

    /// 32 octets, big-endian.
    pub(super) fn to_octets(&self) -> Zeroizing<[u8; 32]> {
        (*self.octets).clone()
    }

    /// d·G.
    pub(super) fn public(&self) -> Option<Sm2Key> {
        Point::base_times(&self.octets).map(Sm2Key::from_key)
    }

    /// Signs a digest (GB/T 32918.2 §6.1); the nonce comes from the key, the digest and fresh
    /// randomness together (RFC 6979 §3.6), so a poor random source does not give the key away.
    pub(super) fn sign(
        &self,
        digest: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, SignatureError> {
        let digest: [u8; 32] = digest.try_into().map_err(|_| SignatureError::Nonce)?;
        let e = Scalar::reduce(&FieldBytes::from(digest));
        let mut fresh = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *fresh);
        let mut nonces =
            KGenerator::<Sm3, U256>::new(&self.octets[..], &e.to_repr(), &fresh[..], &Sm2::ORDER);
        let mut nonce = Zeroizing::new(FieldBytes::default());
        for _ in 0..NONCES {
            nonces.fill_next_k(&mut nonce);
            let k = Zeroizing::new(Scalar::from_repr(*nonce).unwrap_or(Scalar::ZERO));
            if let Some((r, s)) = self.sign_with(e, &k) {
                return Ok(write_pair(&r.to_repr(), &s.to_repr()));
            }
        }
        Err(SignatureError::Nonce)
    }

    /// r = e + x₁, s = (1 + d)⁻¹ (k − r d); nothing for a nonce that the standard refuses.
    fn sign_with(&self, e: Scalar, k: &Scalar) -> Option<(Scalar, Scalar)> {
        let octets = Zeroizing::new(k.to_repr().into());
        let point = Point::base_times(&octets)?;
        let r = e + Scalar::reduce(&FieldBytes::from(point.x()));
        let s = *self.inverse() * (*k - r * *self.scalar());
        let refused = r.is_zero() | (r + k).is_zero() | s.is_zero();
        (!bool::from(refused)).then_some((r, s))
    }
}

/// Whether ECParameters written out (X9.62 SpecifiedECDomain) are the SM2 curve, to the last bit:
/// anything else could smuggle in a generator of the attacker's (CVE-2020-0601).
pub(super) fn is_explicit_curve(reader: &mut Reader<'_>) -> Result<bool, Error> {
    let mut params = reader.sequence()?;
    let version = params.uint()?;
    let mut field = params.sequence()?;
    let prime_field = field.oid()? == oid::PRIME_FIELD;
    let prime = field.unsigned()?;
    field.finish()?;
    let mut curve = params.sequence()?;
    let a = curve.octet_string()?;
    let b = curve.octet_string()?;
    if !curve.is_empty() {
        curve.any()?; // a seed, which plays no part
    }
    curve.finish()?;
    let base = params.octet_string()?;
    let order = params.unsigned()?;
    let cofactor = if params.is_empty() { 1 } else { params.uint()? };
    params.finish()?;
    Ok((1..=3).contains(&version)
        && prime_field
        && prime == P
        && a == A
        && b == B
        && base.split_first() == Some((&4, &G))
        && order == N
        && cofactor == 1)
}

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time, or in a test")]
const fn hex<const L: usize>(text: &str) -> [u8; L] {
    let digits = text.as_bytes();
    assert!(digits.len() == 2 * L, "two digits a byte");
    let mut bytes = [0; L];
    let mut index = 0;
    while index < L {
        bytes[index] = nibble(digits[2 * index]) << 4 | nibble(digits[2 * index + 1]);
        index += 1;
    }
    bytes
}

const fn nibble(digit: u8) -> u8 {
    if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 }
}

// GB/T 32918.5-2017 §2.
const P: [u8; 32] = hex("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff");
const A: [u8; 32] = hex("fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc");
const B: [u8; 32] = hex("28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93");
const N: [u8; 32] = hex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
const G: [u8; 64] = hex("32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7\
     bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0");

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::key::custody::ToUnwrap;
    use crate::{Curve, PrivateKey, PublicKey, SignatureAlgorithm};

    /// GB/T 32918 over the curve of part 5, as widely printed.
    const SCALAR: [u8; 32] =
        hex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
    const POINT: [u8; 65] =
        hex("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
         ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");

    #[test]
    fn public_half_of_the_printed_key() {
        let key = PrivateKey::from_scalar(Curve::Sm2, &SCALAR).unwrap();
        assert_eq!(key.public().bits(), POINT);
    }

    #[test]
    fn printed_signature_verifies_and_no_other() {
        let key = PublicKey::from_point(&oid::SM2_CURVE, &POINT, 0).unwrap();
        let r: [u8; 32] = hex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3");
        let s: [u8; 32] = hex("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
        let signature = write_pair(&r, &s);
        let verify = |message: &[u8], signature: &[u8]| {
            key.verify(SignatureAlgorithm::Sm2Sm3, message, signature)
        };
        assert_eq!(verify(b"message digest", &signature), Ok(()));
        assert_eq!(verify(b"message digesT", &signature), Err(SignatureError::Wrong));

        let zero = [0; 32];
        // n - r, so that r + s = 0
        let minus_r: [u8; 32] =
            hex("0a5fc4f8b72d3b9cf1153aec1e447e5e18bf0532f9f04dea100f755c4aee2070");
        for (r, s) in [(&zero, &s), (&r, &zero), (&N, &s), (&r, &N), (&r, &minus_r)] {
            assert!(verify(b"message digest", &write_pair(r, s)).is_err());
        }
        let mut padded = signature;
        padded.push(0);
        assert_eq!(verify(b"message digest", &padded), Err(SignatureError::Malformed));
        let negative = Writer::build(|w| {
            w.sequence(|w| {
                w.tlv(crate::der::Tag::INTEGER, &r);
                w.unsigned(&s);
            });
        });
        assert_eq!(verify(b"message digest", &negative), Err(SignatureError::Malformed));
    }

    #[test]
    fn printed_nonce_gives_the_printed_signature() {
        let secret = Secret::from_octets(&SCALAR).unwrap();
        let nonce: [u8; 32] =
            hex("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21");
        let scalar = |octets: [u8; 32]| Scalar::from_repr(octets.into()).unwrap();
        let public = secret.public().unwrap();
        let mut hasher = public.hasher(DEFAULT_ID);
        hasher.update(b"message digest");
        let digest: [u8; 32] = hasher.finish().as_ref().try_into().unwrap();
        let e = Scalar::reduce(&FieldBytes::from(digest));
        let (r, s) = secret.sign_with(e, &scalar(nonce)).unwrap();
        let printed_r = hex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3");
        let printed_s = hex("b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
        assert_eq!((r, s), (scalar(printed_r), scalar(printed_s)));
        // A nonce that makes r zero, and one that is zero itself, are passed over.
        let x = FieldBytes::from(Point::base_times(&nonce).unwrap().x());
        assert!(secret.sign_with(-Scalar::reduce(&x), &scalar(nonce)).is_none());
        assert!(secret.sign_with(Scalar::ZERO, &Scalar::ZERO).is_none());
    }

    #[test]
    fn the_one_scalar_that_cannot_sign_is_refused() {
        let mut last = N;
        last[31] -= 1;
        assert!(Secret::from_octets(&last).is_none());
        last[31] -= 1;
        assert!(Secret::from_octets(&last).is_some());
    }

    #[test]
    fn printed_ciphertext_opens_in_every_form() {
        let key = PrivateKey::from_scalar(Curve::Sm2, &SCALAR).unwrap().into_decryption();
        let c1: [u8; 64] = hex("04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73\
             e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0");
        let c3: [u8; 32] = hex("59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766");
        let c2: [u8; 19] = hex("21886ca989ca9c7d58087307ca93092d651efa");
        let bare = [&c1[..], &c3, &c2].concat();
        let prefixed = [&[4][..], &bare].concat();
        let der = Ciphertext::from_c1c3c2(&bare).unwrap().to_der();
        let older = [&c1[..], &c2, &c3].concat();
        // This C1 begins with 04 itself: the two forms are told apart by the curve.
        for ciphertext in [
            Ciphertext::from_c1c3c2(&bare).unwrap(),
            Ciphertext::from_c1c3c2(&prefixed).unwrap(),
            Ciphertext::from_der(&der).unwrap(),
            Ciphertext::from_c1c2c3(&older).unwrap(),
        ] {
            let plaintext = key.unwrap(&ToUnwrap::Sm2(ciphertext)).unwrap();
            assert_eq!(&plaintext[..], b"encryption standard");
        }
        for index in 0..bare.len() {
            let mut bent = bare.clone();
            bent[index] ^= 1;
            let bent = Ciphertext::from_c1c3c2(&bent).unwrap();
            assert!(key.unwrap(&ToUnwrap::Sm2(bent)).is_err(), "byte {index}");
        }
    }

    #[test]
    fn nothing_prints_the_scalar() {
        let key = PrivateKey::from_scalar(Curve::Sm2, &SCALAR).unwrap();
        let mut shown = alloc::format!("{key:?}");
        shown.push_str(&alloc::format!("{:?}", key.into_signing()));
        let secret: String = SCALAR.iter().map(|b| alloc::format!("{b:02x}")).collect();
        assert!(!shown.to_lowercase().contains(&secret[..8]), "{shown}");
    }
}
