//! Records: how one chunk of a segment is sealed and opened, alone and in any order.
//!
//! ```text
//! record     = kind(1: 0 data, 1 end) ‖ length(4) ‖ ciphertext ‖ tag(16)
//! key ‖ pre  = HMAC(content key, "yinxin-chunk-1" ‖ 00 ‖ segment(4) ‖ salt(16) ‖ header digest)
//! nonce      = pre(7) ‖ number(4) ‖ kind(1)
//! ```
//!
//! This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), as in age: the
//! number keeps records in order, the kind marks the end, the key binds all to the header.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::header::{Header, Suite, check_file_name};
use super::keys::{ContentKey, hmac};
use super::{BidError, CANARY_NAME, KEY_LEN, Part, label};
use crate::cipher::{Cipher, CipherKey, Gcm, TAG_LEN};
use crate::{Digest, Hasher};

/// Octets in front of a record's ciphertext.
pub(super) const RECORD_HEAD: usize = 5;

/// Seals and opens the records of one segment. Pure, so records can go over all cores at once.
#[derive(Clone)]
pub struct SegmentCipher {
    suite: Suite,
    name: String,
    chunk_size: usize,
    key: CipherKey,
    prefix: [u8; 7],
}

/// What a record is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Data = 0,
    End = 1,
}

/// One sealed record and the digests that a receipt needs.
#[derive(Clone, Debug)]
pub struct SealedChunk {
    /// The record's octets.
    pub record: Vec<u8>,
    /// Digest of the plaintext.
    pub plain: Digest,
    /// Digest of the record.
    pub sealed: Digest,
}

impl SegmentCipher {
    pub(super) fn new(header: &Header, index: usize, key: &ContentKey) -> Self {
        let suite = header.draft.suite;
        let number = u32::try_from(index).unwrap_or(u32::MAX).to_be_bytes();
        let derived = hmac(
            suite,
            key.as_bytes(),
            "yinxin-chunk-1",
            &[&number, &header.salt, header.digest().as_ref()],
        );
        let mut prefix = [0; 7];
        for (to, from) in prefix.iter_mut().zip(derived.iter().skip(KEY_LEN)) {
            *to = *from;
        }
        let bytes = Zeroizing::new(derived.get(..KEY_LEN).unwrap_or(&[]).to_vec());
        Self {
            suite,
            name: header
                .draft
                .segments
                .get(index)
                .cloned()
                .unwrap_or_else(|| CANARY_NAME.to_string()),
            chunk_size: usize::try_from(header.draft.chunk_size).unwrap_or(usize::MAX),
            key: CipherKey::from_bytes(suite.cipher(), bytes)
                .unwrap_or_else(|_| unreachable_length()),
            prefix,
        }
    }

    /// Octets in front of a record's ciphertext: its kind and its length.
    pub const RECORD_HEAD: usize = RECORD_HEAD;

    /// Octets of a record with a whole chunk.
    #[must_use]
    pub const fn record_len(&self) -> usize {
        RECORD_HEAD + self.chunk_size + TAG_LEN
    }

    /// The segment's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of plaintext in every record but the last.
    #[must_use]
    pub const fn chunk_size(&self) -> usize {
        self.chunk_size
    }

    fn gcm(&self, kind: Kind, number: u32) -> Result<Gcm, BidError> {
        let mut nonce = [0; 12];
        let parts = self.prefix.into_iter().chain(number.to_be_bytes()).chain([kind.octet()]);
        for (to, from) in nonce.iter_mut().zip(parts) {
            *to = from;
        }
        let cipher: Cipher = self.suite.cipher();
        Gcm::new(cipher, &self.key, &nonce, &[]).map_err(|_| BidError::Value { what: "a cipher" })
    }

    /// Makes a record of what lies behind [`RECORD_HEAD`](Self::RECORD_HEAD) octets of room.
    fn seal_as(
        &self,
        kind: Kind,
        number: u32,
        mut octets: Vec<u8>,
    ) -> Result<SealedChunk, BidError> {
        let too_long = BidError::Value { what: "a record over 4 GiB" };
        let digest = self.suite.digest();
        let length = (octets.len() - RECORD_HEAD).checked_add(TAG_LEN);
        let length = length.and_then(|length| u32::try_from(length).ok());
        let length = length.ok_or_else(|| too_long.clone())?.to_be_bytes();
        let mut gcm = self.gcm(kind, number)?;
        let (head, body) = octets.split_at_mut(RECORD_HEAD);
        for (to, from) in head.iter_mut().zip([kind.octet()].into_iter().chain(length)) {
            *to = from;
        }
        let plain = digest.digest(body);
        gcm.encrypt(body).map_err(|_| too_long)?;
        octets.extend_from_slice(&gcm.tag());
        Ok(SealedChunk { plain, sealed: digest.digest(&octets), record: octets })
    }

    /// Seals data record `number`, from 0, in place. `buffer` has
    /// [`RECORD_HEAD`](Self::RECORD_HEAD) octets of room, then the plaintext; every record but the
    /// last holds exactly [`chunk_size`](Self::chunk_size) bytes of it. With 16 octets of spare
    /// capacity nothing is allocated; the buffer comes back as the record.
    ///
    /// # Errors
    ///
    /// [`BidError::Value`] for more, or none at all.
    pub fn seal(&self, number: u32, buffer: Vec<u8>) -> Result<SealedChunk, BidError> {
        match buffer.len().checked_sub(RECORD_HEAD) {
            Some(length) if (1..=self.chunk_size).contains(&length) => {
                self.seal_as(Kind::Data, number, buffer)
            }
            _ => Err(BidError::Value { what: "a chunk of another size" }),
        }
    }

    /// Opens data record `number`, from 0, in place. The plaintext is authentic in its content
    /// and its place.
    ///
    /// # Errors
    ///
    /// [`BidError::Altered`], naming the record.
    pub fn open(&self, number: u32, record: Zeroizing<Vec<u8>>) -> Result<OpenedChunk, BidError> {
        let digest = self.suite.digest();
        let sealed = digest.digest(&record);
        let octets = self.open_as(Kind::Data, number, record)?;
        let plain = digest.digest(plain_of(&octets));
        Ok(OpenedChunk { octets, digest: plain, sealed })
    }

    /// The record with its ciphertext decrypted where it stands.
    fn open_as(
        &self,
        kind: Kind,
        number: u32,
        mut record: Zeroizing<Vec<u8>>,
    ) -> Result<Zeroizing<Vec<u8>>, BidError> {
        let altered = || BidError::Altered { part: self.part(kind, number) };
        let (head, body) = record.split_first_chunk_mut::<RECORD_HEAD>().ok_or_else(altered)?;
        let [found, length @ ..] = *head;
        let claimed = usize::try_from(u32::from_be_bytes(length)).ok();
        if found != kind.octet() || claimed != Some(body.len()) {
            return Err(altered());
        }
        let (ciphertext, tag) = body.split_last_chunk_mut::<TAG_LEN>().ok_or_else(altered)?;
        let mut gcm = self.gcm(kind, number)?;
        gcm.decrypt(ciphertext).map_err(|_| altered())?;
        gcm.verify(tag).map_err(|_| altered())?;
        Ok(record)
    }

    /// Seals the end record behind `count` data records.
    pub(super) fn seal_end(&self, count: u32, trailer: &Trailer) -> Result<SealedChunk, BidError> {
        let plain = trailer.to_bytes();
        let mut octets = Vec::with_capacity(RECORD_HEAD + plain.len() + TAG_LEN);
        octets.resize(RECORD_HEAD, 0);
        octets.extend_from_slice(&plain);
        self.seal_as(Kind::End, count, octets)
    }

    /// Opens the end record behind `count` data records.
    ///
    /// # Errors
    ///
    /// [`BidError::Altered`] naming the end; [`BidError::FileName`] for a name not to be written.
    pub fn open_end(&self, count: u32, record: &[u8]) -> Result<Trailer, BidError> {
        let octets = self.open_as(Kind::End, count, Zeroizing::new(record.to_vec()))?;
        let altered = || BidError::Altered { part: Part::End { segment: self.name.clone() } };
        let trailer = Trailer::from_bytes(plain_of(&octets)).ok_or_else(altered)?;
        check_file_name(&trailer.file_name)?;
        Ok(trailer)
    }

    pub(super) fn part(&self, kind: Kind, number: u32) -> Part {
        match kind {
            Kind::Data => Part::Chunk { segment: self.name.clone(), chunk: u64::from(number) + 1 },
            Kind::End => Part::End { segment: self.name.clone() },
        }
    }
}

impl fmt::Debug for SegmentCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SegmentCipher({})", self.name)
    }
}

#[expect(clippy::panic, reason = "HMAC gave 32 bytes, of which 16 were taken")]
fn unreachable_length() -> CipherKey {
    panic!("a derived key has the cipher's length")
}

impl Kind {
    pub(super) const fn octet(self) -> u8 {
        match self {
            Self::Data => 0,
            Self::End => 1,
        }
    }
}

/// One opened record.
#[derive(Debug)]
pub struct OpenedChunk {
    /// The record, its ciphertext decrypted.
    octets: Zeroizing<Vec<u8>>,
    /// Digest of the plaintext.
    pub digest: Digest,
    /// Digest of the record.
    pub sealed: Digest,
}

impl OpenedChunk {
    /// The plaintext, authentic: never empty.
    #[must_use]
    pub fn plain(&self) -> &[u8] {
        plain_of(&self.octets)
    }

    /// The buffer, for the next record: it holds the plaintext still, and is wiped when dropped.
    #[must_use]
    pub fn into_buffer(self) -> Zeroizing<Vec<u8>> {
        self.octets
    }
}

/// What lies between a record's head and its tag.
fn plain_of(octets: &[u8]) -> &[u8] {
    octets.get(RECORD_HEAD..octets.len().saturating_sub(TAG_LEN)).unwrap_or(&[])
}

/// What an end record says: the whole of its segment.
///
/// ```text
/// size(8) ‖ nameLength(2) ‖ name ‖ digest of plaintext chunk 0(32) ‖ 1(32) ‖ …
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trailer {
    /// Bytes of plaintext.
    pub size: u64,
    /// The file's own name.
    pub file_name: String,
    /// Digests of the plaintext chunks, 32 bytes each.
    pub digests: Vec<u8>,
}

impl Trailer {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let name = self.file_name.as_bytes();
        let length = u16::try_from(name.len()).unwrap_or(u16::MAX).to_be_bytes();
        Zeroizing::new([&self.size.to_be_bytes()[..], &length, name, &self.digests].concat())
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, rest) = bytes.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (name, digests) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let file_name = core::str::from_utf8(name).ok()?.to_string();
        let size = u64::from_be_bytes(*size);
        digests.len().is_multiple_of(32).then(|| Self {
            size,
            file_name,
            digests: digests.to_vec(),
        })
    }
}

/// A digest over a list of chunk digests, computed as they come, in order:
/// H("yinxin-digest-1" ‖ 00 ‖ d0 ‖ d1 ‖ … ‖ size(8)).
#[derive(Clone, Debug)]
pub struct DataDigest {
    hasher: Hasher,
    size: u64,
}

impl DataDigest {
    /// An empty list.
    #[must_use]
    pub fn new(suite: Suite) -> Self {
        let mut hasher = suite.digest().hasher();
        hasher.update(&label("yinxin-digest-1"));
        Self { hasher, size: 0 }
    }

    /// Adds the digest of a chunk of `size` bytes.
    pub fn add(&mut self, digest: &Digest, size: usize) {
        self.hasher.update(digest.as_ref());
        self.size += u64::try_from(size).unwrap_or(u64::MAX);
    }

    /// Bytes so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The digest of the list.
    #[must_use]
    pub fn finish(mut self) -> Digest {
        self.hasher.update(&self.size.to_be_bytes());
        self.hasher.finish()
    }
}
