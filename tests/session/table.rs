//! `docs/threats.md` names tests: each of them exists, and every threat has one or says why not.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Names of all functions that are marked as tests.
fn tests(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                tests(&path, into);
            }
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut marked = false;
            for line in text.lines().map(str::trim) {
                marked |= line.starts_with("#[test]");
                let rest = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "));
                if let Some(rest) = rest {
                    let name = rest.split('(').next().unwrap_or_default();
                    if std::mem::take(&mut marked) {
                        into.insert(name.to_owned());
                    }
                }
            }
        }
    }
}

#[test]
fn every_test_that_the_table_of_threats_names_exists() {
    let mut known = BTreeSet::new();
    for folder in ["crates", "tests", "examples"] {
        tests(&root().join(folder), &mut known);
    }
    assert!(known.len() > 300, "{}", known.len());
    let text = fs::read_to_string(root().join("docs/threats.md")).unwrap();
    let mut rows = BTreeSet::new();
    for line in text.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, number, .., shown, _] = cells[..] else { continue };
        if !number.starts_with(['A', 'T', 'P']) || number[1..].parse::<u32>().is_err() {
            continue;
        }
        rows.insert(number.to_owned());
        let names: Vec<_> = shown.split('`').skip(1).step_by(2).collect();
        for name in &names {
            assert!(known.contains(*name), "{number}: there is no test `{name}`");
        }
        let says_why = shown.contains("not covered: ");
        assert!(!names.is_empty() || says_why, "{number} has neither a test nor a reason");
    }
    for (letter, count, width) in [("A", 23, 1), ("T", 65, 2), ("P", 13, 1)] {
        for number in 1..=count {
            let name = format!("{letter}{number:0width$}");
            assert!(rows.contains(&name), "{name} is missing");
        }
    }
}
