//! `yinxin sof-scan`: what a site calls of `SOF_`, and what has to change for phones.
//!
//! ```text
//! DIR ── walk ──▶ files ── text ──▶ characters ── names ──▶ mentions ── table ──▶ class, change
//! ```

mod names;
mod table;
mod text;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};
use yinxin::Fact;

use crate::args::{Globals, Language};
use crate::output::{Exit, Failure, Report, Warning};

use names::{Mark, Mention, Use};
use table::{Class, Entry, Table};
use walk::{Skipped, Why};

/// Scan a site.
#[derive(Args, Debug)]
pub(crate) struct SofScan {
    /// Folder with the site's source
    dir: PathBuf,
}

/// Mentions in one site. A site has some hundred; a folder with more is not one site.
const MENTIONS: usize = 200_000;
/// A script that defines so many functions of a plug-in is the plug-in's own.
const PLUG_IN: usize = 5;

pub(crate) fn run(command: &SofScan, globals: &Globals) -> Result<Report, Failure> {
    let table = Table::load();
    let mut site = Site::default();
    let (files, skipped) = walk::files(&command.dir)?;
    site.skipped = skipped;
    for path in files {
        site.read(&command.dir, &path, &table)?;
    }
    Ok(site.report(&command.dir, &table, globals.language()))
}

/// What was found in all files.
#[derive(Default)]
struct Site {
    files: usize,
    calls: Vec<Call>,
    /// Plug-ins' own scripts, with the number of functions they define.
    scripts: Vec<(String, usize)>,
    /// Tags that load a script: file, line, column, source.
    tags: Vec<(String, usize, usize, String)>,
    /// Places where a plug-in is loaded, with their files.
    marks: Vec<(String, Mark)>,
    skipped: Vec<Skipped>,
}

/// One name in one place.
struct Call {
    file: String,
    line: usize,
    column: usize,
    name: String,
    how: Use,
    entry: Entry,
}

impl Site {
    fn read(&mut self, root: &Path, path: &Path, table: &Table) -> Result<(), Failure> {
        let file = shown(root, path);
        let bytes = match walk::read(path) {
            Ok(bytes) => bytes,
            Err(why) => {
                self.skipped.push(Skipped { file, why });
                return Ok(());
            }
        };
        let Some(text) = text::decode(&bytes) else {
            self.skipped.push(Skipped { file, why: Why::Text });
            return Ok(());
        };
        self.files += 1;
        let found = names::find(&text, names::Kind::of(path), table);
        for tag in found.scripts {
            self.tags.push((file.clone(), tag.line, tag.column, tag.source));
        }
        let defined: BTreeSet<&str> = found
            .mentions
            .iter()
            .filter(|mention| mention.how == Use::Definition)
            .map(|mention| mention.name.as_str())
            .collect();
        if defined.len() >= PLUG_IN {
            self.scripts.push((file, defined.len()));
            return Ok(());
        }
        self.marks.extend(found.marks.into_iter().map(|mark| (file.clone(), mark)));
        for Mention { name, line, column, how, entry } in found.mentions {
            if self.calls.len() == MENTIONS {
                let words = format!(
                    "more than {MENTIONS} calls were found; scan the folder of one site at a time"
                );
                return Err(Failure::new(Exit::Unreadable, "sof_too_many", words));
            }
            self.calls.push(Call { file: file.clone(), line, column, name, how, entry });
        }
        Ok(())
    }

    fn report(&self, root: &Path, table: &Table, language: Language) -> Report {
        let counted = || self.calls.iter().filter(|call| call.how != Use::Comment);
        let count = |class| counted().filter(|call| call.entry.class == class).count();
        let summary: Map<String, Value> = Class::ALL
            .iter()
            .map(|class| (class.name().to_owned(), json!(count(*class))))
            .collect();
        let code = if counted().next().is_none() { "sof_nothing" } else { "sof_scanned" };
        let mut report = Report::done(code)
            .fact("dir", root.display().to_string())
            .fact("count", counted().count().to_string())
            .member("files", json!(self.files))
            .member("summary", Value::Object(summary));
        for class in Class::ALL {
            let count = count(*class);
            if count > 0 {
                report = report.line(class.label(), count.to_string());
            }
        }
        report = self.plug_ins(self.scripts(report), table.about_marks(language));
        let mut calls = Vec::new();
        for call in &self.calls {
            let change = table.advice(&call.entry, language);
            let mut value = json!({
                "file": call.file, "line": call.line, "column": call.column, "name": call.name,
                "use": call.how.name(), "class": call.entry.class.name(),
                "advice": call.entry.advice, "change": change,
            });
            if let (Some(object), Some(other)) = (value.as_object_mut(), &call.entry.stands_for) {
                object.insert("standsFor".to_owned(), json!(other));
            }
            calls.push(value);
            report = report.line("", call.words(&change, language));
        }
        report = report.member("calls", Value::Array(calls)).member("functions", self.functions());
        self.warnings(report)
    }

    /// The tags and scripts that one script of ours replaces.
    fn scripts(&self, mut report: Report) -> Report {
        let own: BTreeSet<&str> = self.scripts.iter().map(|(file, _)| base(file)).collect();
        let mut tags = Vec::new();
        for (file, line, column, source) in &self.tags {
            if own.contains(base(source)) || names::loads(source) {
                report = report.line("sof_tag", format!("{file}:{line}:{column}: {source}"));
                tags.push(json!({"file": file, "line": line, "column": column, "source": source}));
            }
        }
        let mut scripts = Vec::new();
        for (file, count) in &self.scripts {
            report = report.line("sof_script", format!("{file} ({count})"));
            scripts.push(json!({"file": file, "definitions": count}));
        }
        report.member("tags", Value::Array(tags)).member("scripts", Value::Array(scripts))
    }

    /// Where plug-ins are loaded.
    fn plug_ins(&self, mut report: Report, change: &str) -> Report {
        let mut all = Vec::new();
        for (file, Mark { line, column, text, vendor }) in &self.marks {
            report = report.line("", format!("{file}:{line}:{column}: {text} ({vendor}) {change}"));
            all.push(json!({
                "file": file, "line": line, "column": column, "text": text, "vendor": vendor,
                "change": change,
            }));
        }
        report.member("plugIns", Value::Array(all))
    }

    /// How often each function is called.
    fn functions(&self) -> Value {
        let mut all: BTreeMap<&str, (Class, usize)> = BTreeMap::new();
        for call in self.calls.iter().filter(|call| call.how != Use::Comment) {
            all.entry(&call.name).or_insert((call.entry.class, 0)).1 += 1;
        }
        let row = |(name, (class, count)): (&&str, &(Class, usize))| json!({"name": name, "class": class.name(), "count": count});
        Value::Array(all.iter().map(row).collect())
    }

    fn warnings(&self, report: Report) -> Report {
        let skipped: Vec<Value> = self
            .skipped
            .iter()
            .map(|skipped| json!({"file": skipped.file, "reason": skipped.why.name()}))
            .collect();
        let mut reasons: BTreeMap<&'static str, u64> = BTreeMap::new();
        for skipped in &self.skipped {
            *reasons.entry(skipped.why.code()).or_default() += 1;
        }
        let warn = |(code, count)| Warning::new(code, vec![Fact::number("count", count)]);
        let report = reasons.into_iter().map(warn).fold(report, Report::warn);
        report.member("skipped", Value::Array(skipped))
    }
}

impl Call {
    /// One line, that editors can jump to.
    fn words(&self, change: &str, language: Language) -> String {
        let Self { file, line, column, name, how, entry } = self;
        let class = entry.class.words(language);
        let how = match (how, language) {
            (Use::Comment, Language::English) => " (in a comment)",
            (Use::Comment, Language::Chinese) => "(注释中)",
            (Use::Call | Use::Definition | Use::Reference, _) => "",
        };
        let other = entry.stands_for.as_ref().map_or(String::new(), |other| format!(" = {other}"));
        format!("{file}:{line}:{column}: {name}{other}{how} [{class}] {change}")
    }
}

/// A path below the site's folder, with `/` on every system.
fn shown(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// The last part of a path or address.
fn base(path: &str) -> &str {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let path = path.get(..end).unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path)
}
