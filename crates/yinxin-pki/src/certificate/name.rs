//! Distinguished names: as read, as shown, as compared.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::der::{Reader, Tag, Tlv, Writer};
use crate::{Error, Oid, oid};

/// A distinguished name (甄别名) with the octets it was received in.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Name {
    der: Vec<u8>,
    /// Relative names in order; attributes of one relative name share its number.
    attributes: Vec<NameAttribute>,
}

#[derive(Clone, Eq, Hash, PartialEq)]
struct NameAttribute {
    relative: usize,
    oid: Oid,
    value: String,
}

impl Name {
    /// Most attributes in one name; real ones have under ten.
    const MAX: usize = 64;

    /// Reads a Name. Every string type is read; what is not text at all is shown as `#hex`.
    ///
    /// # Errors
    ///
    /// [`Error`]: malformed, or over 64 attributes.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let tlv = reader.expect(Tag::SEQUENCE)?;
        let mut relatives = reader.enter(&tlv)?;
        let mut attributes = Vec::new();
        let mut relative = 0;
        while !relatives.is_empty() {
            let mut set = relatives.set()?;
            while !set.is_empty() {
                if attributes.len() >= Self::MAX {
                    return Err(Error::Limit { at: tlv.at, what: "name attributes", limit: 64 });
                }
                let mut pair = set.sequence()?;
                let oid = pair.oid()?;
                let value = text_of(&pair.any()?);
                pair.finish()?;
                attributes.push(NameAttribute { relative, oid, value });
            }
            relative += 1;
        }
        Ok(Self { der: tlv.raw.to_vec(), attributes })
    }

    /// Reads a Name that stands alone.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(der);
        let name = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(name)
    }

    /// The octets as received.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Whether the name has no attributes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// All attributes: type and text, in order.
    pub fn attributes(&self) -> impl Iterator<Item = (&Oid, &str)> {
        self.attributes.iter().map(|attribute| (&attribute.oid, &attribute.value[..]))
    }

    /// The first value of a type.
    #[must_use]
    pub fn get(&self, oid: &Oid) -> Option<&str> {
        self.attributes().find(|(found, _)| *found == oid).map(|(_, value)| value)
    }

    /// All values of a type.
    pub fn values<'a>(&'a self, oid: &'a Oid) -> impl Iterator<Item = &'a str> {
        self.attributes().filter(move |(found, _)| *found == oid).map(|(_, value)| value)
    }

    /// Compares as RFC 5280 §7.1 asks: attribute by attribute, letter case and runs of white
    /// space apart, whatever the string types.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.der == other.der
            || (self.attributes.len() == other.attributes.len() && self.begins_with(other))
    }

    /// Whether `other` is the beginning of this name: it lies in the subtree that `other` names.
    #[must_use]
    pub fn begins_with(&self, other: &Self) -> bool {
        other.attributes.len() <= self.attributes.len()
            && other.attributes.iter().zip(&self.attributes).all(|(a, b)| {
                a.relative == b.relative && a.oid == b.oid && folded(&a.value).eq(folded(&b.value))
            })
    }
}

/// Letter case and white space folded.
fn folded(value: &str) -> impl Iterator<Item = char> {
    let mut words = value.split_whitespace().peekable();
    let mut out = String::new();
    while let Some(word) = words.next() {
        out.extend(word.chars().flat_map(char::to_lowercase));
        if words.peek().is_some() {
            out.push(' ');
        }
    }
    out.chars().collect::<Vec<_>>().into_iter()
}

/// The text of a string of any type; `#hex` when it is none.
pub(crate) fn text_of(tlv: &Tlv<'_>) -> String {
    let text = match tlv.tag {
        Tag::UTF8_STRING | Tag::PRINTABLE_STRING | Tag::IA5_STRING | Tag::VISIBLE_STRING => {
            core::str::from_utf8(tlv.value).ok().map(ToString::to_string)
        }
        // Many Chinese CAs put UTF-8 or GBK into TeletexString; UTF-8 is told by itself.
        Tag::T61_STRING => Some(core::str::from_utf8(tlv.value).map_or_else(
            |_| tlv.value.iter().map(|octet| char::from(*octet)).collect(),
            ToString::to_string,
        )),
        Tag::BMP_STRING if tlv.value.len().is_multiple_of(2) => {
            let units = tlv.value.chunks_exact(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            });
            char::decode_utf16(units).collect::<Result<String, _>>().ok()
        }
        Tag::UNIVERSAL_STRING if tlv.value.len().is_multiple_of(4) => tlv
            .value
            .chunks_exact(4)
            .map(|four| four.try_into().ok().map(u32::from_be_bytes).and_then(char::from_u32))
            .collect(),
        _ => None,
    };
    text.unwrap_or_else(|| {
        let mut hex = String::from("#");
        for octet in tlv.raw {
            hex.push_str(&alloc::format!("{octet:02x}"));
        }
        hex
    })
}

/// RFC 4514 style in the order encoded, most general first: `C=CN, O=甲公司, CN=甲公司`.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attribute) in self.attributes.iter().enumerate() {
            let again = index > 0
                && self.attributes.get(index - 1).is_some_and(|a| a.relative == attribute.relative);
            f.write_str(match (index, again) {
                (0, _) => "",
                (_, true) => "+",
                (_, false) => ", ",
            })?;
            match short_name(&attribute.oid) {
                Some(name) => f.write_str(name)?,
                None => write!(f, "{}", attribute.oid)?,
            }
            f.write_str("=")?;
            for letter in attribute.value.chars() {
                match letter {
                    ',' | '+' | '\\' | '"' | ';' | '<' | '>' => write!(f, "\\{letter}")?,
                    _ if letter.is_control() => write!(f, "\\u{{{:x}}}", u32::from(letter))?,
                    _ => write!(f, "{letter}")?,
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

const SHORT: [(&str, Oid); 12] = [
    ("C", oid::COUNTRY),
    ("ST", oid::STATE),
    ("L", oid::LOCALITY),
    ("STREET", oid::STREET),
    ("O", oid::ORGANISATION),
    ("OU", oid::ORGANISATIONAL_UNIT),
    ("CN", oid::COMMON_NAME),
    ("SERIALNUMBER", oid::SERIAL_NUMBER),
    ("organizationIdentifier", oid::ORGANISATION_IDENTIFIER),
    ("GIVENNAME", oid::GIVEN_NAME),
    ("SN", oid::SURNAME),
    ("E", oid::EMAIL),
];

fn short_name(oid: &Oid) -> Option<&'static str> {
    SHORT.iter().find(|(_, known)| known == oid).map(|(name, _)| *name)
}

/// Writes a name, attribute by attribute in the order given.
#[derive(Clone, Debug, Default)]
pub struct NameBuilder {
    attributes: Vec<(Oid, String)>,
}

impl NameBuilder {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self { attributes: Vec::new() }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, oid: Oid, value: &str) -> Self {
        self.attributes.push((oid, value.to_string()));
        self
    }

    /// Reads `C=CN,O=甲公司,CN=甲公司`: attributes in the order they are to be encoded; a comma in
    /// a value is written `\,`.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] with the byte of the attribute that is not understood.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut builder = Self::new();
        let mut at = 0;
        for part in split_unescaped(text) {
            let wrong = Error::Malformed { at, expected: "an attribute as O=value" };
            at += part.len() + 1;
            let (name, value) = part.split_once('=').ok_or_else(|| wrong.clone())?;
            let name = name.trim();
            let known = SHORT.iter().find(|(short, _)| short.eq_ignore_ascii_case(name));
            let oid = known.map(|(_, oid)| *oid).ok_or_else(|| wrong.clone())?;
            let value = value.trim().replace("\\,", ",").replace("\\\\", "\\");
            if value.is_empty() || value.chars().any(char::is_control) {
                return Err(wrong);
            }
            builder.attributes.push((oid, value));
        }
        Ok(builder)
    }

    /// The name. Country and serial number become PrintableString (RFC 5280 appendix A), e-mail
    /// IA5String, all else UTF8String.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a country that is not two letters, or a value that does not fit
    /// its string type.
    pub fn build(self) -> Result<Name, Error> {
        for (oid, value) in &self.attributes {
            let fits = match *oid {
                oid::COUNTRY => value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic()),
                oid::SERIAL_NUMBER => value.bytes().all(is_printable),
                oid::EMAIL => value.is_ascii(),
                _ => true,
            };
            if !fits {
                return Err(Error::Malformed { at: 0, expected: "a value its attribute allows" });
            }
        }
        let der = Writer::build(|w| {
            w.sequence(|w| {
                for (oid, value) in &self.attributes {
                    w.set(|w| {
                        w.sequence(|w| {
                            w.oid(oid);
                            match *oid {
                                oid::COUNTRY | oid::SERIAL_NUMBER => w.printable_string(value),
                                oid::EMAIL => w.tlv(Tag::IA5_STRING, value.as_bytes()),
                                _ => w.utf8_string(value),
                            }
                        });
                    });
                }
            });
        });
        Name::from_der(&der)
    }
}

const fn is_printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?'
        )
}

fn split_unescaped(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (index, letter) in text.char_indices() {
        match letter {
            '\\' => escaped = !escaped,
            ',' if !escaped => {
                parts.push(text.get(start..index).unwrap_or(""));
                start = index + 1;
            }
            _ => escaped = false,
        }
    }
    parts.push(text.get(start..).unwrap_or(""));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_built_shown_and_compared() {
        let name = NameBuilder::parse("C=CN,O=甲\\,乙公司,CN=甲公司").unwrap().build().unwrap();
        assert_eq!(name.to_string(), "C=CN, O=甲\\,乙公司, CN=甲公司");
        let other = NameBuilder::new()
            .with(oid::COUNTRY, "cn")
            .with(oid::ORGANISATION, " 甲,乙公司 ")
            .with(oid::COMMON_NAME, "甲公司")
            .build()
            .unwrap();
        assert_ne!(name, other);
        assert!(name.matches(&other));
        let shorter = NameBuilder::parse("C=CN,O=甲\\,乙公司").unwrap().build().unwrap();
        assert!(name.begins_with(&shorter) && !shorter.begins_with(&name));
        assert!(!name.matches(&shorter));
    }

    #[test]
    fn control_characters_never_reach_a_terminal() {
        let der = Writer::build(|w| {
            w.sequence(|w| {
                w.set(|w| {
                    w.sequence(|w| {
                        w.oid(&oid::COMMON_NAME);
                        w.utf8_string("a\u{1b}[2J");
                    });
                });
            });
        });
        assert_eq!(Name::from_der(&der).unwrap().to_string(), "CN=a\\u{1b}[2J");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in ["", "CN", "XX=1", "CN=", "C=CHN,CN=x"] {
            let built = NameBuilder::parse(text).and_then(NameBuilder::build);
            assert!(built.is_err(), "{text}");
        }
    }
}
