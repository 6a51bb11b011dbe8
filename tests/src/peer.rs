//! Programs of others. Nothing here skips: a peer that is not there fails the test that asks it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::{env, fmt};

/// Where `cargo xtask peers` puts them.
fn peers() -> PathBuf {
    if let Some(folder) = env::var_os("YINXIN_PEERS") {
        return folder.into();
    }
    // <target>/debug/deps/<this test>
    let here = env::current_exe().unwrap();
    here.ancestors().nth(3).unwrap().join("peers")
}

/// The `yinxin` program that was built beside this test.
#[must_use]
pub fn yinxin() -> PathBuf {
    if let Some(program) = env::var_os("YINXIN_BIN") {
        return program.into();
    }
    let here = env::current_exe().unwrap();
    here.ancestors().nth(2).unwrap().join("yinxin")
}

/// The `yinxin-hub` program that was built beside it.
#[must_use]
pub fn yinxin_hub() -> PathBuf {
    yinxin().with_file_name("yinxin-hub")
}

/// What a peer said besides that it agrees.
pub type Facts = BTreeMap<String, String>;

/// A library of others behind a program of ours that answers jobs (`tests/interop`).
pub struct JobPeer {
    name: &'static str,
    running: Mutex<Option<(Child, ChildStdin, BufReader<ChildStdout>)>>,
    start: fn() -> Command,
}

impl fmt::Debug for JobPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// emmansun/gmsm, in Go.
#[must_use]
pub fn gmsm() -> &'static JobPeer {
    static PEER: LazyLock<JobPeer> =
        LazyLock::new(|| JobPeer::new("gmsm", || Command::new(peers().join("gmsm-peer"))));
    &PEER
}

/// A second reader of bid envelopes and of the session protocol, in Go, written from
/// `docs/envelope.md` and `docs/protocol.md` alone.
#[must_use]
pub fn envelope_reader() -> &'static JobPeer {
    static PEER: LazyLock<JobPeer> = LazyLock::new(|| {
        JobPeer::new("envelope reader", || Command::new(peers().join("envelope-reader")))
    });
    &PEER
}

/// pyHanko, in Python.
#[must_use]
pub fn pyhanko() -> &'static JobPeer {
    static PEER: LazyLock<JobPeer> = LazyLock::new(|| {
        JobPeer::new("pyHanko", || {
            let mut command = Command::new(peers().join("pyhanko/bin/python"));
            command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/interop/pyhanko/peer.py"));
            command
        })
    });
    &PEER
}

/// Runs a program of the system that has to go well and gives what it printed.
///
/// # Panics
///
/// When it is not there or refuses, with its words.
pub fn must_run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output =
        output.unwrap_or_else(|error| panic!("{program}: {error}; run `cargo xtask peers`"));
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {}: {said}", arguments.join(" "));
    said
}

/// BouncyCastle, in Java.
#[must_use]
pub fn bouncycastle() -> &'static JobPeer {
    static PEER: LazyLock<JobPeer> = LazyLock::new(|| {
        JobPeer::new("BouncyCastle", || {
            let folder = peers().join("bouncycastle");
            let mut command = Command::new("java");
            // Quick to start and light: a test run asks it a few hundred short questions.
            command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-cp"]);
            command.arg(format!("{0}/classes:{0}/lib/*", folder.display())).arg("peer.Peer");
            command
        })
    });
    &PEER
}

/// ofdrw, in Java: the OFD library in use.
#[must_use]
pub fn ofdrw() -> &'static JobPeer {
    static PEER: LazyLock<JobPeer> = LazyLock::new(|| {
        JobPeer::new("ofdrw", || {
            let folder = peers().join("ofdrw");
            let mut command = Command::new("java");
            command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-cp"]);
            command.arg(format!("{0}/classes:{0}/lib/*", folder.display())).arg("peer.Peer");
            command
        })
    });
    &PEER
}

impl JobPeer {
    const fn new(name: &'static str, start: fn() -> Command) -> Self {
        Self { name, running: Mutex::new(None), start }
    }

    /// Asks for one job; `Err` holds the peer's own words of refusal.
    ///
    /// # Panics
    ///
    /// When the peer is not there or breaks down: that is no answer.
    pub fn ask(&self, command: &str, values: &[(&str, &str)]) -> Result<Facts, String> {
        let mut line = command.to_owned();
        for (name, value) in values {
            assert!(!value.contains(['\t', '\n']), "{value:?} does not fit on a line");
            line.push_str(&format!("\t{name}={value}"));
        }
        line.push('\n');

        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, input, output) = running.get_or_insert_with(|| {
            let mut command = (self.start)();
            let mut child =
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap_or_else(
                    |error| {
                        panic!("{} does not start ({error}); run `cargo xtask peers`", self.name)
                    },
                );
            let input = child.stdin.take().expect("it was piped");
            let output = BufReader::new(child.stdout.take().expect("it was piped"));
            (child, input, output)
        });
        let mut answer = String::new();
        let asked = input.write_all(line.as_bytes()).and_then(|()| input.flush());
        let read = asked.and_then(|()| output.read_line(&mut answer));
        if !matches!(read, Ok(1..)) {
            *running = None;
            panic!(
                "{} ended during `{}`; run `cargo xtask peers`",
                self.name,
                line.trim().replace('\t', " ")
            );
        }
        let mut words = answer.trim_end_matches(['\r', '\n']).split('\t');
        match words.next() {
            Some("ok") => Ok(words
                .filter_map(|word| word.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()),
            Some("refused") => Err(words.collect::<Vec<_>>().join(" ")),
            _ => panic!("{} said {answer:?}", self.name),
        }
    }

    /// Asks for a job that has to go well.
    ///
    /// # Panics
    ///
    /// With the peer's words when it refuses.
    pub fn must(&self, command: &str, values: &[(&str, &str)]) -> Facts {
        self.ask(command, values).unwrap_or_else(|words| {
            panic!("{} refuses {command} {values:?}: {words}", self.name);
        })
    }

    /// The version it says it is.
    #[must_use]
    pub fn version(&self) -> String {
        self.must("version", &[]).remove("version").unwrap_or_default()
    }
}

/// An `openssl` command.
#[derive(Debug)]
pub struct OpenSsl(PathBuf);

/// The `openssl` command of the system, 3.0 or later.
#[must_use]
pub fn openssl() -> OpenSsl {
    OpenSsl("openssl".into())
}

/// The `openssl` command of OpenSSL 4.0.3, which knows SM2 in chains and CMS.
#[must_use]
pub fn openssl4() -> OpenSsl {
    OpenSsl(peers().join("openssl4"))
}

impl OpenSsl {
    /// Runs it; `Err` holds what it printed.
    ///
    /// # Panics
    ///
    /// When it is not there.
    pub fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.0)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("{:?}: {error}; run `cargo xtask peers`", self.0));
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    /// Runs what has to go well and gives what it printed.
    ///
    /// # Panics
    ///
    /// With its words when it refuses.
    pub fn must(&self, arguments: &[&str]) -> String {
        self.ask(arguments).unwrap_or_else(|said| panic!("openssl {}: {said}", arguments.join(" ")))
    }

    /// The version it says it is.
    #[must_use]
    pub fn version(&self) -> String {
        let said = self.must(&["version"]);
        said.split(' ').nth(1).unwrap_or_default().to_owned()
    }
}
