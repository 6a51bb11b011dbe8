//! Sealed and signed documents, OFD and PDF: a report on every signature.

use std::io::{Read, Seek};

use serde_json::{Value, json};
use yinxin_seal::check::Check;
use yinxin_seal::ofd::{self, Limits};
use yinxin_seal::pdf;
use yinxin_seal::report::{DocumentReport, SignatureReport, StepId, Verdict};
use yinxin_seal::revoke::RevocationStatement;
use yinxin_seal::status::VerifiedStatusList;

use crate::finding::{self, Ending, Failure, Finding, Warning};
use crate::judge::Trust;

/// A document format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "a third format is a decision of every caller")]
pub enum Format {
    /// GB/T 33190.
    Ofd,
    /// ISO 32000.
    Pdf,
}

impl Format {
    /// Tells a document by its first bytes.
    #[must_use]
    pub fn of(start: &[u8]) -> Option<Self> {
        if start.starts_with(b"%PDF-") {
            Some(Self::Pdf)
        } else if start.starts_with(b"PK\x03\x04") {
            Some(Self::Ofd)
        } else {
            None
        }
    }

    /// `ofd` or `pdf`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ofd => "ofd",
            Self::Pdf => "pdf",
        }
    }
}

/// What seals are judged by besides certificates.
#[derive(Debug)]
pub struct Lists {
    /// What is trusted.
    pub trust: Trust,
    /// Signed list of the states of seals, DER.
    pub status_list: Option<Vec<u8>>,
    /// Signed statements that a seal signature was revoked.
    pub statements: Vec<RevocationStatement>,
}

impl Lists {
    /// Calls `judge` with everything that was given to judge by.
    ///
    /// # Errors
    ///
    /// The status list cannot be believed.
    pub fn with_check<T>(&self, judge: impl FnOnce(&Check<'_>) -> T) -> Result<T, Failure> {
        let check = self.trust.seal_check();
        let list = match &self.status_list {
            Some(der) => Some(VerifiedStatusList::from_der(der, &check)?),
            None => None,
        };
        let check = match &list {
            Some(list) => check.status_list(list),
            None => check,
        };
        Ok(judge(&check.statements(&self.statements)))
    }
}

/// Verifies an OFD package, which is held in memory.
///
/// # Errors
///
/// A status list that was given cannot be believed; what is wrong with the package is in the
/// finding.
pub fn verify_ofd(bytes: &[u8], lists: &Lists) -> Result<Finding, Failure> {
    let found = lists.with_check(|check| ofd::verify(bytes, &Limits::desk(), check))?;
    Ok(conclude(Format::Ofd, &found))
}

/// Verifies a PDF file.
///
/// # Errors
///
/// It cannot be read, or reads in two ways.
pub fn verify_pdf(file: impl Read + Seek, lists: &Lists) -> Result<Finding, Failure> {
    let document = pdf::Document::read(file)?;
    let found = lists.with_check(|check| pdf::verify(&document, check))??;
    Ok(conclude(Format::Pdf, &found))
}

/// The worst signature decides; its steps are the document's.
#[must_use]
pub fn conclude(format: Format, found: &DocumentReport) -> Finding {
    let mut finding = Finding::done("valid").member("kind", Value::from(format.name()));
    for warning in &found.warnings {
        if let Some(code) = warning.outcome.code() {
            finding = finding.warn(Warning::new(code, warning.facts.clone()));
        }
    }
    let list: Vec<Value> = found.signatures.iter().map(signature).collect();
    finding = finding.member("signatures", Value::Array(list));
    for one in &found.signatures {
        let mut line = format!("{} {}: {}", one.number, one.name, one.verdict.name());
        if let Some(seal) = &one.seal {
            line = format!("{line}, {}", seal.name());
        }
        finding = finding.line("signature", line);
    }
    let Some(worst) = found.signatures.iter().max_by_key(|one| one.verdict) else {
        return finding.code("no_signature").judged(Ending::Refused, "invalid", Vec::new());
    };
    judged(finding, worst)
}

/// The verdict of one signature as the finding's.
#[must_use]
pub fn judged(mut finding: Finding, one: &SignatureReport) -> Finding {
    let ending = match one.verdict {
        Verdict::Valid => Ending::Done,
        Verdict::Unreadable => Ending::Unreadable,
        _ => Ending::Refused,
    };
    if let Some(step) = one.first_failing.and_then(|id| one.step(id)) {
        let code = step.outcome.code().unwrap_or("invalid");
        finding = finding.code(code);
        for fact in &step.facts {
            finding = finding.fact(fact.name, fact.value.to_string());
        }
    } else if ending != Ending::Done {
        finding = finding.code(one.verdict.name());
    }
    for step in &one.steps {
        if let yinxin_pki::report::Outcome::Warned(code) = step.outcome {
            finding = finding.warn(Warning::new(code, step.facts.clone()));
        }
    }
    finding.judged(ending, one.verdict.name(), one.steps.clone())
}

/// One signature in JSON.
#[must_use]
pub fn signature(one: &SignatureReport) -> Value {
    json!({
        "number": one.number,
        "name": one.name,
        "kind": one.kind.name(),
        "verdict": one.verdict.name(),
        "firstFailing": one.first_failing.map(StepId::id),
        "signer": one.signer.as_ref().map(|signer| signer.subject().to_string()),
        "sealId": one.seal.as_ref().map(|seal| seal.id().to_owned()),
        "sealName": one.seal.as_ref().map(|seal| seal.name().to_owned()),
        "declaredTime": one.declared_time.map(|time| time.to_string()),
        "trustedTime": one.trusted_time.map(|time| time.to_string()),
        "stamps": one.stamps.iter().map(|stamp| json!({
            "page": stamp.page,
            "boundary": stamp.boundary.to_string(),
            "clip": stamp.clip.map(|clip| clip.to_string()),
        })).collect::<Vec<_>>(),
        "uncovered": one.coverage.uncovered,
        "steps": finding::steps(&one.steps),
    })
}
