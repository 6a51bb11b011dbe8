//! Receipts, held against a file.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;
use yinxin::bid::verify_file;
use yinxin::envelope::Receipt;
use yinxin::verify::receipt::ReceiptFile;

use super::{failure, job, open_file};
use crate::args::Globals;
use crate::output::{Failure, Of as _, Report};
use crate::progress::Bar;
use crate::trust::TrustOptions;

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

fn read_file(path: &Path) -> Result<ReceiptFile, Failure> {
    ReceiptFile::read(&yinxin::file::read(path, RECEIPT)?).of(path)
}

pub(super) fn read(path: &Path) -> Result<Receipt, Failure> {
    Ok(read_file(path)?.into_receipt())
}

pub(super) fn run(command: &VerifyReceipt, globals: &Globals) -> Result<Report, Failure> {
    let trust = command.trust.read()?;
    let receipt = read_file(&command.receipt)?;
    let mut input = open_file(&command.file)?;
    let bar = Mutex::new(Bar::new(globals, input.length()));
    let progress = |done| {
        if let Ok(mut bar) = bar.lock() {
            bar.update(done);
        }
    };
    let checked = verify_file(&mut input, receipt.receipt(), job(&progress));
    drop(bar);
    checked.map_err(|error| failure(error, &command.file))?;
    receipt.judge(Report::done("receipt_matches").of(&command.file), &trust)
}
