//! One flipped bit in anything that is signed or that decides is refused; what is left has no
//! meaning, is listed here, and is reported as a deviation.

use std::collections::BTreeMap;

use yinxin_ca::fixture::{self, Fixture};
use yinxin_pki::chain::ChainCheck;
use yinxin_pki::cms::{Format, SignDraft, SignedData, assemble};
use yinxin_pki::{Certificate, Curve, Explain, Oddity, Purpose};

const CONTENT: &[u8] = "投标总价 123456.78".as_bytes();

struct Sample {
    message: Vec<u8>,
    fixture: Fixture,
    detached: bool,
}

fn sample(curve: Curve, format: Format, detached: bool) -> Sample {
    let mut fixture = Fixture::new(curve).unwrap();
    let certificate = fixture.holder.certificates.signing().certificate().clone();
    let draft = SignDraft::new(format, &certificate).unwrap().signing_time(fixture::NOW);
    let mut hasher = draft.hasher().unwrap();
    hasher.update(CONTENT);
    let signing = draft.prepare(hasher.finish()).unwrap();
    let answer = fixture.signing_key.sign(signing.to_sign(), &mut fixture.rng).unwrap();
    let signer = signing.finish(&answer).unwrap();
    let length = (!detached).then(|| u64::try_from(CONTENT.len()).unwrap());
    let parts = assemble(format, &format.data(), length, &[&certificate], &[signer]).unwrap();
    let middle = if detached { &[] } else { CONTENT };
    Sample { message: [&parts.before, middle, &parts.after].concat(), fixture, detached }
}

/// Verifies the whole as `yinxin cms verify` does; `Ok` holds the deviations.
fn verify(message: &[u8], sample: &Sample) -> Result<Vec<Oddity>, &'static str> {
    let (signed, inside) = SignedData::from_der(message).map_err(|error| error.code())?;
    let content = match (inside, sample.detached) {
        (Some(inside), false) => inside,
        (None, true) => CONTENT.to_vec(),
        _ => return Err("content"),
    };
    // A reader takes what was signed for the bid: it must be these octets.
    let mut hashers = signed.content_hashers();
    hashers.update(&content);
    let digests = hashers.finish();
    if signed.signers().is_empty() {
        return Err("no_signature");
    }
    let mut oddities = signed.oddities().to_vec();
    for signer in signed.signers() {
        let inside: Vec<Certificate> = signed
            .certificates()
            .iter()
            .filter_map(|der| Certificate::from_der(der).ok())
            .collect();
        let certificate =
            inside.iter().find(|one| signer.is_named(one)).ok_or("signer_certificate_missing")?;
        let direct = signer.content_hasher(certificate.public_key()).map(|mut hasher| {
            hasher.update(&content);
            hasher.finish()
        });
        let check =
            signer.verify(&signed, certificate, &digests, direct).map_err(|error| error.code())?;
        oddities.extend(check.oddities);
        oddities.extend(certificate.oddities().to_vec());
        ChainCheck::new(&sample.fixture.trust, fixture::NOW)
            .intermediates(&sample.fixture.intermediates())
            .purpose(Purpose::Sign)
            .verify(certificate)
            .map_err(|error| error.code())?;
    }
    assert_eq!(content, CONTENT, "verified, and yet the content is another");
    Ok(oddities)
}

fn every_flip(curve: Curve, format: Format, detached: bool) {
    let sample = sample(curve, format, detached);
    assert_eq!(verify(&sample.message, &sample), Ok(Vec::new()), "the sound one has no oddity");
    let long = std::env::var_os("YINXIN_LONG").is_some();
    let mut refused = BTreeMap::<&str, usize>::new();
    let mut silent = Vec::new();
    let mut reported = Vec::new();
    for place in 0..sample.message.len() {
        // All eight bits in the long form, one that wanders otherwise.
        let bits = if long { 0..8 } else { place % 8..place % 8 + 1 };
        for bit in bits {
            let mut changed = sample.message.clone();
            changed[place] ^= 1 << bit;
            match verify(&changed, &sample) {
                Err(code) => *refused.entry(code).or_default() += 1,
                Ok(oddities) if oddities.is_empty() => silent.push((place, bit)),
                Ok(oddities) => reported.push((place, bit, oddities)),
            }
        }
    }
    println!("{curve:?} {format:?}: refused {refused:?}, reported {reported:?}");
    assert!(silent.is_empty(), "accepted without a word: {silent:?}");
    // Without meaning are: two bits of SignedData's version and one of SignerInfo's, whose other
    // values are known from other programs and change nothing.
    assert!(reported.len() <= 3, "more bits without meaning than are known: {reported:?}");
    for (place, bit, oddities) in reported {
        assert_eq!(oddities, [Oddity::Version], "octet {place}, bit {bit}");
    }
    assert!(refused.values().sum::<usize>() > sample.message.len() / 2);
}

#[test]
fn a_flipped_bit_in_a_gm_message_is_refused_or_reported() {
    every_flip(Curve::Sm2, Format::Gm, false);
}

#[test]
fn a_flipped_bit_in_a_detached_gm_signature_is_refused_or_reported() {
    every_flip(Curve::Sm2, Format::Gm, true);
}

#[test]
fn a_flipped_bit_in_an_rfc5652_message_with_sm2_is_refused_or_reported() {
    every_flip(Curve::Sm2, Format::Rfc5652, false);
}

#[test]
fn a_flipped_bit_in_an_rfc5652_message_with_p256_is_refused_or_reported() {
    every_flip(Curve::P256, Format::Rfc5652, false);
}
