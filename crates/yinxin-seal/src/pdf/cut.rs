//! Taking the last seal back (撤章): the file is cut to the revision before, byte for byte.

use std::io::Write;

use yinxin_pki::{DigestAlgorithm, Time};

use super::PdfError;
use super::document::Document;
use super::range::Range;
use super::sign::BEFORE;
use super::verify::{Candidate, Content, candidates};
use super::xref::Entry;
use crate::es::SealSignature;
use crate::revoke::{Revocation, RevokeError};

/// A seal taken out of a file: the restored bytes went to the sink.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SealRemoved {
    /// The seal signature that was taken out.
    pub signature: SealSignature,
    /// What the holder is to sign, so that the act is known:
    /// [`Revocation::prepare`](crate::revoke::Revocation::prepare).
    pub revocation: Revocation,
}

/// Takes seal signature `number`, counted from 1 as in the report, out of a document: `sink` gets
/// the file as it was before the sealing.
///
/// Only the last signature can go. Evidence that was added after it goes with it.
///
/// # Errors
///
/// [`PdfError::Revoke`]: there is no such seal signature, others depend on it, or what came before
/// cannot be told to the byte. For those a statement alone can still be issued by
/// [`seal_statement`].
pub fn remove_last_seal(
    document: &Document<'_>,
    number: usize,
    reason: &str,
    time: Time,
    sink: &mut impl Write,
) -> Result<SealRemoved, PdfError> {
    let candidates = candidates(document)?;
    let (candidate, signature) = chosen(&candidates, number)?;
    let later: Vec<usize> = (number + 1..=candidates.len()).collect();
    if !later.is_empty() {
        return Err(RevokeError::DependedOn { by: later }.into());
    }
    let Ok(range) = &candidate.range else { return Err(RevokeError::NotRestorable.into()) };
    let end = end_before(document, candidate, range)?;
    let mut sealed = DigestAlgorithm::Sm3.hasher();
    let mut restored = DigestAlgorithm::Sm3.hasher();
    document.source().stream(0, end, |piece| {
        restored.update(piece);
        sealed.update(piece);
        sink.write_all(piece)
    })?;
    document.source().stream(end, document.len(), |piece| {
        sealed.update(piece);
        Ok(())
    })?;
    let (sealed, restored) = (sealed.finish(), restored.finish());
    let revocation = Revocation::of_digests(signature, &sealed, Some(&restored), reason, time);
    Ok(SealRemoved { signature: signature.clone(), revocation })
}

/// The statement for a seal signature that cannot be taken out, because others were made after it:
/// verifiers that are given it report the signature as revoked.
///
/// # Errors
///
/// [`PdfError::Revoke`] when there is no such seal signature.
pub fn seal_statement(
    document: &Document<'_>,
    number: usize,
    reason: &str,
    time: Time,
) -> Result<SealRemoved, PdfError> {
    let candidates = candidates(document)?;
    let (_, signature) = chosen(&candidates, number)?;
    let mut hasher = DigestAlgorithm::Sm3.hasher();
    document.source().stream(0, document.len(), |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    let revocation = Revocation::of_digests(signature, &hasher.finish(), None, reason, time);
    Ok(SealRemoved { signature: signature.clone(), revocation })
}

fn chosen(
    candidates: &[Candidate],
    number: usize,
) -> Result<(&Candidate, &SealSignature), PdfError> {
    let candidate = number.checked_sub(1).and_then(|index| candidates.get(index));
    match candidate.map(|candidate| (candidate, &candidate.content)) {
        Some((candidate, Content::Seal(signature))) => Ok((candidate, signature)),
        _ => Err(RevokeError::NoSuchSignature { number, signatures: candidates.len() }.into()),
    }
}

/// Where the file ended before the revision of a signature.
///
/// Ours say it themselves, and it is held against the file; for those of others it is the end of
/// line behind the `%%EOF` before, which is where every writer we know begins to append.
fn end_before(
    document: &Document<'_>,
    candidate: &Candidate,
    range: &Range,
) -> Result<u64, PdfError> {
    let not = || PdfError::from(RevokeError::NotRestorable);
    let before = range.revision.checked_sub(1).ok_or_else(not)?;
    let before = document.revision(before)?;
    let own = document.revision(range.revision)?;
    let Some(stated) = candidate.value.integer(BEFORE) else { return Ok(before.end) };
    let stated = u64::try_from(stated).map_err(|_| not())?;
    let first = own
        .entries
        .iter()
        .filter_map(|(_, entry)| match entry {
            Entry::At { offset, .. } if *offset >= own.start => Some(*offset),
            _ => None,
        })
        .min();
    // Between the two only white space may lie.
    let fits = (before.eof..=first.unwrap_or(own.section_at)).contains(&stated);
    if fits { Ok(stated) } else { Err(not()) }
}
