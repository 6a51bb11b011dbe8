//! Messages that are not what they seem.

mod flipped;
mod objects;
