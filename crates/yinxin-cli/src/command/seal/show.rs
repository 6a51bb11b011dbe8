//! `yinxin seal show` and `yinxin seal verify`.

use std::path::{Path, PathBuf};

use clap::Args;
use yinxin::verify::seal;
use yinxin_seal::es::Seal;

use crate::args::Globals;
use crate::command::document::verify::SealTrust;
use crate::output::{Failure, Of as _, Report};

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The seal
    file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The seal
    file: PathBuf,
    #[command(flatten)]
    trust: SealTrust,
}

/// Largest seal in bytes.
const SEAL: u64 = 16 << 20;

/// Reads a seal file.
///
/// # Errors
///
/// It cannot be read, or is no seal.
pub(crate) fn read(path: &Path) -> Result<Seal, Failure> {
    Seal::from_der(&yinxin::file::read(path, SEAL)?).of(path)
}

pub(crate) fn show(command: &Show, _: &Globals) -> Result<Report, Failure> {
    let found = read(&command.file)?;
    Ok(seal::describe(Report::done("seal_shown").of(&command.file), &found))
}

pub(crate) fn verify(command: &Verify) -> Result<Report, Failure> {
    let found = read(&command.file)?;
    let lists = command.trust.read()?;
    Ok(seal::verify_seal(&found, &lists).of(&command.file)?.of(&command.file))
}
