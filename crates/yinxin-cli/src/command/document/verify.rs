//! `yinxin document verify`: a report on every signature.

use std::path::{Path, PathBuf};

use clap::Args;
use yinxin::file::Input;
use yinxin::verify::document::{self, Format, Lists};
use yinxin_seal::revoke::RevocationStatement;

use super::ofd::PACKAGE;
use super::open;
use crate::output::{Failure, Of as _, Report};
use crate::trust::{Trust, TrustOptions};

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The file: OFD or PDF
    file: PathBuf,
    #[command(flatten)]
    trust: SealTrust,
}

/// What seals are judged by.
#[derive(Args, Debug)]
pub(crate) struct SealTrust {
    /// Signed list of the states of seals
    #[arg(long, value_name = "F")]
    pub(crate) status_list: Option<PathBuf>,
    /// Signed statement that a seal signature was revoked
    #[arg(long, value_name = "S")]
    pub(crate) statement: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustOptions,
}

/// Largest list or statement in bytes.
const OBJECT: u64 = 8 << 20;

impl SealTrust {
    pub(crate) fn read(&self) -> Result<Lists, Failure> {
        lists(self.trust.read()?, self.status_list.as_deref(), &self.statement)
    }
}

/// What seals are judged by, with its files read.
///
/// # Errors
///
/// The first file that cannot be read or understood.
pub(crate) fn lists(
    trust: Trust,
    status_list: Option<&Path>,
    statements: &[PathBuf],
) -> Result<Lists, Failure> {
    let status_list = match status_list {
        Some(path) => Some(yinxin::file::read(path, OBJECT)?),
        None => None,
    };
    let mut read = Vec::new();
    for path in statements {
        let bytes = yinxin::file::read(path, OBJECT)?;
        read.push(RevocationStatement::from_der(&bytes).of(path)?);
    }
    Ok(Lists { trust, status_list, statements: read })
}

pub(crate) fn run(command: &Verify) -> Result<Report, Failure> {
    let (input, kind) = open(&command.file)?;
    verify_document(input, kind, &command.file, &command.trust.read()?)
}

/// Verifies a document of a known kind.
///
/// # Errors
///
/// It cannot be read, or reads in two ways.
pub(crate) fn verify_document(
    mut input: Input,
    kind: Format,
    path: &Path,
    lists: &Lists,
) -> Result<Report, Failure> {
    let report = match kind {
        Format::Ofd => document::verify_ofd(&input.read_all(PACKAGE)?, lists),
        Format::Pdf => document::verify_pdf(input, lists),
    };
    Ok(report.of(path)?.of(path))
}
