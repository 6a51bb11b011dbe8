//! The key centre (密钥管理中心): makes encryption keys, keeps them, delivers them.

use rand_core::CryptoRng;
use yinxin_pki::cms::CmsError;
use yinxin_pki::key::enveloped;
use yinxin_pki::{Curve, DecryptionKey, PublicKey, SigningKey};

/// An encryption key the key centre made (托管的加密密钥).
///
/// The holder gets it as [`envelope`](Self::envelope); the key centre keeps
/// [`key`](Self::key), so that old messages can still be opened when the holder loses his.
#[derive(Debug)]
pub struct EscrowedKey {
    /// The key itself, as the key centre keeps it.
    pub key: DecryptionKey,
    /// The key wrapped for the holder's signing key: an SM2EnvelopedKey (GB/T 35276) for SM2, a
    /// CMS EnvelopedData of a PKCS#8 for P-256.
    pub envelope: Vec<u8>,
}

impl EscrowedKey {
    /// Makes a key on `curve` and wraps it for the holder's signing key.
    ///
    /// # Errors
    ///
    /// [`CmsError`] when the signing key is on another curve.
    pub(crate) fn make(
        curve: Curve,
        signing: &PublicKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, CmsError> {
        let key = DecryptionKey::generate(curve, rng);
        let envelope = enveloped::deliver(&key, signing, rng)?;
        Ok(Self { key, envelope })
    }

    /// Opens the envelope as the holder does, and looks whether the right key is in it.
    #[must_use]
    pub fn opens_with(&self, signing: &SigningKey) -> bool {
        enveloped::open(&self.envelope, signing, Some(self.key.public()))
            .is_ok_and(|key| key.public() == self.key.public())
    }
}
