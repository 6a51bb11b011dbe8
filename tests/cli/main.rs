//! The command line as scripts see it: exit codes and the one JSON object.

mod bid;
mod certificate_codes;
mod contract;
mod documents;
mod pictures;
mod ring;
mod services;
mod session;
mod sof_scan;
