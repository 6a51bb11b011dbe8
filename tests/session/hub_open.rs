//! A platform opens a session: once for each request, in time, as itself.

use yinxin_session::hub::Opener;
use yinxin_session::trust_list::PlatformState;
use yinxin_session::wire::Binary;
use yinxin_session::wire::http::Open;
use yinxin_session::{Code, Scene, Suite};

use crate::hub_world::{World, prepared};
use yinxin_session::hub::Input;

#[test]
fn open_repeated_within_a_minute_by_the_same_credential_is_the_same_session() {
    let mut world = World::new(17);
    let open = world.request(Scene::Login);
    let first = world.open(&open).unwrap();
    world.now += 59;
    let again = world.open(&open).unwrap();
    assert_eq!(first.sid, again.sid);
    assert_eq!(first.page_token.to_text(), again.page_token.to_text());
    assert_eq!(first.platform_token.to_text(), again.platform_token.to_text());
    assert_eq!(first.qr_secret.to_text(), again.qr_secret.to_text());
    assert_eq!(first.short_code, again.short_code);
    assert_eq!(world.stored().len(), 1);
    world.now += 2;
    assert_eq!(world.open(&open).unwrap_err(), Code::RequestReplayed, "61 s");
}

#[test]
fn open_repeated_by_another_credential_is_a_replay() {
    let mut world = World::new(18);
    let open = world.request(Scene::Login);
    world.open(&open).unwrap();
    let other = "ff".repeat(20);
    let opener = Opener { platform: &world.platform, credential: &other };
    let said = world.hub.open(opener, &open, world.now, &mut world.rng).unwrap_err();
    assert_eq!(said.code, Code::RequestReplayed);
}

#[test]
fn hub_restarted_and_the_request_opened_again_is_a_replay() {
    let mut world = World::new(19);
    let open = world.request(Scene::Login);
    world.open(&open).unwrap();
    world.tick(61);
    world.hub = world.another_node();
    assert_eq!(world.open(&open).unwrap_err(), Code::RequestReplayed);
    // To the last second for which a clock may differ, long after the session ended.
    world.tick(60);
    world.tick(2100 - 121);
    assert_eq!(world.open(&open).unwrap_err(), Code::RequestReplayed);
    // A second later it is forgotten, and too old to be opened.
    world.tick(1);
    assert!(world.stored().is_empty());
    assert_eq!(world.open(&open).unwrap_err(), Code::RequestTime);
}

#[test]
fn a_request_remembered_from_before_a_restart_is_a_replay() {
    let mut world = World::new(20);
    let open = world.request(Scene::Login);
    let digest = open.header.request_digest.0.as_slice().try_into().unwrap();
    world.store.0.lock().unwrap().remember(digest, world.now + 2100);
    assert_eq!(world.open(&open).unwrap_err(), Code::RequestReplayed);
    world.store.0.lock().unwrap().tidy(world.now + 2101);
    world.open(&open).unwrap();
}

#[test]
fn a_reply_key_of_an_earlier_request_is_a_replay() {
    let mut world = World::new(59);
    let first = world.request(Scene::Login);
    world.open(&first).unwrap();
    let mut second = world.request(Scene::Login);
    second.header.reply_key = first.header.reply_key.clone();
    assert_eq!(world.open(&second).unwrap_err(), Code::RequestReplayed);
    assert_eq!(world.stored().len(), 1);
    // Long after the session is forgotten nobody holds the key's other half any more.
    world.tick(121);
    world.tick(2100);
    let mut third = world.request(Scene::Login);
    third.header.reply_key = first.header.reply_key;
    world.open(&third).unwrap();
}

/// What is done to an honest opening.
type Change<'a> = &'a dyn Fn(&mut Open);

#[test]
fn each_fault_of_an_opening_has_its_code_and_leaves_nothing() {
    for suite in Suite::ALL {
        let mut world = World::of(suite, 21);
        let other = World::of(if suite == Suite::Sm { Suite::Nist } else { Suite::Sm }, 1)
            .request(Scene::Login)
            .header
            .reply_key;
        let cases: [(Change<'_>, Code); 14] = [
            (&|o| o.header.hub = "other.cn".into(), Code::HubMismatch),
            (&|o| o.header.platform = "P-2".into(), Code::PlatformUnknown),
            (&|o| o.sealed = Binary(vec![0; 4095]), Code::RequestMalformed),
            (&|o| o.sealed = Binary(vec![0; 8192]), Code::RequestMalformed),
            (&|o| o.sealed = Binary(vec![]), Code::RequestMalformed),
            (&|o| o.sealed = Binary(vec![0; (256 << 10) + 1]), Code::RequestTooLarge),
            (&|o| o.header.request_digest = Binary(vec![1; 31]), Code::RequestMalformed),
            (&|o| o.header.reply_key = Binary(vec![1; 91]), Code::RequestMalformed),
            (&|o| o.header.reply_key = other.clone(), Code::RequestMalformed),
            // The hub's clock is 400 s behind the platform's.
            (&|o| (o.header.issued_at, o.header.expires_at) = at(o, 400), Code::RequestTime),
            (&|o| o.header.expires_at += 1, Code::RequestTime),
            (&|o| o.header.expires_at = o.header.issued_at, Code::RequestTime),
            (&|o| o.header.expires_at = o.header.issued_at - 1, Code::RequestTime),
            (&|o| o.header.expires_at = u64::MAX, Code::RequestTime),
        ];
        for (index, (change, expected)) in cases.into_iter().enumerate() {
            let mut open = world.request(Scene::Login);
            change(&mut open);
            assert_eq!(world.open(&open).unwrap_err(), expected, "{suite:?} {index}");
        }
        assert!(world.stored().is_empty(), "nothing is remembered of them");
        for size in [4 << 10, 16 << 10, 64 << 10, 256 << 10] {
            let mut open = world.request(Scene::Decrypt);
            open.sealed = Binary(vec![1; size]);
            world.open(&open).unwrap();
        }
    }
}

fn at(open: &Open, ahead: u64) -> (u64, u64) {
    (open.header.issued_at + ahead, open.header.expires_at + ahead)
}

#[test]
fn a_platforms_clock_may_be_a_minute_ahead_and_its_request_a_scans_life_old() {
    let mut world = World::new(22);
    for (ahead, expected) in [(60, true), (61, false)] {
        let mut open = world.request(Scene::Login);
        (open.header.issued_at, open.header.expires_at) = at(&open, ahead);
        assert_eq!(world.open(&open).is_ok(), expected, "{ahead}");
    }
    for (age, expected) in [(120, true), (121, false)] {
        let open = world.request(Scene::Login);
        world.now += age;
        assert_eq!(world.open(&open).is_ok(), expected, "{age}");
    }
}

#[test]
fn a_suspended_platform_opens_nothing_and_its_open_sessions_fail() {
    let mut world = World::new(23);
    let (one, _) = world.stand(Scene::Login, "created");
    let (two, _) = world.stand(Scene::Decrypt, "answered");
    let (three, _) = world.stand(Scene::Decrypt, "completed");
    world.platform.state = PlatformState::Suspended;
    world.hub.suspend("P-2", world.now).unwrap();
    assert_eq!(world.state(&one), "created", "another platform's");
    world.hub.suspend("P-1", world.now).unwrap();
    assert_eq!(world.state(&one), "failed");
    assert_eq!(world.state(&two), "failed");
    assert_eq!(world.state(&three), "completed");
    let event = world.events(one.sid(), &one.opened.page_token, 0).pop().unwrap();
    assert_eq!(event.code.as_deref(), Some("platform_suspended"));
    let open = world.request(Scene::Login);
    assert_eq!(world.open(&open).unwrap_err(), Code::PlatformSuspended);
}

#[test]
fn a_platform_opens_only_the_scenes_it_has() {
    let mut world = World::new(24);
    world.platform.scenes = vec![Scene::Login];
    let open = world.request(Scene::Decrypt);
    assert_eq!(world.open(&open).unwrap_err(), Code::SceneNotAllowed);
    let open = world.request(Scene::Login);
    world.open(&open).unwrap();
}

#[test]
fn tokens_in_clear_are_wiped_after_a_minute() {
    let mut world = World::new(25);
    let visit = world.visit(Scene::Signature);
    let page = visit.opened.page_token.to_text();
    let text = |world: &World| format!("{:?}", world.stored());
    // The positive control: rows are octets, so that what is in them shows.
    let octets = |needle: &str| {
        let list: Vec<_> = needle.bytes().map(|b| b.to_string()).collect();
        list.join(", ")
    };
    assert!(text(&world).contains(&octets(&page)));
    world.tick(61);
    assert!(!text(&world).contains(&octets(&page)));
    assert!(!text(&world).contains(&octets(&visit.opened.platform_token.to_text())));
    let event = world.events(visit.sid(), &visit.opened.page_token, 0);
    assert_eq!(event.len(), 1, "the token itself still holds");
    assert!(!format!("{:?}", visit.opened).contains(&page));
}

#[test]
fn a_session_takes_at_most_4_kib_at_the_hub_without_its_messages() {
    let mut largest = 0;
    for suite in Suite::ALL {
        let mut world = World::of(suite, 26);
        let mut open = world.request(Scene::Signature);
        world.platform.code = "P".repeat(64);
        open.header.platform = "P".repeat(64);
        let opened = world.open(&open).unwrap();
        let visit_sid = opened.sid.0.as_slice().try_into().unwrap();
        let sid = yinxin_session::channel::Sid(visit_sid);
        world.tick(120);
        world.tick(120);
        let size = |world: &World| world.stored().row_len(sid).unwrap();
        largest = largest.max(size(&world));
        let events = world.events(sid, &opened.page_token, 0);
        let code = events.last().unwrap().short_code.clone().unwrap();
        let phone = world.phone();
        let scan = crate::hub_world::typed(&code);
        let bound = world.scan_of(&scan, &phone).unwrap();
        let mut step = |token, input| {
            world.step(sid, token, input).unwrap();
            largest = largest.max(size(&world));
        };
        step(&bound.phone_token, Input::Hello(vec![1; 400]));
        step(&opened.page_token, Input::Key(vec![1; 44]));
        step(&bound.phone_token, Input::Offer(vec![1; 4000]));
        for index in 0..50 {
            step(&opened.page_token, prepared(index, 50, &[1; 6000]));
        }
        step(&bound.phone_token, Input::Answer(vec![1; 100_000]));
        let digest = world.digest(&[1; 100_000]);
        let mut step = |token, input| {
            world.step(sid, token, input).unwrap();
            largest = largest.max(size(&world));
        };
        step(&opened.page_token, Input::Ack(digest));
        step(&opened.platform_token, Input::Receipt(vec![1; 1000]));
    }
    println!("largest row: {largest} bytes");
    assert!(largest <= 4096, "{largest}");
}
