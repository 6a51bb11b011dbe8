//! CFCA's `.sm2` files: a key and its certificate under a password, without salt or rounds. Read
//! only; protect the key anew after import.
//!
//! ```text
//! SEQUENCE { 1,
//!   SEQUENCE { 1.2.156.10197.6.1.4.2.1, 1.2.156.10197.1.104, OCTET STRING key },
//!   SEQUENCE { 1.2.156.10197.6.1.4.2.1, OCTET STRING certificate } }
//! ```

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Curve, PrivateKey};
use crate::cipher::{CbcDecryptor, Cipher};
use crate::der::{Reader, Tag};
use crate::{Certificate, DigestAlgorithm, Error, KeyError, oid};

/// Opens a file.
///
/// # Errors
///
/// [`KeyError::WrongPassword`] when what comes out is not the certificate's key,
/// [`KeyError::Damaged`] when the file is not of this shape.
pub fn read(der: &[u8], password: &[u8]) -> Result<(PrivateKey, Certificate), KeyError> {
    let mut outer = Reader::new(der);
    let mut file = outer.sequence()?;
    outer.finish()?;
    let at = file.position();
    let version = file.uint()?;
    if version != 1 {
        return Err(Error::Version { at, what: "sm2 file", found: version }.into());
    }
    let mut secret = file.sequence()?;
    secret.oid()?;
    let cipher = secret.oid()?;
    if cipher != oid::SM4 && cipher != oid::SM4_CBC {
        return Err(KeyError::unsupported(&cipher));
    }
    let ciphertext = secret.octet_string()?;
    secret.finish()?;
    let mut public = file.sequence()?;
    file.finish()?;
    public.oid()?;
    let value = public.any()?;
    public.finish()?;
    let certificate = match value.tag {
        Tag::OCTET_STRING => value.value,
        _ => value.raw,
    };
    let certificate = Certificate::from_der(certificate)?;

    let scalar = decrypt(password, ciphertext)?;
    let mut padded = Zeroizing::new([0; 32]);
    let start = padded.len().checked_sub(scalar.len()).ok_or(KeyError::WrongPassword)?;
    for (to, from) in padded.iter_mut().skip(start).zip(scalar.iter()) {
        *to = *from;
    }
    let key =
        PrivateKey::from_scalar(Curve::Sm2, &padded[..]).map_err(|_| KeyError::WrongPassword)?;
    if key.public() == certificate.public_key() {
        Ok((key, certificate))
    } else {
        Err(KeyError::WrongPassword)
    }
}

/// SM4-CBC; IV ‖ key are the 32 bytes of SM3(password ‖ 1).
fn decrypt(password: &[u8], ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut kdf = DigestAlgorithm::Sm3.hasher();
    kdf.update(password);
    kdf.update(&1_u32.to_be_bytes());
    let both = Zeroizing::new(kdf.finish().as_ref().to_vec());
    let (iv, key) = both.split_at_checked(16).ok_or(KeyError::WrongPassword)?;
    let mut decryptor = CbcDecryptor::with_key_bytes(Cipher::Sm4Cbc, key, iv)?;
    let mut plain = Zeroizing::new(Vec::new());
    decryptor.update(ciphertext, &mut plain);
    decryptor.finish(&mut plain).map_err(|_| KeyError::WrongPassword)?;
    Ok(plain)
}

#[cfg(test)]
pub(super) mod tests {
    use alloc::vec;

    use super::*;
    use crate::cipher::{CbcEncryptor, CipherKey};
    use crate::der::Writer;
    use crate::testing::Seeded;

    /// A file with password `secret`.
    pub(in super::super) fn sample() -> Vec<u8> {
        let key = PrivateKey::generate(Curve::Sm2, &mut Seeded(4));
        let certificate = crate::cms::tests_certificate(key.public());
        let mut kdf = DigestAlgorithm::Sm3.hasher();
        kdf.update(b"secret");
        kdf.update(&1_u32.to_be_bytes());
        let both = kdf.finish();
        let cipher_key =
            CipherKey::from_bytes(Cipher::Sm4Cbc, Zeroizing::new(both.as_ref()[16..].to_vec()));
        let algorithm = Writer::build(|w| {
            w.sequence(|w| {
                w.oid(&oid::SM4_CBC);
                w.octet_string(&both.as_ref()[..16]);
            });
        });
        let (parameters, _) =
            crate::cipher::CipherParameters::read(&mut Reader::new(&algorithm)).unwrap();
        let mut ciphertext = vec![];
        let mut encryptor = CbcEncryptor::new(&parameters, &cipher_key.unwrap()).unwrap();
        encryptor.update(&key.scalar()[..], &mut ciphertext);
        encryptor.finish(&mut ciphertext);
        Writer::build(|w| {
            w.sequence(|w| {
                w.uint(1);
                w.sequence(|w| {
                    w.oid(&oid::GM_DATA);
                    w.oid(&oid::SM4);
                    w.octet_string(&ciphertext);
                });
                w.sequence(|w| {
                    w.oid(&oid::GM_DATA);
                    w.octet_string(&certificate);
                });
            });
        })
    }

    #[test]
    fn right_and_wrong_password() {
        let file = sample();
        let (key, certificate) = read(&file, b"secret").unwrap();
        assert_eq!(key.public(), certificate.public_key());
        assert_eq!(read(&file, b"guess").unwrap_err(), KeyError::WrongPassword);
    }
}
