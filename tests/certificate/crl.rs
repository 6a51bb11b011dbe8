//! Revocation lists: each way one is refused, and what a refused list means for the chain.

use std::time::Instant;

use yinxin_ca::crl::{CrlTemplate, crl_number};
use yinxin_ca::fixture::NOW;
use yinxin_ca::issue;
use yinxin_ca::{Reason, Revocation};
use yinxin_pki::certificate::{Extension, KeyUsage};
use yinxin_pki::chain::{ChainCheck, ChainError, VerifiedChain};
use yinxin_pki::der::{Tag, Writer};
use yinxin_pki::revocation::crl::CrlError;
use yinxin_pki::revocation::{Crl, RevocationData, Status};
use yinxin_pki::{Explain, Oid, SerialNumber, Time, oid};

use crate::world::{Node, Plan, World, refusal, trust};

fn pair(world: &mut World) -> (Node, Node) {
    let root = world.root(Plan::authority("root"));
    let leaf = world.issue(&root, Plan::leaf("leaf"));
    (root, leaf)
}

fn template(issuer: &Node) -> CrlTemplate {
    CrlTemplate {
        issuer: issuer.certificate.subject().clone(),
        this_update: NOW,
        next_update: Some(NOW.plus(Time::DAY)),
        revoked: vec![],
        extensions: vec![crl_number(1)],
    }
}

fn revoking(issuer: &Node, leaf: &Node, since: Time) -> CrlTemplate {
    let revocation = Revocation { since, reason: Reason::KeyCompromise };
    let revoked = vec![(leaf.certificate.serial().clone(), revocation)];
    CrlTemplate { revoked, ..template(issuer) }
}

fn read(world: &mut World, template: &CrlTemplate, signer: &Node) -> Result<Crl, CrlError> {
    Crl::from_der(&template.sign(&signer.key, &mut world.rng).unwrap())
}

fn status(crl: &Crl, leaf: &Node, issuer: &Node, at: Time) -> Result<Status, CrlError> {
    crl.status_of(&leaf.certificate, &issuer.certificate, at, at)
}

fn chain(root: &Node, leaf: &Node, crl: Crl, hard: bool) -> Result<VerifiedChain, ChainError> {
    let data = RevocationData { crls: vec![crl], ocsp: vec![] };
    let store = trust(&[root]);
    ChainCheck::new(&store, NOW)
        .revocation(&data, NOW)
        .require_revocation(hard)
        .verify(&leaf.certificate)
}

#[test]
fn a_revoked_certificate_is_refused_with_since_and_reason() {
    let mut world = World::new();
    let (root, leaf) = pair(&mut world);
    let crl = read(&mut world, &revoking(&root, &leaf, NOW), &root).unwrap();
    let error = chain(&root, &leaf, crl, false).unwrap_err();
    assert_eq!((error.code(), error.index), ("revoked", 0));
    let facts: Vec<_> = error.facts().iter().map(|fact| fact.value.to_string()).collect();
    assert_eq!(facts, ["0", "O=T, CN=leaf", "2026-11-24T12:00:00Z", "1"]);
}

#[test]
fn what_was_revoked_after_the_time_of_judgement_was_good_then() {
    let mut world = World::new();
    let (root, leaf) = pair(&mut world);
    let mut template = revoking(&root, &leaf, NOW.plus(3600));
    template.this_update = NOW.plus(3600);
    let crl = read(&mut world, &template, &root).unwrap();
    let data = RevocationData { crls: vec![crl], ocsp: vec![] };
    let store = trust(&[&root]);
    let now = NOW.plus(7200);
    let at = |at| {
        ChainCheck::new(&store, at)
            .revocation(&data, now)
            .require_revocation(true)
            .verify(&leaf.certificate)
    };
    assert!(at(NOW).is_ok(), "a timestamp from before proves it");
    assert_eq!(refusal(at(now)), ("revoked", 0));
}

#[test]
fn unknown_status_is_a_warning_or_by_hard_policy_a_refusal() {
    let mut world = World::new();
    let (root, leaf) = pair(&mut world);
    let mut old = template(&root);
    old.this_update = NOW.plus(-2 * Time::DAY);
    old.next_update = Some(NOW.plus(-Time::DAY));
    let crl = read(&mut world, &old, &root).unwrap();
    assert_eq!(chain(&root, &leaf, crl.clone(), false).unwrap().revocation_unknown(), [0]);
    assert_eq!(refusal(chain(&root, &leaf, crl, true)), ("revocation_unknown", 0));
    let current = read(&mut world, &template(&root), &root).unwrap();
    assert!(chain(&root, &leaf, current, true).is_ok());
}

#[test]
fn a_list_without_next_update_or_from_the_future_is_not_current() {
    let mut world = World::new();
    let (root, leaf) = pair(&mut world);
    let endless = CrlTemplate { next_update: None, ..template(&root) };
    let future = CrlTemplate { this_update: NOW.plus(301), ..template(&root) };
    let replaced = CrlTemplate { next_update: Some(NOW.plus(-1)), ..template(&root) };
    for template in [endless, future, replaced] {
        let crl = read(&mut world, &template, &root).unwrap();
        assert_eq!(status(&crl, &leaf, &root, NOW).unwrap_err().code(), "crl_not_current");
    }
}

#[test]
fn a_list_of_another_issuer_or_key_says_nothing() {
    let mut world = World::new();
    let (root, leaf) = pair(&mut world);
    let other = world.root(Plan::authority("other"));
    let foreign = read(&mut world, &template(&other), &other).unwrap();
    assert_eq!(status(&foreign, &leaf, &root, NOW), Err(CrlError::Issuer));
    assert_eq!(status(&foreign, &leaf, &other, NOW), Err(CrlError::Issuer));

    let forged = read(&mut world, &template(&root), &other).unwrap();
    assert_eq!(status(&forged, &leaf, &root, NOW).unwrap_err().code(), "crl_signature");

    let mut marked = template(&root);
    marked.extensions.push(issue::authority_key_identifier(other.key.public()));
    let root_with_id = {
        let plan = Plan::authority("root").with(issue::subject_key_identifier(root.key.public()));
        Node { certificate: world.certify(&root, plan, &root.key), key: other.key }
    };
    let crl = read(&mut world, &marked, &root).unwrap();
    assert_eq!(status(&crl, &leaf, &root_with_id, NOW), Err(CrlError::Issuer));
}

#[test]
fn an_issuer_without_crl_sign_signs_no_list() {
    let mut world = World::new();
    let usage = issue::key_usage(KeyUsage::CERTIFICATE_SIGN);
    let root = world.root(Plan::authority("root").with(usage));
    let leaf = world.issue(&root, Plan::leaf("leaf"));
    let crl = read(&mut world, &template(&root), &root).unwrap();
    assert_eq!(status(&crl, &leaf, &root, NOW), Err(CrlError::IssuerUsage));
}

#[test]
fn a_changed_list_has_a_wrong_signature() {
    let mut world = World::new();
    let (root, leaf) = pair(&mut world);
    let der = revoking(&root, &leaf, NOW).sign(&root.key, &mut world.rng).unwrap();
    let serial = leaf.certificate.serial().octets();
    let at = der.windows(2).position(|two| two == serial).unwrap();
    let mut changed = der;
    changed[at + 1] ^= 1;
    let crl = Crl::from_der(&changed).unwrap();
    assert_eq!(status(&crl, &leaf, &root, NOW).unwrap_err().code(), "crl_signature");
}

fn extension(oid: Oid, critical: bool, write: impl FnOnce(&mut Writer)) -> Extension {
    Extension { oid, critical, value: Writer::build(write) }
}

#[test]
fn indirect_and_delta_lists_are_refused_each_by_its_own_code() {
    let mut world = World::new();
    let (root, _) = pair(&mut world);
    let mut refused = |extension| {
        let mut template = template(&root);
        template.extensions.push(extension);
        read(&mut world, &template, &root).unwrap_err()
    };
    let point = |tag, value: &'static [u8]| {
        extension(oid::ISSUING_DISTRIBUTION_POINT, true, move |w| {
            w.sequence(|w| w.tlv(Tag(tag), value));
        })
    };
    assert_eq!(refused(point(0x84, &[0xff])), CrlError::Indirect);
    let delta = extension(oid::DELTA_CRL_INDICATOR, true, |w| w.uint(1));
    assert_eq!(refused(delta), CrlError::Delta);
    for partial in
        [point(0x81, &[0xff]), point(0x82, &[0xff]), point(0x83, &[0, 0x40]), point(0x85, &[0xff])]
    {
        assert_eq!(refused(partial).code(), "crl_unknown_critical_extension");
    }
    let unknown = Extension { oid: oid::TEST_ONLY_POLICY, critical: true, value: vec![5, 0] };
    assert_eq!(refused(unknown).code(), "crl_unknown_critical_extension");
}

#[test]
fn an_entry_of_another_issuer_makes_the_list_indirect() {
    let mut world = World::new();
    let (root, _) = pair(&mut world);
    let entry = |oid, critical, value: Vec<u8>| Extension { oid, critical, value };
    let cases = [
        (entry(oid::CERTIFICATE_ISSUER, true, vec![0x30, 0]), "crl_indirect"),
        (entry(oid::TEST_ONLY_POLICY, true, vec![5, 0]), "crl_unknown_critical_extension"),
        (entry(oid::REASON_CODE, false, vec![10, 1, 8]), "malformed"),
        (entry(oid::REASON_CODE, false, vec![10, 1, 7]), "malformed"),
    ];
    for (extension, code) in cases {
        let tbs = raw_list(&root, 1, |w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.uint(7);
                    w.time(NOW);
                    w.raw(&issue::extension_list(&[extension]));
                });
            });
        });
        let der = issue::sign(&tbs, &root.key, &mut world.rng).unwrap();
        assert_eq!(Crl::from_der(&der).unwrap_err().code(), code);
    }
}

/// A TBSCertList with whatever stands for revokedCertificates.
fn raw_list(issuer: &Node, version: u64, entries: impl FnOnce(&mut Writer)) -> Vec<u8> {
    Writer::build(|w| {
        w.sequence(|w| {
            if version > 0 {
                w.uint(version);
            }
            issuer.key.algorithm().write(w);
            w.raw(issuer.certificate.subject().as_der());
            w.time(NOW);
            w.time(NOW.plus(Time::DAY));
            entries(w);
        });
    })
}

#[test]
fn a_list_of_a_part_says_nothing_of_the_rest() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let uri = |w: &mut Writer, text: &str| {
        w.explicit(0, |w| w.explicit(0, |w| w.tlv(Tag(0x86), text.as_bytes())));
    };
    let part = extension(oid::ISSUING_DISTRIBUTION_POINT, true, |w| {
        w.sequence(|w| uri(w, "http://crl.example.cn/1"));
    });
    let points = |text: &'static str| {
        extension(oid::CRL_DISTRIBUTION_POINTS, false, move |w| {
            w.sequence(|w| w.sequence(|w| uri(w, text)));
        })
    };
    let inside = world.issue(&root, Plan::leaf("a").with(points("http://crl.example.cn/1")));
    let outside = world.issue(&root, Plan::leaf("b").with(points("http://crl.example.cn/2")));
    let nowhere = world.issue(&root, Plan::leaf("c"));
    let mut template = template(&root);
    template.extensions.push(part);
    let crl = read(&mut world, &template, &root).unwrap();
    assert_eq!(status(&crl, &inside, &root, NOW), Ok(Status::Good));
    for leaf in [outside, nowhere] {
        assert_eq!(status(&crl, &leaf, &root, NOW), Err(CrlError::OtherPart));
    }
}

#[test]
fn a_lower_number_than_before_is_a_rollback() {
    let mut world = World::new();
    let (root, _) = pair(&mut world);
    let mut numbered = |number: Option<u64>| {
        let extensions = number.map(crl_number).into_iter().collect();
        read(&mut world, &CrlTemplate { extensions, ..template(&root) }, &root).unwrap()
    };
    let (low, high, none) = (numbered(Some(255)), numbered(Some(256)), numbered(None));
    assert_eq!(high.follows(&low), Ok(()));
    assert_eq!(low.follows(&low), Ok(()));
    assert_eq!(low.follows(&high), Err(CrlError::Rollback));
    assert_eq!(none.follows(&low), Err(CrlError::Rollback));
}

#[test]
fn a_list_made_after_the_certificate_expired_may_have_forgotten_it() {
    let mut world = World::new();
    let (root, leaf) = pair(&mut world);
    let end = leaf.certificate.validity().not_after;
    let mut late = template(&root);
    late.this_update = end.plus(1);
    late.next_update = Some(end.plus(Time::DAY));
    let crl = read(&mut world, &late, &root).unwrap();
    let now = end.plus(2);
    let status = crl.status_of(&leaf.certificate, &root.certificate, NOW, now);
    assert_eq!(status, Ok(Status::Unknown));
}

#[test]
fn version_one_has_no_extensions() {
    let mut world = World::new();
    let (root, _) = pair(&mut world);
    let list = |w: &mut Writer| {
        w.explicit(0, |w| w.raw(&issue::extension_list(&[crl_number(1)])));
    };
    for (version, readable) in [(0, false), (1, true), (2, false)] {
        let tbs = raw_list(&root, version, list);
        let der = issue::sign(&tbs, &root.key, &mut world.rng).unwrap();
        assert_eq!(Crl::from_der(&der).is_ok(), readable, "version {version}");
    }
}

#[test]
fn a_million_entries_are_read_and_searched_in_seconds() {
    let mut world = World::new();
    let (root, leaf) = pair(&mut world);
    let count: u32 = 1_000_000;
    let entries = Writer::build(|w| {
        for serial in 0..count {
            w.sequence(|w| {
                w.uint(u64::from(serial) + 0x0100_0000);
                w.time(NOW);
            });
        }
        w.sequence(|w| {
            w.tlv(Tag::INTEGER, leaf.certificate.serial().octets());
            w.time(NOW);
        });
    });
    let tbs = raw_list(&root, 1, |w| w.tlv(Tag::SEQUENCE, &entries));
    let der = issue::sign(&tbs, &root.key, &mut world.rng).unwrap();
    let started = Instant::now();
    let crl = Crl::from_der(&der).unwrap();
    assert_eq!(crl.count(), 1_000_001);
    let revoked = Status::Revoked { since: NOW, reason: 0 };
    assert_eq!(status(&crl, &leaf, &root, NOW), Ok(revoked));
    assert!(started.elapsed().as_secs() < 20);
    let absent = SerialNumber::from_octets(&[1]);
    assert!(!crl.revoked().any(|(serial, _)| serial == absent));
}
