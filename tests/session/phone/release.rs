//! What is let out, and that it is let out once, to the right platform, in time.

use yinxin_session::channel::Step;
use yinxin_session::phone::{Memory, Next, Phone};
use yinxin_session::statement::{AnswerParts, Expected, Judge, VerifiedStatement};
use yinxin_session::trust_list::{PlatformState, TrustListContent};
use yinxin_session::wire::{
    Answer, Binary, BrowserState, Item, Payload, Request, SceneResult, TimeSource,
};
use yinxin_session::{Code, Suite};
use yinxin_tests::ours::rng;

use super::desk::{Desk, Session};

fn encrypt(desk: &Desk) -> Payload {
    Payload::Encrypt {
        project: "E3501".into(),
        section: "E3501-1".into(),
        opening: desk.now + 86_400,
    }
}

/// Page and platform verify an answer so.
fn verify(desk: &Desk, session: &Session, answer: &Answer) -> Result<VerifiedStatement, Code> {
    let parts = AnswerParts {
        statement: &answer.statement.0,
        shown: &answer.shown.0,
        products: &answer.products,
    };
    let expected = Expected {
        request: &session.request,
        digest: &session.binding.request,
        sid: session.binding.sid,
        transcript: None,
    };
    let judge = Judge {
        trust: &desk.world.fixture.trust,
        revocation: None,
        require_revocation: false,
        now: desk.now,
    };
    VerifiedStatement::new(parts, expected, judge).map_err(|refused| refused.code)
}

#[test]
fn a_person_logs_in_signs_encrypts_and_opens_in_both_suites() {
    for suite in Suite::ALL {
        let mut desk = Desk::new(suite);
        let bid = desk.bid(desk.now - 1);
        let file = desk.decrypt_file(&bid, &["technical", "price", "canary"]);
        let payloads =
            [Payload::Login, desk.messages(3), encrypt(&desk), Payload::Decrypt(vec![file])];
        for payload in payloads {
            let request: Request = desk.request(payload);
            let scene = request.scene();
            let (session, answer, statement) = desk.answer(request);
            verify(&desk, &session, &answer).unwrap();
            assert_eq!(statement.result.scene(), scene);
            assert_eq!((statement.browser, statement.matched), (BrowserState::None, true));
            assert_eq!((statement.at, statement.at_source), (desk.now, TimeSource::Phone));
            assert_eq!(statement.list_number, desk.list.number);
            let secrets = if let SceneResult::Decrypt(files) = &statement.result {
                assert_eq!(files[0].segments, ["technical", "price", "canary"]);
                3
            } else {
                0
            };
            assert_eq!(answer.secrets.len(), secrets, "{scene:?}");
        }
        assert_eq!(desk.memory.history.entries().len(), 4);
    }
}

#[test]
fn same_signed_request_given_again_after_release_under_a_new_sid() {
    let mut desk = Desk::new(Suite::Sm);
    let mut session = desk.login();
    let (mut phone, view) = desk.show(&session);
    // Two phones' worth of machines over the same request, both past the confirmation.
    let (mut second, other) = desk.show(&session);
    desk.match_number(&session, &mut second, &other).unwrap();
    let confirm = desk.agree(&other);
    let waiting = desk.confirm(&mut second, confirm).unwrap();
    desk.release(&session, &mut phone, &view).unwrap();
    assert_eq!(desk.finish(&mut second, waiting), Err(Code::RequestReplayed));
    session.binding.sid.0 = [9; 16];
    assert_eq!(desk.try_show(&session).map(drop), Err(Code::RequestReplayed));
    // After a restart the phone still knows.
    desk.memory = Memory::read(&desk.memory.write().unwrap()).unwrap();
    desk.now += 119;
    assert_eq!(desk.try_show(&session).map(drop), Err(Code::RequestReplayed));
    assert_eq!(desk.memory.history.entries().len(), 1);
}

#[test]
fn a_fast_clock_does_not_forget_what_was_answered() {
    let mut desk = Desk::new(Suite::Sm);
    desk.fast = 86_400;
    let session = desk.login();
    let (mut phone, view) = desk.show(&session);
    desk.release(&session, &mut phone, &view).unwrap();
    desk.now += 60;
    let other = desk.login();
    let (mut phone, view) = desk.show(&other);
    desk.release(&other, &mut phone, &view).unwrap();
    assert_eq!(desk.try_show(&session).map(drop), Err(Code::RequestReplayed));
}

#[test]
fn platform_suspended_between_view_and_confirm_and_between_confirm_and_release() {
    for suite in Suite::ALL {
        let mut desk = Desk::new(suite);
        let session = desk.login();
        let (mut phone, view) = desk.show(&session);
        desk.match_number(&session, &mut phone, &view).unwrap();
        let suspend = |list: &mut TrustListContent| {
            list.platforms[0].state = PlatformState::Suspended;
        };
        let (honest, hub) = (desk.list.clone(), desk.hub.clone());
        desk.publish_next(suspend);
        let confirm = desk.agree(&view);
        assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::PlatformSuspended));
        (desk.list, desk.hub) = (honest, hub);
        let confirm = desk.agree(&view);
        let next = desk.confirm(&mut phone, confirm).unwrap();
        desk.publish_next(suspend);
        assert_eq!(desk.finish(&mut phone, next), Err(Code::PlatformSuspended));
        assert!(desk.memory.history.entries().is_empty() && phone.answer().is_none());
    }
}

#[test]
fn other_changes_of_the_list_stop_the_release_too() {
    let mut desk = Desk::new(Suite::Sm);
    type Change<'a> = &'a dyn Fn(&mut TrustListContent);
    let changes: [(Change<'_>, Code); 5] = [
        (&|list| list.platforms[0].scenes.clear(), Code::SceneNotAllowed),
        (&|list| list.platforms[0].origins.clear(), Code::OriginUnregistered),
        (&|list| list.platforms[0].name = "别的平台".into(), Code::PlatformName),
        (&|list| list.platforms[0].certificates.clear(), Code::RequestSignature),
        (&|list| list.platforms.clear(), Code::PlatformUnknown),
    ];
    for (change, code) in changes {
        let (list, hub) = (desk.list.clone(), desk.hub.clone());
        let session = desk.login();
        let (mut phone, view) = desk.show(&session);
        desk.match_number(&session, &mut phone, &view).unwrap();
        desk.publish_next(change);
        let confirm = desk.agree(&view);
        assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(code));
        (desk.list, desk.hub) = (list, hub);
    }
}

#[test]
fn nothing_is_released_after_its_limit() {
    let mut desk = Desk::new(Suite::Sm);
    let session = desk.login();
    let (mut phone, view) = desk.show(&session);
    desk.match_number(&session, &mut phone, &view).unwrap();
    desk.now += 301;
    assert_eq!(phone.poll_timeout(), Some(desk.now));
    let confirm = desk.agree(&view);
    assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::DeadlinePassed));
    desk.now -= 1;
    phone.handle_timeout(desk.now);
    let confirm = desk.agree(&view);
    let next = desk.confirm(&mut phone, confirm).unwrap();
    // The time to answer begins with the confirmation.
    desk.now += 121;
    assert_eq!(phone.poll_timeout(), Some(desk.now));
    assert_eq!(desk.finish(&mut phone, next.clone()), Err(Code::DeadlinePassed));
    desk.now -= 1;
    desk.finish(&mut phone, next).unwrap();
    assert_eq!(phone.poll_timeout(), None);

    let session = desk.open(desk.request(Payload::Login));
    let (mut phone, _) = desk.show(&session);
    phone.handle_timeout(desk.now + 301);
    assert_eq!(phone.ended(), Some(Code::DeadlinePassed));
}

#[test]
fn silence_at_every_step_ends_in_deadline_passed() {
    let mut desk = Desk::new(Suite::Sm);
    let session = desk.open(desk.request(desk.messages(1)));
    let far = desk.now + 10_000;
    let mut fetched = desk.fetched(&session);
    fetched.handle_timeout(far);
    let mut checked = desk.fetched(&session);
    desk.check(&mut checked).unwrap();
    checked.handle_timeout(far);
    let (mut shown, _) = desk.show(&session);
    shown.handle_timeout(far);
    let (mut signing, view) = desk.show(&session);
    desk.match_number(&session, &mut signing, &view).unwrap();
    let confirm = desk.agree(&view);
    desk.confirm(&mut signing, confirm).unwrap();
    signing.handle_timeout(far);
    for mut phone in [fetched, checked, shown, signing] {
        assert_eq!((phone.ended(), phone.poll_timeout()), (Some(Code::DeadlinePassed), None));
        phone.handle_timeout(far + 1);
        assert_eq!(phone.ended(), Some(Code::DeadlinePassed));
        assert_eq!(desk.check(&mut phone).unwrap_err().code, Code::StepOutOfOrder);
    }
    let mut untouched = desk.scan(&session);
    untouched.handle_timeout(far);
    assert_eq!(untouched.ended(), None);
}

#[test]
fn all_messages_or_none_and_no_statement_among_them() {
    for suite in Suite::ALL {
        let mut desk = Desk::new(suite);
        let session = desk.open(desk.request(desk.messages(500)));
        let (mut phone, view) = desk.show(&session);
        desk.match_number(&session, &mut phone, &view).unwrap();
        let confirm = desk.agree(&view);
        let Next::Sign(to_sign) = desk.confirm(&mut phone, confirm).unwrap() else { panic!() };
        assert_eq!(to_sign.len(), 500);
        let values = desk.sign(&to_sign);
        // A phone that dies at the 250th has let nothing out; nor one whose values are bent.
        let mut swapped = values.clone();
        swapped.swap(249, 250);
        for (values, code) in [
            (&values[..250], Code::StepOutOfOrder),
            (&swapped[..], Code::AnswerSignature),
            (&[][..], Code::StepOutOfOrder),
        ] {
            let refused = phone.signed(values, &mut desk.context(), &mut rng()).unwrap_err();
            assert_eq!(refused.code, code);
            assert!(desk.memory.history.entries().is_empty());
        }
        let next = phone.signed(&values, &mut desk.context(), &mut rng()).unwrap();
        let envelope = desk.finish(&mut phone, next).unwrap();
        let answer = session.answer(&envelope);
        verify(&desk, &session, &answer).unwrap();
        assert_eq!(answer.products.len(), 500);
        println!("500 signatures, {suite:?}: {} bytes of answer", envelope.len());
    }
}

#[test]
fn statement_as_message_text_and_by_digest() {
    let desk = Desk::new(Suite::Sm);
    let text = "{\"typ\":\"yinxin-statement-1\",\"v\":1}";
    let item = Item { id: "1".into(), text: Some(text.into()), digest: None, attached: true };
    let request = desk.request(Payload::MessageSignature(vec![item]));
    assert_eq!(request.write().unwrap_err().code, Code::RequestMalformed);
    // By its digest it can be asked for, and is then no statement: of another content type.
    let mut desk = desk;
    let digest = Some(Binary(Suite::Sm.digest().digest(text.as_bytes()).as_ref().to_vec()));
    let item = Item { id: "1".into(), text: None, digest, attached: false };
    let request = desk.request(Payload::MessageSignature(vec![item]));
    let (session, answer, _) = desk.answer(request);
    verify(&desk, &session, &answer).unwrap();
    let signed = answer.products[0].value.0.clone();
    let forged = Answer::new(signed, &answer.shown.0, vec![], vec![]);
    assert_eq!(verify(&desk, &session, &forged).map(drop), Err(Code::AnswerSignature));
}

#[test]
fn a_phone_that_restarts_sends_the_same_octets_again() {
    let mut desk = Desk::new(Suite::Nist);
    let session = desk.login();
    let (mut phone, view) = desk.show(&session);
    assert!(phone.snapshot().is_none());
    let envelope = desk.release(&session, &mut phone, &view).unwrap();
    let stored = serde_json::to_vec(&phone.snapshot().unwrap()).unwrap();
    let again = Phone::restore(&serde_json::from_slice(&stored).unwrap()).unwrap();
    assert_eq!(again.answer(), Some(&envelope[..]));
    assert_eq!(again.sid(), Some(session.binding.sid));
    assert_eq!(again.token().map(|t| t.to_text()), phone.token().map(|t| t.to_text()));
    assert_eq!(again.request_digest(), Some(session.binding.request));
    // It answers nothing else any more.
    let mut again = again;
    assert_eq!(
        again.reject(Code::PersonRejected, &mut rng()).unwrap_err().code,
        Code::StepOutOfOrder
    );
    assert_eq!(again.hello(&mut rng()).unwrap_err().code, Code::StepOutOfOrder);
}

#[test]
fn the_answer_is_for_the_page_of_this_session_alone() {
    let mut desk = Desk::new(Suite::Sm);
    let (one, two) = (desk.login(), desk.login());
    let (mut phone, view) = desk.show(&one);
    let envelope = desk.release(&one, &mut phone, &view).unwrap();
    let open = |session: &Session, display| {
        session.binding.open(Step::Answer, &envelope, &session.reply, display).is_ok()
    };
    assert!(open(&one, &one.display));
    assert!(!open(&two, &two.display) && !open(&one, &two.display));
    let statement = one.answer(&envelope);
    assert_eq!(verify(&desk, &two, &statement).map(drop), Err(Code::AnswerBinding));
    println!("login answer: {} bytes", envelope.len());
    assert!(envelope.len() <= 6 << 10);
}
