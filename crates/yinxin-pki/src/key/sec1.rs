//! ECPrivateKey (SEC 1 §C.4, RFC 5915).

use super::{Curve, PrivateKey};
use crate::der::{Reader, Writer};
use crate::{Error, KeyError};

/// Reads an ECPrivateKey that stands alone and so has to name its curve.
///
/// # Errors
///
/// [`KeyError`]: damaged, of another curve, or its public half is another key's.
pub fn read(der: &[u8]) -> Result<PrivateKey, KeyError> {
    let mut reader = Reader::new(der);
    let key = read_inner(&mut reader, None)?;
    reader.finish()?;
    Ok(key)
}

/// Reads an ECPrivateKey; its own curve, where given, has to agree with `curve`.
pub(super) fn read_inner(
    reader: &mut Reader<'_>,
    curve: Option<Curve>,
) -> Result<PrivateKey, KeyError> {
    let mut fields = reader.sequence()?;
    let at = fields.position();
    let version = fields.uint()?;
    if version != 1 {
        return Err(Error::Version { at, what: "ECPrivateKey", found: version }.into());
    }
    let scalar_at = fields.position();
    let scalar = fields.octet_string()?;
    let mut named = curve;
    if let Some(mut parameters) = fields.optional_explicit(0)? {
        let at = parameters.position();
        let oid = super::ec::read_curve(&mut parameters, &mut alloc::vec::Vec::new())?;
        let found = Curve::from_oid(&oid)
            .ok_or_else(|| KeyError::WrongType { found: alloc::format!("curve {oid}") })?;
        if named.is_some_and(|curve| curve != found) {
            return Err(Error::Malformed { at, expected: "the same curve twice" }.into());
        }
        named = Some(found);
    }
    let curve = named.ok_or(Error::Malformed { at: scalar_at, expected: "a named curve" })?;
    // Leading zeros may be dropped or added by careless writers; the value decides.
    let digits = scalar
        .iter()
        .position(|octet| *octet != 0)
        .map_or(&[][..], |start| scalar.get(start..).unwrap_or(&[]));
    let mut padded = zeroize::Zeroizing::new([0; 32]);
    let start = padded
        .len()
        .checked_sub(digits.len())
        .ok_or(Error::Malformed { at: scalar_at, expected: "a private key of 32 bytes" })?;
    for (to, from) in padded.iter_mut().skip(start).zip(digits) {
        *to = *from;
    }
    let key = PrivateKey::from_scalar(curve, &padded[..])
        .map_err(|_| Error::Malformed { at: scalar_at, expected: "a private key in range" })?;
    if let Some(mut explicit) = fields.optional_explicit(1)? {
        let at = explicit.position();
        if explicit.bit_string()? != key.public().bits() {
            return Err(Error::Malformed { at, expected: "the public half of this key" }.into());
        }
        explicit.finish()?;
    }
    fields.finish()?;
    Ok(key)
}

/// Writes an ECPrivateKey as it stands inside PKCS#8: without its curve, with its public half.
pub(super) fn write_inner(key: &PrivateKey, writer: &mut Writer) {
    writer.sequence(|w| {
        w.uint(1);
        w.octet_string(&key.scalar()[..]);
        w.explicit(1, |w| w.bit_string(&key.public().bits()));
    });
}
