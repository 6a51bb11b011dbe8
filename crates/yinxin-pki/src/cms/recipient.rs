//! Recipients (接收者): how the content key is wrapped for each.

use alloc::vec;
use alloc::vec::Vec;

use p256::elliptic_curve::Generate as _;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{CertificateId, CmsError, Format};
use crate::certificate::EncryptionCertificate;
use crate::cipher::{Cipher, CipherKey};
use crate::der::{Reader, Tag, Writer};
use crate::key::custody::EphemeralPoint;
use crate::key::sm2::Ciphertext;
use crate::operation::Operation;
use crate::wrap::{KdfDigest, KeyWrap};
use crate::{
    Curve, DecryptionKey, Error, KeyId, Oddity, PublicKey, ToUnwrap, UnwrapError, limits, oid,
};

/// Somebody a message is encrypted to.
#[derive(Clone, Debug)]
pub struct Recipient {
    id: CertificateId,
    key: PublicKey,
}

impl Recipient {
    /// The holder of an encryption certificate, named by issuer and serial number.
    #[must_use]
    pub fn certificate(certificate: &EncryptionCertificate) -> Self {
        Self {
            id: CertificateId::IssuerAndSerial {
                issuer: certificate.issuer().as_der().to_vec(),
                serial: certificate.serial().octets().to_vec(),
            },
            key: certificate.public_key().clone(),
        }
    }

    /// The holder of a key, named by its key identifier.
    #[must_use]
    pub fn key(key: &PublicKey) -> Self {
        Self { id: CertificateId::KeyIdentifier(key.id().0.to_vec()), key: key.clone() }
    }

    /// Wraps `secret` for a format of ours: one RecipientInfo, DER, in the one form that
    /// [`RecipientInfo::from_der`] reads. A key named by its identifier and nothing else.
    ///
    /// # Errors
    ///
    /// [`CmsError::RecipientKey`] for a key that cannot receive.
    pub fn wrap(
        key: &PublicKey,
        secret: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, CmsError> {
        let format = match key.curve() {
            Some(Curve::Sm2) => Format::Gm,
            _ => Format::Rfc5652,
        };
        let mut writer = Writer::new();
        Self::key(key).write(secret, format, rng, &mut writer)?;
        Ok(writer.into_vec())
    }

    /// Wraps `secret` and writes the RecipientInfo.
    pub(crate) fn write(
        &self,
        secret: &[u8],
        format: Format,
        rng: &mut impl CryptoRng,
        writer: &mut Writer,
    ) -> Result<(), CmsError> {
        let refused = || CmsError::RecipientKey { key: self.key.algorithm_name() };
        Operation::Wrap.note();
        if let Some(key) = self.key.as_sm2() {
            let wrapped = key.encrypt(secret, rng).ok_or_else(refused)?;
            write_transport(&self.id, &wrapped, format, writer);
            return Ok(());
        }
        let key = self.key.as_p256().ok_or_else(refused)?.as_public();
        let ephemeral = p256::SecretKey::generate_from_rng(rng);
        let shared = p256::ecdh::diffie_hellman(ephemeral.to_nonzero_scalar(), key.as_affine());
        let wrap = KeyWrap::for_secret(secret.len());
        let algorithm = Writer::build(|w| w.algorithm(&wrap.oid()));
        let info = shared_info(&algorithm, None, wrap.key_len());
        let wrapping = KdfDigest::Sha256.derive(shared.raw_secret_bytes(), &info, wrap.key_len());
        let wrapped = wrap.wrap(&wrapping, secret).ok_or_else(refused)?;
        let point = ephemeral.public_key().to_sec1_bytes();
        write_agreement(&self.id, &point, wrap, &wrapped, writer);
        Ok(())
    }
}

/// KeyTransRecipientInfo with SM2.
fn write_transport(id: &CertificateId, wrapped: &Ciphertext, format: Format, writer: &mut Writer) {
    writer.sequence(|w| {
        w.uint(match (format, id) {
            (_, CertificateId::KeyIdentifier(_)) => 2,
            (Format::Gm, _) => 1,
            (Format::Rfc5652, _) => 0,
        });
        id.write(w);
        match format {
            Format::Gm => {
                w.algorithm_null(&oid::SM2_ENCRYPT);
                w.octet_string(&wrapped.to_der());
            }
            // No standard says how; this is what BouncyCastle, the one other writer, reads.
            Format::Rfc5652 => {
                w.algorithm(&oid::SM2_ENCRYPT_WITH_SM3);
                w.octet_string(&wrapped.to_c1c3c2());
            }
        }
    });
}

/// KeyAgreeRecipientInfo for one key, with an ephemeral P-256 key.
fn write_agreement(
    id: &CertificateId,
    point: &[u8],
    wrap: KeyWrap,
    wrapped: &[u8],
    writer: &mut Writer,
) {
    writer.nested(Tag::explicit(1), |w| {
        w.uint(3);
        w.explicit(0, |w| {
            w.nested(Tag::explicit(1), |w| {
                w.algorithm(&oid::EC_PUBLIC_KEY);
                w.bit_string(point);
            });
        });
        w.sequence(|w| {
            w.oid(&oid::ECDH_SHA256_KDF);
            w.sequence(|w| w.oid(&wrap.oid()));
        });
        w.sequence(|w| {
            w.sequence(|w| {
                match id {
                    CertificateId::KeyIdentifier(id) => {
                        w.nested(Tag::explicit(0), |w| w.octet_string(id));
                    }
                    CertificateId::IssuerAndSerial { .. } => id.write(w),
                }
                w.octet_string(wrapped);
            });
        });
    });
}

/// ECC-CMS-SharedInfo (RFC 5753 §7.2).
fn shared_info(algorithm: &[u8], ukm: Option<&[u8]>, key_len: usize) -> Vec<u8> {
    let bits = u32::try_from(key_len * 8).unwrap_or(0);
    Writer::build(|w| {
        w.sequence(|w| {
            w.raw(algorithm);
            if let Some(ukm) = ukm {
                w.explicit(0, |w| w.octet_string(ukm));
            }
            w.explicit(2, |w| w.octet_string(&bits.to_be_bytes()));
        });
    })
}

/// One recipient of a message as read: for whom, and what its key has to unwrap.
#[derive(Clone, Debug)]
pub struct RecipientInfo {
    id: CertificateId,
    wrapped: Wrapped,
    oddities: Vec<Oddity>,
}

#[derive(Clone)]
enum Wrapped {
    Sm2(Vec<Ciphertext>),
    P256 { point: EphemeralPoint, kdf: KdfDigest, wrap: KeyWrap, info: Vec<u8>, key: Vec<u8> },
}

impl core::fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Sm2(_) => "Sm2(..)",
            Self::P256 { .. } => "P256(..)",
        })
    }
}

impl RecipientInfo {
    /// Reads the SET OF RecipientInfo. Kinds not known here (passwords, RSA, shared keys) are
    /// counted and passed over.
    pub(crate) fn read_set(der: &[u8], at: usize) -> Result<(Vec<Self>, usize), Error> {
        let mut reader = Reader::at(der, at);
        let mut set = reader.set()?;
        reader.finish()?;
        let mut infos = Vec::new();
        let mut count = 0;
        while !set.is_empty() {
            let at = set.position();
            let element = set.any()?;
            let mut info = Reader::at(element.raw, at);
            match element.tag {
                Tag::SEQUENCE => {
                    count += 1;
                    infos.extend(Self::read_transport(&mut info)?);
                }
                tag if tag == Tag::explicit(1) => {
                    let (read, keys) = Self::read_agreement(&mut info)?;
                    infos.extend(read);
                    count += keys;
                }
                _ => count += 1,
            }
            if count > limits::RECIPIENTS {
                return Err(Error::Limit { at, what: "recipients", limit: 1024 });
            }
        }
        Ok((infos, count))
    }

    /// Reads one RecipientInfo in exactly the form of [`Recipient::wrap`]: by key id, SM2 by the gm
    /// format, P-256 over AES key wrap of 256 bits for secrets of more than 16 bytes.
    ///
    /// # Errors
    ///
    /// [`Error`]: any other form of the same.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Self::read_own(der, 0)
    }

    /// Its octets in the form that [`from_der`](Self::from_der) reads; `None` for what that form
    /// has no place for.
    #[must_use]
    pub fn to_der(&self) -> Option<Vec<u8>> {
        let id = &self.id;
        let mut writer = Writer::new();
        match (&self.wrapped, id) {
            (Wrapped::Sm2(ciphertexts), CertificateId::KeyIdentifier(_)) => {
                let [ciphertext] = &ciphertexts[..] else { return None };
                write_transport(id, ciphertext, Format::Gm, &mut writer);
            }
            (Wrapped::P256 { point, wrap, key, .. }, CertificateId::KeyIdentifier(_)) => {
                write_agreement(id, &point.to_bytes(), *wrap, key, &mut writer);
            }
            _ => return None,
        }
        Some(writer.into_vec())
    }

    pub(crate) fn read_own(der: &[u8], at: usize) -> Result<Self, Error> {
        let mut reader = Reader::at(der, at);
        let info = if reader.peek() == Some(Tag::explicit(1)) {
            Self::read_own_agreement(&mut reader)?
        } else {
            Self::read_own_transport(&mut reader)?
        };
        // Versions and algorithms were passed over: they have to be those that are written.
        if info.to_der().as_deref() == Some(der) {
            Ok(info)
        } else {
            Err(Error::Malformed { at, expected: "a recipient in the form of the format" })
        }
    }

    /// What varies in a KeyTransRecipientInfo of ours.
    fn read_own_transport(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut info = reader.sequence()?;
        info.any()?;
        let id = CertificateId::KeyIdentifier(info.any()?.value.to_vec());
        info.any()?;
        let ciphertext = Ciphertext::from_der(info.octet_string()?)?;
        let oddities = vec![Oddity::RecipientByKeyIdentifier];
        Ok(Self { id, wrapped: Wrapped::Sm2(vec![ciphertext]), oddities })
    }

    /// What varies in a KeyAgreeRecipientInfo of ours. The wrap is the one for the secret's length.
    fn read_own_agreement(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut info = reader.explicit(1)?;
        info.any()?;
        let mut originator = info.explicit(0)?.explicit(1)?;
        originator.any()?;
        let point = EphemeralPoint::from_bytes(originator.bit_string()?)?;
        info.any()?;
        let mut pair = info.sequence()?.sequence()?;
        let id = CertificateId::KeyIdentifier(pair.explicit(0)?.octet_string()?.to_vec());
        let key = pair.octet_string()?.to_vec();
        let wrap = KeyWrap::for_secret(key.len().saturating_sub(8));
        let algorithm = Writer::build(|w| w.algorithm(&wrap.oid()));
        let info = shared_info(&algorithm, None, wrap.key_len());
        let wrapped = Wrapped::P256 { point, kdf: KdfDigest::Sha256, wrap, info, key };
        Ok(Self { id, wrapped, oddities: vec![] })
    }

    /// KeyTransRecipientInfo (RFC 5652 §6.2.1, GM/T 0010 §9) with SM2 in its dialects.
    fn read_transport(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        let mut info = reader.sequence()?;
        let at = info.position();
        let version = info.uint()?;
        if version > 2 {
            return Err(Error::Version { at, what: "KeyTransRecipientInfo", found: version });
        }
        let id = CertificateId::read(&mut info)?;
        let mut identifier = info.sequence()?;
        let mut oddities = Vec::new();
        let algorithm = identifier.oid()?;
        let null = identifier.peek() == Some(Tag::NULL);
        match algorithm {
            oid::SM2_ENCRYPT if !null => oddities.push(Oddity::KeyTransportNoNull),
            oid::SM2_ENCRYPT => {}
            oid::SM2_KEY_EXCHANGE => oddities.push(Oddity::KeyTransportKeyExchange),
            oid::SM2_ENCRYPT_WITH_SM3 => oddities.push(Oddity::KeyTransportWithSm3),
            _ => {
                // RSA and others: their parameters are their own affair.
                info.octet_string()?;
                info.finish()?;
                return Ok(None);
            }
        }
        if !identifier.is_empty() {
            identifier.null()?;
        }
        identifier.finish()?;
        let key = info.octet_string()?;
        info.finish()?;
        if matches!(id, CertificateId::KeyIdentifier(_)) {
            oddities.push(Oddity::RecipientByKeyIdentifier);
        }
        let ciphertexts = match Ciphertext::from_der(key) {
            Ok(ciphertext) => vec![ciphertext],
            Err(der_error) => {
                if algorithm != oid::SM2_ENCRYPT_WITH_SM3 {
                    oddities.push(Oddity::RawCiphertext);
                }
                let raw = [Ciphertext::from_c1c3c2(key), Ciphertext::from_c1c2c3(key)];
                let raw: Vec<_> = raw.into_iter().flatten().collect();
                if raw.is_empty() {
                    return Err(der_error);
                }
                raw
            }
        };
        Ok(Some(Self { id, wrapped: Wrapped::Sm2(ciphertexts), oddities }))
    }

    /// KeyAgreeRecipientInfo (RFC 5753 §3.1) with an ephemeral P-256 key.
    fn read_agreement(reader: &mut Reader<'_>) -> Result<(Vec<Self>, usize), Error> {
        let mut info = reader.explicit(1)?;
        let at = info.position();
        let version = info.uint()?;
        if version != 3 {
            return Err(Error::Version { at, what: "KeyAgreeRecipientInfo", found: version });
        }
        let mut originator = info.explicit(0)?;
        let point = match originator.optional_explicit(1)? {
            Some(mut key) => read_originator_key(&mut key)?,
            None => {
                originator.any()?;
                None
            }
        };
        originator.finish()?;
        let ukm = match info.optional_explicit(1)? {
            Some(mut ukm) => {
                let value = ukm.octet_string()?;
                ukm.finish()?;
                Some(value)
            }
            None => None,
        };
        let mut identifier = info.sequence()?;
        let kdf = KdfDigest::from_scheme(&identifier.oid()?);
        let wrap_at = identifier.position();
        let wrap = identifier.any()?;
        identifier.finish()?;
        let mut wrap_identifier = Reader::at(wrap.raw, wrap_at).sequence()?;
        let wrap_algorithm = KeyWrap::from_oid(&wrap_identifier.oid()?);
        if !wrap_identifier.is_empty() {
            wrap_identifier.null()?;
        }
        wrap_identifier.finish()?;
        let mut keys = info.sequence()?;
        info.finish()?;

        let mut infos = Vec::new();
        let mut count = 0;
        while !keys.is_empty() {
            count += 1;
            if count > limits::RECIPIENTS {
                return Err(Error::Limit { at, what: "recipients", limit: 1024 });
            }
            let mut pair = keys.sequence()?;
            let id = read_agreement_id(&mut pair)?;
            let key = pair.octet_string()?.to_vec();
            pair.finish()?;
            if let (Some(point), Some(kdf), Some(wrap_algorithm)) = (&point, kdf, wrap_algorithm) {
                let info = shared_info(wrap.raw, ukm, wrap_algorithm.key_len());
                let point = point.clone();
                let wrapped = Wrapped::P256 { point, kdf, wrap: wrap_algorithm, info, key };
                infos.push(Self { id, wrapped, oddities: vec![] });
            }
        }
        Ok((infos, count))
    }

    /// For whom, as the message says it.
    #[must_use]
    pub const fn certificate_id(&self) -> &CertificateId {
        &self.id
    }

    /// Whether the message names this key by its identifier.
    #[must_use]
    pub fn names_key(&self, key: &KeyId) -> bool {
        matches!(&self.id, CertificateId::KeyIdentifier(id) if id[..] == key.0[..])
    }

    /// In what it deviates.
    #[must_use]
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// What the key has to unwrap. SM2 ciphertexts without structure come in two orders; there
    /// are two questions then, and the first answer that fits counts.
    #[must_use]
    pub fn to_unwrap(&self) -> Vec<ToUnwrap> {
        match &self.wrapped {
            Wrapped::Sm2(ciphertexts) => ciphertexts.iter().cloned().map(ToUnwrap::Sm2).collect(),
            Wrapped::P256 { point, .. } => vec![ToUnwrap::P256(point.clone())],
        }
    }

    /// Makes the secret of a key's answer to [`to_unwrap`](Self::to_unwrap).
    ///
    /// # Errors
    ///
    /// [`UnwrapError`], the same whatever was wrong.
    pub fn finish(&self, answer: &[u8]) -> Result<RecipientKey, UnwrapError> {
        match &self.wrapped {
            Wrapped::Sm2(_) => Ok(RecipientKey(Zeroizing::new(answer.to_vec()))),
            Wrapped::P256 { kdf, wrap, info, key, .. } => {
                let wrapping = kdf.derive(answer, info, wrap.key_len());
                wrap.unwrap(&wrapping, key).map(RecipientKey).ok_or(UnwrapError::Failed)
            }
        }
    }

    /// Unwraps with a local key: both halves in one.
    ///
    /// # Errors
    ///
    /// [`UnwrapError`], the same whatever was wrong.
    pub fn unwrap(&self, key: &DecryptionKey) -> Result<RecipientKey, UnwrapError> {
        for question in self.to_unwrap() {
            if let Ok(answer) = key.unwrap(&question) {
                return self.finish(&answer);
            }
        }
        Err(UnwrapError::Failed)
    }
}

/// The key an answer gave: of the content, once it fits the cipher. Wiped on drop, never printed.
pub struct RecipientKey(Zeroizing<Vec<u8>>);

impl RecipientKey {
    /// As the key of a cipher.
    ///
    /// # Errors
    ///
    /// [`CmsError::Decryption`] when its length does not fit.
    pub fn for_cipher(self, cipher: Cipher) -> Result<CipherKey, CmsError> {
        CipherKey::from_bytes(cipher, self.0).map_err(|_| CmsError::Decryption)
    }

    /// The bytes, for formats of ours that wrap other things than a bare key.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl core::fmt::Debug for RecipientKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecipientKey(..)")
    }
}

/// OriginatorPublicKey; `None` for a curve other than P-256.
fn read_originator_key(key: &mut Reader<'_>) -> Result<Option<EphemeralPoint>, Error> {
    let mut identifier = key.sequence()?;
    let ec = identifier.oid()? == oid::EC_PUBLIC_KEY;
    let p256 = if identifier.is_empty() || identifier.peek() == Some(Tag::NULL) {
        true
    } else {
        identifier.peek() == Some(Tag::OID) && identifier.oid()? == oid::P256
    };
    let at = key.position();
    let point = key.bit_string()?;
    key.clone().finish()?;
    if !ec || !p256 || point.len() != 65 {
        return Ok(None);
    }
    EphemeralPoint::from_bytes(point)
        .map(Some)
        .map_err(|_| Error::Malformed { at, expected: "a point on P-256" })
}

/// KeyAgreeRecipientIdentifier: issuer and serial, or `[0]` RecipientKeyIdentifier.
fn read_agreement_id(pair: &mut Reader<'_>) -> Result<CertificateId, Error> {
    match pair.optional_explicit(0)? {
        Some(mut key) => Ok(CertificateId::KeyIdentifier(key.octet_string()?.to_vec())),
        None => CertificateId::read_issuer_and_serial(pair),
    }
}

#[cfg(test)]
mod tests {
    use rand_core::Rng as _;

    use super::*;
    use crate::testing::Seeded;

    /// The same by way of the lenient reader: of what it takes, what is written again as it was.
    fn read_through(der: &[u8]) -> Result<RecipientInfo, Error> {
        let mut reader = Reader::new(der);
        let infos = if reader.peek() == Some(Tag::explicit(1)) {
            RecipientInfo::read_agreement(&mut reader)?.0
        } else {
            RecipientInfo::read_transport(&mut reader)?.into_iter().collect()
        };
        reader.finish()?;
        let strong = |info: &RecipientInfo| match &info.wrapped {
            Wrapped::Sm2(_) => true,
            Wrapped::P256 { wrap, key, .. } => {
                *wrap == KeyWrap::for_secret(key.len().saturating_sub(8))
            }
        };
        match &infos[..] {
            [info] if info.to_der().as_deref() == Some(der) && strong(info) => Ok(info.clone()),
            _ => Err(Error::Malformed { at: 0, expected: "a recipient in the form of the format" }),
        }
    }

    fn agree(der: &[u8]) -> bool {
        match (RecipientInfo::from_der(der), read_through(der)) {
            (Ok(own), Ok(other)) => {
                assert_eq!(own.id, other.id);
                assert_eq!(own.oddities, other.oddities);
                assert_eq!(own.to_der(), other.to_der());
                match (&own.wrapped, &other.wrapped) {
                    (
                        Wrapped::P256 { kdf, info, wrap, .. },
                        Wrapped::P256 {
                            kdf: other_kdf, info: other_info, wrap: other_wrap, ..
                        },
                    ) => {
                        assert_eq!((kdf, info, wrap), (other_kdf, other_info, other_wrap));
                    }
                    (Wrapped::Sm2(one), Wrapped::Sm2(other)) => assert_eq!(one.len(), other.len()),
                    _ => panic!("two kinds"),
                }
                true
            }
            (Err(_), Err(_)) => false,
            (own, other) => panic!("{own:?} but {other:?}"),
        }
    }

    #[test]
    fn the_own_form_is_what_the_lenient_reader_takes_and_is_written_again() {
        let mut rng = Seeded(5753);
        let mut passed = 0;
        for curve in [Curve::Sm2, Curve::P256] {
            let key = DecryptionKey::generate(curve, &mut rng);
            for length in [16, 17, 24, 32] {
                let secret = vec![7; length];
                let Ok(der) = Recipient::wrap(key.public(), &secret, &mut rng) else { continue };
                assert!(agree(&der));
                let info = RecipientInfo::from_der(&der).unwrap();
                assert_eq!(&info.unwrap(&key).unwrap().into_bytes()[..], &secret[..]);
                for at in 0..der.len() {
                    for to in [der[at] ^ 1, der[at] ^ 0x20, 0, 5, 0x30, 0x80, 0xa0, 0xff] {
                        let mut bent = der.clone();
                        bent[at] = to;
                        passed += usize::from(agree(&bent));
                    }
                    agree(&der[..at]);
                    let mut longer = der.clone();
                    longer.insert(at, rng.next_u32().to_le_bytes()[0]);
                    agree(&longer);
                }
                agree(&[&der[..], &[0]].concat());
            }
        }
        // Octets of names, ciphertexts and digests may be any.
        assert!(passed > 500, "{passed}");
    }
}
