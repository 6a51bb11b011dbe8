//! Whole sessions over HTTP, as the three roles see them.

use std::time::{Duration, Instant};

use yinxin_pki::Certificate;
use yinxin_session::trust_list::TrustList;
use yinxin_session::wire::http::{Events, bearer, path, sid_text};
use yinxin_session::wire::{Binary, Delivery, HubReceipt, HubReceiptKind, HubTime};
use yinxin_session::{Scene, Suite};

use crate::client::Client;
use crate::world::{
    HOST, ORIGIN, PHONE_ORIGIN, Visit, World, now, sign_call, write_platforms, write_platforms_of,
};

fn digest(suite: Suite, octets: &[u8]) -> Vec<u8> {
    suite.digest().digest(octets).as_ref().to_vec()
}

fn read(events: &[u8]) -> Events {
    serde_json::from_slice(events).unwrap()
}

#[test]
fn a_sealing_goes_from_open_to_receipt_in_both_suites() {
    for suite in Suite::ALL {
        let mut world = World::of(suite);
        let visit = world.visit(Scene::Signature);
        let bound = world.scan(&visit);
        let (page, platform) = (&visit.opened.page_token, &visit.opened.platform_token);
        let phone = &bound.phone_token;

        let certificate = world.client().call("GET", path::HUB_CERTIFICATE, &[], &[]);
        let keys = [Certificate::from_der(&certificate.body).unwrap()];
        let time = HubTime::read(&bound.hub_time.0, HOST, &[3; 32], &keys).unwrap();
        assert!(time.at.abs_diff(now()) <= 2);

        let answer = vec![9; 100_000];
        for (token, step, body) in [
            (phone, "hello", &b"hello"[..]),
            (phone, "offer", b"offer"),
            (page, "prepared/0/2", b"first"),
            (page, "prepared/1/2", b"second"),
            (phone, "answer", &answer),
        ] {
            let said = world.post(&visit, token, step, body);
            assert_eq!(said.status, 200, "{step} {:?}", String::from_utf8_lossy(&said.body));
        }
        let events = read(&world.events(&visit, page, "after=0").body).events;
        let last = events.last().unwrap();
        assert_eq!((last.step.as_str(), &last.data), ("answered", &Some(Binary(answer.clone()))));
        let ack = serde_json::json!({ "answerDigest": Binary(digest(suite, &answer)) });
        let said = world.post(&visit, page, "ack", &serde_json::to_vec(&ack).unwrap());
        assert_eq!(said.json()["state"], "completed");
        let said = world.post(&visit, platform, "receipt", b"receipt");
        assert_eq!(said.status, 200);

        let events = read(&world.events(&visit, phone, "after=0").body).events;
        let data = |step: &str| {
            let event = events.iter().find(|event| event.step == step).unwrap();
            event.data.clone().unwrap().0
        };
        assert_eq!(data("receipt"), b"receipt");
        let request = &bound.header.request_digest.0;
        let delivery = Delivery {
            hub: HOST,
            sid: visit.sid(),
            request_digest: request,
            answer_digest: &digest(suite, &answer),
            scene: Scene::Signature,
        };
        for (step, kind) in
            [("answered", HubReceiptKind::Stored), ("completed", HubReceiptKind::Delivered)]
        {
            HubReceipt::read(&data(step), kind, delivery, &keys).unwrap();
        }
    }
}

#[test]
fn the_trust_list_names_hub_and_platform_and_is_signed_by_the_pinned_key() {
    let world = World::new();
    let answer = world.client().call("GET", path::TRUST_LIST, &[], &[]);
    let signer = world.authority.member(yinxin_ca::Role::TrustList).certificate().clone();
    let list = TrustList::read(&answer.body, HOST, std::slice::from_ref(&signer), None).unwrap();
    assert_eq!(list.platform("P-1").unwrap().origins, [ORIGIN]);
    let hub = world.client().call("GET", path::HUB_CERTIFICATE, &[], &[]).body;
    assert_eq!(list.content().hub_keys, [Binary(hub)]);
    let next = world.authority.member(yinxin_ca::Role::TrustListNext).certificate().clone();
    assert_eq!(list.next_signers(&[signer]).last(), Some(&next));
    let tag = answer.header("etag").unwrap().to_owned();
    let again = world.client().call("GET", path::TRUST_LIST, &[("if-none-match", &tag)], &[]);
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[test]
fn long_poll_answers_when_something_happens_and_not_before() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let started = Instant::now();
    let none = world.events(&visit, &visit.opened.page_token, "after=1&wait=1");
    assert!(read(&none.body).events.is_empty() && started.elapsed() >= Duration::from_secs(1));
    let (address, token) = (world.server.address, bearer(&visit.opened.page_token));
    let path = path::events(visit.sid(), 1, 25);
    let waiting = std::thread::spawn(move || {
        Client::new(address).call("GET", &path, &[("authorization", &token)], &[])
    });
    std::thread::sleep(Duration::from_millis(300));
    let scanned = Instant::now();
    world.scan(&visit);
    let events = read(&waiting.join().unwrap().body).events;
    assert_eq!(events[0].step, "scanned");
    println!("long poll answered {:?} after the scan began", scanned.elapsed());
    assert!(scanned.elapsed() < Duration::from_secs(5));
}

/// The ids and steps of a stream until it ends or `count` came.
fn stream(world: &World, visit: &Visit, headers: &[(&str, &str)], count: usize) -> Vec<String> {
    let mut client = world.client();
    let token = bearer(&visit.opened.page_token);
    let mut text = format!(
        "GET {}/{}/events HTTP/1.1\r\nhost: hub\r\nauthorization: {token}\r\naccept: text/event-stream\r\n",
        path::SESSIONS,
        sid_text(visit.sid())
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    client.send(format!("{text}\r\n").as_bytes());
    let head = client.head();
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    let mut found = Vec::new();
    while found.len() < count
        && let Some(chunk) = client.chunk()
    {
        let mut id = "";
        for line in chunk.lines() {
            if let Some(text) = line.strip_prefix("id: ") {
                id = text;
            }
            if let Some(text) = line.strip_prefix("data: ") {
                let event: serde_json::Value = serde_json::from_str(text).unwrap();
                assert_eq!(event["n"].to_string(), id);
                found.push(format!("{id} {}", event["step"].as_str().unwrap()));
            }
        }
        // The id stands behind the data in some messages.
        if let Some(last) = found.last_mut()
            && last.starts_with(' ')
        {
            *last = format!("{id}{last}");
        }
    }
    found
}

#[test]
fn a_stream_is_picked_up_after_the_last_event_and_ends_with_the_session() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let bound = world.scan(&visit);
    assert_eq!(stream(&world, &visit, &[], 2), ["1 created", "2 scanned"]);
    world.post(&visit, &bound.phone_token, "hello", b"hello");
    world.post(&visit, &visit.opened.page_token, "cancel", b"");
    let rest = stream(&world, &visit, &[("last-event-id", "2")], 99);
    assert_eq!(rest, ["3 hello", "4 cancelled"]);
}

#[test]
fn the_pages_browser_is_told_to_the_phone_in_fixed_words() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let path = path::events(visit.sid(), 0, 0);
    let token = bearer(&visit.opened.page_token);
    let agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36 approve-me";
    world.client().call("GET", &path, &[("authorization", &token), ("user-agent", agent)], &[]);
    assert_eq!(world.scan(&visit).browser.unwrap().kind, "Chrome, Windows");
}

#[test]
fn pages_of_registered_origins_may_read_and_others_may_not() {
    let world = World::new();
    let call = |method: &str, origin: &str| {
        world.client().call(method, path::ERRORS, &[("origin", origin)], &[])
    };
    for method in ["OPTIONS", "GET"] {
        let own = call(method, ORIGIN);
        assert_eq!(own.header("access-control-allow-origin"), Some(ORIGIN), "{method}");
        let other = call(method, "https://evil.example");
        assert_eq!(other.header("access-control-allow-origin"), None, "{method}");
    }
    let own = call("OPTIONS", ORIGIN);
    assert_eq!(own.status, 204);
    assert!(own.header("access-control-allow-headers").unwrap().contains("authorization"));
}

#[test]
fn a_phone_in_a_browser_may_call_from_its_own_origin_and_say_its_account() {
    let world = World::new();
    let allowed = |origin: &str| {
        let answer = world.client().call("OPTIONS", path::SCAN, &[("origin", origin)], &[]);
        answer.header("access-control-allow-headers").map(|value| value.contains("yinxin-phone"))
    };
    assert_eq!(allowed(PHONE_ORIGIN), Some(true));
    assert_eq!(allowed(ORIGIN), Some(false), "a platform's page has no such account");
    assert_eq!(allowed("https://evil.example"), None);
    let own = world.client().call("GET", path::TRUST_LIST, &[("origin", PHONE_ORIGIN)], &[]);
    assert_eq!(own.header("access-control-allow-origin"), Some(PHONE_ORIGIN));
}

#[test]
fn an_ordinary_camera_lands_on_a_page_that_does_nothing() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    let frame = visit.frame().frame.unwrap();
    let text: String = frame.0.iter().map(|octet| format!("{octet:02X}")).collect();
    let page = world.client().call("GET", &format!("/Q/{text}"), &[], &[]);
    let words = String::from_utf8(page.body.clone()).unwrap();
    assert!(words.contains("印信") && words.contains("Yinxin app") && !words.contains("<script"));
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    let events = read(&world.events(&visit, &visit.opened.page_token, "after=0").body).events;
    assert_eq!(events.len(), 1, "nothing happened");
}

#[test]
fn a_platform_that_is_suspended_is_refused_within_seconds() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    // Files of one second may carry one time.
    std::thread::sleep(Duration::from_millis(1100));
    write_platforms(&world.folder.0, "suspended");
    let started = Instant::now();
    loop {
        let events = read(&world.events(&visit, &visit.opened.page_token, "after=1").body).events;
        if let Some(event) = events.first() {
            assert_eq!(event.code.as_deref(), Some("platform_suspended"));
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(200));
    }
    let open = serde_json::to_vec(&world.request(Scene::Login)).unwrap();
    assert_eq!(world.open_bytes(&open).code(), "platform_suspended");
}

#[test]
fn a_request_stays_used_over_a_restart_and_the_hubs_key_stays_the_same() {
    let mut world = World::new();
    let open = serde_json::to_vec(&world.request(Scene::Login)).unwrap();
    assert_eq!(world.open_bytes(&open).status, 201);
    assert_eq!(world.open_bytes(&open).status, 200, "the same within a minute");
    let key = world.client().call("GET", path::HUB_CERTIFICATE, &[], &[]).body;
    world.restart();
    assert_eq!(world.open_bytes(&open).code(), "request_replayed");
    assert_eq!(world.client().call("GET", path::HUB_CERTIFICATE, &[], &[]).body, key);
}

#[test]
fn the_hub_gives_evidence_of_a_cancelled_session() {
    let mut world = World::new();
    let visit = world.visit(Scene::Login);
    world.post(&visit, &visit.opened.page_token, "cancel", b"");
    let path = format!("{}/{}/evidence", path::SESSIONS, sid_text(visit.sid()));
    let token = bearer(&visit.opened.platform_token);
    let der = world.client().call("GET", &path, &[("authorization", &token)], &[]).body;
    let key = world.client().call("GET", path::HUB_CERTIFICATE, &[], &[]).body;
    let keys = [Certificate::from_der(&key).unwrap()];
    let evidence =
        yinxin_session::wire::Evidence::read(&der, yinxin_session::wire::Witness::Hub, &keys);
    assert_eq!(evidence.unwrap().code, yinxin_session::Code::SessionCancelled);
}

#[test]
fn renewed_platform_certificate_opens_beside_the_old_one_and_after_it() {
    let mut world = World::new();
    let (certificate, key) = world.renewed();
    let text = yinxin_pki::pem::encode("CERTIFICATE", certificate.as_der());
    std::fs::write(world.folder.0.join("renewed.pem"), text).unwrap();
    // Old and new: by which of them the platform is answered with what.
    let said = |world: &mut World| {
        let mut open = || serde_json::to_vec(&world.request(Scene::Login)).unwrap();
        let (by_old, by_new) = (open(), open());
        let old = world.open_bytes(&by_old);
        let headers = sign_call(&certificate, &key, &by_new, now(), &mut world.rng);
        let new = world.open_with(&by_new, &headers);
        [old, new].map(|answer| if answer.status == 201 { "opened".into() } else { answer.code() })
    };
    assert_eq!(said(&mut world), ["opened", "platform_unknown"]);
    for (certificates, expected) in [
        ("\"platform.pem\", \"renewed.pem\"", ["opened", "opened"]),
        ("\"renewed.pem\"", ["platform_unknown", "opened"]),
    ] {
        // Files of one second may carry one time.
        std::thread::sleep(Duration::from_millis(1100));
        write_platforms_of(&world.folder.0, "active", certificates);
        let started = Instant::now();
        while said(&mut world) != expected {
            assert!(started.elapsed() < Duration::from_secs(10), "{certificates}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}
