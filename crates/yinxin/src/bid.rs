//! Bid envelopes over files and streams, on all cores.
//!
//! The format and its checks are [`yinxin_pki::envelope`]'s; here bytes are read and written, and chunks
//! go over threads, with a bounded number of them in memory.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use yinxin_pki::Explain;
use yinxin_pki::envelope::BidError;
use zeroize::Zeroizing;

mod decrypt;
mod encrypt;
mod parallel;
mod partial;
#[cfg(test)]
mod tests;

pub use decrypt::{Opened, SegmentSink, read_head, verify_file};
pub use encrypt::{Encryption, SelfCheckKeys, Source, self_check};
pub use partial::{Finished, Partial};

/// The file name that the bid has inside the tenderer's layer.
const INNER_NAME: &str = "inner.bid";

/// How a long job runs: on how many cores, who is told of progress, and who may stop it.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// Threads that work on chunks, at least 1.
    pub cores: usize,
    /// Told the bytes of plaintext done so far.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Set from elsewhere to stop the job at the next chunk.
    pub cancelled: &'a AtomicBool,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job(on {} cores)", self.cores)
    }
}

impl Job<'_> {
    fn check(&self) -> Result<(), BidFileError> {
        if self.cancelled.load(Ordering::Relaxed) { Err(BidFileError::Cancelled) } else { Ok(()) }
    }
}

/// Cores of this machine, as the system says.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Why a job on a bid file did not finish.
#[derive(Debug)]
#[non_exhaustive]
pub enum BidFileError {
    /// The envelope was refused or not made.
    Bid(BidError),
    /// Stopped by the caller.
    Cancelled,
    /// Reading failed.
    Read(io::Error),
    /// Writing failed: a full disk, most often.
    Write(io::Error),
}

impl From<BidError> for BidFileError {
    fn from(error: BidError) -> Self {
        Self::Bid(error)
    }
}

/// What travelled through a layer that is a stream comes out as itself.
impl BidFileError {
    fn read(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Read)
    }

    fn write(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(Self::Write)
    }
}

impl std::fmt::Display for BidFileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bid(error) => error.fmt(f),
            Self::Cancelled => f.write_str("stopped; nothing was left behind"),
            Self::Read(error) | Self::Write(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BidFileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bid(error) => Some(error),
            Self::Cancelled => None,
            Self::Read(error) | Self::Write(error) => Some(error),
        }
    }
}

impl BidFileError {
    /// The refusal, if the envelope was refused.
    #[must_use]
    pub const fn refusal(&self) -> Option<&BidError> {
        match self {
            Self::Bid(error) => Some(error),
            Self::Cancelled | Self::Read(_) | Self::Write(_) => None,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Bid(error) => error.code(),
            Self::Cancelled => "cancelled",
            Self::Read(_) => "read_failed",
            Self::Write(_) => "write_failed",
        }
    }
}

/// Reads until `buffer` is full or the source ends; how much there was.
fn read_full(source: &mut dyn io::Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Buffers of one record each that are used again: fresh ones cost more than the cipher does.
/// Wiped when the job ends.
#[derive(Default)]
struct Spare(std::cell::RefCell<Vec<Zeroizing<Vec<u8>>>>);

impl Spare {
    fn take(&self) -> Zeroizing<Vec<u8>> {
        self.0.borrow_mut().pop().unwrap_or_default()
    }

    fn give(&self, buffer: Zeroizing<Vec<u8>>) {
        self.0.borrow_mut().push(buffer);
    }
}

/// Makes sure of the capacity. A buffer that is too small is wiped and another taken, for one that
/// grows in place may leave plaintext behind where it was.
fn fit(buffer: &mut Zeroizing<Vec<u8>>, capacity: usize) {
    if buffer.capacity() < capacity {
        *buffer = Zeroizing::new(Vec::with_capacity(capacity));
    }
}
