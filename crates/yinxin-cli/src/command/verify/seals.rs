//! Seals, lists of seals and statements about them, by themselves.

use std::path::Path;

use serde_json::{Value, json};
use yinxin::Explain;
use yinxin::report::Step;
use yinxin::signed_object::{ObjectType, SignedObject};
use yinxin_seal::es::Seal;
use yinxin_seal::revoke::RevocationStatement;
use yinxin_seal::status::VerifiedStatusList;

use crate::command::document::verify::Lists;
use crate::command::seal::show;
use crate::output::{Exit, Failure, Of as _, Report};

/// Whether the bytes are one of these.
pub(super) fn is_one(der: &[u8]) -> bool {
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
pub(super) fn verify(der: &[u8], path: &Path, lists: &Lists) -> Result<Report, Failure> {
    match kind_of(der) {
        Some(ObjectType::SealStatusList) => status_list(der, path, lists),
        Some(_) => statement(der, path),
        None => show::verify_seal(&Seal::from_der(der).of(path)?, path, lists),
    }
}

fn status_list(der: &[u8], path: &Path, lists: &Lists) -> Result<Report, Failure> {
    let report = Report::done("valid").of(path).member("kind", Value::from("seal_status_list"));
    let checked = lists.with_check(|check| VerifiedStatusList::from_der(der, check))?;
    let list = match checked {
        Ok(list) => list,
        Err(error) => {
            let steps = vec![Step::failed("seal_status", &error)];
            return Ok(report.because(&error).judged(Exit::of(error.code()), "invalid", steps));
        }
    };
    let mut report = report
        .show("thisUpdate", list.list().issued_at().to_string())
        .show("nextUpdate", list.list().next_update().to_string())
        .show("signer", list.signer().subject().to_string());
    let mut seals = Vec::new();
    for seal in list.list().seals() {
        report = report.line("sealId", format!("{} {}", seal.id, seal.state.name()));
        seals.push(json!({
            "id": seal.id,
            "state": seal.state.name(),
            "since": seal.since.to_string(),
            "reason": seal.reason,
        }));
    }
    let report = report.member("seals", Value::Array(seals));
    Ok(report.judged(Exit::Done, "valid", vec![Step::ok("seal_status")]))
}

/// A statement speaks of a signature in a file: without the seal that it names there is nothing to
/// hold it against.
fn statement(der: &[u8], path: &Path) -> Result<Report, Failure> {
    let statement = RevocationStatement::from_der(der).of(path)?;
    let revocation = statement.revocation();
    let code = "statement_needs_file";
    Ok(Report::done(code)
        .of(path)
        .member("kind", Value::from("seal_revocation"))
        .show("sealId", revocation.seal_id())
        .show("reason", &revocation.reason)
        .show("genTime", revocation.time.to_string())
        .judged(Exit::Refused, "invalid", vec![Step::skipped("seal_status", code)]))
}
