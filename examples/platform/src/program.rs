//! What both programs are around their calls: a command line, a socket, an end.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use clap::Parser;

use crate::stop::told_to_stop;

/// Reads the command line and runs; the program's name stands before what it has to say.
pub fn main<O: Parser>(name: &str, run: impl FnOnce(&O) -> Result<(), String>) -> ExitCode {
    let options = match O::try_parse() {
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
            eprintln!("{name}: {words}");
            ExitCode::from(4)
        }
    }
}

/// Serves until it is told to stop; the first line it prints says who listens where.
///
/// # Errors
///
/// Words for an address that is taken.
pub fn serve(who: &str, listen: SocketAddr, router: Router) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let failed = |error: std::io::Error| format!("{listen}: {error}");
        let listener = tokio::net::TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        println!("{who} listens on http://{address}");
        let _ = std::io::stdout().flush();
        axum::serve(listener, router)
            .with_graceful_shutdown(told_to_stop())
            .await
            .map_err(|error| error.to_string())
    })
}
