//! Which seals are drawn: those whose signature was found valid, and no others.

use crate::placement::Stamp;
use crate::report::{SignatureReport, Verdict};

/// A seal that holds, as it is drawn: its picture, and where it stands.
///
/// There is none without a report that found its signature valid, in whole or in part.
#[derive(Clone, Copy, Debug)]
pub struct ValidSeal<'a> {
    number: usize,
    picture: &'a [u8],
    stamps: &'a [Stamp],
}

impl<'a> ValidSeal<'a> {
    /// The seal of a signature; `None` where it has none, or was not found valid.
    #[must_use]
    pub fn of(found: &'a SignatureReport) -> Option<Self> {
        let holds = matches!(found.verdict, Verdict::Valid | Verdict::ValidPartial);
        let seal = found.seal.as_ref().filter(|_| holds)?;
        Some(Self { number: found.number, picture: &seal.picture().data, stamps: &found.stamps })
    }

    /// The same seal where pages are drawn by another module than the one that verified: this one
    /// believes its caller, who passes on what [`of`](Self::of) gave there and nothing else.
    #[cfg(feature = "order")]
    #[must_use]
    pub const fn found_elsewhere(number: usize, picture: &'a [u8], stamps: &'a [Stamp]) -> Self {
        Self { number, picture, stamps }
    }

    /// Number of the signature in its document, from 1.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.number
    }

    /// The encoded picture.
    #[must_use]
    pub const fn picture(&self) -> &'a [u8] {
        self.picture
    }

    /// Where it stands, all pages together.
    #[must_use]
    pub const fn stamps(&self) -> &'a [Stamp] {
        self.stamps
    }
}
