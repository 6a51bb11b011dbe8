//! Seals, lists of seals and statements about them, by themselves.

use serde_json::{Value, json};
use yinxin_pki::Explain;
use yinxin_pki::report::Step;
use yinxin_pki::signed_object::{ObjectType, SignedObject};
use yinxin_seal::es::Seal;
use yinxin_seal::revoke::RevocationStatement;
use yinxin_seal::status::VerifiedStatusList;

use super::document::{Lists, judged, signature};
use crate::finding::{Ending, Failure, Finding};

/// Whether the bytes are one of these.
#[must_use]
pub fn is_one(der: &[u8]) -> bool {
    kind_of(der).is_some() || Seal::from_der(der).is_ok()
}

fn kind_of(der: &[u8]) -> Option<ObjectType> {
    [ObjectType::SealStatusList, ObjectType::SealRevocation]
        .into_iter()
        .find(|kind| SignedObject::from_der(der, *kind).is_ok())
}

/// Verifies it.
///
/// # Errors
///
/// It cannot be read, or a list that was given cannot be believed.
pub fn verify(der: &[u8], lists: &Lists) -> Result<Finding, Failure> {
    match kind_of(der) {
        Some(ObjectType::SealStatusList) => status_list(der, lists),
        Some(_) => statement(der),
        None => verify_seal(&Seal::from_der(der)?, lists),
    }
}

fn status_list(der: &[u8], lists: &Lists) -> Result<Finding, Failure> {
    let finding = Finding::done("valid").member("kind", Value::from("seal_status_list"));
    let checked = lists.with_check(|check| VerifiedStatusList::from_der(der, check))?;
    let list = match checked {
        Ok(list) => list,
        Err(error) => {
            let steps = vec![Step::failed("seal_status", &error)];
            return Ok(finding.because(&error).judged(Ending::of(error.code()), "invalid", steps));
        }
    };
    let mut finding = finding
        .show("thisUpdate", list.list().issued_at().to_string())
        .show("nextUpdate", list.list().next_update().to_string())
        .show("signer", list.signer().subject().to_string());
    let mut seals = Vec::new();
    for seal in list.list().seals() {
        finding = finding.line("sealId", format!("{} {}", seal.id, seal.state.name()));
        seals.push(json!({
            "id": seal.id,
            "state": seal.state.name(),
            "since": seal.since.to_string(),
            "reason": seal.reason,
        }));
    }
    let finding = finding.member("seals", Value::Array(seals));
    Ok(finding.judged(Ending::Done, "valid", vec![Step::ok("seal_status")]))
}

/// A statement speaks of a signature in a file: without the seal that it names there is nothing to
/// hold it against.
fn statement(der: &[u8]) -> Result<Finding, Failure> {
    let statement = RevocationStatement::from_der(der)?;
    let revocation = statement.revocation();
    let code = "statement_needs_file";
    Ok(Finding::done(code)
        .member("kind", Value::from("seal_revocation"))
        .show("sealId", revocation.seal_id())
        .show("reason", &revocation.reason)
        .show("genTime", revocation.time.to_string())
        .judged(Ending::Refused, "invalid", vec![Step::skipped("seal_status", code)]))
}

/// Judges a seal that stands alone.
///
/// # Errors
///
/// A list or statement that was given cannot be believed.
pub fn verify_seal(seal: &Seal, lists: &Lists) -> Result<Finding, Failure> {
    let found = lists.with_check(|check| seal.verify(check))?;
    let finding = describe(Finding::done("valid"), seal)
        .member("kind", Value::from("seal"))
        .member("seal", signature(&found));
    Ok(judged(finding, &found))
}

/// What a seal says.
#[must_use]
pub fn describe(finding: Finding, seal: &Seal) -> Finding {
    let (from, until) = seal.window();
    let picture = seal.picture();
    let maker = seal.maker().map(|maker| maker.subject().to_string()).unwrap_or_default();
    finding
        .show("sealId", seal.id())
        .show("sealName", seal.name())
        .line("version", seal.version().number().to_string())
        .member("version", json!(seal.version().number()))
        .member("type", json!(seal.kind()))
        .show("vendor", seal.vendor())
        .show("madeAt", seal.created().to_string())
        .show("notBefore", from.to_string())
        .show("notAfter", until.to_string())
        .line("picture", format!("{} {} x {} mm", picture.kind, picture.width, picture.height))
        .member(
            "picture",
            json!({
                "format": picture.kind,
                "widthMm": picture.width.to_f64(),
                "heightMm": picture.height.to_f64(),
                "bytes": picture.data.len(),
            }),
        )
        .member("holders", json!(seal.holders().len()))
        .show("maker", maker)
}
