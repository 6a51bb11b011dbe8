//! Verification: every signature by the sixteen steps, and every later revision object by object.
//!
//! | `/SubFilter` | What is in `/Contents` |
//! |---|---|
//! | `adbe.pkcs7.detached`, `ETSI.CAdES.detached` | CMS SignedData over the byte range |
//! | `GM.sm2seal` | SES_Signature; dataHash = SM3 of the byte range |
//! | `GM.sm2cms.detached` | SignedData over SM3 of the byte range, which it holds |
//! | `GM.SM2` | any of these, or a bare SM2 signature with its certificate in `/Cert`: told by content |
//! | `ETSI.RFC3161` | a timestamp token over the byte range |

use std::collections::BTreeSet;

use yinxin_pki::certificate::Certificate;
use yinxin_pki::cms::SignedData;
use yinxin_pki::der::{Reader, Tag};
use yinxin_pki::report::{Outcome, Step};
use yinxin_pki::timestamp::TimestampToken;
use yinxin_pki::{DigestAlgorithm, Explain, Fact, Time};

use super::change::{self, Changes, Graph};
use super::digest::{self, Digests};
use super::document::Document;
use super::field::Field;
use super::object::{Dictionary, Object, ObjectId};
use super::range::Range;
use super::{PdfError, permission, suspect};
use crate::check::Check;
use crate::es::SealSignature;
use crate::report::{AMBIGUOUS, CHANGED, DocumentReport, SignatureReport, StepId, Steps, Verdict};
use crate::sorted::{by_number, collected};

mod judge;

use judge::Judge;

/// A signature as found, before it is judged.
pub(crate) struct Candidate {
    pub(crate) field: Field,
    pub(crate) value_id: Option<ObjectId>,
    pub(crate) value: Dictionary,
    pub(crate) range: Result<Range, &'static str>,
    pub(crate) content: Content,
    pub(crate) level: Option<i64>,
}

/// What is in `/Contents`.
pub(crate) enum Content {
    Bare(Vec<u8>),
    Cms(Box<SignedData>, Option<Vec<u8>>),
    Seal(Box<SealSignature>),
    Timestamp(Box<TimestampToken>),
    /// It cannot be read; the code and facts say why.
    Unreadable(&'static str, Vec<Fact>),
}

/// Verifies all signatures of a document.
///
/// Evidence in the document (`/DSS`, certificates in signatures) helps to build chains and is
/// believed only as far as it proves itself. A document timestamp of a trusted authority is the
/// time of judgement for the signatures before it.
///
/// ```
/// use yinxin_pki::{Time, TrustStore};
/// use yinxin_seal::check::Check;
/// use yinxin_seal::pdf::{Document, PdfError, verify};
/// use yinxin_seal::report::Verdict;
///
/// fn is_sealed(file: &[u8], trust: &TrustStore, now: Time) -> Result<bool, PdfError> {
///     let report = verify(&Document::from_bytes(file)?, &Check::new(trust, now))?;
///     for signature in &report.signatures {
///         println!("{} {}", signature.name, signature.verdict.name());
///     }
///     Ok(report.verdict() == Some(Verdict::Valid))
/// }
/// ```
///
/// # Errors
///
/// [`PdfError`] for a document that is damaged or reads in two ways: there is no telling what its
/// signatures are about.
pub fn verify(document: &Document<'_>, check: &Check<'_>) -> Result<DocumentReport, PdfError> {
    let mut report = DocumentReport::default();
    let candidates = candidates(document)?;
    for revision in document.revisions() {
        if revision.hybrid {
            let what = "a table and a stream of cross-references side by side";
            return Err(PdfError::Ambiguous { at: revision.section_at, what });
        }
    }
    let digests = digests(document, &candidates)?;
    let evidence = document.evidence()?;
    let mut between: Vec<Certificate> = check.given().to_vec();
    between.extend(evidence.certificates);
    for candidate in &candidates {
        if let Content::Cms(signed, _) = &candidate.content {
            let inside = signed.certificates().iter().take(32);
            between.extend(inside.filter_map(|der| Certificate::from_der(der).ok()));
        }
    }
    let mut known = check.revocation_data().cloned().unwrap_or_default();
    known.crls.extend(evidence.revocation.crls);
    known.ocsp.extend(evidence.revocation.ocsp);
    let check = check.clone().with_evidence(&between, &known);

    let changes = changes(document, &candidates)?;
    let stamped = stamped(&candidates, &digests, &check);
    let mut judged = Vec::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let judge =
            Judge { document, candidate, digests: digests.get(index).and_then(Option::as_ref) };
        judged.push(judge.steps(&check, &stamped)?);
    }
    // From the last to the first: what an earlier one allows depends on what later ones are.
    let mut finished: Vec<SignatureReport> = Vec::new();
    for (index, candidate) in candidates.iter().enumerate().rev() {
        let Some(mut one) = judged.pop() else { continue };
        cover(document, candidate, &changes, &candidates, index, &finished, &mut one.steps);
        let name = candidate.field.name.clone();
        let mut done = SignatureReport::new(index + 1, name, one.kind, one.steps);
        done.signer = one.signer;
        done.seal = one.seal;
        done.declared_time = one.declared;
        done.trusted_time = one.trusted;
        done.stamps = one.stamps;
        done.coverage = coverage(document, candidate);
        finished.insert(0, done);
    }
    report.signatures = finished;
    report.warnings = warnings(document, &candidates)?;
    Ok(report)
}

/// All signed fields, in the order they were made.
pub(crate) fn candidates(document: &Document<'_>) -> Result<Vec<Candidate>, PdfError> {
    let now = document.last();
    let mut found = Vec::new();
    for field in document.form(now)?.signatures {
        let Some((value_id, value)) = field.value.clone() else { continue };
        let range = Range::of(document, value_id, &value);
        let level = permission::level(document, &field.dictionary, &value, now)?;
        let content = content(document, &value, range.as_ref().ok())?;
        found.push(Candidate { field, value_id, value, range, content, level });
    }
    let mut found = by_number(found, |one| one.range.as_ref().map_or(u64::MAX, |range| range.end));
    // Two in one revision cannot both cover it; whoever reads it may take one or the other.
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<usize> = collected(
        found
            .iter()
            .filter_map(|one| one.range.as_ref().ok())
            .filter(|range| !seen.insert(range.revision))
            .map(|range| range.revision),
    );
    for one in &mut found {
        if one.range.as_ref().is_ok_and(|range| twice.contains(&range.revision)) {
            one.range = Err("two signatures in one revision");
        }
    }
    Ok(found)
}

/// Reads `/Contents` by its `/SubFilter`.
fn content(
    document: &Document<'_>,
    value: &Dictionary,
    range: Option<&Range>,
) -> Result<Content, PdfError> {
    let now = document.last();
    let sub_filter = document.get(value, "SubFilter", now)?;
    let sub_filter = sub_filter.as_name().unwrap_or_default().to_vec();
    let bytes = match (range, value.get("Contents")) {
        (Some(range), _) => range.contents.clone(),
        // The range is wrong; what there is may still be named.
        (None, Some(Object::String(text))) => match Reader::new(&text.bytes).any() {
            Ok(outer) => outer.raw.to_vec(),
            Err(_) => return Ok(Content::Unreadable("contents_missing", vec![])),
        },
        (None, _) => return Ok(Content::Unreadable("contents_missing", vec![])),
    };
    let name = String::from_utf8_lossy(&sub_filter).into_owned();
    let unreadable = |error: &dyn Explain| {
        let facts = [vec![Fact::text("subFilter", name.clone())], error.facts()].concat();
        Ok(Content::Unreadable(error.code(), facts))
    };
    let cms = |bytes: &[u8]| match SignedData::from_der(bytes) {
        Ok((signed, inside)) => Ok(Content::Cms(Box::new(signed), inside)),
        Err(error) => unreadable(&error),
    };
    let seal = |bytes: &[u8]| match SealSignature::from_der(bytes) {
        Ok(signature) => Ok(Content::Seal(Box::new(signature))),
        Err(error) => unreadable(&error),
    };
    match &sub_filter[..] {
        b"adbe.pkcs7.detached" | b"ETSI.CAdES.detached" | b"GM.sm2cms.detached" => cms(&bytes),
        b"GM.sm2seal" => seal(&bytes),
        b"ETSI.RFC3161" => match TimestampToken::from_der(&bytes) {
            Ok(token) => Ok(Content::Timestamp(Box::new(token))),
            Err(error) => unreadable(&error),
        },
        b"GM.SM2" => {
            let inner = Reader::new(&bytes).sequence().ok().and_then(|inner| inner.peek());
            match inner {
                Some(Tag::INTEGER) => Ok(Content::Bare(bytes)),
                Some(Tag::SEQUENCE) => seal(&bytes),
                _ => cms(&bytes),
            }
        }
        _ => {
            let facts = vec![Fact::text("subFilter", name)];
            Ok(Content::Unreadable("unsupported_sub_filter", facts))
        }
    }
}

/// Digests of every signature whose range is right, by its place.
fn digests(
    document: &Document<'_>,
    candidates: &[Candidate],
) -> Result<Vec<Option<Digests>>, PdfError> {
    let mut algorithms = vec![DigestAlgorithm::Sm3];
    for candidate in candidates {
        match &candidate.content {
            Content::Cms(signed, _) => algorithms.extend(signed.digest_algorithms()),
            Content::Timestamp(token) => algorithms.push(token.info().algorithm),
            Content::Bare(_) | Content::Seal(_) | Content::Unreadable(..) => {}
        }
    }
    let mut once: Vec<DigestAlgorithm> = Vec::new();
    for algorithm in algorithms {
        if !once.contains(&algorithm) {
            once.push(algorithm);
        }
    }
    let ranges: Vec<(usize, &Range)> = candidates
        .iter()
        .enumerate()
        .filter_map(|(index, one)| Some((index, one.range.as_ref().ok()?)))
        .collect();
    let mut by_place: Vec<Option<Digests>> = candidates.iter().map(|_| None).collect();
    for (place, digests) in digest::all(document, &ranges, &once)? {
        if let Some(slot) = by_place.get_mut(place) {
            *slot = Some(digests);
        }
    }
    Ok(by_place)
}

/// What each revision after the first signature changed; `None` for those before.
fn changes(
    document: &Document<'_>,
    candidates: &[Candidate],
) -> Result<Vec<Option<Result<Changes, PdfError>>>, PdfError> {
    let first = candidates.iter().filter_map(|one| Some(one.range.as_ref().ok()?.revision)).min();
    let mut all = Vec::new();
    let mut graph: Option<Graph> = None;
    for index in 0..document.revision_count() {
        if first.is_none_or(|first| index <= first) {
            all.push(None);
            continue;
        }
        let step = change::scan(document, index).and_then(|()| {
            let mut known = match graph.take() {
                Some(known) => known,
                None => Graph::of(document, index - 1)?,
            };
            let changes = change::compare(document, index, &mut known);
            graph = changes.is_ok().then_some(known);
            changes
        });
        if let Err(PdfError::Io(error)) = step {
            return Err(PdfError::Io(error));
        }
        all.push(Some(step));
    }
    Ok(all)
}

/// Times that document timestamps vouch for: revision and time.
fn stamped(
    candidates: &[Candidate],
    digests: &[Option<Digests>],
    check: &Check<'_>,
) -> Vec<(usize, Time)> {
    let mut times = Vec::new();
    for (candidate, digests) in candidates.iter().zip(digests) {
        let (Content::Timestamp(token), Ok(range), Some(digests)) =
            (&candidate.content, &candidate.range, digests)
        else {
            continue;
        };
        let covers = digests.plain(token.info().algorithm) == Some(&token.info().digest);
        if covers && let Ok(verified) = check.timestamp_of_digest(token, &token.info().digest) {
            times.push((range.revision, verified.time));
        }
    }
    times
}

/// The step `coverage`: everything after this signature has to be allowed by it.
fn cover(
    document: &Document<'_>,
    candidate: &Candidate,
    changes: &[Option<Result<Changes, PdfError>>],
    candidates: &[Candidate],
    index: usize,
    later: &[SignatureReport],
    steps: &mut Steps,
) {
    let Ok(range) = &candidate.range else {
        steps.skip(StepId::Coverage, "byte_range");
        return;
    };
    let mut objects: Vec<Fact> = Vec::new();
    let mut partial: Vec<Fact> = Vec::new();
    for (number, step) in changes.iter().enumerate().skip(range.revision + 1) {
        let step = match step {
            None => continue,
            Some(Err(error)) => {
                let facts = [vec![Fact::count("revision", number + 1)], error.facts()].concat();
                let why = vec![Fact::text("problem", error.code())];
                steps.fail_code(StepId::Coverage, AMBIGUOUS, [why, facts].concat());
                return;
            }
            Some(Ok(step)) => step,
        };
        for (object, why) in &step.forbidden {
            objects.push(Fact::text("object", format!("{object}: {why}")));
        }
        if candidate.level == Some(1) && step.signs {
            objects.push(Fact::text("locked", "a signature after the document was locked"));
        }
        for value in &step.signatures {
            let place = candidates.iter().position(|one| one.value_id == Some(*value));
            let place = place.filter(|place| *place > index);
            let Some((other, report)) = place
                .and_then(|place| Some((candidates.get(place)?, later.get(place - index - 1)?)))
            else {
                objects.push(Fact::text("object", format!("{}: no signature", value.number)));
                continue;
            };
            let broken = [StepId::Structure, StepId::SigValue, StepId::Digest].iter().any(|id| {
                report.step(*id).is_some_and(|s| matches!(s.outcome, Outcome::Failed(_)))
            });
            if broken || other.range.as_ref().map(|range| range.revision) != Ok(number) {
                let what = format!("signature {}, which is not right, changed it", report.number);
                objects.push(Fact::text("object", what));
            } else if report.verdict == Verdict::Invalid
                && !matches!(other.content, Content::Timestamp(_))
            {
                partial.push(Fact::count("signature", report.number));
            }
        }
    }
    if !objects.is_empty() {
        objects.truncate(100);
        steps.fail_code(StepId::Coverage, CHANGED, objects);
    } else if !partial.is_empty() {
        // What a signature adds that is not valid is shown, and nobody answers for it.
        steps.fail_code(StepId::Coverage, "later_signature_not_valid", partial);
    } else {
        let facts = vec![
            Fact::number("to", range.end),
            Fact::number("length", document.len()),
            Fact::count("revision", range.revision + 1),
        ];
        steps.ok(StepId::Coverage, facts);
    }
}

fn coverage(document: &Document<'_>, candidate: &Candidate) -> crate::coverage::Coverage {
    let mut coverage = crate::coverage::Coverage::default();
    if let Ok(range) = &candidate.range {
        coverage.covered.push(format!("0-{}", range.gap));
        coverage.covered.push(format!("{}-{}", range.resume, range.end));
        if range.end < document.len() {
            coverage.unreferenced.push(format!("{}-{}", range.end, document.len()));
        }
    }
    coverage
}

fn warnings(document: &Document<'_>, candidates: &[Candidate]) -> Result<Vec<Step>, PdfError> {
    let mut warnings = Vec::new();
    let signed = candidates.iter().filter_map(|one| Some(one.range.as_ref().ok()?.revision)).max();
    let Some(signed) = signed else { return Ok(warnings) };
    let mut facts: Vec<Fact> = suspect::unused(document, signed)?
        .into_iter()
        .map(|(number, kind)| Fact::text("object", format!("{number}: {kind}")))
        .collect();
    facts.extend(suspect::overlays(document, signed)?);
    facts.extend(suspect::disagreeing_fields(document, signed)?);
    if !facts.is_empty() {
        let code = "suspicious_unused_objects";
        warnings.push(Step { id: code, outcome: Outcome::Warned(code), facts });
    }
    Ok(warnings)
}
