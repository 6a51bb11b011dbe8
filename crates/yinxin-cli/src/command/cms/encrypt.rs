//! `yinxin cms encrypt`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;
use yinxin::Curve;
use yinxin::EncryptionCertificate;
use yinxin::cipher::Cipher;
use yinxin::cms::Recipient;
use yinxin::file::{Access, Input};
use yinxin::message;

use super::sign::flush;
use super::{FormatName, format_of};
use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report, Warning};
use crate::progress::Bar;
use crate::trust;

#[derive(Args, Debug)]
pub(crate) struct Encrypt {
    /// The file to encrypt
    file: PathBuf,
    /// Encryption certificate of somebody who is to read it
    #[arg(long, required = true, value_name = "CERT")]
    to: Vec<PathBuf>,
    /// Cipher (sm4-gcm to SM2, aes-128-gcm to P-256); CBC detects no change
    #[arg(long, value_enum)]
    cipher: Option<CipherName>,
    /// Family of identifiers (gm for SM2, rfc5652 for P-256)
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Where the message goes (DER)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Ciphers by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum CipherName {
    #[value(name = "sm4-gcm")]
    Sm4Gcm,
    #[value(name = "sm4-cbc")]
    Sm4Cbc,
    #[value(name = "aes-128-gcm")]
    Aes128Gcm,
    #[value(name = "aes-256-cbc")]
    Aes256Cbc,
}

impl From<CipherName> for Cipher {
    fn from(name: CipherName) -> Self {
        match name {
            CipherName::Sm4Gcm => Self::Sm4Gcm,
            CipherName::Sm4Cbc => Self::Sm4Cbc,
            CipherName::Aes128Gcm => Self::Aes128Gcm,
            CipherName::Aes256Cbc => Self::Aes256Cbc,
        }
    }
}

pub(super) fn run(command: &Encrypt, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let mut recipients = Vec::new();
    let mut subjects = Vec::new();
    let mut curve = None;
    let mut report = Report::done("message_encrypted");
    for path in &command.to {
        let certificate = EncryptionCertificate::new(trust::certificate(path)?).of(path)?;
        curve = curve.or_else(|| Some(certificate.curve()));
        if !certificate.validity().contains(context::now()) {
            let fact = yinxin::Fact::text("subject", certificate.subject().to_string());
            report = report.warn(Warning::new("recipient_not_valid_now", vec![fact]));
        }
        recipients.push(Recipient::certificate(&certificate));
        subjects.push(certificate.subject().to_string());
    }
    let cipher = match (command.cipher, curve) {
        (Some(name), _) => name.into(),
        (None, Some(Curve::P256)) => Cipher::Aes128Gcm,
        (None, _) => Cipher::Sm4Gcm,
    };
    let format = format_of(command.format, curve);
    let mut outputs = context::outputs(globals);
    let target = outputs.create(&command.out, Access::Public)?;
    let mut target = std::io::BufWriter::with_capacity(64 << 10, target);
    let mut input = Input::open(&command.file)?;
    let length = input.length();
    let mut bar = Bar::new(globals, length);
    let mut rng = context::random()?;
    message::encrypt(
        format,
        cipher,
        &recipients,
        &mut input,
        Some(length),
        &mut target,
        &mut rng,
        &mut |done| bar.update(done),
    )
    .of(&command.file)?;
    drop(bar);
    flush(target, &command.out)?;
    outputs.commit()?;
    if !cipher.is_authenticated() {
        report = report.warn(Warning::new("unauthenticated", Vec::new()));
    }
    for subject in &subjects {
        report = report.line("recipient", subject.clone());
    }
    Ok(report.member("recipients", json!(subjects)).show("cipher", cipher.name()).out(&command.out))
}
