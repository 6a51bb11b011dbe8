//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use yinxin_platform_example::desk::DeskOptions;

/// What a bidding site written in any language asks on loopback: it makes requests, opens sessions
/// at the hub, and verifies what phones answer. It keeps nothing; the site keeps what it is given.
#[derive(Clone, Debug, Parser)]
#[command(name = "yinxin-sidecar", version, after_help = CALLS)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) desk: DeskOptions,
    /// Origins of its pages, registered at the hub
    #[arg(long, value_name = "ORIGIN", required = true)]
    pub(crate) origin: Vec<String>,
    /// File of the secret that the site calls with: 32 or more letters and digits
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: PathBuf,
    /// Where to listen, on loopback; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7310")]
    pub(crate) listen: SocketAddr,
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
