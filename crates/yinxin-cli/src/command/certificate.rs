//! `yinxin certificate`: what a person asks of a certificate, and whether it is trusted.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use yinxin::{Certificate, DigestAlgorithm, Holder, Purpose};

use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Report, Warning};
use crate::trust::{self, Trust, TrustOptions};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show holder, issuer, dates, usage and thumbprints
    Show(Show),
    /// Check a certificate against what is trusted (RFC 5280)
    Verify(Verify),
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Certificates, PEM or DER
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The certificate; others in its file may lie between
    leaf: PathBuf,
    /// What it is to be used for
    #[arg(long, value_enum, default_value = "any")]
    purpose: PurposeName,
    /// DNS name the certificate has to be for
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    #[command(flatten)]
    trust: TrustOptions,
}

/// Purposes by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PurposeName {
    Any,
    Sign,
    Encrypt,
    Seal,
    Platform,
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::Any => Self::Any,
            PurposeName::Sign => Self::Sign,
            PurposeName::Encrypt => Self::Encrypt,
            PurposeName::Seal => Self::Seal,
            PurposeName::Platform => Self::Platform,
        }
    }
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Show(command) => Ok(show(&command, globals)),
        Command::Verify(command) => {
            let trust = command.trust.read()?;
            let name = command.server_name.as_deref();
            verify(&command.leaf, &trust, command.purpose.into(), name)
        }
    }
}

fn show(command: &Show, globals: &Globals) -> Report {
    let mut reports = Vec::new();
    for path in &command.files {
        match trust::certificates(path) {
            Ok(certificates) => {
                reports.extend(
                    certificates
                        .iter()
                        .map(|one| describe(Report::done("certificate_shown"), one).of(path)),
                );
            }
            Err(failure) => reports.push(failure.into()),
        }
    }
    Report::several(reports, globals)
}

/// Everything a person asks.
pub(crate) fn describe(report: Report, certificate: &Certificate) -> Report {
    let holder = certificate.holder();
    let (kind, code, number) = match &holder {
        Holder::Organisation { code, .. } => ("organisation", code.as_ref(), None),
        Holder::Person { id, .. } => ("person", None, id.as_ref()),
        _ => ("unknown", None, None),
    };
    let mut report = report
        .show("holder", holder.name())
        .member("holderKind", Value::from(kind))
        .show("subject", certificate.subject().to_string());
    if let Some(code) = code {
        report = report.show("creditCode", code.as_str());
        if !code.has_valid_check() {
            report = report.warn(Warning::new("credit_code_check", Vec::new()));
        }
    }
    if let Some(number) = number {
        report = report.show("idNumber", number.to_string());
    }
    let validity = certificate.validity();
    let days = validity.not_after.since(context::now()).div_euclid(yinxin::Time::DAY);
    let usage: Vec<&str> = match certificate.extensions().key_usage {
        Some(usage) => usage.names().collect(),
        None => Vec::new(),
    };
    let extended: Vec<String> = match &certificate.extensions().extended_key_usage {
        Some(list) => list.iter().map(ToString::to_string).collect(),
        None => Vec::new(),
    };
    let authority = certificate.extensions().basic_constraints.is_some_and(|b| b.authority);
    report = report
        .show("issuer", certificate.issuer().to_string())
        .show("serial", certificate.serial().to_string())
        .show("notBefore", validity.not_before.to_string())
        .show("notAfter", validity.not_after.to_string())
        .line("daysLeft", days.to_string())
        .member("daysLeft", Value::from(days))
        .show("algorithm", certificate.public_key().algorithm_name())
        .show("keyId", certificate.public_key().id().to_string())
        .line("usage", usage.join(", "))
        .member("usage", json!(usage))
        .member("extendedUsage", json!(extended))
        .member("authority", Value::Bool(authority))
        .show("thumbprintSm3", certificate.thumbprint(DigestAlgorithm::Sm3).to_string())
        .show("thumbprintSha256", certificate.thumbprint(DigestAlgorithm::Sha256).to_string());
    report.warn_all(certificate.oddities().iter().copied().map(Warning::deviation))
}

/// Judges the first certificate of a file.
pub(crate) fn verify(
    path: &std::path::Path,
    trust: &Trust,
    purpose: Purpose,
    server_name: Option<&str>,
) -> Result<Report, Failure> {
    let mut certificates = trust::certificates(path)?;
    let leaf = certificates.remove(0);
    let judgement = trust.judge(&leaf, &certificates, None, purpose, server_name);
    let mut report = Report::done("valid").of(path).warn_all(judgement.warnings);
    report = match &judgement.error {
        Some(_) if judgement.unjudged => report.code("trust_missing"),
        Some(error) => report.because(error),
        None => report.member("path", json!(judgement.path)),
    };
    report = report
        .member("kind", Value::from("certificate"))
        .show("subject", leaf.subject().to_string())
        .show("serial", leaf.serial().to_string());
    let verdict = if judgement.exit == Exit::Done { "valid" } else { "invalid" };
    Ok(report.judged(judgement.exit, verdict, judgement.steps))
}
