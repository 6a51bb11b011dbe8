//! OCSP answers: each way one is refused.

use yinxin_ca::crl::{CrlTemplate, crl_number};
use yinxin_ca::fixture::NOW;
use yinxin_ca::issue;
use yinxin_ca::ocsp::{AnswerStatus, OcspTemplate, SingleAnswer};
use yinxin_ca::{Reason, Revocation};
use yinxin_pki::certificate::KeyUsage;
use yinxin_pki::chain::ChainCheck;
use yinxin_pki::revocation::ocsp::{CertificateId, IdDigest, OcspError};
use yinxin_pki::revocation::{Crl, OcspRequest, OcspResponse, RevocationData, Status, status};
use yinxin_pki::{Explain, Time, oid};

use crate::world::{Node, Plan, World, refusal, trust};

struct Scene {
    world: World,
    root: Node,
    leaf: Node,
    responder: Node,
}

fn responder_plan() -> Plan {
    Plan::leaf("responder").with(issue::extended_key_usage(&[oid::OCSP_SIGNING], false))
}

fn scene_with(responder: Plan) -> Scene {
    let mut world = World::new();
    let root = world.root(Plan::authority("root"));
    let leaf = world.issue(&root, Plan::leaf("leaf"));
    let responder = world.issue(&root, responder);
    Scene { world, root, leaf, responder }
}

impl Scene {
    fn template(&self) -> OcspTemplate {
        let certificate = &self.leaf.certificate;
        let answer = SingleAnswer {
            id: CertificateId::new(IdDigest::Sm3, certificate, &self.root.certificate),
            status: AnswerStatus::Good,
            this_update: NOW,
            next_update: Some(NOW.plus(Time::DAY)),
        };
        OcspTemplate {
            answers: vec![answer],
            produced_at: NOW,
            nonce: None,
            certificates: vec![self.responder.certificate.clone()],
        }
    }

    fn status(&mut self, template: &OcspTemplate) -> Result<Status, OcspError> {
        let der = template.sign(&self.responder.key, &mut self.world.rng).unwrap();
        self.status_of(&der)
    }

    fn status_of(&self, der: &[u8]) -> Result<Status, OcspError> {
        let answer = OcspResponse::from_der(der)?;
        answer.status_of(&self.leaf.certificate, &self.root.certificate, NOW, NOW)
    }
}

#[test]
fn a_delegate_and_the_issuer_itself_are_believed() {
    let mut scene = scene_with(responder_plan());
    let template = scene.template();
    assert_eq!(scene.status(&template), Ok(Status::Good));
    let by_root = template.sign(&scene.root.key, &mut scene.world.rng).unwrap();
    assert_eq!(scene.status_of(&by_root), Ok(Status::Good));
}

#[test]
fn a_revoked_certificate_is_refused_by_the_chain() {
    let mut scene = scene_with(responder_plan());
    let mut template = scene.template();
    let revocation = Revocation { since: NOW, reason: Reason::Superseded };
    template.answers[0].status = AnswerStatus::Revoked(revocation);
    assert_eq!(scene.status(&template), Ok(Status::Revoked { since: NOW, reason: 4 }));

    let der = template.sign(&scene.responder.key, &mut scene.world.rng).unwrap();
    let ocsp = vec![OcspResponse::from_der(&der).unwrap()];
    let data = RevocationData { crls: vec![], ocsp };
    let store = trust(&[&scene.root]);
    let check = ChainCheck::new(&store, NOW).revocation(&data, NOW);
    assert_eq!(refusal(check.verify(&scene.leaf.certificate)), ("revoked", 0));
}

#[test]
fn where_one_answer_says_two_things_the_worse_counts() {
    let mut scene = scene_with(responder_plan());
    let mut template = scene.template();
    let mut second = template.answers[0].clone();
    let revocation = Revocation { since: NOW, reason: Reason::KeyCompromise };
    second.status = AnswerStatus::Revoked(revocation);
    template.answers.push(second);
    assert_eq!(scene.status(&template), Ok(Status::Revoked { since: NOW, reason: 1 }));
}

#[test]
fn a_responder_that_does_not_know_says_unknown() {
    let mut scene = scene_with(responder_plan());
    let mut template = scene.template();
    template.answers[0].status = AnswerStatus::Unknown;
    assert_eq!(scene.status(&template), Ok(Status::Unknown));
}

#[test]
fn an_answer_for_another_serial_or_issuer_says_nothing() {
    let mut scene = scene_with(responder_plan());
    let other_root = scene.world.root(Plan::authority("root"));
    let ids = [
        CertificateId::new(IdDigest::Sha1, &scene.responder.certificate, &scene.root.certificate),
        // The same name and serial number, another key.
        CertificateId::new(IdDigest::Sha1, &scene.leaf.certificate, &other_root.certificate),
    ];
    for id in ids {
        let mut template = scene.template();
        template.answers[0].id = id;
        assert_eq!(scene.status(&template), Err(OcspError::OtherCertificate));
    }
}

#[test]
fn a_responder_needs_ocsp_signing_spelled_out() {
    let plans = [
        Plan::leaf("no usage"),
        Plan::leaf("any").with(issue::extended_key_usage(&[oid::ANY_EXTENDED_KEY_USAGE], false)),
        Plan::leaf("other").with(issue::extended_key_usage(&[oid::CLIENT_AUTH], false)),
        responder_plan().with(issue::key_usage(KeyUsage::KEY_ENCIPHERMENT)),
    ];
    for plan in plans {
        let mut scene = scene_with(plan);
        let template = scene.template();
        assert_eq!(scene.status(&template), Err(OcspError::Responder));
    }
}

#[test]
fn a_responder_of_another_authority_is_no_delegate() {
    let mut scene = scene_with(responder_plan());
    let other = scene.world.root(Plan::authority("other"));
    let twin = scene.world.root(Plan::authority("root"));
    for issuer in [other, twin] {
        scene.responder = scene.world.issue(&issuer, responder_plan());
        let template = scene.template();
        assert_eq!(scene.status(&template), Err(OcspError::Responder));
    }
}

#[test]
fn an_expired_responder_is_no_delegate() {
    let mut plan = responder_plan();
    plan.validity.not_before = NOW.plus(-10);
    plan.validity.not_after = NOW.plus(-1);
    let mut scene = scene_with(plan);
    let template = scene.template();
    assert_eq!(scene.status(&template), Err(OcspError::Responder));
}

#[test]
fn an_answer_must_be_current() {
    let mut scene = scene_with(responder_plan());
    let cases = [
        (NOW, None),
        (NOW.plus(301), Some(NOW.plus(Time::DAY))),
        (NOW.plus(-10), Some(NOW.plus(-1))),
    ];
    for (this_update, next_update) in cases {
        let mut template = scene.template();
        template.answers[0].this_update = this_update;
        template.answers[0].next_update = next_update;
        assert_eq!(scene.status(&template), Err(OcspError::NotCurrent));
    }
}

#[test]
fn a_changed_answer_has_a_wrong_signature() {
    let mut scene = scene_with(responder_plan());
    let der = scene.template().sign(&scene.responder.key, &mut scene.world.rng).unwrap();
    // The good status, [0] NULL before the time, becomes unknown, [2].
    let at = der.windows(4).position(|four| four == [0x80, 0, 0x18, 15]).unwrap();
    let mut changed = der;
    changed[at] = 0x82;
    assert_eq!(scene.status_of(&changed).unwrap_err().code(), "ocsp_signature");
}

#[test]
fn a_nonce_must_come_back() {
    let mut scene = scene_with(responder_plan());
    for (nonce, right) in
        [(Some(b"sent".to_vec()), true), (Some(b"other".to_vec()), false), (None, false)]
    {
        let mut template = scene.template();
        template.nonce = nonce;
        let der = template.sign(&scene.responder.key, &mut scene.world.rng).unwrap();
        let answer = OcspResponse::from_der(&der).unwrap();
        assert_eq!(answer.check_nonce(b"sent").is_ok(), right);
    }
}

#[test]
fn a_refusing_responder_is_named_by_its_status() {
    for status in [1, 2, 3, 5, 6] {
        let refused = OcspResponse::from_der(&[0x30, 3, 10, 1, status]);
        assert_eq!(refused.unwrap_err(), OcspError::Refused { status });
    }
}

#[test]
fn a_request_goes_there_and_back() {
    let scene = scene_with(responder_plan());
    let id = CertificateId::new(IdDigest::Sha256, &scene.leaf.certificate, &scene.root.certificate);
    let request = OcspRequest { ids: vec![id], nonce: Some(vec![7; 16]) };
    assert_eq!(OcspRequest::from_der(&request.to_der()), Ok(request));
}

#[test]
fn a_delegate_that_its_issuer_revokes_speaks_no_more() {
    let mut scene = scene_with(responder_plan());
    let revocation = || Revocation { since: NOW.plus(-1), reason: Reason::KeyCompromise };
    let mut template = scene.template();
    template.answers[0].status = AnswerStatus::Revoked(revocation());
    let der = template.sign(&scene.responder.key, &mut scene.world.rng).unwrap();
    let answer = OcspResponse::from_der(&der).unwrap();
    let mut list = |revoked: Vec<&Node>| {
        let serials = revoked.iter().map(|node| (node.certificate.serial().clone(), revocation()));
        let template = CrlTemplate {
            issuer: scene.root.certificate.subject().clone(),
            this_update: NOW,
            next_update: Some(NOW.plus(Time::DAY)),
            revoked: serials.collect(),
            extensions: vec![crl_number(1)],
        };
        let der = template.sign(&scene.root.key, &mut scene.world.rng).unwrap();
        Crl::from_der(&der).unwrap()
    };
    let (besides, against) = (list(vec![]), list(vec![&scene.responder]));
    let of = |crls| {
        let data = RevocationData { crls, ocsp: vec![answer.clone()] };
        status(&data, &scene.leaf.certificate, &scene.root.certificate, NOW, NOW)
    };
    assert!(matches!(of(vec![]), Status::Revoked { .. }));
    assert!(matches!(of(vec![besides]), Status::Revoked { .. }));
    // The list does not name the leaf, and nobody else may speak of it.
    assert_eq!(of(vec![against]), Status::Good);
}
