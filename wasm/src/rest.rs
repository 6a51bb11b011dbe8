//! What is kept at rest: sealed under a secret, so that storage holds nothing that can be read.
//!
//! ```text
//! sealed = nonce(12) ‖ ciphertext ‖ tag(16)      SM4-GCM, additional data = label
//! key    = SM3(label ‖ 00 ‖ secret)[0..16]
//! ```

use rand_core::Rng as _;
use yinxin::DigestAlgorithm;
use yinxin::cipher::{Cipher, CipherKey, Gcm, TAG_LEN};
use yinxin::session::{Code, Refused};
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::random::random;

/// The shortest secret, in octets.
const SECRET: usize = 16;

/// Seals a text in place: no readable copy stays behind.
///
/// # Errors
///
/// `storage_refused` for a secret that is too short.
pub(crate) fn seal(label: &str, secret: &[u8], mut text: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let mut nonce = [0; 12];
    random().fill_bytes(&mut nonce);
    let mut gcm = gcm(label, secret, &nonce)?;
    gcm.encrypt(&mut text).map_err(|_| refused())?;
    text.extend_from_slice(&gcm.tag());
    text.splice(0..0, nonce);
    Ok(text)
}

/// Opens what was sealed.
///
/// # Errors
///
/// `storage_refused` for anything else, or another secret's.
pub(crate) fn open(
    label: &str,
    secret: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (nonce, rest) = sealed.split_first_chunk().ok_or_else(refused)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or_else(refused)?;
    let mut text = Zeroizing::new(ciphertext.to_vec());
    let mut gcm = gcm(label, secret, nonce)?;
    gcm.decrypt(&mut text).map_err(|_| refused())?;
    gcm.verify(tag).map_err(|_| refused())?;
    Ok(text)
}

fn gcm(label: &str, secret: &[u8], nonce: &[u8; 12]) -> Result<Gcm, Failure> {
    if secret.len() < SECRET {
        return Err(refused());
    }
    let mut hasher = DigestAlgorithm::Sm3.hasher();
    hasher.update(label.as_bytes());
    hasher.update(&[0]);
    hasher.update(secret);
    let digest = hasher.finish();
    let key = Zeroizing::new(digest.as_ref().get(..16).unwrap_or_default().to_vec());
    let key = CipherKey::from_bytes(Cipher::Sm4Gcm, key).map_err(|_| refused())?;
    Gcm::new(Cipher::Sm4Gcm, &key, nonce, label.as_bytes()).map_err(|_| refused())
}

fn refused() -> Failure {
    Failure::from(Refused::from(Code::StorageRefused))
}
