//! Timestamps (时间戳; RFC 3161, GB/T 20520): requests, tokens, and what a token proves.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::chain::{ChainCheck, ChainError};
use crate::cms::{CmsError, SignedData};
use crate::der::{Reader, Tag, Writer};
use crate::{
    Certificate, Digest, DigestAlgorithm, Error, Explain, Fact, Oid, Party, Purpose, Time,
    TrustStore, oid,
};

/// A timestamp request (TimeStampReq).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimestampRequest {
    /// By which digest the data is named.
    pub algorithm: DigestAlgorithm,
    /// The digest of the data.
    pub digest: Digest,
    /// A value to be repeated in the token: magnitude, big-endian.
    pub nonce: Option<Vec<u8>>,
    /// Whether the token is to bring its certificate.
    pub certificate_wanted: bool,
}

impl TimestampRequest {
    /// Asks for a time for `data`.
    #[must_use]
    pub fn new(algorithm: DigestAlgorithm, data: &[u8], nonce: Option<Vec<u8>>) -> Self {
        let digest = algorithm.digest(data);
        Self { algorithm, digest, nonce, certificate_wanted: true }
    }

    /// Reads a request.
    ///
    /// # Errors
    ///
    /// [`Error`], also for a digest that may not carry a signature.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        read_version(&mut fields, "TimeStampReq")?;
        let (algorithm, digest) = read_imprint(&mut fields)?;
        fields.optional(Tag::OID)?;
        let nonce = if fields.peek() == Some(Tag::INTEGER) {
            Some(fields.unsigned()?.to_vec())
        } else {
            None
        };
        let certificate_wanted =
            if fields.peek() == Some(Tag::BOOLEAN) { fields.boolean()? } else { false };
        fields.optional_explicit(0)?;
        fields.finish()?;
        Ok(Self { algorithm, digest, nonce, certificate_wanted })
    }

    /// The request's DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.uint(1);
                write_imprint(w, self.algorithm, &self.digest);
                if let Some(nonce) = &self.nonce {
                    w.unsigned(nonce);
                }
                if self.certificate_wanted {
                    w.boolean(true);
                }
            });
        })
    }
}

fn read_version(fields: &mut Reader<'_>, what: &'static str) -> Result<(), Error> {
    let at = fields.position();
    match fields.uint()? {
        1 => Ok(()),
        found => Err(Error::Version { at, what, found }),
    }
}

fn read_imprint(fields: &mut Reader<'_>) -> Result<(DigestAlgorithm, Digest), Error> {
    let mut imprint = fields.sequence()?;
    let algorithm = DigestAlgorithm::read(&mut imprint)?;
    let digest = Digest::from_bytes(algorithm, imprint.octet_string()?)?;
    imprint.finish()?;
    Ok((algorithm, digest))
}

fn write_imprint(writer: &mut Writer, algorithm: DigestAlgorithm, digest: &Digest) {
    writer.sequence(|w| {
        w.algorithm_null(&algorithm.oid());
        w.octet_string(digest.as_ref());
    });
}

/// Seconds a token may come from the future: clocks differ.
const SKEW: i64 = 300;

/// What a token says (TSTInfo).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimestampInfo {
    /// Under which policy of the authority.
    pub policy: Oid,
    /// By which digest the data is named.
    pub algorithm: DigestAlgorithm,
    /// The digest of the data.
    pub digest: Digest,
    /// The token's number: magnitude, big-endian.
    pub serial: Vec<u8>,
    /// The time.
    pub time: Time,
    /// The request's nonce.
    pub nonce: Option<Vec<u8>>,
}

impl TimestampInfo {
    /// Reads a TSTInfo.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut outer = Reader::new(der);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        read_version(&mut fields, "TSTInfo")?;
        let policy = fields.oid()?;
        let (algorithm, digest) = read_imprint(&mut fields)?;
        let serial = fields.unsigned()?.to_vec();
        let time = read_time(&mut fields)?;
        fields.optional(Tag::SEQUENCE)?; // accuracy
        if fields.peek() == Some(Tag::BOOLEAN) {
            fields.boolean()?; // ordering
        }
        let nonce = if fields.peek() == Some(Tag::INTEGER) {
            Some(fields.unsigned()?.to_vec())
        } else {
            None
        };
        fields.optional_explicit(0)?; // tsa
        if let Some(mut extensions) = fields.optional_explicit(1)? {
            while !extensions.is_empty() {
                let mut item = extensions.sequence()?;
                let at = item.position();
                let found = item.oid()?;
                if item.peek() == Some(Tag::BOOLEAN) && item.boolean()? {
                    return Err(Error::Unsupported { at, what: "critical extension", found });
                }
            }
        }
        fields.finish()?;
        Ok(Self { policy, algorithm, digest, serial, time, nonce })
    }

    /// The TSTInfo's DER.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        Writer::build(|w| {
            w.sequence(|w| {
                w.uint(1);
                w.oid(&self.policy);
                write_imprint(w, self.algorithm, &self.digest);
                w.unsigned(&self.serial);
                w.generalized_time(self.time);
                if let Some(nonce) = &self.nonce {
                    w.unsigned(nonce);
                }
            });
        })
    }
}

/// genTime may have a fraction of a second (RFC 3161 §2.4.2), which is dropped: earlier by less
/// than a second.
fn read_time(fields: &mut Reader<'_>) -> Result<Time, Error> {
    let tlv = fields.expect(Tag::GENERALIZED_TIME)?;
    let whole = tlv.value.split(|octet| *octet == b'.').next().unwrap_or(&[]);
    let fraction_ok = match tlv.value.get(whole.len()..) {
        None | Some([]) => true,
        Some([b'.', digits @ .., b'Z']) => {
            (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        }
        Some(_) => false,
    };
    let text = if whole.last() == Some(&b'Z') { whole.to_vec() } else { [whole, b"Z"].concat() };
    Time::from_generalized_time(&text)
        .filter(|_| fraction_ok)
        .ok_or(Error::Malformed { at: tlv.at, expected: "time in UTC with seconds" })
}

/// A timestamp token as read: nothing of it is believed yet.
#[derive(Clone, Debug)]
pub struct TimestampToken {
    der: Vec<u8>,
    signed: SignedData,
    info: TimestampInfo,
}

impl TimestampToken {
    /// Reads a token, or the token of a response (TimeStampResp).
    ///
    /// # Errors
    ///
    /// [`TimestampError`]: malformed, not a token, or a response that refuses.
    pub fn from_der(der: &[u8]) -> Result<Self, TimestampError> {
        let der = token_of_response(der)?;
        let (signed, content) = SignedData::from_der(der).map_err(TimestampError::Cms)?;
        let found = *signed.content_type();
        let Some(content) = content.filter(|_| found == oid::TST_INFO) else {
            return Err(TimestampError::NotAToken { found });
        };
        let info = TimestampInfo::from_der(&content)?;
        Ok(Self { der: der.to_vec(), signed, info })
    }

    /// The token's DER, without the response around it.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// What it says; not believed before [`verify`](Self::verify).
    #[must_use]
    pub const fn info(&self) -> &TimestampInfo {
        &self.info
    }

    /// Checks that this token answers `request`: the same data, and the nonce repeated.
    ///
    /// # Errors
    ///
    /// [`TimestampError::OtherData`], [`TimestampError::Nonce`].
    pub fn answers(&self, request: &TimestampRequest) -> Result<(), TimestampError> {
        if (self.info.algorithm, &self.info.digest) != (request.algorithm, &request.digest) {
            return Err(TimestampError::OtherData);
        }
        let magnitude = |nonce: &Option<Vec<u8>>| {
            let octets = nonce.as_ref()?;
            Some(octets.iter().copied().skip_while(|octet| *octet == 0).collect::<Vec<_>>())
        };
        if magnitude(&self.info.nonce) == magnitude(&request.nonce) {
            Ok(())
        } else {
            Err(TimestampError::Nonce)
        }
    }

    /// Proves that `data` existed at the token's time: one signer, named by the signature itself,
    /// with timeStamping alone as its critical extended key usage, trusted at the token's time.
    ///
    /// # Errors
    ///
    /// [`TimestampError`].
    pub fn verify(
        &self,
        data: &[u8],
        trust: &TrustStore,
        intermediates: &[Certificate],
    ) -> Result<VerifiedTimestamp, TimestampError> {
        let check = ChainCheck::new(trust, self.info.time).intermediates(intermediates);
        self.verify_by(data, &check)
    }

    /// The same with the trust, the revocation data and the present of `check`; its time of
    /// judgement and purpose give way to the token's.
    ///
    /// # Errors
    ///
    /// [`TimestampError`], also for a token from the future.
    pub fn verify_by(
        &self,
        data: &[u8],
        check: &ChainCheck<'_>,
    ) -> Result<VerifiedTimestamp, TimestampError> {
        self.verify_digest(&self.info.algorithm.digest(data), check)
    }

    /// The same for data that was digested as it came, by the algorithm that
    /// [`info`](Self::info) names.
    ///
    /// # Errors
    ///
    /// As [`verify_by`](Self::verify_by).
    pub fn verify_digest(
        &self,
        digest: &Digest,
        check: &ChainCheck<'_>,
    ) -> Result<VerifiedTimestamp, TimestampError> {
        if self.info.time > check.present().plus(SKEW) {
            return Err(TimestampError::Future { time: self.info.time, now: check.present() });
        }
        let trust = check.trust();
        if *digest != self.info.digest {
            return Err(TimestampError::OtherData);
        }
        let [signer] = self.signed.signers() else { return Err(TimestampError::Signers) };
        let mut known: Vec<_> = self
            .signed
            .certificates()
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .collect();
        known.extend_from_slice(check.given());
        let anchors = trust.anchors().iter().map(crate::trust::Anchor::certificate);
        let authority = known
            .iter()
            .chain(anchors)
            .find(|certificate| signer.is_named(certificate))
            .ok_or(TimestampError::Cms(CmsError::SignerCertificate))?;
        let digests = self.signed.digests().ok_or(TimestampError::Signers)?;
        let signed = signer.verify(&self.signed, authority, digests, None);
        if !signed.map_err(TimestampError::Cms)?.names_certificate {
            return Err(TimestampError::CertificateNotNamed);
        }
        let alone =
            authority.extensions().get(&oid::EXTENDED_KEY_USAGE).is_some_and(|e| e.critical)
                && authority.extensions().extended_key_usage.as_deref()
                    == Some(&[oid::TIME_STAMPING]);
        if !alone {
            return Err(TimestampError::Usage);
        }
        check
            .clone()
            .at(self.info.time)
            .intermediates(&known)
            .purpose(Purpose::TimeStamping)
            .verify(authority)
            .map_err(TimestampError::Chain)?;
        Ok(VerifiedTimestamp { time: self.info.time, authority: authority.clone() })
    }
}

/// A time that somebody trusted vouches for.
#[derive(Clone, Debug)]
pub struct VerifiedTimestamp {
    /// The time.
    pub time: Time,
    /// Whose word it is.
    pub authority: Certificate,
}

/// TimeStampResp is SEQUENCE { PKIStatusInfo, token? }, a token SEQUENCE { OID, … }.
fn token_of_response(der: &[u8]) -> Result<&[u8], TimestampError> {
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence()?;
    if fields.peek() != Some(Tag::SEQUENCE) {
        return Ok(der);
    }
    outer.finish()?;
    let mut status = fields.sequence()?;
    let status = status.uint()?;
    if status > 1 {
        return Err(TimestampError::Refused { status });
    }
    let token = fields.expect(Tag::SEQUENCE)?;
    fields.finish()?;
    Ok(token.raw)
}

/// The response around a token that was granted.
#[must_use]
pub fn granted(token: &[u8]) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(|w| w.uint(0));
            w.raw(token);
        });
    })
}

/// Why a token proves no time.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TimestampError {
    /// The signature does not name its certificate (ESSCertID), as RFC 3161 §2.4.2 asks.
    CertificateNotNamed,
    /// The authority is not trusted.
    Chain(ChainError),
    /// The token's signature is wrong.
    Cms(CmsError),
    /// The bytes are not what they should be.
    Form(Error),
    /// It comes from the future; a clock is wrong.
    Future {
        /// Its time.
        time: Time,
        /// The present.
        now: Time,
    },
    /// It repeats another nonce than was sent, or none.
    Nonce,
    /// A message of another type.
    NotAToken {
        /// Its content type.
        found: Oid,
    },
    /// It is a time for other data.
    OtherData,
    /// The authority refused.
    Refused {
        /// Its status number: 2 rejected, 3 waiting.
        status: u64,
    },
    /// Not exactly one signer.
    Signers,
    /// The authority's key is not for timestamps alone.
    Usage,
}

impl From<Error> for TimestampError {
    fn from(error: Error) -> Self {
        Self::Form(error)
    }
}

impl Explain for TimestampError {
    fn code(&self) -> &'static str {
        match self {
            Self::CertificateNotNamed => "timestamp_certificate_not_named",
            Self::Chain(error) => error.code(),
            Self::Cms(error) => error.code(),
            Self::Form(error) => error.code(),
            Self::Future { .. } => "timestamp_future",
            Self::Nonce => "timestamp_nonce",
            Self::NotAToken { .. } => "not_a_timestamp",
            Self::OtherData => "timestamp_other_data",
            Self::Refused { .. } => "timestamp_refused",
            Self::Signers => "timestamp_signers",
            Self::Usage => "timestamp_usage",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::Chain(error) => error.mended_by(),
            Self::Form(_) | Self::NotAToken { .. } | Self::OtherData => Party::Sender,
            _ => Party::Authority,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::Chain(error) => error.facts(),
            Self::Cms(error) => error.facts(),
            Self::Form(error) => error.facts(),
            Self::Future { time, now } => vec![
                Fact::text("found", alloc::format!("{time}")),
                Fact::text("now", alloc::format!("{now}")),
            ],
            Self::NotAToken { found } => vec![Fact::text("found", alloc::format!("{found}"))],
            Self::Refused { status } => vec![Fact::number("status", *status)],
            _ => vec![],
        }
    }
}

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertificateNotNamed => {
                f.write_str("the timestamp's signature does not name its certificate")
            }
            Self::Chain(error) => error.fmt(f),
            Self::Cms(error) => error.fmt(f),
            Self::Form(error) => error.fmt(f),
            Self::Future { time, now } => {
                write!(f, "the timestamp is of {time}, and it is {now}; check the clock")
            }
            Self::Nonce => f.write_str("the timestamp does not repeat the nonce; ask again"),
            Self::NotAToken { found } => write!(f, "content type `{found}` is no timestamp"),
            Self::OtherData => f.write_str("the timestamp is of other data"),
            Self::Refused { status } => {
                write!(f, "the timestamp authority refused with status {status}")
            }
            Self::Signers => f.write_str("a timestamp has exactly one signer"),
            Self::Usage => f.write_str("the timestamp authority's key is not for timestamps alone"),
        }
    }
}

impl core::error::Error for TimestampError {}
