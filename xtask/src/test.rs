//! `cargo xtask test`: every check in one run, with its minutes.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::run::{self, Failure, cargo, follow, in_ci, peers, read, root, says, target};
use crate::{demo, npm, pack, peers as programs, setup, walls};

/// What one part came to.
struct Part {
    name: &'static str,
    took: Duration,
    passed: u64,
    failed: u64,
}

/// The run so far. A part that fails is noted and the run goes on: one run tells everything.
#[derive(Default)]
struct Run {
    parts: Vec<Part>,
}

impl Run {
    /// A check that holds or does not.
    fn check(&mut self, name: &'static str, act: impl FnOnce() -> Result<(), Failure>) -> bool {
        println!("\n== {name}");
        let started = Instant::now();
        let outcome = act();
        let holds = outcome.is_ok();
        if let Err(failure) = outcome {
            println!("FAILED {name}: {failure}");
        }
        let (passed, failed) = if holds { (1, 0) } else { (0, 1) };
        self.parts.push(Part { name, took: started.elapsed(), passed, failed });
        holds
    }

    /// A command that runs tests and prints cargo's `test result:` lines, or the last lines of
    /// Node's runner.
    fn tests(&mut self, name: &'static str, command: &mut Command) {
        println!("\n== {name}");
        let started = Instant::now();
        let (mut passed, mut failed) = (0, 0);
        let outcome = follow(command, |line| {
            if let Some(counts) = line.trim().strip_prefix("test result: ") {
                passed += count(counts, " passed");
                failed += count(counts, " failed");
            }
            passed += nodes(line, "# pass ");
            failed += nodes(line, "# fail ") + nodes(line, "# cancelled ");
            // What is left out is not tested.
            failed += if in_ci() { nodes(line, "# skipped ") } else { 0 };
        });
        if let Err(failure) = outcome {
            println!("FAILED {name}: {failure}");
            failed = failed.max(1);
        } else if passed == 0 {
            println!("FAILED {name}: no test ran");
            failed = 1;
        }
        self.parts.push(Part { name, took: started.elapsed(), passed, failed });
    }
}

/// The number in front of a word: `count("ok. 3 passed; 0 failed", " passed")` is 3.
fn count(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or_default();
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

/// The number behind a word that begins a line of Node's runner: `nodes("# pass 47", "# pass ")`.
fn nodes(line: &str, word: &str) -> u64 {
    line.strip_prefix(word).and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

/// Runs everything; `long` takes the long forms as well.
pub(crate) fn all(long: bool) -> Result<(), Failure> {
    let started = Instant::now();
    let before = says("git", &["status", "--porcelain"]);
    let mut run = Run::default();

    let ready = run.check("set-up", setup::ready);
    let peers_ready = ready && run.check("peers", programs::build);

    run.check("format", || {
        run::show(cargo().args(["fmt", "--all", "--check"]))?;
        let go = read(Command::new("gofmt").arg("-l").arg(root().join("tests/interop")))?;
        if go.is_empty() { Ok(()) } else { Err(Failure::Wrong(format!("gofmt: {go}"))) }
    });
    run.check("clippy", || {
        run::show(
            cargo()
                .args(["clippy", "-q", "--locked", "--workspace", "--all-targets"])
                .args(["--", "-D", "warnings"]),
        )
    });
    run.check("docs", || {
        run::show(
            cargo()
                .args(["doc", "-q", "--locked", "--workspace", "--no-deps", "--lib"])
                .args(["--exclude", "yinxin-tests", "--exclude", "yinxin-benches"])
                .args(["--exclude", "xtask"])
                .env("RUSTDOCFLAGS", "-D warnings"),
        )
    });
    run.check("no operating system", || {
        let mut command = cargo();
        command.args(["check", "-q", "--locked", "-p", "yinxin-pki", "-p", "yinxin-session"]);
        for name in setup::BARE {
            command.args(["--target", name]);
        }
        run::show(&mut command)
    });
    run.check("without what others alone use", || {
        let mut command = cargo();
        command.args(["test", "-q", "--locked", "-p", "yinxin-pki", "--no-default-features"]);
        run::show(command.args(["--features", "nfc", "--lib", "key::foreign"]))
    });
    run.check("platforms", || {
        let mut command = cargo();
        // TLS has parts in C, for which another platform's compiler would have to be here.
        command.args(["check", "-q", "--locked", "-p", "yinxin-cli", "--no-default-features"]);
        for name in setup::PLATFORMS {
            command.args(["--target", name]);
        }
        run::show(&mut command)
    });
    run.check("dependency walls", walls::dependencies);
    run.check("cargo deny", deny);
    run.check("README twins", walls::twins);
    run.check("decisions", walls::decisions);

    let mut units = cargo();
    units.args(["test", "--locked", "--workspace", "--exclude", "yinxin-tests"]);
    run.tests("unit and documentation tests", &mut with_env(units, long));

    let mut cross = cargo();
    cross.args(["test", "--locked", "-p", "yinxin-tests"]);
    if peers_ready
        && run.check("command line", || {
            let packages = ["-p", "yinxin-cli", "-p", "yinxin-hub"];
            run::show(cargo().args(["build", "-q", "--locked"]).args(packages))
        })
    {
        run.tests("tests across crates, and peers", &mut with_env(cross, long));
        run.check("demo of sessions", demo::sessions);
        run.check("demo", demo::suites);
    } else {
        run.check("tests across crates, and peers", || {
            Err(Failure::Wrong("not run: what they need is not there".to_owned()))
        });
    }

    if ready
        && run.check("npm package", || pack::pack(pack::Form::Release))
        && run.check("npm package, as its readers see it", pack::check)
        && run.check("browsers and their drivers", npm::ready)
    {
        for (part, name) in npm::PARTS {
            match npm::tests(part, "tap") {
                Ok(Some(mut tests)) => run.tests(name, &mut tests),
                Ok(None) => {}
                Err(failure) => {
                    run.check(name, || Err(failure));
                }
            }
        }
    } else {
        run.check("npm package in Node and browsers", || {
            Err(Failure::Wrong("not run: what they need is not there".to_owned()))
        });
    }

    run.check("the tree is as it was", || {
        let after = says("git", &["status", "--porcelain"]);
        if before == after {
            return Ok(());
        }
        Err(Failure::Wrong(format!("git status now says:\n{}", after.unwrap_or_default())))
    });

    println!("\n   minutes  passed  failed  part");
    for part in &run.parts {
        let minutes = part.took.as_secs_f64() / 60.0;
        println!("{minutes:>10.1} {:>7} {:>7}  {}", part.passed, part.failed, part.name);
    }
    println!("{:>10.1}                  all\n", started.elapsed().as_secs_f64() / 60.0);
    let passed: u64 = run.parts.iter().map(|part| part.passed).sum();
    let failed: u64 = run.parts.iter().map(|part| part.failed).sum();
    println!("{passed} passed, {failed} failed");
    if failed == 0 { Ok(()) } else { Err(Failure::Wrong("the run failed".to_owned())) }
}

fn with_env(mut command: Command, long: bool) -> Command {
    command.env("YINXIN_PEERS", peers()).env("YINXIN_BIN", target().join("debug/yinxin"));
    if long {
        command.env("YINXIN_LONG", "1");
    }
    command
}

/// Bans, licences and sources always; advisories where their database can be fetched.
fn deny() -> Result<(), Failure> {
    let program = setup::cargo_deny()?;
    let deny = |what: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["--log-level", "error", "check"]).args(what).current_dir(root());
        command
    };
    run::show(&mut deny(&["bans", "licenses", "sources"]))?;
    let mut advisories = deny(&["advisories"]);
    let output = advisories
        .output()
        .map_err(|error| Failure::System { doing: "cargo deny check advisories".into(), error })?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        println!("advisories ok");
        return Ok(());
    }
    if said.contains("failed to fetch advisory database") {
        // The database lives on one public host; a machine without it has nothing to compare
        // with. That is said aloud and is no verdict on the dependencies.
        let place = if in_ci() { "this CI machine" } else { "this machine" };
        println!("advisories NOT CHECKED: {place} does not reach the advisory database");
        return Ok(());
    }
    println!("{}{said}", String::from_utf8_lossy(&output.stdout));
    Err(Failure::Wrong("cargo deny check advisories".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_summary_is_counted() {
        let line = "ok. 12 passed; 3 failed; 0 ignored; 0 measured";
        assert_eq!(count(line, " passed"), 12);
        assert_eq!(count(line, " failed"), 3);
        assert_eq!(count("nothing here", " passed"), 0);
    }

    #[test]
    fn nodes_summary_is_counted() {
        assert_eq!(nodes("# pass 47", "# pass "), 47);
        assert_eq!(nodes("    # pass 47", "# pass "), 0);
        assert_eq!(nodes("# passing by", "# pass "), 0);
    }
}
