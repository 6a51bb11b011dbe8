//! `yinxin seal show` and `yinxin seal verify`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use yinxin_seal::es::Seal;

use crate::args::Globals;
use crate::command::document::verify::{Lists, SealTrust, judged, signature};
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
    let seal = read(&command.file)?;
    Ok(describe(Report::done("seal_shown").of(&command.file), &seal))
}

pub(crate) fn verify(command: &Verify) -> Result<Report, Failure> {
    let seal = read(&command.file)?;
    let lists = command.trust.read()?;
    verify_seal(&seal, &command.file, &lists)
}

/// Judges a seal that stands alone.
///
/// # Errors
///
/// A list or statement that was given cannot be believed.
pub(crate) fn verify_seal(seal: &Seal, path: &Path, lists: &Lists) -> Result<Report, Failure> {
    let found = lists.with_check(|check| seal.verify(check))?;
    let report = describe(Report::done("valid").of(path), seal)
        .member("kind", Value::from("seal"))
        .member("seal", signature(&found));
    Ok(judged(report, &found))
}

/// What a seal says.
pub(crate) fn describe(report: Report, seal: &Seal) -> Report {
    let (from, until) = seal.window();
    let picture = seal.picture();
    let maker = seal.maker().map(|maker| maker.subject().to_string()).unwrap_or_default();
    report
        .show("sealId", seal.id())
        .show("sealName", seal.name())
        .line("version", seal.version().number().to_string())
        .member("version", json!(seal.version().number()))
        .member("type", json!(seal.kind()))
        .show("vendor", seal.vendor())
        .show("madeAt", seal.created().to_string())
        .show("notBefore", from.to_string())
        .show("notAfter", until.to_string())
        .line("picture", format!("{} {} x {} mm", picture.kind, picture.width, picture.height))
        .member(
            "picture",
            json!({
                "format": picture.kind,
                "widthMm": picture.width.to_f64(),
                "heightMm": picture.height.to_f64(),
                "bytes": picture.data.len(),
            }),
        )
        .member("holders", json!(seal.holders().len()))
        .show("maker", maker)
}
