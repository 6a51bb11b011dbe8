//! `yinxin cms`: messages signed, verified, encrypted and decrypted.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use crate::args::Globals;
use crate::output::{Failure, Report};

mod decrypt;
mod encrypt;
mod sign;
mod verify;

pub(crate) use verify::verify_input;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign a file (SignedData)
    Sign(sign::Sign),
    /// Verify a signed message
    Verify(verify::Verify),
    /// Encrypt a file to certificates (EnvelopedData, AuthEnvelopedData)
    Encrypt(encrypt::Encrypt),
    /// Decrypt a message
    Decrypt(decrypt::Decrypt),
}

/// Family of identifiers and shapes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FormatName {
    /// GM/T 0010, GB/T 35275
    Gm,
    /// RFC 5652
    Rfc5652,
}

impl From<FormatName> for yinxin::cms::Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Gm => Self::Gm,
            FormatName::Rfc5652 => Self::Rfc5652,
        }
    }
}

/// The format asked for, else that of the curve.
pub(crate) fn format_of(
    name: Option<FormatName>,
    curve: Option<yinxin::Curve>,
) -> yinxin::cms::Format {
    match (name, curve) {
        (Some(name), _) => name.into(),
        (None, Some(yinxin::Curve::Sm2)) => yinxin::cms::Format::Gm,
        (None, _) => yinxin::cms::Format::Rfc5652,
    }
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Sign(command) => sign::run(&command, globals),
        Command::Verify(command) => verify::run(&command, globals),
        Command::Encrypt(command) => encrypt::run(&command, globals),
        Command::Decrypt(command) => decrypt::run(&command, globals),
    }
}

/// The paths among them that are given.
fn given<'a>(paths: &[Option<&'a PathBuf>]) -> Vec<&'a Path> {
    paths.iter().flatten().map(|path| path.as_path()).collect()
}
