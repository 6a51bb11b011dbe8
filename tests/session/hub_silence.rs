//! Silence ends every session, whatever came before; and nothing is kept longer than it must be.

use yinxin_session::hub::Input;
use yinxin_session::{Code, Scene, Suite};

use crate::hub_world::{World, prepared, steps};

/// States with the seconds for which each waits for the next step.
const WAITS: [(Scene, &str, u64); 8] = [
    (Scene::Login, "created", 120),
    (Scene::Decrypt, "created", 300),
    (Scene::Login, "scanned", 300),
    (Scene::Decrypt, "confirmed", 120),
    (Scene::Signature, "offered", 600),
    (Scene::RevokeSignature, "prepared", 120),
    (Scene::Decrypt, "answered", 120 + 3600),
    (Scene::Signature, "answered", 120 + 3600),
];

#[test]
fn silence_at_every_step_ends_in_session_expired() {
    for suite in Suite::ALL {
        for (scene, state, wait) in WAITS {
            let mut world = World::of(suite, wait);
            let (visit, bound) = world.stand(scene, state);
            world.tick(wait);
            assert_eq!(world.state(&visit), state, "its last second is its own");
            world.tick(1);
            assert_eq!(world.state(&visit), "expired", "{scene:?} {state}");
            let event = world.events(visit.sid(), &visit.opened.page_token, 0).pop().unwrap();
            assert_eq!(event.code.as_deref(), Some("session_expired"));
            let unknown = (state == "answered").then_some("unknown");
            assert_eq!(event.delivered.as_deref(), unknown);
            // Whoever comes now hears it.
            let page = visit.opened.page_token.clone();
            let said = world.step(visit.sid(), &page, Input::Cancel).unwrap_err();
            assert_eq!(said, Code::SessionExpired);
            if let Some(bound) = bound {
                for input in [
                    Input::Hello(b"late".to_vec()),
                    Input::Confirm,
                    Input::Answer(b"late".to_vec()),
                    Input::Reject(vec![]),
                ] {
                    let said = world.step(visit.sid(), &bound.phone_token, input).unwrap_err();
                    assert_eq!(said, Code::SessionExpired, "{scene:?} {state}");
                }
            }
            let phone = world.phone();
            assert_eq!(world.scan(&visit, &phone).unwrap_err(), Code::SessionExpired);
        }
    }
}

#[test]
fn a_step_that_is_late_expires_the_session_though_nobody_woke_the_hub() {
    for (scene, state, wait) in WAITS {
        let mut world = World::new(2);
        let (visit, _) = world.stand(scene, state);
        world.now += wait + 1;
        let page = visit.opened.page_token.clone();
        let said = world.step(visit.sid(), &page, Input::Cancel).unwrap_err();
        assert_eq!(said, Code::SessionExpired, "{scene:?} {state}");
        let (visit, _) = world.stand(scene, state);
        world.now += wait + 1;
        assert_eq!(world.state(&visit), "expired", "who looks sees it");
    }
}

#[test]
fn nothing_is_answered_1800_seconds_after_the_issue() {
    let mut world = World::new(3);
    let visit = world.visit(Scene::Signature);
    let (sid, page) = (visit.sid(), visit.opened.page_token.clone());
    world.tick(300);
    let phone = world.phone();
    let bound = world.scan(&visit, &phone).unwrap();
    assert_eq!((bound.confirm_by, bound.ends_by), (world.now + 300, world.now + 1500));
    let phone = bound.phone_token;
    world.step(sid, &phone, Input::Hello(b"m".to_vec())).unwrap();
    world.tick(300);
    let offered = world.step(sid, &phone, Input::Offer(b"offer".to_vec())).unwrap();
    assert_eq!(offered.deadline, Some(world.now + 600));
    world.tick(600);
    let prepared = world.step(sid, &page, prepared(0, 1, b"p")).unwrap();
    assert_eq!(prepared.deadline, Some(world.now + 120), "1 320 seconds after the issue");

    // A slower one, whose request was old when it was opened: the cap comes first.
    let mut world = World::new(4);
    let mut open = world.request(Scene::Signature);
    open.header.issued_at -= 280;
    open.header.expires_at -= 280;
    let opened = world.open(&open).unwrap();
    let sid = yinxin_session::channel::Sid(opened.sid.0.as_slice().try_into().unwrap());
    let phone = world.phone();
    let bound = world.scan_of(&crate::hub_world::typed(&opened.short_code), &phone).unwrap();
    let phone = bound.phone_token;
    world.step(sid, &phone, Input::Hello(b"m".to_vec())).unwrap();
    world.tick(300);
    world.step(sid, &phone, Input::Offer(b"offer".to_vec())).unwrap();
    assert_eq!(bound.ends_by, open.header.issued_at + 1800);
}

#[test]
fn timers_do_nothing_before_they_are_due_and_final_sessions_have_none() {
    let mut world = World::new(5);
    let (visit, _) = world.stand(Scene::Decrypt, "confirmed");
    world.tick(61);
    let due = world.hub.poll_timeout().unwrap().unwrap();
    assert_eq!(due, world.now - 61 + 121);
    let before = world.stored();
    world.tick(due - world.now - 1);
    assert_eq!(world.stored(), before);
    world.tick(1);
    assert_eq!(world.state(&visit), "expired");
    // What is left to do is to forget it, after its request can be opened by nobody any more.
    let last = world.hub.poll_timeout().unwrap().unwrap();
    assert_eq!(last, visit.opened.created_at + 2100 + 1);
    world.tick(last - world.now);
    assert!(world.stored().is_empty());
    assert_eq!(world.hub.poll_timeout().unwrap(), None);
}

#[test]
fn request_and_answer_are_dropped_when_it_is_acknowledged_or_expires() {
    for (end, wait) in [("completed", 0), ("expired", 120 + 3600 + 1)] {
        let mut world = World::new(6);
        let (visit, bound) = world.stand(Scene::Signature, "answered");
        let sid = visit.sid();
        let octets = |world: &World| {
            let text = format!("{:?}", world.stored());
            let list = |needle: &[u8]| {
                let list: Vec<_> = needle.iter().map(ToString::to_string).collect();
                text.contains(&format!("[{}]", list.join(", ")))
            };
            [list(&[7; 4096]), list(b"answer"), list(b"prepared")]
        };
        assert_eq!(octets(&world), [true; 3], "the positive control");
        if end == "completed" {
            let ack = Input::Ack(world.digest(b"answer"));
            world.step(sid, &visit.opened.page_token, ack).unwrap();
        } else {
            world.tick(wait);
        }
        assert_eq!(world.state(&visit), end);
        assert_eq!(octets(&world), [false; 3]);
        // The phone still gets its receipt a day later.
        world.tick(86_000);
        let phone = bound.unwrap().phone_token;
        let events = world.events(sid, &phone, 0);
        let answered = events.iter().find(|event| event.step == "answered").unwrap();
        assert!(answered.data.is_some());
        assert_eq!(steps(&events).len(), 7);
        world.tick(500);
        assert!(world.stored().is_empty());
    }
}
