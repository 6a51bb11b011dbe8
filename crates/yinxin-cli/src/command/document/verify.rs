//! `yinxin document verify`: a report on every signature.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use yinxin::file::Input;
use yinxin_seal::check::Check;
use yinxin_seal::report::{DocumentReport, SignatureReport, StepId, Verdict};
use yinxin_seal::revoke::RevocationStatement;
use yinxin_seal::status::VerifiedStatusList;

use super::{Kind, open};
use crate::output::{self, Exit, Failure, Of as _, Report, Warning};
use crate::trust::{Trust, TrustOptions};

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The file: OFD or PDF
    file: PathBuf,
    #[command(flatten)]
    trust: SealTrust,
}

/// What seals are judged by.
#[derive(Args, Debug)]
pub(crate) struct SealTrust {
    /// Signed list of the states of seals
    #[arg(long, value_name = "F")]
    pub(crate) status_list: Option<PathBuf>,
    /// Signed statement that a seal signature was revoked
    #[arg(long, value_name = "S")]
    pub(crate) statement: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustOptions,
}

/// The same with its files read.
pub(crate) struct Lists {
    pub(crate) trust: Trust,
    status_list: Option<(PathBuf, Vec<u8>)>,
    statements: Vec<RevocationStatement>,
}

/// Largest list or statement in bytes.
const OBJECT: u64 = 8 << 20;

impl SealTrust {
    pub(crate) fn read(&self) -> Result<Lists, Failure> {
        Lists::new(self.trust.read()?, self.status_list.as_deref(), &self.statement)
    }
}

impl Lists {
    pub(crate) fn new(
        trust: Trust,
        status_list: Option<&Path>,
        statements: &[PathBuf],
    ) -> Result<Self, Failure> {
        let status_list = match status_list {
            Some(path) => Some((path.to_path_buf(), yinxin::file::read(path, OBJECT)?)),
            None => None,
        };
        let mut read = Vec::new();
        for path in statements {
            let bytes = yinxin::file::read(path, OBJECT)?;
            read.push(RevocationStatement::from_der(&bytes).of(path)?);
        }
        Ok(Self { trust, status_list, statements: read })
    }

    /// Calls `judge` with everything that was given to judge by.
    pub(crate) fn with_check<T>(&self, judge: impl FnOnce(&Check<'_>) -> T) -> Result<T, Failure> {
        let check = self.trust.seal_check();
        let list = match &self.status_list {
            Some((path, der)) => Some(VerifiedStatusList::from_der(der, &check).of(path)?),
            None => None,
        };
        let check = match &list {
            Some(list) => check.status_list(list),
            None => check,
        };
        Ok(judge(&check.statements(&self.statements)))
    }
}

pub(crate) fn run(command: &Verify) -> Result<Report, Failure> {
    let (input, kind) = open(&command.file)?;
    verify_document(input, kind, &command.file, &command.trust.read()?)
}

/// Verifies a document of a known kind.
///
/// # Errors
///
/// It cannot be read, or reads in two ways.
pub(crate) fn verify_document(
    input: Input,
    kind: Kind,
    path: &Path,
    lists: &Lists,
) -> Result<Report, Failure> {
    let found = match kind {
        Kind::Ofd => super::ofd::verify(input, lists)?,
        Kind::Pdf => {
            let document = yinxin_seal::pdf::Document::read(input).of(path)?;
            lists.with_check(|check| yinxin_seal::pdf::verify(&document, check))?.of(path)?
        }
    };
    let kind = match kind {
        Kind::Ofd => "ofd",
        Kind::Pdf => "pdf",
    };
    let report = Report::done("valid").of(path).member("kind", Value::from(kind));
    Ok(conclude(report, &found))
}

/// The worst signature decides; its steps are the document's.
fn conclude(mut report: Report, found: &DocumentReport) -> Report {
    for warning in &found.warnings {
        if let Some(code) = warning.outcome.code() {
            report = report.warn(Warning::new(code, warning.facts.clone()));
        }
    }
    let list: Vec<Value> = found.signatures.iter().map(signature).collect();
    report = report.member("signatures", Value::Array(list));
    for one in &found.signatures {
        let mut line = format!("{} {}: {}", one.number, one.name, one.verdict.name());
        if let Some(seal) = &one.seal {
            line = format!("{line}, {}", seal.name());
        }
        report = report.line("signature", line);
    }
    let Some(worst) = found.signatures.iter().max_by_key(|one| one.verdict) else {
        return report.code("no_signature").judged(Exit::Refused, "invalid", Vec::new());
    };
    judged(report, worst)
}

/// The verdict of one signature as the report's.
pub(crate) fn judged(mut report: Report, one: &SignatureReport) -> Report {
    let exit = match one.verdict {
        Verdict::Valid => Exit::Done,
        Verdict::Unreadable => Exit::Unreadable,
        _ => Exit::Refused,
    };
    if let Some(step) = one.first_failing.and_then(|id| one.step(id)) {
        let code = step.outcome.code().unwrap_or("invalid");
        report = report.code(code);
        for fact in &step.facts {
            report = report.fact(fact.name, fact.value.to_string());
        }
    } else if exit != Exit::Done {
        report = report.code(one.verdict.name());
    }
    for step in &one.steps {
        if let yinxin::report::Outcome::Warned(code) = step.outcome {
            report = report.warn(Warning::new(code, step.facts.clone()));
        }
    }
    report.judged(exit, one.verdict.name(), one.steps.clone())
}

/// One signature in JSON.
pub(crate) fn signature(one: &SignatureReport) -> Value {
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
        "steps": output::steps(&one.steps),
    })
}
