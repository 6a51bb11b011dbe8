//! The page and its platform by themselves: whose request it is, a hub that is silent, a session that
//! ends by time.

use yinxin_ca::Role;
use yinxin_session::page::{Output, Page, PageKey, Shown};
use yinxin_session::platform::{Ask, Pending, Platform};
use yinxin_session::statement::Judge;
use yinxin_session::wire::http::{Event, Opened};
use yinxin_session::wire::{
    Begin, Binary, Display, Payload, Platform as Names, Require, ResultForPlatform, ShortCode,
    Ticket, Token,
};
use yinxin_session::{Code, Refused, Suite};
use yinxin_tests::ours::rng;

use crate::{HUB, ORIGIN, World, world};

const COOKIE: &[u8] = b"cookie of the visitor";
/// Milliseconds of the steady clock when the session is opened.
const START: u64 = 7_000;

impl World {
    fn platform_at(&self, hub: &str) -> Platform {
        Platform {
            names: Names { code: "P-1".into(), name: "示范交易平台".into() },
            hub: hub.into(),
            origins: vec![ORIGIN.into()],
            certificate: self.fixture.authority.member(Role::Platform).certificate().clone(),
        }
    }

    /// A page that asked for a login, and what its platform keeps.
    fn page(&self) -> (Page, Pending) {
        let (key, ticket, pending) = self.ticket();
        (Page::new(key, ticket, START).unwrap(), pending)
    }

    fn ticket(&self) -> (PageKey, Ticket, Pending) {
        let platform = self.platform_at(HUB);
        let visit = platform.visit(COOKIE, self.now, &mut rng());
        let key = PageKey::new(self.suite, ORIGIN, visit.nonce.0.clone(), &mut rng());
        let draft = platform.request(key.begin(None), login(), &visit, COOKIE, self.now).unwrap();
        let signer = self.fixture.authority.member(Role::Platform).key();
        let answer = signer.sign(draft.to_sign(), &mut rng()).unwrap();
        let opening = draft.finish(&answer, &mut rng()).unwrap();
        let opened = Opened {
            sid: Binary(vec![0x51; 16]),
            qr_secret: Token::random(&mut rng()),
            page_token: Token::random(&mut rng()),
            platform_token: Token::random(&mut rng()),
            short_code: ShortCode::random(&mut rng()).as_text(),
            hub_now: self.now,
            created_at: self.now,
        };
        let (ticket, pending) = opening.opened(&opened).unwrap();
        (key, ticket, pending)
    }

    fn event(&self, n: u64, step: &str) -> Event {
        Event {
            n,
            state: step.into(),
            at: self.now,
            step: step.into(),
            code: None,
            deadline: None,
            by: None,
            short_code: None,
            index: None,
            count: None,
            delivered: None,
            data: None,
        }
    }

    fn judge(&self) -> Judge<'_> {
        let trust = &self.fixture.trust;
        Judge { trust, revocation: None, require_revocation: false, now: self.now }
    }

    fn tell(&self, page: &mut Page, event: &Event) -> Result<(), Code> {
        page.handle_event(event, &mut rng()).map_err(|refused| refused.code)
    }
}

fn login() -> Ask {
    Ask { display: Display::default(), payload: Payload::Login, require: Require::default() }
}

fn outputs(page: &mut Page) -> Vec<Output> {
    std::iter::from_fn(|| page.poll_output()).collect()
}

#[test]
fn a_page_takes_its_own_request_only() {
    for suite in Suite::ALL {
        let world = world(suite);
        let (_, ticket, _) = world.ticket();
        let (other, _, _) = world.ticket();
        let again = Ticket::read(&ticket.write().unwrap()).unwrap();
        let refused = Page::new(other, again, START).unwrap_err();
        assert_eq!(refused.code, Code::RequestMalformed);
    }
}

#[test]
fn a_new_frame_is_due_each_second_until_the_code_is_over() {
    let world = world(Suite::Sm);
    let (page, _) = world.page();
    let first = page.frame(START).unwrap().unwrap();
    assert_eq!(page.frame(START + 999).unwrap().unwrap(), first);
    assert_eq!(page.poll_timeout(START + 400), Some(START + 1000));
    assert_ne!(page.frame(START + 1000).unwrap().unwrap(), first);
    assert!(page.frame(START + 120_000).unwrap().is_some());
    assert_eq!(page.frame(START + 121_000).unwrap(), None);
}

#[test]
fn a_page_that_slept_draws_by_the_hubs_clock_again() {
    let world = world(Suite::Sm);
    let (mut page, _) = world.page();
    let due = page.frame(START + 60_000).unwrap();
    // The steady clock stood still for a minute.
    page.heard(Some(world.now + 60), START + 10);
    assert_eq!(page.frame(START + 10).unwrap(), due);
}

#[test]
fn a_hub_that_is_silent_for_five_seconds_is_told_once_and_the_next_hub_is_asked() {
    let world = world(Suite::Sm);
    let (mut page, _) = world.page();
    page.handle_timeout(START + 5_000);
    assert!(outputs(&mut page).is_empty());
    page.heard(None, START + 4_000);
    page.handle_timeout(START + 9_000);
    assert!(outputs(&mut page).is_empty());
    page.handle_timeout(START + 9_001);
    assert!(matches!(outputs(&mut page)[..], [Output::Show(Shown::HubSilent)]));
    page.handle_timeout(START + 20_000);
    assert!(outputs(&mut page).is_empty());

    let hubs = [world.platform_at(HUB), world.platform_at("hub2.example.cn")];
    let visit = hubs[0].visit(COOKIE, world.now, &mut rng());
    let begin = |hub: Option<&str>| {
        let key = PageKey::new(world.suite, ORIGIN, visit.nonce.0.clone(), &mut rng());
        let begin = key.begin(None);
        hub.map_or(begin.clone(), |hub| begin.at(hub))
    };
    let first = begin(None);
    assert_eq!(Platform::at(&hubs, &first).unwrap().hub, HUB);
    let second = Begin::read(&begin(Some("hub2.example.cn")).write().unwrap()).unwrap();
    let chosen = Platform::at(&hubs, &second).unwrap();
    assert_eq!(chosen.hub, "hub2.example.cn");
    chosen.request(second.clone(), login(), &visit, COOKIE, world.now).unwrap();
    let refused = hubs[0].request(second, login(), &visit, COOKIE, world.now).unwrap_err();
    assert_eq!(refused.code, Code::HubMismatch);
    assert!(Platform::at(&hubs, &begin(Some("evil.cn"))).is_none());
}

#[test]
fn silence_at_every_step_ends_the_page_as_expired() {
    let world = world(Suite::Sm);
    let expired = |page: &mut Page| {
        let said = outputs(page);
        assert!(
            matches!(said.last(), Some(Output::Show(Shown::Ended(Code::SessionExpired)))),
            "{said:?}"
        );
        assert!(page.is_final());
    };
    let (mut page, _) = world.page();
    page.handle_timeout(START + 130_000);
    assert!(!page.is_final());
    page.handle_timeout(START + 131_000);
    expired(&mut page);
    assert_eq!(page.poll_timeout(START + 131_000), None);

    let (mut page, _) = world.page();
    world.tell(&mut page, &world.event(1, "created")).unwrap();
    world.tell(&mut page, &world.event(2, "scanned")).unwrap();
    let due = page.poll_timeout(START + 1_000).unwrap();
    assert_eq!(due, START + 1_801_000);
    page.handle_timeout(due);
    expired(&mut page);
}

#[test]
fn t47_events_that_are_skipped_repeated_or_reordered_are_asked_for_again() {
    let world = world(Suite::Sm);
    let (mut page, _) = world.page();
    world.tell(&mut page, &world.event(1, "created")).unwrap();
    world.tell(&mut page, &world.event(3, "hello")).unwrap();
    assert!(matches!(outputs(&mut page)[..], [Output::Refetch(1)]));
    world.tell(&mut page, &world.event(1, "created")).unwrap();
    assert!(outputs(&mut page).is_empty());
    assert_eq!(page.last_event(), 1);
    world.tell(&mut page, &world.event(2, "scanned")).unwrap();
    // A hello that is none leaves the page as it was, and the event is to come again.
    let bare = world.tell(&mut page, &world.event(3, "hello"));
    assert_eq!(bare, Err(Code::ReplyUnreadable));
    assert_eq!(page.last_event(), 2);
    let mut forged = world.event(3, "hello");
    forged.data = Some(Binary(vec![1; 300]));
    assert_eq!(world.tell(&mut page, &forged), Err(Code::ReplyUnreadable));
    assert_eq!(page.last_event(), 2);
}

#[test]
fn t48_completed_without_an_answer_is_an_error_and_never_a_result() {
    let world = world(Suite::Sm);
    let (mut page, _) = world.page();
    world.tell(&mut page, &world.event(1, "created")).unwrap();
    assert_eq!(world.tell(&mut page, &world.event(2, "completed")), Err(Code::SessionFinal));
    assert!(page.answered().is_none());
    let said = outputs(&mut page);
    assert!(matches!(said[..], [Output::Show(Shown::Ended(Code::SessionFinal))]), "{said:?}");
}

#[test]
fn an_answer_that_the_hub_has_dropped_ends_as_expired() {
    let world = world(Suite::Sm);
    let (mut page, _) = world.page();
    for (n, step) in [(1, "created"), (2, "answered"), (3, "expired")] {
        world.tell(&mut page, &world.event(n, step)).unwrap();
    }
    assert!(page.answered().is_none());
    let said = outputs(&mut page);
    assert!(matches!(said[..], [Output::Show(Shown::Ended(Code::SessionExpired))]), "{said:?}");
}

#[test]
fn a_page_that_is_restored_goes_on_and_prints_no_secret() {
    let world = world(Suite::Nist);
    let (page, _) = world.page();
    let kept = page.snapshot().write().unwrap();
    let snapshot = yinxin_session::page::Snapshot::read(&kept).unwrap();
    let again = Page::restore(&snapshot, START).unwrap();
    assert_eq!(again.frame(START).unwrap(), page.frame(START).unwrap());
    let printed = format!("{page:?} {snapshot:?}");
    let token = page.ticket().page_token.to_text();
    assert!(!printed.contains(&token) && printed.contains("Ticket(..)"), "{printed}");
    let mut bent = kept.to_vec();
    bent.pop();
    let refused = yinxin_session::page::Snapshot::read(&bent).unwrap_err();
    assert_eq!(refused.code, Code::StorageRefused);
}

#[test]
fn a_visit_belongs_to_one_cookie_and_lasts_half_an_hour() {
    let world = world(Suite::Sm);
    let platform = world.platform_at(HUB);
    let visit = platform.visit(COOKIE, world.now, &mut rng());
    let ask = |cookie: &[u8], now| -> Result<(), Refused> {
        let key = PageKey::new(world.suite, ORIGIN, visit.nonce.0.clone(), &mut rng());
        platform.request(key.begin(None), login(), &visit, cookie, now).map(drop)
    };
    ask(COOKIE, world.now + 1_800).unwrap();
    assert_eq!(ask(b"another", world.now).unwrap_err().code, Code::AnswerBinding);
    assert_eq!(ask(COOKIE, world.now + 1_801).unwrap_err().code, Code::AnswerBinding);
}

#[test]
fn t49_t62_a_result_with_secrets_or_from_nobodys_cookie_is_not_bound() {
    let world = world(Suite::Sm);
    let (_, mut pending) = world.page();
    let result = ResultForPlatform::new(Binary(vec![1]), Binary(vec![2]), Vec::new());
    let text = String::from_utf8(result.write().unwrap()).unwrap();
    let more = text.replace("\"products\":[]", "\"products\":[],\"secrets\":[]");
    let refused = ResultForPlatform::read(more.as_bytes()).unwrap_err();
    assert_eq!(refused.code, Code::AnswerBinding);
    let platform = world.platform_at(HUB);
    let before = pending.clone();
    let refused = platform.accept(&mut pending, &result, b"", world.judge()).unwrap_err();
    assert_eq!(refused.code, Code::AnswerBinding);
    assert_eq!(pending, before);
    // With the cookie it is the statement that is looked at.
    let refused = platform.accept(&mut pending, &result, COOKIE, world.judge()).unwrap_err();
    assert_eq!(refused.code, Code::AnswerSignature);
    let late = Judge { now: world.now + 120 + 481, ..world.judge() };
    let refused = platform.accept(&mut pending, &result, COOKIE, late).unwrap_err();
    assert_eq!(refused.code, Code::DeadlinePassed);
    assert_eq!(pending, before);
}
