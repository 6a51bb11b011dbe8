//! Without the feature `foreign`, keys that others alone use are refused, and nothing panics.

use alloc::vec;
use alloc::vec::Vec;

use super::PublicKey;
use crate::der::Writer;
use crate::{Error, oid};

/// A SubjectPublicKeyInfo.
fn spki(algorithm: impl Fn(&mut Writer), bits: &[u8]) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            w.sequence(|w| algorithm(w));
            w.bit_string(bits);
        });
    })
}

#[test]
fn rsa_p384_and_p521_are_unsupported() {
    let rsa = spki(
        |w| {
            w.oid(&oid::RSA);
            w.null();
        },
        &Writer::build(|w| {
            w.sequence(|w| {
                w.unsigned(&[0xff; 256]);
                w.unsigned(&[1, 0, 1]);
            });
        }),
    );
    let found = PublicKey::from_spki(&rsa).unwrap_err();
    assert!(matches!(found, Error::Unsupported { what: "key algorithm", .. }), "{found:?}");
    for (curve, field) in [(oid::P384, 48), (oid::P521, 66)] {
        let point = [&[4][..], &vec![1; 2 * field]].concat();
        let key = spki(
            |w| {
                w.oid(&oid::EC_PUBLIC_KEY);
                w.oid(&curve);
            },
            &point,
        );
        let found = PublicKey::from_spki(&key).unwrap_err();
        assert!(matches!(found, Error::Unsupported { what: "curve", .. }), "{found:?}");
    }
}
