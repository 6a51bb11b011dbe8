//! What the command answers: lines for people, or exactly one JSON object.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value, json};
use yinxin::report::{Outcome, Step};
use yinxin::{Explain, Fact, FactValue, Oddity};

use crate::args::{Globals, Language};
use crate::text;

/// How the program ends.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Exit {
    /// Done or valid, with or without warnings.
    Done,
    /// The command line is wrong. Never the worst of several inputs.
    Usage,
    /// Read and refused.
    Refused,
    /// Malformed, truncated, not supported.
    Unreadable,
    /// Missing files, disks, networks.
    System,
}

impl Exit {
    /// What a code means for the exit.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "content_missing" | "content_not_wanted" | "key_needed" | "password_needed"
            | "output_twice" | "wrong_curve" | "anti_forgery_code" | "font_unreadable"
            | "missing_glyph" | "qr_empty" | "qr_too_long" | "scale_unknown" | "seal_size"
            | "seal_text_missing" | "text_too_long" => Self::Usage,
            "truncated"
            | "malformed"
            | "limit"
            | "unsupported"
            | "unsupported_version"
            | "wrong_length"
            | "unsupported_encryption"
            | "wrong_type"
            | "file_too_large"
            | "bid_malformed"
            | "bid_truncated"
            | "bid_value"
            | "not_an_envelope"
            | "picture_kind"
            | "picture_malformed"
            | "picture_too_large"
            | "unsupported_algorithm"
            | "not_a_pdf"
            | "encrypted"
            | "unknown_structure"
            | "qr_malformed"
            | "storage_refused"
            | "seal_version" => Self::Unreadable,
            // What a package or its XML is made of.
            _ if ["zip_", "xml_", "path_"].iter().any(|start| code.starts_with(start))
                && code != "path_too_long" =>
            {
                Self::Unreadable
            }
            "file_missing" | "output_exists" | "read_failed" | "write_failed" | "io"
            | "random_failed" | "content_changed" | "ring_missing" => Self::System,
            _ => Self::Refused,
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Unreadable => 3,
            Self::System => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// A warning: done, but worth knowing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Warning {
    code: &'static str,
    facts: Vec<Fact>,
}

impl Warning {
    pub(crate) fn new(code: &'static str, facts: Vec<Fact>) -> Self {
        Self { code, facts }
    }

    /// A deviation from the standards that was met while reading.
    pub(crate) fn deviation(oddity: Oddity) -> Self {
        Self { code: "deviation", facts: vec![Fact::text("deviation", oddity.code())] }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Report {
    exit: Exit,
    code: String,
    /// English words of the library, which know more than the catalogue.
    words: Option<String>,
    /// The file it is about.
    file: Option<String>,
    facts: Vec<Fact>,
    warnings: Vec<Warning>,
    verdict: Option<&'static str>,
    steps: Vec<Step>,
    members: Map<String, Value>,
    /// Lines for people, below the message.
    lines: Vec<(&'static str, String)>,
    /// Standard output belongs to the data.
    piped: bool,
}

impl Report {
    /// Done.
    pub(crate) fn done(code: &str) -> Self {
        Self {
            exit: Exit::Done,
            code: code.to_owned(),
            words: None,
            file: None,
            facts: Vec::new(),
            warnings: Vec::new(),
            verdict: None,
            steps: Vec::new(),
            members: Map::new(),
            lines: Vec::new(),
            piped: false,
        }
    }

    pub(crate) fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push(Fact::text(name, value));
        self
    }

    pub(crate) fn warn(mut self, warning: Warning) -> Self {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
        self
    }

    pub(crate) fn warn_all(self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        warnings.into_iter().fold(self, Self::warn)
    }

    /// A member in JSON and, under the label of the same name, a line for people.
    pub(crate) fn show(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.lines.push((name, value.clone()));
        self.members.insert(name.to_owned(), Value::String(value));
        self
    }

    /// A member in JSON only.
    pub(crate) fn member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// A line for people only; the label is a key of the catalogue, or empty.
    pub(crate) fn line(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.lines.push((label, value.into()));
        self
    }

    /// The output it wrote; when that is standard output, words go elsewhere.
    pub(crate) fn out(mut self, path: &Path) -> Self {
        self.piped |= yinxin::file::is_standard(path);
        self.fact("out", path.display().to_string())
    }

    pub(crate) fn of(mut self, path: &Path) -> Self {
        self.file = Some(path.display().to_string());
        self
    }

    /// The verdict of a verification, with the steps that led to it.
    pub(crate) fn judged(mut self, exit: Exit, verdict: &'static str, steps: Vec<Step>) -> Self {
        self.exit = exit;
        self.verdict = Some(verdict);
        self.steps = steps;
        self
    }

    /// Another code, with the catalogue's words.
    pub(crate) fn code(mut self, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self
    }

    /// English words and facts of an error whose code stands already.
    pub(crate) fn words(mut self, words: String, facts: Vec<Fact>) -> Self {
        self.words = Some(words);
        self.facts.extend(facts);
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Takes code, words and facts from an error without becoming a bare failure.
    pub(crate) fn because(mut self, error: &dyn Explain) -> Self {
        error.code().clone_into(&mut self.code);
        self.words = Some(error.to_string());
        self.facts.extend(error.facts());
        self
    }

    /// Several answers as one: the worst exit, each as an item.
    pub(crate) fn several(mut reports: Vec<Self>, globals: &Globals) -> Self {
        if reports.len() == 1
            && let Some(only) = reports.pop()
        {
            return only;
        }
        let exit = reports.iter().map(Self::exit).max().unwrap_or(Exit::Done);
        let worst = reports.iter().find(|report| report.exit == exit);
        let code = worst.map_or("done", |report| &report.code).to_owned();
        let words = worst.and_then(|report| report.words.clone());
        let file = worst.filter(|report| report.exit != Exit::Done).and_then(|r| r.file.clone());
        let items: Vec<Value> = reports.iter().map(|report| report.json(globals)).collect();
        let mut all = Self::done(&code);
        all.exit = exit;
        all.words = words;
        all.file = file;
        for report in &reports {
            all.lines.push(("", String::new()));
            all.lines.extend(report.people(globals.language()).into_iter().map(|line| ("", line)));
        }
        all.member("items", Value::Array(items))
    }

    fn message(&self, language: Language) -> String {
        let message = match (&self.words, language) {
            (Some(words), Language::English) => words.clone(),
            (words, _) => text::message(language, &self.code, &self.facts)
                .or_else(|| words.clone())
                .unwrap_or_else(|| self.code.clone()),
        };
        match &self.file {
            Some(file) => format!("{file}: {message}"),
            None => message,
        }
    }

    fn json(&self, globals: &Globals) -> Value {
        let language = globals.language();
        let warnings: Vec<Value> = self
            .warnings
            .iter()
            .map(|warning| {
                let mut value = json!({
                    "code": warning.code,
                    "message": text::message(language, warning.code, &warning.facts),
                });
                if let Some(object) = value.as_object_mut()
                    && !warning.facts.is_empty()
                {
                    object.insert("facts".to_owned(), facts(&warning.facts));
                }
                value
            })
            .collect();
        let mut object = Map::new();
        object.insert("ok".to_owned(), Value::Bool(self.exit == Exit::Done));
        object.insert("code".to_owned(), Value::String(self.code.clone()));
        object.insert("message".to_owned(), Value::String(self.message(language)));
        let mut all = self.facts.clone();
        if let Some(file) = &self.file {
            all.push(Fact::text("file", file.clone()));
        }
        object.insert("facts".to_owned(), facts(&all));
        object.insert("warnings".to_owned(), Value::Array(warnings));
        if let Some(verdict) = self.verdict {
            object.insert("verdict".to_owned(), Value::String(verdict.to_owned()));
            object.insert("steps".to_owned(), steps(&self.steps));
        }
        object.extend(self.members.clone());
        Value::Object(object)
    }

    /// Everything for people except warnings.
    fn people(&self, language: Language) -> Vec<String> {
        let mut lines = vec![self.message(language)];
        for (label, value) in &self.lines {
            lines.push(match text::label(language, label) {
                Some(label) => format!("  {label}: {value}"),
                None => value.clone(),
            });
        }
        // Of a seal by itself there is nothing to say about a document.
        let about = |step: &&Step| step.outcome != Outcome::Skipped("seal_alone");
        for step in self.steps.iter().filter(about) {
            let mark = match step.outcome {
                Outcome::Ok => "ok     ",
                Outcome::Failed(_) => "FAILED ",
                Outcome::Warned(_) => "warning",
                _ => "skipped",
            };
            let name = text::label(language, step.id).unwrap_or(step.id);
            let why = step.outcome.code().map(|code| {
                text::message(language, code, &step.facts).unwrap_or_else(|| code.to_owned())
            });
            lines.push(match why {
                Some(why) => format!("  {mark} {name}: {why}"),
                None => format!("  {mark} {name}"),
            });
        }
        lines
    }
}

/// Steps as JSON.
pub(crate) fn steps(steps: &[Step]) -> Value {
    let step = |step: &Step| {
        let mut object = Map::new();
        object.insert("id".to_owned(), Value::String(step.id.to_owned()));
        object.insert("result".to_owned(), Value::String(step.outcome.name().to_owned()));
        if let Some(code) = step.outcome.code() {
            object.insert("code".to_owned(), Value::String(code.to_owned()));
        }
        if !step.facts.is_empty() {
            object.insert("facts".to_owned(), facts(&step.facts));
        }
        Value::Object(object)
    };
    Value::Array(steps.iter().map(step).collect())
}

/// Facts as a JSON object.
pub(crate) fn facts(facts: &[Fact]) -> Value {
    let value = |fact: &Fact| match &fact.value {
        FactValue::Number(number) => Value::from(*number),
        other => Value::String(other.to_string()),
    };
    Value::Object(facts.iter().map(|fact| (fact.name.to_owned(), value(fact))).collect())
}

/// A command that ended early.
#[derive(Debug)]
pub(crate) struct Failure(Box<Report>);

impl Failure {
    pub(crate) fn new(exit: Exit, code: &str, words: impl Into<String>) -> Self {
        let mut report = Report::done(code);
        report.exit = exit;
        report.words = Some(words.into());
        Self(Box::new(report))
    }

    pub(crate) fn usage(code: &str, words: impl Into<String>) -> Self {
        Self::new(Exit::Usage, code, words)
    }

    /// Its code.
    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    /// Its words in English.
    pub(crate) fn words(&self) -> String {
        self.0.words.clone().unwrap_or_else(|| self.0.code.clone())
    }

    /// Says which file it is about.
    pub(crate) fn of(mut self, path: &Path) -> Self {
        self.0.file.get_or_insert_with(|| path.display().to_string());
        self
    }
}

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        let code = error.code();
        let mut failure = Self::new(Exit::of(code), code, error.to_string());
        failure.0.facts = error.facts();
        failure
    }
}

impl From<Failure> for Report {
    fn from(failure: Failure) -> Self {
        *failure.0
    }
}

/// Says which file an error is about.
pub(crate) trait Of<T> {
    /// The same, with the file's name in front of the message.
    fn of(self, path: &Path) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Of<T> for Result<T, E> {
    fn of(self, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| error.into().of(path))
    }
}

/// Prints an answer and says how to end.
pub(crate) fn print(globals: &Globals, report: Report) -> Exit {
    use std::io::Write as _;
    let language = globals.language();
    let mut out = std::io::stdout().lock();
    let mut err = std::io::stderr().lock();
    // Whoever reads us may have gone; that changes nothing about what was done.
    if globals.json {
        drop(writeln!(out, "{}", report.json(globals)));
        return report.exit;
    }
    for warning in &report.warnings {
        if !globals.quiet {
            let words = text::message(language, warning.code, &warning.facts);
            let label = text::label(language, "warning").unwrap_or("warning");
            drop(writeln!(err, "{label}: {}", words.as_deref().unwrap_or(warning.code)));
        }
    }
    let failed = report.exit != Exit::Done;
    if failed && report.verdict.is_none() && report.lines.is_empty() {
        let label = text::label(language, "error").unwrap_or("error");
        drop(writeln!(err, "{label}: {}", report.message(language)));
    } else if !globals.quiet || failed {
        for line in report.people(language) {
            drop(if report.piped { writeln!(err, "{line}") } else { writeln!(out, "{line}") });
        }
    }
    report.exit
}
