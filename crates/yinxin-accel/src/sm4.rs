//! SM4 (GB/T 32907), sixteen blocks at a time.
//!
//! Four blocks lie across four vectors, word by word, so that a round is the same step for all; four
//! such groups are worked on side by side, for each waits on itself.

mod sbox;

use core::fmt;
use core::marker::PhantomData;

use cipher::consts::U16;
use cipher::inout::InOut;
use cipher::{
    Block, BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt, BlockCipherEncBackend,
    BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, Key, KeyInit, KeySizeUser, ParBlocks,
    ParBlocksSizeUser,
};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::Vector;
use sbox::substitute;

/// SM4 over vectors of the kind `V`. Its round keys are wiped on drop and never printed.
///
/// ```
/// use cipher::{BlockCipherEncrypt, KeyInit};
/// use yinxin_accel::{Plain, Sm4};
///
/// // GB/T 32907-2016, appendix A.1: key and block are the same octets.
/// let key = 0x0123456789abcdeffedcba9876543210_u128.to_be_bytes();
/// let mut block = key.into();
/// Sm4::<Plain>::new(&key.into()).encrypt_block(&mut block);
/// assert_eq!(block[..], 0x681edf34d206965e86b3e94f536e4246_u128.to_be_bytes());
/// ```
pub struct Sm4<V> {
    round_keys: [u32; 32],
    vector: PhantomData<V>,
}

impl<V> Clone for Sm4<V> {
    fn clone(&self) -> Self {
        Self { round_keys: self.round_keys, vector: PhantomData }
    }
}

impl<V> Drop for Sm4<V> {
    fn drop(&mut self) {
        self.round_keys.zeroize();
    }
}

impl<V> ZeroizeOnDrop for Sm4<V> {}

impl<V> fmt::Debug for Sm4<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sm4(..)")
    }
}

impl<V> KeySizeUser for Sm4<V> {
    type KeySize = U16;
}

impl<V> BlockSizeUser for Sm4<V> {
    type BlockSize = U16;
}

impl<V> ParBlocksSizeUser for Sm4<V> {
    type ParBlocksSize = U16;
}

/// The system parameter FK, clause 7.3.
const FK: [u32; 4] = [0xa3b1_bac6, 0x56aa_3350, 0x677d_9197, 0xb270_22dc];

/// The fixed parameter CK of a round: octet j of it is (4 i + j) · 7 modulo 256, clause 7.3.
fn fixed(round: u32) -> u32 {
    (0..4).fold(0, |word, octet| word << 8 | (((4 * round + octet) * 7) & 0xff))
}

impl<V: Vector> KeyInit for Sm4<V> {
    fn new(key: &Key<Self>) -> Self {
        let mut words = FK;
        for (word, octets) in words.iter_mut().zip(key.0.as_chunks().0) {
            *word ^= u32::from_be_bytes(*octets);
        }
        let mut round_keys = [0; 32];
        for (round, round_key) in (0..).zip(&mut round_keys) {
            let [first, second, third, fourth] = words;
            let word = substitute(V::words(second ^ third ^ fourth ^ fixed(round))).store();
            let word = u32::from_le_bytes(word.as_chunks().0.first().copied().unwrap_or_default());
            let next = first ^ word ^ word.rotate_left(13) ^ word.rotate_left(23);
            words = [second, third, fourth, next];
            *round_key = next;
        }
        words.zeroize();
        Self { round_keys, vector: PhantomData }
    }
}

/// Blocks in a group: one for each word of a vector.
const LANES: usize = 4;

/// Runs all rounds over groups of four blocks.
#[inline(always)]
fn rounds<'k, V: Vector, const GROUPS: usize>(
    keys: impl Iterator<Item = &'k [u32; 4]>,
    order: [usize; 4],
    groups: [[V; LANES]; GROUPS],
) -> [[V; LANES]; GROUPS] {
    // The same word of every group side by side: so all of it stays in registers.
    let groups = groups.map(|group| V::transpose(group.map(V::swap)));
    let mut a = groups.map(|[a, ..]| a);
    let mut b = groups.map(|[_, b, ..]| b);
    let mut c = groups.map(|[_, _, c, _]| c);
    let mut d = groups.map(|[.., d]| d);
    for four in keys {
        let [first, second, third, fourth] =
            order.map(|at| V::words(four.get(at).copied().unwrap_or_default()));
        round(&mut a, &b, &c, &d, first);
        round(&mut b, &c, &d, &a, second);
        round(&mut c, &d, &a, &b, third);
        round(&mut d, &a, &b, &c, fourth);
    }
    let mut groups = groups;
    for ((((group, a), b), c), d) in groups.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *group = V::transpose([d, c, b, a]).map(V::swap);
    }
    groups
}

/// One round of every group.
#[inline(always)]
fn round<V: Vector, const GROUPS: usize>(
    target: &mut [V; GROUPS],
    one: &[V; GROUPS],
    two: &[V; GROUPS],
    three: &[V; GROUPS],
    key: V,
) {
    for (((target, one), two), three) in target.iter_mut().zip(one).zip(two).zip(three) {
        *target = target.xor(mixed(*one, *two, *three, key));
    }
}

/// The round function's T over three words and a round key.
#[inline(always)]
fn mixed<V: Vector>(one: V, two: V, three: V, key: V) -> V {
    let word = substitute(one.xor(two).xor(three).xor(key));
    // word ^ <<< 2 ^ <<< 10 ^ <<< 18 ^ <<< 24: rotations by whole octets are the cheap ones.
    let sum = word.xor(word.left_8()).xor(word.left_16());
    word.xor(sum.left_2()).xor(word.left_24())
}

impl<V: Vector> Sm4<V> {
    #[inline(always)]
    fn forward<const GROUPS: usize>(&self, groups: [[V; 4]; GROUPS]) -> [[V; 4]; GROUPS] {
        rounds(self.round_keys.as_chunks().0.iter(), [0, 1, 2, 3], groups)
    }

    #[inline(always)]
    fn backward<const GROUPS: usize>(&self, groups: [[V; 4]; GROUPS]) -> [[V; 4]; GROUPS] {
        rounds(self.round_keys.as_chunks().0.iter().rev(), [3, 2, 1, 0], groups)
    }
}

#[inline(always)]
fn one<V: Vector>(block: InOut<'_, '_, Block<Sm4<V>>>, run: impl Fn([[V; 4]; 1]) -> [[V; 4]; 1]) {
    let mut block = block;
    let [[done, ..]] = run([[V::load(&block.get_in().0); 4]]);
    block.get_out().0 = done.store();
}

#[inline(always)]
fn many<V: Vector>(
    blocks: InOut<'_, '_, ParBlocks<Sm4<V>>>,
    run: impl Fn([[V; 4]; 4]) -> [[V; 4]; 4],
) {
    let mut blocks = blocks;
    let (from, _) = blocks.get_in().0.as_chunks::<4>();
    let mut groups = [[V::octets(0); 4]; 4];
    for (group, blocks) in groups.iter_mut().zip(from) {
        *group = blocks.each_ref().map(|block| V::load(&block.0));
    }
    let groups = run(groups);
    let (to, _) = blocks.get_out().0.as_chunks_mut::<4>();
    for (blocks, group) in to.iter_mut().zip(groups) {
        for (block, vector) in blocks.iter_mut().zip(group) {
            block.0 = vector.store();
        }
    }
}

impl<V: Vector> BlockCipherEncBackend for Sm4<V> {
    #[inline]
    fn encrypt_block(&self, block: InOut<'_, '_, Block<Self>>) {
        one(block, |group| self.forward(group));
    }

    #[inline]
    fn encrypt_par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>) {
        many(blocks, |groups| self.forward(groups));
    }
}

impl<V: Vector> BlockCipherDecBackend for Sm4<V> {
    #[inline]
    fn decrypt_block(&self, block: InOut<'_, '_, Block<Self>>) {
        one(block, |group| self.backward(group));
    }

    #[inline]
    fn decrypt_par_blocks(&self, blocks: InOut<'_, '_, ParBlocks<Self>>) {
        many(blocks, |groups| self.backward(groups));
    }
}

impl<V: Vector> BlockCipherEncrypt for Sm4<V> {
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = U16>) {
        f.call(self);
    }
}

impl<V: Vector> BlockCipherDecrypt for Sm4<V> {
    fn decrypt_with_backend(&self, f: impl BlockCipherDecClosure<BlockSize = U16>) {
        f.call(self);
    }
}

#[cfg(test)]
mod tests;
