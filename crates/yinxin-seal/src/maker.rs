//! Making seals (制章): from a draft to a seal signed by the seal maker.

use yinxin_pki::{Certificate, DigestAlgorithm, SigningCertificate, Time, ToSign};

use crate::SealError;
use crate::es::{self, CertificateDigest, Extension, Holders, Picture, Seal, Version};

/// A seal before the seal maker (制章人) signs it.
///
/// ```
/// use yinxin_pki::{SigningCertificate, Time};
/// use yinxin_seal::SealError;
/// use yinxin_seal::es::{Picture, Seal};
/// use yinxin_seal::maker::SealDraft;
/// use yinxin_seal::placement::Millimetres;
///
/// fn make(
///     png: Vec<u8>,
///     holder: SigningCertificate,
///     maker: &SigningCertificate,
///     now: Time,
///     key: impl Fn(&[u8]) -> Vec<u8>,
/// ) -> Result<Seal, SealError> {
///     let size = Millimetres::whole(40);
///     let picture = Picture { kind: "PNG".into(), data: png, width: size, height: size };
///     let until = holder.validity().not_after;
///     let draft = SealDraft::new("37030000001721", "甲公司", picture, vec![holder], now, until);
///     let making = draft.make(maker)?;
///     let answer = key(making.to_sign().digest());
///     making.finish(&answer)
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SealDraft {
    /// Version of the structure: 4, or 5 on request.
    pub version: Version,
    /// The vendor's identifier, ASCII.
    pub vendor: String,
    /// The seal's id, ASCII: 14 digits for filed seals.
    pub id: String,
    /// The seal's type, as the business numbers them.
    pub kind: u64,
    /// The seal's name.
    pub name: String,
    /// Whose certificates may use it.
    pub holders: Vec<SigningCertificate>,
    /// Whether the list has whole certificates or their digests.
    pub list: ListForm,
    /// When it is made.
    pub created: Time,
    /// First second it may be used.
    pub from: Time,
    /// Last second it may be used.
    pub until: Time,
    /// How it looks.
    pub picture: Picture,
    /// Extensions.
    pub extensions: Vec<Extension>,
    /// How they are tagged.
    pub extension_tag: ExtensionTag,
    /// Which ids are taken.
    pub id_policy: IdPolicy,
}

/// How a seal's extensions are tagged: the standard prints `[0] EXPLICIT`, seals in use and the
/// programs that read them have none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExtensionTag {
    /// `[0] EXPLICIT`, as the standard prints it.
    Explicit,
    /// None, as peers write it.
    #[default]
    Untagged,
}

/// Which seal ids a maker takes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum IdPolicy {
    /// Any in ASCII: seals in use have 14 digits, 32 hex digits, or words.
    #[default]
    Any,
    /// Those of seals filed with the police: 14 digits.
    Filed,
}

impl IdPolicy {
    fn takes(self, id: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Filed => id.len() == 14 && id.bytes().all(|octet| octet.is_ascii_digit()),
        }
    }
}

/// How a seal names its holders.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum ListForm {
    /// By whole certificates, as nearly all seals in use do.
    #[default]
    Certificates,
    /// By SM3 digests of the certificates.
    Digests,
}

impl SealDraft {
    /// A version 4 seal, usable from `created` until `until`.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        picture: Picture,
        holders: Vec<SigningCertificate>,
        created: Time,
        until: Time,
    ) -> Self {
        Self {
            version: Version::V4,
            vendor: "YINXIN".into(),
            id: id.into(),
            kind: 1,
            name: name.into(),
            holders,
            list: ListForm::Certificates,
            created,
            from: created,
            until,
            picture,
            extensions: Vec::new(),
            extension_tag: ExtensionTag::default(),
            id_policy: IdPolicy::default(),
        }
    }

    /// Fixes what the seal maker is to sign.
    ///
    /// # Errors
    ///
    /// [`SealError::Window`], [`SealError::NoHolder`], [`SealError::Field`], and
    /// [`SealError::SealVersion`] for version 1, which is not made any more.
    pub fn make(self, maker: &SigningCertificate) -> Result<SealMaking, SealError> {
        if self.version == Version::V1 {
            return Err(SealError::SealVersion { found: 1, at: 0 });
        }
        if self.until < self.from {
            return Err(SealError::Window { from: self.from, until: self.until });
        }
        if self.holders.is_empty() {
            return Err(SealError::NoHolder);
        }
        let ascii =
            |text: &str| !text.is_empty() && text.bytes().all(|o| (0x20..0x7f).contains(&o));
        let fields = [
            ("esID", ascii(&self.id) && self.id_policy.takes(&self.id)),
            ("Vid", ascii(&self.vendor)),
            ("name", !self.name.trim().is_empty()),
            ("picture type", ascii(&self.picture.kind)),
            ("picture data", !self.picture.data.is_empty()),
            ("picture size", self.picture.has_size()),
        ];
        if let Some((what, _)) = fields.iter().find(|(_, sound)| !sound) {
            return Err(SealError::Field { what });
        }
        let certificates = self.holders.iter().map(|holder| holder.as_der());
        let holders = match self.list {
            ListForm::Certificates => {
                Holders::Certificates(certificates.map(<[u8]>::to_vec).collect())
            }
            ListForm::Digests => Holders::Digests(
                certificates
                    .map(|der| CertificateDigest {
                        name: "1.2.156.10197.1.401".into(),
                        value: DigestAlgorithm::Sm3.digest(der).as_ref().to_vec(),
                    })
                    .collect(),
            ),
        };
        let info = es::seal_info(&self, &holders);
        let to_sign = ToSign::message(maker.public_key(), &info)?;
        Ok(SealMaking { info, maker: maker.certificate().clone(), to_sign })
    }
}

/// A seal waiting for the seal maker's signature.
#[derive(Clone, Debug)]
pub struct SealMaking {
    info: Vec<u8>,
    maker: Certificate,
    to_sign: ToSign,
}

impl SealMaking {
    /// What goes to the seal maker's key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        &self.to_sign
    }

    /// Takes the key's answer, checks it, and reads the seal back before it is given out.
    ///
    /// # Errors
    ///
    /// [`SealError::Signature`]: another key's answer, or to another question.
    pub fn finish(self, answer: &[u8]) -> Result<Seal, SealError> {
        let value = self.to_sign.finish(answer)?;
        let algorithm = self.to_sign.algorithm().oid();
        let der = es::seal_der(&self.info, self.maker.as_der(), &algorithm, value.as_ref(), None);
        Seal::from_der(&der)
    }
}
