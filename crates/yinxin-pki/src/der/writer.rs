//! Writing, always distinguished.

use alloc::vec::Vec;

use super::Tag;
use crate::{Oid, Time};

/// Builds DER from the outside in; lengths are put in when an element closes.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self { out: Vec::new() }
    }

    /// The bytes one closure writes.
    #[must_use]
    pub fn build(write: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut writer = Self::new();
        write(&mut writer);
        writer.out
    }

    /// An element with the given content.
    pub fn tlv(&mut self, tag: Tag, content: &[u8]) {
        self.out.push(tag.0);
        push_length(&mut self.out, content.len());
        self.out.extend_from_slice(content);
    }

    /// An element whose content `write` writes.
    pub fn nested(&mut self, tag: Tag, write: impl FnOnce(&mut Self)) {
        self.out.push(tag.0);
        let start = self.out.len();
        write(self);
        let mut length = Vec::new();
        push_length(&mut length, self.out.len() - start);
        self.out.splice(start..start, length);
    }

    /// A SEQUENCE.
    pub fn sequence(&mut self, write: impl FnOnce(&mut Self)) {
        self.nested(Tag::SEQUENCE, write);
    }

    /// A SET whose members the caller writes in the right order.
    pub fn set(&mut self, write: impl FnOnce(&mut Self)) {
        self.nested(Tag::SET, write);
    }

    /// A SET OF the given elements, sorted as X.690 §11.6 asks.
    pub fn set_of(&mut self, tag: Tag, mut elements: Vec<Vec<u8>>) {
        elements.sort_unstable();
        self.nested(tag, |w| {
            for element in &elements {
                w.raw(element);
            }
        });
    }

    /// `[number]` EXPLICIT.
    pub fn explicit(&mut self, number: u8, write: impl FnOnce(&mut Self)) {
        self.nested(Tag::explicit(number), write);
    }

    /// An element that is already encoded.
    pub fn raw(&mut self, der: &[u8]) {
        self.out.extend_from_slice(der);
    }

    /// An object identifier.
    pub fn oid(&mut self, oid: &Oid) {
        self.tlv(Tag::OID, oid.octets());
    }

    /// A non-negative INTEGER from its big-endian magnitude; leading zeros are dropped.
    pub fn unsigned(&mut self, magnitude: &[u8]) {
        let zeros = magnitude.iter().take_while(|octet| **octet == 0).count();
        let digits = magnitude.get(zeros..).unwrap_or(&[]);
        let pad = digits.first().is_none_or(|first| first & 0x80 != 0);
        self.out.push(Tag::INTEGER.0);
        push_length(&mut self.out, digits.len() + usize::from(pad));
        if pad {
            self.out.push(0);
        }
        self.out.extend_from_slice(digits);
    }

    /// A small non-negative INTEGER.
    pub fn uint(&mut self, value: u64) {
        self.unsigned(&value.to_be_bytes());
    }

    /// An ENUMERATED value below 128.
    pub fn enumerated(&mut self, value: u8) {
        self.tlv(Tag::ENUMERATED, &[value & 0x7f]);
    }

    /// A BOOLEAN.
    pub fn boolean(&mut self, value: bool) {
        self.tlv(Tag::BOOLEAN, &[if value { 0xff } else { 0x00 }]);
    }

    /// A NULL.
    pub fn null(&mut self) {
        self.tlv(Tag::NULL, &[]);
    }

    /// An OCTET STRING.
    pub fn octet_string(&mut self, content: &[u8]) {
        self.tlv(Tag::OCTET_STRING, content);
    }

    /// A BIT STRING of whole octets.
    pub fn bit_string(&mut self, bits: &[u8]) {
        self.out.push(Tag::BIT_STRING.0);
        push_length(&mut self.out, bits.len() + 1);
        self.out.push(0);
        self.out.extend_from_slice(bits);
    }

    /// A BIT STRING of up to 16 named bits, bit 0 the highest, trailing zero bits dropped
    /// (X.690 §11.2.2).
    pub fn named_bits(&mut self, bits: u16) {
        let octets = bits.to_be_bytes();
        let unused = u8::try_from(bits.trailing_zeros() % 8).unwrap_or(0);
        match (bits, octets) {
            (0, _) => self.tlv(Tag::BIT_STRING, &[0]),
            (_, [first, 0]) => self.tlv(Tag::BIT_STRING, &[unused, first]),
            (_, [first, second]) => self.tlv(Tag::BIT_STRING, &[unused, first, second]),
        }
    }

    /// A UTF8String.
    pub fn utf8_string(&mut self, text: &str) {
        self.tlv(Tag::UTF8_STRING, text.as_bytes());
    }

    /// A PrintableString; the caller has checked the alphabet.
    pub fn printable_string(&mut self, text: &str) {
        self.tlv(Tag::PRINTABLE_STRING, text.as_bytes());
    }

    /// A time as RFC 5280 wants it: UTCTime before 2050, then GeneralizedTime.
    pub fn time(&mut self, time: Time) {
        if time.is_utc_time() {
            let digits = time.digits();
            self.nested(Tag::UTC_TIME, |w| {
                w.raw(digits.get(2..).unwrap_or(&[]));
                w.raw(b"Z");
            });
        } else {
            self.generalized_time(time);
        }
    }

    /// A GeneralizedTime.
    pub fn generalized_time(&mut self, time: Time) {
        self.nested(Tag::GENERALIZED_TIME, |w| {
            w.raw(&time.digits());
            w.raw(b"Z");
        });
    }

    /// An AlgorithmIdentifier without parameters.
    pub fn algorithm(&mut self, oid: &Oid) {
        self.sequence(|w| w.oid(oid));
    }

    /// An AlgorithmIdentifier with NULL parameters.
    pub fn algorithm_null(&mut self, oid: &Oid) {
        self.sequence(|w| {
            w.oid(oid);
            w.null();
        });
    }

    /// What was written.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.out
    }
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    let octets = length.to_be_bytes();
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let digits = octets.get(zeros..).unwrap_or(&[]);
    match digits {
        [] => out.push(0),
        [short @ ..=0x7f] => out.push(*short),
        _ => {
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(0));
            out.extend_from_slice(digits);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::der::Reader;

    #[test]
    fn lengths_are_minimal_at_every_border() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let bytes = Writer::build(|w| w.octet_string(&vec![7; length]));
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.octet_string().unwrap().len(), length);
            reader.finish().unwrap();
        }
    }

    #[test]
    fn integers_go_there_and_back() {
        for value in [0, 1, 127, 128, 255, 256, u64::MAX] {
            let bytes = Writer::build(|w| w.uint(value));
            assert_eq!(Reader::new(&bytes).uint(), Ok(value));
        }
    }

    #[test]
    fn set_of_is_sorted() {
        let bytes = Writer::build(|w| w.set_of(Tag::SET, vec![vec![4, 1, 9], vec![4, 1, 2]]));
        assert_eq!(bytes, [0x31, 6, 4, 1, 2, 4, 1, 9]);
    }

    #[test]
    fn named_bits_drop_trailing_zeros() {
        assert_eq!(Writer::build(|w| w.named_bits(0xc000)), [3, 2, 6, 0xc0]);
        assert_eq!(Writer::build(|w| w.named_bits(0x0080)), [3, 3, 7, 0, 0x80]);
        assert_eq!(Writer::build(|w| w.named_bits(0)), [3, 1, 0]);
    }

    #[test]
    fn times_change_form_in_2050() {
        let last = Time::parse("2049-12-31T23:59:59Z").unwrap();
        assert_eq!(Writer::build(|w| w.time(last)), b"\x17\x0d491231235959Z");
        assert_eq!(Writer::build(|w| w.time(last.plus(1))), b"\x18\x0f20500101000000Z");
    }
}
