//! The session protocol: a second implementation, in Go, written from `docs/protocol.md` alone, on
//! the cases that `yinxin vectors export` writes. It is not shown what they expect.

use std::process::Command;

use serde_json::Value;
use yinxin_tests::folder::Folder;
use yinxin_tests::harness::{Case, Way};
use yinxin_tests::peer::{envelope_reader, yinxin};

const fn case(what: &'static str, run: fn()) -> Case {
    Case { peer: "Go reader", what, way: Way::OursToThem, run }
}

pub(crate) const CASES: &[Case] = &[
    case("session vectors: requests checked, suite SM", || agree(&exported(), "request", "sm", 60)),
    case("session vectors: requests checked, suite NIST", || {
        agree(&exported(), "request", "nist", 60)
    }),
    case("session vectors: frames, envelopes, derived values", || {
        let folder = exported();
        for suite in ["sm", "nist"] {
            for (kind, least) in [("frame", 20), ("envelope", 20), ("keyed", 15), ("derived", 8)] {
                agree(&folder, kind, suite, least);
            }
        }
        agree(&folder, "json", "sm", 30);
    }),
];

/// The vectors, written anew.
fn exported() -> Folder {
    let folder = Folder::new("vectors");
    let out = folder.path("v");
    let status = Command::new(yinxin()).args(["--quiet", "vectors", "export", &out]).status();
    assert!(status.unwrap().success());
    folder
}

/// At least so many cases of a kind, at least a third of them refused, all answered alike.
fn agree(folder: &Folder, kind: &str, suite: &str, least: usize) {
    let name = if kind == "json" { "v/json.json".into() } else { format!("v/{kind}-{suite}.json") };
    let read: Value = serde_json::from_slice(&folder.read(&name)).unwrap();
    let cases = read["cases"].as_array().unwrap();
    assert!(cases.len() >= least, "{}", cases.len());
    let values = [("file", &folder.path(&name)[..]), ("suite", suite), ("kind", kind)];
    let said = envelope_reader().must("session", &values);
    assert_eq!(said.len(), cases.len());
    let mut refused = 0;
    for (index, case) in cases.iter().enumerate() {
        let expected = words(&case["expect"]);
        assert_eq!(said[&index.to_string()], expected, "{kind} {index}: {}", case["name"]);
        refused += usize::from(expected.starts_with("code ") || expected == "refused");
    }
    println!("{} cases of {kind}, suite {suite}, {refused} of them refused", cases.len());
    assert!(kind == "derived" || refused * 3 >= cases.len(), "{refused} of {}", cases.len());
}

/// What a case expects, as the peer says it.
fn words(expect: &Value) -> String {
    if let Some(code) = expect["code"].as_str() {
        return format!("code {code}");
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match &expect["ok"] {
        Value::Null => match text(expect) {
            Some(word) => word,
            None => format!("{} {}", expect["number"], expect["choices"]).replace(',', " "),
        },
        ok => {
            let two = || Some(format!("{} {}", text(&ok["sent"])?, text(&ok["displayKey"])?));
            let value = text(ok).or_else(|| text(&ok["requestDigest"])).or_else(two);
            format!("ok {}", value.unwrap_or_else(|| ok.to_string()))
        }
    }
}
