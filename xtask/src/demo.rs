//! `cargo xtask demo`: the six scan scenes between a hub, a platform and a phone, then from nothing to
//! a signed and an encrypted file, in both suites, with the programs of others as witnesses.

mod session;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::run::{self, Failure, cargo, peers, target};
use crate::{peers as programs, setup};

/// One run of the demo in one suite.
struct Demo {
    suite: &'static str,
    folder: PathBuf,
    yinxin: PathBuf,
}

/// Builds what is needed, runs both suites, leaves the files to look at, and ends.
pub(crate) fn headless() -> Result<(), Failure> {
    println!("building yinxin and yinxin-hub");
    let packages = ["-p", "yinxin-cli", "-p", "yinxin-hub"];
    run::show(cargo().args(["build", "-q", "--locked"]).args(packages))?;
    sessions()?;
    setup::ready()?;
    programs::build()?;
    suites()
}

/// The six scan scenes in both suites, with command line and hub already built.
pub(crate) fn sessions() -> Result<(), Failure> {
    for suite in ["sm2", "p256"] {
        session::scenes(suite, &fresh(&format!("session-{suite}"))?)?;
    }
    Ok(())
}

/// A folder of the demo without what the last one left.
fn fresh(name: &str) -> Result<PathBuf, Failure> {
    let folder = target().join("demo").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(system("clearing the last demo"))?;
    }
    fs::create_dir_all(&folder).map_err(system("the demo's folder"))?;
    Ok(folder)
}

/// Both suites, with peers and command line already built.
pub(crate) fn suites() -> Result<(), Failure> {
    let started = Instant::now();
    for suite in ["sm2", "p256"] {
        let folder = fresh(suite)?;
        Demo { suite, folder, yinxin: target().join("debug").join("yinxin") }.run()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("done in {seconds:.1} s; the files are in {}", target().join("demo").display());
    Ok(())
}

impl Demo {
    fn run(&self) -> Result<(), Failure> {
        let bid: String = (1..=20_000)
            .map(|row| format!("{row:>6}  混凝土 C30  {}.{:02} 元\n", row * 7 % 1013, row % 100))
            .collect();
        self.write("bid.txt", bid.as_bytes())?;
        self.authority()?;
        self.certificates()?;
        self.signature()?;
        self.encryption()?;
        // GB/T 38540 seals are SM2's.
        if self.suite == "sm2" { self.sealing() } else { Ok(()) }
    }

    /// A seal drawn and made, a contract sealed across its pages, verified, and the seal taken back.
    fn sealing(&self) -> Result<(), Failure> {
        let line = |words: &str| -> Vec<String> { words.split(' ').map(str::to_owned).collect() };
        let ours = |words: &str| {
            let words = line(words);
            self.ours(&words.iter().map(String::as_str).collect::<Vec<_>>())
        };
        self.write(
            "contract.txt",
            "建设工程施工合同\n甲方:甲公司\n\u{c}第二页\n\u{c}第三页\n".as_bytes(),
        )?;
        self.step("seal draw", || {
            ours("seal draw --template round --text 甲建设工程有限公司 --dpi 600 --out seal.png")
        })?;
        self.step("seal make, GB/T 38540", || {
            ours("seal make --picture seal.png --name 公章 --id 37030000001721 --holder mine/sign.pem \
--maker-key CA/seal-maker.key --maker-certificate CA/seal-maker.pem --out seal.esl")
        })?;
        self.step("document create", || ours("document create contract.txt --out contract.ofd"))?;
        let seal = "--seal seal.esl --key sign.key --certificate mine/sign.pem";
        self.step("document seal, across the pages", || {
            ours(&format!("document seal contract.ofd {seal} --straddle right --out sealed.ofd"))
        })?;
        self.agrees("ofdrw", "sealed.ofd", || {
            self.ofdrw(&["verify", "in=sealed.ofd", "certificate=mine/sign.pem"])
        })?;
        let trust = "--trust CA/root.pem --intermediates CA/issuing.pem";
        self.step("document verify", || ours(&format!("document verify sealed.ofd {trust}")))?;
        self.step("document render", || {
            ours(&format!("document render sealed.ofd --page 2 --out page-2.png {trust}"))
        })?;
        self.step("document revoke-seal", || {
            ours(
                "document revoke-seal sealed.ofd --signature 1 --key sign.key --certificate \
mine/sign.pem --reason demo --out restored.ofd --statement revoked.statement",
            )
        })?;
        if self.read("restored.ofd")? == self.read("contract.ofd")? {
            return Ok(());
        }
        Err(Failure::Wrong("restored.ofd is not contract.ofd".to_owned()))
    }

    fn authority(&self) -> Result<(), Failure> {
        let suite = self.suite;
        self.step("ca init", || self.ours(&["ca", "init", "--dir", "CA", "--algorithm", suite]))?;
        self.step("key generate", || {
            self.ours(&[
                "key",
                "generate",
                "--algorithm",
                suite,
                "--out",
                "sign.key",
                "--no-password",
            ])
        })?;
        self.step("csr create", || {
            let subject = "C=CN,O=甲公司,CN=甲公司";
            self.ours(&["csr", "create", "--key", "sign.key", "--subject", subject, "--out", "csr"])
        })?;
        self.agrees("gmsm", "csr", || self.gmsm(&["csr-verify", "in=csr"]))?;
        self.agrees("BouncyCastle", "csr", || self.bouncycastle(&["csr-verify", "in=csr"]))
    }

    fn certificates(&self) -> Result<(), Failure> {
        self.step("ca issue, dual certificates", || {
            self.ours(&[
                "ca",
                "issue",
                "--dir",
                "CA",
                "--csr",
                "csr",
                "--profile",
                "holder",
                "--out",
                "mine",
                "--credit-code",
                "91350100M000100Y43",
            ])
        })?;
        for leaf in ["mine/sign.pem", "mine/encrypt.pem"] {
            let job = [
                "certificate-verify",
                &format!("leaf={leaf}"),
                "trust=CA/root.pem",
                "intermediates=mine/chain.pem",
            ];
            let words = ["verify", "-CAfile", "CA/root.pem", "-untrusted", "mine/chain.pem", leaf];
            self.agrees(self.openssl_name(), leaf, || self.openssl(&words))?;
            self.agrees("gmsm", leaf, || self.gmsm(&job))?;
            self.agrees("BouncyCastle", leaf, || self.bouncycastle(&job))?;
        }
        self.step("key install", || {
            self.ours(&[
                "key",
                "install",
                "--envelope",
                "mine/encrypt.envelope",
                "--key",
                "sign.key",
                "--out",
                "encrypt.key",
                "--no-password",
            ])
        })?;
        if self.suite == "sm2" {
            self.agrees("gmsm", "encrypt.envelope", || {
                self.gmsm(&["enveloped-key-open", "in=mine/encrypt.envelope", "key=sign.key"])
            })?;
        }
        Ok(())
    }

    fn signature(&self) -> Result<(), Failure> {
        self.step("cms sign", || {
            self.ours(&[
                "cms",
                "sign",
                "bid.txt",
                "--key",
                "sign.key",
                "--certificate",
                "mine/sign.pem",
                "--chain",
                "mine/chain.pem",
                "--out",
                "bid.p7s",
            ])
        })?;
        if self.suite == "sm2" {
            self.agrees("gmsm", "bid.p7s", || {
                self.gmsm(&["cms-verify", "in=bid.p7s", "trust=CA/root.pem", "out=by-gmsm"])
            })?;
            self.same("by-gmsm")?;
            self.agrees("BouncyCastle", "bid.p7s", || {
                self.bouncycastle(&["cms-verify-value", "in=bid.p7s"])
            })?;
        } else {
            self.agrees("OpenSSL", "bid.p7s", || {
                self.openssl(&[
                    "cms",
                    "-verify",
                    "-binary",
                    "-inform",
                    "DER",
                    "-in",
                    "bid.p7s",
                    "-CAfile",
                    "CA/root.pem",
                    "-purpose",
                    "any",
                    "-out",
                    "by-openssl",
                ])
            })?;
            self.same("by-openssl")?;
            self.agrees("BouncyCastle", "bid.p7s", || {
                self.bouncycastle(&["cms-verify", "in=bid.p7s"])
            })?;
        }
        let verify = |file: &'static str, out: &'static str| {
            ["cms", "verify", file, "--trust", "CA/root.pem", "--quiet", "--out", out]
        };
        self.step("cms verify", || self.ours(&verify("bid.p7s", "verified")))?;
        self.same("verified")?;

        let mut changed = self.read("bid.p7s")?;
        let middle = changed.len() / 2;
        if let Some(octet) = changed.get_mut(middle) {
            *octet ^= 1;
        }
        self.write("changed.p7s", &changed)?;
        self.step("one bit changed: refused", || {
            let mut command = Command::new(&self.yinxin);
            command
                .args(verify("changed.p7s", "never-written"))
                .current_dir(&self.folder)
                .stdin(Stdio::null());
            let output = command.output().map_err(system("starting yinxin"))?;
            match output.status.code() {
                Some(1 | 3) if !self.folder.join("never-written").exists() => Ok(()),
                other => Err(Failure::Wrong(format!("a changed file: exit {other:?}"))),
            }
        })
    }

    fn encryption(&self) -> Result<(), Failure> {
        let encrypt = |cipher: &'static str, out: &'static str| {
            [
                "cms",
                "encrypt",
                "bid.txt",
                "--to",
                "mine/encrypt.pem",
                "--cipher",
                cipher,
                "--out",
                out,
            ]
        };
        let (strong, plain) = if self.suite == "sm2" {
            ("sm4-gcm", "sm4-cbc")
        } else {
            ("aes-128-gcm", "aes-256-cbc")
        };
        self.step("cms encrypt, authenticated", || self.ours(&encrypt(strong, "bid.p7m")))?;
        self.step("cms encrypt, CBC", || self.ours(&encrypt(plain, "bid-cbc.p7m")))?;
        if self.suite == "sm2" {
            self.agrees("gmsm", "bid-cbc.p7m", || {
                self.gmsm(&[
                    "cms-open",
                    "in=bid-cbc.p7m",
                    "key=encrypt.key",
                    "certificate=mine/encrypt.pem",
                    "out=opened-by-gmsm",
                ])
            })?;
            self.same("opened-by-gmsm")?;
        } else {
            for file in ["bid.p7m", "bid-cbc.p7m"] {
                self.agrees("OpenSSL", file, || {
                    self.openssl(&[
                        "cms",
                        "-decrypt",
                        "-binary",
                        "-inform",
                        "DER",
                        "-in",
                        file,
                        "-inkey",
                        "encrypt.key",
                        "-recip",
                        "mine/encrypt.pem",
                        "-out",
                        "opened-by-openssl",
                    ])
                })?;
                self.same("opened-by-openssl")?;
                self.agrees("BouncyCastle", file, || {
                    self.bouncycastle(&[
                        "cms-open",
                        &format!("in={file}"),
                        "key=encrypt.key",
                        "out=opened-by-bouncycastle",
                    ])
                })?;
                self.same("opened-by-bouncycastle")?;
            }
        }
        for (file, out) in [("bid.p7m", "opened"), ("bid-cbc.p7m", "opened-cbc")] {
            self.step("cms decrypt", || {
                self.ours(&["cms", "decrypt", file, "--key", "encrypt.key", "--out", out])
            })?;
            self.same(out)?;
        }
        Ok(())
    }

    /// Prints one line for a step of ours.
    fn step(&self, name: &str, act: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let started = Instant::now();
        act()?;
        println!("ok {name:<34} {:<5} {:>5} ms", self.suite, started.elapsed().as_millis());
        Ok(())
    }

    /// Prints one line for a witness.
    fn agrees(
        &self,
        peer: &str,
        file: &str,
        act: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        act()?;
        let said = format!("   {peer} agrees: {file}");
        println!("{said:<37} {:<5} {:>5} ms", self.suite, started.elapsed().as_millis());
        Ok(())
    }

    const fn openssl_name(&self) -> &'static str {
        if matches!(self.suite.as_bytes(), b"sm2") { "OpenSSL 4" } else { "OpenSSL" }
    }

    fn ours(&self, words: &[&str]) -> Result<(), Failure> {
        self.program(&mut Command::new(&self.yinxin), words)
    }

    /// OpenSSL 4 knows SM2; for P-256 the system's own is the better witness.
    fn openssl(&self, words: &[&str]) -> Result<(), Failure> {
        let four = peers().join("openssl4");
        let program = if self.suite == "sm2" { four.as_path() } else { Path::new("openssl") };
        self.program(&mut Command::new(program), words)
    }

    fn gmsm(&self, words: &[&str]) -> Result<(), Failure> {
        self.program(&mut Command::new(peers().join("gmsm-peer")), words)
    }

    fn bouncycastle(&self, words: &[&str]) -> Result<(), Failure> {
        let folder = peers().join("bouncycastle");
        let path = format!("{0}/classes:{0}/lib/*", folder.display());
        self.program(Command::new("java").args(["-cp", &path, "peer.Peer"]), words)
    }

    fn ofdrw(&self, words: &[&str]) -> Result<(), Failure> {
        let folder = peers().join("ofdrw");
        let path = format!("{0}/classes:{0}/lib/*", folder.display());
        self.program(Command::new("java").args(["-cp", &path, "peer.Peer"]), words)
    }

    /// Runs a program in the demo's folder; shows what it said when it refuses.
    fn program(&self, command: &mut Command, words: &[&str]) -> Result<(), Failure> {
        command.args(words).current_dir(&self.folder).stdin(Stdio::null());
        let output = command.output().map_err(system("starting a program of the demo"))?;
        if output.status.success() {
            return Ok(());
        }
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        Err(Failure::Wrong(format!("{command:?} ended with {}:\n{said}", output.status)))
    }

    /// What came out is what went in.
    fn same(&self, name: &str) -> Result<(), Failure> {
        if self.read(name)? == self.read("bid.txt")? {
            return Ok(());
        }
        Err(Failure::Wrong(format!("{name} is not bid.txt")))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, Failure> {
        fs::read(self.folder.join(name)).map_err(system("reading a file of the demo"))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        fs::write(self.folder.join(name), bytes).map_err(system("writing a file of the demo"))
    }
}

fn system(doing: &'static str) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::System { doing: doing.to_owned(), error }
}
