//! What calls leave behind them on the stack.
//!
//! A secret that moves leaves a copy in the frame it came from. The frame is dead, the memory under it
//! stays as it was until a later call happens to write there, and all of a module's memory can be read
//! by whoever has the page. So where a secret is let go of, dead frames are written over.

use core::hint::black_box;

/// Octets below the current frame that are written over: more than any call here goes down.
const DEPTH: usize = 128 << 10;

/// The last field of whatever holds a secret: fields before it are wiped by then.
#[derive(Debug)]
pub(crate) struct Wipe;

impl Drop for Wipe {
    fn drop(&mut self) {
        write_over();
    }
}

#[inline(never)]
fn write_over() {
    let mut dead = [0_u8; DEPTH];
    black_box(&mut dead);
}
