//! `cargo xtask prove`: the symbolic models, given to Verifpal.
//!
//! Verifpal is GPL: a program that is run, never linked nor shipped. Each model says in its first
//! lines which queries fail; another outcome is a failure here.

use std::collections::BTreeSet;
use std::fs;

use crate::run::{Failure, root, says};

const INSTALL: &str = "rustup toolchain install 1.98.0 --profile minimal && \
                       cargo +1.98.0 install verifpal --version 1.6.7 --locked";

/// Runs all of them.
pub(crate) fn prove() -> Result<(), Failure> {
    let Some(version) = says("verifpal", &["--version"]) else {
        return Err(Failure::Missing { what: "verifpal".to_owned(), get: INSTALL.to_owned() });
    };
    println!("{}", version.trim());
    let folder = root().join("tests").join("model").join("symbolic");
    let system = |doing: String| move |error| -> Failure { Failure::System { doing, error } };
    let entries = fs::read_dir(&folder).map_err(system(folder.display().to_string()))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "vp"));
    paths.sort();
    for path in paths {
        let name = path.display().to_string();
        let model = fs::read_to_string(&path).map_err(system(name.clone()))?;
        let report = says("verifpal", &["verify", "--color", "never", &name])
            .ok_or_else(|| Failure::Wrong(format!("verifpal does not read {name}")))?;
        let (held, failed) = verdicts(&report);
        let expected: BTreeSet<_> =
            model.lines().filter_map(|line| line.strip_prefix("// Fails: ")).collect();
        if held.is_empty() || failed != expected {
            return Err(Failure::Wrong(format!(
                "{name}: expected to fail {expected:?}, failed {failed:?}, held {held:?}"
            )));
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        println!("{file}: {} queries hold, {} fail as it says", held.len(), failed.len());
    }
    Ok(())
}

/// Queries that held and that failed, out of the table at a report's end.
fn verdicts(report: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let table = report.split_once("Verification completed").map_or("", |(_, table)| table);
    let of = |mark: &str| {
        let rows = table.lines().filter_map(|line| line.trim().strip_prefix(mark));
        let queries = rows.map(|row| row.split("  [").next().unwrap_or(row).trim());
        queries.filter(|query| query.contains('?')).collect()
    };
    (of("PASS + "), of("FAIL x "))
}

#[cfg(test)]
mod tests {
    use super::verdicts;

    #[test]
    fn verdicts_are_read_out_of_the_table_only() {
        let report = "FAIL x confidentiality? a (Analysis 3)\n Verification completed\n\
                      PASS + confidentiality? b  [search exhausted]\n\
                      FAIL x authentication? P -> H: c  [duplicate]\n\
                      FAIL x 1 of 2 queries failed.\n";
        let (held, failed) = verdicts(report);
        assert_eq!(held.into_iter().collect::<Vec<_>>(), ["confidentiality? b"]);
        assert_eq!(failed.into_iter().collect::<Vec<_>>(), ["authentication? P -> H: c"]);
    }
}
