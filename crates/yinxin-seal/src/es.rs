//! The structures of an electronic seal and of a seal signature, three versions behind one type.
//!
//! ```text
//! SESeal        ::= SEQUENCE { eSealInfo, cert OCTET STRING, signAlgID OID, signedValue BIT STRING,
//!                              timeStamp [0] EXPLICIT BIT STRING OPTIONAL }           -- v5 only
//! SES_SealInfo  ::= SEQUENCE { header, esID, property, picture, extDatas OPTIONAL }
//! SES_Signature ::= SEQUENCE { toSign TBS_Sign, cert OCTET STRING, signatureAlgID OID,
//!                              signature BIT STRING, timeStamp [0] EXPLICIT BIT STRING OPTIONAL }
//! TBS_Sign      ::= SEQUENCE { version, eseal SESeal, timeInfo, dataHash BIT STRING,
//!                              propertyInfo, extDatas [0] EXPLICIT OPTIONAL }
//! ```
//!
//! | Version | Standard | Made here | Read here |
//! |---|---|---|---|
//! | v1 | GM/T 0031-2014 | no | yes |
//! | v4 | GB/T 38540-2020 | yes, by default | yes |
//! | v5 | GM/T 0031-2025 | on request | yes |
//!
//! What was read is kept as it came: signatures are verified over those bytes and never over a
//! new encoding. Where a vendor's file departs from the standard and its meaning stays certain, the
//! departure is a named [`Deviation`].

use yinxin_pki::{Certificate, DigestAlgorithm, Error, Oid, Time};

use crate::SealError;
use crate::placement::{Millimetres, Size};

mod decode;
mod element;
mod encode;
mod moment;
mod signature;
mod value;
mod verify;

pub(crate) use encode::{seal as seal_der, seal_info};

#[cfg(feature = "ofd")]
pub(crate) use moment::read_free as read_moment;
pub use signature::{SealSignature, SignatureDraft, SignatureMaking, SignedTime};
pub(crate) use value::verify_value;
pub use verify::Judged;
#[cfg(feature = "pdf")]
pub(crate) use verify::check_declared;

/// Version of the structures.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Version {
    /// GM/T 0031-2014.
    V1,
    /// GB/T 38540-2020.
    V4,
    /// GM/T 0031-2025.
    V5,
}

impl Version {
    /// The number in headers.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::V1 => 1,
            Self::V4 => 4,
            Self::V5 => 5,
        }
    }
}

/// Whether bytes behind the structure are borne with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reading {
    /// Nothing may follow.
    #[default]
    Strict,
    /// What follows is passed over and its length reported (trap T18).
    TrailingBytes,
}

/// Electronic seal (电子印章): who may use it, how it looks, and the seal maker's signature.
///
/// As read, nothing in it is believed yet; [`SealSignature::verify`] and [`Seal::verify`] judge it.
///
/// Source: GB/T 38540-2020 §6; GM/T 0031-2014 §5.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seal {
    der: Vec<u8>,
    version: Version,
    header_version: u64,
    vendor: String,
    id: String,
    kind: u64,
    name: String,
    holders: Holders,
    created: Time,
    from: Time,
    until: Time,
    picture: Picture,
    extensions: Vec<Extension>,
    /// SES_SealInfo as received.
    info: Vec<u8>,
    maker: Vec<u8>,
    algorithm: Oid,
    signature: Vec<u8>,
    timestamp: Option<Vec<u8>>,
    deviations: Vec<Deviation>,
}

impl Seal {
    /// Largest seal read: its picture is a scan at most, of some hundred KiB.
    pub const MAX_LEN: usize = 16 << 20;

    /// Reads a seal; nothing may follow it.
    ///
    /// # Errors
    ///
    /// [`SealError::UnknownStructure`], [`SealError::SealVersion`], [`SealError::Form`]: whoever
    /// made the seal mends it.
    pub fn from_der(der: &[u8]) -> Result<Self, SealError> {
        decode::seal_file(der, Reading::Strict)
    }

    /// Reads a seal as [`from_der`](Self::from_der) does, but bears with bytes behind it.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der).
    pub fn from_der_with(der: &[u8], reading: Reading) -> Result<Self, SealError> {
        decode::seal_file(der, reading)
    }

    /// The octets as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Version of the structure.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// The version number its header states; v1 seals state 1 or 11.
    #[must_use]
    pub const fn header_version(&self) -> u64 {
        self.header_version
    }

    /// The vendor's identifier (`Vid`).
    #[must_use]
    pub fn vendor(&self) -> &str {
        &self.vendor
    }

    /// The seal's id (`esID`, 印章标识): 14 digits for filed seals, anything elsewhere.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The seal's type; in v1 1 unit, 2 personal; later the business defines it.
    #[must_use]
    pub const fn kind(&self) -> u64 {
        self.kind
    }

    /// The seal's name (印章名称).
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose certificates may use it.
    #[must_use]
    pub const fn holders(&self) -> &Holders {
        &self.holders
    }

    /// When it was made.
    #[must_use]
    pub const fn created(&self) -> Time {
        self.created
    }

    /// First and last second it may be used.
    #[must_use]
    pub const fn window(&self) -> (Time, Time) {
        (self.from, self.until)
    }

    /// Width and height of its picture on paper.
    #[must_use]
    pub const fn size(&self) -> Size {
        Size { width: self.picture.width, height: self.picture.height }
    }

    /// How it looks.
    #[must_use]
    pub const fn picture(&self) -> &Picture {
        &self.picture
    }

    /// Extensions as read.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The seal maker's certificate (制章人证书), DER.
    #[must_use]
    pub fn maker_der(&self) -> &[u8] {
        &self.maker
    }

    /// The seal maker's certificate, parsed and not trusted.
    ///
    /// # Errors
    ///
    /// [`Error`] when the bytes are no certificate.
    pub fn maker(&self) -> Result<Certificate, Error> {
        Certificate::from_der(&self.maker)
    }

    /// The seal maker's signature value.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// By what algorithm the maker signed.
    #[must_use]
    pub const fn algorithm(&self) -> &Oid {
        &self.algorithm
    }

    /// A timestamp token over the maker's signature value (v5), DER.
    #[must_use]
    pub fn timestamp_token(&self) -> Option<&[u8]> {
        self.timestamp.as_deref()
    }

    /// In what it departs from the standard.
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// The octets the maker signed: SES_SealInfo (v4, v5), or SEQUENCE { SES_SealInfo, cert, OID }
    /// (v1).
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        match self.version {
            Version::V1 => self.signed_as_v1(),
            Version::V4 | Version::V5 => self.info.clone(),
        }
    }

    /// The octets a maker signs who follows the other version's rule (trap T1).
    fn other_signed_bytes(&self) -> Vec<u8> {
        match self.version {
            Version::V1 => self.info.clone(),
            Version::V4 | Version::V5 => self.signed_as_v1(),
        }
    }

    /// Whether `certificate` is in the seal's list, compared octet by octet or by its digest.
    ///
    /// # Errors
    ///
    /// [`UnknownDigest`] when the list holds digests of an algorithm that is not known: then
    /// nobody is in it.
    pub fn lists(&self, certificate: &[u8]) -> Result<bool, UnknownDigest> {
        self.holders.contains(certificate)
    }
}

/// Who may use a seal (`certList`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Holders {
    /// Whole certificates, DER.
    Certificates(Vec<Vec<u8>>),
    /// Digests of certificates.
    Digests(Vec<CertificateDigest>),
}

impl Holders {
    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Certificates(list) => list.len(),
            Self::Digests(list) => list.len(),
        }
    }

    /// Whether nobody may.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn contains(&self, certificate: &[u8]) -> Result<bool, UnknownDigest> {
        let digests = match self {
            Self::Certificates(list) => return Ok(list.iter().any(|der| der == certificate)),
            Self::Digests(list) => list,
        };
        let mut unknown = None;
        for entry in digests {
            match entry.algorithm() {
                Some(algorithm) if algorithm.digest(certificate).as_ref() == entry.value => {
                    return Ok(true);
                }
                Some(_) => {}
                None => unknown = Some(UnknownDigest { found: entry.name.clone() }),
            }
        }
        unknown.map_or(Ok(false), Err)
    }
}

/// A digest of a certificate in a seal's list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateDigest {
    /// The algorithm as written: a name or an object identifier.
    pub name: String,
    /// The value.
    pub value: Vec<u8>,
}

impl CertificateDigest {
    /// The algorithm, for the names that are in use.
    #[must_use]
    pub fn algorithm(&self) -> Option<DigestAlgorithm> {
        match self.name.to_ascii_uppercase().as_str() {
            "SM3" | "1.2.156.10197.1.401" => Some(DigestAlgorithm::Sm3),
            "SHA256" | "SHA-256" | "2.16.840.1.101.3.4.2.1" => Some(DigestAlgorithm::Sha256),
            _ => None,
        }
    }
}

/// A seal's list names certificates by a digest that is not known: nobody can be found in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownDigest {
    /// The name as written.
    pub found: String,
}

/// How a seal looks (印章图像): a picture file and its size on paper.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Picture {
    /// Kind of the file, as written: `PNG`, `JPG`, `GIF`, `BMP`, `SVG`, `OFD`.
    pub kind: String,
    /// The file.
    pub data: Vec<u8>,
    /// Width.
    pub width: Millimetres,
    /// Height.
    pub height: Millimetres,
}

impl Picture {
    /// Whether its sides are 1 mm to 1 m, which is what the structure can hold.
    pub(crate) fn has_size(&self) -> bool {
        let fits = |side: Millimetres| (1_000..=1_000_000).contains(&side.micrometres());
        fits(self.width) && fits(self.height)
    }
}

/// An extension of a seal or a seal signature (`ExtData`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Extension {
    /// What it is.
    pub id: Oid,
    /// Whether a reader that does not know it must refuse.
    pub critical: bool,
    /// Its value.
    pub value: Vec<u8>,
}

/// In what a structure departs from its standard while its meaning stays certain (方言).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Deviation {
    /// The algorithm is named by the key's identifier, 1.2.156.10197.1.301 or .301.1.
    AlgorithmIdentifier,
    /// `extDatas` under a tag where peers write none, or none where `[0]` is due (T4).
    ExtensionsTag,
    /// The header's version number is not the one its structure has.
    HeaderVersion,
    /// Not DER: lengths or integers longer than needed, or other booleans (T2).
    NotDer,
    /// The signature value is raw r‖s (T3).
    RawSignature,
    /// A string of another type.
    StringType,
    /// A time of another form or type (T5, T6, T9).
    TimeForm,
    /// Bytes follow the structure (T18).
    TrailingBytes {
        /// How many.
        count: usize,
    },
}

impl Deviation {
    /// The stable name, `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AlgorithmIdentifier => "algorithm_identifier",
            Self::ExtensionsTag => "extensions_tag",
            Self::HeaderVersion => "header_version",
            Self::NotDer => "not_der",
            Self::RawSignature => "raw_signature",
            Self::StringType => "string_type",
            Self::TimeForm => "time_form",
            Self::TrailingBytes { .. } => "trailing_bytes",
        }
    }
}
