//! Who may answer: certificates, seals, grants, in this order and after all checks of the request.

use yinxin_ca::fixture::{NOW, request as new_key};
use yinxin_pki::certificate::Holder;
use yinxin_session::phone::{Grant, Right, Standing};
use yinxin_session::wire::{Binary, HolderKind};
use yinxin_session::{Code, Scene, Suite};

use super::desk::Desk;

fn asked(desk: &mut Desk) -> Result<(), Code> {
    let session = desk.open(desk.request(desk.messages(1)));
    desk.try_show(&session).map(drop)
}

#[test]
fn live_proxy_logged_in_as_another_unit_gets_no_view() {
    let mut desk = Desk::new(Suite::Sm);
    let mut request = desk.request(desk.messages(1));
    request.require.credit_code = Some("91110000101623741K".into());
    let session = desk.open(request);
    assert_eq!(desk.try_show(&session).map(drop), Err(Code::NoMatchingCertificate));
    assert_eq!(asked(&mut desk), Ok(()));
}

#[test]
fn everything_that_is_required_has_to_hold() {
    let mut desk = Desk::new(Suite::Nist);
    let own = &desk.holdings.certificates[0].signing;
    let issuer = own.extensions().authority_key_identifier.clone().unwrap();
    assert!(matches!(own.holder(), Holder::Organisation { .. }));
    for (change, expected) in [
        ((Some(HolderKind::Organisation), vec![issuer.clone()]), Ok(())),
        ((Some(HolderKind::Person), vec![issuer.clone()]), Err(Code::NoMatchingCertificate)),
        ((None, vec![vec![1; 20]]), Err(Code::NoMatchingCertificate)),
        ((None, vec![vec![1; 20], issuer]), Ok(())),
    ] {
        let mut request = desk.request(desk.messages(1));
        (request.require.holder, request.require.issuers) =
            (change.0, Some(change.1.into_iter().map(Binary).collect()));
        let session = desk.open(request);
        assert_eq!(desk.try_show(&session).map(drop), expected);
    }
    // A certificate of the other suite answers nothing here.
    let other = Desk::new(Suite::Sm);
    desk.holdings = other.holdings;
    assert_eq!(asked(&mut desk), Err(Code::NoMatchingCertificate));
}

#[test]
fn a_certificate_that_ended_is_told_from_one_that_is_missing() {
    let mut desk = Desk::new(Suite::Sm);
    for standing in [Standing::Suspended, Standing::Ended] {
        desk.holdings.certificates[0].standing = standing;
        assert_eq!(asked(&mut desk), Err(Code::CertificateStatus));
    }
    desk.holdings.certificates[0].standing = Standing::Active;
    let end = desk.holdings.certificates[0].signing.validity().not_after.unix();
    let end = u64::try_from(end).unwrap();
    desk.now = end;
    desk.publish_next(|list| {
        list.issued_at = end;
        list.next_update = end + 3600;
    });
    assert_eq!(asked(&mut desk), Ok(()));
    desk.now += 1;
    assert_eq!(asked(&mut desk), Err(Code::CertificateStatus));
}

#[test]
fn who_was_granted_a_certificate_may_use_it_so_far_and_no_farther() {
    let mut desk = Desk::new(Suite::Sm);
    let grant = Grant {
        scenes: vec![Scene::MessageSignature],
        platforms: vec!["P-1".into()],
        from: desk.now,
        until: desk.now,
    };
    let mut may = |grant: &Grant| {
        desk.holdings.certificates[0].right = Right::Granted(vec![grant.clone()]);
        asked(&mut desk)
    };
    assert_eq!(may(&grant), Ok(()));
    assert_eq!(may(&Grant { platforms: vec![], ..grant.clone() }), Ok(()));
    for less in [
        Grant { scenes: vec![Scene::Login], ..grant.clone() },
        Grant { platforms: vec!["P-2".into()], ..grant.clone() },
        Grant { from: grant.from + 1, until: grant.until + 1, ..grant.clone() },
        Grant { from: grant.from - 1, until: grant.until - 1, ..grant.clone() },
    ] {
        assert_eq!(may(&less), Err(Code::GrantDenied), "{less:?}");
    }
    desk.holdings.certificates[0].right = Right::Granted(vec![]);
    assert_eq!(asked(&mut desk), Err(Code::GrantDenied));
}

#[test]
fn the_person_chooses_among_certificates_that_fit_and_no_others() {
    let mut desk = Desk::new(Suite::Sm);
    // A second certificate of the same unit, and one of another unit in between.
    let fixture = &mut desk.world.fixture;
    let identity = fixture.holder.certificates.signing().holder().unified_code().cloned();
    let mut more = Vec::new();
    for (subject, identity) in [
        ("C=CN,O=乙公司,CN=乙公司", None),
        ("C=CN,O=甲公司,CN=甲公司", identity.map(yinxin_ca::Identity::Organisation)),
    ] {
        let (request, _) = new_key(desk.suite.curve(), subject, &mut fixture.rng).unwrap();
        let authority = &mut fixture.authority;
        let issued =
            authority.issue_holder(&request, identity.as_ref(), 365, NOW, &mut fixture.rng);
        let mut own = desk.holdings.certificates[0].clone();
        own.signing = issued.unwrap().certificates.signing().clone();
        more.push(own);
    }
    desk.holdings.certificates.extend(more);
    let session = desk.open(desk.request(desk.messages(1)));
    let (mut phone, view) = desk.show(&session);
    assert_eq!(view.needs.certificates, [0, 2]);
    desk.match_number(&session, &mut phone, &view).unwrap();
    let mut confirm = desk.agree(&view);
    confirm.certificate = 1;
    assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::NoMatchingCertificate));
}
