//! The display key by way of the hello (短码): who typed a code instead of scanning one gets it from
//! the page, under a key made of the hello's secret.

use alloc::vec::Vec;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Binding, DisplayKey, aead};
use crate::label::{Field, Label};
use crate::matching::MatchSecret;
use crate::{Code, Refused};

impl MatchSecret {
    fn handing(&self, binding: &Binding) -> Zeroizing<Vec<u8>> {
        let fields = [Field::Fixed(&binding.sid.0), Field::Fixed(binding.request.as_ref())];
        binding.suite.hmac(self.as_bytes(), Label::Short, &fields)
    }

    /// Seals the display key for the phone whose hello brought this secret.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`], which keys of the right length do not give.
    pub fn hand_over(
        &self,
        binding: &Binding,
        display: &DisplayKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Refused> {
        let sealed =
            aead::seal(binding.suite, &self.handing(binding), &[], display.as_bytes(), rng);
        sealed.ok_or_else(|| Code::Internal.into())
    }

    /// Opens the display key on the phone.
    ///
    /// # Errors
    ///
    /// [`Code::HubMismatch`]: not from the page whose reply key the hello was sealed to.
    pub fn take_over(&self, binding: &Binding, sealed: &[u8]) -> Result<DisplayKey, Refused> {
        let plain = aead::open(binding.suite, &self.handing(binding), &[], sealed);
        let bytes = plain.and_then(|plain| <[u8; 16]>::try_from(&plain[..]).ok());
        bytes.map(DisplayKey::from_bytes).ok_or_else(|| Code::HubMismatch.into())
    }
}

impl DisplayKey {
    /// In the place of a display key that the phone does not have yet: for the hello of a typed
    /// code only.
    #[must_use]
    pub const fn absent() -> Self {
        Self([0; 16])
    }
}
