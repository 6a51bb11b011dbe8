//! Certificate revocation lists (证书吊销列表; RFC 5280 §5), read without copying their entries.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::{Status, is_current};
use crate::certificate::{KeyUsage, Name};
use crate::der::{Reader, Tag};
use crate::{
    Certificate, Error, Explain, Fact, Oid, Party, SerialNumber, SignatureAlgorithm,
    SignatureError, Time, limits, oid, pem,
};

/// A full CRL as read: its signature is checked when it is asked about a certificate.
#[derive(Clone)]
pub struct Crl {
    der: Vec<u8>,
    tbs: core::ops::Range<usize>,
    /// Content of revokedCertificates.
    entries: core::ops::Range<usize>,
    count: usize,
    issuer: Name,
    algorithm: SignatureAlgorithm,
    this_update: Time,
    next_update: Option<Time>,
    number: Option<Vec<u8>>,
    authority_key_identifier: Option<Vec<u8>>,
    /// DER of the distributionPoint of issuingDistributionPoint: the list covers only
    /// certificates that name it too.
    part: Option<Vec<u8>>,
    signature: Vec<u8>,
}

/// Why a list says nothing about a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CrlError {
    /// It is not current: replaced already, from the future, or without a next update.
    NotCurrent {
        /// When it was made.
        this_update: Time,
        /// When it was to be replaced.
        next_update: Option<Time>,
    },
    /// The bytes are not what they should be.
    Form(Error),
    /// A list for other issuers' certificates (indirect CRL), which is not followed here.
    Indirect,
    /// A list of changes only (delta CRL), which says nothing by itself.
    Delta,
    /// Of another issuer.
    Issuer,
    /// The issuer's key may not sign lists.
    IssuerUsage,
    /// It covers only a part of the issuer's certificates, and not this one.
    OtherPart,
    /// Its number is lower than that of a list seen before.
    Rollback,
    /// A critical extension that is not known here.
    UnknownCriticalExtension {
        /// Which.
        found: Oid,
    },
    /// Its signature is not the issuer's.
    Signature(SignatureError),
}

impl From<Error> for CrlError {
    fn from(error: Error) -> Self {
        Self::Form(error)
    }
}

impl Explain for CrlError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotCurrent { .. } => "crl_not_current",
            Self::Form(error) => error.code(),
            Self::Indirect => "crl_indirect",
            Self::Delta => "crl_delta",
            Self::Issuer => "crl_issuer",
            Self::IssuerUsage => "crl_issuer_usage",
            Self::OtherPart => "crl_other_part",
            Self::Rollback => "crl_rollback",
            Self::UnknownCriticalExtension { .. } => "crl_unknown_critical_extension",
            Self::Signature(_) => "crl_signature",
        }
    }

    fn mended_by(&self) -> Party {
        match self {
            Self::NotCurrent { .. } | Self::Issuer | Self::OtherPart | Self::Rollback => {
                Party::Operator
            }
            _ => Party::Authority,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        match self {
            Self::NotCurrent { this_update, next_update } => {
                let mut facts = vec![Fact::text("thisUpdate", alloc::format!("{this_update}"))];
                facts.extend(next_update.map(|t| Fact::text("nextUpdate", alloc::format!("{t}"))));
                facts
            }
            Self::Form(error) => error.facts(),
            Self::UnknownCriticalExtension { found } => {
                vec![Fact::text("found", alloc::format!("{found}"))]
            }
            Self::Signature(error) => error.facts(),
            _ => vec![],
        }
    }
}

impl fmt::Display for CrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCurrent { this_update, .. } => {
                write!(f, "the revocation list of {this_update} is not current; fetch a new one")
            }
            Self::Form(error) => error.fmt(f),
            Self::Indirect => f.write_str("indirect revocation lists are not supported"),
            Self::Delta => f.write_str("a list of changes says nothing without the full one"),
            Self::Issuer => f.write_str("the revocation list is of another issuer"),
            Self::IssuerUsage => f.write_str("the issuer's key may not sign revocation lists"),
            Self::OtherPart => {
                f.write_str("the revocation list covers other certificates of the issuer only")
            }
            Self::Rollback => f.write_str("a newer revocation list was seen before"),
            Self::UnknownCriticalExtension { found } => {
                write!(f, "the revocation list has an unknown critical extension `{found}`")
            }
            Self::Signature(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for CrlError {}

impl Crl {
    /// Reads all lists of a PEM file, or the one of a DER file.
    ///
    /// # Errors
    ///
    /// As [`from_der`](Self::from_der).
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Vec<Self>, CrlError> {
        if !pem::is_pem(bytes) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let blocks = pem::decode(bytes)?;
        let lists = blocks.iter().filter(|block| block.label.ends_with("CRL"));
        lists.map(|block| Self::from_der(&block.der)).collect()
    }

    /// Reads one list, walking all its entries once.
    ///
    /// # Errors
    ///
    /// [`CrlError::Form`], also over 64 MiB; [`CrlError::Indirect`], [`CrlError::Delta`] and
    /// [`CrlError::UnknownCriticalExtension`], so that such a list is never silently passed over.
    pub fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        if der.len() > limits::CRL {
            return Err(Error::Limit { at: 0, what: "CRL in bytes", limit: 64 << 20 }.into());
        }
        let mut outer = Reader::new(der);
        let mut list = outer.sequence()?;
        outer.finish()?;
        let tbs = list.expect(Tag::SEQUENCE)?;
        let at = list.position();
        let (algorithm, _) = SignatureAlgorithm::read(&mut list)?;
        let outer_algorithm = der.get(at..list.position());
        let signature = list.bit_string()?.to_vec();
        list.finish()?;

        let mut fields = Reader::at(tbs.raw, tbs.at).sequence()?;
        let version_two = fields.peek() == Some(Tag::INTEGER);
        if version_two {
            let at = fields.position();
            let version = fields.uint()?;
            if version != 1 {
                return Err(Error::Version { at, what: "CertificateList", found: version }.into());
            }
        }
        let at = fields.position();
        SignatureAlgorithm::read(&mut fields)?;
        if der.get(at..fields.position()) != outer_algorithm {
            let expected = "the same signature algorithm twice";
            return Err(Error::Malformed { at, expected }.into());
        }
        let issuer = Name::read(&mut fields)?;
        let this_update = fields.time()?;
        let next_update = match fields.peek() {
            Some(Tag::UTC_TIME | Tag::GENERALIZED_TIME) => Some(fields.time()?),
            _ => None,
        };
        let (entries, count) = match fields.optional(Tag::SEQUENCE)? {
            Some(revoked) => {
                let mut reader = fields.enter(&revoked)?;
                let mut count = 0;
                while !reader.is_empty() {
                    let at = reader.position();
                    if Entry::read(&mut reader)?.extended && !version_two {
                        return Err(Error::Malformed { at, expected: VERSION_ONE }.into());
                    }
                    count += 1;
                }
                (revoked.content_at()..revoked.at + revoked.raw.len(), count)
            }
            None => (0..0, 0),
        };
        let mut crl = Self {
            der: Vec::new(),
            tbs: tbs.at..tbs.at + tbs.raw.len(),
            entries,
            count,
            issuer,
            algorithm,
            this_update,
            next_update,
            number: None,
            authority_key_identifier: None,
            part: None,
            signature,
        };
        let at = fields.position();
        if let Some(mut explicit) = fields.optional_explicit(0)? {
            if !version_two {
                return Err(Error::Malformed { at, expected: VERSION_ONE }.into());
            }
            let mut list = explicit.sequence()?;
            explicit.finish()?;
            let mut seen = Vec::new();
            while !list.is_empty() {
                let at = list.position();
                let oid = crl.read_extension(&mut list)?;
                if seen.len() >= limits::ATTRIBUTES {
                    return Err(Error::Limit { at, what: "extensions", limit: 64 }.into());
                }
                if seen.contains(&oid) {
                    let expected = "each extension at most once";
                    return Err(Error::Malformed { at, expected }.into());
                }
                seen.push(oid);
            }
        }
        fields.finish()?;
        crl.der = der.to_vec();
        Ok(crl)
    }

    fn read_extension(&mut self, list: &mut Reader<'_>) -> Result<Oid, CrlError> {
        let mut item = list.sequence()?;
        let oid = item.oid()?;
        let critical = if item.peek() == Some(Tag::BOOLEAN) { item.boolean()? } else { false };
        let value = item.expect(Tag::OCTET_STRING)?;
        item.finish()?;
        let mut reader = Reader::at(value.value, value.content_at());
        match oid {
            oid::CRL_NUMBER => {
                self.number = Some(reader.unsigned()?.to_vec());
                reader.finish()?;
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                let mut fields = reader.sequence()?;
                let id = fields.optional(Tag::implicit(0))?;
                self.authority_key_identifier = id.map(|id| id.value.to_vec());
            }
            oid::DELTA_CRL_INDICATOR => return Err(CrlError::Delta),
            oid::ISSUING_DISTRIBUTION_POINT => {
                // IssuingDistributionPoint: [4] indirectCRL; [1] [2] [5] limit what it covers,
                // and a list that does not cover a certificate must not call it good.
                let mut fields = reader.sequence()?;
                while !fields.is_empty() {
                    let field = fields.any()?;
                    let set = field.value == [0xff];
                    match field.tag.0 {
                        0x84 if set => return Err(CrlError::Indirect),
                        0x81 | 0x82 | 0x85 if set => {
                            return Err(CrlError::UnknownCriticalExtension { found: oid });
                        }
                        0x83 => return Err(CrlError::UnknownCriticalExtension { found: oid }),
                        0xa0 => self.part = Some(field.value.to_vec()),
                        _ => {}
                    }
                }
            }
            found if critical => return Err(CrlError::UnknownCriticalExtension { found }),
            _ => {}
        }
        Ok(oid)
    }

    /// What this list says of a certificate of `issuer`.
    ///
    /// # Errors
    ///
    /// [`CrlError`]: the list is of another issuer, not its, or not current.
    pub fn status_of(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: Time,
        now: Time,
    ) -> Result<Status, CrlError> {
        self.check(issuer, at, now)?;
        if !self.issuer.matches(certificate.issuer()) {
            return Err(CrlError::Issuer);
        }
        if self.part.as_ref().is_some_and(|part| !names_part(certificate, part)) {
            return Err(CrlError::OtherPart);
        }
        let found = self.entries().find(|entry| entry.serial == certificate.serial().octets());
        Ok(match found {
            Some(entry) => {
                Status::Revoked { since: entry.since, reason: entry.reason.unwrap_or(0) }
            }
            // RFC 5280 §5: entries may go once the certificate has expired.
            None if self.this_update > certificate.validity().not_after => Status::Unknown,
            None => Status::Good,
        })
    }

    /// Checks that this list is the issuer's and current.
    ///
    /// # Errors
    ///
    /// As [`status_of`](Self::status_of).
    pub fn check(&self, issuer: &Certificate, at: Time, now: Time) -> Result<(), CrlError> {
        let identifiers = match (&self.authority_key_identifier, issuer.subject_key_identifier()) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        if !identifiers || !self.issuer.matches(issuer.subject()) {
            return Err(CrlError::Issuer);
        }
        let usage = issuer.extensions().key_usage;
        if !usage.is_none_or(|usage| usage.any_of(KeyUsage::CRL_SIGN)) {
            return Err(CrlError::IssuerUsage);
        }
        if !is_current(self.this_update, self.next_update, at, now) {
            let Self { this_update, next_update, .. } = *self;
            return Err(CrlError::NotCurrent { this_update, next_update });
        }
        let tbs = self.der.get(self.tbs.clone()).unwrap_or(&[]);
        let key = issuer.public_key();
        key.verify(self.algorithm, tbs, &self.signature).map_err(CrlError::Signature)
    }

    /// Refuses a list older than one that was seen before, by its number.
    ///
    /// # Errors
    ///
    /// [`CrlError::Rollback`].
    pub fn follows(&self, earlier: &Self) -> Result<(), CrlError> {
        let key = |crl: &Self| crl.number.as_ref().map(|number| (number.len(), number.clone()));
        match (key(self), key(earlier)) {
            (Some(own), Some(other)) if own < other => Err(CrlError::Rollback),
            (None, Some(_)) => Err(CrlError::Rollback),
            _ => Ok(()),
        }
    }

    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let bytes = self.der.get(self.entries.clone()).unwrap_or(&[]);
        let mut reader = Reader::at(bytes, self.entries.start);
        // All entries were read once when the list was.
        core::iter::from_fn(move || Entry::read(&mut reader).ok())
    }

    /// The revoked serial numbers and since when.
    pub fn revoked(&self) -> impl Iterator<Item = (SerialNumber, Time)> {
        self.entries().map(|entry| (SerialNumber::from_octets(entry.serial), entry.since))
    }

    /// How many certificates it lists.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whose list it is.
    #[must_use]
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// When it was made.
    #[must_use]
    pub const fn this_update(&self) -> Time {
        self.this_update
    }

    /// When the next one is due.
    #[must_use]
    pub const fn next_update(&self) -> Option<Time> {
        self.next_update
    }

    /// The octets as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }
}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {}, {} entries)", self.issuer, self.this_update, self.count)
    }
}

const VERSION_ONE: &str = "no extensions in version 1";

/// Whether the certificate's cRLDistributionPoints have the list's distributionPoint among them.
fn names_part(certificate: &Certificate, part: &[u8]) -> bool {
    let read = || -> Result<bool, Error> {
        let Some(points) = certificate.extensions().get(&oid::CRL_DISTRIBUTION_POINTS) else {
            return Ok(false);
        };
        let mut list = Reader::new(&points.value).sequence()?;
        while !list.is_empty() {
            let mut point = list.sequence()?;
            let name = point.optional(Tag::explicit(0))?;
            // With [1] reasons or [2] cRLIssuer the point speaks of other lists.
            if point.is_empty() && name.is_some_and(|name| name.value == part) {
                return Ok(true);
            }
        }
        Ok(false)
    };
    read().unwrap_or(false)
}

struct Entry<'a> {
    serial: &'a [u8],
    since: Time,
    reason: Option<u8>,
    extended: bool,
}

impl<'a> Entry<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, CrlError> {
        let mut entry = reader.sequence()?;
        let serial = entry.integer()?;
        let since = entry.time()?;
        let mut reason = None;
        let extended = !entry.is_empty();
        if let Some(mut extensions) = entry.optional_nested(Tag::SEQUENCE)? {
            while !extensions.is_empty() {
                let mut item = extensions.sequence()?;
                let oid = item.oid()?;
                let critical =
                    if item.peek() == Some(Tag::BOOLEAN) { item.boolean()? } else { false };
                let value = item.expect(Tag::OCTET_STRING)?;
                item.finish()?;
                match oid {
                    oid::REASON_CODE => {
                        let at = value.content_at();
                        let mut value = Reader::at(value.value, at);
                        let number = value.enumerated()?;
                        value.finish()?;
                        // 8, removeFromCRL, stands in lists of changes only (RFC 5280 §5.3.1).
                        if !matches!(number, 0..=6 | 9 | 10) {
                            let expected = "a reason of a full list";
                            return Err(Error::Malformed { at, expected }.into());
                        }
                        reason = Some(number);
                    }
                    oid::CERTIFICATE_ISSUER => return Err(CrlError::Indirect),
                    found if critical => {
                        return Err(CrlError::UnknownCriticalExtension { found });
                    }
                    _ => {}
                }
            }
        }
        entry.finish()?;
        Ok(Self { serial, since, reason, extended })
    }
}
