//! Name constraints and policies (RFC 5280 §4.2.1.10, §6.1).

use yinxin_ca::fixture::NOW;
use yinxin_ca::issue;
use yinxin_pki::certificate::{GeneralName, NameBuilder, NameConstraints};
use yinxin_pki::chain::ChainCheck;
use yinxin_pki::{Oid, oid};

use crate::world::{Node, Plan, World, refusal, trust, verify};

const A: Oid = oid::TEST_ONLY_POLICY;
const B: Oid = oid::TRUST_LIST_SIGNING;

fn limited(world: &mut World, permitted: &[GeneralName], excluded: &[GeneralName]) -> Node {
    let constraints =
        NameConstraints { permitted: permitted.to_vec(), excluded: excluded.to_vec() };
    world.root(Plan::authority("root").with(issue::name_constraints(&constraints)))
}

fn leaf_with(names: &[GeneralName]) -> Plan {
    Plan::leaf("leaf").with(issue::subject_alternative_names(names))
}

#[test]
fn a_name_outside_its_issuers_tree_is_refused() {
    let mut world = World::new();
    let dns = |text: &str| GeneralName::Dns(text.into());
    let mail = |text: &str| GeneralName::Email(text.into());
    let uri = |text: &str| GeneralName::Uri(text.into());
    let net = GeneralName::Ip(vec![10, 0, 0, 0, 255, 0, 0, 0]);
    let cases = [
        (dns("example.cn"), dns("a.example.cn"), dns("a.example.com")),
        (dns("example.cn"), dns("example.cn"), dns("notexample.cn")),
        (mail("example.cn"), mail("x@example.cn"), mail("x@a.example.cn")),
        (mail(".example.cn"), mail("x@a.example.cn"), mail("x@example.cn")),
        (uri(".example.cn"), uri("https://a.example.cn/x"), uri("https://example.cn/x")),
        (uri("example.cn"), uri("https://example.cn:8443"), uri("urn:no-host")),
        (net, GeneralName::Ip(vec![10, 1, 2, 3]), GeneralName::Ip(vec![11, 1, 2, 3])),
    ];
    for (tree, inside, outside) in cases {
        let root = limited(&mut world, std::slice::from_ref(&tree), &[]);
        let good = world.issue(&root, leaf_with(std::slice::from_ref(&inside)));
        let bad = world.issue(&root, leaf_with(&[inside.clone(), outside.clone()]));
        assert!(verify(&[&root], &[], &good).is_ok(), "{inside:?} in {tree:?}");
        let code = refusal(verify(&[&root], &[], &bad));
        assert_eq!(code, ("name_constraint", 0), "{outside:?} in {tree:?}");

        let root = limited(&mut world, &[], std::slice::from_ref(&tree));
        let bad = world.issue(&root, leaf_with(&[inside]));
        assert_eq!(refusal(verify(&[&root], &[], &bad)), ("name_constraint", 0), "not {tree:?}");
    }
}

#[test]
fn a_subject_outside_its_issuers_tree_is_refused() {
    let mut world = World::new();
    let organisation =
        |name: &str| NameBuilder::new().with(oid::ORGANISATION, name).build().unwrap();
    let root = limited(&mut world, &[GeneralName::Directory(organisation("T"))], &[]);
    let good = world.issue(&root, Plan::leaf("leaf"));
    let bad = world.issue(&root, Plan::leaf("leaf").subject(&organisation("U")));
    assert!(verify(&[&root], &[], &good).is_ok());
    assert_eq!(refusal(verify(&[&root], &[], &bad)), ("name_constraint", 0));
}

#[test]
fn an_address_in_the_subject_counts_where_no_alternative_name_is_one() {
    let mut world = World::new();
    let root = limited(&mut world, &[GeneralName::Email("example.cn".into())], &[]);
    let subject = |mail: &str| NameBuilder::new().with(oid::EMAIL, mail).build().unwrap();
    let good = world.issue(&root, Plan::leaf("").subject(&subject("x@example.cn")));
    let bad = world.issue(&root, Plan::leaf("").subject(&subject("x@example.com")));
    assert!(verify(&[&root], &[], &good).is_ok());
    assert_eq!(refusal(verify(&[&root], &[], &bad)), ("name_constraint", 0));
}

#[test]
fn names_of_unknown_kind_are_refused_under_any_constraint_of_their_kind() {
    let mut world = World::new();
    let registered = GeneralName::Other(8);
    for (permitted, excluded) in [(vec![registered.clone()], vec![]), (vec![], vec![registered])] {
        let root = limited(&mut world, &permitted, &excluded);
        let bad = world.issue(&root, leaf_with(&[GeneralName::Other(8)]));
        assert_eq!(refusal(verify(&[&root], &[], &bad)), ("name_constraint", 0));
    }
}

#[test]
fn a_mass_of_names_and_constraints_ends_at_the_budget() {
    let mut world = World::new();
    let many: Vec<_> = (0..1000).map(|n| GeneralName::Dns(format!("x{n}.cn"))).collect();
    let root = limited(&mut world, &[], &many);
    let names: Vec<_> = (0..1000).map(|n| GeneralName::Dns(format!("y{n}.cn"))).collect();
    let leaf = world.issue(&root, leaf_with(&names));
    let store = trust(&[&root]);
    let refused = ChainCheck::new(&store, NOW).verify(&leaf.certificate);
    assert_eq!(refusal(refused), ("chain_budget", 0));
}

/// Root that asks for nothing, an authority with extensions, a leaf with policies.
fn policy_path(authority: Plan, leaf: Plan) -> Result<(), (&'static str, usize)> {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let issuing = world.issue(&root, authority);
    let leaf = world.issue(&issuing, leaf);
    match verify(&[&root], &[&issuing], &leaf) {
        Ok(_) => Ok(()),
        refused => Err(refusal(refused)),
    }
}

#[test]
fn a_policy_that_is_asked_for_must_hold_along_the_path() {
    let asks = || Plan::authority("issuing").with(issue::policy_constraints(Some(0), None));
    let leaf = |policies: &[Oid]| Plan::leaf("leaf").with(issue::policies(policies, None));
    let with = |policies: &[Oid]| asks().with(issue::policies(policies, None));

    assert_eq!(policy_path(with(&[A]), leaf(&[A])), Ok(()));
    assert_eq!(policy_path(with(&[A, B]), leaf(&[B])), Ok(()));
    assert_eq!(policy_path(with(&[oid::ANY_POLICY]), leaf(&[B])), Ok(()));
    assert_eq!(policy_path(with(&[A]), leaf(&[oid::ANY_POLICY])), Ok(()));
    assert_eq!(policy_path(with(&[A]), leaf(&[B])).unwrap_err().0, "policy");
    assert_eq!(policy_path(with(&[A]), Plan::leaf("leaf")).unwrap_err().0, "policy");
    assert_eq!(policy_path(asks(), leaf(&[A])).unwrap_err().0, "policy");
    // Nobody asks: nothing is refused.
    let quiet = Plan::authority("issuing").with(issue::policies(&[A], None));
    assert_eq!(policy_path(quiet, leaf(&[B])), Ok(()));
}

#[test]
fn a_leaf_may_ask_for_a_policy_itself() {
    let asks = |plan: Plan| plan.with(issue::policy_constraints(Some(0), None));
    let issuing = || Plan::authority("issuing").with(issue::policies(&[A], None));
    let leaf = |policy| asks(Plan::leaf("leaf").with(issue::policies(&[policy], None)));
    assert_eq!(policy_path(issuing(), leaf(A)), Ok(()));
    assert_eq!(policy_path(issuing(), leaf(B)), Err(("policy", 0)));
}

#[test]
fn any_policy_can_be_forbidden_below() {
    let issuing = Plan::authority("issuing")
        .with(issue::policies(&[A], None))
        .with(issue::policy_constraints(Some(0), None))
        .with(issue::inhibit_any_policy(0));
    let leaf = |policy| Plan::leaf("leaf").with(issue::policies(&[policy], None));
    assert_eq!(policy_path(issuing.clone(), leaf(A)), Ok(()));
    assert_eq!(policy_path(issuing, leaf(oid::ANY_POLICY)), Err(("policy", 0)));
}

#[test]
fn policy_mapping_is_refused_by_its_own_code() {
    let issuing = Plan::authority("issuing")
        .with(issue::policies(&[A], None))
        .with(issue::policy_mappings(&A, &B));
    let leaf = Plan::leaf("leaf").with(issue::policies(&[B], None));
    assert_eq!(policy_path(issuing, leaf), Err(("policy_mapping", 1)));
}
