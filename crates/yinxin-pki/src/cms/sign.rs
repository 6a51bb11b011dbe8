//! Making SignedData in two phases: what is to be signed out, the signature in, then the octets
//! around the content.

use alloc::vec::Vec;

use super::attribute::{Attribute, Attributes, mandatory, signing_certificate_v2};
use super::encrypt::header;
use super::signer::{Named, SignerAlgorithm};
use super::{CertificateId, CmsError, Format, SignerInfo};
use crate::certificate::Certificate;
use crate::der::{Tag, Writer};
use crate::{
    Curve, Digest, DigestAlgorithm, Hasher, Oid, SignatureAlgorithm, SignatureError, Time, ToSign,
    oid,
};

/// What a signature will say, before the content has been read.
///
/// ```text
/// SignDraft ──hasher, content──▶ prepare ──▶ Signing ──to_sign──▶ key, phone, token
///                                               └──finish(answer)──▶ SignerInfo ──▶ assemble
/// ```
#[derive(Clone, Debug)]
pub struct SignDraft {
    certificate: Certificate,
    curve: Curve,
    format: Format,
    content_type: Oid,
    attributes: bool,
    signing_time: Option<Time>,
    extra: Vec<Attribute>,
}

impl SignDraft {
    /// A signature by `certificate` over content of the family's data type, with attributes, and
    /// with signingCertificateV2 among them, so that the certificate cannot be exchanged.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Algorithm`] when the certificate's key is not SM2 or P-256.
    pub fn new(format: Format, certificate: &Certificate) -> Result<Self, SignatureError> {
        let key = certificate.public_key();
        let curve = key.curve().ok_or_else(|| SignatureError::Algorithm {
            key: key.algorithm_name(),
            algorithm: SignatureAlgorithm::Other(oid::EC_PUBLIC_KEY),
        })?;
        Ok(Self {
            certificate: certificate.clone(),
            curve,
            format,
            content_type: format.data(),
            attributes: true,
            signing_time: None,
            extra: Vec::new(),
        })
    }

    /// Says when it is signed. A claim: only a timestamp proves it.
    #[must_use]
    pub const fn signing_time(mut self, time: Time) -> Self {
        self.signing_time = Some(time);
        self
    }

    /// Signs content of another type than plain data.
    #[must_use]
    pub const fn content_type(mut self, content_type: Oid) -> Self {
        self.content_type = content_type;
        self
    }

    /// Leaves the signed attributes out, as some readers of GM/T 0010 want it. Such a signature
    /// says neither when, nor of what type of content, nor by which certificate.
    #[must_use]
    pub fn without_attributes(mut self) -> Self {
        self.attributes = false;
        self
    }

    /// Adds a signed attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.extra.push(attribute);
        self
    }

    /// The family of identifiers it is written with.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The digest to stream the content through.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Algorithm`], which [`new`](Self::new) has excluded.
    pub fn hasher(&self) -> Result<Hasher, SignatureError> {
        if self.attributes {
            Ok(self.digest_algorithm().hasher())
        } else {
            self.certificate.public_key().hasher(self.curve.signature_algorithm())
        }
    }

    const fn digest_algorithm(&self) -> DigestAlgorithm {
        match self.curve {
            Curve::P256 => DigestAlgorithm::Sha256,
            Curve::Sm2 => DigestAlgorithm::Sm3,
        }
    }

    /// Fixes what is to be signed, over content whose digest [`hasher`](Self::hasher) gave.
    ///
    /// # Errors
    ///
    /// [`SignatureError::Algorithm`], which [`new`](Self::new) has excluded.
    pub fn prepare(self, content: Digest) -> Result<Signing, SignatureError> {
        let key = self.certificate.public_key();
        let digest = self.digest_algorithm();
        let (signed, to_sign) = if self.attributes {
            let mut list = mandatory(&self.content_type, &content, self.signing_time);
            let value = signing_certificate_v2(digest, self.certificate.as_der());
            list.push(Attribute::single(oid::SIGNING_CERTIFICATE_V2, value));
            list.extend(self.extra);
            let attributes = Attributes::new(list);
            let to_sign = ToSign::message(key, &attributes.signed_bytes())?;
            (Some(attributes), to_sign)
        } else {
            (None, ToSign::hashed(key, content)?)
        };
        let algorithm = match (self.curve, self.format) {
            (Curve::Sm2, Format::Gm) => SignerAlgorithm::Sm2,
            (curve, _) => SignerAlgorithm::Signature(curve.signature_algorithm()),
        };
        let info = SignerInfo {
            version: 1,
            id: CertificateId::IssuerAndSerial {
                issuer: self.certificate.issuer().as_der().to_vec(),
                serial: self.certificate.serial().octets().to_vec(),
            },
            digest: Named::Known(digest),
            signed,
            algorithm,
            signature: Vec::new(),
            unsigned: None,
        };
        Ok(Signing { info, to_sign })
    }
}

/// A signature waiting for its value.
#[derive(Clone, Debug)]
pub struct Signing {
    info: SignerInfo,
    to_sign: ToSign,
}

impl Signing {
    /// What goes to the key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        &self.to_sign
    }

    /// Takes the key's answer and checks it against the certificate before anything is written.
    ///
    /// # Errors
    ///
    /// [`SignatureError`]: another key's answer, or to another question.
    pub fn finish(mut self, answer: &[u8]) -> Result<SignerInfo, SignatureError> {
        self.info.signature = self.to_sign.finish(answer)?.into_vec();
        Ok(self.info)
    }
}

impl SignerInfo {
    /// Adds an unsigned attribute, for instance a timestamp token over
    /// [`signature`](Self::signature).
    #[must_use]
    pub fn with_unsigned(mut self, attribute: Attribute) -> Self {
        let mut list: Vec<_> =
            self.unsigned.iter().flat_map(|unsigned| unsigned.iter().cloned()).collect();
        list.push(attribute);
        self.unsigned = Some(Attributes::new(list));
        self
    }
}

/// The unsigned attribute that carries a timestamp token (RFC 3161 appendix A).
#[must_use]
pub fn timestamp_attribute(token: &[u8]) -> Attribute {
    Attribute::single(oid::TIMESTAMP_TOKEN, token.to_vec())
}

/// The octets of a SignedData around its content: write [`before`](Self::before), the content as
/// it is, then [`after`](Self::after). The whole is DER.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assembled {
    /// All octets before the content.
    pub before: Vec<u8>,
    /// All octets after it.
    pub after: Vec<u8>,
}

/// Puts signers and certificates around content of a known length; `None` makes a detached
/// signature.
///
/// # Errors
///
/// [`CmsError::NoSigner`] without a signer; a message nobody signed is not made here.
pub fn assemble(
    format: Format,
    content_type: &Oid,
    content_length: Option<u64>,
    certificates: &[&Certificate],
    signers: &[SignerInfo],
) -> Result<Assembled, CmsError> {
    if signers.is_empty() {
        return Err(CmsError::NoSigner);
    }
    let mut digests: Vec<Vec<u8>> = Vec::new();
    for signer in signers {
        if let Named::Known(digest) = signer.digest {
            let der = Writer::build(|w| w.algorithm(&digest.oid()));
            if !digests.contains(&der) {
                digests.push(der);
            }
        }
    }
    let by_key = signers.iter().any(SignerInfo::is_by_key_identifier);
    let version = match format {
        Format::Rfc5652 if by_key || *content_type != oid::DATA => 3,
        _ => 1,
    };
    let head = Writer::build(|w| {
        w.uint(version);
        w.set_of(Tag::SET, digests);
    });
    let after = Writer::build(|w| {
        if !certificates.is_empty() {
            let list = certificates.iter().map(|c| c.as_der().to_vec()).collect();
            w.set_of(Tag::explicit(0), list);
        }
        let infos = signers.iter().map(|signer| Writer::build(|w| signer.write(w))).collect();
        w.set_of(Tag::SET, infos);
    });

    // From the inside out, every header knows how long what it holds is.
    let mut inner = Writer::build(|w| w.oid(content_type));
    let content_length = match content_length {
        Some(length) => {
            let octets = header(Tag::OCTET_STRING, length);
            inner.extend_from_slice(&header(Tag::explicit(0), len(&octets) + length));
            inner.extend_from_slice(&octets);
            length
        }
        None => 0,
    };
    let info = header(Tag::SEQUENCE, len(&inner) + content_length);
    let data_length = len(&head) + len(&info) + len(&inner) + content_length + len(&after);
    let data = header(Tag::SEQUENCE, data_length);
    let explicit = header(Tag::explicit(0), len(&data) + data_length);
    let oid = Writer::build(|w| w.oid(&format.signed_data()));
    let outer = header(Tag::SEQUENCE, len(&oid) + len(&explicit) + len(&data) + data_length);
    let before = [outer, oid, explicit, data, head, info, inner].concat();
    Ok(Assembled { before, after })
}

fn len(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}
