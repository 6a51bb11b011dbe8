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
mod pdf;
mod session;

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
        ("pyHanko", peer::pyhanko().version()),
        (
            "poppler",
            peer::must_run("pdfsig", &["-v"]).lines().next().unwrap_or_default().to_owned(),
        ),
        (
            "qpdf",
            peer::must_run("qpdf", &["--version"]).lines().next().unwrap_or_default().to_owned(),
        ),
        ("mutool", peer::must_run("mutool", &["-v"]).lines().next().unwrap_or_default().to_owned()),
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
        pdf::CASES,
        session::CASES,
    ]
    .into_iter()
    .flatten()
    .collect();
    let outcome = harness::main(&versions, &cases);
    fixture::remove();
    outcome
}
