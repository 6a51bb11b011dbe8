//! Thousands of random steps in random order, by everybody, at random times: final states stay,
//! numbers grow by one, a refused step changes nothing, and silence ends all of it.

use std::collections::BTreeMap;

use rand_core::Rng as _;
use yinxin_pki::json;
use yinxin_session::hub::Input;
use yinxin_session::hub::state::State;
use yinxin_session::wire::Token;
use yinxin_session::wire::http::{Ack, Fail, Open, Scan};
use yinxin_session::{Code, Scene, Suite};

use crate::hub_world::{World, prepared, typed};

fn draw(world: &mut World, below: usize) -> usize {
    usize::try_from(world.rng.next_u32()).unwrap() % below
}

fn any_input(world: &mut World) -> Input {
    let octets = [b"one".to_vec(), b"other".to_vec()][draw(world, 2)].clone();
    let digests = [b"one".to_vec(), b"other".to_vec()].map(|octets| world.digest(&octets));
    match draw(world, 12) {
        0 => Input::Ack(digests[draw(world, 2)].clone()),
        1 => Input::Answer(octets),
        2 if draw(world, 4) == 0 => Input::Cancel,
        3 => Input::Confirm,
        4 if draw(world, 4) == 0 => Input::Fail(Code::Internal),
        5 => Input::Hello(octets),
        6 => Input::Key(octets),
        7 if draw(world, 4) == 0 => Input::NotMe,
        8 => Input::Offer(octets),
        9 => {
            let (index, count) = (draw(world, 4), draw(world, 4));
            prepared(index.try_into().unwrap(), count.try_into().unwrap(), &octets)
        }
        10 => Input::Receipt(octets),
        11 if draw(world, 4) == 0 => Input::Reject(octets),
        _ => Input::Confirm,
    }
}

#[test]
fn whatever_comes_final_states_stay_and_refused_steps_change_nothing() {
    let mut codes: BTreeMap<&str, u32> = BTreeMap::new();
    let mut ends: BTreeMap<&str, u32> = BTreeMap::new();
    for run in 0..300 {
        let suite = Suite::ALL[usize::try_from(run % 2).unwrap()];
        let mut world = World::of(suite, run);
        let scene = Scene::ALL[draw(&mut world, 6)];
        let visit = world.visit(scene);
        let phones = [world.phone(), world.phone()];
        let mut tokens: Vec<Token> = vec![
            visit.opened.page_token.clone(),
            visit.opened.platform_token.clone(),
            world.phone(),
        ];
        let (mut last, mut end) = (1, None);
        // Every other run is a patient one, which comes further.
        let jumps = if run % 4 < 2 { [0, 0, 0, 0, 0, 1, 3] } else { [0, 0, 1, 1, 5, 30, 121] };
        for _ in 0..120 {
            let jump = jumps[draw(&mut world, 7)];
            world.now += jump;
            let before = world.stored();
            let said = if draw(&mut world, 8) == 0 {
                let phone = phones[draw(&mut world, 2)].clone();
                let scan = match draw(&mut world, 3) {
                    0 => typed(&visit.opened.short_code),
                    1 => visit.frame(world.now.saturating_sub(9).max(visit.opened.created_at)),
                    _ => visit.frame(world.now),
                };
                world.scan_of(&scan, &phone).map(|bound| tokens.push(bound.phone_token))
            } else {
                let input = any_input(&mut world);
                let own = match input {
                    Input::Ack(_) | Input::Key(_) | Input::NotMe | Input::Prepared { .. } => 0,
                    Input::Cancel | Input::Receipt(_) => 1,
                    _ => tokens.len() - 1,
                };
                let any = draw(&mut world, tokens.len());
                let at = if draw(&mut world, 4) > 0 { own } else { any };
                let token = tokens[at].clone();
                world.step(visit.sid(), &token, input).map(drop)
            };
            let events = world.events(visit.sid(), &tokens[1].clone(), 0);
            assert!(events.iter().zip(1..).all(|(event, n)| event.n == n));
            let n = events.len();
            if let Err(code) = said {
                *codes.entry(code.name()).or_default() += 1;
                // What time did is not the step's doing; where it did nothing, nothing changed.
                if n == last && jump == 0 {
                    assert_eq!(world.stored(), before, "{code}");
                }
            }
            assert!(n >= last, "events are never taken back");
            assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at));
            last = n;
            let state = State::from_name(&events[n - 1].state).unwrap();
            match end {
                None if state.is_final() => end = Some(state),
                Some(end) => assert_eq!(state, end, "final states stay"),
                None => {}
            }
        }
        // Silence: a session that was open has ended before the hub forgets it.
        world.tick(720);
        world.tick(3601);
        if let Ok(left) = world.hub.events(visit.sid(), &tokens[1], 0, world.now) {
            let state = State::from_name(&left.events.last().unwrap().state).unwrap();
            assert!(state.is_final() && end.is_none_or(|end| end == state), "{state:?}");
            end = Some(state);
        }
        *ends.entry(end.map_or("forgotten", State::name)).or_default() += 1;
        world.tick(86_401);
        assert!(world.stored().is_empty(), "memory is given back");
    }
    println!("{codes:?}\n{ends:?}");
    assert!(codes.len() >= 10, "{codes:?}");
}

fn bend(world: &mut World, honest: &[u8]) -> Vec<u8> {
    let mut bent = honest.to_vec();
    for _ in 0..=draw(world, 3) {
        let at = draw(world, bent.len());
        bent[at] = u8::try_from(draw(world, 256)).unwrap();
    }
    bent
}

#[test]
fn twenty_thousand_mutations_of_each_json_end_in_a_code_or_an_honest_step() {
    let mut world = World::new(77);
    let open = serde_json::to_vec(&world.request(Scene::Login)).unwrap();
    let visit = world.visit(Scene::Login);
    let scan = serde_json::to_vec(&visit.frame(world.now)).unwrap();
    let page = visit.opened.page_token.clone();
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for round in 0..20_000 {
        let mut count = |what, code: &'static str| *counts.entry((what, code)).or_default() += 1;
        // The sealed request is most of an opening: cut short, so that the header is hit.
        let head = open.len() - 5400;
        let mut bent = bend(&mut world, &open[..head]);
        bent.extend_from_slice(&open[head..]);
        let before = (round % 500 == 0).then(|| world.stored());
        match json::read::<Open>(&bent) {
            Ok(open) => match world.open(&open) {
                Ok(_) => count("open", "taken"),
                Err(code) => count("open", code.name()),
            },
            Err(_) => {
                count("open", "malformed");
                if let Some(before) = before {
                    assert_eq!(world.stored(), before);
                }
            }
        }
        let bent = bend(&mut world, &scan);
        match json::read::<Scan>(&bent) {
            Ok(scan) => {
                // Each try by another phone, or the limits would answer for the rest.
                let phone = world.phone();
                match world.hub.scan(&scan, &phone, [0; 16], world.now, &mut world.rng) {
                    Ok(_) => count("scan", "taken"),
                    Err(refused) => count("scan", refused.code.name()),
                }
            }
            Err(_) => count("scan", "malformed"),
        }
        let ack = format!("{{\"answerDigest\":\"{}\"}}", "A".repeat(43));
        match json::read::<Ack>(&bend(&mut world, ack.as_bytes())) {
            Ok(ack) => {
                let said = world.step(visit.sid(), &page, Input::Ack(ack.answer_digest.0));
                count("ack", said.unwrap_err().name());
            }
            Err(_) => count("ack", "malformed"),
        }
        match json::read::<Fail>(&bend(&mut world, b"{\"code\":\"pin_wrong\"}")) {
            Ok(fail) => match Code::from_name(&fail.code) {
                Some(code) => {
                    let said = world.step(visit.sid(), &page, Input::Fail(code)).unwrap_err();
                    count("fail", said.name());
                }
                None => count("fail", "no such code"),
            },
            Err(_) => count("fail", "malformed"),
        }
    }
    println!("{counts:#?}");
    assert!(counts.len() >= 10);
}

#[test]
fn every_truncation_of_each_json_is_malformed() {
    let mut world = World::new(78);
    let mut open = world.request(Scene::Login);
    open.sealed.0.truncate(30);
    let open = serde_json::to_vec(&open).unwrap();
    let visit = world.visit(Scene::Login);
    let scan = serde_json::to_vec(&visit.frame(world.now)).unwrap();
    for end in 0..open.len() {
        assert!(json::read::<Open>(&open[..end]).is_err());
    }
    for end in 0..scan.len() {
        assert!(json::read::<Scan>(&scan[..end]).is_err());
    }
}
