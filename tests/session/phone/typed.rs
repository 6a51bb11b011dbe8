//! Typed codes: no display key, so nothing is taken for known, and the page proves itself first.

use yinxin_pki::DecryptionKey;
use yinxin_session::channel::DisplayKey;
use yinxin_session::phone::{Matching, Phone, View};
use yinxin_session::wire::{BrowserState, Payload, ShortCode};
use yinxin_session::{Code, Suite};
use yinxin_tests::ours::rng;

use super::desk::{Desk, Session};

fn typed(desk: &Desk, session: &Session) -> Phone {
    let code = ShortCode::parse("0123-ABCD").unwrap();
    let mut phone = Phone::typed(code, &desk.hub, &desk.holdings, &mut rng()).unwrap();
    let scan = phone.to_scan(&desk.hub);
    assert_eq!((scan.frame, scan.short_code.as_deref()), (None, Some("0123ABCD")));
    let bound = desk.bound(session, &phone);
    phone.bound(&bound, &desk.hub, desk.clock()).unwrap();
    phone
}

/// The page opens the hello and hands the display key over.
fn hand_over(session: &Session, phone: &mut Phone) -> Vec<u8> {
    let hello = phone.hello(&mut rng()).unwrap();
    let hello = session.hello(&hello, &DisplayKey::absent());
    hello.secret.hand_over(&session.binding, &session.display, &mut rng()).unwrap()
}

fn show(desk: &mut Desk, session: &Session) -> Result<(Phone, View), Code> {
    let mut phone = typed(desk, session);
    let sealed = hand_over(session, &mut phone);
    phone.display_key(&sealed).unwrap();
    let view = desk.view(&mut phone)?;
    Ok((phone, view))
}

/// As the page reads the hello of a typed code.
fn number(session: &Session, phone: &mut Phone) -> u8 {
    let hello = session.hello(&phone.hello(&mut rng()).unwrap(), &DisplayKey::absent());
    let binding = &session.binding;
    hello.secret.number(binding.suite, binding.sid, &binding.request)
}

#[test]
fn a_typed_code_asks_for_number_and_pin_even_of_a_known_browser() {
    for suite in Suite::ALL {
        let mut desk = Desk::new(suite);
        // Known by an earlier scan.
        let session = desk.open(desk.with_browser(desk.request(Payload::Login)));
        let (mut phone, view) = desk.show(&session);
        desk.match_number(&session, &mut phone, &view).unwrap();
        let mut confirm = desk.agree(&view);
        confirm.trust_browser = true;
        let next = desk.confirm(&mut phone, confirm).unwrap();
        desk.finish(&mut phone, next).unwrap();

        let session = desk.open(desk.with_browser(desk.request(Payload::Login)));
        let (mut phone, view) = show(&mut desk, &session).unwrap();
        assert_eq!(view.browser.state, BrowserState::Unknown);
        assert_eq!((view.needs.matching, view.needs.pin), (Matching::Type, true));
        let typed = number(&session, &mut phone);
        phone.match_number(typed, &mut desk.context()).unwrap();
        let mut confirm = desk.agree(&view);
        confirm.trust_browser = true;
        assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::StepOutOfOrder));
        let confirm = desk.agree(&view);
        let next = desk.confirm(&mut phone, confirm).unwrap();
        let envelope = desk.finish(&mut phone, next).unwrap();
        let statement = session.statement(&session.answer(&envelope), desk.signer());
        assert_eq!((statement.browser, statement.matched), (BrowserState::Unknown, true));
    }
}

#[test]
fn short_code_for_decrypt_and_signature_only_where_the_unit_allows() {
    let mut desk = Desk::new(Suite::Sm);
    let bid = desk.bid(desk.now - 1);
    let decrypt = |desk: &Desk| {
        desk.open(desk.request(Payload::Decrypt(vec![desk.decrypt_file(&bid, &["price"])])))
    };
    let session = decrypt(&desk);
    assert_eq!(show(&mut desk, &session).map(drop), Err(Code::GrantDenied));
    desk.holdings.typed_codes = true;
    let session = decrypt(&desk);
    show(&mut desk, &session).unwrap();
    desk.holdings.typed_codes = false;
    let session = desk.open(desk.request(desk.messages(1)));
    show(&mut desk, &session).unwrap();
}

#[test]
fn a_hub_that_swaps_the_reply_key_of_a_typed_code_is_found_out_before_an_answer() {
    let mut desk = Desk::new(Suite::Nist);
    let session = desk.login();
    let hubs = DecryptionKey::generate(desk.suite.curve(), &mut rng());
    let code = ShortCode::parse("0123ABCD").unwrap();
    let mut phone = Phone::typed(code, &desk.hub, &desk.holdings, &mut rng()).unwrap();
    let mut bound = desk.bound(&session, &phone);
    bound.header.reply_key.0 = hubs.public().to_spki();
    phone.bound(&bound, &desk.hub, desk.clock()).unwrap();
    let hello = phone.hello(&mut rng()).unwrap();
    // It can read this hello, and by it get the display key that the page hands over. The signed
    // reply key is another all the same.
    let absent = DisplayKey::absent();
    let opened = session.binding.open(yinxin_session::channel::Step::Hello, &hello, &hubs, &absent);
    let hello = yinxin_session::wire::Hello::read(&opened.unwrap()).unwrap();
    let own = DisplayKey::random(&mut rng());
    for (display, code) in
        [(&own, Code::RequestMalformed), (&session.display, Code::RequestMalformed)]
    {
        let sealed = hello.secret.hand_over(&session.binding, display, &mut rng()).unwrap();
        phone.display_key(&sealed).unwrap();
        assert_eq!(desk.check(&mut phone).unwrap_err().code, code);
    }
}

#[test]
fn display_key_of_another_page_or_before_the_hello_is_not_taken() {
    let mut desk = Desk::new(Suite::Sm);
    let session = desk.login();
    let other = desk.login();
    let mut early = typed(&desk, &session);
    assert_eq!(early.display_key(&[0; 46]).unwrap_err().code, Code::StepOutOfOrder);
    assert_eq!(desk.check(&mut early).unwrap_err().code, Code::StepOutOfOrder);
    let mut phone = typed(&desk, &session);
    let mut stranger = typed(&desk, &other);
    let foreign = hand_over(&other, &mut stranger);
    drop(hand_over(&session, &mut phone));
    assert_eq!(phone.display_key(&foreign).unwrap_err().code, Code::HubMismatch);
    // A phone that scanned has its display key from the code.
    let mut scanned = desk.fetched(&session);
    assert_eq!(scanned.display_key(&foreign).unwrap_err().code, Code::StepOutOfOrder);
}

#[test]
fn a_typed_code_that_ends_before_the_display_key_is_refused_without_an_envelope() {
    let desk = Desk::new(Suite::Sm);
    let session = desk.login();
    let mut phone = typed(&desk, &session);
    assert_eq!(phone.reject(Code::PersonRejected, &mut rng()).unwrap(), None);
    assert_eq!(phone.ended(), Some(Code::PersonRejected));
}
