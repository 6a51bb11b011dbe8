//! What a platform's page makes of files and answers: prepared before the phone signs, finished
//! with what it signed, and verified before it is written.

use std::path::{Path, PathBuf};

use yinxin::bid::{Partial, read_head};
use yinxin::envelope::ContentKey;
use yinxin::file::{Access, Action, FileError, Input};
use yinxin::session::page::Secrets;
use yinxin::session::wire::{
    Binary, Offer, Payload, Request, ResultForPlatform, RevokeAct, SealAct,
};
use yinxin::session::{Code, Refused};
use yinxin::verify::document::judged;
use yinxin::{Certificate, SigningCertificate, Time};
use yinxin_seal::es::{Seal, SealSignature};
use yinxin_seal::ofd::{self, Limits, OfdError, SignOptions};
use yinxin_seal::pdf::{
    Document, PdfError, SealPrepared, SignatureField, prepare_seal, remove_last_seal,
};
use yinxin_seal::placement::Placement;
use yinxin_seal::report::DocumentReport;
use yinxin_seal::revoke::{Revocation, RevocationStatement, RevokeError};

use super::ask::{self, ONE, Work};
use crate::args::Globals;
use crate::command::document::Kind;
use crate::context;
use crate::output::{Exit, Failure, Of as _, Report};
use crate::trust::Trust;

/// A file that waits for what the phone signs.
#[derive(Debug)]
pub(super) enum Prepared {
    Ofd { prepared: Box<ofd::Prepared>, time: u64 },
    Pdf { prepared: Box<SealPrepared>, so_far: Vec<u8>, time: u64 },
    Revoked { taken: Box<Taken>, time: u64 },
}

/// A seal taken out of a file.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) signature: SealSignature,
    revocation: Revocation,
    restored: Vec<u8>,
}

/// What goes to the phone.
#[derive(Debug)]
pub(super) enum Act {
    Revoke(RevokeAct),
    Seal(SealAct),
}

impl Prepared {
    /// What its structure says of its time.
    pub(super) const fn time(&self) -> u64 {
        match self {
            Self::Ofd { time, .. } | Self::Pdf { time, .. } | Self::Revoked { time, .. } => *time,
        }
    }
}

/// Prepares the file with the seal that was offered.
///
/// # Errors
///
/// The file changed since it was asked for, or cannot be sealed so.
pub(super) fn prepare(
    work: &Work,
    offer: &Offer,
    request: &Request,
) -> Result<(Prepared, Act), Failure> {
    let now = context::now();
    let time = u64::try_from(now.unix()).unwrap_or(0);
    let mismatch = || Failure::from(Refused::from(Code::OfferMismatch));
    match (work, &request.payload) {
        (Work::Seal { file, kind, placement }, Payload::Signature(files)) => {
            let asked = files.first().ok_or_else(mismatch)?;
            let octets = unchanged(file, &asked.digest.0, request)?;
            let seal = Seal::from_der(&offer.seals.first().ok_or_else(mismatch)?.0)?;
            let signer = offer.certificates.first().ok_or_else(mismatch)?;
            let signer = SigningCertificate::new(Certificate::from_der(&signer.0)?)?;
            seal_file(file, *kind, &octets, (seal, &signer, placement), now).map(
                |(prepared, data_hash, property)| {
                    let act = SealAct {
                        placements: asked.placements.clone(),
                        data_hash: Binary(data_hash),
                        property,
                        parts: Vec::new(),
                    };
                    (prepared, Act::Seal(act))
                },
            )
        }
        (
            Work::Revoke { file, kind, number, reason, .. },
            Payload::RevokeSignature { digest, seal, .. },
        ) => {
            unchanged(file, digest, request)?;
            let taken = take_out(file, *kind, *number, reason, now)?;
            let after = taken.revocation.after().ok_or_else(mismatch)?.to_vec();
            let act = RevokeAct {
                signature: u64::try_from(*number).unwrap_or(0),
                seal: seal.clone(),
                signature_digest: Binary(ask::sm3(taken.signature.signature()).as_ref().to_vec()),
                before: Binary(taken.revocation.before().to_vec()),
                after: Binary(after),
                restored: Binary(request.suite.digest().digest(&taken.restored).as_ref().to_vec()),
            };
            let prepared = Prepared::Revoked { taken: Box::new(taken), time };
            Ok((prepared, Act::Revoke(act)))
        }
        _ => Err(mismatch()),
    }
}

/// The file's octets, which have to be those that were asked for.
fn unchanged(file: &Path, digest: &[u8], request: &Request) -> Result<Vec<u8>, Failure> {
    let octets = yinxin::file::read(file, ask::FILE)?;
    if request.suite.digest().digest(&octets).as_ref() == digest {
        Ok(octets)
    } else {
        Err(Refused::from(Code::DigestChanged)).of(file)
    }
}

type Made = (Prepared, Vec<u8>, String);

fn seal_file(
    file: &Path,
    kind: Kind,
    octets: &[u8],
    (seal, signer, placement): (Seal, &SigningCertificate, &Placement),
    now: Time,
) -> Result<Made, Failure> {
    let time = u64::try_from(now.unix()).unwrap_or(0);
    let internal = || Failure::new(Exit::System, "internal", "a seal was to be placed");
    match kind {
        Kind::Ofd => {
            let package = ofd::Package::read(octets, &Limits::desk()).of(file)?;
            let options = SignOptions::new(now);
            let prepared = ofd::seal(&package, seal, placement, signer, options).of(file)?;
            let making = prepared.seal_making().ok_or_else(internal)?;
            let (hash, property) =
                (making.data_hash().as_ref().to_vec(), making.property().to_owned());
            Ok((Prepared::Ofd { prepared: Box::new(prepared), time }, hash, property))
        }
        Kind::Pdf => {
            let document = Document::from_bytes(octets).of(file)?;
            let stamps = document.stamps(placement, seal.size()).of(file)?;
            let field = SignatureField::new().time(now);
            let mut so_far = Vec::new();
            let prepared = prepare_seal(&document, &field, seal, &stamps, signer, now, &mut so_far);
            let prepared = prepared.of(file)?;
            let making = prepared.making();
            let (hash, property) =
                (making.data_hash().as_ref().to_vec(), making.property().to_owned());
            Ok((Prepared::Pdf { prepared: Box::new(prepared), so_far, time }, hash, property))
        }
    }
}

/// Takes a seal out of a file, to see what is left.
///
/// # Errors
///
/// There is none, or others depend on it.
pub(super) fn take_out(
    file: &Path,
    kind: Kind,
    number: usize,
    reason: &str,
    now: Time,
) -> Result<Taken, Failure> {
    let octets = yinxin::file::read(file, ask::FILE)?;
    match kind {
        Kind::Ofd => {
            let package = ofd::Package::read(&octets, &Limits::desk()).of(file)?;
            let restored = ofd::revoke(&package, number, reason, now).of(file)?;
            let (signature, revocation) = (restored.signature, restored.revocation);
            Ok(Taken { signature, revocation, restored: restored.bytes.unwrap_or_default() })
        }
        Kind::Pdf => {
            let document = Document::from_bytes(&octets).of(file)?;
            let mut restored = Vec::new();
            let removed = remove_last_seal(&document, number, reason, now, &mut restored);
            let removed = removed.of(file)?;
            let (signature, revocation) = (removed.signature, removed.revocation);
            Ok(Taken { signature, revocation, restored })
        }
    }
}

/// The number of a file's last signature.
///
/// # Errors
///
/// It cannot be read, or has none.
pub(super) fn last_signature(file: &Path, kind: Kind) -> Result<usize, Failure> {
    let octets = yinxin::file::read(file, ask::FILE)?;
    // Nothing has number 0; the refusal says how many there are.
    let refused = match kind {
        Kind::Ofd => {
            let package = ofd::Package::read(&octets, &Limits::desk()).of(file)?;
            match ofd::revoke(&package, 0, "", context::now()) {
                Err(OfdError::Revoke(error)) => Some(error),
                _ => None,
            }
        }
        Kind::Pdf => {
            let document = Document::from_bytes(&octets).of(file)?;
            match remove_last_seal(&document, 0, "", context::now(), &mut std::io::sink()) {
                Err(PdfError::Revoke(error)) => Some(error),
                _ => None,
            }
        }
    };
    match refused {
        Some(RevokeError::NoSuchSignature { signatures, .. }) if signatures > 0 => Ok(signatures),
        Some(error) => Err(error).of(file),
        None => Err(RevokeError::NotRestorable).of(file),
    }
}

/// Finishes the product, verifies it and writes it.
///
/// # Errors
///
/// It is not what the phone stated, or cannot be written.
pub(super) fn finish(
    work: &Work,
    prepared: Option<Prepared>,
    (result, secrets): (&ResultForPlatform, &Secrets),
    trust: &Trust,
    (out, globals): (Option<&Path>, &Globals),
) -> Result<Report, Failure> {
    let product = || {
        let first = result.products.first().map(|product| &product.value.0[..]);
        first.ok_or_else(|| Failure::from(Refused::from(Code::AnswerBinding)))
    };
    match work {
        Work::Login => Ok(Report::done("platform_login")),
        Work::Sign => put(Report::done("platform_signed"), out, product()?, globals),
        Work::Encrypt => {
            let pem = yinxin::pem::encode("CERTIFICATE", product()?);
            put(Report::done("platform_certificate"), out, pem.as_bytes(), globals)
        }
        Work::Decrypt { file, ready } => open_bid(file, *ready, secrets, (out, globals)),
        Work::Seal { .. } => {
            let octets = sealed(prepared, product()?)?;
            let report = put(Report::done("platform_sealed"), out, &octets, globals)?;
            judge(report, &octets, trust)
        }
        Work::Revoke { statement, .. } => {
            let Some(Prepared::Revoked { taken, .. }) = prepared else {
                return Err(Refused::from(Code::StepOutOfOrder).into());
            };
            revoked(&taken, product()?, trust)?;
            let mut outputs = context::outputs(globals);
            if let Some(path) = statement {
                outputs.write(path, Access::Public, product()?)?;
            }
            let mut report = Report::done("platform_revoked")
                .show("sealId", taken.signature.seal().id())
                .show("sealName", taken.signature.seal().name());
            if let Some(out) = out {
                outputs.write(out, Access::Public, &taken.restored)?;
                report = report.out(out);
            }
            outputs.commit()?;
            Ok(report)
        }
    }
}

fn put(
    report: Report,
    out: Option<&Path>,
    octets: &[u8],
    globals: &Globals,
) -> Result<Report, Failure> {
    let Some(out) = out else { return Ok(report) };
    let mut outputs = context::outputs(globals);
    outputs.write(out, Access::Public, octets)?;
    outputs.commit()?;
    Ok(report.out(out))
}

/// The sealed file: the phone's signature value put where the page left room, over the structure
/// that the page made for itself. It comes out as the phone built it, or not at all.
fn sealed(prepared: Option<Prepared>, product: &[u8]) -> Result<Vec<u8>, Failure> {
    let made = SealSignature::from_der(product)?;
    let other = || Failure::from(Refused::from(Code::AnswerBinding));
    match prepared {
        Some(Prepared::Ofd { prepared, .. }) => {
            let signed = prepared.finish(made.signature())?;
            let same = signed.seal_signature().is_some_and(|own| own.as_der() == product);
            if same { Ok(signed.into_bytes()?) } else { Err(other()) }
        }
        Some(Prepared::Pdf { prepared, mut so_far, .. }) => {
            let signed = prepared.finish(made.signature())?;
            if signed.seal_signature().as_der() != product {
                return Err(other());
            }
            so_far.extend_from_slice(&signed.into_bytes()?);
            Ok(so_far)
        }
        Some(Prepared::Revoked { .. }) | None => Err(Refused::from(Code::StepOutOfOrder).into()),
    }
}

/// Judges the sealed file by its newest signature, as `document verify` does.
fn judge(report: Report, octets: &[u8], trust: &Trust) -> Result<Report, Failure> {
    let check = trust.seal_check();
    let found: DocumentReport = match Kind::of(octets) {
        Some(Kind::Pdf) => yinxin_seal::pdf::verify(&Document::from_bytes(octets)?, &check)?,
        _ => ofd::verify(octets, &Limits::desk(), &check),
    };
    Ok(match found.signatures.last() {
        Some(own) => judged(report, own),
        None => report.code("no_signature").judged(Exit::Refused, "invalid", Vec::new()),
    })
}

/// Whether the phone revoked exactly this use of the seal.
fn revoked(taken: &Taken, product: &[u8], trust: &Trust) -> Result<(), Failure> {
    let statement = RevocationStatement::from_der(product)?;
    let own = statement.revocation();
    let same = statement.is_about(taken.signature.signature())
        && own.before() == taken.revocation.before()
        && own.after() == taken.revocation.after()
        && own.reason == taken.revocation.reason;
    if !same {
        return Err(Refused::from(Code::AnswerBinding).into());
    }
    statement.verify(taken.signature.seal(), &trust.seal_check())?;
    Ok(())
}

/// Opens the bid with the content keys that the phone released.
fn open_bid(
    file: &Path,
    ready: bool,
    secrets: &Secrets,
    (out, globals): (Option<&Path>, &Globals),
) -> Result<Report, Failure> {
    let failed = |error| crate::command::bid::failure(error, file);
    let mut input = Input::open(file)?;
    let opened = read_head(&mut input).map_err(failed)?;
    let keys: Vec<(&str, ContentKey)> = secrets.of(ONE).collect();
    let borrowed = keys.iter().map(|(name, key)| (*name, key));
    let content = opened.envelope().take_keys(borrowed).of(file)?;
    if ready {
        return Ok(Report::done("bid_ready").of(file));
    }
    let Some(out) = out else { return Ok(Report::done("platform_keys").of(file)) };
    let write = |source| FileError::new(Action::Write, out, source);
    let header = opened.envelope().header().clone();
    std::fs::create_dir_all(out).map_err(write)?;
    let mut partial = Partial::begin(out, opened.envelope(), false).map_err(write)?;
    let job = crate::command::bid::job(&|_| {});
    if let Err(error) = opened.open_all(&content, &mut partial, job, &mut None) {
        partial.discard().map_err(write)?;
        return Err(failed(error));
    }
    let finished = partial.finish(&header, globals.force).map_err(write)?;
    let mut report = Report::done("bid_decrypted").of(file);
    let mut parts: Vec<PathBuf> = Vec::new();
    for part in finished {
        report = report.line("part", part.path.display().to_string());
        parts.push(part.path);
    }
    let parts: Vec<String> = parts.iter().map(|path| path.display().to_string()).collect();
    Ok(report.member("parts", parts.into()).fact("out", out.display().to_string()))
}
