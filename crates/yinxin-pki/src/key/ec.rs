//! ECDSA over the NIST curves, and how a curve is named.

use alloc::vec;
use alloc::vec::Vec;

use ::ecdsa::signature::hazmat::PrehashVerifier;
use p256::elliptic_curve::point::AffineCoordinates as _;

use super::SignatureError;
use crate::der::{Reader, Tag};
use crate::{Error, Oddity, Oid, SignatureAlgorithm, oid};

/// A curve whose private keys this library handles.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Curve {
    /// NIST P-256 (FIPS 186-4).
    P256,
    /// SM2 (GB/T 32918.5).
    Sm2,
}

impl Curve {
    /// Its object identifier.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::P256 => oid::P256,
            Self::Sm2 => oid::SM2_CURVE,
        }
    }

    /// The curve of an identifier, `None` for any other.
    #[must_use]
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        match *oid {
            oid::P256 => Some(Self::P256),
            oid::SM2_CURVE => Some(Self::Sm2),
            _ => None,
        }
    }

    /// The signature algorithm its keys are used with here.
    #[must_use]
    pub const fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::P256 => SignatureAlgorithm::Ecdsa(crate::DigestAlgorithm::Sha256),
            Self::Sm2 => SignatureAlgorithm::Sm2Sm3,
        }
    }

    /// The name people write: `SM2`, `P-256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::Sm2 => "SM2",
        }
    }
}

/// Reads ECParameters: a named curve, or the SM2 curve written out.
pub(super) fn read_curve(
    identifier: &mut Reader<'_>,
    oddities: &mut Vec<Oddity>,
) -> Result<Oid, Error> {
    if identifier.peek() != Some(Tag::SEQUENCE) {
        return identifier.oid();
    }
    let at = identifier.position();
    let explicit = identifier.any()?;
    if super::sm2::is_explicit_curve(&mut Reader::at(explicit.raw, explicit.at))? {
        oddities.push(Oddity::ExplicitCurve);
        Ok(oid::SM2_CURVE)
    } else {
        Err(Error::Malformed {
            at,
            expected: "a named curve; explicit ones only if equal to SM2's",
        })
    }
}

macro_rules! nist_key {
    ($name:ident, $crate_name:ident, $field:literal) => {
        /// A verifying key on this curve.
        #[derive(Clone, Eq, PartialEq)]
        pub(crate) struct $name($crate_name::ecdsa::VerifyingKey);

        impl $name {
            pub(super) fn from_point(point: &[u8]) -> Option<Self> {
                // Compressed points are read nowhere, so that the code for their square roots is not
                // there either.
                let [4, coordinates @ ..] = point else { return None };
                let (x, y) = coordinates.split_at_checked($field)?;
                let (x, y): (&[u8; $field], &[u8; $field]) =
                    (x.try_into().ok()?, y.try_into().ok()?);
                let point: Option<$crate_name::AffinePoint> =
                    $crate_name::AffinePoint::from_coordinates(x.into(), y.into()).into();
                $crate_name::ecdsa::VerifyingKey::from_affine(point?).ok().map(Self)
            }

            pub(super) fn point(&self) -> Vec<u8> {
                self.0.to_sec1_point(false).as_bytes().to_vec()
            }

            pub(super) fn verify(
                &self,
                digest: &[u8],
                signature: &[u8],
            ) -> Result<(), SignatureError> {
                let (r, s) = super::signature::read_pair::<$field>(signature)?;
                let signature = $crate_name::ecdsa::Signature::from_scalars(r, s)
                    .map_err(|_| SignatureError::Malformed)?;
                // FIPS 186-4 takes a digest shorter than the field as an integer, which is what
                // zeros in front say; the crate wants at least half the field.
                let mut padded = vec![0; usize::saturating_sub($field, digest.len())];
                padded.extend_from_slice(digest);
                self.0.verify_prehash(&padded, &signature).map_err(|_| SignatureError::Wrong)
            }
        }
    };
}

nist_key!(P256Key, p256, 32);
#[cfg(feature = "foreign")]
nist_key!(P384Key, p384, 48);
#[cfg(feature = "foreign")]
nist_key!(P521Key, p521, 66);

impl P256Key {
    pub(crate) fn as_public(&self) -> p256::PublicKey {
        p256::PublicKey::from(&self.0)
    }

    pub(super) const fn from_verifying(key: p256::ecdsa::VerifyingKey) -> Self {
        Self(key)
    }
}
