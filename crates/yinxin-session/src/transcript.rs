//! The transcript (会话记录摘要): one digest over everything that went between phone and page before
//! the answer, so that the statement in it binds all of it.

use alloc::vec::Vec;

use yinxin_pki::Digest;

use crate::channel::Binding;
use crate::label::{Field, Label};

/// Messages as they were relayed, octet by octet.
#[derive(Clone, Debug)]
pub struct Transcript {
    hello: Digest,
    offer: Option<Digest>,
    prepared: Vec<Digest>,
}

impl Transcript {
    /// Begins with the hello's envelope.
    #[must_use]
    pub fn new(binding: &Binding, hello: &[u8]) -> Self {
        let hello = binding.suite.digest().digest(hello);
        Self { hello, offer: None, prepared: Vec::new() }
    }

    /// Adds the offer's envelope.
    #[must_use]
    pub fn offer(mut self, binding: &Binding, offer: &[u8]) -> Self {
        self.offer = Some(binding.suite.digest().digest(offer));
        self
    }

    /// Adds the next prepared message.
    #[must_use]
    pub fn prepared(mut self, binding: &Binding, message: &[u8]) -> Self {
        self.prepared.push(binding.suite.digest().digest(message));
        self
    }

    /// H("yinxin-transcript-1" ‖ 00 ‖ suite(1) ‖ sid ‖ requestDigest ‖ H(hello) ‖ H(offer) or 32
    /// octets 00 ‖ count(4) ‖ H(prepared 0) ‖ …).
    #[must_use]
    pub fn digest(&self, binding: &Binding) -> Digest {
        let suite = [binding.suite.number()];
        let none = [0; 32];
        let offer = self.offer.as_ref().map_or(&none[..], AsRef::as_ref);
        let count = u32::try_from(self.prepared.len()).unwrap_or(u32::MAX).to_be_bytes();
        let head = [
            Field::Fixed(&suite),
            Field::Fixed(&binding.sid.0),
            Field::Fixed(binding.request.as_ref()),
            Field::Fixed(self.hello.as_ref()),
            Field::Fixed(offer),
            Field::Fixed(&count),
        ];
        let prepared = self.prepared.iter().map(|digest| Field::Fixed(digest.as_ref()));
        let fields: Vec<_> = head.into_iter().chain(prepared).collect();
        binding.suite.hash(Label::Transcript, &fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Sid;
    use crate::label::Suite;

    #[test]
    fn every_message_and_its_place_counts() {
        for suite in Suite::ALL {
            let binding =
                Binding { suite, sid: Sid([1; 16]), request: suite.digest().digest(b"request") };
            let begin = || Transcript::new(&binding, b"hello");
            let sealed = || begin().offer(&binding, b"offer");
            let all = [
                begin(),
                Transcript::new(&binding, b"other"),
                begin().prepared(&binding, b"offer"),
                sealed(),
                sealed().prepared(&binding, b"one"),
                sealed().prepared(&binding, b"one").prepared(&binding, b"two"),
                sealed().prepared(&binding, b"two").prepared(&binding, b"one"),
            ];
            let digests: Vec<_> = all.iter().map(|one| one.digest(&binding)).collect();
            for (index, one) in digests.iter().enumerate() {
                assert!(!digests[..index].contains(one), "{index}");
            }
            let other = Binding { sid: Sid([2; 16]), ..binding.clone() };
            assert_ne!(begin().digest(&binding), begin().digest(&other));
        }
    }
}
