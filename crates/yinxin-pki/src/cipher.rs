//! Symmetric ciphers by name: SM4 (GB/T 32907) and AES (FIPS 197) in CBC and GCM, streaming.

use alloc::vec::Vec;
use core::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::der::{Reader, Writer};
use crate::{Error, Oddity, Oid, oid};

mod cbc;
mod ctr;
mod gcm;

/// SM4, by what is fastest here: every mode and format takes it from this name.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use sm4::Sm4;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) type Sm4 = yinxin_accel::Sm4<yinxin_accel::Simd>;

pub use cbc::{CbcDecryptor, CbcEncryptor, PaddingError};
pub use ctr::Ctr;
pub use gcm::{Gcm, GcmError, TAG_LEN};

/// A content cipher (内容加密算法).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Cipher {
    /// AES-128-CBC with PKCS#7 padding.
    Aes128Cbc,
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-192-CBC: read only, other programs write it.
    Aes192Cbc,
    /// AES-256-CBC with PKCS#7 padding.
    Aes256Cbc,
    /// AES-256-GCM.
    Aes256Gcm,
    /// SM4-CBC with PKCS#7 padding.
    Sm4Cbc,
    /// SM4-GCM (RFC 8998).
    Sm4Gcm,
}

impl Cipher {
    /// The cipher of an identifier, `None` for any other. Bare SM4 is CBC.
    #[must_use]
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        match *oid {
            oid::AES128_CBC => Some(Self::Aes128Cbc),
            oid::AES128_GCM => Some(Self::Aes128Gcm),
            oid::AES192_CBC => Some(Self::Aes192Cbc),
            oid::AES256_CBC => Some(Self::Aes256Cbc),
            oid::AES256_GCM => Some(Self::Aes256Gcm),
            oid::SM4_CBC | oid::SM4 => Some(Self::Sm4Cbc),
            oid::SM4_GCM => Some(Self::Sm4Gcm),
            _ => None,
        }
    }

    /// Its object identifier.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::Aes128Cbc => oid::AES128_CBC,
            Self::Aes128Gcm => oid::AES128_GCM,
            Self::Aes192Cbc => oid::AES192_CBC,
            Self::Aes256Cbc => oid::AES256_CBC,
            Self::Aes256Gcm => oid::AES256_GCM,
            Self::Sm4Cbc => oid::SM4_CBC,
            Self::Sm4Gcm => oid::SM4_GCM,
        }
    }

    /// Bytes of its key: 16, 24 or 32.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm | Self::Sm4Cbc | Self::Sm4Gcm => 16,
            Self::Aes192Cbc => 24,
            Self::Aes256Cbc | Self::Aes256Gcm => 32,
        }
    }

    /// Whether it detects changes: GCM does, CBC does not.
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes256Gcm | Self::Sm4Gcm)
    }

    /// Bytes of its initialisation vector: 16 for CBC, 12 for GCM.
    #[must_use]
    pub const fn iv_len(self) -> usize {
        if self.is_authenticated() { 12 } else { 16 }
    }

    /// The name people write.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128Cbc => "AES-128-CBC",
            Self::Aes128Gcm => "AES-128-GCM",
            Self::Aes192Cbc => "AES-192-CBC",
            Self::Aes256Cbc => "AES-256-CBC",
            Self::Aes256Gcm => "AES-256-GCM",
            Self::Sm4Cbc => "SM4-CBC",
            Self::Sm4Gcm => "SM4-GCM",
        }
    }
}

/// A cipher with its initialisation vector, as an AlgorithmIdentifier carries them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CipherParameters {
    /// Which cipher.
    pub cipher: Cipher,
    /// 12 bytes for GCM, 16 for CBC; the rest is zero.
    iv: [u8; 16],
}

impl CipherParameters {
    /// A fresh random initialisation vector.
    pub fn random(cipher: Cipher, rng: &mut impl CryptoRng) -> Self {
        let mut iv = [0; 16];
        rng.fill_bytes(iv.get_mut(..cipher.iv_len()).unwrap_or(&mut []));
        Self { cipher, iv }
    }

    /// Reads an AlgorithmIdentifier: an IV for CBC; GCMParameters (RFC 5084 §3.2) with a nonce of
    /// 12 and a tag of 16 bytes for GCM.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] for another cipher; [`Error::Malformed`] for other lengths of nonce
    /// or tag, which would be weaker than what is accepted here.
    pub fn read(reader: &mut Reader<'_>) -> Result<(Self, Option<Oddity>), Error> {
        let at = reader.position();
        let mut identifier = reader.sequence()?;
        let found = identifier.oid()?;
        let cipher =
            Cipher::from_oid(&found).ok_or(Error::Unsupported { at, what: "cipher", found })?;
        let at = identifier.position();
        let nonce = if cipher.is_authenticated() {
            let mut parameters = identifier.sequence()?;
            let nonce = parameters.octet_string()?;
            let tag_at = parameters.position();
            // The default of RFC 5084 is 12, which OpenSSL and others override by writing 16.
            if parameters.is_empty() || parameters.uint()? != 16 {
                return Err(Error::Malformed { at: tag_at, expected: "a GCM tag of 16 bytes" });
            }
            parameters.finish()?;
            nonce
        } else {
            identifier.octet_string()?
        };
        identifier.finish()?;
        if nonce.len() != cipher.iv_len() {
            let expected = if cipher.is_authenticated() {
                "a GCM nonce of 12 bytes"
            } else {
                "an initialisation vector of 16 bytes"
            };
            return Err(Error::Malformed { at, expected });
        }
        let mut iv = [0; 16];
        for (to, from) in iv.iter_mut().zip(nonce) {
            *to = *from;
        }
        Ok((Self { cipher, iv }, (found == oid::SM4).then_some(Oddity::BareSm4)))
    }

    /// Writes the AlgorithmIdentifier.
    pub fn write(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            w.oid(&self.cipher.oid());
            if self.cipher.is_authenticated() {
                w.sequence(|w| {
                    w.octet_string(self.iv());
                    w.uint(16);
                });
            } else {
                w.octet_string(self.iv());
            }
        });
    }

    /// The initialisation vector, 12 or 16 bytes.
    #[must_use]
    pub fn iv(&self) -> &[u8] {
        self.iv.get(..self.cipher.iv_len()).unwrap_or(&[])
    }

    pub(crate) const fn iv_block(&self) -> &[u8; 16] {
        &self.iv
    }

    /// Octets of ciphertext for `plain` octets of plaintext, the tag apart.
    #[must_use]
    pub const fn ciphertext_len(&self, plain: u64) -> u64 {
        if self.cipher.is_authenticated() { plain } else { (plain / 16 + 1) * 16 }
    }
}

/// Content-encryption key (内容密钥) of a CMS message: 16, 24 or 32 bytes, wiped on drop, never
/// printed.
#[derive(Clone)]
pub struct CipherKey(Zeroizing<Vec<u8>>);

impl CipherKey {
    /// Draws a key.
    pub fn random(cipher: Cipher, rng: &mut impl CryptoRng) -> Self {
        let mut key = Zeroizing::new(alloc::vec![0; cipher.key_len()]);
        rng.fill_bytes(&mut key);
        Self(key)
    }

    /// Takes what a recipient unwrapped.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] unless it fits the cipher.
    pub fn from_bytes(cipher: Cipher, key: Zeroizing<Vec<u8>>) -> Result<Self, Error> {
        if key.len() == cipher.key_len() {
            Ok(Self(key))
        } else {
            Err(Error::Length { what: "content key", expected: cipher.key_len(), found: key.len() })
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for CipherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CipherKey(..)")
    }
}
