//! The record of a session (会话存证): request and answer, verified again by anybody who trusts the
//! holder's authority, without a hub.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use yinxin_pki::Time;
use yinxin_pki::report::Step;
use yinxin_session::channel::Sid;
use yinxin_session::statement::{AnswerParts, Expected, VerifiedStatement};
use yinxin_session::wire::{Binary, Product, Request, ResultForPlatform};
use yinxin_session::{Code, Refused};

use crate::finding::{Ending, Failure, Finding, Warning};
use crate::judge::Trust;

const TYP: &str = "yinxin-record-1";

/// Request and answer.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    typ: String,
    sid: Binary,
    /// The request's octets, as they were signed.
    request: Binary,
    statement: Binary,
    shown: Binary,
    products: Vec<Product>,
}

impl Record {
    /// The record of a session that came to an answer.
    #[must_use]
    pub fn new(sid: Sid, request: &[u8], answer: &ResultForPlatform) -> Self {
        Self {
            typ: TYP.into(),
            sid: Binary(sid.0.to_vec()),
            request: Binary(request.to_vec()),
            statement: answer.statement.clone(),
            shown: answer.shown.clone(),
            products: answer.products.clone(),
        }
    }

    /// The octets of its file.
    ///
    /// # Errors
    ///
    /// `internal`, which these types do not give.
    pub fn to_json(&self) -> Result<Vec<u8>, Refused> {
        serde_json::to_vec(self).map_err(|_| Refused::from(Code::Internal))
    }
}

/// Verifies a record, if the octets are one.
///
/// # Errors
///
/// It is none of this form.
pub fn verify(octets: &[u8], trust: &Trust) -> Result<Option<Finding>, Failure> {
    if !octets.starts_with(b"{\"typ\":\"yinxin-record-1\"") {
        return Ok(None);
    }
    let record: Record = yinxin_pki::json::read(octets)
        .map_err(|error| Failure::new(Ending::Unreadable, "malformed", error.to_string()))?;
    let request = Request::read(&record.request.0)?;
    let sid = record.sid.0.as_slice().try_into().map(Sid);
    let sid = sid.map_err(|_| Failure::from(Refused::from(Code::AnswerBinding)))?;
    let digest = request.suite.digest().digest(&record.request.0);
    let parts = AnswerParts {
        statement: &record.statement.0,
        shown: &record.shown.0,
        products: &record.products,
    };
    let expected = Expected { request: &request, digest: &digest, sid, transcript: None };
    let finding = Finding::done("valid")
        .member("kind", Value::from("session_record"))
        .show("platform", format!("{} ({})", request.platform.name, request.platform.code))
        .show("scene", request.scene().name());
    let verified = VerifiedStatement::new(parts, expected, trust.session_judge());
    Ok(Some(match verified {
        Ok(statement) => {
            let holder = statement.path().first().map(|own| own.holder().to_string());
            let finding = match statement.is_revocation_unknown() {
                true => finding.warn(Warning::new("revocation_unknown", Vec::new())),
                false => finding,
            };
            let at = i64::try_from(statement.content().at).unwrap_or(i64::MAX);
            finding
                .show("holder", holder.unwrap_or_default())
                .show("at", Time::from_unix(at).to_string())
                .judged(Ending::Done, "valid", vec![Step::ok("signature"), Step::ok("chain")])
        }
        Err(refused) => finding.because(&refused).judged(Ending::Refused, "invalid", Vec::new()),
    }))
}
