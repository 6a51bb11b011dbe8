//! Seals (签章、撤章): the phone offers a seal before it knows what it will sign, and signs only what
//! the page then prepares for that offer and that request. From what, is said here; the structure
//! itself (TBS_Sign of GB/T 38540, or a revocation) is built by the caller on the phone.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use yinxin_pki::{Digest, Fact, SigningCertificate};

use super::release::{Confirmed, Signing, begin};
use super::{ANSWER, PREPARE};
use super::{Context, Link, Next, Phone, Stage, within};
use crate::channel::{ChannelKey, Step};
use crate::wire::{
    Act, Binary, Format, Offer, OfferedFile, Payload, Prepared, Product, RevokedSeal, SceneResult,
    SealAct, SealDigests, SealOutcome, SealedFile,
};
use crate::{Code, Refused};

/// Seconds that the time in a prepared message may be off the session's.
const SKEW: u64 = 300;

/// A file that the page prepared (待盖章文件), held against offer and request.
#[derive(Clone, Debug)]
pub struct ToSeal {
    /// Which file of the request, from 0.
    pub index: usize,
    /// Its name in the request.
    pub id: String,
    /// By which certificate.
    pub signer: SigningCertificate,
    /// With which seal: SESeal, DER.
    pub seal: Vec<u8>,
    /// What the structure says of its time; seconds since 1970, UTC.
    pub time: u64,
    /// What is to be built and signed.
    pub task: SealTask,
}

/// What is to be built.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SealTask {
    /// A revocation of one use of the seal; digests are SM3.
    Revoke {
        /// Of the signature value that is taken back.
        signature_digest: Vec<u8>,
        /// Of the file that holds it.
        before: Vec<u8>,
        /// Of the file as it was before the sealing.
        after: Vec<u8>,
        /// Why, in the request's words.
        reason: String,
    },
    /// TBS_Sign with this seal and time.
    Seal {
        /// dataHash, 32 bytes.
        data_hash: Vec<u8>,
        /// propertyInfo, ASCII.
        property: String,
    },
}

/// What became of a prepared message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FileStep {
    /// The file is not what the request asked to have sealed: nothing is signed for it, and the
    /// statement says so. The others go on. What is due next.
    Refused(Refused, Next),
    /// Build and sign this, then call [`Phone::sealed`].
    Seal(Box<ToSeal>),
}

/// Offered: prepared messages come.
#[derive(Debug)]
pub(super) struct Offered {
    confirmed: Confirmed,
    envelope: Digest,
    offer: Vec<u8>,
    key: ChannelKey,
    seals: Vec<usize>,
    files: Vec<File>,
    /// The end of the page's right to prepare, then of the phone's to answer.
    pub(super) by: u64,
}

/// One file of an offer.
#[derive(Clone, Debug)]
enum File {
    /// It is the caller's to seal.
    Sealing { message: Vec<u8>, prepared: Box<Prepared> },
    /// Nothing came for it yet.
    Waiting,
    /// Sealed, or not.
    Done { message: Vec<u8>, prepared: Box<Prepared>, outcome: Result<Vec<u8>, Code> },
}

impl Offered {
    pub(super) fn new(
        confirmed: Confirmed,
        seals: &[usize],
        link: &Link,
        at: u64,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<u8>), Refused> {
        let own = confirmed.own()?;
        let mut distinct: Vec<usize> = seals.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let mut ders = Vec::new();
        for index in &distinct {
            ders.push(Binary(confirmed.asked.seal(*index)?.der.clone()));
        }
        let place = |seal: &usize| distinct.iter().position(|own| own == seal).unwrap_or(0);
        let files = match &confirmed.asked.request().payload {
            Payload::Signature(files) => files
                .iter()
                .zip(seals)
                .map(|(file, seal)| OfferedFile {
                    id: file.id.clone(),
                    seal: u64::try_from(place(seal)).unwrap_or(0),
                    placements: file.placements.clone(),
                })
                .collect(),
            Payload::Decrypt(_)
            | Payload::Encrypt { .. }
            | Payload::Login
            | Payload::MessageSignature(_)
            | Payload::RevokeSignature { .. } => Vec::new(),
        };
        let certificates = core::iter::once(own.signing.certificate())
            .chain(&own.issuers)
            .map(|certificate| Binary(certificate.as_der().to_vec()))
            .collect();
        let key = ChannelKey::random(rng);
        let offer = Offer { certificates, seals: ders, files, channel_key: key.clone() }.write()?;
        let offer = zeroize::Zeroizing::new(offer);
        let sealed = link.binding.seal(Step::Offer, &offer, &link.reply, link.display()?, rng)?;
        let offered = Self {
            files: alloc::vec![File::Waiting; confirmed.asked.files()],
            envelope: link.binding.suite.digest().digest(&sealed),
            offer: sealed.clone(),
            key,
            seals: seals.to_vec(),
            by: link.limit(at.saturating_add(PREPARE)),
            confirmed,
        };
        Ok((offered, sealed))
    }

    /// What became of each file, once all are done.
    fn outcomes(&self) -> Option<Vec<&Result<Vec<u8>, Code>>> {
        self.files
            .iter()
            .map(|file| match file {
                File::Done { outcome, .. } => Some(outcome),
                File::Sealing { .. } | File::Waiting => None,
            })
            .collect()
    }

    /// Holds a prepared message against the request: `Err` is what the statement will say.
    fn compare(&self, prepared: &Prepared, at: u64) -> Result<(), Refused> {
        let changed =
            || Refused::from(Code::DigestChanged).with(Fact::text("file", &prepared.id[..]));
        let mismatch = || Refused::from(Code::OfferMismatch);
        match (&self.confirmed.asked.request().payload, &prepared.act) {
            (Payload::Signature(files), Act::Seal(act)) => {
                let index = usize::try_from(prepared.index).ok();
                let file = index.and_then(|index| files.get(index)).ok_or_else(mismatch)?;
                if prepared.id != file.id {
                    return Err(mismatch());
                }
                let same = prepared.file == file.digest
                    && prepared.format == file.format
                    && act.placements == file.placements
                    && names_document(act, file.format);
                if !same {
                    return Err(changed());
                }
            }
            (
                Payload::RevokeSignature { digest, format, signature, seal, .. },
                Act::Revoke(act),
            ) => {
                let same = prepared.file.0 == *digest
                    && prepared.format == *format
                    && act.signature == *signature
                    && act.seal == *seal;
                if !same {
                    return Err(changed());
                }
            }
            _ => return Err(mismatch()),
        }
        if prepared.time.abs_diff(at) > SKEW { Err(mismatch()) } else { Ok(()) }
    }

    fn to_seal(&self, index: usize, prepared: &Prepared) -> Result<ToSeal, Refused> {
        let own = self.confirmed.own()?;
        let seal = *self.seals.get(index).ok_or(Code::OfferMismatch)?;
        let task = match (&prepared.act, &self.confirmed.asked.request().payload) {
            (Act::Seal(act), _) => SealTask::Seal {
                data_hash: act.data_hash.0.clone(),
                property: act.property.clone(),
            },
            (Act::Revoke(act), Payload::RevokeSignature { reason, .. }) => SealTask::Revoke {
                signature_digest: act.signature_digest.0.clone(),
                before: act.before.0.clone(),
                after: act.after.0.clone(),
                reason: reason.clone(),
            },
            (Act::Revoke(_), _) => return Err(Code::OfferMismatch.into()),
        };
        Ok(ToSeal {
            index,
            id: prepared.id.clone(),
            signer: own.signing.clone(),
            seal: self.confirmed.asked.seal(seal)?.der.clone(),
            time: prepared.time,
            task,
        })
    }
}

/// Whether `propertyInfo` speaks of a document as its format does. A bare digest without it could
/// be of anything.
fn names_document(act: &SealAct, format: Format) -> bool {
    let property = &act.property[..];
    match format {
        Format::Ofd => property.starts_with('/') && property.ends_with(".xml"),
        Format::Pdf => {
            let range = property.strip_prefix("[0 ").and_then(|rest| rest.strip_suffix(']'));
            let numbers = range.map(|range| range.split(' ').map(str::parse::<u64>));
            numbers.is_some_and(|numbers| {
                let numbers: Result<Vec<_>, _> = numbers.collect();
                matches!(numbers.as_deref(), Ok([first, second, _]) if first < second)
            }) && act.parts.is_empty()
        }
    }
}

impl Phone {
    /// Takes prepared message `index`, as relayed, and holds it against offer and request.
    ///
    /// # Errors
    ///
    /// [`Code::OfferMismatch`] for one made for another offer, session, request or place, with
    /// another count, or a time over 300 s off; [`Code::AlreadyAnswered`] for a place that has one; [`Code::DeadlinePassed`].
    /// The machine waits on.
    pub fn prepared(
        &mut self,
        index: u32,
        message: &[u8],
        context: &Context<'_>,
    ) -> Result<FileStep, Refused> {
        let link = self.link.as_ref().ok_or(Code::StepOutOfOrder)?;
        let Stage::Offered(offered) = &mut self.stage else {
            return Err(Code::StepOutOfOrder.into());
        };
        let at = link.clock.at(context.now);
        within(offered.by, at)?;
        let place = usize::try_from(index).map_err(|_| Code::OfferMismatch)?;
        match offered.files.get(place) {
            None => return Err(Code::OfferMismatch.into()),
            Some(File::Done { .. } | File::Sealing { .. }) => {
                return Err(Code::AlreadyAnswered.into());
            }
            Some(File::Waiting) => {}
        }
        let text = offered.key.open(&link.binding, &offered.envelope, index, message)?;
        let prepared = Prepared::read(&text)?;
        let count = u64::try_from(offered.files.len()).unwrap_or(u64::MAX);
        if prepared.index != u64::from(index) || prepared.count != count {
            return Err(Code::OfferMismatch.into());
        }
        let (message, prepared) = (message.to_vec(), Box::new(prepared));
        let step = match offered.compare(&prepared, at) {
            Ok(()) => Ok(offered.to_seal(place, &prepared)?),
            // Of this file alone; all else is a message that belongs elsewhere.
            Err(refused) if refused.code == Code::DigestChanged => Err(refused),
            Err(refused) => return Err(refused),
        };
        let file = match &step {
            Ok(_) => File::Sealing { message, prepared },
            Err(refused) => File::Done { message, prepared, outcome: Err(refused.code) },
        };
        if let Some(waiting) = offered.files.get_mut(place) {
            *waiting = file;
        }
        // With the last one the time to prepare is over and the time to answer begins.
        if !offered.files.iter().any(|file| matches!(file, File::Waiting)) {
            offered.by = link.limit(at.saturating_add(ANSWER));
        }
        match step {
            Ok(to_seal) => Ok(FileStep::Seal(Box::new(to_seal))),
            Err(refused) => Ok(FileStep::Refused(refused, self.go_on(context)?)),
        }
    }

    /// Takes what the caller built for file `index` (SES_Signature, or the signed revocation; DER),
    /// or why it could not.
    ///
    /// # Errors
    ///
    /// [`Code::StepOutOfOrder`] for a file that is not being sealed; [`Code::DeadlinePassed`].
    pub fn sealed(
        &mut self,
        index: usize,
        outcome: Result<Vec<u8>, Code>,
        context: &Context<'_>,
    ) -> Result<Next, Refused> {
        let link = self.link.as_ref().ok_or(Code::StepOutOfOrder)?;
        let Stage::Offered(offered) = &mut self.stage else {
            return Err(Code::StepOutOfOrder.into());
        };
        within(offered.by, link.clock.at(context.now))?;
        let file = offered.files.get_mut(index).ok_or(Code::StepOutOfOrder)?;
        let File::Sealing { message, prepared } = file else {
            return Err(Code::StepOutOfOrder.into());
        };
        let (message, prepared) = (message.clone(), prepared.clone());
        *file = File::Done { message, prepared, outcome };
        self.go_on(context)
    }

    /// Goes on to the statement once every file is done.
    fn go_on(&mut self, context: &Context<'_>) -> Result<Next, Refused> {
        let link = self.link()?;
        let Stage::Offered(offered) = &self.stage else {
            return Err(Code::StepOutOfOrder.into());
        };
        let Some(outcomes) = offered.outcomes() else { return Ok(Next::Wait) };
        if outcomes.iter().all(|outcome| outcome.is_err()) {
            let code = outcomes.iter().find_map(|outcome| outcome.as_ref().err());
            return Ok(Next::Reject(code.copied().unwrap_or(Code::DigestChanged)));
        }
        let mut transcript = begin(link)?.offer(&link.binding, &offered.offer);
        for file in &offered.files {
            if let File::Done { message, .. } = file {
                transcript = transcript.prepared(&link.binding, message);
            }
        }
        let (result, products) = offered.results()?;
        let at = link.clock.at(context.now);
        let signing = Signing::stating(
            offered.confirmed.clone(),
            link,
            context.hub,
            offered.by,
            at,
            (&transcript, result, products),
        )?;
        let to_sign = signing.to_sign();
        self.stage = Stage::Signing(Box::new(signing));
        Ok(Next::Sign(to_sign))
    }
}

impl Offered {
    fn results(&self) -> Result<(SceneResult, Vec<Product>), Refused> {
        let mut products = Vec::new();
        let mut sealed = Vec::new();
        let mut revoked = None;
        for (file, seal) in self.files.iter().zip(&self.seals) {
            let File::Done { message, prepared, outcome } = file else { continue };
            let outcome = match outcome {
                Err(code) => SealOutcome::Refused(code.name().into()),
                Ok(product) => {
                    let digests = self.digests(message, prepared, *seal, product)?;
                    let id = match &prepared.act {
                        Act::Seal(_) => prepared.id.clone(),
                        Act::Revoke(act) => {
                            revoked = Some(RevokedSeal {
                                file: prepared.file.clone(),
                                number: act.signature,
                                restored: act.restored.clone(),
                                digests: digests.clone(),
                            });
                            "revocation".into()
                        }
                    };
                    products.push(Product { id, value: Binary(product.clone()) });
                    SealOutcome::Sealed(digests)
                }
            };
            let (id, file) = self.asked_file(prepared);
            sealed.push(SealedFile { id, file, outcome });
        }
        let result = match revoked {
            Some(revoked) => SceneResult::RevokeSignature(revoked),
            None => SceneResult::Signature(sealed),
        };
        Ok((result, products))
    }

    /// A file's name and digest, as the request has them.
    fn asked_file(&self, prepared: &Prepared) -> (String, Binary) {
        let index = usize::try_from(prepared.index).ok();
        match &self.confirmed.asked.request().payload {
            Payload::Signature(files) => index.and_then(|index| files.get(index)).map_or_else(
                || (prepared.id.clone(), prepared.file.clone()),
                |file| (file.id.clone(), file.digest.clone()),
            ),
            _ => (prepared.id.clone(), prepared.file.clone()),
        }
    }

    fn digests(
        &self,
        message: &[u8],
        prepared: &Prepared,
        seal: usize,
        product: &[u8],
    ) -> Result<SealDigests, Refused> {
        let suite = self.confirmed.suite();
        let hash = |octets: &[u8]| Binary(suite.digest().digest(octets).as_ref().to_vec());
        let seal = self.confirmed.asked.seal(seal)?;
        let signed = match &prepared.act {
            Act::Revoke(act) => act.signature_digest.clone(),
            Act::Seal(act) => act.data_hash.clone(),
        };
        Ok(SealDigests {
            offer: Binary(self.envelope.as_ref().to_vec()),
            prepared: hash(message),
            signed,
            seal: hash(&seal.der),
            seal_number: seal.id.clone(),
            signature: hash(product),
        })
    }
}
