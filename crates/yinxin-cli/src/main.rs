//! The `yinxin` command: keys, requests, certificates and messages from the command line.
//!
//! What it takes, prints and exits with is a contract; scripts depend on it.
#![forbid(unsafe_code)]

use std::process::ExitCode;

mod args;
mod command;
mod context;
mod help;
mod hub;
mod output;
mod progress;
mod secret;
mod text;
mod trust;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};

use args::{Arguments, Globals};
use output::{Exit, Failure, Report};

fn main() -> ExitCode {
    catch_interrupt();
    catch_panic();
    let arguments: Vec<_> = std::env::args_os().collect();
    let guess = Globals::guess(&arguments);
    let language = guess.language();
    let command = help::in_language(Arguments::command(), language);
    let parsed = command
        .try_get_matches_from(&arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let (globals, result) = match parsed {
        Ok(parsed) => {
            let result = command::run(parsed.command, &parsed.globals);
            (parsed.globals, result)
        }
        Err(error) => {
            let shown = help::show(&error, language);
            // Help and version are what was asked for; they are no failure.
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                print!("{shown}");
                return ExitCode::SUCCESS;
            }
            if !guess.json {
                eprint!("{shown}");
                return Exit::Usage.number().into();
            }
            (guess, Err(Failure::usage("usage", help::words_of(&error, language))))
        }
    };
    output::print(&globals, result.unwrap_or_else(Report::from)).number().into()
}

/// Ctrl-C and SIGTERM leave nothing behind.
fn catch_interrupt() {
    // Without a handler the system's own way of ending still ends the program.
    drop(ctrlc::set_handler(|| {
        yinxin::file::remove_temporaries();
        std::process::exit(130);
    }));
}

/// A mistake of ours must not look like one of the exit codes that mean something else.
fn catch_panic() {
    std::panic::set_hook(Box::new(|panic| {
        yinxin::file::remove_temporaries();
        eprintln!("internal error, please report it: {panic}");
        std::process::exit(4);
    }));
}
