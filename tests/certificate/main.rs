//! Certificates, chains, revocation and timestamps, across crates.

mod authority;
