//! All roles in one process, with a clock that the test owns and a relay that keeps every octet:
//! two platforms, their pages, a hub, phones of one unit.
//!
//! The benches compile this file too, by its path: its modules are named by theirs.

#[path = "world/cast.rs"]
mod cast;
#[path = "world/ghost.rs"]
pub(crate) mod ghost;
#[path = "world/moves.rs"]
pub(crate) mod moves;
#[path = "world/person.rs"]
mod person;
#[path = "world/relay.rs"]
mod relay;

use rand_core::Rng as _;
use yinxin_ca::Role;
use yinxin_ca::fixture::FixedRng;
use yinxin_pki::signed_object::{ObjectDraft, ObjectType, SignedObject};
use yinxin_session::channel::Sid;
use yinxin_session::hub::store::{Memory as Store, Sessions as _};
use yinxin_session::hub::{Hub, HubKey, Input, Opener};
use yinxin_session::page::{Output, Page, PageKey, Shown};
use yinxin_session::phone::{Context, Holdings, Memory, Phone, PinnedHub};
use yinxin_session::platform::{Accepted, Ask, Opening, Pending, Platform, Visit};
use yinxin_session::statement::Judge;
use yinxin_session::trust_list::{PlatformState, TrustListContent};
use yinxin_session::wire::http::{Action, Bound, Event, Opened, Stepped};
use yinxin_session::wire::{Browser, Display, Payload, Require, ResultForPlatform, Token};
use yinxin_session::{Code, Refused, Suite};

pub(crate) use cast::{Bid, CODE, Cast, FILE, HUB, NOW, PROJECT, SECTION, TITLE, cast};
pub(crate) use ghost::Ghost;
pub(crate) use person::{Stage, seal_act, statement};

/// The network that phones call from.
const NETWORK: [u8; 16] = [1; 16];

pub(crate) struct World {
    pub(crate) cast: &'static Cast,
    pub(crate) suite: Suite,
    /// The true time, which hub and platforms have.
    pub(crate) now: u64,
    pub(crate) rng: FixedRng,
    pub(crate) hub: Hub<Store>,
    pub(crate) list: TrustListContent,
    pub(crate) list_der: Vec<u8>,
    pub(crate) platforms: [Platform; 2],
    pub(crate) pages: Vec<Desk>,
    pub(crate) phones: Vec<Pocket>,
    /// Every octet string that went over the hub, to it or from it.
    pub(crate) relayed: Vec<Vec<u8>>,
    pub(crate) ghost: Ghost,
}

/// A page with its platform's and its visitor's part.
pub(crate) struct Desk {
    pub(crate) platform: usize,
    pub(crate) cookie: Vec<u8>,
    pub(crate) page: Page,
    pub(crate) pending: Pending,
    pub(crate) opened: Opened,
    pub(crate) payload: Payload,
    /// What the visitor reads: whose phone, and the number.
    pub(crate) reads: Option<(String, u8)>,
    pub(crate) offered: bool,
    /// Files prepared so far.
    pub(crate) made: usize,
    pub(crate) ended: Option<String>,
    /// What the page still has to send.
    pub(crate) outbox: Vec<Input>,
    /// The result that was handed to the platform.
    pub(crate) result: Option<ResultForPlatform>,
}

/// A phone with what it keeps, and the person who holds it.
pub(crate) struct Pocket {
    pub(crate) account: Token,
    pub(crate) hub: PinnedHub,
    pub(crate) holdings: Holdings,
    pub(crate) memory: Memory,
    pub(crate) phone: Option<Phone>,
    pub(crate) stage: Stage,
    /// Seconds that its clock is fast.
    pub(crate) fast: i64,
    /// The page whose code it scanned, where it was one.
    pub(crate) before: Option<usize>,
    /// What the phone still has to send.
    pub(crate) outbox: Vec<Input>,
    /// Prepared messages that it took already, by the number of their event.
    pub(crate) last_event: u64,
}

impl Desk {
    pub(crate) fn sid(&self) -> Sid {
        self.pending.sid().unwrap()
    }
}

pub(crate) fn code(refused: Refused) -> Code {
    refused.code
}

impl World {
    pub(crate) fn new(suite: Suite, seed: u64) -> Self {
        let cast = cast(suite);
        let mut rng = FixedRng::new(seed ^ 0x5eed_0000);
        let list = cast.list.clone();
        let key = HubKey::new(cast.hub_certificate.clone(), cast.hub_key()).unwrap();
        let mut hub = Hub::new(HUB, key, Store::default()).unwrap();
        hub.set_list_number(list.number);
        let phones = (0..2)
            .map(|_| Pocket {
                account: Token::random(&mut rng),
                hub: cast.pinned.clone(),
                holdings: cast.holdings(),
                memory: Memory::default(),
                phone: None,
                stage: Stage::Idle,
                fast: 0,
                before: None,
                outbox: Vec::new(),
                last_event: 0,
            })
            .collect();
        Self {
            cast,
            suite,
            now: NOW,
            rng,
            hub,
            list_der: cast.list_der.clone(),
            list,
            platforms: [0, 1].map(|index| cast.platform(index)),
            pages: Vec::new(),
            phones,
            relayed: Vec::new(),
            ghost: Ghost::default(),
        }
    }

    pub(crate) fn judge(&self) -> Judge<'static> {
        let trust = &self.cast.fixture.trust;
        Judge { trust, revocation: None, require_revocation: false, now: self.now }
    }

    pub(crate) fn steady(&self) -> u64 {
        (self.now - NOW) * 1000
    }

    /// Publishes a changed trust list; phones fetch it when they hear of it.
    pub(crate) fn publish(&mut self, change: impl FnOnce(&mut TrustListContent)) {
        self.list.number += 1;
        change(&mut self.list);
        self.list_der = self.cast.sign_list(&self.list);
        self.hub.set_list_number(self.list.number);
    }

    /// The platform is suspended: in the list, and at the hub.
    pub(crate) fn suspend(&mut self, platform: usize) {
        self.publish(|list| list.platforms[platform].state = PlatformState::Suspended);
        let code = self.platforms[platform].names.code.clone();
        self.hub.suspend(&code, self.now).unwrap();
    }

    /// What a platform asks for by default, for the unit that is logged in.
    pub(crate) fn ask(payload: Payload) -> Ask {
        let account = payload.scene().needs_account();
        Ask {
            display: Display {
                title: Some(TITLE.into()),
                project: Some(PROJECT.into()),
                section: Some(SECTION.into()),
                file_name: Some(FILE.into()),
                ..Display::default()
            },
            payload,
            require: Require { credit_code: account.then(|| CODE.into()), ..Require::default() },
        }
    }

    /// A visitor's page asks its platform, which asks the hub.
    pub(crate) fn open(&mut self, platform: usize, cookie: &[u8], ask: Ask) -> Result<usize, Code> {
        self.open_from(platform, cookie, ask, false)
    }

    pub(crate) fn open_from(
        &mut self,
        platform: usize,
        cookie: &[u8],
        ask: Ask,
        own_browser: bool,
    ) -> Result<usize, Code> {
        let (key, visit) = self.page_key(platform, cookie);
        let browser = own_browser.then(|| self.cast.browser_signs(&key.browser_bytes()));
        let payload = ask.payload.clone();
        let opening = self.draft(platform, cookie, ask, &key, &visit, browser)?;
        let opened = self.open_at_hub(platform, &opening)?;
        Ok(self.seat(platform, cookie, key, payload, opening, opened))
    }

    pub(crate) fn page_key(&mut self, platform: usize, cookie: &[u8]) -> (PageKey, Visit) {
        let asking = &self.platforms[platform];
        let visit = asking.visit(cookie, self.now, &mut self.rng);
        let nonce = visit.nonce.0.clone();
        let origin = asking.origins[0].clone();
        (PageKey::new(self.suite, &origin, nonce, &mut self.rng), visit)
    }

    /// The platform makes and signs the request.
    pub(crate) fn draft(
        &mut self,
        platform: usize,
        cookie: &[u8],
        ask: Ask,
        key: &PageKey,
        visit: &Visit,
        browser: Option<Browser>,
    ) -> Result<Opening, Code> {
        let begin = key.begin(browser);
        let asking = &self.platforms[platform];
        let draft = asking.request(begin, ask, visit, cookie, self.now).map_err(code)?;
        let signed = self.cast.platform_signs(platform, draft.to_sign(), &mut self.rng);
        draft.finish(&signed, &mut self.rng).map_err(code)
    }

    pub(crate) fn open_at_hub(
        &mut self,
        platform: usize,
        opening: &Opening,
    ) -> Result<Opened, Code> {
        self.relayed.push(serde_json::to_vec(&opening.open).unwrap());
        self.relayed.push(opening.open.sealed.0.clone());
        let listed = &self.list.platforms[platform];
        let opener = Opener { platform: listed, credential: "00112233" };
        let opened = self.hub.open(opener, &opening.open, self.now, &mut self.rng);
        opened.map(|opening| opening.opened).map_err(code)
    }

    pub(crate) fn seat(
        &mut self,
        platform: usize,
        cookie: &[u8],
        key: PageKey,
        payload: Payload,
        opening: Opening,
        opened: Opened,
    ) -> usize {
        let (ticket, pending) = opening.opened(&opened).unwrap();
        let page = Page::new(key, ticket, self.steady()).unwrap();
        self.pages.push(Desk {
            platform,
            cookie: cookie.to_vec(),
            page,
            pending,
            opened,
            payload,
            reads: None,
            offered: false,
            made: 0,
            ended: None,
            outbox: Vec::new(),
            result: None,
        });
        self.pages.len() - 1
    }

    /// Takes a step at the hub.
    pub(crate) fn step(&mut self, sid: Sid, token: &Token, input: Input) -> Result<Stepped, Code> {
        self.relayed.push(relay::octets(&input));
        let before = self.state(sid);
        let stepped = self.hub.step(sid, token, input, self.now, &mut self.rng).map_err(code);
        self.ghost.hub_moved(sid, before, self.state(sid));
        stepped
    }

    /// The hub's state of a session.
    pub(crate) fn state(&self, sid: Sid) -> Option<String> {
        let session = self.hub.store().load(sid).unwrap();
        session.map(|session| session.state().name().to_owned())
    }

    /// Time passes.
    pub(crate) fn tick(&mut self, seconds: u64) {
        let before: Vec<_> =
            self.pages.iter().map(|desk| (desk.sid(), self.state(desk.sid()))).collect();
        self.now += seconds;
        self.hub.handle_timeout(self.now, &mut self.rng).unwrap();
        for (sid, state) in before {
            self.ghost.hub_moved(sid, state, self.state(sid));
        }
        let steady = self.steady();
        for page in 0..self.pages.len() {
            let was_final = self.pages[page].page.is_final();
            self.pages[page].page.handle_timeout(steady);
            self.outputs(page);
            self.ghost.page_moved(page, was_final, self.pages[page].page.is_final());
        }
        for pocket in &mut self.phones {
            let clock = self.now.saturating_add_signed(pocket.fast);
            if let Some(phone) = &mut pocket.phone {
                phone.handle_timeout(clock);
            }
        }
    }

    /// What the hub has for a role after event `after`.
    pub(crate) fn events(&mut self, sid: Sid, token: &Token, after: u64) -> Vec<Event> {
        let events = self.hub.events(sid, token, after, self.now);
        let events = events.map_or_else(|_| Vec::new(), |events| events.events);
        for event in &events {
            if let Some(data) = &event.data {
                self.relayed.push(data.0.clone());
            }
        }
        events
    }

    /// The page fetches its events and takes them.
    pub(crate) fn poll(&mut self, page: usize) -> Result<(), Code> {
        let desk = &self.pages[page];
        let (sid, token) = (desk.sid(), desk.opened.page_token.clone());
        let events = self.events(sid, &token, desk.page.last_event());
        for event in &events {
            self.give(page, event)?;
        }
        Ok(())
    }

    /// The page takes one event, whoever made it.
    pub(crate) fn give(&mut self, page: usize, event: &Event) -> Result<(), Code> {
        let judge = self.judge();
        let was_final = self.pages[page].page.is_final();
        let desk = &mut self.pages[page];
        let taken = desk.page.handle_event(event, &mut self.rng);
        let taken = taken.and_then(|()| desk.page.judge(judge)).map_err(code);
        self.outputs(page);
        let desk = &self.pages[page];
        self.ghost.page_moved(page, was_final, desk.page.is_final());
        if let Some(answered) = desk.page.answered() {
            self.ghost.page_believes(page, answered.judgement.statement().content());
        }
        taken
    }

    pub(crate) fn outputs(&mut self, page: usize) {
        let desk = &mut self.pages[page];
        while let Some(output) = desk.page.poll_output() {
            match output {
                Output::Post { action: Action::Ack, body } => {
                    let ack: yinxin_session::wire::http::Ack =
                        serde_json::from_slice(&body).unwrap();
                    desk.outbox.push(Input::Ack(ack.answer_digest.0));
                }
                Output::Post { action: Action::Key, body } => desk.outbox.push(Input::Key(body)),
                Output::Post { action: Action::NotMe, .. } => desk.outbox.push(Input::NotMe),
                Output::Post { action: Action::Cancel, .. } => desk.outbox.push(Input::Cancel),
                Output::Post { .. } | Output::Refetch(_) => {}
                Output::Prepared { index, count, body } => {
                    desk.outbox.push(Input::Prepared { index, count, octets: body });
                }
                Output::Show(Shown::Scanned { holder, number }) => {
                    desk.reads = Some((holder, number));
                }
                Output::Show(Shown::Offered) => desk.offered = true,
                Output::Show(Shown::Declined { word }) => desk.ended = Some(word),
                Output::Show(Shown::Ended(code)) => desk.ended = Some(code.name().into()),
                Output::Show(Shown::Answered | Shown::ShortCode(_)) => {}
                _ => {}
            }
        }
    }

    /// The page sends the first thing that it has to send.
    pub(crate) fn page_sends(&mut self, page: usize) -> Result<Stepped, Code> {
        let desk = &mut self.pages[page];
        if desk.outbox.is_empty() {
            return Err(Code::StepOutOfOrder);
        }
        let input = desk.outbox.remove(0);
        let (sid, token) = (desk.sid(), desk.opened.page_token.clone());
        self.step(sid, &token, input)
    }

    /// The page hands what it believes to its platform, with the visitor's cookie.
    pub(crate) fn hand_over(&mut self, page: usize) -> Result<Accepted, Code> {
        let desk = &self.pages[page];
        let answered = desk.page.answered().ok_or(Code::StepOutOfOrder)?;
        let (result, cookie) = (answered.result.clone(), desk.cookie.clone());
        let accepted = self.accept(page, &result, &cookie)?;
        self.pages[page].result = Some(result);
        self.pages[page].page.acknowledge().map_err(code)?;
        self.outputs(page);
        Ok(accepted)
    }

    /// A result is posted to the platform of `page`, on that page's request, with any cookie.
    pub(crate) fn accept(
        &mut self,
        page: usize,
        result: &ResultForPlatform,
        cookie: &[u8],
    ) -> Result<Accepted, Code> {
        let judge = self.judge();
        let desk = &mut self.pages[page];
        let platform = &self.platforms[desk.platform];
        let before = desk.pending.clone();
        let accepted = platform.accept(&mut desk.pending, result, cookie, judge).map_err(code);
        match &accepted {
            Ok(accepted) => {
                let content = accepted.statement.content();
                self.ghost.accepted(page, cookie == desk.cookie, content, accepted.again);
            }
            Err(_) => assert_eq!(before, desk.pending, "a refused result changes nothing"),
        }
        accepted
    }

    /// A platform's JSON form of what a page posts: what does not read does not count.
    pub(crate) fn accept_text(
        &mut self,
        page: usize,
        text: &[u8],
        cookie: &[u8],
    ) -> Result<Accepted, Code> {
        let result = ResultForPlatform::read(text).map_err(code)?;
        self.accept(page, &result, cookie)
    }

    pub(crate) fn random(&mut self, below: u64) -> u64 {
        self.rng.next_u64() % below
    }

    pub(crate) fn context<'a>(
        pocket: &'a mut Pocket,
        now: u64,
    ) -> (&'a mut Option<Phone>, Context<'a>) {
        let clock = now.saturating_add_signed(pocket.fast);
        let context = Context { hub: &pocket.hub, memory: &mut pocket.memory, now: clock };
        (&mut pocket.phone, context)
    }

    /// The answer of a hub to a scan, kept by the relay.
    pub(crate) fn relay_bound(&mut self, bound: &Bound) {
        self.relayed.push(serde_json::to_vec(bound).unwrap());
        self.relayed.push(bound.sealed.0.clone());
    }
}

/// Signs a list, as its signer does, with the same octets each time.
pub(crate) fn sign_list(cast: &Cast, list: &TrustListContent) -> Vec<u8> {
    let signer = cast.fixture.authority.member(Role::TrustList);
    let content = list.write().unwrap();
    let at = yinxin_ca::fixture::NOW;
    let draft = ObjectDraft::new(ObjectType::TrustList, content, signer.certificate(), &[], at);
    let draft = draft.unwrap();
    let answer = signer.key().sign(draft.to_sign(), &mut FixedRng::new(list.number)).unwrap();
    draft.finish(&answer).unwrap()
}

/// What a signed object holds, by the certificate that it names.
pub(crate) fn content_of(der: &[u8], kind: ObjectType) -> Vec<u8> {
    let object = SignedObject::from_der(der, kind).unwrap();
    let named = object.named().unwrap().clone();
    object.verify(&named).unwrap().content.to_vec()
}
