//! Receipts (回执): what was encrypted, in digests, verified offline.
//!
//! ```text
//! Receipt ::= SEQUENCE {
//!   version INTEGER (1), header OCTET STRING, fileSize INTEGER, fileDigest OCTET STRING,
//!   segments SEQUENCE OF SEQUENCE {
//!     name UTF8String, size INTEGER, digest OCTET STRING, digests OCTET STRING },
//!   outer [0] SEQUENCE { header OCTET STRING, fileSize INTEGER, fileDigest OCTET STRING } OPTIONAL }
//! ```
//!
//! With a tenderer's layer around the bid, `outer` is of the file that is handed in, and the rest
//! of the bidder's envelope inside it.
//!
//! Signed on request: SignedData over it, content type 2.25.258128428175178402734700613560123930539.7.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::chunk::DataDigest;
use super::header::{Header, Layer};
use super::{BidError, Part};
use crate::der::{Reader, Tag, Writer};
use crate::{Digest, Error};

/// What was encrypted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    header: Header,
    file_size: u64,
    file_digest: Digest,
    segments: Vec<SegmentReceipt>,
    outer: Option<OuterReceipt>,
}

/// The layer around a bid, in a receipt.
#[derive(Clone, Debug, Eq, PartialEq)]
struct OuterReceipt {
    header: Header,
    file_size: u64,
    file_digest: Digest,
}

/// One segment of a receipt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SegmentReceipt {
    /// The segment's name.
    pub name: String,
    /// Bytes of plaintext.
    pub size: u64,
    /// Digest of the plaintext, over the list of its chunks' digests.
    pub digest: Digest,
    /// That list, 32 bytes each.
    pub digests: Vec<u8>,
}

impl Receipt {
    pub(super) fn new(header: Header, sealed: DataDigest, segments: Vec<SegmentReceipt>) -> Self {
        let (file_size, file_digest) = (sealed.size(), sealed.finish());
        Self { header, file_size, file_digest, segments, outer: None }
    }

    /// Adds the layer around the bid, whose receipt `outer` is.
    #[must_use]
    pub fn inside(mut self, outer: Self) -> Self {
        let Self { header, file_size, file_digest, .. } = outer;
        self.outer = Some(OuterReceipt { header, file_size, file_digest });
        self
    }

    /// Reads a receipt without its signature.
    ///
    /// # Errors
    ///
    /// [`BidError::Form`].
    pub fn from_der(der: &[u8]) -> Result<Self, BidError> {
        let form = |error| BidError::Form { part: Part::Header, error };
        let mut outer = Reader::new(der);
        let mut read = || -> Result<_, Error> {
            let mut fields = outer.sequence()?;
            outer.clone().finish()?;
            let at = fields.position();
            let version = fields.uint()?;
            if version != 1 {
                return Err(Error::Version { at, what: "receipt", found: version });
            }
            let header = fields.octet_string()?;
            let size = fields.uint()?;
            let digest = fields.octet_string()?;
            let list = fields.sequence()?;
            let outer = match fields.optional_explicit(0)? {
                Some(mut explicit) => {
                    let mut outer = explicit.sequence()?;
                    explicit.finish()?;
                    let parts = (outer.octet_string()?, outer.uint()?, outer.octet_string()?);
                    outer.finish()?;
                    Some(parts)
                }
                None => None,
            };
            fields.finish()?;
            Ok((header, size, digest, list, outer))
        };
        let (header, file_size, digest, mut list, outer) = read().map_err(form)?;
        let outer = match outer {
            Some((header, file_size, digest)) => {
                let header = Header::from_der(header)?;
                let algorithm = header.draft.suite.digest();
                let file_digest = Digest::from_bytes(algorithm, digest).map_err(form)?;
                Some(OuterReceipt { header, file_size, file_digest })
            }
            None => None,
        };
        let header = Header::from_der(header)?;
        let algorithm = header.draft.suite.digest();
        let file_digest = Digest::from_bytes(algorithm, digest).map_err(form)?;
        let mut segments = Vec::new();
        while !list.is_empty() {
            let mut read = || -> Result<_, Error> {
                let mut item = list.sequence()?;
                let at = item.position();
                let name = item.expect(Tag::UTF8_STRING)?.value;
                let name = core::str::from_utf8(name)
                    .map_err(|_| Error::Malformed { at, expected: "UTF-8" })?;
                let size = item.uint()?;
                let digest = Digest::from_bytes(algorithm, item.octet_string()?)?;
                let digests = item.octet_string()?.to_vec();
                item.finish()?;
                Ok(SegmentReceipt { name: name.to_string(), size, digest, digests })
            };
            segments.push(read().map_err(form)?);
        }
        let names = segments.iter().map(|segment| &segment.name);
        if !names.eq(&header.draft.segments) {
            return Err(BidError::Receipt { what: "the list of segments" });
        }
        Ok(Self { header, file_size, file_digest, segments, outer })
    }

    /// The receipt's DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.uint(1);
                w.octet_string(self.header.as_der());
                w.uint(self.file_size);
                w.octet_string(self.file_digest.as_ref());
                w.sequence(|w| {
                    for segment in &self.segments {
                        w.sequence(|w| {
                            w.utf8_string(&segment.name);
                            w.uint(segment.size);
                            w.octet_string(segment.digest.as_ref());
                            w.octet_string(&segment.digests);
                        });
                    }
                });
                if let Some(outer) = &self.outer {
                    w.explicit(0, |w| {
                        w.sequence(|w| {
                            w.octet_string(outer.header.as_der());
                            w.uint(outer.file_size);
                            w.octet_string(outer.file_digest.as_ref());
                        });
                    });
                }
            });
        })
    }

    /// Holds a file, of either layer, against this receipt: its header and the digest over its records, as
    /// [`Envelope::sealed_digest`](super::Envelope::sealed_digest) gives it.
    ///
    /// # Errors
    ///
    /// [`BidError::Receipt`] naming what differs.
    pub fn check_file(&self, header: &Header, sealed: DataDigest) -> Result<(), BidError> {
        let (own, size, digest) = match &self.outer {
            Some(outer) if header.layer() == Layer::Outer => {
                (&outer.header, outer.file_size, outer.file_digest)
            }
            _ => (&self.header, self.file_size, self.file_digest),
        };
        if header != own {
            return Err(BidError::Receipt { what: "the header" });
        }
        if sealed.size() != size {
            return Err(BidError::Receipt { what: "the size" });
        }
        if sealed.finish() != digest {
            return Err(BidError::Receipt { what: "the content" });
        }
        Ok(())
    }

    /// Holds an opened segment against this receipt.
    ///
    /// # Errors
    ///
    /// [`BidError::Receipt`].
    pub fn check_segment(&self, opened: &SegmentReceipt) -> Result<(), BidError> {
        if self.segments.contains(opened) {
            Ok(())
        } else {
            Err(BidError::Receipt { what: "the plaintext of a segment" })
        }
    }

    /// The envelope's header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes of the file that is handed in.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.outer.as_ref().map_or(self.file_size, |outer| outer.file_size)
    }

    /// Digest of the file that is handed in, over the list of its head's and records' digests.
    #[must_use]
    pub fn file_digest(&self) -> &Digest {
        self.outer.as_ref().map_or(&self.file_digest, |outer| &outer.file_digest)
    }

    /// The segments.
    #[must_use]
    pub fn segments(&self) -> &[SegmentReceipt] {
        &self.segments
    }
}
