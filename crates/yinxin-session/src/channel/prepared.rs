//! From page to phone (回程信道): prepared messages, under the key that the offer brought.
//!
//! ```text
//! context = "yinxin-prepared-1" ‖ 00 ‖ sid(16) ‖ requestDigest(32) ‖ offerDigest(32) ‖ index(4)
//! key     = HMAC(channel key, context)[0..16]                        each message has its own
//! aad     = context
//! ```

use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::Digest;
use zeroize::Zeroizing;

use super::{Binding, aead};
use crate::label::{Field, Label};
use crate::secret::secret;
use crate::{Code, Refused};

/// Largest prepared message in bytes, sealed.
pub const PREPARED_LEN: usize = 64 << 10;

secret! {
    /// The channel key (回程密钥): 32 random bytes of an offer. Wiped on drop, never printed.
    #[derive(Eq, PartialEq)]
    pub struct ChannelKey(32);
}

impl ChannelKey {
    /// Seals prepared message `index`; `offer` is H of the offer's envelope.
    ///
    /// # Errors
    ///
    /// [`Code::RequestTooLarge`] over [`PREPARED_LEN`].
    pub fn seal(
        &self,
        binding: &Binding,
        offer: &Digest,
        index: u32,
        message: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Refused> {
        if message.len() + aead::OVERHEAD > PREPARED_LEN {
            return Err(Code::RequestTooLarge.into());
        }
        let (context, mac) = self.derive(binding, offer, index);
        let sealed = aead::seal(binding.suite, &mac, &context, message, rng);
        sealed.ok_or_else(|| Code::Internal.into())
    }

    /// Opens prepared message `index`.
    ///
    /// # Errors
    ///
    /// [`Code::OfferMismatch`]: for another offer, session, request or place, or changed on the way.
    pub fn open(
        &self,
        binding: &Binding,
        offer: &Digest,
        index: u32,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Refused> {
        let (context, mac) = self.derive(binding, offer, index);
        let fits = sealed.len() <= PREPARED_LEN;
        let plain = fits.then(|| aead::open(binding.suite, &mac, &context, sealed)).flatten();
        plain.ok_or_else(|| Code::OfferMismatch.into())
    }

    fn derive(
        &self,
        binding: &Binding,
        offer: &Digest,
        index: u32,
    ) -> (Vec<u8>, Zeroizing<Vec<u8>>) {
        let index = index.to_be_bytes();
        let fields = [
            Field::Fixed(&binding.sid.0),
            Field::Fixed(binding.request.as_ref()),
            Field::Fixed(offer.as_ref()),
            Field::Fixed(&index),
        ];
        let label = Label::Prepared;
        let mut context = Vec::new();
        label.write(&fields, |octets| context.extend_from_slice(octets));
        (context, binding.suite.hmac(&self.0, label, &fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Suite;
    use crate::channel::{DisplayKey, SEALED_SIZES, Sid};
    use crate::matching::MatchSecret;
    use crate::testing::Seeded;

    #[test]
    fn a_prepared_message_opens_in_its_own_place_only() {
        let mut rng = Seeded(5);
        for suite in Suite::ALL {
            let binding =
                Binding { suite, sid: Sid([1; 16]), request: suite.digest().digest(b"request") };
            let (offer, other) = (suite.digest().digest(b"offer"), suite.digest().digest(b"other"));
            let key = ChannelKey::random(&mut rng);
            let sealed = key.seal(&binding, &offer, 1, b"prepared", &mut rng).unwrap();
            assert_eq!(&key.open(&binding, &offer, 1, &sealed).unwrap()[..], b"prepared");
            let elsewhere = Binding { sid: Sid([2; 16]), ..binding.clone() };
            for refused in [
                key.open(&binding, &offer, 0, &sealed),
                key.open(&binding, &other, 1, &sealed),
                key.open(&elsewhere, &offer, 1, &sealed),
                ChannelKey::random(&mut rng).open(&binding, &offer, 1, &sealed),
            ] {
                assert_eq!(refused.unwrap_err().code, Code::OfferMismatch);
            }
            for bit in 0..sealed.len() * 8 {
                let mut bent = sealed.clone();
                bent[bit / 8] ^= 1 << (bit % 8);
                key.open(&binding, &offer, 1, &bent).unwrap_err();
            }
        }
    }

    #[test]
    fn a_sealed_request_has_one_of_four_sizes_and_one_key() {
        let mut rng = Seeded(6);
        for suite in Suite::ALL {
            let digest = suite.digest().digest(b"request");
            let key = DisplayKey::random(&mut rng);
            for (length, size) in [(0, 4 << 10), (4000, 4 << 10), (4090, 16 << 10)] {
                let request = alloc::vec![7; length];
                let sealed = key.seal_request(suite, &digest, &request, &mut rng).unwrap();
                assert_eq!(sealed.len(), size);
                assert_eq!(key.open_request(suite, &digest, &sealed).unwrap(), request);
                let other = DisplayKey::random(&mut rng);
                let refused = other.open_request(suite, &digest, &sealed).unwrap_err();
                assert_eq!(refused.code, Code::RequestMalformed);
            }
            let long = alloc::vec![7; SEALED_SIZES[3]];
            let refused = key.seal_request(suite, &digest, &long, &mut rng).unwrap_err();
            assert_eq!(refused.code, Code::RequestTooLarge);
        }
    }

    #[test]
    fn a_display_key_is_handed_to_whose_hello_it_was() {
        let mut rng = Seeded(7);
        let suite = Suite::Sm;
        let binding =
            Binding { suite, sid: Sid([1; 16]), request: suite.digest().digest(b"request") };
        let (secret, display) = (MatchSecret::random(&mut rng), DisplayKey::random(&mut rng));
        let sealed = secret.hand_over(&binding, &display, &mut rng).unwrap();
        assert_eq!(secret.take_over(&binding, &sealed).unwrap(), display);
        let refused = MatchSecret::random(&mut rng).take_over(&binding, &sealed).unwrap_err();
        assert_eq!(refused.code, Code::HubMismatch);
    }
}
