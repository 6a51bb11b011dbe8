//! Signatures and authenticated encryption by themselves: SM2, SM4-GCM and their NIST counterparts.
//! Platforms use them beside sessions; `yinxin/sof` stands on them.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use yinxin::cipher::{Cipher, CipherKey, Gcm, GcmError};
use yinxin::key::{container, pkcs8};
use yinxin::{Curve, DigestAlgorithm, PublicKey, SignatureAlgorithm, SigningKey, ToSign};
use zeroize::Zeroizing;

use crate::error::Failure;
use crate::random::random;
use crate::wipe::Wipe;

fn curve_of(name: &str) -> Result<Curve, Failure> {
    match name {
        "p256" => Ok(Curve::P256),
        "sm2" => Ok(Curve::Sm2),
        _ => Err(Failure::misuse("unknown_algorithm", "keys: sm2, p256")),
    }
}

fn cipher_of(name: &str) -> Result<Cipher, Failure> {
    match name {
        "aes-128-gcm" => Ok(Cipher::Aes128Gcm),
        "aes-256-gcm" => Ok(Cipher::Aes256Gcm),
        "sm4-gcm" => Ok(Cipher::Sm4Gcm),
        _ => {
            Err(Failure::misuse("unknown_algorithm", "ciphers: sm4-gcm, aes-128-gcm, aes-256-gcm"))
        }
    }
}

/// A key that signs and never leaves the module in the clear.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SigningKeyHandle(SigningKey, Wipe);

#[wasm_bindgen]
impl SigningKeyHandle {
    /// A new one, `sm2` or `p256`.
    pub fn generate(algorithm: &str) -> Result<Self, Failure> {
        Ok(Self(SigningKey::generate(curve_of(algorithm)?, &mut random()), Wipe))
    }

    /// Out of a key file of any kind that the library reads.
    pub fn read(file: Vec<u8>, password: Option<String>) -> Result<Self, Failure> {
        let file = Zeroizing::new(file);
        let password = password.map(Zeroizing::new);
        let read = container::read(&file, password.as_ref().map(|word| word.as_bytes()))?;
        Ok(Self(read.key.into_signing(), Wipe))
    }

    /// The file that keeps it: PKCS#8 under a password, DER.
    #[wasm_bindgen(js_name = toEncrypted)]
    #[must_use]
    pub fn to_encrypted(&self, password: String) -> Vec<u8> {
        let password = Zeroizing::new(password);
        let key = self.0.as_private();
        let protection = match key.curve() {
            Curve::Sm2 => pkcs8::Protection::Sm4,
            _ => pkcs8::Protection::Aes256,
        };
        pkcs8::encrypt(key, password.as_bytes(), protection, pkcs8::ROUNDS, &mut random())
    }

    /// SubjectPublicKeyInfo, DER.
    #[wasm_bindgen(js_name = publicKey)]
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        self.0.public().to_spki()
    }

    /// A signature over a message: DER SEQUENCE { r, s }.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let to_sign = ToSign::message(self.0.public(), message)?;
        Ok(self.0.sign(&to_sign, &mut random())?)
    }
}

/// Whether a signature over a message is right. SM2 keys take SM2 with SM3, P-256 ones ECDSA with
/// SHA-256.
#[wasm_bindgen(js_name = verifySignature)]
pub fn verify_signature(spki: &[u8], message: &[u8], signature: &[u8]) -> Result<bool, Failure> {
    let key = PublicKey::from_spki(spki)?;
    let algorithm = match key.curve() {
        Some(Curve::Sm2) => SignatureAlgorithm::Sm2Sm3,
        _ => SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256),
    };
    Ok(key.verify(algorithm, message, signature).is_ok())
}

fn nonce_of(bytes: &[u8]) -> Result<[u8; 12], Failure> {
    bytes.try_into().map_err(|_| Failure::misuse("nonce_length", "a nonce has 12 octets"))
}

fn refused(error: GcmError) -> Failure {
    match error {
        GcmError::Tag => Failure::refused("tag", "the tag is wrong: changed, or another key"),
        GcmError::TooLong => Failure::misuse("too_long", "one message has at most 64 GiB"),
        _ => Failure::misuse("key_length", "the key has another length than the cipher's"),
    }
}

/// Ciphertext and tag.
#[wasm_bindgen(js_name = gcmSeal)]
pub fn gcm_seal(
    cipher: &str,
    key: Vec<u8>,
    nonce: &[u8],
    aad: &[u8],
    plain: Uint8Array,
) -> Result<Vec<u8>, Failure> {
    let cipher = cipher_of(cipher)?;
    let key = CipherKey::from_bytes(cipher, Zeroizing::new(key))?;
    let mut gcm = Gcm::new(cipher, &key, &nonce_of(nonce)?, aad).map_err(refused)?;
    let mut out = plain.to_vec();
    gcm.encrypt(&mut out).map_err(refused)?;
    out.extend(gcm.tag());
    Ok(out)
}

/// The plaintext, if the tag is right; nothing otherwise.
#[wasm_bindgen(js_name = gcmOpen)]
pub fn gcm_open(
    cipher: &str,
    key: Vec<u8>,
    nonce: &[u8],
    aad: &[u8],
    sealed: Uint8Array,
) -> Result<Vec<u8>, Failure> {
    let cipher = cipher_of(cipher)?;
    let key = CipherKey::from_bytes(cipher, Zeroizing::new(key))?;
    let mut gcm = Gcm::new(cipher, &key, &nonce_of(nonce)?, aad).map_err(refused)?;
    let mut out = sealed.to_vec();
    let text = out.len().checked_sub(16).ok_or_else(|| {
        Failure::misuse("too_short", "what GCM sealed ends with a tag of 16 octets")
    })?;
    let tag = out.split_off(text);
    gcm.decrypt(&mut out).map_err(refused)?;
    gcm.verify(&tag).map_err(refused)?;
    Ok(out)
}
