//! `npm/src/codes.ts` is the list of all codes that come out of the Rust side, for TypeScript's
//! compiler. It is generated, and this test sees that it is up to date.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use yinxin::session::{Code, Scene};
use yinxin::words::MESSAGES;

/// Codes of the crate itself: what it passes to `Failure`.
fn own(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            own(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for maker in ["misuse(", "refused("] {
            for rest in text.split(&["Failure::", maker].concat()).skip(1) {
                if let Some(code) = rest.trim_start().strip_prefix('"') {
                    found.insert(code.split('"').next().unwrap().to_owned());
                }
            }
        }
    }
}

fn union(name: &str, about: &str, words: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<String> = words.into_iter().map(|word| format!("  | \"{word}\"")).collect();
    format!("\n/** {about} */\nexport type {name} =\n{};\n", lines.join("\n"))
}

#[test]
fn the_list_for_typescript_is_the_catalogue() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.name().to_owned()).collect();
    codes.extend(MESSAGES.iter().map(|(code, ..)| (*code).to_owned()));
    own(&here.join("src"), &mut codes);
    let scenes: BTreeSet<String> = Scene::ALL.iter().map(|scene| scene.name().to_owned()).collect();
    let text = [
        "// Generated from the Rust catalogue: `YINXIN_WRITE=1 cargo test -p yinxin-wasm`.\n"
            .into(),
        union("RustCode", "Codes of the libraries, the protocol and the modules.", codes),
        union("Scene", "What a session is for (场景).", scenes),
    ]
    .concat();
    let file = here.join("npm/src/codes.ts");
    if std::env::var_os("YINXIN_WRITE").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == text, "npm/src/codes.ts is old: YINXIN_WRITE=1 cargo test -p yinxin-wasm");
}
