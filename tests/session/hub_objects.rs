//! What a hub and a platform sign besides requests: times, receipts, evidence, calls. Each is taken
//! from its own signer, about its own session, as its own kind, and in no other way.

use yinxin_ca::fixture::{Fixture, NOW};
use yinxin_ca::{Member, Role};
use yinxin_pki::Certificate;
use yinxin_pki::signed_object::{ObjectDraft, ObjectType};
use yinxin_session::channel::Sid;
use yinxin_session::trust_list::{ListedPlatform, PlatformState, TrustList, TrustListContent};
use yinxin_session::wire::http::{Problem, RETRY_AFTER};
use yinxin_session::wire::{
    Binary, Call, CallHeaders, Delivery, Evidence, HubReceipt, HubReceiptKind, HubTime,
    PlatformReceipt, PlatformReceiptKind, Witness,
};
use yinxin_session::{Code, Refused, Scene, Suite};
use yinxin_tests::ours::rng;

const HUB: &str = "hub.example.cn";
const AT: u64 = 1_795_521_600;
const SID: Sid = Sid([9; 16]);
const REQUEST: [u8; 32] = [1; 32];
const ANSWER: [u8; 32] = [2; 32];
const STATEMENT: [u8; 32] = [3; 32];

struct Signers {
    fixture: Fixture,
}

impl Signers {
    fn new(suite: Suite) -> Self {
        Self { fixture: Fixture::new(suite.curve()).unwrap() }
    }

    /// Any key that the list names as the hub's.
    fn hub(&self) -> &Member {
        self.fixture.authority.member(Role::Tsa)
    }

    fn platform(&self) -> &Member {
        self.fixture.authority.member(Role::Platform)
    }

    fn stranger(&self) -> &Member {
        self.fixture.authority.member(Role::Ocsp)
    }
}

fn keys(member: &Member) -> Vec<Certificate> {
    vec![member.certificate().clone()]
}

fn finish(draft: Result<ObjectDraft, Refused>, member: &Member) -> Vec<u8> {
    let draft = draft.unwrap();
    let answer = member.key().sign(draft.to_sign(), &mut rng()).unwrap();
    draft.finish(&answer).unwrap()
}

/// Signs any content as any type.
fn forge(kind: ObjectType, content: &[u8], member: &Member) -> Vec<u8> {
    finish(
        ObjectDraft::new(kind, content.to_vec(), member.certificate(), &[], NOW)
            .map_err(|_| Code::Internal.into()),
        member,
    )
}

fn delivery() -> Delivery<'static> {
    Delivery {
        hub: HUB,
        sid: SID,
        request_digest: &REQUEST,
        answer_digest: &ANSWER,
        scene: Scene::Decrypt,
    }
}

#[test]
fn hub_time_answers_the_question_that_was_asked_and_no_other() {
    for suite in Suite::ALL {
        let signers = Signers::new(suite);
        let time = HubTime { hub: HUB.into(), phone_nonce: vec![5; 32], at: AT, list_number: 7 };
        let der = finish(time.draft(signers.hub().certificate()), signers.hub());
        let read = |nonce: &[u8], hub: &str, member: &Member| {
            HubTime::read(&der, hub, nonce, &keys(member)).map_err(|refused| refused.code)
        };
        assert_eq!(read(&[5; 32], HUB, signers.hub()), Ok(time));
        // An old phone nonce, another hub, a key that the list does not name.
        assert_eq!(read(&[6; 32], HUB, signers.hub()), Err(Code::HubMismatch));
        assert_eq!(read(&[5; 32], "other.cn", signers.hub()), Err(Code::HubMismatch));
        assert_eq!(read(&[5; 32], HUB, signers.stranger()), Err(Code::HubMismatch));
    }
}

#[test]
fn hub_receipt_is_about_one_answer_and_of_one_kind() {
    for suite in Suite::ALL {
        let signers = Signers::new(suite);
        let receipt = HubReceipt::new(HubReceiptKind::Stored, delivery(), "answered", 5, AT + 9, 7);
        let der = finish(receipt.draft(signers.hub().certificate()), signers.hub());
        let read = |kind, about: Delivery<'_>, member: &Member| {
            HubReceipt::read(&der, kind, about, &keys(member)).map_err(|refused| refused.code)
        };
        assert_eq!(read(HubReceiptKind::Stored, delivery(), signers.hub()), Ok(receipt));
        let other = [4; 32];
        for about in [
            Delivery { hub: "other.cn", ..delivery() },
            Delivery { sid: Sid([8; 16]), ..delivery() },
            Delivery { request_digest: &other, ..delivery() },
            Delivery { answer_digest: &other, ..delivery() },
            Delivery { scene: Scene::Login, ..delivery() },
        ] {
            let said = read(HubReceiptKind::Stored, about, signers.hub());
            assert_eq!(said, Err(Code::AnswerBinding), "{about:?}");
        }
        let said = read(HubReceiptKind::Delivered, delivery(), signers.hub());
        assert_eq!(said, Err(Code::AnswerBinding), "stored is not delivered");
        let said = read(HubReceiptKind::Stored, delivery(), signers.platform());
        assert_eq!(said, Err(Code::AnswerSignature));
        // The platform's receipt is none of the hub's.
        let said = PlatformReceipt::read(&der, "P-1", &REQUEST, &STATEMENT, &keys(signers.hub()));
        assert_eq!(said.unwrap_err().code, Code::AnswerSignature);
    }
}

#[test]
fn a_hub_does_not_call_delivered_what_has_not_completed() {
    let signers = Signers::new(Suite::Sm);
    let lie = HubReceipt::new(HubReceiptKind::Delivered, delivery(), "answered", 5, AT, 7);
    let der = finish(lie.draft(signers.hub().certificate()), signers.hub());
    let said = HubReceipt::read(&der, HubReceiptKind::Delivered, delivery(), &keys(signers.hub()));
    assert_eq!(said.unwrap_err().code, Code::AnswerBinding);
}

#[test]
fn receipt_for_another_statement_by_another_key_or_of_another_type_is_none() {
    for suite in Suite::ALL {
        let signers = Signers::new(suite);
        let mut receipt = PlatformReceipt::new("P-1", &REQUEST, &STATEMENT, None, AT);
        receipt.reference = Some("开标 2026-118/7".into());
        let draft = || receipt.draft(signers.platform().certificate());
        let der = finish(draft(), signers.platform());
        let read = |der: &[u8], platform: &str, statement: &[u8], member: &Member| {
            PlatformReceipt::read(der, platform, &REQUEST, statement, &keys(member))
                .map_err(|refused| refused.code)
        };
        let own = read(&der, "P-1", &STATEMENT, signers.platform()).unwrap();
        assert_eq!((own.kind, &own), (PlatformReceiptKind::Accepted, &receipt));

        let said = read(&der, "P-1", &[9; 32], signers.platform());
        assert_eq!(said, Err(Code::AnswerBinding), "another statement's");
        let said = read(&der, "P-2", &STATEMENT, signers.platform());
        assert_eq!(said, Err(Code::AnswerBinding), "another platform's");
        let said = read(&der, "P-1", &STATEMENT, signers.stranger());
        assert_eq!(said, Err(Code::AnswerSignature), "another platform's key");
        let content = serde_json::to_vec(&receipt).unwrap();
        let as_evidence = forge(ObjectType::Evidence, &content, signers.platform());
        let said = read(&as_evidence, "P-1", &STATEMENT, signers.platform());
        assert_eq!(said, Err(Code::AnswerSignature), "type 4 instead of 7");
    }
}

#[test]
fn a_refusal_says_why_and_an_acceptance_does_not() {
    let signers = Signers::new(Suite::Sm);
    let certificate = signers.platform().certificate();
    let make = |code: Option<&str>, kind, reference: Option<String>| {
        let mut receipt = PlatformReceipt::new("P-1", &REQUEST, &STATEMENT, None, AT);
        (receipt.code, receipt.kind, receipt.reference) = (code.map(Into::into), kind, reference);
        receipt.draft(certificate).map(drop).map_err(|refused| refused.code)
    };
    let (accepted, refused) = (PlatformReceiptKind::Accepted, PlatformReceiptKind::Refused);
    assert_eq!(make(Some("answer_binding"), refused, None), Ok(()));
    assert_eq!(make(None, accepted, Some("6".repeat(64))), Ok(()));
    for (code, kind, reference) in [
        (None, refused, None),
        (Some("answer_binding"), accepted, None),
        (Some("no_such_code"), refused, None),
        (None, accepted, Some("6".repeat(65))),
        (None, accepted, Some(String::new())),
        (None, accepted, Some("a\u{202e}b".into())),
    ] {
        assert_eq!(make(code, kind, reference), Err(Code::RequestMalformed), "{code:?}");
    }
}

#[test]
fn evidence_by_a_holder_key_or_a_suspended_platform_is_none() {
    let signers = Signers::new(Suite::Sm);
    let evidence = Evidence {
        sid: SID,
        request_digest: Some(REQUEST.to_vec()),
        step: "answered".into(),
        code: Code::AnswerBinding,
        party: Witness::Platform,
        at: AT,
        list_number: 7,
        previous: Some(vec![7; 32]),
    };
    let by = |member: &Member| finish(evidence.draft(member.certificate()), member);
    let read = |der: &[u8], party, state| {
        let signers = Evidence::signers(&signers.list(state), party, "P-1");
        Evidence::read(der, party, &signers).map_err(|refused| refused.code)
    };
    let (active, suspended) = (PlatformState::Active, PlatformState::Suspended);
    let der = by(signers.platform());
    assert_eq!(read(&der, Witness::Platform, active), Ok(evidence.clone()));
    assert_eq!(read(&der, Witness::Platform, suspended), Err(Code::AnswerSignature));
    assert_eq!(
        read(&by(signers.stranger()), Witness::Platform, active),
        Err(Code::AnswerSignature)
    );
    assert_eq!(read(&by(signers.hub()), Witness::Hub, active), Err(Code::AnswerSignature), "party");
    let hubs = Evidence { party: Witness::Hub, ..evidence.clone() };
    let der = finish(hubs.draft(signers.hub().certificate()), signers.hub());
    assert_eq!(read(&der, Witness::Hub, active), Ok(hubs));

    // A holder's key signs whatever is put before it; it is never looked at.
    let draft = evidence.draft(signers.fixture.holder.certificates.signing().certificate());
    let draft = draft.unwrap();
    let answer = signers.fixture.signing_key.sign(draft.to_sign(), &mut rng()).unwrap();
    let der = draft.finish(&answer).unwrap();
    assert_eq!(read(&der, Witness::Platform, active), Err(Code::AnswerSignature));
    for broken in [
        Evidence { step: String::new(), ..evidence.clone() },
        Evidence { step: "x".repeat(33), ..evidence.clone() },
        Evidence { previous: Some(vec![7; 31]), ..evidence.clone() },
    ] {
        let said = broken.draft(signers.platform().certificate()).map(drop).unwrap_err();
        assert_eq!(said.code, Code::RequestMalformed);
    }
}

impl Signers {
    fn list(&self, state: PlatformState) -> TrustList {
        let mut content = TrustListContent::new(HUB, 7, AT - 60, AT + 3600);
        content.hub_keys = vec![Binary(self.hub().certificate().as_der().to_vec())];
        content.platforms.push(ListedPlatform {
            code: "P-1".into(),
            name: "示范交易平台".into(),
            origins: vec!["https://bid.example.cn".into()],
            certificates: vec![Binary(self.platform().certificate().as_der().to_vec())],
            scenes: Scene::ALL.to_vec(),
            state,
        });
        let signer = self.fixture.authority.member(Role::TrustList);
        let der = forge(ObjectType::TrustList, &content.write().unwrap(), signer);
        TrustList::read(&der, HUB, &keys(signer), None).unwrap()
    }
}

#[test]
fn a_call_is_signed_for_its_method_path_body_and_time() {
    for suite in Suite::ALL {
        let signers = Signers::new(suite);
        let certificate = signers.platform().certificate();
        let call = Call { method: "POST", path: "/v1/sessions", body: b"{}" };
        let draft = call.draft("P-1", certificate, AT, &mut rng()).unwrap();
        let answer = signers.platform().key().sign(draft.to_sign(), &mut rng()).unwrap();
        let headers = draft.finish(&answer).unwrap();
        let pairs = headers.to_pairs();
        let get = |name: &str| {
            pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
        };
        assert_eq!(CallHeaders::read(get), Ok(headers.clone()));

        let check = |call: &Call<'_>, headers: &CallHeaders, member: &Member, now| {
            call.check(headers, member.certificate(), now).map_err(|refused| refused.code)
        };
        assert_eq!(check(&call, &headers, signers.platform(), AT + 300), Ok(()));
        let late = check(&call, &headers, signers.platform(), AT + 301);
        assert_eq!(late, Err(Code::RequestTime));
        let early = check(&call, &headers, signers.platform(), AT - 301);
        assert_eq!(early, Err(Code::RequestTime));
        let by = check(&call, &headers, signers.stranger(), AT);
        assert_eq!(by, Err(Code::RequestSignature));
        for other in [
            Call { method: "GET", ..call.clone() },
            Call { path: "/v1/sessions?x=1", ..call.clone() },
            Call { body: b"{ }", ..call.clone() },
        ] {
            let said = check(&other, &headers, signers.platform(), AT);
            assert_eq!(said, Err(Code::RequestSignature), "{other:?}");
        }
        for bent in [
            CallHeaders { timestamp: AT + 1, ..headers.clone() },
            CallHeaders { nonce: [0; 16], ..headers.clone() },
            CallHeaders { signature: Vec::new(), ..headers.clone() },
        ] {
            let said = check(&call, &bent, signers.platform(), AT);
            assert_eq!(said, Err(Code::RequestSignature));
        }
        let absent = CallHeaders::read(|_| None).unwrap_err().code;
        assert_eq!(absent, Code::PlatformUnknown);
        for (name, value) in [
            ("yinxin-timestamp", "-1"),
            ("yinxin-timestamp", "99999999999999999999"),
            ("yinxin-nonce", "AAAA"),
            ("yinxin-credential", "ABCD"),
            ("yinxin-signature", "AA=="),
        ] {
            let bent = |asked: &str| if asked == name { Some(value) } else { get(asked) };
            let said = CallHeaders::read(bent).unwrap_err().code;
            assert_eq!(said, Code::RequestMalformed, "{name}");
        }
    }
}

#[test]
fn a_problem_goes_there_and_back_with_its_code() {
    for code in Code::ALL {
        let mut refused = Refused::from(*code);
        if *code == Code::RateLimited {
            refused = refused.with(yinxin_pki::Fact::number(RETRY_AFTER, 17));
        }
        let body = serde_json::to_vec(&Problem::new(&refused)).unwrap();
        assert_eq!(Problem::read(&body), refused);
    }
    assert_eq!(Problem::read(b"<html>502").code, Code::Internal);
}
