//! Bytes nobody should have sent: cut off, bent, nested, enormous. Every reader answers with a
//! typed error in bounded time.

use std::hint::black_box;
use std::time::Instant;

use yinxin_ca::State;
use yinxin_ca::fixture::{FixedRng, Fixture, NOW};
use yinxin_ca::{Reason, Role};
use yinxin_pki::chain::ChainCheck;
use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::revocation::ocsp::{CertificateId, IdDigest};
use yinxin_pki::revocation::{Crl, OcspRequest, OcspResponse};
use yinxin_pki::timestamp::{TimestampInfo, TimestampRequest, TimestampToken};
use yinxin_pki::{Certificate, CertificateRequest, Curve, DigestAlgorithm, Name, TrustStore};

use rand_core::Rng as _;

/// A reader: whether the bytes were taken. Whatever it gives is looked through as a user would.
type Read = fn(&[u8]) -> bool;

/// Every reader of this part, each with a sound sample.
fn readers() -> Vec<(&'static str, Vec<u8>, Read)> {
    let mut fixture = Fixture::new(Curve::Sm2).unwrap();
    let dual = &fixture.holder.certificates;
    let leaf = dual.signing().certificate().clone();
    let issuer = fixture.authority.member(Role::Issuing).certificate().clone();
    fixture.authority.revoke(leaf.serial(), Reason::KeyCompromise, NOW).unwrap();
    let crl = fixture.authority.crl(Role::Issuing, NOW, &mut fixture.rng).unwrap();
    let ids = vec![CertificateId::new(IdDigest::Sha1, &leaf, &issuer)];
    let question = OcspRequest { ids, nonce: Some(vec![7; 16]) }.to_der();
    let answer = fixture.authority.ocsp(&question, NOW, &mut fixture.rng).unwrap();
    let stamp = TimestampRequest::new(DigestAlgorithm::Sm3, b"a bid", Some(vec![9])).to_der();
    let token = fixture.authority.timestamp(&stamp, NOW, &mut fixture.rng).unwrap();
    let said = TimestampToken::from_der(&token).unwrap().info().to_der();
    let (request, _) =
        yinxin_ca::fixture::request(Curve::P256, "C=CN,O=甲公司,OU=x,CN=甲公司", &mut fixture.rng)
            .unwrap();
    let name = leaf.subject().as_der().to_vec();
    vec![
        ("certificate", leaf.as_der().to_vec(), |der| {
            Certificate::from_der(der).is_ok_and(|certificate| {
                black_box(format!("{certificate:?} {}", certificate.holder()));
                let store = TrustStore::new();
                black_box(ChainCheck::new(&store, NOW).report(&certificate).1.is_err())
            })
        }),
        ("request", request.as_der().to_vec(), |der| CertificateRequest::from_der(der).is_ok()),
        ("name", name, |der| Name::from_der(der).is_ok_and(|name| !name.to_string().is_empty())),
        ("crl", crl, |der| Crl::from_der(der).is_ok_and(|crl| crl.revoked().count() < 100)),
        ("ocsp request", question, |der| OcspRequest::from_der(der).is_ok()),
        ("ocsp response", answer, |der| OcspResponse::from_der(der).is_ok()),
        ("timestamp request", stamp, |der| TimestampRequest::from_der(der).is_ok()),
        ("timestamp info", said, |der| TimestampInfo::from_der(der).is_ok()),
        ("timestamp token", token, |der| {
            TimestampToken::from_der(der)
                .is_ok_and(|token| token.verify(b"a bid", &TrustStore::new(), &[]).is_err())
        }),
    ]
}

#[test]
fn sound_samples_are_read() {
    for (name, sample, read) in readers() {
        assert!(read(&sample), "{name}");
    }
}

#[test]
fn every_truncation_is_refused() {
    for (name, sample, read) in readers() {
        for length in 0..sample.len() {
            assert!(!read(&sample[..length]), "{name} cut at {length}");
        }
        let longer = [&sample[..], &[0]].concat();
        assert!(!read(&longer), "{name} with an octet more");
    }
}

#[test]
fn twenty_thousand_mutations_end_without_a_panic() {
    let mut rng = FixedRng::new(20_000);
    for (name, sample, read) in readers() {
        let started = Instant::now();
        let mut pick = |below: usize| {
            usize::try_from(rng.next_u64() % u64::try_from(below.max(1)).unwrap()).unwrap()
        };
        for _ in 0..20_000 {
            let mut bent = sample.clone();
            for _ in 0..=pick(3) {
                let at = pick(bent.len());
                match pick(5) {
                    0 => bent[at] ^= 1 << pick(8),
                    1 => bent[at] = [0, 1, 0x7f, 0x80, 0xff][pick(5)],
                    2 => drop(bent.remove(at)),
                    3 => bent.insert(at, u8::try_from(pick(256)).unwrap()),
                    _ => {
                        let end = (at + pick(16)).min(bent.len());
                        let piece = bent[at..end].to_vec();
                        let to = pick(bent.len());
                        bent.splice(to..to, piece);
                    }
                }
                if bent.is_empty() {
                    break;
                }
            }
            black_box(read(&bent));
        }
        assert!(started.elapsed().as_secs() < 120, "{name} took {:?}", started.elapsed());
    }
}

#[test]
fn state_files_that_are_bent_end_without_a_panic() {
    let sample = Fixture::new(Curve::P256).unwrap().authority.state().to_text();
    let mut rng = FixedRng::new(1);
    for _ in 0..20_000 {
        let mut bent = sample.clone().into_bytes();
        let at = usize::try_from(rng.next_u64()).unwrap() % bent.len();
        bent[at] = rng.next_u64().to_le_bytes()[0];
        if let Ok(text) = String::from_utf8(bent) {
            black_box(State::parse(&text).is_ok());
        }
    }
}

/// Shapes that cost a careless reader its stack, its memory or its evening.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let nest = |tag: Tag| {
        let mut bomb = vec![];
        for _ in 0..10_000 {
            // Outermost last: prepend a header by building it in reverse.
            let length = bomb.len();
            let mut header = vec![];
            let octets = u32::try_from(length).unwrap().to_le_bytes();
            let used = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
            header.extend_from_slice(&octets[..used.max(1)]);
            if length >= 0x80 {
                header.push(0x80 | u8::try_from(used).unwrap());
            }
            header.push(tag.0);
            bomb.extend_from_slice(&header);
        }
        bomb.reverse();
        bomb
    };
    let wide = |element: &[u8]| {
        let content = element.repeat(1_000_000);
        Writer::build(|w| w.tlv(Tag::SEQUENCE, &content))
    };
    let inside = |content: &[u8]| Writer::build(|w| w.tlv(Tag::SEQUENCE, content));
    vec![
        ("nested sequences", nest(Tag::SEQUENCE)),
        ("nested sets", nest(Tag::SET)),
        ("nested [0]", nest(Tag::explicit(0))),
        ("length near 2^32", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0]),
        ("length near 2^63", vec![0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("length over 2^64", [&[0x30, 0x89][..], &[0xff; 9]].concat()),
        ("inner length near 2^32", inside(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xf0, 0x02, 1, 1])),
        ("a million empty sets", wide(&[0x31, 0])),
        ("a million empty sequences", wide(&[0x30, 0])),
        ("a million integers", wide(&[2, 1, 1])),
        ("an enormous integer", inside(&Writer::build(|w| w.unsigned(&vec![0x7f; 4 << 20])))),
        (
            "an enormous identifier",
            inside(&Writer::build(|w| w.tlv(Tag::OID, &vec![0x81; 1 << 20]))),
        ),
    ]
}

#[test]
fn bombs_end_in_bounded_time() {
    let bombs = bombs();
    for (name, sample, read) in readers() {
        for (kind, bomb) in &bombs {
            let started = Instant::now();
            assert!(!read(bomb), "{name}: {kind}");
            assert!(started.elapsed().as_secs() < 5, "{name}: {kind} took {:?}", started.elapsed());
        }
        // The same bombs where a sound object has its second element.
        let mut outer = yinxin_pki::der::Reader::new(&sample).sequence().unwrap();
        let first = outer.any().unwrap().raw.to_vec();
        for (kind, bomb) in &bombs {
            let content = [&first[..], bomb].concat();
            let whole = Writer::build(|w| w.tlv(Tag::SEQUENCE, &content));
            let started = Instant::now();
            assert!(!read(&whole), "{name}: {kind} inside");
            assert!(started.elapsed().as_secs() < 5, "{name}: {kind} inside");
        }
    }
}
