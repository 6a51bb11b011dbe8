//! Sealed and signed PDF files: made, verified, forged, and a seal taken back.

mod attack;
mod hostile;
mod revoke;
mod sign;
mod world;
