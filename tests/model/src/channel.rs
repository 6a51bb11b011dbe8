//! What page and phone believe of each other: one session with hello, offer, two prepared messages
//! and an answer, the recorded messages of an earlier session of the same page, and a hub that
//! delivers what it likes, in any order and in any place.

use crate::rule::{Rule, Without};
use crate::search::{Model, Property, says};

/// What the hub has besides everything that it relays.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Attacker {
    /// Nothing. The browser is known, so that no number is compared.
    Hub,
    /// A photograph of the code: the display key. The browser is unknown.
    HubWithPhotograph,
}

/// The model.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    /// Rules that are left out.
    pub without: Without,
    /// The hub.
    pub attacker: Attacker,
}

/// Whose: of this session, of the earlier one, or made by the hub.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Of {
    Earlier,
    Hub,
    This,
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Step {
    Answer,
    Hello,
    Offer,
}

/// What phone and page saw before the answer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Seen {
    hello: Option<Of>,
    offer: Option<Of>,
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Key {
    Committed,
    /// None in it, as in a login.
    Missing,
    Wrong,
}

/// An answer's inside.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Answer {
    /// Whose request the holder's statement is on; `Hub` for a forged signature.
    statement: Of,
    seen: Seen,
    key: Key,
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Body {
    Answer(Answer),
    Hello(Of),
    Offer(Of),
}

impl Body {
    const fn step(self) -> Step {
        match self {
            Self::Answer(_) => Step::Answer,
            Self::Hello(_) => Step::Hello,
            Self::Offer(_) => Step::Offer,
        }
    }
}

/// An envelope: which keys it is sealed under, what it is bound to, what is in it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Envelope {
    display: Of,
    reply: Of,
    session: Of,
    step: Step,
    body: Body,
}

/// A prepared message of the page.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Prepared {
    key: Of,
    offer: Of,
    index: u8,
    /// Index of the file that it is made of; 2 for a file that the request does not name.
    file: u8,
    /// Whether the seal stands where the offer says.
    placed: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Wrong {
    blind_release: bool,
    misplaced: bool,
    other_offer: bool,
    shown_changed: bool,
    key_at_hub: bool,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct State {
    network: Vec<Envelope>,
    prepared: Vec<Prepared>,
    reply_at_phone: Of,
    phone: Seen,
    matched: bool,
    signed: [Option<(u8, bool, u8)>; 2],
    sent: bool,
    page: Seen,
    used: Option<Answer>,
    wrong: Wrong,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    ExchangeReplyKey,
    Forge(Step),
    /// What the hub could open, sealed again to the page.
    Reseal(usize),
    /// An envelope of the network, in a place of the page.
    Give(usize, Step),
    GivePrepared(usize, u8),
    PageLies {
        index: u8,
        moved: bool,
    },
    PagePrepares(u8),
    PersonCompares,
    SendAnswer(Key),
    SendHello,
    SendOffer,
}

const ENVELOPES: usize = 8;
const PREPARED: usize = 4;
const STEPS: [Step; 3] = [Step::Hello, Step::Offer, Step::Answer];

impl Channel {
    fn holds(&self, rule: Rule) -> bool {
        self.without.holds(rule)
    }

    /// Keys of the earlier session.
    fn earlier(&self) -> Of {
        if self.holds(Rule::FreshKeys) { Of::Earlier } else { Of::This }
    }

    fn seal(&self, state: &mut State, body: Body) -> bool {
        let envelope = Envelope {
            display: Of::This,
            reply: state.reply_at_phone,
            session: Of::This,
            step: body.step(),
            body,
        };
        state.wrong.key_at_hub |= self.hub_opens(envelope) && matches!(body, Body::Answer(_));
        put(&mut state.network, envelope, ENVELOPES)
    }

    fn hub_opens(&self, envelope: Envelope) -> bool {
        let displayed = match self.attacker {
            Attacker::Hub => !self.holds(Rule::DisplayKey),
            Attacker::HubWithPhotograph => true,
        };
        envelope.reply == Of::Hub && displayed
    }

    /// What the hub makes itself: the best it can for each step.
    fn forge(&self, state: &mut State, step: Step) -> bool {
        let display = match self.attacker {
            Attacker::Hub => Of::Hub,
            Attacker::HubWithPhotograph => Of::This,
        };
        let body = match step {
            Step::Answer => {
                Body::Answer(Answer { statement: Of::Hub, seen: state.page, key: Key::Missing })
            }
            Step::Hello => Body::Hello(Of::Hub),
            Step::Offer => Body::Offer(Of::Hub),
        };
        let envelope = Envelope { display, reply: Of::This, session: Of::This, step, body };
        put(&mut state.network, envelope, ENVELOPES)
    }

    fn opens(&self, envelope: Envelope, place: Step) -> bool {
        envelope.reply == Of::This
            && (envelope.display == Of::This || !self.holds(Rule::DisplayKey))
            && (envelope.session == Of::This || !self.holds(Rule::AadSid))
            && (envelope.step == place || !self.holds(Rule::AadStep))
            && (envelope.body.step() == place || !self.holds(Rule::MessageTyp))
    }

    fn give(&self, state: &mut State, at: usize, place: Step) -> bool {
        let Some(&envelope) = state.network.get(at) else { return false };
        if !self.opens(envelope, place) || state.used.is_some() {
            return false;
        }
        match (place, envelope.body) {
            (Step::Hello, body) => {
                let hello = match body {
                    Body::Hello(of) => of,
                    // Bytes of another message, read as a hello.
                    Body::Answer(_) | Body::Offer(_) => Of::Hub,
                };
                let first = state.page.hello.is_none();
                if (!first && self.holds(Rule::HelloOnce)) || state.page.hello == Some(hello) {
                    return false;
                }
                state.wrong.shown_changed |= !first;
                state.page.hello = Some(hello);
            }
            (Step::Offer, Body::Offer(of)) => {
                if state.page.offer.is_some() || state.page.hello.is_none() {
                    return false;
                }
                state.page.offer = Some(of);
            }
            (Step::Answer, Body::Answer(answer)) => {
                let statement = !self.holds(Rule::StatementFirst) || answer.statement == Of::This;
                let transcript = !self.holds(Rule::Transcript) || answer.seen == state.page;
                let commitment = !self.holds(Rule::Commitment) || answer.key != Key::Wrong;
                if !(statement && transcript && commitment) || state.page.hello.is_none() {
                    return false;
                }
                state.used = Some(answer);
            }
            (Step::Offer | Step::Answer, _) => return false,
        }
        true
    }

    fn give_prepared(&self, state: &mut State, at: usize, place: u8) -> bool {
        let (Some(&message), Some(offer)) = (state.prepared.get(at), state.phone.offer) else {
            return false;
        };
        let slot = state.signed[usize::from(place)];
        let count = slot.map_or(0, |(.., count)| count);
        let opens = (message.key == offer || !self.holds(Rule::PreparedKey))
            && (message.offer == offer || !self.holds(Rule::PreparedOffer))
            && (message.index == place || !self.holds(Rule::PreparedIndex));
        let fits = (message.file == place || !self.holds(Rule::FileDigest))
            && (message.placed || !self.holds(Rule::Placements));
        let due = count == 0 || (!self.holds(Rule::PreparedOnce) && count == 1);
        if !opens || !fits || !due || state.sent {
            return false;
        }
        state.wrong.misplaced |= message.index != place;
        state.wrong.other_offer |= message.offer != offer;
        state.signed[usize::from(place)] = Some((message.file, message.placed, count + 1));
        true
    }
}

fn put<T: Ord>(list: &mut Vec<T>, value: T, limit: usize) -> bool {
    match list.binary_search(&value) {
        Err(place) if list.len() < limit => {
            list.insert(place, value);
            true
        }
        Ok(_) | Err(_) => false,
    }
}

impl Model for Channel {
    type Action = Action;
    type State = State;

    fn initial(&self) -> State {
        let keys = self.earlier();
        let seen = Seen { hello: Some(Of::Earlier), offer: Some(Of::Earlier) };
        let answer = Answer { statement: Of::Earlier, seen, key: Key::Committed };
        let bodies = [Body::Hello(Of::Earlier), Body::Offer(Of::Earlier), Body::Answer(answer)];
        let mut network: Vec<_> = bodies
            .into_iter()
            .map(|body| Envelope {
                display: keys,
                reply: keys,
                session: Of::Earlier,
                step: body.step(),
                body,
            })
            .collect();
        network.sort_unstable();
        // The same file, prepared for the earlier offer.
        let prepared = vec![Prepared {
            key: Of::Earlier,
            offer: Of::Earlier,
            index: 0,
            file: 0,
            placed: true,
        }];
        let none = Seen { hello: None, offer: None };
        State {
            network,
            prepared,
            reply_at_phone: Of::This,
            phone: none,
            matched: false,
            signed: [None, None],
            sent: false,
            page: none,
            used: None,
            wrong: Wrong::default(),
        }
    }

    fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        actions.extend([
            Action::ExchangeReplyKey,
            Action::PersonCompares,
            Action::SendHello,
            Action::SendOffer,
            Action::SendAnswer(Key::Committed),
            Action::SendAnswer(Key::Wrong),
        ]);
        for index in 0..2 {
            actions.push(Action::PagePrepares(index));
            actions.push(Action::PageLies { index, moved: false });
            actions.push(Action::PageLies { index, moved: true });
        }
        actions.extend(STEPS.map(Action::Forge));
        for at in 0..state.network.len() {
            actions.push(Action::Reseal(at));
            actions.extend(STEPS.map(|step| Action::Give(at, step)));
        }
        for at in 0..state.prepared.len() {
            actions.extend([Action::GivePrepared(at, 0), Action::GivePrepared(at, 1)]);
        }
        actions
    }

    fn next(&self, last: &State, action: &Action) -> Option<State> {
        let mut state = last.clone();
        let changed = match *action {
            Action::ExchangeReplyKey => {
                let may = !self.holds(Rule::ReplyKeySigned)
                    && state.reply_at_phone == Of::This
                    && state.phone.hello.is_none();
                if may {
                    state.reply_at_phone = Of::Hub;
                }
                may
            }
            Action::Forge(step) => self.forge(&mut state, step),
            Action::Give(at, place) => self.give(&mut state, at, place),
            Action::GivePrepared(at, place) => self.give_prepared(&mut state, at, place),
            Action::PageLies { index, moved } => {
                let offer = state.page.offer?;
                let file = if moved { index } else { 2 };
                let message = Prepared { key: offer, offer, index, file, placed: !moved };
                put(&mut state.prepared, message, PREPARED)
            }
            Action::PagePrepares(index) => {
                let offer = state.page.offer?;
                let message = Prepared { key: offer, offer, index, file: index, placed: true };
                put(&mut state.prepared, message, PREPARED)
            }
            Action::PersonCompares => {
                let may = !state.matched && state.page.hello.is_some() && {
                    state.page.hello == state.phone.hello
                };
                state.matched |= may;
                may
            }
            Action::Reseal(at) => {
                let envelope = *state.network.get(at)?;
                let sealed = Envelope { reply: Of::This, ..envelope };
                self.hub_opens(envelope) && put(&mut state.network, sealed, ENVELOPES)
            }
            Action::SendHello => {
                let first = state.phone.hello.is_none();
                state.phone.hello = Some(Of::This);
                first && self.seal(&mut state, Body::Hello(Of::This))
            }
            Action::SendOffer => {
                let known = self.attacker == Attacker::Hub;
                let matched = state.matched || known || !self.holds(Rule::NumberMatch);
                let due = state.phone.hello.is_some() && state.phone.offer.is_none() && matched;
                state.phone.offer = Some(Of::This);
                due && self.seal(&mut state, Body::Offer(Of::This))
            }
            Action::SendAnswer(key) => {
                if state.sent || !state.signed.iter().all(Option::is_some) {
                    return None;
                }
                state.sent = true;
                state.wrong.blind_release |= state.page.hello != state.phone.hello
                    && self.attacker == Attacker::HubWithPhotograph;
                let seen = state.phone;
                self.seal(&mut state, Body::Answer(Answer { statement: Of::This, seen, key }))
            }
        };
        changed.then_some(state)
    }

    fn always(&self) -> Vec<Property<State>> {
        let mut properties = vec![
            says("the page uses only what a holder stated", |s: &State| {
                s.used.is_none_or(|answer| answer.statement == Of::This)
            }),
            says("both ends saw the same messages", |s: &State| {
                s.used.is_none_or(|answer| {
                    answer.seen == s.page && (answer.statement != Of::This || s.page == s.phone)
                })
            }),
            says("only the committed key is handed out", |s: &State| {
                s.used.is_none_or(|answer| answer.key != Key::Wrong)
            }),
            says("the phone signs the request's files in their places", |s: &State| {
                (0_u8..).zip(s.signed).all(|(index, signed)| {
                    signed.is_none_or(|(file, placed, _)| file == index && placed)
                })
            }),
            says("a prepared message counts in its own place", |s: &State| !s.wrong.misplaced),
            says("the phone signs what was prepared for its offer", |s: &State| {
                !s.wrong.other_offer
            }),
            says("a file is signed once", |s: &State| {
                s.signed.iter().flatten().all(|(.., count)| *count == 1)
            }),
            says("the phone answers the page before the person", |s: &State| {
                !s.wrong.blind_release
            }),
            says("what the page shows of the phone stays", |s: &State| !s.wrong.shown_changed),
            says("the hub reads no content key", |s: &State| !s.wrong.key_at_hub),
        ];
        if self.attacker == Attacker::Hub {
            properties.push(says("the page shows its own phone", |s: &State| {
                s.page.hello.is_none_or(|hello| hello == Of::This)
            }));
            properties.push(says("the page seals for its own phone", |s: &State| {
                s.page.offer.is_none_or(|offer| offer == Of::This)
            }));
        }
        properties
    }

    fn sometimes(&self) -> Vec<Property<State>> {
        vec![says("a session is used to its end", |s: &State| s.used.is_some())]
    }
}
