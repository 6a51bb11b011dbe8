//! Seal signatures: what one use of a seal on one document leaves behind.

use yinxin_pki::{Certificate, Digest, Error, Oid, SigningCertificate, Time, ToSign};

use super::{Deviation, Extension, Reading, Seal, decode, encode};
use crate::SealError;

/// Seal signature (电子签章值, SES_Signature): a seal, a digest of the document, the signer's
/// signature over both.
///
/// Source: GB/T 38540-2020 §7; GM/T 0031-2014 §6.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealSignature {
    pub(super) der: Vec<u8>,
    /// TBS_Sign as received.
    pub(super) tbs: Vec<u8>,
    pub(super) stated_version: u64,
    pub(super) seal: Seal,
    pub(super) time: SignedTime,
    pub(super) data_hash: Vec<u8>,
    pub(super) property: String,
    pub(super) extensions: Vec<Extension>,
    pub(super) certificate: Vec<u8>,
    pub(super) algorithm: Oid,
    pub(super) signature: Vec<u8>,
    pub(super) timestamp: Option<Vec<u8>>,
    pub(super) deviations: Vec<Deviation>,
}

/// What a seal signature says about its time.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SignedTime {
    /// The signer's own word.
    Declared(Time),
    /// A timestamp token, DER; only v1 puts it here.
    Token(Vec<u8>),
}

impl SealSignature {
    /// Reads a seal signature; nothing may follow it.
    ///
    /// # Errors
    ///
    /// [`SealError`]: whoever sealed mends it.
    pub fn from_der(der: &[u8]) -> Result<Self, SealError> {
        decode::signature_file(der, Reading::Strict)
    }

    /// Reads a seal signature as [`from_der`](Self::from_der) does, but bears with what
    /// `reading` allows.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der).
    pub fn from_der_with(der: &[u8], reading: Reading) -> Result<Self, SealError> {
        decode::signature_file(der, reading)
    }

    /// The octets as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The octets the signer signed, as received.
    #[must_use]
    pub fn signed_bytes(&self) -> &[u8] {
        &self.tbs
    }

    /// The version TBS_Sign states; it has to be the seal's.
    #[must_use]
    pub const fn stated_version(&self) -> u64 {
        self.stated_version
    }

    /// The seal inside.
    #[must_use]
    pub const fn seal(&self) -> &Seal {
        &self.seal
    }

    /// What it says about its time.
    #[must_use]
    pub const fn time(&self) -> &SignedTime {
        &self.time
    }

    /// The digest of the protected document, as written.
    #[must_use]
    pub fn data_hash(&self) -> &[u8] {
        &self.data_hash
    }

    /// What of the document is protected (`propertyInfo`): a path in a package, or a byte range.
    #[must_use]
    pub fn property(&self) -> &str {
        &self.property
    }

    /// Extensions as read.
    #[must_use]
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The signer's certificate (签章人证书), DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// The signer's certificate, parsed and not trusted.
    ///
    /// # Errors
    ///
    /// [`Error`] when the bytes are no certificate.
    pub fn certificate(&self) -> Result<Certificate, Error> {
        Certificate::from_der(&self.certificate)
    }

    /// By what algorithm the signer signed.
    #[must_use]
    pub const fn algorithm(&self) -> &Oid {
        &self.algorithm
    }

    /// The signature value: what a timestamp is taken over.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// A timestamp token over the signature value, DER.
    #[must_use]
    pub fn timestamp_token(&self) -> Option<&[u8]> {
        self.timestamp.as_deref()
    }

    /// In what it departs from the standard, the seal's own departures not counted.
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }
}

/// One use of a seal, before it is signed.
///
/// ```
/// use yinxin_pki::{DigestAlgorithm, SigningCertificate, Time};
/// use yinxin_seal::SealError;
/// use yinxin_seal::es::{Seal, SealSignature, SignatureDraft};
///
/// fn use_seal(
///     seal: Seal,
///     signer: &SigningCertificate,
///     document: &[u8],
///     now: Time,
///     key: impl Fn(&[u8]) -> Vec<u8>, // a phone, a token, a service
/// ) -> Result<SealSignature, SealError> {
///     let digest = DigestAlgorithm::Sm3.digest(document);
///     let making = SignatureDraft::new(seal, digest, "contract.txt", now).prepare(signer)?;
///     let answer = key(making.to_sign().digest());
///     making.finish(&answer) // checked against the certificate before anything is made of it
/// }
/// ```
#[derive(Clone, Debug)]
pub struct SignatureDraft {
    seal: Seal,
    data_hash: Digest,
    property: String,
    time: Time,
    extensions: Vec<Extension>,
}

impl SignatureDraft {
    /// Of `seal`, over a document of digest `data_hash`, at `time`; `property` says what of the
    /// document that is.
    #[must_use]
    pub fn new(seal: Seal, data_hash: Digest, property: impl Into<String>, time: Time) -> Self {
        Self { seal, data_hash, property: property.into(), time, extensions: Vec::new() }
    }

    /// Adds an extension to what is signed.
    #[must_use]
    pub fn extension(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    /// Fixes what is to be signed by `signer`.
    ///
    /// # Errors
    ///
    /// [`SealError::SignerNotListed`] when the certificate is not in the seal's list (GM/T 0031-2014
    /// §6.2.2 c), [`SealError::OutsideWindow`], [`SealError::SealVersion`] for a v1 seal, which is
    /// read and not used any more.
    pub fn prepare(self, signer: &SigningCertificate) -> Result<SignatureMaking, SealError> {
        if self.seal.version == super::Version::V1 {
            return Err(SealError::SealVersion { found: self.seal.header_version, at: 0 });
        }
        if !self.seal.lists(signer.as_der()).unwrap_or(false) {
            return Err(SealError::SignerNotListed);
        }
        let (from, until) = self.seal.window();
        if self.time < from || self.time > until {
            return Err(SealError::OutsideWindow { at: self.time, from, until });
        }
        if !self.property.is_ascii() {
            return Err(SealError::Field { what: "propertyInfo" });
        }
        let hash = self.data_hash.as_ref();
        let tbs = encode::tbs(&self.seal, self.time, hash, &self.property, &self.extensions);
        let to_sign = ToSign::message(signer.public_key(), &tbs)?;
        Ok(SignatureMaking { draft: self, certificate: signer.as_der().to_vec(), tbs, to_sign })
    }
}

/// A seal signature waiting for its value.
#[derive(Clone, Debug)]
pub struct SignatureMaking {
    draft: SignatureDraft,
    certificate: Vec<u8>,
    tbs: Vec<u8>,
    to_sign: ToSign,
}

impl SignatureMaking {
    /// What goes to the key.
    #[must_use]
    pub const fn to_sign(&self) -> &ToSign {
        &self.to_sign
    }

    /// The digest of the protected document (dataHash), for a phone that builds the same structure
    /// by itself.
    #[must_use]
    pub const fn data_hash(&self) -> &Digest {
        &self.draft.data_hash
    }

    /// What of the document that is (propertyInfo).
    #[must_use]
    pub fn property(&self) -> &str {
        &self.draft.property
    }

    /// How many bytes the finished structure has at most, without a timestamp: for formats that
    /// leave room before signing.
    #[must_use]
    pub fn max_len(&self) -> usize {
        // SEQUENCE header, certificate's header, OID, BIT STRING of SEQUENCE of two integers.
        self.tbs.len() + self.certificate.len() + 8 + 8 + 12 + 80
    }

    /// Takes the key's answer and checks it against the certificate before anything is made.
    ///
    /// # Errors
    ///
    /// [`SealError::Signature`]: another key's answer, or to another question.
    pub fn finish(self, answer: &[u8]) -> Result<SealSignature, SealError> {
        let value = self.to_sign.finish(answer)?.into_vec();
        let algorithm = self.to_sign.algorithm().oid();
        let Self { draft, certificate, tbs, .. } = self;
        let der = encode::signature(&tbs, &certificate, &algorithm, &value, None);
        Ok(SealSignature {
            der,
            tbs,
            stated_version: draft.seal.version().number(),
            seal: draft.seal,
            time: SignedTime::Declared(draft.time),
            data_hash: draft.data_hash.as_ref().to_vec(),
            property: draft.property,
            extensions: draft.extensions,
            certificate,
            algorithm,
            signature: value,
            timestamp: None,
            deviations: Vec::new(),
        })
    }
}
