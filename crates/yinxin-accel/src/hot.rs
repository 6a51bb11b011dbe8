//! Where the time goes, made here: what is generic is compiled where it is used, and in the npm package
//! everything but this crate is compiled to be small. Each is some lines of others' crates and no
//! algorithm.

use cipher::StreamCipher as _;
use ctr::Ctr32BE;
use ghash::universal_hash::UniversalHash as _;
use ghash::{Block, GHash};

use crate::{Simd, Sm4};

/// AES-128 in counter mode over the next octets.
#[inline(never)]
pub fn aes_128(stream: &mut Ctr32BE<aes::Aes128>, buffer: &mut [u8]) {
    stream.apply_keystream(buffer);
}

/// AES-256 in counter mode over the next octets.
#[inline(never)]
pub fn aes_256(stream: &mut Ctr32BE<aes::Aes256>, buffer: &mut [u8]) {
    stream.apply_keystream(buffer);
}

/// SM4 in counter mode over the next octets.
#[inline(never)]
pub fn sm4(stream: &mut Ctr32BE<Sm4<Simd>>, buffer: &mut [u8]) {
    stream.apply_keystream(buffer);
}

/// GHASH over the next blocks.
#[inline(never)]
pub fn ghash(hash: &mut GHash, blocks: &[Block]) {
    hash.update(blocks);
}
