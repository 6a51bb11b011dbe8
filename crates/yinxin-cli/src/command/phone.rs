//! `yinxin phone`: a phone without a phone. What it holds and remembers lies in its folder.

mod export;
mod folder;
mod hold;
mod list;
mod scan;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::Globals;
use crate::output::{Failure, Report};

#[derive(Args, Debug)]
pub(crate) struct Phone {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Which phone, and which hub it asks.
#[derive(Args, Debug)]
struct Place {
    /// The hub's address, for instance http://127.0.0.1:7300 (else the pinned one)
    #[arg(long, value_name = "URL", global = true)]
    hub: Option<String>,
    /// The phone's folder: where its key ring lies, its certificates, seals, pinned hubs, memory
    #[arg(long, value_name = "DIR", global = true)]
    ring: Option<PathBuf>,
    /// File with the PIN of ring and signing keys (else the terminal)
    #[arg(long, value_name = "FILE", global = true)]
    pin_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Give the phone a holder's certificates, signing key and encryption key
    Add(hold::Add),
    /// Give the phone an electronic seal
    AddSeal(hold::AddSeal),
    /// Pin a hub: the phone talks to no other
    PinHub(hold::PinHub),
    /// Change the PIN of ring and signing keys; no browser is trusted any more
    ChangePin(hold::ChangePin),
    /// Scan a code and answer
    Scan(scan::Scan),
    /// Send an answer again that the hub may not have: the same octets
    Resend(scan::Resend),
    /// Show what the phone holds, whom it trusts and what it answered
    List(list::List),
    /// Write an answer with its receipts, for `yinxin verify` without a hub
    Export(export::Export),
    /// Trust a browser no more
    RevokeBrowser(list::RevokeBrowser),
}

impl Place {
    fn folder(&self) -> Result<folder::Folder, Failure> {
        let path = self.ring.as_deref().ok_or_else(|| {
            let words =
                "say where the phone's folder is: `--ring DIR`; `yinxin key ring init` makes one";
            Failure::usage("ring_needed", words)
        })?;
        folder::Folder::open(path)
    }
}

pub(crate) fn run(phone: &Phone, globals: &Globals) -> Result<Report, Failure> {
    let place = &phone.place;
    match &phone.command {
        Command::Add(command) => hold::add(command, place),
        Command::AddSeal(command) => hold::add_seal(command, place),
        Command::PinHub(command) => hold::pin_hub(command, place),
        Command::ChangePin(command) => hold::change_pin(command, place),
        Command::Scan(command) => scan::run(command, place, globals),
        Command::Resend(command) => scan::resend(command, place),
        Command::List(command) => list::run(command, place, globals),
        Command::Export(command) => export::run(command, place, globals),
        Command::RevokeBrowser(command) => list::revoke_browser(command, place),
    }
}
