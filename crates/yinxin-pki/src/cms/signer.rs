//! One signer of a message, and the check of its signature.

use alloc::vec::Vec;

use super::attribute::Attributes;
use super::signed::{ContentDigests, SignedData};
use super::{CertificateId, CmsError, Format};
use crate::certificate::Certificate;
use crate::der::{Reader, Tag, Writer};
use crate::{
    Digest, DigestAlgorithm, Error, Hasher, Oddity, Oid, PublicKey, SignatureAlgorithm,
    SignatureError, Time, limits, oid,
};

/// SignerInfo (签名者信息), as read.
///
/// ```text
/// SignerInfo ::= SEQUENCE {
///   version, sid, digestAlgorithm, [0] signedAttrs?, signatureAlgorithm, signature,
///   [1] unsignedAttrs? }                           -- RFC 5652 §5.3, GM/T 0010 §8
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignerInfo {
    pub(super) version: u64,
    pub(super) id: CertificateId,
    pub(super) digest: Named<DigestAlgorithm>,
    pub(super) signed: Option<Attributes>,
    pub(super) algorithm: SignerAlgorithm,
    pub(super) signature: Vec<u8>,
    pub(super) unsigned: Option<Attributes>,
}

/// An algorithm that is known, or only its identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Named<T> {
    Known(T),
    Unknown(Oid),
}

/// The signatureAlgorithm field, which some families fill with the key's algorithm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SignerAlgorithm {
    /// A signature algorithm proper.
    Signature(SignatureAlgorithm),
    /// 1.2.156.10197.1.301.1, as GM/T 0010 has it.
    Sm2,
    /// rsaEncryption or id-ecPublicKey: the digest is the signer's.
    KeyOnly(Oid),
}

impl SignerInfo {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut info = reader.sequence()?;
        let at = info.position();
        let version = info.uint()?;
        if !matches!(version, 1 | 3) {
            return Err(Error::Version { at, what: "SignerInfo", found: version });
        }
        let id = CertificateId::read(&mut info)?;
        let digest = match DigestAlgorithm::read(&mut info) {
            Ok(digest) => Named::Known(digest),
            Err(Error::Unsupported { found, .. }) => Named::Unknown(found),
            Err(error) => return Err(error),
        };
        let signed = read_attributes(&mut info, 0)?;
        let algorithm = SignerAlgorithm::read(&mut info)?;
        let at = info.position();
        let signature = info.octet_string()?.to_vec();
        if signature.len() > limits::INTEGER {
            return Err(Error::Limit { at, what: "signature in bytes", limit: 1025 });
        }
        let unsigned = read_attributes(&mut info, 1)?;
        info.finish()?;
        Ok(Self { version, id, digest, signed, algorithm, signature, unsigned })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.sequence(|w| {
            w.uint(self.version);
            self.id.write(w);
            match self.digest {
                Named::Known(digest) => w.algorithm(&digest.oid()),
                Named::Unknown(oid) => w.algorithm(&oid),
            }
            if let Some(signed) = &self.signed {
                signed.write(Tag::explicit(0), w);
            }
            self.algorithm.write(w);
            w.octet_string(&self.signature);
            if let Some(unsigned) = &self.unsigned {
                unsigned.write(Tag::explicit(1), w);
            }
        });
    }

    /// How it names its certificate.
    #[must_use]
    pub const fn certificate_id(&self) -> &CertificateId {
        &self.id
    }

    pub(super) const fn is_by_key_identifier(&self) -> bool {
        matches!(self.id, CertificateId::KeyIdentifier(_))
    }

    /// The signed attributes, not yet verified.
    #[must_use]
    pub const fn signed_attributes(&self) -> Option<&Attributes> {
        self.signed.as_ref()
    }

    /// The unsigned attributes; nothing protects them.
    #[must_use]
    pub const fn unsigned_attributes(&self) -> Option<&Attributes> {
        self.unsigned.as_ref()
    }

    /// The signature value.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// A timestamp token over the signature value (RFC 3161 appendix A), DER, not yet verified.
    ///
    /// # Errors
    ///
    /// [`CmsError::Attribute`] when the attribute stands twice or has several values.
    pub fn timestamp_token(&self) -> Result<Option<&[u8]>, CmsError> {
        match &self.unsigned {
            Some(unsigned) => unsigned.optional(&oid::TIMESTAMP_TOKEN, "signatureTimeStampToken"),
            None => Ok(None),
        }
    }

    /// Whether `certificate` is the one this signer names.
    #[must_use]
    pub fn is_named(&self, certificate: &Certificate) -> bool {
        match &self.id {
            CertificateId::IssuerAndSerial { issuer, serial } => {
                certificate.issuer().as_der() == issuer && certificate.serial().octets() == serial
            }
            CertificateId::KeyIdentifier(id) => certificate
                .subject_key_identifier()
                .map_or_else(|| certificate.public_key().id().0[..] == id[..], |own| own == id),
        }
    }

    /// For a signature without signed attributes under an SM2 key: the digest the content has to
    /// go through once more, since Z comes before the content and was not known while it passed.
    ///
    /// `None` when the digests of the first pass are enough.
    #[must_use]
    pub fn content_hasher(&self, key: &PublicKey) -> Option<Hasher> {
        if self.signed.is_some() {
            return None;
        }
        key.as_sm2().map(|key| key.hasher(crate::key::sm2::DEFAULT_ID))
    }

    /// Verifies this signer's signature under `certificate`, whose own standing (chain, purpose,
    /// time) is checked elsewhere.
    ///
    /// `digests` are of the content; `direct` is what [`content_hasher`](Self::content_hasher)
    /// gave over it, where it asked.
    ///
    /// # Errors
    ///
    /// [`CmsError`]; the content was changed, the signature is not this certificate's, or the
    /// message breaks a rule that protects against reuse.
    pub fn verify(
        &self,
        message: &SignedData,
        certificate: &Certificate,
        digests: &ContentDigests,
        direct: Option<Digest>,
    ) -> Result<SignerCheck, CmsError> {
        let mut oddities = self.shape_oddities(message.format());
        let key = certificate.public_key();
        let digest = match self.digest {
            Named::Known(digest) => digest,
            Named::Unknown(found) => {
                return Err(Error::Unsupported { at: 0, what: "digest", found }.into());
            }
        };
        if !message.lists(digest) {
            return Err(CmsError::DigestNotListed);
        }
        let algorithm = self.algorithm.with(key, digest)?;
        let content = digests.get(digest).ok_or(CmsError::DigestNotListed)?;
        let Some(attributes) = &self.signed else {
            if digests.is_attributes() {
                return Err(CmsError::AttributesAsContent);
            }
            self.verify_content(key, algorithm, content, direct)?;
            return Ok(SignerCheck { oddities, signing_time: None, names_certificate: false });
        };
        let (message_digest, signing_time) = attributes.check_signed(message.content_type())?;
        let names_certificate = attributes.names_certificate(certificate.as_der())?;
        self.verify_attributes(key, algorithm, attributes, &mut oddities)?;
        if message_digest != content.as_ref() {
            return Err(CmsError::MessageDigest);
        }
        Ok(SignerCheck { oddities, signing_time, names_certificate })
    }

    fn verify_content(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        content: &Digest,
        direct: Option<Digest>,
    ) -> Result<(), CmsError> {
        let Some(sm2) = key.as_sm2() else {
            return Ok(key.verify_digest(algorithm, content.as_ref(), &self.signature)?);
        };
        // Without the second pass there is nothing to verify against: the caller's program is
        // wrong, and the signature counts as wrong.
        let verified = match direct {
            Some(direct) => key.verify_digest(algorithm, direct.as_ref(), &self.signature),
            None => Err(SignatureError::Wrong),
        };
        verified.map_err(|error| {
            if sm2.verify(content.as_ref(), &self.signature).is_ok() {
                CmsError::SignatureWithoutZ
            } else {
                error.into()
            }
        })
    }

    fn verify_attributes(
        &self,
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        attributes: &Attributes,
        oddities: &mut Vec<Oddity>,
    ) -> Result<(), CmsError> {
        let bytes = attributes.signed_bytes();
        let Err(error) = key.verify(algorithm, &bytes, &self.signature) else {
            if attributes.sorted_bytes().is_some() {
                oddities.push(Oddity::UnsortedAttributes);
            }
            return Ok(());
        };
        if let Some(sorted) = attributes.sorted_bytes()
            && key.verify(algorithm, &sorted, &self.signature).is_ok()
        {
            oddities.push(Oddity::UnsortedAttributes);
            return Ok(());
        }
        let Some(sm2) = key.as_sm2() else { return Err(error.into()) };
        // Name the two mistakes other programs make, so that their users know what to mend.
        let mut empty_id = sm2.hasher(b"");
        empty_id.update(&bytes);
        let plain = DigestAlgorithm::Sm3.digest(&bytes);
        Err(if sm2.verify(empty_id.finish().as_ref(), &self.signature).is_ok() {
            CmsError::SignatureEmptyId
        } else if sm2.verify(plain.as_ref(), &self.signature).is_ok() {
            CmsError::SignatureWithoutZ
        } else {
            error.into()
        })
    }

    fn shape_oddities(&self, format: Format) -> Vec<Oddity> {
        let mut oddities = Vec::new();
        if self.version != if self.is_by_key_identifier() { 3 } else { 1 } {
            oddities.push(Oddity::Version);
        }
        match (format, self.algorithm) {
            (Format::Gm, SignerAlgorithm::Signature(SignatureAlgorithm::Sm2Sm3)) => {
                oddities.push(Oddity::SignerAlgorithm501);
            }
            (Format::Rfc5652, SignerAlgorithm::Sm2) => oddities.push(Oddity::SignerAlgorithm301),
            _ => {}
        }
        oddities
    }
}

/// What a verified signer's message says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignerCheck {
    /// In what it deviates.
    pub oddities: Vec<Oddity>,
    /// When the signer says it signed; a claim, not a proof.
    pub signing_time: Option<Time>,
    /// Whether the signature itself names the certificate (signingCertificate attribute).
    pub names_certificate: bool,
}

impl SignerAlgorithm {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut ahead = reader.clone();
        let mut identifier = ahead.sequence()?;
        let found = identifier.oid()?;
        match found {
            oid::SM2_SIGN | oid::RSA | oid::EC_PUBLIC_KEY => {
                if !identifier.is_empty() {
                    identifier.null()?;
                }
                identifier.finish()?;
                *reader = ahead;
                Ok(match found {
                    oid::SM2_SIGN => Self::Sm2,
                    _ => Self::KeyOnly(found),
                })
            }
            _ => SignatureAlgorithm::read(reader).map(|(algorithm, _)| Self::Signature(algorithm)),
        }
    }

    fn write(self, writer: &mut Writer) {
        match self {
            Self::Signature(algorithm) => algorithm.write(writer),
            Self::Sm2 => writer.algorithm(&oid::SM2_SIGN),
            Self::KeyOnly(oid) => writer.algorithm_null(&oid),
        }
    }

    /// The full algorithm, which must agree with the signer's digest.
    fn with(
        self,
        key: &PublicKey,
        digest: DigestAlgorithm,
    ) -> Result<SignatureAlgorithm, CmsError> {
        let algorithm = match self {
            Self::Signature(algorithm) => algorithm,
            Self::Sm2 => SignatureAlgorithm::Sm2Sm3,
            Self::KeyOnly(oid::RSA) => SignatureAlgorithm::RsaPkcs1(digest),
            Self::KeyOnly(_) => SignatureAlgorithm::Ecdsa(digest),
        };
        if algorithm.digest() == Some(digest) {
            Ok(algorithm)
        } else {
            Err(SignatureError::Algorithm { key: key.algorithm_name(), algorithm }.into())
        }
    }
}

fn read_attributes(info: &mut Reader<'_>, number: u8) -> Result<Option<Attributes>, Error> {
    match info.optional(Tag::explicit(number))? {
        Some(tlv) => Attributes::read(tlv.value, tlv.content_at()).map(Some),
        None => Ok(None),
    }
}
