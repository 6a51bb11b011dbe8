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

use std::process::ExitCode;
use std::sync::Arc;

use yinxin_platform_example::program;

use self::options::Options;
use self::route::Site;

fn main() -> ExitCode {
    program::main("yinxin-platform", run)
}

fn run(options: &Options) -> Result<(), String> {
    let site = Arc::new(Site::new(options)?);
    let who = format!("yinxin-platform {}", options.desk.code);
    program::serve(&who, options.listen, route::router(site))
}
