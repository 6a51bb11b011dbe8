//! OCSP requests and answers (RFC 6960).

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::{Status, is_current};
use crate::certificate::Name;
use crate::der::{Reader, Tag, Writer};
use crate::{
    Certificate, DigestAlgorithm, Error, Explain, Fact, Oid, Party, Purpose, SignatureAlgorithm,
    SignatureError, Time, digest, limits, oid,
};

/// The digest by which a CertID names an issuer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IdDigest {
    /// SHA-1, which most responders still want; it names and does not protect.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SM3.
    Sm3,
}

impl IdDigest {
    const fn oid(self) -> Oid {
        match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha256 => oid::SHA256,
            Self::Sm3 => oid::SM3,
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => digest::sha1(bytes).to_vec(),
            Self::Sha256 => DigestAlgorithm::Sha256.digest(bytes).as_ref().to_vec(),
            Self::Sm3 => DigestAlgorithm::Sm3.digest(bytes).as_ref().to_vec(),
        }
    }
}

/// CertID (RFC 6960 §4.1.1): issuer by two digests, certificate by serial number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateId {
    digest: Option<IdDigest>,
    name: Vec<u8>,
    key: Vec<u8>,
    serial: Vec<u8>,
    raw: Vec<u8>,
}

impl CertificateId {
    /// Names a certificate.
    #[must_use]
    pub fn new(digest: IdDigest, certificate: &Certificate, issuer: &Certificate) -> Self {
        let name = digest.digest(issuer.subject().as_der());
        let key = digest.digest(&issuer.public_key().bits());
        let serial = certificate.serial().octets().to_vec();
        let raw = Writer::build(|w| {
            w.sequence(|w| {
                w.algorithm_null(&digest.oid());
                w.octet_string(&name);
                w.octet_string(&key);
                w.tlv(Tag::INTEGER, &serial);
            });
        });
        Self { digest: Some(digest), name, key, serial, raw }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut ahead = reader.clone();
        let raw = ahead.any()?.raw.to_vec();
        let mut id = reader.sequence()?;
        let mut algorithm = id.sequence()?;
        let digest = match algorithm.oid()? {
            oid::SHA1 => Some(IdDigest::Sha1),
            oid::SHA256 => Some(IdDigest::Sha256),
            oid::SM3 => Some(IdDigest::Sm3),
            _ => None,
        };
        if !algorithm.is_empty() {
            algorithm.null()?;
        }
        algorithm.finish()?;
        let name = id.octet_string()?.to_vec();
        let key = id.octet_string()?.to_vec();
        let serial = id.integer()?.to_vec();
        id.finish()?;
        Ok(Self { digest, name, key, serial, raw })
    }

    /// Whether this names `certificate` of `issuer`.
    #[must_use]
    pub fn names(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.is_of_issuer(issuer) && self.serial == certificate.serial().octets()
    }

    /// Whether this names a certificate of `issuer`.
    #[must_use]
    pub fn is_of_issuer(&self, issuer: &Certificate) -> bool {
        let Some(digest) = self.digest else { return false };
        self.name == digest.digest(issuer.subject().as_der())
            && self.key == digest.digest(&issuer.public_key().bits())
    }

    /// The serial number's content octets.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The CertID's DER as received, to be repeated in the answer.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.raw
    }
}

/// An OCSP request for one or more certificates.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OcspRequest {
    /// Whose status is asked.
    pub ids: Vec<CertificateId>,
    /// A value to be repeated in the answer.
    pub nonce: Option<Vec<u8>>,
}

impl OcspRequest {
    /// Reads a request; a signature on it is passed over.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut outer = Reader::new(der);
        let mut request = outer.sequence()?;
        outer.finish()?;
        let mut fields = request.sequence()?;
        if let Some(mut explicit) = request.optional_explicit(0)? {
            let mut signature = explicit.sequence()?;
            explicit.finish()?;
            SignatureAlgorithm::read(&mut signature)?;
            signature.bit_string()?;
            signature.optional_explicit(0)?;
            signature.finish()?;
        }
        request.finish()?;
        fields.optional_explicit(0)?;
        fields.optional_explicit(1)?;
        let mut list = fields.sequence()?;
        let mut ids = Vec::new();
        while !list.is_empty() {
            if ids.len() >= limits::CERTIFICATES {
                let at = list.position();
                return Err(Error::Limit { at, what: "OCSP questions", limit: 256 });
            }
            let mut item = list.sequence()?;
            ids.push(CertificateId::read(&mut item)?);
            item.optional_explicit(0)?;
            item.finish()?;
        }
        let nonce = match fields.optional_explicit(2)? {
            Some(mut extensions) => read_nonce(&mut extensions)?,
            None => None,
        };
        fields.finish()?;
        Ok(Self { ids, nonce })
    }

    /// The request's DER, unsigned.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.sequence(|w| {
                        for id in &self.ids {
                            w.sequence(|w| w.raw(&id.raw));
                        }
                    });
                    if let Some(nonce) = &self.nonce {
                        w.explicit(2, |w| write_nonce(w, nonce));
                    }
                });
            });
        })
    }
}

pub(crate) fn write_nonce(writer: &mut Writer, nonce: &[u8]) {
    writer.sequence(|w| {
        w.sequence(|w| {
            w.oid(&oid::OCSP_NONCE);
            let value = Writer::build(|w| w.octet_string(nonce));
            w.octet_string(&value);
        });
    });
}

/// The nonce among extensions, none of which may be critical and unknown.
fn read_nonce(explicit: &mut Reader<'_>) -> Result<Option<Vec<u8>>, Error> {
    let mut list = explicit.sequence()?;
    let mut nonce = None;
    while !list.is_empty() {
        let mut item = list.sequence()?;
        let at = item.position();
        let oid = item.oid()?;
        let critical = if item.peek() == Some(Tag::BOOLEAN) { item.boolean()? } else { false };
        let value = item.octet_string()?;
        item.finish()?;
        if critical && oid != oid::OCSP_NONCE {
            return Err(Error::Unsupported { at, what: "critical extension", found: oid });
        }
        if oid == oid::OCSP_NONCE {
            // RFC 8954 wants an OCTET STRING; some older ones put the bare octets.
            let wrapped = Reader::new(value).octet_string().map(<[u8]>::to_vec);
            nonce = Some(wrapped.unwrap_or_else(|_| value.to_vec()));
        }
    }
    Ok(nonce)
}

/// Why an answer says nothing about a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OcspError {
    /// The bytes are not what they should be.
    Form(Error),
    /// The responder refused to answer (RFC 6960 §2.3).
    Refused {
        /// Its status number: 1 malformed, 2 internal, 3 try later, 5 sign first, 6 unauthorised.
        status: u8,
    },
    /// It is signed neither by the issuer nor by a delegate of it.
    Responder,
    /// Its signature does not verify.
    Signature(SignatureError),
    /// It speaks of other certificates.
    OtherCertificate,
    /// It is not current.
    NotCurrent,
    /// It repeats another nonce than was sent, or none.
    Nonce,
}

impl From<Error> for OcspError {
    fn from(error: Error) -> Self {
        Self::Form(error)
    }
}

impl Explain for OcspError {
    fn code(&self) -> &'static str {
        match self {
            Self::Form(error) => error.code(),
            Self::Refused { .. } => "ocsp_refused",
            Self::Responder => "ocsp_responder",
            Self::Signature(_) => "ocsp_signature",
            Self::OtherCertificate => "ocsp_other_certificate",
            Self::NotCurrent => "ocsp_not_current",
            Self::Nonce => "ocsp_nonce",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::OtherCertificate | Self::NotCurrent | Self::Nonce => Party::Operator,
            _ => Party::Authority,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Form(error) => error.facts(),
            Self::Refused { status } => vec![Fact::number("status", u64::from(*status))],
            Self::Signature(error) => error.facts(),
            _ => vec![],
        }
    }
}

impl fmt::Display for OcspError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => error.fmt(f),
            Self::Refused { status } => write!(f, "the responder refused with status {status}"),
            Self::Responder => f.write_str("the answer is signed by no delegate of the issuer"),
            Self::Signature(error) => error.fmt(f),
            Self::OtherCertificate => f.write_str("the answer is about other certificates"),
            Self::NotCurrent => f.write_str("the answer is not current; ask again"),
            Self::Nonce => f.write_str("the answer does not repeat the nonce; ask again"),
        }
    }
}

impl core::error::Error for OcspError {}

/// A basic OCSP answer as read: checked when it is asked about a certificate.
#[derive(Clone, Debug)]
pub struct OcspResponse {
    data: Vec<u8>,
    responder: Responder,
    answers: Vec<Answer>,
    nonce: Option<Vec<u8>>,
    algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    certificates: Vec<Certificate>,
}

#[derive(Clone, Debug)]
enum Responder {
    Name(Name),
    Key(Vec<u8>),
}

#[derive(Clone, Debug)]
struct Answer {
    id: CertificateId,
    status: Status,
    this_update: Time,
    next_update: Option<Time>,
}

impl OcspResponse {
    /// Reads a successful basic answer.
    ///
    /// # Errors
    ///
    /// [`OcspError::Refused`] when the responder did not answer; [`OcspError::Form`].
    pub fn from_der(der: &[u8]) -> Result<Self, OcspError> {
        if der.len() > limits::CMS_HEADER {
            return Err(Error::Limit { at: 0, what: "OCSP answer", limit: 1 << 20 }.into());
        }
        let mut outer = Reader::new(der);
        let mut response = outer.sequence()?;
        outer.finish()?;
        let status = response.enumerated()?;
        if status != 0 {
            return Err(OcspError::Refused { status });
        }
        let mut bytes = response.explicit(0)?;
        response.finish()?;
        let mut pair = bytes.sequence()?;
        bytes.finish()?;
        let at = pair.position();
        let found = pair.oid()?;
        if found != oid::OCSP_BASIC {
            return Err(Error::Unsupported { at, what: "OCSP answer", found }.into());
        }
        let basic = pair.expect(Tag::OCTET_STRING)?;
        pair.finish()?;
        let mut basic_outer = Reader::at(basic.value, basic.content_at());
        let mut basic = basic_outer.sequence()?;
        basic_outer.finish()?;
        let data = basic.expect(Tag::SEQUENCE)?;
        let (algorithm, _) = SignatureAlgorithm::read(&mut basic)?;
        let signature = basic.bit_string()?.to_vec();
        let mut certificates = Vec::new();
        if let Some(mut explicit) = basic.optional_explicit(0)? {
            let mut list = explicit.sequence()?;
            explicit.finish()?;
            while !list.is_empty() {
                if certificates.len() >= limits::PATH {
                    let at = list.position();
                    return Err(Error::Limit { at, what: "certificates", limit: 10 }.into());
                }
                certificates.push(Certificate::from_der(list.any()?.raw)?);
            }
        }
        basic.finish()?;

        let mut fields = Reader::at(data.raw, data.at).sequence()?;
        if let Some(mut version) = fields.optional_explicit(0)? {
            let at = version.position();
            let found = version.uint()?;
            if found != 0 {
                return Err(Error::Version { at, what: "ResponseData", found }.into());
            }
        }
        let responder = match fields.optional_explicit(1)? {
            Some(mut name) => Responder::Name(Name::read(&mut name)?),
            None => {
                let mut key = fields.explicit(2)?;
                Responder::Key(key.octet_string()?.to_vec())
            }
        };
        fields.time()?; // producedAt, which decides nothing
        let mut list = fields.sequence()?;
        let mut answers = Vec::new();
        while !list.is_empty() {
            if answers.len() >= limits::CERTIFICATES {
                let at = list.position();
                return Err(Error::Limit { at, what: "OCSP answers", limit: 256 }.into());
            }
            answers.push(Answer::read(&mut list)?);
        }
        let nonce = match fields.optional_explicit(1)? {
            Some(mut extensions) => read_nonce(&mut extensions)?,
            None => None,
        };
        fields.finish()?;
        let data = data.raw.to_vec();
        Ok(Self { data, responder, answers, nonce, algorithm, signature, certificates })
    }

    /// What this answer says of a certificate of `issuer`.
    ///
    /// # Errors
    ///
    /// [`OcspError`]: not signed by the issuer or a delegate of it with OCSPSigning, about other
    /// certificates, or not current.
    pub fn status_of(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: Time,
        now: Time,
    ) -> Result<Status, OcspError> {
        let mut own = self.answers.iter().filter(|answer| answer.id.names(certificate, issuer));
        let Some(first) = own.next() else { return Err(OcspError::OtherCertificate) };
        let rest: Vec<_> = own.collect();
        let current =
            |answer: &&Answer| is_current(answer.this_update, answer.next_update, at, now);
        let answers = || core::iter::once(first).chain(rest.iter().copied()).filter(current);
        // Where one responder says two things, the worse one counts.
        let revoked = answers().find(|answer| matches!(answer.status, Status::Revoked { .. }));
        let answer = revoked.or_else(|| answers().next()).ok_or(OcspError::NotCurrent)?;
        self.verify_signature(issuer, at, now)?;
        Ok(match answer.status {
            // As with lists: an expired certificate may be forgotten.
            Status::Good if answer.this_update > certificate.validity().not_after => {
                Status::Unknown
            }
            status => status,
        })
    }

    /// Checks the answer by itself: all of it about certificates of `issuer`, current, and signed
    /// by the issuer or a delegate of it.
    ///
    /// # Errors
    ///
    /// [`OcspError`].
    pub fn check(&self, issuer: &Certificate, at: Time, now: Time) -> Result<(), OcspError> {
        for answer in &self.answers {
            if !answer.id.is_of_issuer(issuer) {
                return Err(OcspError::OtherCertificate);
            }
            if !is_current(answer.this_update, answer.next_update, at, now) {
                return Err(OcspError::NotCurrent);
            }
        }
        self.verify_signature(issuer, at, now)
    }

    /// Whom it speaks of, and what it says of each; not believed before [`check`](Self::check).
    pub fn answers(&self) -> impl Iterator<Item = (&CertificateId, Status)> {
        self.answers.iter().map(|answer| (&answer.id, answer.status))
    }

    /// The delegate of `issuer` that this answer names as its responder, if it comes with one.
    #[must_use]
    pub fn delegate(&self, issuer: &Certificate) -> Option<&Certificate> {
        let own = !self.is_responder(issuer);
        self.certificates.iter().find(|candidate| own && self.is_responder(candidate))
    }

    /// Checks that the answer repeats the nonce that was sent.
    ///
    /// # Errors
    ///
    /// [`OcspError::Nonce`].
    pub fn check_nonce(&self, sent: &[u8]) -> Result<(), OcspError> {
        if self.nonce.as_deref() == Some(sent) { Ok(()) } else { Err(OcspError::Nonce) }
    }

    fn verify_signature(&self, issuer: &Certificate, at: Time, now: Time) -> Result<(), OcspError> {
        let verify = |signer: &Certificate| {
            let key = signer.public_key();
            key.verify(self.algorithm, &self.data, &self.signature).map_err(OcspError::Signature)
        };
        if self.is_responder(issuer) {
            return verify(issuer);
        }
        // A delegate: issued by the very same issuer, for this purpose alone (RFC 6960 §4.2.2.2).
        let delegate = self
            .delegate(issuer)
            .filter(|delegate| {
                delegate.issuer().matches(issuer.subject())
                    && delegate.verify_signature(issuer.public_key()).is_ok()
                    && (delegate.validity().contains(at) || delegate.validity().contains(now))
                    && delegate.extensions().unknown_critical.is_empty()
                    && crate::chain::fits_purpose(delegate, Purpose::OcspSigning)
                    && !may_be_any(delegate)
            })
            .ok_or(OcspError::Responder)?;
        verify(delegate)
    }

    fn is_responder(&self, certificate: &Certificate) -> bool {
        match &self.responder {
            Responder::Name(name) => name.matches(certificate.subject()),
            Responder::Key(id) => certificate.public_key().id().0[..] == id[..],
        }
    }
}

/// anyExtendedKeyUsage does not make a delegate: OCSPSigning has to be spelled out.
fn may_be_any(certificate: &Certificate) -> bool {
    let list = certificate.extensions().extended_key_usage.as_ref();
    !list.is_some_and(|list| list.contains(&oid::OCSP_SIGNING))
}

impl Answer {
    fn read(list: &mut Reader<'_>) -> Result<Self, Error> {
        let mut single = list.sequence()?;
        let id = CertificateId::read(&mut single)?;
        let state = single.any()?;
        let status = match state.tag.0 {
            0x80 => Status::Good,
            0xa1 => {
                let mut info = single.enter(&state)?;
                let since = info.time()?;
                let mut reason = 0;
                if let Some(mut explicit) = info.optional_explicit(0)? {
                    reason = explicit.enumerated()?;
                }
                info.finish()?;
                Status::Revoked { since, reason }
            }
            0x82 => Status::Unknown,
            _ => return Err(Error::Malformed { at: state.at, expected: "CertStatus" }),
        };
        let this_update = single.time()?;
        let next_update = match single.optional_explicit(0)? {
            Some(mut explicit) => Some(explicit.time()?),
            None => None,
        };
        if let Some(mut extensions) = single.optional_explicit(1)? {
            read_nonce(&mut extensions)?;
        }
        single.finish()?;
        Ok(Self { id, status, this_update, next_update })
    }
}
