//! Key files of every kind, told by their content, and why one does not open.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::{PrivateKey, cfca, pkcs8, pkcs12, sec1};
use crate::der::{Reader, Tag};
use crate::{Certificate, Error, Explain, Fact, Oid, Party, limits, oid, pem};

/// What a key file holds.
#[derive(Debug)]
pub struct KeyFile {
    /// The private key.
    pub key: PrivateKey,
    /// Certificates beside it, the key's own first; only PKCS#12 and `.sm2` files bring some.
    pub certificates: Vec<Certificate>,
    /// Which kind of file it was.
    pub kind: KeyFileKind,
}

/// Kinds of key files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyFileKind {
    /// CFCA `.sm2`: no salt, no rounds. Protect it anew after import.
    CfcaSm2,
    /// PKCS#8 under a password.
    EncryptedPkcs8,
    /// PKCS#12.
    Pkcs12,
    /// PKCS#8 in the clear.
    Pkcs8,
    /// SEC1 ECPrivateKey in the clear.
    Sec1,
}

impl KeyFileKind {
    /// The name people write.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CfcaSm2 => "CFCA .sm2",
            Self::EncryptedPkcs8 => "encrypted PKCS#8",
            Self::Pkcs12 => "PKCS#12",
            Self::Pkcs8 => "PKCS#8",
            Self::Sec1 => "SEC1",
        }
    }
}

/// Whether a key file needs a password; an error says what else is wrong with it.
///
/// # Errors
///
/// As [`read`].
pub fn needs_password(bytes: &[u8]) -> Result<bool, KeyError> {
    match read(bytes, None) {
        Ok(_) => Ok(false),
        Err(KeyError::PasswordNeeded) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Reads a key file, PEM or DER, of whatever kind it is.
///
/// # Errors
///
/// [`KeyError`]: a password is needed or wrong, it is a file of another type, or it is damaged.
pub fn read(bytes: &[u8], password: Option<&[u8]>) -> Result<KeyFile, KeyError> {
    if bytes.len() > limits::KEY_FILE {
        return Err(Error::Limit { at: 0, what: "key file in bytes", limit: 1 << 20 }.into());
    }
    if !pem::is_pem(bytes) {
        return if bytes.first() == Some(&Tag::SEQUENCE.0) {
            read_der(bytes, password)
        } else {
            read_base64(bytes, password)
        };
    }
    let legacy = b"Proc-Type: 4,ENCRYPTED";
    if bytes.windows(legacy.len()).any(|window| window == legacy) {
        return Err(KeyError::UnsupportedEncryption { found: "PEM encryption".to_string() });
    }
    let blocks = pem::decode(bytes)?.into_iter();
    let blocks: Vec<_> = blocks.map(|block| (block.label, Zeroizing::new(block.der))).collect();
    let (label, der) = blocks
        .iter()
        .find(|(label, _)| label.ends_with("PRIVATE KEY") || *label == "CFCA KEY")
        .ok_or_else(|| wrong_type(blocks.first().map_or("text", |(label, _)| label)))?;
    match *label {
        "RSA PRIVATE KEY" | "DSA PRIVATE KEY" | "OPENSSH PRIVATE KEY" => Err(wrong_type(label)),
        _ => read_der(der, password),
    }
}

/// `.sm2` files are base64 without armour.
fn read_base64(bytes: &[u8], password: Option<&[u8]>) -> Result<KeyFile, KeyError> {
    match crate::base64::decode_lenient(bytes).map(Zeroizing::new) {
        Ok(der) if der.first() == Some(&Tag::SEQUENCE.0) => read_der(&der, password),
        _ => Err(wrong_type("no key file")),
    }
}

fn wrong_type(found: &str) -> KeyError {
    KeyError::WrongType { found: found.to_string() }
}

/// Tells the kind by the first elements.
fn read_der(der: &[u8], password: Option<&[u8]>) -> Result<KeyFile, KeyError> {
    let needed = || password.ok_or(KeyError::PasswordNeeded);
    let alone = |key, kind| Ok(KeyFile { key, certificates: vec![], kind });
    // PKCS#12 may be BER; its skeleton is enough to tell.
    if pkcs12::is_pkcs12(der) {
        let (key, certificates) = pkcs12::read(der, needed()?)?;
        return Ok(KeyFile { key, certificates, kind: KeyFileKind::Pkcs12 });
    }
    let mut fields = Reader::new(der).sequence()?;
    if fields.peek() == Some(Tag::SEQUENCE) {
        // { algorithm, OCTET STRING } is an EncryptedPrivateKeyInfo; { SEQUENCE, … } with more in
        // it is a certificate, a request or the like.
        fields.any()?;
        if fields.peek() != Some(Tag::OCTET_STRING) {
            return Err(wrong_type("a signed object"));
        }
        pkcs8::check_encrypted(der)?;
        return alone(pkcs8::decrypt(der, needed()?)?, KeyFileKind::EncryptedPkcs8);
    }
    let version = fields.uint()?;
    match (version, fields.peek()) {
        (1, Some(Tag::OCTET_STRING)) => alone(sec1::read(der)?, KeyFileKind::Sec1),
        (0, Some(Tag::INTEGER)) => Err(wrong_type("RSA PRIVATE KEY")),
        (_, Some(Tag::SEQUENCE)) => {
            let first = fields.sequence()?.oid();
            if first == Ok(oid::GM_DATA) {
                let (key, certificate) = cfca::read(der, needed()?)?;
                let kind = KeyFileKind::CfcaSm2;
                return Ok(KeyFile { key, certificates: vec![certificate], kind });
            }
            alone(pkcs8::read(der)?, KeyFileKind::Pkcs8)
        }
        _ => Err(wrong_type("no key file")),
    }
}

/// Why a key file does not open.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// Damaged: not what its kind should be.
    Damaged(Error),
    /// It does not hold the key that the certificate or the delivery names.
    OtherKey,
    /// It is encrypted and no password was given.
    PasswordNeeded,
    /// An encryption that is too old or not known here.
    UnsupportedEncryption {
        /// Its name or identifier.
        found: String,
    },
    /// The password is wrong.
    WrongPassword,
    /// A sound file of another kind.
    WrongType {
        /// What it is.
        found: String,
    },
}

impl From<Error> for KeyError {
    fn from(error: Error) -> Self {
        Self::Damaged(error)
    }
}

impl KeyError {
    pub(super) fn unsupported(found: &Oid) -> Self {
        Self::UnsupportedEncryption { found: found.to_string() }
    }
}

impl Explain for KeyError {
    fn code(&self) -> &'static str {
        match self {
            Self::Damaged(error) => error.code(),
            Self::OtherKey => "other_key",
            Self::PasswordNeeded => "password_needed",
            Self::UnsupportedEncryption { .. } => "unsupported_encryption",
            Self::WrongPassword => "wrong_password",
            Self::WrongType { .. } => "wrong_type",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Damaged(_) | Self::UnsupportedEncryption { .. } => Party::Sender,
            _ => Party::Holder,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Damaged(error) => error.facts(),
            Self::UnsupportedEncryption { found } | Self::WrongType { found } => {
                vec![Fact::text("found", found.clone())]
            }
            Self::OtherKey | Self::PasswordNeeded | Self::WrongPassword => vec![],
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(error) => write!(f, "the key file is damaged: {error}"),
            Self::OtherKey => f.write_str("it holds another key than the one named"),
            Self::PasswordNeeded => f.write_str("the key file is encrypted; give its password"),
            Self::UnsupportedEncryption { found } => write!(
                f,
                "its encryption `{found}` is not supported; write it anew with `openssl pkcs8 -topk8`"
            ),
            Self::WrongPassword => f.write_str("the password is wrong"),
            Self::WrongType { found } => {
                write!(f, "not a file with an SM2 or P-256 private key, but `{found}`")
            }
        }
    }
}

impl core::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use rand_core::Rng as _;

    use super::*;
    use crate::testing::Seeded;
    use crate::{Curve, DecryptionKey, SigningKey};

    #[test]
    fn every_kind_that_is_written_is_told_and_read() {
        let mut rng = Seeded(1);
        for curve in [Curve::Sm2, Curve::P256] {
            let key = PrivateKey::generate(curve, &mut rng);
            let plain = pkcs8::write(&key);
            let read_plain = read(&plain, None).unwrap();
            assert_eq!(read_plain.key.public(), key.public());
            assert_eq!(read_plain.kind, KeyFileKind::Pkcs8);
            for protection in [pkcs8::Protection::Sm4, pkcs8::Protection::Aes256] {
                let der = pkcs8::encrypt(&key, b"secret", protection, 10, &mut rng);
                assert!(needs_password(&der).unwrap());
                let text = pem::encode("ENCRYPTED PRIVATE KEY", &der);
                let file = read(text.as_bytes(), Some(b"secret")).unwrap();
                assert_eq!(file.key.public(), key.public());
                assert_eq!(file.kind, KeyFileKind::EncryptedPkcs8);
                let wrong = read(&der, Some(b"guess")).unwrap_err();
                assert_eq!(wrong, KeyError::WrongPassword);
            }
        }
    }

    #[test]
    fn files_of_another_type_are_named() {
        for bytes in [
            &b"hello"[..],
            b"-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n",
            b"-----BEGIN RSA PRIVATE KEY-----\nAQID\n-----END RSA PRIVATE KEY-----\n",
            &[0x30, 7, 0x30, 0, 0x30, 0, 3, 1, 0],
        ] {
            assert_eq!(read(bytes, None).unwrap_err().code(), "wrong_type");
        }
        let legacy = b"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAQID\n-----END EC PRIVATE KEY-----\n";
        assert_eq!(read(legacy, None).unwrap_err().code(), "unsupported_encryption");
    }

    #[test]
    fn truncations_and_mutations_are_typed_errors() {
        let mut rng = Seeded(2);
        let key = PrivateKey::generate(Curve::Sm2, &mut rng);
        let signing = SigningKey::generate(Curve::Sm2, &mut rng);
        let decryption = DecryptionKey::generate(Curve::Sm2, &mut rng);
        let files = [
            pkcs8::write(&key).to_vec(),
            pkcs8::encrypt(&key, b"secret", pkcs8::Protection::Sm4, 1, &mut rng),
            cfca::tests::sample(),
            pkcs12::tests::sample(),
        ];
        for file in &files {
            for end in 0..file.len() {
                assert!(read(&file[..end], Some(b"secret")).is_err(), "{end}");
            }
        }
        let envelope =
            super::super::enveloped::deliver(&decryption, signing.public(), &mut rng).unwrap();
        // 20 000 of each of the five kinds.
        for round in 0..100_000 {
            let mut bytes = files.get(round % 5).unwrap_or(&envelope).clone();
            for _ in 0..=rng.next_u32() % 3 {
                let at = usize::try_from(rng.next_u32()).unwrap() % bytes.len();
                bytes[at] ^= 1 << (rng.next_u32() % 8);
            }
            // Rounds of a mutated file may run into millions; their limit has its own test.
            if round % 5 < 4 {
                let _ = read(&bytes, (round % 5 != 1).then_some(&b"secret"[..]));
            } else {
                let opened = super::super::enveloped::open(&bytes, &signing, None);
                assert!(opened.is_err() || opened.unwrap().public() == decryption.public());
            }
        }
    }
}
