//! Wrong clocks, and hubs that lie about time and lists.

use yinxin_ca::Role;
use yinxin_session::phone::ViewWarning;
use yinxin_session::wire::{Binary, HubTime, Payload, TimeSource};
use yinxin_session::{Code, Suite};

use super::desk::Desk;
use yinxin_session::wire::http::Bound;
use yinxin_tests::ours::rng;

/// A login with a hub's answer that was bent.
fn bound(desk: &Desk, bend: impl Fn(&Desk, &[u8], &mut Bound)) -> Result<(), Code> {
    let session = desk.login();
    let mut phone = desk.scan(&session);
    let nonce = phone.to_scan(&desk.hub).phone_nonce.0;
    let mut bound = desk.bound(&session, &phone);
    bend(desk, &nonce, &mut bound);
    phone.bound(&bound, &desk.hub, desk.clock()).map_err(|refused| refused.code)
}

#[test]
fn phone_an_hour_or_a_day_off_works_on_hub_time_and_says_so() {
    for off in [3600_i64, -3600, 86_400, -86_400, 301, -301] {
        let mut desk = Desk::new(Suite::Sm);
        desk.fast = off;
        let session = desk.login();
        let (mut phone, view) = desk.show(&session);
        assert_eq!(view.warnings, [ViewWarning::ClockOff(off)]);
        let envelope = desk.release(&session, &mut phone, &view).unwrap();
        let statement = session.statement(&session.answer(&envelope), desk.signer());
        assert_eq!((statement.at, statement.at_source), (desk.now, TimeSource::Hub));
    }
    for off in [300_i64, -300, 0] {
        let mut desk = Desk::new(Suite::Sm);
        desk.fast = off;
        // Within what clocks may differ for the request itself.
        if off.abs() <= 60 {
            let (_, view) = desk.show(&desk.login());
            assert_eq!(view.warnings, []);
        }
    }
}

#[test]
fn phone_a_day_off_without_hub_time_says_clock_skew() {
    let mut desk = Desk::new(Suite::Sm);
    desk.fast = -86_400;
    let session = desk.login();
    let mut phone = desk.scan(&session);
    let silent = Bound { hub_time: Binary(vec![]), ..desk.bound(&session, &phone) };
    phone.bound(&silent, &desk.hub, desk.clock()).unwrap();
    assert_eq!(desk.check(&mut phone).unwrap_err().code, Code::ClockSkew);
    // With the right time the same hub is good enough.
    desk.fast = 0;
    let mut phone = desk.scan(&session);
    let silent = Bound { hub_time: Binary(vec![]), ..desk.bound(&session, &phone) };
    phone.bound(&silent, &desk.hub, desk.clock()).unwrap();
    desk.check(&mut phone).unwrap();
}

#[test]
fn hub_time_with_an_old_nonce_by_another_key_or_of_another_hub_is_none() {
    let desk = Desk::new(Suite::Nist);
    let number = desk.list.number;
    assert_eq!(bound(&desk, |_, _, _| {}), Ok(()));
    let old = bound(&desk, |desk, _, bound| {
        bound.hub_time = Binary(desk.hub_time(&[9; 32], desk.now, number));
    });
    assert_eq!(old, Err(Code::HubMismatch));
    let other_key = bound(&desk, |desk, nonce, bound| {
        let member = desk.world.fixture.authority.member(Role::Platform);
        let (hub, phone_nonce) = (crate::HUB.into(), nonce.to_vec());
        let time = HubTime { hub, phone_nonce, at: desk.now, list_number: number };
        let draft = time.draft(member.certificate()).unwrap();
        let answer = member.key().sign(draft.to_sign(), &mut rng()).unwrap();
        bound.hub_time = Binary(draft.finish(&answer).unwrap());
    });
    assert_eq!(other_key, Err(Code::HubMismatch));
    let cut = bound(&desk, |_, _, bound| {
        bound.hub_time.0.pop();
    });
    assert_eq!(cut, Err(Code::HubMismatch));
}

#[test]
fn list_frozen_is_seen_by_the_number_under_hub_time() {
    let mut desk = Desk::new(Suite::Sm);
    let newer = |desk: &Desk, nonce: &[u8], bound: &mut Bound| {
        bound.hub_time = Binary(desk.hub_time(nonce, desk.now, desk.list.number + 1));
    };
    assert_eq!(bound(&desk, newer), Err(Code::TrustListStale));
    let older = |desk: &Desk, nonce: &[u8], bound: &mut Bound| {
        bound.hub_time = Binary(desk.hub_time(nonce, desk.now, desk.list.number - 1));
    };
    assert_eq!(bound(&desk, older), Err(Code::TrustListFork));
    // The phone fetches the newer list and takes the same answer.
    let session = desk.login();
    let mut phone = desk.scan(&session);
    let nonce = phone.to_scan(&desk.hub).phone_nonce.0;
    let mut answer = desk.bound(&session, &phone);
    answer.hub_time = Binary(desk.hub_time(&nonce, desk.now, desk.list.number + 1));
    let refused = phone.bound(&answer, &desk.hub, desk.clock()).unwrap_err();
    assert_eq!(refused.number("listNumber"), Some(desk.list.number + 1));
    desk.publish_next(|_| {});
    phone.bound(&answer, &desk.hub, desk.clock()).unwrap();
}

#[test]
fn hub_swapped_and_an_answer_to_another_scan() {
    let desk = Desk::new(Suite::Sm);
    let other = desk.login();
    for bend in [
        (&|_: &Desk, bound: &mut Bound| bound.header.hub = "other.cn".into())
            as &dyn Fn(&Desk, &mut Bound),
        &|_, bound| bound.sid = Binary(other.binding.sid.0.to_vec()),
        &|_, bound| bound.sid.0.truncate(15),
    ] {
        assert_eq!(bound(&desk, |desk, _, b| bend(desk, b)), Err(Code::HubMismatch));
    }
}

#[test]
fn a_list_past_its_time_is_for_logins_with_a_warning_and_for_nothing_after_a_week() {
    let mut desk = Desk::new(Suite::Sm);
    desk.now += 3601;
    let (_, view) = desk.show(&desk.login());
    assert!(view.lines.iter().any(|(field, _)| field == "warning"));
    let session = desk.open(desk.request(desk.messages(1)));
    assert_eq!(desk.try_show(&session).map(drop), Err(Code::TrustListStale));
    desk.now += 7 * 86_400;
    let session = desk.open(desk.request(Payload::Login));
    assert_eq!(desk.try_show(&session).map(drop), Err(Code::TrustListStale));
}

#[test]
fn another_display_key_or_header_opens_nothing() {
    let mut desk = Desk::new(Suite::Nist);
    let (one, mut two) = (desk.login(), desk.login());
    // Somebody else's frame around this session.
    two.display = one.display.clone();
    assert_eq!(desk.try_show(&two).map(drop), Err(Code::RequestMalformed));
    // A header that is not what was signed.
    let mut three = desk.login();
    three.header.expires_at += 1;
    assert_eq!(desk.try_show(&three).map(drop), Err(Code::RequestMalformed));
}
