//! The outside of a message, read as it streams by: open elements of known or unknown length, the
//! content in one piece or many, and what comes before and after it.

use alloc::vec::Vec;

use crate::ber::{self, Length};
use crate::der::{Reader, Tag};
use crate::{Error, Oid, limits};

/// Elements that were opened and not yet closed: where each ends, if it said so.
#[derive(Clone, Debug, Default)]
pub(super) struct Frames(Vec<Option<u64>>);

/// Reads the part before or after the content, which lies in memory.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    input: &'a [u8],
    /// Index into `input`.
    pos: usize,
    /// Where `input` lies in the message.
    base: u64,
    frames: Frames,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(input: &'a [u8], base: u64, frames: Frames) -> Self {
        Self { input, pos: 0, base, frames }
    }

    fn rest(&self) -> &'a [u8] {
        self.input.get(self.pos..).unwrap_or(&[])
    }

    fn absolute(&self) -> u64 {
        self.base + u64::try_from(self.pos).unwrap_or(u64::MAX)
    }

    /// Position for error messages.
    pub(super) fn at(&self) -> usize {
        usize::try_from(self.absolute()).unwrap_or(usize::MAX)
    }

    /// Tag of what comes next in the innermost open element; `None` at its end.
    pub(super) fn peek(&self) -> Result<Option<Tag>, Error> {
        if self.at_end()? {
            return Ok(None);
        }
        match self.rest() {
            [] => Err(Error::Truncated { at: self.at(), missing: 1 }),
            [tag, ..] => Ok(Some(Tag(*tag))),
        }
    }

    fn at_end(&self) -> Result<bool, Error> {
        match self.frames.0.last() {
            Some(Some(end)) => Ok(self.absolute() >= *end),
            Some(None) => ber::is_end(self.rest(), self.at()),
            None => Ok(self.rest().is_empty()),
        }
    }

    /// Opens a constructed element.
    pub(super) fn open(&mut self, tag: Tag) -> Result<(), Error> {
        if self.peek()? != Some(tag) {
            return Err(Error::Malformed { at: self.at(), expected: tag.name() });
        }
        let head = ber::header(self.rest(), self.at())?;
        self.enter(head)
    }

    fn enter(&mut self, head: ber::Header) -> Result<(), Error> {
        let at = self.at();
        self.pos += head.len;
        let end = match head.length {
            Length::Definite(length) => {
                let end = self.absolute().checked_add(length);
                if end.is_none() || self.frames.innermost().is_some_and(|outer| end > Some(outer)) {
                    return Err(Error::Malformed { at, expected: "an element inside its parent" });
                }
                end
            }
            Length::Indefinite => None,
        };
        self.frames.0.push(end);
        Ok(())
    }

    /// The next element, whole, as DER.
    pub(super) fn element(&mut self) -> Result<Vec<u8>, Error> {
        let at = self.at();
        if self.at_end()? {
            return Err(Error::Malformed { at, expected: "another element" });
        }
        let (der, taken) = ber::element(self.rest(), at)?;
        self.pos += taken;
        if self.frames.innermost().is_some_and(|end| self.absolute() > end) {
            return Err(Error::Malformed { at, expected: "an element inside its parent" });
        }
        Ok(der)
    }

    /// The next element if it carries `tag`.
    pub(super) fn optional(&mut self, tag: Tag) -> Result<Option<Vec<u8>>, Error> {
        if self.peek()? == Some(tag) { self.element().map(Some) } else { Ok(None) }
    }

    pub(super) fn oid(&mut self) -> Result<Oid, Error> {
        let at = self.at();
        let der = self.element()?;
        Reader::at(&der, at).oid()
    }

    pub(super) fn uint(&mut self) -> Result<u64, Error> {
        let at = self.at();
        let der = self.element()?;
        Reader::at(&der, at).uint()
    }

    /// Closes the innermost open element: nothing may be left in it.
    pub(super) fn close(&mut self) -> Result<(), Error> {
        if !self.at_end()? {
            return Err(Error::Malformed { at: self.at(), expected: "end of the element" });
        }
        if self.frames.0.pop() == Some(None) {
            self.pos += 2;
        }
        Ok(())
    }

    /// Ends reading: all elements closed, nothing behind them.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        while !self.frames.0.is_empty() {
            self.close()?;
        }
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(Error::Malformed { at: self.at(), expected: "end of the message" })
        }
    }

    /// Begins the content: an octet string, or an implicit `[0]` in its place. Its octets pass
    /// through [`Content`].
    pub(super) fn content(&mut self, primitive: Tag) -> Result<Content, Error> {
        let at = self.at();
        let constructed = Tag(primitive.0 | 0x20);
        match self.peek()? {
            Some(tag) if tag == primitive || tag == constructed => {}
            _ => return Err(Error::Malformed { at, expected: primitive.name() }),
        }
        let head = ber::header(self.rest(), at)?;
        if head.tag == constructed {
            self.enter(head)?;
            return Ok(Content { open: Some(0), remaining: 0 });
        }
        let Length::Definite(remaining) = head.length else {
            return Err(Error::Malformed { at, expected: "definite length" });
        };
        self.pos += head.len;
        let end = self.absolute().checked_add(remaining);
        if end.is_none() || self.frames.innermost().is_some_and(|outer| end > Some(outer)) {
            return Err(Error::Malformed { at, expected: "an element inside its parent" });
        }
        Ok(Content { open: None, remaining })
    }
}

impl Frames {
    /// End of the innermost open element that said where it ends.
    fn innermost(&self) -> Option<u64> {
        self.0.iter().rev().find_map(|end| *end)
    }
}

/// The content passing by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    /// For content in pieces: how many pieces are open inside the outermost; else `None`.
    open: Option<u8>,
    /// Octets left of the piece that is passing.
    remaining: u64,
}

/// Reads a message whose content passes through: before, content, after.
#[derive(Debug)]
pub(super) struct Skeleton {
    /// Octets of the message before `buffer`.
    base: u64,
    /// What is being collected: the part before the content, a split piece header, or the part
    /// after.
    buffer: Vec<u8>,
    frames: Frames,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Before,
    Content(Content),
    After,
}

/// What a header parser returns: what it read, and the content it began, if there is any.
pub(super) type Before<H> = (H, Option<Content>);

impl Skeleton {
    pub(super) fn new() -> Self {
        Self { base: 0, buffer: Vec::new(), frames: Frames::default(), stage: Stage::Before }
    }

    /// Collects `input` until `parse` can read all that comes before the content.
    pub(super) fn before<H>(
        &mut self,
        input: &[u8],
        parse: impl FnOnce(&mut Cursor<'_>) -> Result<Before<H>, Error>,
    ) -> Result<Option<H>, Error> {
        self.buffer.extend_from_slice(input);
        let mut cursor = Cursor::new(&self.buffer, 0, Frames::default());
        match parse(&mut cursor) {
            Ok((header, content)) => {
                let taken = cursor.pos;
                self.frames = cursor.frames;
                self.stage = content.map_or(Stage::After, Stage::Content);
                self.consume(taken);
                Ok(Some(header))
            }
            Err(Error::Truncated { .. }) if self.buffer.len() < limits::CMS_HEADER => Ok(None),
            Err(Error::Truncated { .. }) => Err(self.too_large()),
            Err(error) => Err(error),
        }
    }

    /// Passes content octets of `input` to `sink` and keeps what comes after them.
    pub(super) fn push<E: From<Error>>(
        &mut self,
        input: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Stage::Content(content) = self.stage else {
            self.buffer.extend_from_slice(input);
            return if self.buffer.len() > limits::CMS_HEADER {
                Err(self.too_large().into())
            } else {
                Ok(())
            };
        };
        // A header split by the last push lies in `buffer`; join it to what has come.
        let joined;
        let all = if self.buffer.is_empty() {
            input
        } else {
            let mut buffer = core::mem::take(&mut self.buffer);
            buffer.extend_from_slice(input);
            joined = buffer;
            &joined[..]
        };
        let (taken, stage) = self.pass(content, all, sink)?;
        self.stage = stage;
        self.base += u64::try_from(taken).unwrap_or(u64::MAX);
        self.buffer = all.get(taken..).unwrap_or(&[]).to_vec();
        if self.buffer.len() > limits::CMS_HEADER {
            return Err(self.too_large().into());
        }
        Ok(())
    }

    /// Runs through content; returns octets taken and where that leaves us.
    fn pass<E: From<Error>>(
        &mut self,
        mut content: Content,
        all: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(usize, Stage), E> {
        let mut pos = 0;
        loop {
            let rest = all.get(pos..).unwrap_or(&[]);
            if content.remaining > 0 {
                let here = usize::try_from(content.remaining).unwrap_or(usize::MAX).min(rest.len());
                if here == 0 {
                    return Ok((pos, Stage::Content(content)));
                }
                sink(rest.get(..here).unwrap_or(&[]))?;
                content.remaining -= u64::try_from(here).unwrap_or(0);
                pos += here;
                continue;
            }
            let Some(depth) = content.open else {
                return Ok((pos, Stage::After));
            };
            let base = self.base + u64::try_from(pos).unwrap_or(u64::MAX);
            let mut cursor = Cursor::new(rest, base, core::mem::take(&mut self.frames));
            let step = next_piece(&mut cursor, depth);
            let taken = cursor.pos;
            self.frames = cursor.frames;
            match step {
                Ok(next) => {
                    pos += taken;
                    match next {
                        Some(next) => content = next,
                        None => return Ok((pos, Stage::After)),
                    }
                }
                Err(Error::Truncated { .. }) => return Ok((pos, Stage::Content(content))),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads what came after the content with `parse`, then closes everything.
    pub(super) fn finish<T>(
        self,
        parse: impl FnOnce(&mut Cursor<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let end = self.base + u64::try_from(self.buffer.len()).unwrap_or(u64::MAX);
        match self.stage {
            Stage::After => {}
            Stage::Before | Stage::Content(_) => {
                let at = usize::try_from(end).unwrap_or(usize::MAX);
                return Err(Error::Truncated { at, missing: 1 });
            }
        }
        let mut cursor = Cursor::new(&self.buffer, self.base, self.frames);
        let parsed = parse(&mut cursor)?;
        cursor.finish()?;
        Ok(parsed)
    }

    fn consume(&mut self, taken: usize) {
        self.base += u64::try_from(taken).unwrap_or(u64::MAX);
        self.buffer = self.buffer.split_off(taken);
    }

    fn too_large(&self) -> Error {
        Error::Limit {
            at: usize::try_from(self.base).unwrap_or(usize::MAX),
            what: "message apart from its content, in bytes",
            limit: 1 << 20,
        }
    }
}

/// The next piece of content in pieces; `None` when the outermost has closed. Truncated input
/// leaves the frames as they were.
fn next_piece(cursor: &mut Cursor<'_>, depth: u8) -> Result<Option<Content>, Error> {
    let at = cursor.at();
    let Some(tag) = cursor.peek()? else {
        cursor.close()?;
        return Ok(depth.checked_sub(1).map(|depth| Content { open: Some(depth), remaining: 0 }));
    };
    if Tag(tag.0 & !0x20) != Tag::OCTET_STRING {
        return Err(Error::Malformed { at, expected: "a piece of an OCTET STRING" });
    }
    let head = ber::header(cursor.rest(), at)?;
    if tag.is_constructed() {
        if depth >= limits::BER_STRING_DEPTH {
            let limit = u64::from(limits::BER_STRING_DEPTH);
            return Err(Error::Limit { at, what: "nesting of string pieces", limit });
        }
        cursor.enter(head)?;
        return Ok(Some(Content { open: Some(depth + 1), remaining: 0 }));
    }
    let Length::Definite(remaining) = head.length else {
        return Err(Error::Malformed { at, expected: "definite length" });
    };
    cursor.pos += head.len;
    let end = cursor.absolute().checked_add(remaining);
    if end.is_none() || cursor.frames.innermost().is_some_and(|outer| end > Some(outer)) {
        return Err(Error::Malformed { at, expected: "an element inside its parent" });
    }
    Ok(Some(Content { open: Some(depth), remaining }))
}
