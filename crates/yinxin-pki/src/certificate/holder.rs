//! Who the holder is: unit or person, out of the habits of the certificate authorities.
//!
//! Where a CA puts the unified social credit code or the identity number is no standard's word
//! but custom; the customs are a table here ([`HABITS`]), not code.

use alloc::string::{String, ToString};
use core::fmt;

use super::Certificate;
use super::name::text_of;
use crate::der::{Reader, Tag};
use crate::{Oid, ResidentId, UnifiedCode, oid};

/// The holder of a certificate (持有人).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Holder {
    /// A unit (单位).
    Organisation {
        /// Its name: O, else CN.
        name: String,
        /// Its unified social credit code.
        code: Option<UnifiedCode>,
    },
    /// A person (个人).
    Person {
        /// The person's name.
        name: String,
        /// The identity number.
        id: Option<ResidentId>,
    },
    /// Neither can be said.
    Unknown {
        /// CN, or the whole subject.
        name: String,
    },
}

impl Holder {
    /// The unit's or the person's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Organisation { name, .. }
            | Self::Person { name, .. }
            | Self::Unknown { name } => name,
        }
    }

    /// The unified social credit code, if the holder is a unit and has one.
    #[must_use]
    pub const fn unified_code(&self) -> Option<&UnifiedCode> {
        match self {
            Self::Organisation { code, .. } => code.as_ref(),
            Self::Person { .. } | Self::Unknown { .. } => None,
        }
    }

    /// Finds the holder by the first habit that fits.
    pub(super) fn of(certificate: &Certificate) -> Self {
        let subject = certificate.subject();
        let common = subject.get(&oid::COMMON_NAME);
        let organisation = subject.get(&oid::ORGANISATION);
        let named = common.and_then(structured_name);
        let shown = named.map_or(common, |(name, _)| Some(name));
        let fallback = || subject.to_string();

        for habit in HABITS {
            let Some(text) = habit.place.find(certificate) else { continue };
            let text = habit.strip(&text);
            let id = ResidentId::parse(text);
            let code = UnifiedCode::parse(text);
            // An identity number has the form of a unit's code. Its own check digit tells, unless
            // the code's is right too: then the place does.
            let as_unit = code.as_ref().is_some_and(UnifiedCode::has_valid_check);
            match (habit.kind, code, id) {
                (Kind::Unit, Some(code), id) if as_unit || id.is_none() => {
                    let name = organisation.or(shown).map_or_else(fallback, ToString::to_string);
                    return Self::Organisation { name, code: Some(code) };
                }
                (_, _, Some(id)) => {
                    let name = shown.map_or_else(fallback, ToString::to_string);
                    return Self::Person { name, id: Some(id) };
                }
                _ => {}
            }
        }
        match (organisation, shown) {
            // A unit's certificate repeats its name in O and CN, or has no CN.
            (Some(unit), common) if common.is_none_or(|common| common == unit) => {
                Self::Organisation { name: unit.to_string(), code: None }
            }
            (_, Some(common)) => Self::Unknown { name: common.to_string() },
            (_, None) => Self::Unknown { name: fallback() },
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organisation { name, code: Some(code) } => write!(f, "{name} ({code})"),
            Self::Person { name, id: Some(id) } => write!(f, "{name} ({id})"),
            _ => f.write_str(self.name()),
        }
    }
}

/// One custom: where a number lies, what stands before it, whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Habit {
    place: Place,
    prefixes: &'static [&'static str],
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    /// The number inside a structured CN, `041@0<id>@<name>@<n>` or `051@<name>@N<number>@<n>`.
    CommonName,
    /// A certificate extension that holds a string, tagged or not.
    Extension(Oid),
    /// A subject attribute.
    Subject(Oid),
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Person,
    Unit,
}

const fn unit(place: Place) -> Habit {
    Habit { place, prefixes: &["NTRCN-", "VATCN-", "N", "O"], kind: Kind::Unit }
}

const fn person(place: Place) -> Habit {
    Habit { place, prefixes: &["IDCCN-", "PNOCN-", "0", "SF"], kind: Kind::Person }
}

/// The table, most telling places first.
pub const HABITS: &[Habit] = &[
    unit(Place::Subject(oid::ORGANISATION_IDENTIFIER)),
    unit(Place::Extension(oid::CA_UNIFIED_CODE)),
    unit(Place::Extension(oid::CA_UNIFIED_CODE_148)),
    unit(Place::Extension(oid::CA_UNIFIED_CODE_205)),
    unit(Place::Extension(oid::CA_UNIFIED_CODE_21)),
    unit(Place::Extension(oid::GM_ORGANISATION_CODE)),
    person(Place::Extension(oid::GM_IDENTITY_CODE)),
    person(Place::Extension(oid::CA_IDENTITY_CARD)),
    unit(Place::Subject(oid::SERIAL_NUMBER)),
    person(Place::Subject(oid::SERIAL_NUMBER)),
    unit(Place::Subject(oid::ORGANISATIONAL_UNIT)),
    person(Place::Subject(oid::ORGANISATIONAL_UNIT)),
    unit(Place::CommonName),
    person(Place::CommonName),
];

impl Habit {
    fn strip<'a>(&self, text: &'a str) -> &'a str {
        if text.len() == 18 {
            return text;
        }
        self.prefixes
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix).filter(|rest| rest.len() == 18))
            .unwrap_or(text)
    }
}

impl Place {
    fn find(&self, certificate: &Certificate) -> Option<String> {
        match self {
            Self::Subject(oid) => certificate.subject().get(oid).map(ToString::to_string),
            Self::Extension(oid) => text_inside(&certificate.extensions().get(oid)?.value),
            Self::CommonName => {
                let common = certificate.subject().get(&oid::COMMON_NAME)?;
                structured_name(common).map(|(_, number)| number.to_string())
            }
        }
    }
}

/// The text of an extension: a string of any type, a string under a context tag or in a SET or
/// SEQUENCE (GB/T 20518 has both), or bare octets without any tag.
fn text_inside(value: &[u8]) -> Option<String> {
    const DEPTH: usize = 4;
    let bare = || core::str::from_utf8(value).ok().map(ToString::to_string);
    let mut reader = Reader::new(value);
    for _ in 0..DEPTH {
        let Ok(tlv) = reader.any() else { return bare() };
        if !reader.is_empty() {
            return bare();
        }
        if tlv.tag.is_constructed() {
            reader = reader.enter(&tlv).ok()?;
        } else if tlv.tag.0 & 0x80 != 0 || tlv.tag == Tag::OCTET_STRING {
            return core::str::from_utf8(tlv.value).ok().map(ToString::to_string);
        } else {
            return Some(text_of(&tlv));
        }
    }
    None
}

/// Name and number of `041@0<id>@<name>@<n>` and `051@<name>@N<number>@<n>`.
fn structured_name(common: &str) -> Option<(&str, &str)> {
    let mut parts = common.split('@');
    match (parts.next()?, parts.next()?, parts.next()?) {
        ("041", number, name) => Some((name, number)),
        ("051", name, number) => Some((name, number)),
        _ => None,
    }
}
