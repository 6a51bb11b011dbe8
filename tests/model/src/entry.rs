//! Who is at the other screen: an own browser and an attacker's, the number, the PIN, what makes a
//! browser known, and the short code for places without a camera.

use crate::rule::{Rule, Without};
use crate::search::{Model, Property, says};

/// The model.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Rules that are left out.
    pub without: Without,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Browser {
    /// An attacker's, who shows a code to the person and does not talk to them.
    Attacker,
    /// The attacker's, with a signature that the person's browser made for another page.
    AttackerWithCopy,
    Own,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Class {
    Decrypt,
    Login,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Way {
    Frame,
    Short,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct View {
    browser: Browser,
    class: Class,
    way: Way,
    matched: bool,
    pin: bool,
    wrong: u8,
    ended: bool,
    /// Whether the hub exchanged the reply key in the clear header.
    exchanged: bool,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ShortCode {
    Dead,
    Fresh,
}

/// Browsers that are known, by browser (own, attacker's) and class (login, decrypt).
type Grants = [[bool; 2]; 2];

#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Wrong {
    unknown: bool,
    without_pin: bool,
    dead_code: bool,
    untyped: bool,
    scene: bool,
    reply_key: bool,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct State {
    known: Grants,
    /// What the person ticked after a passed number, since the PIN and certificate are as they are.
    ticked: Grants,
    view: Option<View>,
    code: ShortCode,
    tries: u8,
    wrong_numbers: u8,
    sessions: u8,
    released: bool,
    wrong: Wrong,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    Begin { browser: Browser, class: Class, way: Way, exchanged: bool },
    CodeLapses,
    Guess,
    NewPin,
    Number { right: bool },
    Pin,
    Release,
    Tick,
}

/// Wrong numbers that an hour allows, tries at short codes that a minute does, and sessions looked
/// at.
const WRONG: u8 = 3;
const TRIES: u8 = 5;
const SESSIONS: u8 = 4;

const fn at(browser: Browser) -> usize {
    match browser {
        Browser::Own => 0,
        Browser::Attacker | Browser::AttackerWithCopy => 1,
    }
}

impl Entry {
    fn holds(&self, rule: Rule) -> bool {
        self.without.holds(rule)
    }

    /// As which browser it counts.
    fn counts_as(&self, browser: Browser) -> Browser {
        let copied = browser == Browser::AttackerWithCopy && !self.holds(Rule::BrowserBound);
        if copied { Browser::Own } else { browser }
    }

    fn is_known(&self, state: &State, view: View) -> bool {
        if view.way == Way::Short && self.holds(Rule::ShortUnknown) {
            return false;
        }
        let [login, decrypt] = state.known[at(self.counts_as(view.browser))];
        match view.class {
            Class::Login => login,
            Class::Decrypt => decrypt || (login && !self.holds(Rule::KnownClass)),
        }
    }

    fn begin(&self, state: &mut State, new: View) -> bool {
        let closed = state.wrong_numbers >= WRONG && self.holds(Rule::MatchCoolDown);
        let forged = new.browser == Browser::AttackerWithCopy && self.holds(Rule::BrowserBound);
        let short = new.way == Way::Short;
        let dead = short && state.code == ShortCode::Dead;
        let scene = short && new.class == Class::Decrypt;
        if state.sessions >= SESSIONS
            || state.view.is_some_and(|view| !view.ended)
            || forged
            || (closed && !self.is_known(state, new))
            || (dead && self.holds(Rule::ShortDies))
            || (scene && self.holds(Rule::ShortScene))
            || (new.exchanged && !short)
        {
            return false;
        }
        state.wrong.dead_code |= dead;
        state.wrong.scene |= scene;
        state.sessions += 1;
        if short {
            state.code = ShortCode::Dead;
        }
        state.view = Some(new);
        true
    }

    fn number(&self, state: &mut State, right: bool) -> bool {
        let Some(view) = &mut state.view else { return false };
        // The attacker's page is not before the person, so that its number is guessed. A hub that
        // exchanged the reply key passes the hello on, and the own page shows the right number.
        let sees = view.browser == Browser::Own;
        if view.ended || view.matched || (right && !sees) || view.wrong > 1 {
            return false;
        }
        if right {
            view.matched = true;
            return true;
        }
        view.wrong += 1;
        view.ended |= self.holds(Rule::MatchFinal);
        state.wrong_numbers += 1;
        true
    }

    fn release(&self, state: &mut State) -> bool {
        let Some(view) = state.view.filter(|view| !view.ended) else { return false };
        let known = self.is_known(state, view);
        let may = (view.matched || known)
            && (view.pin || !self.holds(Rule::PinEach))
            && !(view.exchanged && self.holds(Rule::ShortReplyKey));
        if !may {
            return false;
        }
        let class = view.class as usize;
        let ticked = state.ticked[at(view.browser)][usize::from(view.class == Class::Decrypt)];
        state.wrong.unknown |= !view.matched && !ticked;
        state.wrong.without_pin |= !view.pin;
        state.wrong.untyped |= view.way == Way::Short && !view.matched;
        state.wrong.reply_key |= view.exchanged;
        state.released = true;
        if !self.holds(Rule::KnownIsTicked) {
            state.known[at(view.browser)][1 - class] = true;
        }
        if let Some(view) = &mut state.view {
            view.ended = true;
        }
        true
    }
}

impl Model for Entry {
    type Action = Action;
    type State = State;

    fn initial(&self) -> State {
        State {
            known: [[false; 2]; 2],
            ticked: [[false; 2]; 2],
            view: None,
            code: ShortCode::Fresh,
            tries: 0,
            wrong_numbers: 0,
            sessions: 0,
            released: false,
            wrong: Wrong::default(),
        }
    }

    fn actions(&self, _: &State) -> Vec<Action> {
        let mut actions = Vec::new();
        for browser in [Browser::Own, Browser::Attacker, Browser::AttackerWithCopy] {
            for class in [Class::Login, Class::Decrypt] {
                let begin = |way, exchanged| Action::Begin { browser, class, way, exchanged };
                actions.push(begin(Way::Frame, false));
                actions.push(begin(Way::Short, false));
                actions.push(begin(Way::Short, true));
            }
        }
        actions.extend([
            Action::CodeLapses,
            Action::Guess,
            Action::NewPin,
            Action::Number { right: true },
            Action::Number { right: false },
            Action::Pin,
            Action::Release,
            Action::Tick,
        ]);
        actions
    }

    fn next(&self, last: &State, action: &Action) -> Option<State> {
        let mut state = last.clone();
        let changed = match *action {
            Action::Begin { browser, class, way, exchanged } => {
                let view = View {
                    browser,
                    class,
                    way,
                    matched: false,
                    pin: false,
                    wrong: 0,
                    ended: false,
                    exchanged,
                };
                self.begin(&mut state, view)
            }
            Action::CodeLapses => {
                let changed = state.code == ShortCode::Fresh;
                state.code = ShortCode::Dead;
                changed
            }
            Action::Guess => {
                let may = state.tries < TRIES || !self.holds(Rule::ShortTries);
                state.tries += 1;
                may && state.tries <= TRIES + 1
            }
            Action::NewPin => {
                let changed = state.known != [[false; 2]; 2];
                state.ticked = [[false; 2]; 2];
                if self.holds(Rule::GrantLapses) {
                    state.known = [[false; 2]; 2];
                }
                changed
            }
            Action::Number { right } => self.number(&mut state, right),
            Action::Pin => {
                let view = state.view.as_mut().filter(|view| !view.ended && !view.pin)?;
                view.pin = true;
                true
            }
            Action::Release => self.release(&mut state),
            Action::Tick => {
                let view = state.view.filter(|view| !view.ended && view.pin)?;
                let class = usize::from(view.class == Class::Decrypt);
                let may = view.matched || !self.holds(Rule::TickAfterMatch);
                let changed = may && !state.known[at(view.browser)][class];
                if changed {
                    state.known[at(view.browser)][class] = true;
                    state.ticked[at(view.browser)][class] = view.matched;
                }
                changed
            }
        };
        changed.then_some(state)
    }

    fn always(&self) -> Vec<Property<State>> {
        vec![
            says("no unknown browser is answered without its number", |s: &State| !s.wrong.unknown),
            says("each release had its PIN", |s: &State| !s.wrong.without_pin),
            says("known is what the person ticked", |s: &State| {
                s.known.iter().flatten().zip(s.ticked.iter().flatten()).all(|(k, t)| !k || *t)
            }),
            says("one try at a number a session", |s: &State| {
                s.view.is_none_or(|view| view.wrong <= 1 && (view.wrong == 0 || view.ended))
            }),
            says("three wrong numbers an hour", |s: &State| s.wrong_numbers <= WRONG),
            says("five tries at codes a minute", |s: &State| s.tries <= TRIES),
            says("a short code opens once and in its time", |s: &State| !s.wrong.dead_code),
            says("behind a short code the number was typed", |s: &State| !s.wrong.untyped),
            says("a short code opens no bid", |s: &State| !s.wrong.scene),
            says("nothing goes to a reply key that nobody signed", |s: &State| !s.wrong.reply_key),
        ]
    }

    fn sometimes(&self) -> Vec<Property<State>> {
        vec![
            says("a known browser is answered without a number", |s: &State| {
                s.view.is_some_and(|view| view.ended && !view.matched && view.wrong == 0)
            }),
            says("something is released", |s: &State| s.released),
        ]
    }
}
