//! PKCS#8 (RFC 5958): private keys in the clear and under a password.

use alloc::vec::Vec;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::pbes2::Pbes2;
use super::{Curve, PrivateKey, sec1};
use crate::der::{Reader, Tag, Writer};
use crate::{Error, KeyError, oid};

pub use super::pbes2::Protection;

/// Rounds of PBKDF2 that are written: 0.2 s on a small machine, so that guessing costs.
pub const ROUNDS: u32 = 200_000;

/// Reads a PrivateKeyInfo in the clear.
///
/// # Errors
///
/// [`KeyError::WrongType`] for another kind of key, else [`KeyError::Damaged`].
pub fn read(der: &[u8]) -> Result<PrivateKey, KeyError> {
    let mut outer = Reader::new(der);
    let mut info = outer.sequence()?;
    outer.finish()?;
    let at = info.position();
    let version = info.uint()?;
    if version > 1 {
        return Err(Error::Version { at, what: "PrivateKeyInfo", found: version }.into());
    }
    let mut identifier = info.sequence()?;
    let algorithm = identifier.oid()?;
    let curve = match algorithm {
        oid::EC_PUBLIC_KEY => super::ec::read_curve(&mut identifier, &mut Vec::new())?,
        // Some writers put the curve where the algorithm belongs.
        oid::SM2_CURVE => oid::SM2_CURVE,
        oid::RSA => return Err(KeyError::WrongType { found: "RSA PRIVATE KEY".into() }),
        other => return Err(KeyError::WrongType { found: alloc::format!("key of {other}") }),
    };
    let curve = Curve::from_oid(&curve)
        .ok_or_else(|| KeyError::WrongType { found: alloc::format!("key on curve {curve}") })?;
    let inner = info.expect(Tag::OCTET_STRING)?;
    info.optional_explicit(0)?;
    info.optional(Tag::implicit(1))?;
    info.finish()?;
    let mut reader = Reader::at(inner.value, inner.content_at());
    let key = sec1::read_inner(&mut reader, Some(curve))?;
    reader.finish()?;
    Ok(key)
}

/// Writes a PrivateKeyInfo in the clear, wiped on drop.
#[must_use]
pub fn write(key: &PrivateKey) -> Zeroizing<Vec<u8>> {
    let mut inner = Writer::new();
    sec1::write_inner(key, &mut inner);
    let inner = Zeroizing::new(inner.into_vec());
    Zeroizing::new(Writer::build(|w| {
        w.sequence(|w| {
            w.uint(0);
            w.sequence(|w| {
                w.oid(&oid::EC_PUBLIC_KEY);
                w.oid(&key.curve().oid());
            });
            w.octet_string(&inner);
        });
    }))
}

/// Checks the shape of an EncryptedPrivateKeyInfo without its password.
pub(super) fn check_encrypted(der: &[u8]) -> Result<(), KeyError> {
    parts(der).map(|_| ())
}

fn parts(der: &[u8]) -> Result<(Pbes2, &[u8]), KeyError> {
    let mut outer = Reader::new(der);
    let mut info = outer.sequence()?;
    outer.finish()?;
    let scheme = Pbes2::read(&mut info)?;
    let ciphertext = info.octet_string()?;
    info.finish()?;
    Ok((scheme, ciphertext))
}

/// What opening an EncryptedPrivateKeyInfo costs, in rounds.
pub(super) fn rounds(der: &[u8]) -> Result<u32, KeyError> {
    parts(der).map(|(scheme, _)| scheme.rounds())
}

/// Opens an EncryptedPrivateKeyInfo.
///
/// # Errors
///
/// [`KeyError::WrongPassword`] when what comes out is no key; it could also be damage inside the
/// ciphertext, which nothing tells apart.
pub fn decrypt(der: &[u8], password: &[u8]) -> Result<PrivateKey, KeyError> {
    let (scheme, ciphertext) = parts(der)?;
    let plain = scheme.decrypt(password, ciphertext)?;
    read(&plain).map_err(|error| match error {
        KeyError::Damaged(_) => KeyError::WrongPassword,
        other => other,
    })
}

/// Writes an EncryptedPrivateKeyInfo: PBES2 with PBKDF2 of `rounds` rounds ([`ROUNDS`] is right).
pub fn encrypt(
    key: &PrivateKey,
    password: &[u8],
    protection: Protection,
    rounds: u32,
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let scheme = Pbes2::new(protection, rounds, rng);
    let ciphertext = scheme.encrypt(password, &write(key));
    Writer::build(|w| {
        w.sequence(|w| {
            scheme.write(w);
            w.octet_string(&ciphertext);
        });
    })
}
