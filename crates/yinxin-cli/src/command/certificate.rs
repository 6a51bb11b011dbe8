//! `yinxin certificate`: what a person asks of a certificate, and whether it is trusted.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use yinxin::Purpose;
use yinxin::verify::certificate::{self, describe};

use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Of as _, Report};
use crate::trust::{self, TrustOptions};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show holder, issuer, dates, usage and thumbprints
    Show(Show),
    /// Check a certificate against what is trusted (RFC 5280)
    Verify(Verify),
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Certificates, PEM or DER
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// The certificate; others in its file may lie between
    leaf: PathBuf,
    /// What it is to be used for
    #[arg(long, value_enum, default_value = "any")]
    purpose: PurposeName,
    /// DNS name the certificate has to be for
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    #[command(flatten)]
    trust: TrustOptions,
}

/// Purposes by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PurposeName {
    Any,
    Sign,
    Encrypt,
    Seal,
    Platform,
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::Any => Self::Any,
            PurposeName::Sign => Self::Sign,
            PurposeName::Encrypt => Self::Encrypt,
            PurposeName::Seal => Self::Seal,
            PurposeName::Platform => Self::Platform,
        }
    }
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Show(command) => Ok(show(&command, globals)),
        Command::Verify(command) => {
            let trust = command.trust.read()?;
            let name = command.server_name.as_deref();
            let bytes = trust::read(&command.leaf)?;
            certificate::verify(&bytes, &trust, command.purpose.into(), name).of(&command.leaf)
        }
    }
}

fn show(command: &Show, globals: &Globals) -> Report {
    let mut reports = Vec::new();
    for path in &command.files {
        match trust::certificates(path) {
            Ok(certificates) => {
                reports.extend(certificates.iter().map(|one| {
                    describe(Report::done("certificate_shown"), one, context::now()).of(path)
                }));
            }
            Err(failure) => reports.push(failure.into()),
        }
    }
    Report::several(reports, &globals.speaker())
}
