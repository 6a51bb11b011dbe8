//! The record of a session (会话存证): request and answer, verified again by anybody who trusts the
//! holder's authority, without a hub.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use yinxin::report::Step;
use yinxin::session::statement::{AnswerParts, Expected, VerifiedStatement};
use yinxin::session::wire::{Binary, Product, Request};
use yinxin::session::{Code, Refused};
use yinxin_session::channel::Sid;

use crate::hub::write;
use crate::output::{Exit, Failure, Of as _, Report, Warning};
use crate::trust::Trust;

const TYP: &str = "yinxin-record-1";

/// Request and answer.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    typ: String,
    sid: Binary,
    /// The request's octets, as they were signed.
    request: Binary,
    statement: Binary,
    shown: Binary,
    products: Vec<Product>,
}

impl Record {
    pub(super) fn new(
        sid: Sid,
        request: &[u8],
        answer: &yinxin::session::wire::ResultForPlatform,
    ) -> Self {
        Self {
            typ: TYP.into(),
            sid: Binary(sid.0.to_vec()),
            request: Binary(request.to_vec()),
            statement: answer.statement.clone(),
            shown: answer.shown.clone(),
            products: answer.products.clone(),
        }
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, Failure> {
        write(self)
    }
}

/// Verifies a record, if the octets are one.
///
/// # Errors
///
/// It is none of this form.
pub(crate) fn verify(octets: &[u8], path: &Path, trust: &Trust) -> Result<Option<Report>, Failure> {
    if !octets.starts_with(b"{\"typ\":\"yinxin-record-1\"") {
        return Ok(None);
    }
    let record: Record = yinxin::json::read(octets)
        .map_err(|error| Failure::new(Exit::Unreadable, "malformed", error.to_string()).of(path))?;
    let request = Request::read(&record.request.0).of(path)?;
    let sid = record.sid.0.as_slice().try_into().map(Sid);
    let sid = sid.map_err(|_| Failure::from(Refused::from(Code::AnswerBinding)).of(path))?;
    let digest = request.suite.digest().digest(&record.request.0);
    let parts = AnswerParts {
        statement: &record.statement.0,
        shown: &record.shown.0,
        products: &record.products,
    };
    let expected = Expected { request: &request, digest: &digest, sid, transcript: None };
    let report = Report::done("valid")
        .of(path)
        .member("kind", Value::from("session_record"))
        .show("platform", format!("{} ({})", request.platform.name, request.platform.code))
        .show("scene", request.scene().name());
    let verified = VerifiedStatement::new(parts, expected, trust.session_judge());
    Ok(Some(match verified {
        Ok(statement) => {
            let holder = statement.path().first().map(|own| own.holder().to_string());
            let report = match statement.is_revocation_unknown() {
                true => report.warn(Warning::new("revocation_unknown", Vec::new())),
                false => report,
            };
            let at = i64::try_from(statement.content().at).unwrap_or(i64::MAX);
            report
                .show("holder", holder.unwrap_or_default())
                .show("at", yinxin::Time::from_unix(at).to_string())
                .judged(Exit::Done, "valid", vec![Step::ok("signature"), Step::ok("chain")])
        }
        Err(refused) => report.because(&refused).judged(Exit::Refused, "invalid", Vec::new()),
    }))
}
