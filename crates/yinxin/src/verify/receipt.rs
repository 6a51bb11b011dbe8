//! Receipts and evidence of bids: read, held against nothing but themselves, verified.

use std::io::Cursor;

use serde_json::json;
use yinxin_pki::cms::SignedData;
use yinxin_pki::envelope::{Evidence, Header, Layer, Receipt};
use yinxin_pki::report::Step;
use yinxin_pki::{Oid, oid};

use super::message::{SignerSource, judge_all};
use crate::finding::{Ending, Failure, Finding, Warning};
use crate::judge::Trust;

/// A file of ours: its content, and the message around it where it is signed.
struct Ours {
    content: Vec<u8>,
    signed: Option<SignedData>,
}

impl Ours {
    /// Takes a file that has to be of type `wanted` if it is signed.
    fn read(bytes: &[u8], wanted: Oid) -> Result<Self, Failure> {
        if yinxin_pki::cms::content_type(bytes).is_err() {
            return Ok(Self { content: bytes.to_vec(), signed: None });
        }
        let (signed, content) = SignedData::from_der(bytes)?;
        Self::signed(signed, content, wanted)
    }

    fn signed(signed: SignedData, content: Option<Vec<u8>>, wanted: Oid) -> Result<Self, Failure> {
        match content {
            Some(content) if *signed.content_type() == wanted => {
                Ok(Self { content, signed: Some(signed) })
            }
            _ => {
                let words = format!("a signed message of type {}", signed.content_type());
                Err(Failure::new(Ending::Unreadable, "wrong_type", words))
            }
        }
    }
}

/// A receipt (投标回执) with the message around it, if it is signed.
#[allow(missing_debug_implementations, reason = "holds a whole message")]
pub struct ReceiptFile {
    ours: Ours,
    receipt: Receipt,
}

impl ReceiptFile {
    /// Reads a receipt, signed or not.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let ours = Ours::read(bytes, oid::RECEIPT)?;
        let receipt = Receipt::from_der(&ours.content)?;
        Ok(Self { ours, receipt })
    }

    /// What it says.
    #[must_use]
    pub const fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The same by itself.
    #[must_use]
    pub fn into_receipt(self) -> Receipt {
        self.receipt
    }

    /// Adds what it says and the judgement of its signature to a finding.
    ///
    /// # Errors
    ///
    /// The signature cannot be judged at all.
    pub fn judge(self, finding: Finding, trust: &Trust) -> Result<Finding, Failure> {
        judge(shown(finding, &self.receipt), self.ours, trust, "receipt_unsigned")
    }
}

/// What a header says, for people and JSON.
pub fn describe(finding: Finding, header: &Header) -> Finding {
    let draft = header.draft();
    let recipients: Vec<String> = header.recipients().iter().map(ToString::to_string).collect();
    let mut finding = finding
        .show("platform", draft.platform.clone())
        .show("project", draft.project.clone())
        .show("section", draft.section.clone())
        .show("bidder", draft.bidder.clone())
        .show("created", draft.created.to_string())
        .show("opening", draft.opening.to_string())
        .show("suite", draft.suite.name())
        .show("layer", layer_name(header))
        .member("segments", serde_json::json!(draft.segments))
        .member("recipients", serde_json::json!(recipients))
        .member("chunkSize", serde_json::json!(draft.chunk_size));
    for segment in &draft.segments {
        finding = finding.line("segment", segment.clone());
    }
    for recipient in recipients {
        finding = finding.line("recipient", recipient);
    }
    finding
}

/// `outer` or `bid`.
#[must_use]
pub fn layer_name(header: &Header) -> &'static str {
    match header.layer() {
        Layer::Outer => "outer",
        _ => "bid",
    }
}

fn shown(finding: Finding, receipt: &Receipt) -> Finding {
    let segments: Vec<_> = receipt
        .segments()
        .iter()
        .map(|s| json!({"name": s.name, "size": s.size, "digest": s.digest.to_string()}))
        .collect();
    describe(finding, receipt.header())
        .show("fileDigest", receipt.file_digest().to_string())
        .member("fileSize", json!(receipt.file_size()))
        .member("segments", json!(segments))
}

/// Adds the signature's verdict; without one, a warning says so: what was held against the file
/// itself is right all the same.
fn judge(
    finding: Finding,
    ours: Ours,
    trust: &Trust,
    unsigned: &'static str,
) -> Result<Finding, Failure> {
    let Some(signed) = ours.signed else {
        let steps = vec![Step::skipped("signature", unsigned)];
        return Ok(finding
            .judged(Ending::Done, "valid", steps)
            .warn(Warning::new(unsigned, Vec::new())));
    };
    let mut content = Cursor::new(ours.content);
    Ok(judge_all(finding, &signed, SignerSource::Plain(&mut content), trust)?.0)
}

/// Verifies a receipt or evidence, signed or not; `None` for anything else.
///
/// # Errors
///
/// It is one of these and cannot be read.
pub fn verify(bytes: &[u8], trust: &Trust) -> Result<Option<Finding>, Failure> {
    if let Ok((signed, content)) = SignedData::from_der(bytes) {
        let found = *signed.content_type();
        return match found {
            oid::RECEIPT => {
                let ours = Ours::signed(signed, content, found)?;
                let receipt = Receipt::from_der(&ours.content)?;
                receipt_report(&receipt, ours, trust).map(Some)
            }
            oid::EVIDENCE => {
                let ours = Ours::signed(signed, content, found)?;
                let evidence = Evidence::from_der(&ours.content)?;
                evidence_report(evidence, ours, trust).map(Some)
            }
            _ => Ok(None),
        };
    }
    let ours = Ours { content: bytes.to_vec(), signed: None };
    if let Ok(receipt) = Receipt::from_der(&ours.content) {
        return receipt_report(&receipt, ours, trust).map(Some);
    }
    if let Ok(evidence) = Evidence::from_der(&ours.content) {
        return evidence_report(evidence, ours, trust).map(Some);
    }
    Ok(None)
}

fn receipt_report(receipt: &Receipt, ours: Ours, trust: &Trust) -> Result<Finding, Failure> {
    let finding = Finding::done("valid").member("kind", json!("receipt"));
    alone(shown(finding, receipt), ours, trust, "receipt_unsigned")
}

fn evidence_report(evidence: Evidence, ours: Ours, trust: &Trust) -> Result<Finding, Failure> {
    let finding = Finding::done("valid").member("kind", json!("evidence"));
    let finding = describe(finding, &evidence.header)
        .show("failure", evidence.code)
        .show("part", evidence.part)
        .show("blame", evidence.blame.name())
        .show("failedAt", evidence.at.to_string());
    alone(finding, ours, trust, "evidence_unsigned")
}

/// By itself an unsigned one proves nothing: anybody may have written it.
fn alone(
    finding: Finding,
    ours: Ours,
    trust: &Trust,
    unsigned: &'static str,
) -> Result<Finding, Failure> {
    if ours.signed.is_some() {
        return judge(finding, ours, trust, unsigned);
    }
    let steps = vec![Step::skipped("signature", unsigned)];
    Ok(finding.code(unsigned).judged(Ending::Refused, "invalid", steps))
}
