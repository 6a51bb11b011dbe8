//! Two nodes over one store, at the same time: whatever they do at once, one of them was first.

use std::collections::BTreeMap;
use std::sync::{Barrier, Mutex};
use std::thread;

use yinxin_ca::fixture::FixedRng;
use yinxin_session::channel::Sid;
use yinxin_session::hub::store::{Change, Conflict, Memory, Seen, Sessions, Slot, StoreFault};
use yinxin_session::hub::{Hub, Input, Opener, Session};
use yinxin_session::wire::{ShortCode, Token};
use yinxin_session::{Code, Scene};

use crate::hub_world::{CREDENTIAL, Shared, World, steps};

const RUNS: u64 = 1000;

/// Does one thing on this world's node and another on a second one, at the same moment.
fn at_once<A: Send, B: Send>(
    world: &mut World,
    one: impl FnOnce(&mut Hub<Shared>, &mut FixedRng, u64) -> A + Send,
    other: impl FnOnce(&mut Hub<Shared>, &mut FixedRng, u64) -> B + Send,
) -> (A, B) {
    let mut second = world.another_node();
    let mut rng = FixedRng::new(rand_core::Rng::next_u64(&mut world.rng));
    let now = world.now;
    let begin = Barrier::new(2);
    let World { hub, rng: own, .. } = world;
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            begin.wait();
            other(&mut second, &mut rng, now)
        });
        begin.wait();
        let one = one(hub, own, now);
        (one, other.join().unwrap())
    })
}

#[test]
fn two_phones_scan_on_two_nodes_at_once_and_one_is_bound_always() {
    let mut world = World::new(19);
    let mut wins = [0; 2];
    for _ in 0..RUNS {
        let visit = world.visit(Scene::Login);
        let (phones, frame) = ([world.phone(), world.phone()], visit.frame(world.now));
        let scan = |phone: &Token, hub: &mut Hub<Shared>, rng: &mut FixedRng, now| {
            hub.scan(&frame, phone, [1; 16], now, rng).map_err(|refused| refused.code)
        };
        let (one, other) = at_once(
            &mut world,
            |hub, rng, now| scan(&phones[0], hub, rng, now),
            |hub, rng, now| scan(&phones[1], hub, rng, now),
        );
        let bound = match (one, other) {
            (Ok(bound), Err(Code::BoundElsewhere)) => {
                wins[0] += 1;
                bound
            }
            (Err(Code::BoundElsewhere), Ok(bound)) => {
                wins[1] += 1;
                bound
            }
            both => panic!("{both:?}"),
        };
        // The winner's token is the one that holds.
        let hello = Input::Hello(b"m".to_vec());
        world.step(visit.sid(), &bound.phone_token, hello).unwrap();
        let events = world.events(visit.sid(), &visit.opened.page_token, 0);
        assert_eq!(steps(&events), ["created", "scanned", "hello"]);
        world.now += 1;
    }
    println!("first node {}, second node {}", wins[0], wins[1]);
}

#[test]
fn scan_and_cancel_at_once_and_both_roles_agree() {
    let mut world = World::new(20);
    let mut outcomes = BTreeMap::new();
    for _ in 0..RUNS {
        let visit = world.visit(Scene::Login);
        let (phone, frame, sid) = (world.phone(), visit.frame(world.now), visit.sid());
        let page = visit.opened.page_token.clone();
        let (scan, cancel) = at_once(
            &mut world,
            |hub, rng, now| hub.scan(&frame, &phone, [1; 16], now, rng).map_err(|r| r.code),
            |hub, rng, now| hub.step(sid, &page, Input::Cancel, now, rng).map_err(|r| r.code),
        );
        // The page may cancel before and after the scan: its word holds either way.
        assert_eq!(cancel.unwrap().state, "cancelled");
        assert_eq!(world.state(&visit), "cancelled");
        let word = match scan {
            Ok(bound) => {
                let hello = Input::Hello(b"m".to_vec());
                let said = world.step(sid, &bound.phone_token, hello).unwrap_err();
                assert_eq!(said, Code::SessionCancelled);
                "scan first"
            }
            Err(code) => {
                assert_eq!(code, Code::SessionCancelled);
                "cancel first"
            }
        };
        *outcomes.entry(word).or_insert(0) += 1;
        world.now += 1;
    }
    println!("{outcomes:?}");
}

#[test]
fn answer_and_cancel_at_once_and_one_of_them_counts() {
    let mut world = World::new(21);
    let mut outcomes = BTreeMap::new();
    for _ in 0..RUNS / 4 {
        let (visit, bound) = world.stand(Scene::Decrypt, "confirmed");
        let (sid, page) = (visit.sid(), visit.opened.page_token.clone());
        let phone = bound.unwrap().phone_token;
        let answer = || Input::Answer(b"answer".to_vec());
        let (answer, cancel) = at_once(
            &mut world,
            |hub, rng, now| hub.step(sid, &phone, answer(), now, rng).map_err(|r| r.code),
            |hub, rng, now| hub.step(sid, &page, Input::Cancel, now, rng).map_err(|r| r.code),
        );
        let word = match (answer, cancel) {
            (Ok(_), Err(Code::AlreadyAnswered)) => "answered",
            (Err(Code::SessionCancelled), Ok(_)) => "cancelled",
            both => panic!("{both:?}"),
        };
        assert_eq!(world.state(&visit), word);
        *outcomes.entry(word).or_insert(0) += 1;
    }
    println!("{outcomes:?}");
}

#[test]
fn one_request_opened_on_two_nodes_at_once_is_one_session() {
    let mut world = World::new(22);
    for _ in 0..RUNS / 4 {
        let open = world.request(Scene::Login);
        let platform = world.platform.clone();
        let opener = Opener { platform: &platform, credential: CREDENTIAL };
        let (one, other) = at_once(
            &mut world,
            |hub, rng, now| hub.open(opener, &open, now, rng).unwrap(),
            |hub, rng, now| hub.open(opener, &open, now, rng).unwrap(),
        );
        assert_eq!(one.opened.sid, other.opened.sid);
        assert_ne!(one.again, other.again);
    }
    assert_eq!(world.stored().len(), usize::try_from(RUNS / 4).unwrap());
}

/// A store between whose answer and whose commit somebody else acts, once.
struct Between {
    store: Shared,
    act: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Sessions for Between {
    fn load(&self, sid: Sid) -> Result<Option<Session>, StoreFault> {
        self.store.load(sid)
    }
    fn message(&self, sid: Sid, slot: Slot) -> Result<Option<Vec<u8>>, StoreFault> {
        self.store.message(sid, slot)
    }
    fn by_request(&self, digest: &[u8; 32]) -> Result<Option<Seen>, StoreFault> {
        self.store.by_request(digest)
    }
    fn by_short_code(&self, code: ShortCode) -> Result<Option<Sid>, StoreFault> {
        self.store.by_short_code(code)
    }
    fn of_platform(&self, platform: &str) -> Result<Vec<Sid>, StoreFault> {
        self.store.of_platform(platform)
    }
    fn due(&self, now: u64, most: usize) -> Result<Vec<Sid>, StoreFault> {
        self.store.due(now, most)
    }
    fn next_due(&self) -> Result<Option<u64>, StoreFault> {
        self.store.next_due()
    }
    fn commit(&mut self, change: Change) -> Result<(), Conflict> {
        if let Some(act) = self.act.lock().unwrap().take() {
            act();
        }
        self.store.commit(change)
    }
    fn forget(&mut self, sid: Sid) -> Result<(), StoreFault> {
        self.store.forget(sid)
    }
}

/// The races above depend on the machine's moods; this one is lost for certain.
#[test]
fn who_read_before_the_other_wrote_reads_again() {
    let mut world = World::new(23);
    let visit = world.visit(Scene::Login);
    let (winner, loser) = (world.phone(), world.phone());
    let (frame, now) = (visit.frame(world.now), world.now);
    let mut other = world.another_node();
    let theirs = frame.clone();
    let act = Box::new(move || {
        other.scan(&theirs, &winner, [2; 16], now, &mut FixedRng::new(1)).unwrap();
    });
    let store = Between { store: world.store.clone(), act: Mutex::new(Some(act)) };
    let mut slow = crate::hub_world::node_over(world.suite, store);
    let said = slow.scan(&frame, &loser, [1; 16], now, &mut world.rng).unwrap_err();
    assert_eq!(said.code, Code::BoundElsewhere);
    let before: Memory = world.stored();
    assert_eq!(
        steps(&world.events(visit.sid(), &visit.opened.page_token, 0)),
        ["created", "scanned"]
    );
    assert_eq!(world.stored(), before);
}
