//! Files being prepared: what the phone offered, and what the page made of it so far.

use alloc::vec::Vec;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use yinxin_pki::Digest;

use super::{Output, OwnRequest, Page, Phase};
use crate::channel::Binding;
use crate::statement::Judgement;
use crate::transcript::Transcript;
use crate::wire::{Act, Binary, Format, Offer, Prepared, RevokeAct, SealAct};
use crate::{Code, Refused, Scene};

/// An offer, and the messages that answered it, one for each file in order.
#[derive(Clone, Debug)]
pub(super) struct Sealing {
    pub(super) hello: Vec<u8>,
    pub(super) envelope: Vec<u8>,
    pub(super) offer: Offer,
    pub(super) digest: Digest,
    pub(super) prepared: Vec<Made>,
    pub(super) count: usize,
}

/// A prepared message as it was relayed, and what the answer has to say of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Made {
    pub(super) sealed: Binary,
    /// What the phone signs.
    pub(super) signed: Binary,
    /// What a file is once its seal is out; sealing has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) restored: Option<Binary>,
}

impl Sealing {
    /// Takes an offer, which has to accept what was asked, exactly.
    pub(super) fn new(
        binding: &Binding,
        request: &OwnRequest,
        hello: &[u8],
        envelope: &[u8],
        text: &[u8],
    ) -> Result<Self, Refused> {
        let offer = Offer::read(text)?;
        let files = request.files();
        let count = match request.scene {
            Scene::Signature => {
                let same = files.len() == offer.files.len()
                    && files.iter().zip(&offer.files).all(|(file, offered)| {
                        file.id == offered.id && file.placements == offered.placements
                    });
                same.then_some(files.len())
            }
            Scene::RevokeSignature => {
                (offer.files.is_empty() && offer.seals.len() == 1).then_some(1)
            }
            Scene::Decrypt | Scene::Encrypt | Scene::Login | Scene::MessageSignature => None,
        };
        Ok(Self {
            hello: hello.to_vec(),
            envelope: envelope.to_vec(),
            digest: binding.suite.digest().digest(envelope),
            offer,
            prepared: Vec::new(),
            count: count.ok_or(Code::OfferMismatch)?,
        })
    }

    /// Messages made before a reload: those that open under this offer's key are its own.
    pub(super) fn take_up(&mut self, binding: &Binding, kept: &[Made]) {
        let own = kept.iter().zip(0_u32..).take(self.count).take_while(|(made, index)| {
            self.offer.channel_key.open(binding, &self.digest, *index, &made.sealed.0).is_ok()
        });
        self.prepared = own.map(|(made, _)| made.clone()).collect();
    }

    pub(super) fn is_done(&self) -> bool {
        self.prepared.len() == self.count
    }

    pub(super) fn transcript(&self, binding: &Binding) -> Transcript {
        let begun = Transcript::new(binding, &self.hello).offer(binding, &self.envelope);
        self.prepared.iter().fold(begun, |so_far, made| so_far.prepared(binding, &made.sealed.0))
    }
}

impl<J: Judgement> Page<J> {
    /// What the phone offered.
    #[must_use]
    pub const fn offer(&self) -> Option<&Offer> {
        match &self.phase {
            Phase::Offered(sealing) => Some(&sealing.offer),
            Phase::Waiting { .. } | Phase::Scanned { .. } | Phase::Answered(_) | Phase::Final => {
                None
            }
        }
    }

    /// How many files were prepared, and how many there are to prepare; `None` without an offer.
    #[must_use]
    pub fn prepared(&self) -> Option<(usize, usize)> {
        match &self.phase {
            Phase::Offered(sealing) => Some((sealing.prepared.len(), sealing.count)),
            Phase::Waiting { .. } | Phase::Scanned { .. } | Phase::Answered(_) | Phase::Final => {
                None
            }
        }
    }

    /// The next file was prepared with the offered seal: `time` is what its structure says,
    /// seconds since 1970, UTC.
    ///
    /// # Errors
    ///
    /// [`Code::StepOutOfOrder`] without an offer, or when all files are;
    /// [`Code::OfferMismatch`] for what a phone would refuse.
    pub fn prepare_seal(
        &mut self,
        act: SealAct,
        time: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Refused> {
        if self.request.scene != Scene::Signature {
            return Err(Code::StepOutOfOrder.into());
        }
        let place = match &self.phase {
            Phase::Offered(sealing) => sealing.prepared.len(),
            Phase::Waiting { .. } | Phase::Scanned { .. } | Phase::Answered(_) | Phase::Final => {
                return Err(Code::StepOutOfOrder.into());
            }
        };
        let file = self.request.files().get(place).ok_or(Code::StepOutOfOrder)?;
        let whole = file.digest.clone().zip(file.format);
        let (digest, format) = whole.ok_or(Code::RequestMalformed)?;
        self.prepare(&file.id.clone(), digest.0, format, Act::Seal(act), time, rng)
    }

    /// The seal was taken out of the file, to see what is left.
    ///
    /// # Errors
    ///
    /// As [`prepare_seal`](Self::prepare_seal).
    pub fn prepare_revocation(
        &mut self,
        act: RevokeAct,
        time: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Refused> {
        let (digest, format) = self.request.sealed().ok_or(Code::StepOutOfOrder)?;
        let digest = digest.0.clone();
        self.prepare("file", digest, format, Act::Revoke(act), time, rng)
    }

    fn prepare(
        &mut self,
        id: &str,
        file: Vec<u8>,
        format: Format,
        act: Act,
        time: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Refused> {
        let Phase::Offered(sealing) = &mut self.phase else {
            return Err(Code::StepOutOfOrder.into());
        };
        if sealing.is_done() {
            return Err(Code::StepOutOfOrder.into());
        }
        let number = |n: usize| u32::try_from(n).map_err(|_| Code::Internal);
        let (index, count) = (number(sealing.prepared.len())?, number(sealing.count)?);
        let message = Prepared::new((index.into(), count.into()), id, file, format, time, act);
        let text = message.write()?;
        let key = &sealing.offer.channel_key;
        let sealed = key.seal(&self.binding, &sealing.digest, index, &text, rng)?;
        self.outputs.push_back(Output::Prepared { index, count, body: sealed.clone() });
        let (signed, restored) = match message.act {
            Act::Seal(act) => (act.data_hash, None),
            Act::Revoke(act) => (act.signature_digest, Some(act.restored)),
        };
        sealing.prepared.push(Made { sealed: Binary(sealed), signed, restored });
        Ok(())
    }
}
