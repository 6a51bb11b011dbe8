//! Every rule of the protocol is needed, or another one stands in for it and both are.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use yinxin_model::channel::{Attacker, Channel};
use yinxin_model::entry::Entry;
use yinxin_model::rule::{Part, Rule, Without};
use yinxin_model::search::{Found, Until, search};
use yinxin_model::sessions::{Hub, Sessions};

/// A model in one setting: which, its words, and how to search it.
type Setting = (Part, &'static str, fn(Without, usize, Until) -> Found);

const SETTINGS: [Setting; 5] = [
    (Part::Sessions, "honest hub", |without, bound, until| {
        search(&Sessions { without, hub: Hub::Honest }, bound, until)
    }),
    (Part::Sessions, "hostile hub", |without, bound, until| {
        search(&Sessions { without, hub: Hub::Hostile }, bound.min(HOSTILE), until)
    }),
    (Part::Channel, "hub between", |without, bound, until| {
        search(&Channel { without, attacker: Attacker::Hub }, bound, until)
    }),
    (Part::Channel, "hub with photograph", |without, bound, until| {
        search(&Channel { without, attacker: Attacker::HubWithPhotograph }, bound, until)
    }),
    (Part::Entry, "other screen", |without, bound, until| search(&Entry { without }, bound, until)),
];

/// Steps to which a hostile hub is searched, whose states are the most.
const HOSTILE: usize = 12;

/// Steps within which a pair of rules must break what one of them alone does not.
const fn pair_bound(part: Part) -> usize {
    match part {
        Part::Channel | Part::Entry => 14,
        Part::Sessions => 9,
    }
}

fn settings(part: Part) -> impl Iterator<Item = Setting> {
    SETTINGS.into_iter().filter(move |(of, ..)| *of == part)
}

#[test]
fn no_property_breaks_while_all_rules_hold() {
    let mut states = 0;
    for (part, words, run) in SETTINGS {
        let started = Instant::now();
        let found = run(Without::NONE, usize::MAX, Until::Everything);
        let took = started.elapsed().as_secs_f32();
        println!("{part:?}, {words}: {} states, {} steps, {took:.1} s", found.states, found.steps);
        assert_eq!(found.broken.keys().collect::<Vec<_>>(), [&""; 0], "{part:?}, {words}");
        assert_eq!(found.unreached, [""; 0], "{part:?}, {words}");
        states += found.states;
    }
    assert!(states >= 400_000, "{states}");
}

/// The row of a rule that breaks something when it is missing.
fn alone(rule: Rule) -> Option<String> {
    // A rule that another stands in for breaks nothing alone where both together do.
    let bound = rule.stands_in().map_or(usize::MAX, |_| pair_bound(rule.part()));
    settings(rule.part()).find_map(|(_, words, run)| {
        let found = run(Without::of(&[rule]), bound, Until::FirstBroken);
        let (property, trace) = found.broken.first_key_value()?;
        Some(format!("| {} | {words} | {property} | {} |", rule.words(), trace.len()))
    })
}

/// The row of a rule that another one stands in for: both missing break what neither breaks alone.
fn in_pair(rule: Rule, other: Rule, why: &str) -> Option<String> {
    let bound = pair_bound(rule.part());
    settings(rule.part()).find_map(|(_, words, run)| {
        let broken = |rules: &[Rule]| run(Without::of(rules), bound, Until::Everything).broken;
        let (both, one) = (broken(&[rule, other]), broken(&[other]));
        let (property, trace) = both.iter().find(|(property, _)| !one.contains_key(*property))?;
        let (rule, other, steps) = (rule.words(), other.words(), trace.len());
        Some(format!("| {rule} | {other} | {words} | {property} | {steps} | {why} |"))
    })
}

#[test]
fn every_rule_is_needed_or_says_what_stands_in_for_it() {
    let mut table =
        String::from("| Without the rule | where | what breaks | steps |\n|---|---|---|---|\n");
    let mut pairs = String::from(
        "| May be missing alone | while this holds | where | without both breaks | steps | why \
         both stay |\n|---|---|---|---|---|---|\n",
    );
    for rule in Rule::ALL {
        match (alone(*rule), rule.stands_in()) {
            (Some(row), None) => writeln!(table, "{row}").unwrap(),
            (None, Some((other, why))) => {
                let row = in_pair(*rule, other, why);
                let row = row.unwrap_or_else(|| panic!("{rule:?} and {other:?} are not needed"));
                writeln!(pairs, "{row}").unwrap();
            }
            (Some(row), Some(_)) => panic!("{rule:?} breaks something alone: {row}"),
            (None, None) => panic!("{rule:?} is not needed, and nothing says why it is there"),
        }
    }
    println!("{table}\n{pairs}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/proofs.md");
    let text = std::fs::read_to_string(&path).unwrap();
    for rows in [&table, &pairs] {
        assert!(text.contains(rows.as_str()), "docs/proofs.md has other rows than:\n{rows}");
    }
}
