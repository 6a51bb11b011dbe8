//! `yinxin ca status-list`: the signed list of the states of seals.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use yinxin::Time;
use yinxin::file::Access;
use yinxin_ca::Role;
use yinxin_seal::status::{SealState, SealStatus, StatusList};

use super::load;
use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Report};

#[derive(Args, Debug)]
pub(crate) struct SealStatusList {
    /// Folder of the authority
    #[arg(long, value_name = "CA")]
    dir: PathBuf,
    /// A seal's number and its state: active, cancelled, replaced or suspended
    #[arg(long, value_name = "ID=STATE", value_parser = parse_entry)]
    seal: Vec<(String, SealState)>,
    /// Where the list goes (DER)
    #[arg(long, value_name = "F")]
    out: PathBuf,
}

fn parse_entry(text: &str) -> Result<(String, SealState), String> {
    let wrong = || "written as ID=active, ID=cancelled, ID=replaced or ID=suspended".to_owned();
    let (id, state) = text.rsplit_once('=').filter(|(id, _)| !id.is_empty()).ok_or_else(wrong)?;
    Ok((id.to_owned(), SealState::parse(state).ok_or_else(wrong)?))
}

/// Made by the authority's seal maker, good for a day. Numbers are seconds, so that they rise.
pub(super) fn run(command: &SealStatusList, globals: &Globals) -> Result<Report, Failure> {
    context::check_output(globals, &[&command.out])?;
    let authority = load(&command.dir)?;
    let maker = authority.member(Role::SealMaker);
    let now = context::now();
    let entry = |(id, state): &(String, SealState)| SealStatus {
        id: id.clone(),
        state: *state,
        since: now,
        reason: String::new(),
    };
    let seals = command.seal.iter().map(entry).collect();
    let number = u64::try_from(now.unix()).unwrap_or(0);
    let list = StatusList::new(number, now, now.plus(Time::DAY), seals);
    let draft = list.prepare(maker.certificate())?;
    let answer = maker.key().sign(draft.to_sign(), &mut context::random()?)?;
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, &draft.finish(&answer)?)?;
    outputs.commit()?;
    Ok(Report::done("status_list_written").member("number", Value::from(number)).out(&command.out))
}
