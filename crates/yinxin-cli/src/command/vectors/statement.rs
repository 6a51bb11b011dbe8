//! Answers, as a platform verifies them.

use serde_json::{Value, json};
use yinxin::session::channel::Sid;
use yinxin::session::check::{CheckedRequest, Known};
use yinxin::session::display::{Language, Shown};
use yinxin::session::statement::{AnswerParts, Expected, Judge, VerifiedStatement};
use yinxin::session::wire::{
    Binary, BrowserState, OpenedFile, Payload, Product, Request, SceneResult, StatementContent,
    TimeSource,
};
use yinxin::signed_object::ObjectType;
use yinxin_ca::Role;
use yinxin_ca::fixture::Fixture;

use super::desk::{Desk, HUB, ORIGIN, sure};
use super::{Vectors, octets, outcome};

const SID: Sid = Sid([0x51; 16]);

/// One answer: what it answers, and its parts.
struct Answer {
    name: String,
    request: Request,
    text: Vec<u8>,
    statement: Vec<u8>,
    shown: Vec<u8>,
    products: Vec<Product>,
}

/// What is done to an honest statement.
type Change = (&'static str, fn(&mut StatementContent));

const CHANGES: &[Change] = &[
    ("another hub", |s| s.hub = "other.cn".into()),
    ("another session", |s| s.sid = Sid([0x52; 16])),
    ("another request", |s| s.request_digest = vec![1; 32]),
    ("another platform", |s| s.platform = "P-2".into()),
    ("another origin", |s| s.origin = "https://evil.cn".into()),
    ("something else was shown", |s| s.display_digest = vec![1; 32]),
    ("another holder", |s| s.holder = vec![1; 32]),
    ("the time of another clock", |s| {
        s.at += 86_400;
        s.at_source = TimeSource::Hub;
    }),
    ("a known browser", |s| s.browser = BrowserState::Known),
];

pub(super) fn vectors(desk: &mut Desk) -> Vectors {
    let mut cases = Vec::new();
    let opening = desk.now + 86_400;
    let encrypt = Payload::Encrypt { project: "P-17".into(), section: "A1".into(), opening };
    let bid = Payload::Decrypt(vec![desk.bid()]);
    for payload in [Payload::Login, encrypt, bid] {
        let honest = answer(desk, payload, |_| ());
        let scene = honest.request.scene().name();
        cases.push(case(desk, &Answer { name: format!("{scene}, honest"), ..honest }));
    }
    for (name, change) in CHANGES {
        let changed = answer(desk, Payload::Login, *change);
        cases.push(case(desk, &Answer { name: format!("login, {name}"), ..changed }));
    }
    cases.extend(signatures(desk));
    let root = desk.member(Role::Root).certificate().as_der();
    Vectors {
        name: desk.name("statement"),
        about: "answers as a platform verifies them: its own request, the statement (CMS, DER), what \
                was shown, the products",
        shared: json!({"now": desk.now, "root": octets(root), "sid": octets(SID.0)}),
        cases,
    }
}

fn signatures(desk: &mut Desk) -> Vec<Value> {
    let honest = |desk: &mut Desk| answer(desk, Payload::Login, |_| ());
    let mut cases = Vec::new();
    let mut flipped = honest(desk);
    if let Some(last) = flipped.statement.last_mut() {
        *last ^= 1;
    }
    cases.push(Answer { name: "login, one bit of the signature".into(), ..flipped });
    let mut typed = honest(desk);
    let content =
        yinxin::signed_object::SignedObject::from_der(&typed.statement, ObjectType::Statement);
    let content = content.ok().and_then(|object| {
        let own = desk.fixture.holder.certificates.signing().certificate().clone();
        object.verify(&own).ok().map(|verified| verified.content.to_vec())
    });
    let content = content.unwrap_or_default();
    typed.statement = desk.sign_as_holder(ObjectType::Receipt, &content);
    cases.push(Answer { name: "login, signed as a receipt".into(), ..typed });
    let mut bare = honest(desk);
    bare.statement = desk.sign(Role::Platform, ObjectType::Statement, &content);
    cases.push(Answer { name: "login, signed by a platform".into(), ..bare });
    let mut shown = honest(desk);
    shown.shown.push(b' ');
    cases.push(Answer { name: "login, other octets shown".into(), ..shown });
    let mut more = honest(desk);
    more.products.push(Product { id: "1".into(), value: Binary(vec![0x30, 0]) });
    cases.push(Answer { name: "login, a product too many".into(), ..more });
    cases.iter().map(|answer| case(desk, answer)).collect()
}

fn answer(desk: &mut Desk, payload: Payload, change: fn(&mut StatementContent)) -> Answer {
    let mut request = desk.request(payload);
    request.require.credit_code = Some(Fixture::CODE.into());
    let text = sure(request.write());
    let content = desk.list_content();
    let (_, list) = desk.list(&content);
    let der = desk.sign(Role::Platform, ObjectType::Request, &text);
    let known = Known { hub: HUB, list: &list, now: desk.now };
    let checked = sure(CheckedRequest::new(&der, &request.routing(&text), known));
    let shown = sure(Shown::new(&checked, Language::Chinese));
    let (result, products) = result(desk, &request.payload);
    let own = desk.fixture.holder.certificates.signing().as_der();
    let digest = |octets: &[u8]| desk.suite.digest().digest(octets).as_ref().to_vec();
    let mut statement = StatementContent {
        suite: desk.suite,
        hub: HUB.into(),
        sid: SID,
        request_digest: digest(&text),
        platform: "P-1".into(),
        origin: ORIGIN.into(),
        display_digest: shown.digest().as_ref().to_vec(),
        transcript: vec![0x72; 32],
        holder: digest(own),
        list_number: 7,
        browser: BrowserState::Unknown,
        matched: true,
        at: desk.now + 9,
        at_source: TimeSource::Phone,
        result,
    };
    change(&mut statement);
    let statement = desk.sign_as_holder(ObjectType::Statement, &sure(statement.write()));
    let shown = shown.octets().to_vec();
    Answer { name: String::new(), request, text, statement, shown, products }
}

fn result(desk: &Desk, payload: &Payload) -> (SceneResult, Vec<Product>) {
    let digest = |octets: &[u8]| Binary(desk.suite.digest().digest(octets).as_ref().to_vec());
    match payload {
        Payload::Encrypt { project, section, opening } => {
            let der = desk.fixture.holder.certificates.encryption().as_der();
            let result = SceneResult::Encrypt {
                project: project.clone(),
                section: section.clone(),
                opening: *opening,
                certificates: vec![digest(der)],
            };
            (result, vec![Product { id: "1".into(), value: Binary(der.to_vec()) }])
        }
        Payload::Decrypt(files) => {
            let opened = files.iter().map(|file| OpenedFile {
                id: file.id.clone(),
                header: digest(&file.header.0),
                segments: file.segments.iter().map(|(name, _)| name.clone()).collect(),
                code: None,
            });
            (SceneResult::Decrypt(opened.collect()), Vec::new())
        }
        _ => (SceneResult::Login, Vec::new()),
    }
}

fn case(desk: &Desk, answer: &Answer) -> Value {
    let digest = desk.suite.digest().digest(&answer.text);
    let parts = AnswerParts {
        statement: &answer.statement,
        shown: &answer.shown,
        products: &answer.products,
    };
    let expected =
        Expected { request: &answer.request, digest: &digest, sid: SID, transcript: None };
    let judge = Judge {
        trust: &desk.fixture.trust,
        revocation: None,
        require_revocation: false,
        now: desk.now,
    };
    let verified = VerifiedStatement::new(parts, expected, judge);
    json!({
        "name": answer.name,
        "request": octets(&answer.text),
        "statement": octets(&answer.statement),
        "shown": octets(&answer.shown),
        "products": answer.products,
        "expect": outcome(verified, |statement| json!({
            "statementDigest": octets(statement.digest()),
            "holder": Fixture::UNIT,
        })),
    })
}
