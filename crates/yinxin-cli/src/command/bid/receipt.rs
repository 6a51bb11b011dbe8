//! Receipts and evidence: read, held against a file, verified.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;
use serde_json::json;
use yinxin::bid::verify_file;
use yinxin::cms::SignedData;
use yinxin::envelope::{Evidence, Receipt};
use yinxin::report::Step;
use yinxin::{Oid, oid};

use super::{failure, job, open_file, show};
use crate::args::Globals;
use crate::command::cms::{SignerSource, judge_all};
use crate::output::{Exit, Failure, Of as _, Report, Warning};
use crate::progress::Bar;
use crate::trust::{Trust, TrustOptions};

#[derive(Args, Debug)]
pub(crate) struct VerifyReceipt {
    /// The receipt
    receipt: PathBuf,
    /// The envelope
    file: PathBuf,
    #[command(flatten)]
    trust: TrustOptions,
}

/// Largest receipt: 16 segments of 65 536 chunks.
const RECEIPT: u64 = 64 << 20;

/// A file of ours, signed or not: its content, and the message around it.
fn content_of(path: &Path, wanted: Oid) -> Result<(Vec<u8>, Option<SignedData>), Failure> {
    let bytes = yinxin::file::read(path, RECEIPT)?;
    if yinxin::cms::content_type(&bytes).is_err() {
        return Ok((bytes, None));
    }
    let (signed, content) = SignedData::from_der(&bytes).of(path)?;
    match content {
        Some(content) if *signed.content_type() == wanted => Ok((content, Some(signed))),
        _ => {
            let words = format!("a signed message of type {}", signed.content_type());
            Err(Failure::new(Exit::Unreadable, "wrong_type", words).of(path))
        }
    }
}

pub(super) fn read(path: &Path) -> Result<Receipt, Failure> {
    Receipt::from_der(&content_of(path, oid::RECEIPT)?.0).of(path)
}

pub(super) fn run(command: &VerifyReceipt, globals: &Globals) -> Result<Report, Failure> {
    let trust = command.trust.read()?;
    let (content, signed) = content_of(&command.receipt, oid::RECEIPT)?;
    let receipt = Receipt::from_der(&content).of(&command.receipt)?;
    let mut input = open_file(&command.file)?;
    let bar = Mutex::new(Bar::new(globals, input.length()));
    let progress = |done| {
        if let Ok(mut bar) = bar.lock() {
            bar.update(done);
        }
    };
    let checked = verify_file(&mut input, &receipt, job(&progress));
    drop(bar);
    checked.map_err(|error| failure(error, &command.file))?;
    let report = Report::done("receipt_matches").of(&command.file);
    let report = shown(report, &receipt);
    judge(report, signed, content, &trust, "receipt_unsigned")
}

fn shown(report: Report, receipt: &Receipt) -> Report {
    let segments: Vec<_> = receipt
        .segments()
        .iter()
        .map(|s| json!({"name": s.name, "size": s.size, "digest": s.digest.to_string()}))
        .collect();
    show(report, receipt.header())
        .show("fileDigest", receipt.file_digest().to_string())
        .member("fileSize", json!(receipt.file_size()))
        .member("segments", json!(segments))
}

/// Adds the signature's verdict; without one, a warning says so.
fn judge(
    report: Report,
    signed: Option<SignedData>,
    content: Vec<u8>,
    trust: &Trust,
    unsigned: &'static str,
) -> Result<Report, Failure> {
    let Some(signed) = signed else {
        let steps = vec![Step::skipped("signature", unsigned)];
        return Ok(report
            .judged(Exit::Done, "valid", steps)
            .warn(Warning::new(unsigned, Vec::new())));
    };
    let mut content = Cursor::new(content);
    Ok(judge_all(report, &signed, SignerSource::Plain(&mut content), trust)?.0)
}

/// `yinxin verify` of a receipt or evidence, signed or not; `None` for anything else.
pub(crate) fn verify_ours(path: &Path, trust: &Trust) -> Result<Option<Report>, Failure> {
    let bytes = yinxin::file::read(path, RECEIPT)?;
    let inside = SignedData::from_der(&bytes).ok().map(|(signed, _)| *signed.content_type());
    let is = |wanted, bare: bool| inside.map_or(bare, |found| found == wanted);
    if is(oid::RECEIPT, Receipt::from_der(&bytes).is_ok()) {
        return verify_signed_receipt(path, trust).map(Some);
    }
    if is(oid::EVIDENCE, Evidence::from_der(&bytes).is_ok()) {
        return verify_evidence(path, trust).map(Some);
    }
    Ok(None)
}

/// `yinxin verify` of a receipt by itself.
fn verify_signed_receipt(path: &Path, trust: &Trust) -> Result<Report, Failure> {
    let (content, signed) = content_of(path, oid::RECEIPT)?;
    let receipt = Receipt::from_der(&content).of(path)?;
    let report = shown(Report::done("valid").of(path).member("kind", json!("receipt")), &receipt);
    judge(report, signed, content, trust, "receipt_unsigned")
}

/// `yinxin verify` of evidence.
fn verify_evidence(path: &Path, trust: &Trust) -> Result<Report, Failure> {
    let (content, signed) = content_of(path, oid::EVIDENCE)?;
    let evidence = Evidence::from_der(&content).of(path)?;
    let report = Report::done("valid").of(path).member("kind", json!("evidence"));
    let report = show(report, &evidence.header)
        .show("failure", evidence.code.clone())
        .show("part", evidence.part.clone())
        .show("blame", evidence.blame.name())
        .show("failedAt", evidence.at.to_string());
    judge(report, signed, content, trust, "evidence_unsigned")
}
