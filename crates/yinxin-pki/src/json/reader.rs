//! Values of types out of JSON: what serde needs of a format, and no more. There are no numbers but
//! whole ones, objects are written as objects and nothing else, and what is wrong has a place but no words: `serde_json`,
//! made for every text and type, is three times as large in what a page loads.

use alloc::string::String;
use core::fmt;

use serde::de::{self, DeserializeSeed, Visitor};
use serde::forward_to_deserialize_any;

use super::{JsonError, JsonRule, Scan};

/// Why a value is not of its type; the reader knows where.
#[derive(Debug)]
pub(super) struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(JsonRule::Members.words())
    }
}

impl core::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl From<JsonError> for Unfit {
    fn from(_: JsonError) -> Self {
        Self
    }
}

/// Reads values one after another.
pub(super) struct Reader<'a> {
    scan: Scan<'a>,
    /// Objects and arrays around what comes next.
    depth: usize,
    /// Where the value or name stands that was begun last.
    stands: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { scan: Scan { text, at: 0, strict: false }, depth: 0, stands: 0 }
    }

    /// Reads one value and nothing behind it.
    pub(super) fn whole<T: de::DeserializeOwned>(mut self) -> Result<T, JsonError> {
        let value = T::deserialize(&mut self);
        let ended = self.scan.ended();
        value.ok().filter(|_| ended).ok_or(JsonError { at: self.stands, rule: JsonRule::Members })
    }

    /// The first octet of what comes next.
    fn begin(&mut self) -> Option<u8> {
        self.scan.blank();
        self.stands = self.scan.at;
        self.scan.peek()
    }

    fn string(&mut self) -> Result<String, Unfit> {
        self.begin();
        Ok(self.scan.string()?)
    }

    fn whole_number(&mut self) -> Result<u64, Unfit> {
        self.begin();
        Ok(self.scan.whole_number()?)
    }

    /// The word `null`, if it comes next.
    fn null(&mut self) -> bool {
        self.begin();
        self.scan.word(b"null")
    }

    fn boolean(&mut self) -> Result<bool, Unfit> {
        self.begin();
        if self.scan.word(b"true") {
            return Ok(true);
        }
        if self.scan.word(b"false") { Ok(false) } else { Err(Unfit) }
    }

    /// Steps into an object or array.
    fn enter(&mut self, bracket: u8) -> Result<(), Unfit> {
        self.begin();
        self.scan.expect(bracket)?;
        self.depth += 1;
        if self.depth > Scan::DEEPEST { Err(Unfit) } else { Ok(()) }
    }

    /// Whether another element comes, past the comma before it; steps out where none does.
    fn another(&mut self, is_first: &mut bool, bracket: u8) -> Result<bool, Unfit> {
        if self.begin() == Some(bracket) {
            self.scan.at += 1;
            self.depth -= 1;
            return Ok(false);
        }
        if !*is_first {
            self.scan.expect(b',')?;
            self.begin();
        }
        *is_first = false;
        Ok(true)
    }

    fn colon(&mut self) -> Result<(), Unfit> {
        self.scan.blank();
        Ok(self.scan.expect(b':')?)
    }

    fn skip(&mut self) -> Result<(), Unfit> {
        self.begin();
        Ok(self.scan.value(self.depth + 1)?)
    }
}

impl<'de> de::Deserializer<'de> for &mut Reader<'_> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.begin() {
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b'"') => visitor.visit_string(self.string()?),
            Some(b't' | b'f') => visitor.visit_bool(self.boolean()?),
            Some(b'n') => self.deserialize_unit(visitor),
            _ => visitor.visit_u64(self.whole_number()?),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_bool(self.boolean()?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_u64(self.whole_number()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_string(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.null() { visitor.visit_unit() } else { Err(Unfit) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.enter(b'[')?;
        let mut elements = Elements { reader: self, is_first: true, bracket: b']' };
        let value = visitor.visit_seq(&mut elements)?;
        elements.end()?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.enter(b'{')?;
        let mut members = Elements { reader: self, is_first: true, bracket: b'}' };
        let value = visitor.visit_map(&mut members)?;
        members.end()?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.deserialize_map(visitor)
    }

    /// A word, or an object of one member whose name is the word.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        if self.begin() == Some(b'"') {
            return visitor.visit_enum(de::value::StringDeserializer::new(self.string()?));
        }
        self.enter(b'{')?;
        let value = visitor.visit_enum(&mut *self)?;
        Elements { reader: self, is_first: false, bracket: b'}' }.end()?;
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 f32 f64 char bytes byte_buf unit_struct tuple_struct
    }
}

/// What is in an array or object.
struct Elements<'r, 'a> {
    reader: &'r mut Reader<'a>,
    is_first: bool,
    /// 0 once it ended.
    bracket: u8,
}

impl Elements<'_, '_> {
    fn another(&mut self) -> Result<bool, Unfit> {
        if self.bracket == 0 {
            return Ok(false);
        }
        let comes = self.reader.another(&mut self.is_first, self.bracket)?;
        if !comes {
            self.bracket = 0;
        }
        Ok(comes)
    }

    /// A type that has all that it takes may be left with more.
    fn end(&mut self) -> Result<(), Unfit> {
        if self.another()? { Err(Unfit) } else { Ok(()) }
    }
}

impl<'de> de::SeqAccess<'de> for &mut Elements<'_, '_> {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unfit> {
        if self.another()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> de::MapAccess<'de> for &mut Elements<'_, '_> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unfit> {
        if !self.another()? {
            return Ok(None);
        }
        let key = seed.deserialize(Name(&mut *self.reader))?;
        self.reader.colon()?;
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        seed.deserialize(&mut *self.reader)
    }
}

/// A member's name: text, whatever is asked for.
struct Name<'r, 'a>(&'r mut Reader<'a>);

impl<'de> de::Deserializer<'de> for Name<'_, '_> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_string(self.0.string()?)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A variant with something in it.
impl<'de> de::EnumAccess<'de> for &mut Reader<'_> {
    type Error = Unfit;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Unfit> {
        let variant = seed.deserialize(Name(&mut *self))?;
        self.colon()?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for &mut Reader<'_> {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        Err(Unfit)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unfit> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        de::Deserializer::deserialize_seq(self, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        de::Deserializer::deserialize_map(self, visitor)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;
    use core::str::from_utf8;

    use rand_core::Rng as _;
    use serde::Deserialize;
    use serde_json::Value;

    use crate::json::{self, JsonRule};
    use crate::testing::Seeded;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Open {
        name: String,
        #[serde(default)]
        flag: bool,
        small: Option<u8>,
        number: u64,
        pairs: Vec<(String, u32)>,
        acts: Vec<Act>,
        kind: Kind,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        x: u64,
        #[serde(default)]
        list: Vec<Self>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    enum Act {
        Seal(Inner),
        Revoke(Vec<String>),
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Ofd,
        Pdf,
    }

    const GOOD: &str = r#" {"name":"a\"\u6587\ud83d\ude00","small":7,"number":9007199254740991,
        "pairs":[["b",4294967295],[ "" , 0 ]],"acts":[{"seal":{"x":1,"list":[{"x":2}]}},
        {"revoke" : ["c"]} ],"kind":"pdf","unknown":{"a":[1.5e3,-2,null,true],"a":"b"},
        "flag":true,"inner":null}
        "#;

    /// serde_json says the same of every text that is JSON of ours.
    fn agree(text: &[u8]) -> bool {
        let ours = json::parse::<Open>(text).ok();
        let theirs = serde_json::from_slice::<Open>(text).ok();
        if from_utf8(text).is_err() {
            assert_eq!(ours, None);
            return false;
        }
        assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(text));
        ours.is_some()
    }

    #[test]
    fn types_are_read_as_serde_json_reads_them() {
        assert!(agree(GOOD.as_bytes()));
        for end in 0..GOOD.trim_end().len() {
            assert!(!agree(&GOOD.as_bytes()[..end]));
        }
        let mut rng = Seeded(8259);
        let mut passed = 0;
        // Bytes that mean something to a reader come more often than chance would have them.
        let telling = b"{}[]\",:\\0129-+.eEntfu \n\x00\x1f\x7f";
        for round in 0..60_000 {
            let mut bent = GOOD.as_bytes().to_vec();
            for _ in 0..=rng.next_u32() % 2 {
                let at = usize::try_from(rng.next_u32()).unwrap() % bent.len();
                let random = rng.next_u32().to_le_bytes()[0];
                let byte = if round % 2 == 0 {
                    telling[usize::from(random) % telling.len()]
                } else {
                    random
                };
                match rng.next_u32() % 3 {
                    0 => bent.insert(at, byte),
                    1 => drop(bent.remove(at)),
                    _ => bent[at] = byte,
                }
            }
            passed += usize::from(agree(&bent));
        }
        assert!((2_000..50_000).contains(&passed), "{passed}");
    }

    #[test]
    fn whole_members_bent_are_refused_as_serde_json_refuses_them() {
        let base: Value = serde_json::from_str(GOOD).unwrap();
        let values = [
            "null",
            "true",
            "0",
            "256",
            "-1",
            "1.0",
            "1e3",
            "18446744073709551615",
            "18446744073709551616",
            "\"ofd\"",
            "\"\"",
            "\"7\"",
            "[]",
            "[[]]",
            "[[\"b\",1,2]]",
            "[[\"b\"]]",
            "[[1,\"b\"]]",
            "{\"x\":1,\"y\":2}",
            "{\"list\":[]}",
            "{\"x\":1,\"x\":2}",
            "[{\"seal\":{\"x\":1},\"revoke\":[]}]",
            "[{}]",
            "[\"seal\"]",
            "[{\"seal\":null}]",
            "[{\"other\":1}]",
            "\"\\u00e9\"",
            "\"\\ud83d\"",
            "\"\u{202e}\"",
        ];
        let mut passed = 0;
        for name in base.as_object().unwrap().keys() {
            for value in values {
                let mut text = String::from("{");
                for (other, kept) in base.as_object().unwrap() {
                    let kept = serde_json::to_string(kept).unwrap();
                    let value = if other == name { value } else { &kept };
                    text.push_str(&alloc::format!("\"{other}\":{value},"));
                }
                for text in [text.clone(), alloc::format!("{text}\"number\":1,")] {
                    let text = alloc::format!("{}}}", text.trim_end_matches(','));
                    // A lone surrogate that nobody reads is no JSON of ours.
                    let lone = name == "unknown" && value == "\"\\ud83d\"";
                    if !lone {
                        passed += usize::from(agree(text.as_bytes()));
                    }
                }
            }
        }
        assert!(passed > 30, "{passed}");
    }

    #[test]
    fn an_object_is_an_object_and_a_word_a_word() {
        assert_eq!(json::parse::<Inner>(b"{\"x\":1}").unwrap().x, 1);
        // What serde_json also takes.
        assert!(json::parse::<Inner>(b"[1,[]]").is_err());
        assert!(json::parse::<Kind>(b"{\"ofd\":null}").is_err());
        assert_eq!(json::parse::<Kind>(b"\"ofd\"").unwrap(), Kind::Ofd);
        let error = json::parse::<Inner>(b"{\"x\": \"1\"}").unwrap_err();
        assert_eq!((error.rule, error.at), (JsonRule::Members, 6));
    }

    #[test]
    fn values_without_a_type_are_read_too() {
        let text = br#"{"a":[null,true,false,12,"x",{"b":{}}],"c":""}"#;
        let value: Value = json::parse(text).unwrap();
        assert_eq!(value, serde_json::from_slice::<Value>(text).unwrap());
        assert!(json::parse::<Value>(b"1.5").is_err());
    }

    #[test]
    fn nesting_ends_somewhere() {
        let deep = |n: usize| [&b"["[..]].concat().repeat(n);
        for open in [deep(100_000), b"{\"a\":".repeat(100_000)] {
            assert!(json::parse::<Value>(&open).is_err());
            assert!(json::parse::<Inner>(&[b"{\"y\":", &open[..]].concat()).is_err());
            assert!(json::parse::<Open>(&[b"{\"y\":", &open[..]].concat()).is_err());
        }
    }
}
