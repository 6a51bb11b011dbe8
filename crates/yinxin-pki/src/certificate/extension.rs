//! Certificate extensions (RFC 5280 §4.2) as read; what they forbid is decided in the chain.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Name;
use crate::der::{Reader, Tag};
use crate::{Error, Oid, oid};

/// One extension as it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Extension {
    /// Its identifier.
    pub oid: Oid,
    /// Whether a reader that does not know it must refuse.
    pub critical: bool,
    /// Its value, DER.
    pub value: Vec<u8>,
}

/// Key usage (RFC 5280 §4.2.1.3) as a set of bits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// The bits as [`Reader::named_bits`] gives them.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The bits, bit 0 the highest.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether at least one usage of `other` is allowed.
    #[must_use]
    pub const fn any_of(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The names as the standard has them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "nonRepudiation",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        NAMES
            .into_iter()
            .enumerate()
            .filter(move |(bit, _)| self.0 & (0x8000 >> bit) != 0)
            .map(|(_, name)| name)
    }

    /// digitalSignature.
    pub const DIGITAL_SIGNATURE: Self = Self(0x8000);
    /// nonRepudiation (contentCommitment).
    pub const NON_REPUDIATION: Self = Self(0x4000);
    /// keyEncipherment.
    pub const KEY_ENCIPHERMENT: Self = Self(0x2000);
    /// dataEncipherment.
    pub const DATA_ENCIPHERMENT: Self = Self(0x1000);
    /// keyAgreement.
    pub const KEY_AGREEMENT: Self = Self(0x0800);
    /// keyCertSign.
    pub const CERTIFICATE_SIGN: Self = Self(0x0400);
    /// cRLSign.
    pub const CRL_SIGN: Self = Self(0x0200);
}

/// Basic constraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BasicConstraints {
    /// Whether the subject may issue certificates.
    pub authority: bool,
    /// How many more authorities, not self-issued, may follow.
    pub path_length: Option<u64>,
}

/// Name constraints (RFC 5280 §4.2.1.10).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NameConstraints {
    /// Subtrees inside which names must lie, by kind.
    pub permitted: Vec<GeneralName>,
    /// Subtrees outside which names must lie.
    pub excluded: Vec<GeneralName>,
}

/// A name of one of the kinds of RFC 5280 §4.2.1.6.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum GeneralName {
    /// Directory name.
    Directory(Name),
    /// DNS name.
    Dns(String),
    /// E-mail address.
    Email(String),
    /// IP address of 4 or 16 bytes; in constraints address and mask.
    Ip(Vec<u8>),
    /// Another kind, by its tag number.
    Other(u8),
    /// URI.
    Uri(String),
}

/// Policy constraints (RFC 5280 §4.2.1.11).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PolicyConstraints {
    /// After how many certificates a valid policy is needed.
    pub require_explicit: Option<u64>,
    /// After how many certificates mapping is forbidden.
    pub inhibit_mapping: Option<u64>,
}

/// The extensions of a certificate.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Extensions {
    /// All of them, in order.
    pub all: Vec<Extension>,
    /// basicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage.
    pub key_usage: Option<KeyUsage>,
    /// extKeyUsage.
    pub extended_key_usage: Option<Vec<Oid>>,
    /// subjectKeyIdentifier.
    pub subject_key_identifier: Option<Vec<u8>>,
    /// The key identifier of authorityKeyIdentifier.
    pub authority_key_identifier: Option<Vec<u8>>,
    /// subjectAltName.
    pub subject_alternative_names: Option<Vec<GeneralName>>,
    /// nameConstraints.
    pub name_constraints: Option<NameConstraints>,
    /// certificatePolicies.
    pub policies: Option<Vec<Oid>>,
    /// policyConstraints.
    pub policy_constraints: Option<PolicyConstraints>,
    /// inhibitAnyPolicy.
    pub inhibit_any_policy: Option<u64>,
    /// Whether policyMappings are there, which this library refuses.
    pub policy_mappings: bool,
    /// Critical ones that are not known here.
    pub unknown_critical: Vec<Oid>,
}

impl Extensions {
    /// Most extensions in one certificate.
    const MAX: usize = 64;

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let mut list = reader.sequence()?;
        let mut extensions = Self::default();
        while !list.is_empty() {
            let at = list.position();
            let mut item = list.sequence()?;
            let oid = item.oid()?;
            let critical = if item.peek() == Some(Tag::BOOLEAN) { item.boolean()? } else { false };
            let value = item.expect(Tag::OCTET_STRING)?;
            item.finish()?;
            if extensions.all.iter().any(|earlier| earlier.oid == oid) {
                return Err(Error::Malformed { at, expected: "each extension at most once" });
            }
            if extensions.all.len() >= Self::MAX {
                return Err(Error::Limit { at, what: "extensions", limit: 64 });
            }
            let mut reader = Reader::at(value.value, value.content_at());
            if extensions.read_known(&oid, &mut reader)? {
                reader.finish()?;
            } else if critical {
                extensions.unknown_critical.push(oid);
            }
            extensions.all.push(Extension { oid, critical, value: value.value.to_vec() });
        }
        Ok(extensions)
    }

    /// Reads an extension that is known here; whether it is.
    fn read_known(&mut self, oid: &Oid, reader: &mut Reader<'_>) -> Result<bool, Error> {
        match *oid {
            oid::BASIC_CONSTRAINTS => {
                let mut fields = reader.sequence()?;
                let authority =
                    if fields.peek() == Some(Tag::BOOLEAN) { fields.boolean()? } else { false };
                let path_length = if fields.is_empty() { None } else { Some(fields.uint()?) };
                fields.finish()?;
                self.basic_constraints = Some(BasicConstraints { authority, path_length });
            }
            oid::KEY_USAGE => self.key_usage = Some(KeyUsage(reader.named_bits()?)),
            oid::EXTENDED_KEY_USAGE => {
                self.extended_key_usage = Some(read_list(reader, Reader::oid)?);
            }
            oid::SUBJECT_KEY_IDENTIFIER => {
                self.subject_key_identifier = Some(reader.octet_string()?.to_vec());
            }
            oid::AUTHORITY_KEY_IDENTIFIER => {
                let mut fields = reader.sequence()?;
                let id = fields.optional(Tag::implicit(0))?;
                self.authority_key_identifier = id.map(|id| id.value.to_vec());
                fields.optional(Tag::explicit(1))?;
                fields.optional(Tag::implicit(2))?;
                fields.finish()?;
            }
            oid::SUBJECT_ALTERNATIVE_NAME => {
                self.subject_alternative_names = Some(read_list(reader, read_general_name)?);
            }
            oid::NAME_CONSTRAINTS => self.name_constraints = Some(read_constraints(reader)?),
            oid::CERTIFICATE_POLICIES => {
                self.policies = Some(read_list(reader, |list| {
                    let mut policy = list.sequence()?;
                    policy.oid()
                })?);
            }
            oid::POLICY_MAPPINGS => {
                reader.any()?;
                self.policy_mappings = true;
            }
            oid::POLICY_CONSTRAINTS => {
                let mut fields = reader.sequence()?;
                let mut number = |tag| {
                    fields
                        .optional(Tag::implicit(tag))?
                        .map_or(Ok(None), |tlv| small(&tlv).map(Some))
                };
                let require_explicit = number(0)?;
                let inhibit_mapping = number(1)?;
                fields.finish()?;
                self.policy_constraints =
                    Some(PolicyConstraints { require_explicit, inhibit_mapping });
            }
            oid::INHIBIT_ANY_POLICY => self.inhibit_any_policy = Some(reader.uint()?),
            // Known, and of no weight for validity: where lists lie and who answers.
            oid::CRL_DISTRIBUTION_POINTS
            | oid::AUTHORITY_INFORMATION_ACCESS
            | oid::ISSUER_ALTERNATIVE_NAME
            | oid::OCSP_NO_CHECK => {
                reader.any()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The value of an extension.
    #[must_use]
    pub fn get(&self, oid: &Oid) -> Option<&Extension> {
        self.all.iter().find(|extension| extension.oid == *oid)
    }
}

/// A SEQUENCE SIZE (1..MAX) OF something, at most 1024 items.
fn read_list<'a, T>(
    reader: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let at = reader.position();
    let mut list = reader.sequence()?;
    let mut items = Vec::new();
    while !list.is_empty() {
        if items.len() >= 1024 {
            return Err(Error::Limit { at, what: "items of an extension", limit: 1024 });
        }
        items.push(read(&mut list)?);
    }
    if items.is_empty() {
        return Err(Error::Malformed { at, expected: "a list that is not empty" });
    }
    Ok(items)
}

fn small(tlv: &crate::der::Tlv<'_>) -> Result<u64, Error> {
    match tlv.value {
        [value @ 0..=0x7f] => Ok(u64::from(*value)),
        _ => Err(Error::Malformed { at: tlv.at, expected: "a small INTEGER" }),
    }
}

fn read_general_name(reader: &mut Reader<'_>) -> Result<GeneralName, Error> {
    let tlv = reader.any()?;
    let text = || {
        core::str::from_utf8(tlv.value)
            .ok()
            .filter(|text| text.is_ascii())
            .map(ToString::to_string)
            .ok_or(Error::Malformed { at: tlv.at, expected: "IA5String" })
    };
    Ok(match tlv.tag.0 {
        0x81 => GeneralName::Email(text()?),
        0x82 => GeneralName::Dns(text()?),
        0x86 => GeneralName::Uri(text()?),
        0x87 => GeneralName::Ip(tlv.value.to_vec()),
        0xa4 => {
            let mut inner = reader.enter(&tlv)?;
            let name = Name::read(&mut inner)?;
            inner.finish()?;
            GeneralName::Directory(name)
        }
        other => GeneralName::Other(other & 0x1f),
    })
}

fn read_constraints(reader: &mut Reader<'_>) -> Result<NameConstraints, Error> {
    let mut fields = reader.sequence()?;
    let mut subtrees = |number| -> Result<Vec<GeneralName>, Error> {
        let Some(mut list) = fields.optional_explicit(number)? else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        while !list.is_empty() {
            let at = list.position();
            if names.len() >= 1024 {
                return Err(Error::Limit { at, what: "name constraints", limit: 1024 });
            }
            let mut subtree = list.sequence()?;
            names.push(read_general_name(&mut subtree)?);
            // RFC 5280 §4.2.1.10: minimum 0, no maximum.
            if !subtree.is_empty() {
                return Err(Error::Malformed { at, expected: "a subtree without minimum" });
            }
        }
        Ok(names)
    };
    let permitted = subtrees(0)?;
    let excluded = subtrees(1)?;
    fields.finish()?;
    Ok(NameConstraints { permitted, excluded })
}
