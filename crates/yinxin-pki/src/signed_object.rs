//! Signed objects (签名对象): our own statements, each of a type of its own.
//!
//! A request, a statement, a list, a receipt are CMS SignedData (RFC 5652) over their octets, and
//! differ in the eContentType, so that none passes for another, and no message a person signs
//! passes for any. There is one encoding: exactly the DER that [`ObjectDraft`] writes.
//!
//! A reader says which type and which certificate it expects; it takes neither from the object.
//! Nothing of the content is handed out before the signature was right.

use alloc::vec::Vec;
use core::fmt;

use crate::cms::{CmsError, Format, SignDraft, SignedData, SignerInfo, Signing, assemble};
use crate::{Certificate, Explain, Fact, Oid, Party, SignatureError, Time, ToSign, oid};

/// The types of objects, by the last number of their content type under
/// 2.25.258128428175178402734700613560123930539.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ObjectType {
    /// 4: evidence of a failure.
    Evidence,
    /// 5: a hub's word on the time.
    HubTime,
    /// 6: a file prepared for sealing.
    Prepared,
    /// 7: a receipt.
    Receipt,
    /// 1: what a platform asks.
    Request,
    /// 9: a placed seal taken back.
    SealRevocation,
    /// 8: states of electronic seals.
    SealStatusList,
    /// 2: what a holder states.
    Statement,
    /// 3: list of trusted platforms.
    TrustList,
}

impl ObjectType {
    /// The content type.
    #[must_use]
    pub const fn oid(self) -> Oid {
        match self {
            Self::Evidence => oid::EVIDENCE,
            Self::HubTime => oid::HUB_TIME,
            Self::Prepared => oid::PREPARED_MESSAGE,
            Self::Receipt => oid::RECEIPT,
            Self::Request => oid::PLATFORM_REQUEST,
            Self::SealRevocation => oid::SEAL_REVOCATION,
            Self::SealStatusList => oid::SEAL_STATUS_LIST,
            Self::Statement => oid::HOLDER_STATEMENT,
            Self::TrustList => oid::TRUST_LIST,
        }
    }

    /// Largest object in bytes, its signature with it.
    #[must_use]
    pub const fn limit(self) -> usize {
        match self {
            Self::Evidence | Self::Prepared | Self::SealRevocation => 64 << 10,
            Self::HubTime => 16 << 10,
            Self::Request => 256 << 10,
            Self::Statement => 2 << 20,
            Self::Receipt | Self::SealStatusList | Self::TrustList => 4 << 20,
        }
    }

    /// How many may sign: a trust list passes from one key to the next.
    const fn signers(self) -> usize {
        match self {
            Self::TrustList => 2,
            _ => 1,
        }
    }
}

/// An object about to be signed.
#[derive(Clone, Debug)]
pub struct ObjectDraft {
    kind: ObjectType,
    content: Vec<u8>,
    certificate: Certificate,
    carried: Vec<Certificate>,
    signing: Signing,
}

impl ObjectDraft {
    /// Prepares `content`, to be signed by the key of `certificate`. The object carries the
    /// certificates `carried`, which a reader may need to build a chain; readers who know the
    /// signer beforehand need none.
    ///
    /// # Errors
    ///
    /// [`ObjectError::TooLarge`]; [`ObjectError::Signature`] for a key other than SM2 or P-256.
    ///
    /// ```
    /// # use yinxin_pki::{Certificate, SigningKey, Time};
    /// # use yinxin_pki::signed_object::{ObjectDraft, ObjectError, ObjectType, SignedObject};
    /// # fn example(rng: &mut impl rand_core::CryptoRng, key: &SigningKey, certificate: &Certificate, now: Time) -> Result<(), Box<dyn std::error::Error>> {
    /// let content = br#"{"typ":"hub-time","at":1800000000}"#.to_vec();
    /// let draft = ObjectDraft::new(ObjectType::HubTime, content, certificate, &[], now)?;
    /// let answer = key.sign(draft.to_sign(), rng)?;
    /// let object = draft.finish(&answer)?;
    ///
    /// let read = SignedObject::from_der(&object, ObjectType::HubTime)?;
    /// let verified = read.verify(certificate)?; // the certificate we expect, not one it brings
    /// assert!(verified.content.starts_with(b"{"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(
        kind: ObjectType,
        content: Vec<u8>,
        certificate: &Certificate,
        carried: &[Certificate],
        at: Time,
    ) -> Result<Self, ObjectError> {
        if content.len() > kind.limit() {
            return Err(ObjectError::TooLarge { limit: kind.limit() });
        }
        let draft =
            SignDraft::new(Format::Rfc5652, certificate)?.content_type(kind.oid()).signing_time(at);
        let mut hasher = draft.hasher()?;
        hasher.update(&content);
        let signing = draft.prepare(hasher.finish())?;
        let (certificate, carried) = (certificate.clone(), carried.to_vec());
        Ok(Self { kind, content, certificate, carried, signing })
    }

    /// What goes to the key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        self.signing.to_sign()
    }

    /// Takes the key's answer and gives the object's DER.
    ///
    /// # Errors
    ///
    /// [`ObjectError::Signature`]: another key's answer; [`ObjectError::TooLarge`].
    pub fn finish(self, answer: &[u8]) -> Result<Vec<u8>, ObjectError> {
        let signer = self.signing.finish(answer)?;
        let der = write(self.kind, &self.content, &self.carried, &[signer])?;
        if der.len() > self.kind.limit() {
            return Err(ObjectError::TooLarge { limit: self.kind.limit() });
        }
        Ok(der)
    }

    /// By whose key it is to be signed.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

fn write(
    kind: ObjectType,
    content: &[u8],
    carried: &[Certificate],
    signers: &[SignerInfo],
) -> Result<Vec<u8>, ObjectError> {
    let length = u64::try_from(content.len()).ok();
    let carried: Vec<_> = carried.iter().collect();
    let around = assemble(Format::Rfc5652, &kind.oid(), length, &carried, signers)?;
    Ok([&around.before[..], content, &around.after].concat())
}

/// Puts the signature of a second draft over the same content beside the first one's: a trust
/// list whose signer changes is signed by both.
///
/// # Errors
///
/// [`ObjectError::Signers`] for any other type, or two objects of different content.
pub fn join(first: &[u8], second: &[u8], kind: ObjectType) -> Result<Vec<u8>, ObjectError> {
    let (one, two) = (SignedObject::from_der(first, kind)?, SignedObject::from_der(second, kind)?);
    let signers = [one.signed.signers(), two.signed.signers()].concat();
    if signers.len() > kind.signers() || one.content != two.content {
        return Err(ObjectError::Signers { found: signers.len() });
    }
    let carried = [one.carried, two.carried].concat();
    write(kind, &one.content, &carried, &signers)
}

/// An object as read: of the right type and form, not yet believed.
#[derive(Clone, Debug)]
pub struct SignedObject {
    content: Vec<u8>,
    carried: Vec<Certificate>,
    signed: SignedData,
}

impl SignedObject {
    /// Reads an object of the type that the caller expects.
    ///
    /// # Errors
    ///
    /// [`ObjectError`]: another type, another encoding than the one there is, unsigned
    /// attributes, more signers than the type has, too large.
    pub fn from_der(der: &[u8], kind: ObjectType) -> Result<Self, ObjectError> {
        if der.len() > kind.limit() {
            return Err(ObjectError::TooLarge { limit: kind.limit() });
        }
        let (signed, content) = SignedData::from_der(der)?;
        let found = *signed.content_type();
        if found != kind.oid() {
            return Err(ObjectError::Type { found });
        }
        let content = content.ok_or(ObjectError::Encoding)?;
        let count = signed.signers().len();
        if count == 0 || count > kind.signers() {
            return Err(ObjectError::Signers { found: count });
        }
        let bare = signed.signers().iter().all(|signer| signer.unsigned_attributes().is_none());
        let carried: Result<Vec<_>, _> =
            signed.certificates().iter().map(|der| Certificate::from_der(der)).collect();
        let carried = carried.map_err(CmsError::from)?;
        // What is written again is the one encoding, without anything beside.
        if !bare || write(kind, &content, &carried, signed.signers())? != der {
            return Err(ObjectError::Encoding);
        }
        Ok(Self { content, carried, signed })
    }

    /// The certificates it brings, none of them believed.
    #[must_use]
    pub fn carried(&self) -> &[Certificate] {
        &self.carried
    }

    /// The certificate it brings for its own signer: for objects of holders, whose chain is then
    /// judged. Not believed.
    #[must_use]
    pub fn named(&self) -> Option<&Certificate> {
        let signer = self.signed.signers().first()?;
        self.carried.iter().find(|certificate| signer.is_named(certificate))
    }

    /// Gives the content, once a signature under `certificate` was right. Whether that
    /// certificate may speak, the caller knows.
    ///
    /// # Errors
    ///
    /// [`ObjectError::Cms`]: the signature is not this certificate's, or does not name it, or the
    /// content was changed.
    pub fn verify(&self, certificate: &Certificate) -> Result<VerifiedObject<'_>, ObjectError> {
        let signers = self.signed.signers();
        let own = signers.iter().find(|signer| signer.is_named(certificate));
        let signer = own.ok_or(CmsError::SignerCertificate)?;
        let digests = self.signed.digests().ok_or(ObjectError::Encoding)?;
        let check = signer.verify(&self.signed, certificate, digests, None)?;
        if check.names_certificate && check.oddities.is_empty() {
            Ok(VerifiedObject { content: &self.content, signing_time: check.signing_time })
        } else {
            Err(ObjectError::NotNamed)
        }
    }
}

/// What a believed object says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VerifiedObject<'a> {
    /// Its octets.
    pub content: &'a [u8],
    /// When the signer says it signed: a claim.
    pub signing_time: Option<Time>,
}

/// Why an object is not believed or not made.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ObjectError {
    /// The message or its signature is wrong.
    Cms(CmsError),
    /// Not the one encoding there is: indefinite or long lengths, unsigned attributes, octets
    /// beside it.
    Encoding,
    /// The signature does not name its certificate, so that another could be put in its place.
    NotNamed,
    /// The key's answer is wrong.
    Signature(SignatureError),
    /// Too many signers, or none.
    Signers {
        /// How many.
        found: usize,
    },
    /// Larger than its type may be.
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// An object of another type, or something else that is signed.
    Type {
        /// Its content type.
        found: Oid,
    },
}

impl From<CmsError> for ObjectError {
    fn from(error: CmsError) -> Self {
        Self::Cms(error)
    }
}

impl From<SignatureError> for ObjectError {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

impl Explain for ObjectError {
    fn code(&self) -> &'static str {
        match self {
            Self::Cms(error) => error.code(),
            Self::Encoding => "object_encoding",
            Self::NotNamed => "object_certificate_not_named",
            Self::Signature(error) => error.code(),
            Self::Signers { .. } => "object_signers",
            Self::TooLarge { .. } => "object_too_large",
            Self::Type { .. } => "object_type",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Cms(error) => error.mended_by(),
            Self::Signature(error) => error.mended_by(),
            _ => Party::Sender,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Cms(error) => error.facts(),
            Self::Signature(error) => error.facts(),
            Self::Signers { found } => {
                alloc::vec![Fact::number("found", u64::try_from(*found).unwrap_or(u64::MAX))]
            }
            Self::TooLarge { limit } => {
                alloc::vec![Fact::number("limit", u64::try_from(*limit).unwrap_or(u64::MAX))]
            }
            Self::Type { found } => alloc::vec![Fact::text("found", alloc::format!("{found}"))],
            Self::Encoding | Self::NotNamed => alloc::vec![],
        }
    }
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cms(error) => error.fmt(f),
            Self::Encoding => f.write_str("not in the one encoding that signed objects have"),
            Self::NotNamed => f.write_str("the signature does not name its certificate"),
            Self::Signature(error) => error.fmt(f),
            Self::Signers { found } => write!(f, "{found} signers where another number is due"),
            Self::TooLarge { limit } => write!(f, "larger than {limit} bytes"),
            Self::Type { found } => write!(f, "an object of another type, {found}"),
        }
    }
}

impl core::error::Error for ObjectError {}
