//! X.509 certificates (数字证书), parsed and not trusted.
//!
//! ```text
//! Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }
//! tbsCertificate: [0] version, serialNumber, signature, issuer, validity, subject,
//!                 subjectPublicKeyInfo, [1] [2] unique ids, [3] extensions   -- RFC 5280 §4.1
//! ```
//!
//! Trust is [`crate::chain`]'s affair; who the holder is, [`holder`]'s.

use alloc::vec::Vec;
use core::fmt;

use crate::der::{Reader, Tag};
use crate::{
    Curve, Digest, DigestAlgorithm, Error, Oddity, PublicKey, SignatureAlgorithm, SignatureError,
    Validity, limits, pem,
};

mod dual;
mod extension;
pub mod holder;
mod name;
mod request;

pub use dual::{DualCertificate, DualError};
pub use extension::{
    BasicConstraints, Extension, Extensions, GeneralName, KeyUsage, NameConstraints,
    PolicyConstraints,
};
pub use holder::Holder;
pub use name::{Name, NameBuilder};
pub use request::{CertificateRequest, RequestDraft, RequestError, RequestSigning};

/// A certificate (数字证书) as read: nothing in it is believed yet.
#[derive(Clone, Eq, PartialEq)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: core::ops::Range<usize>,
    version: u64,
    serial: SerialNumber,
    algorithm: SignatureAlgorithm,
    issuer: Name,
    validity: Validity,
    subject: Name,
    key: PublicKey,
    extensions: Extensions,
    signature: Vec<u8>,
    oddities: Vec<Oddity>,
}

impl Certificate {
    /// Reads one certificate.
    ///
    /// # Errors
    ///
    /// [`Error`]: malformed, over 64 KiB, or with a key of an unknown algorithm. Whoever sent it
    /// has to send a sound one.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > limits::CERTIFICATE {
            return Err(Error::Limit { at: 0, what: "certificate in bytes", limit: 65_536 });
        }
        let mut outer = Reader::new(der);
        let mut certificate = outer.sequence()?;
        outer.finish()?;
        let tbs = certificate.expect(Tag::SEQUENCE)?;
        let at = certificate.position();
        let (algorithm, oddity) = SignatureAlgorithm::read(&mut certificate)?;
        let outer_algorithm = der.get(at..certificate.position()).unwrap_or(&[]);
        let signature = certificate.bit_string()?.to_vec();
        certificate.finish()?;
        let mut oddities: Vec<_> = oddity.into_iter().collect();

        let mut fields = Reader::at(tbs.raw, tbs.at).sequence()?;
        let version = read_version(&mut fields)?;
        let serial = SerialNumber(fields.integer()?.to_vec());
        let at = fields.position();
        SignatureAlgorithm::read(&mut fields)?;
        // RFC 5280 §4.1.1.2: the two must be the same, or the unsigned one could be exchanged.
        if der.get(at..fields.position()) != Some(outer_algorithm) {
            return Err(Error::Malformed { at, expected: "the same signature algorithm twice" });
        }
        let issuer = Name::read(&mut fields)?;
        let validity = read_validity(&mut fields)?;
        let subject = Name::read(&mut fields)?;
        let (key, key_oddities) = PublicKey::read_spki(&mut fields)?;
        oddities.extend(key_oddities);
        for number in [1, 2] {
            if fields.optional(Tag::implicit(number))?.is_some() && version < 2 {
                let at = fields.position();
                return Err(Error::Malformed { at, expected: "no unique ids in version 1" });
            }
        }
        let extensions = match fields.optional_explicit(3)? {
            Some(mut list) => {
                let extensions = Extensions::read(&mut list)?;
                list.finish()?;
                extensions
            }
            None => Extensions::default(),
        };
        fields.finish()?;
        let tbs = tbs.at..tbs.at + tbs.raw.len();
        let der = der.to_vec();
        Ok(Self {
            der,
            tbs,
            version,
            serial,
            algorithm,
            issuer,
            validity,
            subject,
            key,
            extensions,
            signature,
            oddities,
        })
    }

    /// Reads all certificates of a PEM file, or the one of a DER file.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der), and for armour that breaks.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Self>, Error> {
        if !pem::is_pem(bytes) {
            return Ok(alloc::vec![Self::from_der(bytes)?]);
        }
        pem::decode(bytes)?
            .iter()
            .filter(|block| {
                matches!(block.label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE")
            })
            .map(|block| Self::from_der(&block.der))
            .collect()
    }

    /// Checks this certificate's signature under an issuer's key; nothing else of it.
    ///
    /// # Errors
    ///
    /// [`SignatureError`].
    pub fn verify_signature(&self, issuer: &PublicKey) -> Result<(), SignatureError> {
        issuer.verify(self.algorithm, self.tbs(), &self.signature)
    }

    /// The octets as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The signed octets.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or(&[])
    }

    /// Version: 1, 2 or 3.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version + 1
    }

    /// Serial number (证书序列号).
    #[must_use]
    pub const fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// By what algorithm it is signed.
    #[must_use]
    pub const fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Who issued it.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// From when until when.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// Whose it is.
    #[must_use]
    pub const fn subject(&self) -> &Name {
        &self.subject
    }

    /// The certified key.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The extensions as read.
    #[must_use]
    pub const fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The subject key identifier, if the certificate carries one.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.extensions.subject_key_identifier.as_deref()
    }

    /// In what it deviates from the standards.
    #[must_use]
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// A digest of the whole certificate.
    #[must_use]
    pub fn thumbprint(&self, algorithm: DigestAlgorithm) -> Digest {
        algorithm.digest(&self.der)
    }

    /// Whether subject and issuer are the same name.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject.matches(&self.issuer)
    }

    /// Unit or person, out of the habits of the CAs.
    #[must_use]
    pub fn holder(&self) -> Holder {
        Holder::of(self)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject, self.serial)
    }
}

fn read_version(fields: &mut Reader<'_>) -> Result<u64, Error> {
    let at = fields.position();
    let Some(mut explicit) = fields.optional_explicit(0)? else { return Ok(0) };
    let version = explicit.uint()?;
    explicit.finish()?;
    if matches!(version, 1 | 2) {
        Ok(version)
    } else {
        Err(Error::Version { at, what: "Certificate", found: version })
    }
}

fn read_validity(fields: &mut Reader<'_>) -> Result<Validity, Error> {
    let mut validity = fields.sequence()?;
    let (not_before, not_after) = (validity.time()?, validity.time()?);
    validity.finish()?;
    Ok(Validity { not_before, not_after })
}

/// Serial number (证书序列号): up to 20 octets by the standard, more are read.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SerialNumber(pub(crate) Vec<u8>);

impl SerialNumber {
    /// From content octets of an INTEGER.
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }

    /// Content octets of the INTEGER, two's complement.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

/// Why a certificate is not of the kind a type stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KindError {
    /// Its key is not SM2 or P-256.
    Key {
        /// The key's name.
        found: &'static str,
    },
    /// Its key usage does not allow it.
    Usage,
}

impl crate::Explain for KindError {
    fn code(&self) -> &'static str {
        "purpose"
    }

    fn mended_by(&self) -> crate::Party {
        crate::Party::Holder
    }

    fn facts(&self) -> Vec<crate::Fact> {
        match self {
            Self::Key { found } => alloc::vec![crate::Fact::text("found", *found)],
            Self::Usage => alloc::vec![],
        }
    }
}

impl fmt::Display for KindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { found } => write!(f, "an SM2 or P-256 key is needed, this one is {found}"),
            Self::Usage => f.write_str("the certificate's key usage does not allow this purpose"),
        }
    }
}

impl core::error::Error for KindError {}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, PartialEq)]
        pub struct $name(Certificate);

        impl $name {
            /// Takes a certificate whose key and key usage fit.
            ///
            /// # Errors
            ///
            /// [`KindError`]: choose the other certificate of the pair.
            pub fn new(certificate: Certificate) -> Result<Self, KindError> {
                if certificate.key.curve().is_none() {
                    return Err(KindError::Key { found: certificate.key.algorithm_name() });
                }
                match certificate.extensions.key_usage {
                    Some(usage) if !usage.any_of($allowed) => Err(KindError::Usage),
                    _ => Ok(Self(certificate)),
                }
            }

            /// The certificate.
            #[must_use]
            pub const fn certificate(&self) -> &Certificate {
                &self.0
            }

            /// The curve of its key.
            #[must_use]
            pub fn curve(&self) -> Curve {
                self.0.key.curve().unwrap_or(Curve::Sm2)
            }

            /// Gives the certificate back.
            #[must_use]
            pub fn into_certificate(self) -> Certificate {
                self.0
            }
        }

        impl core::ops::Deref for $name {
            type Target = Certificate;

            fn deref(&self) -> &Certificate {
                &self.0
            }
        }
    };
}

kind!(
    /// Signing certificate (签名证书; GM/T 0015): its key signs.
    SigningCertificate,
    KeyUsage::DIGITAL_SIGNATURE.or(KeyUsage::NON_REPUDIATION)
);
kind!(
    /// Encryption certificate (加密证书; GM/T 0015): messages are encrypted to its key.
    EncryptionCertificate,
    KeyUsage::KEY_ENCIPHERMENT.or(KeyUsage::DATA_ENCIPHERMENT).or(KeyUsage::KEY_AGREEMENT)
);
