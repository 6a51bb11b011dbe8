//! A phone's answer with its receipts in one file, checked without a hub: what a bidder shows when
//! somebody says that nothing came in time.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use yinxin_pki::chain::ChainError;
use yinxin_pki::report::Step;
use yinxin_pki::signed_object::{ObjectType, SignedObject};
use yinxin_pki::{Certificate, Explain, Purpose};
use yinxin_session::display::digest_of;
use yinxin_session::phone::{HistoryEntry, PinnedHub, Progress};
use yinxin_session::trust_list::TrustList;
use yinxin_session::wire::{Binary, StatementContent};
use yinxin_session::{Code, Refused};

use crate::finding::{Ending, Failure, Finding};
use crate::judge::Trust;

const TYP: &str = "yinxin-history-1";

/// An answer with everything that proves it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Bundle {
    typ: String,
    entry: HistoryEntry,
    /// The trust list that names the hub's keys and the platform's, and who signed it.
    list: Binary,
    signers: Vec<Binary>,
}

/// The file of an answer.
///
/// # Errors
///
/// The hub's list is not at hand.
pub fn bundle(entry: &HistoryEntry, hub: &PinnedHub) -> Result<Vec<u8>, Refused> {
    let stored = hub.to_stored();
    let list = stored.list.ok_or_else(|| Refused::from(Code::TrustListStale))?;
    let entry = entry.clone();
    let bundle = Bundle { typ: TYP.into(), entry, list, signers: stored.signers };
    serde_json::to_vec(&bundle).map_err(|_| Refused::from(Code::Internal))
}

/// Verifies an exported answer, if the octets are one.
///
/// # Errors
///
/// It is none of this form.
pub fn verify(octets: &[u8], trust: &Trust) -> Result<Option<Finding>, Failure> {
    if !octets.starts_with(b"{\"typ\":\"yinxin-history-1\"") {
        return Ok(None);
    }
    let bundle: Bundle = yinxin_pki::json::read(octets)
        .map_err(|error| Failure::new(Ending::Unreadable, "malformed", error.to_string()))?;
    let entry = &bundle.entry;
    let mut steps = Vec::new();
    let checked = check(&bundle, trust, &mut steps);
    let finding = Finding::done("valid")
        .member("kind", Value::from("session_history"))
        .show("platform", format!("{} ({})", entry.name, entry.platform))
        .show("scene", entry.scene.name());
    Ok(Some(match checked {
        Ok((holder, progress)) => finding
            .show("holder", holder)
            .member("progress", progress.name().into())
            .judged(Ending::Done, "valid", steps),
        Err(error) => finding.because(&*error.0).judged(Ending::Refused, "invalid", steps),
    }))
}

/// Runs the steps until one fails; gives the holder, and how far the answer got.
fn check(bundle: &Bundle, trust: &Trust, steps: &mut Vec<Step>) -> Result<(String, Progress), Why> {
    let entry = &bundle.entry;
    let holder = step(steps, "signature", statement(entry, trust))?;
    let list = step(steps, "trust_list", list(bundle, trust))?;
    let progress = step(steps, "receipts", entry.check(&list).map_err(Why::from))?;
    Ok((holder, progress))
}

/// Whatever a step says when it fails.
struct Why(Box<dyn Explain>);

impl<E: Explain + 'static> From<E> for Why {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

fn step<T>(steps: &mut Vec<Step>, id: &'static str, done: Result<T, Why>) -> Result<T, Why> {
    match &done {
        Ok(_) => steps.push(Step::ok(id)),
        Err(error) => steps.push(Step::failed(id, &*error.0)),
    }
    done
}

/// The statement: of a holder whose authority is trusted, about this request and what was shown.
fn statement(entry: &HistoryEntry, trust: &Trust) -> Result<String, Why> {
    let signature = || Why::from(Refused::from(Code::AnswerSignature));
    let object = SignedObject::from_der(&entry.statement.0, ObjectType::Statement);
    let object = object.map_err(|_| signature())?;
    let certificate = object.named().ok_or_else(signature)?;
    let verified = object.verify(certificate).map_err(|_| signature())?;
    let content = StatementContent::read(verified.content).map_err(Why::from)?;
    let bound = content.request_digest == entry.request.0
        && Some(content.sid) == entry.sid()
        && content.hub == entry.hub
        && content.platform == entry.platform
        && content.origin == entry.origin
        && content.suite == entry.suite
        && content.result.scene() == entry.scene
        && content.display_digest == digest_of(entry.suite, &entry.shown.0).as_ref();
    if !bound {
        return Err(Refused::from(Code::AnswerBinding).into());
    }
    chain(certificate, object.carried(), trust, Purpose::Sign)?;
    Ok(certificate.holder().to_string())
}

/// The list: signed by somebody whom a trusted authority made a signer of lists. The file brings the
/// signers itself, so that an authority's other holders must not do.
fn list(bundle: &Bundle, trust: &Trust) -> Result<TrustList, Why> {
    let mut signers = Vec::new();
    for der in &bundle.signers {
        let signer = Certificate::from_der(&der.0)?;
        if chain(&signer, &[], trust, Purpose::TrustList).is_ok() {
            signers.push(signer);
        }
    }
    Ok(TrustList::read(&bundle.list.0, &bundle.entry.hub, &signers, None)?)
}

fn chain(
    leaf: &Certificate,
    beside: &[Certificate],
    trust: &Trust,
    purpose: Purpose,
) -> Result<(), ChainError> {
    let between: Vec<Certificate> = trust.intermediates.iter().chain(beside).cloned().collect();
    let at = trust.at.unwrap_or(trust.now);
    let check = trust.check(&trust.store, at).intermediates(&between).purpose(purpose);
    check.verify(leaf).map(drop)
}
