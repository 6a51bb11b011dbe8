//! What a font says about its codes: widths, and the way to Unicode.

use std::collections::BTreeMap;

use super::super::PdfError;
use super::super::document::Document;
use super::super::lexer::{Lexer, Token};
use super::super::object::{Dictionary, Object};

/// What a font says about its codes.
#[derive(Debug)]
pub(super) struct Font {
    pub(super) composite: bool,
    /// From `/ToUnicode`.
    unicode: BTreeMap<u32, String>,
    /// From the encoding of a simple font.
    encoding: BTreeMap<u32, char>,
    /// Whether codes without an entry are read as WinAnsi.
    latin: bool,
    /// Whether codes are Unicode themselves, by a predefined CMap such as UniGB-UCS2-H.
    is_unicode: bool,
    widths: BTreeMap<u32, f64>,
    default_width: f64,
}

impl Font {
    pub(super) fn read(
        document: &Document<'_>,
        dictionary: &Dictionary,
        revision: usize,
    ) -> Result<Self, PdfError> {
        let composite = document.get(dictionary, "Subtype", revision)? == Object::name_of("Type0");
        let mut font = Self {
            composite,
            unicode: BTreeMap::new(),
            encoding: BTreeMap::new(),
            latin: !composite,
            is_unicode: false,
            widths: BTreeMap::new(),
            default_width: if composite { 1000.0 } else { 500.0 },
        };
        if let Object::Stream(stream) = document.get(dictionary, "ToUnicode", revision)?
            && let Ok(bytes) = document.decoded(&stream, revision, 1 << 20)
        {
            font.unicode = to_unicode(&bytes);
        }
        if composite {
            font.read_composite(document, dictionary, revision)?;
        } else {
            font.read_simple(document, dictionary, revision)?;
        }
        Ok(font)
    }

    fn read_simple(
        &mut self,
        document: &Document<'_>,
        dictionary: &Dictionary,
        revision: usize,
    ) -> Result<(), PdfError> {
        let encoding = document.get(dictionary, "Encoding", revision)?;
        if let Object::Dictionary(encoding) = &encoding {
            let mut code = 0;
            for item in document.array(encoding, "Differences", revision)? {
                match item {
                    Object::Integer(next) => code = u32::try_from(next).unwrap_or(0),
                    Object::Name(name) => {
                        if let Some(character) = glyph_name(&name) {
                            self.encoding.insert(code, character);
                        }
                        code = code.saturating_add(1);
                    }
                    _ => {}
                }
            }
        }
        let first = document.get(dictionary, "FirstChar", revision)?.as_integer().unwrap_or(0);
        let first = u32::try_from(first).unwrap_or(0);
        for (code, width) in (first..).zip(document.array(dictionary, "Widths", revision)?) {
            if let Some(width) = document.resolve(&width, revision)?.as_number() {
                self.widths.insert(code, width);
            }
        }
        Ok(())
    }

    fn read_composite(
        &mut self,
        document: &Document<'_>,
        dictionary: &Dictionary,
        revision: usize,
    ) -> Result<(), PdfError> {
        // Table 116: those of UCS-2 and UTF-16, of all four collections.
        if let Object::Name(encoding) = document.get(dictionary, "Encoding", revision)? {
            let units = [&b"-UCS2-"[..], b"-UTF16-"];
            let is_units = |unit: &[u8]| encoding.windows(unit.len()).any(|part| part == unit);
            self.is_unicode = encoding.starts_with(b"Uni") && units.into_iter().any(is_units);
        }
        let descendants = document.array(dictionary, "DescendantFonts", revision)?;
        let Some(first) = descendants.first() else { return Ok(()) };
        let Object::Dictionary(descendant) = document.resolve(first, revision)? else {
            return Ok(());
        };
        if let Some(width) = document.get(&descendant, "DW", revision)?.as_number() {
            self.default_width = width;
        }
        // `c [w w …]` or `first last w` (§9.7.4.3).
        let list = document.array(&descendant, "W", revision)?;
        let mut list = list.iter();
        while let Some(first) = list.next() {
            let Some(first) = first.as_integer().and_then(|n| u32::try_from(n).ok()) else { break };
            match list.next().map(|next| document.resolve(next, revision)).transpose()? {
                Some(Object::Array(widths)) => {
                    for (code, width) in (first..).zip(&widths) {
                        self.widths.extend(width.as_number().map(|width| (code, width)));
                    }
                }
                Some(Object::Integer(last)) => {
                    let last = u32::try_from(last).unwrap_or(0).min(0xffff);
                    let Some(width) = list.next().and_then(Object::as_number) else { break };
                    for code in first..=last {
                        self.widths.insert(code, width);
                    }
                }
                _ => break,
            }
        }
        Ok(())
    }

    pub(super) fn width(&self, code: u32) -> f64 {
        // Widths are by CID, which is the code but for fonts whose codes are Unicode: all four
        // collections have ASCII from 1 on; what else has a width of its own is not known here.
        let cid = match code {
            0x20..=0x7e if self.is_unicode => Some(code - 0x1f),
            _ if self.is_unicode => None,
            _ => Some(code),
        };
        let width = cid.and_then(|cid| self.widths.get(&cid)).copied();
        width.unwrap_or(self.default_width)
    }

    pub(super) fn unicode(&self, code: u32) -> Option<String> {
        if let Some(text) = self.unicode.get(&code) {
            return Some(text.clone());
        }
        if let Some(character) = self.encoding.get(&code) {
            return Some(character.to_string());
        }
        if self.is_unicode {
            return char::from_u32(code).map(String::from);
        }
        // WinAnsi and MacRoman agree with ASCII; WinAnsi with Latin-1 above it.
        let code = u8::try_from(code).ok().filter(|_| self.latin)?;
        matches!(code, 0x20..=0x7e | 0xa0..=0xff).then(|| char::from(code).to_string())
    }
}

/// The mappings of a CMap (§9.10.3): `bfchar` and `bfrange`.
fn to_unicode(bytes: &[u8]) -> BTreeMap<u32, String> {
    let mut map = BTreeMap::new();
    let mut lexer = Lexer::inside(bytes);
    let mut operands: Vec<Object> = Vec::new();
    let code = |bytes: &[u8]| {
        bytes.iter().take(4).fold(0_u32, |value, byte| value << 8 | u32::from(*byte))
    };
    let text = |bytes: &[u8]| -> String {
        let units: Vec<u16> = bytes
            .chunks(2)
            .map(|pair| pair.iter().fold(0_u16, |value, byte| value << 8 | u16::from(*byte)))
            .collect();
        String::from_utf16_lossy(&units)
    };
    while let Ok(token) = lexer.token() {
        match token {
            Token::End => break,
            Token::Word(word) => {
                match &word[..] {
                    b"endbfchar" => {
                        for pair in operands.chunks(2) {
                            if let [Object::String(from), Object::String(to)] = pair {
                                map.insert(code(&from.bytes), text(&to.bytes));
                            }
                        }
                    }
                    b"endbfrange" => {
                        for triple in operands.chunks(3) {
                            range(triple, &mut map, code, text);
                        }
                    }
                    _ => {}
                }
                operands.clear();
            }
            token => match lexer.value(token, 0) {
                Ok(value) if operands.len() < 100_000 => operands.push(value),
                _ => break,
            },
        }
        if map.len() > 200_000 {
            break;
        }
    }
    map
}

fn range(
    triple: &[Object],
    map: &mut BTreeMap<u32, String>,
    code: impl Fn(&[u8]) -> u32,
    text: impl Fn(&[u8]) -> String,
) {
    let [Object::String(from), Object::String(to), target] = triple else { return };
    let (from, to) = (code(&from.bytes), code(&to.bytes).min(0xffff));
    match target {
        Object::String(first) => {
            let mut units = first.bytes.clone();
            for code in from..=to {
                map.insert(code, text(&units));
                // The last unit counts up.
                if let Some(last) = units.last_mut() {
                    let (next, carry) = last.overflowing_add(1);
                    *last = next;
                    let above = units.len().checked_sub(2).and_then(|index| units.get_mut(index));
                    if let (true, Some(above)) = (carry, above) {
                        *above = above.wrapping_add(1);
                    }
                }
            }
        }
        Object::Array(items) => {
            for (code, item) in (from..=to).zip(items) {
                if let Object::String(one) = item {
                    map.insert(code, text(&one.bytes));
                }
            }
        }
        _ => {}
    }
}

/// A character by its glyph's name: single letters, `uniXXXX`, `uXXXXX`, and what text needs.
fn glyph_name(name: &[u8]) -> Option<char> {
    let name = std::str::from_utf8(name).ok()?;
    let mut characters = name.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return Some(only);
    }
    let digits = name.strip_prefix("uni").or_else(|| name.strip_prefix('u'));
    if let Some(value) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
        return char::from_u32(value);
    }
    const NAMES: [(&str, char); 32] = [
        ("space", ' '),
        ("zero", '0'),
        ("one", '1'),
        ("two", '2'),
        ("three", '3'),
        ("four", '4'),
        ("five", '5'),
        ("six", '6'),
        ("seven", '7'),
        ("eight", '8'),
        ("nine", '9'),
        ("period", '.'),
        ("comma", ','),
        ("colon", ':'),
        ("semicolon", ';'),
        ("hyphen", '-'),
        ("underscore", '_'),
        ("parenleft", '('),
        ("parenright", ')'),
        ("bracketleft", '['),
        ("bracketright", ']'),
        ("slash", '/'),
        ("exclam", '!'),
        ("question", '?'),
        ("at", '@'),
        ("numbersign", '#'),
        ("percent", '%'),
        ("ampersand", '&'),
        ("quotesingle", '\''),
        ("quotedbl", '"'),
        ("plus", '+'),
        ("equal", '='),
    ];
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, character)| *character)
}
