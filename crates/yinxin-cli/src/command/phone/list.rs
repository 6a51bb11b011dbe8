//! `yinxin phone list`: what the phone holds, whom it trusts, what it answered.

use clap::Args;
use serde_json::{Value, json};
use yinxin::session::phone::{HistoryEntry, KnownBrowser, Progress};

use super::Place;
use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Report};
use crate::text;

#[derive(Args, Debug)]
pub(super) struct List {}

#[derive(Args, Debug)]
pub(super) struct RevokeBrowser {
    /// Its number in the list
    #[arg(value_name = "N")]
    id: u64,
}

pub(super) fn run(_command: &List, place: &Place, globals: &Globals) -> Result<Report, Failure> {
    let folder = place.folder()?;
    let holdings = folder.holdings(None)?;
    let now = u64::try_from(context::now().unix()).unwrap_or(0);
    let browsers: Vec<KnownBrowser> = folder.memory.browsers.list(now).cloned().collect();
    let mut report = Report::done("phone_listed");
    let mut holders = Vec::new();
    for own in &holdings.certificates {
        let holder = own.signing.holder().to_string();
        report = report.line("holder", holder.clone());
        holders.push(Value::from(holder));
    }
    let mut seals = Vec::new();
    for seal in &holdings.seals {
        report = report.line("seal", format!("{} ({})", seal.name, seal.id));
        seals.push(json!({"id": seal.id, "name": seal.name}));
    }
    let mut hubs = Vec::new();
    for (url, hub) in folder.hubs()? {
        report = report.line("hub", format!("{} {url}", hub.host()));
        hubs.push(json!({"host": hub.host(), "url": url, "listNumber": hub.list_number()}));
    }
    let mut known = Vec::new();
    for browser in &browsers {
        let KnownBrowser { id, origin, class, kind, .. } = browser;
        let class = class.name();
        report = report.line("browser", format!("{id} {origin} {class} {kind}"));
        known.push(json!({
            "id": id, "origin": origin, "class": class, "kind": kind, "since": time(browser.since),
            "used": time(browser.used),
        }));
    }
    let mut history = Vec::new();
    for entry in folder.memory.history.entries() {
        let progress = entry.progress();
        let words = progress_words(progress, globals);
        let scene = entry.scene.name();
        report =
            report.line("answer", format!("{} {} {scene}: {words}", time(entry.at), entry.name));
        history.push(entry_json(entry, progress));
    }
    Ok(report
        .member("holders", Value::Array(holders))
        .member("seals", Value::Array(seals))
        .member("hubs", Value::Array(hubs))
        .member("browsers", Value::Array(known))
        .member("history", Value::Array(history)))
}

/// How far an answer got, in words.
pub(super) fn progress_words(progress: Progress, globals: &Globals) -> String {
    let code = match progress {
        Progress::Accepted => "phone_accepted",
        Progress::Delivered => "phone_delivered",
        Progress::Refused => "phone_refused",
        Progress::Stored => "phone_stored",
        _ => "phone_released",
    };
    text::message(globals.language(), code, &[]).unwrap_or_else(|| code.to_owned())
}

fn entry_json(entry: &HistoryEntry, progress: Progress) -> Value {
    json!({
        "at": time(entry.at),
        "hub": entry.hub,
        "platform": entry.platform,
        "platformName": entry.name,
        "origin": entry.origin,
        "scene": entry.scene.name(),
        "suite": entry.suite.name(),
        "requestDigest": hex(&entry.request.0),
        "answerDigest": hex(&entry.answer.0),
        "progress": progress.name(),
    })
}

pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn time(seconds: u64) -> String {
    yinxin::Time::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX)).to_string()
}

pub(super) fn revoke_browser(command: &RevokeBrowser, place: &Place) -> Result<Report, Failure> {
    let mut folder = place.folder()?;
    if !folder.memory.browsers.revoke(command.id) {
        let words = format!("no browser of number {}; `yinxin phone list` shows them", command.id);
        return Err(Failure::new(Exit::Refused, "phone_no_browser", words));
    }
    folder.store()?;
    Ok(Report::done("phone_browser_revoked"))
}
