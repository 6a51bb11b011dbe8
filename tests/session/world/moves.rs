//! Moves of a run: what honest roles do next, and what a hostile relay, network, page or platform
//! does in between.

use rand_core::Rng as _;
use yinxin_ca::fixture::FixedRng;
use yinxin_session::channel::{Binding, DisplayKey, Step};
use yinxin_session::hub::Input;
use yinxin_session::page::Page;
use yinxin_session::phone::Phone;
use yinxin_session::wire::http::Event;
use yinxin_session::wire::{Act, Binary, Hello, Prepared};
use yinxin_session::{Code, Scene};

use super::cast::{Bid, FILE, PROJECT, SECTION, TITLE};
use super::person::seal_act;
use super::{Stage, World, code};

/// Pages in one run.
const PAGES: usize = 3;

const COOKIES: [&[u8]; 2] = [b"visitor", b"attacker"];

/// Numbers are taken modulo what there is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Move {
    /// What a phone, its person and its page do next when nobody interferes.
    Advance(u8),
    Cancel(u8),
    Confirm(u8),
    CopyFrame(u8),
    Fetch(u8),
    /// The hub hands the phone another session's request.
    HubBound {
        phone: u8,
        page: u8,
    },
    /// The hub makes an event of octets that went by, or of its own.
    HubEvent {
        page: u8,
        kind: u8,
        octets: u8,
        bent: u8,
    },
    /// The hub gives the phone octets that went by as a prepared message.
    HubPrepared {
        phone: u8,
        index: u8,
        octets: u8,
        bent: u8,
    },
    Number {
        phone: u8,
        right: bool,
    },
    NotMe(u8),
    Open {
        platform: u8,
        cookie: u8,
        scene: u8,
        browser: bool,
    },
    PageLies(u8),
    PageLoses(u8),
    PageSends(u8),
    PhoneLoses(u8),
    PhoneSends(u8),
    PhoneSendsTwice(u8),
    PhoneSendsBent {
        phone: u8,
        bent: u8,
    },
    Poll(u8),
    Prepare(u8),
    Publish,
    Reject(u8),
    Reload(u8),
    RestartPhone(u8),
    /// A page's result is posted on another page's request, with some cookie.
    Result {
        of: u8,
        to: u8,
        cookie: u8,
        bent: u8,
    },
    Scan {
        phone: u8,
        page: u8,
    },
    ScanCopy {
        phone: u8,
        copy: u8,
    },
    Suspend(u8),
    Tick(u16),
}

impl Move {
    /// A schedule of a seed: mostly honest steps, so that runs get far.
    pub(crate) fn schedule(seed: u64) -> Vec<Self> {
        let mut rng = FixedRng::new(seed);
        let length = 24 + rng.next_u32() % 32;
        let mut moves = vec![Self::open(&mut rng, 0)];
        moves.extend((0..length).map(|_| Self::any(&mut rng)));
        moves
    }

    fn open(rng: &mut FixedRng, cookie: u8) -> Self {
        let byte = |rng: &mut FixedRng| rng.next_u32().to_le_bytes()[0];
        // Logins are the cheapest, and the most interleavings come of them.
        let scene = [2, 2, 2, 0, 1, 3, 4, 5][usize::from(byte(rng) % 8)];
        let platform = u8::from(byte(rng) % 5 == 0);
        Self::Open { platform, cookie, scene, browser: byte(rng) % 4 == 0 }
    }

    fn any(rng: &mut FixedRng) -> Self {
        let [a, b, c, d] = rng.next_u32().to_le_bytes();
        let roll = rng.next_u32() % 100;
        match roll {
            0..60 => Self::Advance(a % 4 / 3),
            60 => Self::open(rng, a % 2),
            61 => Self::CopyFrame(a),
            62 => Self::Fetch(a),
            63 => Self::HubBound { phone: a, page: b },
            64..70 => Self::HubEvent { page: a, kind: b, octets: c, bent: d },
            70..73 => Self::HubPrepared { phone: a, index: b, octets: c, bent: d },
            73 => Self::Number { phone: a, right: b % 4 > 0 },
            74 => Self::NotMe(a),
            75 => Self::PageLies(a),
            76 => Self::PageLoses(a),
            77 => Self::PageSends(a),
            78 => Self::PhoneLoses(a),
            79 => Self::PhoneSends(a),
            80..82 => Self::PhoneSendsTwice(a),
            82 => Self::PhoneSendsBent { phone: a, bent: b },
            83..85 => Self::Poll(a),
            85 => Self::Prepare(a),
            86 => Self::Publish,
            87 => Self::Reject(a),
            88 => Self::Reload(a),
            89 => Self::RestartPhone(a),
            90..93 => Self::Result { of: a, to: b, cookie: c, bent: d },
            93 => Self::Scan { phone: a, page: b },
            94..96 => Self::ScanCopy { phone: a, copy: b },
            96 if a % 4 == 0 => Self::Suspend(b),
            96 if a % 4 == 1 => Self::Cancel(a / 4),
            96 if a % 4 == 2 => Self::Confirm(a / 4),
            96 => Self::Poll(a),
            _ => Self::Tick(match a % 4 {
                0 => u16::from(b % 12),
                1 => u16::from(b),
                2 => u16::from(b) * 4,
                _ => 1,
            }),
        }
    }
}

impl World {
    fn page_of(&self, number: u8) -> Option<usize> {
        (!self.pages.is_empty()).then(|| usize::from(number) % self.pages.len())
    }

    fn octets_of(&mut self, number: u8, bent: u8) -> Option<Vec<u8>> {
        // The newest are the most interesting.
        let back = usize::from(number) % self.relayed.len().clamp(1, 12) + 1;
        let at = self.relayed.len().checked_sub(back)?;
        let mut octets = self.relayed[at].clone();
        if bent.is_multiple_of(4) && !octets.is_empty() {
            let place = usize::from(bent) * octets.len() / 256;
            octets[place] ^= 1 << (bent / 4 % 8);
        }
        Some(octets)
    }

    /// Makes a move. What is refused is refused: only what really happens counts.
    pub(crate) fn play(&mut self, made: Move) -> Result<(), Code> {
        let phone = |number: u8| usize::from(number) % 2;
        match made {
            Move::Advance(number) => self.advance(phone(number)),
            Move::Cancel(number) => self.on_page(number, |page| page.cancel().map_err(code)),
            Move::Confirm(number) => self.confirm(phone(number)),
            Move::CopyFrame(number) => {
                let page = self.page_of(number).ok_or(Code::StepOutOfOrder)?;
                let text = self.frame(page).ok_or(Code::StepOutOfOrder)?;
                self.ghost.copied.push((page, text));
                Ok(())
            }
            Move::Fetch(number) => self.fetch_prepared(phone(number)),
            Move::HubBound { phone: p, page } => self.hub_swaps_request(phone(p), page),
            Move::HubEvent { page, kind, octets, bent } => {
                self.hub_makes_event(page, kind, octets, bent)
            }
            Move::HubPrepared { phone: p, index, octets, bent } => {
                let octets = self.octets_of(octets, bent).ok_or(Code::StepOutOfOrder)?;
                self.seal(phone(p), u32::from(index % 3), &octets)
            }
            Move::Number { phone: p, right: true } => self.enter_number(phone(p)),
            Move::Number { phone: p, right: false } => self.enter_wrong(phone(p)),
            Move::NotMe(number) => self.on_page(number, |page| page.not_me().map_err(code)),
            Move::Open { platform, cookie, scene, browser } => {
                self.open_some(platform, cookie, scene, browser)
            }
            Move::PageLies(number) => self.page_lies(number),
            Move::PageLoses(number) => {
                let page = self.page_of(number).ok_or(Code::StepOutOfOrder)?;
                let outbox = &mut self.pages[page].outbox;
                if !outbox.is_empty() {
                    outbox.remove(0);
                }
                Ok(())
            }
            Move::PageSends(number) => {
                let page = self.page_of(number).ok_or(Code::StepOutOfOrder)?;
                self.page_sends(page).map(drop)
            }
            Move::PhoneLoses(number) => {
                let outbox = &mut self.phones[phone(number)].outbox;
                if !outbox.is_empty() {
                    outbox.remove(0);
                }
                Ok(())
            }
            Move::PhoneSends(number) => self.phone_sends(phone(number)),
            Move::PhoneSendsTwice(number) => {
                let pocket = &self.phones[phone(number)];
                let first = pocket.outbox.first().cloned().ok_or(Code::StepOutOfOrder)?;
                let before = self.phone_sends_this(phone(number), first.clone());
                let again = self.phone_sends_this(phone(number), first);
                // A rejection ends the session, which is what its repetition is told.
                let same = before.is_err() || again.is_ok() || again == Err(Code::Rejected);
                self.ghost.note(same, || format!("taken, then refused: {again:?}"));
                again
            }
            Move::PhoneSendsBent { phone: p, bent } => {
                let pocket = &self.phones[phone(p)];
                let first = pocket.outbox.first().cloned().ok_or(Code::StepOutOfOrder)?;
                self.phone_sends_this(phone(p), bend(first, bent))
            }
            Move::Poll(number) => {
                let page = self.page_of(number).ok_or(Code::StepOutOfOrder)?;
                self.poll(page)
            }
            Move::Prepare(number) => {
                let page = self.page_of(number).ok_or(Code::StepOutOfOrder)?;
                self.prepare(page)
            }
            Move::Publish => {
                self.publish(|_| {});
                Ok(())
            }
            Move::Reject(number) => self.reject(phone(number), Code::PersonRejected),
            Move::Reload(number) => self.reload(number),
            Move::RestartPhone(number) => self.restart_phone(phone(number)),
            Move::Result { of, to, cookie, bent } => self.post_result(of, to, cookie, bent),
            Move::Scan { phone: p, page } => {
                let page = self.page_of(page).ok_or(Code::StepOutOfOrder)?;
                self.scan(phone(p), page)
            }
            Move::ScanCopy { phone: p, copy } => {
                let copies = &self.ghost.copied;
                let at = usize::from(copy) % copies.len().max(1);
                let (page, text) = copies.get(at).cloned().ok_or(Code::StepOutOfOrder)?;
                self.phones[phone(p)].before = Some(page);
                let bound = self.scan_text(phone(p), &text)?;
                self.take_bound(phone(p), &bound)
            }
            Move::Suspend(number) => {
                self.suspend(usize::from(number) % 2);
                Ok(())
            }
            Move::Tick(seconds) => {
                self.tick(u64::from(seconds));
                Ok(())
            }
        }
    }

    fn on_page(
        &mut self,
        number: u8,
        act: impl FnOnce(&mut Page) -> Result<(), Code>,
    ) -> Result<(), Code> {
        let page = self.page_of(number).ok_or(Code::StepOutOfOrder)?;
        act(&mut self.pages[page].page)?;
        self.outputs(page);
        Ok(())
    }

    fn open_some(&mut self, platform: u8, cookie: u8, scene: u8, own: bool) -> Result<(), Code> {
        if self.pages.len() >= PAGES {
            return Err(Code::StepOutOfOrder);
        }
        let scene = Scene::ALL[usize::from(scene) % Scene::ALL.len()];
        let payload = match (scene, self.random(6)) {
            (Scene::Decrypt, 0) => self.cast.decrypt(Bid::Closed),
            (Scene::Decrypt, 1) => self.cast.decrypt(Bid::Foreign),
            _ => self.cast.payload(scene),
        };
        let cookie = COOKIES[usize::from(cookie) % 2];
        self.open_from(usize::from(platform) % 2, cookie, Self::ask(payload), own).map(drop)
    }

    /// The next honest step of a phone, its person and the page before them.
    pub(crate) fn advance(&mut self, phone: usize) -> Result<(), Code> {
        let pocket = &self.phones[phone];
        if let Stage::Idle | Stage::Ended = pocket.stage {
            if !pocket.outbox.is_empty() {
                return self.phone_sends(phone);
            }
            let waiting = self.pages.iter().position(|desk| desk.reads.is_none());
            return self.scan(phone, waiting.ok_or(Code::StepOutOfOrder)?);
        }
        if matches!(pocket.stage, Stage::Bound) {
            return self.look(phone).map(drop);
        }
        if !pocket.outbox.is_empty() {
            return self.phone_sends(phone);
        }
        let page = pocket.before.ok_or(Code::StepOutOfOrder)?;
        match pocket.stage.clone() {
            Stage::Shown(_) if self.pages[page].reads.is_none() => self.poll(page),
            Stage::Shown(_) => self.enter_number(phone),
            Stage::Matched(_) if self.pages[page].reads.is_none() => self.poll(page),
            Stage::Matched(_) => self.confirm(phone),
            Stage::Offered => {
                let desk = &self.pages[page];
                if !desk.offered {
                    self.poll(page)
                } else if !desk.outbox.is_empty() {
                    self.page_sends(page).map(drop)
                } else if self.prepare(page).is_err() {
                    self.fetch_prepared(phone)
                } else {
                    Ok(())
                }
            }
            Stage::Released => {
                let desk = &self.pages[page];
                if !desk.outbox.is_empty() {
                    self.page_sends(page).map(drop)
                } else if desk.page.answered().is_none() {
                    self.poll(page)
                } else if desk.result.is_none() {
                    self.hand_over(page).map(drop)
                } else {
                    self.phones[phone].stage = Stage::Idle;
                    Ok(())
                }
            }
            Stage::Idle | Stage::Ended | Stage::Bound => Ok(()),
        }
    }

    fn enter_wrong(&mut self, phone: usize) -> Result<(), Code> {
        let before = self.phones[phone].before.ok_or(Code::StepOutOfOrder)?;
        let (holder, number) = self.pages[before].reads.clone().ok_or(Code::StepOutOfOrder)?;
        self.pages[before].reads = Some((holder.clone(), (number + 1) % 100));
        let entered = self.enter_number(phone);
        self.pages[before].reads = Some((holder, number));
        self.ghost.note(entered.is_err(), || "a wrong number was taken".into());
        entered
    }

    fn hub_swaps_request(&mut self, phone: usize, other: u8) -> Result<(), Code> {
        let other = self.page_of(other).ok_or(Code::StepOutOfOrder)?;
        let page = self.phones[phone].before.ok_or(Code::StepOutOfOrder)?;
        let text = self.frame(page).ok_or(Code::StepOutOfOrder)?;
        let mut bound = self.scan_text(phone, &text)?;
        let desk = &self.pages[other];
        bound.header = desk.page.ticket().request().unwrap().routing(&desk.page.ticket().request.0);
        let sealed = self.relayed.iter().rev().find(|octets| octets.len() == 4096);
        bound.sealed = Binary(sealed.cloned().ok_or(Code::StepOutOfOrder)?);
        self.take_bound(phone, &bound)
    }

    /// An event out of the hub's own head: any step, any number near the next, with octets that went
    /// by or sealed by itself without the display key.
    fn hub_makes_event(&mut self, page: u8, kind: u8, octets: u8, bent: u8) -> Result<(), Code> {
        let page = self.page_of(page).ok_or(Code::StepOutOfOrder)?;
        let desk = &self.pages[page];
        let steps =
            ["hello", "answered", "offered", "rejected", "completed", "scanned", "shortCode"];
        let step = steps[usize::from(kind) % steps.len()];
        let request = desk.page.ticket().request().unwrap();
        let digest = self.suite.digest().digest(&desk.page.ticket().request.0);
        let binding = Binding { suite: self.suite, sid: desk.sid(), request: digest };
        let last = desk.page.last_event();
        let n = match kind / 8 % 4 {
            0 => last,
            1 => last + 2,
            _ => last + 1,
        };
        let data = if octets.is_multiple_of(3) {
            // By the scan of a frame the hub has no display key; after a typed code none is asked.
            let reply = yinxin_pki::PublicKey::from_spki(&request.reply_key).unwrap();
            let secret = yinxin_session::matching::MatchSecret::from_bytes([octets; 32]);
            let hello = Hello { secret, holder: "枢纽".into() }.write().unwrap();
            let guess = DisplayKey::from_bytes([bent; 16]);
            let at = match step {
                "answered" => Step::Answer,
                "offered" => Step::Offer,
                "rejected" => Step::Reject,
                _ => Step::Hello,
            };
            Some(binding.seal(at, &hello, &reply, &guess, &mut self.rng).unwrap())
        } else {
            self.octets_of(octets, bent)
        };
        let event = event(n, step, data);
        self.give(page, &event)
    }

    /// The page's script prepares another document than the one that was asked for.
    fn page_lies(&mut self, number: u8) -> Result<(), Code> {
        let page = self.page_of(number).ok_or(Code::StepOutOfOrder)?;
        let offer = self.pages[page].page.offer().ok_or(Code::StepOutOfOrder)?;
        let count = u32::try_from(offer.files.len()).unwrap();
        let octets = self.another_document(page, 0, count)?;
        self.pages[page].outbox.push(Input::Prepared { index: 0, count, octets });
        Ok(())
    }

    /// A prepared message for the offer that the page has, of another document.
    pub(crate) fn another_document(
        &mut self,
        page: usize,
        index: u32,
        count: u32,
    ) -> Result<Vec<u8>, Code> {
        let desk = &self.pages[page];
        let sid = desk.sid();
        let offer = desk.page.offer().ok_or(Code::StepOutOfOrder)?.clone();
        let digest = self.suite.digest().digest(&desk.page.ticket().request.0);
        let binding = Binding { suite: self.suite, sid, request: digest };
        let envelope = self
            .hub
            .events(sid, &desk.opened.page_token, 0, self.now)
            .ok()
            .and_then(|events| events.events.into_iter().find(|event| event.step == "offered"))
            .and_then(|event| event.data)
            .ok_or(Code::StepOutOfOrder)?;
        let offer_digest = self.suite.digest().digest(&envelope.0);
        let file = offer.files.get(usize::try_from(index).unwrap()).ok_or(Code::StepOutOfOrder)?;
        let act = Act::Seal(seal_act(self.cast, "another document", &file.placements));
        let message = Prepared::new(
            (index.into(), count.into()),
            file.id.clone(),
            self.cast.hash(b"another file"),
            yinxin_session::wire::Format::Ofd,
            self.now,
            act,
        );
        let text = message.write().map_err(code)?;
        let key = &offer.channel_key;
        key.seal(&binding, &offer_digest, index, &text, &mut self.rng).map_err(code)
    }

    pub(crate) fn reload(&mut self, number: u8) -> Result<(), Code> {
        let page = self.page_of(number).ok_or(Code::StepOutOfOrder)?;
        let steady = self.steady();
        let desk = &mut self.pages[page];
        if desk.page.is_final() {
            return Err(Code::StepOutOfOrder);
        }
        let text = desk.page.snapshot().write().map_err(code)?;
        let snapshot = yinxin_session::page::Snapshot::read(&text).map_err(code)?;
        desk.page = Page::restore(&snapshot, steady).map_err(code)?;
        desk.offered = false;
        Ok(())
    }

    pub(crate) fn restart_phone(&mut self, phone: usize) -> Result<(), Code> {
        let pocket = &mut self.phones[phone];
        let text = pocket.memory.write().map_err(code)?;
        pocket.memory = yinxin_session::phone::Memory::read(&text).map_err(code)?;
        let snapshot = pocket.phone.as_ref().and_then(Phone::snapshot);
        pocket.outbox.clear();
        match snapshot {
            Some(snapshot) => {
                let phone = Phone::restore(&snapshot).map_err(code)?;
                let answer = phone.answer().map(<[u8]>::to_vec);
                pocket.phone = Some(phone);
                // The hub may not have heard yet that the person confirmed.
                let last = pocket.memory.history.entries().last();
                if last.is_some_and(|entry| !entry.scene.has_offer()) {
                    pocket.outbox.push(Input::Confirm);
                }
                pocket.outbox.extend(answer.map(Input::Answer));
                pocket.stage = Stage::Released;
            }
            // Nothing was let out: the scan is begun again.
            None => {
                pocket.phone = None;
                pocket.stage = Stage::Idle;
            }
        }
        Ok(())
    }

    fn post_result(&mut self, of: u8, to: u8, cookie: u8, bent: u8) -> Result<(), Code> {
        let (of, to) = (self.page_of(of), self.page_of(to));
        let (of, to) = of.zip(to).ok_or(Code::StepOutOfOrder)?;
        let result = match self.pages[of].page.answered() {
            Some(answered) => answered.result.clone(),
            None => self.pages[of].result.clone().ok_or(Code::StepOutOfOrder)?,
        };
        let mut text = result.write().unwrap();
        if bent.is_multiple_of(3) {
            let place = usize::from(bent) * text.len() / 256;
            text[place] ^= 1 << (bent % 8);
        }
        self.accept_text(to, &text, COOKIES[usize::from(cookie) % 2]).map(drop)
    }

    /// Ends everything by silence, and holds the roles against each other.
    pub(crate) fn settle(&mut self) {
        self.tick(2000);
        for page in 0..self.pages.len() {
            // Whatever is refused: the hub's last word has to be taken.
            let _ = self.poll(page);
        }
        self.tick(6000);
        for page in 0..self.pages.len() {
            let sid = self.pages[page].sid();
            let state = self.state(sid);
            let is_final = matches!(
                state.as_deref(),
                None | Some("completed" | "cancelled" | "expired" | "failed" | "rejected")
            );
            self.ghost.note(is_final, || format!("silence left {state:?}"));
            let accepted = self.ghost.accepted.iter().any(|(own, ..)| *own == page);
            if state.as_deref() == Some("completed") {
                self.ghost.note(accepted, || format!("page {page} completed, not accepted"));
            }
            if matches!(state.as_deref(), Some("cancelled" | "rejected")) {
                self.ghost.note(!accepted, || format!("page {page} accepted, but {state:?}"));
            }
        }
        for (index, pocket) in self.phones.iter().enumerate() {
            let waits = pocket.phone.as_ref().and_then(Phone::poll_timeout);
            self.ghost.note(waits.is_none(), || format!("phone {index} waits still"));
        }
        // A phone's history says no more than its signed receipts do, and no less than it let out.
        let released = self.ghost.released.len();
        let entries: usize =
            self.phones.iter().map(|pocket| pocket.memory.history.entries().len()).sum();
        self.ghost.note(released == entries, || format!("{released} released, {entries} listed"));
    }

    /// What nobody between phone and page may read is nowhere in what they carried.
    pub(crate) fn look_for_secrets(&mut self) {
        let mut secrets: Vec<Vec<u8>> =
            [PROJECT, SECTION, TITLE, FILE].map(|text| text.as_bytes().to_vec()).to_vec();
        secrets.push("甲**".as_bytes().to_vec());
        secrets.push("甲公司".as_bytes().to_vec());
        secrets.extend(self.cast.content_keys().iter().map(|key| key.to_vec()));
        let texts = secrets.iter().map(|secret| yinxin_pki::base64::encode_url(secret).into());
        let all: Vec<Vec<u8>> = texts.chain(secrets.iter().cloned()).collect();
        for octets in &self.relayed {
            let found = all.iter().find(|secret| holds(octets, secret));
            let Some(found) = found else { continue };
            let found = String::from_utf8_lossy(found).into_owned();
            self.ghost.wrong.push(format!("the relay carried {found}"));
        }
    }
}

/// Whether `part` stands somewhere in `octets`; its first octet alone is looked for first.
fn holds(octets: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else { return true };
    let mut rest = octets;
    while let Some(at) = rest.iter().position(|octet| octet == first) {
        rest = &rest[at..];
        if rest.starts_with(part) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

fn bend(input: Input, bent: u8) -> Input {
    let bend = |mut octets: Vec<u8>| {
        let place = usize::from(bent) * octets.len() / 256;
        if let Some(octet) = octets.get_mut(place) {
            *octet ^= 1 << (bent % 8);
        }
        octets
    };
    match input {
        Input::Answer(octets) => Input::Answer(bend(octets)),
        Input::Hello(octets) => Input::Hello(bend(octets)),
        Input::Offer(octets) => Input::Offer(bend(octets)),
        Input::Reject(octets) => Input::Reject(bend(octets)),
        other => other,
    }
}

/// An event as a hub may make it.
pub(crate) fn event(n: u64, step: &str, data: Option<Vec<u8>>) -> Event {
    Event {
        n,
        state: step.into(),
        at: super::NOW,
        step: step.into(),
        code: None,
        deadline: None,
        by: None,
        short_code: None,
        index: None,
        count: None,
        delivered: None,
        data: data.map(Binary),
    }
}

/// A run: a suite, a seed, moves.
pub(crate) fn play(suite: yinxin_session::Suite, seed: u64, moves: &[Move]) -> World {
    let mut world = World::new(suite, seed);
    for made in moves {
        let _ = world.play(*made);
        if !world.ghost.wrong.is_empty() {
            return world;
        }
    }
    world.settle();
    world.look_for_secrets();
    world
}

/// The shortest schedule that still goes wrong, by leaving out what can be left out.
pub(crate) fn shrink(suite: yinxin_session::Suite, seed: u64, moves: &[Move]) -> Vec<Move> {
    let fails = |moves: &[Move]| {
        let run = std::panic::catch_unwind(|| !play(suite, seed, moves).ghost.wrong.is_empty());
        run.unwrap_or(true)
    };
    let mut kept = moves.to_vec();
    let mut chunk = kept.len() / 2;
    while chunk > 0 {
        let mut at = 0;
        while at < kept.len() {
            let without: Vec<_> =
                kept[..at].iter().chain(kept.iter().skip(at + chunk)).copied().collect();
            if fails(&without) {
                kept = without;
            } else {
                at += chunk;
            }
        }
        chunk /= 2;
    }
    kept
}
