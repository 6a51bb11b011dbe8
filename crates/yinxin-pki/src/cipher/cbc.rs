//! Cipher block chaining with PKCS#7 padding, streaming. It detects no change; whoever shows its
//! output says so.

use alloc::vec::Vec;
use core::fmt;

use ::cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use ::cbc::{Decryptor, Encryptor};
use aes_gcm::aead::array::Array;
use zeroize::Zeroize as _;

use super::{Cipher, CipherKey, CipherParameters};
use crate::Error;

macro_rules! modes {
    ($($name:ident = $cipher:ident: $block:ty),+) => {
        enum Encrypting { $($name(Encryptor<$block>)),+ }
        enum Decrypting { $($name(Decryptor<$block>)),+ }

        impl Encrypting {
            fn blocks(&mut self, buffer: &mut [u8]) {
                let (blocks, _) = Array::slice_as_chunks_mut(buffer);
                match self { $(Self::$name(mode) => mode.encrypt_blocks(blocks)),+ }
            }
        }

        impl Decrypting {
            fn blocks(&mut self, buffer: &mut [u8]) {
                let (blocks, _) = Array::slice_as_chunks_mut(buffer);
                match self { $(Self::$name(mode) => mode.decrypt_blocks(blocks)),+ }
            }
        }

        fn encrypting(cipher: Cipher, key: &[u8], iv: &[u8]) -> Option<Encrypting> {
            match cipher {
                $(Cipher::$cipher => Encryptor::new_from_slices(key, iv).ok().map(Encrypting::$name),)+
                _ => None,
            }
        }

        fn decrypting(cipher: Cipher, key: &[u8], iv: &[u8]) -> Option<Decrypting> {
            match cipher {
                $(Cipher::$cipher => Decryptor::new_from_slices(key, iv).ok().map(Decrypting::$name),)+
                _ => None,
            }
        }
    };
}

modes!(
    Aes128 = Aes128Cbc: aes::Aes128,
    Aes192 = Aes192Cbc: aes::Aes192,
    Aes256 = Aes256Cbc: aes::Aes256,
    Sm4 = Sm4Cbc: super::Sm4
);

const NOT_CBC: Error = Error::Malformed { at: 0, expected: "a CBC cipher" };

/// Encrypts a message of any length.
pub struct CbcEncryptor {
    mode: Encrypting,
    /// Less than one block, waiting.
    pending: Vec<u8>,
}

impl CbcEncryptor {
    /// Starts a message.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a cipher in another mode.
    pub fn new(parameters: &CipherParameters, key: &CipherKey) -> Result<Self, Error> {
        let mode = encrypting(parameters.cipher, key.as_bytes(), parameters.iv_block());
        Ok(Self { mode: mode.ok_or(NOT_CBC)?, pending: Vec::new() })
    }

    /// Takes the next bytes and appends the whole blocks of ciphertext to `out`.
    pub fn update(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.append(&mut self.pending);
        out.extend_from_slice(input);
        let whole = (out.len() - start) / 16 * 16;
        self.pending = out.split_off(start + whole);
        self.mode.blocks(out.get_mut(start..).unwrap_or(&mut []));
    }

    /// Pads and appends the last block.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let start = out.len();
        let pad = 16 - self.pending.len();
        out.append(&mut self.pending);
        out.resize(start + 16, u8::try_from(pad).unwrap_or(16));
        self.mode.blocks(out.get_mut(start..).unwrap_or(&mut []));
    }
}

impl fmt::Debug for CbcEncryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CbcEncryptor(..)")
    }
}

impl Drop for CbcEncryptor {
    fn drop(&mut self) {
        self.pending.zeroize();
    }
}

/// Decrypts a message of any length. The last block is held back until the end.
pub struct CbcDecryptor {
    mode: Decrypting,
    /// Up to one block of ciphertext, waiting.
    pending: Vec<u8>,
}

impl CbcDecryptor {
    /// Starts a message.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a cipher in another mode.
    pub fn new(parameters: &CipherParameters, key: &CipherKey) -> Result<Self, Error> {
        Self::with_key_bytes(parameters.cipher, key.as_bytes(), parameters.iv_block())
    }

    pub(crate) fn with_key_bytes(cipher: Cipher, key: &[u8], iv: &[u8]) -> Result<Self, Error> {
        let mode = decrypting(cipher, key, iv);
        Ok(Self { mode: mode.ok_or(NOT_CBC)?, pending: Vec::new() })
    }

    /// Takes the next bytes and appends the plaintext that is certain not to be padding.
    pub fn update(&mut self, input: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.append(&mut self.pending);
        out.extend_from_slice(input);
        let whole = (out.len() - start).saturating_sub(1) / 16 * 16;
        self.pending = out.split_off(start + whole);
        self.mode.blocks(out.get_mut(start..).unwrap_or(&mut []));
    }

    /// Takes the padding off the last block and appends what is left.
    ///
    /// # Errors
    ///
    /// [`PaddingError`], the same for a wrong length and a wrong padding.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), PaddingError> {
        if self.pending.len() != 16 {
            return Err(PaddingError);
        }
        self.mode.blocks(&mut self.pending);
        let pad = self.pending.last().copied().unwrap_or(0);
        // All 16 octets are looked at whatever they are, so that time tells nothing.
        let wrong = self
            .pending
            .iter()
            .zip((1..=16_u8).rev())
            .fold(0, |wrong, (octet, place)| wrong | (u8::from(place <= pad) * (octet ^ pad)));
        if wrong != 0 || !(1..=16).contains(&pad) {
            return Err(PaddingError);
        }
        out.extend_from_slice(self.pending.get(..16 - usize::from(pad)).unwrap_or(&[]));
        Ok(())
    }
}

impl fmt::Debug for CbcDecryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CbcDecryptor(..)")
    }
}

impl Drop for CbcDecryptor {
    fn drop(&mut self) {
        self.pending.zeroize();
    }
}

/// The padding is wrong: another key, or changed. One value for every cause.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PaddingError;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Seeded;

    #[test]
    fn every_length_goes_there_and_back_in_pieces() {
        let mut rng = Seeded(1);
        for cipher in [Cipher::Sm4Cbc, Cipher::Aes128Cbc, Cipher::Aes192Cbc, Cipher::Aes256Cbc] {
            let key = CipherKey::random(cipher, &mut rng);
            let parameters = CipherParameters::random(cipher, &mut rng);
            for length in 0..50 {
                let plaintext = alloc::vec![5; length];
                let mut encryptor = CbcEncryptor::new(&parameters, &key).unwrap();
                let mut ciphertext = Vec::new();
                plaintext.chunks(7).for_each(|piece| encryptor.update(piece, &mut ciphertext));
                encryptor.finish(&mut ciphertext);
                let expected = parameters.ciphertext_len(u64::try_from(length).unwrap());
                assert_eq!(u64::try_from(ciphertext.len()).unwrap(), expected);

                let mut decryptor = CbcDecryptor::new(&parameters, &key).unwrap();
                let mut back = Vec::new();
                ciphertext.chunks(5).for_each(|piece| decryptor.update(piece, &mut back));
                decryptor.finish(&mut back).unwrap();
                assert_eq!(back, plaintext);
            }
        }
    }

    #[test]
    fn wrong_padding_and_wrong_length_are_one_error() {
        let mut rng = Seeded(2);
        let key = CipherKey::random(Cipher::Sm4Cbc, &mut rng);
        let parameters = CipherParameters::random(Cipher::Sm4Cbc, &mut rng);
        for ciphertext in [&[][..], &[0; 15], &[0; 16], &[0; 17], &[0; 32]] {
            let mut decryptor = CbcDecryptor::new(&parameters, &key).unwrap();
            let mut out = Vec::new();
            decryptor.update(ciphertext, &mut out);
            assert_eq!(decryptor.finish(&mut out), Err(PaddingError));
        }
    }
}
