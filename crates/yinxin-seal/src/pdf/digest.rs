//! The digests of what signatures cover, in one pass over the file for all of them.

use yinxin_pki::cms::{ContentDigests, ContentHashers};
use yinxin_pki::{Digest, DigestAlgorithm, Hasher};

use super::PdfError;
use super::document::Document;
use super::range::Range;
use crate::sorted::by_number;

/// Digests over one byte range.
#[derive(Clone, Debug)]
pub(crate) struct Digests {
    pub(crate) cms: ContentDigests,
    plain: Vec<(DigestAlgorithm, Digest)>,
}

impl Digests {
    pub(crate) fn plain(&self, algorithm: DigestAlgorithm) -> Option<&Digest> {
        self.plain.iter().find(|(own, _)| *own == algorithm).map(|(_, digest)| digest)
    }
}

/// What runs along the file.
#[derive(Clone)]
struct Running {
    cms: ContentHashers,
    plain: Vec<(DigestAlgorithm, Hasher)>,
}

impl Running {
    fn feed(&mut self, document: &Document<'_>, from: u64, to: u64) -> Result<(), PdfError> {
        document.source().stream(from, to, |piece| {
            self.cms.update(piece);
            self.plain.iter_mut().for_each(|(_, hasher)| hasher.update(piece));
            Ok(())
        })
    }

    fn finish(self) -> Digests {
        Digests {
            cms: self.cms.finish(),
            plain: self
                .plain
                .into_iter()
                .map(|(algorithm, hasher)| (algorithm, hasher.finish()))
                .collect(),
        }
    }
}

/// Digests over every range, by its place in the list. Holes come in ascending order in a file
/// that was signed honestly; each range shares the way up to its hole with all others.
pub(crate) fn all(
    document: &Document<'_>,
    ranges: &[(usize, &Range)],
    algorithms: &[DigestAlgorithm],
) -> Result<Vec<(usize, Digests)>, PdfError> {
    let order = by_number(ranges.iter().collect(), |(_, range)| range.gap);
    let mut running = Running {
        cms: ContentHashers::new(algorithms),
        plain: algorithms.iter().map(|one| (*one, one.hasher())).collect(),
    };
    let mut at = 0;
    let mut done = Vec::new();
    for (place, range) in order {
        running.feed(document, at, range.gap)?;
        at = range.gap;
        let mut own = running.clone();
        own.feed(document, range.resume, range.end)?;
        done.push((*place, own.finish()));
    }
    Ok(done)
}

/// The digest of a range by a hasher that began with something else (Z of an SM2 key).
pub(crate) fn direct(
    document: &Document<'_>,
    range: &Range,
    mut hasher: Hasher,
) -> Result<Digest, PdfError> {
    for (from, to) in [(0, range.gap), (range.resume, range.end)] {
        document.source().stream(from, to, |piece| {
            hasher.update(piece);
            Ok(())
        })?;
    }
    Ok(hasher.finish())
}
