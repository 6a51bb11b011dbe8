//! Runs cases one after another and prints who agreed with whom.

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::time::Instant;
use std::{any, env};

/// One thing two programs have to agree on.
#[derive(Debug)]
pub struct Case {
    /// The other program.
    pub peer: &'static str,
    /// What passes between us, as the table says it.
    pub what: &'static str,
    /// Which way.
    pub way: Way,
    /// Panics when they do not agree.
    pub run: fn(),
}

/// Which way the bytes go.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// We write, they read.
    OursToThem,
    /// They write, we read.
    TheirsToUs,
    /// Both.
    Both,
}

impl Way {
    const fn shown(self) -> &'static str {
        match self {
            Self::OursToThem => "ours → theirs",
            Self::TheirsToUs => "theirs → ours",
            Self::Both => "both ways",
        }
    }
}

/// Runs the cases whose name holds one of the words on the command line, all without words;
/// prints the table and cargo's line of summary.
#[must_use]
pub fn main(versions: &[(&str, String)], cases: &[&Case]) -> ExitCode {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen: Vec<&Case> = cases
        .iter()
        .copied()
        .filter(|case| {
            let name = format!("{} {}", case.peer, case.what);
            words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
        })
        .collect();
    if env::args().any(|word| word == "--list") {
        for case in chosen {
            println!("{} {}: test", case.peer, case.what);
        }
        return ExitCode::SUCCESS;
    }

    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for case in &chosen {
        let started = Instant::now();
        let outcome = panic::catch_unwind(AssertUnwindSafe(case.run));
        let took = started.elapsed().as_millis();
        let verdict = if outcome.is_ok() { "agree" } else { "DISAGREE" };
        rows.push((case.peer, case.what, case.way.shown(), verdict, took));
        if let Err(trouble) = outcome {
            failures.push(format!("{} {}: {}", case.peer, case.what, words_of(&*trouble)));
        }
    }

    println!("\npeers: {}", {
        let list: Vec<_> =
            versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        list.join(", ")
    });
    println!("| {:<12} | {:<62} | {:<13} | {:<8} | {:>6} |", "peer", "what", "way", "result", "ms");
    println!("|{:-<14}|{:-<64}|{:-<15}|{:-<10}|{:-<8}|", "", "", "", "", "");
    for (peer, what, way, verdict, took) in rows {
        println!("| {peer:<12} | {what:<62} | {way:<13} | {verdict:<8} | {took:>6} |");
    }
    for failure in &failures {
        println!("\n{failure}");
    }
    let failed = failures.len();
    let passed = chosen.len() - failed;
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn words_of(trouble: &(dyn any::Any + Send)) -> &str {
    trouble
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| trouble.downcast_ref::<&str>().copied())
        .unwrap_or("it panicked")
}
