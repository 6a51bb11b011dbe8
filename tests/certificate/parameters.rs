//! Keys and algorithms written in ways that were attacks elsewhere (CVE-2020-0601, CVE-2022-0778,
//! CVE-2023-3446), and the harmless deviations of real authorities, each reported by name.

use std::time::Instant;

use yinxin_ca::issue;
use yinxin_pki::der::{Reader, Tag, Writer};
use yinxin_pki::{Certificate, Curve, Error, Explain, Oddity, PublicKey, oid};

use crate::world::{Node, Plan, World, verify};

/// The same certificate with other octets for its SubjectPublicKeyInfo, signed again.
fn with_spki(world: &mut World, issuer: &Node, leaf: &Node, spki: &[u8]) -> Vec<u8> {
    let mut outer = Reader::new(leaf.certificate.tbs());
    let mut fields = outer.sequence().unwrap();
    let mut parts = vec![];
    while !fields.is_empty() {
        parts.push(fields.any().unwrap().raw.to_vec());
    }
    // version, serial, algorithm, issuer, validity, subject, key
    parts[6] = spki.to_vec();
    let tbs = Writer::build(|w| w.tlv(Tag::SEQUENCE, &parts.concat()));
    issue::sign(&tbs, &issuer.key, &mut world.rng).unwrap()
}

fn read(spki: &[u8]) -> Result<(Certificate, bool), Error> {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let leaf = world.issue(&root, Plan::leaf("leaf").curve(Curve::Sm2));
    let der = with_spki(&mut world, &root, &leaf, spki);
    let certificate = Certificate::from_der(&der)?;
    let node = Node { certificate: certificate.clone(), key: leaf.key };
    Ok((certificate, verify(&[&root], &[], &node).is_ok()))
}

fn sm2_key() -> PublicKey {
    let mut world = World::new();
    world.root(Plan::authority("x").curve(Curve::Sm2)).key.public().clone()
}

fn spki(key: &PublicKey, identifier: impl FnOnce(&mut Writer)) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(identifier);
            w.bit_string(&key.bits());
        });
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

/// GB/T 32918.5 §2: p, a, b, base point, n.
const SM2: [&str; 5] = [
    "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff",
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc",
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93",
    "0432c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7\
     bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0",
    "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123",
];

fn explicit(w: &mut Writer, parameters: &[Vec<u8>; 5]) {
    let [p, a, b, base, order] = parameters;
    w.sequence(|w| {
        w.uint(1);
        w.sequence(|w| {
            w.oid(&oid::PRIME_FIELD);
            w.unsigned(p);
        });
        w.sequence(|w| {
            w.octet_string(a);
            w.octet_string(b);
        });
        w.octet_string(base);
        w.unsigned(order);
        w.uint(1);
    });
}

#[test]
fn a_curve_written_out_is_read_only_when_it_is_sm2_to_the_last_bit() {
    let key = sm2_key();
    let standard = SM2.map(bytes);
    let written = |parameters: &[Vec<u8>; 5]| {
        spki(&key, |w| {
            w.oid(&oid::EC_PUBLIC_KEY);
            explicit(w, parameters);
        })
    };
    let (certificate, trusted) = read(&written(&standard)).unwrap();
    assert!(trusted);
    assert_eq!(certificate.oddities(), [Oddity::ExplicitCurve]);
    for index in 0..standard.len() {
        let mut other = standard.clone();
        *other[index].last_mut().unwrap() ^= 1;
        assert!(read(&written(&other)).is_err(), "parameter {index}");
    }
    // The key itself as generator: then 1 is the private key (CVE-2020-0601).
    let mut forged = standard;
    forged[3] = key.bits();
    assert!(read(&written(&forged)).is_err());
}

#[test]
fn the_curve_as_the_keys_algorithm_is_a_named_oddity() {
    let key = sm2_key();
    let forms: [fn(&mut Writer); 3] = [
        |w| w.oid(&oid::SM2_CURVE),
        |w| {
            w.oid(&oid::SM2_CURVE);
            w.null();
        },
        |w| {
            w.oid(&oid::SM2_CURVE);
            w.oid(&oid::SM2_CURVE);
        },
    ];
    for form in forms {
        let (certificate, trusted) = read(&spki(&key, form)).unwrap();
        assert!(trusted);
        assert_eq!(certificate.oddities(), [Oddity::KeyAlgorithmIsCurve]);
    }
}

#[test]
fn null_after_the_signature_algorithm_is_a_named_oddity() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root").curve(Curve::Sm2));
    let leaf = world.issue(&root, Plan::leaf("leaf"));
    let plain = Writer::build(|w| w.algorithm(&oid::SM2_WITH_SM3));
    let with_null = Writer::build(|w| w.algorithm_null(&oid::SM2_WITH_SM3));
    let mut fields = Reader::new(leaf.certificate.tbs()).sequence().unwrap();
    let mut content = vec![];
    while !fields.is_empty() {
        let field = fields.any().unwrap().raw;
        content.extend_from_slice(if field == plain { &with_null } else { field });
    }
    let tbs = Writer::build(|w| w.tlv(Tag::SEQUENCE, &content));
    let signed = issue::sign(&tbs, &root.key, &mut world.rng).unwrap();
    let mut parts = Reader::new(&signed).sequence().unwrap();
    parts.any().unwrap();
    parts.any().unwrap();
    let signature = parts.any().unwrap().raw;
    let der = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(&tbs);
            w.raw(&with_null);
            w.raw(signature);
        });
    });
    let certificate = Certificate::from_der(&der).unwrap();
    assert_eq!(certificate.oddities(), [Oddity::NullParameters]);
    let node = Node { certificate, key: leaf.key };
    assert!(verify(&[&root], &[], &node).is_ok());
}

#[test]
fn points_off_the_curve_compressed_or_at_infinity_are_refused() {
    let point = sm2_key().bits();
    let mut off = point.clone();
    off[64] ^= 1;
    let mut compressed = point[..33].to_vec();
    compressed[0] = 2 + (point[64] & 1);
    let mut hybrid = point.clone();
    hybrid[0] = 6 + (point[64] & 1);
    for bits in [off, compressed, hybrid, vec![0], vec![], point[..64].to_vec()] {
        let spki = Writer::build(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.oid(&oid::EC_PUBLIC_KEY);
                    w.oid(&oid::SM2_CURVE);
                });
                w.bit_string(&bits);
            });
        });
        assert_eq!(read(&spki).unwrap_err().code(), "malformed", "{bits:02x?}");
    }
}

#[test]
fn an_enormous_rsa_key_costs_no_time() {
    for (octets, exponent) in
        [(2048, vec![1, 0, 1]), (1 << 15, vec![1, 0, 1]), (256, vec![0x7f; 256])]
    {
        let spki = Writer::build(|w| {
            w.sequence(|w| {
                w.algorithm_null(&oid::RSA);
                let key = Writer::build(|w| {
                    w.sequence(|w| {
                        w.unsigned(&vec![0xff; octets]);
                        w.unsigned(&exponent);
                    });
                });
                w.bit_string(&key);
            });
        });
        let started = Instant::now();
        assert!(read(&spki).is_err() || octets == 2048, "{octets} octets");
        assert!(started.elapsed().as_secs() < 2, "{octets} octets");
    }
}

#[test]
fn a_key_of_an_unknown_algorithm_is_unsupported_by_name() {
    let spki = Writer::build(|w| {
        w.sequence(|w| {
            w.algorithm(&oid::TEST_ONLY_POLICY);
            w.bit_string(&[0; 32]);
        });
    });
    let error = read(&spki).unwrap_err();
    assert_eq!(error.code(), "unsupported");
    assert!(matches!(error, Error::Unsupported { found: oid::TEST_ONLY_POLICY, at, .. } if at > 0));
}

#[test]
fn an_extension_twice_is_refused() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let mut plan = Plan::leaf("leaf");
    plan.extensions.push(plan.extensions[0].clone());
    let subject = root.certificate.subject().clone();
    let template = world.template(&subject, plan, &root.key);
    let der = template.sign(&root.key, &mut world.rng).unwrap();
    assert_eq!(Certificate::from_der(&der).unwrap_err().code(), "malformed");
}
