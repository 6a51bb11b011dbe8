//! How a key centre delivers the encryption key: under the subscriber's signing key.
//!
//! ```text
//! SM2EnvelopedKey ::= SEQUENCE {                                -- GB/T 35276-2017 §7.4
//!   symAlgID AlgorithmIdentifier,                               -- SM4 ECB
//!   symEncryptedKey SM2Cipher,                                  -- SM4 key for the signing key
//!   sm2PublicKey BIT STRING,                                    -- of the delivered key
//!   sm2EncryptedPrivateKey BIT STRING }                         -- its 32 bytes under SM4
//! ```
//!
//! A P-256 key comes as a CMS message that holds its PKCS#8. Opening either is the one thing a
//! signing key decrypts.

use alloc::vec::Vec;

use aes_gcm::aead::array::Array;
use ctr::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::custody::ToUnwrap;
use super::sm2::Ciphertext;
use super::{Curve, PrivateKey, PublicKey, pkcs8};
use crate::cipher::Cipher;
use crate::cms::{CmsError, Encryptor, EnvelopedReader, Format, Recipient};
use crate::der::{Reader, Tag, Writer};
use crate::{DecryptionKey, Error, KeyError, SigningKey, oid};

/// SM2EnvelopedKey (加密密钥对保护结构), as read.
#[derive(Clone, Debug)]
pub struct EnvelopedKey {
    wrapped: Ciphertext,
    public: PublicKey,
    encrypted: Vec<u8>,
}

impl EnvelopedKey {
    /// Reads an SM2EnvelopedKey; also one inside a CSRResponse (GM/T 0092), and the SKF
    /// ENVELOPEDKEYBLOB (GB/T 35291), told by its first word.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.first() != Some(&Tag::SEQUENCE.0) && bytes.get(..4) == Some(&[1, 0, 0, 0]) {
            return Self::read_skf(bytes);
        }
        let mut outer = Reader::new(bytes);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        if fields.peek() == Some(Tag::SET) {
            // CSRResponse: SET OF certificates, [0] SM2EnvelopedKey, [1] certificates.
            fields.any()?;
            let mut explicit = fields.explicit(0)?;
            let inner = explicit.expect(Tag::SEQUENCE)?;
            return Self::read_fields(explicit.enter(&inner)?);
        }
        Self::read_fields(fields)
    }

    fn read_fields(mut fields: Reader<'_>) -> Result<Self, Error> {
        let at = fields.position();
        let mut identifier = fields.sequence()?;
        let found = identifier.oid()?;
        if !identifier.is_empty() {
            identifier.null()?;
        }
        if !matches!(found, oid::SM4 | oid::SM4_ECB) {
            return Err(Error::Unsupported { at, what: "key cipher", found });
        }
        let wrapped = Ciphertext::read(&mut fields)?;
        let at = fields.position();
        let public = PublicKey::from_point(&oid::SM2_CURVE, fields.bit_string()?, at)?;
        let encrypted = fields.bit_string()?.to_vec();
        fields.finish()?;
        Ok(Self { wrapped, public, encrypted })
    }

    /// ENVELOPEDKEYBLOB, little-endian words: version, algorithm 0x401, bits, 64 bytes of key,
    /// then the public key and the SM2 ciphertext, coordinates of 32 or 64 bytes each.
    fn read_skf(bytes: &[u8]) -> Result<Self, Error> {
        let wrong = |at| Error::Malformed { at, expected: "an SKF ENVELOPEDKEYBLOB" };
        let word = |at: usize| {
            let octets = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
            octets.map(u32::from_le_bytes).ok_or_else(|| wrong(at))
        };
        if word(4)? != 0x401 || word(8)? != 256 || word(76)? != 256 {
            return Err(wrong(4));
        }
        let encrypted = bytes.get(12..76).ok_or_else(|| wrong(12))?.to_vec();
        // Coordinates are 64 bytes in the header's type, 32 in what some utilities write.
        for width in [64, 32] {
            let coordinate = |at: usize| bytes.get(at + width - 32..at + width);
            let cipher_at = 80 + 2 * width;
            let length = word(cipher_at + 2 * width + 32).unwrap_or(0);
            let data_at = cipher_at + 2 * width + 36;
            let parts = (|| {
                let point = [&[4][..], coordinate(80)?, coordinate(80 + width)?].concat();
                let c3 = bytes.get(cipher_at + 2 * width..cipher_at + 2 * width + 32)?;
                let data = bytes.get(data_at..data_at + usize::try_from(length).ok()?)?;
                let c1 = [coordinate(cipher_at)?, coordinate(cipher_at + width)?].concat();
                Some((point, [&c1[..], c3, data].concat()))
            })();
            if let Some((point, raw)) = parts
                && length == 16
                && let Ok(public) = PublicKey::from_point(&oid::SM2_CURVE, &point, 80)
            {
                return Ok(Self { wrapped: Ciphertext::from_c1c3c2(&raw)?, public, encrypted });
            }
        }
        Err(wrong(80))
    }

    /// What the signing key has to unwrap; the answer is an SM4 key.
    #[must_use]
    pub fn to_unwrap(&self) -> ToUnwrap {
        ToUnwrap::Sm2(self.wrapped.clone())
    }

    /// The public half of the delivered key, as the envelope says.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Makes the delivered key of the signing key's answer.
    ///
    /// # Errors
    ///
    /// [`KeyError::OtherKey`], the same whatever was wrong.
    pub fn finish(&self, answer: &[u8]) -> Result<DecryptionKey, KeyError> {
        let cipher = crate::cipher::Sm4::new_from_slice(answer).map_err(|_| KeyError::OtherKey)?;
        let decrypt = |ciphertext: &[u8]| {
            let mut plain = Zeroizing::new(ciphertext.to_vec());
            let (blocks, _) = Array::slice_as_chunks_mut(&mut plain);
            cipher.decrypt_blocks(blocks);
            plain
        };
        // 32 bytes by the standard; 64 with zeros in front, outside the cipher (SKF) or inside;
        // 48 with padding.
        let scalar = match self.encrypted.len() {
            32 => decrypt(&self.encrypted),
            48 => decrypt(&self.encrypted),
            64 => {
                let (front, back) = self.encrypted.split_at(32);
                if front.iter().all(|octet| *octet == 0) {
                    decrypt(back)
                } else {
                    let plain = decrypt(&self.encrypted);
                    Zeroizing::new(plain.get(32..).unwrap_or(&[]).to_vec())
                }
            }
            _ => return Err(KeyError::OtherKey),
        };
        let key = PrivateKey::from_scalar(Curve::Sm2, scalar.get(..32).unwrap_or(&[]))
            .map_err(|_| KeyError::OtherKey)?;
        if *key.public() == self.public {
            Ok(key.into_decryption())
        } else {
            Err(KeyError::OtherKey)
        }
    }
}

/// Writes a delivery of `key` under the subscriber's `signing` key: an SM2EnvelopedKey for SM2, a
/// CMS message with a PKCS#8 inside for P-256.
///
/// # Errors
///
/// [`CmsError::RecipientKey`] when the signing key is of another kind than the delivered one.
pub fn deliver(
    key: &DecryptionKey,
    signing: &PublicKey,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, CmsError> {
    let refused = || CmsError::RecipientKey { key: signing.algorithm_name() };
    match (key.as_private().curve(), signing.curve()) {
        (Curve::Sm2, Some(Curve::Sm2)) => {
            let mut sm4_key = Zeroizing::new([0; 16]);
            rng.fill_bytes(&mut sm4_key[..]);
            let cipher = crate::cipher::Sm4::new_from_slice(&sm4_key[..]).map_err(|_| refused())?;
            let mut scalar = key.as_private().scalar();
            let (blocks, _) = Array::slice_as_chunks_mut(&mut scalar[..]);
            cipher.encrypt_blocks(blocks);
            let wrapped = signing.as_sm2().and_then(|signing| signing.encrypt(&sm4_key[..], rng));
            let wrapped = wrapped.ok_or_else(refused)?;
            Ok(Writer::build(|w| {
                w.sequence(|w| {
                    w.algorithm_null(&oid::SM4_ECB);
                    w.raw(&wrapped.to_der());
                    w.bit_string(&key.public().bits());
                    w.bit_string(&scalar[..]);
                });
            }))
        }
        (Curve::P256, Some(Curve::P256)) => {
            let plain = pkcs8::write(key.as_private());
            let length = u64::try_from(plain.len()).ok();
            let to = [Recipient::key(signing)];
            let cipher = Cipher::Aes256Cbc;
            let mut out = Vec::new();
            let mut encryptor =
                Encryptor::new(Format::Rfc5652, cipher, &to, length, rng, &mut out)?;
            encryptor.update(&plain, &mut out)?;
            encryptor.finish(&mut out)?;
            Ok(out)
        }
        _ => Err(refused()),
    }
}

/// Opens a delivery of either kind with the local signing key. `expected` is the certified key,
/// where the encryption certificate is at hand.
///
/// # Errors
///
/// [`KeyError::OtherKey`] when this signing key does not open it or another key comes out;
/// [`KeyError::Damaged`].
pub fn open(
    bytes: &[u8],
    signing: &SigningKey,
    expected: Option<&PublicKey>,
) -> Result<DecryptionKey, KeyError> {
    let key = if crate::cms::content_type(bytes).is_ok() {
        open_cms(bytes, signing)?
    } else {
        let envelope = EnvelopedKey::read(bytes)?;
        let answer = signing.unwrap_delivery(&envelope.to_unwrap());
        envelope.finish(&answer.map_err(|_| KeyError::OtherKey)?)?
    };
    if expected.is_some_and(|expected| expected != key.public()) {
        return Err(KeyError::OtherKey);
    }
    Ok(key)
}

fn open_cms(bytes: &[u8], signing: &SigningKey) -> Result<DecryptionKey, KeyError> {
    let form = |error| match error {
        CmsError::Form(error) => KeyError::Damaged(error),
        _ => KeyError::OtherKey,
    };
    let Ok(enveloped) = EnvelopedReader::new().push(bytes).map_err(form)? else {
        return Err(Error::Truncated { at: bytes.len(), missing: 1 }.into());
    };
    let content_key = enveloped
        .recipients()
        .iter()
        .flat_map(|info| info.to_unwrap().into_iter().map(move |question| (info, question)))
        .find_map(|(info, question)| {
            let answer = signing.unwrap_delivery(&question).ok()?;
            info.finish(&answer).ok()?.for_cipher(enveloped.cipher()).ok()
        })
        .ok_or(KeyError::OtherKey)?;
    let mut plain = Zeroizing::new(Vec::new());
    let mut decryptor = enveloped.decrypt(&content_key).map_err(form)?;
    decryptor.push(&[], &mut plain).map_err(form)?;
    decryptor.finish(&mut plain).map_err(form)?;
    Ok(pkcs8::read(&plain).map_err(|_| KeyError::OtherKey)?.into_decryption())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Seeded;

    #[test]
    fn deliveries_open_with_the_right_signing_key_only() {
        let mut rng = Seeded(5);
        for curve in [Curve::Sm2, Curve::P256] {
            let signing = SigningKey::generate(curve, &mut rng);
            let stranger = SigningKey::generate(curve, &mut rng);
            let key = DecryptionKey::generate(curve, &mut rng);
            let delivery = deliver(&key, signing.public(), &mut rng).unwrap();
            let opened = open(&delivery, &signing, Some(key.public())).unwrap();
            assert_eq!(opened.public(), key.public());
            let refused = open(&delivery, &stranger, None).unwrap_err();
            assert_eq!(refused, KeyError::OtherKey);
            let other = open(&delivery, &signing, Some(signing.public())).unwrap_err();
            assert_eq!(other, KeyError::OtherKey);
        }
    }

    #[test]
    fn every_width_of_the_encrypted_scalar_opens() {
        let mut rng = Seeded(6);
        let signing = SigningKey::generate(Curve::Sm2, &mut rng);
        let key = DecryptionKey::generate(Curve::Sm2, &mut rng);
        let delivery = deliver(&key, signing.public(), &mut rng).unwrap();
        let envelope = EnvelopedKey::read(&delivery).unwrap();
        let answer = signing.unwrap_delivery(&envelope.to_unwrap()).unwrap();
        let cipher = sm4::Sm4::new_from_slice(&answer).unwrap();
        let encrypt = |plain: &[u8]| {
            let mut out = plain.to_vec();
            let (blocks, _) = Array::slice_as_chunks_mut(&mut out);
            cipher.encrypt_blocks(blocks);
            out
        };
        let scalar = key.as_private().scalar();
        let outside = [&[0; 32][..], &encrypt(&scalar[..])].concat();
        let inside = encrypt(&[&[0; 32][..], &scalar[..]].concat());
        let padded = encrypt(&[&scalar[..], &[16; 16]].concat());
        for encrypted in [encrypt(&scalar[..]), outside, inside, padded] {
            let envelope = EnvelopedKey { encrypted, ..envelope.clone() };
            assert_eq!(envelope.finish(&answer).unwrap().public(), key.public());
        }
        let wrong = EnvelopedKey { public: signing.public().clone(), ..envelope };
        assert_eq!(wrong.finish(&answer).unwrap_err(), KeyError::OtherKey);
    }
}
