//! Reading an envelope: the head, the keys, then record after record.

use alloc::vec::Vec;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::chunk::{DataDigest, Kind, OpenedChunk, RECORD_HEAD, SegmentCipher, Trailer};
use super::header::{Header, Layer};
use super::keys::{ContentKey, ContentKeys};
use super::receipt::SegmentReceipt;
use super::recipients::Recipients;
use super::records::{RecordOrder, RecordReader};
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
        self.check_head(index, self.header.take_answer(index, number, answer)?)
    }

    fn check_key(&self, index: usize, key: ContentKey) -> Result<ContentKey, BidError> {
        self.check_head(index, self.header.check_committed(index, key)?)
    }

    fn check_head(&self, index: usize, key: ContentKey) -> Result<ContentKey, BidError> {
        let mac = head_mac(&self.header, &key, &self.lists);
        let same = self.macs.get(index).is_some_and(|own| bool::from(own.ct_eq(&mac[..])));
        if same { Ok(key) } else { Err(BidError::Altered { part: Part::Header }) }
    }

    /// Takes content keys that a scan session brought, each with its segment's name; other names,
    /// `canary` among them, are passed over.
    ///
    /// # Errors
    ///
    /// [`BidError::Commitment`], [`BidError::Altered`] when the file's head was changed.
    pub fn take_keys<'a>(
        &self,
        keys: impl IntoIterator<Item = (&'a str, &'a ContentKey)>,
    ) -> Result<ContentKeys, BidError> {
        let mut taken = ContentKeys::none(&self.header);
        for (name, key) in keys {
            let index = self.header.draft.segments.iter().position(|segment| segment == name);
            let Some(index) = index else { continue };
            let key = self.check_key(index, key.clone())?;
            if let Some(place) = taken.segments.get_mut(index) {
                *place = Some(key);
            }
        }
        Ok(taken)
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
        let record = Zeroizing::new(self.canary.clone());
        match SegmentCipher::new(&self.header, index, &canary).open(0, record) {
            Ok(chunk) if chunk.plain() == CANARY => Ok(id),
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

    /// Splits what follows into records, pushed in pieces of any size.
    #[must_use]
    pub fn records(&mut self) -> RecordReader {
        let (rest, order) = self.record_order();
        RecordReader::new(order, rest)
    }

    /// For a source that can be asked for so many octets: what came behind the head already, and
    /// the order that the records must keep.
    #[must_use]
    pub fn record_order(&mut self) -> (Vec<u8>, RecordOrder) {
        let draft = &self.header.draft;
        let chunk_size = usize::try_from(draft.chunk_size).unwrap_or(usize::MAX);
        let order = RecordOrder::new(draft.segments.clone(), chunk_size);
        (core::mem::take(&mut self.rest), order)
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
    pub fn open(&mut self, record: Zeroizing<Vec<u8>>) -> Result<OpenedChunk, BidError> {
        let chunk = self.cipher.open(self.count, record)?;
        self.accept(&chunk.digest, chunk.plain().len());
        Ok(chunk)
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
