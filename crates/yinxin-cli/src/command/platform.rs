//! `yinxin platform`: a platform without a platform, and its page without a browser.

mod ask;
mod product;
mod session;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::Globals;
use crate::output::{Failure, Report};
use crate::secret::Passwords;
use crate::trust::{self, TrustOptions};

#[derive(Args, Debug)]
pub(crate) struct Platform {
    #[command(flatten)]
    own: Own,
    #[command(subcommand)]
    scene: Scene,
}

/// Which platform, and whom it trusts.
#[derive(Args, Debug)]
struct Own {
    /// The hub's address, for instance http://127.0.0.1:7300
    #[arg(long, value_name = "URL")]
    hub: String,
    /// The platform's code at the hub
    #[arg(long, value_name = "C")]
    code: String,
    /// The platform's key
    #[arg(long, value_name = "KEY.pem")]
    key: PathBuf,
    /// Its certificate, which the hub's list names
    #[arg(long, value_name = "C.pem")]
    certificate: PathBuf,
    /// Origin of the page (else the first that the hub's list has)
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,
    /// Key of the page's browser (P-256): a phone can know it again
    #[arg(long, value_name = "KEY.pem")]
    browser_key: Option<PathBuf>,
    /// Credit code of the unit that is logged in: whose certificate has to answer
    #[arg(long, value_name = "CODE")]
    credit_code: Option<String>,
    /// What the phone shows besides
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Picture of the code, drawn anew each second
    #[arg(long, value_name = "FILE", global = true)]
    qr_out: Option<PathBuf>,
    /// Seconds to wait for an answer
    #[arg(long, value_name = "S", default_value_t = 300, global = true)]
    timeout: u64,
    /// Where the product goes: sealed or restored file, signature, certificates, folder of the
    /// opened bid, or the record of a login
    #[arg(long, value_name = "F", global = true)]
    out: Option<PathBuf>,
    /// Where request and answer go, for `yinxin verify` without a hub
    #[arg(long, value_name = "F", global = true)]
    record: Option<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
    #[command(flatten)]
    passwords: Passwords,
}

/// What the phone is asked for.
#[derive(Debug, Subcommand)]
enum Scene {
    /// Log somebody in
    Login,
    /// Have a file signed
    Sign(ask::SignOne),
    /// Have an OFD or PDF sealed
    Seal(ask::SealOne),
    /// Have a seal taken back
    Revoke(ask::RevokeOne),
    /// Ask for the encryption certificate that a bid is to be encrypted to
    Encrypt(ask::EncryptTo),
    /// Have a bid opened
    Decrypt(ask::DecryptOne),
}

pub(crate) fn run(platform: &Platform, globals: &Globals) -> Result<Report, Failure> {
    let own = &platform.own;
    let asked = ask::read(&platform.scene, own)?;
    let key = own.passwords.open(&own.key)?.key.into_signing();
    let certificate = trust::certificate(&own.certificate)?;
    session::run(own, asked, (key, certificate), globals)
}
