//! Hostile acts that cross roles, each a test named after its number in `docs/threats.md`. What one
//! role refuses by itself is tested with that role.

use yinxin_ca::Role;
use yinxin_pki::signed_object::ObjectType;
use yinxin_pki::{Certificate, Curve, DecryptionKey, PublicKey};
use yinxin_session::channel::{Binding, DisplayKey, Step};
use yinxin_session::check::{CheckedRequest, Known};
use yinxin_session::hub::Input;
use yinxin_session::matching::MatchSecret;
use yinxin_session::phone::{Matching, Next, Phone};
use yinxin_session::wire::http::Scan;
use yinxin_session::wire::{
    Answer, Binary, BrowserState, Hello, Payload, Placement, Request, SceneResult, SealOutcome,
    Secret, ShortCode,
};
use yinxin_session::{Code, Scene, Suite};

use crate::sign;
use crate::world::moves::event;
use crate::world::{Bid, HUB, NOW, PROJECT, World};

fn open(world: &mut World, scene: Scene) -> usize {
    let payload = world.cast.payload(scene);
    world.open(0, b"cookie", World::ask(payload)).unwrap()
}

fn binding(world: &World, page: usize) -> Binding {
    let desk = &world.pages[page];
    let request = world.suite.digest().digest(&desk.page.ticket().request.0);
    Binding { suite: world.suite, sid: desk.sid(), request }
}

fn reply(world: &World, page: usize) -> PublicKey {
    PublicKey::from_spki(&world.pages[page].page.ticket().request().unwrap().reply_key).unwrap()
}

/// A request's text, signed by the platform and checked as a phone does.
fn check(world: &World, page: usize, text: &str) -> Result<CheckedRequest, Code> {
    let member = world.cast.fixture.authority.member(Role::Platform);
    let der = sign(member, ObjectType::Request, text.as_bytes().to_vec());
    let request = world.pages[page].page.ticket().request().unwrap();
    let routing = request.routing(text.as_bytes());
    let list = world.phones[0].hub.list().unwrap();
    let known = Known { hub: HUB, list, now: world.now };
    CheckedRequest::new(&der, &routing, known).map_err(|refused| refused.code)
}

fn text(world: &World, page: usize) -> String {
    String::from_utf8(world.pages[page].page.ticket().request.0.clone()).unwrap()
}

fn with_ext(text: &str, ext: &str) -> String {
    let open = text.strip_suffix('}').unwrap();
    format!("{open},\"ext\":{ext}}}")
}

#[test]
fn t04_ext_of_17_members_or_4097_bytes_is_malformed() {
    let mut world = World::new(Suite::Sm, 4);
    let page = open(&mut world, Scene::Login);
    let text = text(&world, page);
    let members = |count: usize| {
        let all: Vec<_> = (0..count).map(|n| format!("\"m{n}\":1")).collect();
        with_ext(&text, &format!("{{{}}}", all.join(",")))
    };
    check(&world, page, &members(16)).unwrap();
    assert_eq!(check(&world, page, &members(17)).map(drop), Err(Code::RequestMalformed));
    // 4 096 bytes with braces, name and quotes.
    let long = |count: usize| with_ext(&text, &format!("{{\"a\":\"{}\"}}", "x".repeat(count)));
    check(&world, page, &long(4096 - 8)).unwrap();
    assert_eq!(check(&world, page, &long(4097 - 8)).map(drop), Err(Code::RequestMalformed));
}

#[test]
fn t05_greased_ext_and_events_change_nothing() {
    let mut world = World::new(Suite::Sm, 5);
    let page = open(&mut world, Scene::Login);
    let plain = text(&world, page);
    let greased = with_ext(&plain, "{\"grease-4711\":{\"deep\":[1,{\"x\":\"\u{1f600}\"}]}}");
    check(&world, page, &greased).unwrap();
    // An event of a step that only newer hubs know, with members that nobody knows.
    let json = "{\"n\":2,\"state\":\"created\",\"at\":1,\"step\":\"grease\",\"new\":{\"a\":[1]}}";
    let newer = serde_json::from_str(json).unwrap();
    world.give(page, &event(1, "created", None)).unwrap();
    world.give(page, &newer).unwrap();
    assert_eq!(world.pages[page].page.last_event(), 2);
}

#[test]
fn t08_every_scene_that_acts_needs_the_account() {
    for scene in [Scene::Decrypt, Scene::Signature, Scene::RevokeSignature, Scene::MessageSignature]
    {
        let mut world = World::new(Suite::Sm, 8);
        let page = open(&mut world, scene);
        let own = text(&world, page);
        check(&world, page, &own).unwrap();
        let account = format!("\"creditCode\":\"{}\"", crate::world::CODE);
        assert!(own.contains(&account));
        let without = own.replace(&account, "");
        assert_eq!(check(&world, page, &without).map(drop), Err(Code::RequestMalformed));
        // The platform's own machine makes no such request either.
        let mut ask = World::ask(world.cast.payload(scene));
        ask.require.credit_code = None;
        assert_eq!(world.open(0, b"cookie", ask), Err(Code::RequestMalformed), "{scene:?}");
    }
}

#[test]
fn t11_hub_seals_its_own_hello_and_no_name_is_shown() {
    for suite in Suite::ALL {
        let mut world = World::new(suite, 11);
        let page = open(&mut world, Scene::Login);
        world.scan(0, page).unwrap();
        world.poll(page).unwrap();
        let secret = MatchSecret::from_bytes([7; 32]);
        let hello = Hello { secret, holder: "枢纽".into() }.write().unwrap();
        for guess in [DisplayKey::absent(), DisplayKey::from_bytes([1; 16])] {
            let (binding, reply) = (binding(&world, page), reply(&world, page));
            let own = binding.seal(Step::Hello, &hello, &reply, &guess, &mut world.rng).unwrap();
            let next = world.pages[page].page.last_event() + 1;
            let said = world.give(page, &event(next, "hello", Some(own)));
            assert_eq!(said, Err(Code::ReplyUnreadable));
        }
        assert_eq!(world.pages[page].reads, None);
    }
}

#[test]
fn t12_hub_puts_its_own_answer_before_the_phones_and_nothing_is_acknowledged() {
    let mut world = World::new(Suite::Sm, 12);
    let page = open(&mut world, Scene::Login);
    world.run_to_release(0, page).unwrap();
    world.poll(page).unwrap();
    let entry = world.phones[0].memory.history.entries()[0].clone();
    // Even with the holder's true statement in it.
    let answer = Answer::new(entry.statement.0.clone(), &entry.shown.0, vec![], vec![]);
    let (binding, reply) = (binding(&world, page), reply(&world, page));
    let text = answer.write().unwrap();
    let guess = DisplayKey::absent();
    let own = binding.seal(Step::Answer, &text, &reply, &guess, &mut world.rng).unwrap();
    let next = world.pages[page].page.last_event() + 1;
    let said = world.give(page, &event(next, "answered", Some(own)));
    assert_eq!(said, Err(Code::ReplyUnreadable));
    let desk = &world.pages[page];
    assert!(desk.page.answered().is_none() && desk.outbox.is_empty());
    assert_eq!(entry.progress().name(), "released", "the platform has not confirmed");
}

#[test]
fn t13_an_envelope_of_another_session_opens_in_no_place() {
    let mut world = World::new(Suite::Sm, 13);
    let (one, other) = (open(&mut world, Scene::Login), open(&mut world, Scene::Login));
    world.run_to_release(0, one).unwrap();
    world.run_to_release(1, other).unwrap();
    let answer =
        |world: &World, phone: usize| world.phones[phone].phone().answer().unwrap().to_vec();
    world.poll(one).unwrap();
    let next = world.pages[one].page.last_event() + 1;
    for step in ["hello", "answered", "rejected"] {
        let foreign = event(next, step, Some(answer(&world, 1)));
        let said = world.give(one, &foreign).unwrap_err();
        assert!(matches!(said, Code::ReplyUnreadable | Code::StepOutOfOrder), "{step}: {said}");
    }
    let own = answer(&world, 0);
    world.give(one, &event(next, "answered", Some(own))).unwrap();
    assert_eq!(world.ghost.wrong, [""; 0]);
}

/// What a phone whose program lies could answer: its own true statement, with other secrets.
fn lying_answer(change: impl FnOnce(&mut Vec<Secret>)) -> Result<(), Code> {
    let mut world = World::new(Suite::Sm, 14);
    let page = open(&mut world, Scene::Decrypt);
    world.run_to_release(0, page).unwrap();
    world.poll(page).unwrap();
    let entry = world.phones[0].memory.history.entries()[0].clone();
    let [technical, price] = world.cast.content_keys().try_into().unwrap();
    let mut secrets =
        vec![Secret::new("bid", "technical", &technical), Secret::new("bid", "price", &price)];
    change(&mut secrets);
    let answer = Answer::new(entry.statement.0, &entry.shown.0, vec![], secrets);
    let (binding, reply) = (binding(&world, page), reply(&world, page));
    let display = world.pages[page].page.ticket().display_key();
    let text = answer.write().unwrap();
    let sealed = binding.seal(Step::Answer, &text, &reply, &display, &mut world.rng).unwrap();
    let next = world.pages[page].page.last_event() + 1;
    let said = world.give(page, &event(next, "answered", Some(sealed)));
    assert_eq!(said.is_ok(), world.pages[page].page.answered().is_some(), "handed out or not");
    said
}

#[test]
fn t14_a_content_key_other_than_the_committed_one_is_not_handed_out() {
    assert_eq!(lying_answer(|_| {}), Ok(()));
    let wrong = |secrets: &mut Vec<Secret>| secrets[1] = Secret::new("bid", "price", &[9; 16]);
    assert_eq!(lying_answer(wrong), Err(Code::CommitmentMismatch));
}

#[test]
fn t15_secrets_with_one_more_one_less_or_in_another_order_are_refused() {
    let more = |secrets: &mut Vec<Secret>| secrets.push(Secret::new("bid", "canary", &[9; 16]));
    assert_eq!(lying_answer(more), Err(Code::AnswerBinding));
    assert_eq!(lying_answer(|secrets| drop(secrets.pop())), Err(Code::AnswerBinding));
    assert_eq!(lying_answer(|secrets| secrets.swap(0, 1)), Err(Code::AnswerBinding));
    assert_eq!(lying_answer(Vec::clear), Err(Code::AnswerBinding));
}

/// Offered, for so many files; the page has prepared all of them.
fn prepared(files: u64) -> (World, usize, Vec<Input>) {
    let mut world = World::new(Suite::Nist, 22);
    let payload = world.cast.seal_files(files);
    let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
    world.run_to_match(0, page).unwrap();
    world.confirm(0).unwrap();
    world.phone_sends(0).unwrap();
    world.poll(page).unwrap();
    while world.prepare(page).is_ok() {}
    let messages = world.pages[page].outbox.clone();
    assert_eq!(u64::try_from(messages.len()).unwrap(), files);
    (world, page, messages)
}

fn octets(input: &Input) -> &[u8] {
    let Input::Prepared { octets, .. } = input else { panic!("{input:?}") };
    octets
}

#[test]
fn t22_prepared_messages_that_changed_places_are_refused() {
    let (mut world, _, messages) = prepared(2);
    assert_eq!(world.seal(0, 0, octets(&messages[1])), Err(Code::OfferMismatch));
    assert_eq!(world.seal(0, 1, octets(&messages[0])), Err(Code::OfferMismatch));
    assert_eq!(world.ghost.sealed.len(), 0);
    world.seal(0, 0, octets(&messages[0])).unwrap();
    world.seal(0, 1, octets(&messages[1])).unwrap();
    assert_eq!(world.ghost.sealed.len(), 2);
}

#[test]
fn t23_51_files_201_placements_and_no_file_are_malformed() {
    let mut world = World::new(Suite::Sm, 23);
    let ask = |world: &mut World, payload| world.open(0, b"cookie", World::ask(payload)).map(drop);
    let files = world.cast.seal_files(50);
    assert_eq!(ask(&mut world, files), Ok(()));
    let files = world.cast.seal_files(51);
    assert_eq!(ask(&mut world, files), Err(Code::RequestMalformed));
    assert_eq!(ask(&mut world, Payload::Signature(vec![])), Err(Code::RequestMalformed));
    for (count, expected) in [(200, Ok(())), (201, Err(Code::RequestMalformed))] {
        let Payload::Signature(mut files) = world.cast.seal_files(1) else { unreachable!() };
        files[0].placements = (0..count).map(|y| Placement { page: 1, x: 1, y }).collect();
        assert_eq!(ask(&mut world, Payload::Signature(files)), expected);
    }
}

#[test]
fn t24_one_changed_file_of_ten_is_not_signed_and_the_statement_lists_all() {
    let (mut world, page, messages) = prepared(10);
    for (index, message) in messages.iter().enumerate() {
        let at = u32::try_from(index).unwrap();
        if index == 7 {
            let lie = world.another_document(page, at, 10).unwrap();
            world.seal(0, at, &lie).unwrap();
        } else {
            world.seal(0, at, octets(message)).unwrap();
        }
    }
    assert_eq!(world.ghost.sealed.len(), 9);
    let entry = &world.phones[0].memory.history.entries()[0];
    let SceneResult::Signature(files) = crate::world::statement(&entry.statement.0).result else {
        panic!("another scene");
    };
    assert_eq!(files.len(), 10);
    for (index, file) in files.iter().enumerate() {
        let refused =
            matches!(&file.outcome, SealOutcome::Refused(code) if code == "digest_changed");
        assert_eq!(refused, index == 7, "{index}");
    }
    // The page did not prepare what was signed for place 7: it believes nothing of it.
    while !world.phones[0].outbox.is_empty() {
        world.phone_sends(0).unwrap_or(());
    }
}

#[test]
fn t27_a_phone_that_dies_within_a_batch_has_let_nothing_out_and_does_it_again() {
    let mut world = World::new(Suite::Nist, 27);
    let payload = world.cast.messages(500);
    let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
    world.run_to_match(0, page).unwrap();
    let crate::world::Stage::Matched(view) = world.phones[0].stage.clone() else { panic!() };
    let confirm = world.agree(0, &view);
    let mut rng = world.rng.clone();
    let now = world.now;
    let (phone, context) = World::context(&mut world.phones[0], now);
    let next = phone.as_mut().unwrap().confirm(confirm, &context, &mut rng).unwrap();
    let Next::Sign(to_sign) = next else { panic!("{next:?}") };
    assert_eq!(to_sign.len(), 500);
    // 250 values in the phone's memory; then it dies.
    let key = &world.cast.fixture.signing_key;
    let half: Vec<_> = to_sign[..250].iter().map(|one| key.sign(one, &mut rng).unwrap()).collect();
    let (phone, mut context) = World::context(&mut world.phones[0], now);
    let said = phone.as_mut().unwrap().signed(&half, &mut context, &mut rng).unwrap_err();
    assert_eq!(said.code, Code::StepOutOfOrder);
    world.restart_phone(0).unwrap();
    assert_eq!(world.phones[0].memory.history.entries().len(), 0);
    // The hub gives the session to the same phone again, as long as nobody confirmed.
    let secret = world.pages[page].page.ticket().qr_secret();
    let display = world.pages[page].page.ticket().display_key();
    let sid = world.pages[page].sid();
    let text = secret.draw(Suite::Nist, HUB, sid, 0, &display).unwrap();
    let again = world.scan_text(0, &text);
    let open = matches!(again, Ok(_) | Err(Code::BoundElsewhere | Code::StepOutOfOrder));
    assert!(open, "{again:?}");
    world.tick(2000);
    assert_eq!(world.state(sid).as_deref(), Some("expired"));
    assert_eq!(world.ghost.released.len(), 0);
}

#[test]
fn t33_t34_a_page_that_slept_draws_nothing_old_and_one_that_woke_is_read() {
    let mut world = World::new(Suite::Sm, 33);
    let page = open(&mut world, Scene::Signature);
    // The page's clock stood still while it slept; the hub's did not.
    let asleep = world.frame(page).unwrap();
    world.tick(60);
    assert_eq!(world.scan_text(0, &asleep).map(drop), Err(Code::QrStale));
    let steady = world.steady() - 60_000;
    let old = world.pages[page].page.frame(steady).unwrap().unwrap();
    assert_eq!(world.scan_text(0, &old).map(drop), Err(Code::QrStale));
    // It heard the hub's clock when it woke.
    let now = world.now;
    world.pages[page].page.heard(Some(now), steady);
    let fresh = world.pages[page].page.frame(steady).unwrap().unwrap();
    let bound = world.scan_text(0, &fresh).unwrap();
    world.take_bound(0, &bound).unwrap();
    // Ten minutes: nothing is drawn any more.
    let mut world = World::new(Suite::Sm, 34);
    let page = open(&mut world, Scene::Login);
    world.tick(600);
    assert_eq!(world.frame(page), None);
    world.poll(page).unwrap();
    assert_eq!(world.pages[page].ended.as_deref(), Some("session_expired"));
}

#[test]
fn t47_skipped_repeated_and_bent_events_lead_to_no_wrong_success() {
    let mut world = World::new(Suite::Sm, 47);
    let page = open(&mut world, Scene::Login);
    world.run_to_answer(0, page).unwrap();
    let desk = &world.pages[page];
    let (sid, token) = (desk.sid(), desk.opened.page_token.clone());
    let events = world.events(sid, &token, 0);
    let answered = events.iter().find(|event| event.step == "answered").unwrap().clone();
    // Skipped: the page asks for what is missing, and believes nothing yet.
    let mut skipped = answered.clone();
    skipped.n += 5;
    world.give(page, &skipped).unwrap();
    assert!(world.pages[page].page.answered().is_none());
    // Another number on the right event: the page takes it for the next one, which it is.
    for event in &events {
        world.give(page, event).unwrap();
        world.give(page, event).unwrap();
    }
    assert!(world.pages[page].page.answered().is_some());
    // Whatever comes now, the answer stays.
    for step in ["expired", "cancelled", "failed", "hello", "answered"] {
        let next = world.pages[page].page.last_event() + 1;
        let _ = world.give(page, &event(next, step, Some(vec![1; 300])));
        assert!(world.pages[page].page.answered().is_some(), "{step}");
    }
    assert_eq!(world.ghost.wrong, [""; 0]);
}

#[test]
fn t48_completed_without_an_answer_is_no_success() {
    for prefix in 0..6 {
        let mut world = World::new(Suite::Sm, 48);
        let page = open(&mut world, Scene::Login);
        for _ in 0..prefix {
            world.advance(0).unwrap();
        }
        let next = world.pages[page].page.last_event() + 1;
        let said = world.give(page, &event(next, "completed", None));
        assert_eq!(said, Err(Code::SessionFinal), "after {prefix}");
        assert!(world.pages[page].page.answered().is_none());
        assert_eq!(world.pages[page].ended.as_deref(), Some("session_final"));
    }
}

#[test]
fn t49_a_result_with_secrets_in_it_is_none() {
    let mut world = World::new(Suite::Sm, 49);
    let page = open(&mut world, Scene::Decrypt);
    world.run_to_answer(0, page).unwrap();
    world.poll(page).unwrap();
    let result = world.pages[page].page.answered().unwrap().result.write().unwrap();
    let text = String::from_utf8(result).unwrap();
    let more = format!("{},\"secrets\":[]}}", text.strip_suffix('}').unwrap());
    let said = world.accept_text(page, more.as_bytes(), b"cookie").map(drop);
    assert_eq!(said, Err(Code::AnswerBinding));
    world.accept_text(page, text.as_bytes(), b"cookie").unwrap();
}

#[test]
fn t51_a_holders_name_that_is_long_or_hides_something_is_not_shown() {
    let mut world = World::new(Suite::Sm, 51);
    let page = open(&mut world, Scene::Login);
    world.scan(0, page).unwrap();
    world.poll(page).unwrap();
    let display = world.pages[page].page.ticket().display_key();
    for holder in ["\u{202e}甲", "甲\u{200b}乙", "甲\n乙", &"甲".repeat(13), &"甲".repeat(200)]
    {
        // What an honest phone does not write, a lying one does.
        let secret = yinxin_pki::base64::encode_url(&[7; 32]);
        let text = serde_json::json!({"typ": "yinxin-hello-1", "m": secret, "holder": holder});
        let text = format!(
            "{{\"typ\":\"yinxin-hello-1\",\"m\":\"{secret}\",\"holder\":{}}}",
            text["holder"]
        );
        let (binding, reply) = (binding(&world, page), reply(&world, page));
        let sealed =
            binding.seal(Step::Hello, text.as_bytes(), &reply, &display, &mut world.rng).unwrap();
        let next = world.pages[page].page.last_event() + 1;
        let said = world.give(page, &event(next, "hello", Some(sealed)));
        assert_eq!(said, Err(Code::ReplyUnreadable), "{holder:?}");
    }
    assert_eq!(world.pages[page].reads, None);
}

#[test]
fn t52_a_login_and_small_decryptions_are_sealed_to_one_size() {
    let mut world = World::new(Suite::Sm, 52);
    let two = Payload::Decrypt(vec![
        world.cast.decrypt_file(Bid::Open, &["price"]),
        yinxin_session::wire::DecryptFile {
            id: "second".into(),
            ..world.cast.decrypt_file(Bid::Open, &["price"])
        },
    ]);
    let one = Payload::Decrypt(vec![world.cast.decrypt_file(Bid::Open, &["price"])]);
    let mut sizes = Vec::new();
    for payload in [Payload::Login, one, two] {
        let before = world.relayed.len();
        world.open(0, b"cookie", World::ask(payload)).unwrap();
        sizes.push(world.relayed[before + 1].len());
    }
    assert_eq!(sizes[..2], [4096, 4096], "a login and one bid");
    assert!([4096, 16384].contains(&sizes[2]), "{sizes:?}");
}

#[test]
fn t53_a_page_that_reloads_after_the_answer_has_the_same_result_and_completes_once() {
    let mut world = World::new(Suite::Sm, 53);
    let page = open(&mut world, Scene::Decrypt);
    world.run_to_answer(0, page).unwrap();
    world.poll(page).unwrap();
    let before = world.pages[page].page.answered().unwrap().result.clone();
    // The acknowledgement is lost; the page is loaded again.
    world.hand_over(page).unwrap();
    world.pages[page].outbox.clear();
    world.reload(0).unwrap();
    world.poll(page).unwrap();
    let after = world.pages[page].page.answered().unwrap().result.clone();
    assert_eq!(before, after);
    assert!(world.hand_over(page).unwrap().again);
    world.page_sends(page).unwrap();
    let sid = world.pages[page].sid();
    assert_eq!(world.state(sid).as_deref(), Some("completed"));
    let keys: Vec<_> = {
        let answered = world.pages[page].page.answered().unwrap();
        answered.secrets.of("bid").map(|(_, key)| *key.as_bytes()).collect()
    };
    assert_eq!(keys, world.cast.content_keys());
    assert_eq!(world.ghost.wrong, [""; 0]);
}

/// A login request's DER, and what a phone says of it after a change.
fn bent_request(change: impl FnOnce(&mut Vec<u8>)) -> Result<(), Code> {
    let mut world = World::new(Suite::Sm, 55);
    let page = open(&mut world, Scene::Login);
    let text = text(&world, page);
    let member = world.cast.fixture.authority.member(Role::Platform);
    let mut der = sign(member, ObjectType::Request, text.clone().into_bytes());
    change(&mut der);
    let routing = world.pages[page].page.ticket().request().unwrap().routing(text.as_bytes());
    let list = world.phones[0].hub.list().unwrap();
    let known = Known { hub: HUB, list, now: world.now };
    CheckedRequest::new(&der, &routing, known).map(drop).map_err(|refused| refused.code)
}

#[test]
fn t55_a_request_in_other_than_der_is_refused() {
    assert_eq!(bent_request(|_| {}), Ok(()));
    let refused = Err(Code::RequestSignature);
    // A byte after it, a length in more octets than needed, a length without an end.
    assert_eq!(bent_request(|der| der.push(0)), refused);
    let longer = |der: &mut Vec<u8>| {
        assert_eq!(der[..2], [0x30, 0x82]);
        let length = [der[2], der[3]];
        der.splice(1..4, [0x83, 0, length[0], length[1]]);
    };
    assert_eq!(bent_request(longer), refused);
    let indefinite = |der: &mut Vec<u8>| {
        der.splice(1..4, [0x80]);
        der.extend([0, 0]);
    };
    assert_eq!(bent_request(indefinite), refused);
}

#[test]
fn t56_signatures_out_of_range_or_of_another_kind_are_refused() {
    let n = [
        0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5,
        0x41, 0x23,
    ];
    let integer = |octets: &[u8]| [&[2, u8::try_from(octets.len()).unwrap()], octets].concat();
    let sequence = |r: &[u8], s: &[u8]| {
        let body = [integer(r), integer(s)].concat();
        [&[0x30, u8::try_from(body.len()).unwrap()], &body[..]].concat()
    };
    let (n, one) = ([&[0][..], &n].concat(), vec![1; 32]);
    let world = World::new(Suite::Sm, 56);
    let platform = world.cast.fixture.authority.member(Role::Platform);
    let key = platform.certificate().public_key();
    let message = yinxin_pki::ToSign::message(key, b"request").unwrap();
    for (r, s) in [
        (vec![0], one.clone()),
        (one.clone(), vec![0]),
        (n.clone(), one.clone()),
        (one.clone(), n.clone()),
        (vec![0x80; 32], one.clone()),
        (one.clone(), vec![0xff]),
    ] {
        let signature = sequence(&r, &s);
        let said = key.verify_digest(message.algorithm(), message.digest(), &signature);
        assert!(said.is_err(), "{r:02x?} {s:02x?}");
        // In the place of an honest one, where the lengths allow it.
        let mut tries = 0;
        while signature.len() > 68 && tries < 40 {
            tries += 1;
            let mut fitted = false;
            let said = bent_request(|der| {
                let at = der.len() - signature.len();
                fitted = der[at] == 0x30 && usize::from(der[at + 1]) == signature.len() - 2;
                der.splice(at.., signature.clone());
            });
            if fitted {
                assert_eq!(said, Err(Code::RequestSignature));
                break;
            }
        }
    }
    // Another key's signature of the right form.
    let mut world = World::new(Suite::Sm, 56);
    let page = open(&mut world, Scene::Login);
    let text = text(&world, page);
    let nist = World::new(Suite::Nist, 56);
    let member = nist.cast.fixture.authority.member(Role::Platform);
    let der = sign(member, ObjectType::Request, text.clone().into_bytes());
    let routing = world.pages[page].page.ticket().request().unwrap().routing(text.as_bytes());
    let list = world.phones[0].hub.list().unwrap();
    let known = Known { hub: HUB, list, now: world.now };
    let said = CheckedRequest::new(&der, &routing, known).map(drop).unwrap_err();
    assert_eq!(said.code, Code::RequestSignature, "ECDSA in a session of SM");
}

#[test]
fn t57_the_lists_certificate_counts_and_not_one_that_the_request_brings() {
    use yinxin_pki::signed_object::ObjectDraft;
    let mut world = World::new(Suite::Sm, 57);
    let page = open(&mut world, Scene::Login);
    let text = text(&world, page);
    let stranger = world.cast.fixture.authority.member(Role::SealMaker);
    let carried: Vec<Certificate> = vec![
        stranger.certificate().clone(),
        world.cast.fixture.authority.member(Role::Platform).certificate().clone(),
    ];
    let at = yinxin_pki::Time::from_unix(i64::try_from(world.now).unwrap());
    let content = text.clone().into_bytes();
    let draft =
        ObjectDraft::new(ObjectType::Request, content, stranger.certificate(), &carried, at);
    let draft = draft.unwrap();
    let answer = stranger.key().sign(draft.to_sign(), &mut world.rng).unwrap();
    let der = draft.finish(&answer).unwrap();
    let routing = world.pages[page].page.ticket().request().unwrap().routing(text.as_bytes());
    let list = world.phones[0].hub.list().unwrap();
    let known = Known { hub: HUB, list, now: world.now };
    let said = CheckedRequest::new(&der, &routing, known).map(drop).unwrap_err();
    assert_eq!(said.code, Code::RequestSignature);
}

#[test]
fn t58_both_certificates_of_a_renewal_sign_and_a_removed_one_does_not() {
    let mut world = World::new(Suite::Sm, 58);
    let page = open(&mut world, Scene::Login);
    let next = world.cast.fixture.authority.member(Role::SealMaker).certificate();
    let next = Binary(next.as_der().to_vec());
    world.publish(|list| list.platforms[0].certificates.push(next));
    world.scan(0, page).unwrap();
    world.look(0).unwrap();
    world.publish(|list| drop(list.platforms[0].certificates.remove(0)));
    let page = open(&mut world, Scene::Login);
    world.scan(1, page).unwrap();
    assert_eq!(world.look(1).map(drop), Err(Code::RequestSignature));
}

#[test]
fn t59_a_reply_key_that_is_none_of_the_suite_is_malformed() {
    let mut world = World::new(Suite::Sm, 59);
    let page = open(&mut world, Scene::Login);
    let own = world.pages[page].page.ticket().request().unwrap().reply_key.clone();
    let text = text(&world, page);
    let mut off = own.clone();
    *off.last_mut().unwrap() ^= 1;
    let point = own.len() - 65;
    let compressed = {
        let mut key = own[..point].to_vec();
        key.push(2);
        key.extend(&own[point + 1..point + 33]);
        key
    };
    let infinity = [&own[..point], &[0]].concat();
    let nist = DecryptionKey::generate(Curve::P256, &mut world.rng).public().to_spki();
    for key in [off, compressed, infinity, nist, vec![], own[1..].to_vec()] {
        let encoded = |key: &[u8]| yinxin_pki::base64::encode_url(key);
        let bent = text.replace(&encoded(&own), &encoded(&key));
        assert_eq!(check(&world, page, &bent).map(drop), Err(Code::RequestMalformed));
    }
}

#[test]
fn t60_envelopes_with_wrong_lengths_suites_and_tags_are_unreadable() {
    for suite in Suite::ALL {
        let mut world = World::new(suite, 60);
        let page = open(&mut world, Scene::Login);
        world.scan(0, page).unwrap();
        world.look(0).unwrap();
        let Some(Input::Hello(hello)) = world.phones[0].outbox.first().cloned() else { panic!() };
        world.poll(page).unwrap();
        let next = world.pages[page].page.last_event() + 1;
        let bends: [fn(&mut Vec<u8>); 6] = [
            |e| e[2..4].copy_from_slice(&[0, 0]),
            |e| e[2..4].copy_from_slice(&[0xff, 0xff]),
            |e| e[1] = 3 - e[1],
            |e| e[0] = 2,
            |e| e.truncate(e.len() - 1),
            |e| e.truncate(3),
        ];
        for bend in bends {
            let mut bent = hello.clone();
            bend(&mut bent);
            let said = world.give(page, &event(next, "hello", Some(bent)));
            assert_eq!(said, Err(Code::ReplyUnreadable));
        }
        world.give(page, &event(next, "hello", Some(hello))).unwrap();
    }
}

#[test]
fn t61_another_account_in_the_browser_by_now_does_not_get_the_result() {
    let mut world = World::new(Suite::Sm, 61);
    let page = open(&mut world, Scene::Signature);
    world.run_to_answer(0, page).unwrap();
    world.poll(page).unwrap();
    // Log out, log in: the cookie is another.
    world.pages[page].cookie = b"second login".to_vec();
    assert_eq!(world.hand_over(page).map(drop), Err(Code::AnswerBinding));
}

#[test]
fn t62_a_statement_that_the_hub_hands_over_itself_has_no_cookie() {
    let mut world = World::new(Suite::Sm, 62);
    let page = open(&mut world, Scene::Login);
    world.run_to_answer(0, page).unwrap();
    world.poll(page).unwrap();
    let result = world.pages[page].page.answered().unwrap().result.clone();
    assert_eq!(world.accept(page, &result, b"").map(drop), Err(Code::AnswerBinding));
    assert_eq!(world.ghost.accepted.len(), 0);
}

#[test]
fn t64_a_title_cannot_stand_where_the_platforms_name_does() {
    let mut world = World::new(Suite::Sm, 64);
    for (title, taken) in [
        ("示范交易平合".repeat(33), true),
        ("\u{5d0}\u{5d1}\u{5d2}".to_string(), true),
        ("🇨🇳🇨🇳".to_string(), true),
        ("a\u{200d}b".to_string(), false),
        ("a\u{2066}b".to_string(), false),
        ("\u{feff}a".to_string(), false),
        ("x".repeat(201), false),
    ] {
        let mut ask = World::ask(Payload::Login);
        ask.display.title = Some(title.clone());
        let page = world.open(0, b"cookie", ask);
        assert_eq!(page.is_ok(), taken, "{title:?}");
        let Ok(page) = page else { continue };
        world.scan(0, page).unwrap();
        let view = world.look(0).unwrap();
        assert_eq!(view.platform, "示范交易平台");
        let fields: Vec<_> = view.lines.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields[..3], ["platform", "origin", "scene"]);
        world.phones[0].stage = crate::world::Stage::Idle;
    }
}

#[test]
fn a05_live_proxy_of_a_login_meets_an_unknown_browser_and_its_number() {
    let mut world = World::new(Suite::Sm, 105);
    // The victim's own browser is known for logins.
    let page = world.open_from(0, b"victim", World::ask(Payload::Login), true).unwrap();
    world.scan(0, page).unwrap();
    let view = world.look(0).unwrap();
    assert_eq!(view.browser.state, BrowserState::Unknown);
    world.phone_sends(0).unwrap();
    world.poll(page).unwrap();
    world.enter_number(0).unwrap();
    let mut confirm = world.agree(0, &view);
    confirm.trust_browser = true;
    world.confirm_with(0, confirm).unwrap();
    let page = world.open_from(0, b"victim", World::ask(Payload::Login), true).unwrap();
    world.scan(0, page).unwrap();
    let view = world.look(0).unwrap();
    assert_eq!((view.browser.state, view.needs.matching), (BrowserState::Known, Matching::None));
    // The proxy's page has another key, or none.
    let proxy = world.open(0, b"attacker", World::ask(Payload::Login)).unwrap();
    world.scan(0, proxy).unwrap();
    let view = world.look(0).unwrap();
    assert_ne!(view.browser.state, BrowserState::Known);
    assert!(view.needs.pin && view.needs.matching != Matching::None);
    // Without the proxy's number before the victim nothing goes on.
    let confirm = world.agree(0, &view);
    assert_eq!(world.confirm_with(0, confirm), Err(Code::StepOutOfOrder));
}

#[test]
fn a14_a_platform_that_lifts_anothers_bid_gets_no_view() {
    let mut world = World::new(Suite::Sm, 114);
    let payload = world.cast.payload(Scene::Decrypt);
    let page = world.open(1, b"cookie", World::ask(payload)).unwrap();
    world.scan(0, page).unwrap();
    assert_eq!(world.look(0).map(drop), Err(Code::SectionMismatch));
}

#[test]
fn a16_every_recorded_message_given_again_in_its_session_and_in_a_new_one_counts_for_nothing() {
    let mut world = World::new(Suite::Nist, 116);
    let payload = world.cast.payload(Scene::Signature);
    let first = world.open(0, b"cookie", World::ask(payload.clone())).unwrap();
    world.run(0, first).unwrap();
    let recorded = world.relayed.clone();
    let second = world.open(0, b"cookie", World::ask(payload)).unwrap();
    world.run_to_match(1, second).unwrap();
    world.confirm(1).unwrap();
    world.phone_sends(1).unwrap();
    world.poll(second).unwrap();
    let mut tried = 0;
    for octets in &recorded {
        for page in [first, second] {
            for step in ["hello", "offered", "answered", "rejected"] {
                let before = world.pages[page].page.last_event();
                let was = world.pages[page].page.answered().is_some();
                let _ = world.give(page, &event(before + 1, step, Some(octets.clone())));
                assert_eq!(world.pages[page].page.answered().is_some(), was, "{step}");
                assert!(!world.pages[page].page.is_final(), "{step}");
                tried += 1;
            }
        }
        for index in 0..2 {
            assert!(world.seal(1, index, octets).is_err());
            tried += 1;
        }
        let result = yinxin_session::wire::ResultForPlatform::read(octets);
        assert!(result.is_err());
    }
    println!("{} messages, {tried} places", recorded.len());
    assert_eq!(world.ghost.wrong, [""; 0]);
    // The finished session's result on the new request.
    let result = world.pages[first].result.clone().unwrap();
    assert_eq!(world.accept(second, &result, b"cookie").map(drop), Err(Code::AnswerBinding));
}

/// The limit of the short code, which `docs/proofs.md` says aloud: an active hub learns what is
/// asked, and still gets no answer.
#[test]
fn an_active_hub_behind_a_typed_code_reads_the_request_and_gets_no_answer() {
    let mut world = World::new(Suite::Sm, 200);
    let page = open(&mut world, Scene::Login);
    let hubs = DecryptionKey::generate(Suite::Sm.curve(), &mut world.rng);
    let code = ShortCode::parse(&world.pages[page].opened.short_code).unwrap();
    let pocket = &world.phones[0];
    let mut rng = world.rng.clone();
    let mut phone = Phone::typed(code, &pocket.hub, &pocket.holdings, &mut rng).unwrap();
    let scan: Scan = phone.to_scan(&pocket.hub);
    let mut bound = world.scan_at_hub(0, &scan).unwrap();
    bound.header.reply_key = Binary(hubs.public().to_spki());
    phone.bound(&bound, &world.phones[0].hub, world.now).unwrap();
    let hello = phone.hello(&mut rng).unwrap();
    // It opens the hello and seals it again, to the page.
    let (binding, reply) = (binding(&world, page), reply(&world, page));
    let absent = DisplayKey::absent();
    let text = binding.open(Step::Hello, &hello, &hubs, &absent).unwrap();
    let again = binding.seal(Step::Hello, &text, &reply, &absent, &mut rng).unwrap();
    world.give(page, &event(1, "created", None)).unwrap();
    let mut scanned = event(2, "scanned", None);
    scanned.by = Some("shortCode".into());
    world.give(page, &scanned).unwrap();
    world.give(page, &event(3, "hello", Some(again))).unwrap();
    let Some(Input::Key(sealed)) = world.pages[page].outbox.pop() else { panic!("no key") };
    let secret = Hello::read(&text).unwrap().secret;
    let display = secret.take_over(&binding, &sealed).unwrap();
    let request = display.open_request(Suite::Sm, &binding.request, &bound.sealed.0).unwrap();
    let read = String::from_utf8_lossy(&request).contains(PROJECT);
    assert!(read, "this is what the hub gets");
    // The phone sees that the signed reply key is another: nothing more is to be had.
    phone.display_key(&sealed).unwrap();
    world.phones[0].phone = Some(phone);
    assert_eq!(world.look(0).map(drop), Err(Code::RequestMalformed));
    assert_eq!(world.ghost.released.len(), 0);
    let _: Request = world.pages[page].page.ticket().request().unwrap();
    assert_eq!(world.now, NOW);
}
