//! The sidecar (边车): the protocol's platform side for back ends in other languages, over HTTP on
//! loopback. See `docs/integrate.md`.
//!
//! - [`options`]: the command line; [`secret`]: whom it lets in; [`route`]: the calls.
#![forbid(unsafe_code)]

mod options;
mod route;
mod secret;

use std::process::ExitCode;
use std::sync::Arc;

use yinxin_platform_example::program;

use self::options::Options;
use self::route::Sidecar;

fn main() -> ExitCode {
    program::main("yinxin-sidecar", run)
}

fn run(options: &Options) -> Result<(), String> {
    if !options.listen.ip().is_loopback() {
        return Err(format!(
            "--listen: {} is not on loopback; whoever reaches the sidecar signs as the platform",
            options.listen
        ));
    }
    let sidecar = Arc::new(Sidecar::new(options)?);
    let who = format!("yinxin-sidecar {}", options.desk.code);
    program::serve(&who, options.listen, route::router(sidecar))
}
