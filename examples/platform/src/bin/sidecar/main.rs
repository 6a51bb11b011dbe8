//! The sidecar (边车): the protocol's platform side for back ends in other languages, over HTTP on
//! loopback. See `docs/integrate.md`.
//!
//! - [`options`]: the command line; [`desk`]: keys, certificates, what is trusted;
//! - [`route`]: the calls.
#![forbid(unsafe_code)]

mod desk;
mod options;
mod route;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;

use self::desk::Desk;
use self::options::Options;

fn main() -> ExitCode {
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) => {
            // Help and version are asked for; all else is a usage error.
            let asked = !error.use_stderr();
            let _ = error.print();
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("yinxin-sidecar: {words}");
            ExitCode::from(4)
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    if !options.listen.ip().is_loopback() {
        return Err(format!(
            "--listen: {} is not on loopback; whoever reaches the sidecar signs as the platform",
            options.listen
        ));
    }
    let desk = Arc::new(Desk::new(options)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let failed = |error: std::io::Error| format!("{}: {error}", options.listen);
        let listener = tokio::net::TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        println!("yinxin-sidecar {} listens on http://{address}", options.code);
        let _ = std::io::stdout().flush();
        axum::serve(listener, route::router(desk))
            .with_graceful_shutdown(yinxin_platform_example::stop::told_to_stop())
            .await
            .map_err(|error| error.to_string())
    })
}
