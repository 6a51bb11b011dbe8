//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

/// What a bidding site written in any language asks on loopback: it makes requests, opens sessions
/// at the hub, and verifies what phones answer. It keeps nothing; the site keeps what it is given.
#[derive(Clone, Debug, Parser)]
#[command(name = "yinxin-sidecar", version, after_help = CALLS)]
pub(crate) struct Options {
    /// Code of the platform, as it is registered at the hub
    #[arg(long, value_name = "CODE")]
    pub(crate) code: String,
    /// Name of the platform, as it is registered at the hub
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Key that signs its requests (PKCS#8, PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Certificate of that key, registered at the hub (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: PathBuf,
    /// Roots of the holders' certificates (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// Revocation list of the holders' authority (PEM or DER), read again every minute
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// Refuse certificates of which no list speaks
    #[arg(long)]
    pub(crate) require_revocation: bool,
    /// Origins of its pages, registered at the hub
    #[arg(long, value_name = "ORIGIN", required = true)]
    pub(crate) origin: Vec<String>,
    /// File of the secret that the site calls with: 32 or more letters and digits
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: PathBuf,
    /// Where to listen, on loopback; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7310")]
    pub(crate) listen: SocketAddr,
    /// Name of the hub as it stands in QR codes
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    pub(crate) hub: String,
    /// Where the hub answers: http, to the hub itself or to a proxy that speaks TLS to it
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7300")]
    pub(crate) hub_url: String,
    /// Where pages reach the hub, if that is elsewhere
    #[arg(long, value_name = "URL")]
    pub(crate) hub_page_url: Option<String>,
}

const CALLS: &str =
    "All calls carry `Authorization: Bearer` and the secret; GET /openapi.json describes them:

  POST /v1/visit     {cookie}                                        -> {nonce, suite, hub, hubs, trust, visit}
  POST /v1/open      {scene, begin, visit, cookie, display?, payload?, require?}
                                                 -> {digest, sid, pending, platformToken, forPage}
  POST /v1/verify    {pending, cookie, result}                       -> {pending, again, answer}
  POST /v1/receipt   {sid, platformToken, digest, statementDigest, refused?, reference?}  -> {}
  POST /v1/files     a file                                          -> the finding on it

Recipes for Java, Go and C#: docs/integrate.md.";
