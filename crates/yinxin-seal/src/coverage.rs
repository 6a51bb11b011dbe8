//! What of a document a signature covers, and what it leaves open.

/// What a signature covers: parts of a package by their path, or ranges of a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Coverage {
    /// Parts that are covered.
    pub covered: Vec<String>,
    /// Parts that take part in what is shown and are not covered.
    pub uncovered: Vec<String>,
    /// Parts that nothing refers to and that are not covered: not shown, and worth a look.
    pub unreferenced: Vec<String>,
}

impl Coverage {
    /// Whether all that is shown is covered.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.uncovered.is_empty()
    }
}
