//! What the command answers: lines for people, or exactly one JSON object.

use crate::args::Globals;

pub(crate) use yinxin::finding::{Ending as Exit, Failure, Finding as Report, Of, Warning};

/// Prints an answer and says how to end.
pub(crate) fn print(globals: &Globals, report: Report) -> Exit {
    use std::io::Write as _;
    let speaker = globals.speaker();
    let mut out = std::io::stdout().lock();
    let mut err = std::io::stderr().lock();
    // Whoever reads us may have gone; that changes nothing about what was done.
    if globals.json {
        drop(writeln!(out, "{}", report.json(&speaker)));
        return report.ending();
    }
    for warning in report.warnings() {
        if !globals.quiet {
            let words = speaker.message(warning.code(), warning.facts());
            let label = speaker.label("warning").unwrap_or("warning");
            drop(writeln!(err, "{label}: {}", words.as_deref().unwrap_or_else(|| warning.code())));
        }
    }
    let failed = report.ending() != Exit::Done;
    if failed && report.is_bare() {
        let label = speaker.label("error").unwrap_or("error");
        drop(writeln!(err, "{label}: {}", report.message(&speaker)));
    } else if !globals.quiet || failed {
        for line in report.people(&speaker) {
            drop(if report.is_piped() { writeln!(err, "{line}") } else { writeln!(out, "{line}") });
        }
    }
    report.ending()
}
