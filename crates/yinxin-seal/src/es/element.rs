//! Elements as vendors write them: DER, or BER of definite lengths that is not quite DER.
//!
//! What is signed is verified as received (trap T2), so a long-form length must not stop the
//! reading; it is named as a deviation instead.

use yinxin_pki::der::{Reader, Tag, Tlv};
use yinxin_pki::{Error, Oid, limits};

/// Reads elements one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a> {
    input: &'a [u8],
    at: usize,
    depth: u8,
}

impl<'a> Elements<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0, depth: limits::DEPTH }
    }

    pub(crate) fn peek(&self) -> Option<Tag> {
        self.input.first().map(|octet| Tag(*octet))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.input.is_empty()
    }

    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.input
    }

    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, Error> {
        let octet = |index: usize| {
            self.input
                .get(index)
                .copied()
                .ok_or(Error::Truncated { at: self.at + self.input.len(), missing: 1 })
        };
        let tag = octet(0)?;
        if tag & 0x1f == 0x1f {
            return Err(Error::Malformed { at: self.at, expected: "tag number below 31" });
        }
        let first = octet(1)?;
        let (header, length) = if first < 0x80 {
            (2, usize::from(first))
        } else {
            let count = usize::from(first & 0x7f);
            if count == 0 {
                return Err(Error::Malformed { at: self.at + 1, expected: "definite length" });
            }
            // Eight octets leave room for the zero-padded lengths that some encoders write.
            if count > 8 {
                return Err(Error::Limit { at: self.at + 1, what: "length in bytes", limit: 8 });
            }
            let mut length: u64 = 0;
            for index in 0..count {
                length = (length << 8) | u64::from(octet(2 + index)?);
            }
            (2 + count, usize::try_from(length).unwrap_or(usize::MAX))
        };
        let total = header.saturating_add(length);
        let Some((raw, rest)) = self.input.split_at_checked(total) else {
            let missing = total - self.input.len();
            return Err(Error::Truncated { at: self.at + self.input.len(), missing });
        };
        let value = raw.get(header..).unwrap_or(&[]);
        let tlv = Tlv { tag: Tag(tag), value, raw, at: self.at };
        self.input = rest;
        self.at += total;
        Ok(tlv)
    }

    pub(crate) fn expect(&mut self, tag: Tag) -> Result<Tlv<'a>, Error> {
        if self.peek() == Some(tag) {
            self.any()
        } else {
            Err(Error::Malformed { at: self.at, expected: tag.name() })
        }
    }

    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<Tlv<'a>>, Error> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    pub(crate) fn enter(&self, tlv: &Tlv<'a>) -> Result<Self, Error> {
        let Some(depth) = self.depth.checked_sub(1) else {
            let limit = u64::from(limits::DEPTH);
            return Err(Error::Limit { at: tlv.at, what: "nesting", limit });
        };
        Ok(Self { input: tlv.value, at: tlv.content_at(), depth })
    }

    pub(crate) fn sequence(&mut self) -> Result<Self, Error> {
        let tlv = self.expect(Tag::SEQUENCE)?;
        self.enter(&tlv)
    }

    /// A non-negative INTEGER, also with padding octets.
    pub(crate) fn uint(&mut self) -> Result<u64, Error> {
        let tlv = self.expect(Tag::INTEGER)?;
        let wrong = Error::Malformed { at: tlv.at, expected: "INTEGER from 0 to 2^63" };
        let significant = match tlv.value.iter().position(|octet| *octet != 0) {
            Some(start) => tlv.value.get(start..).unwrap_or(&[]),
            None if tlv.value.is_empty() => return Err(wrong),
            None => &[],
        };
        let negative = tlv.value.first().is_some_and(|octet| octet & 0x80 != 0);
        if negative || significant.len() > 8 {
            return Err(wrong);
        }
        Ok(significant.iter().fold(0, |sum, octet| (sum << 8) | u64::from(*octet)))
    }

    /// A BOOLEAN; BER lets any octet but zero be true.
    pub(crate) fn boolean(&mut self) -> Result<bool, Error> {
        let tlv = self.expect(Tag::BOOLEAN)?;
        match tlv.value {
            [octet] => Ok(*octet != 0),
            _ => Err(Error::Malformed { at: tlv.at, expected: "BOOLEAN of one octet" }),
        }
    }

    pub(crate) fn oid(&mut self) -> Result<Oid, Error> {
        let tlv = self.expect(Tag::OID)?;
        Oid::from_octets(tlv.value)
            .map_err(|_| Error::Malformed { at: tlv.at, expected: "OBJECT IDENTIFIER" })
    }

    pub(crate) fn octet_string(&mut self) -> Result<&'a [u8], Error> {
        Ok(self.expect(Tag::OCTET_STRING)?.value)
    }

    pub(crate) fn bit_string(&mut self) -> Result<&'a [u8], Error> {
        let tlv = self.expect(Tag::BIT_STRING)?;
        match tlv.value {
            [0, bits @ ..] => Ok(bits),
            _ => Err(Error::Malformed { at: tlv.at, expected: "BIT STRING of whole octets" }),
        }
    }

    /// A text of any of the string types vendors use for it; `true` when it is `expected`.
    pub(crate) fn text(&mut self, expected: Tag) -> Result<(&'a str, bool), Error> {
        let kinds = [Tag::IA5_STRING, Tag::UTF8_STRING, Tag::PRINTABLE_STRING];
        let at = self.at;
        let tlv = match self.peek() {
            Some(tag) if kinds.contains(&tag) => self.any()?,
            _ => return Err(Error::Malformed { at, expected: expected.name() }),
        };
        let text = std::str::from_utf8(tlv.value)
            .map_err(|_| Error::Malformed { at: tlv.content_at(), expected: "UTF-8" })?;
        Ok((text, tlv.tag == expected))
    }

    pub(crate) const fn finish(self) -> Result<(), Error> {
        if self.input.is_empty() {
            Ok(())
        } else {
            Err(Error::Malformed { at: self.at, expected: "end of the element" })
        }
    }

    /// The tags of the elements inside `tlv`, at most eight, to tell structures apart.
    pub(crate) fn tags(&self, tlv: &Tlv<'a>) -> Result<Vec<Tag>, Error> {
        let mut inside = self.enter(tlv)?;
        let mut tags = Vec::new();
        while !inside.is_empty() && tags.len() < 8 {
            tags.push(inside.any()?.tag);
        }
        Ok(tags)
    }
}

/// Whether `der` is DER all through: minimal lengths and integers, booleans of 00 or ff.
pub(crate) fn is_der(der: &[u8]) -> bool {
    let mut reader = Reader::new(der);
    walk(&mut reader).is_ok()
}

fn walk(reader: &mut Reader<'_>) -> Result<(), Error> {
    while !reader.is_empty() {
        match reader.peek() {
            Some(Tag::INTEGER) => drop(reader.integer()?),
            Some(Tag::BOOLEAN) => drop(reader.boolean()?),
            _ => {
                let tlv = reader.any()?;
                if tlv.tag.is_constructed() {
                    walk(&mut reader.enter(&tlv)?)?;
                }
            }
        }
    }
    Ok(())
}
