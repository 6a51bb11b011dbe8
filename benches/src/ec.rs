//! SM2 and P-256: sign, verify, encrypt, decrypt.

use std::hint::black_box;

use getrandom::SysRng;
use openssl::ec::{EcGroup, EcKey};
use openssl::encrypt::{Decrypter, Encrypter};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::sign::{Signer, Verifier};
use p256::ecdsa::signature::{RandomizedSigner as _, Verifier as _};
use rand_core::UnwrapErr;
use yinxin_benches::{contender, race};
use yinxin_pki::cipher::Cipher;
use yinxin_pki::cms::{Encryptor, EnvelopedReader, Format, Recipient};
use yinxin_pki::{Curve, DecryptionKey, SigningKey, ToSign};

const MESSAGE: &[u8] = &[0x5a; 32];

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn openssl_key(curve: Curve) -> PKey<Private> {
    let nid = if curve == Curve::Sm2 { Nid::SM2 } else { Nid::X9_62_PRIME256V1 };
    let group = EcGroup::from_curve_name(nid).unwrap();
    let der = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    // Read back from its file: only so does OpenSSL 3 see an SM2 key and not one of ECDSA.
    PKey::private_key_from_pkcs8(&der.private_key_to_pkcs8().unwrap()).unwrap()
}

pub(crate) fn all() {
    sm2();
    p256();
    sm2_encryption();
}

fn sm2() {
    let ours = SigningKey::generate(Curve::Sm2, &mut rng());
    let crypto = sm2::SecretKey::from_slice(&[7; 32]).unwrap();
    let crypto = sm2::dsa::SigningKey::new("1234567812345678", &crypto).unwrap();
    let openssl = openssl_key(Curve::Sm2);
    let digest = MessageDigest::sm3();

    let sign_ours = || {
        let to_sign = ToSign::message(ours.public(), MESSAGE).unwrap();
        ours.sign(&to_sign, &mut rng()).unwrap()
    };
    let sign_crypto =
        || -> sm2::dsa::Signature { crypto.try_sign_with_rng(&mut SysRng, MESSAGE).unwrap() };
    let sign_openssl =
        || Signer::new(digest, &openssl).unwrap().sign_oneshot_to_vec(MESSAGE).unwrap();
    race(
        "SM2 sign, 32 bytes",
        0,
        vec![
            contender("yinxin-pki", || drop(black_box(sign_ours()))),
            contender("RustCrypto sm2", || {
                black_box(sign_crypto());
            }),
            contender("OpenSSL, empty ID", || drop(black_box(sign_openssl()))),
        ],
    );

    let (by_ours, by_crypto, by_openssl) = (sign_ours(), sign_crypto(), sign_openssl());
    race(
        "SM2 verify, 32 bytes",
        0,
        vec![
            contender("yinxin-pki", || {
                ours.public().verify(ours.algorithm(), MESSAGE, &by_ours).unwrap();
            }),
            contender("RustCrypto sm2", || {
                crypto.verifying_key().verify(MESSAGE, &by_crypto).unwrap();
            }),
            contender("OpenSSL, empty ID", || {
                let mut verifier = Verifier::new(digest, &openssl).unwrap();
                assert!(verifier.verify_oneshot(&by_openssl, MESSAGE).unwrap());
            }),
        ],
    );
}

fn p256() {
    let ours = SigningKey::generate(Curve::P256, &mut rng());
    let crypto = p256::SecretKey::from_slice(&[7; 32]).unwrap();
    let crypto = p256::ecdsa::SigningKey::from(&crypto);
    let openssl = openssl_key(Curve::P256);
    let digest = MessageDigest::sha256();

    let sign_ours = || {
        let to_sign = ToSign::message(ours.public(), MESSAGE).unwrap();
        ours.sign(&to_sign, &mut rng()).unwrap()
    };
    let sign_crypto =
        || -> p256::ecdsa::Signature { crypto.try_sign_with_rng(&mut SysRng, MESSAGE).unwrap() };
    let sign_openssl =
        || Signer::new(digest, &openssl).unwrap().sign_oneshot_to_vec(MESSAGE).unwrap();
    race(
        "P-256 sign, 32 bytes",
        0,
        vec![
            contender("yinxin-pki", || drop(black_box(sign_ours()))),
            contender("RustCrypto p256", || {
                black_box(sign_crypto());
            }),
            contender("OpenSSL", || drop(black_box(sign_openssl()))),
        ],
    );

    let (by_ours, by_crypto, by_openssl) = (sign_ours(), sign_crypto(), sign_openssl());
    race(
        "P-256 verify, 32 bytes",
        0,
        vec![
            contender("yinxin-pki", || {
                ours.public().verify(ours.algorithm(), MESSAGE, &by_ours).unwrap();
            }),
            contender("RustCrypto p256", || {
                crypto.verifying_key().verify(MESSAGE, &by_crypto).unwrap();
            }),
            contender("OpenSSL", || {
                let mut verifier = Verifier::new(digest, &openssl).unwrap();
                assert!(verifier.verify_oneshot(&by_openssl, MESSAGE).unwrap());
            }),
        ],
    );
}

/// Our public interface encrypts messages, not bare keys: 16 bytes in an envelope are the nearest.
fn sm2_encryption() {
    let ours = DecryptionKey::generate(Curve::Sm2, &mut rng());
    let to = [Recipient::key(ours.public())];
    let seal = || {
        let mut out = Vec::new();
        let mut encryptor =
            Encryptor::new(Format::Gm, Cipher::Sm4Cbc, &to, Some(16), &mut rng(), &mut out)
                .unwrap();
        encryptor.update(&MESSAGE[..16], &mut out).unwrap();
        encryptor.finish(&mut out).unwrap();
        out
    };
    let open = |message: &[u8]| {
        let Ok(enveloped) = EnvelopedReader::new().push(message).unwrap() else {
            panic!("the message is whole");
        };
        let key = enveloped.unwrap(&[&ours], |_, _| false).unwrap();
        let mut out = Vec::new();
        let mut decryptor = enveloped.decrypt(&key).unwrap();
        // The content came with the header and waits inside.
        decryptor.push(&[], &mut out).unwrap();
        decryptor.finish(&mut out).unwrap();
        assert_eq!(out, &MESSAGE[..16]);
        out
    };
    let crypto = sm2::SecretKey::from_slice(&[7; 32]).unwrap();
    let to_crypto = sm2::pke::EncryptingKey::new(crypto.public_key());
    let from_crypto = sm2::pke::DecryptingKey::new(crypto);
    let openssl = openssl_key(Curve::Sm2);
    let encrypt_openssl = || {
        let encrypter = Encrypter::new(&openssl).unwrap();
        let mut out = vec![0; encrypter.encrypt_len(&MESSAGE[..16]).unwrap()];
        let length = encrypter.encrypt(&MESSAGE[..16], &mut out).unwrap();
        out.truncate(length);
        out
    };
    race(
        "SM2 encrypt, 16 bytes",
        0,
        vec![
            contender("yinxin-pki, a whole envelope", || drop(black_box(seal()))),
            contender("RustCrypto sm2", || {
                black_box(to_crypto.encrypt(&mut rng(), &MESSAGE[..16]).unwrap());
            }),
            contender("OpenSSL", || drop(black_box(encrypt_openssl()))),
        ],
    );
    let (by_ours, by_openssl) = (seal(), encrypt_openssl());
    let by_crypto = to_crypto.encrypt(&mut rng(), &MESSAGE[..16]).unwrap();
    race(
        "SM2 decrypt, 16 bytes",
        0,
        vec![
            contender("yinxin-pki, a whole envelope", || drop(black_box(open(&by_ours)))),
            contender("RustCrypto sm2", || {
                black_box(from_crypto.decrypt(&by_crypto).unwrap());
            }),
            contender("OpenSSL", || {
                let decrypter = Decrypter::new(&openssl).unwrap();
                let mut out = vec![0; decrypter.decrypt_len(&by_openssl).unwrap()];
                decrypter.decrypt(&by_openssl, &mut out).unwrap();
            }),
        ],
    );
}
