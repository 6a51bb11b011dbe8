//! Limits of the OFD reader, each with its reason.

/// What a package may cost to read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Entries of a package.
    pub entries: usize,
    /// Bytes of one entry, unpacked.
    pub entry: usize,
    /// Bytes of all entries together, unpacked; and of the package itself.
    pub total: usize,
    /// Bytes of one XML file: a page of a dense drawing has some MiB.
    pub xml: usize,
    /// Elements of one XML file.
    pub elements: usize,
    /// Nesting of elements: page blocks nest, but nobody nests them by the dozen.
    pub depth: usize,
    /// Pages of a document.
    pub pages: usize,
    /// Signatures of a package.
    pub signatures: usize,
    /// Signatures times files: each is held against every file.
    pub comparisons: usize,
}

impl Limits {
    /// For a program at its user's own desk: scans of some hundred pages, up to a gigabyte.
    #[must_use]
    pub fn desk() -> Self {
        Self { entry: 512 << 20, total: 1 << 30, xml: 64 << 20, ..Self::default() }
    }
}

impl Default for Limits {
    /// For files of strangers: 10 000 pages with three files each, and at most 256 MiB of memory
    /// however they are packed.
    fn default() -> Self {
        Self {
            entries: 40_000,
            entry: 64 << 20,
            total: 80 << 20,
            xml: 16 << 20,
            elements: 400_000,
            depth: 64,
            pages: 10_000,
            signatures: 256,
            comparisons: 2_000_000,
        }
    }
}
