//! Big files, filled and digested without being held in memory.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};

use yinxin_pki::{Digest, DigestAlgorithm};

/// The size of the long form of a test, behind `cargo xtask test --long`, or the usual one.
#[must_use]
pub fn long_or(long: u64, usual: u64) -> u64 {
    if std::env::var_os("YINXIN_LONG").is_some() { long } else { usual }
}

/// Fills a file with bytes that do not repeat, and gives their digest.
#[must_use]
pub fn fill(path: &str, mebibytes: u64) -> Digest {
    let mut hasher = DigestAlgorithm::Sm3.hasher();
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = [0; 64 << 10];
    for _ in 0..mebibytes * 16 {
        for chunk in block.chunks_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            chunk.copy_from_slice(&state.to_le_bytes());
        }
        hasher.update(&block);
        out.write_all(&block).unwrap();
    }
    out.flush().unwrap();
    hasher.finish()
}

/// The SM3 digest of a file.
#[must_use]
pub fn digest_of(path: &str) -> Digest {
    let mut hasher = DigestAlgorithm::Sm3.hasher();
    let mut file = BufReader::new(File::open(path).unwrap());
    let mut block = vec![0; 64 << 10];
    loop {
        let length = file.read(&mut block).unwrap();
        if length == 0 {
            return hasher.finish();
        }
        hasher.update(&block[..length]);
    }
}
