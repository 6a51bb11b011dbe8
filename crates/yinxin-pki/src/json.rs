//! JSON as signed objects carry it: one meaning for one text.
//!
//! A signed text is read by programs in many languages, which differ exactly where JSON is vague.
//! So the vague parts are refused: a name twice in one object, numbers other than whole ones up to
//! 2^53 − 1, deep nesting, text that shows as something else than it is. What passes is then read
//! by serde, whose types refuse members they do not know.
//!
//! ```
//! use yinxin_pki::json;
//!
//! assert!(json::check(br#"{"amount": 12, "note": "\u4e2d"}"#).is_ok());
//! for vague in [&b"{\"a\": 1, \"\\u0061\": 2}"[..], b"{\"a\": 1.0}", b"{\"a\": 1e2}", b"[1]", b"{} "] {
//!     assert!(json::check(vague).is_err());
//! }
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use reader::Reader;
use writer::Writer;

use crate::nfc::is_nfc;
use crate::{Explain, Fact, Party};

mod reader;
mod writer;

/// Deepest nesting of objects and arrays, the outermost counted.
pub const DEPTH: usize = 16;

/// Largest number: 2^53 − 1, the last that every language holds exactly.
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Why a text is not JSON of this kind, and at or near which byte.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct JsonError {
    /// At which byte, from 0.
    pub at: usize,
    /// Which rule it breaks.
    pub rule: JsonRule,
}

/// The rules.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum JsonRule {
    /// Nesting of at most [`DEPTH`].
    Depth,
    /// No name twice in one object, after unescaping.
    Duplicate,
    /// Members and values as the type says: none missing, none unknown, none of another kind.
    Members,
    /// Text in normalisation form C.
    Normalised,
    /// Whole numbers from 0 to [`MAX_NUMBER`], without sign, fraction, exponent or leading zero.
    Number,
    /// One object, from the first byte to the last.
    Object,
    /// RFC 8259 in UTF-8.
    Syntax,
    /// No control, bidirectional, zero-width or line-separator characters.
    Visible,
}

impl JsonRule {
    const fn words(self) -> &'static str {
        match self {
            Self::Depth => "nested at most 16 deep",
            Self::Duplicate => "each name once in an object",
            Self::Members => "exactly the members of its type",
            Self::Normalised => "text in normalisation form C",
            Self::Number => "whole numbers from 0 to 2^53 - 1",
            Self::Object => "one object and nothing around it",
            Self::Syntax => "JSON in UTF-8",
            Self::Visible => "text without control, invisible or direction-changing characters",
        }
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}", self.rule.words(), self.at)
    }
}

impl core::error::Error for JsonError {}

impl Explain for JsonError {
    fn code(&self) -> &'static str {
        "json_malformed"
    }

    fn mended_by(&self) -> Party {
        Party::Sender
    }

    fn facts(&self) -> Vec<Fact> {
        alloc::vec![
            Fact::number("at", u64::try_from(self.at).unwrap_or(u64::MAX)),
            Fact::text("expected", self.rule.words()),
        ]
    }
}

/// Reads a value of a type, once the text is known to have one meaning. Give the type
/// `#[serde(deny_unknown_fields)]`.
///
/// # Errors
///
/// [`JsonError`].
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    check(text)?;
    parse(text)
}

/// Reads a value of a type out of any JSON in UTF-8: where names may come twice, texts are as they
/// are, and members that the type does not know are passed over, whatever is in them.
///
/// # Errors
///
/// [`JsonError`].
pub fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonError> {
    Reader::new(text).whole()
}

/// Writes a value, as short as it can be.
///
/// # Errors
///
/// [`JsonRule::Members`] for types with numbers that are not whole, octets that are not text, or
/// names that are not.
pub fn write<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, JsonError> {
    let mut writer = Writer(Vec::new());
    let written = value.serialize(&mut writer);
    let at = writer.0.len();
    written.map(|()| writer.0).map_err(|_| JsonError { at, rule: JsonRule::Members })
}

/// Checks the rules, whatever the members are.
///
/// # Errors
///
/// [`JsonError`], at the first byte that breaks one.
pub fn check(text: &[u8]) -> Result<(), JsonError> {
    let mut scan = Scan { text, at: 0, strict: true };
    if text.first() != Some(&b'{') {
        return Err(scan.wrong(JsonRule::Object));
    }
    scan.value(1)?;
    if scan.at == text.len() { Ok(()) } else { Err(scan.wrong(JsonRule::Object)) }
}

/// Whether text shows as what it is: no control, bidirectional, zero-width or line-separator
/// characters.
#[must_use]
pub fn is_visible(text: &str) -> bool {
    !text.chars().any(is_hidden)
}

pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether all rules hold, or those of JSON alone.
    strict: bool,
}

impl Scan<'_> {
    /// Deepest nesting where no rule of ours holds.
    const DEEPEST: usize = 128;

    const fn wrong(&self, rule: JsonRule) -> JsonError {
        JsonError { at: self.at, rule }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, octet: u8) -> Result<(), JsonError> {
        if self.peek() == Some(octet) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.wrong(JsonRule::Syntax))
        }
    }

    /// Whether a word comes next; steps over it.
    fn word(&mut self, word: &[u8]) -> bool {
        let comes = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if comes {
            self.at += word.len();
        }
        comes
    }

    /// Whether nothing but blanks is left.
    fn ended(&mut self) -> bool {
        self.blank();
        self.at == self.text.len()
    }

    /// A value at `depth`, which only objects and arrays add to.
    fn value(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{' | b'[') if depth > if self.strict { DEPTH } else { Self::DEEPEST } => {
                Err(self.wrong(JsonRule::Depth))
            }
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => {
                let words = [&b"true"[..], b"false", b"null"];
                if !words.into_iter().any(|word| self.word(word)) {
                    return Err(self.wrong(JsonRule::Syntax));
                }
                Ok(())
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), JsonError> {
        self.expect(b'{')?;
        let mut names: Vec<String> = Vec::new();
        self.blank();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.blank();
            let at = self.at;
            let name = self.string()?;
            if self.strict {
                if names.contains(&name) {
                    return Err(JsonError { at, rule: JsonRule::Duplicate });
                }
                names.push(name);
                // Objects of ours have few members; the search above is over so many at most.
                if names.len() > 64 {
                    return Err(JsonError { at, rule: JsonRule::Members });
                }
            }
            self.blank();
            self.expect(b':')?;
            self.blank();
            self.value(depth + 1)?;
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => return self.expect(b'}'),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), JsonError> {
        self.expect(b'[')?;
        self.blank();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.blank();
            self.value(depth + 1)?;
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => return self.expect(b']'),
            }
        }
    }

    fn number(&mut self) -> Result<(), JsonError> {
        if !self.strict {
            return self.any_number();
        }
        let at = self.at;
        match self.whole_number() {
            Ok(value) if value <= MAX_NUMBER => Ok(()),
            _ => Err(JsonError { at, rule: JsonRule::Number }),
        }
    }

    /// A whole number without sign, fraction, exponent or leading zero.
    fn whole_number(&mut self) -> Result<u64, JsonError> {
        let start = self.at;
        let mut value = Some(0_u64);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let digit = u64::from(digit - b'0');
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
            self.at += 1;
        }
        let goes_on = matches!(self.peek(), Some(b'.' | b'e' | b'E' | b'+' | b'-'));
        let leading = self.at > start + 1 && self.text.get(start) == Some(&b'0');
        let wrong = JsonError { at: start, rule: JsonRule::Number };
        value.filter(|_| !goes_on && !leading && self.at > start).ok_or(wrong)
    }

    /// A number of RFC 8259.
    fn any_number(&mut self) -> Result<(), JsonError> {
        self.word(b"-");
        if !self.word(b"0") {
            self.digits()?;
        }
        if self.word(b".") {
            self.digits()?;
        }
        if self.word(b"e") || self.word(b"E") {
            let _ = self.word(b"+") || self.word(b"-");
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.wrong(JsonRule::Number)) }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let start = self.at;
        self.expect(b'"')?;
        let mut text = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or(&[]);
            let plain = rest.iter().position(|octet| matches!(octet, b'"' | b'\\' | 0..=0x1f));
            let Some(plain) = plain else { return Err(self.wrong(JsonRule::Syntax)) };
            let piece = rest.get(..plain).unwrap_or(&[]);
            let piece = core::str::from_utf8(piece).map_err(|error| JsonError {
                at: self.at + error.valid_up_to(),
                rule: JsonRule::Syntax,
            })?;
            text.push_str(piece);
            self.at += plain;
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.wrong(JsonRule::Visible)),
            }
        }
        self.at += 1;
        if !self.strict {
            return Ok(text);
        }
        if !is_visible(&text) {
            return Err(JsonError { at: start, rule: JsonRule::Visible });
        }
        if is_nfc(&text) {
            Ok(text)
        } else {
            Err(JsonError { at: start, rule: JsonRule::Normalised })
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let plain = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let high = self.hex()?;
                // A pair of surrogates is two escapes.
                let code = if (0xd800..0xdc00).contains(&high)
                    && self.text.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u"))
                {
                    self.at += 2;
                    let low = self.hex()?;
                    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400);
                    low.map_or(high, |low| 0x10000 + ((high - 0xd800) << 10) + low)
                } else {
                    high
                };
                let wrong = JsonError { at: start, rule: JsonRule::Syntax };
                return char::from_u32(code).ok_or(wrong);
            }
            _ => return Err(self.wrong(JsonRule::Syntax)),
        };
        self.at += 1;
        Ok(plain)
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or(&[]);
        if digits.len() != 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(self.wrong(JsonRule::Syntax));
        }
        self.at += 4;
        let value = core::str::from_utf8(digits).ok();
        let value = value.and_then(|text| u32::from_str_radix(text, 16).ok());
        value.ok_or_else(|| self.wrong(JsonRule::Syntax))
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;

    use rand_core::Rng as _;

    use super::*;
    use crate::testing::Seeded;

    fn rule(text: &str) -> Option<JsonRule> {
        check(text.as_bytes()).err().map(|error| error.rule)
    }

    #[test]
    fn each_rule_has_its_name() {
        let deep = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        for (text, expected) in [
            (
                r#"{"a":0,"b":[true,false,null,"\ud83d\ude00\n"],"c":9007199254740991}"#
                    .replace("\\n", ""),
                None,
            ),
            ("{}".to_string(), None),
            ("{ \"a\" : [ ] , \"b\" : { } }".to_string(), None),
            (deep(15), None),
            (deep(16), Some(JsonRule::Depth)),
            ("\u{feff}{}".to_string(), Some(JsonRule::Object)),
            ("{}{}".to_string(), Some(JsonRule::Object)),
            ("{}\n".to_string(), Some(JsonRule::Object)),
            (" {}".to_string(), Some(JsonRule::Object)),
            ("[]".to_string(), Some(JsonRule::Object)),
            (String::new(), Some(JsonRule::Object)),
            (r#"{"a":1,"\u0061":2}"#.to_string(), Some(JsonRule::Duplicate)),
            (r#"{"a":1.0}"#.to_string(), Some(JsonRule::Number)),
            (r#"{"a":1e2}"#.to_string(), Some(JsonRule::Number)),
            (r#"{"a":-1}"#.to_string(), Some(JsonRule::Number)),
            (r#"{"a":01}"#.to_string(), Some(JsonRule::Number)),
            (r#"{"a":9007199254740992}"#.to_string(), Some(JsonRule::Number)),
            (r#"{"a":99999999999999999999999}"#.to_string(), Some(JsonRule::Number)),
            (r#"{"a":"\u0000"}"#.to_string(), Some(JsonRule::Visible)),
            (r#"{"a":"\n"}"#.to_string(), Some(JsonRule::Visible)),
            ("{\"a\":\"\u{202e}\"}".to_string(), Some(JsonRule::Visible)),
            ("{\"a\":\"\u{200b}\"}".to_string(), Some(JsonRule::Visible)),
            ("{\"a\":\"e\u{301}\"}".to_string(), Some(JsonRule::Normalised)),
            (r#"{"a":"\ud83d"}"#.to_string(), Some(JsonRule::Syntax)),
            (r#"{"a":"\ud83d\u0041"}"#.to_string(), Some(JsonRule::Syntax)),
            (r#"{"a":nul}"#.to_string(), Some(JsonRule::Syntax)),
            (r#"{"a":1,}"#.to_string(), Some(JsonRule::Syntax)),
            (r#"{'a':1}"#.to_string(), Some(JsonRule::Syntax)),
        ] {
            assert_eq!(rule(&text), expected, "{text}");
        }
    }

    #[test]
    fn what_passes_serde_takes_too_and_every_mutation_is_a_typed_error() {
        let sample = r#"{"typ":"yinxin-request","v":1,"items":[{"id":"a","text":"投标 \u6587件"},{"id":"b","digest":"AAEC"}],"ok":true,"none":null}"#;
        let mut rng = Seeded(8259);
        let mut passed = 0;
        for _ in 0..20_000 {
            let mut bent = sample.as_bytes().to_vec();
            for _ in 0..=rng.next_u32() % 3 {
                let at = usize::try_from(rng.next_u32()).unwrap() % bent.len();
                bent[at] = rng.next_u32().to_le_bytes()[0];
            }
            if check(&bent).is_ok() {
                passed += 1;
                serde_json::from_slice::<serde_json::Value>(&bent).unwrap();
            }
        }
        assert!(passed > 50, "{passed}");
        for end in 0..sample.len() {
            let cut = sample.as_bytes().get(..end).unwrap();
            assert!(check(cut).is_err());
        }
        assert!(check("[".repeat(100_000).as_bytes()).is_err());
        assert!(check(format!("{{\"a\":{}", "[".repeat(100_000)).as_bytes()).is_err());
    }

    #[test]
    fn unknown_members_are_refused_where_they_stand() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct One {
            a: u8,
        }
        assert_eq!(read::<One>(br#"{"a":7}"#).unwrap().a, 7);
        let error = read::<One>(b"{\"a\":7,\n\"b\":1}").unwrap_err();
        assert_eq!((error.rule, error.at), (JsonRule::Members, 8));
        assert_eq!(read::<One>(br#"{"a":700}"#).unwrap_err().rule, JsonRule::Members);
        assert_eq!(read::<One>(br#"{}"#).unwrap_err().rule, JsonRule::Members);
    }
}
