//! Where every object of every revision is: tables, streams, hybrids, and the chain between them.
//!
//! ```text
//! %PDF-1.7 … objects … xref trailer startxref %%EOF | objects … xref trailer startxref %%EOF
//! └──────────────── revision 1 ──────────────────┘ └──────────── revision 2 ───────────────┘
//! ```
//! A revision owns the bytes from the end of the one before to its own `%%EOF`. The chain is read
//! from the end by `startxref` and `/Prev`; what does not lie end to end reads in two ways.

use super::lexer::{Lexer, Stop, Token, is_space};
use super::object::{Dictionary, Object, Stream};
use super::source::Source;
use super::{PdfError, filter, limits};
use crate::sorted::by_number;

/// Where an object is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Entry {
    /// It is not in use.
    Free,
    /// At an offset of the file.
    At { offset: u64, generation: u16 },
    /// Inside an object stream.
    Inside { container: u32, index: u32 },
}

/// The form of a cross-reference section; an increment keeps it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    Table,
    Stream,
}

/// One state of the file (版本) and what it changed.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    /// Its first byte.
    pub(crate) start: u64,
    /// Behind its `%%EOF`.
    pub(crate) eof: u64,
    /// Behind the end of line after that; the next revision begins here.
    pub(crate) end: u64,
    /// Its cross-reference section.
    pub(crate) section_at: u64,
    /// The section its `startxref` names, and the next revision's `/Prev` has to: another one in
    /// a linearised file.
    pub(crate) entry_at: u64,
    pub(crate) form: Form,
    /// Sorted by number; no number twice.
    pub(crate) entries: Vec<(u32, Entry)>,
    pub(crate) trailer: Dictionary,
    /// A table with a stream beside it: older readers see less.
    pub(crate) hybrid: bool,
}

impl Revision {
    pub(crate) fn entry(&self, number: u32) -> Option<Entry> {
        let found = self.entries.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.entries.get(found).map(|(_, entry)| *entry)
    }
}

/// A section as read, before it is known to which revision it belongs.
struct Section {
    at: u64,
    /// Behind the trailer's dictionary, or the stream's `endobj`.
    end: u64,
    form: Form,
    entries: Vec<(u32, Entry)>,
    trailer: Dictionary,
    hybrid: bool,
}

/// Runs a parser over a window at `at` that grows until the parser has enough.
pub(crate) fn window<T>(
    source: &Source<'_>,
    at: u64,
    mut parse: impl FnMut(&mut Lexer<'_>) -> Result<T, Stop>,
) -> Result<T, PdfError> {
    let mut len: usize = 2 << 10;
    loop {
        let bytes = source.read(at, len)?;
        let whole = bytes.len() < len;
        match parse(&mut Lexer::new(&bytes, at, whole)) {
            Ok(value) => return Ok(value),
            Err(Stop::Wrong(error)) => return Err(error),
            Err(Stop::More) if len >= limits::OBJECT => {
                let limit = u64::try_from(limits::OBJECT).unwrap_or(u64::MAX);
                return Err(PdfError::Limit { at, what: "bytes in one object", limit });
            }
            Err(Stop::More) => len *= 4,
        }
    }
}

/// Reads the whole chain; the oldest revision first.
pub(crate) fn read(source: &Source<'_>) -> Result<Vec<Revision>, PdfError> {
    let (mut at, last_end) = last_startxref(source)?;
    let mut sections: Vec<Section> = Vec::new();
    let mut count = 0;
    loop {
        if sections.iter().any(|section| section.at == at) {
            return Err(PdfError::Ambiguous { at, what: "a circle of cross-references" });
        }
        if sections.len() >= limits::REVISIONS {
            let limit = u64::try_from(limits::REVISIONS).unwrap_or(u64::MAX);
            return Err(PdfError::Limit { at, what: "revisions", limit });
        }
        let section = read_section(source, at, &mut count)?;
        let previous = match section.trailer.get("Prev") {
            None => None,
            Some(Object::Integer(value)) => Some(
                u64::try_from(*value)
                    .map_err(|_| PdfError::Malformed { at, expected: "an offset in /Prev" })?,
            ),
            Some(_) => return Err(PdfError::Malformed { at, expected: "an offset in /Prev" }),
        };
        if section.trailer.get("Encrypt").is_some_and(|value| *value != Object::Null) {
            return Err(PdfError::Encrypted);
        }
        sections.push(section);
        match previous {
            Some(previous) => at = previous,
            None => break,
        }
    }
    sections.reverse();
    let revisions = lay_out(source, sections)?;
    if let Some(last) = revisions.last()
        && last.eof != last_end
    {
        // The last `startxref` names a section that ends elsewhere.
        return Err(PdfError::Ambiguous { at: last.eof, what: "bytes no revision owns" });
    }
    Ok(revisions)
}

/// What the last `startxref` says, and where its `%%EOF` ends.
fn last_startxref(source: &Source<'_>) -> Result<(u64, u64), PdfError> {
    let from = source.len().saturating_sub(2048);
    let bytes = source.read(from, 2048)?;
    let used = bytes.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1);
    let bytes = bytes.get(..used).unwrap_or_default();
    let end = from + u64::try_from(used).unwrap_or(0);
    let Some(before) = bytes.strip_suffix(b"%%EOF") else {
        let found = bytes.windows(5).any(|window| window == b"%%EOF");
        return Err(if found {
            PdfError::Ambiguous { at: end, what: "bytes after the last %%EOF" }
        } else {
            PdfError::Malformed { at: end, expected: "%%EOF" }
        });
    };
    let word = b"startxref";
    let found = before.windows(word.len()).rposition(|window| window == word);
    let Some(found) = found else {
        return Err(PdfError::Malformed { at: end, expected: "startxref" });
    };
    let at = from + u64::try_from(found).unwrap_or(0);
    let (offset, eof) = end_of_revision(source, at)?;
    if eof != end {
        return Err(PdfError::Ambiguous { at, what: "more than one end" });
    }
    Ok((offset, end))
}

/// `startxref N %%EOF` at `at`: N, and the place behind.
pub(crate) fn end_of_revision(source: &Source<'_>, at: u64) -> Result<(u64, u64), PdfError> {
    window(source, at, |lexer| {
        lexer.word("startxref")?;
        let offset = lexer.integer("an offset")?;
        while lexer.peek_byte().is_some_and(is_space) {
            lexer.seek(lexer.position() + 1);
        }
        for expected in *b"%%EOF" {
            match lexer.peek_byte() {
                Some(byte) if byte == expected => lexer.seek(lexer.position() + 1),
                _ => {
                    let at = lexer.at();
                    return Err(Stop::Wrong(PdfError::Malformed { at, expected: "%%EOF" }));
                }
            }
        }
        Ok((offset, lexer.at()))
    })
}

/// Gives every section its bytes: end to end, from the first byte to the last.
fn lay_out(source: &Source<'_>, sections: Vec<Section>) -> Result<Vec<Revision>, PdfError> {
    let mut revisions: Vec<Revision> = Vec::new();
    let mut sections = sections.into_iter().peekable();
    while let Some(mut section) = sections.next() {
        let start = revisions.last().map_or(0, |revision| revision.end);
        let (entry_at, eof) = end_of_revision(source, section.end)?;
        let mut named = entry_at;
        if revisions.is_empty()
            && let Some(first_page) = sections.next_if(|next| next.at < section.at)
        {
            // A linearised file (Annex F): the section of the first page stands first in the file
            // and names the other, which stands at the end. Both make one revision.
            named = if named == first_page.at { section.at } else { named };
            section.hybrid |= first_page.hybrid;
            section.trailer = first_page.trailer;
            section.entries = merge(section.entries, first_page.entries, section.at)?;
        }
        if named != section.at {
            let what = "a startxref that names another section";
            return Err(PdfError::Ambiguous { at: section.end, what });
        }
        if section.at < start {
            let what = "cross-references out of order";
            return Err(PdfError::Ambiguous { at: section.at, what });
        }
        let line = source.read(eof, 2)?;
        let end = eof
            + match &line[..] {
                b"\r\n" => 2,
                [b'\r' | b'\n', ..] => 1,
                _ => 0,
            };
        revisions.push(Revision {
            start,
            eof,
            end,
            section_at: section.at,
            entry_at,
            form: section.form,
            entries: section.entries,
            trailer: section.trailer,
            hybrid: section.hybrid,
        });
    }
    Ok(revisions)
}

/// Sorts, and refuses a number that stands twice with different places.
fn merge(
    mut entries: Vec<(u32, Entry)>,
    more: Vec<(u32, Entry)>,
    at: u64,
) -> Result<Vec<(u32, Entry)>, PdfError> {
    entries.extend(more);
    let mut entries = by_number(entries, |(number, _)| u64::from(*number));
    entries.dedup();
    let twice = entries.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0 && a.0 != 0));
    if twice {
        return Err(PdfError::Ambiguous { at, what: "an object defined twice" });
    }
    Ok(entries)
}

fn read_section(source: &Source<'_>, at: u64, count: &mut usize) -> Result<Section, PdfError> {
    let is_table = window(source, at, |lexer| Ok(lexer.token()? == Token::Word(b"xref".to_vec())))?;
    if is_table { read_table(source, at, count) } else { read_stream(source, at, count) }
}

fn read_table(source: &Source<'_>, at: u64, count: &mut usize) -> Result<Section, PdfError> {
    let mut position = window(source, at, |lexer| {
        lexer.word("xref")?;
        Ok(lexer.at())
    })?;
    let mut entries = Vec::new();
    loop {
        let head = window(source, position, |lexer| {
            let back = lexer.position();
            if lexer.token()? == Token::Word(b"trailer".to_vec()) {
                return Ok(None);
            }
            lexer.seek(back);
            let first: u32 = lexer.integer("an object number")?;
            let number: u32 = lexer.integer("a number of entries")?;
            Ok(Some((first, number, lexer.at())))
        })?;
        let Some((first, number, next)) = head else { break };
        position = read_entries(source, next, first, number, &mut entries, count)?;
    }
    let (trailer, end) = window(source, position, |lexer| {
        lexer.word("trailer")?;
        match lexer.object()? {
            Object::Dictionary(dictionary) => Ok((dictionary, lexer.at())),
            _ => {
                let at = lexer.at();
                Err(Stop::Wrong(PdfError::Malformed { at, expected: "a dictionary" }))
            }
        }
    })?;
    let mut entries = merge(entries, vec![], at)?;
    let mut hybrid = false;
    if let Some(stream_at) = trailer.integer("XRefStm") {
        hybrid = true;
        let stream_at = u64::try_from(stream_at)
            .map_err(|_| PdfError::Malformed { at, expected: "an offset in /XRefStm" })?;
        let hidden = read_stream(source, stream_at, count)?;
        for (number, entry) in hidden.entries {
            // What the table hides as free is shown by the stream (§7.5.8.4).
            match entries.binary_search_by_key(&number, |(number, _)| *number) {
                Ok(found) => {
                    if let Some((_, old)) = entries.get_mut(found).filter(|e| e.1 == Entry::Free) {
                        *old = entry;
                    }
                }
                Err(place) => entries.insert(place, (number, entry)),
            }
        }
    }
    Ok(Section { at, end, form: Form::Table, entries, trailer, hybrid })
}

/// The entries of one subsection, through windows of 64 KiB.
fn read_entries(
    source: &Source<'_>,
    at: u64,
    first: u32,
    number: u32,
    entries: &mut Vec<(u32, Entry)>,
    count: &mut usize,
) -> Result<u64, PdfError> {
    let mut position = at;
    let mut done = 0;
    while done < number {
        let bytes = source.read(position, 64 << 10)?;
        let mut lexer = Lexer::new(&bytes, position, bytes.len() < 64 << 10);
        let before = done;
        while done < number {
            let back = lexer.position();
            match table_entry(&mut lexer) {
                Ok(entry) => {
                    let number = object_number(first.checked_add(done), position)?;
                    entries.push((number, entry));
                    counted(count, position)?;
                    done += 1;
                }
                Err(Stop::More) => {
                    lexer.seek(back);
                    break;
                }
                Err(Stop::Wrong(error)) => return Err(error),
            }
        }
        if done == before {
            return Err(PdfError::Malformed { at: position, expected: "an entry" });
        }
        position = lexer.at();
    }
    Ok(position)
}

fn object_number(number: Option<u32>, at: u64) -> Result<u32, PdfError> {
    let limit = u64::from(limits::NUMBER);
    number.filter(|number| *number <= limits::NUMBER).ok_or(PdfError::Limit {
        at,
        what: "objects",
        limit,
    })
}

fn counted(count: &mut usize, at: u64) -> Result<(), PdfError> {
    *count += 1;
    if *count > limits::ENTRIES {
        let limit = u64::try_from(limits::ENTRIES).unwrap_or(u64::MAX);
        return Err(PdfError::Limit { at, what: "cross-reference entries", limit });
    }
    Ok(())
}

fn table_entry(lexer: &mut Lexer<'_>) -> Result<Entry, Stop> {
    let offset: u64 = lexer.integer("an offset")?;
    let generation: u16 = lexer.integer("a generation")?;
    let at = lexer.at();
    match lexer.token()? {
        Token::Word(word) if word == b"n" => Ok(Entry::At { offset, generation }),
        Token::Word(word) if word == b"f" => Ok(Entry::Free),
        _ => Err(Stop::Wrong(PdfError::Malformed { at, expected: "n or f" })),
    }
}

fn read_stream(source: &Source<'_>, at: u64, count: &mut usize) -> Result<Section, PdfError> {
    let wrong = |expected| PdfError::Malformed { at, expected };
    let (object, end) =
        indirect_with(source, at, |_| None).map(|(_, object, end)| (object, end))?;
    let Object::Stream(stream) = object else { return Err(wrong("a cross-reference stream")) };
    let trailer = stream.dictionary.clone();
    if !trailer.is_type("XRef") {
        return Err(wrong("/Type /XRef"));
    }
    let widths = trailer.get("W").and_then(Object::as_array).ok_or_else(|| wrong("/W"))?;
    let widths: Vec<usize> = widths
        .iter()
        .filter_map(|width| usize::try_from(width.as_integer()?).ok().filter(|width| *width <= 8))
        .collect();
    let [kind_width, second_width, third_width] = widths[..] else { return Err(wrong("/W")) };
    let line = kind_width + second_width + third_width;
    let size = trailer.integer("Size").ok_or_else(|| wrong("/Size"))?;
    let index: Vec<i64> = match trailer.get("Index") {
        None => vec![0, size],
        Some(Object::Array(items)) => items.iter().filter_map(Object::as_integer).collect(),
        Some(_) => return Err(wrong("/Index")),
    };
    let data = stream_bytes(source, &stream, limits::DECODED)?;
    let mut lines = data.chunks_exact(line.max(1));
    let mut entries = Vec::new();
    for pair in index.chunks(2) {
        let [first, number] = pair else { return Err(wrong("/Index")) };
        let first = u32::try_from(*first).map_err(|_| wrong("/Index"))?;
        let number = u32::try_from(*number).map_err(|_| wrong("/Index"))?;
        for step in 0..number {
            let line = lines.next().ok_or_else(|| wrong("an entry for each number"))?;
            let number = object_number(first.checked_add(step), at)?;
            counted(count, at)?;
            let field = |from: usize, width: usize| {
                let octets = line.get(from..from + width).unwrap_or_default();
                octets.iter().fold(0_u64, |value, octet| value << 8 | u64::from(*octet))
            };
            let kind = if kind_width == 0 { 1 } else { field(0, kind_width) };
            let second = field(kind_width, second_width);
            let third = field(kind_width + second_width, third_width);
            let narrow = |value: u64| u32::try_from(value).map_err(|_| wrong("an entry"));
            let entry = match kind {
                0 => Entry::Free,
                1 => Entry::At {
                    offset: second,
                    generation: u16::try_from(third).map_err(|_| wrong("a generation"))?,
                },
                2 => Entry::Inside { container: narrow(second)?, index: narrow(third)? },
                _ => return Err(PdfError::Unsupported { at, what: "the kind of entry" }),
            };
            entries.push((number, entry));
        }
    }
    let entries = merge(entries, vec![], at)?;
    Ok(Section { at, end, form: Form::Stream, entries, trailer, hybrid: false })
}

/// An indirect object at `at`: its id, value, and the place behind `endobj`. `length` resolves an
/// indirect `/Length`.
pub(crate) fn indirect_with(
    source: &Source<'_>,
    at: u64,
    length: impl Fn(&Object) -> Option<i64>,
) -> Result<(super::ObjectId, Object, u64), PdfError> {
    let (id, object, next, is_stream) = window(source, at, |lexer| {
        let id = lexer.header()?;
        let object = lexer.object()?;
        let next_at = lexer.at();
        match lexer.token()? {
            Token::Word(word) if word == b"endobj" => Ok((id, object, lexer.at(), false)),
            Token::Word(word) if word == b"stream" => {
                // One end of line, CR LF or LF (§7.3.8.1); a lone CR is taken as one too.
                let mut skip = 0;
                if lexer.peek_byte() == Some(b'\r') {
                    lexer.seek(lexer.position() + 1);
                    skip = 1;
                }
                match lexer.peek_byte() {
                    Some(b'\n') => lexer.seek(lexer.position() + 1),
                    Some(_) if skip == 1 => {}
                    _ => {
                        let at = lexer.at();
                        let expected = "an end of line after stream";
                        return Err(Stop::Wrong(PdfError::Malformed { at, expected }));
                    }
                }
                Ok((id, object, lexer.at(), true))
            }
            _ => Err(Stop::Wrong(PdfError::Malformed { at: next_at, expected: "endobj" })),
        }
    })?;
    if !is_stream {
        return Ok((id, object, next));
    }
    let Object::Dictionary(dictionary) = object else {
        return Err(PdfError::Malformed { at, expected: "a stream's dictionary" });
    };
    let wrong = || PdfError::Malformed { at, expected: "the stream's /Length" };
    let value = dictionary.get("Length").ok_or_else(wrong)?;
    let len = match value {
        Object::Integer(value) => Some(*value),
        other => length(other),
    };
    let len = len.and_then(|len| u64::try_from(len).ok()).ok_or_else(wrong)?;
    let behind = next.checked_add(len).filter(|end| *end <= source.len()).ok_or_else(wrong)?;
    let end = window(source, behind, |lexer| {
        lexer.word("endstream")?;
        lexer.word("endobj")?;
        Ok(lexer.at())
    })
    .map_err(|_| PdfError::Ambiguous { at: behind, what: "a stream of another length" })?;
    Ok((id, Object::Stream(Stream { dictionary, at: next, len }), end))
}

/// The decoded bytes of a stream whose filters stand direct in its dictionary.
pub(crate) fn stream_bytes(
    source: &Source<'_>,
    stream: &Stream,
    limit: usize,
) -> Result<Vec<u8>, PdfError> {
    let len = usize::try_from(stream.len).unwrap_or(usize::MAX);
    if len > limit {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        return Err(PdfError::Limit { at: stream.at, what: "bytes of a stream", limit });
    }
    let raw = source.read(stream.at, len)?;
    filter::decode(&stream.dictionary, raw, stream.at, limit)
}
