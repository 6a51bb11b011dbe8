//! `cargo xtask bench [NAME...]`: the races whose group is named, all without a name.

mod chain;
mod cms;
mod ec;
mod envelope;
mod ofd;
mod picture;
mod session;
mod symmetric;
/// The cast of the session tests: keys, certificates, platforms.
#[allow(dead_code, unused_imports)]
#[path = "../../tests/session/world.rs"]
mod world;

use std::env;

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let groups: [(&str, fn()); 8] = [
        ("ec", ec::all),
        ("symmetric", symmetric::all),
        ("chain", chain::all),
        ("cms", cms::all),
        ("envelope", envelope::all),
        ("ofd", ofd::all),
        ("picture", picture::all),
        ("session", session::all),
    ];
    if let Some(unknown) = words.iter().find(|word| groups.iter().all(|(name, _)| name != word)) {
        let names: Vec<_> = groups.iter().map(|(name, _)| *name).collect();
        eprintln!("no bench `{unknown}`; there are {}", names.join(" "));
        std::process::exit(2);
    }
    println!("libraries: {}", openssl::version::version());
    println!("{:<34} {:<34} {:>16}   peer/ours", "operation", "by", "speed");
    for (name, run) in groups {
        if words.is_empty() || words.iter().any(|word| word == name) {
            run();
        }
    }
}
