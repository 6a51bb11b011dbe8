//! Content keys: drawn, bound, derived from.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use rand_core::CryptoRng;
use sha2::Sha256;
use sm3::Sm3;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::header::{Header, Suite};
use super::{KEY_LEN, label};

/// Content key (文件密钥): of exactly one segment of one envelope. 16 bytes, wiped on drop, never
/// printed. Its octets stay where they are when it moves, so that no copy is left behind.
#[derive(Clone)]
pub struct ContentKey(Box<[u8; KEY_LEN]>);

impl ContentKey {
    pub(super) fn random(rng: &mut impl CryptoRng) -> Self {
        let mut key = Self(Box::new([0; KEY_LEN]));
        rng.fill_bytes(&mut *key.0);
        key
    }

    /// As a scan session brought it; believed once a header commits to it.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self(Box::new(bytes))
    }

    /// For a scan session's answer.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }

    /// What is wrapped for a recipient: the key and the digest of the header it belongs to.
    pub(super) fn bound(&self, header: &Header) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&self.0[..], header.digest().as_ref()].concat())
    }

    /// Takes what a recipient unwrapped: 48 bytes. `Ok(None)` when it is bound to another header.
    pub(super) fn unbind(header: &Header, bytes: &[u8]) -> Option<Option<Self>> {
        let (key, digest) = bytes.split_first_chunk::<KEY_LEN>()?;
        if digest.len() != 32 {
            return None;
        }
        let same = bool::from(digest.ct_eq(header.digest().as_ref()));
        Some(same.then(|| Self(Box::new(*key))))
    }
}

impl Zeroize for ContentKey {
    fn zeroize(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl Drop for ContentKey {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for ContentKey {}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(..)")
    }
}

/// The content keys one answer gave: `None` for a segment whose key was not asked for.
#[derive(Clone, Debug)]
pub struct ContentKeys {
    pub(super) segments: Vec<Option<ContentKey>>,
}

impl ContentKeys {
    /// No key at all: for looking at a file's records without opening them.
    #[must_use]
    pub fn none(header: &Header) -> Self {
        Self { segments: vec![None; header.draft.segments.len()] }
    }

    /// For some segments only.
    #[must_use]
    pub fn keep(mut self, names: &[&str], header: &Header) -> Self {
        for (key, name) in self.segments.iter_mut().zip(&header.draft.segments) {
            if !names.contains(&&name[..]) {
                *key = None;
            }
        }
        self
    }

    /// The key of segment `index`, from 0, if it is there.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&ContentKey> {
        self.segments.get(index)?.as_ref()
    }

    /// Whether the key of segment `index`, from 0, is there.
    #[must_use]
    pub fn has(&self, index: usize) -> bool {
        self.segments.get(index).is_some_and(Option::is_some)
    }
}

/// HMAC over label ‖ 00 ‖ fields in order, 32 bytes.
pub(super) fn hmac(suite: Suite, key: &[u8], name: &str, fields: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    macro_rules! hmac {
        ($digest:ty) => {{
            // HMAC takes keys of every length.
            let Ok(mut mac) = Hmac::<$digest>::new_from_slice(key) else {
                return Zeroizing::new(vec![]);
            };
            mac.update(&label(name));
            for field in fields {
                mac.update(field);
            }
            Zeroizing::new(mac.finalize().into_bytes().to_vec())
        }};
    }
    match suite {
        Suite::Nist => hmac!(Sha256),
        Suite::Sm => hmac!(Sm3),
    }
}
