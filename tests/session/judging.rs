//! An answer between the page that read it and whoever judges it, here or in another instance.

use yinxin_pki::TrustStore;
use yinxin_session::page::{Output, Page, Shown, Snapshot};
use yinxin_session::statement::{Judge, Question, Verdict};
use yinxin_session::wire::http::Event;
use yinxin_session::{Code, Scene, Suite};
use yinxin_tests::ours::rng;

use crate::world::moves::event;
use crate::world::{World, code};

/// A world where a phone has answered and the page has not heard of it, with all that the hub has for
/// the page.
fn answered(suite: Suite, scene: Scene) -> (World, usize, Vec<Event>) {
    let mut world = World::new(suite, 61);
    let payload = world.cast.payload(scene);
    let page = world.open(0, b"cookie", World::ask(payload)).unwrap();
    world.run_to_answer(0, page).unwrap();
    let desk = &world.pages[page];
    let (sid, token) = (desk.sid(), desk.opened.page_token.clone());
    let events = world.events(sid, &token, 0);
    assert_eq!(events.last().unwrap().step, "answered");
    (world, page, events)
}

/// The page as it is after a reload, with its answers judged elsewhere.
fn elsewhere(world: &World, page: usize) -> Page<Verdict> {
    let kept = world.pages[page].page.snapshot().write().unwrap();
    let snapshot = Snapshot::read(&kept).unwrap();
    Page::restore_judged_elsewhere(&snapshot, world.steady()).unwrap()
}

fn take<J: yinxin_session::statement::Judgement>(page: &mut Page<J>, events: &[Event]) {
    for event in events {
        page.handle_event(event, &mut rng()).unwrap();
    }
}

fn said<J: yinxin_session::statement::Judgement>(page: &mut Page<J>) -> Vec<Output> {
    std::iter::from_fn(|| page.poll_output()).collect()
}

#[test]
fn another_instance_judges_every_scene_as_this_one_does() {
    for suite in Suite::ALL {
        for scene in Scene::ALL {
            let (mut world, page, events) = answered(suite, scene);
            let mut other = elsewhere(&world, page);
            take(&mut other, &events);
            let outputs = said(&mut other);
            assert!(matches!(outputs.last(), Some(Output::Judge)), "{outputs:?}");
            assert!(said(&mut other).is_empty(), "told once");
            assert!(other.answered().is_none() && other.last_event() + 1 == events.len() as u64);

            let text = other.question().unwrap().write().unwrap();
            let verified = Question::read(&text).unwrap().judge(world.judge()).unwrap();
            let verdict = Verdict::read(&verified.verdict().write().unwrap()).unwrap();
            other.accept(verdict).unwrap();
            assert!(matches!(said(&mut other)[..], [Output::Show(Shown::Answered)]));

            world.poll(page).unwrap();
            let (here, there) =
                (world.pages[page].page.answered().unwrap(), other.answered().unwrap());
            assert_eq!(here.result, there.result, "{scene:?}");
            let ids = there.secrets.ids();
            assert_eq!(ids, here.secrets.ids());
            assert_eq!(ids.is_empty(), scene != Scene::Decrypt);
            assert_eq!(
                here.judgement.statement().digest(),
                verified.statement().digest(),
                "{scene:?}"
            );
        }
    }
}

#[test]
fn a_question_has_no_secret_in_it() {
    let (world, page, events) = answered(Suite::Sm, Scene::Decrypt);
    let mut other = elsewhere(&world, page);
    take(&mut other, &events);
    let text = String::from_utf8(other.question().unwrap().write().unwrap()).unwrap();
    assert!(text.contains("technical"), "the keys are named");
    for key in world.cast.content_keys() {
        assert!(!text.contains(&yinxin_pki::base64::encode_url(&key)));
    }
}

#[test]
fn a_verdict_on_another_answer_is_refused_and_changes_nothing() {
    for scene in [Scene::Login, Scene::Decrypt, Scene::Signature] {
        let (world, page, events) = answered(Suite::Sm, scene);
        let (strange, foreign, strangers) = answered(Suite::Sm, Scene::Encrypt);
        let mut other = elsewhere(&strange, foreign);
        take(&mut other, &strangers);
        let judged = other.question().unwrap().judge(strange.judge()).unwrap();

        let mut own = elsewhere(&world, page);
        take(&mut own, &events);
        let refused = own.accept(judged.verdict()).map_err(code);
        assert_eq!(refused, Err(Code::AnswerBinding), "{scene:?}");
        assert!(own.answered().is_none() && said(&mut own).last().is_some());
        let right = own.question().unwrap().judge(world.judge()).unwrap();
        own.accept(right.verdict()).unwrap();
        assert!(own.answered().is_some());

        // In one instance it is the same.
        let mut here = Page::restore(&world.pages[page].page.snapshot(), world.steady()).unwrap();
        take(&mut here, &events);
        assert_eq!(here.accept(judged).map_err(code), Err(Code::AnswerBinding));
        here.judge(world.judge()).unwrap();
        assert!(here.answered().is_some());
    }
}

#[test]
fn a_verdict_on_the_same_statement_with_other_parts_is_refused() {
    let (world, page, events) = answered(Suite::Sm, Scene::Login);
    let mut own = elsewhere(&world, page);
    take(&mut own, &events);
    let text = String::from_utf8(own.question().unwrap().write().unwrap()).unwrap();
    let judged = Question::read(text.as_bytes()).unwrap().judge(world.judge()).unwrap();
    let verdict = String::from_utf8(judged.verdict().write().unwrap()).unwrap();
    let place = verdict.rfind("\":\"").unwrap() + 3;
    let mut bent = verdict.clone().into_bytes();
    bent[place] = if bent[place] == b'A' { b'B' } else { b'A' };
    let refused = own.accept(Verdict::read(&bent).unwrap()).map_err(code);
    assert_eq!(refused, Err(Code::AnswerBinding));
    for bad in [&b"{}"[..], b"", &verdict.as_bytes()[1..]] {
        assert_eq!(Verdict::read(bad).map(drop).map_err(code), Err(Code::AnswerBinding));
    }
    // Keys that nobody sent are not those of the statement.
    let more = text.replace("\"keys\":[]", "\"keys\":[[\"bid\",\"price\"]]");
    assert_ne!(more, text);
    let question = Question::read(more.as_bytes()).unwrap();
    assert_eq!(question.judge(world.judge()).map(drop).map_err(code), Err(Code::AnswerBinding));
    own.accept(Verdict::read(verdict.as_bytes()).unwrap()).unwrap();
}

#[test]
fn an_answer_that_is_refused_is_not_taken_and_may_be_judged_again() {
    let (world, page, events) = answered(Suite::Sm, Scene::Login);
    let mut here = Page::restore(&world.pages[page].page.snapshot(), world.steady()).unwrap();
    take(&mut here, &events);
    let before = here.last_event();
    let nobody = TrustStore::new();
    let blind = Judge { trust: &nobody, ..world.judge() };
    assert_eq!(here.judge(blind).map_err(code), Err(Code::AnswerSignature));
    assert!(here.answered().is_none() && here.question().is_none());
    assert_eq!(here.last_event(), before, "it is to come again");
    here.handle_event(events.last().unwrap(), &mut rng()).unwrap();
    here.judge(world.judge()).unwrap();
    assert!(here.answered().is_some());
    assert_eq!(here.last_event(), before + 1);

    // Elsewhere the question stays, for a judge that could not be asked at first.
    let mut other = elsewhere(&world, page);
    take(&mut other, &events);
    let refused = other.question().unwrap().judge(blind).map(drop).map_err(code);
    assert_eq!(refused, Err(Code::AnswerSignature));
    assert!(other.question().is_some() && other.last_event() == before);
}

#[test]
fn what_comes_after_an_answer_waits_until_it_was_judged() {
    let (world, page, events) = answered(Suite::Sm, Scene::Login);
    let mut own = elsewhere(&world, page);
    take(&mut own, &events);
    let answer = own.last_event() + 1;
    said(&mut own);
    own.handle_event(&event(answer + 1, "completed", None), &mut rng()).unwrap();
    assert!(said(&mut own).is_empty() && own.last_event() == answer - 1);
    let judged = own.question().unwrap().judge(world.judge()).unwrap();
    own.accept(judged.verdict()).unwrap();
    let after = said(&mut own);
    assert!(
        matches!(after[..], [Output::Show(Shown::Answered), Output::Refetch(n)] if n == answer),
        "{after:?}"
    );
    own.handle_event(&event(answer + 1, "completed", None), &mut rng()).unwrap();
    assert!(own.answered().is_some());
}

#[test]
fn a_session_that_ends_before_the_verdict_gives_nothing_out() {
    let leave: [fn(&mut Page<Verdict>); 3] = [
        |page| page.cancel().unwrap(),
        |page| page.not_me().unwrap(),
        |page| {
            let end = event(page.last_event() + 1, "cancelled", None);
            page.handle_event(&end, &mut rng()).unwrap();
        },
    ];
    for leave in leave {
        let (world, page, events) = answered(Suite::Sm, Scene::Decrypt);
        let mut own = elsewhere(&world, page);
        take(&mut own, &events);
        let judged = own.question().unwrap().judge(world.judge()).unwrap();
        leave(&mut own);
        assert_eq!(own.accept(judged.verdict()).map_err(code), Err(Code::StepOutOfOrder));
        assert!(own.answered().is_none() && own.is_final() && own.question().is_none());
    }
}
