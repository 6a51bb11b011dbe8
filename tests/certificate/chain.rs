//! One named test for each way a chain is refused.

use yinxin_ca::fixture::NOW;
use yinxin_ca::issue;
use yinxin_pki::certificate::{Extension, GeneralName, KeyUsage};
use yinxin_pki::chain::ChainCheck;
use yinxin_pki::der::{Reader, Writer};
use yinxin_pki::report::Outcome;
use yinxin_pki::{Certificate, Curve, Explain, Purpose, SignatureAlgorithm, Time, TrustStore, oid};

use crate::world::{Node, Plan, World, between, refusal, trust, verify};

/// Root, issuing authority, leaf.
fn three(world: &mut World) -> (Node, Node, Node) {
    let root = world.root(Plan::authority("root"));
    let issuing = world.issue(&root, Plan::authority("issuing"));
    let leaf = world.issue(&issuing, Plan::leaf("leaf"));
    (root, issuing, leaf)
}

#[test]
fn a_sound_chain_is_trusted() {
    let (root, issuing, leaf) = three(&mut World::new());
    let chain = verify(&[&root], &[&issuing], &leaf).unwrap();
    assert_eq!(chain.path().len(), 3);
    assert_eq!(chain.leaf(), &leaf.certificate);
    assert_eq!(chain.anchor(), &root.certificate);
    assert_eq!(chain.revocation_unknown(), [0, 1], "no list was given: a warning");
}

#[test]
fn an_issuer_nobody_trusts_is_untrusted() {
    let mut world = World::new();
    let (_, issuing, leaf) = three(&mut world);
    let stranger = world.root(Plan::authority("another root"));
    assert_eq!(refusal(verify(&[&stranger], &[&issuing], &leaf)), ("untrusted", 1));
    assert_eq!(refusal(verify(&[&stranger], &[], &leaf)), ("untrusted", 0));
    assert_eq!(refusal(verify(&[], &[&issuing], &leaf)), ("untrusted", 1));
}

#[test]
fn a_certificate_is_valid_from_its_first_to_its_last_second() {
    let (root, issuing, leaf) = three(&mut World::new());
    let (store, middle) = (trust(&[&root]), between(&[&issuing]));
    let at = |at| ChainCheck::new(&store, at).intermediates(&middle).verify(&leaf.certificate);
    let end = leaf.certificate.validity().not_after;
    assert!(at(NOW).is_ok() && at(end).is_ok());
    assert_eq!(refusal(at(NOW.plus(-1))), ("not_yet_valid", 0));
    assert_eq!(refusal(at(end.plus(1))), ("expired", 0));
}

#[test]
fn an_expired_issuer_is_named_by_its_place() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let mut plan = Plan::authority("issuing");
    plan.validity.not_after = NOW.plus(Time::DAY);
    let issuing = world.issue(&root, plan);
    let leaf = world.issue(&issuing, Plan::leaf("leaf"));
    let (store, middle) = (trust(&[&root]), between(&[&issuing]));
    let check = ChainCheck::new(&store, NOW.plus(2 * Time::DAY)).intermediates(&middle);
    let error = check.verify(&leaf.certificate).unwrap_err();
    assert_eq!((error.code(), error.index), ("expired", 1));
    let facts: Vec<_> = error.facts().iter().map(|fact| fact.value.to_string()).collect();
    assert_eq!(facts, ["1", "O=T, CN=issuing", "2026-11-26T12:00:00Z", "2026-11-25T12:00:00Z"]);
}

#[test]
fn a_key_for_signing_is_not_for_encryption() {
    let (root, issuing, leaf) = three(&mut World::new());
    let (store, middle) = (trust(&[&root]), between(&[&issuing]));
    let check = ChainCheck::new(&store, NOW).intermediates(&middle);
    assert!(check.clone().purpose(Purpose::Sign).verify(&leaf.certificate).is_ok());
    let refused = check.purpose(Purpose::Encrypt).verify(&leaf.certificate);
    assert_eq!(refusal(refused), ("purpose", 0));
}

#[test]
fn an_issuer_limits_the_purposes_of_what_it_issues() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let limited = issue::extended_key_usage(&[oid::SEAL_MAKING], false);
    let issuing = world.issue(&root, Plan::authority("issuing").with(limited));
    let leaf = world.issue(&issuing, Plan::leaf("leaf"));
    let (store, middle) = (trust(&[&root]), between(&[&issuing]));
    let check = ChainCheck::new(&store, NOW).intermediates(&middle);
    assert!(check.clone().purpose(Purpose::Seal).verify(&leaf.certificate).is_ok());
    let refused = check.purpose(Purpose::Platform).verify(&leaf.certificate);
    assert_eq!(refusal(refused), ("purpose", 1));
}

#[test]
fn a_leaf_that_issues_is_not_a_ca() {
    let mut world = World::new();
    let (root, issuing, leaf) = three(&mut world);
    let forged = world.issue(&leaf, Plan::leaf("forged"));
    assert_eq!(refusal(verify(&[&root], &[&issuing, &leaf], &forged)), ("not_a_ca", 1));
}

#[test]
fn an_issuer_without_the_ca_flag_or_the_usage_is_not_a_ca() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let no_flag = Plan::authority("a").with(issue::basic_constraints(false, None));
    let no_extension = Plan::authority("b").without(oid::BASIC_CONSTRAINTS);
    let no_usage = Plan::authority("c").with(issue::key_usage(KeyUsage::CRL_SIGN));
    let mut version_one = Plan::authority("d");
    version_one.extensions.clear();
    for plan in [no_flag, no_extension, no_usage, version_one] {
        let issuing = world.issue(&root, plan);
        let leaf = world.issue(&issuing, Plan::leaf("leaf"));
        assert_eq!(refusal(verify(&[&root], &[&issuing], &leaf)), ("not_a_ca", 1));
    }
}

#[test]
fn more_authorities_than_allowed_are_too_long_a_path() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root").with(issue::basic_constraints(true, Some(1))));
    let first = world.issue(&root, Plan::authority("first"));
    let second = world.issue(&first, Plan::authority("second"));
    let near = world.issue(&first, Plan::leaf("near"));
    let far = world.issue(&second, Plan::leaf("far"));
    assert!(verify(&[&root], &[&first], &near).is_ok());
    assert_eq!(refusal(verify(&[&root], &[&first, &second], &far)), ("path_too_long", 3));
}

#[test]
fn self_issued_authorities_do_not_lengthen_the_path() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root").with(issue::basic_constraints(true, Some(0))));
    // The root's next key, certified under its own name.
    let next = world.issue(&root, Plan::authority("root"));
    let leaf = world.issue(&next, Plan::leaf("leaf"));
    assert!(verify(&[&root], &[&next], &leaf).is_ok());
}

#[test]
fn an_unknown_critical_extension_is_refused_and_an_uncritical_one_passed_over() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let unknown = |critical| Extension { oid: oid::TEST_ONLY_POLICY, critical, value: vec![5, 0] };
    let harmless = world.issue(&root, Plan::leaf("a").with(unknown(false)));
    let refused = world.issue(&root, Plan::leaf("b").with(unknown(true)));
    assert!(verify(&[&root], &[], &harmless).is_ok());
    assert_eq!(refusal(verify(&[&root], &[], &refused)), ("unknown_critical_extension", 0));
}

#[test]
fn a_changed_certificate_has_a_wrong_signature() {
    let mut world = World::new();
    let (root, issuing, leaf) = three(&mut world);
    let mut der = leaf.certificate.as_der().to_vec();
    // The last octet of the subject, a letter of its CN.
    let at = der.windows(4).position(|four| four == b"leaf").unwrap() + 3;
    der[at] ^= 1;
    let changed = Node { certificate: Certificate::from_der(&der).unwrap(), key: leaf.key };
    assert_eq!(refusal(verify(&[&root], &[&issuing], &changed)), ("signature", 0));
}

#[test]
fn another_authority_of_the_same_name_has_not_signed_it() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let twin = world.root(Plan::authority("root"));
    let leaf = world.issue(&twin, Plan::leaf("leaf"));
    assert_eq!(refusal(verify(&[&root], &[], &leaf)), ("signature", 0));
    assert!(verify(&[&root, &twin], &[], &leaf).is_ok(), "the search goes on to the right key");
}

#[test]
fn sha1_never_verifies() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    for algorithm in [oid::ECDSA_SHA1, oid::RSA_SHA1] {
        let algorithm = SignatureAlgorithm::Other(algorithm);
        let key = yinxin_pki::SigningKey::generate(Curve::P256, &mut world.rng);
        let subject = root.certificate.subject().clone();
        let tbs = world.template(&subject, Plan::leaf("leaf"), &key).to_tbs(algorithm);
        let der = Writer::build(|w| {
            w.sequence(|w| {
                w.raw(&tbs);
                algorithm.write(w);
                w.bit_string(&[0x30, 6, 2, 1, 1, 2, 1, 1]);
            });
        });
        let leaf = Node { certificate: Certificate::from_der(&der).unwrap(), key };
        assert_eq!(refusal(verify(&[&root], &[], &leaf)), ("algorithm_policy", 0));
    }
}

#[test]
fn the_two_algorithm_fields_must_agree() {
    let mut world = World::new();
    let (_, _, leaf) = three(&mut world);
    let der = leaf.certificate.as_der();
    let mut outer = Reader::new(der).sequence().unwrap();
    let tbs = outer.any().unwrap();
    outer.any().unwrap();
    let signature = outer.any().unwrap();
    let mixed = Writer::build(|w| {
        w.sequence(|w| {
            w.raw(tbs.raw);
            SignatureAlgorithm::Sm2Sm3.write(w);
            w.raw(signature.raw);
        });
    });
    assert_eq!(Certificate::from_der(&mixed).unwrap_err().code(), "malformed");
}

#[test]
fn a_bomb_of_cross_signed_authorities_ends_at_the_budget() {
    let mut world = World::new();
    // Eight authorities, each certified by every other, and no way to an anchor.
    let authorities: Vec<_> =
        (0..8).map(|index| world.root(Plan::authority(&format!("{index}")))).collect();
    let mut middle = vec![];
    for issuer in &authorities {
        for subject in &authorities {
            let plan = Plan::authority("").subject(subject.certificate.subject());
            middle.push(world.certify(issuer, plan, &subject.key));
        }
    }
    let leaf = world.issue(&authorities[0], Plan::leaf("leaf"));
    let anchor = world.root(Plan::authority("anchor"));
    let store = trust(&[&anchor]);
    let check = ChainCheck::new(&store, NOW).intermediates(&middle);
    assert_eq!(refusal(check.verify(&leaf.certificate)).0, "chain_budget");
}

#[test]
fn a_path_longer_than_ten_ends_at_the_budget() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let mut chain = vec![world.issue(&root, Plan::authority("0"))];
    for index in 1..10 {
        let next = world.issue(&chain[index - 1], Plan::authority(&format!("{index}")));
        chain.push(next);
    }
    let leaf = world.issue(&chain[9], Plan::leaf("leaf"));
    let middle: Vec<_> = chain.iter().collect();
    assert_eq!(refusal(verify(&[&root], &middle, &leaf)).0, "chain_budget");
    let near = world.issue(&chain[7], Plan::leaf("near"));
    assert_eq!(verify(&[&root], &middle, &near).unwrap().path().len(), 10);
}

#[test]
fn two_authorities_that_certify_each_other_are_no_trap() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let a = world.root(Plan::authority("a"));
    let b = world.root(Plan::authority("b"));
    let cross = |world: &mut World, issuer: &Node, subject: &Node| {
        let plan = Plan::authority("").subject(subject.certificate.subject());
        world.certify(issuer, plan, &subject.key)
    };
    let middle =
        [cross(&mut world, &b, &a), cross(&mut world, &a, &b), cross(&mut world, &root, &b)];
    let leaf = world.issue(&a, Plan::leaf("leaf"));
    let store = trust(&[&root]);
    let check = ChainCheck::new(&store, NOW).intermediates(&middle);
    let chain = check.verify(&leaf.certificate).unwrap();
    assert_eq!(chain.path().len(), 4, "leaf, a by b, b by root, root");
}

#[test]
fn a_server_is_known_by_its_alternative_names_only() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let names = ["a.example.cn", "*.b.example.cn"].map(|dns| GeneralName::Dns(dns.into()));
    let address = GeneralName::Ip(vec![192, 0, 2, 7]);
    let names: Vec<_> = names.into_iter().chain([address]).collect();
    let usage = issue::extended_key_usage(&[oid::SERVER_AUTH], false);
    let plan = Plan::leaf("cn.example.cn").with(issue::subject_alternative_names(&names));
    let leaf = world.issue(&root, plan.with(usage));
    let store = trust(&[&root]);
    let check = |name| ChainCheck::new(&store, NOW).server_name(name).verify(&leaf.certificate);
    for name in ["a.example.cn", "A.EXAMPLE.CN.", "x.b.example.cn", "192.0.2.7"] {
        assert!(check(name).is_ok(), "{name}");
    }
    for name in ["cn.example.cn", "b.example.cn", "x.y.b.example.cn", ".b.example.cn", "192.0.2.8"]
    {
        assert_eq!(refusal(check(name)), ("name_mismatch", 0), "{name}");
    }
}

#[test]
fn every_certificate_in_the_trust_store_is_an_anchor_self_signed_or_not() {
    let (_, issuing, leaf) = three(&mut World::new());
    assert_eq!(verify(&[&issuing], &[], &leaf).unwrap().path().len(), 2);
    assert_eq!(verify(&[&leaf], &[], &leaf).unwrap().path().len(), 1);
}

#[test]
fn an_anchor_counts_only_for_its_purposes() {
    let (root, issuing, leaf) = three(&mut World::new());
    let mut store = TrustStore::new();
    store.add(root.certificate.clone(), &[Purpose::Sign]);
    let middle = between(&[&issuing]);
    let check = ChainCheck::new(&store, NOW).intermediates(&middle);
    assert!(check.clone().purpose(Purpose::Sign).verify(&leaf.certificate).is_ok());
    let refused = check.purpose(Purpose::Platform).verify(&leaf.certificate);
    assert_eq!(refusal(refused), ("untrusted", 1));
}

#[test]
fn sm2_and_p256_mix_in_one_chain() {
    let mut world = World::new();
    for (upper, middle, lower) in
        [(Curve::Sm2, Curve::P256, Curve::Sm2), (Curve::P256, Curve::Sm2, Curve::P256)]
    {
        let root = world.root(Plan::authority("root").curve(upper));
        let issuing = world.issue(&root, Plan::authority("issuing").curve(middle));
        let leaf = world.issue(&issuing, Plan::leaf("leaf").curve(lower));
        assert!(verify(&[&root], &[&issuing], &leaf).is_ok());
    }
}

#[test]
fn a_report_names_the_failing_step_and_skips_the_rest() {
    let (root, issuing, leaf) = three(&mut World::new());
    let (store, middle) = (trust(&[&root]), between(&[&issuing]));
    let late = leaf.certificate.validity().not_after.plus(1);
    let check = ChainCheck::new(&store, late).intermediates(&middle);
    let (steps, verdict) = check.report(&leaf.certificate);
    assert!(verdict.is_err());
    let told: Vec<_> = steps.iter().map(|step| (step.id, step.outcome)).collect();
    assert_eq!(
        told[..4],
        [
            ("path", Outcome::Ok),
            ("algorithm", Outcome::Ok),
            ("time", Outcome::Failed("expired")),
            ("extensions", Outcome::Skipped("not_reached")),
        ]
    );
}

#[test]
fn without_an_anchor_every_step_is_skipped() {
    let (_, _, leaf) = three(&mut World::new());
    let store = TrustStore::new();
    let (steps, verdict) = ChainCheck::new(&store, NOW).report(&leaf.certificate);
    assert_eq!(verdict.unwrap_err().code(), "untrusted");
    assert!(steps.iter().all(|step| step.outcome == Outcome::Skipped("trust_missing")));
}
