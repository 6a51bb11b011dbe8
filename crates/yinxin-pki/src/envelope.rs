//! The bid envelope (投标文件加密包): encrypted days before, opened in half an hour, by nobody else.
//!
//! ```text
//! magic · header · recipients · macs · canary · segment 1 · segment 2 · …
//!                                               └ data records, then an end record
//! ```
//!
//! `docs/envelope.md` says every byte. What this module keeps: nothing is released that was not
//! authenticated; a record cannot be dropped, moved, doubled or taken from elsewhere; a key that
//! was wrapped for one envelope is of no use in another.
//!
//! Everything here is pure: bytes in, bytes out. Files and threads are in the crate `yinxin`.

mod chunk;
mod error;
mod evidence;
mod header;
mod keys;
mod reader;
mod receipt;
mod recipients;
mod records;
mod recovery;
#[cfg(test)]
mod tests;
mod writer;

pub use chunk::{DataDigest, OpenedChunk, SealedChunk, SegmentCipher, Trailer};
pub use error::{BidError, Part};
pub use evidence::{Blame, Evidence};
pub use header::{Draft, Header, Layer, Suite, check_file_name};
pub use keys::{ContentKey, ContentKeys};
pub use reader::{Envelope, EnvelopeReader, SegmentReader};
pub use receipt::{Receipt, SegmentReceipt};
pub use records::{Record, RecordOrder, RecordPlace, RecordReader};
pub use recovery::{Recovery, Share};
pub use writer::{Encryptor, SegmentWriter};

/// First octets of every envelope; the last one is the version.
pub const MAGIC: &[u8; 8] = b"yxbid\0\0\x01";

/// Content of the canary, by which readiness is checked.
const CANARY: &[u8; 16] = b"yinxin canary 01";

/// What the canary's key is called where segments are named.
const CANARY_NAME: &str = "canary";

/// Bytes of a key; both suites have keys of 128 bits.
const KEY_LEN: usize = 16;

/// `label ‖ 00`: what keeps one derivation from passing for another.
fn label(name: &str) -> alloc::vec::Vec<u8> {
    [name.as_bytes(), &[0]].concat()
}
