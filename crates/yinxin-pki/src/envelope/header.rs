//! The header: everything that is said in the clear, and bound into every key.
//!
//! ```text
//! Header ::= SEQUENCE { core Core, commitments SEQUENCE OF OCTET STRING (SIZE 32) }
//! Core   ::= SEQUENCE {
//!   version INTEGER (1), suite INTEGER { sm(1), nist(2) }, layer INTEGER { bid(0), outer(1) },
//!   platform UTF8String, project UTF8String, section UTF8String, bidder UTF8String,
//!   created GeneralizedTime, opening GeneralizedTime, chunkSize INTEGER,
//!   salt OCTET STRING (SIZE 16),
//!   segments SEQUENCE OF UTF8String,
//!   recipients SEQUENCE OF OCTET STRING (SIZE 20) }
//! ```
//!
//! Commitments: one for each segment, in order, then the canary's.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::keys::ContentKey;
use super::{BidError, CANARY_NAME, Part, label};
use crate::cipher::Cipher;
use crate::der::{Reader, Tag, Writer};
use crate::json::is_visible;
use crate::{Curve, Digest, DigestAlgorithm, Error, KeyId, Time};

/// Which algorithms (套件); the recipients' keys may be of either kind in both.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Suite {
    /// AES-128-GCM and SHA-256.
    Nist,
    /// SM4-GCM and SM3.
    Sm,
}

impl Suite {
    /// The suite that goes with a key.
    #[must_use]
    pub const fn of(curve: Curve) -> Self {
        match curve {
            Curve::P256 => Self::Nist,
            Curve::Sm2 => Self::Sm,
        }
    }

    /// Its digest, 32 bytes.
    #[must_use]
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::Nist => DigestAlgorithm::Sha256,
            Self::Sm => DigestAlgorithm::Sm3,
        }
    }

    pub(super) const fn cipher(self) -> Cipher {
        match self {
            Self::Nist => Cipher::Aes128Gcm,
            Self::Sm => Cipher::Sm4Gcm,
        }
    }

    /// The name as people and messages write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nist => "NIST",
            Self::Sm => "SM",
        }
    }
}

/// Which layer of encryption an envelope is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Layer {
    /// The bidder's own.
    Bid,
    /// The tenderer's, around a bidder's.
    Outer,
}

/// What a bid is to say in the clear.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// Which algorithms.
    pub suite: Suite,
    /// Code of the trading platform it is for, 1 to 64 letters, digits, `-` and `_`, or empty: a
    /// phone gives its keys to that platform only.
    pub platform: String,
    /// Project code, 1 to 200 characters.
    pub project: String,
    /// Section code (标段), 1 to 200 characters.
    pub section: String,
    /// The bidder's unified code, or empty.
    pub bidder: String,
    /// When it is encrypted.
    pub created: Time,
    /// When bids are opened.
    pub opening: Time,
    /// Bytes of plaintext in a record: 64 KiB to 4 MiB, a multiple of 4096.
    pub chunk_size: u32,
    /// Names of the segments, 1 to 16, each different, of letters, digits, `-` and `_`.
    pub segments: Vec<String>,
}

impl Draft {
    /// Record size unless there is a reason for another: at 1 MiB the overhead is 21 bytes in a
    /// million, and four in memory for each core stay small.
    pub const CHUNK_SIZE: u32 = 1 << 20;
}

/// The header of an envelope (包头), as read: believed once a content key has proved it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Header {
    pub(super) draft: Draft,
    pub(super) layer: Layer,
    pub(super) salt: [u8; 16],
    pub(super) recipients: Vec<KeyId>,
    pub(super) commitments: Vec<[u8; 32]>,
    core: Vec<u8>,
    der: Vec<u8>,
}

impl Header {
    /// Longest header in bytes: it has to fit into a scan session's request.
    pub const MAX_LEN: usize = 4096;

    pub(super) const MAX_SEGMENTS: usize = 16;
    pub(super) const MAX_RECIPIENTS: usize = 64;

    /// Makes the header and draws its keys: one for each segment, then the canary's.
    pub(super) fn make(
        draft: Draft,
        layer: Layer,
        recipients: Vec<KeyId>,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<ContentKey>), BidError> {
        check(&draft, &recipients)?;
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let core = write_core(&draft, layer, &salt, &recipients);
        let keys: Vec<_> = (0..=draft.segments.len()).map(|_| ContentKey::random(rng)).collect();
        let commitments: Vec<_> =
            keys.iter().zip(0..).map(|(key, n)| commitment(draft.suite, &core, n, key)).collect();
        let der = Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&core);
                w.sequence(|w| {
                    for commitment in &commitments {
                        w.octet_string(commitment);
                    }
                });
            });
        });
        if der.len() > Self::MAX_LEN {
            return Err(BidError::Value { what: "a header over 4 KiB" });
        }
        Ok((Self { draft, layer, salt, recipients, commitments, core, der }, keys))
    }

    /// Reads a header.
    ///
    /// # Errors
    ///
    /// [`BidError::Form`] or [`BidError::Value`].
    pub fn from_der(der: &[u8]) -> Result<Self, BidError> {
        if der.len() > Self::MAX_LEN {
            return Err(BidError::Value { what: "a header over 4 KiB" });
        }
        let form = |error| BidError::Form { part: Part::Header, error };
        let header = Self::read(der).map_err(form)?;
        check(&header.draft, &header.recipients)?;
        if header.layer == Layer::Outer && header.draft.segments != ["bid"] {
            return Err(BidError::Value { what: "an outer layer of other than one segment, bid" });
        }
        Ok(header)
    }

    fn read(der: &[u8]) -> Result<Self, Error> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let core = fields.expect(Tag::SEQUENCE)?;
        let mut list = fields.sequence()?;
        fields.finish()?;
        let mut commitments = Vec::new();
        while !list.is_empty() {
            commitments.push(array(&mut list, "a commitment of 32 bytes")?);
        }
        let mut fields = Reader::at(core.raw, core.at).sequence()?;
        let at = fields.position();
        let version = fields.uint()?;
        if version != 1 {
            return Err(Error::Version { at, what: "bid header", found: version });
        }
        let at = fields.position();
        let suite = match fields.uint()? {
            1 => Suite::Sm,
            2 => Suite::Nist,
            found => return Err(Error::Version { at, what: "suite", found }),
        };
        let at = fields.position();
        let layer = match fields.uint()? {
            0 => Layer::Bid,
            1 => Layer::Outer,
            found => return Err(Error::Version { at, what: "layer", found }),
        };
        let platform = text(&mut fields)?;
        let project = text(&mut fields)?;
        let section = text(&mut fields)?;
        let bidder = text(&mut fields)?;
        let created = generalized(&mut fields)?;
        let opening = generalized(&mut fields)?;
        let at = fields.position();
        let chunk_size = u32::try_from(fields.uint()?)
            .map_err(|_| Error::Malformed { at, expected: "a chunk size" })?;
        let salt = array(&mut fields, "a salt of 16 bytes")?;
        let mut list = fields.sequence()?;
        let mut segments = Vec::new();
        while !list.is_empty() {
            segments.push(text(&mut list)?);
        }
        let mut list = fields.sequence()?;
        let mut recipients = Vec::new();
        while !list.is_empty() {
            recipients.push(KeyId(array(&mut list, "a key identifier of 20 bytes")?));
        }
        fields.finish()?;
        if commitments.len() != segments.len() + 1 {
            return Err(Error::Malformed { at: core.at, expected: "a commitment for each key" });
        }
        let draft = Draft {
            suite,
            platform,
            project,
            section,
            bidder,
            created,
            opening,
            chunk_size,
            segments,
        };
        let (core, der) = (core.raw.to_vec(), der.to_vec());
        Ok(Self { draft, layer, salt, recipients, commitments, core, der })
    }

    /// The header's bytes.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// What it says in the clear.
    #[must_use]
    pub const fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Which layer it is of.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        self.layer
    }

    /// To whose keys it is encrypted.
    #[must_use]
    pub fn recipients(&self) -> &[KeyId] {
        &self.recipients
    }

    /// H("yinxin-bid-1" ‖ 00 ‖ length ‖ header): what every wrapped key is bound to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = self.draft.suite.digest().hasher();
        hasher.update(&label("yinxin-bid-1"));
        hasher.update(&length(&self.der));
        hasher.update(&self.der);
        hasher.finish()
    }

    /// Where a segment's key is among the commitments: `canary` is the last.
    #[must_use]
    pub fn key_index(&self, segment: &str) -> Option<usize> {
        if segment == CANARY_NAME {
            return Some(self.canary_index());
        }
        self.draft.segments.iter().position(|name| name == segment)
    }

    /// Takes what recipient `number`'s key unwrapped for key `index`: 48 bytes. Checks that the key
    /// belongs to this header and is the one committed to, without the rest of the file: for a
    /// phone that holds the header only.
    ///
    /// # Errors
    ///
    /// [`BidError::Altered`] for other than 48 bytes, [`BidError::OtherBid`] for another header's
    /// key, [`BidError::Commitment`].
    pub fn take_answer(
        &self,
        index: usize,
        number: usize,
        answer: &[u8],
    ) -> Result<ContentKey, BidError> {
        match ContentKey::unbind(self, answer) {
            Some(Some(key)) => self.check_committed(index, key),
            Some(None) => Err(BidError::OtherBid { number }),
            None => Err(BidError::Altered { part: Part::Recipient { number } }),
        }
    }

    pub(super) fn check_committed(
        &self,
        index: usize,
        key: ContentKey,
    ) -> Result<ContentKey, BidError> {
        if self.is_committed(index, &key) {
            return Ok(key);
        }
        let segment = self.draft.segments.get(index).cloned();
        Err(BidError::Commitment { segment: segment.unwrap_or_else(|| CANARY_NAME.into()) })
    }

    /// Whether `key` is the one committed to: segment `index` from 0, the canary's last.
    #[must_use]
    pub fn is_committed(&self, index: usize, key: &ContentKey) -> bool {
        use subtle::ConstantTimeEq as _;
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let expected = commitment(self.draft.suite, &self.core, number, key);
        self.commitments.get(index).is_some_and(|own| bool::from(own.ct_eq(&expected)))
    }

    pub(super) const fn canary_index(&self) -> usize {
        self.draft.segments.len()
    }
}

/// H("yinxin-commit-1" ‖ 00 ‖ length ‖ core ‖ number ‖ key).
fn commitment(suite: Suite, core: &[u8], number: u32, key: &ContentKey) -> [u8; 32] {
    let mut hasher = suite.digest().hasher();
    hasher.update(&label("yinxin-commit-1"));
    hasher.update(&length(core));
    hasher.update(core);
    hasher.update(&number.to_be_bytes());
    hasher.update(key.as_bytes());
    let digest = hasher.finish();
    digest.as_ref().try_into().unwrap_or([0; 32])
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

fn write_core(draft: &Draft, layer: Layer, salt: &[u8; 16], recipients: &[KeyId]) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.uint(1);
            w.uint(match draft.suite {
                Suite::Sm => 1,
                Suite::Nist => 2,
            });
            w.uint(match layer {
                Layer::Bid => 0,
                Layer::Outer => 1,
            });
            w.utf8_string(&draft.platform);
            w.utf8_string(&draft.project);
            w.utf8_string(&draft.section);
            w.utf8_string(&draft.bidder);
            w.generalized_time(draft.created);
            w.generalized_time(draft.opening);
            w.uint(u64::from(draft.chunk_size));
            w.octet_string(salt);
            w.sequence(|w| draft.segments.iter().for_each(|name| w.utf8_string(name)));
            w.sequence(|w| recipients.iter().for_each(|id| w.octet_string(&id.0)));
        });
    })
}

fn check(draft: &Draft, recipients: &[KeyId]) -> Result<(), BidError> {
    let what = if !is_platform(&draft.platform) {
        "a platform code of other than letters, digits, - and _, 64 at most"
    } else if !is_shown(&draft.project, 1) {
        "a project code of other than 1 to 200 visible characters"
    } else if !is_shown(&draft.section, 1) {
        "a section code of other than 1 to 200 visible characters"
    } else if !is_shown(&draft.bidder, 0) {
        "a bidder of more than 200 visible characters"
    } else if !(1 << 16..=1 << 22).contains(&draft.chunk_size)
        || !draft.chunk_size.is_multiple_of(4096)
    {
        "a chunk size other than 64 KiB to 4 MiB"
    } else if draft.segments.is_empty() || draft.segments.len() > Header::MAX_SEGMENTS {
        "a number of segments other than 1 to 16"
    } else if !draft.segments.iter().all(|name| is_segment_name(name)) {
        "a segment name of other than 1 to 32 letters, digits, - and _"
    } else if draft.segments.iter().enumerate().any(|(i, name)| {
        draft.segments.iter().skip(i + 1).any(|other| other.eq_ignore_ascii_case(name))
    }) {
        "the same segment name twice"
    } else if recipients.is_empty() || recipients.len() > Header::MAX_RECIPIENTS {
        "a number of recipients other than 1 to 64"
    } else if recipients
        .iter()
        .enumerate()
        .any(|(i, id)| recipients.iter().skip(i + 1).any(|o| o == id))
    {
        "the same recipient twice"
    } else {
        return Ok(());
    };
    Err(BidError::Value { what })
}

/// Text that shows as what it is: no control and no bidirectional or invisible characters.
fn is_shown(text: &str, least: usize) -> bool {
    (least..=200).contains(&text.chars().count()) && is_visible(text)
}

fn is_platform(code: &str) -> bool {
    code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn is_segment_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && !name.eq_ignore_ascii_case(CANARY_NAME)
}

/// Checks a file name that travels inside an envelope: one component, visible, at most 200
/// bytes, with no meaning to any system it may be written on.
///
/// # Errors
///
/// [`BidError::FileName`].
pub fn check_file_name(name: &str) -> Result<(), BidError> {
    const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
    // Windows drops the spaces of `con .txt` before it looks.
    let stem = name.split('.').next().unwrap_or("").trim_end_matches(' ').to_ascii_lowercase();
    let device = DEVICES.contains(&&stem[..])
        || ["com", "lpt"].iter().any(|port| {
            // One more character, of any alphabet: COM¹ is a device as COM1 is.
            stem.strip_prefix(port).is_some_and(|rest| rest.chars().count() == 1)
        });
    let fits = name.len() <= 200
        && is_shown(name, 1)
        && !name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|'])
        && !name.starts_with(['.', ' ', '-', '~'])
        && !name.ends_with(['.', ' '])
        && !device;
    if fits { Ok(()) } else { Err(BidError::FileName) }
}

fn text(reader: &mut Reader<'_>) -> Result<String, Error> {
    let at = reader.position();
    let value = reader.expect(Tag::UTF8_STRING)?.value;
    let text =
        core::str::from_utf8(value).map_err(|_| Error::Malformed { at, expected: "UTF-8" })?;
    Ok(text.to_string())
}

fn generalized(reader: &mut Reader<'_>) -> Result<Time, Error> {
    let at = reader.position();
    if reader.peek() == Some(Tag::GENERALIZED_TIME) {
        reader.time()
    } else {
        Err(Error::Malformed { at, expected: "GeneralizedTime" })
    }
}

fn array<const N: usize>(
    reader: &mut Reader<'_>,
    expected: &'static str,
) -> Result<[u8; N], Error> {
    let at = reader.position();
    reader.octet_string()?.try_into().map_err(|_| Error::Malformed { at, expected })
}
