//! Envelopes from phone to page (信道): the hub relays them and can neither open nor make one.
//!
//! ```text
//! envelope = version(1) ‖ suite(1) ‖ u16(len) ‖ wrapped ‖ iv(12) ‖ ciphertext ‖ tag(16)
//! wrapped  = RecipientInfo (CMS) of the reply key around 16 fresh bytes k
//! key      = HMAC(display key, "yinxin-channel-1" ‖ 00 ‖ k)[0..16]
//! aad      = "yinxin-envelope-1" ‖ 00 ‖ sid(16) ‖ requestDigest(32) ‖ step(1)
//! ```
//!
//! The display key travels in the QR code alone: whoever did not see it cannot seal anything to
//! the page, although the reply key is public.

use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::cipher::{CipherKey, Gcm, TAG_LEN};
use yinxin_pki::cms::{Recipient, RecipientInfo};
use yinxin_pki::{DecryptionKey, Digest, PublicKey};
use zeroize::Zeroizing;

use crate::label::{Field, Label, Suite};
use crate::secret::secret;
use crate::{Code, Refused};

mod aead;
mod prepared;
mod request;
mod short;

pub use prepared::{ChannelKey, PREPARED_LEN};
pub use request::SEALED_SIZES;

/// Largest envelope in bytes: an answer.
pub const MAX_LEN: usize = 2 << 20;

const VERSION: u8 = 1;
const NONCE_LEN: usize = 12;
const KEY_LEN: usize = 16;

/// A session's number at the hub (会话标识): 128 random bits. By itself it gives nothing.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sid(pub [u8; 16]);

secret! {
    /// The display key (显示密钥): 16 random bytes that only who sees the code has. Wiped on drop,
    /// never printed.
    #[derive(Eq, PartialEq)]
    pub struct DisplayKey(16);
}

/// Which message an envelope holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// The phone's answer, with secrets.
    Answer = 3,
    /// The phone says that it is there.
    Hello = 1,
    /// Seals and certificates that the phone offers.
    Offer = 2,
    /// A rejection with its reason.
    Reject = 4,
}

impl Step {
    const fn number(self) -> u8 {
        match self {
            Self::Hello => 1,
            Self::Offer => 2,
            Self::Answer => 3,
            Self::Reject => 4,
        }
    }
}

/// What every envelope of a session is bound to.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its algorithms.
    pub suite: Suite,
    /// Its number.
    pub sid: Sid,
    /// The digest of the request that the phone answers.
    pub request: Digest,
}

impl Binding {
    fn aad(&self, step: Step) -> Vec<u8> {
        let mut aad = Vec::new();
        let fields = [
            Field::Fixed(&self.sid.0),
            Field::Fixed(self.request.as_ref()),
            Field::Fixed(&[step.number()]),
        ];
        Label::Envelope.write(&fields, |octets| aad.extend_from_slice(octets));
        aad
    }

    fn key(&self, display: &DisplayKey, fresh: &[u8]) -> Option<CipherKey> {
        aead::key(self.suite, &self.suite.hmac(&display.0, Label::Channel, &[Field::Fixed(fresh)]))
    }

    /// Seals a message to the page's reply key. A phone that sends again sends the same octets:
    /// the caller keeps them.
    ///
    /// # Errors
    ///
    /// [`Code::SuiteUnsupported`] for a reply key of another suite.
    pub fn seal(
        &self,
        step: Step,
        message: &[u8],
        reply: &PublicKey,
        display: &DisplayKey,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Refused> {
        if reply.curve() != Some(self.suite.curve()) {
            return Err(Code::SuiteUnsupported.into());
        }
        let mut fresh = Zeroizing::new([0; KEY_LEN]);
        rng.fill_bytes(&mut fresh[..]);
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let wrapped = Recipient::wrap(reply, &fresh[..], rng).map_err(|_| Code::Internal)?;
        let length = u16::try_from(wrapped.len()).map_err(|_| Code::Internal)?;
        let mut out = Vec::with_capacity(wrapped.len() + message.len() + 32);
        out.extend_from_slice(&[VERSION, self.suite.number()]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&wrapped);
        out.extend_from_slice(&nonce);
        let start = out.len();
        out.extend_from_slice(message);
        let key = self.key(display, &fresh[..]).ok_or(Code::Internal)?;
        let mut gcm = Gcm::new(self.suite.cipher(), &key, &nonce, &self.aad(step))
            .map_err(|_| Code::Internal)?;
        gcm.encrypt(out.get_mut(start..).unwrap_or(&mut [])).map_err(|_| Code::RequestTooLarge)?;
        out.extend_from_slice(&gcm.tag());
        if out.len() > MAX_LEN { Err(Code::RequestTooLarge.into()) } else { Ok(out) }
    }

    /// Opens an envelope with the reply key. The plaintext is who saw the code's, for this session,
    /// request and step; the statement inside is still to be verified.
    ///
    /// # Errors
    ///
    /// [`Code::ReplyUnreadable`], whatever is wrong.
    pub fn open(
        &self,
        step: Step,
        envelope: &[u8],
        reply: &DecryptionKey,
        display: &DisplayKey,
    ) -> Result<Zeroizing<Vec<u8>>, Refused> {
        self.open_parts(step, envelope, reply, display)
            .ok_or_else(|| Refused::from(Code::ReplyUnreadable))
    }

    fn open_parts(
        &self,
        step: Step,
        envelope: &[u8],
        reply: &DecryptionKey,
        display: &DisplayKey,
    ) -> Option<Zeroizing<Vec<u8>>> {
        if envelope.len() > MAX_LEN {
            return None;
        }
        let ([version, suite, high, low], rest) = envelope.split_first_chunk()?;
        if (*version, *suite) != (VERSION, self.suite.number()) {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (wrapped, rest) = rest.split_at_checked(length)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>()?;
        let info = RecipientInfo::from_der(wrapped).ok()?;
        if !info.names_key(&reply.public().id()) {
            return None;
        }
        let fresh = info.unwrap(reply).ok()?.into_bytes();
        if fresh.len() != KEY_LEN {
            return None;
        }
        let key = self.key(display, &fresh)?;
        let mut gcm = Gcm::new(self.suite.cipher(), &key, nonce, &self.aad(step)).ok()?;
        let mut plain = Zeroizing::new(ciphertext.to_vec());
        gcm.decrypt(&mut plain).ok()?;
        gcm.verify(tag).ok()?;
        Some(plain)
    }
}

#[cfg(test)]
mod tests {
    use std::println;

    use rand_core::Rng as _;

    use super::*;
    use crate::testing::Seeded;

    const STEPS: [Step; 4] = [Step::Hello, Step::Offer, Step::Answer, Step::Reject];

    struct Scene {
        binding: Binding,
        reply: DecryptionKey,
        display: DisplayKey,
        rng: Seeded,
    }

    fn scene(suite: Suite) -> Scene {
        let mut rng = Seeded(1);
        Scene {
            binding: Binding {
                suite,
                sid: Sid([7; 16]),
                request: suite.digest().digest(b"request"),
            },
            reply: DecryptionKey::generate(suite.curve(), &mut rng),
            display: DisplayKey::random(&mut rng),
            rng,
        }
    }

    fn seal(scene: &mut Scene, step: Step, message: &[u8]) -> Vec<u8> {
        let Scene { binding, reply, display, rng } = scene;
        binding.seal(step, message, reply.public(), display, rng).unwrap()
    }

    #[test]
    fn each_step_opens_as_itself_only() {
        for suite in Suite::ALL {
            let mut scene = scene(suite);
            for step in STEPS {
                let sealed = seal(&mut scene, step, b"hello");
                for other in STEPS {
                    let opened = scene.binding.open(other, &sealed, &scene.reply, &scene.display);
                    assert_eq!(opened.is_ok(), step == other);
                }
            }
        }
    }

    #[test]
    fn hub_seals_its_own_hello() {
        // The hub has the reply key's public half and all that the envelope is bound to; it does not
        // have the display key.
        let mut scene = scene(Suite::Sm);
        let guess = DisplayKey::from_bytes([0; 16]);
        let Scene { binding, reply, rng, .. } = &mut scene;
        let forged = binding.seal(Step::Hello, b"m", reply.public(), &guess, rng).unwrap();
        let refused = scene.binding.open(Step::Hello, &forged, &scene.reply, &scene.display);
        assert_eq!(refused.unwrap_err().code, Code::ReplyUnreadable);
    }

    #[test]
    fn answer_in_other_session_or_to_another_request_is_unreadable() {
        for suite in Suite::ALL {
            let mut scene = scene(suite);
            let sealed = seal(&mut scene, Step::Answer, b"secret");
            let open = |binding: &Binding| {
                binding.open(Step::Answer, &sealed, &scene.reply, &scene.display).is_ok()
            };
            assert!(open(&scene.binding));
            assert!(!open(&Binding { sid: Sid([8; 16]), ..scene.binding.clone() }));
            let request = suite.digest().digest(b"another");
            assert!(!open(&Binding { request, ..scene.binding.clone() }));
        }
    }

    #[test]
    fn answer_bit_flip_and_every_truncation_are_unreadable() {
        for suite in Suite::ALL {
            let mut scene = scene(suite);
            let sealed = seal(&mut scene, Step::Answer, b"content key");
            for bit in 0..sealed.len() * 8 {
                let mut bent = sealed.clone();
                bent[bit / 8] ^= 1 << (bit % 8);
                let opened = scene.binding.open(Step::Answer, &bent, &scene.reply, &scene.display);
                assert_eq!(opened.unwrap_err().code, Code::ReplyUnreadable, "bit {bit}");
            }
            for end in 0..sealed.len() {
                let cut = &sealed[..end];
                scene.binding.open(Step::Answer, cut, &scene.reply, &scene.display).unwrap_err();
            }
            let mut random = scene.rng;
            for _ in 0..2000 {
                let mut bent = sealed.clone();
                let at = usize::try_from(random.next_u32()).unwrap() % bent.len();
                bent[at] = random.next_u32().to_le_bytes()[0];
                let opened = scene.binding.open(Step::Answer, &bent, &scene.reply, &scene.display);
                assert!(opened.is_err() || bent == sealed);
            }
        }
    }

    #[test]
    fn a_hello_has_at_most_400_bytes() {
        for suite in Suite::ALL {
            let mut scene = scene(suite);
            let hello = seal(&mut scene, Step::Hello, &[0x6d; 32]);
            println!("hello, {suite:?}: {} bytes", hello.len());
            assert!(hello.len() <= 400);
        }
    }
}
