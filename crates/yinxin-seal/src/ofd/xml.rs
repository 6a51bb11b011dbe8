//! A strict small XML model: elements, attributes, text, and where each stands in the bytes.
//!
//! No document type, no entity but the five of XML, UTF-8 only, limits on depth and count. Local
//! names are compared; vendors bind the namespace to prefixes of their own.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::error::{OfdError, XmlRule};
use super::limits::Limits;

/// An element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Element {
    /// Local name.
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Self>,
    /// All text directly inside, as one.
    pub(crate) text: String,
    /// The whole element in the file.
    pub(crate) span: Range<usize>,
    /// What is between its tags; empty for `<a/>`.
    pub(crate) inner: Range<usize>,
    /// The tag's name as written, with its prefix.
    pub(crate) tag: String,
}

impl Element {
    /// Reads a whole file; `path` is for messages.
    pub(crate) fn parse(bytes: &[u8], path: &str, limits: &Limits) -> Result<Self, OfdError> {
        if bytes.len() > limits.xml {
            return Err(OfdError::Limit { what: "XML file in bytes", limit: limits.xml });
        }
        let wrong = |at: usize, rule: XmlRule| OfdError::Xml { path: path.to_owned(), at, rule };
        let bom = if bytes.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 };
        let body = bytes.get(bom..).unwrap_or(&[]);
        let text = std::str::from_utf8(body)
            .map_err(|error| wrong(bom + error.valid_up_to(), XmlRule::Encoding))?;
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = true;
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        let mut count = 0;
        loop {
            let before = position(&reader, bom);
            let event = reader.read_event().map_err(|_| wrong(before, XmlRule::Syntax))?;
            let after = position(&reader, bom);
            match event {
                Event::Start(start) => {
                    count += 1;
                    limit(count, limits, open.len())?;
                    if root.is_some() {
                        return Err(wrong(before, XmlRule::Syntax));
                    }
                    let mut element = begin(&start, before, path)?;
                    element.inner = after..after;
                    open.push(element);
                }
                Event::Empty(start) => {
                    count += 1;
                    limit(count, limits, open.len())?;
                    let mut element = begin(&start, before, path)?;
                    element.span.end = after;
                    element.inner = after..after;
                    if root.is_some() || !attach(&mut open, &mut root, element) {
                        return Err(wrong(before, XmlRule::Syntax));
                    }
                }
                Event::End(_) => {
                    let Some(mut element) = open.pop() else {
                        return Err(wrong(before, XmlRule::Syntax));
                    };
                    element.inner.end = before;
                    element.span.end = after;
                    if !attach(&mut open, &mut root, element) {
                        return Err(wrong(before, XmlRule::Syntax));
                    }
                }
                Event::Text(piece) => {
                    add_text(&mut open, &piece).ok_or_else(|| wrong(before, XmlRule::Syntax))?;
                }
                Event::CData(piece) => {
                    add_text(&mut open, &piece).ok_or_else(|| wrong(before, XmlRule::Syntax))?;
                }
                Event::GeneralRef(name) => {
                    let character = entity(&name).ok_or_else(|| wrong(before, XmlRule::Entity))?;
                    let mut buffer = [0; 4];
                    let text = character.encode_utf8(&mut buffer);
                    add_text(&mut open, text).ok_or_else(|| wrong(before, XmlRule::Syntax))?;
                }
                Event::Decl(declaration) => {
                    let utf8 = match declaration.encoding() {
                        None => true,
                        Some(Ok(name)) => name.eq_ignore_ascii_case("utf-8"),
                        Some(Err(_)) => false,
                    };
                    if !utf8 || before != bom {
                        return Err(wrong(before, XmlRule::Encoding));
                    }
                }
                Event::DocType(_) => return Err(wrong(before, XmlRule::Entity)),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        match root {
            Some(root) if open.is_empty() => Ok(root),
            _ => Err(wrong(bytes.len(), XmlRule::Syntax)),
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Text of a child without the white space around it.
    pub(crate) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// The element and everything inside, itself first.
    pub(crate) fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        for child in &self.children {
            child.walk(visit);
        }
    }

    /// The prefix its tag is written with, colon included.
    pub(crate) fn prefix(&self) -> &str {
        self.tag.rfind(':').and_then(|at| self.tag.get(..=at)).unwrap_or("")
    }
}

fn position(reader: &Reader<&[u8]>, bom: usize) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).saturating_add(bom)
}

fn limit(count: usize, limits: &Limits, depth: usize) -> Result<(), OfdError> {
    if count > limits.elements {
        return Err(OfdError::Limit { what: "XML elements", limit: limits.elements });
    }
    if depth >= limits.depth {
        return Err(OfdError::Limit { what: "XML nesting", limit: limits.depth });
    }
    Ok(())
}

fn begin(start: &BytesStart<'_>, at: usize, path: &str) -> Result<Element, OfdError> {
    let wrong = |rule: XmlRule| OfdError::Xml { path: path.to_owned(), at, rule };
    let mut attributes: Vec<(String, String)> = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| match error {
            quick_xml::events::attributes::AttrError::Duplicated(..) => {
                wrong(XmlRule::DuplicateAttribute)
            }
            _ => wrong(XmlRule::Syntax),
        })?;
        let key: &str = attribute.key.as_ref();
        if key == "xmlns" || key.starts_with("xmlns:") {
            continue;
        }
        let name = key.rsplit(':').next().unwrap_or(key).to_owned();
        if attributes.iter().any(|(own, _)| *own == name) {
            return Err(wrong(XmlRule::DuplicateAttribute));
        }
        let value = unescape(&attribute.value).ok_or_else(|| wrong(XmlRule::Entity))?;
        attributes.push((name, value));
    }
    let tag = AsRef::<str>::as_ref(&start.name()).to_owned();
    let name = tag.rsplit(':').next().unwrap_or(&tag).to_owned();
    Ok(Element { name, tag, attributes, span: at..at, ..Element::default() })
}

fn attach(open: &mut [Element], root: &mut Option<Element>, element: Element) -> bool {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return false,
    }
    true
}

/// Text outside the root has to be white space.
fn add_text(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

fn unescape(text: &str) -> Option<String> {
    if !text.contains('&') {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        let (name, next) = after.split_once(';')?;
        out.push_str(before);
        out.push(entity(name)?);
        rest = next;
    }
    out.push_str(rest);
    Some(out)
}

/// The five entities of XML and numbered characters.
fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "apos" => Some('\''),
        "gt" => Some('>'),
        "lt" => Some('<'),
        "quot" => Some('"'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
                .filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
        }
    }
}

/// Text with the characters that XML reserves written as entities.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Element, OfdError> {
        Element::parse(text.as_bytes(), "x.xml", &Limits::default())
    }

    #[test]
    fn spans_point_at_the_bytes() {
        let text = "\u{feff}<?xml version=\"1.0\"?><o:A x=\"1\"><o:B>t&amp;&#65;</o:B><C/></o:A>";
        let root = parse(text).unwrap();
        assert_eq!(
            (root.name.as_str(), root.prefix(), root.attribute("x")),
            ("A", "o:", Some("1"))
        );
        let b = root.child("B").unwrap();
        assert_eq!(b.text, "t&A");
        assert_eq!(&text[b.span.clone()], "<o:B>t&amp;&#65;</o:B>");
        assert_eq!(&text[b.inner.clone()], "t&amp;&#65;");
        assert_eq!(&text[root.child("C").unwrap().span.clone()], "<C/>");
        assert_eq!(&text[root.inner.end..], "</o:A>");
    }

    #[test]
    fn what_readers_differ_on_is_refused() {
        for text in [
            "",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "text<a/>",
            "<a/>text",
            "<a x='1' x='2'/>",
            "<a p:x='1' q:x='2'/>",
            "<!DOCTYPE a><a/>",
            "<a>&foo;</a>",
            "<a x='&foo;'/>",
            "<?xml version='1.0' encoding='GBK'?><a/>",
            "<a>&#0;</a>",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        assert!(matches!(parse(&deep), Err(OfdError::Limit { .. })));
        assert!(Element::parse(b"<a>\xff</a>", "x", &Limits::default()).is_err());
    }
}
