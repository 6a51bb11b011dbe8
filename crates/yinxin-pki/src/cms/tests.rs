use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::certificate::Certificate;
use crate::cipher::Cipher;
use crate::testing::Seeded;
use crate::{Curve, DecryptionKey, Explain, SigningKey, Time};

const NOON: Time = Time::from_unix(1_800_000_000);

/// A certificate good enough for CMS, which believes nothing of it but names and key.
fn certificate(key: &crate::PublicKey, serial: u64) -> Certificate {
    let name = Writer::build(|w| {
        w.sequence(|w| {
            w.set(|w| {
                w.sequence(|w| {
                    w.raw(&[6, 3, 0x55, 4, 3]);
                    w.utf8_string("甲公司");
                });
            });
        });
    });
    let algorithm = key.curve().unwrap().signature_algorithm();
    let tbs = Writer::build(|w| {
        w.sequence(|w| {
            w.explicit(0, |w| w.uint(2));
            w.uint(serial);
            algorithm.write(w);
            w.raw(&name);
            w.sequence(|w| {
                w.time(NOON);
                w.time(NOON.plus(Time::DAY));
            });
            w.raw(&name);
            w.raw(&key.to_spki());
        });
    });
    let der = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(&tbs);
            algorithm.write(w);
            w.bit_string(&[0x30, 6, 2, 1, 1, 2, 1, 1]);
        });
    });
    Certificate::from_der(&der).unwrap()
}

/// The same as bytes, for tests elsewhere.
pub(crate) fn certificate_der(key: &crate::PublicKey) -> Vec<u8> {
    certificate(key, 6).as_der().to_vec()
}

struct Signed {
    message: Vec<u8>,
    certificate: Certificate,
}

fn sign(curve: Curve, format: Format, content: &[u8], attached: bool, attributes: bool) -> Signed {
    let mut rng = Seeded(7);
    let key = SigningKey::generate(curve, &mut rng);
    let certificate = certificate(key.public(), 5);
    let mut draft = SignDraft::new(format, &certificate).unwrap().signing_time(NOON);
    if !attributes {
        draft = draft.without_attributes();
    }
    let mut hasher = draft.hasher().unwrap();
    hasher.update(content);
    let signing = draft.prepare(hasher.finish()).unwrap();
    let answer = key.sign(signing.to_sign(), &mut rng).unwrap();
    let signer = signing.finish(&answer).unwrap();
    let length = attached.then(|| u64::try_from(content.len()).unwrap());
    let Assembled { before, after } =
        assemble(format, &format.data(), length, &[&certificate], &[signer]).unwrap();
    let inside: &[u8] = if attached { content } else { &[] };
    Signed { message: [&before, inside, &after].concat(), certificate }
}

/// Reads in pieces of `size`, verifies every signer, returns the content.
fn verify(
    signed: &Signed,
    detached: Option<&[u8]>,
    size: usize,
) -> Result<(Vec<u8>, SignerCheck), CmsError> {
    let mut content = Vec::new();
    let mut reader = SignedReader::new();
    for piece in signed.message.chunks(size) {
        reader.push(piece, |octets| content.extend_from_slice(octets))?;
    }
    let message = reader.finish()?;
    if let Some(detached) = detached {
        content = detached.to_vec();
    }
    let digests = match message.digests() {
        Some(digests) => digests.clone(),
        None => {
            let mut hashers = message.content_hashers();
            hashers.update(&content);
            hashers.finish()
        }
    };
    let signer = message.signers().first().ok_or(CmsError::NoSigner)?;
    if !signer.is_named(&signed.certificate) {
        return Err(CmsError::SignerCertificate);
    }
    let direct = signer.content_hasher(signed.certificate.public_key()).map(|mut hasher| {
        hasher.update(&content);
        hasher.finish()
    });
    let check = signer.verify(&message, &signed.certificate, &digests, direct)?;
    Ok((content, check))
}

#[test]
fn every_shape_of_signature_verifies_in_pieces_of_every_size() {
    let content = b"bid price 1 000 000".repeat(20);
    for (curve, format) in
        [(Curve::Sm2, Format::Gm), (Curve::Sm2, Format::Rfc5652), (Curve::P256, Format::Rfc5652)]
    {
        for (attached, attributes) in [(true, true), (true, false), (false, true), (false, false)] {
            let signed = sign(curve, format, &content, attached, attributes);
            let detached = (!attached).then_some(&content[..]);
            for size in [1, 2, 3, 7, 64, 1000, 100_000] {
                let (out, check) = verify(&signed, detached, size).unwrap();
                assert_eq!(out, content);
                assert_eq!(check.oddities, []);
                assert_eq!(check.signing_time, attributes.then_some(NOON));
                assert_eq!(check.names_certificate, attributes);
            }
        }
    }
}

#[test]
fn every_flipped_bit_is_refused_or_named() {
    let signed = sign(Curve::Sm2, Format::Gm, b"price", true, true);
    let start = signed.message.len();
    // The certificate inside is the verifier's affair, which checks its chain.
    let inside = signed.certificate.as_der();
    let at = signed.message.windows(inside.len()).position(|w| w == inside).unwrap();
    let mut named = 0;
    for bit in (0..start * 8).filter(|bit| !(at..at + inside.len()).contains(&(bit / 8))) {
        let mut message = signed.message.clone();
        message[bit / 8] ^= 1 << (bit % 8);
        let bent = Signed { message, certificate: signed.certificate.clone() };
        if let Ok((content, check)) = verify(&bent, None, 1000) {
            assert_eq!(content, b"price");
            let message = SignedData::from_der(&bent.message).unwrap().0;
            let oddities = [&check.oddities[..], message.oddities()].concat();
            assert!(!oddities.is_empty(), "bit {} of byte {} says nothing", bit % 8, bit / 8);
            named += 1;
        }
    }
    assert!(named < 10, "{named} bits without meaning");
}

#[test]
fn every_truncation_is_refused() {
    let signed = sign(Curve::Sm2, Format::Gm, b"price", true, true);
    for end in 0..signed.message.len() {
        let message = signed.message[..end].to_vec();
        let cut = Signed { message, certificate: signed.certificate.clone() };
        assert!(matches!(verify(&cut, None, 64), Err(CmsError::Form(_))), "{end}");
    }
}

#[test]
fn attributes_turned_into_content_are_refused() {
    for (curve, format) in [(Curve::Sm2, Format::Gm), (Curve::P256, Format::Rfc5652)] {
        let honest = sign(curve, format, b"price", true, true);
        let message = SignedData::from_der(&honest.message).unwrap().0;
        let signer = message.signers()[0].clone();
        let stolen = signer.signed_attributes().unwrap().signed_bytes();
        let signer = SignerInfo { signed: None, ..signer };
        for attached in [true, false] {
            let length = attached.then(|| u64::try_from(stolen.len()).unwrap());
            let Assembled { before, after } = assemble(
                format,
                &format.data(),
                length,
                &[&honest.certificate],
                core::slice::from_ref(&signer),
            )
            .unwrap();
            let inside: &[u8] = if attached { &stolen } else { &[] };
            let forged = Signed {
                message: [&before, inside, &after].concat(),
                certificate: honest.certificate.clone(),
            };
            let detached = (!attached).then_some(&stolen[..]);
            for size in [1, 5, 100_000] {
                let refused = verify(&forged, detached, size).unwrap_err();
                assert_eq!(refused, CmsError::AttributesAsContent);
            }
        }
    }
}

fn resign(edit: impl FnOnce(&mut Vec<Attribute>)) -> Result<(Vec<u8>, SignerCheck), CmsError> {
    let mut rng = Seeded(8);
    let key = SigningKey::generate(Curve::Sm2, &mut rng);
    let certificate = certificate(key.public(), 5);
    let digest = crate::DigestAlgorithm::Sm3.digest(b"price");
    let mut list = attribute::mandatory(&oid::GM_DATA, &digest, Some(NOON));
    edit(&mut list);
    let attributes = Attributes::new(list);
    let to_sign = crate::ToSign::message(key.public(), &attributes.signed_bytes()).unwrap();
    let answer = key.sign(&to_sign, &mut rng).unwrap();
    let draft = SignDraft::new(Format::Gm, &certificate).unwrap();
    let honest = draft.prepare(digest).unwrap();
    let own = key.sign(honest.to_sign(), &mut rng).unwrap();
    let signer = honest.finish(&own).unwrap();
    let signer = SignerInfo { signed: Some(attributes), signature: answer, ..signer };
    let Assembled { before, after } =
        assemble(Format::Gm, &oid::GM_DATA, Some(5), &[&certificate], &[signer]).unwrap();
    verify(&Signed { message: [&before, &b"price"[..], &after].concat(), certificate }, None, 99)
}

#[test]
fn attributes_that_break_the_rules_are_refused() {
    assert!(resign(|_| {}).is_ok(), "the control");
    let wrong_type = resign(|list| {
        list[0] = Attribute::single(oid::CONTENT_TYPE, Writer::build(|w| w.oid(&oid::DATA)));
    });
    assert_eq!(wrong_type.unwrap_err().code(), "content_type");
    let no_type = resign(|list| drop(list.remove(0)));
    assert_eq!(no_type.unwrap_err(), CmsError::Attribute { name: "contentType" });
    let no_digest = resign(|list| drop(list.remove(1)));
    assert_eq!(no_digest.unwrap_err(), CmsError::Attribute { name: "messageDigest" });
    let twice = resign(|list| list.push(list[1].clone()));
    assert_eq!(twice.unwrap_err(), CmsError::DuplicateAttribute { found: oid::MESSAGE_DIGEST });
    let empty = resign(|list| list[1].values.clear());
    assert_eq!(empty.unwrap_err(), CmsError::Attribute { name: "messageDigest" });
    let two = resign(|list| {
        let value = list[1].values[0].clone();
        list[1].values.push(value);
    });
    assert_eq!(two.unwrap_err(), CmsError::Attribute { name: "messageDigest" });
    let other = resign(|list| {
        let value = attribute::signing_certificate_v2(crate::DigestAlgorithm::Sm3, b"another");
        list.push(Attribute::single(oid::SIGNING_CERTIFICATE_V2, value));
    });
    assert_eq!(other.unwrap_err(), CmsError::SigningCertificate);
}

#[test]
fn z_left_out_and_empty_ids_are_refused_by_name() {
    let mut rng = Seeded(9);
    let key = SigningKey::generate(Curve::Sm2, &mut rng);
    let certificate = certificate(key.public(), 5);
    let sm2 = key.public().as_sm2().unwrap();
    let sign_digest = |digest: crate::Digest, rng: &mut Seeded| {
        let to_sign = crate::ToSign::hashed(key.public(), digest).unwrap();
        key.sign(&to_sign, rng).unwrap()
    };
    let digest = crate::DigestAlgorithm::Sm3.digest(b"price");
    let draft = SignDraft::new(Format::Gm, &certificate).unwrap();
    let honest = draft.prepare(digest).unwrap();
    let own = key.sign(honest.to_sign(), &mut rng).unwrap();
    let signer = honest.finish(&own).unwrap();
    let attributes = signer.signed_attributes().unwrap().signed_bytes();

    let mut empty_id = sm2.hasher(b"");
    empty_id.update(&attributes);
    let empty_id = sign_digest(empty_id.finish(), &mut rng);
    let without_z = sign_digest(crate::DigestAlgorithm::Sm3.digest(&attributes), &mut rng);
    let content_without_z = sign_digest(digest, &mut rng);

    let check = |signer: SignerInfo| {
        let Assembled { before, after } =
            assemble(Format::Gm, &oid::GM_DATA, Some(5), &[&certificate], &[signer]).unwrap();
        let message = [&before, &b"price"[..], &after].concat();
        verify(&Signed { message, certificate: certificate.clone() }, None, 99).unwrap_err()
    };
    let with = |signature: &[u8]| SignerInfo { signature: signature.to_vec(), ..signer.clone() };
    assert_eq!(check(with(&empty_id)), CmsError::SignatureEmptyId);
    assert_eq!(check(with(&without_z)), CmsError::SignatureWithoutZ);
    let bare = SignerInfo { signed: None, ..with(&content_without_z) };
    assert_eq!(check(bare), CmsError::SignatureWithoutZ);
}

fn encrypt(
    format: Format,
    cipher: Cipher,
    keys: &[&DecryptionKey],
    content: &[u8],
    known: bool,
) -> Vec<u8> {
    let mut rng = Seeded(11);
    let recipients: Vec<_> = keys.iter().map(|key| Recipient::key(key.public())).collect();
    let length = known.then(|| u64::try_from(content.len()).unwrap());
    let mut message = Vec::new();
    let mut encryptor =
        Encryptor::new(format, cipher, &recipients, length, &mut rng, &mut message).unwrap();
    for piece in content.chunks(100) {
        encryptor.update(piece, &mut message).unwrap();
    }
    encryptor.finish(&mut message).unwrap();
    message
}

fn decrypt(
    message: &[u8],
    key: &DecryptionKey,
    size: usize,
) -> Result<(Vec<u8>, Decrypted), CmsError> {
    let mut reader = EnvelopedReader::new();
    let mut pieces = message.chunks(size);
    let enveloped = loop {
        let Some(piece) = pieces.next() else {
            return Err(Error::Truncated { at: message.len(), missing: 1 }.into());
        };
        match reader.push(piece)? {
            Ok(enveloped) => break enveloped,
            Err(again) => reader = again,
        }
    };
    let content_key = enveloped.unwrap(&[key], |_, _| false)?;
    let mut decryptor = enveloped.decrypt(&content_key)?;
    let mut out = Vec::new();
    decryptor.push(&[], &mut out)?;
    for piece in pieces {
        decryptor.push(piece, &mut out)?;
    }
    let decrypted = decryptor.finish(&mut out)?;
    Ok((out, decrypted))
}

#[test]
fn every_cipher_and_length_goes_there_and_back() {
    let mut rng = Seeded(12);
    let sm2 = DecryptionKey::generate(Curve::Sm2, &mut rng);
    let p256 = DecryptionKey::generate(Curve::P256, &mut rng);
    let stranger = DecryptionKey::generate(Curve::Sm2, &mut rng);
    for format in [Format::Gm, Format::Rfc5652] {
        for cipher in [Cipher::Sm4Gcm, Cipher::Sm4Cbc, Cipher::Aes128Gcm, Cipher::Aes256Cbc] {
            for length in [0, 1, 15, 16, 17, 1000] {
                for known in [true, false] {
                    let content = vec![9; length];
                    let message = encrypt(format, cipher, &[&sm2, &p256], &content, known);
                    for (key, size) in [(&sm2, 1), (&p256, 33), (&sm2, 100_000)] {
                        let (out, decrypted) = decrypt(&message, key, size).unwrap();
                        assert_eq!(out, content);
                        assert_eq!(decrypted.authenticated, cipher.is_authenticated());
                    }
                    let refused = decrypt(&message, &stranger, 1000).unwrap_err();
                    assert_eq!(refused, CmsError::NotMyKey { recipients: 2 });
                }
            }
        }
    }
}

#[test]
fn under_gcm_every_flipped_bit_of_the_content_is_refused() {
    let mut rng = Seeded(13);
    let key = DecryptionKey::generate(Curve::Sm2, &mut rng);
    let message = encrypt(Format::Gm, Cipher::Sm4Gcm, &[&key], b"price 1 000 000", true);
    let mut accepted = 0;
    for bit in 0..message.len() * 8 {
        let mut bent = message.clone();
        bent[bit / 8] ^= 1 << (bit % 8);
        if let Ok((out, _)) = decrypt(&bent, &key, 1000) {
            assert_eq!(out, b"price 1 000 000", "bit {bit}");
            accepted += 1;
        }
    }
    // What names the recipient and the type decides nothing once a key fits.
    assert!(accepted < 400, "{accepted}");
}

#[test]
fn announced_lengths_are_kept() {
    let mut rng = Seeded(14);
    let key = DecryptionKey::generate(Curve::Sm2, &mut rng);
    let to = [Recipient::key(key.public())];
    let mut out = Vec::new();
    let mut encryptor =
        Encryptor::new(Format::Gm, Cipher::Sm4Gcm, &to, Some(3), &mut rng, &mut out).unwrap();
    let over = encryptor.update(b"four", &mut out).unwrap_err();
    assert_eq!(over, CmsError::ContentLength { wanted: 3, found: 4 });
    let encryptor =
        Encryptor::new(Format::Gm, Cipher::Sm4Gcm, &to, Some(3), &mut rng, &mut out).unwrap();
    let under = encryptor.finish(&mut out).unwrap_err();
    assert_eq!(under, CmsError::ContentLength { wanted: 3, found: 0 });
}

#[test]
fn twenty_thousand_mutations_never_panic_and_never_change_the_content() {
    use rand_core::Rng as _;
    let mut rng = Seeded(15);
    let signed = sign(Curve::Sm2, Format::Gm, b"price", true, true);
    let key = DecryptionKey::generate(Curve::Sm2, &mut rng);
    let enveloped = encrypt(Format::Gm, Cipher::Sm4Gcm, &[&key], b"price", false);
    for _ in 0..20_000 {
        let original = if rng.next_u32().is_multiple_of(8) { &signed.message } else { &enveloped };
        let mut message = original.clone();
        for _ in 0..=rng.next_u32() % 3 {
            let at = usize::try_from(rng.next_u32()).unwrap() % message.len();
            match rng.next_u32() % 3 {
                0 => message[at] = rng.next_u32().to_le_bytes()[0],
                1 => drop(message.remove(at)),
                _ => message.insert(at, rng.next_u32().to_le_bytes()[0]),
            }
        }
        if core::ptr::eq(original, &signed.message) {
            let bent = Signed { message, certificate: signed.certificate.clone() };
            if let Ok((content, _)) = verify(&bent, None, 50) {
                assert_eq!(content, b"price");
            }
        } else if let Ok((content, _)) = decrypt(&message, &key, 50) {
            assert_eq!(content, b"price");
        }
    }
}
