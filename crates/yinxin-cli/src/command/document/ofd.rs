//! OFD packages, which are held in memory: they are small, and every part is hashed by itself.

use std::path::Path;

use yinxin::Time;
use yinxin::cms::Format;
use yinxin::file::{Access, Input, Outputs};
use yinxin_seal::es::Seal;
use yinxin_seal::ofd::{self, Limits, Lock, Package, Prepared, SignOptions};
use yinxin_seal::placement::Placement;

use super::revoke::{RevokeSeal, Taken};
use super::{Signer, Signing};
use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report};

/// Largest package in bytes.
pub(super) const PACKAGE: u64 = 256 << 20;

/// Reads a package.
///
/// # Errors
///
/// It is damaged, hostile, or too large.
pub(crate) fn read(mut input: Input) -> Result<Package, Failure> {
    let name = input.name().to_path_buf();
    Package::read(&input.read_all(PACKAGE)?, &Limits::desk()).of(&name)
}

fn options(signing: &Signing, signer: &Signer) -> SignOptions {
    let lock = if signing.lock { Lock::Whole } else { Lock::Open };
    SignOptions::new(signer.time).lock(lock)
}

pub(super) fn seal(
    input: Input,
    seal: Seal,
    placement: &Placement,
    (signing, signer): (&Signing, &Signer),
    report: Report,
    globals: &Globals,
) -> Result<Report, Failure> {
    let name = input.name().to_path_buf();
    let package = read(input)?;
    let options = options(signing, signer);
    let prepared =
        ofd::seal(&package, seal, placement, signer.certificate()?, options).of(&name)?;
    finish(prepared, (signing, signer), report, globals)
}

pub(super) fn sign(
    input: Input,
    format: Format,
    (signing, signer): (&Signing, &Signer),
    report: Report,
    globals: &Globals,
) -> Result<Report, Failure> {
    let name = input.name().to_path_buf();
    let package = read(input)?;
    let options = options(signing, signer);
    let prepared = ofd::sign(&package, signer.certificate()?, format, options).of(&name)?;
    finish(prepared, (signing, signer), report, globals)
}

fn finish(
    prepared: Prepared,
    (signing, signer): (&Signing, &Signer),
    report: Report,
    globals: &Globals,
) -> Result<Report, Failure> {
    if let Some(report) = signing.prepared(prepared.to_sign(), globals)? {
        return Ok(report);
    }
    let out = signing.out()?;
    let answer = signing.answer(signer, prepared.to_sign())?;
    let mut signed = prepared.finish(&answer)?;
    if let Some(token) = signing.timestamp(signed.signature_value())? {
        signed = signed.with_timestamp(&token)?;
    }
    let mut outputs = context::outputs(globals);
    outputs.write(out, Access::Public, &signed.into_bytes()?)?;
    outputs.commit()?;
    Ok(report.out(out))
}

pub(super) fn revoke(
    command: &RevokeSeal,
    input: Input,
    now: Time,
    outputs: &mut Outputs,
) -> Result<Taken, Failure> {
    let package = read(input)?;
    let (number, reason): (usize, &str) = (command.signature, &command.reason);
    let file: &Path = &command.file;
    let restored = match &command.out {
        Some(out) => {
            let restored = ofd::revoke(&package, number, reason, now).of(file)?;
            let bytes = restored.bytes.as_deref().unwrap_or(&[]);
            outputs.write(out, Access::Public, bytes)?;
            restored
        }
        None => ofd::statement(&package, number, reason, now).of(file)?,
    };
    Ok(Taken { signature: restored.signature, revocation: restored.revocation })
}
