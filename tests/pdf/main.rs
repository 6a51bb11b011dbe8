//! Sealed and signed PDF files: made, verified, forged, and a seal taken back.

mod attack;
mod big;
mod hostile;
mod names;
mod revoke;
mod sign;
mod world;
