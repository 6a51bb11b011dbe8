//! Making an envelope in one pass.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::chunk::{DataDigest, RECORD_HEAD, SealedChunk, SegmentCipher, Trailer};
use super::header::{Draft, Header, Layer, check_file_name};
use super::keys::{ContentKey, ContentKeys, hmac};
use super::receipt::{Receipt, SegmentReceipt};
use super::recipients::write_recipients;
use super::recovery::Recovery;
use super::{BidError, CANARY, Envelope, MAGIC};
use crate::cipher::TAG_LEN;
use crate::{Digest, KeyId, PublicKey};

/// Makes an envelope (加密): the head first, then segment after segment.
///
/// ```
/// # use yinxin_pki::envelope::{BidError, Draft, Encryptor, Layer, Suite};
/// # use yinxin_pki::{DecryptionKey, Time};
/// # fn example(rng: &mut impl rand_core::CryptoRng, key: &DecryptionKey, now: Time) -> Result<(), BidError> {
/// let draft = Draft {
///     suite: Suite::Sm,
///     platform: "P-1".into(),
///     project: "P-2026-17".into(),
///     section: "A1".into(),
///     bidder: "91350100M000100Y43".into(),
///     created: now,
///     opening: now.plus(7 * Time::DAY),
///     chunk_size: Draft::CHUNK_SIZE,
///     segments: vec!["technical".into(), "price".into()],
/// };
/// let mut file = Vec::new();
/// let mut bid = Encryptor::new(draft, Layer::Bid, &[key.public()], None, rng, &mut file)?;
/// for (name, content) in [("plan.pdf", &b"how"[..]), ("price.xls", b"how much")] {
///     let mut segment = bid.begin(name)?;
///     segment.push(content, &mut file)?;
///     bid.end(segment, &mut file)?;
/// }
/// let receipt = bid.finish()?;
/// assert_eq!(receipt.file_size(), u64::try_from(file.len()).unwrap());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Encryptor {
    header: Header,
    /// Ciphers of the segments still to come, the next one last.
    ciphers: Vec<SegmentCipher>,
    /// The digest of the whole file so far.
    sealed: DataDigest,
    segments: Vec<SegmentReceipt>,
    keys: ContentKeys,
}

impl Encryptor {
    /// Draws the keys, wraps them, and appends the head of the file to `out`.
    ///
    /// # Errors
    ///
    /// [`BidError::Value`] for a draft that the format does not allow;
    /// [`BidError::Recipient`] for a key that cannot receive.
    pub fn new(
        draft: Draft,
        layer: Layer,
        recipients: &[&PublicKey],
        recovery: Option<&Recovery>,
        rng: &mut impl CryptoRng,
        out: &mut Vec<u8>,
    ) -> Result<Self, BidError> {
        let ids: Vec<KeyId> = recipients.iter().map(|key| key.id()).collect();
        let (header, keys) = Header::make(draft, layer, ids, rng)?;
        let lists = write_recipients(&header, &keys, recipients, recovery, rng)?;

        let start = out.len();
        out.extend_from_slice(MAGIC);
        write_part(out, header.as_der());
        write_part(out, &lists);
        for key in &keys {
            out.extend_from_slice(&head_mac(&header, key, &lists));
        }
        let mut ciphers: Vec<_> = keys
            .iter()
            .enumerate()
            .map(|(index, key)| SegmentCipher::new(&header, index, key))
            .collect();
        // The canary's key is the last one.
        if let Some(canary) = ciphers.pop() {
            let buffer = [&[0; RECORD_HEAD], &CANARY[..]].concat();
            out.extend_from_slice(&canary.seal(0, buffer)?.record);
        }
        ciphers.reverse();
        let head = out.get(start..).unwrap_or(&[]);
        let mut sealed = DataDigest::new(header.draft.suite);
        sealed.add(&header.draft.suite.digest().digest(head), head.len());
        let mut segments: Vec<_> = keys.into_iter().map(Some).collect();
        segments.pop();
        let keys = ContentKeys { segments };
        Ok(Self { header, ciphers, sealed, segments: Vec::new(), keys })
    }

    /// Goes on with an envelope whose head an earlier run wrote and whose keys were kept: begin its
    /// segments again from the first, [`accept_known`](SegmentWriter::accept_known) the records that
    /// are there, seal the others. The head is not written again.
    ///
    /// Every record has one nonce, so each chunk that an earlier run sealed, or may have sealed, must
    /// have the content that it had then: the caller proves it before anything leaves memory.
    ///
    /// # Errors
    ///
    /// [`BidError::Value`] when a segment's key is missing.
    pub fn resume(envelope: &Envelope, keys: ContentKeys) -> Result<Self, BidError> {
        let header = envelope.header().clone();
        let cipher = |(index, key): (usize, &Option<ContentKey>)| {
            let key =
                key.as_ref().ok_or(BidError::Value { what: "an envelope without all its keys" });
            key.map(|key| SegmentCipher::new(&header, index, key))
        };
        let ciphers =
            keys.segments.iter().enumerate().rev().map(cipher).collect::<Result<_, _>>()?;
        let sealed = envelope.sealed_digest();
        Ok(Self { header, ciphers, sealed, segments: Vec::new(), keys })
    }

    /// Begins the next segment, in the order of the draft, with the file's own name.
    ///
    /// # Errors
    ///
    /// [`BidError::FileName`]; [`BidError::Value`] when all segments are done.
    pub fn begin(&mut self, file_name: &str) -> Result<SegmentWriter, BidError> {
        check_file_name(file_name)?;
        let cipher = self.ciphers.pop().ok_or(BidError::Value { what: "one more segment" })?;
        let suite = self.header.draft.suite;
        Ok(SegmentWriter {
            cipher,
            file_name: file_name.to_string(),
            buffer: Zeroizing::new(vec![0; RECORD_HEAD]),
            count: 0,
            plain: DataDigest::new(suite),
            digests: Vec::new(),
            records: Vec::new(),
        })
    }

    /// Ends a segment and appends its last records to `out`.
    ///
    /// # Errors
    ///
    /// [`BidError::Value`] past 2^32 records.
    pub fn end(&mut self, mut segment: SegmentWriter, out: &mut Vec<u8>) -> Result<(), BidError> {
        segment.flush(out)?;
        let SegmentWriter { cipher, file_name, count, plain, digests, mut records, .. } = segment;
        let trailer = Trailer { size: plain.size(), file_name, digests };
        let end = cipher.seal_end(count, &trailer)?;
        out.extend_from_slice(&end.record);
        records.push((end.sealed, end.record.len()));
        for (digest, length) in &records {
            self.sealed.add(digest, *length);
        }
        self.segments.push(SegmentReceipt {
            name: cipher.name().to_string(),
            size: trailer.size,
            digest: plain.finish(),
            digests: trailer.digests,
        });
        Ok(())
    }

    /// The content keys, for reading the finished file back before it is called done.
    #[must_use]
    pub fn content_keys(&self) -> ContentKeys {
        self.keys.clone()
    }

    /// Ends the envelope. Nothing is done before the file was read back and held against this
    /// receipt.
    ///
    /// # Errors
    ///
    /// [`BidError::Value`] when segments are missing.
    pub fn finish(self) -> Result<Receipt, BidError> {
        if !self.ciphers.is_empty() {
            return Err(BidError::Value { what: "an envelope without all its segments" });
        }
        Ok(Receipt::new(self.header, self.sealed, self.segments))
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }
}

/// One segment being written: push plaintext, or seal chunks elsewhere and
/// [`accept`](Self::accept) them in order.
#[derive(Debug)]
pub struct SegmentWriter {
    cipher: SegmentCipher,
    file_name: String,
    /// Room for a record's head, then plaintext.
    buffer: Zeroizing<Vec<u8>>,
    count: u32,
    plain: DataDigest,
    digests: Vec<u8>,
    records: Vec<(Digest, usize)>,
}

impl SegmentWriter {
    /// What seals this segment's records, on any thread.
    #[must_use]
    pub const fn cipher(&self) -> &SegmentCipher {
        &self.cipher
    }

    /// How many records there are so far.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Takes the next plaintext and appends whole records to `out`.
    ///
    /// # Errors
    ///
    /// [`BidError::Value`] past 2^32 records.
    pub fn push(&mut self, mut plain: &[u8], out: &mut Vec<u8>) -> Result<(), BidError> {
        let full = RECORD_HEAD + self.cipher.chunk_size();
        while self.buffer.len() + plain.len() > full {
            let (head, rest) = plain.split_at(full - self.buffer.len());
            self.buffer.extend_from_slice(head);
            plain = rest;
            self.flush(out)?;
        }
        self.buffer.extend_from_slice(plain);
        Ok(())
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), BidError> {
        let length = self.buffer.len() - RECORD_HEAD;
        if length == 0 {
            return Ok(());
        }
        let buffer = core::mem::take(&mut *self.buffer);
        let mut chunk = self.cipher.seal(self.count, buffer)?;
        out.extend_from_slice(&chunk.record);
        self.accept(&chunk, length)?;
        // The same buffer again: what it holds now is ciphertext.
        chunk.record.truncate(RECORD_HEAD);
        *self.buffer = chunk.record;
        Ok(())
    }

    /// Takes note of the next record, of `size` bytes of plaintext, which the caller has sealed
    /// with [`cipher`](Self::cipher) and written.
    ///
    /// # Errors
    ///
    /// [`BidError::Value`] past 2^32 records.
    pub fn accept(&mut self, chunk: &SealedChunk, size: usize) -> Result<(), BidError> {
        self.note(chunk.plain, chunk.sealed, size)
    }

    /// Takes note of the next record, which an earlier run wrote: by the digests of its plaintext, of
    /// `size` bytes, and of the whole record.
    ///
    /// # Errors
    ///
    /// [`BidError::Value`] for a chunk of another size, and past 2^32 records.
    pub fn accept_known(
        &mut self,
        plain: &Digest,
        sealed: &Digest,
        size: usize,
    ) -> Result<(), BidError> {
        if !(1..=self.cipher.chunk_size()).contains(&size) {
            return Err(BidError::Value { what: "a chunk of another size" });
        }
        self.note(*plain, *sealed, size)
    }

    fn note(&mut self, plain: Digest, sealed: Digest, size: usize) -> Result<(), BidError> {
        let next = self.count.checked_add(1);
        self.count = next.ok_or(BidError::Value { what: "more than 2^32 records" })?;
        self.plain.add(&plain, size);
        self.digests.extend_from_slice(plain.as_ref());
        self.records.push((sealed, RECORD_HEAD + size + TAG_LEN));
        Ok(())
    }
}

/// Length and bytes.
fn write_part(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(part);
}

/// HMAC under a content key over header and recipient infos, age's way: whoever can open can
/// tell that nobody has touched either.
pub(super) fn head_mac(header: &Header, key: &ContentKey, lists: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    let der = header.as_der();
    hmac(
        header.draft.suite,
        key.as_bytes(),
        "yinxin-head-1",
        &[&length(der), der, &length(lists), lists],
    )
}
