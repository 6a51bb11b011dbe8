//! The `yinxin` command: keys, requests, certificates and messages from the command line.
//!
//! What it takes, prints and exits with is a contract; scripts depend on it.
#![forbid(unsafe_code)]

use std::process::ExitCode;

mod args;
mod command;
mod context;
mod output;
mod progress;
mod secret;
mod text;
mod trust;

use clap::Parser as _;
use clap::error::ErrorKind;

use args::{Arguments, Globals};
use output::{Exit, Failure, Report};

fn main() -> ExitCode {
    catch_interrupt();
    catch_panic();
    let arguments: Vec<_> = std::env::args_os().collect();
    let (globals, result) = match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => {
            let result = command::run(parsed.command, &parsed.globals);
            (parsed.globals, result)
        }
        Err(error) => {
            // Help and version are what was asked for; they are no failure.
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                print!("{error}");
                return Exit::Done.into();
            }
            let globals = Globals::guess(&arguments);
            if !globals.json {
                eprint!("{error}");
                return Exit::Usage.into();
            }
            let words = error.to_string();
            let words = words.trim_start_matches("error: ").trim_end();
            (globals, Err(Failure::usage("usage", words)))
        }
    };
    output::print(&globals, result.unwrap_or_else(Report::from)).into()
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
