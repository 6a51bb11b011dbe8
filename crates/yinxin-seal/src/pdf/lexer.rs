//! From bytes to values, with the place of each string kept: where a signature's hole is decides
//! what it covers.

use super::PdfError;
use super::limits;
use super::object::{Dictionary, Object, ObjectId, Text};

/// Why parsing stopped.
pub(crate) enum Stop {
    /// The window ends inside a token; with more bytes it may go on.
    More,
    /// It never will.
    Wrong(PdfError),
}

impl From<PdfError> for Stop {
    fn from(error: PdfError) -> Self {
        Self::Wrong(error)
    }
}

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Integer(i64),
    Real(f64),
    String(Text),
    Name(Vec<u8>),
    ArrayOpen,
    ArrayClose,
    DictionaryOpen,
    DictionaryClose,
    /// `obj`, `R`, `stream`, `true`, an operator.
    Word(Vec<u8>),
    End,
}

/// Reads tokens and values from a window of the file.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'a> {
    bytes: &'a [u8],
    /// Where the window begins in the file; `None` inside an object stream.
    base: Option<u64>,
    position: usize,
    /// Whether nothing comes after the window.
    whole: bool,
    nodes: u32,
}

/// White space (ISO 32000-1 table 1).
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

const fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

impl<'a> Lexer<'a> {
    /// Over a window that begins at `base` in the file.
    pub(crate) const fn new(bytes: &'a [u8], base: u64, whole: bool) -> Self {
        Self { bytes, base: Some(base), position: 0, whole, nodes: 0 }
    }

    /// Over bytes that have no place in the file: decoded streams.
    pub(crate) const fn inside(bytes: &'a [u8]) -> Self {
        Self { bytes, base: None, position: 0, whole: true, nodes: 0 }
    }

    /// Position in the window.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) const fn seek(&mut self, position: usize) {
        self.position = position;
    }

    /// Place in the file.
    pub(crate) fn at(&self) -> u64 {
        self.base.unwrap_or(0) + u64::try_from(self.position).unwrap_or(0)
    }

    pub(crate) fn peek_byte(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        let byte = self.peek_byte().ok_or_else(|| self.short())?;
        self.position += 1;
        Ok(byte)
    }

    fn short(&self) -> Stop {
        if self.whole { self.wrong("more bytes") } else { Stop::More }
    }

    fn wrong(&self, expected: &'static str) -> Stop {
        Stop::Wrong(PdfError::Malformed { at: self.at(), expected })
    }

    /// Passes white space and comments.
    pub(crate) fn skip_space(&mut self) -> Result<(), Stop> {
        loop {
            match self.peek_byte() {
                Some(byte) if is_space(byte) => self.position += 1,
                Some(b'%') => {
                    while let Some(byte) = self.peek_byte() {
                        if matches!(byte, 10 | 13) {
                            break;
                        }
                        self.position += 1;
                    }
                }
                Some(_) => return Ok(()),
                None if self.whole => return Ok(()),
                None => return Err(Stop::More),
            }
        }
    }

    /// The next token.
    pub(crate) fn token(&mut self) -> Result<Token, Stop> {
        self.skip_space()?;
        let start = self.position;
        let at = self.at();
        let Some(first) = self.peek_byte() else { return Ok(Token::End) };
        self.position += 1;
        match first {
            b'[' => Ok(Token::ArrayOpen),
            b']' => Ok(Token::ArrayClose),
            b'{' | b'}' => Ok(Token::Word(vec![first])),
            b'/' => self.name().map(Token::Name),
            b'(' => {
                let bytes = self.literal()?;
                Ok(Token::String(self.text(bytes, at)))
            }
            b'<' => {
                if self.byte()? == b'<' {
                    return Ok(Token::DictionaryOpen);
                }
                self.position -= 1;
                let bytes = self.hexadecimal()?;
                Ok(Token::String(self.text(bytes, at)))
            }
            b'>' => match self.byte()? {
                b'>' => Ok(Token::DictionaryClose),
                _ => Err(self.wrong(">>")),
            },
            b')' => Err(self.wrong("a token")),
            _ => {
                while self.peek_byte().is_some_and(is_regular) {
                    self.position += 1;
                }
                if self.peek_byte().is_none() && !self.whole {
                    return Err(Stop::More);
                }
                let word = self.bytes.get(start..self.position).unwrap_or_default();
                if matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.') {
                    number(word).ok_or_else(|| self.wrong("a number"))
                } else {
                    Ok(Token::Word(word.to_vec()))
                }
            }
        }
    }

    fn text(&self, bytes: Vec<u8>, at: u64) -> Text {
        match self.base {
            Some(_) => Text { bytes, at, end: self.at() },
            None => Text { bytes, at: 0, end: 0 },
        }
    }

    fn name(&mut self) -> Result<Vec<u8>, Stop> {
        let mut name = Vec::new();
        loop {
            match self.peek_byte() {
                Some(b'#') => {
                    self.position += 1;
                    let high = hex(self.byte()?).ok_or_else(|| self.wrong("a hex digit"))?;
                    let low = hex(self.byte()?).ok_or_else(|| self.wrong("a hex digit"))?;
                    name.push(high << 4 | low);
                }
                Some(byte) if is_regular(byte) => {
                    self.position += 1;
                    name.push(byte);
                }
                Some(_) => return Ok(name),
                None if self.whole => return Ok(name),
                None => return Err(Stop::More),
            }
        }
    }

    fn literal(&mut self) -> Result<Vec<u8>, Stop> {
        let mut out = Vec::new();
        let mut depth = 1_u32;
        loop {
            match self.byte()? {
                b'(' => {
                    depth += 1;
                    out.push(b'(');
                }
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(out);
                    }
                    out.push(b')');
                }
                b'\r' => {
                    if self.byte()? != b'\n' {
                        self.position -= 1;
                    }
                    out.push(b'\n');
                }
                b'\\' => self.escape(&mut out)?,
                byte => out.push(byte),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Stop> {
        match self.byte()? {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\n' => {}
            b'\r' => {
                if self.byte()? != b'\n' {
                    self.position -= 1;
                }
            }
            digit @ b'0'..=b'7' => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    match self.byte()? {
                        digit @ b'0'..=b'7' => value = value << 3 | u32::from(digit - b'0'),
                        _ => {
                            self.position -= 1;
                            break;
                        }
                    }
                }
                out.push(u8::try_from(value & 0xff).unwrap_or(0));
            }
            other => out.push(other),
        }
        Ok(())
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, Stop> {
        let mut out = Vec::new();
        let mut half: Option<u8> = None;
        loop {
            let byte = self.byte()?;
            if byte == b'>' {
                if let Some(high) = half {
                    out.push(high << 4);
                }
                return Ok(out);
            }
            if is_space(byte) {
                continue;
            }
            let digit = hex(byte).ok_or_else(|| self.wrong("a hex digit"))?;
            match half.take() {
                Some(high) => out.push(high << 4 | digit),
                None => half = Some(digit),
            }
        }
    }

    /// The next value; references are read ahead for.
    pub(crate) fn object(&mut self) -> Result<Object, Stop> {
        let token = self.token()?;
        self.value(token, 0)
    }

    /// The value that begins with `token`.
    pub(crate) fn value(&mut self, token: Token, depth: u8) -> Result<Object, Stop> {
        self.nodes += 1;
        if self.nodes > limits::NODES {
            return Err(self.limit("values in one object", u64::from(limits::NODES)));
        }
        if depth > limits::DEPTH {
            return Err(self.limit("levels of nesting", u64::from(limits::DEPTH)));
        }
        match token {
            Token::Integer(value) => self.integer_or_reference(value),
            Token::Real(value) => Ok(Object::Real(value)),
            Token::String(text) => Ok(Object::String(text)),
            Token::Name(name) => Ok(Object::Name(name)),
            Token::ArrayOpen => {
                let mut items = Vec::new();
                loop {
                    match self.token()? {
                        Token::ArrayClose => return Ok(Object::Array(items)),
                        token => items.push(self.value(token, depth + 1)?),
                    }
                }
            }
            Token::DictionaryOpen => self.dictionary(depth).map(Object::Dictionary),
            Token::Word(word) => match &word[..] {
                b"true" => Ok(Object::Bool(true)),
                b"false" => Ok(Object::Bool(false)),
                b"null" => Ok(Object::Null),
                _ => Err(self.wrong("a value")),
            },
            Token::ArrayClose | Token::DictionaryClose => Err(self.wrong("a value")),
            Token::End => Err(self.short()),
        }
    }

    fn limit(&self, what: &'static str, limit: u64) -> Stop {
        Stop::Wrong(PdfError::Limit { at: self.at(), what, limit })
    }

    fn dictionary(&mut self, depth: u8) -> Result<Dictionary, Stop> {
        let mut entries: Vec<(Vec<u8>, Object)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        loop {
            let at = self.at();
            match self.token()? {
                Token::DictionaryClose => return Ok(Dictionary(entries)),
                Token::Name(key) => {
                    // Readers take the first or the last of two, so two are none.
                    if !seen.insert(key.clone()) {
                        let what = "a key that stands twice";
                        return Err(Stop::Wrong(PdfError::Ambiguous { at, what }));
                    }
                    let token = self.token()?;
                    let value = self.value(token, depth + 1)?;
                    entries.push((key, value));
                }
                Token::End => return Err(self.short()),
                _ => return Err(self.wrong("a key")),
            }
        }
    }

    fn integer_or_reference(&mut self, value: i64) -> Result<Object, Stop> {
        let Ok(number) = u32::try_from(value) else { return Ok(Object::Integer(value)) };
        let back = self.position;
        if let Token::Integer(second) = self.token_or_end()?
            && let Ok(generation) = u16::try_from(second)
            && self.token_or_end()? == Token::Word(b"R".to_vec())
        {
            return Ok(Object::Reference(ObjectId { number, generation }));
        }
        self.position = back;
        Ok(Object::Integer(value))
    }

    /// A token looked at ahead: one that is malformed is a matter for whoever reads it.
    fn token_or_end(&mut self) -> Result<Token, Stop> {
        match self.token() {
            Err(Stop::Wrong(_)) => Ok(Token::End),
            other => other,
        }
    }

    /// Takes exactly this word.
    pub(crate) fn word(&mut self, word: &'static str) -> Result<(), Stop> {
        self.skip_space()?;
        let at = self.at();
        match self.token()? {
            Token::Word(found) if found == word.as_bytes() => Ok(()),
            _ => Err(Stop::Wrong(PdfError::Malformed { at, expected: word })),
        }
    }

    /// Takes a whole number of a kind.
    pub(crate) fn integer<T: TryFrom<i64>>(&mut self, what: &'static str) -> Result<T, Stop> {
        self.skip_space()?;
        let at = self.at();
        match self.token()? {
            Token::Integer(value) => T::try_from(value)
                .map_err(|_| Stop::Wrong(PdfError::Malformed { at, expected: what })),
            _ => Err(Stop::Wrong(PdfError::Malformed { at, expected: what })),
        }
    }

    /// `N G obj`.
    pub(crate) fn header(&mut self) -> Result<ObjectId, Stop> {
        let number = self.integer("an object number")?;
        let generation = self.integer("a generation")?;
        self.word("obj")?;
        Ok(ObjectId { number, generation })
    }
}

fn number(word: &[u8]) -> Option<Token> {
    let text = std::str::from_utf8(word).ok()?;
    let plain = text.strip_prefix('+').unwrap_or(text);
    if let Ok(value) = plain.parse::<i64>() {
        return Some(Token::Integer(value));
    }
    // Only digits and one point: no exponents, no infinities (§7.3.3).
    let digits = plain.strip_prefix('-').unwrap_or(plain);
    let fits = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().any(|byte| byte.is_ascii_digit());
    fits.then(|| plain.parse().ok().map(Token::Real)).flatten()
}

pub(crate) const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
