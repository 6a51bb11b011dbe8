//! Whatever a file is, verified step by step, as `yinxin verify --json` says it.

use serde_json::Value;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::envelope::EnvelopeReader;
use yinxin::finding::{Failure as Unreadable, Finding};
use yinxin::verify::certificate::describe;
use yinxin::verify::receipt;
use yinxin::words::Speaker;
use yinxin::{Certificate, Explain as _, verify};

use crate::error::Failure;
use crate::language::language_of;
use crate::say::say;
use crate::trust::{TrustHandle, purpose_of};

/// The finding on a signed message, certificate, request, list, answer, timestamp, receipt,
/// evidence, or record of a session: JSON. What cannot be read is a finding, too.
#[wasm_bindgen(js_name = verify)]
#[must_use]
pub fn verify_file(
    bytes: &[u8],
    content: Option<Vec<u8>>,
    trust: &TrustHandle,
    language: &str,
) -> String {
    let found = verify::verify(bytes, content.as_deref(), trust.trust());
    say(found.unwrap_or_else(Finding::from), language)
}

/// The finding on a certificate for a purpose and, for servers, a DNS name.
#[wasm_bindgen(js_name = verifyCertificate)]
pub fn verify_certificate(
    bytes: &[u8],
    purpose: &str,
    name: Option<String>,
    trust: &TrustHandle,
    language: &str,
) -> Result<String, Failure> {
    let purpose = purpose_of(purpose)?;
    let found = verify::certificate::verify(bytes, trust.trust(), purpose, name.as_deref());
    Ok(say(found.unwrap_or_else(Finding::from), language))
}

/// What a certificate, a file of them or the head of a bid envelope says of itself; nothing of it is
/// proved.
#[wasm_bindgen]
#[must_use]
pub fn inspect(bytes: &[u8], trust: &TrustHandle, language: &str) -> String {
    say(inspected(bytes, trust, language).unwrap_or_else(Finding::from), language)
}

fn inspected(bytes: &[u8], trust: &TrustHandle, language: &str) -> Result<Finding, Unreadable> {
    let mut reader = EnvelopeReader::new();
    match reader.push(bytes) {
        Ok(Some(envelope)) => {
            let found = Finding::done("inspected").member("kind", "bid".into());
            let found = receipt::describe(found, envelope.header());
            return Ok(found.show("headDigest", envelope.head_digest().to_string()));
        }
        Ok(None) => return Err(reader.cut_off().into()),
        Err(error) if error.code() == "not_an_envelope" => {}
        Err(error) => return Err(error.into()),
    }
    let speaker = Speaker::new(language_of(language));
    let now = trust.trust().now;
    let one = |certificate: &Certificate| {
        let found = Finding::done("inspected").member("kind", "certificate".into());
        describe(found, certificate, now)
    };
    let mut certificates = Certificate::from_pem_or_der(bytes)?;
    if certificates.len() == 1
        && let Some(only) = certificates.pop()
    {
        return Ok(one(&only));
    }
    if certificates.is_empty() {
        return Err(verify::unknown_kind());
    }
    let items = certificates.iter().map(|certificate| one(certificate).json(&speaker)).collect();
    Ok(Finding::done("inspected")
        .member("kind", "certificates".into())
        .member("items", Value::Array(items)))
}
