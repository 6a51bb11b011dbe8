//! Password-based encryption (PBES2, RFC 8018 §6.2), as peers write it and as this library does.

use alloc::vec;
use alloc::vec::Vec;

use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::CryptoRng;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use sm3::Sm3;
use zeroize::Zeroizing;

use crate::cipher::{CbcDecryptor, CbcEncryptor, Cipher, CipherKey, CipherParameters};
use crate::der::{Reader, Tag, Writer};
use crate::{Error, KeyError, Oid, limits, oid};

/// How a written key is protected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Protection {
    /// AES-256-CBC under PBKDF2 with HMAC-SHA-256.
    Aes256,
    /// SM4-CBC under PBKDF2 with HMAC-SM3.
    Sm4,
}

/// The digest under PBKDF2's HMAC. SHA-1 is read: it is RFC 8018's default.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Prf {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    Sm3,
}

impl Prf {
    pub(super) fn from_hmac_oid(oid: &Oid) -> Option<Self> {
        match *oid {
            oid::HMAC_SHA1 => Some(Self::Sha1),
            oid::HMAC_SHA256 => Some(Self::Sha256),
            oid::HMAC_SHA384 => Some(Self::Sha384),
            oid::HMAC_SHA512 => Some(Self::Sha512),
            oid::HMAC_SM3 | oid::HMAC_SM3_OPENSSL => Some(Self::Sm3),
            _ => None,
        }
    }

    pub(super) fn from_digest_oid(oid: &Oid) -> Option<Self> {
        match *oid {
            oid::SHA1 => Some(Self::Sha1),
            oid::SHA256 => Some(Self::Sha256),
            oid::SHA384 => Some(Self::Sha384),
            oid::SHA512 => Some(Self::Sha512),
            oid::SM3 => Some(Self::Sm3),
            _ => None,
        }
    }

    /// HMAC of `message`.
    pub(super) fn hmac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        macro_rules! hmac {
            ($digest:ty) => {{
                // HMAC takes keys of every length.
                let Ok(mut mac) = Hmac::<$digest>::new_from_slice(key) else { return Vec::new() };
                mac.update(message);
                mac.finalize().into_bytes().to_vec()
            }};
        }
        match self {
            Self::Sha1 => hmac!(Sha1),
            Self::Sha256 => hmac!(Sha256),
            Self::Sha384 => hmac!(Sha384),
            Self::Sha512 => hmac!(Sha512),
            Self::Sm3 => hmac!(Sm3),
        }
    }

    fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32, out: &mut [u8]) {
        match self {
            Self::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, rounds, out),
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, rounds, out),
            Self::Sha384 => pbkdf2::pbkdf2_hmac::<Sha384>(password, salt, rounds, out),
            Self::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, rounds, out),
            Self::Sm3 => pbkdf2::pbkdf2_hmac::<Sm3>(password, salt, rounds, out),
        }
    }
}

/// How the key is made from the password.
#[derive(Clone, Debug)]
pub(super) enum Kdf {
    Pbkdf2 { salt: Vec<u8>, rounds: u32, prf: Prf, length: Option<u64> },
    Scrypt { salt: Vec<u8>, log_n: u8, r: u32, p: u32, length: Option<u64> },
}

impl Kdf {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, KeyError> {
        let mut identifier = reader.sequence()?;
        let found = identifier.oid()?;
        let mut parameters = identifier.sequence()?;
        identifier.finish()?;
        let at = parameters.position();
        let salt = parameters.octet_string()?.to_vec();
        if salt.len() > limits::SALT {
            return Err(Error::Limit { at, what: "salt in bytes", limit: 1024 }.into());
        }
        match found {
            oid::PBKDF2 | oid::GMT0091_KDF | oid::GMT0091_KDF_GMSM => {
                let at = parameters.position();
                let rounds = u32::try_from(parameters.uint()?).unwrap_or(u32::MAX);
                if rounds == 0 || rounds > limits::PBKDF2_ROUNDS {
                    let limit = u64::from(limits::PBKDF2_ROUNDS);
                    return Err(Error::Limit { at, what: "rounds", limit }.into());
                }
                let length = optional_uint(&mut parameters)?;
                let prf = if parameters.is_empty() {
                    Prf::Sha1
                } else {
                    let mut identifier = parameters.sequence()?;
                    let oid = identifier.oid()?;
                    if !identifier.is_empty() {
                        identifier.null()?;
                    }
                    identifier.finish()?;
                    Prf::from_hmac_oid(&oid).ok_or_else(|| KeyError::unsupported(&oid))?
                };
                parameters.finish()?;
                Ok(Self::Pbkdf2 { salt, rounds, prf, length })
            }
            oid::SCRYPT => {
                let at = parameters.position();
                let (n, r, p) = (parameters.uint()?, parameters.uint()?, parameters.uint()?);
                let length = optional_uint(&mut parameters)?;
                parameters.finish()?;
                let memory = n.checked_mul(r).and_then(|nr| nr.checked_mul(128));
                let fits = n.is_power_of_two()
                    && n > 1
                    && (1..=64).contains(&r)
                    && (1..=16).contains(&p)
                    && memory.is_some_and(|memory| memory <= limits::SCRYPT_MEMORY);
                if !fits {
                    let limit = limits::SCRYPT_MEMORY;
                    return Err(Error::Limit { at, what: "scrypt memory in bytes", limit }.into());
                }
                let log_n = u8::try_from(n.trailing_zeros()).unwrap_or(0);
                let small = |value| u32::try_from(value).unwrap_or(1);
                Ok(Self::Scrypt { salt, log_n, r: small(r), p: small(p), length })
            }
            other => Err(KeyError::unsupported(&other)),
        }
    }

    /// Length the parameters ask for, if they do.
    pub(super) const fn length(&self) -> Option<u64> {
        match self {
            Self::Pbkdf2 { length, .. } | Self::Scrypt { length, .. } => *length,
        }
    }

    pub(super) fn derive(&self, password: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let mut key = Zeroizing::new(vec![0; length]);
        match self {
            Self::Pbkdf2 { salt, rounds, prf, .. } => {
                prf.pbkdf2(password, salt, *rounds, &mut key);
            }
            Self::Scrypt { salt, log_n, r, p, .. } => {
                // Both fail only for parameters that `read` refuses.
                if let Ok(parameters) = scrypt::Params::new(*log_n, *r, *p) {
                    let _ = scrypt::scrypt(password, salt, &parameters, &mut key);
                }
            }
        }
        key
    }
}

fn optional_uint(reader: &mut Reader<'_>) -> Result<Option<u64>, Error> {
    if reader.peek() == Some(Tag::INTEGER) { reader.uint().map(Some) } else { Ok(None) }
}

/// PBES2 with its parameters.
#[derive(Clone, Debug)]
pub(super) struct Pbes2 {
    kdf: Kdf,
    cipher: CipherParameters,
}

impl Pbes2 {
    pub(super) fn new(protection: Protection, rounds: u32, rng: &mut impl CryptoRng) -> Self {
        let mut salt = vec![0; 16];
        rng.fill_bytes(&mut salt);
        let (prf, cipher) = match protection {
            Protection::Aes256 => (Prf::Sha256, Cipher::Aes256Cbc),
            Protection::Sm4 => (Prf::Sm3, Cipher::Sm4Cbc),
        };
        let kdf = Kdf::Pbkdf2 { salt, rounds, prf, length: None };
        Self { kdf, cipher: CipherParameters::random(cipher, rng) }
    }

    /// Reads the AlgorithmIdentifier of an EncryptedPrivateKeyInfo.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, KeyError> {
        let mut identifier = reader.sequence()?;
        let found = identifier.oid()?;
        if !matches!(found, oid::PBES2 | oid::GMT0091_PBES | oid::GMT0091_PBES_GMSM) {
            return Err(KeyError::unsupported(&found));
        }
        let mut parameters = identifier.sequence()?;
        identifier.finish()?;
        let kdf = Kdf::read(&mut parameters)?;
        let at = parameters.position();
        let (cipher, _) = match CipherParameters::read(&mut parameters) {
            Err(Error::Unsupported { found, .. }) => return Err(KeyError::unsupported(&found)),
            other => other?,
        };
        parameters.finish()?;
        if cipher.cipher.is_authenticated() {
            return Err(KeyError::unsupported(&cipher.cipher.oid()));
        }
        let wanted = u64::try_from(cipher.cipher.key_len()).unwrap_or(0);
        if kdf.length().is_some_and(|length| length != wanted) {
            return Err(Error::Malformed { at, expected: "a key length that fits" }.into());
        }
        Ok(Self { kdf, cipher })
    }

    /// Writes the AlgorithmIdentifier; only what [`new`](Self::new) makes is written.
    pub(super) fn write(&self, writer: &mut Writer) {
        let Kdf::Pbkdf2 { salt, rounds, prf, .. } = &self.kdf else { return };
        writer.sequence(|w| {
            w.oid(&oid::PBES2);
            w.sequence(|w| {
                w.sequence(|w| {
                    w.oid(&oid::PBKDF2);
                    w.sequence(|w| {
                        w.octet_string(salt);
                        w.uint(u64::from(*rounds));
                        w.algorithm_null(&match prf {
                            Prf::Sm3 => oid::HMAC_SM3,
                            _ => oid::HMAC_SHA256,
                        });
                    });
                });
                self.cipher.write(w);
            });
        });
    }

    /// What making the key costs, in rounds of PBKDF2.
    pub(super) const fn rounds(&self) -> u32 {
        match self.kdf {
            Kdf::Pbkdf2 { rounds, .. } => rounds,
            // The most that is read costs about as much as this many rounds.
            Kdf::Scrypt { .. } => 1_000_000,
        }
    }

    fn key(&self, password: &[u8]) -> Result<CipherKey, KeyError> {
        let cipher = self.cipher.cipher;
        Ok(CipherKey::from_bytes(cipher, self.kdf.derive(password, cipher.key_len()))?)
    }

    /// Decrypts; a padding that does not fit is a wrong password.
    pub(super) fn decrypt(
        &self,
        password: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let mut decryptor = CbcDecryptor::new(&self.cipher, &self.key(password)?)?;
        let mut plain = Zeroizing::new(Vec::with_capacity(ciphertext.len()));
        decryptor.update(ciphertext, &mut plain);
        decryptor.finish(&mut plain).map_err(|_| KeyError::WrongPassword)?;
        Ok(plain)
    }

    pub(super) fn encrypt(&self, password: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        // Cipher and key are the ones `new` chose to fit.
        if let Ok(key) = self.key(password)
            && let Ok(mut encryptor) = CbcEncryptor::new(&self.cipher, &key)
        {
            encryptor.update(plain, &mut out);
            encryptor.finish(&mut out);
        }
        out
    }
}
