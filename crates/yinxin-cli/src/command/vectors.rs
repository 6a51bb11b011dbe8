//! `yinxin vectors`: what another implementation of the protocol is checked against, made anew and
//! the same each time.

mod channel;
mod code;
mod desk;
mod object;
mod request;
mod statement;
mod text;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use yinxin::base64;
use yinxin::file::{Access, Action, FileError};
use yinxin::session::{Refused, Suite};

use crate::args::Globals;
use crate::context;
use crate::output::{Failure, Report};
use desk::Desk;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write test vectors of the session protocol as JSON
    Export(Export),
}

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// The folder they go to
    dir: PathBuf,
}

/// A file of vectors: what all its cases share, and the cases.
struct Vectors {
    name: &'static str,
    about: &'static str,
    shared: Value,
    cases: Vec<Value>,
}

pub(crate) fn run(command: &Command, globals: &Globals) -> Result<Report, Failure> {
    let Command::Export(Export { dir }) = command;
    let desks = Suite::ALL.map(Desk::new);
    let mut files = vec![text::vectors(), code::vectors()];
    for mut desk in desks {
        files.push(request::vectors(&mut desk));
        files.extend(channel::vectors(&mut desk));
        files.push(object::vectors(&mut desk));
        files.push(statement::vectors(&mut desk));
    }
    let failed = |source| FileError::new(Action::Write, dir, source);
    std::fs::create_dir_all(dir).map_err(failed)?;
    let mut outputs = context::outputs(globals);
    let mut count = 0;
    let mut report = Report::done("vectors_written");
    for file in &files {
        let whole = json!({"about": file.about, "shared": file.shared, "cases": file.cases});
        let text = format!("{whole:#}\n");
        let path = dir.join(file.name).with_extension("json");
        outputs.write(&path, Access::Public, text.as_bytes())?;
        count += file.cases.len();
        report = report.out(&path);
    }
    outputs.commit()?;
    Ok(report.show("cases", count.to_string()))
}

fn octets(bytes: impl AsRef<[u8]>) -> Value {
    Value::from(base64::encode_url(bytes.as_ref()))
}

/// `{"ok": …}` or `{"code": …}`.
fn outcome<T>(result: Result<T, Refused>, ok: impl FnOnce(T) -> Value) -> Value {
    match result {
        Ok(value) => json!({"ok": ok(value)}),
        Err(refused) => json!({"code": refused.code.name()}),
    }
}
