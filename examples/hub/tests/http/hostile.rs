//! Callers that do not mean well.

use std::time::{Duration, Instant};

use yinxin_session::wire::http::{Action, OPEN_LIMIT, bearer, path, sid_text};
use yinxin_session::wire::{CallHeaders, Token};
use yinxin_session::{Code, Scene};

use crate::client::Client;
use crate::world::{Visit, World, now};

/// All steps, as they stand in paths.
fn steps() -> Vec<String> {
    let own = Action::ALL.map(|action| action.name().to_owned());
    own.into_iter().chain(["prepared/0/1".into()]).collect()
}

fn count(world: &World, visit: &Visit) -> usize {
    let events = world.events(visit, &visit.opened.platform_token, "after=0").json();
    events["events"].as_array().unwrap().len()
}

#[test]
fn sid_without_token_is_token_wrong_everywhere() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let guess = world.phone();
    for step in steps() {
        assert_eq!(world.post(&visit, &guess, &step, b"x").code(), "token_wrong", "{step}");
    }
    assert_eq!(world.events(&visit, &guess, "after=0").code(), "token_wrong");
    let path = path::events(visit.sid(), 0, 0);
    for value in ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer AAAA", "bearer"] {
        let said = world.client().call("GET", &path, &[("authorization", value)], &[]);
        assert_eq!(said.code(), "token_wrong", "{value:?}");
    }
    let said = world.client().call("GET", &path, &[], &[]);
    assert_eq!((said.status, said.code().as_str()), (401, "token_wrong"));
    // A token in the address is no token.
    let token = visit.opened.page_token.to_text();
    let path = format!("{}/{}/events?token={token}", path::SESSIONS, sid_text(visit.sid()));
    assert_eq!(world.client().call("GET", &path, &[], &[]).code(), "token_wrong");
    assert_eq!(count(&world, &visit), 1);
}

#[test]
fn an_opening_is_signed_by_the_platform_it_names_in_time_and_once() {
    let mut world = World::new();
    let body = serde_json::to_vec(&world.request(Scene::Login)).unwrap();
    let honest = world.signed(&body, now());
    let said = |headers: &CallHeaders, body: &[u8]| world.open_with(body, headers).code();
    let none = world.client().call("POST", path::SESSIONS, &[], &body);
    assert_eq!(none.code(), "platform_unknown");
    let other = CallHeaders { platform: "P-2".into(), ..honest.clone() };
    assert_eq!(said(&other, &body), "platform_unknown");
    let other = CallHeaders { credential: "00".repeat(20), ..honest.clone() };
    assert_eq!(said(&other, &body), "platform_unknown");
    assert_eq!(said(&honest, b"{}"), "request_signature");
    let other = CallHeaders { timestamp: honest.timestamp - 1, ..honest.clone() };
    assert_eq!(said(&other, &body), "request_signature");
    let other = CallHeaders { timestamp: honest.timestamp - 400, ..honest.clone() };
    assert_eq!(said(&other, &body), "request_time");
    assert_eq!(world.open_with(&body, &honest).status, 201);
    assert_eq!(world.open_with(&body, &honest).code(), "request_replayed", "the nonce");
}

/// Bodies that no reader of JSON should take.
fn broken(honest: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8(honest.to_vec()).unwrap();
    let mut all: Vec<Vec<u8>> = (0..honest.len()).map(|end| honest[..end].to_vec()).collect();
    for bent in [
        format!("\u{feff}{text}"),
        format!("{text} "),
        format!("{text}{text}"),
        format!("[{text}]"),
        "[".repeat(1000),
        "{\"a\":".repeat(500),
        "null".into(),
        "7".into(),
        text.replacen('{', "{\"extra\":1,", 1),
        text.replacen('{', "{\"ext\":{},", 1),
        text.replacen('"', "\"\\u0000", 1),
        text.replace(':', ":-"),
        text.replace("\":\"", "\":[\""),
    ] {
        all.push(bent.into_bytes());
    }
    all.push(vec![0xff; 64]);
    all
}

#[test]
fn every_truncation_and_every_wrong_form_of_json_is_a_code_and_changes_nothing() {
    let mut world = World::new();
    let (visit, phone) = (world.visit(Scene::Login), world.phone());
    let mut codes = std::collections::BTreeMap::new();
    let mut client = world.client();
    let mut count_code = |answer: crate::client::Answer| {
        *codes.entry(answer.code()).or_insert(0_u32) += 1;
    };
    let scan = serde_json::to_vec(&visit.frame()).unwrap();
    let account = phone.to_text();
    for body in broken(&scan) {
        let headers = [("yinxin-phone", account.as_str())];
        count_code(client.call("POST", path::SCAN, &headers, &body));
    }
    let token = bearer(&visit.opened.page_token);
    let headers = [("authorization", token.as_str())];
    let digest = "A".repeat(43);
    for (step, honest) in [
        ("ack", format!("{{\"answerDigest\":\"{digest}\"}}")),
        ("fail", "{\"code\":\"internal\"}".to_owned()),
    ] {
        let path = format!("{}/{}/{step}", path::SESSIONS, sid_text(visit.sid()));
        for body in broken(honest.as_bytes()) {
            count_code(client.call("POST", &path, &headers, &body));
        }
    }
    let open = serde_json::to_vec(&world.request(Scene::Login)).unwrap();
    // The sealed request is the most of it: cut in the header only.
    let head = open.iter().position(|b| *b == b'}').unwrap();
    let cuts = (0..head).step_by(7).map(|end| open[..end].to_vec());
    let whole = broken(&open).split_off(open.len());
    for body in cuts.chain(whole) {
        count_code(world.open_bytes(&body));
    }
    println!("{codes:?}");
    let expected = ["request_malformed", "request_too_large"];
    assert!(codes.keys().all(|code| expected.contains(&code.as_str())), "{codes:?}");
    assert_eq!(count(&world, &visit), 1);
}

#[test]
fn wrong_types_and_huge_numbers_are_malformed() {
    let mut world = World::new();
    let honest = String::from_utf8(serde_json::to_vec(&world.request(Scene::Login)).unwrap());
    let honest = honest.unwrap();
    let issued = now().to_string();
    for (from, to) in [
        (issued.as_str(), "18446744073709551616"),
        (issued.as_str(), "9007199254740992"),
        (issued.as_str(), "1e9"),
        (issued.as_str(), "1.0"),
        (issued.as_str(), "-1"),
        (issued.as_str(), "\"7\""),
        (issued.as_str(), "null"),
        ("\"login\"", "\"Login\""),
        ("\"login\"", "[]"),
        ("\"SM\"", "\"NONE\""),
        ("\"localhost\"", "7"),
        ("\"sealed\":\"", "\"sealed\":\"="),
        ("\"sealed\":\"", "\"sealed\":\"+"),
    ] {
        let bent = honest.replacen(from, to, 1);
        if bent == honest {
            continue; // the second turned over between
        }
        assert_eq!(world.open_bytes(bent.as_bytes()).code(), "request_malformed", "{to}");
    }
}

#[test]
fn two_thousand_mutations_of_each_call_end_in_an_answer() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let phone = world.phone();
    let account = phone.to_text();
    let token = bearer(&visit.opened.page_token);
    let scan = serde_json::to_vec(&visit.frame()).unwrap();
    let ack = format!("{{\"answerDigest\":\"{}\"}}", "A".repeat(43)).into_bytes();
    let fail = b"{\"code\":\"no_such_code\"}".to_vec();
    let step = |name: &str| format!("{}/{}/{name}", path::SESSIONS, sid_text(visit.sid()));
    let calls = [
        (path::SCAN.to_owned(), ("yinxin-phone", account.as_str()), scan),
        (step("ack"), ("authorization", token.as_str()), ack),
        (step("fail"), ("authorization", token.as_str()), fail),
    ];
    let mut client = world.client();
    let mut codes = std::collections::BTreeMap::new();
    for (path, header, honest) in &calls {
        for _ in 0..2000 {
            let mut bent = honest.clone();
            for _ in 0..=draw(&mut world) % 3 {
                let at = draw(&mut world) % bent.len();
                bent[at] = u8::try_from(draw(&mut world) % 256).unwrap();
            }
            let answer = client.call("POST", path, &[*header], &bent);
            assert_ne!(answer.status, 500);
            let code = if answer.status == 200 { "taken".into() } else { answer.code() };
            *codes.entry(code).or_insert(0_u32) += 1;
        }
    }
    println!("{codes:?}");
    assert!(codes.keys().all(|code| code == "taken" || Code::from_name(code).is_some()));
    assert!(world.client().call("GET", "/healthz", &[], &[]).status == 200);
}

fn draw(world: &mut World) -> usize {
    let number = rand_core::Rng::next_u32(&mut world.rng);
    usize::try_from(number).unwrap()
}

#[test]
fn bodies_over_their_limits_are_refused_before_they_are_read() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let bound = world.scan(&visit);
    for action in Action::ALL {
        let token = match action {
            Action::Ack | Action::Cancel | Action::NotMe | Action::Key => &visit.opened.page_token,
            Action::Receipt => &visit.opened.platform_token,
            _ => &bound.phone_token,
        };
        let path = path::step(visit.sid(), action);
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: h\r\nauthorization: {}\r\ncontent-length: {}\r\n\r\n",
            bearer(token),
            action.limit() + 1
        );
        let mut client = world.client();
        client.send(head.as_bytes());
        // Nothing of the body was sent.
        let answer = client.answer();
        assert_eq!((answer.status, answer.code().as_str()), (413, "request_too_large"), "{path}");
    }
    let large = vec![b' '; OPEN_LIMIT + 1];
    assert_eq!(world.open_bytes(&large).code(), "request_too_large");
    // The same without a length announced: chunk by chunk.
    let mut client = world.client();
    let path = path::step(visit.sid(), Action::Hello);
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: h\r\nauthorization: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        bearer(&bound.phone_token)
    );
    client.send(head.as_bytes());
    client.send(format!("1400\r\n{}\r\n", "x".repeat(0x1400)).as_bytes());
    assert_eq!(client.answer().code(), "request_too_large");
    assert_eq!(count(&world, &visit), 2, "nothing came of it");
}

#[test]
fn compressed_bodies_are_refused() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let bound = world.scan(&visit);
    let path = path::step(visit.sid(), Action::Hello);
    let token = bearer(&bound.phone_token);
    for encoding in ["gzip", "br", "deflate", "zstd", "gzip, gzip"] {
        let headers = [("authorization", token.as_str()), ("content-encoding", encoding)];
        let said = world.client().call("POST", &path, &headers, b"\x1f\x8b\x08");
        assert_eq!((said.status, said.code().as_str()), (415, "request_malformed"), "{encoding}");
    }
}

#[test]
fn a_body_at_one_byte_a_second_is_dropped_within_half_a_minute() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let bound = world.scan(&visit);
    let path = path::step(visit.sid(), Action::Hello);
    let token = bearer(&bound.phone_token);
    let mut client = world.client();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: h\r\nauthorization: {token}\r\ncontent-length: 400\r\n\r\n"
    );
    client.send(head.as_bytes());
    let started = Instant::now();
    let (address, half) = (world.server.address, "POST /v1/scan HTTP/1.1\r\nhos");
    let slow_head = std::thread::spawn(move || {
        let mut client = Client::new(address);
        client.send(half.as_bytes());
        let started = Instant::now();
        // No answer, or 408: the connection ends.
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.head()));
        started.elapsed()
    });
    // While it drips, others are served.
    for _ in 0..28 {
        client.send(b"x");
        assert_eq!(world.client().call("GET", "/healthz", &[], &[]).status, 200);
        std::thread::sleep(Duration::from_secs(1));
    }
    let answer = client.answer();
    println!("dropped after {:?}", started.elapsed());
    assert_eq!(answer.status, 408);
    assert!(started.elapsed() < Duration::from_secs(32), "{:?}", started.elapsed());
    assert!(slow_head.join().unwrap() < Duration::from_secs(15));
}

#[test]
fn paths_that_are_none_have_a_code_too() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let token = bearer(&visit.opened.page_token);
    let sid = sid_text(visit.sid());
    for (method, path, status) in [
        ("GET", "/".to_owned(), 404),
        ("GET", "/v1/sessions".to_owned(), 405),
        ("POST", "/v1/trust/list".to_owned(), 405),
        ("POST", format!("/v1/sessions/{sid}/explode"), 404),
        ("GET", "/Q".to_owned(), 404),
        ("POST", "/v1/sessions/%00/hello".to_owned(), 404),
        ("POST", format!("/v1/sessions/{sid}A/cancel"), 404),
        ("POST", format!("/v1/sessions/{sid}/prepared/0/1/2"), 404),
    ] {
        let said = world.client().call(method, &path, &[("authorization", &token)], b"");
        assert_eq!(said.status, status, "{method} {path}");
        said.code();
    }
    for numbers in ["1/1", "0/0", "-1/1", "0/51", "00/999", "a/b", "99999999999/1"] {
        let said =
            world.post(&visit, &visit.opened.page_token, &format!("prepared/{numbers}"), b"x");
        assert_eq!(said.code(), "offer_mismatch", "{numbers}");
    }
    assert_eq!(count(&world, &visit), 1);
}

#[test]
fn sixth_code_in_a_minute_is_rate_limited_and_says_how_long_to_wait() {
    let mut world = World::new();
    let phone: Token = world.phone();
    let body = serde_json::json!({
        "shortCode": "0000-0000", "phoneNonce": "A".repeat(43), "listNumber": 0
    });
    let body = serde_json::to_vec(&body).unwrap();
    for _ in 0..5 {
        assert_eq!(world.scan_bytes(&body, &phone).code(), "session_unknown");
    }
    let said = world.scan_bytes(&body, &phone);
    assert_eq!((said.status, said.code().as_str()), (429, "rate_limited"));
    let wait: u64 = said.header("retry-after").unwrap().parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    assert_eq!(said.json()["retryAfter"], wait);
}
