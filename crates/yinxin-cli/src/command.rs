//! One file per command of the command line.

use crate::args::{Command, Globals};
use crate::output::{Failure, Report};

pub(crate) mod bid;
pub(crate) mod ca;
pub(crate) mod certificate;
pub(crate) mod cms;
pub(crate) mod csr;
pub(crate) mod document;
pub(crate) mod key;
pub(crate) mod phone;
pub(crate) mod platform;
pub(crate) mod qr;
pub(crate) mod seal;
pub(crate) mod sof_scan;
pub(crate) mod vectors;
pub(crate) mod verify;

/// Runs a command.
///
/// # Errors
///
/// [`Failure`]; nothing was left behind.
pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Key(command) => key::run(command, globals),
        Command::Csr(command) => csr::run(command, globals),
        Command::Ca(command) => ca::run(command, globals),
        Command::Certificate(command) => certificate::run(command, globals),
        Command::Cms(command) => cms::run(command, globals),
        Command::Bid(command) => bid::run(command, globals),
        Command::Seal(command) => seal::run(command, globals),
        Command::Qr(command) => qr::run(command, globals),
        Command::SofScan(command) => sof_scan::run(&command, globals),
        Command::Document(command) => document::run(command, globals),
        Command::Vectors(command) => vectors::run(&command, globals),
        Command::Phone(command) => phone::run(&command, globals),
        Command::Platform(command) => platform::run(&command, globals),
        Command::Verify(command) => verify::run(&command, globals),
    }
}
