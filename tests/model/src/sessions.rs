//! Who may answer which request: three requests (an honest page's, that of an attacker's page at
//! the same platform, and a hostile platform's), two phones of one unit, four sessions, one
//! deadline, and a network that stores, repeats and mixes every signed object.

use crate::rule::{Rule, Without};
use crate::search::{Model, Property, says};

/// How the hub behaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hub {
    /// Keeps its rules.
    Honest,
    /// Keeps none, and hands out any signed request in any session.
    Hostile,
}

/// The model.
#[derive(Clone, Copy, Debug)]
pub struct Sessions {
    /// Rules that are left out.
    pub without: Without,
    /// The hub.
    pub hub: Hub,
}

/// Requests; a phone's holder has the account of the first and the third.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Request {
    /// Of the honest page.
    Honest,
    /// Of the attacker's page, logged in as himself at the same platform.
    Proxy,
    /// Of the hostile platform, for the honest account.
    Foreign,
}

const REQUESTS: [Request; 3] = [Request::Honest, Request::Proxy, Request::Foreign];

/// The visitors of the honest platform.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Cookie {
    Honest,
    Attacker,
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A signature over a message, whose bytes or digest are those of a statement.
    Message,
    Statement,
}

/// Something a phone signed.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Signed {
    pub kind: Kind,
    pub phone: u8,
    pub request: Request,
    pub sid: u8,
    /// 1 for octets made anew when the first ones were not acknowledged.
    pub copy: u8,
}

/// What stands at the hub as an answer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Answer {
    Of(Signed),
    Strangers,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Stage {
    Answered,
    Cancelled,
    Completed,
    Created,
    Expired,
    Rejected,
    Scanned,
}

impl Stage {
    const fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::Completed | Self::Expired | Self::Rejected)
    }
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Session {
    request: Request,
    bound: Option<u8>,
    stage: Stage,
    answer: Option<Answer>,
}

/// What a phone has of the session in front of it.
type View = (u8, Request);

/// What a phone was told of its answer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Told {
    Nothing,
    Refused,
    Stored,
}

#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Phone {
    view: Option<View>,
    seen: Option<View>,
    released: [u8; 3],
    sent: Option<Signed>,
    told: Option<Told>,
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Time {
    /// Codes may be scanned.
    Scan,
    /// Answers are still in time.
    Answer,
    /// Nothing is.
    Over,
}

/// Things that must not happen, noted when they do.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Wrong {
    answer_changed: bool,
    final_changed: bool,
    late: bool,
    own_object: bool,
    stranger: bool,
    unseen: bool,
    suspended: bool,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct State {
    time: Time,
    sessions: Vec<Session>,
    phones: [Phone; 2],
    network: Vec<Signed>,
    page: Option<Answer>,
    accepted: Vec<(Request, Cookie, Signed)>,
    suspended: bool,
    wrong: Wrong,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    Accept(Cookie, Request, usize),
    Acknowledge,
    AcknowledgeAnother(u8),
    Answer {
        phone: u8,
        response_lost: bool,
    },
    Cancel(u8),
    Expire(u8),
    /// The page takes what the hub has; a hostile hub gives any answer that it saw.
    Fetch(usize),
    Look(u8),
    Open(Request),
    Reject(u8),
    Release(u8),
    Scan {
        phone: u8,
        sid: u8,
        request: Request,
    },
    SignDigestOfStatement(u8),
    SignTextOfStatement(u8),
    StrangerAnswers(u8),
    StrangerCancels(u8),
    Suspend,
    Tick,
}

const NETWORK: usize = 4;
const SESSIONS: usize = 4;

impl Sessions {
    fn holds(&self, rule: Rule) -> bool {
        let hubs = matches!(
            rule,
            Rule::OpenOnce
                | Rule::BindOnce
                | Rule::PhoneToken
                | Rule::PageToken
                | Rule::AnswerFirst
                | Rule::SameAgain
                | Rule::CancelBeforeAnswer
                | Rule::FinalStays
                | Rule::AckDigest
                | Rule::HubDeadline
        );
        self.without.holds(rule) && !(hubs && self.hub == Hub::Hostile)
    }

    fn open(&self, state: &mut State, request: Request) -> bool {
        let count = state.sessions.iter().filter(|session| session.request == request).count();
        let allowed = if self.holds(Rule::OpenOnce) { 1 } else { 2 };
        let limit = match self.hub {
            Hub::Honest => SESSIONS,
            // Any request can be handed out in any of them.
            Hub::Hostile => 2,
        };
        if count >= allowed || state.sessions.len() >= limit || state.time != Time::Scan {
            return false;
        }
        state.sessions.push(Session { request, bound: None, stage: Stage::Created, answer: None });
        true
    }

    fn scan(&self, state: &mut State, phone: u8, sid: u8, request: Request) -> bool {
        let time = state.time;
        let Some(session) = state.sessions.get_mut(usize::from(sid)) else { return false };
        let free = session.bound.is_none() || !self.holds(Rule::BindOnce);
        let open = matches!(session.stage, Stage::Created | Stage::Scanned);
        let swapped = session.request != request && self.hub == Hub::Honest;
        if !free || !open || swapped || session.bound == Some(phone) || time != Time::Scan {
            return false;
        }
        let own = request != Request::Proxy || !self.holds(Rule::PhoneAccount);
        if !own {
            return false;
        }
        session.bound = Some(phone);
        session.stage = Stage::Scanned;
        state.phones[usize::from(phone)].view = Some((sid, request));
        true
    }

    fn release(&self, state: &mut State, phone: u8) -> bool {
        let machine = &mut state.phones[usize::from(phone)];
        let (Some(view), Some(seen)) = (machine.view, machine.seen) else { return false };
        let (sid, request) = view;
        let count = machine.released[request as usize];
        let refused = (self.holds(Rule::PhoneOnce) && count > 0)
            || (self.holds(Rule::PhoneDeadline) && state.time == Time::Over)
            || (self.holds(Rule::ViewDigest) && view != seen)
            || (self.holds(Rule::ListAtRelease) && state.suspended && request == Request::Foreign);
        if refused || count > 1 || state.network.len() >= NETWORK {
            return false;
        }
        state.wrong.late |= state.time == Time::Over;
        state.wrong.unseen |= view != seen;
        state.wrong.suspended |= state.suspended && request == Request::Foreign;
        machine.released[request as usize] += 1;
        let copy = count;
        let signed = Signed { kind: Kind::Statement, phone, request, sid, copy };
        machine.sent = Some(signed);
        machine.told = Some(Told::Nothing);
        put(&mut state.network, signed);
        true
    }

    fn sign_message(&self, state: &mut State, phone: u8, is_text: bool) -> bool {
        // The hostile platform's own session asks for it, in the words of a statement on the
        // honest request.
        let shown = state.phones[usize::from(phone)].seen;
        if !matches!(shown, Some((_, Request::Foreign))) || state.sessions.is_empty() {
            return false;
        }
        if is_text && self.holds(Rule::TypText) {
            return false;
        }
        state.wrong.own_object |= is_text;
        let sid = state.sessions.iter().position(|session| session.request == Request::Honest);
        let Some(sid) = sid.and_then(|sid| u8::try_from(sid).ok()) else { return false };
        let signed = Signed { kind: Kind::Message, phone, request: Request::Honest, sid, copy: 0 };
        state.network.len() < NETWORK && put(&mut state.network, signed)
    }

    fn answer(&self, state: &mut State, phone: u8, response_lost: bool) -> bool {
        let machine = &mut state.phones[usize::from(phone)];
        let (Some(mut signed), Some(Told::Nothing)) = (machine.sent, machine.told) else {
            return false;
        };
        let Some(session) = state.sessions.get_mut(usize::from(signed.sid)) else { return false };
        let again = session
            .answer
            .is_some_and(|answer| matches!(answer, Answer::Of(stored) if stored.phone == phone));
        if again && !self.holds(Rule::SameOctets) {
            signed.copy += 2;
        }
        let told = if session.answer == Some(Answer::Of(signed)) && self.holds(Rule::SameAgain) {
            Told::Stored
        } else if (self.holds(Rule::PhoneToken) && session.bound != Some(phone))
            || (self.holds(Rule::FinalStays) && session.stage.is_final())
            || (self.holds(Rule::AnswerFirst) && session.answer.is_some())
            || (self.holds(Rule::HubDeadline) && state.time == Time::Over)
        {
            Told::Refused
        } else {
            state.wrong.final_changed |= session.stage.is_final();
            // What a hostile hub takes late harms nobody but itself.
            state.wrong.late |= state.time == Time::Over && self.hub == Hub::Honest;
            state.wrong.answer_changed |= session.answer.is_some();
            session.stage = Stage::Answered;
            session.answer = Some(Answer::Of(signed));
            Told::Stored
        };
        if !response_lost {
            machine.told = Some(told);
        }
        true
    }

    fn cancel(&self, state: &mut State, sid: u8) -> bool {
        let Some(session) = state.sessions.get_mut(usize::from(sid)) else { return false };
        let refused = (self.holds(Rule::CancelBeforeAnswer) && session.stage == Stage::Answered)
            || (self.holds(Rule::FinalStays) && session.stage.is_final())
            || session.stage == Stage::Cancelled;
        if refused {
            return false;
        }
        state.wrong.final_changed |= session.stage.is_final();
        session.stage = Stage::Cancelled;
        true
    }

    fn acknowledge(&self, state: &mut State, sid: u8, of: Option<Answer>) -> bool {
        let Some(session) = state.sessions.get_mut(usize::from(sid)) else { return false };
        let fits = of == session.answer || !self.holds(Rule::AckDigest);
        if session.stage != Stage::Answered || !fits {
            return false;
        }
        session.stage = Stage::Completed;
        true
    }

    fn accept(&self, state: &mut State, cookie: Cookie, request: Request, at: usize) -> bool {
        let Some(&signed) = state.network.get(at) else { return false };
        // The honest page hands over what it fetched, for its own request.
        let honest = cookie == Cookie::Honest;
        if honest && (state.page != Some(Answer::Of(signed)) || request != Request::Honest) {
            return false;
        }
        let owner = if request == Request::Honest { Cookie::Honest } else { Cookie::Attacker };
        let opened = state.sessions.iter().position(|session| session.request == request);
        let Some(opened) = opened else { return false };
        let before = state.accepted.iter().filter(|(of, ..)| *of == request).count();
        let repeated = state.accepted.contains(&(request, cookie, signed));
        let refused = (self.holds(Rule::PlatformType) && signed.kind != Kind::Statement)
            || (self.holds(Rule::PlatformDigest) && signed.request != request)
            || (self.holds(Rule::PlatformCookie) && cookie != owner)
            || (self.holds(Rule::PlatformSid) && usize::from(signed.sid) != opened)
            || (self.holds(Rule::PlatformOnce) && before > 0)
            || (self.holds(Rule::PlatformAccount) && request == Request::Proxy)
            || (self.holds(Rule::PlatformDeadline) && state.time == Time::Over);
        if refused || repeated || before > 1 {
            return false;
        }
        state.wrong.late |= state.time == Time::Over;
        state.accepted.push((request, cookie, signed));
        true
    }
}

fn put(network: &mut Vec<Signed>, signed: Signed) -> bool {
    match network.binary_search(&signed) {
        Ok(_) => false,
        Err(place) => {
            network.insert(place, signed);
            true
        }
    }
}

impl State {
    fn honest_session(&self) -> Option<&Session> {
        self.sessions.iter().find(|session| session.request == Request::Honest)
    }
}

impl Model for Sessions {
    type Action = Action;
    type State = State;

    fn initial(&self) -> State {
        State {
            time: Time::Scan,
            sessions: Vec::new(),
            phones: [Phone::default(), Phone::default()],
            network: Vec::new(),
            page: None,
            accepted: Vec::new(),
            suspended: false,
            wrong: Wrong::default(),
        }
    }

    fn actions(&self, state: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        let honest = self.hub == Hub::Honest;
        actions.extend([Action::Suspend, Action::Tick]);
        actions.extend(REQUESTS.map(Action::Open));
        for phone in 0..2 {
            actions.extend([
                Action::Look(phone),
                Action::Release(phone),
                Action::SignDigestOfStatement(phone),
                Action::SignTextOfStatement(phone),
            ]);
            if honest {
                actions.extend([
                    Action::Reject(phone),
                    Action::Answer { phone, response_lost: false },
                    Action::Answer { phone, response_lost: true },
                ]);
            }
        }
        for (sid, session) in (0_u8..).zip(&state.sessions) {
            // What a hostile hub says of its sessions binds nobody.
            if honest {
                actions.extend([
                    Action::Cancel(sid),
                    Action::Expire(sid),
                    Action::AcknowledgeAnother(sid),
                    Action::StrangerAnswers(sid),
                    Action::StrangerCancels(sid),
                ]);
            }
            for phone in 0..2 {
                let scan = |request| Action::Scan { phone, sid, request };
                match self.hub {
                    Hub::Honest => actions.push(scan(session.request)),
                    Hub::Hostile => actions.extend(REQUESTS.map(scan)),
                }
            }
        }
        match self.hub {
            Hub::Honest => actions.extend([Action::Fetch(0), Action::Acknowledge]),
            Hub::Hostile => actions.extend((0..state.network.len()).map(Action::Fetch)),
        }
        for at in 0..state.network.len() {
            actions.push(Action::Accept(Cookie::Honest, Request::Honest, at));
            actions.push(Action::Accept(Cookie::Attacker, Request::Honest, at));
            actions.push(Action::Accept(Cookie::Attacker, Request::Proxy, at));
        }
        actions
    }

    fn next(&self, last: &State, action: &Action) -> Option<State> {
        let mut state = last.clone();
        let changed = match *action {
            Action::Accept(cookie, request, at) => self.accept(&mut state, cookie, request, at),
            Action::Acknowledge => {
                let sid = state.sessions.iter().position(|s| s.request == Request::Honest);
                let page = state.page;
                sid.and_then(|sid| u8::try_from(sid).ok())
                    .is_some_and(|sid| page.is_some() && self.acknowledge(&mut state, sid, page))
            }
            Action::AcknowledgeAnother(sid) => self.acknowledge(&mut state, sid, None),
            Action::Answer { phone, response_lost } => {
                self.answer(&mut state, phone, response_lost)
            }
            Action::Cancel(sid) => self.cancel(&mut state, sid),
            Action::Expire(sid) => {
                let session = state.sessions.get_mut(usize::from(sid))?;
                let due = state.time == Time::Over && !session.stage.is_final();
                session.stage = if due { Stage::Expired } else { session.stage };
                due
            }
            Action::Fetch(at) => {
                let held = match self.hub {
                    Hub::Honest => state.honest_session().and_then(|session| session.answer),
                    Hub::Hostile => state.network.get(at).copied().map(Answer::Of),
                };
                let changed = held.is_some() && held != state.page;
                state.page = held;
                changed
            }
            Action::Look(phone) => {
                let machine = &mut state.phones[usize::from(phone)];
                let changed = machine.seen != machine.view;
                machine.seen = machine.view;
                changed
            }
            Action::Open(request) => self.open(&mut state, request),
            Action::Reject(phone) => {
                let (sid, _) = state.phones[usize::from(phone)].view?;
                let session = state.sessions.get_mut(usize::from(sid))?;
                let may = session.bound == Some(phone) && session.stage == Stage::Scanned;
                session.stage = if may { Stage::Rejected } else { session.stage };
                may
            }
            Action::Release(phone) => self.release(&mut state, phone),
            Action::Scan { phone, sid, request } => self.scan(&mut state, phone, sid, request),
            Action::SignDigestOfStatement(phone) => self.sign_message(&mut state, phone, false),
            Action::SignTextOfStatement(phone) => self.sign_message(&mut state, phone, true),
            Action::StrangerAnswers(sid) => {
                let session = state.sessions.get_mut(usize::from(sid))?;
                let may = !self.holds(Rule::PhoneToken) && session.stage == Stage::Scanned;
                if may {
                    state.wrong.stranger = true;
                    session.stage = Stage::Answered;
                    session.answer = Some(Answer::Strangers);
                }
                may
            }
            Action::StrangerCancels(sid) => {
                let may = !self.holds(Rule::PageToken) && self.cancel(&mut state, sid);
                state.wrong.stranger |= may;
                may
            }
            Action::Suspend => {
                let changed = !state.suspended && state.phones.iter().any(|p| p.seen.is_some());
                state.suspended = true;
                changed
            }
            Action::Tick => match state.time {
                Time::Scan => {
                    state.time = Time::Answer;
                    true
                }
                Time::Answer => {
                    state.time = Time::Over;
                    true
                }
                Time::Over => false,
            },
        };
        changed.then_some(state)
    }

    fn always(&self) -> Vec<Property<State>> {
        let mut properties = vec![
            says("what a platform accepts, a phone released for it", |s: &State| {
                s.accepted.iter().all(|(request, _, signed)| {
                    let released =
                        s.phones[usize::from(signed.phone)].released[signed.request as usize];
                    signed.kind == Kind::Statement && signed.request == *request && released > 0
                })
            }),
            says("a statement counts in its own session only", |s: &State| {
                s.accepted.iter().all(|(request, _, signed)| {
                    let opened = s.sessions.iter().position(|session| session.request == *request);
                    opened == Some(usize::from(signed.sid)) || signed.request != *request
                })
            }),
            says("only the visitor who asked gets the result", |s: &State| {
                s.accepted.iter().all(|(request, cookie, _)| {
                    (*request == Request::Honest) == (*cookie == Cookie::Honest)
                })
            }),
            says("one request has one outcome", |s: &State| {
                s.accepted
                    .iter()
                    .enumerate()
                    .all(|(at, (one, ..))| s.accepted[..at].iter().all(|(two, ..)| one != two))
            }),
            says("a phone answers a request once", |s: &State| {
                s.phones.iter().all(|phone| phone.released.iter().all(|count| *count <= 1))
            }),
            says("no account gets another unit's acts", |s: &State| {
                s.accepted.iter().all(|(_, cookie, signed)| {
                    !(*cookie == Cookie::Attacker
                        && signed.request == Request::Proxy
                        && signed.kind == Kind::Statement)
                })
            }),
            says("a phone acts for its holder's account", |s: &State| {
                s.phones.iter().all(|phone| phone.released[Request::Proxy as usize] == 0)
            }),
            says("a phone releases what its person saw", |s: &State| !s.wrong.unseen),
            says("nothing goes to a suspended platform", |s: &State| !s.wrong.suspended),
            says("no message that a phone signs reads as one of our objects", |s: &State| {
                !s.wrong.own_object
            }),
        ];
        match self.hub {
            Hub::Honest => properties.extend(at_an_honest_hub()),
            Hub::Hostile => properties
                .push(says("no phone or platform acts after the time", |s: &State| !s.wrong.late)),
        }
        properties
    }

    fn sometimes(&self) -> Vec<Property<State>> {
        let mut goals = vec![says("a statement is accepted", |s: &State| !s.accepted.is_empty())];
        if self.hub == Hub::Honest {
            goals.extend([
                says("a session completes", |s: &State| {
                    s.sessions.iter().any(|session| session.stage == Stage::Completed)
                }),
                says("silence ends in expired", |s: &State| {
                    s.sessions.iter().any(|session| session.stage == Stage::Expired)
                }),
            ]);
        }
        goals
    }
}

/// What an honest hub adds.
fn at_an_honest_hub() -> Vec<Property<State>> {
    vec![
        says("one request is answered by one phone", |s: &State| {
            REQUESTS.iter().all(|request| {
                let by = |phone: &&Phone| phone.released[*request as usize] > 0;
                s.phones.iter().filter(by).count() <= 1
            })
        }),
        says("an answer that is there stays", |s: &State| !s.wrong.answer_changed),
        says("a final state stays", |s: &State| !s.wrong.final_changed),
        says("nothing happens after the time", |s: &State| !s.wrong.late),
        says("strangers end and fill nothing", |s: &State| !s.wrong.stranger),
        says("completed means that the page has the answer", |s: &State| {
            s.honest_session().is_none_or(|session| {
                session.stage != Stage::Completed
                    || (session.answer.is_some() && session.answer == s.page)
            })
        }),
        says("nothing of an ended session is accepted", |s: &State| {
            s.accepted.iter().all(|(_, _, signed)| {
                s.sessions.get(usize::from(signed.sid)).is_none_or(|session| {
                    !matches!(session.stage, Stage::Cancelled | Stage::Rejected)
                })
            })
        }),
        says("a phone whose answer is there is not told no", |s: &State| {
            (0_u8..).zip(&s.phones).all(|(index, phone)| {
                phone.told != Some(Told::Refused)
                    || !phone.sent.is_some_and(|sent| {
                        let session = s.sessions.get(usize::from(sent.sid));
                        let answer = session.and_then(|session| session.answer);
                        matches!(answer, Some(Answer::Of(held)) if held.phone == index)
                    })
            })
        }),
    ]
}
