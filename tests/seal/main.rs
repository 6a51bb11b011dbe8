//! Seals, seal signatures, and the documents that carry them.

mod life;
mod ofd;
mod structure;
mod traps;
mod world;
