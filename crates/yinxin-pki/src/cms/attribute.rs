//! Signed and unsigned attributes (RFC 5652 §5.3, §11).

use alloc::vec;
use alloc::vec::Vec;

use super::CmsError;
use crate::der::{Reader, Tag, Writer};
use crate::{Digest, DigestAlgorithm, Error, Oid, Time, limits, oid};

/// One attribute (属性): a type and its values, each DER.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    /// Its type.
    pub oid: Oid,
    /// Its values, in the order received.
    pub values: Vec<Vec<u8>>,
}

impl Attribute {
    /// An attribute with one value.
    #[must_use]
    pub fn single(oid: Oid, value: Vec<u8>) -> Self {
        Self { oid, values: vec![value] }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut pair = reader.sequence()?;
        let oid = pair.oid()?;
        let mut set = pair.set()?;
        pair.finish()?;
        let mut values = Vec::new();
        while !set.is_empty() {
            if values.len() >= limits::ATTRIBUTES {
                let limit = 64;
                return Err(Error::Limit { at: set.position(), what: "attribute values", limit });
            }
            values.push(set.any()?.raw.to_vec());
        }
        Ok(Self { oid, values })
    }

    fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.oid(&self.oid);
                w.set_of(Tag::SET, self.values.clone());
            });
        })
    }
}

/// A set of attributes with the octets they were received in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attributes {
    list: Vec<Attribute>,
    /// The content octets of the SET.
    content: Vec<u8>,
    sorted: bool,
}

impl Attributes {
    /// Reads the content octets of the SET.
    pub(crate) fn read(content: &[u8], at: usize) -> Result<Self, Error> {
        let mut reader = Reader::at(content, at);
        let mut list = Vec::new();
        let mut elements: Vec<&[u8]> = Vec::new();
        while !reader.is_empty() {
            if list.len() >= limits::ATTRIBUTES {
                let limit = 64;
                return Err(Error::Limit { at: reader.position(), what: "attributes", limit });
            }
            let element = reader.any()?;
            elements.push(element.raw);
            list.push(Attribute::read(&mut Reader::at(element.raw, element.at))?);
        }
        Ok(Self { list, content: content.to_vec(), sorted: elements.is_sorted() })
    }

    /// Makes a set, sorted.
    #[must_use]
    pub(crate) fn new(list: Vec<Attribute>) -> Self {
        let mut elements: Vec<_> = list.iter().map(Attribute::to_der).collect();
        elements.sort_unstable();
        Self { list, content: elements.concat(), sorted: true }
    }

    /// What is signed: the DER SET OF the attributes, with the octets as received.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        Writer::build(|w| w.tlv(Tag::SET, &self.content))
    }

    /// What is signed if the signer sorted and the sender did not; `None` when received sorted.
    pub(crate) fn sorted_bytes(&self) -> Option<Vec<u8>> {
        if self.sorted {
            return None;
        }
        let elements = self.list.iter().map(Attribute::to_der).collect();
        Some(Writer::build(|w| w.set_of(Tag::SET, elements)))
    }

    pub(crate) fn write(&self, tag: Tag, writer: &mut Writer) {
        writer.tlv(tag, &self.content);
    }

    /// The attributes in the order received.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.list.iter()
    }

    /// The attributes of one type.
    pub fn of_type<'a>(&'a self, oid: &'a Oid) -> impl Iterator<Item = &'a Attribute> {
        self.list.iter().filter(move |attribute| attribute.oid == *oid)
    }

    /// The one value of an attribute that may stand at most once; `Ok(None)` when absent.
    pub(crate) fn optional(
        &self,
        oid: &Oid,
        name: &'static str,
    ) -> Result<Option<&[u8]>, CmsError> {
        let mut found = self.list.iter().filter(|attribute| attribute.oid == *oid);
        let value = match found.next().map(|attribute| &attribute.values[..]) {
            None => return Ok(None),
            Some([value]) => value,
            Some(_) => return Err(CmsError::Attribute { name }),
        };
        if found.next().is_some() { Err(CmsError::Attribute { name }) } else { Ok(Some(value)) }
    }

    fn required(&self, oid: &Oid, name: &'static str) -> Result<&[u8], CmsError> {
        self.optional(oid, name)?.ok_or(CmsError::Attribute { name })
    }

    /// Checks what RFC 5652 §5.3 and §5.6 ask of signed attributes: no type twice; contentType
    /// and messageDigest exactly once, the first equal to the message's type. Returns the
    /// message digest and the signing time.
    pub(crate) fn check_signed(
        &self,
        content_type: &Oid,
    ) -> Result<(Vec<u8>, Option<Time>), CmsError> {
        for (index, attribute) in self.list.iter().enumerate() {
            let later = self.list.iter().skip(index + 1);
            if later.into_iter().any(|other| other.oid == attribute.oid) {
                return Err(CmsError::DuplicateAttribute { found: attribute.oid });
            }
        }
        let found = single(self.required(&oid::CONTENT_TYPE, "contentType")?, Reader::oid)?;
        if found != *content_type {
            return Err(CmsError::ContentType { wanted: *content_type, found });
        }
        let digest = self.required(&oid::MESSAGE_DIGEST, "messageDigest")?;
        let digest = single(digest, |reader| reader.octet_string().map(<[u8]>::to_vec))?;
        let time = match self.optional(&oid::SIGNING_TIME, "signingTime")? {
            Some(value) => Some(single(value, Reader::time)?),
            None => None,
        };
        Ok((digest, time))
    }

    /// Whether signingCertificate or signingCertificateV2, where present, name `certificate`
    /// (RFC 5035 §3: the first ESSCertID is the signer's). `Ok(false)` when neither is there.
    pub(crate) fn names_certificate(&self, certificate: &[u8]) -> Result<bool, CmsError> {
        let mut named = false;
        if let Some(value) = self.optional(&oid::SIGNING_CERTIFICATE_V2, "signingCertificateV2")? {
            if !single(value, |reader| ess_certificate_matches(reader, certificate))? {
                return Err(CmsError::SigningCertificate);
            }
            named = true;
        }
        if let Some(value) = self.optional(&oid::SIGNING_CERTIFICATE, "signingCertificate")? {
            if !single(value, |reader| ess_certificate_v1_matches(reader, certificate))? {
                return Err(CmsError::SigningCertificate);
            }
            named = true;
        }
        Ok(named)
    }
}

/// Reads one whole value.
fn single<'a, T>(
    value: &'a [u8],
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut reader = Reader::new(value);
    let read = read(&mut reader)?;
    reader.finish()?;
    Ok(read)
}

/// SigningCertificateV2: SEQUENCE OF ESSCertIDv2, of which the first must match.
fn ess_certificate_matches(reader: &mut Reader<'_>, certificate: &[u8]) -> Result<bool, Error> {
    let mut outer = reader.sequence()?;
    let mut list = outer.sequence()?;
    let mut first = list.sequence()?;
    let algorithm = if first.peek() == Some(Tag::SEQUENCE) {
        DigestAlgorithm::read(&mut first)?
    } else {
        DigestAlgorithm::Sha256
    };
    let hash = first.octet_string()?;
    Ok(algorithm.digest(certificate).as_ref() == hash)
}

/// SigningCertificate: the same by SHA-1, which names and does not protect.
fn ess_certificate_v1_matches(reader: &mut Reader<'_>, certificate: &[u8]) -> Result<bool, Error> {
    let mut outer = reader.sequence()?;
    let mut list = outer.sequence()?;
    let mut first = list.sequence()?;
    Ok(first.octet_string()? == crate::digest::sha1(certificate))
}

/// The value of signingCertificateV2 for one certificate.
pub(crate) fn signing_certificate_v2(algorithm: DigestAlgorithm, certificate: &[u8]) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    // SHA-256 is the default and DER leaves defaults out.
                    if algorithm != DigestAlgorithm::Sha256 {
                        w.algorithm(&algorithm.oid());
                    }
                    w.octet_string(algorithm.digest(certificate).as_ref());
                });
            });
        });
    })
}

/// The attributes every signature of ours carries.
pub(crate) fn mandatory(
    content_type: &Oid,
    digest: &Digest,
    signing_time: Option<Time>,
) -> Vec<Attribute> {
    let mut list = vec![
        Attribute::single(oid::CONTENT_TYPE, Writer::build(|w| w.oid(content_type))),
        Attribute::single(oid::MESSAGE_DIGEST, Writer::build(|w| w.octet_string(digest.as_ref()))),
    ];
    if let Some(time) = signing_time {
        list.push(Attribute::single(oid::SIGNING_TIME, Writer::build(|w| w.time(time))));
    }
    list
}

/// Whether the beginning of some content reads as a SET OF Attribute with messageDigest in it:
/// then a signature "without attributes" over it is another message's signature over its
/// attributes (draft-ietf-lamps-cms-euf-cma-signeddata).
///
/// `start` may be cut off; what is complete decides.
pub(crate) fn looks_like_attributes(start: &[u8]) -> bool {
    let Ok(head) = crate::ber::header(start, 0) else { return false };
    if head.tag != Tag::SET {
        return false;
    }
    let mut reader = Reader::new(start.get(head.len..).unwrap_or(&[]));
    let mut seen = 0;
    loop {
        if reader.is_empty() {
            return false;
        }
        let Ok(element) = reader.any() else {
            // Cut off, or no attributes after all: a set that began as attributes is one.
            return seen > 0;
        };
        match Attribute::read(&mut Reader::new(element.raw)) {
            Ok(attribute) if attribute.oid == oid::MESSAGE_DIGEST => return true,
            Ok(_) => seen += 1,
            Err(_) => return false,
        }
    }
}
