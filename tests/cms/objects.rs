//! Signed objects: none passes for another, in no other encoding, under no other certificate.

use yinxin_ca::fixture::{self, Fixture};
use yinxin_pki::cms::{Format, SignDraft, assemble, timestamp_attribute};
use yinxin_pki::signed_object::{ObjectDraft, ObjectError, ObjectType, SignedObject, join};
use yinxin_pki::{Certificate, Curve, Explain, oid};

const CONTENT: &[u8] = br#"{"typ":"hub-time","at":1800000000}"#;

const TYPES: [ObjectType; 9] = [
    ObjectType::Evidence,
    ObjectType::HubTime,
    ObjectType::Prepared,
    ObjectType::Receipt,
    ObjectType::Request,
    ObjectType::SealRevocation,
    ObjectType::SealStatusList,
    ObjectType::Statement,
    ObjectType::TrustList,
];

fn object(fixture: &mut Fixture, kind: ObjectType, carry: bool) -> (Vec<u8>, Certificate) {
    let certificate = fixture.holder.certificates.signing().certificate().clone();
    let carried: &[Certificate] = if carry { std::slice::from_ref(&certificate) } else { &[] };
    let draft =
        ObjectDraft::new(kind, CONTENT.to_vec(), &certificate, carried, fixture::NOW).unwrap();
    let answer = fixture.signing_key.sign(draft.to_sign(), &mut fixture.rng).unwrap();
    (draft.finish(&answer).unwrap(), certificate)
}

fn read(der: &[u8], kind: ObjectType, by: &Certificate) -> Result<Vec<u8>, ObjectError> {
    Ok(SignedObject::from_der(der, kind)?.verify(by)?.content.to_vec())
}

#[test]
fn each_type_is_read_as_itself_only() {
    for curve in [Curve::Sm2, Curve::P256] {
        let mut fixture = Fixture::new(curve).unwrap();
        for kind in TYPES {
            let (der, certificate) = object(&mut fixture, kind, true);
            for other in TYPES {
                let said = read(&der, other, &certificate);
                assert_eq!(said.is_ok(), kind == other, "{kind:?} as {other:?}");
            }
            let read = SignedObject::from_der(&der, kind).unwrap();
            assert_eq!(read.named(), Some(&certificate));
            assert_eq!(read.verify(&certificate).unwrap().signing_time, Some(fixture::NOW));
        }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    for curve in [Curve::Sm2, Curve::P256] {
        let mut fixture = Fixture::new(curve).unwrap();
        let (der, certificate) = object(&mut fixture, ObjectType::Statement, true);
        let mut refused = 0;
        for bit in 0..der.len() * 8 {
            let mut bent = der.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let Ok(content) = read(&bent, ObjectType::Statement, &certificate) else {
                refused += 1;
                continue;
            };
            // A carried certificate is not signed with the object; the caller gave his own.
            assert_eq!(content, CONTENT);
            let read = SignedObject::from_der(&bent, ObjectType::Statement).unwrap();
            assert_ne!(
                read.carried(),
                std::slice::from_ref(&certificate),
                "bit {bit} has no meaning"
            );
        }
        println!("{refused} of {} flipped bits refused", der.len() * 8);
    }
}

#[test]
fn there_is_one_encoding() {
    let mut fixture = Fixture::new(Curve::Sm2).unwrap();
    let kind = ObjectType::Receipt;
    let (der, certificate) = object(&mut fixture, kind, false);
    let trailing = [&der[..], &[0]].concat();
    // 30 82 LL LL: the same length in one octet more, and without an end.
    assert_eq!(der[..2], [0x30, 0x82]);
    let long = [&[0x30, 0x83, 0], &der[2..]].concat();
    let endless = [&[0x30, 0x80], &der[4..], &[0, 0]].concat();
    for bent in [trailing, long, endless, der[..der.len() - 1].to_vec(), vec![]] {
        read(&bent, kind, &certificate).unwrap_err();
    }

    // The same signature with something unsigned beside it, twice, and by the gm identifiers.
    let draft = SignDraft::new(Format::Rfc5652, &certificate).unwrap().content_type(kind.oid());
    let mut hasher = draft.hasher().unwrap();
    hasher.update(CONTENT);
    let signing = draft.prepare(hasher.finish()).unwrap();
    let answer = fixture.signing_key.sign(signing.to_sign(), &mut fixture.rng).unwrap();
    let signer = signing.finish(&answer).unwrap();
    let whole = |format, signers: &[_]| {
        let length = u64::try_from(CONTENT.len()).ok();
        let around = assemble(format, &kind.oid(), length, &[], signers).unwrap();
        [&around.before, CONTENT, &around.after].concat()
    };
    read(&whole(Format::Rfc5652, std::slice::from_ref(&signer)), kind, &certificate).unwrap();
    let more = signer.clone().with_unsigned(timestamp_attribute(&[0x30, 0]));
    for (what, bent, code) in [
        ("unsigned", whole(Format::Rfc5652, &[more]), "object_encoding"),
        ("twice", whole(Format::Rfc5652, &[signer.clone(), signer.clone()]), "object_signers"),
        ("gm", whole(Format::Gm, &[signer]), "object_encoding"),
    ] {
        assert_eq!(read(&bent, kind, &certificate).unwrap_err().code(), code, "{what}");
    }
}

#[test]
fn a_message_that_a_person_signs_is_no_object() {
    let mut fixture = Fixture::new(Curve::Sm2).unwrap();
    let certificate = fixture.holder.certificates.signing().certificate().clone();
    for format in [Format::Gm, Format::Rfc5652] {
        let draft = SignDraft::new(format, &certificate).unwrap();
        let mut hasher = draft.hasher().unwrap();
        hasher.update(CONTENT);
        let signing = draft.prepare(hasher.finish()).unwrap();
        let answer = fixture.signing_key.sign(signing.to_sign(), &mut fixture.rng).unwrap();
        let signer = signing.finish(&answer).unwrap();
        for content_type in [oid::DATA, ObjectType::Statement.oid()] {
            let length = u64::try_from(CONTENT.len()).ok();
            let signers = [signer.clone()];
            let around = assemble(format, &content_type, length, &[], &signers).unwrap();
            let der = [&around.before, CONTENT, &around.after].concat();
            let refused = read(&der, ObjectType::Statement, &certificate).unwrap_err();
            println!("{format:?} {content_type}: {}", refused.code());
        }
    }
}

#[test]
fn another_certificate_of_the_same_name_and_key_is_not_the_one() {
    let mut fixture = Fixture::new(Curve::Sm2).unwrap();
    let (der, certificate) = object(&mut fixture, ObjectType::Request, false);
    // One octet of the signature over it differs: same issuer, serial number and key.
    let mut twin = certificate.as_der().to_vec();
    let last = twin.len() - 1;
    twin[last] ^= 1;
    let twin = Certificate::from_der(&twin).unwrap();
    read(&der, ObjectType::Request, &certificate).unwrap();
    read(&der, ObjectType::Request, &twin).unwrap_err();
    let issuer = fixture.intermediates().remove(0);
    let refused = read(&der, ObjectType::Request, &issuer).unwrap_err();
    assert_eq!(refused.code(), "signer_certificate_missing");
}

#[test]
fn a_trust_list_passes_from_one_signer_to_the_next() {
    let mut fixture = Fixture::new(Curve::Sm2).unwrap();
    let mut other = Fixture::new(Curve::P256).unwrap();
    for kind in [ObjectType::TrustList, ObjectType::Receipt] {
        let (one, current) = object(&mut fixture, kind, false);
        let (two, next) = object(&mut other, kind, false);
        let joined = join(&one, &two, kind);
        if kind == ObjectType::Receipt {
            assert_eq!(joined, Err(ObjectError::Signers { found: 2 }));
            continue;
        }
        let joined = joined.unwrap();
        for certificate in [&current, &next] {
            assert_eq!(read(&joined, kind, certificate).unwrap(), CONTENT);
        }
        assert!(join(&joined, &one, kind).is_err(), "three signers");
    }
}
