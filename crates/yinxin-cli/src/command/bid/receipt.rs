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

/// A file of ours: its content, and the message around it where it is signed.
struct Ours {
    content: Vec<u8>,
    signed: Option<SignedData>,
}

impl Ours {
    /// Takes a file that has to be of type `wanted` if it is signed.
    fn read(path: &Path, wanted: Oid) -> Result<Self, Failure> {
        let bytes = yinxin::file::read(path, RECEIPT)?;
        if yinxin::cms::content_type(&bytes).is_err() {
            return Ok(Self { content: bytes, signed: None });
        }
        let (signed, content) = SignedData::from_der(&bytes).of(path)?;
        Self::signed(signed, content, wanted, path)
    }

    fn signed(
        signed: SignedData,
        content: Option<Vec<u8>>,
        wanted: Oid,
        path: &Path,
    ) -> Result<Self, Failure> {
        match content {
            Some(content) if *signed.content_type() == wanted => {
                Ok(Self { content, signed: Some(signed) })
            }
            _ => {
                let words = format!("a signed message of type {}", signed.content_type());
                Err(Failure::new(Exit::Unreadable, "wrong_type", words).of(path))
            }
        }
    }
}

pub(super) fn read(path: &Path) -> Result<Receipt, Failure> {
    Receipt::from_der(&Ours::read(path, oid::RECEIPT)?.content).of(path)
}

pub(super) fn run(command: &VerifyReceipt, globals: &Globals) -> Result<Report, Failure> {
    let trust = command.trust.read()?;
    let ours = Ours::read(&command.receipt, oid::RECEIPT)?;
    let receipt = Receipt::from_der(&ours.content).of(&command.receipt)?;
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
    judge(report, ours, &trust, "receipt_unsigned")
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
    ours: Ours,
    trust: &Trust,
    unsigned: &'static str,
) -> Result<Report, Failure> {
    let Some(signed) = ours.signed else {
        let steps = vec![Step::skipped("signature", unsigned)];
        return Ok(report
            .judged(Exit::Done, "valid", steps)
            .warn(Warning::new(unsigned, Vec::new())));
    };
    let mut content = Cursor::new(ours.content);
    Ok(judge_all(report, &signed, SignerSource::Plain(&mut content), trust)?.0)
}

/// `yinxin verify` of a receipt or evidence, signed or not; `None` for anything else.
pub(crate) fn verify_ours(path: &Path, trust: &Trust) -> Result<Option<Report>, Failure> {
    let bytes = yinxin::file::read(path, RECEIPT)?;
    if let Ok((signed, content)) = SignedData::from_der(&bytes) {
        let found = *signed.content_type();
        return match found {
            oid::RECEIPT => {
                let ours = Ours::signed(signed, content, found, path)?;
                let receipt = Receipt::from_der(&ours.content).of(path)?;
                receipt_report(path, &receipt, ours, trust).map(Some)
            }
            oid::EVIDENCE => {
                let ours = Ours::signed(signed, content, found, path)?;
                let evidence = Evidence::from_der(&ours.content).of(path)?;
                evidence_report(path, evidence, ours, trust).map(Some)
            }
            _ => Ok(None),
        };
    }
    let ours = Ours { content: bytes, signed: None };
    if let Ok(receipt) = Receipt::from_der(&ours.content) {
        return receipt_report(path, &receipt, ours, trust).map(Some);
    }
    if let Ok(evidence) = Evidence::from_der(&ours.content) {
        return evidence_report(path, evidence, ours, trust).map(Some);
    }
    Ok(None)
}

fn receipt_report(
    path: &Path,
    receipt: &Receipt,
    ours: Ours,
    trust: &Trust,
) -> Result<Report, Failure> {
    let report = Report::done("valid").of(path).member("kind", json!("receipt"));
    judge(shown(report, receipt), ours, trust, "receipt_unsigned")
}

fn evidence_report(
    path: &Path,
    evidence: Evidence,
    ours: Ours,
    trust: &Trust,
) -> Result<Report, Failure> {
    let report = Report::done("valid").of(path).member("kind", json!("evidence"));
    let report = show(report, &evidence.header)
        .show("failure", evidence.code)
        .show("part", evidence.part)
        .show("blame", evidence.blame.name())
        .show("failedAt", evidence.at.to_string());
    judge(report, ours, trust, "evidence_unsigned")
}
