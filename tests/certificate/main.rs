//! Certificates, chains, revocation and timestamps, across crates.

mod authority;
mod chain;
mod constraints;
mod crl;
mod differential;
mod holder;
mod hostile;
mod mixed;
mod ocsp;
mod parameters;
mod timestamp;
mod world;
