//! `yinxin document revoke-seal`: the last seal out of a file, and a signed statement.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use yinxin::SigningCertificate;
use yinxin::file::{Access, Action, FileError, Outputs};
use yinxin_seal::es::SealSignature;
use yinxin_seal::pdf::{Document, remove_last_seal, seal_statement};
use yinxin_seal::revoke::Revocation;

use super::{Kind, open};
use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report};
use crate::secret::Passwords;
use crate::trust;

#[derive(Args, Debug)]
pub(crate) struct RevokeSeal {
    /// The file: OFD or PDF
    pub(super) file: PathBuf,
    /// Which signature, from 1
    #[arg(long, value_name = "N")]
    pub(super) signature: usize,
    /// The signing key of a holder of the seal
    #[arg(long, value_name = "KEY.pem")]
    key: PathBuf,
    /// Its certificate, which the seal names
    #[arg(long, value_name = "C.pem")]
    certificate: PathBuf,
    /// Why
    #[arg(long, value_name = "R")]
    pub(super) reason: String,
    /// Where the file as it was before goes
    #[arg(long, value_name = "F", required_unless_present = "statement_only")]
    pub(super) out: Option<PathBuf>,
    /// Where the signed statement goes
    #[arg(long, value_name = "S")]
    statement: PathBuf,
    /// Leave the file as it is, where others have signed after the seal
    #[arg(long, conflicts_with = "out")]
    statement_only: bool,
    #[command(flatten)]
    passwords: Passwords,
}

/// What was taken out, and what is to be signed about it.
pub(super) struct Taken {
    pub(super) signature: SealSignature,
    pub(super) revocation: Revocation,
}

pub(crate) fn run(command: &RevokeSeal, globals: &Globals) -> Result<Report, Failure> {
    let certificate = trust::certificate(&command.certificate)?;
    let certificate = SigningCertificate::new(certificate).of(&command.certificate)?;
    let key = command.passwords.open(&command.key)?.key.into_signing();
    let now = context::now();
    let (input, kind) = open(&command.file)?;
    let mut outputs = context::outputs(globals);
    let taken = match kind {
        Kind::Ofd => super::ofd::revoke(command, input, now, &mut outputs)?,
        Kind::Pdf => {
            let document = Document::read(input).of(&command.file)?;
            pdf(command, &document, now, &mut outputs)?
        }
    };
    let seal = taken.signature.seal();
    let draft = taken.revocation.prepare(seal, &certificate).of(&command.certificate)?;
    let answer = key.sign(draft.to_sign(), &mut context::random()?).of(&command.key)?;
    let statement = draft.finish(&answer).of(&command.key)?;
    outputs.write(&command.statement, Access::Public, &statement)?;
    outputs.commit()?;
    let mut report = Report::done("seal_revoked")
        .show("sealId", seal.id())
        .show("sealName", seal.name())
        .fact("statement", command.statement.display().to_string());
    if let Some(out) = &command.out {
        report = report.out(out);
    }
    Ok(report)
}

fn pdf(
    command: &RevokeSeal,
    document: &Document<'_>,
    now: yinxin::Time,
    outputs: &mut Outputs,
) -> Result<Taken, Failure> {
    let (number, reason) = (command.signature, &command.reason);
    let removed = match &command.out {
        Some(out) => {
            let file = outputs.create(out, Access::Public)?;
            let mut sink = BufWriter::with_capacity(64 << 10, file);
            let removed = remove_last_seal(document, number, reason, now, &mut sink);
            let removed = removed.of(&command.file)?;
            sink.flush().map_err(|source| FileError::new(Action::Write, out, source))?;
            removed
        }
        None => seal_statement(document, number, reason, now).of(&command.file)?,
    };
    Ok(Taken { signature: removed.signature, revocation: removed.revocation })
}
