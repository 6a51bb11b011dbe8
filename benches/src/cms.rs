//! Encryption of 256 MiB as a message, streamed in pieces of 64 KiB.

use std::hint::black_box;

use getrandom::SysRng;
use openssl::symm::{Cipher as OpenSslCipher, Crypter, Mode};
use rand_core::UnwrapErr;
use yinxin_benches::{contender, race};
use yinxin_pki::cipher::Cipher;
use yinxin_pki::cms::{Encryptor, Format, Recipient};
use yinxin_pki::{Curve, DecryptionKey};

const PIECE: usize = 64 << 10;
const PIECES: u64 = 4096;

pub(crate) fn all() {
    let piece = vec![0x5a; PIECE];
    let bytes = PIECES * u64::try_from(PIECE).unwrap();
    for (name, curve, cipher, peer_name, peer, iv) in [
        (
            "CMS encrypt 256 MiB, SM4-GCM",
            Curve::Sm2,
            Cipher::Sm4Gcm,
            "OpenSSL, SM4-CTR alone",
            OpenSslCipher::sm4_ctr(),
            16,
        ),
        (
            "CMS encrypt 256 MiB, AES-128-GCM",
            Curve::P256,
            Cipher::Aes128Gcm,
            "OpenSSL, AES-128-GCM alone",
            OpenSslCipher::aes_128_gcm(),
            12,
        ),
    ] {
        let key = DecryptionKey::generate(curve, &mut UnwrapErr(SysRng));
        let to = [Recipient::key(key.public())];
        let ours = || {
            let mut out = Vec::with_capacity(PIECE + 1024);
            let mut rng = UnwrapErr(SysRng);
            let mut encryptor =
                Encryptor::new(Format::Rfc5652, cipher, &to, Some(bytes), &mut rng, &mut out)
                    .unwrap();
            for _ in 0..PIECES {
                out.clear();
                encryptor.update(&piece, &mut out).unwrap();
                black_box(&out);
            }
            encryptor.finish(&mut out).unwrap();
        };
        let theirs = || {
            let iv = vec![1; iv];
            let mut crypter = Crypter::new(peer, Mode::Encrypt, &[7; 16], Some(&iv)).unwrap();
            let mut out = vec![0; PIECE + 32];
            for _ in 0..PIECES {
                crypter.update(&piece, &mut out).unwrap();
                black_box(&out);
            }
            crypter.finalize(&mut out).unwrap();
        };
        race(name, bytes, vec![contender("yinxin-pki", ours), contender(peer_name, theirs)]);
    }
}
