//! A phone scans: one phone, a fresh frame, a living code, and not too often.

use yinxin_session::hub::Input;
use yinxin_session::wire::Binary;
use yinxin_session::wire::http::SeenBrowser;
use yinxin_session::{Code, Scene, Suite};

use crate::hub_world::{HOST, World, steps, typed};

#[test]
fn frame_of_9_seconds_ago_is_stale_at_the_hub_and_of_7_is_not() {
    for suite in Suite::ALL {
        for run in 0..100 {
            let mut world = World::of(suite, run);
            let visit = world.visit(Scene::Login);
            world.now += 20 + run % 60;
            let phone = world.phone();
            for (ahead, expected) in [(3, Err(Code::QrStale)), (2, Ok(()))] {
                let mut world = World::of(suite, run);
                let visit = world.visit(Scene::Login);
                world.now += 20;
                let frame = visit.frame(world.now + ahead);
                assert_eq!(world.scan_of(&frame, &phone).map(drop), expected, "+{ahead}");
            }
            let now = world.now;
            let said = world.scan_of(&visit.frame(now - 9), &phone);
            assert_eq!(said.unwrap_err(), Code::QrStale, "9 s");
            let age = if run % 2 == 0 { 7 } else { 8 };
            world.scan_of(&visit.frame(now - age), &phone).unwrap();
        }
    }
}

#[test]
fn the_bound_phone_gets_request_time_and_deadlines() {
    for suite in Suite::ALL {
        let mut world = World::of(suite, 1);
        let visit = world.visit(Scene::Login);
        let browser = SeenBrowser { kind: "Chrome, Windows".into(), city: None };
        let (sid, page) = (visit.sid(), visit.opened.page_token.clone());
        world.hub.saw_browser(sid, &page, browser.clone(), world.now).unwrap();
        world.now += 5;
        let phone = world.phone();
        let bound = world.scan(&visit, &phone).unwrap();
        assert_eq!(bound.sid, visit.opened.sid);
        assert_eq!(bound.sealed, Binary(vec![7; 4096]));
        assert_eq!((bound.confirm_by, bound.ends_by), (world.now + 300, world.now - 5 + 1800));
        assert_eq!((bound.browser, bound.n), (Some(browser), 2));
        let keys = [world.hub.certificate().clone()];
        let time =
            yinxin_session::wire::HubTime::read(&bound.hub_time.0, HOST, &[3; 32], &keys).unwrap();
        assert_eq!((time.at, time.list_number), (world.now, 7));
        let phones = bound.phone_token;
        let said = world.hub.saw_browser(
            sid,
            &phones,
            SeenBrowser { kind: "x".into(), city: None },
            world.now,
        );
        assert_eq!(said.unwrap_err().code, Code::TokenWrong, "a phone is no browser");
    }
}

#[test]
fn second_phone_is_bound_elsewhere_then_not_me_ends_the_session() {
    let mut world = World::new(2);
    let visit = world.visit(Scene::Login);
    let (stranger, owner) = (world.phone(), world.phone());
    let bound = world.scan(&visit, &stranger).unwrap();
    assert_eq!(world.scan(&visit, &owner).unwrap_err(), Code::BoundElsewhere);
    world.step(visit.sid(), &visit.opened.page_token, Input::NotMe).unwrap();
    let said = world.step(visit.sid(), &bound.phone_token, Input::Hello(b"m".to_vec()));
    assert_eq!(said.unwrap_err(), Code::NotMe);
    assert_eq!(world.scan(&visit, &owner).unwrap_err(), Code::NotMe, "the old code is dead");
    let events = world.events(visit.sid(), &bound.phone_token, 2);
    assert_eq!(events[0].code.as_deref(), Some("not_me"));
    // The page opens a new one from the same form.
    let again = world.visit(Scene::Login);
    world.scan(&again, &owner).unwrap();
}

#[test]
fn a_phone_that_lost_the_answer_to_its_scan_scans_again() {
    let mut world = World::new(3);
    let visit = world.visit(Scene::Login);
    let phone = world.phone();
    let lost = world.scan(&visit, &phone).unwrap();
    let bound = world.scan(&visit, &phone).unwrap();
    let said = world.step(visit.sid(), &lost.phone_token, Input::Hello(b"m".to_vec()));
    assert_eq!(said.unwrap_err(), Code::TokenWrong, "the lost token is dead");
    world.step(visit.sid(), &bound.phone_token, Input::Hello(b"m".to_vec())).unwrap();
    let said = world.scan(&visit, &phone).unwrap_err();
    assert_eq!(said, Code::BoundElsewhere, "once it has spoken it has its token");
    let events = world.events(visit.sid(), &visit.opened.page_token, 0);
    assert_eq!(steps(&events), ["created", "scanned", "hello"], "the page was told once");
}

#[test]
fn two_faults_of_a_frame_give_the_first_ones_code() {
    let mut world = World::new(4);
    let visit = world.visit(Scene::Login);
    let old = visit.frame(world.now);
    let bent = |scan: &yinxin_session::wire::http::Scan, at: usize| {
        let mut scan = scan.clone();
        scan.frame.as_mut().unwrap().0[at] ^= 1;
        scan
    };
    let phone = world.phone();
    world.now += 30;
    // Unknown before tag, tag before age, age before bound; final before all but unknown.
    assert_eq!(world.scan_of(&bent(&old, 3), &phone).unwrap_err(), Code::SessionUnknown);
    assert_eq!(world.scan_of(&bent(&old, 25), &phone).unwrap_err(), Code::QrTag);
    assert_eq!(world.scan_of(&bent(&old, 19), &phone).unwrap_err(), Code::QrTag, "counter");
    assert_eq!(world.scan_of(&old, &phone).unwrap_err(), Code::QrStale);
    world.scan(&visit, &phone).unwrap();
    let other = world.phone();
    assert_eq!(world.scan_of(&old, &other).unwrap_err(), Code::QrStale);
    let frame = visit.frame(world.now);
    assert_eq!(world.scan_of(&bent(&frame, 25), &other).unwrap_err(), Code::QrTag);
    assert_eq!(world.scan_of(&frame, &other).unwrap_err(), Code::BoundElsewhere);
    world.step(visit.sid(), &visit.opened.page_token, Input::Cancel).unwrap();
    assert_eq!(world.scan_of(&bent(&frame, 25), &other).unwrap_err(), Code::SessionCancelled);
    // Version and length are looked at before anything is looked up.
    assert_eq!(world.scan_of(&bent(&frame, 0), &other).unwrap_err(), Code::VersionUnsupported);
    let mut short = frame;
    short.frame.as_mut().unwrap().0.pop();
    assert_eq!(world.scan_of(&short, &other).unwrap_err(), Code::QrMalformed);
    short.frame = None;
    assert_eq!(world.scan_of(&short, &other).unwrap_err(), Code::RequestMalformed, "neither");
}

#[test]
fn a_short_code_is_dead_at_the_scan() {
    let mut world = World::new(5);
    let visit = world.visit(Scene::Login);
    let phone = world.phone();
    let spoken = visit.opened.short_code.to_lowercase();
    let (one, two) = spoken.split_at(4);
    world.scan_of(&typed(&format!("{one}-{two}")), &phone).unwrap();
    let events = world.events(visit.sid(), &visit.opened.page_token, 1);
    assert_eq!(events[0].by.as_deref(), Some("shortCode"));
    let other = world.phone();
    let said = world.scan_of(&typed(&visit.opened.short_code), &other).unwrap_err();
    assert_eq!(said, Code::SessionUnknown);
    // The same after a scan by frame.
    let visit = world.visit(Scene::Login);
    world.scan(&visit, &phone).unwrap();
    let said = world.scan_of(&typed(&visit.opened.short_code), &other).unwrap_err();
    assert_eq!(said, Code::SessionUnknown);
}

#[test]
fn a_short_code_is_replaced_after_120_seconds_and_only_the_page_is_told() {
    let mut world = World::new(6);
    let visit = world.visit(Scene::Signature);
    let old = visit.opened.short_code.clone();
    world.tick(119);
    let phone = world.phone();
    let page = visit.opened.page_token.clone();
    assert_eq!(world.events(visit.sid(), &page, 0).len(), 1);
    world.tick(1);
    let said = world.scan_of(&typed(&old), &phone).unwrap_err();
    assert_eq!(said, Code::SessionUnknown);
    let event = world.events(visit.sid(), &page, 1).pop().unwrap();
    assert_eq!((event.step.as_str(), event.state.as_str()), ("shortCode", "created"));
    let new = event.short_code.unwrap();
    assert_ne!(new, old);
    let platforms = world.events(visit.sid(), &visit.opened.platform_token, 1);
    assert_eq!(platforms[0].short_code, None);
    world.scan_of(&typed(&new), &phone).unwrap();
    assert_eq!(world.events(visit.sid(), &page, 1)[0].short_code, None, "dead now");
}

#[test]
fn sixth_try_of_a_code_in_a_minute_is_rate_limited_though_it_is_right() {
    let mut world = World::new(7);
    let visit = world.visit(Scene::Login);
    let phone = world.phone();
    for guess in ["00000000", "11111111", "22222222", "33333333", "nonsense!"] {
        assert_eq!(world.scan_of(&typed(guess), &phone).unwrap_err(), Code::SessionUnknown);
    }
    let before = world.stored();
    let said = world.scan_of(&typed(&visit.opened.short_code), &phone).unwrap_err();
    assert_eq!(said, Code::RateLimited);
    assert_eq!(world.stored(), before);
    // Another phone on the same network is not held up, and this one may scan the code itself.
    world.scan(&visit, &phone).unwrap();
}

#[test]
fn sixty_first_try_of_a_network_in_a_minute_is_rate_limited() {
    let mut world = World::new(8);
    for _ in 0..60 {
        let phone = world.phone();
        let said = world.scan_of(&typed("00000000"), &phone).unwrap_err();
        assert_eq!(said, Code::SessionUnknown);
    }
    let phone = world.phone();
    assert_eq!(world.scan_of(&typed("00000000"), &phone).unwrap_err(), Code::RateLimited);
    world.tick(60);
    assert_eq!(world.scan_of(&typed("00000000"), &phone).unwrap_err(), Code::SessionUnknown);
}

#[test]
fn robot_bystander_is_rate_limited_and_the_owner_completes_within_three_tries() {
    let mut world = World::new(9);
    let (robot, owner) = (world.phone(), world.phone());
    let mut tries = 0;
    let bound = loop {
        tries += 1;
        let visit = world.visit(Scene::Login);
        // The robot is there after 200 ms; after two of them the page hides the code until
        // somebody presses it.
        let robots = if tries <= 2 { world.scan(&visit, &robot) } else { Err(Code::QrStale) };
        world.now += 1;
        match world.scan(&visit, &owner) {
            Ok(bound) => break bound,
            Err(code) => {
                assert_eq!(code, Code::BoundElsewhere);
                assert!(robots.is_ok());
                world.step(visit.sid(), &visit.opened.page_token, Input::NotMe).unwrap();
            }
        }
    };
    assert_eq!(tries, 3);
    let sid = yinxin_session::channel::Sid(bound.sid.0.as_slice().try_into().unwrap());
    world.step(sid, &bound.phone_token, Input::Hello(b"m".to_vec())).unwrap();
    // Pages without press-and-hold: after a third refusal the robot's phone waits.
    let visit = world.visit(Scene::Login);
    world.scan(&visit, &robot).unwrap();
    world.step(visit.sid(), &visit.opened.page_token, Input::NotMe).unwrap();
    let visit = world.visit(Scene::Login);
    assert_eq!(world.scan(&visit, &robot).unwrap_err(), Code::RateLimited);
    world.scan(&visit, &owner).unwrap();
    world.tick(600);
    let visit = world.visit(Scene::Login);
    world.scan(&visit, &robot).unwrap();
}

#[test]
fn the_display_key_is_handed_over_only_after_a_typed_code() {
    let mut world = World::new(10);
    for by_code in [true, false] {
        let visit = world.visit(Scene::Login);
        let phone = world.phone();
        let scan = if by_code { visit.typed() } else { visit.frame(world.now) };
        let bound = world.scan_of(&scan, &phone).unwrap();
        let (sid, page) = (visit.sid(), visit.opened.page_token.clone());
        let key = || Input::Key(b"sealed display key".to_vec());
        assert_eq!(world.step(sid, &page, key()).unwrap_err(), Code::StepOutOfOrder, "no hello");
        world.step(sid, &bound.phone_token, Input::Hello(b"m".to_vec())).unwrap();
        let said = world.step(sid, &page, key()).map(drop);
        assert_eq!(said.is_ok(), by_code);
        if by_code {
            let event = world.events(sid, &bound.phone_token, 3).pop().unwrap();
            assert_eq!(event.data, Some(Binary(b"sealed display key".to_vec())));
            let other = Input::Key(b"another".to_vec());
            assert_eq!(world.step(sid, &page, other).unwrap_err(), Code::AlreadyAnswered);
            world.step(sid, &page, key()).unwrap();
        }
    }
}
