//! How much of a file is believed at once. Each number is our choice unless a source is named.

/// Nesting of arrays and dictionaries; real files stay under 20.
pub(crate) const DEPTH: u8 = 64;
/// Bytes of one object without its stream: a page tree of 100 000 kids has a million.
pub(crate) const OBJECT: usize = 4 << 20;
/// Values in one object.
pub(crate) const NODES: u32 = 500_000;
/// Entries of all cross-reference sections together; 16 MiB in memory.
pub(crate) const ENTRIES: usize = 1 << 20;
/// Highest object number (ISO 32000-1 Annex C names 8 388 607).
pub(crate) const NUMBER: u32 = 8_388_607;
/// Revisions of one file.
pub(crate) const REVISIONS: usize = 512;
/// Signature fields of one file.
pub(crate) const SIGNATURES: usize = 256;
/// Form fields looked at.
pub(crate) const FIELDS: usize = 20_000;
/// Bytes of one decoded stream that is read for structure or text.
pub(crate) const DECODED: usize = 16 << 20;
/// Decoded bytes of object streams kept at once.
pub(crate) const KEPT: usize = 20 << 20;
/// Pages of one document.
pub(crate) const PAGES: usize = 100_000;
/// References followed from one to the next.
pub(crate) const LINKS: usize = 16;
/// Bytes of a signature value as stored.
pub(crate) const CONTENTS: usize = 4 << 20;
/// Objects visited when two revisions are compared.
pub(crate) const VISITED: usize = 600_000;
/// Bytes of objects parsed and inflated for one document; keeps hostile ones under two seconds.
pub(crate) const WORK: u64 = 160 << 20;
/// Pixels of a seal picture.
pub(crate) const PIXELS: u64 = 40_000_000;
/// Bytes of decoded page content searched for keywords, over all pages.
pub(crate) const TEXT: u64 = 256 << 20;
