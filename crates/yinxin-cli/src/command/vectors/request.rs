//! Requests, as a phone checks them.

use serde_json::{Value, json};
use yinxin::session::check::{CheckedRequest, Known};
use yinxin::session::display::{Language, Shown};
use yinxin::session::trust_list::{PlatformState, TrustList, TrustListContent};
use yinxin::session::wire::{Browser, Display, Payload, Request, RoutingHeader};
use yinxin::session::{Refused, Scene};
use yinxin::signed_object::ObjectType;
use yinxin::{Curve, SigningKey, ToSign};
use yinxin_ca::Role;

use super::desk::{Desk, HUB, sure};
use super::{Vectors, octets, outcome};

/// What is done to an honest request, or to its octets.
type Change = (&'static str, fn(&mut Request));
type Bend = (&'static str, &'static str, &'static str);

const CHANGES: &[Change] = &[
    ("another hub", |r| r.hub = "other.cn".into()),
    ("a name that looks alike", |r| r.platform.name = "示范交易平合".into()),
    ("a platform that is not listed", |r| r.platform.code = "P-2".into()),
    ("another origin", |r| r.origin = "https://evil.cn".into()),
    ("another port", |r| r.origin = "https://bid.example.cn:8443".into()),
    ("a subdomain", |r| r.origin = "https://a.bid.example.cn".into()),
    ("two minutes and a second", |r| r.expires_at = r.issued_at + 121),
    ("issued in the future", |r| {
        r.issued_at += 3600;
        r.expires_at += 3600;
    }),
    ("a minute fast", |r| {
        r.issued_at += 60;
        r.expires_at += 60;
    }),
    ("expired", |r| {
        r.issued_at -= 600;
        r.expires_at -= 600;
    }),
    ("a title of 200 characters", |r| r.display.title = Some("长".repeat(200))),
    ("all of what is shown", |r| {
        r.display = Display {
            title: Some("标题".into()),
            project: Some("P-17".into()),
            section: Some("A1".into()),
            file_name: Some("plan.pdf".into()),
            file_size: Some(1 << 40),
            note: Some("n".into()),
        };
    }),
];

const BENDS: &[Bend] = &[
    ("another version", "\"v\":1", "\"v\":2,\"new\":true"),
    ("an unknown suite", "\"suite\":\"", "\"suite\":\"X"),
    ("an unknown scene", "\"scene\":\"login\"", "\"scene\":\"dance\""),
    ("a member twice, once escaped", "\"v\":1", "\"v\":1,\"\\u0076\":1"),
    ("a fraction", "\"v\":1", "\"v\":1.0"),
    ("an exponent", "\"v\":1", "\"v\":1e0"),
    ("an unknown member", "\"v\":1", "\"v\":1,\"unknown\":1"),
    ("something before it", "{\"typ\"", " {\"typ\""),
    ("something behind it", "}}", "}} "),
    ("direction changed", "示范\"", "示\u{202e}范\""),
    ("zero width", "示范\"", "示\u{200b}范\""),
    ("another type", "yinxin-request-1", "yinxin-statement-1"),
    (
        "the type not first",
        "{\"typ\":\"yinxin-request-1\",\"v\":1",
        "{\"v\":1,\"typ\":\"yinxin-request-1\"",
    ),
    ("no nonce", "\"nonce\":", "\"ext\":{},\"nonse\":"),
    ("a title of 201 characters", "\"title\":\"示范\"", TITLE),
    ("padding in base64url", "\"nonce\":\"BwcH", "\"nonce\":\"=wcH"),
];

/// 201 characters.
const TITLE: &str = concat!(
    "\"title\":\"",
    "0123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890",
    "\""
);

/// A request as it comes to a phone.
struct Sent<'a> {
    name: String,
    der: Vec<u8>,
    routing: RoutingHeader,
    list: &'a (Vec<u8>, TrustList),
}

pub(super) fn vectors(desk: &mut Desk) -> Vectors {
    let content = desk.list_content();
    let list = desk.list(&content);
    let mut cases = Vec::new();
    for payload in desk.payloads() {
        let request = desk.request(payload);
        let name = format!("{}, honest", request.scene().name());
        cases.push(signed(desk, name, &request, &list));
        let bare = Request { display: Display::default(), ..request.clone() };
        let name = format!("{}, nothing shown besides", request.scene().name());
        cases.push(signed(desk, name, &bare, &list));
        if request.scene().needs_account() {
            let text = String::from_utf8(sure(request.write())).unwrap_or_default();
            let without = text.replace("\"creditCode\":\"91350100M000100Y43\"", "");
            let name = format!("{}, no account named", request.scene().name());
            cases.push(bent(desk, name, &request, without, &list));
            let wrong = text.replace("91350100M000100Y43", "91350100M000100Y44");
            let name = format!("{}, wrong check character", request.scene().name());
            cases.push(bent(desk, name, &request, wrong, &list));
        }
    }
    let login = desk.request(Payload::Login);
    cases.push(known_browser(desk, &login, &list));
    for (name, change) in CHANGES {
        let mut request = login.clone();
        change(&mut request);
        cases.push(signed(desk, format!("login, {name}"), &request, &list));
    }
    let text = String::from_utf8(sure(login.write())).unwrap_or_default();
    for (name, from, to) in BENDS {
        let changed = text.replacen(from, to, 1);
        cases.push(bent(desk, format!("login, {name}"), &login, changed, &list));
    }
    let more = text.replacen("\"require\":", "\"ext\":{\"later\":[1,\"x\"]},\"require\":", 1);
    cases.push(bent(desk, "login, an extension".into(), &login, more, &list));
    cases.extend(signatures(desk, &login, &list));
    cases.extend(lists(desk, &login, &content));
    let signer = desk.member(Role::TrustList).certificate().as_der();
    Vectors {
        name: desk.name("request"),
        about: "requests as a phone checks them: the signed request (CMS, DER), the header that came \
                with it in clear, the signed trust list; ok gives H of the request's octets and of \
                what is shown in English",
        shared: json!({"hub": HUB, "now": desk.now, "listSigner": octets(signer)}),
        cases,
    }
}

fn signed(desk: &mut Desk, name: String, request: &Request, list: &(Vec<u8>, TrustList)) -> Value {
    let text = sure(request.write());
    let routing = request.routing(&text);
    let der = desk.sign(Role::Platform, ObjectType::Request, &text);
    case(desk, Sent { name, der, routing, list })
}

fn bent(
    desk: &mut Desk,
    name: String,
    request: &Request,
    text: String,
    list: &(Vec<u8>, TrustList),
) -> Value {
    let routing = request.routing(text.as_bytes());
    let der = desk.sign(Role::Platform, ObjectType::Request, text.as_bytes());
    case(desk, Sent { name, der, routing, list })
}

fn case(desk: &Desk, sent: Sent<'_>) -> Value {
    let Sent { name, der, routing, list: (list_der, list) } = sent;
    let checked = check(desk, &der, &routing, list);
    json!({
        "name": name,
        "request": octets(&der),
        "header": routing,
        "trustList": octets(list_der),
        "expect": outcome(checked, |(request, shown)| json!({
            "requestDigest": octets(request.digest()),
            "displayDigest": octets(shown.digest()),
        })),
    })
}

fn check(
    desk: &Desk,
    der: &[u8],
    routing: &RoutingHeader,
    list: &TrustList,
) -> Result<(CheckedRequest, Shown), Refused> {
    let checked = CheckedRequest::new(der, routing, Known { hub: HUB, list, now: desk.now })?;
    let shown = Shown::new(&checked, Language::English)?;
    Ok((checked, shown))
}

fn known_browser(desk: &mut Desk, login: &Request, list: &(Vec<u8>, TrustList)) -> Value {
    let key = SigningKey::generate(Curve::P256, &mut desk.rng);
    let mut request = login.clone();
    let signature = ToSign::message(key.public(), &request.browser_bytes())
        .and_then(|to_sign| key.sign(&to_sign, &mut desk.rng));
    request.browser = signature.ok().map(|signature| Browser {
        key: yinxin::session::wire::Binary(key.public().to_spki()),
        signature: yinxin::session::wire::Binary(signature),
    });
    signed(desk, "login, a browser that signs".into(), &request, list)
}

/// Signed by another, as something else, changed, or with a header that says something else.
fn signatures(desk: &mut Desk, login: &Request, list: &(Vec<u8>, TrustList)) -> Vec<Value> {
    let text = sure(login.write());
    let routing = login.routing(&text);
    let honest = desk.sign(Role::Platform, ObjectType::Request, &text);
    let mut cases = Vec::new();
    let other = desk.sign(Role::SealMaker, ObjectType::Request, &text);
    cases.push(("login, signed by another", other, routing.clone()));
    let typed = desk.sign(Role::Platform, ObjectType::Statement, &text);
    cases.push(("login, signed as a statement", typed, routing.clone()));
    let mut flipped = honest.clone();
    if let Some(last) = flipped.last_mut() {
        *last ^= 1;
    }
    cases.push(("login, one bit of the signature", flipped, routing.clone()));
    let cut = honest.get(..honest.len() - 1).unwrap_or(&[]).to_vec();
    cases.push(("login, cut off", cut, routing.clone()));
    let longer = [&honest[..], &[0]].concat();
    cases.push(("login, an octet behind", longer, routing.clone()));
    let lie = RoutingHeader { scene: Scene::Decrypt, ..routing.clone() };
    cases.push(("login, a header of another scene", honest.clone(), lie));
    let lie = RoutingHeader { expires_at: routing.expires_at + 1, ..routing };
    cases.push(("login, a header of another time", honest, lie));
    let case = |(name, der, routing): (&str, Vec<u8>, RoutingHeader)| {
        case(desk, Sent { name: name.into(), der, routing, list })
    };
    cases.into_iter().map(case).collect()
}

/// Lists that are old, or say no.
fn lists(desk: &mut Desk, login: &Request, content: &TrustListContent) -> Vec<Value> {
    let now = desk.now;
    let aged = |age: u64| {
        let mut list = content.clone();
        (list.issued_at, list.next_update) = (now - age - 80_000, now - age);
        list
    };
    let mut suspended = content.clone();
    let mut few = content.clone();
    for platform in &mut suspended.platforms {
        platform.state = PlatformState::Suspended;
    }
    for platform in &mut few.platforms {
        platform.scenes = vec![Scene::Login];
    }
    let encrypt =
        Payload::Encrypt { project: "P".into(), section: "S".into(), opening: desk.now + 86_400 };
    let encrypt = desk.request(encrypt);
    let mut cases = Vec::new();
    for (name, list, request) in [
        ("login, a list of yesterday", aged(10_000), login),
        ("login, a list of last week", aged(8 * 86_400), login),
        ("encrypt, a list of yesterday", aged(10_000), &encrypt),
        ("login, suspended", suspended, login),
        ("encrypt, for logins only", few.clone(), &encrypt),
        ("login, for logins only", few, login),
    ] {
        let list = desk.list(&list);
        cases.push(signed(desk, name.into(), request, &list));
    }
    cases
}
