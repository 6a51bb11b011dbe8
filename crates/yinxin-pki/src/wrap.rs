//! Wrapping one key under another: AES key wrap (RFC 3394) and the X9.63 KDF.

use alloc::vec;
use alloc::vec::Vec;

use ::aes_kw::cipher::KeyInit as _;
#[cfg(feature = "foreign")]
use aes_kw::KwAes192;
use aes_kw::{KwAes128, KwAes256};
#[cfg(feature = "foreign")]
use sha1::Sha1;
use sha2::Sha256;
#[cfg(feature = "foreign")]
use sha2::{Sha384, Sha512};
use zeroize::Zeroizing;

use crate::{Oid, oid};

/// AES key wrap by key length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeyWrap {
    Aes128,
    #[cfg(feature = "foreign")]
    Aes192,
    Aes256,
}

impl KeyWrap {
    /// The one this library writes for a secret of so many bytes.
    pub(crate) const fn for_secret(length: usize) -> Self {
        if length > 16 { Self::Aes256 } else { Self::Aes128 }
    }

    pub(crate) fn from_oid(oid: &Oid) -> Option<Self> {
        match *oid {
            oid::AES128_WRAP => Some(Self::Aes128),
            #[cfg(feature = "foreign")]
            oid::AES192_WRAP => Some(Self::Aes192),
            oid::AES256_WRAP => Some(Self::Aes256),
            _ => None,
        }
    }

    pub(crate) const fn oid(self) -> Oid {
        match self {
            Self::Aes128 => oid::AES128_WRAP,
            #[cfg(feature = "foreign")]
            Self::Aes192 => oid::AES192_WRAP,
            Self::Aes256 => oid::AES256_WRAP,
        }
    }

    /// Bytes of the wrapping key.
    pub(crate) const fn key_len(self) -> usize {
        match self {
            Self::Aes128 => 16,
            #[cfg(feature = "foreign")]
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    /// Wraps a key of a multiple of 8 bytes, from 16.
    pub(crate) fn wrap(self, wrapping: &[u8], key: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; key.len() + 8];
        match self {
            Self::Aes128 => {
                KwAes128::new_from_slice(wrapping).ok()?.wrap_key(key, &mut out).ok()?
            }
            #[cfg(feature = "foreign")]
            Self::Aes192 => {
                KwAes192::new_from_slice(wrapping).ok()?.wrap_key(key, &mut out).ok()?
            }
            Self::Aes256 => {
                KwAes256::new_from_slice(wrapping).ok()?.wrap_key(key, &mut out).ok()?
            }
        };
        Some(out)
    }

    /// Unwraps; `None` when the integrity check fails or the length cannot be.
    pub(crate) fn unwrap(self, wrapping: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let len = wrapped.len().checked_sub(8).filter(|len| (16..=4096).contains(len))?;
        let mut out = Zeroizing::new(vec![0; len]);
        match self {
            Self::Aes128 => {
                KwAes128::new_from_slice(wrapping).ok()?.unwrap_key(wrapped, &mut out).ok()?
            }
            #[cfg(feature = "foreign")]
            Self::Aes192 => {
                KwAes192::new_from_slice(wrapping).ok()?.unwrap_key(wrapped, &mut out).ok()?
            }
            Self::Aes256 => {
                KwAes256::new_from_slice(wrapping).ok()?.unwrap_key(wrapped, &mut out).ok()?
            }
        };
        Some(out)
    }
}

/// The digest inside an X9.63 KDF. SHA-1 is here for received messages only: OpenSSL's default.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KdfDigest {
    #[cfg(feature = "foreign")]
    Sha1,
    Sha256,
    #[cfg(feature = "foreign")]
    Sha384,
    #[cfg(feature = "foreign")]
    Sha512,
}

impl KdfDigest {
    /// The digest of a stdDH scheme (RFC 5753 §7.1.4).
    pub(crate) fn from_scheme(oid: &Oid) -> Option<Self> {
        match *oid {
            #[cfg(feature = "foreign")]
            oid::ECDH_SHA1_KDF => Some(Self::Sha1),
            oid::ECDH_SHA256_KDF => Some(Self::Sha256),
            #[cfg(feature = "foreign")]
            oid::ECDH_SHA384_KDF => Some(Self::Sha384),
            #[cfg(feature = "foreign")]
            oid::ECDH_SHA512_KDF => Some(Self::Sha512),
            _ => None,
        }
    }

    /// X9.63 KDF (SEC 1 §3.6.1): digest(secret ‖ counter ‖ info), counter from 1.
    pub(crate) fn derive(self, secret: &[u8], info: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
        match self {
            #[cfg(feature = "foreign")]
            Self::Sha1 => derive::<Sha1>(secret, info, len),
            Self::Sha256 => derive::<Sha256>(secret, info, len),
            #[cfg(feature = "foreign")]
            Self::Sha384 => derive::<Sha384>(secret, info, len),
            #[cfg(feature = "foreign")]
            Self::Sha512 => derive::<Sha512>(secret, info, len),
        }
    }
}

fn derive<D: sha2::Digest>(secret: &[u8], info: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(len + 64));
    for counter in 1_u32.. {
        if out.len() >= len {
            break;
        }
        let mut digest = D::new();
        digest.update(secret);
        digest.update(counter.to_be_bytes());
        digest.update(info);
        let mut block = digest.finalize();
        out.extend_from_slice(&block);
        zeroize::Zeroize::zeroize(AsMut::<[u8]>::as_mut(&mut block));
    }
    out.truncate(len);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_wrap_gives_the_value_of_rfc_3394() {
        let wrapping: [u8; 16] = 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f_u128.to_be_bytes();
        let key: [u8; 16] = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes();
        let wrapped = KeyWrap::Aes128.wrap(&wrapping, &key).unwrap();
        assert_eq!(wrapped[..8], 0x1fa6_8b0a_8112_b447_u64.to_be_bytes());
        assert_eq!(KeyWrap::Aes128.unwrap(&wrapping, &wrapped).unwrap()[..], key);
        for index in 0..wrapped.len() {
            let mut bent = wrapped.clone();
            bent[index] ^= 1;
            assert!(KeyWrap::Aes128.unwrap(&wrapping, &bent).is_none());
        }
        for len in [0, 7, 8, 16, 23, 25] {
            assert!(KeyWrap::Aes128.unwrap(&wrapping, &vec![0; len]).is_none(), "{len} bytes");
        }
    }

    #[test]
    fn kdf_is_the_digest_of_secret_counter_and_info() {
        let secret = 0x9640_4d30_2a7e_38f5_u64.to_be_bytes();
        let short = KdfDigest::Sha256.derive(&secret, b"info", 16);
        let long = KdfDigest::Sha256.derive(&secret, b"info", 100);
        assert_eq!(short[..], long[..16]);
        assert_eq!(long.len(), 100);
        use sha2::Digest as _;
        let first = Sha256::digest([&secret[..], &[0, 0, 0, 1], b"info"].concat());
        assert_eq!(first[..], long[..32]);
    }
}
