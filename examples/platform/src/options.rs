//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

/// The back end of a small bidding site that asks phones by QR code. An example: everything it
/// knows it forgets when it ends.
#[derive(Clone, Debug, Parser)]
#[command(name = "yinxin-platform", version, after_help = CALLS)]
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
    /// Origin of its pages, registered at the hub
    #[arg(long, value_name = "ORIGIN", default_value = "http://localhost:7401")]
    pub(crate) origin: String,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7401")]
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

const CALLS: &str = "The page's calls, JSON both ways, with the page's cookie and Origin; the npm package's client makes them:

  POST /api/yinxin/open
    {step: visit}                                 -> {nonce, suite, hub, hubs, trust, account?}
    {step: open, scene, nonce, begin, input?}     -> {digest, ticket}; input is {display?, payload?}
    {step: result, digest, result}                -> {statementDigest, holder, again, revocationUnknown}
  GET  /api/state/DIGEST                                     -> {scene, accepted, receipt}
  GET  /api/account                                          -> {account?}

A scene is login, messageSignature, signature, revokeSignature, encrypt or decrypt; payload is the scene's as in
docs/protocol.md. All scenes but login and encrypt ask for the unit that is logged in, and nobody else's certificate
may answer. Without --crl nothing is known of revocation, and `revocationUnknown` says so.";
