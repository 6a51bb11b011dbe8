//! Reading, without copying and without believing.

use super::Tag;
use crate::{Error, Oid, Time, limits};

/// One element: its tag, its content and the whole of its octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tlv<'a> {
    /// Identifier octet.
    pub tag: Tag,
    /// Content octets.
    pub value: &'a [u8],
    /// Identifier, length and content octets as received: what digests are taken over.
    pub raw: &'a [u8],
    /// Position of the identifier octet in the outermost input.
    pub at: usize,
}

impl<'a> Tlv<'a> {
    /// Position of the first content octet in the outermost input.
    #[must_use]
    pub const fn content_at(&self) -> usize {
        self.at + (self.raw.len() - self.value.len())
    }

    /// A reader over the content, for an element that holds others.
    #[must_use]
    pub const fn reader(&self, depth: u8) -> Reader<'a> {
        Reader { input: self.value, at: self.content_at(), depth }
    }
}

/// Reads DER elements one after the other; every error says at which byte.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    depth: u8,
}

impl<'a> Reader<'a> {
    /// Starts at byte 0 of `input`.
    #[must_use]
    pub const fn new(input: &'a [u8]) -> Self {
        Self::at(input, 0)
    }

    /// Starts on bytes that lie at `at` of some outer input, so that errors count from there.
    #[must_use]
    pub const fn at(input: &'a [u8], at: usize) -> Self {
        Self { input, at, depth: limits::DEPTH }
    }

    /// The next element, whatever it is.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`], or [`Error::Malformed`] for a tag number from 31 on, an indefinite
    /// or not minimal length.
    pub fn any(&mut self) -> Result<Tlv<'a>, Error> {
        let (tag, header, length) = self.header()?;
        let total = header.checked_add(length).ok_or_else(|| Error::Limit {
            at: self.at,
            what: "element",
            limit: u64::from(u32::MAX),
        })?;
        let Some((raw, rest)) = self.input.split_at_checked(total) else {
            return Err(Error::Truncated {
                at: self.at + self.input.len(),
                missing: total - self.input.len(),
            });
        };
        let value = raw.get(header..).unwrap_or(&[]);
        let tlv = Tlv { tag, value, raw, at: self.at };
        self.input = rest;
        self.at += total;
        Ok(tlv)
    }

    /// Tag, octets of tag and length, and length of the next element.
    fn header(&self) -> Result<(Tag, usize, usize), Error> {
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
        if first < 0x80 {
            return Ok((Tag(tag), 2, usize::from(first)));
        }
        let count = usize::from(first & 0x7f);
        if count == 0 {
            return Err(Error::Malformed { at: self.at + 1, expected: "definite length" });
        }
        if count > 4 {
            let limit = u64::from(u32::MAX);
            return Err(Error::Limit { at: self.at + 1, what: "length in bytes", limit });
        }
        let mut length: u32 = 0;
        for index in 0..count {
            length = (length << 8) | u32::from(octet(2 + index)?);
        }
        let minimal = if count == 1 { 0x80 } else { 1 << (8 * (count - 1)) };
        if length < minimal {
            return Err(Error::Malformed { at: self.at + 1, expected: "minimal length" });
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Ok((Tag(tag), 2 + count, length))
    }

    /// The next element, which must carry `tag`.
    ///
    /// # Errors
    ///
    /// As [`any`](Self::any), and [`Error::Malformed`] for another tag.
    pub fn expect(&mut self, tag: Tag) -> Result<Tlv<'a>, Error> {
        if self.is_empty() {
            return Err(Error::Malformed { at: self.at, expected: tag.name() });
        }
        if self.peek() != Some(tag) {
            return Err(Error::Malformed { at: self.at, expected: tag.name() });
        }
        self.any()
    }

    /// The next element if it carries `tag`.
    ///
    /// # Errors
    ///
    /// As [`any`](Self::any).
    pub fn optional(&mut self, tag: Tag) -> Result<Option<Tlv<'a>>, Error> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    /// A reader over the content of the next element, which must carry `tag`.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect), and [`Error::Limit`] when nested too deep.
    pub fn nested(&mut self, tag: Tag) -> Result<Self, Error> {
        let tlv = self.expect(tag)?;
        self.enter(&tlv)
    }

    /// A reader over the content of the next element if it carries `tag`.
    ///
    /// # Errors
    ///
    /// As [`nested`](Self::nested).
    pub fn optional_nested(&mut self, tag: Tag) -> Result<Option<Self>, Error> {
        match self.optional(tag)? {
            Some(tlv) => self.enter(&tlv).map(Some),
            None => Ok(None),
        }
    }

    /// A reader over the content of `tlv`, one level deeper than this one.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] when nested too deep.
    pub fn enter(&self, tlv: &Tlv<'a>) -> Result<Self, Error> {
        let Some(depth) = self.depth.checked_sub(1) else {
            let limit = u64::from(limits::DEPTH);
            return Err(Error::Limit { at: tlv.at, what: "nesting", limit });
        };
        Ok(tlv.reader(depth))
    }

    /// A reader over the content of a SEQUENCE.
    ///
    /// # Errors
    ///
    /// As [`nested`](Self::nested).
    pub fn sequence(&mut self) -> Result<Self, Error> {
        self.nested(Tag::SEQUENCE)
    }

    /// A reader over the content of a SET.
    ///
    /// # Errors
    ///
    /// As [`nested`](Self::nested).
    pub fn set(&mut self) -> Result<Self, Error> {
        self.nested(Tag::SET)
    }

    /// A reader over the content of `[number]`, constructed.
    ///
    /// # Errors
    ///
    /// As [`nested`](Self::nested).
    pub fn explicit(&mut self, number: u8) -> Result<Self, Error> {
        self.nested(Tag::explicit(number))
    }

    /// A reader over the content of `[number]`, constructed, if it comes next.
    ///
    /// # Errors
    ///
    /// As [`nested`](Self::nested).
    pub fn optional_explicit(&mut self, number: u8) -> Result<Option<Self>, Error> {
        self.optional_nested(Tag::explicit(number))
    }

    /// An object identifier.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect), and what [`Oid::from_octets`] refuses.
    pub fn oid(&mut self) -> Result<Oid, Error> {
        let tlv = self.expect(Tag::OID)?;
        Oid::from_octets(tlv.value).map_err(|error| match error {
            Error::Malformed { at, expected } => {
                Error::Malformed { at: tlv.content_at() + at, expected }
            }
            Error::Limit { at, what, limit } => {
                Error::Limit { at: tlv.content_at() + at, what, limit }
            }
            other => other,
        })
    }

    /// The content of an INTEGER as received: two's complement, minimal, at least one octet.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect); [`Error::Malformed`] when not minimal, [`Error::Limit`] over
    /// [`limits::INTEGER`] octets.
    pub fn integer(&mut self) -> Result<&'a [u8], Error> {
        let tlv = self.expect(Tag::INTEGER)?;
        let minimal = match tlv.value {
            [] => false,
            [0x00, second, ..] => second & 0x80 != 0,
            [0xff, second, ..] => second & 0x80 == 0,
            _ => true,
        };
        if !minimal {
            return Err(Error::Malformed { at: tlv.at, expected: "minimal INTEGER" });
        }
        if tlv.value.len() > limits::INTEGER {
            return Err(Error::Limit { at: tlv.at, what: "INTEGER in bytes", limit: 1025 });
        }
        Ok(tlv.value)
    }

    /// A non-negative INTEGER's magnitude: big-endian, no leading zero; empty for zero.
    ///
    /// # Errors
    ///
    /// As [`integer`](Self::integer), and [`Error::Malformed`] for a negative one.
    pub fn unsigned(&mut self) -> Result<&'a [u8], Error> {
        let at = self.at;
        match self.integer()? {
            [first, ..] if first & 0x80 != 0 => {
                Err(Error::Malformed { at, expected: "non-negative INTEGER" })
            }
            [0, magnitude @ ..] | magnitude => Ok(magnitude),
        }
    }

    /// A small non-negative INTEGER.
    ///
    /// # Errors
    ///
    /// As [`unsigned`](Self::unsigned), and [`Error::Malformed`] from 2^64 on.
    pub fn uint(&mut self) -> Result<u64, Error> {
        let at = self.at;
        let magnitude = self.unsigned()?;
        if magnitude.len() > 8 {
            return Err(Error::Malformed { at, expected: "INTEGER below 2^64" });
        }
        Ok(magnitude.iter().fold(0, |sum, octet| (sum << 8) | u64::from(*octet)))
    }

    /// An ENUMERATED value below 256.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect), and [`Error::Malformed`] for anything longer.
    pub fn enumerated(&mut self) -> Result<u8, Error> {
        let tlv = self.expect(Tag::ENUMERATED)?;
        match tlv.value {
            [value @ 0..=0x7f] | [0, value @ 0x80..=0xff] => Ok(*value),
            _ => Err(Error::Malformed { at: tlv.at, expected: "ENUMERATED below 256" }),
        }
    }

    /// A BOOLEAN: 00 or ff.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect), and [`Error::Malformed`] for another content.
    pub fn boolean(&mut self) -> Result<bool, Error> {
        let tlv = self.expect(Tag::BOOLEAN)?;
        match tlv.value {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(Error::Malformed { at: tlv.at, expected: "BOOLEAN of 00 or ff" }),
        }
    }

    /// A NULL.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect), and [`Error::Malformed`] when it has content.
    pub fn null(&mut self) -> Result<(), Error> {
        let tlv = self.expect(Tag::NULL)?;
        if tlv.value.is_empty() {
            Ok(())
        } else {
            Err(Error::Malformed { at: tlv.at, expected: "NULL without content" })
        }
    }

    /// An OCTET STRING's content.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect).
    pub fn octet_string(&mut self) -> Result<&'a [u8], Error> {
        Ok(self.expect(Tag::OCTET_STRING)?.value)
    }

    /// A BIT STRING whose bits fill whole octets.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect), and [`Error::Malformed`] when bits are left over.
    pub fn bit_string(&mut self) -> Result<&'a [u8], Error> {
        let tlv = self.expect(Tag::BIT_STRING)?;
        match tlv.value {
            [0, bits @ ..] => Ok(bits),
            _ => Err(Error::Malformed { at: tlv.at, expected: "BIT STRING of whole octets" }),
        }
    }

    /// A BIT STRING of named bits: bit 0 is the highest of the first octet. At most 16 bits are
    /// read; unused bits must be zero.
    ///
    /// # Errors
    ///
    /// As [`expect`](Self::expect), and [`Error::Malformed`] for a wrong form.
    pub fn named_bits(&mut self) -> Result<u16, Error> {
        let tlv = self.expect(Tag::BIT_STRING)?;
        let wrong = Error::Malformed { at: tlv.at, expected: "BIT STRING of named bits" };
        match *tlv.value {
            [0] => Ok(0),
            [unused @ 0..=7, octet] if octet.trailing_zeros() >= u32::from(unused) => {
                Ok(u16::from(octet) << 8)
            }
            [unused @ 0..=7, first, second] if second.trailing_zeros() >= u32::from(unused) => {
                Ok((u16::from(first) << 8) | u16::from(second))
            }
            _ => Err(wrong),
        }
    }

    /// A UTCTime or GeneralizedTime in UTC with seconds.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for another tag, another form, or a day that does not exist.
    pub fn time(&mut self) -> Result<Time, Error> {
        let tlv = self.any()?;
        let time = match tlv.tag {
            Tag::UTC_TIME => Time::from_utc_time(tlv.value),
            Tag::GENERALIZED_TIME => Time::from_generalized_time(tlv.value),
            _ => None,
        };
        time.ok_or(Error::Malformed { at: tlv.at, expected: "time in UTC with seconds" })
    }

    /// The tag of the next element, `None` at the end.
    #[must_use]
    pub fn peek(&self) -> Option<Tag> {
        self.input.first().map(|octet| Tag(*octet))
    }

    /// Whether everything was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.input.is_empty()
    }

    /// Position of the next octet in the outermost input.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// What was not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.input
    }

    /// Ends reading: nothing may be left.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when something is.
    pub const fn finish(self) -> Result<(), Error> {
        if self.input.is_empty() {
            Ok(())
        } else {
            Err(Error::Malformed { at: self.at, expected: "end of the element" })
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::der::Writer;

    #[test]
    fn lengths_must_be_minimal_definite_and_present() {
        let cases: [(&[u8], Error); 7] = [
            (&[0x04], Error::Truncated { at: 1, missing: 1 }),
            (&[0x04, 3, 1, 2], Error::Truncated { at: 4, missing: 1 }),
            (&[0x04, 0x81, 3, 1, 2, 3], Error::Malformed { at: 1, expected: "minimal length" }),
            (&[0x04, 0x82, 0, 0x80], Error::Malformed { at: 1, expected: "minimal length" }),
            (&[0x24, 0x80, 0, 0], Error::Malformed { at: 1, expected: "definite length" }),
            (&[0x1f, 0x81, 1, 0], Error::Malformed { at: 0, expected: "tag number below 31" }),
            (
                &[0x04, 0x85, 1, 0, 0, 0, 0],
                Error::Limit { at: 1, what: "length in bytes", limit: 0xffff_ffff },
            ),
        ];
        for (bytes, error) in cases {
            assert_eq!(Reader::new(bytes).any(), Err(error));
        }
        let huge = [0x30, 0x84, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(
            Reader::new(&huge).any(),
            Err(Error::Truncated { at: 6, missing: 0xffff_ffff }),
            "a length near 2^32 allocates nothing"
        );
    }

    #[test]
    fn integers_must_be_minimal() {
        for bytes in [&[2, 0][..], &[2, 2, 0, 1], &[2, 2, 0xff, 0x80]] {
            assert!(Reader::new(bytes).integer().is_err(), "{bytes:02x?}");
        }
        assert_eq!(Reader::new(&[2, 2, 0, 0x80]).uint(), Ok(0x80));
        assert_eq!(Reader::new(&[2, 1, 0]).unsigned(), Ok(&[][..]));
        assert!(Reader::new(&[2, 1, 0x80]).unsigned().is_err());
    }

    #[test]
    fn ten_thousand_nested_sequences_end_at_the_limit() {
        let bomb =
            (0..10_000).fold(vec![], |inner, _| Writer::build(|w| w.tlv(Tag::SEQUENCE, &inner)));
        let mut reader = Reader::new(&bomb);
        let error = loop {
            match reader.sequence() {
                Ok(inner) => reader = inner,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::Limit { what: "nesting", .. }), "{error}");
    }

    #[test]
    fn named_bits_refuse_set_padding() {
        assert_eq!(Reader::new(&[3, 2, 1, 0b0000_0110]).named_bits(), Ok(0b0000_0110 << 8));
        assert!(Reader::new(&[3, 2, 2, 0b0000_0110]).named_bits().is_err());
        assert_eq!(Reader::new(&[3, 3, 7, 0, 0x80]).named_bits(), Ok(0x0080));
        assert_eq!(Reader::new(&[3, 1, 0]).named_bits(), Ok(0));
        assert!(Reader::new(&[3, 0]).named_bits().is_err());
    }

    #[test]
    fn positions_count_from_the_outermost_input() {
        let bytes = [0x30, 5, 0x30, 3, 0x02, 1, 7];
        let mut outer = Reader::new(&bytes);
        let mut inner = outer.sequence().unwrap().sequence().unwrap();
        assert_eq!(inner.position(), 4);
        assert_eq!(inner.oid(), Err(Error::Malformed { at: 4, expected: "OBJECT IDENTIFIER" }));
    }
}
