//! Certificates, chains, revocation and timestamps, across crates.

mod authority;
mod chain;
mod constraints;
mod crl;
mod hostile;
mod ocsp;
mod timestamp;
mod world;
