//! What is sealed under a key that both ends derive: version(1) ‖ suite(1) ‖ iv(12) ‖ ciphertext ‖
//! tag(16).

use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::cipher::{CipherKey, Gcm, TAG_LEN};
use zeroize::Zeroizing;

use super::{KEY_LEN, NONCE_LEN, VERSION};
use crate::Suite;

/// Octets around the plaintext.
pub(crate) const OVERHEAD: usize = 2 + NONCE_LEN + TAG_LEN;

/// The cipher's key: the first 16 bytes of a MAC. `None` for a shorter one, which HMAC does not
/// give.
pub(crate) fn key(suite: Suite, mac: &[u8]) -> Option<CipherKey> {
    let bytes = Zeroizing::new(mac.get(..KEY_LEN)?.to_vec());
    CipherKey::from_bytes(suite.cipher(), bytes).ok()
}

pub(crate) fn seal(
    suite: Suite,
    mac: &[u8],
    aad: &[u8],
    plain: &[u8],
    rng: &mut impl CryptoRng,
) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    rng.fill_bytes(&mut nonce);
    let mut gcm = Gcm::new(suite.cipher(), &key(suite, mac)?, &nonce, aad).ok()?;
    let mut out = Vec::with_capacity(plain.len() + OVERHEAD);
    out.extend_from_slice(&[VERSION, suite.number()]);
    out.extend_from_slice(&nonce);
    let start = out.len();
    out.extend_from_slice(plain);
    gcm.encrypt(out.get_mut(start..)?).ok()?;
    out.extend_from_slice(&gcm.tag());
    Some(out)
}

pub(crate) fn open(
    suite: Suite,
    mac: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let ([version, number], rest) = sealed.split_first_chunk()?;
    if (*version, *number) != (VERSION, suite.number()) {
        return None;
    }
    let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>()?;
    let mut gcm = Gcm::new(suite.cipher(), &key(suite, mac)?, nonce, aad).ok()?;
    let mut plain = Zeroizing::new(ciphertext.to_vec());
    gcm.decrypt(&mut plain).ok()?;
    gcm.verify(tag).ok()?;
    Some(plain)
}
