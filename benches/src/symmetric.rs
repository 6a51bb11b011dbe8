//! SM3 and SM4-GCM at three sizes.

use std::hint::black_box;

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use openssl::symm::{Cipher as OpenSslCipher, encrypt};
use sm3::Digest as _;
use yinxin_benches::{contender, race};
use yinxin_pki::DigestAlgorithm;
use yinxin_pki::cipher::{Cipher, CipherKey, Gcm};

const SIZES: [(&str, usize); 3] = [("64 B", 64), ("16 KiB", 16 << 10), ("16 MiB", 16 << 20)];

type Sm4Gcm = aes_gcm::AesGcm<sm4::Sm4, aes_gcm::aead::consts::U12>;

pub(crate) fn all() {
    for (name, size) in SIZES {
        let data = vec![0x5a; size];
        let bytes = u64::try_from(size).unwrap();
        race(
            &format!("SM3, {name}"),
            bytes,
            vec![
                contender("yinxin-pki", || {
                    black_box(DigestAlgorithm::Sm3.digest(&data));
                }),
                contender("RustCrypto sm3", || {
                    black_box(sm3::Sm3::digest(&data));
                }),
                contender("OpenSSL", || {
                    let digest = openssl::hash::MessageDigest::sm3();
                    black_box(openssl::hash::hash(digest, &data).unwrap());
                }),
            ],
        );
    }
    for (name, size) in SIZES {
        let bytes = u64::try_from(size).unwrap();
        let (mut first, mut second) = (vec![0x5a; size], vec![0x5a; size]);
        let data = vec![0x5a; size];
        let key = [7; 16];
        let ours = CipherKey::from_bytes(Cipher::Sm4Gcm, key.to_vec().into()).unwrap();
        let crypto = Sm4Gcm::new(&key.into());
        race(
            &format!("SM4-GCM encrypt, {name}"),
            bytes,
            vec![
                contender("yinxin-pki", || {
                    let mut gcm = Gcm::new(Cipher::Sm4Gcm, &ours, &[1; 12], &[]).unwrap();
                    gcm.encrypt(&mut first).unwrap();
                    black_box(gcm.tag());
                }),
                contender("RustCrypto aes-gcm over sm4", || {
                    let nonce = [1; 12].into();
                    let buffer = InOutBuf::from(&mut second[..]);
                    black_box(crypto.encrypt_inout_detached(&nonce, &[], buffer).unwrap());
                }),
                // OpenSSL 3.0 has no SM4-GCM; CTR is the part of it that it can do.
                contender("OpenSSL, SM4-CTR alone", || {
                    let cipher = OpenSslCipher::sm4_ctr();
                    black_box(encrypt(cipher, &key, Some(&[1; 16]), &data).unwrap());
                }),
            ],
        );
    }
}
