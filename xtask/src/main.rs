//! `cargo xtask`: set-up, build, demo and test.
//!
//! It runs the other crates and imports none, so that it builds in a second and works while they
//! do not.

mod demo;
mod npm;
mod pack;
mod peers;
mod prove;
mod run;
mod setup;
mod test;
mod walls;

use std::env;
use std::process::ExitCode;

use run::{Failure, cargo, target};

const HELP: &str = "\
cargo xtask COMMAND

  test [--long]       everything: checks, unit tests, the programs we check ourselves against
  demo [--headless]   today's main job end to end on a real file
  doctor              every tool and peer: found, wanted, and the command that gets it
  peers               build the programs we check ourselves against
  bench [NAME]        our public interface beside its peers; npm: the package's, in Node and Chromium
  build               the command line and the hub, optimised
  pack [--dev]        the npm package: target/npm/yinxin-VERSION.tgz
  npm [PART]          the packed npm package at work: node, fixtures, sof, browser
  prove               the symbolic models of the session protocol, by Verifpal";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test"] => test::all(false),
        ["test", "--long"] => test::all(true),
        ["demo"] | ["demo", "--headless"] => demo::headless(),
        ["doctor"] => setup::doctor(),
        ["peers"] => setup::ready().and_then(|()| peers::build()),
        ["bench", "npm"] => bench_npm(),
        ["bench", rest @ ..] => bench(rest),
        ["build"] => build(),
        ["pack"] => pack(pack::Form::Release),
        ["pack", "--dev"] => pack(pack::Form::Dev),
        ["npm"] => npm::run(None),
        ["npm", part] => npm::run(Some(part)),
        ["prove"] => prove::prove(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn bench(names: &[&str]) -> Result<(), Failure> {
    setup::ready()?;
    run::show(cargo().args(["run", "-q", "--release", "-p", "yinxin-benches", "--"]).args(names))
}

/// Speed beside every npm package with the same algorithms, start, sizes, memory.
fn bench_npm() -> Result<(), Failure> {
    setup::ready()?;
    pack::pack(pack::Form::Release)?;
    npm::programs()?;
    let tests = run::root().join("wasm/tests");
    pack::install(&tests)?;
    pack::install(&tests.join("bench"))?;
    run::show(std::process::Command::new("node").arg("bench/main.mjs").current_dir(tests))
}

fn pack(form: pack::Form) -> Result<(), Failure> {
    setup::ready()?;
    pack::pack(form)
}

fn build() -> Result<(), Failure> {
    run::show(cargo().args(["build", "--release", "-p", "yinxin-cli", "-p", "yinxin-hub"]))?;
    for program in ["yinxin", "yinxin-hub"] {
        println!("{}", target().join("release").join(program).display());
    }
    Ok(())
}
