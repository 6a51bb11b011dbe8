//! The programs we check ourselves against, each built from a pinned version.

use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::run::{Failure, cache, cargo, peers, read, root, says, show};

/// A peer that we build.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) wanted: &'static str,
    ask: fn() -> Option<String>,
}

impl Peer {
    pub(crate) fn found(&self) -> Option<String> {
        (self.ask)()
    }
}

pub(crate) const PEERS: [Peer; 6] = [
    Peer { name: "OpenSSL 4", wanted: "4.0.3", ask: openssl4_version },
    Peer { name: "gmsm", wanted: "v0.41.1", ask: gmsm_version },
    Peer { name: "envelope reader", wanted: "gmsm=v0.41.1", ask: envelope_version },
    Peer { name: "ofdrw", wanted: "2.3.1", ask: ofdrw_version },
    Peer { name: "BouncyCastle", wanted: "1.85", ask: bouncycastle_version },
    Peer { name: "pyHanko", wanted: PYHANKO, ask: pyhanko_version },
];

/// Raised when the recipe in `tests/interop/openssl4` changes.
const OPENSSL4: &str = "openssl-4.0.3-1";

fn openssl4_version() -> Option<String> {
    says(&peers().join("openssl4").to_string_lossy(), &["version"]).and_then(first_line)
}

fn gmsm_version() -> Option<String> {
    says(&peers().join("gmsm-peer").to_string_lossy(), &["version"]).and_then(first_line)
}

fn envelope_version() -> Option<String> {
    says(&peers().join("envelope-reader").to_string_lossy(), &["version"]).and_then(first_line)
}

fn bouncycastle_version() -> Option<String> {
    java_version("bouncycastle")
}

fn ofdrw_version() -> Option<String> {
    java_version("ofdrw")
}

fn java_version(module: &str) -> Option<String> {
    let folder = peers().join(module);
    let path = format!("{0}/classes:{0}/lib/*", folder.display());
    says("java", &["-cp", &path, "peer.Peer", "version"]).and_then(first_line)
}

/// As in `tests/interop/pyhanko/requirements.txt`.
const PYHANKO: &str = "0.38.0";

fn pyhanko_version() -> Option<String> {
    let python = peers().join("pyhanko/bin/python");
    let program = root().join("tests/interop/pyhanko/peer.py");
    says(&python.to_string_lossy(), &[&program.to_string_lossy(), "version"]).and_then(first_line)
}

fn first_line(text: String) -> Option<String> {
    text.lines().next().map(|line| line.replace('\t', " "))
}

/// Builds every peer, then asks each for its version.
pub(crate) fn build() -> Result<(), Failure> {
    let folder = peers();
    fs::create_dir_all(&folder).map_err(system("the folder of the peers"))?;
    let started = Instant::now();
    openssl4()?;
    go("gmsm", "gmsm-peer")?;
    go("envelope", "envelope-reader")?;
    for module in ["bouncycastle", "ofdrw"] {
        maven(module, module)?;
    }
    pyhanko()?;
    for peer in PEERS {
        let Some(found) = peer.found() else {
            return Err(Failure::Wrong(format!("{} was built and does not answer", peer.name)));
        };
        if !found.contains(peer.wanted) {
            return Err(Failure::Wrong(format!(
                "{}: found `{found}`, wanted {}",
                peer.name, peer.wanted
            )));
        }
        println!("peer {}: {found}", peer.name);
    }
    println!("peers ready in {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Builds a Java module of `tests/interop` into the peers' folder `name`.
pub(crate) fn maven(module: &str, name: &str) -> Result<(), Failure> {
    show(
        Command::new("mvn")
            .args(["-q", "-B", "compile"])
            .arg(format!("-Dpeer.target={}", peers().join(name).display()))
            .current_dir(root().join("tests/interop").join(module)),
    )
}

/// Builds a Go module of `tests/interop` into the peers' folder as `program`.
pub(crate) fn go(module: &str, program: &str) -> Result<(), Failure> {
    show(
        Command::new("go")
            .args(["build", "-o"])
            .arg(peers().join(program))
            .arg(".")
            .current_dir(root().join("tests/interop").join(module))
            // The module's own toolchain line must not fetch another Go.
            .env("GOTOOLCHAIN", "local")
            .env("GOFLAGS", "-mod=readonly"),
    )
}

/// Compiles a C# program of `tests/interop` for .NET Framework into the peers' folder.
pub(crate) fn csharp(file: &str, program: &str) -> Result<(), Failure> {
    show(
        Command::new("mcs")
            .args(["-warnaserror", "-r:System.Web.Extensions", "-r:System.Net.Http"])
            .arg(format!("-out:{}", peers().join(program).display()))
            .arg(root().join("tests/interop").join(file)),
    )
}

/// pyHanko in an environment of its own: pip fetches it where it is not there yet, at the versions
/// of the requirements file.
fn pyhanko() -> Result<(), Failure> {
    let requirements = root().join("tests/interop/pyhanko/requirements.txt");
    if pyhanko_version().is_some_and(|found| found.contains(PYHANKO)) {
        return Ok(());
    }
    let folder = peers().join("pyhanko");
    show(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    show(
        Command::new(folder.join("bin/python"))
            .args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"])
            .arg(requirements),
    )
}

/// OpenSSL takes minutes, so it is built once for the machine and copied into the clone.
fn openssl4() -> Result<(), Failure> {
    let kept = cache().join(OPENSSL4);
    let program = kept.join("openssl");
    if says(&program.to_string_lossy(), &["version"]).is_none() {
        println!("building OpenSSL 4.0.3, once for this machine: two to four minutes");
        fs::create_dir_all(&kept).map_err(system("the cache"))?;
        read(
            cargo()
                .args(["run", "-q", "--locked", "--manifest-path"])
                .arg(root().join("tests/interop/openssl4/Cargo.toml"))
                .arg("--")
                .arg(&kept)
                .env("CARGO_TARGET_DIR", peers().join("openssl4-builder")),
        )?;
    }
    fs::copy(&program, peers().join("openssl4")).map_err(system("copying OpenSSL 4"))?;
    Ok(())
}

fn system(doing: &'static str) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::System { doing: doing.to_owned(), error }
}
