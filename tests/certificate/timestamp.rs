//! Timestamps: each way a token is refused.

use yinxin_ca::fixture::{Fixture, NOW};
use yinxin_ca::issue;
use yinxin_ca::timestamp::token;
use yinxin_ca::{Member, Reason, Role};
use yinxin_pki::chain::ChainCheck;
use yinxin_pki::cms::{Format, SignDraft, assemble};
use yinxin_pki::revocation::{Crl, RevocationData};
use yinxin_pki::timestamp::{
    TimestampError, TimestampInfo, TimestampRequest, TimestampToken, granted,
};
use yinxin_pki::{Curve, DigestAlgorithm, Explain, Time, TrustStore, oid};

use crate::world::{Node, Plan, World, trust};

const DATA: &[u8] = b"a bid";

fn info() -> TimestampInfo {
    TimestampInfo {
        policy: oid::TEST_ONLY_POLICY,
        algorithm: DigestAlgorithm::Sm3,
        digest: DigestAlgorithm::Sm3.digest(DATA),
        serial: vec![7],
        time: NOW,
        nonce: None,
    }
}

fn tsa_plan() -> Plan {
    Plan::leaf("tsa").with(issue::extended_key_usage(&[oid::TIME_STAMPING], true))
}

fn made_by(plan: Plan) -> Result<Time, TimestampError> {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let node = world.issue(&root, plan);
    let der = made(&mut world, node);
    TimestampToken::from_der(&der)?.verify(DATA, &trust(&[&root]), &[]).map(|stamp| stamp.time)
}

fn made(world: &mut World, tsa: Node) -> Vec<u8> {
    let member = Member::new(Role::Tsa, tsa.certificate, tsa.key).unwrap();
    token(&info(), &member, true, NOW, &mut world.rng).unwrap()
}

#[test]
fn a_token_proves_its_time() {
    assert_eq!(made_by(tsa_plan()), Ok(NOW));
    assert_eq!(made_by(tsa_plan().curve(Curve::Sm2)), Ok(NOW));
}

#[test]
fn time_stamping_must_be_critical_and_alone() {
    let plans = [
        Plan::leaf("no usage"),
        tsa_plan().with(issue::extended_key_usage(&[oid::TIME_STAMPING], false)),
        tsa_plan().with(issue::extended_key_usage(&[oid::TIME_STAMPING, oid::CLIENT_AUTH], true)),
        tsa_plan().with(issue::extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE], true)),
    ];
    for plan in plans {
        assert_eq!(made_by(plan), Err(TimestampError::Usage));
    }
}

#[test]
fn an_authority_nobody_trusts_proves_nothing() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let stranger = world.root(Plan::authority("stranger"));
    let tsa = world.issue(&root, tsa_plan());
    let der = made(&mut world, tsa);
    let token = TimestampToken::from_der(&der).unwrap();
    assert_eq!(token.verify(DATA, &trust(&[&stranger]), &[]).unwrap_err().code(), "untrusted");
    assert_eq!(token.verify(DATA, &TrustStore::new(), &[]).unwrap_err().code(), "untrusted");
}

#[test]
fn an_authority_is_judged_at_the_tokens_time() {
    let mut plan = tsa_plan();
    plan.validity.not_before = NOW.plus(1);
    assert_eq!(made_by(plan).unwrap_err().code(), "not_yet_valid");
    let mut plan = tsa_plan();
    plan.validity.not_after = NOW;
    assert_eq!(made_by(plan), Ok(NOW), "its last second");
}

#[test]
fn other_data_has_no_time() {
    let fixture = Fixture::new(Curve::Sm2).unwrap();
    let mut rng = fixture.rng.clone();
    let request = TimestampRequest::new(DigestAlgorithm::Sm3, DATA, None);
    let der = fixture.authority.timestamp(&request.to_der(), NOW, &mut rng).unwrap();
    let token = TimestampToken::from_der(&der).unwrap();
    let between = fixture.intermediates();
    assert!(token.verify(DATA, &fixture.trust, &between).is_ok());
    let other = token.verify(b"a bit", &fixture.trust, &between);
    assert_eq!(other.unwrap_err(), TimestampError::OtherData);
}

#[test]
fn a_token_must_answer_its_request() {
    let fixture = Fixture::new(Curve::P256).unwrap();
    let mut rng = fixture.rng.clone();
    let request = |nonce| TimestampRequest::new(DigestAlgorithm::Sha256, DATA, nonce);
    let sent = request(Some(vec![0x80, 1]));
    let der = fixture.authority.timestamp(&sent.to_der(), NOW, &mut rng).unwrap();
    let token = TimestampToken::from_der(&der).unwrap();
    assert_eq!(token.answers(&sent), Ok(()));
    assert_eq!(token.answers(&request(Some(vec![0, 0x80, 1]))), Ok(()), "the same number");
    assert_eq!(token.answers(&request(Some(vec![1]))), Err(TimestampError::Nonce));
    assert_eq!(token.answers(&request(None)), Err(TimestampError::Nonce));
    let other = TimestampRequest::new(DigestAlgorithm::Sm3, DATA, Some(vec![0x80, 1]));
    assert_eq!(token.answers(&other), Err(TimestampError::OtherData));
}

#[test]
fn a_token_from_the_future_is_refused() {
    let fixture = Fixture::new(Curve::P256).unwrap();
    let mut rng = fixture.rng.clone();
    let request = TimestampRequest::new(DigestAlgorithm::Sm3, DATA, None).to_der();
    let der = fixture.authority.timestamp(&request, NOW.plus(301), &mut rng).unwrap();
    let token = TimestampToken::from_der(&der).unwrap();
    let between = fixture.intermediates();
    let check = ChainCheck::new(&fixture.trust, NOW).intermediates(&between);
    let refused = token.verify_by(DATA, &check).unwrap_err();
    assert_eq!(refused, TimestampError::Future { time: NOW.plus(301), now: NOW });
    let later = ChainCheck::new(&fixture.trust, NOW.plus(1)).intermediates(&between);
    assert!(token.verify_by(DATA, &later).is_ok());
}

#[test]
fn a_revoked_authority_proves_nothing_from_then_on() {
    let mut fixture = Fixture::new(Curve::P256).unwrap();
    let request = TimestampRequest::new(DigestAlgorithm::Sm3, DATA, None).to_der();
    let mut stamp = |at| {
        let der = fixture.authority.timestamp(&request, at, &mut fixture.rng).unwrap();
        TimestampToken::from_der(&der).unwrap()
    };
    let (before, after) = (stamp(NOW), stamp(NOW.plus(100)));
    let serial = fixture.authority.member(Role::Tsa).certificate().serial().clone();
    fixture.authority.revoke(&serial, Reason::KeyCompromise, NOW.plus(50)).unwrap();
    let crl = fixture.authority.crl(Role::Issuing, NOW.plus(200), &mut fixture.rng).unwrap();
    let data = RevocationData { crls: vec![Crl::from_der(&crl).unwrap()], ocsp: vec![] };
    let between = fixture.intermediates();
    let now = NOW.plus(200);
    let check = ChainCheck::new(&fixture.trust, now).intermediates(&between).revocation(&data, now);
    assert!(before.verify_by(DATA, &check).is_ok());
    assert_eq!(after.verify_by(DATA, &check).unwrap_err().code(), "revoked");
}

#[test]
fn a_signature_that_does_not_name_its_certificate_is_no_timestamp() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let tsa = world.issue(&root, tsa_plan());
    let content = info().to_der();
    let draft = SignDraft::new(Format::Rfc5652, &tsa.certificate)
        .unwrap()
        .content_type(oid::TST_INFO)
        .without_attributes();
    let mut hasher = draft.hasher().unwrap();
    hasher.update(&content);
    let signing = draft.prepare(hasher.finish()).unwrap();
    let answer = tsa.key.sign(signing.to_sign(), &mut world.rng).unwrap();
    let signer = signing.finish(&answer).unwrap();
    let length = u64::try_from(content.len()).ok();
    let around =
        assemble(Format::Rfc5652, &oid::TST_INFO, length, &[&tsa.certificate], &[signer]).unwrap();
    let der = [around.before, content, around.after].concat();
    let refused = TimestampToken::from_der(&der).unwrap().verify(DATA, &trust(&[&root]), &[]);
    assert_eq!(refused.unwrap_err(), TimestampError::CertificateNotNamed);
}

#[test]
fn a_changed_token_is_refused_at_every_octet_of_what_it_says() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let tsa = world.issue(&root, tsa_plan());
    let der = made(&mut world, tsa);
    let content = info().to_der();
    let start = der.windows(content.len()).position(|window| window == content).unwrap();
    let store = trust(&[&root]);
    for at in start..start + content.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        let verified =
            TimestampToken::from_der(&changed).and_then(|token| token.verify(DATA, &store, &[]));
        assert!(verified.is_err(), "octet {at}");
    }
}

#[test]
fn requests_that_cannot_be_answered_are_rejected_by_the_protocol() {
    let fixture = Fixture::new(Curve::P256).unwrap();
    let mut rng = fixture.rng.clone();
    let response = fixture.authority.timestamp(b"nonsense", NOW, &mut rng).unwrap();
    let refused = TimestampToken::from_der(&response).unwrap_err();
    assert_eq!(refused, TimestampError::Refused { status: 2 });
}

#[test]
fn any_other_message_is_no_timestamp() {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let signer = world.issue(&root, tsa_plan());
    let draft = SignDraft::new(Format::Rfc5652, &signer.certificate).unwrap();
    let mut hasher = draft.hasher().unwrap();
    hasher.update(DATA);
    let signing = draft.prepare(hasher.finish()).unwrap();
    let answer = signer.key.sign(signing.to_sign(), &mut world.rng).unwrap();
    let info = signing.finish(&answer).unwrap();
    let around = assemble(Format::Rfc5652, &oid::DATA, Some(5), &[], &[info]).unwrap();
    let der = [around.before, DATA.to_vec(), around.after].concat();
    for der in [granted(&der), der] {
        let refused = TimestampToken::from_der(&der).unwrap_err();
        assert_eq!(refused, TimestampError::NotAToken { found: oid::DATA });
    }
}
