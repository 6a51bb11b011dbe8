//! `yinxin phone export`: an answer with its receipts in one file, which `yinxin verify` checks
//! without a hub: what a bidder shows when somebody says that nothing came in time.

use std::path::PathBuf;

use clap::Args;
use yinxin::file::Access;
use yinxin::session::{Code, Refused};
use yinxin::verify::history;

use super::Place;
use super::list::hex;
use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Report};

#[derive(Args, Debug)]
pub(super) struct Export {
    /// Which answer: its request's digest, as `yinxin phone list` has it (else the last)
    #[arg(long, value_name = "HEX")]
    request: Option<String>,
    /// Where it goes
    #[arg(long, value_name = "F")]
    out: PathBuf,
}

pub(super) fn run(command: &Export, place: &Place, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let folder = place.folder()?;
    let mut entries = folder.memory.history.entries().iter().rev();
    let entry = match &command.request {
        Some(wanted) => entries.find(|entry| hex(&entry.request.0) == *wanted),
        None => entries.next(),
    };
    let missing = || {
        let words = "no such answer; `yinxin --json phone list` shows them";
        Failure::new(Exit::Refused, "phone_no_answer", words)
    };
    let entry = entry.ok_or_else(missing)?;
    let mut hubs = folder.hubs()?.into_iter();
    let (_, hub) = hubs
        .find(|(_, hub)| hub.host() == entry.hub)
        .ok_or_else(|| Refused::from(Code::HubUnknown))?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, &history::bundle(entry, &hub)?)?;
    outputs.commit()?;
    Ok(Report::done("phone_exported").out(&command.out))
}
