//! The npm package in real browsers: Debian's Chromium, Firefox ESR and WebKitGTK.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::run::{Failure, cargo, root, show, target};
use crate::{pack, setup};

/// The private npm project that holds the tests.
fn folder() -> PathBuf {
    root().join("wasm/tests")
}

/// Fetches what drives the browsers, and builds the programs that the tests talk to. The browsers
/// themselves are among the set-up's tools.
pub(crate) fn ready() -> Result<(), Failure> {
    pack::install(&folder())?;
    let packages = ["-p", "yinxin-cli", "-p", "yinxin-hub", "-p", "yinxin-platform-example"];
    show(cargo().args(["build", "-q", "--locked"]).args(packages))
}

/// The tests, for a run that counts them or a person who reads. What they saw lies in
/// `target/browser`.
pub(crate) fn tests(reporter: &str) -> Result<Command, Failure> {
    let folder = folder();
    let at =
        |path: PathBuf| move |error| Failure::System { doing: path.display().to_string(), error };
    let browser = folder.join("browser");
    let entries = fs::read_dir(&browser).map_err(at(browser.clone()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(at(browser.clone()))?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    // Releases of Node differ in what a folder means.
    files.sort();
    println!("screenshots: {}", target().join("browser").display());
    let mut command = Command::new("node");
    command
        // One file at a time: two browsers at once starve each other on two cores.
        .args(["--test", "--test-concurrency=1"])
        .arg(format!("--test-reporter={reporter}"))
        .args(files)
        .env("CARGO_TARGET_DIR", target())
        .current_dir(folder);
    Ok(command)
}

/// `cargo xtask browsers`: these tests alone, on the package as it was packed last.
pub(crate) fn run() -> Result<(), Failure> {
    setup::ready()?;
    ready()?;
    show(&mut tests("spec")?)
}
