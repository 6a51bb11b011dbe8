//! The six scan scenes over HTTP on this machine: a hub, a platform and a phone, each a program of
//! its own; then everything verified again with the hub gone.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::system;
use crate::run::{Failure, target};

const CODE: &str = "91350100M000100Y43";
const TRUST: &str = "--trust CA/root.pem --intermediates CA/issuing.pem";
const PLATFORMS: &str = r#"{"platforms": [{
  "code": "P-1", "name": "示范交易平台", "origins": ["http://localhost:7401"],
  "certificates": ["CA/platform.pem"],
  "scenes": ["login", "messageSignature", "signature", "revokeSignature", "encrypt", "decrypt"],
  "state": "active"
}]}
"#;

/// Runs the six scenes in one suite; `folder` is empty before and holds everything afterwards.
pub(super) fn scenes(suite: &str, folder: &Path) -> Result<(), Failure> {
    let place = Place { suite, folder };
    place.prepare()?;
    let (mut hub, url) = place.hub()?;
    let done = place.six(&url);
    // Whatever came of it, the hub ends here.
    hub.kill().and_then(|()| hub.wait()).map_err(system("ending the hub"))?;
    done?;
    place.verify()
}

struct Place<'a> {
    suite: &'a str,
    folder: &'a Path,
}

/// What a platform is asked to do in each scene; `{account}` is the unit that is logged in.
const SCENES: [(&str, &str); 6] = [
    ("login", "--record login.json login"),
    ("messageSignature", "{account} --record sign.json sign words.txt --out words.p7s"),
    ("signature", "{account} --record seal.json seal contract.ofd --out sealed.ofd"),
    ("encrypt", "--record encrypt.json encrypt --out encrypt.pem"),
    ("decrypt", "--record decrypt.json decrypt a.bid --out opened"),
    (
        "revokeSignature",
        "--record revoke.json revoke sealed.ofd --out restored.ofd --statement revoked.statement",
    ),
];

impl Place<'_> {
    fn prepare(&self) -> Result<(), Failure> {
        let suite = self.suite;
        for (name, octets) in [
            ("pin", "246810\n"),
            ("platforms.json", PLATFORMS),
            ("words.txt", "同意中标结果"),
            ("contract.txt", "建设工程施工合同\n甲方:甲公司\n"),
        ] {
            fs::write(self.folder.join(name), octets).map_err(system("a file of the demo"))?;
        }
        for line in [
            format!("ca init --dir CA --algorithm {suite}"),
            format!("key generate --algorithm {suite} --out sign.key --no-password"),
            "csr create --key sign.key --subject C=CN,O=甲公司,CN=甲公司 --out csr".into(),
            format!("ca issue --dir CA --csr csr --profile holder --credit-code {CODE} --out H"),
            "key install --envelope H/encrypt.envelope --key sign.key --no-password --out enc.key"
                .into(),
            "key ring init --ring phone --pin-file pin".into(),
            "phone --ring phone --pin-file pin add --key sign.key --certificate H/sign.pem \
             --encryption-certificate H/encrypt.pem --decryption-key enc.key --chain H/chain.pem"
                .into(),
            "seal draw --template round --text 甲公司 --out seal.png".into(),
            "seal make --picture seal.png --name 公章 --id 37030000001721 --holder H/sign.pem \
             --maker-key CA/seal-maker.key --maker-certificate CA/seal-maker.pem --out seal.esl"
                .into(),
            "phone --ring phone add-seal seal.esl".into(),
            "document create contract.txt --out contract.ofd".into(),
            format!(
                "bid encrypt contract.txt --to H/encrypt.pem --platform P-1 --project E1 \
                 --section S1 --opening 2020-01-01T00:00:00Z --bidder {CODE} --out a.bid \
                 --receipt receipt"
            ),
        ] {
            self.ours(&line)?;
        }
        Ok(())
    }

    /// Starts a hub on a free port; gives its address.
    fn hub(&self) -> Result<(Child, String), Failure> {
        let mut hub = self
            .program("yinxin-hub")
            .args(["serve", "--ca", "CA", "--platforms", "platforms.json"])
            .args(["--listen", "127.0.0.1:0", "--state", "hub"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(system("starting yinxin-hub"))?;
        let mut line = String::new();
        if let Some(out) = hub.stdout.as_mut() {
            BufReader::new(out).read_line(&mut line).map_err(system("the hub's first line"))?;
        }
        let url = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        let pin = format!(
            "phone --hub {url} --ring phone pin-hub CA/trust-list.pem CA/trust-list-next.pem \
             --name localhost"
        );
        match self.ours(&pin) {
            Ok(()) => Ok((hub, url)),
            Err(failure) => {
                hub.kill().and_then(|()| hub.wait()).map_err(system("ending the hub"))?;
                Err(failure)
            }
        }
    }

    fn six(&self, url: &str) -> Result<(), Failure> {
        for (scene, line) in SCENES {
            let started = Instant::now();
            let line = line.replace("{account}", &format!("--credit-code {CODE}"));
            self.session(url, &line)?;
            let took = started.elapsed().as_millis();
            println!("ok {scene:<34} {:<5} {took:>5} ms", self.suite);
        }
        Ok(())
    }

    /// The platform draws; the phone scans the first frame and enters the number that is shown.
    fn session(&self, url: &str, line: &str) -> Result<(), Failure> {
        let own = "--code P-1 --key CA/platform.key --certificate CA/platform.pem";
        let words = format!("--quiet platform --hub {url} {own} {TRUST} {line}");
        let mut platform = self
            .program("yinxin")
            .args(words.split_whitespace())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(system("starting yinxin platform"))?;
        let mut phone: Option<Child> = None;
        let mut said = Vec::new();
        if let Some(lines) = platform.stderr.take() {
            for line in BufReader::new(lines).lines() {
                let line = line.map_err(system("what the platform says"))?;
                if let (Some(text), None) = (line.strip_prefix("qr "), &phone) {
                    phone = Some(self.phone(url, text)?);
                }
                if let (Some(number), Some(phone)) = (line.strip_prefix("number "), &mut phone)
                    && let Some(mut input) = phone.stdin.take()
                {
                    let number = number.split(' ').next().unwrap_or_default();
                    writeln!(input, "{number}").map_err(system("entering the number"))?;
                }
                if !line.starts_with("qr ") {
                    said.push(line);
                }
            }
        }
        let ended = platform.wait().map_err(system("the platform"))?;
        let phone = match phone {
            Some(phone) => Some(phone.wait_with_output().map_err(system("the phone"))?),
            None => None,
        };
        let answered = phone.as_ref().is_some_and(|phone| phone.status.success());
        if ended.success() && answered {
            return Ok(());
        }
        let words = phone.map(|phone| String::from_utf8_lossy(&phone.stderr).into_owned());
        let words = format!("{line}: {}; {}", said.join("; "), words.unwrap_or_default());
        Err(Failure::Wrong(words))
    }

    fn phone(&self, url: &str, text: &str) -> Result<Child, Failure> {
        self.program("yinxin")
            .args(["--quiet", "phone", "--hub", url, "--ring", "phone", "--pin-file", "pin"])
            .args(["scan", text, "--approve", "--match", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(system("starting yinxin phone"))
    }

    /// With the hub gone, by whoever trusts the authority and nobody else.
    fn verify(&self) -> Result<(), Failure> {
        let started = Instant::now();
        for (scene, _) in SCENES {
            let name = match scene {
                "messageSignature" => "sign",
                "revokeSignature" => "revoke",
                "signature" => "seal",
                other => other,
            };
            self.ours(&format!("--quiet verify {name}.json {TRUST}"))?;
        }
        for line in ["cms verify words.p7s --content words.txt", "document verify sealed.ofd"] {
            self.ours(&format!("--quiet {line} {TRUST}"))?;
        }
        for (one, other) in
            [("restored.ofd", "contract.ofd"), ("opened/contract.txt", "contract.txt")]
        {
            let read = |name: &str| fs::read(self.folder.join(name)).map_err(system("a result"));
            if read(one)? != read(other)? {
                return Err(Failure::Wrong(format!("{one} is not {other}")));
            }
        }
        let took = started.elapsed().as_millis();
        println!("ok {:<34} {:<5} {took:>5} ms", "verified, the hub gone", self.suite);
        Ok(())
    }

    fn ours(&self, line: &str) -> Result<(), Failure> {
        let output = self
            .program("yinxin")
            .args(line.split_whitespace())
            .output()
            .map_err(system("starting yinxin"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::Wrong(format!("yinxin {line}: {said}")))
    }

    fn program(&self, name: &str) -> Command {
        let program: PathBuf = target().join("debug").join(name);
        let mut command = Command::new(program);
        command.current_dir(self.folder).stdin(Stdio::null());
        command
    }
}
