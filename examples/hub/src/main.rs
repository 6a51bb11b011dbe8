//! The hub of the QR session protocol (枢纽): `yinxin-hub serve`.
//!
//! It binds the machine of `yinxin_session::hub` to HTTP. What the protocol decides is decided
//! there; here are sockets, files, the clock and the machine's random source.
//!
//! - [`options`]: the command line; [`identity`]: the hub's own key; [`registry`]: the platforms and
//!   the trust list that names them;
//! - [`store`]: sessions in memory, and the requests that were opened, in a file;
//! - [`app`]: what all calls share; [`route`]: the calls; [`serve`]: connections and their end.
#![forbid(unsafe_code)]

mod app;
mod body;
mod identity;
mod options;
mod problem;
mod registry;
mod route;
mod serve;
mod store;

use std::process::ExitCode;

use clap::Parser as _;

use self::options::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are asked for; all else is a usage error.
            let asked = !error.use_stderr();
            let _ = error.print();
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    let done = match arguments.command {
        Command::Serve(options) => serve::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("yinxin-hub: {failure}");
            ExitCode::from(4)
        }
    }
}
