//! Certificates: what a person asks of one, and whether it is trusted.

use serde_json::{Value, json};
use yinxin_pki::{Certificate, DigestAlgorithm, Error, Holder, Purpose, Time};

use crate::finding::{Ending, Failure, Finding, Warning};
use crate::judge::Trust;

/// Everything a person asks.
#[must_use]
pub fn describe(finding: Finding, certificate: &Certificate, now: Time) -> Finding {
    let holder = certificate.holder();
    let (kind, code, number) = match &holder {
        Holder::Organisation { code, .. } => ("organisation", code.as_ref(), None),
        Holder::Person { id, .. } => ("person", None, id.as_ref()),
        _ => ("unknown", None, None),
    };
    let mut finding = finding
        .show("holder", holder.name())
        .member("holderKind", Value::from(kind))
        .show("subject", certificate.subject().to_string());
    if let Some(code) = code {
        finding = finding.show("creditCode", code.as_str());
        if !code.has_valid_check() {
            finding = finding.warn(Warning::new("credit_code_check", Vec::new()));
        }
    }
    if let Some(number) = number {
        finding = finding.show("idNumber", number.to_string());
    }
    let validity = certificate.validity();
    let days = validity.not_after.since(now).div_euclid(Time::DAY);
    let usage: Vec<&str> = match certificate.extensions().key_usage {
        Some(usage) => usage.names().collect(),
        None => Vec::new(),
    };
    let extended: Vec<String> = match &certificate.extensions().extended_key_usage {
        Some(list) => list.iter().map(ToString::to_string).collect(),
        None => Vec::new(),
    };
    let authority = certificate.extensions().basic_constraints.is_some_and(|b| b.authority);
    finding = finding
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
    finding.warn_all(certificate.oddities().iter().copied().map(Warning::deviation))
}

/// Judges the first certificate of a file; the others in it may lie between.
///
/// # Errors
///
/// The file has no certificate, or one that cannot be read.
pub fn verify(
    bytes: &[u8],
    trust: &Trust,
    purpose: Purpose,
    server_name: Option<&str>,
) -> Result<Finding, Failure> {
    let mut certificates = Certificate::from_pem_or_der(bytes)?;
    if certificates.is_empty() {
        return Err(Error::Malformed { at: 0, expected: "a certificate" }.into());
    }
    let leaf = certificates.remove(0);
    let judgement = trust.judge(&leaf, &certificates, None, purpose, server_name);
    let mut finding = Finding::done("valid").warn_all(judgement.warnings);
    finding = match &judgement.error {
        Some(_) if judgement.unjudged => finding.code("trust_missing"),
        Some(error) => finding.because(error),
        None => finding.member("path", json!(judgement.path)),
    };
    finding = finding
        .member("kind", Value::from("certificate"))
        .show("subject", leaf.subject().to_string())
        .show("serial", leaf.serial().to_string());
    let verdict = if judgement.ending == Ending::Done { "valid" } else { "invalid" };
    Ok(finding.judged(judgement.ending, verdict, judgement.steps))
}
