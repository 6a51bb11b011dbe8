//! Verifying every signature of a package, step by step, with what each of them leaves open.

use std::collections::{BTreeMap, BTreeSet};

use yinxin_pki::cms::{CmsError, SignedData};
use yinxin_pki::{Certificate, Digest, DigestAlgorithm, Fact, oid};

use super::document::Document;
use super::error::OfdError;
use super::limits::Limits;
use super::list::{CheckMethod, Description, Listed, SignatureList};
use super::package::{Package, ROOT};
use crate::check::Check;
use crate::coverage::Coverage;
use crate::es::{Reading, Seal, SealSignature, read_moment, verify_value};
use crate::placement::Millimetres;
use crate::report::{DocumentReport, SignatureKind, SignatureReport, StepId, Steps, Verdict};
use crate::sorted::collected;

/// Verifies all signatures of an OFD file.
///
/// ```
/// use yinxin_pki::{Time, TrustStore};
/// use yinxin_seal::check::Check;
/// use yinxin_seal::ofd;
/// use yinxin_seal::report::Verdict;
///
/// fn is_sound(bytes: &[u8], trust: &TrustStore, now: Time) -> bool {
///     let report = ofd::verify(bytes, &ofd::Limits::default(), &Check::new(trust, now));
///     println!("{report}"); // one line per step
///     report.verdict() == Some(Verdict::Valid)
/// }
/// # assert!(!is_sound(b"no package", &TrustStore::new(), Time::from_unix(0)));
/// ```
///
/// A file that cannot be read gives a report of one signature that is `unreadable`, with the
/// reason under `container`.
#[must_use]
pub fn verify(bytes: &[u8], limits: &Limits, check: &Check<'_>) -> DocumentReport {
    match Package::read_with(bytes, limits, check.how_to_read()) {
        Ok(package) => verify_package(&package, check),
        Err(error) => unreadable(&error),
    }
}

fn unreadable(error: &OfdError) -> DocumentReport {
    let mut steps = Steps::new();
    steps.fail(StepId::Container, error);
    let mut report = DocumentReport::default();
    report.signatures.push(SignatureReport::new(1, "", SignatureKind::Seal, steps));
    report
}

/// Verifies all signatures of a package that was read.
#[must_use]
pub fn verify_package(package: &Package, check: &Check<'_>) -> DocumentReport {
    match Whole::read(package) {
        Ok(whole) => whole.verify(check),
        Err(error) => unreadable(&error),
    }
}

/// A package with all its documents and signatures.
struct Whole<'a> {
    package: &'a Package,
    documents: Vec<Document>,
    /// Every part that is shown, of all documents.
    parts: BTreeSet<String>,
    /// Lists of signatures, one a document at most.
    lists: BTreeSet<String>,
    signatures: Vec<Found>,
    /// Files of all signatures.
    signed_parts: BTreeSet<String>,
    digests: BTreeMap<&'a str, Digest>,
}

struct Found {
    /// Index of its document.
    document: usize,
    listed: Listed,
    description: Result<Description, OfdError>,
}

impl<'a> Whole<'a> {
    fn read(package: &'a Package) -> Result<Self, OfdError> {
        let mut whole = Self {
            package,
            documents: Vec::new(),
            parts: BTreeSet::new(),
            lists: BTreeSet::new(),
            signatures: Vec::new(),
            signed_parts: BTreeSet::new(),
            digests: package.digests(),
        };
        for number in 1..=package.documents() {
            let document = package.document(number)?;
            whole.parts.extend(document.parts.iter().cloned());
            if let Some(list) = SignatureList::read(package, &document)? {
                whole.lists.insert(list.path.clone());
                for listed in list.entries {
                    let description = Description::read(package, &listed.path);
                    let document = whole.documents.len();
                    whole.signatures.push(Found { document, listed, description });
                }
            }
            whole.documents.push(document);
        }
        let limit = package.limits.signatures;
        if whole.signatures.len() > limit {
            return Err(OfdError::Limit { what: "signatures", limit });
        }
        let limit = package.limits.comparisons;
        if whole.signatures.len().saturating_mul(package.files().count()) > limit {
            return Err(OfdError::Limit { what: "signatures times files", limit });
        }
        for found in &whole.signatures {
            match &found.description {
                Ok(description) => whole.signed_parts.extend(description.own_files()),
                Err(_) => drop(whole.signed_parts.insert(found.listed.path.clone())),
            }
        }
        Ok(whole)
    }

    fn verify(&self, check: &Check<'_>) -> DocumentReport {
        let mut report = DocumentReport::default();
        // From the last to the first: an earlier one may lack the files of later valid ones.
        let mut excused: BTreeSet<String> = BTreeSet::new();
        for (index, found) in self.signatures.iter().enumerate().rev() {
            let one = self.verify_one(index, found, &excused, check);
            if one.verdict == Verdict::Valid
                && let Ok(description) = &found.description
            {
                excused.extend(description.own_files());
            }
            report.signatures.push(one);
        }
        report.signatures.reverse();
        report
    }

    fn verify_one(
        &self,
        index: usize,
        found: &Found,
        excused: &BTreeSet<String>,
        check: &Check<'_>,
    ) -> SignatureReport {
        let mut steps = Steps::new();
        let (number, kind) = (index + 1, found.listed.kind);
        let name = found.listed.id.clone();
        let description = match &found.description {
            Ok(description) => description,
            Err(error) => {
                steps.fail(StepId::Container, error);
                return SignatureReport::new(number, name, kind, steps);
            }
        };
        let value = match self.package.need(&description.value) {
            Ok(value) => value,
            Err(error) => {
                steps.fail(StepId::Container, &error);
                return SignatureReport::new(number, name, kind, steps);
            }
        };
        match self.package.trailing() {
            0 => steps.ok(StepId::Container, vec![]),
            count => {
                let facts = vec![Fact::count("trailingBytes", count)];
                steps.warn(StepId::Container, "trailing_bytes", facts);
            }
        }
        self.check_references(description, &mut steps);
        let coverage = self.coverage(description, excused, &mut steps);
        let content = self.package.file(&description.path).unwrap_or(&[]);
        let mut outcome = match kind {
            SignatureKind::Seal => self.verify_seal(description, content, value, check, &mut steps),
            SignatureKind::Sign => verify_sign(content, value, check, &mut steps),
        };
        if let Some(text) = &description.date {
            note_date(text, &mut outcome, &mut steps);
        }
        let document = self.documents.get(found.document);
        if let Some(document) = document {
            self.check_stamps(description, document, outcome.seal.as_ref(), kind, &mut steps);
        }
        let mut report = SignatureReport::new(number, name, kind, steps);
        report.signer = outcome.signer;
        report.seal = outcome.seal;
        report.declared_time = outcome.declared;
        report.trusted_time = outcome.trusted;
        report.stamps = document.map(|d| description.stamps(d)).unwrap_or_default();
        report.coverage = coverage;
        report
    }

    /// Every protected file has the digest that was signed.
    fn check_references(&self, description: &Description, steps: &mut Steps) {
        let algorithm = match &description.check_method {
            CheckMethod::Known(algorithm) => *algorithm,
            CheckMethod::Weak(name) => {
                let facts = vec![Fact::text("found", name.as_str())];
                steps.fail_code(StepId::Digest, "weak_digest", facts);
                return;
            }
            CheckMethod::Other(name) => {
                let facts = vec![Fact::text("found", name.as_str())];
                steps.fail_code(StepId::Digest, "unknown_digest", facts);
                return;
            }
        };
        if description.references.is_empty() {
            steps.fail_code(StepId::Digest, "nothing_protected", vec![]);
        }
        let mut seen = BTreeSet::new();
        for reference in &description.references {
            let facts = || vec![Fact::text("path", reference.path.as_str())];
            if !seen.insert(reference.path.as_str()) {
                steps.fail_code(StepId::Digest, "reference_twice", facts());
                return;
            }
            let Some(content) = self.package.file(&reference.path) else {
                steps.fail_code(StepId::Digest, "file_missing", facts());
                return;
            };
            let same = match algorithm {
                DigestAlgorithm::Sm3 => self
                    .digests
                    .get(reference.path.as_str())
                    .is_some_and(|digest| digest.as_ref() == reference.digest),
                other => other.digest(content).as_ref() == reference.digest,
            };
            if !same {
                steps.fail_code(StepId::Digest, "reference_mismatch", facts());
                return;
            }
        }
    }

    /// All that is shown is covered, but for the files of the signature itself, of later valid
    /// ones, and the list of signatures.
    fn coverage(
        &self,
        description: &Description,
        excused: &BTreeSet<String>,
        steps: &mut Steps,
    ) -> Coverage {
        let own: BTreeSet<String> = collected(description.own_files());
        let covered: BTreeSet<&str> =
            collected(description.references.iter().map(|reference| reference.path.as_str()));
        let mut coverage = Coverage::default();
        for path in self.package.files() {
            // Its own description and value cannot be among what they protect; its seal and the
            // record of the state before are.
            let exempt = path == description.path
                || path == description.value
                || excused.contains(path)
                || self.lists.contains(path)
                || (own.contains(path) && covered.contains(path));
            let shown =
                self.parts.contains(path) || self.signed_parts.contains(path) || path == ROOT;
            if covered.contains(path) {
                coverage.covered.push(path.to_owned());
            } else if exempt {
            } else if shown {
                coverage.uncovered.push(path.to_owned());
            } else {
                coverage.unreferenced.push(path.to_owned());
            }
        }
        // A part that is named and not there: whoever adds it later changes what is shown.
        for part in &self.parts {
            if self.package.file(part).is_none() && !covered.contains(part.as_str()) {
                coverage.uncovered.push(part.clone());
            }
        }
        let facts = |list: &[String]| {
            list.iter().take(16).map(|path| Fact::text("path", path.as_str())).collect()
        };
        if !coverage.uncovered.is_empty() {
            steps.fail_code(StepId::Coverage, "uncovered", facts(&coverage.uncovered));
        } else if !coverage.unreferenced.is_empty() {
            steps.warn(StepId::Coverage, "unreferenced_files", facts(&coverage.unreferenced));
        } else {
            steps.ok(StepId::Coverage, vec![]);
        }
        coverage
    }

    fn verify_seal(
        &self,
        description: &Description,
        content: &[u8],
        value: &[u8],
        check: &Check<'_>,
        steps: &mut Steps,
    ) -> Outcome {
        let signature = match SealSignature::from_der_with(value, check.how_to_read()) {
            Ok(signature) => signature,
            Err(error) => {
                steps.fail(StepId::Structure, &error);
                return Outcome::default();
            }
        };
        let protected = DigestAlgorithm::Sm3.digest(content);
        let judged = signature.verify(protected.as_ref(), check, steps);
        let property = signature.property().trim_start_matches('/');
        if property != description.path {
            let facts = vec![
                Fact::text("found", signature.property()),
                Fact::text("wanted", format!("/{}", description.path)),
            ];
            steps.fail_code(StepId::Digest, "property_mismatch", facts);
        }
        // A viewer may draw the seal out of its own file.
        if let Some(path) = &description.seal {
            let own = self.package.file(path);
            let same = own.is_some_and(|own| {
                own == signature.seal().as_der()
                    || Seal::from_der_with(own, Reading::TrailingBytes)
                        .is_ok_and(|seal| seal.as_der() == signature.seal().as_der())
            });
            if !same {
                let facts = vec![Fact::text("path", path.as_str())];
                steps.fail_code(StepId::Appearance, "seal_file_differs", facts);
            }
        }
        Outcome {
            signer: judged.signer,
            declared: judged.declared,
            trusted: judged.timestamp.map(|timestamp| timestamp.time),
            seal: Some(signature.seal().clone()),
        }
    }

    fn check_stamps(
        &self,
        description: &Description,
        document: &Document,
        seal: Option<&Seal>,
        kind: SignatureKind,
        steps: &mut Steps,
    ) {
        for stamp in &description.stamps {
            let facts = || vec![Fact::text("page", stamp.page.as_str())];
            if document.page_number(&stamp.page).is_none() {
                steps.fail_code(StepId::Appearance, "stamp_without_page", facts());
            }
            let Some(boundary) = stamp.boundary else {
                steps.fail_code(StepId::Appearance, "stamp_without_boundary", facts());
                continue;
            };
            if stamp.clip_stated && stamp.clip.is_none() {
                steps.fail_code(StepId::Appearance, "stamp_clip", facts());
            }
            if let Some(picture) = seal.map(Seal::picture) {
                let far = |a: Millimetres, b: Millimetres| {
                    (a.micrometres() - b.micrometres()).abs() > b.micrometres() / 10
                };
                if far(boundary.width, picture.width) || far(boundary.height, picture.height) {
                    steps.warn(StepId::Appearance, "stamp_size_differs", facts());
                }
            }
        }
        if description.stamps.is_empty() {
            match kind {
                SignatureKind::Seal => steps.warn(StepId::Appearance, "no_appearance", vec![]),
                SignatureKind::Sign => steps.skip(StepId::Appearance, "no_seal"),
            }
        } else {
            steps.ok(StepId::Appearance, vec![]);
        }
    }
}

/// What the verification of one value found out.
#[derive(Default)]
struct Outcome {
    signer: Option<Certificate>,
    declared: Option<yinxin_pki::Time>,
    trusted: Option<yinxin_pki::Time>,
    seal: Option<Seal>,
}

/// `SignatureDateTime` is free text beside the signed time (T10, T11): shown, and never compared.
fn note_date(text: &str, outcome: &mut Outcome, steps: &mut Steps) {
    let read = read_moment(text.trim());
    if outcome.declared.is_none() {
        outcome.declared = read;
    }
    if steps.outcome(StepId::SignerTime).is_some() && !steps.failed(StepId::SignerTime) {
        steps.note(StepId::SignerTime, Fact::text("signatureDateTime", text));
    }
}

/// A signature without a seal: GM CMS, or a bare SM2 value.
fn verify_sign(content: &[u8], value: &[u8], check: &Check<'_>, steps: &mut Steps) -> Outcome {
    for id in [
        StepId::SignerInSeal,
        StepId::SealStructure,
        StepId::SealValue,
        StepId::MakerChain,
        StepId::SealWindow,
        StepId::SealStatus,
    ] {
        steps.skip(id, "no_seal");
    }
    // A bare value is SEQUENCE { INTEGER, INTEGER }, a CMS SEQUENCE { OID, … }.
    let mut reader = yinxin_pki::der::Reader::new(value);
    let first = reader.sequence().ok().and_then(|inside| inside.peek());
    match first {
        Some(yinxin_pki::der::Tag::INTEGER) => verify_bare(content, value, check, steps),
        Some(yinxin_pki::der::Tag::OID) => verify_cms(content, value, check, steps),
        _ => {
            steps.fail_code(StepId::Structure, "unknown_structure", vec![]);
            Outcome::default()
        }
    }
}

/// The bare value names nobody: the signer is looked for among the certificates the caller gave.
fn verify_bare(content: &[u8], value: &[u8], check: &Check<'_>, steps: &mut Steps) -> Outcome {
    steps.ok(StepId::Structure, vec![]);
    steps.ok(StepId::Version, vec![]);
    steps.skip(StepId::Timestamp, "timestamp_missing");
    let fits = |certificate: &&Certificate| {
        verify_value(certificate.public_key(), &oid::SM2_WITH_SM3, content, value).is_ok()
    };
    let Some(signer) = check.known().find(fits) else {
        steps.fail_code(StepId::SigValue, "signer_certificate_missing", vec![]);
        return Outcome::default();
    };
    steps.ok(StepId::SigValue, vec![]);
    // The signature is over the description itself.
    steps.ok(StepId::Digest, vec![]);
    check.signer(steps, signer, check.time());
    Outcome { signer: Some(signer.clone()), ..Outcome::default() }
}

fn verify_cms(content: &[u8], value: &[u8], check: &Check<'_>, steps: &mut Steps) -> Outcome {
    let (signed, inside) = match SignedData::from_der(value) {
        Ok(read) => read,
        Err(error) => {
            steps.fail(StepId::Structure, &error);
            return Outcome::default();
        }
    };
    steps.ok(StepId::Structure, vec![]);
    steps.ok(StepId::Version, vec![]);
    let [signer] = signed.signers() else {
        steps.fail(StepId::SigValue, &CmsError::NoSigner);
        return Outcome::default();
    };
    // GB/T 35275 values hold the digest of the description as their content (ofdrw, and real
    // files), or the description, or nothing and are detached over it.
    let digest = DigestAlgorithm::Sm3.digest(content);
    let held = match &inside {
        None => content,
        Some(inside) if inside.as_slice() == content => content,
        Some(inside) if inside.as_slice() == digest.as_ref() => digest.as_ref(),
        Some(inside)
            if yinxin_pki::base64::decode_lenient(inside).ok().as_deref()
                == Some(digest.as_ref()) =>
        {
            inside.as_slice()
        }
        Some(_) => {
            steps.fail_code(StepId::Digest, "digest_mismatch", vec![]);
            inside.as_deref().unwrap_or(&[])
        }
    };
    steps.ok(StepId::Digest, vec![]);
    let embedded: Vec<Certificate> =
        signed.certificates().iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let Some(certificate) = embedded
        .iter()
        .chain(check.known())
        .find(|certificate| signer.is_named(certificate))
        .cloned()
    else {
        steps.fail(StepId::SigValue, &CmsError::SignerCertificate);
        return Outcome::default();
    };
    let mut hashers = signed.content_hashers();
    hashers.update(held);
    let digests = hashers.finish();
    let direct = signer.content_hasher(certificate.public_key()).map(|mut hasher| {
        hasher.update(held);
        hasher.finish()
    });
    let mut verified = signer.verify(&signed, &certificate, &digests, direct);
    // PKCS#9 values of ofdrw hold the digest and sign attributes over the description itself.
    if inside.is_some() && matches!(verified, Err(CmsError::MessageDigest)) && held != content {
        let mut hashers = signed.content_hashers();
        hashers.update(content);
        verified = signer.verify(&signed, &certificate, &hashers.finish(), None);
    }
    let mut declared = None;
    match verified {
        Ok(found) => {
            declared = found.signing_time;
            match found.oddities.first() {
                Some(oddity) => steps.warn(StepId::SigValue, oddity.code(), vec![]),
                None => steps.ok(StepId::SigValue, vec![]),
            }
        }
        Err(CmsError::MessageDigest) => {
            steps.ok(StepId::SigValue, vec![]);
            steps.fail(StepId::Digest, &CmsError::MessageDigest);
        }
        Err(error) => steps.fail(StepId::SigValue, &error),
    }
    let token = match signer.timestamp_token() {
        Ok(token) => token,
        Err(error) => {
            steps.fail(StepId::Timestamp, &error);
            None
        }
    };
    let timestamp = check.timestamp_step(steps, token, signer.signature());
    let at = timestamp.as_ref().map_or_else(|| check.time(), |timestamp| timestamp.time);
    check.with_known(&embedded).signer(steps, &certificate, at);
    Outcome {
        signer: Some(certificate),
        declared,
        trusted: timestamp.map(|timestamp| timestamp.time),
        seal: None,
    }
}
