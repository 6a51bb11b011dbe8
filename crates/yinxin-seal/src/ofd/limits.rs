//! Limits of the OFD reader, each with its reason.

/// What a package may cost to read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Entries of a package.
    pub entries: usize,
    /// Bytes of one entry, unpacked.
    pub entry: usize,
    /// Bytes of all entries together, unpacked.
    pub total: usize,
    /// Bytes of one XML file: a page of a dense drawing has some MiB.
    pub xml: usize,
    /// Elements of one XML file.
    pub elements: usize,
    /// Nesting of elements: page blocks nest, but nobody nests them by the dozen.
    pub depth: usize,
    /// Pages of a document.
    pub pages: usize,
    /// Signatures of a document: each is checked against every file of the package.
    pub signatures: usize,
}

impl Default for Limits {
    /// 10 000 pages with three files each, and memory that a phone has.
    fn default() -> Self {
        Self {
            entries: 40_000,
            entry: 96 << 20,
            total: 160 << 20,
            xml: 16 << 20,
            elements: 400_000,
            depth: 64,
            pages: 10_000,
            signatures: 256,
        }
    }
}
