//! Steps after the scan: by whom, in which order, once; and what each role is told.

use yinxin_session::channel::Sid;
use yinxin_session::hub::{Input, Output};
use yinxin_session::wire::{
    Binary, Delivery, Evidence, HubReceipt, HubReceiptKind, Token, Witness,
};
use yinxin_session::{Code, Scene, Suite};

use crate::hub_world::{HOST, World, prepared, steps};

fn every_input() -> Vec<Input> {
    let octets = || b"octets".to_vec();
    vec![
        Input::Ack(octets()),
        Input::Answer(octets()),
        Input::Cancel,
        Input::Confirm,
        Input::Fail(Code::Internal),
        Input::Hello(octets()),
        Input::Key(octets()),
        Input::NotMe,
        Input::Offer(octets()),
        prepared(0, 1, b"octets"),
        Input::Receipt(octets()),
        Input::Reject(octets()),
    ]
}

#[test]
fn sid_without_token_is_refused_at_every_step_and_changes_nothing() {
    let mut world = World::new(1);
    for state in ["created", "offered", "answered", "completed"] {
        let (visit, _) = world.stand(Scene::Signature, state);
        let before = world.stored();
        let guess = world.phone();
        for input in every_input() {
            let said = world.step(visit.sid(), &guess, input.clone());
            assert_eq!(said.unwrap_err(), Code::TokenWrong, "{input:?}");
        }
        let said = world.hub.events(visit.sid(), &guess, 0, world.now).unwrap_err();
        assert_eq!(said.code, Code::TokenWrong);
        let said = world.hub.evidence(visit.sid(), &guess, world.now, &mut world.rng.clone());
        assert_eq!(said.unwrap_err().code, Code::TokenWrong);
        assert_eq!(world.stored(), before);
    }
    let token = world.phone();
    let said = world.step(Sid([0; 16]), &token, Input::Cancel).unwrap_err();
    assert_eq!(said, Code::SessionUnknown);
}

#[test]
fn a_token_of_another_session_is_no_token_of_this_one() {
    let mut world = World::new(2);
    let (one, other) = (world.visit(Scene::Login), world.visit(Scene::Login));
    let said = world.step(one.sid(), &other.opened.page_token, Input::Cancel).unwrap_err();
    assert_eq!(said, Code::TokenWrong);
}

#[test]
fn not_me_with_the_sid_alone_or_by_the_phone_is_refused() {
    let mut world = World::new(40);
    let (visit, bound) = world.stand(Scene::Login, "scanned");
    let sid = visit.sid();
    let guess = world.phone();
    assert_eq!(world.step(sid, &guess, Input::NotMe).unwrap_err(), Code::TokenWrong);
    let phone = bound.unwrap().phone_token;
    assert_eq!(world.step(sid, &phone, Input::NotMe).unwrap_err(), Code::TokenWrong);
    let platform = visit.opened.platform_token.clone();
    assert_eq!(world.step(sid, &platform, Input::NotMe).unwrap_err(), Code::TokenWrong);
    world.step(sid, &visit.opened.page_token, Input::NotMe).unwrap();
}

#[test]
fn each_role_takes_its_own_steps_only() {
    let mut world = World::new(3);
    // Page, phone, platform.
    let allowed = |input: &Input| match input {
        Input::Ack(_) | Input::Cancel => [true, false, true],
        Input::Fail(_) => [true; 3],
        Input::Key(_) | Input::NotMe | Input::Prepared { .. } => [true, false, false],
        Input::Receipt(_) => [false, false, true],
        _ => [false, true, false],
    };
    for input in every_input() {
        let (visit, bound) = world.stand(Scene::Signature, "offered");
        let tokens = [
            visit.opened.page_token.clone(),
            bound.unwrap().phone_token,
            visit.opened.platform_token.clone(),
        ];
        for (token, allowed) in tokens.iter().zip(allowed(&input)) {
            let before = world.stored();
            let said = world.step(visit.sid(), token, input.clone());
            assert_eq!(said == Err(Code::TokenWrong), !allowed, "{input:?}");
            if said.is_err() {
                assert_eq!(world.stored(), before, "{input:?}");
            }
        }
    }
}

#[test]
fn a_whole_sealing_goes_through_and_each_role_sees_its_part() {
    for suite in Suite::ALL {
        let mut world = World::of(suite, 4);
        let (visit, bound) = world.stand(Scene::Signature, "completed");
        let (sid, phone) = (visit.sid(), bound.unwrap().phone_token);
        let platform = visit.opened.platform_token.clone();
        world.step(sid, &platform, Input::Receipt(b"receipt".to_vec())).unwrap();
        let all = [
            "created",
            "scanned",
            "hello",
            "offered",
            "prepared",
            "answered",
            "completed",
            "receipt",
        ];
        for token in [&phone, &platform, &visit.opened.page_token] {
            let events = world.events(sid, token, 0);
            assert_eq!(steps(&events), all);
            assert!(events.iter().zip(1..).all(|(event, n)| event.n == n));
            assert_eq!(steps(&world.events(sid, token, 5)), all[5..]);
            assert!(world.events(sid, token, 8).is_empty());
            assert!(world.events(sid, token, u64::MAX).is_empty());
        }
        // Of what was asked and answered nothing is left; proofs are, for the phone.
        let data = |world: &mut World, token: &Token| {
            let events = world.events(sid, token, 0).into_iter();
            events.filter_map(|e| e.data.map(|d| (e.step, d))).collect::<Vec<_>>()
        };
        assert!(data(&mut world, &visit.opened.page_token).is_empty());
        assert!(data(&mut world, &platform).is_empty());
        let proofs = data(&mut world, &phone);
        let names: Vec<_> = proofs.iter().map(|(step, _)| step.as_str()).collect();
        assert_eq!(names, ["answered", "completed", "receipt"]);
        let answer_digest = world.digest(b"answer");
        let keys = [world.hub.certificate().clone()];
        let kinds = [HubReceiptKind::Stored, HubReceiptKind::Delivered];
        for ((_, der), kind) in proofs.iter().zip(kinds) {
            let digest = visit.request_digest();
            let delivery = Delivery {
                hub: HOST,
                sid,
                request_digest: &digest,
                answer_digest: &answer_digest,
                scene: Scene::Signature,
            };
            HubReceipt::read(&der.0, kind, delivery, &keys).unwrap();
        }
    }
}

#[test]
fn only_the_page_gets_what_the_phone_sealed_and_only_while_it_is_due() {
    let mut world = World::new(5);
    let (visit, bound) = world.stand(Scene::Signature, "answered");
    let sid = visit.sid();
    let data: Vec<_> = world
        .events(sid, &visit.opened.page_token, 0)
        .into_iter()
        .filter_map(|event| event.data.map(|data| (event.step, data.0)))
        .collect();
    let expected = [("hello", "hello"), ("offered", "offer"), ("answered", "answer")];
    let expected = expected.map(|(step, data)| (String::from(step), data.as_bytes().to_vec()));
    assert_eq!(data, expected);
    let phones = world.events(sid, &bound.unwrap().phone_token, 0);
    let prepared = phones.iter().find(|event| event.step == "prepared").unwrap();
    assert_eq!(prepared.data, Some(Binary(b"prepared".to_vec())));
    assert_eq!((prepared.index, prepared.count), (Some(0), Some(1)));
    assert!(phones.iter().all(|event| event.data != Some(Binary(b"answer".to_vec()))));
    let platforms = world.events(sid, &visit.opened.platform_token, 0);
    assert!(platforms.iter().all(|event| event.data.is_none()));
}

#[test]
fn second_answer_is_already_answered_and_the_same_octets_are_taken() {
    for state in ["answered", "completed"] {
        let mut world = World::new(6);
        let (visit, bound) = world.stand(Scene::Decrypt, state);
        let (sid, phone) = (visit.sid(), bound.unwrap().phone_token);
        let before = world.stored();
        let again = world.step(sid, &phone, Input::Answer(b"answer".to_vec())).unwrap();
        assert_eq!(again.state, state);
        assert!(again.receipt.is_some(), "the receipt that got lost");
        let said = world.step(sid, &phone, Input::Answer(b"other".to_vec())).unwrap_err();
        assert_eq!(said, Code::AlreadyAnswered);
        assert_eq!(world.stored(), before);
    }
}

#[test]
fn every_message_sent_again_is_taken_once_and_another_is_refused() {
    let mut world = World::new(7);
    let (visit, bound) = world.stand(Scene::Signature, "prepared");
    let (sid, phone) = (visit.sid(), bound.unwrap().phone_token);
    let page = visit.opened.page_token.clone();
    let before = world.stored();
    for (token, same, other) in [
        (&phone, Input::Hello(b"hello".to_vec()), Input::Hello(b"other".to_vec())),
        (&phone, Input::Offer(b"offer".to_vec()), Input::Offer(b"other".to_vec())),
        (&page, prepared(0, 1, b"prepared"), prepared(0, 1, b"other")),
    ] {
        assert_eq!(world.step(sid, token, same).unwrap().n, 5);
        assert_eq!(world.step(sid, token, other).unwrap_err(), Code::AlreadyAnswered);
    }
    assert_eq!(world.stored(), before);
    let (visit, bound) = world.stand(Scene::Login, "confirmed");
    let phone = bound.unwrap().phone_token;
    assert_eq!(world.step(visit.sid(), &phone, Input::Confirm).unwrap().n, 4);
}

#[test]
fn prepared_messages_come_each_once_and_their_count_stays() {
    let mut world = World::new(21);
    let (visit, _) = world.stand(Scene::Signature, "offered");
    let (sid, page) = (visit.sid(), visit.opened.page_token.clone());
    for (index, count) in [(0, 0), (3, 3), (0, 51), (50, 50), (u32::MAX, u32::MAX)] {
        let said = world.step(sid, &page, prepared(index, count, b"x")).unwrap_err();
        assert_eq!(said, Code::OfferMismatch, "{index} of {count}");
    }
    assert_eq!(world.step(sid, &page, prepared(2, 3, b"two")).unwrap().state, "offered");
    let said = world.step(sid, &page, prepared(2, 3, b"other")).unwrap_err();
    assert_eq!(said, Code::AlreadyAnswered, "index repeated");
    let said = world.step(sid, &page, prepared(3, 3, b"x")).unwrap_err();
    assert_eq!(said, Code::OfferMismatch, "index = count");
    let said = world.step(sid, &page, prepared(1, 2, b"x")).unwrap_err();
    assert_eq!(said, Code::OfferMismatch, "count changed");
    world.step(sid, &page, prepared(0, 3, b"zero")).unwrap();
    world.tick(7);
    let last = world.step(sid, &page, prepared(1, 3, b"one")).unwrap();
    assert_eq!((last.state.as_str(), last.deadline), ("prepared", Some(world.now + 120)));
}

#[test]
fn receipt_accepted_then_refused_leaves_the_first() {
    let mut world = World::new(38);
    let (visit, bound) = world.stand(Scene::Decrypt, "completed");
    let (sid, platform) = (visit.sid(), visit.opened.platform_token.clone());
    world.step(sid, &platform, Input::Receipt(b"accepted".to_vec())).unwrap();
    let before = world.stored();
    let said = world.step(sid, &platform, Input::Receipt(b"refused".to_vec())).unwrap_err();
    assert_eq!(said, Code::SessionFinal);
    world.step(sid, &platform, Input::Receipt(b"accepted".to_vec())).unwrap();
    assert_eq!(world.stored(), before);
    let event = world.events(sid, &bound.unwrap().phone_token, 0).pop().unwrap();
    assert_eq!(event.data, Some(Binary(b"accepted".to_vec())));
    let (visit, _) = world.stand(Scene::Decrypt, "answered");
    let platform = visit.opened.platform_token.clone();
    let said = world.step(visit.sid(), &platform, Input::Receipt(b"early".to_vec()));
    assert_eq!(said.unwrap_err(), Code::StepOutOfOrder, "nothing was acknowledged yet");
}

#[test]
fn no_session_is_completed_without_an_answer() {
    let mut world = World::new(48);
    for state in ["created", "scanned", "confirmed"] {
        let (visit, _) = world.stand(Scene::Decrypt, state);
        for token in [&visit.opened.page_token, &visit.opened.platform_token] {
            for digest in [vec![], vec![0; 32], world.digest(b"")] {
                let said = world.step(visit.sid(), token, Input::Ack(digest)).unwrap_err();
                assert_eq!(said, Code::StepOutOfOrder);
            }
        }
        assert_eq!(world.state(&visit), state);
    }
}

#[test]
fn ack_names_the_answer_that_came() {
    let mut world = World::new(8);
    let (visit, _) = world.stand(Scene::Decrypt, "answered");
    let (sid, page) = (visit.sid(), visit.opened.page_token.clone());
    for wrong in [vec![], vec![0; 32], world.digest(b"other")] {
        let said = world.step(sid, &page, Input::Ack(wrong)).unwrap_err();
        assert_eq!(said, Code::AnswerBinding);
    }
    let ack = Input::Ack(world.digest(b"answer"));
    world.step(sid, &visit.opened.platform_token, ack).unwrap();
    assert_eq!(world.state(&visit), "completed");
}

#[test]
fn ack_lost_and_the_answer_fetched_again_is_one_completion() {
    let mut world = World::new(53);
    let (visit, _) = world.stand(Scene::Decrypt, "answered");
    let (sid, page) = (visit.sid(), visit.opened.page_token.clone());
    let first = world.events(sid, &page, 0);
    // The page reloads before its acknowledgement arrived.
    assert_eq!(world.events(sid, &page, 0), first);
    let ack = || Input::Ack(world_digest());
    let one = world.step(sid, &page, ack()).unwrap();
    let stored = world.stored();
    // The answer to the acknowledgement got lost.
    let two = world.step(sid, &page, ack()).unwrap();
    assert_eq!((&one, one.state.as_str()), (&two, "completed"));
    assert_eq!(world.stored(), stored);
}

fn world_digest() -> Vec<u8> {
    Suite::Sm.digest().digest(b"answer").as_ref().to_vec()
}

#[test]
fn cancel_comes_before_the_answer_or_not_at_all() {
    for scene in [Scene::Decrypt, Scene::Signature] {
        for state in ["created", "scanned", "confirmed", "offered", "prepared", "answered"] {
            if scene.has_offer() == (state == "confirmed")
                && ["confirmed", "offered", "prepared"].contains(&state)
            {
                continue;
            }
            let mut world = World::new(9);
            let (visit, _) = world.stand(scene, state);
            let said = world.step(visit.sid(), &visit.opened.page_token, Input::Cancel);
            match state {
                "answered" => assert_eq!(said.unwrap_err(), Code::AlreadyAnswered),
                _ => assert_eq!(said.unwrap().state, "cancelled", "{scene:?} {state}"),
            }
        }
    }
}

#[test]
fn a_rejection_tells_page_and_platform_one_word_and_the_page_its_envelope() {
    let mut world = World::new(10);
    let (visit, bound) = world.stand(Scene::Decrypt, "scanned");
    let (sid, phone) = (visit.sid(), bound.unwrap().phone_token);
    world.step(sid, &phone, Input::Reject(b"reason".to_vec())).unwrap();
    let page = world.events(sid, &visit.opened.page_token, 3).pop().unwrap();
    let platform = world.events(sid, &visit.opened.platform_token, 3).pop().unwrap();
    assert_eq!(page.data, Some(Binary(b"reason".to_vec())));
    assert_eq!((platform.data, platform.code.as_deref()), (None, Some("rejected")));
    // A slow page still reads who it was.
    let hello = &world.events(sid, &visit.opened.page_token, 2)[0];
    assert_eq!(hello.data, Some(Binary(b"hello".to_vec())));
}

#[test]
fn what_a_person_did_does_not_travel_as_a_failure() {
    let mut world = World::new(50);
    let (visit, bound) = world.stand(Scene::Decrypt, "scanned");
    let phone = bound.unwrap().phone_token;
    let before = world.stored();
    for code in [
        Code::PersonRejected,
        Code::MatchWrong,
        Code::PinWrong,
        Code::PinLocked,
        Code::BrowserRefused,
    ] {
        let said = world.step(visit.sid(), &phone, Input::Fail(code)).unwrap_err();
        assert_eq!(said, Code::RequestMalformed, "{code}");
    }
    assert_eq!(world.stored(), before);
    world.step(visit.sid(), &phone, Input::Fail(Code::RequestSignature)).unwrap();
    assert_eq!(world.state(&visit), "failed");
}

#[test]
fn messages_over_their_limits_are_too_large() {
    let mut world = World::new(54);
    let (visit, bound) = world.stand(Scene::Decrypt, "confirmed");
    let (sid, phone) = (visit.sid(), bound.unwrap().phone_token);
    let before = world.stored();
    let said = world.step(sid, &phone, Input::Answer(vec![0; (2 << 20) + 1])).unwrap_err();
    assert_eq!(said, Code::RequestTooLarge);
    let said = world.step(sid, &phone, Input::Reject(vec![0; 4097])).unwrap_err();
    assert_eq!(said, Code::RequestTooLarge);
    assert_eq!(world.stored(), before);
    world.step(sid, &phone, Input::Answer(vec![0; 2 << 20])).unwrap();
}

#[test]
fn the_hub_bears_witness_of_what_failed_and_of_nothing_else() {
    let mut world = World::new(11);
    let keys = [world.hub.certificate().clone()];
    let (visit, bound) = world.stand(Scene::Decrypt, "confirmed");
    let phone = bound.unwrap().phone_token;
    let mut rng = world.rng.clone();
    let said = world.hub.evidence(visit.sid(), &phone, world.now, &mut rng).unwrap_err();
    assert_eq!(said.code, Code::StepOutOfOrder, "it has not failed");
    let last = world.events(visit.sid(), &phone, 0).pop().unwrap();
    world.tick(121);
    let der = world.hub.evidence(visit.sid(), &phone, world.now + 5, &mut rng).unwrap();
    let evidence = Evidence::read(&der, Witness::Hub, &keys).unwrap();
    assert_eq!((evidence.code, evidence.step.as_str()), (Code::SessionExpired, "confirmed"));
    assert_eq!((evidence.at, evidence.list_number), (world.now, 7));
    let previous = last.digest(Suite::Sm, visit.sid());
    assert_eq!(evidence.previous.as_deref(), Some(previous.as_ref()));
}

#[test]
fn an_end_leaves_one_usage_record_without_project() {
    let mut world = World::new(12);
    let (_, _) = world.stand(Scene::Decrypt, "completed");
    let mut ended = vec![];
    while let Some(output) = world.hub.poll_output() {
        if let Output::Ended(usage) = output {
            ended.push(usage);
        }
    }
    let [usage] = &ended[..] else { panic!("{ended:?}") };
    assert_eq!((usage.platform.as_str(), usage.scene), ("P-1", Scene::Decrypt));
    assert_eq!(usage.outcome.name(), "completed");
}
