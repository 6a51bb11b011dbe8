//! `yinxin seal`: seal pictures and electronic seals.

pub(crate) mod draw;
mod extract;
mod make;
pub(crate) mod show;

use clap::Subcommand;

use crate::args::Globals;
use crate::output::{Failure, Report};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Draw a seal from a template
    Draw(draw::Draw),
    /// Take the red seal out of a scan
    Extract(extract::Extract),
    /// Make an electronic seal (GB/T 38540)
    Make(make::Make),
    /// Show what a seal says
    Show(show::Show),
    /// Check a seal against what is trusted
    Verify(show::Verify),
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    match command {
        Command::Draw(command) => draw::run(&command, globals),
        Command::Extract(command) => extract::run(&command, globals),
        Command::Make(command) => make::run(&command, globals),
        Command::Show(command) => show::show(&command, globals),
        Command::Verify(command) => show::verify(&command),
    }
}
