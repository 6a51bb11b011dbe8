//! `yinxin cms decrypt`: the file gets its name only when the check has passed.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use yinxin::cms::{CertificateId, EnvelopedKind, RecipientInfo, SignedData};
use yinxin::file::{Access, Input};
use yinxin::key::ring::RingEntry;
use yinxin::verify::message::{SignerSource, judge_all};
use yinxin::{Certificate, DecryptionKey, message};

use super::sign::flush;
use super::verify::unarmour;
use crate::args::Globals;
use crate::command::key::ring;
use crate::context;
use crate::output::{Failure, Of as _, Report, Warning};
use crate::progress::Bar;
use crate::secret::Passwords;
use crate::trust::{self, TrustOptions};

#[derive(Args, Debug)]
pub(crate) struct Decrypt {
    /// The encrypted message
    file: PathBuf,
    /// Decryption key
    #[arg(long, value_name = "KEY.pem")]
    key: Vec<PathBuf>,
    /// Folder of a key ring; its keys are all tried
    #[arg(long, value_name = "DIR")]
    ring: Option<PathBuf>,
    /// File with the ring's PIN (else the terminal)
    #[arg(long, value_name = "FILE", requires = "ring")]
    pin_file: Option<PathBuf>,
    /// Certificate of one of the keys; pairs with it by its public key
    #[arg(long, value_name = "C.pem")]
    certificate: Vec<PathBuf>,
    /// Where the content goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    trust: TrustOptions,
}

pub(super) fn run(command: &Decrypt, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let trust = command.trust.read()?;
    let mut outputs = context::outputs(globals);
    outputs.create(&command.out, Access::Private)?;
    let mut keys = Vec::new();
    for path in &command.key {
        keys.push(command.passwords.open(path)?.key.into_decryption());
    }
    let mut certificates = Vec::new();
    for path in &command.certificate {
        certificates.extend(trust::certificates(path)?);
    }
    let ring = match &command.ring {
        Some(folder) => Some(ring::open(folder, command.pin_file.as_deref())?),
        None => None,
    };
    let entries = || ring.iter().flat_map(|ring| ring.entries());
    certificates.extend(entries().filter_map(|entry| entry.certificate().cloned()));
    let keys: Vec<&DecryptionKey> = keys.iter().chain(entries().map(RingEntry::key)).collect();
    if keys.is_empty() && ring.is_none() {
        return Err(ring::none_given());
    }
    let mut input = unarmour(Input::open(&command.file)?)?;
    let enveloped = message::read_enveloped(&mut input).of(&command.file)?;
    let cipher = enveloped.cipher();
    let signed_too = enveloped.kind() == EnvelopedKind::SignedAndEnvelopedData;
    let recipients = enveloped.recipient_count();
    let mut report = Report::done("message_decrypted")
        .show("cipher", cipher.name())
        .member("recipients", Value::from(recipients));
    report = report.warn_all(
        enveloped
            .recipients()
            .iter()
            .filter(|info| keys.iter().any(|key| is_mine(&certificates, info, key)))
            .flat_map(|info| info.oddities().iter().copied().map(Warning::deviation)),
    );
    let mut bar = Bar::new(globals, input.length());
    let mut target = std::io::BufWriter::with_capacity(64 << 10, outputs.get(&command.out)?);
    let decrypted = message::decrypt(
        enveloped,
        &keys,
        |info, key| is_mine(&certificates, info, key),
        &mut input,
        &mut target,
        &mut |done| bar.update(done),
    )
    .of(&command.file)?;
    drop(bar);
    flush(target, &command.out)?;
    report = report
        .warn_all(decrypted.oddities.iter().copied().map(Warning::deviation))
        .member("authenticated", Value::Bool(decrypted.authenticated));
    if !decrypted.authenticated {
        report = report.warn(Warning::new("unauthenticated", Vec::new()));
    }
    if signed_too && let Some(signed) = &decrypted.signed {
        let (judged, passed) = check_signatures(report, signed, command, &trust, &mut outputs)?;
        report = judged.of(&command.file);
        if !passed {
            return Ok(report);
        }
    }
    outputs.commit()?;
    Ok(report.out(&command.out))
}

/// Whether a recipient is the certificate of a key given, or names the key itself.
fn is_mine(certificates: &[Certificate], info: &RecipientInfo, key: &DecryptionKey) -> bool {
    if info.names_key(&key.public().id()) {
        return true;
    }
    certificates.iter().filter(|c| c.public_key() == key.public()).any(|c| {
        match info.certificate_id() {
            CertificateId::IssuerAndSerial { issuer, serial } => {
                c.issuer().as_der() == issuer && c.serial().octets() == serial
            }
            CertificateId::KeyIdentifier(id) => c.subject_key_identifier() == Some(id),
            _ => false,
        }
    })
}

/// The signatures of a SignedAndEnvelopedData are over what was just decrypted.
fn check_signatures(
    report: Report,
    signed: &SignedData,
    command: &Decrypt,
    trust: &trust::Trust,
    outputs: &mut yinxin::file::Outputs,
) -> Result<(Report, bool), Failure> {
    use std::io::Seek as _;
    let file = outputs.get(&command.out)?;
    let mut content = file.try_clone().map_err(message::MessageError::from)?;
    content.rewind().map_err(message::MessageError::from)?;
    let source = SignerSource::Plain(&mut content);
    judge_all(report, signed, source, trust)
}
