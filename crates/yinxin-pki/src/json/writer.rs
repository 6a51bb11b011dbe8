//! JSON out of values of types, as short as it can be: the octets are those of `serde_json`. There are
//! no numbers but whole ones, and no octets but as text.

use alloc::vec::Vec;
use core::fmt::Display;

use serde::ser::{self, Serialize};

use super::reader::Unfit;

/// What was written so far.
pub(super) struct Writer(pub(super) Vec<u8>);

impl ser::Error for Unfit {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

impl Writer {
    fn string(&mut self, text: &str) {
        self.0.push(b'"');
        for octet in text.bytes() {
            let escaped = match octet {
                b'"' | b'\\' => octet,
                0x8 => b'b',
                b'\t' => b't',
                b'\n' => b'n',
                0xc => b'f',
                b'\r' => b'r',
                0..=0x1f => {
                    self.0.extend_from_slice(b"\\u00");
                    let digit =
                        |value: u8| if value < 10 { b'0' + value } else { b'a' - 10 + value };
                    self.0.extend_from_slice(&[digit(octet >> 4), digit(octet & 15)]);
                    continue;
                }
                _ => {
                    self.0.push(octet);
                    continue;
                }
            };
            self.0.extend_from_slice(&[b'\\', escaped]);
        }
        self.0.push(b'"');
    }

    fn number(&mut self, mut value: u64) {
        let mut digits = [b'0'; 20];
        let mut count = 0;
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(value % 10).unwrap_or(0);
            value /= 10;
            count += 1;
            if value == 0 {
                break;
            }
        }
        self.0.extend_from_slice(digits.get(20 - count..).unwrap_or(&[]));
    }
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Unfit;
    type SerializeSeq = Inside<'w>;
    type SerializeTuple = Inside<'w>;
    type SerializeTupleStruct = Inside<'w>;
    type SerializeTupleVariant = ser::Impossible<(), Unfit>;
    type SerializeMap = Inside<'w>;
    type SerializeStruct = Inside<'w>;
    type SerializeStructVariant = ser::Impossible<(), Unfit>;

    fn serialize_bool(self, value: bool) -> Result<(), Unfit> {
        self.0.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Unfit> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Unfit> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unfit> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unfit> {
        if value < 0 {
            self.0.push(b'-');
        }
        self.number(value.unsigned_abs());
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Unfit> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Unfit> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Unfit> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Unfit> {
        self.number(value);
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Result<(), Unfit> {
        Err(Unfit)
    }

    fn serialize_f64(self, _: f64) -> Result<(), Unfit> {
        Err(Unfit)
    }

    fn serialize_char(self, value: char) -> Result<(), Unfit> {
        self.string(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Unfit> {
        self.string(value);
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unfit> {
        Err(Unfit)
    }

    fn serialize_none(self) -> Result<(), Unfit> {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unfit> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unfit> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Unfit> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        self.0.push(b'{');
        self.string(variant);
        self.0.push(b':');
        value.serialize(&mut *self)?;
        self.0.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'w>, Unfit> {
        self.0.push(b'[');
        Ok(Inside { writer: self, is_first: true })
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside<'w>, Unfit> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'w>, Unfit> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unfit> {
        Err(Unfit)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'w>, Unfit> {
        self.0.push(b'{');
        Ok(Inside { writer: self, is_first: true })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'w>, Unfit> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unfit> {
        Err(Unfit)
    }
}

/// An array or object that is being written.
pub(super) struct Inside<'w> {
    writer: &'w mut Writer,
    is_first: bool,
}

impl Inside<'_> {
    fn comma(&mut self) {
        if !self.is_first {
            self.writer.0.push(b',');
        }
        self.is_first = false;
    }

    fn name(&mut self, name: &str) {
        self.comma();
        self.writer.string(name);
        self.writer.0.push(b':');
    }

    fn close(self, bracket: u8) -> Result<(), Unfit> {
        self.writer.0.push(bracket);
        Ok(())
    }
}

impl ser::SerializeSeq for Inside<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unfit> {
        self.comma();
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Unfit> {
        self.close(b']')
    }
}

impl ser::SerializeTuple for Inside<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unfit> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Unfit> {
        self.close(b']')
    }
}

impl ser::SerializeTupleStruct for Inside<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unfit> {
        ser::SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<(), Unfit> {
        self.close(b']')
    }
}

impl ser::SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Unfit;

    /// Names are texts: whatever else is refused.
    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Unfit> {
        self.comma();
        let begin = self.writer.0.len();
        key.serialize(&mut *self.writer)?;
        if self.writer.0.get(begin) != Some(&b'"') {
            return Err(Unfit);
        }
        self.writer.0.push(b':');
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Unfit> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Unfit> {
        self.close(b'}')
    }
}

impl ser::SerializeStruct for Inside<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_field<T: ?Sized + Serialize>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        self.name(name);
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Unfit> {
        self.close(b'}')
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::string::String;
    use alloc::vec::Vec;

    use serde::Serialize;
    use serde_json::json;

    use crate::json;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    enum Act {
        Seal(Vec<i64>),
        LeftOut,
    }

    #[derive(Serialize)]
    struct Pair(u8, char);

    #[derive(Serialize)]
    struct Wrapped(bool);

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct All {
        every_char: String,
        numbers: Vec<u64>,
        small: (u8, u16, u32, i8, i16, i32),
        none: Option<u8>,
        some: Option<&'static str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        skipped: Vec<u8>,
        acts: Vec<Act>,
        pair: Pair,
        wrapped: Wrapped,
        unit: (),
        map: BTreeMap<String, [u8; 0]>,
    }

    #[test]
    fn octets_are_those_of_serde_json() {
        let all = All {
            every_char: ('\0'..='\u{2fff}').chain('\u{fff0}'..='\u{100ff}').collect(),
            numbers: (0..64).map(|shift| u64::MAX >> shift).chain([0, 9, 10, 99, 100]).collect(),
            small: (255, 65_535, u32::MAX, -128, -32_768, i32::MIN),
            none: None,
            some: Some("\"\\/"),
            skipped: Vec::new(),
            acts: alloc::vec![Act::Seal(alloc::vec![i64::MIN, -1, 0]), Act::LeftOut],
            pair: Pair(7, '文'),
            wrapped: Wrapped(true),
            unit: (),
            map: ["b", "", "a\n"].into_iter().map(|name| (name.into(), [])).collect(),
        };
        assert_eq!(json::write(&all).unwrap(), serde_json::to_vec(&all).unwrap());
        let value = json!({"a": [1, null, {"b": "c"}], "d": {}, "e": -5, "f": []});
        assert_eq!(json::write(&value).unwrap(), serde_json::to_vec(&value).unwrap());
    }

    #[test]
    fn what_has_no_one_form_is_refused() {
        assert!(json::write(&1.5).is_err());
        assert!(json::write(&json!({"a": 0.5})).is_err());
        assert!(json::write(&BTreeMap::from([(1, 2)])).is_err());
        assert!(json::write(&f32::NAN).is_err());
    }
}
