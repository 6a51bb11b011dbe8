//! What the test authority makes is what the library accepts.

use yinxin_ca::fixture::{FixedRng, Fixture, NOW};
use yinxin_ca::{Authority, CaError, Reason, Role, State};
use yinxin_pki::chain::ChainCheck;
use yinxin_pki::revocation::ocsp::{CertificateId, IdDigest};
use yinxin_pki::revocation::{Crl, OcspRequest, OcspResponse, RevocationData, Status};
use yinxin_pki::timestamp::{TimestampRequest, TimestampToken};
use yinxin_pki::{Curve, DigestAlgorithm, Purpose, SerialNumber, SigningKey, Time};

const BOTH: [Curve; 2] = [Curve::Sm2, Curve::P256];

#[test]
fn every_certificate_is_trusted_for_its_own_purpose_and_no_other() {
    for curve in BOTH {
        let fixture = Fixture::new(curve).unwrap();
        let authority = &fixture.authority;
        let intermediates = fixture.intermediates();
        let trusted = |certificate, purpose| {
            ChainCheck::new(&fixture.trust, NOW)
                .intermediates(&intermediates)
                .purpose(purpose)
                .verify(certificate)
                .is_ok()
        };
        let dual = &fixture.holder.certificates;
        let cases = [
            (dual.signing().certificate(), Some(Purpose::Sign)),
            (dual.encryption().certificate(), Some(Purpose::Encrypt)),
            (authority.member(Role::Platform).certificate(), Some(Purpose::Platform)),
            (authority.member(Role::SealMaker).certificate(), Some(Purpose::Seal)),
            (authority.member(Role::Tsa).certificate(), Some(Purpose::TimeStamping)),
            (authority.member(Role::Ocsp).certificate(), Some(Purpose::OcspSigning)),
            (authority.member(Role::TrustList).certificate(), None),
            (authority.member(Role::TrustListNext).certificate(), None),
        ];
        let purposes = [
            Purpose::Encrypt,
            Purpose::OcspSigning,
            Purpose::Platform,
            Purpose::Seal,
            Purpose::Server,
            Purpose::Sign,
            Purpose::TimeStamping,
        ];
        for (certificate, own) in cases {
            assert!(trusted(certificate, Purpose::Any), "{certificate:?}");
            for purpose in purposes {
                let expected = own == Some(purpose);
                assert_eq!(trusted(certificate, purpose), expected, "{certificate:?} {purpose:?}");
            }
        }
    }
}

#[test]
fn every_certificate_says_test_only() {
    let fixture = Fixture::new(Curve::Sm2).unwrap();
    let mut all: Vec<_> =
        Role::ALL.map(|role| fixture.authority.member(role).certificate()).to_vec();
    all.push(fixture.holder.certificates.signing().certificate());
    all.push(fixture.holder.certificates.encryption().certificate());
    for certificate in all {
        assert!(certificate.subject().to_string().contains("TEST ONLY"), "{certificate:?}");
        assert_eq!(
            certificate.extensions().policies,
            Some(vec![yinxin_pki::oid::TEST_ONLY_POLICY])
        );
    }
}

#[test]
fn holder_is_read_back_from_the_certificate() {
    let fixture = Fixture::new(Curve::Sm2).unwrap();
    let holder = fixture.holder.certificates.signing().holder();
    assert_eq!(holder.name(), Fixture::UNIT);
    assert_eq!(holder.unified_code().unwrap().as_str(), Fixture::CODE);
}

#[test]
fn the_same_seed_makes_the_same_octets() {
    let make = || {
        let mut rng = FixedRng::new(9);
        let mut authority = Authority::create(Curve::Sm2, NOW, &mut rng).unwrap();
        let crl = authority.crl(Role::Issuing, NOW, &mut rng).unwrap();
        (authority.member(Role::Tsa).certificate().clone(), crl)
    };
    assert_eq!(make(), make());
}

#[test]
fn a_revoked_certificate_is_on_the_list_and_in_the_answer() {
    for curve in BOTH {
        let mut fixture = Fixture::new(curve).unwrap();
        let leaf = fixture.holder.certificates.signing().certificate().clone();
        let other = fixture.holder.certificates.encryption().certificate().clone();
        let issuer = fixture.authority.member(Role::Issuing).certificate().clone();
        let later = NOW.plus(3600);
        fixture.authority.revoke(leaf.serial(), Reason::KeyCompromise, later).unwrap();
        let revoked = Status::Revoked { since: later, reason: 1 };

        let crl = fixture.authority.crl(Role::Issuing, later, &mut fixture.rng).unwrap();
        let crl = Crl::from_der(&crl).unwrap();
        assert_eq!(crl.status_of(&leaf, &issuer, later, later), Ok(revoked));
        assert_eq!(crl.status_of(&other, &issuer, later, later), Ok(Status::Good));

        for digest in [IdDigest::Sha1, IdDigest::Sha256, IdDigest::Sm3] {
            let ids = [&leaf, &other].map(|c| CertificateId::new(digest, c, &issuer)).to_vec();
            let request = OcspRequest { ids, nonce: Some(b"0123456789abcdef".to_vec()) };
            let answer =
                fixture.authority.ocsp(&request.to_der(), later, &mut fixture.rng).unwrap();
            let answer = OcspResponse::from_der(&answer).unwrap();
            assert_eq!(answer.check_nonce(b"0123456789abcdef"), Ok(()));
            assert_eq!(answer.status_of(&leaf, &issuer, later, later), Ok(revoked));
            assert_eq!(answer.status_of(&other, &issuer, later, later), Ok(Status::Good));
        }
        let again = fixture.authority.revoke(leaf.serial(), Reason::Superseded, later);
        assert_eq!(
            again,
            Err(CaError::AlreadyRevoked { serial: leaf.serial().clone(), since: later })
        );
        let nobody = SerialNumber::from_octets(&[1]);
        let unknown = fixture.authority.revoke(&nobody, Reason::Superseded, later);
        assert_eq!(unknown, Err(CaError::NotIssued { serial: nobody }));
    }
}

#[test]
fn timestamp_proves_its_data_and_no_other() {
    for curve in BOTH {
        let mut fixture = Fixture::new(curve).unwrap();
        for digest in [DigestAlgorithm::Sm3, DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
            let request = TimestampRequest::new(digest, b"a bid", Some(vec![0x80, 7]));
            let response =
                fixture.authority.timestamp(&request.to_der(), NOW, &mut fixture.rng).unwrap();
            let token = TimestampToken::from_der(&response).unwrap();
            assert_eq!(token.info().nonce, request.nonce);
            let between = fixture.intermediates();
            let verified = token.verify(b"a bid", &fixture.trust, &between).unwrap();
            assert_eq!(verified.time, NOW);
            assert!(token.verify(b"a bit", &fixture.trust, &between).is_err());
        }
    }
}

#[test]
fn state_goes_through_text() {
    let mut fixture = Fixture::new(Curve::P256).unwrap();
    let serial = fixture.holder.certificates.signing().serial().clone();
    fixture.authority.revoke(&serial, Reason::CertificateHold, NOW).unwrap();
    fixture.authority.crl(Role::Issuing, NOW, &mut fixture.rng).unwrap();
    let text = fixture.authority.state().to_text();
    assert_eq!(State::parse(&text).as_ref(), Ok(fixture.authority.state()));
}

#[test]
fn list_numbers_grow_and_an_older_list_is_refused() {
    let mut fixture = Fixture::new(Curve::Sm2).unwrap();
    let mut list = || {
        Crl::from_der(&fixture.authority.crl(Role::Issuing, NOW, &mut fixture.rng).unwrap())
            .unwrap()
    };
    let (first, second) = (list(), list());
    assert_eq!(second.follows(&first), Ok(()));
    assert!(first.follows(&second).is_err());
}

#[test]
fn a_chain_with_all_lists_is_known_to_be_good() {
    let mut fixture = Fixture::new(Curve::Sm2).unwrap();
    let lists = [Role::Issuing, Role::Root].map(|role| {
        Crl::from_der(&fixture.authority.crl(role, NOW, &mut fixture.rng).unwrap()).unwrap()
    });
    let data = RevocationData { crls: lists.to_vec(), ocsp: vec![] };
    let between = fixture.intermediates();
    let at = NOW.plus(Time::DAY);
    let chain = ChainCheck::new(&fixture.trust, at)
        .intermediates(&between)
        .purpose(Purpose::Sign)
        .revocation(&data, at)
        .require_revocation(true)
        .verify(fixture.holder.certificates.signing())
        .unwrap();
    assert_eq!(chain.path().len(), 3);
    assert!(chain.revocation_unknown().is_empty());
}

#[test]
fn the_encryption_key_comes_out_of_its_envelope_and_only_for_its_holder() {
    for curve in BOTH {
        let mut fixture = Fixture::new(curve).unwrap();
        let escrowed = &fixture.holder.escrowed;
        let certified = fixture.holder.certificates.encryption().public_key();
        assert_eq!(escrowed.key.public(), certified);
        assert!(escrowed.opens_with(&fixture.signing_key));
        let stranger = SigningKey::generate(curve, &mut fixture.rng);
        assert!(!escrowed.opens_with(&stranger));
    }
}
