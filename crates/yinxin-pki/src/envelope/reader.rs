//! Reading an envelope: the head, the keys, then record after record.

use alloc::vec::Vec;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::chunk::{DataDigest, Kind, OpenedChunk, RECORD_HEAD, SegmentCipher, Trailer};
use super::header::{Header, Layer};
use super::keys::{ContentKey, ContentKeys};
use super::receipt::SegmentReceipt;
use super::recipients::Recipients;
use super::recovery::{self, Share};
use super::writer::head_mac;
use super::{BidError, CANARY, MAGIC, Part};
use crate::cipher::TAG_LEN;
use crate::cms::RecipientInfo;
use crate::{DecryptionKey, Digest, Error, KeyId, PublicKey, limits};

/// Collects the head of an envelope.
#[derive(Debug, Default)]
pub struct EnvelopeReader {
    buffer: Vec<u8>,
}

impl EnvelopeReader {
    /// Starts at the first octet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffer: Vec::new() }
    }

    /// Takes the next octets; gives the envelope once its head is complete. What came behind the
    /// head is kept for the records.
    ///
    /// # Errors
    ///
    /// [`BidError::NotAnEnvelope`], [`BidError::Version`], [`BidError::Form`].
    pub fn push(&mut self, input: &[u8]) -> Result<Option<Envelope>, BidError> {
        self.buffer.extend_from_slice(input);
        match Envelope::read(&self.buffer)? {
            Some((mut envelope, taken)) => {
                envelope.rest = self.buffer.split_off(taken);
                Ok(Some(envelope))
            }
            None => Ok(None),
        }
    }

    /// Says why the file ended before its head was complete.
    #[must_use]
    pub fn cut_off(&self) -> BidError {
        let known = self.buffer.len().min(MAGIC.len());
        if self.buffer.get(..known) == MAGIC.get(..known) && known > 0 {
            BidError::Truncated { part: Part::Header }
        } else {
            BidError::NotAnEnvelope
        }
    }
}

/// An envelope whose head was read. The header is not believed before a key has proved it.
#[derive(Clone, Debug)]
pub struct Envelope {
    header: Header,
    lists: Vec<u8>,
    recipients: Recipients,
    macs: Vec<[u8; 32]>,
    canary: Vec<u8>,
    head: Digest,
    head_len: usize,
    rest: Vec<u8>,
}

impl Envelope {
    /// `Ok(None)` when octets are missing.
    fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, BidError> {
        let known = bytes.len().min(MAGIC.len());
        let (name, version) = (MAGIC.get(..7), MAGIC.get(7));
        if known < MAGIC.len() {
            return if bytes == MAGIC.get(..known).unwrap_or(&[]) {
                Ok(None)
            } else {
                Err(BidError::NotAnEnvelope)
            };
        }
        if bytes.get(..7) != name {
            return Err(BidError::NotAnEnvelope);
        }
        if bytes.get(7) != version {
            return Err(BidError::Version { found: bytes.get(7).copied().unwrap_or(0) });
        }
        let form = |error| BidError::Form { part: Part::Header, error };
        let mut at = MAGIC.len();
        let Some(der) = part(bytes, &mut at, Header::MAX_LEN).map_err(form)? else {
            return Ok(None);
        };
        let header = Header::from_der(der)?;
        let Some(lists) = part(bytes, &mut at, limits::CMS_HEADER).map_err(form)? else {
            return Ok(None);
        };
        let keys = header.draft.segments.len() + 1;
        let canary_len = RECORD_HEAD + CANARY.len() + TAG_LEN;
        let Some(fixed) = bytes.get(at..at + keys * 32 + canary_len) else { return Ok(None) };
        let (macs, canary) = fixed.split_at(keys * 32);
        let macs = macs.chunks_exact(32).filter_map(|mac| mac.try_into().ok()).collect();
        let recipients = Recipients::read(lists, &header)?;
        let taken = at + fixed.len();
        let head = bytes.get(..taken).unwrap_or(&[]);
        let envelope = Self {
            lists: lists.to_vec(),
            recipients,
            macs,
            canary: canary.to_vec(),
            head: header.draft.suite.digest().digest(head),
            head_len: taken,
            header,
            rest: Vec::new(),
        };
        Ok(Some((envelope, taken)))
    }

    /// The header, as the file has it.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Digest of everything before the records.
    #[must_use]
    pub const fn head_digest(&self) -> &Digest {
        &self.head
    }

    /// How many officers' shares there are and how many are needed.
    #[must_use]
    pub fn recovery(&self) -> Option<(u8, usize)> {
        self.recipients.recovery().map(|(threshold, shares)| (threshold, shares.len()))
    }

    /// Which recipient a key is, from 1.
    #[must_use]
    pub fn recipient_number(&self, key: &KeyId) -> Option<usize> {
        self.header.recipients.iter().position(|id| id == key).map(|index| index + 1)
    }

    /// For keys that live elsewhere: what recipient `key` has to unwrap for segment `index`
    /// (the canary's is last).
    #[must_use]
    pub fn info_for(&self, index: usize, key: &KeyId) -> Option<&RecipientInfo> {
        self.recipients.of_key(index).iter().find(|info| info.names_key(key))
    }

    /// Opens every segment's key with whichever of `keys` is a recipient's; found by key id, so
    /// that an old key opens an old bid without a choice asked of anybody.
    ///
    /// # Errors
    ///
    /// [`BidError::NotMyKey`]; [`BidError::Altered`], [`BidError::OtherBid`] or
    /// [`BidError::Commitment`] when the file was changed.
    pub fn unwrap(&self, keys: &[&DecryptionKey]) -> Result<ContentKeys, BidError> {
        let key = self.choose(keys)?;
        let count = self.header.draft.segments.len();
        let segments = (0..count).map(|index| self.unwrap_key(index, key).map(Some));
        Ok(ContentKeys { segments: segments.collect::<Result<_, _>>()? })
    }

    fn choose<'a>(&self, keys: &[&'a DecryptionKey]) -> Result<&'a DecryptionKey, BidError> {
        let mine = keys.iter().find(|key| self.recipient_number(&key.public().id()).is_some());
        mine.copied().ok_or_else(|| BidError::NotMyKey {
            layer: self.header.layer,
            recipients: self.header.recipients.clone(),
        })
    }

    fn unwrap_key(&self, index: usize, key: &DecryptionKey) -> Result<ContentKey, BidError> {
        let id = key.public().id();
        let number = self.recipient_number(&id).unwrap_or(0);
        let altered = || BidError::Altered { part: Part::Recipient { number } };
        let info = self.info_for(index, &id).ok_or_else(altered)?;
        let answer = info.unwrap(key).map_err(|_| altered())?;
        self.take_answer(index, number, &answer.into_bytes())
    }

    /// Takes what a recipient's key unwrapped, wherever it lives: 48 bytes. Checks that it
    /// belongs to this header, that it is the key committed to, and that nobody has touched the
    /// head.
    ///
    /// # Errors
    ///
    /// As [`unwrap`](Self::unwrap).
    pub fn take_answer(
        &self,
        index: usize,
        number: usize,
        answer: &[u8],
    ) -> Result<ContentKey, BidError> {
        let altered = || BidError::Altered { part: Part::Recipient { number } };
        let key = match ContentKey::unbind(&self.header, answer) {
            Some(Some(key)) => key,
            Some(None) => return Err(BidError::OtherBid { number }),
            None => return Err(altered()),
        };
        self.check_key(index, key)
    }

    fn check_key(&self, index: usize, key: ContentKey) -> Result<ContentKey, BidError> {
        if !self.header.is_committed(index, &key) {
            let segment = self.header.draft.segments.get(index).cloned().unwrap_or_default();
            return Err(BidError::Commitment { segment });
        }
        let mac = head_mac(&self.header, &key, &self.lists);
        let same = self.macs.get(index).is_some_and(|own| bool::from(own.ct_eq(&mac[..])));
        if same { Ok(key) } else { Err(BidError::Altered { part: Part::Header }) }
    }

    /// Proves that one of `keys` will open the bid, without opening it (就绪检查).
    ///
    /// # Errors
    ///
    /// As [`unwrap`](Self::unwrap).
    pub fn check_ready(&self, keys: &[&DecryptionKey]) -> Result<KeyId, BidError> {
        let key = self.choose(keys)?;
        let id = key.public().id();
        let index = self.header.canary_index();
        let canary = self.unwrap_key(index, key)?;
        // That every other key is wrapped for the same recipient was seen when the head was read.
        let opened = SegmentCipher::new(&self.header, index, &canary).open(0, &self.canary);
        match opened {
            Ok(chunk) if chunk.plain[..] == CANARY[..] => Ok(id),
            _ => Err(BidError::Altered { part: Part::Header }),
        }
    }

    /// Opens an officer's share.
    ///
    /// # Errors
    ///
    /// [`BidError::Share`] when there is none for these keys, or it is damaged.
    pub fn share(&self, keys: &[&DecryptionKey]) -> Result<Share, BidError> {
        let (threshold, shares) = self.recipients.recovery().ok_or(BidError::Share)?;
        let own = |info: &RecipientInfo| keys.iter().find(|key| info.names_key(&key.public().id()));
        let (number, info, key) = (1..)
            .zip(shares)
            .find_map(|(number, info)| own(info).map(|key| (number, info, key)))
            .ok_or(BidError::Share)?;
        let answer = info.unwrap(key).map_err(|_| BidError::Share)?;
        Share::from_wrapped(&self.header, &answer.into_bytes())
            .filter(|share| share.is_of(number, threshold))
            .ok_or(BidError::Share)
    }

    /// Puts officers' shares together.
    ///
    /// # Errors
    ///
    /// [`BidError::SharesMissing`], [`BidError::Share`].
    pub fn recover(&self, shares: &[Share]) -> Result<ContentKeys, BidError> {
        let keys = recovery::combine(&self.header, shares)?;
        for (index, key) in keys.segments.iter().enumerate() {
            if let Some(key) = key {
                self.check_key(index, key.clone())?;
            }
        }
        Ok(keys)
    }

    /// What opens the records of segment `index`, from 0; `None` without its key.
    #[must_use]
    pub fn segment(&self, index: usize, keys: &ContentKeys) -> Option<SegmentReader> {
        let key = keys.segments.get(index)?.as_ref()?;
        let suite = self.header.draft.suite;
        Some(SegmentReader {
            cipher: SegmentCipher::new(&self.header, index, key),
            count: 0,
            plain: DataDigest::new(suite),
            digests: Vec::new(),
        })
    }

    /// Splits what follows into records.
    #[must_use]
    pub fn records(&mut self) -> RecordReader {
        RecordReader {
            buffer: core::mem::take(&mut self.rest),
            start: 0,
            segments: self.header.draft.segments.clone(),
            chunk_size: usize::try_from(self.header.draft.chunk_size).unwrap_or(usize::MAX),
            segment: 0,
            number: 0,
            short: false,
        }
    }

    /// The digest of the whole file so far, its head taken: add each record's.
    #[must_use]
    pub fn sealed_digest(&self) -> DataDigest {
        let mut sealed = DataDigest::new(self.header.draft.suite);
        sealed.add(&self.head, self.head_len);
        sealed
    }

    /// Octets before the first record.
    #[must_use]
    pub const fn head_len(&self) -> usize {
        self.head_len
    }

    /// Which layer this is; the plaintext of an outer one is the bidder's envelope.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        self.header.layer
    }

    /// Whether `key` is a recipient's.
    #[must_use]
    pub fn is_recipient(&self, key: &PublicKey) -> bool {
        self.recipient_number(&key.id()).is_some()
    }
}

/// A part behind its length; `Ok(None)` when octets are missing.
fn part<'a>(bytes: &'a [u8], at: &mut usize, max: usize) -> Result<Option<&'a [u8]>, Error> {
    let Some(length) = bytes.get(*at..*at + 4).and_then(|four| four.try_into().ok()) else {
        return Ok(None);
    };
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > max {
        let limit = u64::try_from(max).unwrap_or(u64::MAX);
        return Err(Error::Limit { at: *at, what: "part of the head in bytes", limit });
    }
    let start = *at + 4;
    let Some(part) = bytes.get(start..start + length) else { return Ok(None) };
    *at = start + length;
    Ok(Some(part))
}

/// One record as it stands in the file.
#[derive(Debug)]
pub struct Record {
    /// Of which segment, from 0.
    pub segment: usize,
    /// Which data record, from 0; for an end record, how many stood before it.
    pub number: u32,
    /// Whether it ends its segment.
    pub is_end: bool,
    /// Its octets.
    pub octets: Vec<u8>,
}

/// Splits a stream into records, without keys. The order it finds is checked when they are
/// opened.
#[derive(Debug)]
pub struct RecordReader {
    buffer: Vec<u8>,
    /// Octets of `buffer` already given out.
    start: usize,
    segments: Vec<alloc::string::String>,
    chunk_size: usize,
    segment: usize,
    number: u32,
    /// Whether the last data record was a short one, which only the end may follow.
    short: bool,
}

impl RecordReader {
    /// Takes the next octets of the file.
    pub fn push(&mut self, input: &[u8]) {
        if self.start > 0 && self.start >= self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(input);
    }

    /// Octets that would complete the next record, for a reader that can ask for so many.
    #[must_use]
    pub fn wanted(&self) -> usize {
        let have = self.buffer.len() - self.start;
        let head = self.buffer.get(self.start..).and_then(|rest| rest.first_chunk());
        let length = head.map_or(self.chunk_size + TAG_LEN, record_length);
        (RECORD_HEAD + length).saturating_sub(have)
    }

    /// The next whole record.
    ///
    /// # Errors
    ///
    /// [`BidError::Altered`] for a record that cannot stand here;
    /// [`BidError::Truncated`] for octets behind the last one.
    pub fn next_record(&mut self) -> Result<Option<Record>, BidError> {
        let rest = self.buffer.get(self.start..).unwrap_or(&[]);
        let Some(name) = self.segments.get(self.segment) else {
            return if rest.is_empty() { Ok(None) } else { Err(self.at_end()) };
        };
        let Some(head) = rest.first_chunk::<RECORD_HEAD>() else { return Ok(None) };
        let altered = |is_end| BidError::Altered {
            part: if is_end {
                Part::End { segment: name.clone() }
            } else {
                Part::Chunk { segment: name.clone(), chunk: u64::from(self.number) + 1 }
            },
        };
        let length = record_length(head);
        let full = self.chunk_size + TAG_LEN;
        let is_end = match head.first() {
            Some(0) if self.short || length > full || length <= TAG_LEN => {
                return Err(altered(false));
            }
            Some(0) => false,
            Some(1) => {
                // Size, name length, name, one digest for each data record.
                let digests = usize::try_from(self.number).unwrap_or(usize::MAX) * 32;
                let fixed = 10 + digests + TAG_LEN;
                if length < fixed || length > fixed + 200 {
                    return Err(altered(true));
                }
                true
            }
            _ => return Err(altered(false)),
        };
        let Some(octets) = rest.get(..RECORD_HEAD + length) else { return Ok(None) };
        let record =
            Record { segment: self.segment, number: self.number, is_end, octets: octets.to_vec() };
        self.start += octets.len();
        if is_end {
            self.segment += 1;
            self.number = 0;
            self.short = false;
        } else {
            self.short = length < full;
            self.number = self.number.checked_add(1).ok_or_else(|| altered(false))?;
        }
        Ok(Some(record))
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// [`BidError::Truncated`] when records are missing or octets left over.
    pub fn finish(&self) -> Result<(), BidError> {
        if self.segment == self.segments.len() && self.start == self.buffer.len() {
            Ok(())
        } else {
            Err(self.at_end())
        }
    }

    fn at_end(&self) -> BidError {
        let part = match self.segments.get(self.segment) {
            Some(name) if self.start < self.buffer.len() => {
                Part::Chunk { segment: name.clone(), chunk: u64::from(self.number) + 1 }
            }
            Some(name) => Part::End { segment: name.clone() },
            None => Part::End { segment: self.segments.last().cloned().unwrap_or_default() },
        };
        BidError::Truncated { part }
    }
}

fn record_length(head: &[u8; RECORD_HEAD]) -> usize {
    let [_, length @ ..] = *head;
    usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX)
}

/// Opens one segment's records in order, or takes note of those opened elsewhere.
#[derive(Debug)]
pub struct SegmentReader {
    cipher: SegmentCipher,
    count: u32,
    plain: DataDigest,
    digests: Vec<u8>,
}

impl SegmentReader {
    /// What opens this segment's records, on any thread.
    #[must_use]
    pub const fn cipher(&self) -> &SegmentCipher {
        &self.cipher
    }

    /// Opens the next data record.
    ///
    /// # Errors
    ///
    /// [`BidError::Altered`].
    pub fn open(&mut self, record: &[u8]) -> Result<Zeroizing<Vec<u8>>, BidError> {
        let chunk = self.cipher.open(self.count, record)?;
        self.accept(&chunk.digest, chunk.plain.len());
        Ok(chunk.plain)
    }

    /// Takes note of the next data record, opened elsewhere with [`cipher`](Self::cipher).
    pub fn accept(&mut self, digest: &Digest, size: usize) {
        self.count = self.count.saturating_add(1);
        self.plain.add(digest, size);
        self.digests.extend_from_slice(digest.as_ref());
    }

    /// Opens the end record and holds it against the records that came.
    ///
    /// # Errors
    ///
    /// [`BidError::Altered`] naming the end.
    pub fn finish(self, record: &[u8]) -> Result<(Trailer, SegmentReceipt), BidError> {
        let trailer = self.cipher.open_end(self.count, record)?;
        if trailer.size != self.plain.size() || trailer.digests != self.digests {
            return Err(BidError::Altered { part: self.cipher.part(Kind::End, self.count) });
        }
        let receipt = SegmentReceipt {
            name: self.cipher.name().into(),
            size: trailer.size,
            digest: self.plain.finish(),
            digests: self.digests,
        };
        Ok((trailer, receipt))
    }
}

impl OpenedChunk {
    /// Bytes of plaintext.
    #[must_use]
    pub fn len(&self) -> usize {
        self.plain.len()
    }

    /// Whether there are none, which a record never has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }
}
