//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The hub of the QR session protocol: it relays between a platform's page and a bidder's phone
/// and cannot read what it relays.
#[derive(Debug, Parser)]
#[command(name = "yinxin-hub", version, after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer calls until SIGTERM or Ctrl-C
    #[command(after_help = EXAMPLE)]
    Serve(Options),
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Folder made by `yinxin ca init`: its trust-list key signs the list, its issuing
    /// certificates are the ones whose holders may answer
    #[arg(long, value_name = "CA")]
    pub(crate) ca: PathBuf,
    /// The platforms: a JSON file, see below; read again whenever it changes
    #[arg(long, value_name = "FILE")]
    pub(crate) platforms: PathBuf,
    /// Name of the hub as it stands in QR codes, at most 40 characters
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    pub(crate) host: String,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7300")]
    pub(crate) listen: SocketAddr,
    /// Folder for the hub's own key and for the requests that were opened, so that a restart lets
    /// nobody open one again; without it both live as long as the process
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// The hub's key (PKCS#8, PEM), instead of one it makes itself
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// The certificate of that key (PEM)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// Sessions held at once
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sessions: u32,
    /// Origin of a phone that runs in a browser, which may call from there; may be given more than
    /// once
    #[arg(long = "phone-origin", value_name = "ORIGIN")]
    pub(crate) phone_origins: Vec<String>,
    /// A proxy stands in front: take the caller's address from the last X-Forwarded-For
    #[arg(long)]
    pub(crate) behind_proxy: bool,
}

const EXAMPLE: &str = r#"The platforms file; certificate files are named from its folder:

  {"platforms": [{
    "code": "P-1",
    "name": "示范交易平台",
    "origins": ["http://localhost:7401"],
    "certificates": ["platform.pem"],
    "scenes": ["login", "messageSignature", "signature", "revokeSignature", "encrypt", "decrypt"],
    "state": "active"
  }]}

A platform whose `state` is set to "suspended" is refused within five seconds, and its open sessions
fail.

From nothing to a running hub:

  yinxin ca init --dir CA --algorithm sm2
  cp CA/platform.pem platform.pem
  yinxin-hub serve --ca CA --platforms platforms.json --listen 127.0.0.1:0

When it is ready it prints one line on standard output:

  yinxin-hub localhost listens on http://127.0.0.1:43121

Plain HTTP: a proxy in front speaks TLS. The calls are described in docs/protocol.md, "HTTP binding"."#;
