//! The properties of the protocol, each on the real machines and named after it.

use std::collections::BTreeSet;

use yinxin_ca::Role;
use yinxin_pki::signed_object::{ObjectDraft, ObjectType, SignedObject};
use yinxin_session::channel::{Binding, DisplayKey, Sid, Step};
use yinxin_session::check::{CheckedRequest, Known};
use yinxin_session::display::{Language, Shown};
use yinxin_session::hub::{Hub, HubKey, Input};
use yinxin_session::statement::{AnswerParts, Expected, VerifiedStatement};
use yinxin_session::trust_list::{PlatformState, TrustList};
use yinxin_session::wire::{
    Delivery, Evidence, HubReceipt, HubReceiptKind, HubTime, Payload, PlatformReceipt,
    ResultForPlatform, Witness,
};
use yinxin_session::{Code, Scene, Suite};

use crate::sign;
use crate::world::moves::{Move, play};
use crate::world::{HUB, NOW, Stage, World};

#[test]
fn every_scene_goes_from_click_to_receipt_in_both_suites() {
    for suite in Suite::ALL {
        for scene in Scene::ALL {
            let mut world = World::new(suite, 1);
            let payload = world.cast.payload(scene);
            let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
            world.run(0, page).unwrap();
            let sid = world.pages[page].sid();
            assert_eq!(world.state(sid).as_deref(), Some("completed"), "{suite:?} {scene:?}");
            assert_eq!(world.ghost.accepted.len(), 1);
            assert_eq!(world.ghost.wrong, [""; 0]);
        }
    }
}

/// Three visitors of two platforms, each with an answer at the page.
fn three_answers(suite: Suite) -> (World, Vec<ResultForPlatform>) {
    let mut world = World::new(suite, 2);
    let mut results = Vec::new();
    for (platform, cookie) in [(0, b"one"), (0, b"two"), (1, b"one")] {
        let page = world.open(platform, cookie, World::ask(Payload::Login)).unwrap();
        world.run_to_answer(0, page).unwrap();
        world.poll(page).unwrap();
        results.push(world.pages[page].page.answered().unwrap().result.clone());
    }
    (world, results)
}

#[test]
fn p01_agreement_a_platform_accepts_its_own_request_from_its_own_visitor_once() {
    for suite in Suite::ALL {
        let (mut world, results) = three_answers(suite);
        for (of, result) in results.iter().enumerate() {
            for page in 0..3 {
                for cookie in [&b"one"[..], b"two", b""] {
                    let own = of == page && cookie == world.pages[page].cookie;
                    let said = world.accept(page, result, cookie).map(|accepted| accepted.again);
                    let expected = if own { Ok(false) } else { Err(Code::AnswerBinding) };
                    assert_eq!(said, expected, "{of} to {page}");
                    if own {
                        let again = world.accept(page, result, cookie).unwrap();
                        assert!(again.again);
                    }
                }
            }
        }
        assert_eq!(world.ghost.wrong, [""; 0]);
    }
}

#[test]
fn p02_secrecy_relay_and_hub_keys_neither_contain_nor_yield_a_project_or_content_key() {
    for suite in Suite::ALL {
        for scene in Scene::ALL {
            let mut world = World::new(suite, 3);
            let payload = world.cast.payload(scene);
            let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
            world.run(0, page).unwrap();
            let before = world.relayed.len();
            world.look_for_secrets();
            assert_eq!(world.ghost.wrong, [""; 0], "{suite:?} {scene:?}");
            // The search finds what is there.
            world.relayed.push(b"x".repeat(50));
            world.relayed.push([&b"xx"[..], crate::world::PROJECT.as_bytes()].concat());
            world.look_for_secrets();
            assert_eq!(world.ghost.wrong.len(), 1);
            world.relayed.truncate(before);
            hub_tries_everything(&world, page);
        }
    }
}

/// The hub has its own keys, every octet it carried, all tokens it ever issued, and what it drew
/// frames with. With each of them as a display key, and its key as a reply key, nothing opens.
fn hub_tries_everything(world: &World, page: usize) {
    let desk = &world.pages[page];
    let digest = world.suite.digest().digest(&desk.page.ticket().request.0);
    let binding = Binding { suite: world.suite, sid: desk.sid(), request: digest };
    let reply = world.cast.hub_key_for_decryption();
    let mut material: Vec<Vec<u8>> = vec![desk.sid().0.to_vec(), vec![0; 16]];
    material.push(serde_json::to_vec(&desk.opened).unwrap());
    material.extend(world.relayed.iter().cloned());
    let mut keys = BTreeSet::new();
    for octets in &material {
        keys.extend(octets.chunks_exact(16).map(|chunk| <[u8; 16]>::try_from(chunk).unwrap()));
        let unpadded = yinxin_pki::base64::decode_url(octets);
        keys.extend(unpadded.iter().flat_map(|octets| {
            octets.chunks_exact(16).map(|chunk| <[u8; 16]>::try_from(chunk).unwrap())
        }));
    }
    for token in [&desk.opened.qr_secret, &desk.opened.page_token, &desk.opened.platform_token] {
        let octets = yinxin_pki::base64::decode_url(token.to_text().as_bytes()).unwrap();
        keys.extend(octets.chunks_exact(16).map(|chunk| <[u8; 16]>::try_from(chunk).unwrap()));
    }
    let sealed = world.relayed.iter().find(|octets| octets.len() == 4096);
    let mut tried = 0;
    for key in &keys {
        let display = DisplayKey::from_bytes(*key);
        if let Some(sealed) = sealed {
            display.open_request(world.suite, &digest, sealed).unwrap_err();
            tried += 1;
        }
    }
    for octets in &world.relayed {
        for step in [Step::Hello, Step::Offer, Step::Answer, Step::Reject] {
            let display = DisplayKey::from_bytes([0; 16]);
            assert!(binding.open(step, octets, &reply, &display).is_err());
        }
    }
    assert!(tried > 100, "{tried}");
    // With the display key, as the page has it, the request opens: the search is no empty one.
    let own = desk.page.ticket().display_key();
    own.open_request(world.suite, &digest, sealed.unwrap()).unwrap();
}

fn every_input() -> Vec<Input> {
    vec![
        Input::Ack(vec![1; 32]),
        Input::Answer(b"a".to_vec()),
        Input::Cancel,
        Input::Confirm,
        Input::Fail(Code::Internal),
        Input::Hello(b"h".to_vec()),
        Input::Key(b"k".to_vec()),
        Input::NotMe,
        Input::Offer(b"o".to_vec()),
        Input::Prepared { index: 0, count: 1, octets: b"p".to_vec() },
        Input::Reject(b"r".to_vec()),
    ]
}

#[test]
fn p03_finality_no_step_by_anybody_changes_a_final_state() {
    type End = fn(&mut World, usize);
    let ends: [End; 4] = [
        |world, page| world.run(0, page).unwrap(),
        |world, page| {
            world.run_to_match(0, page).unwrap();
            world.reject(0, Code::PersonRejected).unwrap();
            world.phone_sends(0).unwrap();
        },
        |world, page| {
            world.run_to_match(0, page).unwrap();
            world.pages[page].page.cancel().unwrap();
            world.outputs(page);
            world.page_sends(page).unwrap();
        },
        |world, page| {
            world.run_to_match(0, page).unwrap();
            world.tick(400);
        },
    ];
    for end in ends {
        let mut world = World::new(Suite::Sm, 4);
        let page = world.open(0, b"cookie", World::ask(Payload::Login)).unwrap();
        end(&mut world, page);
        let sid = world.pages[page].sid();
        let state = world.state(sid);
        let opened = &world.pages[page].opened;
        let phone = world.phones[0].token().unwrap();
        let tokens = [opened.page_token.clone(), opened.platform_token.clone(), phone];
        for token in &tokens {
            for input in every_input() {
                let said = world.step(sid, token, input.clone());
                assert!(said.is_err(), "{state:?} {input:?}");
                assert_eq!(world.state(sid), state);
            }
        }
        assert_eq!(world.ghost.wrong, [""; 0]);
    }
}

/// The hub as it is after a restart: the same store, nothing else.
fn restart_hub(world: &mut World) {
    let key = HubKey::new(world.cast.hub_certificate.clone(), world.cast.hub_key()).unwrap();
    let mut hub = Hub::new(HUB, key, world.hub.store().clone()).unwrap();
    hub.set_list_number(world.list.number);
    world.hub = hub;
}

#[test]
fn p04_one_outcome_for_a_request_over_restarts_of_the_hub() {
    for scene in Scene::ALL {
        let mut world = World::new(Suite::Nist, 5);
        let payload = world.cast.payload(scene);
        let (key, visit) = world.page_key(0, b"cookie");
        let ask = World::ask(payload.clone());
        let opening = world.draft(0, b"cookie", ask, &key, &visit, None).unwrap();
        let opened = world.open_at_hub(0, &opening).unwrap();
        let again = opening.open.clone();
        let page = world.seat(0, b"cookie", key, payload, opening, opened);
        // One step, then the hub falls over, then it is asked to open the request again.
        for _ in 0..40 {
            let _ = world.advance(0);
            restart_hub(&mut world);
            world.tick(1);
            if world.now > NOW + 60 {
                continue;
            }
            let listed = world.list.platforms[0].clone();
            let opener = yinxin_session::hub::Opener { platform: &listed, credential: "another" };
            let said = world.hub.open(opener, &again, world.now, &mut world.rng);
            assert_eq!(said.unwrap_err().code, Code::RequestReplayed);
        }
        let sid = world.pages[page].sid();
        assert_eq!(world.state(sid).as_deref(), Some("completed"), "{scene:?}");
        assert_eq!((world.ghost.released.len(), world.ghost.accepted.len()), (1, 1));
        assert_eq!(world.ghost.wrong, [""; 0]);
    }
}

#[test]
fn p05_silence_after_any_prefix_ends_in_a_final_state_and_no_timer_is_left() {
    for scene in Scene::ALL {
        for steps in 0..24 {
            let mut world = World::new(Suite::Nist, 6);
            let payload = world.cast.payload(scene);
            let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
            for _ in 0..steps {
                let _ = world.advance(0);
            }
            world.settle();
            assert_eq!(world.ghost.wrong, [""; 0], "{scene:?} after {steps}");
            let desk = &world.pages[page];
            assert_eq!(desk.page.poll_timeout(world.steady()), None);
            assert_eq!(desk.page.frame(world.steady()).unwrap(), None);
            if world.ghost.released.is_empty() {
                assert!(desk.page.is_final(), "{scene:?} after {steps}");
            }
            // Released and never stored: the phone says so, and does not call it delivered.
            let stored = world.state(desk.sid());
            for entry in world.phones[0].memory.history.entries() {
                let progress = entry.progress();
                assert!(entry.stored.is_some() || progress.name() == "released", "{stored:?}");
            }
        }
    }
}

#[test]
fn p06_the_same_inputs_give_the_same_octets() {
    for seed in 0..12 {
        let moves = Move::schedule(seed);
        let suite = Suite::ALL[usize::from(seed.is_multiple_of(2))];
        let (one, other) = (play(suite, seed, &moves), play(suite, seed, &moves));
        assert_eq!(one.relayed.len(), other.relayed.len(), "seed {seed}");
        assert!(one.relayed == other.relayed, "seed {seed}");
    }
}

#[test]
fn p07_resume_after_any_step_leads_to_the_same_end() {
    for scene in Scene::ALL {
        for at in 1..20 {
            for who in 0..3 {
                let mut world = World::new(Suite::Nist, 7);
                let payload = world.cast.payload(scene);
                let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
                for step in 0..60 {
                    if step == at {
                        match who {
                            0 => drop(world.reload(0)),
                            // Before the answer nothing is kept: the scan is begun again, which
                            // the hub allows to the same phone.
                            1 if matches!(world.phones[0].stage, Stage::Released) => {
                                world.restart_phone(0).unwrap();
                            }
                            1 => {}
                            _ => restart_hub(&mut world),
                        }
                    }
                    let _ = world.advance(0);
                    let _ = world.poll(page);
                }
                let sid = world.pages[page].sid();
                let state = world.state(sid);
                assert_eq!(state.as_deref(), Some("completed"), "{scene:?} {at} {who}");
                assert_eq!((world.ghost.released.len(), world.ghost.accepted.len()), (1, 1));
                assert_eq!(world.ghost.wrong, [""; 0]);
            }
        }
    }
}

/// A sound content of each type, with who signs it.
fn contents(world: &mut World) -> Vec<(ObjectType, Role, Vec<u8>)> {
    let page = world.open(0, b"cookie", World::ask(Payload::Login)).unwrap();
    world.run(0, page).unwrap();
    let entry = &world.phones[0].memory.history.entries()[0];
    let statement = crate::world::content_of(&entry.statement.0, ObjectType::Statement);
    let request = world.pages[page].page.ticket().request.0.clone();
    let list = world.list.write().unwrap();
    let digest = [1; 32];
    let certificate = world.cast.fixture.authority.member(Role::Platform).certificate();
    let signer = world.cast.fixture.authority.member(Role::Platform);
    let content = |draft: ObjectDraft, kind| {
        let answer = signer.key().sign(draft.to_sign(), &mut world.rng.clone()).unwrap();
        let der = draft.finish(&answer).unwrap();
        let object = SignedObject::from_der(&der, kind).unwrap();
        object.verify(signer.certificate()).unwrap().content.to_vec()
    };
    let time = HubTime { hub: HUB.into(), phone_nonce: vec![5; 32], at: world.now, list_number: 7 };
    let evidence = Evidence {
        sid: Sid([1; 16]),
        request_digest: None,
        step: "created".into(),
        code: Code::SessionExpired,
        party: Witness::Hub,
        at: world.now,
        list_number: 7,
        previous: None,
    };
    let receipt = PlatformReceipt::new("P-1", &digest, &digest, None, world.now);
    vec![
        (ObjectType::Request, Role::Platform, request),
        (ObjectType::Statement, Role::Platform, statement),
        (ObjectType::TrustList, Role::TrustList, list),
        (
            ObjectType::Evidence,
            Role::Ocsp,
            content(evidence.draft(certificate).unwrap(), ObjectType::Evidence),
        ),
        (
            ObjectType::HubTime,
            Role::Ocsp,
            content(time.draft(certificate).unwrap(), ObjectType::HubTime),
        ),
        (
            ObjectType::Receipt,
            Role::Platform,
            content(receipt.draft(certificate).unwrap(), ObjectType::Receipt),
        ),
    ]
}

/// Which of the readers takes an object.
fn readers(world: &World, der: &[u8]) -> Vec<ObjectType> {
    let member = |role| world.cast.fixture.authority.member(role).certificate().clone();
    let desk = &world.pages[0];
    let request = desk.page.ticket().request().unwrap();
    let list = world.phones[0].hub.list().unwrap();
    let routing = request.routing(&desk.page.ticket().request.0);
    let digest = world.suite.digest().digest(&desk.page.ticket().request.0);
    let mut taken = Vec::new();
    let mut note = |kind, took: bool| {
        if took {
            taken.push(kind);
        }
    };
    let known = Known { hub: HUB, list, now: world.now };
    note(ObjectType::Request, CheckedRequest::new(der, &routing, known).is_ok());
    let entry = &world.phones[0].memory.history.entries()[0];
    let parts = AnswerParts { statement: der, shown: &entry.shown.0, products: &[] };
    let expected =
        Expected { request: &request, digest: &digest, sid: desk.sid(), transcript: None };
    note(ObjectType::Statement, VerifiedStatement::new(parts, expected, world.judge()).is_ok());
    let signers = [member(Role::TrustList)];
    note(ObjectType::TrustList, TrustList::read(der, HUB, &signers, None).is_ok());
    let keys = [member(Role::Ocsp), member(Role::Platform), member(Role::TrustList)];
    note(ObjectType::Evidence, Evidence::read(der, Witness::Hub, &keys).is_ok());
    note(ObjectType::HubTime, HubTime::read(der, HUB, &[5; 32], &keys).is_ok());
    let digest = [1; 32];
    let platform = PlatformReceipt::read(der, "P-1", &digest, &digest, &keys).is_ok();
    let about = Delivery {
        hub: HUB,
        sid: Sid([1; 16]),
        request_digest: &digest,
        answer_digest: &digest,
        scene: Scene::Login,
    };
    let hubs = HubReceipt::read(der, HubReceiptKind::Stored, about, &keys).is_ok();
    note(ObjectType::Receipt, platform || hubs);
    taken
}

#[test]
fn p08_no_object_of_one_type_is_taken_as_another_whoever_signs_it() {
    for suite in Suite::ALL {
        let mut world = World::new(suite, 8);
        let contents = contents(&mut world);
        let mut pairs = 0;
        for (kind, role, content) in &contents {
            for (other, ..) in &contents {
                for by in [Role::Platform, Role::Ocsp, Role::TrustList] {
                    let member = world.cast.fixture.authority.member(by);
                    let der = sign(member, *other, content.clone());
                    let taken = readers(&world, &der);
                    // The statement's own signer is the holder, who signs nothing here.
                    let own = kind == other && by == *role && *kind != ObjectType::Statement;
                    let expected = if own { vec![*kind] } else { vec![] };
                    let by_any_key = matches!(kind, ObjectType::Evidence | ObjectType::HubTime)
                        || *kind == ObjectType::Receipt;
                    if by_any_key && kind == other {
                        assert_eq!(taken, [*kind], "all keys were given as the hub's");
                    } else {
                        assert_eq!(taken, expected, "{kind:?} as {other:?} by {by:?}");
                    }
                    pairs += 1;
                }
            }
        }
        println!("{suite:?}: {pairs} pairs of content and type");
        let statement = world.phones[0].memory.history.entries()[0].statement.0.clone();
        assert_eq!(readers(&world, &statement), [ObjectType::Statement]);
    }
}

#[test]
fn p08_a_statement_counts_for_its_own_session_scene_suite_hub_and_platform_only() {
    for suite in Suite::ALL {
        let (world, results) = three_answers(suite);
        let desk = &world.pages[0];
        let request = desk.page.ticket().request().unwrap();
        let digest = world.suite.digest().digest(&desk.page.ticket().request.0);
        let sid = desk.sid();
        let parts = AnswerParts {
            statement: &results[0].statement.0,
            shown: &results[0].shown.0,
            products: &[],
        };
        let verify = |request: &_, digest: &_, sid, shown: &[u8]| {
            let expected = Expected { request, digest, sid, transcript: None };
            let parts = AnswerParts { shown, ..parts };
            VerifiedStatement::new(parts, expected, world.judge()).map(drop).map_err(|r| r.code)
        };
        let shown = &results[0].shown.0[..];
        assert_eq!(verify(&request, &digest, sid, shown), Ok(()));
        let binding = Err(Code::AnswerBinding);
        assert_eq!(verify(&request, &digest, Sid([0; 16]), shown), binding);
        assert_eq!(verify(&request, &suite.digest().digest(b"x"), sid, shown), binding);
        assert_eq!(verify(&request, &digest, sid, b"[]"), binding);
        let changed = |change: fn(&mut yinxin_session::wire::Request)| {
            let mut other = request.clone();
            change(&mut other);
            verify(&other, &digest, sid, shown)
        };
        assert_eq!(changed(|request| request.hub = "other.cn".into()), binding);
        assert_eq!(changed(|request| request.platform.code = "P-2".into()), binding);
        assert_eq!(changed(|request| request.origin = "https://x.cn".into()), binding);
        let encrypt = |request: &mut yinxin_session::wire::Request| {
            request.payload =
                Payload::Encrypt { project: "p".into(), section: "s".into(), opening: 1 };
        };
        assert_eq!(changed(encrypt), binding);
        let other = if suite == Suite::Sm { Suite::Nist } else { Suite::Sm };
        let mut mixed = request.clone();
        mixed.suite = other;
        assert_eq!(verify(&mixed, &digest, sid, shown), Err(Code::AnswerSignature));
    }
}

/// The statement with something else in it, signed by its holder all the same.
fn restated(
    world: &World,
    der: &[u8],
    change: impl FnOnce(&mut yinxin_session::wire::StatementContent),
) -> Vec<u8> {
    let mut content = crate::world::statement(der);
    change(&mut content);
    let fixture = &world.cast.fixture;
    let own = fixture.holder.certificates.signing().certificate().clone();
    let carried = [vec![own.clone()], fixture.intermediates()].concat();
    let at = yinxin_ca::fixture::NOW;
    let text = content.write().unwrap();
    let draft = ObjectDraft::new(ObjectType::Statement, text, &own, &carried, at).unwrap();
    let answer = fixture.signing_key.sign(draft.to_sign(), &mut yinxin_tests::ours::rng()).unwrap();
    draft.finish(&answer).unwrap()
}

#[test]
fn p08_a_statement_counts_for_its_own_holder_account_transcript_and_products_only() {
    for suite in Suite::ALL {
        let (world, results) = three_answers(suite);
        let desk = &world.pages[0];
        let request = desk.page.ticket().request().unwrap();
        let digest = world.suite.digest().digest(&desk.page.ticket().request.0);
        let transcript = suite.digest().digest(b"another transcript");
        let honest = &results[0].statement.0[..];
        let other_holder = restated(&world, honest, |content| content.holder = vec![1; 32]);
        let again = restated(&world, honest, |_| ());
        let mut account = request.clone();
        account.require.credit_code = Some("91510100MA6C000001".into());
        let product = yinxin_session::wire::Product {
            id: "1".into(),
            value: yinxin_session::wire::Binary(vec![0x30, 0]),
        };
        let verify = |request, statement, transcript, products| {
            let expected = Expected { request, digest: &digest, sid: desk.sid(), transcript };
            let parts = AnswerParts { statement, shown: &results[0].shown.0, products };
            VerifiedStatement::new(parts, expected, world.judge()).map(drop).map_err(|r| r.code)
        };
        let binding = Err(Code::AnswerBinding);
        assert_eq!(verify(&request, &again, None, &[]), Ok(()));
        assert_eq!(verify(&request, &other_holder, None, &[]), binding, "holder");
        assert_eq!(verify(&account, honest, None, &[]), binding, "account");
        assert_eq!(verify(&request, honest, Some(&transcript), &[]), binding, "transcript");
        assert_eq!(verify(&request, honest, None, &[product]), binding, "products");
    }
}

#[test]
fn p01_a_second_statement_for_a_request_is_refused_also_when_its_holder_signed_it() {
    let (mut world, results) = three_answers(Suite::Sm);
    world.accept(0, &results[0], b"one").unwrap();
    let second = restated(&world, &results[0].statement.0, |content| content.at += 1);
    let mut result = results[0].clone();
    result.statement = yinxin_session::wire::Binary(second);
    assert_eq!(world.accept(0, &result, b"one").map(drop), Err(Code::AlreadyAnswered));
    assert!(world.accept(0, &results[0], b"one").unwrap().again);
}

#[test]
fn p09_no_bent_cut_or_lengthened_message_is_taken_and_nothing_moves() {
    for suite in Suite::ALL {
        for scene in [Scene::Login, Scene::Signature] {
            let mut world = World::new(suite, 9);
            let payload = world.cast.payload(scene);
            let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
            world.run_to_answer(0, page).unwrap();
            let desk = &world.pages[page];
            let (sid, token) = (desk.sid(), desk.opened.page_token.clone());
            let events = world.events(sid, &token, desk.page.last_event());
            let mut bends = 0;
            for event in events {
                let Some(data) = event.data.clone() else {
                    world.give(page, &event).unwrap();
                    continue;
                };
                let length = data.0.len();
                let places = (0..length).step_by(if length > 600 { 37 } else { 7 });
                let flips = places.clone().map(|at| {
                    let mut bent = data.0.clone();
                    bent[at] ^= 1 << (at % 8);
                    bent
                });
                let cuts = places.map(|at| data.0[..at].to_vec());
                let longer = [[&data.0[..], &[0]].concat(), [&[0], &data.0[..]].concat()];
                for bent in flips.chain(cuts).chain(longer) {
                    let before = world.pages[page].page.last_event();
                    let mut event = event.clone();
                    event.data = Some(yinxin_session::wire::Binary(bent));
                    let said = world.give(page, &event);
                    assert_eq!(said, Err(Code::ReplyUnreadable), "{}", event.step);
                    let desk = &world.pages[page];
                    assert_eq!(desk.page.last_event(), before);
                    assert!(desk.page.answered().is_none());
                    bends += 1;
                }
                world.give(page, &event).unwrap();
            }
            assert!(world.pages[page].page.answered().is_some());
            println!("{suite:?} {scene:?}: {bends} bent messages");
            assert!(bends > 100);
        }
    }
}

#[test]
fn p12_what_is_shown_is_the_same_for_the_same_request_list_and_language() {
    let mut world = World::new(Suite::Sm, 12);
    let payload = world.cast.seal_files(3);
    let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
    let desk = &world.pages[page];
    let request = desk.page.ticket().request().unwrap();
    let text = &desk.page.ticket().request.0;
    let member = world.cast.fixture.authority.member(Role::Platform);
    let der = sign(member, ObjectType::Request, text.clone());
    let list = world.phones[0].hub.list().unwrap();
    let known = Known { hub: HUB, list, now: world.now };
    let checked = CheckedRequest::new(&der, &request.routing(text), known).unwrap();
    let shown = |language| Shown::new(&checked, language).unwrap();
    assert_eq!(shown(Language::Chinese), shown(Language::Chinese));
    assert_ne!(shown(Language::Chinese).octets(), shown(Language::English).octets());
    // Fixed octets: the same wherever it is compiled.
    let octets = String::from_utf8(shown(Language::English).octets().to_vec()).unwrap();
    assert!(octets.starts_with(
        "[[\"platform\",\"示范交易平台\"],[\"origin\",\"https://bid.example.cn\"],\
         [\"scene\",\"seal files\"],"
    ));
}

#[test]
fn p13_secrets_are_in_no_debug_output_and_no_event() {
    let mut world = World::new(Suite::Sm, 13);
    let payload = world.cast.payload(Scene::Decrypt);
    let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
    world.run_to_answer(0, page).unwrap();
    world.poll(page).unwrap();
    let desk = &world.pages[page];
    let said = [
        format!("{:?}", desk.page),
        format!("{:?}", desk.page.snapshot()),
        format!("{:?}", desk.page.answered().unwrap()),
        format!("{:?}", desk.opened),
        format!("{:?}", desk.page.ticket()),
        format!("{:?}", world.phones[0].phone()),
        format!("{:?}", world.phones[0].phone().snapshot()),
        format!("{:?}", world.phones[0].memory),
        format!("{:?}", world.hub),
    ]
    .concat();
    let ticket = desk.page.ticket();
    let mut secrets: Vec<Vec<u8>> = vec![ticket.display_key().as_bytes().to_vec()];
    secrets.push(ticket.qr_secret().as_bytes().to_vec());
    secrets.extend(world.cast.content_keys().iter().map(|key| key.to_vec()));
    for token in [&desk.opened.page_token, &desk.opened.platform_token] {
        secrets.push(yinxin_pki::base64::decode_url(token.to_text().as_bytes()).unwrap());
    }
    for secret in &secrets {
        let hex: String = secret.iter().map(|octet| format!("{octet:02x}")).collect();
        let decimal = format!("{secret:?}");
        let list = decimal.trim_matches(['[', ']']);
        let text = yinxin_pki::base64::encode_url(secret);
        for form in [&hex[..], list, &text] {
            assert!(!said.contains(form), "a secret as {form}");
        }
    }
    // Events carry sealed octets only; what the platform gets has no place for secrets.
    let result = desk.page.answered().unwrap().result.write().unwrap();
    for key in world.cast.content_keys() {
        let text = yinxin_pki::base64::encode_url(&key);
        assert!(!String::from_utf8_lossy(&result).contains(&text));
    }
}

/// A fault of a request: what it is in the order of checks, and how it is planted.
type Fault = (&'static str, Code, fn(&mut Faulty));

/// A login request with all that a phone holds it against.
struct Faulty {
    text: String,
    signed_as: ObjectType,
    by: Role,
    list: yinxin_session::trust_list::TrustListContent,
    hub: &'static str,
    now: u64,
}

const FAULTS: [Fault; 13] = [
    ("form and type", Code::RequestSignature, |f| f.signed_as = ObjectType::Statement),
    ("platform in the list", Code::PlatformUnknown, |f| f.list.platforms.clear()),
    ("signature", Code::RequestSignature, |f| f.by = Role::Ocsp),
    ("json", Code::RequestMalformed, |f| f.text.push(' ')),
    ("version", Code::VersionUnsupported, |f| f.text = f.text.replace("\"v\":1", "\"v\":2")),
    ("suite", Code::SuiteUnsupported, |f| f.text = f.text.replace("\"SM\"", "\"XX\"")),
    ("hub", Code::HubMismatch, |f| f.hub = "other.cn"),
    ("freshness", Code::TrustListStale, |f| f.now += 86_400 * 9),
    ("state", Code::PlatformSuspended, |f| {
        f.list.platforms.iter_mut().for_each(|p| p.state = PlatformState::Suspended);
    }),
    ("name", Code::PlatformName, |f| {
        f.list.platforms.iter_mut().for_each(|p| p.name = "别的平台".into());
    }),
    ("origin", Code::OriginUnregistered, |f| {
        f.list.platforms.iter_mut().for_each(|p| p.origins = vec!["https://x.cn".into()]);
    }),
    ("scene", Code::SceneNotAllowed, |f| {
        f.list.platforms.iter_mut().for_each(|p| p.scenes = vec![Scene::Encrypt]);
    }),
    ("times", Code::SessionExpired, |f| f.now += 1000),
];

#[test]
fn p10_of_two_faults_the_earlier_check_speaks() {
    let mut world = World::new(Suite::Sm, 10);
    let page = world.open(0, b"cookie", World::ask(Payload::Login)).unwrap();
    let desk = &world.pages[page];
    let text = String::from_utf8(desk.page.ticket().request.0.clone()).unwrap();
    let routing = desk.page.ticket().request().unwrap().routing(text.as_bytes());
    let signer = world.cast.fixture.authority.member(Role::TrustList).certificate().clone();
    let check = |faults: &[&Fault]| {
        let mut faulty = Faulty {
            text: text.clone(),
            signed_as: ObjectType::Request,
            by: Role::Platform,
            list: world.list.clone(),
            hub: HUB,
            now: world.now,
        };
        for (_, _, plant) in faults {
            plant(&mut faulty);
        }
        let member = world.cast.fixture.authority.member(faulty.by);
        let der = sign(member, faulty.signed_as, faulty.text.into_bytes());
        let list = world.cast.sign_list(&faulty.list);
        let list = TrustList::read(&list, HUB, std::slice::from_ref(&signer), None).unwrap();
        let known = Known { hub: faulty.hub, list: &list, now: faulty.now };
        CheckedRequest::new(&der, &routing, known).map(drop).map_err(|refused| refused.code)
    };
    assert_eq!(check(&[]), Ok(()));
    let mut pairs = 0;
    for (at, first) in FAULTS.iter().enumerate() {
        for second in &FAULTS[at..] {
            let (one, other) = (first.0, second.0);
            assert_eq!(check(&[first, second]), Err(first.1), "{one}, {other}");
            assert_eq!(check(&[second, first]), Err(first.1), "{other}, {one}");
            pairs += 1;
        }
    }
    println!("{pairs} pairs of faults");
}
