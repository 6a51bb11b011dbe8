//! `yinxin bid decrypt`: verified chunks only, and nothing under its own name before all are.

use std::path::PathBuf;
use std::sync::Mutex;

use clap::Args;
use serde_json::json;
use yinxin::bid::{BidFileError, Partial, read_head, verify_file};
use yinxin::envelope::{Envelope, Evidence, Receipt, Share};
use yinxin::file::{Access, Action, FileError, Input};
use yinxin::{DecryptionKey, oid};

use super::{Keys, Signer, failure, job, open_file, receipt};
use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report};
use crate::progress::Bar;

#[derive(Args, Debug)]
pub(crate) struct Decrypt {
    /// The envelope
    file: PathBuf,
    #[command(flatten)]
    keys: Keys,
    /// An officer's opened share
    #[arg(long, value_name = "S")]
    share: Vec<PathBuf>,
    /// Where evidence of a failure goes
    #[arg(long, value_name = "F")]
    evidence: Option<PathBuf>,
    /// The receipt, by which evidence can say who is to blame
    #[arg(long, value_name = "R")]
    receipt: Option<PathBuf>,
    #[command(flatten)]
    signer: Signer,
    /// Go on where a killed run was
    #[arg(long)]
    resume: bool,
    /// Folder the parts go to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(command: &Decrypt, globals: &Globals) -> Result<Report, Failure> {
    if !command.keys.is_given() && command.share.is_empty() {
        return Err(Failure::usage("key_needed", "give `--key`, `--ring` or `--share`"));
    }
    let keys = command.keys.open()?;
    let keys = keys.all();
    let mut shares = Vec::new();
    for path in &command.share {
        let bytes = zeroize::Zeroizing::new(yinxin::file::read(path, 64 << 10)?);
        shares.push(Share::from_der(&bytes).of(path)?);
    }
    let mut input = open_file(&command.file)?;
    let mut envelope = None;
    match open(command, globals, &mut input, &keys, &shares, &mut envelope) {
        Ok(report) => Ok(report),
        Err(error) => {
            if let (Some(refused), Some(envelope)) = (error.refusal(), &envelope) {
                write_evidence(command, globals, refused, envelope)?;
            }
            Err(match error {
                BidFileError::Write(source)
                    if source.kind() == std::io::ErrorKind::AlreadyExists =>
                {
                    Failure::new(Exit::System, "output_exists", source.to_string())
                }
                BidFileError::Write(source) => {
                    FileError::new(Action::Write, &command.out, source).into()
                }
                other => failure(other, &command.file),
            })
        }
    }
}

/// Leaves the head in `seen`, so that a failure can be taken down.
fn open(
    command: &Decrypt,
    globals: &Globals,
    input: &mut Input,
    keys: &[&DecryptionKey],
    shares: &[Share],
    seen: &mut Option<Envelope>,
) -> Result<Report, BidFileError> {
    let total = input.length();
    let opened = read_head(input)?;
    *seen = Some(opened.envelope().clone());
    let opened = opened.through_layers(keys, yinxin::bid::cores())?;
    *seen = Some(opened.envelope().clone());
    let content_keys = if shares.is_empty() {
        opened.envelope().unwrap(keys)?
    } else {
        opened.envelope().recover(shares)?
    };
    let header = opened.envelope().header().clone();
    std::fs::create_dir_all(&command.out).map_err(BidFileError::Write)?;
    let partial = Partial::begin(&command.out, opened.envelope(), command.resume);
    let mut partial = partial.map_err(BidFileError::Write)?;
    let bar = Mutex::new(Bar::new(globals, total));
    let progress = |done| {
        if let Ok(mut bar) = bar.lock() {
            bar.update(done);
        }
    };
    let result = opened.open_all(&content_keys, &mut partial, job(&progress), &mut None);
    drop(bar);
    let receipts = match result {
        Ok(receipts) => receipts,
        Err(error) => {
            // A refusal leaves nothing; a broken disk or network leaves what can be resumed.
            if error.refusal().is_some() {
                partial.discard().map_err(BidFileError::Write)?;
            }
            return Err(error);
        }
    };
    let finished = partial.finish(&header, globals.force).map_err(BidFileError::Write)?;
    let mut report = Report::done("bid_decrypted").of(&command.file);
    let mut parts = Vec::new();
    for (part, receipt) in finished.iter().zip(&receipts) {
        let path = part.path.display().to_string();
        report = report.line("part", path.clone());
        parts.push(json!({
            "segment": receipt.name,
            "path": path,
            "size": receipt.size,
            "digest": receipt.digest.to_string(),
        }));
    }
    Ok(report.member("parts", json!(parts)).fact("out", command.out.display().to_string()))
}

fn write_evidence(
    command: &Decrypt,
    globals: &Globals,
    refused: &yinxin::envelope::BidError,
    envelope: &Envelope,
) -> Result<(), Failure> {
    let Some(path) = &command.evidence else { return Ok(()) };
    let known = match &command.receipt {
        Some(path) => {
            let receipt = receipt::read(path)?;
            let mut input = open_file(&command.file)?;
            let same = verify_file(&mut input, &receipt, job(&|_| {})).is_ok();
            Some((receipt, same))
        }
        None => None,
    };
    let known = known.as_ref().map(|(receipt, same): &(Receipt, bool)| (receipt, *same));
    let evidence = Evidence::new(refused, envelope, known, context::now());
    let signed = command.signer.sign(evidence.to_der(), oid::EVIDENCE, &command.keys.passwords)?;
    let mut outputs = context::outputs(globals);
    outputs.write(path, Access::Public, &signed)?;
    Ok(outputs.commit()?)
}
