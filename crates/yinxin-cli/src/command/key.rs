//! `yinxin key`: private keys in files.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;
use yinxin::file::{self, Access};
use yinxin::key::enveloped;
use yinxin::{Curve, KeyFileKind, PrivateKey};

use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report, Warning};
use crate::secret::{NewPassword, Passwords};
use crate::trust;

pub(crate) mod ring;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a new key
    Generate(Generate),
    /// Show what a key file holds, without its secret
    Show(Show),
    /// Read a key of any kind (.p12, .sm2, .pem) and write it as PKCS#8
    Import(Import),
    /// Open the encryption key that the CA delivered
    Install(Install),
    /// All decryption keys of a holder, old ones too
    #[command(subcommand)]
    Ring(ring::Command),
}

/// Key algorithm.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Algorithm {
    Sm2,
    P256,
}

impl From<Algorithm> for Curve {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sm2 => Self::Sm2,
            Algorithm::P256 => Self::P256,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Generate {
    /// Algorithm of the key
    #[arg(long, value_enum)]
    algorithm: Algorithm,
    /// Where the key goes (PKCS#8, PEM)
    #[arg(long, value_name = "KEY.pem")]
    out: PathBuf,
    #[command(flatten)]
    password: NewPassword,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Key file
    key: PathBuf,
    #[command(flatten)]
    passwords: Passwords,
}

#[derive(Args, Debug)]
pub(crate) struct Import {
    /// Key file of any kind
    file: PathBuf,
    /// Where the key goes (PKCS#8, PEM)
    #[arg(long, value_name = "KEY.pem")]
    out: PathBuf,
    /// Where the key's certificate goes (PEM)
    #[arg(long, value_name = "C.pem")]
    certificate_out: Option<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    password: NewPassword,
}

#[derive(Args, Debug)]
pub(crate) struct Install {
    /// What the CA delivered
    #[arg(long, value_name = "FILE")]
    envelope: PathBuf,
    /// The signing key it was made for
    #[arg(long, value_name = "KEY.pem")]
    key: PathBuf,
    /// The encryption certificate, to check that the key is its own
    #[arg(long, value_name = "C.pem")]
    certificate: Option<PathBuf>,
    /// Where the encryption key goes (PKCS#8, PEM)
    #[arg(long, value_name = "ENC.pem")]
    out: PathBuf,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    password: NewPassword,
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Generate(command) => generate(&command, globals),
        Command::Show(command) => show(&command),
        Command::Import(command) => import(&command, globals),
        Command::Install(command) => install(&command, globals),
        Command::Ring(command) => ring::run(command, globals),
    }
}

fn generate(command: &Generate, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let mut outputs = context::outputs(globals);
    outputs.create(&command.out, Access::Private)?;
    drop(outputs); // an output that exists is refused before a password is asked
    let key = PrivateKey::generate(command.algorithm.into(), &mut context::random()?);
    let text = command.password.protect(&key)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Private, text.as_bytes())?;
    outputs.commit()?;
    Ok(describe(Report::done("key_generated"), &key).out(&command.out))
}

fn show(command: &Show) -> Result<Report, Failure> {
    let file = command.passwords.open(&command.key)?;
    let mut report = describe(Report::done("key_shown"), &file.key).of(&command.key);
    report = report.show("kind", file.kind.name());
    let plain = matches!(file.kind, KeyFileKind::Pkcs8 | KeyFileKind::Sec1);
    report = report.member("protected", Value::Bool(!plain));
    if plain {
        report = report.warn(Warning::new("key_not_protected", Vec::new()));
    }
    for certificate in &file.certificates {
        report = report.line("certificate", certificate.subject().to_string());
    }
    let subjects = file.certificates.iter().map(|c| Value::from(c.subject().to_string()));
    Ok(report.member("certificates", Value::Array(subjects.collect())))
}

fn import(command: &Import, globals: &Globals) -> Result<Report, Failure> {
    let wanted = command.certificate_out.as_deref();
    let paths: Vec<_> = std::iter::once(command.out.as_path()).chain(wanted).collect();
    context::check_output(globals, &paths)?;
    let file = command.passwords.open(&command.file)?;
    let own = file.certificates.iter().find(|c| c.public_key() == file.key.public());
    let text = command.password.protect(&file.key)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Private, text.as_bytes())?;
    let mut report = describe(Report::done("key_imported"), &file.key).out(&command.out);
    if let Some(path) = wanted {
        let Some(certificate) = own else {
            let words = "the file holds no certificate of this key; leave `--certificate-out` out";
            return Err(Failure::new(crate::output::Exit::Refused, "certificate_missing", words)
                .of(&command.file));
        };
        let pem = yinxin::pem::encode("CERTIFICATE", certificate.as_der());
        outputs.write(path, Access::Public, pem.as_bytes())?;
        report = report.show("certificateOut", path.display().to_string());
    }
    outputs.commit()?;
    if file.kind == KeyFileKind::CfcaSm2 {
        report = report.warn(Warning::new("weak_protection", Vec::new()));
    }
    Ok(report.show("kind", file.kind.name()))
}

fn install(command: &Install, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let envelope =
        trust::decode(&file::read(&command.envelope, 1 << 20)?, "").of(&command.envelope)?;
    let expected = match &command.certificate {
        Some(path) => Some(trust::certificate(path)?.public_key().clone()),
        None => None,
    };
    let signing = command.passwords.open(&command.key)?.key.into_signing();
    let key = enveloped::open(&envelope, &signing, expected.as_ref()).of(&command.envelope)?;
    let text = command.password.protect(key.as_private())?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Private, text.as_bytes())?;
    outputs.commit()?;
    Ok(describe(Report::done("key_installed"), key.as_private()).out(&command.out))
}

fn describe(report: Report, key: &PrivateKey) -> Report {
    report
        .show("algorithm", key.public().algorithm_name())
        .show("keyId", key.public().id().to_string())
}
