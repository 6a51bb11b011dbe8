//! What the tests share: the peers, a folder for each test, our side of an exchange of files, and
//! the table of who agreed with whom.

pub mod archive;
pub mod big;
pub mod everywhere;
pub mod folder;
pub mod harness;
pub mod ours;
pub mod paper;
pub mod peer;
