//! `yinxin seal`: seal pictures and electronic seals.

mod draw;
mod extract;

use clap::Subcommand;

use crate::args::Globals;
use crate::output::{Failure, Report};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Draw a seal from a template
    Draw(draw::Draw),
    /// Take the red seal out of a scan
    Extract(extract::Extract),
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Draw(command) => draw::run(&command, globals),
        Command::Extract(command) => extract::run(&command, globals),
    }
}
