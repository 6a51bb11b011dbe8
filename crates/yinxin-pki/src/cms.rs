//! Cryptographic messages: signed data and enveloped data in the two families people use, GM/T 0010
//! (GB/T 35275) and RFC 5652, read and written as streams.
//!
//! ```text
//!              ┌ before ┐┌─── content, any length ───┐┌ after ┐
//! SignedData   type, digests   the octets as they are   certificates, signatures
//! Enveloped    type, recipients      ciphertext          tag
//! ```
//!
//! Everything but the content is small and bounded ([`limits::CMS_HEADER`](crate::limits)); the
//! content passes through. Nothing here reads or writes a file: push bytes in, take bytes out.

use alloc::vec::Vec;

use crate::der::{Reader, Tag, Writer};
use crate::{Error, Oid, oid};

pub(crate) mod attribute;
mod decrypt;
mod encrypt;
mod error;
mod recipient;
mod sign;
mod signed;
mod signer;
mod skeleton;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::certificate_der as tests_certificate;

pub use attribute::{Attribute, Attributes};
pub use decrypt::{Decrypted, Decryptor, Enveloped, EnvelopedKind, EnvelopedReader};
pub use encrypt::Encryptor;
pub use error::CmsError;
pub use recipient::{Recipient, RecipientInfo, RecipientKey};
pub use sign::{Assembled, SignDraft, Signing, assemble, timestamp_attribute};
pub use signed::{ContentDigests, ContentHashers, SignedData, SignedReader};
pub use signer::{SignerCheck, SignerInfo};

/// Which family of content types and shapes is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// GM/T 0010-2012, GB/T 35275-2017: PKCS#7 1.5 shapes under Chinese identifiers.
    Gm,
    /// RFC 5652 (and RFC 5083 for authenticated encryption).
    Rfc5652,
}

impl Format {
    /// The data type of the family.
    #[must_use]
    pub const fn data(self) -> Oid {
        match self {
            Self::Gm => oid::GM_DATA,
            Self::Rfc5652 => oid::DATA,
        }
    }

    /// The signed data type of the family.
    #[must_use]
    pub const fn signed_data(self) -> Oid {
        match self {
            Self::Gm => oid::GM_SIGNED_DATA,
            Self::Rfc5652 => oid::SIGNED_DATA,
        }
    }

    /// The enveloped data type of the family.
    #[must_use]
    pub const fn enveloped_data(self) -> Oid {
        match self {
            Self::Gm => oid::GM_ENVELOPED_DATA,
            Self::Rfc5652 => oid::ENVELOPED_DATA,
        }
    }
}

/// How a message names a certificate (RFC 5652 §5.3, §6.2.1).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CertificateId {
    /// By issuer and serial number.
    IssuerAndSerial {
        /// The issuer's Name, DER.
        issuer: Vec<u8>,
        /// The serial number's content octets, two's complement.
        serial: Vec<u8>,
    },
    /// By subject key identifier.
    KeyIdentifier(Vec<u8>),
}

impl CertificateId {
    /// Reads IssuerAndSerialNumber.
    pub(crate) fn read_issuer_and_serial(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut pair = reader.sequence()?;
        let issuer = pair.expect(Tag::SEQUENCE)?.raw.to_vec();
        let serial = pair.integer()?.to_vec();
        pair.finish()?;
        Ok(Self::IssuerAndSerial { issuer, serial })
    }

    /// Reads a SignerIdentifier or RecipientIdentifier; `[0]` may come primitive, as it should,
    /// or constructed around an OCTET STRING.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        if let Some(tlv) = reader.optional(Tag::implicit(0))? {
            return Ok(Self::KeyIdentifier(tlv.value.to_vec()));
        }
        if let Some(mut inner) = reader.optional_explicit(0)? {
            let id = inner.octet_string()?.to_vec();
            inner.finish()?;
            return Ok(Self::KeyIdentifier(id));
        }
        Self::read_issuer_and_serial(reader)
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match self {
            Self::IssuerAndSerial { issuer, serial } => writer.sequence(|w| {
                w.raw(issuer);
                w.tlv(Tag::INTEGER, serial);
            }),
            Self::KeyIdentifier(id) => writer.tlv(Tag::implicit(0), id),
        }
    }
}

/// The content type of any ContentInfo, without reading the rest: how a file is told.
///
/// # Errors
///
/// [`Error`] when the bytes do not begin as a ContentInfo. 64 bytes are always enough.
pub fn content_type(start: &[u8]) -> Result<Oid, Error> {
    let outer = crate::ber::header(start, 0)?;
    if outer.tag != Tag::SEQUENCE {
        return Err(Error::Malformed { at: 0, expected: "SEQUENCE" });
    }
    let inner = start.get(outer.len..).unwrap_or(&[]);
    Reader::at(inner, outer.len).oid()
}
