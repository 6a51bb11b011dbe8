//! Searching a model breadth first.
//!
//! Our own sixty lines: the state checkers there are bring a web server along, and do not give the
//! shortest trace. A state is remembered by 64 bits of its hash; with a million of them, the chance
//! that two are taken for one is about one in ten million.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash, RandomState};

/// Something that goes from state to state.
pub trait Model {
    /// What can be done.
    type Action: Debug;
    /// Where it can be.
    type State: Clone + Hash;

    /// Where it begins.
    fn initial(&self) -> Self::State;

    /// What may be tried in a state.
    fn actions(&self, state: &Self::State) -> Vec<Self::Action>;

    /// The state after an action; `None` where it is refused or changes nothing.
    fn next(&self, state: &Self::State, action: &Self::Action) -> Option<Self::State>;

    /// What must hold in every state.
    fn always(&self) -> Vec<Property<Self::State>>;

    /// What must be reached in some state, so that the model is no dead one.
    fn sometimes(&self) -> Vec<Property<Self::State>>;
}

/// Words, and whether they hold in a state.
pub type Property<S> = (&'static str, fn(&S) -> bool);

/// A property.
pub const fn says<S>(words: &'static str, holds: fn(&S) -> bool) -> Property<S> {
    (words, holds)
}

/// When a search ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Until {
    /// Every state within the bound was visited.
    Everything,
    /// The first property broke, or every state was visited.
    FirstBroken,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Different states visited.
    pub states: usize,
    /// Steps to the farthest state.
    pub steps: usize,
    /// Each property that broke, with the shortest trace to where it did.
    pub broken: BTreeMap<&'static str, Vec<String>>,
    /// What should have been reached and was not.
    pub unreached: Vec<&'static str>,
}

/// A visited state: the one before it, and the number of the action that led here.
type Node = (usize, usize);

/// Visits every state once, in the order of its distance, up to so many steps.
pub fn search<M: Model>(model: &M, bound: usize, until: Until) -> Found {
    let mut found = Found::default();
    let always = model.always();
    let mut goals = model.sometimes();
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let mut seen = HashSet::with_hasher(RandomState::new());
    let mut nodes: Vec<Node> = vec![(0, 0)];
    let mut level = vec![(model.initial(), 0)];
    seen.insert(hasher.hash_one(&level[0].0));
    loop {
        for (state, node) in &level {
            goals.retain(|(_, reached)| !reached(state));
            for (name, holds) in &always {
                if !found.broken.contains_key(name) && !holds(state) {
                    found.broken.insert(name, trace(model, &nodes, *node));
                }
            }
        }
        let broke = until == Until::FirstBroken && !found.broken.is_empty();
        if broke || found.steps == bound {
            break;
        }
        let mut next = Vec::new();
        for (state, node) in &level {
            for (number, action) in model.actions(state).iter().enumerate() {
                let Some(after) = model.next(state, action) else { continue };
                if seen.insert(hasher.hash_one(&after)) {
                    next.push((after, nodes.len()));
                    nodes.push((*node, number));
                }
            }
        }
        if next.is_empty() {
            break;
        }
        found.steps += 1;
        level = next;
    }
    found.states = nodes.len();
    found.unreached = goals.into_iter().map(|(name, _)| name).collect();
    found
}

/// The actions that lead to a node.
fn trace<M: Model>(model: &M, nodes: &[Node], mut node: usize) -> Vec<String> {
    let mut numbers = Vec::new();
    while node != 0 {
        let (before, number) = nodes[node];
        numbers.push(number);
        node = before;
    }
    let mut state = model.initial();
    let mut words = Vec::new();
    for number in numbers.into_iter().rev() {
        let action = model.actions(&state).swap_remove(number);
        words.push(format!("{action:?}"));
        match model.next(&state, &action) {
            Some(after) => state = after,
            None => break,
        }
    }
    words
}
