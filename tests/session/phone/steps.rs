//! Every stage of the phone against every step: what is not due is refused and changes nothing.

use yinxin_session::phone::{Confirm, Opened, Phone};
use yinxin_session::{Code, Suite};
use yinxin_tests::ours::rng;

use super::desk::{Desk, Session};
use super::sealing::{offered_phone, with_seals};

const STAGES: [&str; 9] = [
    "framed", "fetched", "checked", "shown", "signing", "offered", "released", "rejected",
    "expired",
];
const STEPS: [&str; 9] =
    ["bound", "display_key", "check", "show", "hello", "match", "confirm", "signed", "sealed"];

/// Steps that a stage takes.
fn takes(stage: &str, step: &str) -> bool {
    matches!(
        (stage, step),
        ("framed", "bound")
            | ("fetched", "check")
            | ("checked", "show" | "hello")
            | ("shown", "hello" | "match" | "confirm")
            | ("signing", "hello" | "signed")
            | ("offered", "hello" | "sealed")
            // The hello that was sent is given again for as long as the session is at hand.
            | ("released" | "rejected" | "expired", "hello")
    )
}

fn at(desk: &mut Desk, stage: &str) -> (Session, Phone) {
    if stage == "offered" {
        return offered_phone(desk);
    }
    let session = desk.login();
    let mut phone = desk.scan(&session);
    if stage == "framed" {
        return (session, phone);
    }
    let bound = desk.bound(&session, &phone);
    phone.bound(&bound, &desk.hub, desk.now).unwrap();
    if stage == "fetched" {
        return (session, phone);
    }
    desk.check(&mut phone).unwrap();
    if stage == "checked" {
        return (session, phone);
    }
    let view = phone.show(&[], &desk.context()).unwrap();
    phone.hello(&mut rng()).unwrap();
    if stage == "shown" {
        return (session, phone);
    }
    desk.match_number(&session, &mut phone, &view).unwrap();
    let confirm = desk.agree(&view);
    let next = desk.confirm(&mut phone, confirm).unwrap();
    match stage {
        "signing" => {}
        "released" => drop(desk.finish(&mut phone, next).unwrap()),
        "rejected" => drop(phone.reject(Code::PersonRejected, &mut rng()).unwrap()),
        "expired" => phone.handle_timeout(desk.now + 10_000),
        other => panic!("{other}"),
    }
    (session, phone)
}

fn step(desk: &mut Desk, session: &Session, phone: &mut Phone, step: &str) -> Result<(), Code> {
    let now = desk.now;
    let done = match step {
        "bound" => {
            let bound = desk.bound(session, phone);
            phone.bound(&bound, &desk.hub, now)
        }
        "display_key" => phone.display_key(&[0; 46]),
        "check" => desk.check(phone).map(drop),
        "show" => phone.show(&[] as &[Opened], &desk.context()).map(drop),
        "hello" => phone.hello(&mut rng()).map(drop),
        "match" => {
            let shown = phone.view().is_some();
            let number = if shown { session.number(phone) } else { 7 };
            phone.match_number(number, &mut desk.context())
        }
        "confirm" => {
            let Some(view) = phone.view().cloned() else {
                // Nobody saw anything: whatever is confirmed, it is not this.
                let pin = Some(desk.pin());
                let (view, certificate, seals) = ([0; 32], 0, Vec::new());
                let confirm = Confirm { view, certificate, seals, trust_browser: false, pin };
                return phone
                    .confirm(confirm, &desk.context(), &mut rng())
                    .map(drop)
                    .map_err(|refused| refused.code);
            };
            if view.needs.matching != yinxin_session::phone::Matching::None {
                desk.match_number(session, phone, &view).unwrap();
            }
            let confirm = desk.agree(&view);
            phone.confirm(confirm, &desk.context(), &mut rng()).map(drop)
        }
        "signed" => phone.signed(&[vec![]], &mut desk.context(), &mut rng()).map(drop),
        "sealed" => phone.sealed(0, Ok(vec![1]), &desk.context()).map(drop),
        other => panic!("{other}"),
    };
    done.map_err(|refused| refused.code)
}

#[test]
fn a_step_that_is_not_due_is_refused_and_changes_nothing() {
    let mut refusals = 0;
    for stage in STAGES {
        for name in STEPS {
            let mut desk =
                if stage == "offered" { with_seals(Suite::Sm) } else { Desk::new(Suite::Sm) };
            let (session, mut phone) = at(&mut desk, stage);
            let memory = desk.memory.clone();
            let before = format!("{phone:?}");
            let said = step(&mut desk, &session, &mut phone, name);
            let out_of_order = said == Err(Code::StepOutOfOrder);
            if takes(stage, name) {
                // It may be refused for what it brings, never for its place; the one for sealing
                // waits for a prepared message first.
                assert!(!out_of_order || name == "sealed", "{name} when {stage}: {said:?}");
                continue;
            }
            assert!(out_of_order, "{name} when {stage}: {said:?}");
            assert_eq!(format!("{phone:?}"), before, "{name} when {stage}");
            assert_eq!(desk.memory, memory, "{name} when {stage}");
            refusals += 1;
        }
    }
    assert_eq!(refusals, STAGES.len() * STEPS.len() - 14);
    // A released answer is not taken back, and nothing is rejected before the scan.
    for stage in ["framed", "released"] {
        let mut desk = Desk::new(Suite::Sm);
        let (_, mut phone) = at(&mut desk, stage);
        let refused = phone.reject(Code::PersonRejected, &mut rng()).unwrap_err();
        assert_eq!(refused.code, Code::StepOutOfOrder, "{stage}");
    }
}
