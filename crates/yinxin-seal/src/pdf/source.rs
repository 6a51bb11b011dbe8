//! Reading a file by position, with a few blocks of it in memory.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use super::PdfError;

/// Something that can be read and sought in.
trait Positioned: Read + Seek {}
impl<T: Read + Seek> Positioned for T {}

/// The file behind a document. Structure is read through at most [`Source::BLOCKS`] blocks; what
/// streams by ([`Source::stream`]) is not kept.
pub(crate) struct Source<'a> {
    inner: RefCell<Inner<'a>>,
    len: u64,
}

struct Inner<'a> {
    reader: Box<dyn Positioned + 'a>,
    /// The most recently used first.
    blocks: VecDeque<(u64, Vec<u8>)>,
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({} bytes)", self.len)
    }
}

impl<'a> Source<'a> {
    /// Size of a block.
    pub(crate) const BLOCK: u64 = 64 << 10;
    /// Blocks kept: 4 MiB.
    const BLOCKS: usize = 64;

    pub(crate) fn new(mut reader: impl Read + Seek + 'a) -> io::Result<Self> {
        let len = reader.seek(SeekFrom::End(0))?;
        let inner = Inner { reader: Box::new(reader), blocks: VecDeque::new() };
        Ok(Self { inner: RefCell::new(inner), len })
    }

    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// Up to `len` bytes from `at`; fewer only where the file ends.
    pub(crate) fn read(&self, at: u64, len: usize) -> Result<Vec<u8>, PdfError> {
        let end = at.saturating_add(u64::try_from(len).unwrap_or(u64::MAX)).min(self.len);
        let mut out = Vec::new();
        if at >= end {
            return Ok(out);
        }
        out.reserve(usize::try_from(end - at).unwrap_or(0));
        let mut inner = self.inner.borrow_mut();
        let mut position = at;
        while position < end {
            let index = position / Self::BLOCK;
            let block = inner.block(index)?;
            let start = index * Self::BLOCK;
            let from = usize::try_from(position - start).unwrap_or(usize::MAX);
            let to = usize::try_from(end - start).unwrap_or(usize::MAX).min(block.len());
            let Some(piece) = block.get(from..to).filter(|piece| !piece.is_empty()) else {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            };
            out.extend_from_slice(piece);
            position += u64::try_from(piece.len()).unwrap_or(0);
        }
        Ok(out)
    }

    /// Hands the bytes from `from` to `to` on, piece by piece, and keeps none.
    pub(crate) fn stream(
        &self,
        from: u64,
        to: u64,
        mut sink: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), PdfError> {
        let mut inner = self.inner.borrow_mut();
        inner.reader.seek(SeekFrom::Start(from))?;
        let mut left = to.min(self.len).saturating_sub(from);
        let mut buffer = vec![0; 256 << 10];
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let piece = buffer.get_mut(..want).unwrap_or_default();
            inner.reader.read_exact(piece)?;
            sink(piece)?;
            left -= u64::try_from(want).unwrap_or(left);
        }
        Ok(())
    }
}

impl Inner<'_> {
    fn block(&mut self, index: u64) -> io::Result<&[u8]> {
        if let Some(found) = self.blocks.iter().position(|(number, _)| *number == index) {
            if found > 0
                && let Some(block) = self.blocks.remove(found)
            {
                self.blocks.push_front(block);
            }
        } else {
            self.reader.seek(SeekFrom::Start(index * Source::BLOCK))?;
            let mut bytes = Vec::new();
            self.reader.by_ref().take(Source::BLOCK).read_to_end(&mut bytes)?;
            if self.blocks.len() >= Source::BLOCKS {
                self.blocks.pop_back();
            }
            self.blocks.push_front((index, bytes));
        }
        Ok(self.blocks.front().map_or(&[], |(_, bytes)| bytes))
    }
}
