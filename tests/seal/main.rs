//! Seals, seal signatures, and the documents that carry them.

mod hostile;
mod life;
mod mutants;
mod ofd;
mod structure;
mod traps;
mod vendor;
mod world;
