//! The source files of a site, and no others: no link is followed out of its folder.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::output::{Exit, Failure};

/// Ends of source files' names.
const ENDS: &[&str] = &[
    "js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx", "vue", "html", "htm", "xhtml", "jsp",
    "jspx", "jspf", "tag", "ftl", "php", "asp", "aspx", "ascx", "master", "cshtml", "vm", "inc",
];
/// Folders that hold others' work or history.
const FOREIGN: &[&str] = &["node_modules", "bower_components", ".git", ".svn", ".hg", "CVS"];
/// Bytes of one file. Bundled scripts come to 2 MB.
const FILE: u64 = 16 << 20;
const FILES: usize = 100_000;
const DEPTH: usize = 64;

/// Why something was passed over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Why {
    Deep,
    Foreign,
    Large,
    Link,
    Text,
    Unreadable,
}

impl Why {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Deep => "too_deep",
            Self::Foreign => "foreign",
            Self::Large => "too_large",
            Self::Link => "link",
            Self::Text => "not_text",
            Self::Unreadable => "unreadable",
        }
    }

    /// Code of the warning.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Deep => "sof_too_deep",
            Self::Foreign => "sof_foreign",
            Self::Large => "sof_too_large",
            Self::Link => "sof_link",
            Self::Text => "sof_not_text",
            Self::Unreadable => "sof_unreadable",
        }
    }
}

/// What was passed over.
#[derive(Debug)]
pub(super) struct Skipped {
    pub(super) file: String,
    pub(super) why: Why,
}

/// All source files below `root`, sorted.
///
/// # Errors
///
/// `file_missing`, `not_a_folder`, `sof_too_many`.
pub(super) fn files(root: &Path) -> Result<(Vec<PathBuf>, Vec<Skipped>), Failure> {
    let kind = fs::metadata(root).map_err(|error| unreadable(root, &error))?;
    if !kind.is_dir() {
        let words = "not a folder; give the folder with the site's source";
        return Err(Failure::usage("not_a_folder", words).of(root));
    }
    let mut found = Vec::new();
    let mut skipped = Vec::new();
    let mut open = vec![(root.to_path_buf(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let mut skip = |path: &Path, why| {
            skipped.push(Skipped { file: super::shown(root, path), why });
        };
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(unreadable(root, &error)),
            Err(_) => {
                skip(&folder, Why::Unreadable);
                continue;
            }
        };
        for entry in entries {
            // Of an entry that cannot be read there is no name to tell.
            let Ok(entry) = entry else {
                skip(&folder, Why::Unreadable);
                continue;
            };
            let path = entry.path();
            // Not of what a link leads to.
            let Ok(kind) = entry.file_type() else {
                skip(&path, Why::Unreadable);
                continue;
            };
            let name = entry.file_name();
            if kind.is_dir() {
                if FOREIGN.iter().any(|foreign| name == *foreign) {
                    skip(&path, Why::Foreign);
                } else if depth == DEPTH {
                    skip(&path, Why::Deep);
                } else {
                    open.push((path, depth + 1));
                }
            } else if kind.is_symlink() {
                skip(&path, Why::Link);
            } else if kind.is_file() && is_source(&path) {
                if found.len() == FILES {
                    let words = format!(
                        "more than {FILES} source files; scan the folder of one site at a time"
                    );
                    return Err(Failure::new(Exit::Unreadable, "sof_too_many", words).of(root));
                }
                found.push(path);
            }
        }
    }
    found.sort();
    skipped.sort_by(|a, b| a.file.cmp(&b.file));
    Ok((found, skipped))
}

fn is_source(path: &Path) -> bool {
    let end = path.extension().and_then(|end| end.to_str());
    end.is_some_and(|end| ENDS.iter().any(|known| known.eq_ignore_ascii_case(end)))
}

fn unreadable(root: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => {
            let words = "the folder does not exist; check its name";
            Failure::new(Exit::System, "file_missing", words).of(root)
        }
        _ => Failure::new(Exit::System, "read_failed", error.to_string()).of(root),
    }
}

/// A file's bytes.
///
/// # Errors
///
/// Why it is passed over.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Why> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|_| Why::Unreadable)?;
    file.take(FILE + 1).read_to_end(&mut bytes).map_err(|_| Why::Unreadable)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= FILE => Ok(bytes),
        _ => Err(Why::Large),
    }
}
