//! The back end of a small bidding site (交易平台): it asks phones for logins, signatures, seals and
//! content keys, and verifies what they answer.
//!
//! It is an example and the honest test of the hub: it knows the hub by its public HTTP calls alone,
//! keeps everything in memory, and leaves all business to the page. Answers are verified here,
//! whether the hub is up or not.
//!
//! - [`options`]: the command line; [`books`]: visitors, accounts and what was asked;
//! - [`route`]: the calls of the page; the calls to the hub, and refusals, are in the library beside it.
#![forbid(unsafe_code)]

mod books;
mod options;
mod route;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;

use self::options::Options;
use self::route::Site;

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
            eprintln!("yinxin-platform: {words}");
            ExitCode::from(4)
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let site = Arc::new(Site::new(options)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let failed = |error: std::io::Error| format!("{}: {error}", options.listen);
        let listener = tokio::net::TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        println!("yinxin-platform {} listens on http://{address}", options.code);
        let _ = std::io::stdout().flush();
        axum::serve(listener, route::router(site))
            .with_graceful_shutdown(yinxin_platform_example::stop::told_to_stop())
            .await
            .map_err(|error| error.to_string())
    })
}
