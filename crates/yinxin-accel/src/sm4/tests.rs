//! Every block as the crate `sm4` makes it.

use cipher::{Array, BlockCipherDecrypt as _, BlockCipherEncrypt as _, KeyInit as _};

use super::Sm4;
use crate::Plain;

/// Octets without an end, the same at every run.
struct Octets(u64);

impl Octets {
    fn next<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0.to_be_bytes()[3]
        })
    }
}

#[test]
fn one_block_and_any_number_of_blocks_equal_the_plain_crate_both_ways() {
    let mut octets = Octets(0x9e37_79b9_7f4a_7c15);
    for count in 0..70 {
        let key: [u8; 16] = octets.next();
        let ours = Sm4::<Plain>::new(&key.into());
        let theirs = sm4::Sm4::new(&key.into());
        let clear: [Array<u8, _>; 70] = core::array::from_fn(|_| Array::from(octets.next::<16>()));
        let (mut mine, mut other) = (clear, clear);
        ours.encrypt_blocks(&mut mine[..count]);
        theirs.encrypt_blocks(&mut other[..count]);
        assert_eq!(mine, other, "{count} blocks");
        ours.decrypt_blocks(&mut mine[..count]);
        assert_eq!(mine, clear, "{count} blocks back");
        theirs.decrypt_block(&mut other[0]);
        ours.encrypt_block(&mut mine[0]);
        theirs.decrypt_block(&mut mine[0]);
        assert_eq!(mine[0], clear[0]);
    }
}

#[test]
fn a_block_encrypted_ten_thousand_times_is_the_plain_crate_s() {
    let key = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128.to_be_bytes();
    let (ours, theirs) = (Sm4::<Plain>::new(&key.into()), sm4::Sm4::new(&key.into()));
    let (mut mine, mut other) = (key.into(), key.into());
    for _ in 0..10_000 {
        ours.encrypt_block(&mut mine);
        theirs.encrypt_block(&mut other);
    }
    assert_eq!(mine, other);
}
