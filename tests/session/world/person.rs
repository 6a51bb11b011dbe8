//! A phone and the person who holds it, one move at a time.

use yinxin_session::channel::Sid;
use yinxin_session::display::Language;
use yinxin_session::hub::Input;
use yinxin_session::page::Page;
use yinxin_session::phone::{
    Confirm, Context, FileStep, Matching, Next, Opened, Phone, PinPassed, ToOpen, ToSeal, View,
};
use yinxin_session::wire::http::{Bound, Scan};
use yinxin_session::wire::{Binary, Payload, RevokeAct, SealAct, Token};
use yinxin_session::{Code, Refused};

use super::ghost::Release;
use super::{HUB, NETWORK, Pocket, World, code};

/// Where a phone stands.
#[derive(Clone, Debug, Default)]
pub(crate) enum Stage {
    #[default]
    Idle,
    /// Bound at the hub.
    Bound,
    /// The person sees this.
    Shown(Box<View>),
    /// The number was right, or none is asked for.
    Matched(Box<View>),
    /// Offered; the page prepares.
    Offered,
    /// The answer was made.
    Released,
    Ended,
}

impl Pocket {
    pub(crate) fn phone(&self) -> &Phone {
        self.phone.as_ref().unwrap()
    }

    pub(crate) fn sid(&self) -> Option<Sid> {
        self.phone.as_ref().and_then(Phone::sid)
    }

    pub(crate) fn token(&self) -> Option<Token> {
        self.phone.as_ref().and_then(|phone| phone.token().cloned())
    }
}

impl World {
    /// The text that the page draws now.
    pub(crate) fn frame(&self, page: usize) -> Option<String> {
        self.pages[page].page.frame(self.steady()).unwrap()
    }

    /// A phone reads a code and goes to the hub, but does not take the answer yet.
    pub(crate) fn scan_text(&mut self, phone: usize, text: &str) -> Result<Bound, Code> {
        let scanned = Phone::scan(text, &[HUB], &mut self.rng).map_err(code)?;
        let pocket = &mut self.phones[phone];
        let scan = scanned.to_scan(&pocket.hub);
        pocket.phone = Some(scanned);
        pocket.stage = Stage::Idle;
        pocket.outbox.clear();
        pocket.last_event = 0;
        self.scan_at_hub(phone, &scan)
    }

    pub(crate) fn scan_at_hub(&mut self, phone: usize, scan: &Scan) -> Result<Bound, Code> {
        self.relayed.push(serde_json::to_vec(scan).unwrap());
        let account = self.phones[phone].account.clone();
        let bound = self.hub.scan(scan, &account, NETWORK, self.now, &mut self.rng);
        let bound = bound.map_err(code)?;
        self.relay_bound(&bound);
        Ok(bound)
    }

    /// The phone takes what the hub answered, fetching a newer list where there is one.
    pub(crate) fn take_bound(&mut self, phone: usize, bound: &Bound) -> Result<(), Code> {
        let now = self.now;
        let der = self.list_der.clone();
        let pocket = &mut self.phones[phone];
        let clock = now.saturating_add_signed(pocket.fast);
        let machine = pocket.phone.as_mut().unwrap();
        let mut taken = machine.bound(bound, &pocket.hub, clock);
        if matches!(&taken, Err(refused) if refused.code == Code::TrustListStale) {
            pocket.hub.take_list(&der).map_err(code)?;
            taken = machine.bound(bound, &pocket.hub, clock);
        }
        taken.map_err(code)?;
        pocket.stage = Stage::Bound;
        Ok(())
    }

    /// A phone scans the code of a page.
    pub(crate) fn scan(&mut self, phone: usize, page: usize) -> Result<(), Code> {
        let text = self.frame(page).ok_or(Code::SessionExpired)?;
        self.phones[phone].before = Some(page);
        let bound = self.scan_text(phone, &text)?;
        self.take_bound(phone, &bound)
    }

    fn with<T>(
        &mut self,
        phone: usize,
        act: impl FnOnce(&mut Phone, &mut Context<'_>) -> Result<T, Refused>,
    ) -> Result<T, Code> {
        let (machine, mut context) = Self::context(&mut self.phones[phone], self.now);
        let machine = machine.as_mut().ok_or(Code::StepOutOfOrder)?;
        act(machine, &mut context).map_err(code)
    }

    /// The phone opens and checks the request, and the person sees it; the hello is ready to go.
    pub(crate) fn look(&mut self, phone: usize) -> Result<View, Code> {
        let holdings = self.phones[phone].holdings.clone();
        let tasks = self
            .with(phone, |machine, context| machine.check(&holdings, Language::Chinese, context))?;
        let opened = self.unwrap(&tasks);
        let view = self.with(phone, |machine, context| machine.show(&opened, context))?;
        let hello = self.phones[phone].phone.as_mut().unwrap().hello(&mut self.rng);
        let pocket = &mut self.phones[phone];
        pocket.outbox.push(Input::Hello(hello.map_err(code)?));
        pocket.stage = match view.needs.matching {
            Matching::None => Stage::Matched(Box::new(view.clone())),
            _ => Stage::Shown(Box::new(view.clone())),
        };
        Ok(view)
    }

    pub(crate) fn unwrap(&self, tasks: &[ToOpen]) -> Vec<Opened> {
        let key = &self.cast.fixture.holder.escrowed.key;
        let open = |task: &ToOpen| task.info.unwrap(key).ok().map(|key| key.into_bytes());
        tasks.iter().map(|task| Opened(open(task))).collect()
    }

    /// The person enters the number that the page before them shows.
    pub(crate) fn enter_number(&mut self, phone: usize) -> Result<(), Code> {
        let Stage::Shown(view) = self.phones[phone].stage.clone() else {
            return Err(Code::StepOutOfOrder);
        };
        let before = self.phones[phone].before.ok_or(Code::StepOutOfOrder)?;
        let (_, number) = self.pages[before].reads.clone().ok_or(Code::StepOutOfOrder)?;
        let entered = self.with(phone, |machine, context| machine.match_number(number, context));
        self.phones[phone].stage = match entered {
            Ok(()) => Stage::Matched(view),
            Err(Code::MatchWrong) => Stage::Ended,
            Err(_) => Stage::Shown(view),
        };
        entered
    }

    pub(crate) fn pin(&mut self, phone: usize) -> PinPassed {
        let counter = &mut self.phones[phone].memory.pin;
        counter.begin().unwrap().right(counter)
    }

    /// What a person says who agrees.
    pub(crate) fn agree(&mut self, phone: usize, view: &View) -> Confirm {
        let pin = view.needs.pin.then(|| self.pin(phone));
        let seal = view.needs.seals.first().copied();
        Confirm {
            view: view.digest(),
            certificate: view.needs.certificates[0],
            seals: seal.map_or_else(Vec::new, |seal| vec![seal; view.needs.files]),
            trust_browser: false,
            pin,
        }
    }

    /// The person confirms; the phone goes on as far as it can.
    pub(crate) fn confirm(&mut self, phone: usize) -> Result<(), Code> {
        let Stage::Matched(view) = self.phones[phone].stage.clone() else {
            return Err(Code::StepOutOfOrder);
        };
        let confirm = self.agree(phone, &view);
        self.confirm_with(phone, confirm)
    }

    pub(crate) fn confirm_with(&mut self, phone: usize, confirm: Confirm) -> Result<(), Code> {
        let mut rng = self.rng.clone();
        rand_core::Rng::next_u64(&mut self.rng);
        let next =
            self.with(phone, |machine, context| machine.confirm(confirm, context, &mut rng))?;
        self.go_on(phone, next)
    }

    /// Does what the phone says is next, as far as nothing has to come from outside.
    pub(crate) fn go_on(&mut self, phone: usize, mut next: Next) -> Result<(), Code> {
        loop {
            match next {
                Next::Sign(to_sign) => {
                    let key = &self.cast.fixture.signing_key;
                    let mut rng = self.rng.clone();
                    rand_core::Rng::next_u64(&mut self.rng);
                    let values: Vec<_> =
                        to_sign.iter().map(|one| key.sign(one, &mut rng).unwrap()).collect();
                    if self.phones[phone].outbox.iter().all(|input| *input != Input::Confirm)
                        && !self.has_offer(phone)
                    {
                        self.phones[phone].outbox.push(Input::Confirm);
                    }
                    next = self.with(phone, |machine, context| {
                        machine.signed(&values, context, &mut rng)
                    })?;
                }
                Next::Offer(envelope) => {
                    let pocket = &mut self.phones[phone];
                    pocket.outbox.push(Input::Offer(envelope));
                    pocket.stage = Stage::Offered;
                    return Ok(());
                }
                Next::Answer(envelope) => {
                    self.note_release(phone, &envelope);
                    let pocket = &mut self.phones[phone];
                    pocket.outbox.push(Input::Answer(envelope));
                    pocket.stage = Stage::Released;
                    return Ok(());
                }
                Next::Reject(why) => return self.reject(phone, why),
                _ => return Ok(()),
            }
        }
    }

    fn has_offer(&self, phone: usize) -> bool {
        matches!(self.phones[phone].stage, Stage::Offered)
    }

    fn note_release(&mut self, phone: usize, envelope: &[u8]) {
        let pocket = &self.phones[phone];
        let entry = pocket.memory.history.entries().last().unwrap();
        let content = statement(&entry.statement.0);
        self.ghost.released(Release {
            phone,
            sid: content.sid,
            request: content.request_digest,
            transcript: content.transcript,
            at: self.now,
            envelope: envelope.to_vec(),
        });
    }

    /// The phone says no.
    pub(crate) fn reject(&mut self, phone: usize, why: Code) -> Result<(), Code> {
        let machine = self.phones[phone].phone.as_mut().ok_or(Code::StepOutOfOrder)?;
        let envelope = machine.reject(why, &mut self.rng).map_err(code)?;
        let pocket = &mut self.phones[phone];
        pocket.outbox.push(Input::Reject(envelope.unwrap_or_default()));
        pocket.stage = Stage::Ended;
        Ok(())
    }

    /// The phone sends the first thing that it has to send.
    pub(crate) fn phone_sends(&mut self, phone: usize) -> Result<(), Code> {
        if self.phones[phone].outbox.is_empty() {
            return Err(Code::StepOutOfOrder);
        }
        let input = self.phones[phone].outbox.remove(0);
        self.phone_sends_this(phone, input)
    }

    pub(crate) fn phone_sends_this(&mut self, phone: usize, input: Input) -> Result<(), Code> {
        let pocket = &self.phones[phone];
        let (Some(sid), Some(token)) = (pocket.sid(), pocket.token()) else {
            return Err(Code::StepOutOfOrder);
        };
        let stepped = self.step(sid, &token, input)?;
        if let Some(receipt) = stepped.receipt {
            self.take_stored(phone, &receipt.0)?;
        }
        Ok(())
    }

    fn take_stored(&mut self, phone: usize, der: &[u8]) -> Result<(), Code> {
        use yinxin_session::wire::HubReceiptKind;
        let pocket = &mut self.phones[phone];
        let request = pocket.phone().request_digest().unwrap();
        let list = pocket.hub.list().unwrap();
        let history = &mut pocket.memory.history;
        let taken = history.take_hub_receipt(request.as_ref(), HubReceiptKind::Stored, der, list);
        taken.map(drop).map_err(code)
    }

    /// The page prepares its next file for the offer, as it was asked.
    pub(crate) fn prepare(&mut self, page: usize) -> Result<(), Code> {
        let now = self.now;
        let desk = &mut self.pages[page];
        let payload = desk.payload.clone();
        prepare_next(&mut desk.page, &payload, desk.made, now, self.cast, &mut self.rng)?;
        desk.made += 1;
        self.outputs(page);
        Ok(())
    }

    /// The phone looks at what the page prepared, and seals what it can.
    pub(crate) fn fetch_prepared(&mut self, phone: usize) -> Result<(), Code> {
        let pocket = &self.phones[phone];
        let (Some(sid), Some(token)) = (pocket.sid(), pocket.token()) else {
            return Err(Code::StepOutOfOrder);
        };
        let events = self.events(sid, &token, pocket.last_event);
        for event in events {
            self.phones[phone].last_event = event.n;
            if event.step == "prepared"
                && let (Some(index), Some(data)) = (event.index, &event.data)
            {
                self.seal(phone, index, &data.0)?;
            }
        }
        Ok(())
    }

    /// The phone takes one prepared message, whoever made it.
    pub(crate) fn seal(&mut self, phone: usize, index: u32, message: &[u8]) -> Result<(), Code> {
        let step =
            self.with(phone, |machine, context| machine.prepared(index, message, context))?;
        match step {
            FileStep::Refused(_, next) => self.go_on(phone, next),
            FileStep::Seal(to_seal) => self.build(phone, &to_seal),
            _ => Ok(()),
        }
    }

    fn build(&mut self, phone: usize, to_seal: &ToSeal) -> Result<(), Code> {
        let sid = self.phones[phone].sid().unwrap();
        let document = match &to_seal.task {
            yinxin_session::phone::SealTask::Seal { data_hash, .. } => data_hash.clone(),
            yinxin_session::phone::SealTask::Revoke { before, .. } => before.clone(),
            _ => Vec::new(),
        };
        self.ghost.sealed.push((sid, to_seal.index, document.clone()));
        let product = [b"seal signature over ", &document[..]].concat();
        let next = self
            .with(phone, |machine, context| machine.sealed(to_seal.index, Ok(product), context))?;
        self.go_on(phone, next)
    }

    /// The whole way of an honest session, up to the acknowledged answer.
    pub(crate) fn run(&mut self, phone: usize, page: usize) -> Result<(), Code> {
        self.run_to_answer(phone, page)?;
        self.poll(page)?;
        self.hand_over(page)?;
        while !self.pages[page].outbox.is_empty() {
            self.page_sends(page)?;
        }
        Ok(())
    }

    /// Up to where the hub has the answer, and the page has not asked for it.
    pub(crate) fn run_to_answer(&mut self, phone: usize, page: usize) -> Result<(), Code> {
        self.run_to_release(phone, page)?;
        while !self.phones[phone].outbox.is_empty() {
            self.phone_sends(phone)?;
        }
        Ok(())
    }

    /// Up to the answer's envelope in the phone's hand.
    pub(crate) fn run_to_release(&mut self, phone: usize, page: usize) -> Result<(), Code> {
        self.run_to_match(phone, page)?;
        self.confirm(phone)?;
        if !self.has_offer(phone) {
            return Ok(());
        }
        self.run_from_offer(phone, page)
    }

    pub(crate) fn run_from_offer(&mut self, phone: usize, page: usize) -> Result<(), Code> {
        self.phone_sends(phone)?;
        self.poll(page)?;
        while self.prepare(page).is_ok() {}
        while !self.pages[page].outbox.is_empty() {
            self.page_sends(page)?;
        }
        self.fetch_prepared(phone)
    }

    /// Up to where the person has only to confirm.
    pub(crate) fn run_to_match(&mut self, phone: usize, page: usize) -> Result<(), Code> {
        self.scan(phone, page)?;
        self.look(phone)?;
        self.phone_sends(phone)?;
        self.poll(page)?;
        if matches!(self.phones[phone].stage, Stage::Shown(_)) {
            self.enter_number(phone)?;
        }
        Ok(())
    }
}

/// What an honest page makes of its next file.
fn prepare_next(
    page: &mut Page,
    payload: &Payload,
    made: usize,
    now: u64,
    cast: &super::Cast,
    rng: &mut yinxin_ca::fixture::FixedRng,
) -> Result<(), Code> {
    match payload {
        Payload::Signature(files) => {
            let file = files.get(made).ok_or(Code::StepOutOfOrder)?;
            let act = seal_act(cast, &file.id, &file.placements);
            page.prepare_seal(act, now, rng).map_err(code)
        }
        Payload::RevokeSignature { signature, seal, .. } => {
            let digest = |octets: &[u8]| Binary(cast.hash(octets));
            let act = RevokeAct {
                signature: *signature,
                seal: seal.clone(),
                signature_digest: digest(b"signature value"),
                before: digest(b"sealed file"),
                after: digest(b"file"),
                restored: digest(b"file"),
            };
            page.prepare_revocation(act, now, rng).map_err(code)
        }
        _ => Err(Code::StepOutOfOrder),
    }
}

pub(crate) fn seal_act(
    cast: &super::Cast,
    id: &str,
    placements: &[yinxin_session::wire::Placement],
) -> SealAct {
    SealAct {
        placements: placements.to_vec(),
        data_hash: Binary(cast.hash(id.as_bytes())),
        property: "/Doc_0/Signs/Sign_0/Signature.xml".into(),
        parts: vec!["/Doc_0/Signs/Sign_0/Signature.xml".into()],
    }
}

/// What a statement says, its signature not looked at.
pub(crate) fn statement(der: &[u8]) -> yinxin_session::wire::StatementContent {
    let content = super::content_of(der, yinxin_pki::signed_object::ObjectType::Statement);
    yinxin_session::wire::StatementContent::read(&content).unwrap()
}
