//! Names in source text: where, in code or in a comment, called or only named.
//!
//! No parser of eight languages: an identifier is found wherever it stands, so that nothing is lost,
//! and only what is certainly a comment is said to be one.

mod place;

use std::path::Path;

use super::table::{Entry, Table};
use place::Places;

/// What kind of text a file is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// HTML with scripts and server code in it.
    Markup,
    /// JavaScript or TypeScript.
    Script,
}

impl Kind {
    pub(super) fn of(path: &Path) -> Self {
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        let script = ["js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx"];
        if script.iter().any(|known| known.eq_ignore_ascii_case(end)) {
            Self::Script
        } else {
            Self::Markup
        }
    }
}

/// How a name is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Use {
    Call,
    Comment,
    Definition,
    Reference,
}

impl Use {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Comment => "comment",
            Self::Definition => "definition",
            Self::Reference => "reference",
        }
    }
}

/// A name of a plug-in. Lines and columns (characters) count from 1.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) how: Use,
    pub(super) entry: Entry,
}

/// A tag that loads a script.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) source: String,
}

/// A trace of a plug-in being loaded.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) text: String,
    pub(super) vendor: String,
}

/// What one file holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) mentions: Vec<Mention>,
    pub(super) scripts: Vec<Tag>,
    pub(super) marks: Vec<Mark>,
}

/// Parts of the addresses of scripts that bring a plug-in.
const LOADERS: &[&str] = &[
    "xtx",
    "sof_",
    "sof-",
    "sofclient",
    "cakey",
    "ca_key",
    "cryptokit",
    "mtoken",
    "ukey",
    "safeengine",
    "netca",
];
/// Objects on which a vendor's everyday words are called.
const OWNERS: &[&str] = &["window", "self", "xtxasyn", "xtxsync", "XTXAPP", "XTXAppCOM", "ca_key"];

/// Finds all names in a text.
pub(super) fn find(text: &str, kind: Kind, table: &Table) -> Found {
    let mut scanner = Scanner::new(text, kind);
    let mut places = Places::new(text);
    let mut found = Found::default();
    while let Some(token) = scanner.next() {
        let (line, column) = places.of(token.at);
        match token.what {
            What::Script(source) => found.scripts.push(Tag { line, column, source }),
            What::Word(name) => {
                let Some(entry) = table.entry(name) else { continue };
                let how = if token.comment { Use::Comment } else { usage(text, token.at, name) };
                if entry.everyday && !(how == Use::Call && owned(text, token.at)) {
                    continue;
                }
                found.mentions.push(Mention { name: name.to_owned(), line, column, how, entry });
            }
        }
    }
    found.marks = marks(text, table);
    let plug_in = !found.marks.is_empty()
        || found.mentions.iter().any(|mention| !mention.entry.everyday)
        || found.scripts.iter().any(|tag| loads(&tag.source));
    if !plug_in {
        found.mentions.clear();
    }
    found
}

/// Whether a script's name is that of a plug-in.
pub(super) fn loads(source: &str) -> bool {
    let name = super::base(source).to_ascii_lowercase();
    LOADERS.iter().any(|loader| name.contains(loader))
}

/// Traces that a plug-in is loaded here.
fn marks(text: &str, table: &Table) -> Vec<Mark> {
    let mut found: Vec<(usize, &str, &str)> = table
        .marks()
        .flat_map(|(mark, vendor)| text.match_indices(mark).map(move |(at, _)| (at, mark, vendor)))
        .collect();
    found.sort_unstable();
    let mut places = Places::new(text);
    let mark = |(at, text, vendor): (usize, &str, &str)| {
        let (line, column) = places.of(at);
        Mark { line, column, text: text.to_owned(), vendor: vendor.to_owned() }
    };
    found.into_iter().map(mark).collect()
}

/// Whether an everyday word stands alone or on an object of a plug-in.
fn owned(text: &str, at: usize) -> bool {
    let Some(before) = text.get(..at).and_then(|before| before.trim_end().strip_suffix('.')) else {
        return true;
    };
    let start = before.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    before.get(start..).is_some_and(|owner| OWNERS.contains(&owner))
}

/// How the name at `at` is used, by what stands around it.
fn usage(text: &str, at: usize, name: &str) -> Use {
    let before = text.get(..at).unwrap_or_default().trim_end();
    if before.strip_suffix("function").is_some_and(|rest| !rest.ends_with(is_word)) {
        return Use::Definition;
    }
    let after = text.get(at + name.len()..).unwrap_or_default().trim_start();
    if let Some(arguments) = after.strip_prefix('(') {
        return if is_body(arguments) { Use::Definition } else { Use::Call };
    }
    let value = after.strip_prefix(['=', ':']).map(str::trim_start);
    let function = |value: &str| {
        ["function", "async", "new Function"].iter().any(|word| value.starts_with(word))
            || value.strip_prefix('(').is_some_and(is_arrow)
    };
    if value.is_some_and(function) { Use::Definition } else { Use::Reference }
}

/// `arguments) {`: a method is defined, not called.
fn is_body(arguments: &str) -> bool {
    past_close(arguments).is_some_and(|rest| rest.starts_with('{'))
}

fn is_arrow(arguments: &str) -> bool {
    past_close(arguments).is_some_and(|rest| rest.starts_with("=>"))
}

/// What follows the bracket that closes; looks no further than a call is long.
fn past_close(arguments: &str) -> Option<&str> {
    let mut depth = 1;
    for (at, letter) in arguments.char_indices().take(4_096) {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return arguments.get(at + 1..).map(str::trim_start);
        }
    }
    None
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

/// Something worth looking at.
struct Token<'a> {
    at: usize,
    comment: bool,
    what: What<'a>,
}

enum What<'a> {
    /// The address of a script that is loaded.
    Script(String),
    Word(&'a str),
}

/// Where the scanner stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// In code; in markup, what ends it.
    Code(Option<&'static str>),
    /// Ends with this text.
    Comment(&'static str, Resume),
    /// In text and tags.
    Markup,
    /// Ends with this letter; only a template goes over lines.
    Quoted(char, Option<&'static str>),
}

/// What goes on after a comment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Resume {
    Code(Option<&'static str>),
    Markup,
}

const SCRIPT_END: &str = "</script";

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    state: State,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, kind: Kind) -> Self {
        let state = match kind {
            Kind::Markup => State::Markup,
            Kind::Script => State::Code(None),
        };
        Self { text, at: 0, state }
    }

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.text.get(self.at..)?;
            let letter = rest.chars().next()?;
            let at = self.at;
            if is_word(letter) {
                let word = rest.get(..rest.find(|c| !is_word(c)).unwrap_or(rest.len()))?;
                self.at += word.len();
                let comment = matches!(self.state, State::Comment(..));
                return Some(Token { at, comment, what: What::Word(word) });
            }
            if let Some(source) = self.step(rest, letter) {
                return Some(Token { at, comment: false, what: What::Script(source) });
            }
        }
    }

    /// Goes past one letter or mark that is no word; gives the source of a script tag.
    fn step(&mut self, rest: &str, letter: char) -> Option<String> {
        let mut length = letter.len_utf8();
        match self.state {
            State::Markup => {
                if let Some((open, end)) = markup_comment(rest) {
                    self.state = State::Comment(end, Resume::Markup);
                    length = open.len();
                } else if starts(rest, "<script") {
                    let end = rest.find('>').map_or(rest.len(), |at| at + 1);
                    let tag = rest.get(..end).unwrap_or(rest);
                    if !tag.ends_with("/>") {
                        self.state = State::Code(Some(SCRIPT_END));
                    }
                    self.at += end;
                    return source(tag);
                } else if rest.starts_with("<%") {
                    self.state = State::Code(Some("%>"));
                    length = 2;
                } else if rest.starts_with("<?") {
                    self.state = State::Code(Some("?>"));
                    length = 2;
                }
            }
            State::Code(end) => {
                let before = self.text.get(..self.at).unwrap_or_default();
                if let Some(end) = end.filter(|end| starts(rest, end)) {
                    self.state = State::Markup;
                    length = end.len();
                } else if (rest.starts_with("//") && !before.ends_with(':'))
                    || rest.starts_with("<!--")
                {
                    self.state = State::Comment("\n", Resume::Code(end));
                    length = 2;
                } else if rest.starts_with("/*") {
                    self.state = State::Comment("*/", Resume::Code(end));
                    length = 2;
                } else if let '"' | '\'' | '`' = letter {
                    self.state = State::Quoted(letter, end);
                }
            }
            State::Comment(end, resume) => {
                let script = resume == Resume::Code(Some(SCRIPT_END)) && starts(rest, SCRIPT_END);
                if script {
                    self.state = State::Markup;
                    length = SCRIPT_END.len();
                } else if rest.starts_with(end) {
                    length = end.len();
                    self.state = match resume {
                        Resume::Code(end) => State::Code(end),
                        Resume::Markup => State::Markup,
                    };
                }
            }
            State::Quoted(quote, end) => match letter {
                '\\' => length += rest.chars().nth(1).map_or(0, char::len_utf8),
                '\n' if quote != '`' => self.state = State::Code(end),
                _ if letter == quote => self.state = State::Code(end),
                _ => {}
            },
        }
        self.at += length;
        None
    }
}

/// A comment of a page or of the server's templates: how it opens and how it ends.
fn markup_comment(rest: &str) -> Option<(&'static str, &'static str)> {
    let all = [("<!--", "-->"), ("<%--", "--%>"), ("@*", "*@"), ("{{--", "--}}")];
    all.into_iter().find(|(open, _)| rest.starts_with(open))
}

/// Without regard to the case of ASCII letters.
fn starts(rest: &str, word: &str) -> bool {
    rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// The address in a script tag.
fn source(tag: &str) -> Option<String> {
    let at = tag.to_ascii_lowercase().find("src")?;
    let value = tag.get(at + 3..)?.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
    let value = match quote {
        Some(quote) => value.get(1..)?.split(quote).next()?,
        None => value.split(|c: char| c.is_whitespace() || c == '>').next()?,
    };
    Some(value.to_owned())
}
