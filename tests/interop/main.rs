//! The programs we check ourselves against, both ways, and one table of who agreed.
//!
//! `cargo xtask test` builds the peers first; alone: `cargo xtask peers`, then
//! `cargo test -p yinxin-tests --test interop [WORD...]`.

mod authority;
mod bouncycastle;
mod envelope;
mod fixture;
mod gmsm;
mod keys;
mod ofdrw;
mod openssl;
mod openssl4;

use std::process::ExitCode;

use yinxin_tests::{harness, peer};

fn main() -> ExitCode {
    let versions = [
        ("OpenSSL", peer::openssl().version()),
        ("OpenSSL", peer::openssl4().version()),
        ("gmsm", peer::gmsm().version()),
        ("BouncyCastle", peer::bouncycastle().version()),
        ("ofdrw", peer::ofdrw().version()),
        ("envelope reader", peer::envelope_reader().version()),
    ];
    let cases: Vec<_> = [
        openssl::CASES,
        openssl4::CASES,
        gmsm::CASES,
        bouncycastle::CASES,
        authority::CASES,
        keys::CASES,
        envelope::CASES,
        ofdrw::CASES,
    ]
    .into_iter()
    .flatten()
    .collect();
    let outcome = harness::main(&versions, &cases);
    fixture::remove();
    outcome
}
