//! The key by which a hub signs times, receipts and evidence.

use rand_core::CryptoRng;
use yinxin_pki::signed_object::ObjectDraft;
use yinxin_pki::{Certificate, SigningKey};

use crate::{Code, Refused};

/// A hub's key with its certificate, which the trust list names under `hubKeys`.
#[derive(Debug)]
pub struct HubKey {
    certificate: Certificate,
    key: SigningKey,
}

impl HubKey {
    /// A key and the certificate that names it.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] where they do not belong together.
    pub fn new(certificate: Certificate, key: SigningKey) -> Result<Self, Refused> {
        if certificate.public_key() == key.public() {
            Ok(Self { certificate, key })
        } else {
            Err(Code::Internal.into())
        }
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Signs what was drafted for this certificate.
    pub(crate) fn sign(
        &self,
        draft: ObjectDraft,
        rng: &mut impl CryptoRng,
    ) -> Result<alloc::vec::Vec<u8>, Refused> {
        let answer = self.key.sign(draft.to_sign(), rng).map_err(|_| Code::Internal)?;
        Ok(draft.finish(&answer).map_err(|_| Code::Internal)?)
    }
}
