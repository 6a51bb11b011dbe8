//! Sealed and signed PDF files: made, verified, forged, and a seal taken back.

mod sign;
mod world;
