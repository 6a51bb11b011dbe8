//! The command line.

use std::net::SocketAddr;

use clap::Parser;
use yinxin_platform_example::desk::DeskOptions;

/// The back end of a small bidding site that asks phones by QR code. An example: everything it
/// knows it forgets when it ends.
#[derive(Clone, Debug, Parser)]
#[command(name = "yinxin-platform", version, after_help = CALLS)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) desk: DeskOptions,
    /// Origin of its pages, registered at the hub
    #[arg(long, value_name = "ORIGIN", default_value = "http://localhost:7401")]
    pub(crate) origin: String,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7401")]
    pub(crate) listen: SocketAddr,
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
