//! The person: numbers, PINs, refusals, and what of it all the page learns.

use yinxin_session::phone::{Confirm, Matching, PinCounter};
use yinxin_session::wire::Payload;
use yinxin_session::{Code, Suite};
use yinxin_tests::ours::rng;

use super::desk::{Desk, Session};

/// Enters a number that is not the page's; gives the rejection's octets for the page.
fn wrong(desk: &mut Desk) -> Result<(Session, Vec<u8>), Code> {
    let session = desk.login();
    let (mut phone, _) = desk.try_show(&session)?;
    let number = (session.number(&mut phone) + 1) % 100;
    let refused = phone.match_number(number, &mut desk.context()).unwrap_err();
    assert_eq!(refused.code, Code::MatchWrong);
    assert_eq!(phone.ended(), Some(Code::MatchWrong));
    // One wrong is final: the right one comes too late.
    let right = session.number(&mut phone);
    assert_eq!(
        phone.match_number(right, &mut desk.context()).unwrap_err().code,
        Code::StepOutOfOrder
    );
    let envelope = phone.reject(Code::MatchWrong, &mut rng()).unwrap().unwrap();
    assert_eq!(phone.reject(Code::Internal, &mut rng()).unwrap().unwrap(), envelope);
    Ok((session, envelope))
}

#[test]
fn match_wrong_once_is_final_and_three_in_an_hour_close_unknown_browsers_for_an_hour() {
    let mut desk = Desk::new(Suite::Sm);
    for _ in 0..3 {
        wrong(&mut desk).unwrap();
        desk.now += 30;
    }
    desk.now -= 30;
    assert_eq!(wrong(&mut desk).map(drop), Err(Code::BrowserRefused));
    desk.now += 3599;
    let now = desk.now;
    desk.publish_next(|list| list.next_update = now + 3600);
    assert_eq!(wrong(&mut desk).map(drop), Err(Code::BrowserRefused));
    desk.now += 1;
    wrong(&mut desk).unwrap();
    // Three in more than an hour close nothing.
    let mut desk = Desk::new(Suite::Sm);
    for _ in 0..5 {
        wrong(&mut desk).unwrap();
        desk.now += 1801;
        let now = desk.now;
        desk.publish_next(|list| list.next_update = now + 3600);
    }
}

#[test]
fn login_picks_from_three_and_the_rest_is_typed() {
    let mut desk = Desk::new(Suite::Nist);
    let session = desk.login();
    let (mut phone, view) = desk.show(&session);
    let Matching::Pick(choices) = view.needs.matching else { panic!("{view:?}") };
    assert!(choices.contains(&session.number(&mut phone)));
    let session = desk.open(desk.request(desk.messages(1)));
    assert_eq!(desk.show(&session).1.needs.matching, Matching::Type);
}

#[test]
fn wrong_pins_lock_at_the_fifth_and_a_right_one_starts_anew() {
    let mut counter = PinCounter::default();
    let wrong = |counter: &mut PinCounter| {
        let attempt = counter.begin().map_err(|refused| refused.code)?;
        Err::<(), _>(attempt.wrong(counter).code)
    };
    for _ in 0..2 {
        for _ in 0..4 {
            assert_eq!(wrong(&mut counter), Err(Code::PinWrong));
        }
        let attempt = counter.begin().unwrap();
        let _ = attempt.right(&mut counter);
    }
    for code in [Code::PinWrong, Code::PinWrong, Code::PinWrong, Code::PinWrong, Code::PinLocked] {
        assert_eq!(wrong(&mut counter), Err(code));
    }
    // Even the right PIN is not tried any more.
    assert_eq!(counter.begin().unwrap_err().code, Code::PinLocked);
    // A try that was never finished counts.
    let mut counter = PinCounter::default();
    for _ in 0..5 {
        drop(counter.begin().unwrap());
    }
    assert_eq!(counter.begin().unwrap_err().code, Code::PinLocked);
    counter.reset();
    drop(counter.begin().unwrap());
}

#[test]
fn of_the_persons_five_reasons_the_page_learns_one_word_of_one_length() {
    let mut desk = Desk::new(Suite::Sm);
    let mut words = Vec::new();
    for code in [
        Code::PersonRejected,
        Code::MatchWrong,
        Code::PinWrong,
        Code::PinLocked,
        Code::BrowserRefused,
    ] {
        let session = desk.login();
        let (mut phone, _) = desk.show(&session);
        let envelope = phone.reject(code, &mut rng()).unwrap().unwrap();
        words.push((session.reject(&envelope).word().to_owned(), envelope.len()));
    }
    assert!(words.iter().all(|(word, _)| word == "declined"));
    // The wrapped key's integers are a byte shorter now and then; the plaintext is not.
    let lengths: Vec<_> = words.iter().map(|(_, length)| *length).collect();
    assert!(lengths.iter().max().unwrap() - lengths.iter().min().unwrap() <= 4, "{lengths:?}");
    // What is the platform's own fault it may know.
    let session = desk.login();
    let (mut phone, _) = desk.show(&session);
    let envelope = phone.reject(Code::NoMatchingCertificate, &mut rng()).unwrap().unwrap();
    assert_eq!(session.reject(&envelope).word(), "no_matching_certificate");
}

#[test]
fn view_a_shown_then_the_request_replaced_releases_nothing() {
    let mut desk = Desk::new(Suite::Sm);
    let (one, two) = (desk.login(), desk.login());
    let (_, view) = desk.show(&one);
    let (mut phone, other) = desk.show(&two);
    // Two logins look the same to the person; to the phone they are not.
    assert_eq!(view.lines, other.lines);
    assert_ne!(view.digest(), other.digest());
    desk.match_number(&two, &mut phone, &other).unwrap();
    let stale = Confirm { view: view.digest(), ..desk.agree(&other) };
    assert_eq!(desk.confirm(&mut phone, stale).map(drop), Err(Code::RequestMalformed));
    let confirm = desk.agree(&other);
    desk.confirm(&mut phone, confirm).unwrap();
}

#[test]
fn without_number_or_pin_or_hello_nothing_is_confirmed() {
    let mut desk = Desk::new(Suite::Nist);
    let session = desk.login();
    let mut phone = desk.fetched(&session);
    let view = desk.view(&mut phone).unwrap();
    let confirm = desk.agree(&view);
    assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::StepOutOfOrder), "hello");
    let number = session.number(&mut phone);
    let confirm = desk.agree(&view);
    assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::StepOutOfOrder), "number");
    phone.match_number(number, &mut desk.context()).unwrap();
    let confirm = Confirm { pin: None, ..desk.agree(&view) };
    assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::StepOutOfOrder), "PIN");
    let confirm = desk.agree(&view);
    desk.confirm(&mut phone, confirm).unwrap();
}

#[test]
fn the_page_sees_a_masked_holder_and_the_same_hello_again() {
    let mut desk = Desk::new(Suite::Sm);
    let session = desk.open(desk.request(Payload::Login));
    let (mut phone, _) = desk.show(&session);
    let (one, two) = (phone.hello(&mut rng()).unwrap(), phone.hello(&mut rng()).unwrap());
    assert_eq!(one, two);
    assert_eq!(session.hello(&one, &session.display).holder, "甲**");
}
