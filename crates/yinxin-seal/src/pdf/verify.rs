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
use yinxin_pki::cms::{CmsError, SignedData};
use yinxin_pki::der::{Reader, Tag};
use yinxin_pki::report::{Outcome, Step};
use yinxin_pki::timestamp::TimestampToken;
use yinxin_pki::{Digest, DigestAlgorithm, Explain, Fact, SignatureAlgorithm, Time};

use super::change::{self, Changes};
use super::digest::{self, Digests};
use super::document::Document;
use super::field::Field;
use super::object::{Dictionary, Object, ObjectId};
use super::page::{millimetres, rectangle};
use super::range::Range;
use super::{PdfError, looks, permission, suspect};
use crate::check::Check;
use crate::es::{SealSignature, check_declared};
use crate::placement::{Rect, Stamp};
use crate::report::{
    AMBIGUOUS, CHANGED, DocumentReport, SignatureKind, SignatureReport, StepId, Steps, Verdict,
};

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
    found.sort_by_key(|one| one.range.as_ref().map_or(u64::MAX, |range| range.end));
    // Two in one revision cannot both cover it; whoever reads it may take one or the other.
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<usize> = found
        .iter()
        .filter_map(|one| one.range.as_ref().ok())
        .filter(|range| !seen.insert(range.revision))
        .map(|range| range.revision)
        .collect();
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
    for index in 0..document.revision_count() {
        if first.is_none_or(|first| index <= first) {
            all.push(None);
            continue;
        }
        let step = change::scan(document, index).and_then(|()| change::compare(document, index));
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

/// One signature's steps, and what was found out on the way.
struct Judged {
    kind: SignatureKind,
    steps: Steps,
    signer: Option<Certificate>,
    seal: Option<crate::es::Seal>,
    declared: Option<Time>,
    trusted: Option<Time>,
    stamps: Vec<Stamp>,
}

struct Judge<'j, 'd> {
    document: &'j Document<'d>,
    candidate: &'j Candidate,
    digests: Option<&'j Digests>,
}

impl Judge<'_, '_> {
    fn steps(&self, check: &Check<'_>, stamped: &[(usize, Time)]) -> Result<Judged, PdfError> {
        let kind = match &self.candidate.content {
            Content::Seal(_) => SignatureKind::Seal,
            _ => SignatureKind::Sign,
        };
        let mut judged = Judged {
            kind,
            steps: Steps::new(),
            signer: None,
            seal: None,
            declared: None,
            trusted: None,
            stamps: self.stamps()?,
        };
        judged.steps.ok(StepId::Container, vec![]);
        if let Err(why) = &self.candidate.range {
            judged.steps.fail_code(StepId::Digest, "byte_range", vec![Fact::text("why", *why)]);
        }
        // A timestamp over the whole document, made after this signature.
        let later = self.candidate.range.as_ref().ok().and_then(|range| {
            let after = stamped.iter().filter(|(revision, _)| *revision > range.revision);
            after.map(|(_, time)| *time).min()
        });
        let at_then = later.map(|time| check.clone().judged_at(time));
        let check = at_then.as_ref().unwrap_or(check);
        judged.trusted = later;
        match &self.candidate.content {
            Content::Bare(value) => self.bare(value, check, &mut judged)?,
            Content::Cms(signed, inside) => {
                self.cms(signed, inside.as_deref(), check, &mut judged)?;
            }
            Content::Seal(signature) => self.seal(signature, check, &mut judged)?,
            Content::Timestamp(token) => self.timestamp(token, check, &mut judged),
            Content::Unreadable(code, facts) => {
                judged.steps.fail_code(StepId::Structure, code, facts.clone());
            }
        }
        if let (Some(time), None | Some(Outcome::Skipped(_))) =
            (later, judged.steps.outcome(StepId::Timestamp))
        {
            let facts =
                vec![Fact::text("time", time.to_string()), Fact::text("over", "the document")];
            judged.steps.ok(StepId::Timestamp, facts);
        }
        Ok(judged)
    }

    /// Without a usable range there is no digest to judge by.
    fn plain(&self, algorithm: DigestAlgorithm) -> Option<&Digest> {
        self.digests.and_then(|digests| digests.plain(algorithm))
    }

    fn seal(
        &self,
        signature: &SealSignature,
        check: &Check<'_>,
        judged: &mut Judged,
    ) -> Result<(), PdfError> {
        let protected = self.plain(DigestAlgorithm::Sm3);
        let bytes = protected.map_or(&[][..], AsRef::as_ref);
        let found = signature.verify(bytes, check, &mut judged.steps);
        judged.signer = found.signer;
        judged.declared = found.declared;
        judged.trusted = found.timestamp.map(|timestamp| timestamp.time).or(judged.trusted);
        judged.seal = Some(signature.seal().clone());
        let now = self.document.last();
        let shown = looks::shows(self.document, &self.candidate.field, signature.seal(), now)?;
        match shown {
            looks::Shown::Picture => judged.steps.ok(StepId::Appearance, vec![]),
            looks::Shown::Nothing => {
                judged.steps.warn(StepId::Appearance, "appearance_missing", vec![]);
            }
            looks::Shown::Unknown => {
                judged.steps.warn(StepId::Appearance, "appearance_not_compared", vec![]);
            }
            looks::Shown::Other => {
                judged.steps.fail_code(StepId::Appearance, "appearance_differs", vec![]);
            }
        }
        Ok(())
    }

    fn cms(
        &self,
        signed: &SignedData,
        inside: Option<&[u8]>,
        check: &Check<'_>,
        judged: &mut Judged,
    ) -> Result<(), PdfError> {
        let steps = &mut judged.steps;
        no_seal(steps);
        let [signer] = signed.signers() else {
            let facts = vec![Fact::count("signers", signed.signers().len())];
            steps.fail_code(StepId::Structure, "signers", facts);
            return Ok(());
        };
        steps.ok(StepId::Structure, vec![]);
        steps.ok(StepId::Version, vec![]);
        let certificate = signed
            .certificates()
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .chain(check.given().iter().cloned())
            .find(|one| signer.is_named(one));
        let Some(certificate) = certificate else {
            steps.fail(StepId::SigValue, &CmsError::SignerCertificate);
            return Ok(());
        };

        // The digest: of the file where it is detached, by the file where it is held.
        let cms_digests = match inside {
            None => self.digests.map(|digests| &digests.cms),
            Some(held) => {
                let own = self.plain(DigestAlgorithm::Sm3).map(AsRef::as_ref);
                if self.candidate.range.is_ok() {
                    if own == Some(held) {
                        steps.ok(StepId::Digest, vec![]);
                    } else {
                        steps.fail_code(StepId::Digest, "digest_mismatch", vec![]);
                    }
                }
                signed.digests()
            }
        };
        match cms_digests {
            None => steps.skip(StepId::SigValue, "byte_range"),
            Some(digests) => {
                let direct = match (signer.content_hasher(certificate.public_key()), inside) {
                    (None, _) => None,
                    (Some(mut hasher), Some(held)) => {
                        hasher.update(held);
                        Some(hasher.finish())
                    }
                    (Some(hasher), None) => match &self.candidate.range {
                        Ok(range) => Some(digest::direct(self.document, range, hasher)?),
                        Err(_) => None,
                    },
                };
                match signer.verify(signed, &certificate, digests, direct) {
                    Ok(found) => {
                        match found.oddities.first() {
                            Some(oddity) => {
                                let facts = vec![Fact::text("oddity", oddity.code())];
                                steps.warn(StepId::SigValue, "oddity", facts);
                            }
                            None => steps.ok(StepId::SigValue, vec![]),
                        }
                        if inside.is_none() {
                            steps.ok(StepId::Digest, vec![]);
                        }
                        judged.declared = found.signing_time;
                    }
                    // The attributes were signed, by this key, and over another document.
                    Err(CmsError::MessageDigest) => {
                        steps.ok(StepId::SigValue, vec![]);
                        steps.fail_code(StepId::Digest, "digest_mismatch", vec![]);
                    }
                    Err(error) => {
                        steps.fail(StepId::SigValue, &error);
                        steps.skip(StepId::Digest, "in_signature_value");
                    }
                }
            }
        }

        let token = signer.timestamp_token();
        let token = match token {
            Ok(token) => token,
            Err(error) => {
                steps.fail(StepId::Timestamp, &error);
                None
            }
        };
        let verified = check.timestamp_step(steps, token, signer.signature());
        let at = verified.as_ref().map_or_else(|| check.time(), |verified| verified.time);
        judged.trusted = verified.map(|verified| verified.time).or(judged.trusted);
        check.signer(steps, &certificate, at);
        check_declared(&certificate, judged.declared, at, steps);
        judged.signer = Some(certificate);
        Ok(())
    }

    /// A bare SM2 signature over the byte range, its certificate in `/Cert`.
    fn bare(&self, value: &[u8], check: &Check<'_>, judged: &mut Judged) -> Result<(), PdfError> {
        let steps = &mut judged.steps;
        no_seal(steps);
        steps.skip(StepId::Timestamp, "timestamp_missing");
        let now = self.document.last();
        let entry = match self.document.get(&self.candidate.value, "Cert", now)? {
            Object::Array(items) => match items.first() {
                Some(first) => self.document.resolve(first, now)?,
                None => Object::Null,
            },
            other => other,
        };
        let certificate = match &entry {
            Object::String(text) => Certificate::from_der(&text.bytes).ok(),
            _ => None,
        };
        let Some(certificate) = certificate else {
            steps.fail_code(StepId::Structure, "signer_certificate", vec![]);
            return Ok(());
        };
        steps.ok(StepId::Structure, vec![]);
        steps.ok(StepId::Version, vec![]);
        if let Ok(range) = &self.candidate.range {
            let key = certificate.public_key();
            let verified = key.hasher(SignatureAlgorithm::Sm2Sm3).map_err(PdfError::from);
            let verified = verified
                .and_then(|hasher| digest::direct(self.document, range, hasher))
                .and_then(|digest| {
                    let algorithm = SignatureAlgorithm::Sm2Sm3;
                    Ok(key.verify_digest(algorithm, digest.as_ref(), value)?)
                });
            match verified {
                Ok(()) => {
                    steps.ok(StepId::SigValue, vec![]);
                    steps.ok(StepId::Digest, vec![]);
                }
                Err(PdfError::Io(error)) => return Err(PdfError::Io(error)),
                Err(error) => {
                    steps.fail(StepId::SigValue, &error);
                    steps.skip(StepId::Digest, "in_signature_value");
                }
            }
        } else {
            steps.skip(StepId::SigValue, "byte_range");
        }
        check.signer(steps, &certificate, check.time());
        judged.signer = Some(certificate);
        Ok(())
    }

    /// A timestamp over the document.
    fn timestamp(&self, token: &TimestampToken, check: &Check<'_>, judged: &mut Judged) {
        let steps = &mut judged.steps;
        no_seal(steps);
        steps.ok(StepId::Structure, vec![]);
        steps.ok(StepId::Version, vec![]);
        let info = token.info();
        if self.candidate.range.is_ok() {
            if self.plain(info.algorithm) == Some(&info.digest) {
                steps.ok(StepId::Digest, vec![]);
            } else {
                steps.fail_code(StepId::Digest, "digest_mismatch", vec![]);
            }
        }
        match check.timestamp_of_digest(token, &info.digest) {
            Ok(verified) => {
                let facts = vec![Fact::text("time", verified.time.to_string())];
                for id in [StepId::SigValue, StepId::SignerChain, StepId::SignerTime] {
                    steps.ok(id, vec![]);
                }
                steps.ok(StepId::Timestamp, facts);
                judged.trusted = Some(verified.time);
                judged.signer = Some(verified.authority);
            }
            Err(crate::check::TimestampProblem::NoTrust) => {
                steps.skip(StepId::SigValue, "trust_missing");
                steps.skip(StepId::SignerChain, "trust_missing");
                steps.skip(StepId::SignerTime, "trust_missing");
                steps.skip(StepId::Timestamp, "timestamp_trust_missing");
            }
            Err(crate::check::TimestampProblem::Token(error)) => {
                steps.fail(StepId::Timestamp, &error);
            }
        }
    }

    /// Where it is shown.
    fn stamps(&self) -> Result<Vec<Stamp>, PdfError> {
        let now = self.document.last();
        let mut stamps = Vec::new();
        let pages = self.document.pages(now)?;
        for widget in self.candidate.field.widgets.iter().take(10_000) {
            let Object::Dictionary(entries) = self.document.object(*widget, now)? else { continue };
            let Some([left, bottom, right, top]) = rectangle(self.document, &entries, "Rect", now)?
            else {
                continue;
            };
            if right <= left || top <= bottom {
                continue;
            }
            let index = pages.iter().position(|page| Some(page.id) == entries.reference("P"));
            let Some((index, page)) = index.and_then(|i| Some((i, pages.get(i)?))) else {
                continue;
            };
            let (one, two) = (page.to_shown(left, bottom), page.to_shown(right, top));
            stamps.push(Stamp {
                page: u32::try_from(index + 1).unwrap_or(u32::MAX),
                boundary: Rect {
                    x: millimetres(one.0.min(two.0)),
                    y: millimetres(one.1.min(two.1)),
                    width: millimetres((one.0 - two.0).abs()),
                    height: millimetres((one.1 - two.1).abs()),
                },
                clip: None,
            });
        }
        Ok(stamps)
    }
}

/// The steps of a seal, for a signature that has none.
fn no_seal(steps: &mut Steps) {
    for id in [
        StepId::SignerInSeal,
        StepId::SealStructure,
        StepId::SealValue,
        StepId::MakerChain,
        StepId::SealWindow,
        StepId::SealStatus,
        StepId::Appearance,
    ] {
        steps.skip(id, "no_seal");
    }
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
