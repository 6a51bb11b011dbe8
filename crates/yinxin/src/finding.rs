//! What a verification or a command came to: one form for the command line, the npm package and
//! servers, in JSON and in lines for people.

use std::path::Path;

use serde_json::{Map, Value, json};
use yinxin_pki::report::{Outcome, Step};
use yinxin_pki::{Explain, Fact, FactValue, Oddity};

use crate::words::{Language, Speaker};

/// How the program ends.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "programs end in no other way")]
pub enum Ending {
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

impl Ending {
    /// What a code means for the ending.
    #[must_use]
    pub fn of(code: &str) -> Self {
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

    /// The number with which a program ends so.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Unreadable => 3,
            Self::System => 4,
        }
    }
}

/// A warning: done, but worth knowing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    code: &'static str,
    facts: Vec<Fact>,
}

impl Warning {
    /// Its code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// What was found.
    #[must_use]
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// One of a code.
    #[must_use]
    pub fn new(code: &'static str, facts: Vec<Fact>) -> Self {
        Self { code, facts }
    }

    /// A deviation from the standards that was met while reading.
    #[must_use]
    pub fn deviation(oddity: Oddity) -> Self {
        Self { code: "deviation", facts: vec![Fact::text("deviation", oddity.code())] }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Finding {
    ending: Ending,
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
}

impl Finding {
    /// How it ended.
    #[must_use]
    pub const fn ending(&self) -> Ending {
        self.ending
    }

    /// What is worth knowing besides.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Whether there is a message and nothing else.
    #[must_use]
    pub const fn is_bare(&self) -> bool {
        self.verdict.is_none() && self.lines.is_empty()
    }

    /// Whether the output that was written is standard output, so that words go elsewhere.
    #[must_use]
    pub fn is_piped(&self) -> bool {
        let out = |fact: &Fact| fact.name == "out" && fact.value.to_string() == "-";
        self.facts.iter().any(out)
    }

    /// Done.
    #[must_use]
    pub fn done(code: &str) -> Self {
        Self {
            ending: Ending::Done,
            code: code.to_owned(),
            words: None,
            file: None,
            facts: Vec::new(),
            warnings: Vec::new(),
            verdict: None,
            steps: Vec::new(),
            members: Map::new(),
            lines: Vec::new(),
        }
    }

    /// A fact more.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push(Fact::text(name, value));
        self
    }

    /// A warning more, unless it is there.
    #[must_use]
    pub fn warn(mut self, warning: Warning) -> Self {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
        self
    }

    /// Warnings more.
    #[must_use]
    pub fn warn_all(self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        warnings.into_iter().fold(self, Self::warn)
    }

    /// A member in JSON and, under the label of the same name, a line for people.
    #[must_use]
    pub fn show(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.lines.push((name, value.clone()));
        self.members.insert(name.to_owned(), Value::String(value));
        self
    }

    /// A member in JSON only.
    #[must_use]
    pub fn member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// A line for people only; the label is a key of the catalogue, or empty.
    #[must_use]
    pub fn line(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.lines.push((label, value.into()));
        self
    }

    /// The output that was written.
    #[must_use]
    pub fn out(self, path: &Path) -> Self {
        self.fact("out", path.display().to_string())
    }

    /// The file it is about.
    #[must_use]
    pub fn of(mut self, path: &Path) -> Self {
        self.file = Some(path.display().to_string());
        self
    }

    /// The verdict of a verification, with the steps that led to it.
    #[must_use]
    pub fn judged(mut self, ending: Ending, verdict: &'static str, steps: Vec<Step>) -> Self {
        self.ending = ending;
        self.verdict = Some(verdict);
        self.steps = steps;
        self
    }

    /// Another code, with the catalogue's words.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        code.clone_into(&mut self.code);
        self
    }

    /// English words and facts of an error whose code stands already.
    #[must_use]
    pub fn words(mut self, words: String, facts: Vec<Fact>) -> Self {
        self.words = Some(words);
        self.facts.extend(facts);
        self
    }

    /// Takes code, words and facts from an error without becoming a bare failure.
    #[must_use]
    pub fn because(mut self, error: &dyn Explain) -> Self {
        error.code().clone_into(&mut self.code);
        self.words = Some(error.to_string());
        self.facts.extend(error.facts());
        self
    }

    /// Several answers as one: the worst ending, each as an item.
    #[must_use]
    pub fn several(mut reports: Vec<Self>, speaker: &Speaker) -> Self {
        if reports.len() == 1
            && let Some(only) = reports.pop()
        {
            return only;
        }
        let ending = reports.iter().map(Self::ending).max().unwrap_or(Ending::Done);
        let worst = reports.iter().find(|report| report.ending == ending);
        let code = worst.map_or("done", |report| &report.code).to_owned();
        let words = worst.and_then(|report| report.words.clone());
        let file =
            worst.filter(|report| report.ending != Ending::Done).and_then(|r| r.file.clone());
        let items: Vec<Value> = reports.iter().map(|report| report.json(speaker)).collect();
        let mut all = Self::done(&code);
        all.ending = ending;
        all.words = words;
        all.file = file;
        for report in &reports {
            all.lines.push(("", String::new()));
            all.lines.extend(report.people(speaker).into_iter().map(|line| ("", line)));
        }
        all.member("items", Value::Array(items))
    }

    /// The message, in English or Chinese.
    #[must_use]
    pub fn message(&self, speaker: &Speaker) -> String {
        let message = match (&self.words, speaker.language) {
            (Some(words), Language::English) => words.clone(),
            (words, _) => speaker
                .message(&self.code, &self.facts)
                .or_else(|| words.clone())
                .unwrap_or_else(|| self.code.clone()),
        };
        match &self.file {
            Some(file) => format!("{file}: {message}"),
            None => message,
        }
    }

    /// The one JSON object of an answer.
    #[must_use]
    pub fn json(&self, speaker: &Speaker) -> Value {
        let warnings: Vec<Value> = self
            .warnings
            .iter()
            .map(|warning| {
                let mut value = json!({
                    "code": warning.code,
                    "message": speaker.message(warning.code, &warning.facts),
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
        object.insert("ok".to_owned(), Value::Bool(self.ending == Ending::Done));
        object.insert("code".to_owned(), Value::String(self.code.clone()));
        object.insert("message".to_owned(), Value::String(self.message(speaker)));
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
    #[must_use]
    pub fn people(&self, speaker: &Speaker) -> Vec<String> {
        let mut lines = vec![self.message(speaker)];
        for (label, value) in &self.lines {
            lines.push(match speaker.label(label) {
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
            let name = speaker.label(step.id).unwrap_or(step.id);
            let why = step
                .outcome
                .code()
                .map(|code| speaker.message(code, &step.facts).unwrap_or_else(|| code.to_owned()));
            lines.push(match why {
                Some(why) => format!("  {mark} {name}: {why}"),
                None => format!("  {mark} {name}"),
            });
        }
        lines
    }
}

/// Steps as JSON.
#[must_use]
pub fn steps(steps: &[Step]) -> Value {
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
#[must_use]
pub fn facts(facts: &[Fact]) -> Value {
    let value = |fact: &Fact| match &fact.value {
        FactValue::Number(number) => Value::from(*number),
        other => Value::String(other.to_string()),
    };
    // Collected, they would be sorted by a sort compiled for them alone.
    let mut object = Map::new();
    object.extend(facts.iter().map(|fact| (fact.name.to_owned(), value(fact))));
    Value::Object(object)
}

/// A command that ended early.
#[derive(Debug)]
pub struct Failure(Box<Finding>);

impl Failure {
    /// One of a code, with English words.
    #[must_use]
    pub fn new(ending: Ending, code: &str, words: impl Into<String>) -> Self {
        let mut report = Finding::done(code);
        report.ending = ending;
        report.words = Some(words.into());
        Self(Box::new(report))
    }

    /// A command line that is wrong.
    #[must_use]
    pub fn usage(code: &str, words: impl Into<String>) -> Self {
        Self::new(Ending::Usage, code, words)
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// Its words in English.
    #[must_use]
    pub fn words(&self) -> String {
        self.0.words.clone().unwrap_or_else(|| self.0.code.clone())
    }

    /// Says which file it is about.
    #[must_use]
    pub fn of(mut self, path: &Path) -> Self {
        self.0.file.get_or_insert_with(|| path.display().to_string());
        self
    }
}

impl Failure {
    /// One for all errors: what is generic is compiled for each of them.
    fn explained(error: &dyn Explain) -> Self {
        let code = error.code();
        let mut failure = Self::new(Ending::of(code), code, error.to_string());
        failure.0.facts = error.facts();
        failure
    }
}

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::explained(&error)
    }
}

impl From<Failure> for Finding {
    fn from(failure: Failure) -> Self {
        *failure.0
    }
}

/// Says which file an error is about.
pub trait Of<T> {
    /// The same, with the file's name in front of the message.
    ///
    /// # Errors
    ///
    /// The same.
    fn of(self, path: &Path) -> Result<T, Failure>;
}

impl<T, E: Into<Failure>> Of<T> for Result<T, E> {
    fn of(self, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| error.into().of(path))
    }
}
