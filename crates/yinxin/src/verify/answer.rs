//! A verified answer as JSON: what pages, back ends and the sidecar read of it.

use serde_json::{Value, json};
use yinxin_pki::base64::encode_url as base64url;
use yinxin_session::statement::VerifiedStatement;
use yinxin_session::wire::{Binary, BrowserState, Product, SceneResult, SealOutcome, TimeSource};
use yinxin_session::{Code, Refused};

use super::holder::HolderText;

/// Everything of an answer that was verified, for page or platform.
///
/// # Errors
///
/// `internal` for a statement without a certificate, which verification does not let through.
pub fn verified(
    statement: &VerifiedStatement,
    der: &[u8],
    shown: &[u8],
    products: &[Product],
) -> Result<Value, Refused> {
    let content = statement.content();
    let certificate = statement.path().first().ok_or(Code::Internal)?;
    let path: Vec<_> = statement.path().iter().map(|one| Binary(one.as_der().to_vec())).collect();
    let lines: Value = serde_json::from_slice(shown).map_err(|_| Code::AnswerBinding)?;
    Ok(json!({
        "scene": content.result.scene(),
        "statement": base64url(der),
        "statementDigest": base64url(statement.digest().as_ref()),
        "requestDigest": base64url(&content.request_digest),
        "sid": base64url(&content.sid.0),
        "suite": content.suite,
        "hub": content.hub,
        "platform": content.platform,
        "origin": content.origin,
        "holder": HolderText::new(certificate),
        "certificates": path,
        "browser": match content.browser {
            BrowserState::Known => "known",
            BrowserState::Unknown => "unknown",
            _ => "none",
        },
        "matched": content.matched,
        "at": content.at,
        "atSource": match content.at_source {
            TimeSource::Hub => "hub",
            _ => "phone",
        },
        "listNumber": content.list_number,
        "shown": lines,
        "products": products,
        "result": result(&content.result),
        "revocationUnknown": statement.is_revocation_unknown(),
    }))
}

fn result(result: &SceneResult) -> Value {
    match result {
        SceneResult::Decrypt(files) => json!({"files": files}),
        SceneResult::Encrypt { project, section, opening, certificates } => json!({
            "project": project,
            "section": section,
            "opening": opening,
            "certificates": certificates,
        }),
        SceneResult::MessageSignature(items) => json!({"items": items}),
        SceneResult::RevokeSignature(revoked) => json!(revoked),
        SceneResult::Signature(files) => {
            let files: Vec<_> = files
                .iter()
                .map(|file| match &file.outcome {
                    SealOutcome::Refused(code) => {
                        json!({"id": file.id, "file": file.file, "refused": code})
                    }
                    SealOutcome::Sealed(digests) => {
                        json!({"id": file.id, "file": file.file, "sealed": digests})
                    }
                    _ => json!({"id": file.id, "file": file.file}),
                })
                .collect();
            json!({"files": files})
        }
        _ => json!({}),
    }
}
