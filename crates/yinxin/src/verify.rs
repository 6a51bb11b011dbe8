//! Whatever a file is, verified step by step: the one judgement behind `yinxin verify`, the npm
//! package's verifier and servers.
//!
//! Everything is in memory here; the modules take files where those can be large.

#[cfg(feature = "session")]
pub mod answer;
pub mod certificate;
#[cfg(feature = "seal")]
pub mod document;
#[cfg(feature = "session")]
pub mod history;
pub mod holder;
pub mod message;
pub mod receipt;
#[cfg(feature = "session")]
pub mod record;
#[cfg(feature = "seal")]
pub mod seal;
pub mod services;

use std::io::{Cursor, Read};

use yinxin_pki::report::Step;
use yinxin_pki::{CertificateRequest, Purpose, pem};

use crate::finding::{Ending, Failure, Finding};
use crate::judge::Trust;
use crate::message::{MessageKind, kind_of};

/// Finds out what the octets are and verifies them: signed messages, certificates, requests,
/// revocation lists, OCSP answers, timestamps, receipts and evidence of bids, records and histories
/// of sessions. Documents and seals are judged by `document` and `seal`.
///
/// `content` is what a detached signature or a timestamp was made for.
///
/// # Errors
///
/// They are of no kind that is verified, or cannot be read. What can be read and is refused is a
/// finding.
pub fn verify(bytes: &[u8], content: Option<&[u8]>, trust: &Trust) -> Result<Finding, Failure> {
    let mut beside = content;
    let beside = beside.as_mut().map(|content| -> &mut dyn Read { content });
    if let Some(finding) = small(bytes, beside, trust)? {
        return Ok(finding);
    }
    let labels = |wanted: &str| {
        pem::is_pem(bytes) && bytes.windows(wanted.len()).any(|part| part == wanted.as_bytes())
    };
    match kind_of(bytes) {
        MessageKind::Signed => return message(bytes, content, trust),
        MessageKind::Enveloped => return Err(nothing_to_verify()),
        _ => {}
    }
    if labels("CERTIFICATE REQUEST-----") || CertificateRequest::from_der(bytes).is_ok() {
        return request(bytes);
    }
    if labels("CMS-----") || labels("PKCS7-----") {
        return message(bytes, content, trust);
    }
    if bytes.first() == Some(&0x30) || labels("CERTIFICATE-----") {
        return certificate::verify(bytes, trust, Purpose::Any, None);
    }
    Err(unknown_kind())
}

/// Receipts and evidence, records and histories of sessions, lists, answers, timestamps; `None` for
/// anything else.
///
/// # Errors
///
/// As [`verify`].
pub fn small(
    bytes: &[u8],
    content: Option<&mut dyn Read>,
    trust: &Trust,
) -> Result<Option<Finding>, Failure> {
    if bytes.first() == Some(&0x30)
        && let Some(finding) = receipt::verify(bytes, trust)?
    {
        return Ok(Some(finding));
    }
    #[cfg(feature = "session")]
    for verify in [record::verify, history::verify] {
        if let Some(finding) = verify(bytes, trust)? {
            return Ok(Some(finding));
        }
    }
    services::verify(bytes, content, trust)
}

/// A signed message in memory, PEM, DER or BER.
///
/// # Errors
///
/// It is none, or its content is not there.
pub fn message(bytes: &[u8], content: Option<&[u8]>, trust: &Trust) -> Result<Finding, Failure> {
    let blocks = if pem::is_pem(bytes) { pem::decode(bytes)? } else { Vec::new() };
    let der = blocks.first().map_or(bytes, |block| block.der.as_slice());
    let mut message = Cursor::new(der);
    let mut content = content.map(Cursor::new);
    message::verify(&mut message, content.as_mut(), trust)
}

/// A certification request: signed by its own key.
///
/// # Errors
///
/// It is none, or its signature is wrong.
pub fn request(bytes: &[u8]) -> Result<Finding, Failure> {
    let request = CertificateRequest::read(bytes)?;
    Ok(Finding::done("valid")
        .member("kind", "certificate_request".into())
        .show("subject", request.subject().to_string())
        .show("algorithm", request.public_key().algorithm_name())
        .judged(Ending::Done, "valid", vec![Step::ok("signature")]))
}

/// What is said of an encrypted message.
#[must_use]
pub fn nothing_to_verify() -> Failure {
    let words =
        "an encrypted message has nothing to verify before it is opened; use `yinxin cms decrypt`";
    Failure::new(Ending::Unreadable, "nothing_to_verify", words)
}

/// What is said of anything else.
#[must_use]
pub fn unknown_kind() -> Failure {
    let words = "not a kind of file that this program verifies";
    Failure::new(Ending::Unreadable, "unknown_kind", words)
}
