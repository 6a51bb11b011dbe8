//! Galois/counter mode (NIST SP 800-38D), streaming, with nonces of 12 bytes and tags of 16.

use core::fmt;

use aes_gcm::aead::array::Array;
use ctr::cipher::{BlockCipherEncrypt, InnerIvInit, KeyInit};
use ctr::{Ctr32BE, CtrCore};
use ghash::GHash;
use ghash::universal_hash::UniversalHash as _;
use subtle::ConstantTimeEq;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use yinxin_accel::hot;

use super::{Cipher, CipherKey};

/// The loops over bulk data; in WASM they are another crate's, which is compiled to be fast.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod hot {
    use ctr::Ctr32BE;
    use ctr::cipher::StreamCipher as _;
    use ghash::universal_hash::UniversalHash as _;
    use ghash::{Block, GHash};

    pub(super) fn aes_128(stream: &mut Ctr32BE<aes::Aes128>, buffer: &mut [u8]) {
        stream.apply_keystream(buffer);
    }

    pub(super) fn aes_256(stream: &mut Ctr32BE<aes::Aes256>, buffer: &mut [u8]) {
        stream.apply_keystream(buffer);
    }

    pub(super) fn sm4(stream: &mut Ctr32BE<crate::cipher::Sm4>, buffer: &mut [u8]) {
        stream.apply_keystream(buffer);
    }

    pub(super) fn ghash(hash: &mut GHash, blocks: &[Block]) {
        hash.update(blocks);
    }
}

/// Bytes of a tag.
pub const TAG_LEN: usize = 16;

/// One message under GCM: feed it, then take or check the tag.
///
/// Decrypted bytes are not to be believed before [`verify`](Self::verify) has passed.
pub struct Gcm {
    stream: Stream,
    ghash: GHash,
    /// The first key stream block, which masks the tag.
    mask: [u8; 16],
    /// Ciphertext not yet a whole block.
    partial: [u8; 16],
    aad_len: u64,
    text_len: u64,
}

enum Stream {
    Aes128(Ctr32BE<aes::Aes128>),
    Aes256(Ctr32BE<aes::Aes256>),
    Sm4(Ctr32BE<super::Sm4>),
}

impl Gcm {
    /// Starts a message.
    ///
    /// # Errors
    ///
    /// [`GcmError::NotGcm`] for a cipher in another mode or a key of another length: the caller's
    /// program is wrong.
    pub fn new(
        cipher: Cipher,
        key: &CipherKey,
        nonce: &[u8; 12],
        aad: &[u8],
    ) -> Result<Self, GcmError> {
        Self::with_key_bytes(cipher, key.as_bytes(), nonce, aad)
    }

    pub(crate) fn with_key_bytes(
        cipher: Cipher,
        key: &[u8],
        nonce: &[u8; 12],
        aad: &[u8],
    ) -> Result<Self, GcmError> {
        let mut first = Array::from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        for (to, from) in first.iter_mut().zip(nonce) {
            *to = *from;
        }
        let mut hash_key = Array::from([0; 16]);
        let mut stream = match cipher {
            Cipher::Aes128Gcm => {
                let block = aes::Aes128::new_from_slice(key).map_err(|_| GcmError::NotGcm)?;
                block.encrypt_block(&mut hash_key);
                Stream::Aes128(Ctr32BE::from_core(CtrCore::inner_iv_init(block, &first)))
            }
            Cipher::Aes256Gcm => {
                let block = aes::Aes256::new_from_slice(key).map_err(|_| GcmError::NotGcm)?;
                block.encrypt_block(&mut hash_key);
                Stream::Aes256(Ctr32BE::from_core(CtrCore::inner_iv_init(block, &first)))
            }
            Cipher::Sm4Gcm => {
                let block = super::Sm4::new_from_slice(key).map_err(|_| GcmError::NotGcm)?;
                block.encrypt_block(&mut hash_key);
                Stream::Sm4(Ctr32BE::from_core(CtrCore::inner_iv_init(block, &first)))
            }
            _ => return Err(GcmError::NotGcm),
        };
        let mut mask = [0; 16];
        stream.apply(&mut mask);
        let mut ghash = GHash::new(&hash_key);
        ghash.update_padded(aad);
        let aad_len = u64::try_from(aad.len()).map_err(|_| GcmError::TooLong)?;
        Ok(Self { stream, ghash, mask, partial: [0; 16], aad_len, text_len: 0 })
    }

    /// Encrypts the next bytes in place.
    ///
    /// # Errors
    ///
    /// [`GcmError::TooLong`] past 2^36 - 32 bytes, where the counter would repeat.
    pub fn encrypt(&mut self, buffer: &mut [u8]) -> Result<(), GcmError> {
        let start = self.advance(buffer.len())?;
        self.stream.apply(buffer);
        self.absorb(start, buffer);
        Ok(())
    }

    /// Decrypts the next bytes in place.
    ///
    /// # Errors
    ///
    /// [`GcmError::TooLong`] past 2^36 - 32 bytes.
    pub fn decrypt(&mut self, buffer: &mut [u8]) -> Result<(), GcmError> {
        let start = self.advance(buffer.len())?;
        self.absorb(start, buffer);
        self.stream.apply(buffer);
        Ok(())
    }

    /// The tag over everything.
    #[must_use]
    pub fn tag(mut self) -> [u8; TAG_LEN] {
        let filled = filled(self.text_len);
        if filled > 0 {
            let mut last = self.partial;
            for octet in last.iter_mut().skip(filled) {
                *octet = 0;
            }
            self.ghash.update(&[Array::from(last)]);
        }
        let mut lengths = [0; 16];
        let (aad, text) = lengths.split_at_mut(8);
        aad.copy_from_slice(&(self.aad_len * 8).to_be_bytes());
        text.copy_from_slice(&(self.text_len * 8).to_be_bytes());
        self.ghash.update(&[Array::from(lengths)]);
        let mut tag: [u8; TAG_LEN] = self.ghash.finalize().into();
        for (octet, mask) in tag.iter_mut().zip(self.mask) {
            *octet ^= mask;
        }
        tag
    }

    /// Checks the tag in constant time.
    ///
    /// # Errors
    ///
    /// [`GcmError::Tag`]: the bytes were changed or the key is another one.
    pub fn verify(self, tag: &[u8]) -> Result<(), GcmError> {
        if bool::from(self.tag().as_slice().ct_eq(tag)) { Ok(()) } else { Err(GcmError::Tag) }
    }

    /// Counts `len` more bytes; returns how full the last block was before.
    fn advance(&mut self, len: usize) -> Result<usize, GcmError> {
        let start = filled(self.text_len);
        let total = u64::try_from(len).ok().and_then(|len| self.text_len.checked_add(len));
        self.text_len = total.filter(|total| *total <= MAX_LEN).ok_or(GcmError::TooLong)?;
        Ok(start)
    }

    fn absorb(&mut self, start: usize, mut ciphertext: &[u8]) {
        if start > 0 {
            let room = 16 - start;
            let (head, rest) = ciphertext.split_at(room.min(ciphertext.len()));
            for (to, from) in self.partial.iter_mut().skip(start).zip(head) {
                *to = *from;
            }
            if head.len() < room {
                return;
            }
            self.ghash.update(&[Array::from(self.partial)]);
            ciphertext = rest;
        }
        let (blocks, rest) = Array::slice_as_chunks(ciphertext);
        hot::ghash(&mut self.ghash, blocks);
        for (to, from) in self.partial.iter_mut().zip(rest) {
            *to = *from;
        }
    }
}

impl fmt::Debug for Gcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gcm({} bytes)", self.text_len)
    }
}

/// SP 800-38D §5.2.1.1: 2^39 - 256 bits.
const MAX_LEN: u64 = (1 << 36) - 32;

const fn filled(len: u64) -> usize {
    #[expect(clippy::as_conversions, reason = "below 16")]
    {
        (len % 16) as usize
    }
}

impl Stream {
    fn apply(&mut self, buffer: &mut [u8]) {
        match self {
            Self::Aes128(stream) => hot::aes_128(stream, buffer),
            Self::Aes256(stream) => hot::aes_256(stream, buffer),
            Self::Sm4(stream) => hot::sm4(stream, buffer),
        }
    }
}

/// Why GCM did not go through.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum GcmError {
    /// The cipher is not a GCM one, or the key has another length.
    NotGcm,
    /// The tag does not match: changed, or another key.
    Tag,
    /// Over 64 GiB in one message.
    TooLong,
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use zeroize::Zeroizing;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn rfc_8998_example_in_pieces_of_every_size() {
        let key = CipherKey::from_bytes(
            Cipher::Sm4Gcm,
            Zeroizing::new(hex("0123456789abcdeffedcba9876543210")),
        )
        .unwrap();
        let nonce: [u8; 12] = hex("00001234567800000000abcd").try_into().unwrap();
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plaintext: Vec<u8> =
            [0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0xee, 0xaa].iter().flat_map(|b| [*b; 8]).collect();
        let ciphertext = hex("17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d");
        let tag = hex("83de3541e4c2b58177e065a9bf7b62ec");
        for size in 1..=64 {
            let mut buffer = plaintext.clone();
            let mut gcm = Gcm::new(Cipher::Sm4Gcm, &key, &nonce, &aad).unwrap();
            buffer.chunks_mut(size).for_each(|piece| gcm.encrypt(piece).unwrap());
            assert_eq!(buffer, ciphertext, "pieces of {size}");
            assert_eq!(gcm.tag()[..], tag);

            let mut gcm = Gcm::new(Cipher::Sm4Gcm, &key, &nonce, &aad).unwrap();
            buffer.chunks_mut(size).for_each(|piece| gcm.decrypt(piece).unwrap());
            assert_eq!(buffer, plaintext);
            assert_eq!(gcm.verify(&tag), Ok(()));
        }
        let mut gcm = Gcm::new(Cipher::Sm4Gcm, &key, &nonce, &aad).unwrap();
        let mut bent = ciphertext;
        bent[0] ^= 1;
        gcm.decrypt(&mut bent).unwrap();
        assert_eq!(gcm.verify(&tag), Err(GcmError::Tag));
    }

    #[test]
    fn agrees_with_the_one_shot_crate() {
        use aes_gcm::aead::{AeadInOut, KeyInit as _};
        for len in [0, 1, 15, 16, 17, 31, 33, 1000] {
            let key = [7; 32];
            let nonce = [9; 12];
            let mut theirs = alloc::vec![3; len];
            let crate_key = aes_gcm::Aes256Gcm::new(&key.into());
            let their_tag = crate_key
                .encrypt_inout_detached(&nonce.into(), b"aad", theirs.as_mut_slice().into())
                .unwrap();
            let mut ours = alloc::vec![3; len];
            let mut gcm = Gcm::with_key_bytes(Cipher::Aes256Gcm, &key, &nonce, b"aad").unwrap();
            gcm.encrypt(&mut ours).unwrap();
            assert_eq!(ours, theirs);
            assert_eq!(gcm.tag()[..], their_tag[..]);
        }
    }
}
