//! Recovery (恢复): k of n officers' shares, made only on request.
//!
//! Shamir's scheme over GF(256) with the AES polynomial, byte by byte; a share is the values of
//! the polynomials at its number. Each is wrapped to one officer's key:
//!
//! ```text
//! Recovery ::= SEQUENCE { threshold INTEGER, shares SEQUENCE OF SET OF RecipientInfo }
//! wrapped  = number(4) ‖ threshold(4) ‖ 16 bytes for each segment, in order ‖ header digest(32)
//! ```

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::header::Header;
use super::keys::{ContentKey, ContentKeys};
use super::recipients::wrap;
use super::{BidError, KEY_LEN};
use crate::PublicKey;
use crate::der::{Reader, Writer};

/// Who can recover together.
#[derive(Clone, Debug)]
pub struct Recovery {
    threshold: u8,
    officers: Vec<PublicKey>,
}

impl Recovery {
    /// Any `threshold` of the officers' keys.
    ///
    /// # Errors
    ///
    /// [`BidError::Value`] unless 2 ≤ threshold ≤ officers ≤ 16: one share that opens alone is a
    /// recipient, and is to be named as one; for the same key twice, which would be two of `k`.
    pub fn new(threshold: u8, officers: Vec<PublicKey>) -> Result<Self, BidError> {
        if !is_possible(threshold, officers.len()) {
            return Err(BidError::Value { what: "a recovery other than 2 ≤ k ≤ n ≤ 16" });
        }
        if (1..).zip(&officers).any(|(next, key)| officers.iter().skip(next).any(|k| k == key)) {
            return Err(BidError::Value { what: "a recovery with the same officer twice" });
        }
        Ok(Self { threshold, officers })
    }

    pub(super) fn write(
        &self,
        header: &Header,
        keys: &[ContentKey],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, BidError> {
        // The canary's key, the last, is for readiness and is not shared.
        let segments = keys.get(..header.draft.segments.len()).unwrap_or(&[]);
        let secret: Zeroizing<Vec<u8>> =
            Zeroizing::new(segments.iter().flat_map(|key| *key.as_bytes()).collect());
        let shares = split(&secret, self.threshold, self.officers.len(), rng);
        let mut sets = Vec::new();
        for (number, (share, officer)) in (1_u32..).zip(shares.iter().zip(&self.officers)) {
            let threshold = u32::from(self.threshold).to_be_bytes();
            let digest = header.digest();
            let parts = [&number.to_be_bytes()[..], &threshold, share, digest.as_ref()];
            let plain = Zeroizing::new(parts.concat());
            sets.push(wrap(&plain, &[officer], rng)?);
        }
        Ok(Writer::build(|w| {
            w.sequence(|w| {
                w.uint(u64::from(self.threshold));
                w.sequence(|w| sets.iter().for_each(|set| w.raw(set)));
            });
        }))
    }
}

/// 2 ≤ threshold ≤ officers ≤ 16.
pub(super) fn is_possible(threshold: u8, officers: usize) -> bool {
    (2..=officers).contains(&usize::from(threshold)) && officers <= 16
}

/// One officer's share, opened. Secret: k of them open the bid. Wiped on drop, never printed.
pub struct Share {
    number: u8,
    threshold: u8,
    values: Zeroizing<Vec<u8>>,
    header: [u8; 32],
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({} of {} needed)", self.number, self.threshold)
    }
}

impl Share {
    /// Takes what an officer's key unwrapped.
    pub(super) fn from_wrapped(header: &Header, bytes: &[u8]) -> Option<Self> {
        let (number, rest) = bytes.split_first_chunk::<4>()?;
        let (threshold, rest) = rest.split_first_chunk::<4>()?;
        let (values, digest) = rest.split_last_chunk::<32>()?;
        let number = u8::try_from(u32::from_be_bytes(*number)).ok()?;
        let threshold = u8::try_from(u32::from_be_bytes(*threshold)).ok()?;
        let fits = (1..=16).contains(&number)
            && (2..=16).contains(&threshold)
            && values.len() == KEY_LEN * header.draft.segments.len()
            && digest == header.digest().as_ref();
        let values = Zeroizing::new(values.to_vec());
        fits.then(|| Self { number, threshold, values, header: *digest })
    }

    /// Whether it is the share that its place in the file says: officer `number`, from 1.
    pub(super) const fn is_of(&self, number: u8, threshold: u8) -> bool {
        self.number == number && self.threshold == threshold
    }

    /// The share as a file: DER SEQUENCE { 1, number, threshold, values, header digest }. Keep it
    /// as secret as a key.
    #[must_use]
    pub fn to_der(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(Writer::build(|w| {
            w.sequence(|w| {
                w.uint(1);
                w.uint(u64::from(self.number));
                w.uint(u64::from(self.threshold));
                w.octet_string(&self.values);
                w.octet_string(&self.header);
            });
        }))
    }

    /// Reads a share file.
    ///
    /// # Errors
    ///
    /// [`BidError::Share`].
    pub fn from_der(der: &[u8]) -> Result<Self, BidError> {
        let read = || -> Result<_, crate::Error> {
            let mut outer = Reader::new(der);
            let mut fields = outer.sequence()?;
            outer.finish()?;
            let version = fields.uint()?;
            let (number, threshold) = (fields.uint()?, fields.uint()?);
            let (values, header) = (fields.octet_string()?, fields.octet_string()?);
            fields.finish()?;
            Ok((version, number, threshold, values, header))
        };
        let (version, number, threshold, values, header) = read().map_err(|_| BidError::Share)?;
        let number = u8::try_from(number).ok().filter(|n| (1..=16).contains(n));
        let threshold = u8::try_from(threshold).ok().filter(|k| (2..=16).contains(k));
        match (version, number, threshold, <[u8; 32]>::try_from(header)) {
            (1, Some(number), Some(threshold), Ok(header)) => {
                Ok(Self { number, threshold, values: Zeroizing::new(values.to_vec()), header })
            }
            _ => Err(BidError::Share),
        }
    }
}

/// Puts shares together; the commitments tell whether what comes out is right.
pub(super) fn combine(header: &Header, shares: &[Share]) -> Result<ContentKeys, BidError> {
    let mut distinct: Vec<&Share> = Vec::new();
    for share in shares {
        let fits = share.header == header.digest().as_ref()
            && share.values.len() == KEY_LEN * header.draft.segments.len();
        if !fits {
            return Err(BidError::Share);
        }
        if distinct.iter().all(|other| other.number != share.number) {
            distinct.push(share);
        }
    }
    let wanted = shares.first().map_or(2, |share| share.threshold);
    if distinct.len() < usize::from(wanted) {
        return Err(BidError::SharesMissing { wanted, found: distinct.len() });
    }
    distinct.truncate(usize::from(wanted));
    let secret = interpolate(&distinct);
    let mut segments = Vec::new();
    for (index, bytes) in secret.chunks_exact(KEY_LEN).enumerate() {
        let key = ContentKey::from_bytes(bytes.try_into().map_err(|_| BidError::Share)?);
        if !header.is_committed(index, &key) {
            return Err(BidError::Share);
        }
        segments.push(Some(key));
    }
    Ok(ContentKeys { segments })
}

fn split(
    secret: &[u8],
    threshold: u8,
    count: usize,
    rng: &mut impl CryptoRng,
) -> Vec<Zeroizing<Vec<u8>>> {
    let degree = usize::from(threshold) - 1;
    let mut coefficients = Zeroizing::new(vec![0; degree * secret.len()]);
    rng.fill_bytes(&mut coefficients);
    (1..=u8::try_from(count).unwrap_or(u8::MAX))
        .map(|x| {
            let value = |(index, byte): (usize, &u8)| {
                // Horner, from the highest coefficient to the secret itself.
                let own = coefficients.iter().skip(index).step_by(secret.len());
                own.fold(0, |sum, coefficient| multiply(sum ^ coefficient, x)) ^ byte
            };
            Zeroizing::new(secret.iter().enumerate().map(value).collect())
        })
        .collect()
}

/// Lagrange at zero.
fn interpolate(shares: &[&Share]) -> Zeroizing<Vec<u8>> {
    let length = shares.first().map_or(0, |share| share.values.len());
    let mut secret = Zeroizing::new(vec![0; length]);
    for share in shares {
        let mut weight = 1;
        for other in shares.iter().filter(|other| other.number != share.number) {
            weight = multiply(weight, other.number);
            weight = multiply(weight, invert(other.number ^ share.number));
        }
        for (sum, value) in secret.iter_mut().zip(share.values.iter()) {
            *sum ^= multiply(*value, weight);
        }
    }
    secret
}

/// Product in GF(256), the same work for every value.
fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    for _ in 0..8 {
        product ^= a & 0_u8.wrapping_sub(b & 1);
        let carry = 0_u8.wrapping_sub(a >> 7);
        a = (a << 1) ^ (carry & 0x1b);
        b >>= 1;
    }
    product
}

/// a^254, which is 1/a.
fn invert(a: u8) -> u8 {
    let mut result = 1;
    for bit in (0..8).rev() {
        result = multiply(result, result);
        if 254_u8 >> bit & 1 == 1 {
            result = multiply(result, a);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Seeded;

    #[test]
    fn field_has_inverses() {
        for a in 1..=255 {
            assert_eq!(multiply(a, invert(a)), 1);
        }
        assert_eq!(multiply(0x57, 0x83), 0xc1, "FIPS 197 §4.2");
    }

    #[test]
    fn any_k_shares_give_the_secret_and_fewer_do_not() {
        let mut rng = Seeded(1);
        let secret = b"sixteen bytes ok";
        let shares: Vec<Share> = (1..)
            .zip(split(secret, 3, 5, &mut rng))
            .map(|(number, values)| Share { number, threshold: 3, values, header: [0; 32] })
            .collect();
        for a in 0..5 {
            for b in a + 1..5 {
                assert_ne!(interpolate(&[&shares[a], &shares[b]])[..], secret[..]);
                for c in b + 1..5 {
                    assert_eq!(interpolate(&[&shares[c], &shares[a], &shares[b]])[..], secret[..]);
                }
            }
        }
    }
}
