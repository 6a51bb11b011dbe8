//! A hub with a clock that the test owns, a platform and phones.

use std::sync::{Arc, Mutex, OnceLock};

use yinxin_ca::Role;
use yinxin_ca::fixture::{FixedRng, Fixture};
use yinxin_pki::{Certificate, DecryptionKey, SigningKey, pkcs8};
use yinxin_session::channel::{DisplayKey, Sid};
use yinxin_session::frame::{QrSecret, scan};
use yinxin_session::hub::store::{Change, Conflict, Memory, Seen, Sessions, Slot, StoreFault};
use yinxin_session::hub::{Hub, HubKey, Input, Opener, Session};
use yinxin_session::trust_list::{ListedPlatform, PlatformState};
use yinxin_session::wire::http::{Bound, Event, Open, Opened, Scan, Stepped};
use yinxin_session::wire::{Binary, RoutingHeader, ShortCode, Token};
use yinxin_session::{Code, Refused, Scene, Suite};

pub(crate) const HOST: &str = "hub.example.cn";
pub(crate) const NOW: u64 = 1_795_521_600;
pub(crate) const CREDENTIAL: &str = "00112233445566778899aabbccddeeff00112233";

/// One memory that several nodes share, as they would a database.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared(pub(crate) Arc<Mutex<Memory>>);

impl Shared {
    fn with<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }
}

impl Sessions for Shared {
    fn load(&self, sid: Sid) -> Result<Option<Session>, StoreFault> {
        self.with(|memory| memory.load(sid))
    }
    fn message(&self, sid: Sid, slot: Slot) -> Result<Option<Vec<u8>>, StoreFault> {
        self.with(|memory| memory.message(sid, slot))
    }
    fn by_request(&self, digest: &[u8; 32]) -> Result<Option<Seen>, StoreFault> {
        self.with(|memory| memory.by_request(digest))
    }
    fn by_short_code(&self, code: ShortCode) -> Result<Option<Sid>, StoreFault> {
        self.with(|memory| memory.by_short_code(code))
    }
    fn of_platform(&self, platform: &str) -> Result<Vec<Sid>, StoreFault> {
        self.with(|memory| memory.of_platform(platform))
    }
    fn due(&self, now: u64, most: usize) -> Result<Vec<Sid>, StoreFault> {
        self.with(|memory| memory.due(now, most))
    }
    fn next_due(&self) -> Result<Option<u64>, StoreFault> {
        self.with(|memory| memory.next_due())
    }
    fn commit(&mut self, change: Change) -> Result<(), Conflict> {
        self.with(|memory| memory.commit(change))
    }
    fn forget(&mut self, sid: Sid) -> Result<(), StoreFault> {
        self.with(|memory| memory.forget(sid))
    }
}

pub(crate) struct World {
    pub(crate) hub: Hub<Shared>,
    pub(crate) store: Shared,
    pub(crate) platform: ListedPlatform,
    pub(crate) suite: Suite,
    pub(crate) now: u64,
    pub(crate) rng: FixedRng,
}

/// A session that a platform opened, with what only its page knows.
pub(crate) struct Visit {
    pub(crate) opened: Opened,

    request_digest: Vec<u8>,
    display: DisplayKey,
    suite: Suite,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(Suite::Sm, seed)
    }

    pub(crate) fn of(suite: Suite, seed: u64) -> Self {
        let store = Shared::default();
        let rng = FixedRng::new(seed);
        let platform = ListedPlatform {
            code: "P-1".into(),
            name: "示范交易平台".into(),
            origins: vec!["https://bid.example.cn".into()],
            certificates: vec![],
            scenes: Scene::ALL.to_vec(),
            state: PlatformState::Active,
        };
        Self { hub: node(suite, store.clone()), store, platform, suite, now: NOW, rng }
    }

    /// Another node over the same store; also the same hub after a restart.
    pub(crate) fn another_node(&self) -> Hub<Shared> {
        node(self.suite, self.store.clone())
    }

    pub(crate) fn request(&mut self, scene: Scene) -> Open {
        let mut digest = [0; 32];
        rand_core::Rng::fill_bytes(&mut self.rng, &mut digest);
        let reply = DecryptionKey::generate(self.suite.curve(), &mut self.rng);
        Open {
            header: RoutingHeader {
                hub: HOST.into(),
                platform: "P-1".into(),
                scene,
                suite: self.suite,
                reply_key: Binary(reply.public().to_spki()),
                request_digest: Binary(digest.to_vec()),
                issued_at: self.now,
                expires_at: self.now + scene.scan_within(),
            },
            sealed: Binary(vec![7; 4096]),
        }
    }

    pub(crate) fn open(&mut self, open: &Open) -> Result<Opened, Code> {
        let opener = Opener { platform: &self.platform, credential: CREDENTIAL };
        let opening = self.hub.open(opener, open, self.now, &mut self.rng);
        opening.map(|opening| opening.opened).map_err(code)
    }

    pub(crate) fn visit(&mut self, scene: Scene) -> Visit {
        let open = self.request(scene);
        let opened = self.open(&open).unwrap();
        let display = DisplayKey::random(&mut self.rng);
        Visit { opened, display, suite: self.suite, request_digest: open.header.request_digest.0 }
    }

    pub(crate) fn phone(&mut self) -> Token {
        Token::random(&mut self.rng)
    }

    pub(crate) fn scan(&mut self, visit: &Visit, phone: &Token) -> Result<Bound, Code> {
        let frame = visit.frame(self.now);
        self.scan_of(&frame, phone)
    }

    pub(crate) fn scan_of(&mut self, scan: &Scan, phone: &Token) -> Result<Bound, Code> {
        self.hub.scan(scan, phone, [1; 16], self.now, &mut self.rng).map_err(code)
    }

    pub(crate) fn step(&mut self, sid: Sid, token: &Token, input: Input) -> Result<Stepped, Code> {
        self.hub.step(sid, token, input, self.now, &mut self.rng).map_err(code)
    }

    pub(crate) fn events(&mut self, sid: Sid, token: &Token, after: u64) -> Vec<Event> {
        self.hub.events(sid, token, after, self.now).unwrap().events
    }

    pub(crate) fn state(&mut self, visit: &Visit) -> String {
        let events = self.events(visit.sid(), &visit.opened.platform_token, 0);
        events.last().unwrap().state.clone()
    }

    pub(crate) fn tick(&mut self, seconds: u64) {
        self.now += seconds;
        self.hub.handle_timeout(self.now, &mut self.rng).unwrap();
    }

    /// A copy of all that is stored.
    pub(crate) fn stored(&self) -> Memory {
        self.store.0.lock().unwrap().clone()
    }

    /// A session that stands in `state`, with the phone's token.
    pub(crate) fn stand(&mut self, scene: Scene, state: &str) -> (Visit, Option<Bound>) {
        let visit = self.visit(scene);
        if state == "created" {
            return (visit, None);
        }
        let phone = self.phone();
        let bound = self.scan(&visit, &phone).unwrap();
        let sid = visit.sid();
        let path: &[(&str, Input, bool)] = &[
            ("scanned", Input::Hello(b"hello".to_vec()), true),
            if scene.has_offer() {
                ("offered", Input::Offer(b"offer".to_vec()), true)
            } else {
                ("confirmed", Input::Confirm, true)
            },
            ("prepared", prepared(0, 1, b"prepared"), false),
            ("answered", Input::Answer(b"answer".to_vec()), true),
        ];
        for (after, input, by_phone) in path {
            if !scene.has_offer() && *after == "prepared" {
                continue;
            }
            let token = if *by_phone { &bound.phone_token } else { &visit.opened.page_token };
            self.step(sid, token, input.clone()).unwrap();
            if *after == state {
                break;
            }
        }
        if state == "completed" {
            let ack = Input::Ack(self.digest(b"answer"));
            self.step(sid, &visit.opened.page_token, ack).unwrap();
        }
        assert_eq!(self.state(&visit), state);
        (visit, Some(bound))
    }

    pub(crate) fn digest(&self, octets: &[u8]) -> Vec<u8> {
        self.suite.digest().digest(octets).as_ref().to_vec()
    }
}

impl Visit {
    pub(crate) fn sid(&self) -> Sid {
        Sid(self.opened.sid.0.as_slice().try_into().unwrap())
    }

    pub(crate) fn request_digest(&self) -> Vec<u8> {
        self.request_digest.clone()
    }

    /// What a phone sends that reads the page's code at `now`.
    pub(crate) fn frame(&self, now: u64) -> Scan {
        let secret = QrSecret::from_bytes(*self.opened.qr_secret.as_bytes());
        let age = u32::try_from(now - self.opened.created_at).unwrap();
        let text = secret.draw(self.suite, HOST, self.sid(), age, &self.display).unwrap();
        let scanned = scan(&text, &[HOST]).unwrap();
        Scan {
            frame: Some(Binary(scanned.frame.to_bytes())),
            short_code: None,
            phone_nonce: Binary(vec![3; 32]),
            list_number: 0,
        }
    }

    pub(crate) fn typed(&self) -> Scan {
        typed(&self.opened.short_code)
    }
}

pub(crate) fn typed(code: &str) -> Scan {
    Scan {
        frame: None,
        short_code: Some(code.into()),
        phone_nonce: Binary(vec![3; 32]),
        list_number: 0,
    }
}

pub(crate) fn prepared(index: u32, count: u32, octets: &[u8]) -> Input {
    Input::Prepared { index, count, octets: octets.to_vec() }
}

pub(crate) fn steps(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.step.as_str()).collect()
}

fn code(refused: Refused) -> Code {
    refused.code
}

fn node(suite: Suite, store: Shared) -> Hub<Shared> {
    node_over(suite, store)
}

pub(crate) fn node_over<S: Sessions>(suite: Suite, store: S) -> Hub<S> {
    // Making an authority takes longer than the whole of a session.
    static KEYS: OnceLock<[(Vec<u8>, Certificate); 2]> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        [Suite::Sm, Suite::Nist].map(|suite| {
            let fixture = Fixture::new(suite.curve()).unwrap();
            let member = fixture.authority.member(Role::Tsa);
            let key = pkcs8::write(member.key().as_private()).to_vec();
            (key, member.certificate().clone())
        })
    });
    let (key, certificate) = &keys[usize::from(suite == Suite::Nist)];
    let key: SigningKey = pkcs8::read(key).unwrap().into_signing();
    let mut hub = Hub::new(HOST, HubKey::new(certificate.clone(), key).unwrap(), store).unwrap();
    hub.set_list_number(7);
    hub
}
