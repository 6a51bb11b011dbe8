//! Counter mode with a 128-bit big-endian counter.

use core::fmt;

use ::ctr::Ctr128BE;
use ::ctr::cipher::{KeyIvInit, StreamCipher};

use crate::Error;

/// A key stream in counter mode. It hides, and protects against no change: whoever uses it
/// authenticates by other means.
pub struct Ctr(Stream);

enum Stream {
    Aes128(Ctr128BE<aes::Aes128>),
    Aes256(Ctr128BE<aes::Aes256>),
    Sm4(Ctr128BE<super::Sm4>),
}

impl Ctr {
    /// AES with a key of 16 or 32 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] for another key length.
    pub fn aes(key: &[u8], counter: &[u8; 16]) -> Result<Self, Error> {
        let stream = match key.len() {
            16 => Ctr128BE::new_from_slices(key, counter).map(Stream::Aes128),
            _ => Ctr128BE::new_from_slices(key, counter).map(Stream::Aes256),
        };
        stream.map(Self).map_err(|_| Error::Length { what: "key", expected: 32, found: key.len() })
    }

    /// SM4.
    #[must_use]
    pub fn sm4(key: &[u8; 16], counter: &[u8; 16]) -> Self {
        Self(Stream::Sm4(Ctr128BE::new(key.into(), counter.into())))
    }

    /// Encrypts or decrypts the next bytes in place.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`] when the counter would come round; not reachable with real data.
    pub fn apply(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        match &mut self.0 {
            Stream::Aes128(stream) => stream.try_apply_keystream(buffer),
            Stream::Aes256(stream) => stream.try_apply_keystream(buffer),
            Stream::Sm4(stream) => stream.try_apply_keystream(buffer),
        }
        .map_err(|_| Error::Limit { at: 0, what: "counter", limit: u64::MAX })
    }
}

impl fmt::Debug for Ctr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ctr(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aes_gives_the_values_of_sp_800_38a() {
        let key: [u8; 16] = 0x2b7e_1516_28ae_d2a6_abf7_1588_09cf_4f3c_u128.to_be_bytes();
        let counter: [u8; 16] = 0xf0f1_f2f3_f4f5_f6f7_f8f9_fafb_fcfd_feff_u128.to_be_bytes();
        let mut block: [u8; 16] = 0x6bc1_bee2_2e40_9f96_e93d_7e11_7393_172a_u128.to_be_bytes();
        Ctr::aes(&key, &counter).unwrap().apply(&mut block).unwrap();
        assert_eq!(u128::from_be_bytes(block), 0x874d_6191_b620_e326_1bef_6864_990d_b6ce);
    }

    #[test]
    fn sm4_key_stream_is_sm4_of_the_counter() {
        // GB/T 32907 appendix A.1: key and block 0123456789abcdeffedcba9876543210.
        let block: [u8; 16] = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128.to_be_bytes();
        let mut stream = [0; 16];
        Ctr::sm4(&block, &block).apply(&mut stream).unwrap();
        assert_eq!(u128::from_be_bytes(stream), 0x681e_df34_d206_965e_86b3_e94f_536e_4246);
    }
}
