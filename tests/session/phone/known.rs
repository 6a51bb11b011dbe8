//! Known browsers: by whom, for what, with which certificate, for how long.

use yinxin_pki::{Curve, SigningKey};
use yinxin_session::phone::{Matching, TrustClass, View};
use yinxin_session::wire::{BrowserState, Payload, Request};
use yinxin_session::{Code, Suite};
use yinxin_tests::ours::rng;

use super::desk::Desk;

const DAY: u64 = 86_400;

fn seen(desk: &mut Desk, payload: Payload) -> View {
    let request = desk.with_browser(desk.request(payload));
    let session = desk.open(request);
    desk.show(&session).1
}

/// The person logs in, and ticks *trust this browser* or does not.
fn log_in(desk: &mut Desk, tick: bool) {
    let request: Request = desk.with_browser(desk.request(Payload::Login));
    let session = desk.open(request);
    let (mut phone, view) = desk.show(&session);
    desk.match_number(&session, &mut phone, &view).unwrap();
    let mut confirm = desk.agree(&view);
    confirm.trust_browser = tick;
    let next = desk.confirm(&mut phone, confirm).unwrap();
    desk.finish(&mut phone, next).unwrap();
}

/// The list goes on while time passes.
fn later(desk: &mut Desk, days: u64) {
    desk.now += days * DAY;
    let now = desk.now;
    desk.publish_next(|list| {
        list.issued_at = now;
        list.next_update = now + 3600;
    });
}

#[test]
fn approved_not_ticked_is_still_unknown_and_ticked_is_known() {
    let mut desk = Desk::new(Suite::Sm);
    let view = seen(&mut desk, Payload::Login);
    assert_eq!(view.browser.state, BrowserState::Unknown);
    assert!(matches!(view.needs.matching, Matching::Pick(_)) && view.needs.pin);
    log_in(&mut desk, false);
    assert_eq!(seen(&mut desk, Payload::Login).browser.state, BrowserState::Unknown);
    log_in(&mut desk, true);
    let view = seen(&mut desk, Payload::Login);
    assert_eq!(view.browser.state, BrowserState::Known);
    assert_eq!((view.needs.matching, view.needs.pin), (Matching::None, false));
    // A page that shows no key is not known by it.
    let view = desk.show(&desk.login()).1;
    assert_eq!(view.browser.state, BrowserState::None);
    // Another browser is not known either.
    desk.browser = SigningKey::generate(Curve::P256, &mut rng());
    assert_eq!(seen(&mut desk, Payload::Login).browser.state, BrowserState::Unknown);
}

#[test]
fn known_for_login_asks_decrypt() {
    let mut desk = Desk::new(Suite::Sm);
    log_in(&mut desk, true);
    let bid = desk.bid(desk.now - 1);
    let file = desk.decrypt_file(&bid, &["price"]);
    let view = seen(&mut desk, Payload::Decrypt(vec![file]));
    assert_eq!(view.browser.state, BrowserState::Unknown);
    assert_eq!((view.needs.matching, view.needs.pin), (Matching::Type, true));
    let messages = desk.messages(1);
    assert_eq!(seen(&mut desk, messages).browser.state, BrowserState::Unknown);
}

#[test]
fn a_known_browser_is_unknown_after_90_days_unused_and_lives_on_by_use() {
    let mut desk = Desk::new(Suite::Sm);
    log_in(&mut desk, true);
    later(&mut desk, 90);
    assert_eq!(seen(&mut desk, Payload::Login).browser.state, BrowserState::Known);
    log_in(&mut desk, false);
    later(&mut desk, 90);
    assert_eq!(seen(&mut desk, Payload::Login).browser.state, BrowserState::Known);
    later(&mut desk, 1);
    assert_eq!(seen(&mut desk, Payload::Login).browser.state, BrowserState::Unknown);
    assert_eq!(desk.memory.browsers.list(desk.now).count(), 0);
}

#[test]
fn a_known_browser_is_unknown_with_a_new_certificate_after_a_new_pin_and_when_it_is_revoked() {
    let mut desk = Desk::new(Suite::Sm);
    log_in(&mut desk, true);
    let known: Vec<_> = desk.memory.browsers.list(desk.now).cloned().collect();
    assert_eq!(
        (known.len(), known[0].class, &known[0].kind[..]),
        (1, TrustClass::Login, "Chrome, Windows")
    );
    let before = desk.memory.clone();
    assert!(desk.memory.browsers.revoke(known[0].id));
    assert!(!desk.memory.browsers.revoke(known[0].id));
    assert_eq!(seen(&mut desk, Payload::Login).browser.state, BrowserState::Unknown);
    desk.memory = before.clone();
    desk.memory.browsers.revoke_all();
    assert_eq!(seen(&mut desk, Payload::Login).browser.state, BrowserState::Unknown);
    desk.memory = before;
    assert_eq!(seen(&mut desk, Payload::Login).browser.state, BrowserState::Known);
    // Renewed: the same holder and key usage, another certificate.
    let renewed = desk.renewed();
    desk.holdings.certificates[0].signing = renewed;
    assert_eq!(seen(&mut desk, Payload::Login).browser.state, BrowserState::Unknown);
}

#[test]
fn a_browser_is_trusted_only_after_a_passed_number_and_pin() {
    let mut desk = Desk::new(Suite::Nist);
    let session = desk.open(desk.with_browser(desk.request(Payload::Login)));
    let (mut phone, view) = desk.show(&session);
    let mut confirm = desk.agree(&view);
    confirm.trust_browser = true;
    assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::StepOutOfOrder));
    desk.match_number(&session, &mut phone, &view).unwrap();
    let mut confirm = desk.agree(&view);
    (confirm.trust_browser, confirm.pin) = (true, None);
    assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::StepOutOfOrder));
    // A page without a key cannot be trusted.
    let session = desk.login();
    let (mut phone, view) = desk.show(&session);
    desk.match_number(&session, &mut phone, &view).unwrap();
    let mut confirm = desk.agree(&view);
    confirm.trust_browser = true;
    assert_eq!(desk.confirm(&mut phone, confirm).map(drop), Err(Code::StepOutOfOrder));
    assert_eq!(desk.memory.browsers.list(desk.now).count(), 0);
}

#[test]
fn the_list_of_known_browsers_and_all_else_survives_storage() {
    let mut desk = Desk::new(Suite::Sm);
    log_in(&mut desk, true);
    let text = desk.memory.write().unwrap();
    let again = yinxin_session::phone::Memory::read(&text).unwrap();
    assert_eq!(again, desk.memory);
    for end in 0..text.len() {
        let refused = yinxin_session::phone::Memory::read(&text[..end]).unwrap_err();
        assert_eq!(refused.code, Code::StorageRefused);
    }
}
