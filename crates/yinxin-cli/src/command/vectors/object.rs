//! What hub and platform sign: time, receipts, evidence.

use serde_json::{Value, json};
use yinxin::session::channel::Sid;
use yinxin::session::wire::{
    Delivery, Evidence, HubReceipt, HubReceiptKind, HubTime, PlatformReceipt, Witness,
};
use yinxin::session::{Code, Refused, Scene};
use yinxin::signed_object::{ObjectDraft, ObjectType};
use yinxin::{Certificate, Digest};
use yinxin_ca::Role;

use super::desk::{Desk, HUB, sure};
use super::{Vectors, octets, outcome};

const SID: Sid = Sid([0x51; 16]);

pub(super) fn vectors(desk: &mut Desk) -> Vectors {
    let digest = |text: &[u8]| desk.suite.digest().digest(text);
    let (request, answer, statement) =
        (digest(b"request"), digest(b"answer"), digest(b"statement"));
    let mut cases = times(desk);
    cases.extend(receipts(desk, &request, &answer));
    cases.extend(platform_receipts(desk, &request, &statement));
    cases.extend(evidence(desk, &request));
    // The hub's key is, in this room, the seal maker's: any but the platform's.
    Vectors {
        name: desk.name("object"),
        about: "hub time, receipts and evidence, read as what they should be",
        shared: json!({
            "hub": HUB,
            "sid": octets(SID.0),
            "requestDigest": octets(request),
            "answerDigest": octets(answer),
            "statementDigest": octets(statement),
            "hubKey": octets(hub(desk).as_der()),
            "platformKey": octets(desk.member(Role::Platform).certificate().as_der()),
        }),
        cases,
    }
}

fn hub(desk: &Desk) -> Certificate {
    desk.member(Role::SealMaker).certificate().clone()
}

#[expect(clippy::expect_used, reason = "nothing here depends on the outside")]
fn finish(desk: &mut Desk, role: Role, draft: Result<ObjectDraft, Refused>) -> Vec<u8> {
    let draft = sure(draft);
    let key = desk.fixture.authority.member(role).key();
    let answer = key.sign(draft.to_sign(), &mut desk.rng).expect("a key of this curve");
    draft.finish(&answer).expect("the key's own answer")
}

fn times(desk: &mut Desk) -> Vec<Value> {
    let key = hub(desk);
    let time = HubTime { hub: HUB.into(), phone_nonce: vec![5; 32], at: desk.now, list_number: 7 };
    let sign = |desk: &mut Desk, time: &HubTime, role| {
        let certificate = desk.member(role).certificate().clone();
        finish(desk, role, time.draft(&certificate))
    };
    let honest = sign(desk, &time, Role::SealMaker);
    let by_platform = sign(desk, &time, Role::Platform);
    let elsewhere = HubTime { hub: "other.cn".into(), ..time };
    let elsewhere = sign(desk, &elsewhere, Role::SealMaker);
    let keys = [key];
    let mut cases = Vec::new();
    for (name, der, nonce) in [
        ("honest", &honest, [5; 32]),
        ("an old nonce", &honest, [6; 32]),
        ("signed by a platform", &by_platform, [5; 32]),
        ("another hub's", &elsewhere, [5; 32]),
    ] {
        let read = HubTime::read(der, HUB, &nonce, &keys);
        cases.push(json!({
            "kind": "hubTime",
            "name": name,
            "object": octets(der),
            "phoneNonce": octets(nonce),
            "expect": outcome(read, |time| json!({"at": time.at, "listNumber": time.list_number})),
        }));
    }
    cases
}

fn receipts(desk: &mut Desk, request: &Digest, answer: &Digest) -> Vec<Value> {
    let key = hub(desk);
    let delivery = Delivery {
        hub: HUB,
        sid: SID,
        request_digest: request.as_ref(),
        answer_digest: answer.as_ref(),
        scene: Scene::Decrypt,
    };
    let receipt =
        |kind, state: &str, delivery| HubReceipt::new(kind, delivery, state, 6, desk.now, 7);
    let stored = receipt(HubReceiptKind::Stored, "answered", delivery);
    let delivered = receipt(HubReceiptKind::Delivered, "completed", delivery);
    let other = Delivery { sid: Sid([1; 16]), ..delivery };
    let elsewhere = receipt(HubReceiptKind::Stored, "answered", other);
    let platform = desk.member(Role::Platform).certificate().clone();
    let keys = [key.clone()];
    let made = [
        ("stored", finish(desk, Role::SealMaker, stored.draft(&key))),
        ("delivered", finish(desk, Role::SealMaker, delivered.draft(&key))),
        ("of another session", finish(desk, Role::SealMaker, elsewhere.draft(&key))),
        ("signed by a platform", finish(desk, Role::Platform, stored.draft(&platform))),
    ];
    let mut cases = Vec::new();
    for (name, der) in &made {
        for (kind, word) in
            [(HubReceiptKind::Stored, "stored"), (HubReceiptKind::Delivered, "delivered")]
        {
            let read = HubReceipt::read(der, kind, delivery, &keys);
            cases.push(json!({
                "kind": "hubReceipt",
                "name": name,
                "object": octets(der),
                "as": word,
                "scene": "decrypt",
                "expect": outcome(read, |receipt| json!({"at": receipt.at})),
            }));
        }
    }
    cases
}

fn platform_receipts(desk: &mut Desk, request: &Digest, statement: &Digest) -> Vec<Value> {
    let own = desk.member(Role::Platform).certificate().clone();
    let now = desk.now;
    let receipt =
        |refused| PlatformReceipt::new("P-1", request.as_ref(), statement.as_ref(), refused, now);
    let accepted = receipt(None);
    let refused = receipt(Some(Code::AnswerBinding));
    let other = PlatformReceipt::new("P-1", request.as_ref(), request.as_ref(), None, now);
    let hub = hub(desk);
    let made = [
        ("accepted", finish(desk, Role::Platform, accepted.draft(&own))),
        ("refused", finish(desk, Role::Platform, refused.draft(&own))),
        ("of another statement", finish(desk, Role::Platform, other.draft(&own))),
        ("signed by the hub", finish(desk, Role::SealMaker, accepted.draft(&hub))),
    ];
    let own = [own];
    let read =
        |der: &[u8]| PlatformReceipt::read(der, "P-1", request.as_ref(), statement.as_ref(), &own);
    let case = |(name, der): &(&str, Vec<u8>)| {
        json!({
            "kind": "platformReceipt",
            "name": name,
            "object": octets(der),
            "expect": outcome(read(der), |receipt| json!({"code": receipt.code})),
        })
    };
    made.iter().map(case).collect()
}

fn evidence(desk: &mut Desk, request: &Digest) -> Vec<Value> {
    let key = hub(desk);
    let evidence = Evidence {
        sid: SID,
        request_digest: Some(request.as_ref().to_vec()),
        step: "scan".into(),
        code: Code::PlatformSuspended,
        party: Witness::Hub,
        at: desk.now,
        list_number: 7,
        previous: None,
    };
    let honest = finish(desk, Role::SealMaker, evidence.draft(&key));
    let text = br#"{"typ":"yinxin-evidence-1","v":1}"#;
    let short = desk.sign(Role::SealMaker, ObjectType::Evidence, text);
    let typed = desk.sign(Role::SealMaker, ObjectType::Receipt, text);
    let made = [("honest", honest), ("members missing", short), ("signed as a receipt", typed)];
    let keys = [key];
    let case = |(name, der): &(&str, Vec<u8>)| {
        let read = Evidence::read(der, Witness::Hub, &keys);
        json!({
            "kind": "evidence",
            "name": name,
            "object": octets(der),
            "expect": outcome(read, |evidence| json!({"code": evidence.code.name()})),
        })
    };
    made.iter().map(case).collect()
}
