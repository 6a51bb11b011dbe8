//! The npm package at work: in Node, in projects that install it, and in real browsers: Debian's
//! Chromium, Firefox ESR and WebKitGTK.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::run::{Failure, cargo, root, show, target};
use crate::{pack, setup};

/// Where tests lie, and what a run calls them.
pub(crate) const PARTS: [(&str, &str); 4] = [
    ("node", "npm package in Node"),
    ("fixtures", "npm package installed into projects"),
    ("sof", "npm package under old pages"),
    ("browser", "npm package in browsers"),
];

/// For a file of tests, and for each test in it; the longest takes a third of it on two cores.
const PATIENCE: Duration = Duration::from_secs(12 * 60);

/// The private npm project that holds the tests.
fn folder() -> PathBuf {
    root().join("wasm/tests")
}

/// Fetches what drives the browsers, and builds the programs that the tests talk to. The browsers
/// themselves are among the set-up's tools.
pub(crate) fn ready() -> Result<(), Failure> {
    pack::install(&folder())?;
    crate::peers::maven("sidecar", "sidecar-recipe")?;
    crate::peers::go("sidecar-go", "sidecar-recipe-go")?;
    crate::peers::csharp("sidecar-cs/Recipe.cs", "sidecar-recipe.exe")?;
    // Whom the package is checked against; a run of everything has them already.
    crate::peers::go("gmsm", "gmsm-peer")?;
    crate::peers::go("envelope", "envelope-reader")?;
    crate::peers::maven("bouncycastle", "bouncycastle")?;
    pack::for_tests()?;
    programs()
}

/// Builds the servers and the command line that tests and benches of the package talk to.
pub(crate) fn programs() -> Result<(), Failure> {
    let packages = ["-p", "yinxin-cli", "-p", "yinxin-hub", "-p", "yinxin-platform-example"];
    show(cargo().args(["build", "-q", "--locked"]).args(packages))
}

/// The tests of a part, for a run that counts them or a person who reads; `None` where there are
/// none. What browsers saw lies in `target/browser`.
pub(crate) fn tests(part: &str, reporter: &str) -> Result<Option<Command>, Failure> {
    let folder = folder();
    let at =
        |path: PathBuf| move |error| Failure::System { doing: path.display().to_string(), error };
    let part = folder.join(part);
    if !part.exists() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(&part).map_err(at(part.clone()))? {
        let path = entry.map_err(at(part.clone()))?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    // Releases of Node differ in what a folder means.
    files.sort();
    let mut command = Command::new("node");
    command
        // One file at a time: two browsers at once starve each other on two cores.
        .args(["--test", "--test-concurrency=1"])
        // A file that does not end, as one whose browser left something open, fails by its name.
        .arg(format!("--test-timeout={}", PATIENCE.as_millis()))
        .arg(format!("--test-reporter={reporter}"))
        .args(files)
        .env("CARGO_TARGET_DIR", target())
        .current_dir(folder);
    Ok(Some(command))
}

/// `cargo xtask npm [PART]`: these tests alone, on the package as it was packed last.
pub(crate) fn run(wanted: Option<&str>) -> Result<(), Failure> {
    pack::there()?;
    setup::ready()?;
    ready()?;
    let names = || PARTS.map(|(part, _)| part).join(", ");
    if let Some(part) = wanted.filter(|wanted| PARTS.iter().all(|(part, _)| part != wanted)) {
        return Err(Failure::Wrong(format!("no part `{part}`; there are {}", names())));
    }
    for (part, _) in PARTS.iter().filter(|(part, _)| wanted.is_none_or(|wanted| wanted == *part)) {
        if let Some(mut tests) = tests(part, "spec")? {
            show(&mut tests)?;
        }
    }
    println!("screenshots: {}", target().join("browser").display());
    Ok(())
}
